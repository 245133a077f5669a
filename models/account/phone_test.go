package account

import "testing"

func TestANumberIsReadAsPeopleWriteIt(t *testing.T) {
	for written, want := range map[string]string{
		"13800006621": "+8613800006621", " 138 0000 6621 ": "+8613800006621", "138-0000-6621": "+8613800006621",
		"１３８００００６６２１": "+8613800006621", "+86 138 0000 6621": "+8613800006621", "008613800006621": "+8613800006621",
		"8613800006621": "+8613800006621", "+852 9123 4567": "+85291234567",
		"": "", "1380000662": "", "0571-87654321": "", "10086": "", "周老板": "", "+86": "", "13800006621 ext 5": "",
		"138000066211380000662113800006621138000066211": "",
	} {
		got, ok := ParsePhone(written)
		if got != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %t; want %q", written, got, ok, want)
		}
	}
}

func TestALineIsANumberThatCanBeDialled(t *testing.T) {
	for written, want := range map[string]string{
		"021-5555 0101": "+862155550101", "（021）55550101": "+862155550101", "138 0000 6621": "+8613800006621", "+852 2123 4567": "+85221234567",
		"": "", "55550101": "", "12345678901234": "", "021-55550101 ext 8": "", "问我老婆": "",
	} {
		if got, ok := ParseLine(written); got != want || ok != (want != "") {
			t.Errorf("%q is read as %q, %t; want %q", written, got, ok, want)
		}
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"13800006621", "+86 138", "tel:+86-138;ext=5", "\xff", "００８６"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, written string) {
		phone, ok := ParsePhone(written)
		if !ok {
			return
		}
		if again, ok := ParsePhone(phone); !ok || again != phone {
			t.Errorf("%q is read as %q, and that as %q, %t", written, phone, again, ok)
		}
	})
}
