package gate

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// take takes in a file with one deduction for a terminal's year and returns its
// number.
func (b *bench) take(t *testing.T, terminal int, state fee.State) string {
	t.Helper()
	r := b.sim(terminal)
	now := b.clock.Now()
	stage := func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, now)
	}
	_, problems := intaketest.File(t, b.d, now, stage, deduction.TakeDeductions,
		deduction.Row{Ref: r.Ref, SN: r.SN, Item: r.Item, Amount: r.Amount, At: r.At, State: state, Origin: r.Origin})
	intaketest.WantProblems(t, problems)
	return r.Ref
}

func TestWhatCameWithAFileGoesTheWayOfWhatWasAskedFor(t *testing.T) {
	part, rest, more := money.Fen(600), money.Fen(3000), money.Fen(601)
	cases := []struct {
		name  string
		state fee.State
		steps func(b *bench, ref string) (Answer, error)
		kind  fault.Kind
		want  fee.State
		back  money.Fen
	}{
		{"reversed", fee.Posted, func(b *bench, ref string) (Answer, error) { return b.reverse(ref) }, "", fee.Reversed, 0},
		{"refunded whole", fee.Posted, func(b *bench, ref string) (Answer, error) { return b.refund(ref, nil) }, "", fee.Refunded, 3600},
		{"refunded in part", fee.Posted, func(b *bench, ref string) (Answer, error) { return b.refund(ref, &part) }, "", fee.Posted, 600},
		{"refunded in two parts", fee.Posted, func(b *bench, ref string) (Answer, error) {
			if _, err := b.refund(ref, &part); err != nil {
				return Answer{}, err
			}
			return b.refund(ref, &rest)
		}, "", fee.Refunded, 3600},
		{"refunded too much", fee.Posted, func(b *bench, ref string) (Answer, error) {
			if _, err := b.refund(ref, &rest); err != nil {
				return Answer{}, err
			}
			return b.refund(ref, &more)
		}, fault.Invalid, fee.Posted, 3000},
		{"reversed after a part was given back", fee.Posted, func(b *bench, ref string) (Answer, error) {
			if _, err := b.refund(ref, &part); err != nil {
				return Answer{}, err
			}
			return b.reverse(ref)
		}, fault.Conflict, fee.Posted, 600},
		{"reversed before it was taken", fee.Authorized, func(b *bench, ref string) (Answer, error) { return b.reverse(ref) }, fault.Conflict, fee.Authorized, 0},
		{"posted twice", fee.Posted, func(b *bench, ref string) (Answer, error) { return b.post(ref, "") }, fault.Conflict, fee.Posted, 0},
		{"posted with a token", fee.Authorized, func(b *bench, ref string) (Answer, error) { return b.post(ref, "mgt1.forged") }, fault.Invalid, fee.Authorized, 0},
		{"posted", fee.Authorized, func(b *bench, ref string) (Answer, error) { return b.post(ref, "") }, "", fee.Posted, 0},
		{"voided", fee.Authorized, func(b *bench, ref string) (Answer, error) { return b.void(ref) }, "", fee.Voided, 0},
		{"voided after it was taken", fee.Posted, func(b *bench, ref string) (Answer, error) { return b.void(ref) }, fault.Conflict, fee.Posted, 0},
		{"refunded where it was waived", fee.Waived, func(b *bench, ref string) (Answer, error) { return b.refund(ref, nil) }, fault.Conflict, fee.Waived, 0},
	}
	each(t, len(cases), func(t *testing.T, b *bench) {
		for i, c := range cases {
			ref := b.take(t, i, c.state)
			b.judge()
			a, err := c.steps(b, ref)
			if got := fault.KindOf(err); got != c.kind {
				t.Errorf("%s: got %v; want %q", c.name, err, c.kind)
				continue
			}
			if err == nil && (a.State != c.want || a.Refunded != c.back || a.Ref != ref || a.Verdict.Cycle.Index != 1) {
				t.Errorf("%s: got %+v; want it %s with %d back", c.name, a, c.want, c.back)
			}
			b.judge()
			intaketest.WantTexts(t, b.d, `select l.state || ' ' || l.refunded_fen from bill_lines l join deduction_refs r on r.deduction_id = l.id where r.ref = '`+ref+`'`,
				fmt.Sprintf("%s %d", c.want, c.back))
		}
	})
}

func TestWhatCameWithAFileLeavesAReasonATrailAndNews(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		ref := b.take(t, 0, fee.Posted)
		intaketest.Exec(t, b.d, `delete from deduction_news`)
		part := money.Fen(600)
		if _, err := b.refund(ref, &part); err != nil {
			t.Fatal(err)
		}
		if a, err := b.refund(ref, nil); err != nil || a.Ungated {
			t.Fatalf("got %+v, %v", a, err)
		}
		intaketest.WantTexts(t, b.d, `select s.number || ' ' || s.step || ' ' || s.amount_fen || ' ' || s.reason from gate_steps s order by number`,
			"1 refunded 600 a complaint was upheld", "2 refunded 3000 a complaint was upheld")
		intaketest.WantTexts(t, b.d, `select action from audit_entries where action like 'gate.%' order by id`, "gate.refunded", "gate.refunded")
		intaketest.WantTexts(t, b.d, `select state from deduction_news`, "refunded")
		intaketest.WantTexts(t, b.d, `select ref from alarms`)
	})
}

func TestAnAuthorisationOfAFileThatIsPostedHereIsUngated(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		ref := b.take(t, 0, fee.Authorized)
		b.clock.Advance(36 * time.Hour)
		a, err := b.post(ref, "")
		if err != nil || !a.Ungated || a.Decision != fee.Allow || !a.At.Equal(b.clock.Now()) {
			t.Fatalf("got %+v, %v; want what it would have been had it been asked for", a, err)
		}
		again := b.authorize(b.sim(0))
		want(t, again, fee.Deny, "duplicate_cycle", fee.Denied)
		b.judge()
		intaketest.WantTexts(t, b.d, `select l.state || ' ' || l.gate || ' ' || l.decision from bill_lines l where l.state = 'posted'`, "posted 2 allow")
		if a, err := b.reverse(ref); err != nil || !a.Ungated || a.State != fee.Reversed {
			t.Fatalf("got %+v, %v", a, err)
		}
		want(t, b.authorize(b.sim(0)), fee.Hold, "retry_after_reversal", fee.Held)
	})
}
