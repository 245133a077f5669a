package gate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// TestEveryWorkedCaseIsAnsweredOverTheDatabaseAsByTheRules loads the worked cases
// as rows and asks the gate. A case that no rows can be, such as one that a
// second person has approved already, is left out.
func TestEveryWorkedCaseIsAnsweredOverTheDatabaseAsByTheRules(t *testing.T) {
	text, err := os.ReadFile("../fee/testdata/vectors/judge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		asked, number := 0, 0
		at := clock.At(start)
		gate, err := New(Options{DB: d, Clock: at, Secret: []byte("a secret of at least thirty-two bytes")})
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			number++
			var worked struct {
				Name string
				Want json.RawMessage
			}
			if err := json.Unmarshal(lines.Bytes(), &worked); err != nil {
				t.Fatal(err)
			}
			c, err := fee.ParseCase(lines.Bytes())
			if err != nil || c.Request.Approved || c.Request.Replay || c.Terminal.Replaces != nil || len(c.Plan.Versions) == 0 {
				continue
			}
			l := loading{t: t, d: d, c: c, n: number}
			if !l.load() {
				continue
			}
			asked++
			at.MoveTo(c.Request.At)
			r := c.Request
			a, err := gate.Authorize(t.Context(), core, Request{
				Ref: fmt.Sprintf("V%d", number), SN: l.sn(number), Item: l.item(), Plan: l.plan(), Amount: r.Amount, At: r.At, PeriodFrom: r.PeriodFrom,
				Sale: r.Sale, SaleCount: r.SaleCount, Method: r.Method, SaleNet: r.SaleNet, Origin: r.Origin, OrderRef: r.OrderRef,
			})
			if err != nil {
				t.Errorf("%s: %v", worked.Name, err)
				continue
			}
			got, err := json.Marshal(a.Verdict.Answer())
			if err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			if err := json.Compact(&want, worked.Want); err != nil {
				t.Fatal(err)
			}
			if string(got) != want.String() {
				t.Errorf("%s:\ngot  %s\nwant %s", worked.Name, got, want.String())
			}
		}
		if asked < 55 {
			t.Errorf("only %d of %d cases were asked", asked, number)
		}
	})
}

// loading writes a case as rows.
type loading struct {
	t *testing.T
	d *db.DB
	c *fee.Case
	n int
}

func (l *loading) sn(n int) string { return fmt.Sprintf("V%04d", n) }
func (l *loading) plan() string    { return fmt.Sprintf("plan-%d", l.n) }

func (l *loading) item() fee.Item {
	if l.c.Plan.Item == "" {
		return fee.SimData
	}
	return l.c.Plan.Item
}

// load writes the rows, and reports whether they are the case.
func (l *loading) load() bool {
	c := l.c
	schedule := fee.Schedule{}
	if c.Enrolment != nil && c.Plan.HasCycles() {
		schedule = fee.ScheduleOf(&c.Plan.Versions[0].Price, c.Enrolment.AnchorOn)
	}
	for _, e := range c.History {
		if e.Cycle == 0 && c.Plan.HasCycles() || e.Cycle > 0 && schedule.Cycle(e.Cycle).From > e.On && e.State != fee.Waived {
			return false
		}
	}
	for _, n := range c.Notices {
		if n.Cycle == 0 || !c.Plan.HasCycles() || c.Enrolment == nil {
			return false
		}
	}
	err := l.d.Write(l.t.Context(), func(tx *db.Tx) error { return l.write(tx, schedule) })
	if err != nil {
		l.t.Fatal(err)
	}
	return true
}

func (l *loading) write(tx *db.Tx, schedule fee.Schedule) error {
	c, n := l.c, l.n
	at := start
	exec := func(query string, args ...any) error {
		if _, err := tx.Exec(l.t.Context(), query, args...); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		return nil
	}
	var all []error
	do := func(query string, args ...any) { all = append(all, exec(query, args...)) }
	do(`insert into merchants (id, ref, name, contact, phone, email, opened_on, closed_on, updated_at) values ($1, $2, 'x', '', '', '', '2000-01-01', $3, $4)`, n, fmt.Sprintf("M%d", n), c.Merchant.ClosedOn, at)
	do(`insert into shops (id, merchant_id, name) values ($1, $1, 'x')`, n)
	do(`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, inactive_from, inactive_reason, reported_gone_on, iccid, carrier, agent_ref, updated_at)
		values ($1, $1, $1, $2, '', '', '', $3, $4, $5, $6, '', '', '', $7)`, n, l.sn(n), c.Terminal.ActivatedOn, c.Terminal.InactiveFrom,
		db.Text(map[bool]string{true: "lost"}[!c.Terminal.InactiveFrom.IsZero()]), c.Terminal.ReportedGoneOn, at)
	do(`insert into disclosures (id, slug, title) values ($1, $2, '{}')`, n, fmt.Sprintf("d%d", n))
	do(`insert into plans (id, code, disclosure_id, item, method, cap_12m_fen) values ($1, $2, $1, $3, $4, $5)`, n, l.plan(), string(l.item()), db.Text(c.Plan.Method), int64(c.Plan.Cap12m))
	for i := range c.Plan.Versions {
		v := &c.Plan.Versions[i]
		days := c.Policy.DisclosureDays
		if v.DisclosureDays != nil {
			days = *v.DisclosureDays
		}
		id := n*100 + i
		do(`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at) values ($1, $2, $3, $4, $5, $6, true, 'x', $7)`,
			id, n, v.Number, v.PublishedOn, v.EffectiveOn, days, at)
		p := &v.Price
		var amount, ppm *int64
		if p.Kind == fee.PerSale {
			ppm = new(int64(p.Rate))
		} else {
			amount = new(int64(p.Amount))
		}
		var free, freeMonths, months *int
		if p.FreeDays > 0 {
			free = &p.FreeDays
		}
		if p.FreeMonths > 0 {
			freeMonths = &p.FreeMonths
		}
		if p.Kind == fee.Recurring {
			months = &p.CycleMonths
		}
		idle := p.Idle
		if p.Kind != fee.Recurring {
			idle = ""
		}
		do(`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, free_days, free_months, idle, ppm, min_fen, cap_fen, texts)
			values ($1, $2, $3, $1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '{}')`,
			id, n, v.Number, v.PublishedOn, v.EffectiveOn, days, string(p.Kind), amount, months, free, freeMonths, db.Text(idle), ppm, int64(p.Min), int64(p.Cap))
	}
	if e := c.Enrolment; e != nil {
		anchor := e.AnchorOn
		if anchor.IsZero() {
			anchor = date.First
		}
		do(`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on, cancelled_on, own_limit_fen) values ($1, $1, $1, $1, $2, $3, $4)`, n, anchor, e.CancelledOn, (*int64)(e.OwnLimit))
		for _, a := range e.Accepted {
			via := a.Via
			if via == "" {
				via = "app"
			}
			do(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values ($1, $1, $2, $3, 'x', $4, $5)`, n, a.Version, a.On, via, at)
		}
	}
	for i, h := range c.History {
		var from date.Date
		if h.Cycle > 0 {
			from = schedule.Cycle(h.Cycle).From
		}
		do(`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, period_from, state, origin, order_ref, seq, recorded_at)
			values ($1, $2, $2, $2, $3, $1, $4, $5, $6, $7, 'core', $8, $9, $10)`,
			fmt.Sprintf("h%d-%d", n, i), n, string(l.item()), int64(h.Amount), h.On.At(9, 0), from, string(h.State), db.Text(h.OrderRef), i+1, at)
	}
	for _, notice := range c.Notices {
		do(`insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at) values ($1, $1, $2, $1, $3, $4, $5, $6, $7)`,
			n, string(l.item()), schedule.Cycle(notice.Cycle).From, int64(notice.Amount), "sms", notice.DeliveredAt, at)
	}
	for i, q := range c.Disputes {
		var cycle *int
		if !q.WholeItem {
			cycle = &q.Cycle
		}
		do(`insert into disputes (id, merchant_id, terminal_id, item, cycle, opened_at, closed_at) values ($1, $2, $2, $3, $4, $5, $6)`,
			fmt.Sprintf("q%d-%d", n, i), n, string(l.item()), cycle, at, map[bool]any{true: nil, false: at}[q.Open])
	}
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
