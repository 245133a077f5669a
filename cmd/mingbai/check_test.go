package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db/dbtest"
)

// run runs the command with arguments and returns what it printed, and how it
// ended.
func run(t *testing.T, args ...string) (out, said string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	err = c.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func endsWith(err error, status int) bool {
	e, ok := errors.AsType[exit](err)
	return ok && e.status == status
}

func TestCheckReportsExactlyTheFaultsPlantedInTheSample(t *testing.T) {
	out, _, err := run(t, "check", "../../testdata/sample", "--format", "csv")
	if !endsWith(err, 1) {
		t.Errorf("it ends with %v; want status 1", err)
	}
	want := map[string]string{
		"D820000048339-sim_data-5": "amount_over",
		"X820000032929-dup":        "duplicate_cycle",
		"X820000018093-free":       "in_free_period",
		"X820000020734-gone":       "terminal_inactive",
		"X820000167386-ins":        "not_agreed",
		"X820000048339-rate":       "amount_over",
	}
	for line := range strings.Lines(out) {
		fields := strings.Split(line, ",")
		code, planted := want[fields[0]]
		if denied := fields[1] == "deny"; denied != planted || planted && !strings.Contains(fields[2], code) {
			t.Errorf("%q; want it denied: %v %s", line, planted, code)
		}
		delete(want, fields[0])
	}
	if len(want) > 0 {
		t.Errorf("not judged at all: %v", want)
	}
}

func TestCheckEndsWithTwoAndNamesTheRowWhereTheInputIsBad(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/sample")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "deductions.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("36.00"), []byte("36.005"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, err := run(t, "check", dir, "--lang", "zh-CN")
	if !endsWith(err, 2) || out != "" || !strings.Contains(said, "36.005") || !strings.Contains(said, "第 5 行") {
		t.Errorf("it ends with %v, prints %q and says %q", err, out, said)
	}
}

func TestCheckSaysWhichFilesItDidNotReadAndWhichMayBeCutOff(t *testing.T) {
	dir := sampleCopy(t)
	usage := filepath.Join(dir, "usage.csv")
	text, err := os.ReadFile(usage)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "notice.csv"), []byte("sn\n"), 0o600),
		os.WriteFile(usage, bytes.TrimRight(text, "\r\n"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	out, said, err := run(t, "check", dir, "--format", "csv", "--lang", "zh-CN")
	if want := "没有读 notice.csv，文件名不是我们认识的。请检查拼写。\nusage.csv：最后一行没有换行。请确认文件没有被截断。\n"; !endsWith(err, 1) || said != want {
		t.Errorf("it ends with %v and says %q; want %q", err, said, want)
	}
	if strings.Contains(out, "notice.csv") {
		t.Errorf("what is for a reader stands among the verdicts: %q", out)
	}
}

func TestAFileWithAMisspeltNameIsNamedWhereItIsMissed(t *testing.T) {
	dir := sampleCopy(t)
	if err := os.Rename(filepath.Join(dir, "terminals.csv"), filepath.Join(dir, "terminal.csv")); err != nil {
		t.Fatal(err)
	}
	const want = "terminal.csv wasn't read: its name is none that we know."
	if _, said, err := run(t, "check", dir, "--lang", "en"); !endsWith(err, 2) || !strings.Contains(said, want) {
		t.Errorf("check ends with %v and says %q; want %q in it", err, said, want)
	}
	if _, said, err := runImport(t, dbtest.SQLiteURL(t), dir, "--lang", "en"); !endsWith(err, 2) || !strings.Contains(said, want) {
		t.Errorf("import ends with %v and says %q; want %q in it", err, said, want)
	}
}
