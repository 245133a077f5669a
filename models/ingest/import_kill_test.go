package ingest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// TestMain makes the test binary a process that imports, where it is asked to.
func TestMain(m *testing.M) {
	if url := os.Getenv("MINGBAI_TEST_IMPORT_INTO"); url != "" {
		if err := importAndTell(url, os.Getenv("MINGBAI_TEST_IMPORT_FROM")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// importAndTell imports a folder and prints which files it has read, and when
// it is done.
func importAndTell(url, dir string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, db.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	files, _, err := FilesIn(dir)
	if err != nil {
		return err
	}
	_, err = Import(ctx, d, clock.System{}, operator, files, Options{Progress: func(p Progress) error {
		if p.Read == p.Total {
			fmt.Println("read", p.File)
		}
		return nil
	}})
	if err != nil {
		return err
	}
	fmt.Println("done")
	return d.Close()
}

func TestAnImportThatIsKilledLeavesNothing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killImports(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { killImports(t, dbtest.PostgresURL(t)) })
	}
}

func killImports(t *testing.T, url string) {
	d, dir := dbtest.Open(t, url), t.TempDir()
	const terminals = 400
	manyTerminals(t, dir, terminals)
	manyDeductions(t, dir, 30*terminals, terminals)
	before, killed := intaketest.Dump(t, d), 0
	for _, moment := range []struct {
		heard string
		after time.Duration
	}{
		{"read terminals.csv", 0},
		{"read deductions.csv", 0},
		{"read deductions.csv", 20 * time.Millisecond},
		{"read deductions.csv", 60 * time.Millisecond},
		{"read deductions.csv", 150 * time.Millisecond},
	} {
		if finished := killAt(t, url, dir, moment.heard, moment.after); finished {
			break // so quick that there was nothing left to kill
		}
		killed++
		intaketest.WantSame(t, intaketest.Dump(t, d), before, fmt.Sprintf("killed %s after it had %s", moment.after, moment.heard))
	}
	if killed < 2 {
		t.Errorf("%d imports were killed, want more, or the test shows nothing", killed)
	}
	if _, err := Import(t.Context(), d, clock.At(morning), operator, folderOf(t, dir), Options{}); err != nil {
		t.Errorf("after those that were killed: %v", describe(t, err))
	}
}

// killAt imports in another process and kills it some time after it has printed
// a line. It reports whether that came too late.
func killAt(t *testing.T, url, dir, line string, after time.Duration) (finished bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MINGBAI_TEST_IMPORT_INTO="+url, "MINGBAI_TEST_IMPORT_FROM="+dir)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	heard := false
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		switch scanner.Text() {
		case line:
			heard = true
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case "done":
			finished = true
		}
	}
	_ = cmd.Wait() // it was killed
	if !heard {
		t.Fatalf("it never said %q: %s", line, said.String())
	}
	return finished
}
