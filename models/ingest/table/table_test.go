package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

var columns = []string{"sn", "name", "amount"}

// read returns every row of a file as line and cells, with the keys of what is
// wrong with a row in the place of its cells.
func read(file []byte, options Options) (rows []string, err error) {
	if options.Columns == nil {
		options.Columns = columns
	}
	r, err := Open(bytes.NewReader(file), int64(len(file)), options)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		text := fmt.Sprintf("%d %s", row.Line, strings.Join(row.Cells, "|"))
		for _, f := range row.Faults {
			text += fmt.Sprintf(" [%s %s]", f.Column, f.Key)
		}
		rows = append(rows, text)
	}
}

// keys returns what is wrong with a file as a whole, as line, column and key.
func keys(err error) []string {
	if header, ok := errors.AsType[Faults](err); ok {
		var all []string
		for _, f := range header {
			all = append(all, fmt.Sprintf("%d %s %s", f.Line, f.Column, f.Key))
		}
		return all
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return []string{fmt.Sprintf("%d %s %s", f.Line, f.Column, f.Key)}
	}
	return nil
}

const chinese = "sn,name,amount\n001,老街面馆,36.00\n002,青禾水果,9.50\n"

func encoded(t *testing.T, text string, encode func(string) (string, error)) []byte {
	t.Helper()
	s, err := encode(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(s)
}

func TestEveryAcceptedEncodingReadsTheSame(t *testing.T) {
	gb := encoded(t, chinese, simplifiedchinese.GB18030.NewEncoder().String)
	gbMark := encoded(t, "\ufeff"+chinese, simplifiedchinese.GB18030.NewEncoder().String)
	files := map[string][]byte{
		"UTF-8":             []byte(chinese),
		"UTF-8 with a mark": []byte("\ufeff" + chinese),
		"GB18030":           gb,
		"GB18030 with mark": gbMark,
		"Windows line ends": []byte(strings.ReplaceAll(chinese, "\n", "\r\n")),
		"no last line end":  []byte(strings.TrimSuffix(chinese, "\n")),
		"blank lines":       []byte("\n" + strings.ReplaceAll(chinese, "\n", "\n") + "\n\n,,\n"),
		"quoted":            []byte(strings.ReplaceAll(chinese, "老街面馆", `"老街面馆"`)),
		"padded":            []byte(strings.ReplaceAll(chinese, "老街面馆", " 老街面馆　")),
		"another order":     []byte("amount,sn,name\n36.00,001,老街面馆\n9.50,002,青禾水果\n"),
	}
	for name, file := range files {
		want := []string{"2 001|老街面馆|36.00", "3 002|青禾水果|9.50"}
		if name == "blank lines" {
			want = []string{"3 001|老街面馆|36.00", "4 002|青禾水果|9.50"}
		}
		got, err := read(file, Options{})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestAHeaderAloneIsAFileWithoutRows(t *testing.T) {
	got, err := read([]byte("sn,name,amount"), Options{})
	if err != nil || len(got) != 0 {
		t.Errorf("got %q, %v, want no row and no error", got, err)
	}
}

func TestAFileInAnotherEncodingIsRefused(t *testing.T) {
	utf16 := encoded(t, chinese, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String)
	tests := map[string]struct {
		file []byte
		want string
	}{
		"UTF-16":                     {utf16, "1  import.file.wrong_encoding"},
		"UTF-16 without a mark":      {utf16[2:], "1  import.file.zero_byte"},
		"a byte of another code":     {[]byte("sn,name,amount\n001,caf\xe9,1\n"), "2  import.file.wrong_encoding"},
		"a euro sign in code page":   {[]byte("sn,name,amount\n001,\x80,1\n"), "2  import.file.wrong_encoding"},
		"half a character at end":    {[]byte("sn,name,amount\n001,\xc0\xcf,1\n002,\xc0"), "3  import.file.wrong_encoding"},
		"a zero byte":                {[]byte("sn,name,amount\n001,a\x00b,1\n"), "2  import.file.zero_byte"},
		"UTF-8 with one byte lost":   {[]byte(strings.Replace(chinese, "老街面馆", "\x80\x81街面馆", 1)), "2  import.file.wrong_encoding"},
		"marked UTF-8, then GB18030": {[]byte("\ufeffsn,name,amount\n001,\xc0\xcf\xbd\xd6,1\n"), "2  import.file.wrong_encoding"},
	}
	for name, tt := range tests {
		rows, err := read(tt.file, Options{})
		if got := keys(err); !slices.Equal(got, []string{tt.want}) || rows != nil {
			t.Errorf("%s: got %q (%v) and rows %q, want %q and none", name, got, err, rows, tt.want)
		}
	}
}

// A file in UTF-8 that lost a byte is nearly always GB18030 too, with other
// characters in it. Taking it as that would be worse than refusing it.
func TestDamagedUTF8IsNeverTakenForGB18030(t *testing.T) {
	want, err := read([]byte(chinese), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for at := strings.Index(chinese, "老"); at < len(chinese); at++ {
		if chinese[at] < 0x80 {
			continue
		}
		for _, bit := range []byte{0x01, 0x20, 0x40, 0x80} {
			file := []byte(chinese)
			file[at] ^= bit
			got, err := read(file, Options{})
			if err != nil {
				continue
			}
			for i := range got {
				if len(got) != len(want) || utf8.RuneCountInString(got[i]) != utf8.RuneCountInString(want[i]) {
					t.Errorf("byte %d with bit %x: got %q, want an error or at most one other character than %q", at, bit, got, want)
				}
			}
		}
	}
}

func TestChineseInGB18030IsTakenForWhatItIs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		name := make([]rune, 1+random.IntN(12))
		for i := range name {
			name[i] = rune(0x4e00 + random.IntN(0x9fa5-0x4e00))
		}
		want := "sn,name,amount\n1," + string(name) + ",2\n"
		file := encoded(t, want, simplifiedchinese.GB18030.NewEncoder().String)
		if utf8.Valid(file) {
			continue // a few names are both, and UTF-8 comes first
		}
		if got, err := Text(file); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", string(name), got, err)
		}
	}
}

func TestAValueIsShortenedBetweenCharacters(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "短": "短", strings.Repeat("长", 80): strings.Repeat("长", 80), strings.Repeat("长", 81): strings.Repeat("长", 80) + "…",
	} {
		if got := Shorten(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLongTextIsDecodedAcrossChunks(t *testing.T) {
	var b strings.Builder
	b.WriteString("sn,name,amount\n")
	for i := range 60_000 { // more than any buffer, at every alignment
		fmt.Fprintf(&b, "%d,面%s馆,1.00\n", i, strings.Repeat("x", i%5))
	}
	want, err := read([]byte(b.String()), Options{})
	if err != nil || len(want) != 60_000 {
		t.Fatalf("got %d rows, %v, want 60000", len(want), err)
	}
	got, err := read(encoded(t, b.String(), simplifiedchinese.GB18030.NewEncoder().String), Options{})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("GB18030 reads differently: %d rows, %v", len(got), err)
	}
}

func TestAHeaderMustHaveEveryColumnOnce(t *testing.T) {
	tests := map[string]struct {
		header string
		want   []string
	}{
		"twice":         {"sn,name,amount,sn", []string{"1 sn import.header.twice"}},
		"unknown":       {"sn,name,amount,color", []string{"1 color import.header.unknown"}},
		"missing":       {"sn,name", []string{"1 amount import.header.missing"}},
		"empty":         {"sn,,name,amount", []string{"1  import.header.empty"}},
		"empty twice":   {"sn,name,amount,,", []string{"1  import.header.empty", "1  import.header.empty"}},
		"other case":    {"SN,name,amount", []string{"1 SN import.header.unknown", "1 sn import.header.missing"}},
		"no header":     {"001,老街面馆,36.00", []string{"1 001 import.header.unknown", "1 老街面馆 import.header.unknown", "1 36.00 import.header.unknown", "1 sn import.header.missing", "1 name import.header.missing", "1 amount import.header.missing"}},
		"semicolons":    {"sn;name;amount", []string{"1 sn;name;amount import.header.unknown", "1 sn import.header.missing", "1 name import.header.missing", "1 amount import.header.missing"}},
		"nothing":       {"\n\n", []string{"0  import.file.empty"}},
		"only a mark":   {"\ufeff", []string{"0  import.file.empty"}},
		"no byte":       {"", []string{"0  import.file.empty"}},
		"open quote":    {`"sn,name`, []string{"1  import.file.quote"}},
		"old workbook":  {string(oleStart) + "…", []string{"0  import.file.old_excel"}},
		"half a ZIP":    {string(zipStart) + "…", []string{"0  import.file.damaged_workbook"}},
		"second unsure": {"sn,name,\ufffd,amount", []string{"1 \ufffd import.header.unknown"}},
	}
	for name, tt := range tests {
		file := tt.header
		if file != "" && name != "only a mark" && name != "nothing" {
			file += "\n"
		}
		_, err := read([]byte(file), Options{})
		if got := keys(err); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, tt.want)
		}
	}
}

func TestARowThatIsNotAsWideAsTheHeaderIsReportedAndTheRestRead(t *testing.T) {
	got, err := read([]byte("sn,name,amount\n1,a\n2,b,2.00\n3,c,3.00,x\n4,d,4.00\n"), Options{})
	want := []string{
		"2 || [ import.row.too_few]", "3 2|b|2.00", "4 || [ import.row.too_many]", "5 4|d|4.00",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestAFileThatBreaksOffInsideARowIsRefused(t *testing.T) {
	whole := "sn,name,amount\n1,a,1.00\n2,\"b, c\",2.00\n"
	for end := strings.Index(whole, "2,") + 1; end < strings.LastIndex(whole, ","); end++ {
		rows, err := read([]byte(whole[:end]), Options{})
		last := ""
		if len(rows) > 0 {
			last = rows[len(rows)-1]
		}
		cut := slices.Equal(keys(err), []string{"3  import.file.quote"}) || strings.Contains(last, "import.row.cut")
		if !cut {
			t.Errorf("%q: got %q, %v, want that the file is cut off", whole[:end], rows, err)
		}
	}
	// The same row with a line end after it was not cut off, but is too short.
	rows, err := read([]byte("sn,name,amount\n1,a,1.00\n2,b\n"), Options{})
	if want := "3 || [ import.row.too_few]"; err != nil || rows[1] != want {
		t.Errorf("got %q, %v, want %q", rows, err, want)
	}
	// Nor was one that others follow.
	rows, err = read([]byte("sn,name,amount\n2,b\n1,a,1.00"), Options{})
	if want := "2 || [ import.row.too_few]"; err != nil || len(rows) != 2 || rows[0] != want {
		t.Errorf("got %q, %v, want %q and one more row", rows, err, want)
	}
}

func TestAFileThatEndsWithoutALineEndSaysSo(t *testing.T) {
	for text, want := range map[string]bool{"sn,name,amount\n1,a,1": true, "sn,name,amount\n1,a,1\n": false, "sn,name,amount\r\n1,a,1\r\n": false} {
		r, err := Open(strings.NewReader(text), int64(len(text)), Options{Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.EndsOpen(); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func TestAStrayQuotationMarkIsReportedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"sn,name,amount\n1,a,1\n2,b\"c,2\n":                                 "3  import.file.quote",
		"sn,name,amount\n1,a,1\n2,\"b\"c,2\n":                               "3  import.file.quote",
		"sn,name,amount\n1,a,1\n2,\"b,2\n3,c,3\n":                           "3  import.file.quote",
		"sn,name,amount\n1,a,1\n2,\"b,2\n" + strings.Repeat("3,c,3\n", 2e6): "3  import.file.endless_row",
	} {
		rows, err := read([]byte(text), Options{})
		if got := keys(err); len(rows) != 1 || !slices.Equal(got, []string{want}) {
			t.Errorf("%.40q: got %q after %q, want %q after one row", text, got, rows, want)
		}
	}
}

func TestAnOverlongOrDamagedCellIsReportedAndTheRestRead(t *testing.T) {
	got, err := read([]byte("sn,name,amount\n1,"+strings.Repeat("长", maxCell+1)+",1\n2,"+strings.Repeat("长", maxCell)+",1\n3,a\ufffdb,1\n4,d,1\n"), Options{})
	if err != nil || len(got) != 4 {
		t.Fatalf("got %d rows, %v, want 4", len(got), err)
	}
	for i, want := range []string{"2 1||1 [name import.cell.too_long]", "", "4 3||1 [name import.cell.damaged]", "5 4|d|1"} {
		if want != "" && got[i] != want {
			t.Errorf("got %q, want %q", got[i], want)
		}
	}
}

func TestAFileAboveTheLimitIsRefusedBeforeItIsRead(t *testing.T) {
	file := []byte(chinese)
	if _, err := read(file, Options{MaxBytes: int64(len(file))}); err != nil {
		t.Errorf("got %v, want a file of exactly the limit taken", err)
	}
	_, err := read(file, Options{MaxBytes: int64(len(file)) - 1})
	if got, want := keys(err), []string{"0  import.file.too_large"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressIsToldUpToTheLastByteAndCanEndTheReading(t *testing.T) {
	file := []byte("sn,name,amount\n" + strings.Repeat("1,a,1.00\n", 20_000))
	var told []Progress
	rows, err := read(file, Options{Progress: func(p Progress) error { told = append(told, p); return nil }})
	if err != nil || len(rows) != 20_000 {
		t.Fatalf("got %d rows, %v, want 20000", len(rows), err)
	}
	last := told[len(told)-1]
	if want := (Progress{int64(len(file)), int64(len(file)), 20_000}); last != want || len(told) < 4 {
		t.Errorf("got %d reports and %+v last, want several and %+v", len(told), last, want)
	}
	for i := 1; i < len(told); i++ {
		if told[i].Read < told[i-1].Read || told[i].Rows <= told[i-1].Rows && i < len(told)-1 {
			t.Errorf("progress went from %+v to %+v", told[i-1], told[i])
		}
	}
	stop := errors.New("stop")
	if rows, err := read(file, Options{Progress: func(Progress) error { return stop }}); err != stop || len(rows) >= 20_000 {
		t.Errorf("got %d rows and %v, want fewer and the error of Progress", len(rows), err)
	}
}

// failing is a file whose disk fails.
type failing struct{}

var errDisk = errors.New("disk")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func TestAFailingDiskIsNotTheFilesFault(t *testing.T) {
	_, err := Open(failing{}, 100, Options{Columns: columns})
	if !errors.Is(err, errDisk) {
		t.Errorf("got %v, want the disk's error", err)
	}
}

func FuzzTextNeverLosesARowQuietly(f *testing.F) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{chinese, gb, "\ufeff" + chinese, "sn,name,amount\n1,\"a\n\"\"b\",2\r\n\r\n,,\n3,c,3"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := read(file, Options{})
		if err != nil {
			if len(keys(err)) == 0 {
				t.Fatalf("got %v, want a fault of the file", err)
			}
			return
		}
		if bytes.ContainsAny(file, "\"\r") || bytes.HasPrefix(file, zipStart) {
			return // rows can't be counted by their line ends
		}
		lines := 0
		text, err := Text(file)
		if err != nil {
			t.Fatalf("rows were read from a text that can't be decoded: %v", err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.Trim(line, ",") != "" {
				lines++
			}
		}
		if len(rows) != lines-1 {
			t.Errorf("got %d rows, want %d of %q", len(rows), lines-1, file)
		}
	})
}
