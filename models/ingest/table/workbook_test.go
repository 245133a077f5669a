package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// workbookOf saves a workbook as a spreadsheet program would; fill writes its
// cells.
func workbookOf(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rowsOf is a workbook with the header and the cells of one row below it.
func rowsOf(t testing.TB, cells ...any) []byte {
	return workbookOf(t, func(f *excelize.File) error {
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		return f.SetSheetRow("Sheet1", "A2", &cells)
	})
}

func TestAWorkbookReadsAsATableDoes(t *testing.T) {
	file := workbookOf(t, func(f *excelize.File) error {
		for line, cells := range map[string][]any{
			"A1": {"sn", "name", "amount"},
			"A2": {"001", "老街面馆", 36.5},
			"A4": {820000018093, " 青禾水果 ", "9.50"},
			"A5": {"3", "x"},
			"A6": {"", "", ""},
		} {
			if err := f.SetSheetRow("Sheet1", line, &cells); err != nil {
				return err
			}
		}
		_, err := f.NewSheet("Second")
		return err
	})
	got, err := read(file, Options{})
	want := []string{"2 001|老街面馆|36.5", "4 820000018093|青禾水果|9.50", "5 3|x|"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestACellOfAWorkbookReadsAsItIsSeen(t *testing.T) {
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		cell  any
		style *excelize.Style
		want  string
	}{
		"a whole number":        {cell: 36, want: "36"},
		"a fraction":            {cell: 36.05, want: "36.05"},
		"three decimals":        {cell: 36.005, want: "36.005"},
		"binary noise below":    {cell: 35.99999999999999, want: "36"},
		"binary noise above":    {cell: 3001.9700000000003, want: "3001.97"},
		"a small number":        {cell: 0.00001, want: "0.00001"},
		"zero":                  {cell: 0, want: "0"},
		"below zero":            {cell: -3.1, want: "-3.1"},
		"fifteen digits":        {cell: 123456789012345, want: "123456789012345"},
		"a long text of digits": {cell: "89860401811642600993", want: "89860401811642600993"},
		"a date":                {cell: day, want: "2026-01-31"},
		"a date in a format":    {cell: 46053, style: &excelize.Style{CustomNumFmt: new("yyyy\"年\"m\"月\"d\"日\"")}, want: "2026-01-31"},
		"a short date":          {cell: 46053, style: &excelize.Style{NumFmt: 14}, want: "2026-01-31"},
		"a Chinese date":        {cell: 46053, style: &excelize.Style{NumFmt: 57}, want: "2026-01-31"},
		"a date with a time":    {cell: day.Add(9*time.Hour + 30*time.Minute), want: "2026-01-31T09:30:00"},
		"money in a format":     {cell: 1204.5, style: &excelize.Style{CustomNumFmt: new("[Red]¥#,##0.00")}, want: "1204.5"},
		"a percentage":          {cell: 0.006, style: &excelize.Style{NumFmt: 10}, want: "0.006"},
		"text set in runs":      {cell: []excelize.RichTextRun{{Text: "老街"}, {Text: "面馆", Font: &excelize.Font{Bold: true}}}, want: "老街面馆"},
		"a line end":            {cell: "a\nb", want: "a\nb"},
		"an amount like code":   {cell: "a_b_x", want: "a_b_x"},
	}
	for name, tt := range tests {
		file := workbookOf(t, func(f *excelize.File) error {
			if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
				return err
			}
			if runs, ok := tt.cell.([]excelize.RichTextRun); ok {
				return f.SetCellRichText("Sheet1", "B2", runs)
			}
			if err := f.SetCellValue("Sheet1", "B2", tt.cell); err != nil || tt.style == nil {
				return err
			}
			style, err := f.NewStyle(tt.style)
			if err != nil {
				return err
			}
			return f.SetCellStyle("Sheet1", "B2", "B2", style)
		})
		got, err := read(file, Options{})
		if want := []string{"2 |" + tt.want + "|"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestACellThatCannotBeTrustedIsRefusedByItsName(t *testing.T) {
	formula := workbookOf(t, func(f *excelize.File) error {
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		if err := f.SetCellValue("Sheet1", "C2", 36); err != nil {
			return err
		}
		return f.SetCellFormula("Sheet1", "C2", "SUM(18,18)")
	})
	date := workbookOf(t, func(f *excelize.File) error {
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			return err
		}
		if err := f.SetCellValue("Sheet1", "C2", 5); err != nil {
			return err
		}
		return f.SetCellStyle("Sheet1", "C2", "C2", style)
	})
	tests := map[string]struct {
		file []byte
		want string
	}{
		"a formula":                  {formula, "import.cell.formula"},
		"true":                       {rowsOf(t, "", "", true), "import.cell.boolean"},
		"a long number":              {rowsOf(t, "", "", 89860401811642600993.0), "import.cell.long_number"},
		"a number of sixteen digits": {rowsOf(t, "", "", 1234567890123456), "import.cell.long_number"},
		"an amount of many digits":   {rowsOf(t, "", "", 12345678901234.56), "import.cell.long_number"},
		"a day before the calendar":  {date, "import.cell.no_date"},
		"an error":                   {sheetOf(t, `<row r="1"><c t="str"><v>sn</v></c><c t="str"><v>name</v></c><c t="str"><v>amount</v></c></row><row r="2"><c r="C2" t="e"><v>#N/A</v></c></row>`), "import.cell.error"},
	}
	for name, tt := range tests {
		r, err := Open(bytes.NewReader(tt.file), int64(len(tt.file)), Options{Columns: columns})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		row, err := r.Next()
		if err != nil || len(row.Faults) != 1 {
			t.Errorf("%s: got %+v, %v, want one fault", name, row, err)
			continue
		}
		f := row.Faults[0]
		if f.Key != tt.want || f.Line != 2 || f.Column != "amount" || !slices.Equal(f.Args, []any{"cell", "C2"}) {
			t.Errorf("%s: got %+v, want %s of cell C2", name, f, tt.want)
		}
	}
}

func TestAFormulaInTheHeaderIsRefused(t *testing.T) {
	file := workbookOf(t, func(f *excelize.File) error {
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		return f.SetCellFormula("Sheet1", "C1", `"amo"&"unt"`)
	})
	_, err := read(file, Options{})
	want := []string{"1  import.cell.formula", "1 amount import.header.missing"}
	if got := keys(err); !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestAHiddenSheetIsNotTheFirst(t *testing.T) {
	file := workbookOf(t, func(f *excelize.File) error {
		if err := f.SetCellValue("Sheet1", "A1", "notes"); err != nil {
			return err
		}
		second, err := f.NewSheet("Data")
		if err != nil {
			return err
		}
		f.SetActiveSheet(second)
		if err := f.SetSheetVisible("Sheet1", false); err != nil {
			return err
		}
		if err := f.SetSheetRow("Data", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		return f.SetSheetRow("Data", "A2", &[]any{"1", "a", "2"})
	})
	got, err := read(file, Options{})
	if want := []string{"2 1|a|2"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestDatesOfAnOldMacCountFrom1904(t *testing.T) {
	file := workbookOf(t, func(f *excelize.File) error {
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: new(true)}); err != nil {
			return err
		}
		if err := f.SetSheetRow("Sheet1", "A1", &[]any{"sn", "name", "amount"}); err != nil {
			return err
		}
		return f.SetCellValue("Sheet1", "B2", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC))
	})
	got, err := read(file, Options{})
	if want := []string{"2 |2026-01-31|"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// sheetOf is a workbook whose one sheet has the rows as written, with nothing
// checked.
func sheetOf(t testing.TB, rows string) []byte {
	t.Helper()
	return archiveOf(t, map[string]string{
		"xl/worksheets/sheet1.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`,
	})
}

// archiveOf is a workbook with the parts given put in the place of usual ones.
func archiveOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	all := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="a" Type="` + office + `/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="` + office + `"><sheets><sheet name="S" sheetId="1" r:id="b"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	}
	maps.Copy(all, parts)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, all[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const headerRow = `<row r="1"><c t="str"><v>sn</v></c><c t="str"><v>name</v></c><c t="str"><v>amount</v></c></row>`

func TestADamagedSheetIsNeverReadToItsEnd(t *testing.T) {
	tests := map[string]string{
		"cut off in a row":        headerRow + `<row r="2"><c t="str"><v>1</v></c>`,
		"a row twice":             headerRow + `<row r="2"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row>`,
		"a cell out of order":     headerRow + `<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>`,
		"a cell without a column": headerRow + `<row r="2"><c r="22"><v>1</v></c></row>`,
		"a text that is not kept": headerRow + `<row r="2"><c t="s"><v>7</v></c></row>`,
		"no number":               headerRow + `<row r="2"><c><v>many</v></c></row>`,
		"no number at all":        headerRow + `<row r="2"><c><v>NaN</v></c></row>`,
		"an unknown type":         headerRow + `<row r="2"><c t="q"><v>1</v></c></row>`,
		"a row beyond the last":   headerRow + `<row r="1048577"><c><v>1</v></c></row>`,
		"a column beyond":         headerRow + `<row r="2"><c r="XFE2"><v>1</v></c></row>`,
		"markup in a value":       headerRow + `<row r="2"><c><v><b>1</b></v></c></row>`,
		"an entity":               headerRow + `<row r="2"><c t="str"><v>&lol;</v></c></row>`,
	}
	for name, rows := range tests {
		_, err := read(sheetOf(t, rows), Options{})
		if got, want := keys(err), []string{"0  import.file.damaged_workbook"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestARowOfASheetWithoutAnEndIsRefused(t *testing.T) {
	_, err := read(sheetOf(t, headerRow+`<row r="2"><c t="str"><v>`+strings.Repeat("x", 2*maxRecord)+`</v></c></row>`), Options{})
	if got, want := keys(err), []string{"2  import.file.endless_row"}; !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestACutOrChangedWorkbookIsRefused(t *testing.T) {
	file := rowsOf(t, "001", "老街面馆", 36.5)
	want, err := read(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for end := range file {
		if got, err := read(file[:end], Options{}); err == nil {
			t.Errorf("cut to %d of %d bytes: got %q, want an error", end, len(file), got)
		}
	}
	// A changed byte is found by a checksum, or lies in a part that is not read.
	for at := range file {
		changed := slices.Clone(file)
		changed[at] ^= 0x10
		if got, err := read(changed, Options{}); err == nil && !slices.Equal(got, want) {
			t.Errorf("byte %d changed: got %q, want an error or %q", at, got, want)
		}
	}
}

func TestAWorkbookMayNotUnpackToFarMoreThanTheLimit(t *testing.T) {
	file := sheetOf(t, headerRow+strings.Repeat("<row>"+strings.Repeat(" ", 100<<10)+"</row>", 100))
	if _, err := read(file, Options{}); err != nil {
		t.Errorf("without a limit: got %v, want it read", err)
	}
	_, err := read(file, Options{MaxBytes: int64(len(file))})
	if got, want := keys(err), []string{"0  import.file.too_large"}; !slices.Equal(got, want) {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestAWorkbookWithoutAUsableSheetIsRefused(t *testing.T) {
	for name, parts := range map[string]map[string]string{
		"nothing":          {"_rels/.rels": `<Relationships/>`},
		"no sheet":         {"xl/workbook.xml": `<workbook><sheets/></workbook>`},
		"a broken book":    {"xl/workbook.xml": `<workbook><sheets>`},
		"no relation":      {"xl/_rels/workbook.xml.rels": `<Relationships/>`},
		"a missing part":   {"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="gone.xml"/></Relationships>`},
		"a missing styles": {"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="x/styles" Target="gone.xml"/></Relationships>`, "xl/worksheets/sheet1.xml": `<worksheet/>`},
		"missing strings":  {"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="x/sharedStrings" Target="gone.xml"/></Relationships>`, "xl/worksheets/sheet1.xml": `<worksheet/>`},
	} {
		_, err := read(archiveOf(t, parts), Options{})
		if got, want := keys(err), []string{"0  import.file.damaged_workbook"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
		}
	}
	_, err := read(sheetOf(t, ""), Options{})
	if got, want := keys(err), []string{"0  import.file.empty"}; !slices.Equal(got, want) {
		t.Errorf("an empty sheet: got %q (%v), want %q", got, err, want)
	}
}

func TestSharedTextKeepsWhatIsReadAndNotHowItIsSpoken(t *testing.T) {
	file := archiveOf(t, map[string]string{
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="x/sharedStrings" Target="/xl/strings.xml"/></Relationships>`,
		"xl/strings.xml":             `<sst><si><t>sn</t></si><si><r><t>na</t></r><r><t>me</t></r></si><si><t>amount</t></si><si><t>老</t><rPh sb="0" eb="1"><t>lao</t></rPh></si><si/><si><t xml:space="preserve">a_x000D_b_x00_c_x005F_x0042_x</t></si></sst>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row><row><c t="s"><v>3</v></c><c t="s"><v>4</v></c><c t="s"><v>5</v></c></row></sheetData></worksheet>`,
	})
	got, err := read(file, Options{})
	if want := []string{"2 老||a\rb_x00_c_x0042_x"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestColumnsAreNamedAsASpreadsheetNamesThem(t *testing.T) {
	for column, want := range map[int]string{0: "A3", 25: "Z3", 26: "AA3", 701: "ZZ3", 702: "AAA3", maxColumns - 1: "XFD3"} {
		if got := cellName(column, 3); got != want {
			t.Errorf("column %d: got %s, want %s", column, got, want)
		}
		if got, err := columnOf(want); err != nil || got != column {
			t.Errorf("%s: got column %d, %v, want %d", want, got, err, column)
		}
	}
}

func TestFormatsThatShowADateAreKnown(t *testing.T) {
	for code, want := range map[string]look{
		"General": asNumber, "0.00": asNumber, `#,##0.00"元"`: asNumber, "[Red]-0": asNumber, "0.00E+00": asNumber, "@": asNumber,
		"yyyy-mm-dd": asDate, "m/d/yy h:mm": asDate, `[$-804]yyyy"年"m"月"d"日";@`: asDate, "d-mmm": asDate, "": asNumber, `"day "0`: asNumber,
	} {
		if got := lookOf(code); got != want {
			t.Errorf("%q: got %d, want %d", code, got, want)
		}
	}
}

func FuzzSheetNeverPanics(f *testing.F) {
	f.Add(headerRow+`<row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="C2" s="0"><v>1.5</v></c></row>`, "yyyy-mm-dd")
	f.Add(headerRow+`<row><c t="d"><v>2026-01-31T00:00:00</v></c><c><f>A1</f><v>1</v></c></row>`, `0.00"元"`)
	f.Fuzz(func(t *testing.T, rows, format string) {
		styles := &bytes.Buffer{}
		fmt.Fprintf(styles, `<styleSheet><numFmts><numFmt numFmtId="200" formatCode=%q/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`, format)
		file := archiveOf(t, map[string]string{
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="x/styles" Target="styles.xml"/></Relationships>`,
			"xl/styles.xml":              styles.String(),
			"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
		})
		got, err := read(file, Options{})
		if err != nil && len(keys(err)) == 0 {
			t.Fatalf("got %q, %v, want a fault of the file", got, err)
		}
		lookOf(format)
	})
}
