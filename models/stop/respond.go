package stop

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/staff"
)

// Confirm answers that a terminal is gone, as its merchant said, from the day on
// that the merchant named, or from another. It returns fault.Forbidden,
// fault.Invalid for the field "gone_from", fault.Conflict where the request was
// answered before or needs no answer, and fault.NotFound.
func Confirm(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, number string, goneFrom date.Date) error {
	return respond(ctx, d, at, by, number, func(tx *db.Tx, r *Request) (Answer, error) {
		first, last := r.On.AddMonths(-12*yearsBack), date.Of(at)
		if err := between(goneFrom, first, last); err != nil {
			return Answer{}, renamed(err, "gone_from")
		}
		return Answer{Confirmed: true, GoneFrom: goneFrom}, merchant.ConfirmGoneIn(ctx, tx, r.TerminalID, goneFrom, r.Kind.reason(), at)
	})
}

// Refuse answers that a terminal is not gone, with a reason that the merchant
// reads. It returns the faults of Confirm, Invalid for the field "reason".
func Refuse(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, number, reason string) error {
	reason = strings.TrimSpace(reason)
	return respond(ctx, d, at, by, number, func(tx *db.Tx, r *Request) (Answer, error) {
		switch n := utf8.RuneCountInString(reason); {
		case n == 0:
			return Answer{}, wrongField("reason", "stops.reason_missing")
		case n > MaxRemark:
			return Answer{}, wrongField("reason", "stops.reason_long", "n", MaxRemark)
		}
		return Answer{Reason: reason}, merchant.DenyGoneIn(ctx, tx, r.TerminalID, at)
	})
}

// renamed is a fault about the day under the name of another field.
func renamed(err error, field string) error {
	if f, ok := err.(*fault.Error); ok {
		for i := range f.Fields {
			f.Fields[i].Name = field
		}
	}
	return err
}

// respond answers a request in one transaction; decide does what the answer
// means.
func respond(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, number string, decide func(tx *db.Tx, r *Request) (Answer, error)) error {
	if err := by.Must(staff.AnswerStops); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		r, err := requestByNumber(ctx, tx, number)
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, "stop terminal "+r.SN); err != nil {
			return err
		}
		if !r.Kind.OfTerminal() {
			return fault.New(fault.Conflict, "stops.no_answer_needed")
		}
		if r.Answer != nil {
			return fault.New(fault.Conflict, "stops.answered_before")
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		a, err := decide(tx, &r.Request)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into stop_answers (request_id, merchant_id, confirmed, gone_from, reason, staff_id, staff_name, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`, r.ID, r.MerchantID, a.Confirmed, a.GoneFrom, a.Reason, by.ID, by.Name, at)
		if db.Duplicate(err) {
			return fault.New(fault.Conflict, "stops.answered_before")
		}
		if err != nil {
			return err
		}
		if err := deduction.PendTouched(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), MerchantID: r.MerchantID, Action: "terminal.answer_gone", Subject: r.ID, RequestID: by.RequestID,
			Details: map[string]any{"number": r.Number, "confirmed": a.Confirmed, "gone_from": a.GoneFrom.String()},
		})
	})
}
