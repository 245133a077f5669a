package complaint

import (
	"errors"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
)

func fieldsOf(err error) (names string) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for _, one := range f.Fields {
			names += one.Name + " "
		}
	}
	return names
}

func TestWhoWantsACallSaysWhen(t *testing.T) {
	for _, one := range []struct {
		in   CallWanted
		want string
	}{
		{CallWanted{"明天下午", ""}, ""},
		{CallWanted{" 明天 ", "021-5555 0101"}, ""},
		{CallWanted{" ", "021-5555 0101"}, "when "},
		{CallWanted{"明天", "问我老婆"}, "phone "},
		{CallWanted{"明天", "12345678901234"}, "phone "}, // of no plan of numbers
		{CallWanted{"明天", "0571-87654321 转 8"}, "phone "},
	} {
		if got := fieldsOf(one.in.Check()); got != one.want {
			t.Errorf("%+v: got %q, want %q", one.in, got, one.want)
		}
	}
}

func TestANumberToCallIsKeptInOneForm(t *testing.T) {
	for _, written := range []string{"021-5555 0101", "（021）55550101", "+86 21 5555 0101"} {
		w := CallWanted{"明天", written}
		if err := w.Check(); err != nil || w.Phone != "+862155550101" {
			t.Errorf("of %q it keeps %q, %v", written, w.Phone, err)
		}
	}
}

func TestAnInvoiceIsMadeOutToSomebodyForSomething(t *testing.T) {
	w := InvoiceWanted{" 老街面馆 ", " 9131 0000ma1fl0ab2x ", "2026年全年"}
	if err := w.Check(); err != nil || w.Title != "老街面馆" || w.TaxNumber != "91310000MA1FL0AB2X" {
		t.Errorf("got %+v, %v", w, err)
	}
	bad := InvoiceWanted{"", "12", ""}
	if got := fieldsOf(bad.Check()); got != "title tax months " {
		t.Errorf("got %q", got)
	}
	person := InvoiceWanted{Title: "周老板", Months: "11月"}
	if err := person.Check(); err != nil {
		t.Errorf("a person has no tax number: %v", err)
	}
}
