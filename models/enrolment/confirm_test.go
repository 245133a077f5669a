package enrolment

import (
	"context"
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

var owner = audit.Actor{Kind: audit.User, ID: "u_1"}

// pend writes what was touched as an import would.
func pend(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, "insert into judge_pending select terminal_id, since from ("+intake.Touched+") touched where true on conflict do nothing")
	return err
}

// ticked furnishes a merchant for both of whose terminals an agent entered an
// acceptance, and returns the answer to all that an owner sees.
func ticked(t *testing.T, d *db.DB) Answer {
	t.Helper()
	furnish(t, d)
	takeRows(t, d, morning, accept(first, yearly1, 1, "2025-01-10", ViaAgent, "李四"), accept(second, yearly1, 1, "2025-01-10", ViaAgent, "李四"))
	intaketest.Exec(t, d, `delete from judge_pending`)
	merchantID := merchantOf(t, d)
	page := readAgreement(t, d, merchantID)
	return Answer{MerchantID: merchantID, PlanID: 1, Version: 1, All: true, Seen: page.Seen, Name: "周老板"}
}

func readAgreement(t *testing.T, d *db.DB, merchantID int64) *AgreementPage {
	t.Helper()
	page, err := ReadAgreementPage(t.Context(), d, published(t), fee.DefaultPolicy, merchantID, 1, 1, Mark{}, today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

const audited = `select action || ' ' || actor_id || ' ' || subject from audit_entries order by id`

func TestAConfirmationIsTheMerchantsOwnAcceptanceOfToday(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		page := readAgreement(t, d, answer.MerchantID)
		if fmt.Sprint(page.Answers) != fmt.Sprint([]Consequence{{Terminals: 2, Now: 0, Then: 1, From: today}}) {
			t.Errorf("the consequences are %+v; want version 1 from today for two terminals", page.Answers)
		}
		n, err := Confirm(t.Context(), d, evening, owner, answer, pend)
		if err != nil || n != 2 {
			t.Fatalf("confirmed %d, %v; want 2", n, err)
		}
		intaketest.WantTexts(t, d, accepted,
			first+" sim-annual-36 1 2025-01-10 agent", first+" sim-annual-36 1 2026-11-22 portal",
			second+" sim-annual-36 1 2025-01-10 agent", second+" sim-annual-36 1 2026-11-22 portal")
		intaketest.WantTexts(t, d, pending, first+" 0001-01-01", second+" 0001-01-01")
		intaketest.WantTexts(t, d, audited, "agreement.confirm u_1 1")
		page = readAgreement(t, d, answer.MerchantID)
		if got := standingsOf(&page.Agreement); got != "in_force 2 under 1" || len(page.Answers) != 0 {
			t.Errorf("afterwards it stands %q; want it in force", got)
		}
	})
}

func TestAnAnswerCoversTheTerminalsThatWereChosen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		answer.All, answer.SNs = false, []string{second, "someone else's"}
		if n, err := Confirm(t.Context(), d, evening, owner, answer, pend); err != nil || n != 1 {
			t.Fatalf("confirmed %d, %v; want 1", n, err)
		}
		intaketest.WantTexts(t, d, pending, second+" 0001-01-01")
		answer.SNs = []string{first}
		if n, err := Deny(t.Context(), d, evening, owner, answer); err != nil || n != 1 {
			t.Fatalf("denied %d, %v; want 1", n, err)
		}
		page := readAgreement(t, d, answer.MerchantID)
		if got := standingsOf(&page.Agreement); got != "in_force 1 under 1, denied 1 under 0" && got != "denied 1 under 0, in_force 1 under 1" {
			t.Errorf("it stands %q; want one in force and one denied", got)
		}
	})
}

func TestADenialIsRecordedBesideWhatTheAgentEntered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		if n, err := Deny(t.Context(), d, evening, owner, answer); err != nil || n != 2 {
			t.Fatalf("denied %d, %v; want 2", n, err)
		}
		intaketest.WantTexts(t, d, audited, "agreement.deny u_1 1")
		intaketest.WantTexts(t, d, pending)
		page := readAgreement(t, d, answer.MerchantID)
		if got := page.Terminals[0].Accepted; len(got) != 1 || got[0] != (Acceptance{date.MustParse("2025-01-10"), "李四", ViaAgent, today, "周老板"}) {
			t.Errorf("the acceptance is %+v; want it denied by 周老板 today", got)
		}
		if page.Terminals[0].Standing != Denied {
			t.Errorf("it stands %q; want denied", page.Terminals[0].Standing)
		}
	})
}

func TestWhatWasAnsweredIsNotAnsweredAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		if _, err := Deny(t.Context(), d, evening, owner, answer); err != nil {
			t.Fatal(err)
		}
		if _, err := Deny(t.Context(), d, evening, owner, answer); !fault.Is(err, fault.Conflict) {
			t.Errorf("denying again gives %v; want a conflict", err)
		}
		if _, err := Confirm(t.Context(), d, evening, owner, answer, pend); !fault.Is(err, fault.Conflict) {
			t.Errorf("confirming what was denied gives %v; want a conflict", err)
		}
		intaketest.WantTexts(t, d, audited, "agreement.deny u_1 1")
	})
}

func TestWhatAnAgentEntersLaterIsNotAnsweredUnseen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, accept(first, yearly1, 1, "2025-01-10", ViaAgent, "李四"))
		merchantID := merchantOf(t, d)
		seen := readAgreement(t, d, merchantID).Seen
		takeRows(t, d, evening, accept(second, yearly1, 1, "2025-01-10", ViaAgent, "李四"))
		n, err := Confirm(t.Context(), d, evening, owner, Answer{MerchantID: merchantID, PlanID: 1, Version: 1, All: true, Seen: seen, Name: "周老板"}, pend)
		if err != nil || n != 1 {
			t.Errorf("confirmed %d, %v; want the one that was seen", n, err)
		}
	})
}

func TestNobodyAnswersForAnotherMerchant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		answer.MerchantID++
		if n, err := Confirm(t.Context(), d, evening, owner, answer, pend); !fault.Is(err, fault.Conflict) {
			t.Errorf("another merchant confirmed %d, %v", n, err)
		}
		if n, err := Deny(t.Context(), d, evening, owner, answer); !fault.Is(err, fault.Conflict) {
			t.Errorf("another merchant denied %d, %v", n, err)
		}
	})
}

func TestAnAnswerNeedsATerminal(t *testing.T) {
	d := dbtest.SQLite(t)
	answer := ticked(t, d)
	answer.All = false
	if _, err := Confirm(t.Context(), d, evening, owner, answer, pend); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v; want invalid", err)
	}
	answer.SNs = make([]string, maxAnswered+1)
	if _, err := Deny(t.Context(), d, evening, owner, answer); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v; want invalid", err)
	}
}

func TestAConfirmationThatCannotBeJudgedIsNotGiven(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := ticked(t, d)
		failed := func(context.Context, *db.Tx) error { return fmt.Errorf("no queue") }
		if _, err := Confirm(t.Context(), d, evening, owner, answer, failed); err == nil {
			t.Fatal("it was given")
		}
		intaketest.WantTexts(t, d, `select via from acceptances where via = 'portal'`)
		intaketest.WantTexts(t, d, audited)
	})
}
