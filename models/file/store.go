package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"sync"

	"github.com/mingbai/mingbai/models/fault"
)

// Store keeps contents under keys. A content, once put, is never another: to put
// the same again is no error and changes nothing.
type Store interface {
	// Put keeps the content. It outlives a power cut once Put has returned.
	Put(ctx context.Context, key string, content []byte) error
	// Get returns the content, or ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Remove forgets the content; one that is not there is no error.
	Remove(ctx context.Context, key string) error
}

// ErrNotFound says that nothing is kept under a key.
var ErrNotFound = errors.New("file: nothing is kept under this key")

// keys are ids, so that nothing that a person typed becomes part of a path.
var keys = regexp.MustCompile(`^[a-z0-9_]{4,64}$`)

func checkKey(key string) error {
	if !keys.MatchString(key) {
		return fmt.Errorf("file: %q is no key", key)
	}
	return nil
}

// Folder is a store in a folder of this machine. Where the folder is taken away and
// put back, as a disk is that is mounted anew, it goes on with the one that is there.
type Folder struct {
	name string

	mu   sync.Mutex
	last *os.Root
}

// OpenFolder opens a store in the folder of the name, which it makes where there
// is none. Nobody but the program's own user can read it.
func OpenFolder(name string) (*Folder, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return &Folder{name: name, last: root}, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last.Close()
}

// root returns the folder as it is there now. It makes none: where a disk is not
// mounted, contents would come to lie below it.
func (f *Folder) root() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := os.Stat(f.name)
	if err != nil {
		return nil, f.unavailable(err)
	}
	if was, err := f.last.Stat("."); err == nil && os.SameFile(was, now) {
		return f.last, nil
	}
	root, err := os.OpenRoot(f.name)
	if err != nil {
		return nil, f.unavailable(err)
	}
	f.last = root // the one before closes when whoever still uses it is done
	return root, nil
}

// unavailable says that the folder is at fault, and which it is.
func (f *Folder) unavailable(err error) error {
	return fault.Wrap(fmt.Errorf("file: the folder %s, which MINGBAI_FILES names or which lies beside the database, can't be used: %w", f.name, err), fault.Unavailable, "errors.unavailable")
}

// place spreads the contents over subfolders by the end of the key, which is
// what differs most between ids that begin with a time.
func place(key string) string { return path.Join(key[len(key)-2:], key) }

// Put writes the content beside its place and moves it there once it is on the
// disk, so that what is there is whole.
func (f *Folder) Put(_ context.Context, key string, content []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	root, err := f.root()
	if err != nil {
		return err
	}
	if err := put(root, place(key), content); err != nil {
		return f.unavailable(err)
	}
	return nil
}

func put(root *os.Root, to string, content []byte) error {
	if _, err := root.Stat(to); err == nil {
		return nil
	}
	if err := root.MkdirAll(path.Dir(to), 0o700); err != nil {
		return err
	}
	if err := write(root, to+".part", content); err != nil {
		return err
	}
	if err := root.Rename(to+".part", to); err != nil {
		return err
	}
	return outlast(root, path.Dir(to))
}

func write(root *os.Root, name string, content []byte) (err error) {
	w, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Sync()
}

// outlast makes the names in a folder outlive a power cut.
func outlast(root *os.Root, name string) (err error) {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return dir.Sync()
}

// Get reads a content.
func (f *Folder) Get(_ context.Context, key string) ([]byte, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	root, err := f.root()
	if err != nil {
		return nil, err
	}
	r, err := root.Open(place(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	defer func() { _ = r.Close() }() // it was only read
	return io.ReadAll(r)
}

// Remove forgets a content.
func (f *Folder) Remove(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	root, err := f.root()
	if err != nil {
		return err
	}
	if err := root.Remove(place(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("file: %w", err)
	}
	return nil
}
