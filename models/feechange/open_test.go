package feechange

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

const opened = `
	select m.ref || ' ' || c.from_version || '→' || c.to_version || ' ' || c.effective_on || ' ' || t.sn || ' ' || x.taken_fen || ' ' || x.agreed_fen || ' ' || x.would_fen
	from fee_changes c join merchants m on m.id = c.merchant_id join fee_change_terminals x on x.change_id = c.id join terminals t on t.id = x.terminal_id
	order by 1`

func TestADearerVersionOpensAChangeForEachMerchant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		if n := open(t, d); n != 2 {
			t.Errorf("opened %d changes; want 2", n)
		}
		intaketest.WantTexts(t, d, opened,
			"M1 1→2 2026-12-10 "+counter+" 3600 3600 4500", "M1 1→2 2026-12-10 "+till+" 3600 3600 4500", "M2 1→2 2026-12-10 "+stall+" 3600 3600 4500")
	})
}

func TestOpeningAgainAltersNothingAndTakesInWhatHasCome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		open(t, d)
		before := intaketest.Dump(t, d)
		if n := open(t, d); n != 0 {
			t.Errorf("opened %d changes again; want none", n)
		}
		intaketest.WantSame(t, intaketest.Dump(t, d), before, "after opening again")

		// What was lost in between comes back.
		intaketest.Exec(t, d,
			`delete from fee_change_terminals where terminal_id = (select id from terminals where sn = '`+till+`')`,
			`update fee_change_terminals set reckoned_to = null, taken_fen = null where terminal_id = (select id from terminals where sn = '`+counter+`')`)
		if n := open(t, d); n != 0 {
			t.Errorf("opened %d changes where terminals were missing; want none", n)
		}
		intaketest.WantSame(t, intaketest.Dump(t, d), before, "after mending")
	})
}

func TestAnInterruptedOpeningIsTakenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		o, err := newOpening(ctx, d, morning)
		if err != nil {
			t.Fatal(err)
		}
		var versionID int64
		if err := d.QueryRow(ctx, `select id from disclosure_versions where version = 2`).Scan(&versionID); err != nil {
			t.Fatal(err)
		}
		if _, err := o.version(ctx, versionID); err != nil {
			t.Fatal(err)
		}
		cancel() // before anything is reckoned
		if err := o.reckon(ctx); err == nil {
			t.Fatal("reckoning went on after its end")
		}
		if n := open(t, d); n != 0 {
			t.Errorf("opened %d changes; want none, they were there", n)
		}
		intaketest.WantTexts(t, d, `select count(*) || '' from fee_change_terminals where reckoned_to is null`, "0")
	})
}

func TestNoChangeIsOpenedForWhatAsksForNothing(t *testing.T) {
	same := forty5
	same.Amount = 3600
	cases := map[string]struct {
		price fee.Price
		then  string // a statement that alters the facts
	}{
		"not dearer":              {price: same},
		"published too late":      {price: forty5, then: `late`},
		"never agreed to at all":  {price: forty5, then: `agent`},
		"the fee has ended":       {price: forty5, then: `update enrolments set cancelled_on = '2026-11-01'`},
		"the terminals are gone":  {price: forty5, then: `update terminals set inactive_from = '2026-11-01', inactive_reason = 'returned'`},
		"the merchants are gone":  {price: forty5, then: `update merchants set closed_on = '2026-11-01'`},
		"of another way to agree": {price: forty5, then: `delete from enrolments`},
	}
	for name, c := range cases {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			d := dbtest.SQLite(t)
			switch c.then {
			case "late":
				published(t, d, c.price)
				plan := plansOf(t, d).ByCode(annual).Fee
				plan.Versions[1].PublishedOn = date.MustParse("2026-11-20")
				if got := asksFor(&plan, fee.DefaultPolicy, "1", 2, today); got != 0 {
					t.Errorf("it asks to give up version %d; want nothing", got)
				}
				return
			case "agent":
				published(t, d, c.price)
				plan := plansOf(t, d).ByCode(annual).Fee
				if got := asksFor(&plan, fee.DefaultPolicy, "", 2, today); got != 0 {
					t.Errorf("it asks to give up version %d; want nothing", got)
				}
				return
			case `delete from enrolments`:
				published(t, d, c.price)
			default:
				furnishAt(t, d, c.price)
				if c.then != "" {
					intaketest.Exec(t, d, c.then)
				}
			}
			if n := open(t, d); n != 0 {
				t.Errorf("opened %d changes; want none", n)
			}
		})
	}
}

func TestAMerchantWhoAcceptedBeforeIsCoveredToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		enrol(t, d, stall, 2)
		if n := open(t, d); n != 2 {
			t.Errorf("opened %d changes; want 2", n)
		}
		if p := read(t, d, "M2", today); p.Count.Accepted != 1 || p.Count.Open != 0 || p.Terminals[0].Then != 2 {
			t.Errorf("the change stands at %+v, then version %d; want it accepted", p.Count, p.Terminals[0].Then)
		}
	})
}

func TestWhatTheHistoryWouldHaveCostLeavesOutWhatNeverWasOwed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		take(t, d, "twice", counter, anchor.AddMonths(12), 3600, anchor.AddMonths(13).At(18, 0))
		take(t, d, "over", till, anchor, 9900, anchor.At(19, 0)) // a duplicate too, but of longer ago
		open(t, d)
		p := read(t, d, "M1", today)
		if p.Terminals[0].Figures != (deduction.AtPrice{Lines: 2, Taken: 7200, Agreed: 3600, Would: 4500}) {
			t.Errorf("counter: got %+v", p.Terminals[0].Figures)
		}
		if p.Terminals[1].Figures != (deduction.AtPrice{Lines: 1, Taken: 3600, Agreed: 3600, Would: 4500}) {
			t.Errorf("till: got %+v", p.Terminals[1].Figures)
		}
		if p.Sums.More() != 1800 || p.UpTo != today || p.Reckoned != 2 {
			t.Errorf("together %v more up to %v of %d; want 18.00 up to today of 2", p.Sums.More(), p.UpTo, p.Reckoned)
		}
	})
}

func TestThousandsOfTerminalsAreOpenedReckonedAndListedPartByPart(t *testing.T) {
	d := dbtest.SQLite(t)
	furnish(t, d)
	const many = 130
	for i := range many {
		intaketest.Exec(t, d,
			fmt.Sprintf(`insert into terminals (merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
				select merchant_id, shop_id, '9%011d', 'x', '', '', activated_on, '', '', '', updated_at from terminals where sn = '%s'`, i, counter),
			fmt.Sprintf(`insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on)
				select e.merchant_id, n.id, e.plan_id, e.anchor_on from enrolments e join terminals t on t.id = e.terminal_id join terminals n on n.sn = '9%011d' where t.sn = '%s'`, i, counter))
	}
	intaketest.Exec(t, d, `insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select id, merchant_id, 1, '2025-03-02', '周', 'app', '2025-03-02 00:00:00+00:00' from enrolments e where not exists (select 1 from acceptances a where a.enrolment_id = e.id)`)
	open(t, d)
	merchantID, change := merchantOf(t, d, "M1"), changeOf(t, d, "M1")
	seen, after := 0, ""
	for {
		p, err := Read(t.Context(), d, plansOf(t, d).Fee, fee.DefaultPolicy, merchantID, change, after, today)
		if err != nil {
			t.Fatal(err)
		}
		if p.Count.Open != many+2 || p.Reckoned != many+2 || p.Sums.More() != 1800 {
			t.Fatalf("got %+v, %d reckoned, %v more; want all %d of them on every page", p.Count, p.Reckoned, p.Sums.More(), many+2)
		}
		seen += len(p.Terminals)
		if after = p.More; after == "" {
			break
		}
	}
	if seen != many+2 {
		t.Errorf("listed %d terminals; want %d", seen, many+2)
	}
}
