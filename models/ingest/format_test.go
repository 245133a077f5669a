package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// csvFiles are the sample's files of rows, by name.
func csvFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(sampleFolder + "/*.csv")
	if err != nil || len(names) != 6 {
		t.Fatalf("got %q, %v, want the sample's six files of rows", names, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = content
	}
	return files
}

// inGB18030 writes a text in the encoding of old Chinese programs.
func inGB18030(t testing.TB, content []byte) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes(content)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// shuffled writes the same rows with the columns in another order.
func shuffled(t testing.TB, content []byte, random *rand.Rand) []byte {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	order := random.Perm(len(rows[0]))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range rows {
		other := make([]string, len(row))
		for i, at := range order {
			other[at] = row[i]
		}
		if err := w.Write(other); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

// asWorkbook writes the same rows as a person keeps them in a spreadsheet:
// amounts and counts as numbers, days as dates, everything else as text.
func asWorkbook(t testing.TB, content []byte) []byte {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	defer f.Close()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, text := range row {
			cells[j] = text
			if i == 0 {
				continue
			}
			if d, err := time.Parse(time.DateOnly, text); err == nil {
				cells[j] = excelize.Cell{StyleID: day, Value: d}
			} else if n, err := strconv.ParseFloat(text, 64); err == nil && len(text) < 15 && rows[0][j] != "phone" {
				cells[j] = n
			}
		}
		if err := sheet.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := sheet.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheSampleReadsTheSameInEveryForm(t *testing.T) {
	want, err := ReadFolder(sampleFolder, Options{})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := os.ReadFile(sampleFolder + "/plans.yaml")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	forms := map[string]func([]byte) []byte{
		"GB18030":           func(b []byte) []byte { return inGB18030(t, b) },
		"UTF-8 with a mark": func(b []byte) []byte { return append([]byte("\ufeff"), b...) },
		"other line ends":   func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) },
		"other columns":     func(b []byte) []byte { return shuffled(t, b, random) },
		"workbook":          func(b []byte) []byte { return asWorkbook(t, b) },
	}
	for name, form := range forms {
		dir := t.TempDir()
		for file, content := range csvFiles(t) {
			if name == "workbook" {
				file = strings.TrimSuffix(file, ".csv") + ".xlsx"
			}
			if err := os.WriteFile(filepath.Join(dir, file), form(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "plans.yaml"), plans, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFolder(dir, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got.Disclosures, want.Disclosures) || !slices.Equal(got.Merchants, want.Merchants) ||
			!slices.Equal(got.Terminals, want.Terminals) || !reflect.DeepEqual(got.Enrolled, want.Enrolled) ||
			!slices.EqualFunc(got.Deductions, want.Deductions, sameDeduction) || !reflect.DeepEqual(got.Stats, want.Stats) {
			t.Errorf("%s: reads differently", name)
		}
	}
}

func TestAFormulaInAWorkbookIsRefused(t *testing.T) {
	file := asWorkbook(t, []byte(small["usage.csv"]))
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetCellFormula("Sheet1", "C3", "C2+1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	_, err = UsageDays.Read(sourceOf("usage.xlsx", b.String()), Options{}, func(int, Usage) error { return nil })
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	if got, want := places(t, refusal), []string{"usage.xlsx:3 used_mb import.cell.formula"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := refusal.Errors[0].Sentence(catalogue(t, "en")); !strings.Contains(s, "C3") {
		t.Errorf("got %q, want the cell named", s)
	}
}

func TestAMissingColumnIsRefusedByItsName(t *testing.T) {
	for _, kind := range []struct {
		columns []string
		read    func(string) error
	}{
		{Merchants.Columns(), func(s string) error { _, err := readString(&Merchants, s); return err }},
		{Terminals.Columns(), func(s string) error { _, err := readString(&Terminals, s); return err }},
		{Enrolments.Columns(), func(s string) error { _, err := readString(&Enrolments, s); return err }},
		{Settlements.Columns(), func(s string) error { _, err := readString(&Settlements, s); return err }},
		{Deductions.Columns(), func(s string) error { _, err := readString(&Deductions, s); return err }},
		{Notices.Columns(), func(s string) error { _, err := readString(&Notices, s); return err }},
		{UsageDays.Columns(), func(s string) error { _, err := readString(&UsageDays, s); return err }},
	} {
		for i, name := range kind.columns {
			if _, ok := columnNames[name]; !ok {
				t.Errorf("column %s has no name in words", name)
			}
			without := slices.Delete(slices.Clone(kind.columns), i, i+1)
			refusal, ok := errors.AsType[*Refusal](kind.read(strings.Join(without, ",") + "\n"))
			if !ok || len(refusal.Errors) != 1 || refusal.Errors[0].Column != name || refusal.Errors[0].Key != "import.header.missing" {
				t.Errorf("without %s: got %+v, want that it is missing", name, refusal)
			}
		}
	}
}

func TestRowsAreGivenOnlyUpToTheFirstWrongOne(t *testing.T) {
	var lines []int
	content := "sn,date,used_mb,allowance_mb,balance\nT1,2026-01-01,1,,\nT1,2026-01-02,x,,\nT1,2026-01-03,3,,\nT1,2026-01-04,y,,\n"
	_, err := UsageDays.Read(sourceOf("usage.csv", content), Options{}, func(line int, _ Usage) error {
		lines = append(lines, line)
		return nil
	})
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok || len(refusal.Errors) != 2 || !slices.Equal(lines, []int{2}) {
		t.Errorf("got rows of lines %v and %v, want line 2 and both wrong rows", lines, err)
	}
}

func TestTheReaderOfRowsCanStop(t *testing.T) {
	stop := errors.New("stop")
	stats, err := UsageDays.Read(sourceOf("usage.csv", small["usage.csv"]), Options{}, func(int, Usage) error { return stop })
	if err != stop || stats != (Stats{}) {
		t.Errorf("got %+v, %v, want the error as it is", stats, err)
	}
}

func TestErrorsBeyondTheLimitAreCounted(t *testing.T) {
	content := "sn,date,used_mb,allowance_mb,balance\n" + strings.Repeat("T1,2026-01-01,x,,\n", 1500)
	for limit, want := range map[int][2]int{0: {1000, 500}, 3: {3, 1497}, 2000: {1500, 0}} {
		_, err := UsageDays.Read(sourceOf("usage.csv", content), Options{MaxErrors: limit}, func(int, Usage) error { return nil })
		refusal, ok := errors.AsType[*Refusal](err)
		if !ok || len(refusal.Errors) != want[0] || refusal.More != want[1] {
			t.Errorf("limit %d: got %d errors and %d more, want %v", limit, len(refusal.Errors), refusal.More, want)
		}
	}
}

// endless is a settlements file of any number of rows that is made up as it is
// read: every row has the same length.
type endless struct{ rows int64 }

const endlessHeader = "settlement_ref,sn,date,card_count,card_amount,card_fee,qr_count,qr_amount,qr_fee,withdrawal_count,withdrawal_fee,other_fee,paid_out\n"

func endlessRow(i int64) string {
	return fmt.Sprintf("S%012d,820000018093,2025-11-01,39,2429.38,14.58,6,589.41,2.24,0,0.00,0.00,3001.97\n", i)
}

var endlessLength = int64(len(endlessRow(0)))

func (e endless) size() int64 { return int64(len(endlessHeader)) + e.rows*endlessLength }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < e.size() {
		part := endlessHeader
		at := off
		if off >= int64(len(endlessHeader)) {
			i := (off - int64(len(endlessHeader))) / endlessLength
			part, at = endlessRow(i), (off-int64(len(endlessHeader)))%endlessLength
		}
		c := copy(p[n:], part[at:])
		n += c
		off += int64(c)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestTwoMillionRowsNeedNoMoreMemoryThanTwo(t *testing.T) {
	const most = 16 << 20 // bytes
	file := endless{2_000_000}
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	highest, rows := uint64(0), 0
	stats, err := Settlements.Read(Source{"settlements.csv", file, file.size()}, Options{}, func(line int, s Settlement) error {
		if rows++; rows%200_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&during)
			highest = max(highest, during.HeapAlloc)
		}
		if line != rows+1 || s.PaidOut != 300197 {
			return fmt.Errorf("row %d is %+v of line %d", rows, s, line)
		}
		return nil
	})
	if err != nil || stats.Rows != 2_000_000 || rows != stats.Rows {
		t.Fatalf("got %+v and %d rows, %v, want two million", stats, rows, err)
	}
	if highest > before.HeapAlloc+most {
		t.Errorf("the memory in use rose by %d MB, want at most %d", (highest-before.HeapAlloc)>>20, most>>20)
	}
}

func BenchmarkSettlementRow(b *testing.B) {
	file, err := io.ReadAll(io.NewSectionReader(endless{int64(b.N)}, 0, endless{int64(b.N)}.size()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(endlessLength)
	b.ResetTimer()
	_, err = Settlements.Read(Source{"settlements.csv", bytes.NewReader(file), int64(len(file))}, Options{}, func(int, Settlement) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
}

func TestAFileMayHaveTheColumnsThatItMayLack(t *testing.T) {
	const head = "merchant_ref,name,contact,phone,email,opened_on,closed_on"
	for name, c := range map[string]struct{ file, region string }{
		"without":            {head + "\nM1,老街面馆,,,,2026-01-01,\n", ""},
		"at the end":         {head + ",region\nM1,老街面馆,,,,2026-01-01,,上海\n", "上海"},
		"at the beginning":   {"region," + head + "\n上海,M1,老街面馆,,,,2026-01-01,\n", "上海"},
		"with an empty cell": {head + ",region\nM1,老街面馆,,,,2026-01-01,,\n", ""},
	} {
		rows, err := readString(&Merchants, c.file)
		if err != nil || len(rows) != 1 || rows[0].Region != c.region || rows[0].Ref != "M1" || rows[0].OpenedOn.IsZero() {
			t.Errorf("%s: got %+v, %v; want the region %q", name, rows, err, c.region)
		}
	}
	if _, ok := columnNames["region"]; !ok {
		t.Error("the column has no name in words")
	}
}
