package spreadsheet

import (
	"errors"
	"strings"
	"testing"
)

func TestNoTextActsAsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "前台": "前台", "a=1": "a=1", "-1": "'-1", "+1": "'+1", "=1": "'=1", "@a": "'@a", "\ta": "'\ta", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠a": "'＠a", "\xff=1": "\xff=1",
	} {
		if got := Text(text); got != want {
			t.Errorf("%q is written as %q; want %q", text, got, want)
		}
	}
}

func TestACodeKeepsItsDigits(t *testing.T) {
	for code, want := range map[string]string{"": "", "00820000032929": "00820000032929\t", "SN-1": "SN-1", "-12": "'-12", "１２": "１２"} {
		if got := Code(code); got != want {
			t.Errorf("%q is written as %q; want %q", code, got, want)
		}
	}
}

func TestAFileIsReadAsUTF8AndLineByLine(t *testing.T) {
	var file strings.Builder
	err := Write(&file, []string{"门店", "金额"}, func(add func(...string) error) error {
		return errors.Join(add("一,店", "1.00"), add(`"二"`, "2.00"))
	})
	if want := "\ufeff门店,金额\r\n\"一,店\",1.00\r\n\"\"\"二\"\"\",2.00\r\n"; err != nil || file.String() != want {
		t.Errorf("got %q, %v; want %q", file.String(), err, want)
	}
}

func TestAFileWhoseRowsEndInAnErrorIsNoFile(t *testing.T) {
	broken := errors.New("broken")
	if err := Write(&strings.Builder{}, nil, func(func(...string) error) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := Write(full{}, []string{"a"}, func(func(...string) error) error { return nil }); !errors.Is(err, errFull) {
		t.Errorf("on a full disk: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
