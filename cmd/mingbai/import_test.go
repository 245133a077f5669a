package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// runImport runs the command on the database at an address.
func runImport(t *testing.T, url string, args ...string) (out, said string, err error) {
	t.Helper()
	t.Setenv("MINGBAI_DATABASE", url)
	var stdout, stderr bytes.Buffer
	c := importCommand()
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(args)
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	err = c.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

// sampleCopy returns a copy of the sample that a test may change.
func sampleCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/sample")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestImportTakesAFolderInAndSaysWhatWasNew(t *testing.T) {
	url, dir := dbtest.SQLiteURL(t), sampleCopy(t)
	if err := os.WriteFile(filepath.Join(dir, "salaries.csv"), []byte("name,amount\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, err := runImport(t, url, dir, "--lang", "en")
	if err != nil {
		t.Fatal(err, said)
	}
	for _, want := range []string{"merchants.csv: 8 rows. 8 added, 0 changed, 0 as they were.", "settlements.csv: 4,737 rows. 4,737 added", "16 terminals were checked anew."} {
		if !strings.Contains(out, want) {
			t.Errorf("it says %q, want %q in it", out, want)
		}
	}
	if want := "salaries.csv wasn't read: its name is none that we know."; !strings.Contains(said, want) {
		t.Errorf("it says %q, want %q in it", said, want)
	}
	out, _, err = runImport(t, url, dir, "--lang", "zh_CN.UTF-8")
	if want := "settlements.csv：共 4,737 行，新增 0 行，改动 0 行，4,737 行没变。"; err != nil || !strings.Contains(out, want) || strings.Contains(out, "核对了") {
		t.Errorf("the second time it says %q, %v; want %q in it and nothing checked anew", out, err, want)
	}
}

func TestImportTakesFilesOfAKind(t *testing.T) {
	url := dbtest.SQLiteURL(t)
	if _, said, err := runImport(t, url, "merchants", "../../testdata/sample/merchants.csv", "../../testdata/sample/merchants.csv"); err != nil {
		t.Fatal(err, said)
	}
	intaketest.WantTexts(t, dbtest.Open(t, url), `select kind || ' ' || added || ' ' || unchanged from imports order by added desc`, "merchants 8 0", "merchants 0 8")
}

func TestImportEndsWithTwoAndChangesNothingWhereTheInputIsBad(t *testing.T) {
	url, dir := dbtest.SQLiteURL(t), sampleCopy(t)
	d := dbtest.Open(t, url)
	file := filepath.Join(dir, "deductions.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("36.00"), []byte("36.005"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	before := intaketest.Dump(t, d)
	wrong := filepath.Join(t.TempDir(), "wrong.csv")
	out, said, err := runImport(t, url, dir, "--errors", wrong, "--lang", "zh-CN")
	if !endsWith(err, 2) || out != "" || !strings.Contains(said, "第 5 行") || !strings.Contains(said, "36.005") || !strings.Contains(said, "什么都没改") {
		t.Errorf("it ends with %v, prints %q and says %q", err, out, said)
	}
	listed, err := os.ReadFile(wrong)
	if err != nil || !strings.Contains(string(listed), "deductions.csv,5,amount,36.005,") {
		t.Errorf("the list of errors is %q, %v", listed, err)
	}
	intaketest.WantSame(t, intaketest.Dump(t, d), before, "after bad input")
}

func TestImportEndsWithTwoWhereItIsNotSaidWhatToImport(t *testing.T) {
	url := dbtest.SQLiteURL(t)
	for _, args := range [][]string{
		{"nowhere"},
		{"merchants"},
		{"../../testdata/sample/merchants.csv"},
		{"salaries", "../../testdata/sample/merchants.csv"},
		{"merchants", "nowhere.csv"},
		{t.TempDir()},
	} {
		if out, said, err := runImport(t, url, args...); !endsWith(err, 2) || out != "" || err.Error() == "" && said == "" {
			t.Errorf("%q: it ends with %v, prints %q and says %q; want status 2 and a reason", args, err, out, said)
		}
	}
}

func TestImportRefusesADatabaseWithoutTables(t *testing.T) {
	_, _, err := runImport(t, "sqlite:"+filepath.Join(t.TempDir(), "new.db"), "../../testdata/sample")
	if err == nil || !strings.Contains(err.Error(), "mingbai migrate") {
		t.Errorf("got %v, want it to name the command that mends it", err)
	}
}
