package gate

import (
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	lin     = staff.Actor{ID: "s_lin", Name: "林", Roles: []staff.Role{staff.Support}}
	he      = staff.Actor{ID: "s_he", Name: "何", Roles: []staff.Role{staff.Lead}}
	auditor = staff.Actor{ID: "s_wu", Name: "吴", Roles: []staff.Role{staff.Auditor}}
)

// retried is a request that is held since the one before it was reversed.
func (b *bench) retried(t *testing.T, terminal int) Answer {
	t.Helper()
	first := b.authorize(b.sim(terminal))
	if _, err := b.post(first.ID, first.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := b.reverse(first.ID); err != nil {
		t.Fatal(err)
	}
	held := b.authorize(b.sim(terminal))
	want(t, held, fee.Hold, "retry_after_reversal", fee.Held)
	return held
}

func TestAReleaseLiftsWhatHeldAndGivesThePermission(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		held := b.retried(t, 0)
		if _, err := b.gate.Release(t.Context(), auditor, held.ID, "fine"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an auditor: got %v", err)
		}
		if _, err := b.gate.Release(t.Context(), lin, held.ID, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: got %v", err)
		}
		b.clock.Advance(time.Hour)
		if out, err := b.gate.Release(t.Context(), lin, held.ID, "the bank confirmed the reversal"); err != nil || out.WaitsForSecond {
			t.Fatalf("got %+v, %v", out, err)
		}
		a, err := b.gate.Find(t.Context(), held.ID)
		if err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Allow, "", fee.Authorized)
		intaketest.WantTexts(t, b.d, `select waived || ' ' || first_id from gate_releases`, "retry_after_reversal s_lin")
		intaketest.WantTexts(t, b.d, `select by_id || ' ' || reason from gate_steps where step = 'released'`, "s_lin retry_after_reversal: the bank confirmed the reversal")
		if all, err := Replay(t.Context(), b.d, held.ID); err != nil || len(all) != 2 || !all[0].Same || !all[1].Same || all[1].Decision != fee.Allow {
			t.Errorf("made again: %+v, %v", all, err)
		}
		if _, err := b.gate.Release(t.Context(), he, held.ID, "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second time: got %v", err)
		}
		if a, err = b.post(held.ID, a.Token); err != nil {
			t.Fatal(err)
		}
		want(t, a, fee.Allow, "", fee.Posted)
		b.judge()
		intaketest.WantTexts(t, b.d, `select state || ' ' || decision || ' ' || reasons from bill_lines where id = '`+held.ID+`'`, "posted allow ")
	})
}

func TestWhatIsMuchOrAnAgentsTakesTwoPeople(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		much := b.service(0)
		b.clock.Advance(time.Hour)
		agent := b.sim(1)
		agent.Origin = "agent"
		held := b.authorize(agent)
		want(t, held, fee.Hold, "manual_order", fee.Held)
		for _, id := range []string{held.ID, b.heldService(t, much)} {
			if out, err := b.gate.Release(t.Context(), lin, id, "checked"); err != nil || !out.WaitsForSecond {
				t.Fatalf("the first: got %+v, %v", out, err)
			}
			if _, err := b.gate.Release(t.Context(), lin, id, "checked"); !fault.Is(err, fault.Forbidden) {
				t.Errorf("one's own second: got %v", err)
			}
			if out, err := b.gate.Release(t.Context(), he, id, "checked too"); err != nil || out.WaitsForSecond {
				t.Fatalf("the second: got %+v, %v", out, err)
			}
			if a, err := b.gate.Find(t.Context(), id); err != nil || a.State != fee.Authorized || a.Token == "" {
				t.Errorf("got %+v, %v", a, err)
			}
		}
		intaketest.WantTexts(t, b.d, `select first_id || ' ' || second_id from gate_releases`, "s_lin s_he", "s_lin s_he")
	})
}

// heldService is a request for 600 yuan that is held.
func (b *bench) heldService(t *testing.T, r Request) string {
	t.Helper()
	first := b.authorize(r)
	if _, err := b.post(first.ID, first.Token); err != nil {
		t.Fatal(err)
	}
	if _, err := b.reverse(first.ID); err != nil {
		t.Fatal(err)
	}
	again := b.service(0)
	return b.authorize(again).ID
}

func TestNoPersonLiftsAMissingNoticeOrADispute(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		intaketest.Exec(t, b.d, `delete from delivered_notices where terminal_id = (select id from terminals where sn = 'T0')`,
			`insert into disputes (id, merchant_id, terminal_id, item, opened_at) select 'q_1', merchant_id, id, 'sim_data', '2026-11-20 00:00:00+00:00' from terminals where sn = 'T1'`)
		unannounced, disputed := b.authorize(b.sim(0)), b.authorize(b.sim(1))
		want(t, unannounced, fee.Hold, "notice_missing", fee.Held)
		want(t, disputed, fee.Hold, "open_dispute", fee.Held)
		for _, id := range []string{unannounced.ID, disputed.ID} {
			if _, err := b.gate.Release(t.Context(), lin, id, "fine"); !fault.Is(err, fault.Conflict) {
				t.Errorf("got %v; want it to wait for the fact", err)
			}
		}
		intaketest.Exec(t, b.d, `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
			select merchant_id, id, 'sim_data', (select id from plans where code = 'sim-36'), '2026-10-01', 3600, 'sms', '2026-11-22 03:00:00+00:00', '2026-11-22 03:00:00+00:00' from terminals where sn = 'T0'`,
			`update disputes set closed_at = '2026-11-23 00:00:00+00:00'`)
		b.clock.Advance(48 * time.Hour)
		for _, id := range []string{unannounced.ID, disputed.ID} {
			if _, err := b.gate.Release(t.Context(), lin, id, "the fact has arrived"); err != nil {
				t.Errorf("got %v; want it released", err)
			}
		}
	})
}

func TestAComplaintHoldsWhatWasAskedForBeforeItAndNotTaken(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		held := b.retried(t, 0)
		intaketest.Exec(t, b.d, `insert into disputes (id, merchant_id, terminal_id, item, opened_at)
			select 'q_' || sn, merchant_id, id, 'sim_data', '2026-12-01 00:00:00+00:00' from terminals where sn in ('T0', 'T1')`)
		if _, err := b.gate.Release(t.Context(), lin, held.ID, "fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v; want it to wait for the complaint", err)
		}
		want(t, b.authorize(b.sim(1)), fee.Hold, "open_dispute", fee.Held)
	})
}

func TestAReleaseIsRefusedWhereAnythingElseHasComeUp(t *testing.T) {
	each(t, 3, func(t *testing.T, b *bench) {
		cancelled, settled := b.retried(t, 0), b.retried(t, 1)
		intaketest.Exec(t, b.d, `update enrolments set cancelled_on = '2026-11-01' where terminal_id = (select id from terminals where sn = 'T0')`)
		if _, err := b.gate.Release(t.Context(), lin, cancelled.ID, "fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a new hold: got %v", err)
		}
		if _, err := b.record(b.sim(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.gate.Release(t.Context(), lin, settled.ID, "fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a duplicate by now: got %v", err)
		}
		intaketest.WantTexts(t, b.d, `select state from gate_requests where state = 'held'`, "held", "held")
	})
}

func TestWhatStaffDenyIsStoppedAndToldToTheMerchant(t *testing.T) {
	each(t, 1, func(t *testing.T, b *bench) {
		held := b.retried(t, 0)
		if err := b.gate.DenyHeld(t.Context(), lin, held.ID, "the reversal was the merchant's own wish"); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, b.d, `select state from gate_requests where deduction_id = '`+held.ID+`'`, "denied")
		intaketest.WantTexts(t, b.d, `select kind from notices where ref = '`+held.ID+`' order by kind`, "on_hold", "stopped")
		if err := b.gate.DenyHeld(t.Context(), lin, held.ID, "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("again: got %v", err)
		}
	})
}

// afterSmallBatches asks for three small batches, and returns what asks for one of
// so many more: a larger one is unlike those before it.
func (b *bench) afterSmallBatches(t *testing.T) (run func(n int) Batch) {
	t.Helper()
	next := 0
	run = func(n int) Batch {
		var requests []Request
		for range n {
			requests = append(requests, b.sim(next))
			next++
		}
		all, err := b.batch(requests...)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for range 3 {
		run(2)
	}
	return run
}

func TestAHeldBatchIsReleasedByTwo(t *testing.T) {
	each(t, 40, func(t *testing.T, b *bench) {
		run := b.afterSmallBatches(t)
		held, other := run(9), run(9)
		if !held.Held || !other.Held {
			t.Fatal("want both held")
		}
		one := held.Answers[0].ID
		if _, err := b.gate.Release(t.Context(), lin, one, "fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("one of it: got %v", err)
		}
		b.clock.Advance(time.Minute)
		if out, err := b.gate.ReleaseBatch(t.Context(), lin, held.ID, "a new merchant came on board"); err != nil || !out.WaitsForSecond {
			t.Fatalf("the first: %+v, %v", out, err)
		}
		if _, err := b.gate.ReleaseBatch(t.Context(), lin, held.ID, "again"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("one's own second: got %v", err)
		}
		intaketest.Exec(t, b.d, `delete from delivered_notices where terminal_id = (select terminal_id from gate_requests where deduction_id = '`+held.Answers[8].ID+`')`)
		if out, err := b.gate.ReleaseBatch(t.Context(), he, held.ID, "so it is"); err != nil || out.WaitsForSecond {
			t.Fatalf("the second: %+v, %v", out, err)
		}
		intaketest.WantTexts(t, b.d, `select state || ' ' || cast(count(*) as text) from gate_requests where batch_id = '`+held.ID+`' group by state order by state`, "authorized 8", "held 1")
		if err := b.gate.DenyBatch(t.Context(), lin, other.ID, "nobody knows why"); err != nil {
			t.Fatal(err)
		}
		intaketest.WantTexts(t, b.d, `select state || ' ' || cast(count(*) as text) from gate_requests where batch_id = '`+other.ID+`' group by state`, "denied 9")
		if _, err := b.gate.ReleaseBatch(t.Context(), he, other.ID, "late"); !fault.Is(err, fault.Conflict) {
			t.Errorf("an answered batch: got %v", err)
		}
	})
}

func TestTheAnswerToABatchReachesEachDeductionOnce(t *testing.T) {
	each(t, 20, func(t *testing.T, b *bench) {
		run := b.afterSmallBatches(t)
		held := run(9)
		stays := held.Answers[8].ID
		intaketest.Exec(t, b.d, `delete from delivered_notices where terminal_id = (select terminal_id from gate_requests where deduction_id = '`+stays+`')`)
		b.clock.Advance(time.Minute)
		err := b.d.Write(t.Context(), func(tx *db.Tx) error {
			return answerBatch(t.Context(), tx, b.clock.Now(), he, held.ID, "release", "so it is")
		})
		if err != nil {
			t.Fatal(err)
		}
		b.clock.Advance(-time.Second) // the clock of another server is behind
		var all sync.WaitGroup
		err = b.d.Write(t.Context(), func(tx *db.Tx) error {
			if b.d.Dialect == db.Postgres {
				if _, err := tx.Exec(t.Context(), `select id from terminals order by id for no key update`); err != nil {
					return err
				}
			}
			for range 2 {
				all.Go(func() {
					if _, err := settleBatches(t.Context(), b.gate); err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // both have found all of them
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all.Wait()
		intaketest.WantTexts(t, b.d, `select step from gate_steps where deduction_id = '`+stays+`' order by number`, "held", "held")
		intaketest.WantTexts(t, b.d, `select state || ' ' || cast(count(*) as text) from gate_requests where batch_id = '`+held.ID+`' group by state order by state`, "authorized 8", "held 1")
	})
}
