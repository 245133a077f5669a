package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/cmd/mingbai/demo"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/money"
)

// gateDemo has the core system ask the gate since yesterday: some is allowed and
// taken, some is held for staff or denied, and the file of the day after says of
// one that more was taken than was asked for, and names one that never was.
func gateDemo(ctx context.Context, c config, d *db.DB, at *clock.Set, now time.Time) error {
	defer at.MoveTo(now)
	at.MoveTo(now.Add(-26 * time.Hour))
	door, err := gate.New(gate.Options{DB: d, Clock: at, Secret: []byte(c.Secret)})
	if err != nil {
		return fmt.Errorf("demo: the gate: %w", err)
	}
	g := &demoGate{d: d, at: at, door: door}
	if err := g.ask(ctx); err != nil {
		return fmt.Errorf("demo: the gate: %w", err)
	}
	at.MoveTo(now.Add(-2 * time.Hour))
	file := demo.File{Name: "deductions.csv", Text: []byte(g.file.String())}
	if _, err := ingest.Import(ctx, d, at, demoActor, []ingest.File{inMemory(file)}, ingest.Options{}); err != nil {
		return fmt.Errorf("demo: the day after: %w", err)
	}
	if _, err := gate.Reconcile(ctx, d, at); err != nil {
		return fmt.Errorf("demo: the day after: %w", err)
	}
	_, err = ingest.Judge(ctx, d, at, nil)
	return err
}

// demoGate asks, and keeps what the core system's file will say.
type demoGate struct {
	d    *db.DB
	at   *clock.Set
	door *gate.Gate
	n    int
	file strings.Builder
}

var coreOfDemo = gate.By{Actor: audit.Actor{Kind: audit.API, ID: "core"}}

func (g *demoGate) ask(ctx context.Context) error {
	var sns []string
	err := g.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var sn string
			err := rows.Scan(&sn)
			sns = append(sns, sn)
			return err
		})
	}, `select t.sn from terminals t join merchants m on m.id = t.merchant_id join enrolments e on e.terminal_id = t.id join plans p on p.id = e.plan_id
		where p.code = 'withdraw-3' and e.cancelled_on is null and t.inactive_from is null and m.closed_on is null
			and exists (select 1 from plan_charges c join plans x on x.id = c.plan_id where c.terminal_id = t.id and x.item = 'sim_data' and c.state = 'posted')
		order by m.ref desc, t.id limit 6`)
	if err != nil || len(sns) < 3 {
		return err
	}
	g.file.WriteString("deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref\n")
	payout := gate.Request{Item: fee.Withdrawal, Plan: "withdraw-3", Amount: 300, Origin: fee.OriginCore}
	year := gate.Request{Item: fee.SimData, Amount: 3600, Origin: fee.OriginCore}
	byHand := payout
	byHand.Origin = "agent"
	for i, one := range []struct {
		request gate.Request
		inFile  money.Fen // 0: the file does not name it
	}{{payout, 300}, {payout, 500}, {year, 0}, {byHand, 0}, {byHand, 0}, {year, 0}} {
		r := one.request
		g.n++
		r.Ref, r.SN, r.At = fmt.Sprintf("G%s-%d", date.Of(g.at.Now()), g.n), sns[i%len(sns)], g.at.Now()
		a, err := g.door.Authorize(ctx, coreOfDemo, r)
		if err != nil {
			return err
		}
		if a.Token != "" {
			err := g.d.Write(ctx, func(tx *db.Tx) error {
				_, err := g.door.PostIn(ctx, tx, coreOfDemo, a.ID, gate.Posted{Token: a.Token})
				return err
			})
			if err != nil {
				return err
			}
		}
		if one.inFile > 0 {
			g.say(&r, one.inFile)
		}
		g.at.Advance(7 * time.Minute)
	}
	payout.Ref, payout.SN, payout.At = fmt.Sprintf("N%s-1", date.Of(g.at.Now())), sns[2], g.at.Now()
	g.say(&payout, payout.Amount)
	return nil
}

// say puts a deduction into the file of the day after.
func (g *demoGate) say(r *gate.Request, amount money.Fen) {
	fmt.Fprintf(&g.file, "%s,%s,%s,%s,%s,%s,,posted,core,,,\n", r.Ref, r.SN, r.Item, r.Plan, amount.Yuan(), r.At.In(date.Shanghai).Format(time.RFC3339))
}
