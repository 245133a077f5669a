package webtest

import (
	"os"
	"path/filepath"
	"testing"
)

// updateVar, set in the environment, makes Golden write what it got.
const updateVar = "UPDATE_GOLDEN"

// Golden fails the test unless got is what the file holds. With UPDATE_GOLDEN=1
// it writes the file instead, for a person to read before it is committed.
func Golden(t testing.TB, file, got string) {
	t.Helper()
	if os.Getenv(updateVar) != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: write it with %s=1 go test", err, updateVar)
	}
	if got != string(want) {
		t.Errorf("this differs from %s; if it should, write it anew with %s=1 go test.\ngot:\n%s\nwant:\n%s", file, updateVar, got, want)
	}
}
