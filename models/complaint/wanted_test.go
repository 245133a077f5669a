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
	} {
		if got := fieldsOf(one.in.Check()); got != one.want {
			t.Errorf("%+v: got %q, want %q", one.in, got, one.want)
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
