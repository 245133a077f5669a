package seal_test

import (
	"bytes"
	"testing"

	"github.com/mingbai/mingbai/models/seal"
)

var secret = bytes.Repeat([]byte("s"), 32)

func TestASealOpensWithItsSecretItsUseAndItsPlaceAlone(t *testing.T) {
	box, err := seal.New(secret, "letters")
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal(nil, nil, []byte("hunter2"), []byte("row 1"))
	if bytes.Contains(sealed, []byte("hunter2")) {
		t.Error("the text shows through its seal")
	}
	if bytes.Equal(sealed, box.Seal(nil, nil, []byte("hunter2"), []byte("row 1"))) {
		t.Error("the same text is sealed the same twice")
	}
	if got, err := box.Open(nil, nil, sealed, []byte("row 1")); err != nil || string(got) != "hunter2" {
		t.Errorf("got %q, %v; want hunter2", got, err)
	}
	if _, err := box.Open(nil, nil, sealed, []byte("row 2")); err == nil {
		t.Error("it opens in another place")
	}
	for name, other := range map[string]struct {
		secret []byte
		use    string
	}{"secret": {bytes.Repeat([]byte("t"), 32), "letters"}, "use": {secret, "parcels"}} {
		box, err := seal.New(other.secret, other.use)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := box.Open(nil, nil, sealed, []byte("row 1")); err == nil {
			t.Errorf("it opens with another %s", name)
		}
	}
}

func TestASecretThatIsTooShortSealsNothing(t *testing.T) {
	if _, err := seal.New(secret[1:], "letters"); err == nil {
		t.Error("got no error for 31 bytes")
	}
}
