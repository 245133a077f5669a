package fee

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestACaseThatWasWrittenIsAnsweredAndExplainedAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if rapid.Bool().Draw(t, "lifted") {
			c.Request.Waived = holds
		}
		want, wantErr := Explain(c)
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseCase(text)
		if err != nil {
			if wantErr == nil {
				t.Fatalf("reading %s: %v", text, err)
			}
			return
		}
		got, err := Explain(again)
		if err != nil || !reflect.DeepEqual(got.Verdict, want.Verdict) || !reflect.DeepEqual(got.Lines, want.Lines) || !reflect.DeepEqual(got.Groups, want.Groups) {
			t.Errorf("got  %+v, %v\nwant %+v\nof %s", got, err, want, text)
		}
		answer := got.Verdict.Answer()
		if back := answer.Verdict(); back != got.Verdict {
			t.Errorf("the answer reads back as %+v; want %+v", back, got.Verdict)
		}
	})
}

func TestAHoldThatWasLiftedHoldsNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		before, err := Judge(c)
		if err != nil || c.Enrolment == nil {
			return
		}
		c.Request.Waived = before.Reasons | denies
		after, err := Judge(c)
		if err != nil {
			t.Fatal(err)
		}
		if want := before.Reasons &^ holds; after.Reasons != want || after.Decision != want.Decision() {
			t.Errorf("got %v (%s); want %v: holds are lifted, and nothing else", after.Reasons, after.Decision, want)
		}
	})
}
