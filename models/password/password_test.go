package password

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestAPasswordHasItsOwnHashAlone(t *testing.T) {
	hash, err := Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false} {
		if got, err := Matches(t.Context(), typed, hash); err != nil || got != want {
			t.Errorf("%q matches: %t, %v, want %t", typed, got, err, want)
		}
	}
}

func TestWithoutAHashNoPasswordMatches(t *testing.T) {
	for _, typed := range []string{"", "correct horse"} {
		if got, err := Matches(t.Context(), typed, ""); got || err != nil {
			t.Errorf("%q matches: %t, %v, want false", typed, got, err)
		}
		if got, err := Matches(t.Context(), typed, nobodys); got || err != nil {
			t.Errorf("%q matches nobody's hash: %t, %v, want false", typed, got, err)
		}
	}
}

func TestNobodysHashCostsWhatAnyHashCosts(t *testing.T) {
	p, salt, key, err := argon2id.DecodeHash(nobodys)
	if err != nil {
		t.Fatal(err)
	}
	if p.Memory != params.Memory || p.Iterations != params.Iterations || p.Parallelism != params.Parallelism ||
		len(salt) != int(params.SaltLength) || len(key) != int(params.KeyLength) {
		t.Errorf("it costs %+v, want %+v", p, params)
	}
}

func TestRunsOfCharactersAreEasy(t *testing.T) {
	for typed, want := range map[string]bool{
		"": true, "12345678": true, "87654321": true, "aaaaaaaa": true, "11112222": true, "abcdefgh": true, "correct horse": false, "k8Hq2!zP": false,
	} {
		if got := Easy(typed); got != want {
			t.Errorf("%q is easy: %t, want %t", typed, got, want)
		}
	}
}
