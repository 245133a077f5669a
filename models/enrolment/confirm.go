package enrolment

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Answer is what a merchant says of acceptances that an agent entered for some
// of the merchant's terminals.
type Answer struct {
	MerchantID int64
	PlanID     int64
	Version    int
	All        bool     // of all terminals that wait
	SNs        []string // else of these
	Seen       int64    // AgreementPage.Seen, as the merchant saw it: what an agent entered later is not answered
	Name       string   // of who answers, as the acceptance or denial is to bear it
}

// maxAnswered is how many terminals an answer can name.
const maxAnswered = terminalsShown

// Confirm makes acceptances that an agent entered the merchant's own: each is
// joined by one that the merchant gives on the portal, on the day of at. The
// terminals are noted as touched, which pend turns into their being judged
// again, in the same transaction. It returns for how many terminals it did so;
// fault.Invalid for the field "terminal" where none was chosen, and
// fault.Conflict where none waits any more.
func Confirm(ctx context.Context, d *db.DB, at time.Time, by audit.Actor, answer Answer, pend func(ctx context.Context, tx *db.Tx) error) (terminals int64, err error) {
	err = answer.write(ctx, d, at, by, "agreement.confirm", func(tx *db.Tx, which string, args []any) (int64, error) {
		if err := intake.Begin(ctx, tx); err != nil {
			return 0, err
		}
		touched := append(args, intake.Always)
		if err := intake.Touch(ctx, tx, `select terminal_id, `+place(touched)+` from (select distinct e.terminal_id `+which+`) answered`, touched...); err != nil {
			return 0, err
		}
		given := append(args, date.Of(at), answer.Name, at)
		n := len(args)
		terminals, err = tx.Exec(ctx, `
			insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			select id, merchant_id, version, `+placeAt(n+1)+`, `+placeAt(n+2)+`, 'portal', `+placeAt(n+3)+`
			from (select distinct e.id, e.merchant_id, a.version `+which+`) answered`, given...)
		if err != nil || terminals == 0 {
			return terminals, err
		}
		return terminals, pend(ctx, tx)
	})
	return terminals, err
}

// Deny records that the merchant did not agree to what an agent entered. The
// acceptance stays as it was entered, and counts for nothing, as before. It
// returns of how many terminals, and the faults of Confirm.
func Deny(ctx context.Context, d *db.DB, at time.Time, by audit.Actor, answer Answer) (terminals int64, err error) {
	err = answer.write(ctx, d, at, by, "agreement.deny", func(tx *db.Tx, which string, args []any) (int64, error) {
		if err := tx.QueryRow(ctx, `select count(distinct e.id) `+which, args...).Scan(&terminals); err != nil {
			return 0, err
		}
		given := append(args, date.Of(at), answer.Name, at)
		n := len(args)
		return tx.Exec(ctx, `
			insert into acceptance_denials (acceptance_id, merchant_id, denied_on, denied_by, recorded_at)
			select a.id, a.merchant_id, `+placeAt(n+1)+`, `+placeAt(n+2)+`, `+placeAt(n+3)+which, given...)
	})
	return terminals, err
}

// write answers in one transaction, with an audit entry. answer is given the
// part of a statement that chooses what is answered, with its arguments, and
// returns how many rows it wrote.
func (a *Answer) write(ctx context.Context, d *db.DB, at time.Time, by audit.Actor, action string, answer func(tx *db.Tx, which string, args []any) (int64, error)) error {
	which, args, err := a.chosen()
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		// Two who answer at the same time answer one after the other.
		if err := tx.Lock(ctx, "agreements of merchant "+strconv.FormatInt(a.MerchantID, 10)); err != nil {
			return err
		}
		n, err := answer(tx, which, args)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "agreements.answer.nothing")
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by, MerchantID: a.MerchantID, Action: action, Subject: strconv.FormatInt(a.PlanID, 10),
			Details: map[string]any{"version": a.Version, "acceptances": n},
		})
	})
}

// chosen returns what is answered as the end of a statement, from its FROM on.
func (a *Answer) chosen() (which string, args []any, err error) {
	args = slices.Clip([]any{a.MerchantID, a.PlanID, a.Version, a.Seen})
	which = ` ` + waiting + ` and a.id <= $4`
	if a.All {
		return which, args, nil
	}
	if len(a.SNs) == 0 || len(a.SNs) > maxAnswered {
		var fields fault.Fields
		fields.Add("terminal", "agreements.answer.none")
		return "", nil, fields.Err()
	}
	var in strings.Builder
	for i, sn := range a.SNs {
		if i > 0 {
			in.WriteString(", ")
		}
		args = append(args, sn)
		in.WriteString(place(args))
	}
	return which + ` and t.sn in (` + in.String() + `)`, slices.Clip(args), nil
}

// place writes the placeholder of the last argument.
func place(args []any) string { return placeAt(len(args)) }

func placeAt(n int) string { return "$" + strconv.Itoa(n) }
