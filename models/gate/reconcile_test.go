package gate

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// daily takes in a day's file of deductions.
func (b *bench) daily(t *testing.T, rows ...deduction.Row) intake.Taken {
	t.Helper()
	now := b.clock.Now()
	taken, problems := intaketest.File(t, b.d, now, func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
		return deduction.StageDeductions(ctx, tx, rows, now)
	}, deduction.TakeDeductions, rows...)
	intaketest.WantProblems(t, problems)
	return taken
}

// settled takes in a terminal's settlement of today, from which 36 yuan were
// taken beside fees.
func (b *bench) settled(t *testing.T, terminal int) string {
	t.Helper()
	now := b.clock.Now()
	ref := fmt.Sprintf("S-T%d", terminal)
	_, problems := intaketest.File(t, b.d, now, func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.SettlementRow]) (*intake.Stage, error) {
		return deduction.StageSettlements(ctx, tx, rows, now)
	}, deduction.TakeSettlements, deduction.SettlementRow{
		Ref: ref, SN: fmt.Sprintf("T%d", terminal), On: date.Of(now), CardCount: 1, CardAmount: 100_000, OtherFee: 3600, PaidOut: 96_400,
	})
	intaketest.WantProblems(t, problems)
	return ref
}

func (b *bench) reconcile(t *testing.T) {
	t.Helper()
	if _, err := Reconcile(t.Context(), b.d, b.clock); err != nil {
		t.Fatal(err)
	}
}

// inFile is what a file says of a request that was posted.
func inFile(r Request) deduction.Row {
	return deduction.Row{Ref: r.Ref, SN: r.SN, Item: r.Item, Plan: r.Plan, Amount: r.Amount, At: r.At, State: fee.Posted, Origin: r.Origin}
}

func (b *bench) posted(t *testing.T, r Request) Request {
	t.Helper()
	a := b.authorize(r)
	if _, err := b.post(a.ID, a.Token); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryDeductionOfAFileIsSetAgainstWhatWasAskedFor(t *testing.T) {
	each(t, 8, func(t *testing.T, b *bench) {
		var file []deduction.Row
		want := map[string]SettledAs{}
		add := func(row deduction.Row, as SettledAs) {
			file = append(file, row)
			want[row.Ref] = as
		}
		in := func(r Request, settlement string) deduction.Row {
			row := inFile(r)
			row.SettlementRef = settlement
			return row
		}
		add(in(b.posted(t, b.sim(0)), b.settled(t, 0)), Matched)
		more := inFile(b.posted(t, b.sim(1)))
		more.Amount = 4800
		add(more, AmountDiffers)
		never := inFile(b.sim(2))
		add(never, NeverAsked)
		other := inFile(b.posted(t, b.sim(3)))
		other.SN = "T4"
		add(other, OtherTerminal)
		add(in(b.posted(t, b.sim(4)), b.settled(t, 5)), OtherTerminal)
		add(in(b.posted(t, b.sim(5)), "S-nobody's"), SettlementUnknown)
		waits := b.sim(6)
		b.authorize(waits)
		add(inFile(waits), NeverPosted)
		ended := b.sim(7)
		b.authorize(ended)
		add(inFile(ended), NeverPosted)
		b.clock.Advance(later)

		if taken := b.daily(t, file...); taken.Added != int64(len(file)) {
			t.Errorf("got %+v; want every row to say something new", taken)
		}
		if taken := b.daily(t, file...); taken.Added != 0 || taken.Unchanged != int64(len(file)) {
			t.Errorf("the same again: got %+v", taken)
		}
		for range 2 { // another run finds nothing to do
			b.reconcile(t)
			var lines []string
			for ref, as := range want {
				lines = append(lines, ref+" "+string(as))
			}
			slices.Sort(lines)
			got := intaketest.Texts(t, b.d, `select ref || ' ' || standing from gate_settled`)
			slices.Sort(got)
			if !slices.Equal(got, lines) {
				t.Fatalf("got %q; want %q", got, lines)
			}
			intaketest.WantTexts(t, b.d, `select ref from settled_news`)
		}
		var total money.Fen
		for i := range file {
			total = total.Plus(file[i].Amount)
		}
		intaketest.WantTexts(t, b.d, `select cast(sum(file_fen) as bigint) || ' ' || (select cast(sum(amount_fen) as bigint) from settled_deductions) from gate_settled`,
			fmt.Sprintf("%d %d", total, total))
		intaketest.WantTexts(t, b.d, `select count(*) || ' ' || min(ref) from alarms where kind = 'settlement_differs'`, "1 "+date.Of(b.clock.Now()).String())

		// What nobody had said is taken in.
		for _, ref := range []string{never.Ref, waits.Ref, ended.Ref} {
			if a, err := b.gate.Find(t.Context(), ref); err != nil || a.State != fee.Posted || !a.Ungated {
				t.Errorf("%s: got %+v, %v", ref, a, err)
			}
		}
		b.judge()
		// The settlement's column is explained, and taken once.
		intaketest.WantTexts(t, b.d, `select l.kind || ' ' || l.amount_fen from bill_lines l join terminals t on t.id = l.terminal_id
			where t.sn = 'T0' and l.state = 'posted' order by l.kind`, "deduction 3600")
	})
}

func TestAFileThatSaysOtherwiseThanAnEarlierOneIsRefused(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		row := inFile(b.posted(t, b.sim(0)))
		b.daily(t, row)
		row.Amount = 100
		now := b.clock.Now()
		_, problems := intaketest.File(t, b.d, now, func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.Row]) (*intake.Stage, error) {
			return deduction.StageDeductions(ctx, tx, rows, now)
		}, deduction.TakeDeductions, row)
		if len(problems.List) != 1 || problems.List[0].Key != "import.stored.taken" {
			t.Errorf("got %+v", problems.List)
		}
	})
}

func TestWhatWasTakenAndIsInNoFileIsMissedUntilItIs(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		forgotten := inFile(b.posted(t, b.sim(1)))
		b.clock.Advance(2 * 24 * time.Hour)
		b.daily(t, inFile(b.posted(t, b.service(0))))
		b.reconcile(t)
		const standings = `select standing from gate_settled order by ref`
		intaketest.WantTexts(t, b.d, standings, "matched")
		b.clock.Advance(2 * 24 * time.Hour)
		b.reconcile(t)
		intaketest.WantTexts(t, b.d, standings, "missing", "matched")
		b.daily(t, forgotten)
		b.reconcile(t)
		intaketest.WantTexts(t, b.d, standings, "matched", "matched")
	})
}

func TestHistoryFromBeforeTheGateIsNotSetAgainstIt(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		before := inFile(b.sim(0))
		before.At = b.clock.Now().Add(-48 * time.Hour)
		b.authorize(b.sim(1))
		b.daily(t, before)
		b.reconcile(t)
		intaketest.WantTexts(t, b.d, `select ref from gate_settled`)
		intaketest.WantTexts(t, b.d, `select cast(gate as text) from deductions where state = 'posted'`, "0")
	})
}

func TestAnInterruptedRunIsTakenUp(t *testing.T) {
	each(t, 3, func(t *testing.T, b *bench) {
		b.authorize(b.service(0))
		var file []deduction.Row
		for n := range 3 {
			file = append(file, inFile(b.sim(n)))
		}
		b.daily(t, file...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Reconcile(ctx, b.d, b.clock); err == nil {
			t.Error("a run that can't do anything says it did")
		}
		run := reconciling{g: &Gate{db: b.d, clock: b.clock}, now: b.clock.Now()}
		if _, err := run.matchSome(t.Context()); err != nil || len(run.single) != 3 {
			t.Fatalf("%d are to be taken in, %v", len(run.single), err)
		}
		if err := run.takeIn(t.Context(), run.single[0]); err != nil {
			t.Fatal(err)
		}
		b.reconcile(t)
		intaketest.WantTexts(t, b.d, `select count(*) || ' ' || count(distinct ref) from gate_settled where standing = 'ungated'`, "3 3")
		intaketest.WantTexts(t, b.d, `select cast(count(*) as text) from alarms where kind = 'ungated'`, "3")
	})
}

func TestADaysPageDropsNothing(t *testing.T) {
	each(t, 60, func(t *testing.T, b *bench) {
		var file []deduction.Row
		total := money.Fen(0)
		for n := range 59 {
			row := inFile(b.sim(n))
			if n%3 == 0 {
				row = inFile(b.posted(t, b.sim(n)))
			}
			row.Amount = row.Amount.Plus(money.Fen(n))
			file, total = append(file, row), total.Plus(row.Amount)
		}
		b.settled(t, 59)
		b.daily(t, file...)
		on := date.Of(b.clock.Now())
		for _, reconciled := range []bool{false, true} {
			if reconciled {
				b.reconcile(t)
			}
			days, more, err := ListSettledDays(t.Context(), b.d, 0)
			if err != nil || more || len(days) != 1 || days[0].On != on {
				t.Fatalf("got %+v, %v", days, err)
			}
			d := days[0]
			if d.File != total || d.Rows != 59 || d.Dropped() != 0 || (d.Waiting.Count == 0) != reconciled {
				t.Errorf("got %+v, of which %d went missing; want a sum of %d", d, d.Dropped(), total)
			}
		}
		var listed []string
		after := ""
		for {
			d, lines, more, err := ReadSettledDay(t.Context(), b.d, on, OnlyDifferences, after)
			if err != nil || d.Dropped() != 0 {
				t.Fatalf("got %+v, %v", d, err)
			}
			for _, l := range lines {
				listed, after = append(listed, l.Ref), l.Ref
			}
			if !more {
				if want := d.Differences().Count; int64(len(listed)) != want {
					t.Errorf("%d are listed; want %d", len(listed), want)
				}
				break
			}
		}
		_, one, _, err := ReadSettledDay(t.Context(), b.d, on, Matched, "")
		if err != nil || len(one) != 1 || *one[0].File != 3600 || *one[0].Asked != 3600 {
			t.Errorf("got %+v, %v; want the first terminal's", one, err)
		}
	})
}

func TestASettlementThatDoesNotAddUpIsListed(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		now := b.clock.Now()
		_, problems := intaketest.File(t, b.d, now, func(ctx context.Context, tx *db.Tx, rows intake.Rows[deduction.SettlementRow]) (*intake.Stage, error) {
			return deduction.StageSettlements(ctx, tx, rows, now)
		}, deduction.TakeSettlements, deduction.SettlementRow{
			Ref: "S1", SN: "T0", On: date.Of(now), CardCount: 1, CardAmount: 100_000, CardFee: 600, PaidOut: 99_399,
		})
		intaketest.WantProblems(t, problems)
		d, lines, _, err := ReadSettledDay(t.Context(), b.d, date.Of(now), OnlyGaps, "")
		if err != nil || d.Gaps.Count != 1 || len(lines) != 1 || *lines[0].File != 99_399 || *lines[0].Asked != 99_400 || lines[0].MerchantRef != "M1" {
			t.Errorf("got %+v, %+v, %v", d, lines, err)
		}
	})
}
