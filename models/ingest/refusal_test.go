package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
)

func refused(t *testing.T, content string, o Options) *Refusal {
	t.Helper()
	_, err := Merchants.Read(sourceOf("inbox/merchants.csv", content), o, func(int, Merchant) error { return nil })
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	return refusal
}

const merchantHeader = "merchant_ref,name,contact,phone,email,opened_on,closed_on\n"

func TestARefusalSaysThatNothingChangedWhereItIsWrongAndWhatToDo(t *testing.T) {
	refusal := refused(t, merchantHeader+"M1,老街面馆,,+86 x,,2024-01-02,\nM2,青禾水果,,,,,\nM3,x,,,,2024-01-02\n", Options{})
	want := map[string][]string{
		"zh-CN": {
			"没有导入，什么都没改。",
			"第 2 行“电话 phone”写的是 +86 x。请写手机号，或带区号的座机，例如 0571-88880000。",
			"还有 2 处要改。",
			"改好后重新选择文件即可。",
		},
		"en": {
			"Nothing was imported, and nothing was changed.",
			"Line 2, “phone” says +86 x. Write a mobile number, or a landline with its area code such as 0571-88880000.",
			"There are 2 more places to correct.",
			"Correct it and choose the file again.",
		},
	}
	for language, lines := range want {
		if got := refusal.Summary(catalogue(t, language)); !slices.Equal(got, lines) {
			t.Errorf("got %q, want %q", got, lines)
		}
	}
	for i, want := range []string{"", "第 3 行“开户日期 opened_on”：这里要填，不能空着。", "第 4 行：这一行只有 6 格，表头有 7 列。请补齐。"} {
		if got := refusal.Errors[i].Sentence(catalogue(t, "zh-CN")); want != "" && got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := refused(t, "", Options{}).Errors[0].Sentence(catalogue(t, "zh-CN")), "文件是空的。请检查导出是否成功。"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestARefusalIsAFaultAndKeepsValuesOutOfTheLog(t *testing.T) {
	refusal := refused(t, merchantHeader+"M1,老街面馆,,+86 x,,2024-01-02,\n", Options{})
	if got := fault.KindOf(refusal); got != fault.Invalid {
		t.Errorf("got a fault of kind %s, want invalid", got)
	}
	if got, want := refusal.Error(), "ingest: merchants.csv:2: phone import.value.not_phone, and 0 more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fault.KindOf(refused(t, merchantHeader, Options{MaxBytes: 1})); got != fault.TooLarge {
		t.Errorf("got a fault of kind %s, want too_large", got)
	}
}

func TestErrorsAreWrittenAsACSVThatASpreadsheetCanOpen(t *testing.T) {
	refusal := refused(t, merchantHeader+"M1,a,,\"=HYPERLINK(\"\"http://example.com\"\",\"\"x\"\")\",,2024-01-02,\nM2,b,,@SUM(1),,-1,\nM3,c,,,,,\n", Options{MaxErrors: 3})
	var b bytes.Buffer
	if err := WriteErrorsCSV(&b, refusal, catalogue(t, "zh-CN")); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\ufeff")
	if !marked {
		t.Error("the file lacks the mark that makes a spreadsheet read UTF-8")
	}
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"文件", "行", "列", "内容", "原因"},
		{"merchants.csv", "2", "phone", `'=HYPERLINK("http://example.com","x")`, "请写手机号，或带区号的座机，例如 0571-88880000。"},
		{"merchants.csv", "3", "phone", "'@SUM(1)", "请写手机号，或带区号的座机，例如 0571-88880000。"},
		{"merchants.csv", "3", "opened_on", "'-1", "请写成 2026-01-31 这样的日期。"},
		{"", "", "", "", "还有 1 处要改。"},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// broken is a disk that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAWriteThatFailsIsReported(t *testing.T) {
	refusal := refused(t, "", Options{})
	if err := WriteErrorsCSV(broken{}, refusal, catalogue(t, "en")); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want the disk's error", err)
	}
	for name, write := range map[string]func(io.Writer, []Judged) error{"JSON": WriteJudgedJSON, "CSV": WriteJudgedCSV, "table": WriteJudgedTable} {
		if err := write(broken{}, judgedOf(t)); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: got %v, want the disk's error", name, err)
		}
	}
}
