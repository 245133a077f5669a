package stop

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/webhook"
)

// StopFee ends a fee of a merchant's terminal from a day on, today or later, and
// returns the number of the proof. A cycle that begins before the day stays as
// it is; none that begins on it or later is charged. It returns fault.Invalid
// for the fields "what" and "on", fault.Conflict where the fee ends by then
// already, and fault.NotFound where the merchant has no such terminal.
func StopFee(ctx context.Context, d *db.DB, plans PlanByID, at time.Time, who Who, sn string, planID int64, on date.Date) (number string, err error) {
	today := date.Of(at)
	if err := checkDay(on, OfFee, &Page{}, today); err != nil {
		return "", err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		p, err := lockTerminal(ctx, tx, plans, who.MerchantID, sn, today)
		if err != nil {
			return err
		}
		f := p.Fee(planID)
		if f == nil {
			return wrongField("what", "stop.what_missing")
		}
		if !f.CancelledOn.IsZero() && f.CancelledOn <= on {
			return fault.New(fault.Conflict, "stop.stopped_before", "day", f.CancelledOn)
		}
		r := Request{TerminalID: p.TerminalID, Kind: OfFee, PlanID: planID, On: on, PaidThrough: f.Stopped(on).PaidThrough}
		if number, err = write(ctx, tx, at, who, &r); err != nil {
			return err
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		which := enrolment.Which{Query: `select id from enrolments where terminal_id = $1 and plan_id = $2`, Args: []any{p.TerminalID, planID}}
		if _, err := enrolment.CancelIn(ctx, tx, which, on); err != nil {
			return err
		}
		if err := deduction.PendTouched(ctx, tx); err != nil {
			return err
		}
		if err := publish(ctx, tx, at, who, &r, webhook.EnrolmentCancelRequested); err != nil {
			return err
		}
		return record(ctx, tx, at, who, "fee.stop", &r)
	})
	return number, err
}

// ReportGone takes down that a merchant's terminal is gone since a day, today or
// earlier, and returns the number of the proof. Until staff answer, what is
// asked for cycles that begin on the day or later waits. It returns
// fault.Invalid for the fields "what", "on" and "remark", fault.Conflict where
// it is gone or said to be already, and fault.NotFound.
func ReportGone(ctx context.Context, d *db.DB, plans PlanByID, at time.Time, who Who, sn string, kind Kind, on date.Date, remark string) (number string, err error) {
	today, remark := date.Of(at), strings.TrimSpace(remark)
	if !kind.OfTerminal() {
		return "", wrongField("what", "stop.what_missing")
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		p, err := lockTerminal(ctx, tx, plans, who.MerchantID, sn, today)
		if err != nil {
			return err
		}
		switch {
		case p.IsGone(today):
			return fault.New(fault.Conflict, "stop.gone_before", "day", p.InactiveFrom)
		case !p.ReportedGoneOn.IsZero():
			return fault.New(fault.Conflict, "stop.reported_before", "day", p.ReportedGoneOn)
		case utf8.RuneCountInString(remark) > MaxRemark:
			return wrongField("remark", "stop.remark_long", "n", MaxRemark)
		}
		if err := checkDay(on, kind, p, today); err != nil {
			return err
		}
		r := Request{TerminalID: p.TerminalID, Kind: kind, On: on, Remark: remark}
		if number, err = write(ctx, tx, at, who, &r); err != nil {
			return err
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		if err := merchant.ReportGoneIn(ctx, tx, p.TerminalID, on, at); err != nil {
			return err
		}
		if err := deduction.PendTouched(ctx, tx); err != nil {
			return err
		}
		if err := publish(ctx, tx, at, who, &r, webhook.TerminalReportedGone); err != nil {
			return err
		}
		return record(ctx, tx, at, who, "terminal.report_gone", &r)
	})
	return number, err
}

// checkDay refuses a day that is missing or that no request of the kind may name.
func checkDay(on date.Date, k Kind, p *Page, today date.Date) error {
	first, last := p.Days(k, today)
	return between(on, first, last)
}

// between refuses a day that is missing or outside its bounds, both of which may
// be meant.
func between(on, first, last date.Date) error {
	switch {
	case on.IsZero():
		return wrongField("on", "stop.day_missing")
	case on < first, on > last:
		return wrongField("on", "stop.day_outside", "first", first, "last", last)
	}
	return nil
}

func wrongField(name, key string, args ...any) error {
	var fields fault.Fields
	fields.Add(name, key, args...)
	return fields.Err()
}

// lockTerminal reads a merchant's terminal, one request after another.
func lockTerminal(ctx context.Context, tx *db.Tx, plans PlanByID, merchantID int64, sn string, today date.Date) (*Page, error) {
	if err := tx.Lock(ctx, "stop terminal "+sn); err != nil {
		return nil, err
	}
	return Read(ctx, tx, plans, merchantID, sn, today)
}

// write keeps a request under a number of its day.
func write(ctx context.Context, tx *db.Tx, at time.Time, who Who, r *Request) (string, error) {
	today := date.Of(at)
	if err := tx.Lock(ctx, "stop numbers"); err != nil {
		return "", err
	}
	year, month, day := today.Civil()
	prefix := fmt.Sprintf("S%04d-%02d%02d-", year, month, day)
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from stop_requests where number >= $1 and number < $2`, prefix, prefix+":").Scan(&n); err != nil {
		return "", err
	}
	r.ID, r.Number = id.New("sr", at), fmt.Sprintf("%s%02d", prefix, n+1)
	_, err := tx.Exec(ctx, `
		insert into stop_requests (id, number, merchant_id, terminal_id, kind, plan_id, on_date, paid_through, remark, user_id, name, address, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.ID, r.Number, who.MerchantID, r.TerminalID, string(r.Kind), orNull(r.PlanID), r.On, r.PaidThrough, r.Remark, who.UserID, who.Name, who.Address, at)
	return r.Number, err
}

func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// publish tells other systems of a request. What the merchant wrote is not among
// it.
func publish(ctx context.Context, tx *db.Tx, at time.Time, who Who, r *Request, kind webhook.Kind) error {
	return webhook.Publish(ctx, tx, webhook.Event{
		Kind: kind, Subject: r.Number, At: at, MerchantID: who.MerchantID, TerminalID: r.TerminalID, PlanID: r.PlanID, Data: struct {
			Number      string    `json:"number"`
			Kind        Kind      `json:"kind"`
			On          date.Date `json:"on"`
			PaidThrough date.Date `json:"paid_through,omitzero"`
		}{r.Number, r.Kind, r.On, r.PaidThrough},
	})
}

func record(ctx context.Context, tx *db.Tx, at time.Time, who Who, action string, r *Request) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: who.actor(), MerchantID: who.MerchantID, Action: action, Subject: r.ID, RequestID: who.RequestID,
		Details: map[string]any{"number": r.Number, "terminal": r.TerminalID, "kind": string(r.Kind), "plan": r.PlanID, "on": r.On.String()},
	})
}
