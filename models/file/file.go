// Package file takes in pictures and papers that people hand over as evidence,
// and keeps them in a folder or an object store.
//
// What a file is says its content, never its name. A picture is drawn anew, so
// that where and with what it was taken does not stay with it, nor anything that
// was hidden in it; a paper (PDF) is kept as it came and only ever handed out to
// be saved.
package file

import (
	"context"
	"crypto/sha256"
	"errors"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// MaxBytes is how large a file may be.
const MaxBytes = 10 << 20

// The kinds of file that are taken.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
)

// File is one that was taken in, as it is kept.
type File struct {
	Name     string            // the last part of the name it came with, with the ending of its kind
	Type     string            // JPEG, PNG or PDF
	Content  []byte            //
	Sum      [sha256.Size]byte // of Content
	Original [sha256.Size]byte // of what came, which for a picture is not kept
}

// What can be wrong with a file.
var (
	ErrEmpty   = errors.New("file: it is empty")
	ErrLarge   = errors.New("file: it has too many bytes")
	ErrVast    = errors.New("file: the picture has too many points to draw")
	ErrKind    = errors.New("file: it is neither a JPEG or PNG picture nor a PDF")
	ErrDamaged = errors.New("file: the picture can't be read to its end")
)

// Take reads a file of at most MaxBytes. Pictures take a while, and wait their
// turn until the context ends. It returns ErrEmpty, ErrLarge, ErrVast, ErrKind or
// ErrDamaged.
func Take(ctx context.Context, name string, content []byte) (File, error) {
	switch {
	case len(content) == 0:
		return File{}, ErrEmpty
	case len(content) > MaxBytes:
		return File{}, ErrLarge
	}
	f := File{Content: content, Original: sha256.Sum256(content)}
	kind := mimetype.Detect(content)
	for _, known := range []string{JPEG, PNG, PDF} {
		if kind.Is(known) {
			f.Type = known
		}
	}
	var err error
	switch f.Type {
	case "":
		return File{}, ErrKind
	case JPEG, PNG:
		if f.Content, err = redraw(ctx, f.Type, content); err != nil {
			return File{}, err
		}
	}
	f.Sum = sha256.Sum256(f.Content)
	f.Name = nameOf(name, f.Type)
	return f, nil
}

// longestName bounds a name, in bytes, without its ending.
const longestName = 100

var endings = map[string]string{JPEG: ".jpg", PNG: ".png", PDF: ".pdf"}

// nameOf makes of the name that a file came with one that is safe to show and to
// save under: its last part, without what can't be seen, with the ending of what
// the file is.
func nameOf(name, kind string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	for len(name) > longestName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	if name == "" {
		name = "file"
	}
	return name + endings[kind]
}
