package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/stop"
)

// changesDemo lets merchants of the demo answer the price that is to rise, stop a
// fee and hand a terminal in, in the days before it begins; one leaves the change
// unanswered, for the reader.
func changesDemo(ctx context.Context, d *db.DB, now time.Time) error {
	days := func(n int) time.Time { return now.Add(-time.Duration(n) * 24 * time.Hour) }
	at := clock.At(days(8))
	if _, err := feechange.OpenMissing(ctx, d, at.Now()); err != nil {
		return err
	}
	plans, err := disclosure.Load(ctx, d)
	if err != nil {
		return err
	}
	w := demoAnswers{ctx: ctx, d: d, plans: plans, at: at}
	at.MoveTo(days(6))
	w.accept("M1005", "林老板")
	at.MoveTo(days(5))
	w.object("M1006", "吴老板", "洗衣店刷卡少，一年 36 已经够多了")
	at.MoveTo(days(3))
	w.stop("M1004", "赵老板", "sim-quarter-9")
	at.MoveTo(days(2))
	w.gone("M1003", "陈老板", "给了送货的业务员，没拿到收条")
	return w.err
}

// demoAnswers is what merchants do, one after another. After an error it does
// nothing.
type demoAnswers struct {
	ctx   context.Context
	d     *db.DB
	plans *disclosure.Plans
	at    *clock.Set
	err   error
}

func (w *demoAnswers) merchant(ref string) (id int64) {
	if w.err == nil {
		w.err = w.d.QueryRow(w.ctx, `select id from merchants where ref = $1`, ref).Scan(&id)
	}
	return id
}

// change finds a merchant's only change; where the rise is too far away for one
// there is none.
func (w *demoAnswers) change(ref string) (who feechange.Who, id string) {
	who = feechange.Who{MerchantID: w.merchant(ref), UserID: "demo", Address: "127.0.0.1"}
	if w.err == nil {
		err := w.d.QueryRow(w.ctx, `select min(id) from fee_changes where merchant_id = $1 having count(*) > 0`, who.MerchantID).Scan(&id)
		if err != nil && !db.NotFound(err) {
			w.err = err
		}
	}
	return who, id
}

func (w *demoAnswers) accept(ref, name string) {
	who, id := w.change(ref)
	if w.err != nil || id == "" {
		return
	}
	who.Name = name
	if w.err = feechange.See(w.ctx, w.d, who, id, w.at.Now()); w.err == nil {
		_, w.err = feechange.Accept(w.ctx, w.d, w.at.Now(), who, id, feechange.Chosen{All: true})
	}
}

func (w *demoAnswers) object(ref, name, words string) {
	who, id := w.change(ref)
	if w.err != nil || id == "" {
		return
	}
	who.Name = name
	if w.err = feechange.See(w.ctx, w.d, who, id, w.at.Now()); w.err == nil {
		_, w.err = feechange.Object(w.ctx, w.d, w.at.Now(), who, id, words)
	}
}

// terminal is the last of a merchant's terminals that is in use and pays by a
// plan; any plan where none is named.
func (w *demoAnswers) terminal(merchantID int64, plan string) (sn string) {
	if w.err != nil {
		return ""
	}
	w.err = w.d.QueryRow(w.ctx, `
		select max(t.sn) from terminals t join enrolments e on e.terminal_id = t.id join plans p on p.id = e.plan_id
		where t.merchant_id = $1 and t.inactive_from is null and (p.code = $2 or $2 = '')`, merchantID, plan).Scan(&sn)
	return sn
}

func (w *demoAnswers) stop(ref, name, plan string) {
	who := stop.Who{MerchantID: w.merchant(ref), UserID: "demo", Name: name, Address: "127.0.0.1"}
	if sn := w.terminal(who.MerchantID, plan); w.err == nil {
		_, w.err = stop.StopFee(w.ctx, w.d, w.plans.Fee, w.at.Now(), who, sn, w.plans.ByCode(plan).ID, date.Of(w.at.Now()))
		w.explain(ref, w.err)
	}
}

func (w *demoAnswers) gone(ref, name, remark string) {
	who := stop.Who{MerchantID: w.merchant(ref), UserID: "demo", Name: name, Address: "127.0.0.1"}
	if sn := w.terminal(who.MerchantID, ""); w.err == nil {
		_, w.err = stop.ReportGone(w.ctx, w.d, w.plans.Fee, w.at.Now(), who, sn, stop.Returned, date.Of(w.at.Now()).AddDays(-1), remark)
		w.explain(ref, w.err)
	}
}

// explain says in whose story something went wrong.
func (w *demoAnswers) explain(ref string, err error) {
	if err != nil {
		w.err = fmt.Errorf("demo: %s: %s: %w", ref, fault.KindOf(err), err)
	}
}
