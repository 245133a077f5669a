package feechange

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

const (
	given = `select t.sn || ' ' || a.version || ' ' || a.accepted_on || ' ' || a.accepted_by || ' ' || a.via
		from acceptances a join enrolments e on e.id = a.enrolment_id join terminals t on t.id = e.terminal_id where a.version = 2 order by 1`
	answers = `select a.answer || ' ' || a.terminals || ' ' || a.user_id || ' ' || a.name || ' ' || a.address || ' ' || a.words || ' ' ||
			(select count(*) from fee_change_answered x where x.answer_id = a.id) || ' ' || case when a.content_hash = v.content_hash then 'same' else 'other' end
		from fee_change_answers a join fee_changes c on c.id = a.change_id join disclosure_versions v on v.id = c.disclosure_version_id order by a.at, a.id`
	foreseen = `select t.sn || ' ' || f.due_on || ' ' || f.amount_fen || ' ' || f.version from forecasts f join terminals t on t.id = f.terminal_id order by 1`
	entries  = `select action || ' ' || actor_id from audit_entries order by at, action`
)

func TestAnAcceptanceIsKeptWithWhoGaveItToWhatAndMovesThePriceOfThatTerminalAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		accept(t, d, "M1", morning, counter)
		intaketest.WantTexts(t, d, given, counter+" 2 2026-11-22 周老板 portal")
		intaketest.WantTexts(t, d, answers, "accepted 1 u_1 周老板 192.0.2.7  1 same")
		intaketest.WantTexts(t, d, entries, "fee_change.accept u_1")
		p := read(t, d, "M1", today)
		if p.Left.Sums.More() != 900 || p.Left.Reckoned != 1 || p.Sums.More() != 1800 {
			t.Errorf("what is left would cost %v more for %d, all of it %v; want 9.00 for 1, and 18.00", p.Left.Sums.More(), p.Left.Reckoned, p.Sums.More())
		}
		if p.Count.Accepted != 1 || p.Count.Open != 1 || fmt.Sprint(p.Count.Kept) != "[{1 1}]" {
			t.Errorf("the change stands at %+v; want one accepted, one kept at version 1", p.Count)
		}
		if a, b := p.Terminals[0], p.Terminals[1]; a.Then != 2 || a.AcceptedBy != "周老板" || a.AcceptedOn != today || a.IsOpen || b.Then != 1 || !b.IsOpen {
			t.Errorf("the terminals stand at %+v and %+v", a, b)
		}
		intaketest.WantTexts(t, d, `select t.sn from judge_pending p join terminals t on t.id = p.terminal_id`, counter)
		judge(t, d, morning)
		intaketest.WantTexts(t, d, foreseen, counter+" 2027-03-02 4500 2", till+" 2027-03-02 3600 1", stall+" 2027-03-02 3600 1")
	})
}

func TestAnObjectionChangesNothingAndMayBecomeAnAcceptance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		object(t, d, "M1", morning, " 太贵了 ")
		p := read(t, d, "M1", today)
		if p.Count.Open != 2 || len(p.Answers) != 1 || p.Answers[0].Kind != Objected || p.Answers[0].Words != "太贵了" || p.Answers[0].Terminals != 2 {
			t.Errorf("got %+v with the answers %+v", p.Count, p.Answers)
		}
		intaketest.WantTexts(t, d, given)
		accept(t, d, "M1", morning.Add(time.Hour))
		if p := read(t, d, "M1", today); p.Count.Accepted != 2 || len(p.Answers) != 2 || p.Answers[0].Kind != Accepted {
			t.Errorf("got %+v with the answers %+v", p.Count, p.Answers)
		}
		_, err := Object(t.Context(), d, morning.Add(2*time.Hour), owner(t, d, "M1"), changeOf(t, d, "M1"), "")
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("an objection after all was accepted gives %v; want a conflict", err)
		}
		intaketest.WantTexts(t, d, answers, "objected 2 u_1 周老板 192.0.2.7 太贵了 2 same", "accepted 2 u_1 周老板 192.0.2.7  2 same")
	})
}

func TestAnswersAreRefusedThatCantBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		change, who := changeOf(t, d, "M1"), owner(t, d, "M1")
		stranger := owner(t, d, "M2")
		refused := func(what string, err error, kind fault.Kind) {
			t.Helper()
			if !fault.Is(err, kind) {
				t.Errorf("%s gives %v; want %s", what, err, kind)
			}
		}
		_, err := Accept(t.Context(), d, morning, stranger, change, Chosen{All: true})
		refused("another's change", err, fault.NotFound)
		_, err = Object(t.Context(), d, morning, stranger, change, "")
		refused("an objection to another's change", err, fault.NotFound)
		_, err = Accept(t.Context(), d, morning, who, change, Chosen{})
		refused("no terminal", err, fault.Invalid)
		_, err = Accept(t.Context(), d, morning, who, change, Chosen{SNs: []string{stall}})
		refused("another's terminal", err, fault.Conflict)
		_, err = Object(t.Context(), d, morning, who, change, strings.Repeat("贵", MaxWords+1))
		refused("too many words", err, fault.Invalid)
		_, err = Read(t.Context(), d, plansOf(t, d).Fee, fee.DefaultPolicy, stranger.MerchantID, change, "", today)
		refused("reading another's change", err, fault.NotFound)
		intaketest.WantTexts(t, d, answers)
		intaketest.WantTexts(t, d, given)
	})
}

func TestAChangeIsSeenOnceByItsMerchantAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		change := changeOf(t, d, "M1")
		for i, who := range []Who{owner(t, d, "M2"), owner(t, d, "M1"), owner(t, d, "M1")} {
			if err := See(t.Context(), d, who, change, morning.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if p := read(t, d, "M1", today); !p.SeenAt.Equal(morning.Add(time.Minute)) {
			t.Errorf("seen at %v; want a minute past", p.SeenAt)
		}
	})
}

func TestTwoWhoAnswerAtOnceAcceptOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		change, who := changeOf(t, d, "M1"), owner(t, d, "M1")
		errs := make([]error, 4)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = Accept(t.Context(), d, morning, who, change, Chosen{All: true}) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("got %v; want a conflict", err)
			}
		}
		if won != 1 {
			t.Errorf("%d accepted; want one", won)
		}
		intaketest.WantTexts(t, d, answers, "accepted 2 u_1 周老板 192.0.2.7  2 same")
	})
}

func TestWhatWasAnsweredIsNeverAltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		accept(t, d, "M1", morning)
		if err := See(t.Context(), d, owner(t, d, "M1"), changeOf(t, d, "M1"), morning); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"fee_change_answers", "fee_change_answered", "fee_change_views"} {
			for _, statement := range []string{"delete from " + table, "update " + table + " set " + map[string]string{
				"fee_change_answers": "words = 'x'", "fee_change_answered": "enrolment_id = 1", "fee_change_views": "user_id = 'x'",
			}[table]} {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), statement)
					return err
				})
				if err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: got %v; want a refusal", statement, err)
				}
			}
		}
	})
}

// versionOf asks the rules which version a terminal owes on a day, from what is
// in the database.
func versionOf(t *testing.T, d *db.DB, sn string, on date.Date) int {
	t.Helper()
	c := &fee.Case{Plan: plansOf(t, d).ByCode(annual).Fee, Policy: fee.DefaultPolicy, Enrolment: &fee.Enrolment{AnchorOn: anchor}}
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a fee.Acceptance
			err := rows.Scan(&a.Version, &a.On, &a.Via)
			c.Enrolment.Accepted = append(c.Enrolment.Accepted, a)
			return err
		})
	}, `select a.version, a.accepted_on, a.via from acceptances a join enrolments e on e.id = a.enrolment_id join terminals t on t.id = e.terminal_id where t.sn = $1`, sn)
	if err != nil {
		t.Fatal(err)
	}
	if v := fee.VersionOn(c, on); v != nil {
		return v.Number
	}
	return 0
}

func TestWhateverIsAnsweredRulesPageAndForecastSayTheSame(t *testing.T) {
	prices := map[int]string{1: "3600", 2: "4500"}
	rapid.Check(t, func(r *rapid.T) {
		d := dbtest.SQLite(t)
		furnish(t, d)
		open(t, d)
		change, who := changeOf(t, d, "M1"), owner(t, d, "M1")
		at := morning
		for range rapid.IntRange(1, 5).Draw(r, "answers") {
			at = at.Add(time.Duration(rapid.IntRange(1, 30*24).Draw(r, "hours")) * time.Hour)
			var err error
			switch rapid.IntRange(0, 3).Draw(r, "answer") {
			case 0:
				_, err = Accept(t.Context(), d, at, who, change, Chosen{All: true})
			case 1:
				_, err = Accept(t.Context(), d, at, who, change, Chosen{SNs: []string{counter}})
			case 2:
				_, err = Accept(t.Context(), d, at, who, change, Chosen{SNs: []string{till}})
			default:
				_, err = Object(t.Context(), d, at, who, change, "不")
			}
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatal(err)
			}
			on := date.Of(at)
			judge(t, d, at)
			p := read(t, d, "M1", on)
			for i, sn := range []string{counter, till} {
				before, from := versionOf(t, d, sn, rises.AddDays(-1)), versionOf(t, d, sn, max(rises, on))
				if before != 1 {
					r.Errorf("on the day before the change %s owes version %d; want 1", sn, before)
				}
				if got := p.Terminals[i].Then; got != from {
					r.Errorf("the page says version %d of %s; the rules say %d", got, sn, from)
				}
				if accepted := !p.Terminals[i].AcceptedOn.IsZero(); accepted != (from == 2) {
					r.Errorf("%s: accepted %t, but the rules say version %d", sn, accepted, from)
				}
				var due date.Date
				var amount, version string
				err := d.QueryRow(t.Context(), `select f.due_on, cast(f.amount_fen as text), cast(f.version as text) from forecasts f join terminals t on t.id = f.terminal_id
					where t.sn = $1 order by f.due_on limit 1`, sn).Scan(&due, &amount, &version)
				if err != nil {
					t.Fatal(err)
				}
				if want := versionOf(t, d, sn, due); version != fmt.Sprint(want) || amount != prices[want] {
					r.Errorf("%s is to pay %s by version %s on %s; the rules say version %d", sn, amount, version, due, want)
				}
			}
		}
	})
}
