package fee

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"
)

// answersOf are the answers of each version of the rules to the worked cases
// shipped with it, condensed. A stored decision names the version it was made by.
var answersOf = map[string]string{
	"2026.1": "b1d7a88520b9fca013f3f18aebeb693715a86efdb1189a17703eb5db0ccd8ae5",
}

func TestTheRulesVersionChangesWithTheAnswers(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors/judge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	condensed := sha256.New()
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		condensed.Write(answerTo(lines.Bytes()))
	}
	got := hex.EncodeToString(condensed.Sum(nil))
	if want := answersOf[RulesVersion]; got != want {
		t.Errorf("the worked cases are answered otherwise than version %s of the rules did (%s, not %s): if the rules changed, name a new RulesVersion and its answers here; if only cases were added, write these", RulesVersion, got, want)
	}
}

func TestWhatTheGateAllowedHoldsItsCycleAgainstWhatBypassedIt(t *testing.T) {
	c, err := ParseCase([]byte(`{"plan":{"item":"sim_data","versions":[{"version":1,"published_on":"2023-03-01","effective_on":"2023-05-01",
		"price":{"kind":"recurring","amount_fen":3600,"cycle_months":12,"idle":"accrue"}}]},
		"enrolment":{"anchor_on":"2025-01-10","accepted":[{"version":1,"on":"2025-01-10"}]},"terminal":{"activated_on":"2025-01-10"},
		"request":{"amount_fen":3600,"at":"2025-03-01T10:00:00+08:00","origin":"core"}}`))
	if err != nil {
		t.Fatal(err)
	}
	request := c.Request
	asked, err := Judge(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []State{Authorized, Posted, Voided, Reversed} {
		judged, err := Replay(c, []Deduction{
			{Ref: "bypassed", Amount: 3600, At: request.At.AddDate(0, 0, -1), State: Posted, Origin: OriginCore, Live: true},
			{Ref: "asked", Amount: 3600, At: request.At, State: state, Origin: OriginCore, Asked: &asked},
		})
		if err != nil {
			t.Fatal(err)
		}
		if held := state.Settles(); judged[0].Verdict.Reasons.Has(DuplicateCycle) != held || (judged[0].Settles == 0) != held {
			t.Errorf("%s: what bypassed the gate comes out as %v and settles %d", state, judged[0].Verdict.Reasons, judged[0].Settles)
		}
		if judged[1].Verdict != asked || judged[1].Settles != 1 {
			t.Errorf("%s: what was asked comes out as %+v", state, judged[1])
		}
	}
}

func TestARequestComesAfterAllThatIsKnown(t *testing.T) {
	c, err := ParseCase([]byte(`{"plan":{"item":"sim_data","versions":[{"version":1,"published_on":"2023-03-01","effective_on":"2023-05-01",
		"price":{"kind":"recurring","amount_fen":3600,"cycle_months":12,"idle":"accrue"}}]},
		"enrolment":{"anchor_on":"2025-01-10","accepted":[{"version":1,"on":"2025-01-10"}]},"terminal":{"activated_on":"2025-01-10"},
		"request":{"amount_fen":3600,"at":"2025-03-01T10:00:00+08:00","origin":"core"}}`))
	if err != nil {
		t.Fatal(err)
	}
	later := Deduction{Ref: "later", Amount: 3600, At: c.Request.At.AddDate(0, 0, 1), State: Posted, Origin: OriginCore}
	asked, err := Ask(c, []Deduction{later}, c.Request)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Judge(asked)
	if err != nil || !v.Reasons.Has(DuplicateCycle) {
		t.Errorf("got %v, %v; want a duplicate: the cycle was taken by what is dated a day later", v.Reasons, err)
	}
}
