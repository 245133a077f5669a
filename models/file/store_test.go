package file

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/mingbai/mingbai/models/fault"
)

// eachStore runs a test on every kind of store.
func eachStore(t *testing.T, test func(t *testing.T, s Store)) {
	t.Run("folder", func(t *testing.T) {
		s, err := OpenFolder(filepath.Join(t.TempDir(), "files"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, s)
	})
	t.Run("s3", func(t *testing.T) {
		backend := s3mem.New()
		if err := backend.CreateBucket("evidence"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		s, err := OpenS3(Bucket{
			Endpoint: strings.TrimPrefix(server.URL, "http://"), Region: "us-east-1", Name: "evidence", KeyID: "id", Secret: "secret", Plain: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, s)
	})
}

func TestWhatWasPutIsThereUntilItIsRemoved(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		ctx := t.Context()
		content := []byte("evidence\x00\xff")
		if _, err := s.Get(ctx, "f_01abc"); !errors.Is(err, ErrNotFound) {
			t.Errorf("before: got %v", err)
		}
		for range 2 {
			if err := s.Put(ctx, "f_01abc", content); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Get(ctx, "f_01abc"); err != nil || !bytes.Equal(got, content) {
			t.Errorf("got %q, %v", got, err)
		}
		for range 2 {
			if err := s.Remove(ctx, "f_01abc"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Get(ctx, "f_01abc"); !errors.Is(err, ErrNotFound) {
			t.Errorf("after: got %v", err)
		}
	})
}

func TestNothingTypedBecomesAPath(t *testing.T) {
	eachStore(t, func(t *testing.T, s Store) {
		for _, key := range []string{"", "abc", "../../etc/passwd", "f_01/../x", "F_01ABC", "f_01abc.part", strings.Repeat("a", 65)} {
			if err := s.Put(t.Context(), key, nil); err == nil {
				t.Errorf("%q was put", key)
			}
			if _, err := s.Get(t.Context(), key); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("%q: got %v, want a refusal", key, err)
			}
			if err := s.Remove(t.Context(), key); err == nil {
				t.Errorf("%q was removed", key)
			}
		}
	})
}

func TestAFolderIsReadByItsOwnUserAlone(t *testing.T) {
	root := filepath.Join(t.TempDir(), "files")
	s, err := OpenFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Put(t.Context(), "f_01abc", []byte("x")); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has %v", path, info.Mode())
		}
		if strings.HasSuffix(path, ".part") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatIsTakenAwayIsAFaultAndServesOnceItIsBack(t *testing.T) {
	name := filepath.Join(t.TempDir(), "files")
	f, err := OpenFolder(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Put(t.Context(), "cf_1111", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name, name+"-away"); err != nil {
		t.Fatal(err)
	}
	_, read := f.Get(t.Context(), "cf_1111")
	for what, err := range map[string]error{"put": f.Put(t.Context(), "cf_2222", nil), "get": read, "remove": f.Remove(t.Context(), "cf_1111")} {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "MINGBAI_FILES") {
			t.Errorf("%s while it is away: got %v", what, err)
		}
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("it is made anew")
	}
	if err := os.CopyFS(name, os.DirFS(name+"-away")); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(t.Context(), "cf_1111"); err != nil || string(got) != "one" {
		t.Errorf("once it is back: got %q, %v", got, err)
	}
	if err := f.Put(t.Context(), "cf_2222", []byte("two")); err != nil {
		t.Errorf("once it is back: %v", err)
	}
}
