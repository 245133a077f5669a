package anchor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mingbai/mingbai/models/audit"
)

// File keeps heads in a file, one a line, that is only ever added to.
type File struct{ Path string }

// Name tells the file, by its whole path: of two programs in two folders that keep
// heads each in its own file, each has all of them.
func (f File) Name() string {
	path, err := filepath.Abs(f.Path)
	if err != nil {
		path = f.Path
	}
	return "file " + path
}

// Keep adds heads to the end. They outlive a power cut once it has returned.
func (f File) Keep(_ context.Context, heads []audit.Head) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, h := range heads {
		fmt.Fprintln(&lines, h)
	}
	_, err = file.WriteString(lines.String())
	return errors.Join(err, file.Sync(), file.Close())
}

// Heads returns every head of the file; none where there is no file yet.
func (f File) Heads(context.Context, int64) ([]audit.Head, error) {
	heads, err := ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return heads, err
}

// ReadFile reads heads, one a line. A last line that was cut off by a power cut
// is left out.
func ReadFile(name string) (heads []audit.Head, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	var wrong error
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		if wrong != nil {
			return nil, wrong
		}
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		h, err := audit.ParseHead(lines.Text())
		if err != nil {
			wrong = fmt.Errorf("%s, line %d: %w", name, n, err)
			continue
		}
		heads = append(heads, h)
	}
	if wrong != nil && len(heads) == 0 {
		return nil, wrong // it is another file
	}
	return heads, lines.Err()
}
