package overage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

var (
	today   = date.MustParse("2026-11-22")
	morning = today.At(8, 0).UTC()
	anchor  = date.MustParse("2025-01-10")
)

// The merchant M1 has three terminals in two shops, M2 one; all may be charged
// for data beyond their allowance but for the last of M1's.
const counter, kitchen, branch, bare, strange = "8201", "8202", "8203", "8204", "8301"

func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	published := date.MustParse("2023-03-01")
	existing := disclosure.Existing{
		Slug: "terminal-fees", Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: published, EffectiveOn: date.MustParse("2023-04-01")}},
		Plans: []disclosure.ExistingPlan{{
			Plan: fee.Plan{Code: "extra-5", Item: fee.Overage, Versions: []fee.Version{{
				Number: 1, PublishedOn: published, EffectiveOn: date.MustParse("2023-04-01"), Price: fee.Price{Kind: fee.PerItem, Amount: 500},
			}}}, Lines: []int{1}, StatedBy: []int{1},
		}},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{existing}, morning)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	intaketest.File(t, d, morning, merchant.StageMerchants, merchant.TakeMerchants,
		merchant.Row{Ref: "M1", Name: "老街面馆", OpenedOn: anchor}, merchant.Row{Ref: "M2", Name: "青禾水果", OpenedOn: anchor})
	terminal := func(sn, ref, shop string) merchant.TerminalRow {
		return merchant.TerminalRow{SN: sn, MerchantRef: ref, Shop: shop, Alias: "台" + sn, ActivatedOn: anchor}
	}
	intaketest.File(t, d, morning, merchant.StageTerminals, merchant.TakeTerminals, terminal(counter, "M1", "前街"), terminal(kitchen, "M1", "前街"),
		terminal(branch, "M1", "后街"), terminal(bare, "M1", "后街"), terminal(strange, "M2", "店"))
	var rows []enrolment.Row
	for _, sn := range []string{counter, kitchen, branch, strange} {
		rows = append(rows, enrolment.Row{SN: sn, Plan: "extra-5", AnchorOn: anchor})
	}
	rows[1].Version, rows[1].AcceptedOn, rows[1].AcceptedVia = 1, anchor, enrolment.ViaPaper
	rows[2].Version, rows[2].AcceptedOn, rows[2].AcceptedVia = 1, anchor, enrolment.ViaAgent
	intaketest.File(t, d, morning, enrolment.Stage, enrolment.Take, rows...)
	judge(t, d)
}

func judge(t *testing.T, d *db.DB) {
	t.Helper()
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(morning), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
}

func plans(t *testing.T, d *db.DB) *disclosure.Plans {
	t.Helper()
	p, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func merchantID(t *testing.T, d *db.DB, ref string) (id int64) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select id from merchants where ref = $1`, ref).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func read(t *testing.T, d *db.DB, sn string) *Page {
	t.Helper()
	p, err := Read(t.Context(), d, plans(t, d).Fee, merchantID(t, d, "M1"), sn, today)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func setTo(t *testing.T, d *db.DB, at time.Time, sn string, scope Scope, limit money.Fen) (int64, error) {
	t.Helper()
	who := Who{MerchantID: merchantID(t, d, "M1"), UserID: "u_1", Name: "周梅", RequestID: "r_1"}
	return Set(t.Context(), d, plans(t, d).Fee, at, who, sn, scope, limit)
}

// ask asks the gate for 5 yuan of a terminal's data beyond the allowance.
func ask(t *testing.T, d *db.DB, at time.Time, ref, sn string) (reasons string) {
	t.Helper()
	g, err := gate.New(gate.Options{DB: d, Clock: clock.At(at), Secret: []byte("a secret of at least thirty-two bytes")})
	if err != nil {
		t.Fatal(err)
	}
	a, err := g.Authorize(t.Context(), gate.By{Actor: audit.Actor{Kind: audit.System, ID: "core"}}, gate.Request{
		Ref: ref, SN: sn, Item: fee.Overage, Plan: "extra-5", Amount: 500, At: at, Origin: "core",
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(a.Decision, " ", a.Verdict.Reasons.String())
}

func TestNothingIsTakenBeyondTheAllowanceUntilItIsTurnedOnAndNoMoreThanTheLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		if got := ask(t, d, morning, "A1", counter); got != "deny not_agreed own_limit" {
			t.Errorf("before anything was set: %s", got)
		}
		if got := ask(t, d, morning, "A2", kitchen); got != "deny own_limit" {
			t.Errorf("agreed on paper, and never turned on: %s", got)
		}
		at := morning.Add(time.Minute)
		if n, err := setTo(t, d, at, counter, OfTerminal, 1000); err != nil || n != 1 {
			t.Fatalf("set %d, %v", n, err)
		}
		for i, want := range []string{"allow ", "allow ", "deny own_limit"} {
			if got := ask(t, d, at.Add(time.Duration(i)*time.Second), fmt.Sprint("B", i), counter); got != want {
				t.Errorf("%d times 5 of 10 yuan: got %q, want %q", i+1, got, want)
			}
		}
		judge(t, d)
		if p := read(t, d, counter); p.Limit != 1000 || p.Taken != 1000 {
			t.Errorf("10 yuan allowed of 10: got %+v", p)
		}
		if n, err := setTo(t, d, at.Add(time.Hour), counter, OfTerminal, 0); err != nil || n != 1 {
			t.Fatalf("turned off: %d, %v", n, err)
		}
		if got := ask(t, d, at.Add(2*time.Hour), "C1", counter); got != "deny own_limit" {
			t.Errorf("turned off: %s", got)
		}
		if got := ask(t, d, date.MustParse("2026-12-01").At(9, 0), "C2", counter); got != "deny own_limit" {
			t.Errorf("turned off, a month later: %s", got)
		}
		p := read(t, d, counter)
		if p.Limit != 0 || !p.Agreed || len(p.History) != 3 || p.History[1].Limit != 1000 || p.History[1].Name != "周梅" || p.History[2].Name != "" {
			t.Errorf("got %+v", p)
		}
		intaketest.WantTexts(t, d, `select kind || ' ' || substr(ref, 1, 11) from notices where kind = 'security' order by ref`, "security overage_off", "security overage_on ")
		intaketest.WantTexts(t, d, `select action || ' ' || actor_id || ' ' || subject from audit_entries where action = 'overage.limit' order by at`,
			"overage.limit u_1 8201", "overage.limit u_1 8201")
	})
}

func TestALimitIsSetForATerminalItsShopOrAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		if p := read(t, d, counter); p.InShop != 2 || p.InAll != 3 || p.PlanID == 0 || p.Version != 1 || p.Agreed || p.Shop != "前街" || p.Alias != "台8201" {
			t.Errorf("got %+v", p)
		}
		held := `select t.sn || ' ' || e.own_limit_fen || ' ' || (select count(*) from acceptances a where a.enrolment_id = e.id and a.via = 'portal')
			from enrolments e join terminals t on t.id = e.terminal_id order by t.sn`
		for _, step := range []struct {
			scope Scope
			limit money.Fen
			n     int64
			want  []string
		}{
			{OfTerminal, 2000, 1, []string{"8201 2000 1", "8202 0 0", "8203 0 0", "8301 0 0"}},
			{OfTerminal, 2000, 0, []string{"8201 2000 1", "8202 0 0", "8203 0 0", "8301 0 0"}},
			{OfShop, 2000, 1, []string{"8201 2000 1", "8202 2000 0", "8203 0 0", "8301 0 0"}},
			{OfMerchant, 3000, 3, []string{"8201 3000 1", "8202 3000 0", "8203 3000 1", "8301 0 0"}}, // an agent's tick is no agreement
			{OfMerchant, 0, 3, []string{"8201 0 1", "8202 0 0", "8203 0 1", "8301 0 0"}},
		} {
			n, err := setTo(t, d, morning, counter, step.scope, step.limit)
			if err != nil || n != step.n {
				t.Errorf("%s to %d: got %d, %v; want %d", step.scope, step.limit, n, err, step.n)
			}
			intaketest.WantTexts(t, d, held, step.want...)
		}
	})
}

func TestALimitThatIsNoneIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		for _, c := range []struct {
			name  string
			sn    string
			scope Scope
			limit money.Fen
			want  fault.Kind
		}{
			{"less than buys anything", counter, OfTerminal, Least - 1, fault.Invalid},
			{"negative", counter, OfTerminal, -1, fault.Invalid},
			{"a slip of the finger", counter, OfTerminal, Most + 1, fault.Invalid},
			{"nowhere", counter, "", 1000, fault.Invalid},
			{"a terminal without such a fee", bare, OfTerminal, 1000, fault.Conflict},
			{"another's terminal", strange, OfTerminal, 1000, fault.NotFound},
			{"no terminal", "x", OfMerchant, 1000, fault.NotFound},
		} {
			_, err := setTo(t, d, morning, c.sn, c.scope, c.limit)
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != c.want {
				t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			}
		}
		intaketest.WantTexts(t, d, `select count(*) || '' from own_limits where set_by is not null`, "0")
	})
}

func TestOfManyLimitsSetAtOnceTheLastOneHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		all, who := plans(t, d), Who{MerchantID: merchantID(t, d, "M1"), UserID: "u_1", Name: "周梅"}
		var together sync.WaitGroup
		for i := range 8 {
			together.Go(func() {
				at := morning.Add(time.Duration(i) * time.Second)
				if _, err := Set(context.Background(), d, all.Fee, at, who, counter, OfMerchant, money.Fen(1000+i)); err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		intaketest.WantTexts(t, d, `
			select distinct cast(e.own_limit_fen - (select o.limit_fen from own_limits o where o.enrolment_id = e.id order by o.id desc limit 1) as text)
			from enrolments e where e.merchant_id = (select id from merchants where ref = 'M1')`, "0")
	})
}
