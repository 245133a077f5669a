package feechange

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

func versionID(t *testing.T, d *db.DB) (id int64) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select id from disclosure_versions where version = 2`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCoverageCountsWhoSawAcceptedAndObjected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		coverage := func() ([]Covered, CoverageTotals) {
			t.Helper()
			ctx, counter := db.Count(t.Context())
			rows, totals, err := Coverage(ctx, d, versionID(t, d), "", CoverageShown)
			if err != nil || counter.RoundTrips() > 3 {
				t.Fatalf("%v after %d trips", err, counter.RoundTrips())
			}
			return rows, totals
		}
		if _, got := coverage(); got != (CoverageTotals{Merchants: 2, Changes: 2, Terminals: 3, Gaps: 2, GapTerminals: 3}) {
			t.Errorf("at first the totals are %+v", got)
		}
		if err := See(t.Context(), d, owner(t, d, "M1"), changeOf(t, d, "M1"), morning); err != nil {
			t.Fatal(err)
		}
		object(t, d, "M1", morning, "不")
		accept(t, d, "M1", morning.Add(time.Hour), counter)
		accept(t, d, "M2", morning)
		rows, got := coverage()
		want := CoverageTotals{Merchants: 2, Changes: 2, Terminals: 3, Seen: 1, Accepted: 1, AcceptedTerminals: 2, Objected: 1, Gaps: 0, GapTerminals: 0}
		if got != want {
			t.Errorf("the totals are %+v; want %+v", got, want)
		}
		if len(rows) != 2 || rows[0].ChangeID >= rows[1].ChangeID {
			t.Fatalf("the rows are %+v; want two in order", rows)
		}
		for _, c := range rows {
			switch {
			case c.MerchantRef == "M1" && c.Gaps() == 0 && c.SeenAt.Equal(morning) && c.ObjectedAt.Equal(morning) && c.AcceptedOn == today:
			case c.MerchantRef == "M2" && c.Gaps() == 0 && c.SeenAt.IsZero() && c.ObjectedAt.IsZero() && c.AcceptedOn == today:
			default:
				t.Errorf("a row is %+v", c)
			}
		}
		part, _, err := Coverage(t.Context(), d, versionID(t, d), rows[0].ChangeID, 1)
		if err != nil || len(part) != 1 || part[0] != rows[1] {
			t.Errorf("after the first comes %+v, %v; want the second", part, err)
		}
		n := 0
		err = EachCovered(t.Context(), d, versionID(t, d), func(c *Covered) error {
			if *c != rows[n] {
				t.Errorf("the file's row %d is %+v; want %+v", n, c, rows[n])
			}
			n++
			return nil
		})
		if err != nil || n != 2 {
			t.Errorf("the file has %d rows, %v; want 2", n, err)
		}
	})
}

func TestCoverageTellsWhoWasToldAndWhatArrivedAndWasRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		told, arrived, read := morning.Add(time.Hour), morning.Add(2*time.Hour), morning.Add(3*time.Hour)
		exec := func(statement string, args ...any) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement, args...); return err })
			if err != nil {
				t.Fatal(err)
			}
		}
		letter := func(ref string, n int) {
			t.Helper()
			name := fmt.Sprintf("l_%s_%d", ref, n)
			exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step)
				select '`+name+`', id, 'fee_change', $1, 'open', 'sms', 1 from merchants where ref = '`+ref+`'`, told.Add(time.Duration(n)*time.Minute))
			exec(`insert into notices (merchant_id, kind, lead_days, round, ref, not_before, planned_at, letter_id)
				select merchant_id, 'fee_change', $2, 1, id, $1, $1, '`+name+`' from fee_changes where merchant_id = (select id from merchants where ref = '`+ref+`')`, told, 30-n)
		}
		message := func(letterID, channel string, delivered, read db.Time) {
			t.Helper()
			exec(`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, body, content_hash, created_at, not_after, state, next_at, accepted_at, delivered_at, read_at)
				select '`+"m_"+letterID+channel+`', 'fee_change', '`+channel+`', merchant_id, id, '', 'zh-CN', 'x', 'x', $1, $1, 'accepted', $1, $1, $2, $3 from letters where id = '`+letterID+`'`,
				told, delivered, read)
		}
		letter("M1", 0)
		letter("M1", 1)
		letter("M2", 0)
		message("l_M1_0", "sms", db.At(arrived), db.Time{})
		message("l_M1_0", "inbox", db.Time{}, db.At(read))
		message("l_M1_1", "inbox", db.Time{}, db.At(read.Add(time.Hour)))
		message("l_M2_0", "inbox", db.Time{}, db.Time{})
		rows, totals, err := Coverage(t.Context(), d, versionID(t, d), "", CoverageShown)
		if err != nil || totals.Told != 2 || totals.Delivered != 1 || totals.Read != 1 || totals.Seen != 0 {
			t.Fatalf("the totals are %+v, %v", totals, err)
		}
		for _, c := range rows {
			switch {
			case c.MerchantRef == "M1" && c.ToldAt.Equal(told) && c.DeliveredAt.Equal(arrived) && c.ReadAt.Equal(read):
			case c.MerchantRef == "M2" && c.ToldAt.Equal(told) && c.DeliveredAt.IsZero() && c.ReadAt.IsZero():
			default:
				t.Errorf("a row is %+v", c)
			}
		}
		message("l_M2_0", "sms", db.Time{}, db.At(arrived)) // reading proves that it arrived
		if _, totals, err = Coverage(t.Context(), d, versionID(t, d), "", CoverageShown); err != nil || totals.Delivered != 2 || totals.Read != 2 {
			t.Errorf("the totals are %+v, %v", totals, err)
		}
	})
}

func TestAnImpactIsReplayedFromWhatWasTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.Exec(t, d, `update enrolments set cancelled_on = '2026-11-01' where terminal_id = (select id from terminals where sn = '`+till+`')`)
		impact := func(price fee.Price) Impact {
			t.Helper()
			i, err := ImpactOf(t.Context(), d, plansOf(t, d), fee.DefaultPolicy, []Proposed{{annual, price}, {"unknown", price}}, today)
			if err != nil {
				t.Fatal(err)
			}
			return i
		}
		dearer, cheaper, same := forty5, forty5, forty5
		dearer.Amount, cheaper.Amount, same.Amount = 6000, 2400, 3600
		if got, want := impact(dearer), (Impact{Merchants: 2, Terminals: 2, Dearer: 2, Median: 2400, Largest: 2400, Sum: 4800, UpTo: today}); got != want {
			t.Errorf("a dearer price: got %+v; want %+v", got, want)
		}
		if got, want := impact(cheaper), (Impact{Merchants: 2, Terminals: 2, Cheaper: 2, Median: -1200, Largest: -1200, Sum: -2400, UpTo: today}); got != want {
			t.Errorf("a cheaper price: got %+v; want %+v", got, want)
		}
		if got, want := impact(same), (Impact{UpTo: today}); got != want {
			t.Errorf("the same price: got %+v; want %+v", got, want)
		}
	})
}

func TestATerminalThatPaysByTwoOfThePlansIsOneTerminal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		_, problems := intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take, enrolment.Row{
			SN: counter, Plan: "withdraw-3", AnchorOn: anchor, Version: 1, AcceptedOn: accepted, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp,
		})
		intaketest.WantProblems(t, problems)
		dearer := forty5
		dearer.Amount = 6000
		i, err := ImpactOf(t.Context(), d, plansOf(t, d), fee.DefaultPolicy, []Proposed{{annual, dearer}, {"withdraw-3", fee.Price{Kind: fee.PerItem, Amount: 500}}}, today)
		if err != nil || i.Terminals != 3 || i.Merchants != 2 {
			t.Errorf("of three terminals of two merchants, one with two plans, %d of %d are concerned, %v", i.Terminals, i.Merchants, err)
		}
	})
}

func TestTheMedianIsTheMiddleOrTheMeanOfTwo(t *testing.T) {
	for _, c := range []struct {
		sorted []money.Fen
		want   money.Fen
	}{{nil, 0}, {[]money.Fen{5}, 5}, {[]money.Fen{1, 4}, 2}, {[]money.Fen{-3, 1, 9}, 1}, {[]money.Fen{-9, -4, 1, 2}, -1}} {
		if got := median(c.sorted); got != c.want {
			t.Errorf("of %v it is %d; want %d", c.sorted, got, c.want)
		}
	}
}

// queue takes down the jobs that it is given.
type queue struct{ jobs []river.JobArgs }

func (q *queue) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	q.jobs = append(q.jobs, args)
	return nil
}

var _ event.Queue = &queue{}

func TestAnImpactIsReckonedOnceForEachText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		q, price := &queue{}, forty5
		ask := func() *Impact {
			t.Helper()
			i, err := ImpactFor(t.Context(), d, q, plansOf(t, d), fee.DefaultPolicy, "hash", []Proposed{{annual, price}}, morning)
			if err != nil {
				t.Fatal(err)
			}
			return i
		}
		first := ask()
		if first == nil || first.Sum != 2700 || len(q.jobs) != 0 {
			t.Fatalf("got %+v and the jobs %v; want 27.00 more at once", first, q.jobs)
		}
		price.Amount = 9999 // which the hash would tell
		ctx, counter := db.Count(t.Context())
		again, err := ImpactFor(ctx, d, q, plansOf(t, d), fee.DefaultPolicy, "hash", []Proposed{{annual, price}}, morning)
		if err != nil || *again != *first || counter.RoundTrips() > 1 {
			t.Errorf("asked again: got %+v, %v after %d trips; want the same after one", again, err, counter.RoundTrips())
		}
	})
}

func TestALargeImpactIsLeftToAJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return askImpact(t.Context(), tx, "hash", []byte(`[{"plan":"`+annual+`","price":{"Kind":"recurring","Amount":4500,"CycleMonths":12,"Idle":"accrue"}}]`), morning)
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func() *Impact {
			i, asked, err := readImpact(t.Context(), d, "hash")
			if err != nil || !asked {
				t.Fatalf("asked %t, %v", asked, err)
			}
			return i
		}
		if i := read(); i != nil {
			t.Errorf("before the job it is %+v; want none", i)
		}
		for range 2 {
			if err := ReckonImpact(t.Context(), d, "hash", morning); err != nil {
				t.Fatal(err)
			}
		}
		if i := read(); i == nil || i.Sum != 2700 || i.Merchants != 2 {
			t.Errorf("after the job it is %+v; want 27.00 more of two merchants", i)
		}
	})
}
