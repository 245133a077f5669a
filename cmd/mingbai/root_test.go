package main

import "testing"

func TestEveryCommandExplainsItselfWithAnExample(t *testing.T) {
	want := map[string]bool{}
	for _, name := range []string{"demo", "serve", "worker", "migrate", "import", "check", "simulate", "audit", "evidence", "bench"} {
		want[name] = true
	}
	for _, c := range root().Commands() {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s says too little of itself", c.Name())
		}
		delete(want, c.Name())
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
