package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// File is a file to import.
type File struct {
	Kind Kind
	Name string
	// Open returns the file, and what closes it.
	Open func() (Source, func() error, error)
}

// FileAt returns the file at a path.
func FileAt(kind Kind, path string) File {
	return File{Kind: kind, Name: filepath.Base(path), Open: func() (Source, func() error, error) { return openFile(path) }}
}

// FilesIn returns the files of a folder that can be imported, and the names of
// those that belong to no kind. It returns a *Refusal where a kind is there
// twice, or none at all.
func FilesIn(dir string) (files []File, ignored []string, err error) {
	r := &folderReader{found: newFaults(Options{}), folder: &Folder{}}
	if err := r.findFiles(dir); err != nil {
		return nil, nil, err
	}
	if err := r.refusal(); err != nil {
		return nil, nil, err
	}
	for _, kind := range Kinds {
		if path, ok := r.files[kind]; ok {
			files = append(files, FileAt(kind, path))
		}
	}
	return files, r.folder.Ignored, nil
}

// Imported says what became of a file.
type Imported struct {
	File string
	Kind Kind
	intake.Taken
	EndsOpen bool          // its last line has no line end: see Stats
	Took     time.Duration // to read and store it
}

// Import takes files in, all of them or nothing, in one transaction: kind by
// kind in the order of Kinds, and those of a kind in the order given. What is
// there already changes nothing. Where a row of any of them is wrong it returns a
// *Refusal; where it returns any error, the database is as it was. Every file
// leaves a row in imports and an audit entry in the actor's name.
//
// New merchants get their owners, who can sign in. Terminals whose facts changed
// wait for Judge.
func Import(ctx context.Context, d *db.DB, c clock.Clock, actor audit.Actor, files []File, o Options) ([]Imported, error) {
	opened, closeAll, err := openImports(files, o)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	var done []Imported
	err = d.Write(ctx, func(tx *db.Tx) (err error) {
		done, err = importOpened(ctx, d, tx, c, actor, opened, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// ImportIn is Import within the transaction of something larger, which has to
// end with the error that it returns. Nothing that ran before in the transaction
// may have written to the tables of settlements, deductions or usage.
func ImportIn(ctx context.Context, d *db.DB, tx *db.Tx, c clock.Clock, actor audit.Actor, files []File, o Options) ([]Imported, error) {
	opened, closeAll, err := openImports(files, o)
	defer closeAll()
	if err != nil {
		return nil, err
	}
	return importOpened(ctx, d, tx, c, actor, opened, o)
}

func importOpened(ctx context.Context, d *db.DB, tx *db.Tx, c clock.Clock, actor audit.Actor, opened []*importFile, o Options) ([]Imported, error) {
	i := importing{db: d, tx: tx, clock: c, now: c.Now(), options: o, found: newFaults(o)}
	done, err := i.run(ctx, opened)
	if err != nil {
		return nil, err
	}
	if err := i.welcome(ctx, actor, done); err != nil {
		return nil, err
	}
	return done, i.record(ctx, actor, opened, done)
}

// openImports opens files in the order in which they are taken. What closes them
// is never nil.
func openImports(files []File, o Options) (opened []*importFile, closeAll func(), err error) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int {
		return cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind))
	})
	closeAll = func() {
		for _, f := range opened {
			_ = f.close() // it was only read
		}
	}
	for _, f := range files {
		one, err := openImport(f, o)
		if err != nil {
			return opened, closeAll, err
		}
		opened = append(opened, one)
	}
	return opened, closeAll, nil
}

// importFile is a file during its import.
type importFile struct {
	File
	source Source
	close  func() error
	sum    []byte // SHA-256 of its content
}

func openImport(f File, o Options) (*importFile, error) {
	source, closeFile, err := f.Open()
	if err != nil {
		return nil, err
	}
	opened := &importFile{File: f, source: source, close: closeFile}
	if o.MaxBytes > 0 && source.Size > o.MaxBytes {
		return opened, nil // it will be refused unread
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(source, 0, source.Size)); err != nil {
		return nil, errors.Join(err, closeFile())
	}
	opened.sum = hash.Sum(nil)
	return opened, nil
}
