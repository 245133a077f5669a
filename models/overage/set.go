package overage

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
)

// The steps of which the merchant is told.
const (
	TurnedOn  = "overage_on"  // a limit was set
	TurnedOff = "overage_off" // nothing is taken any more
)

// Set says how much data beyond the allowance may cost in a calendar month, 0 for
// nothing, for a merchant's terminal, its whole shop, or all terminals, and
// returns for how many that is new. It counts at once. Where the merchant has
// agreed to no version of the price yet, turning it on is the agreement to the
// one in effect, which the page shows. The merchant is told.
//
// It returns fault.Invalid for the fields "limit" and "where", fault.Conflict
// where the terminal has no such fee, and fault.NotFound where the merchant has
// no such terminal.
func Set(ctx context.Context, d *db.DB, plans PlanByID, at time.Time, who Who, sn string, scope Scope, limit money.Fen) (n int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		n, err = set(ctx, tx, plans, at, who, sn, scope, limit)
		return err
	})
	return n, err
}

func set(ctx context.Context, tx *db.Tx, plans PlanByID, at time.Time, who Who, sn string, scope Scope, limit money.Fen) (int64, error) {
	if err := tx.Lock(ctx, "own limits of "+strconv.FormatInt(who.MerchantID, 10)); err != nil {
		return 0, err
	}
	today := date.Of(at)
	p, err := Read(ctx, tx, plans, who.MerchantID, sn, today)
	if err != nil {
		return 0, err
	}
	if p.PlanID == 0 {
		return 0, fault.New(fault.Conflict, "sim.overage.none")
	}
	if err := check(scope, limit, p.One); err != nil {
		return 0, err
	}
	if err := intake.Begin(ctx, tx); err != nil {
		return 0, err
	}
	which := chosen(who.MerchantID, today, p.TerminalID, scope)
	if limit > 0 {
		if err := agree(ctx, tx, plans, which, at, who); err != nil {
			return 0, err
		}
	}
	n, err := enrolment.LimitIn(ctx, tx, which, limit, at, who.UserID, who.Name)
	if err != nil {
		return 0, err
	}
	if err := deduction.PendTouched(ctx, tx); err != nil || n == 0 {
		return 0, err
	}
	err = audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: audit.Actor{Kind: audit.User, ID: who.UserID}, MerchantID: who.MerchantID, Action: "overage.limit", Subject: sn, RequestID: who.RequestID,
		Details: map[string]any{"scope": string(scope), "limit_fen": int64(limit), "enrolments": n},
	})
	if err != nil {
		return 0, err
	}
	news := notice.News{MerchantID: who.MerchantID, Kind: notice.Security, Round: 1, Facts: notice.Facts{At: at, Step: TurnedOff}}
	if limit > 0 {
		news.Facts.Step = TurnedOn
	}
	news.Ref = news.Facts.Step + " " + strconv.FormatInt(at.UnixMicro(), 10)
	return n, notice.Tell(ctx, tx, at, news)
}

// check refuses what is no limit, or less than one unit costs, and where none is
// said.
func check(scope Scope, limit, one money.Fen) error {
	var fields fault.Fields
	switch {
	case limit == 0:
	case limit < Least, limit > Most:
		fields.Add("limit", "sim.overage.limit_range", "least", max(Least, one), "most", Most)
	case limit < one:
		fields.Add("limit", "sim.overage.limit_below", "one", one)
	}
	if !scope.Known() {
		fields.Add("where", "sim.overage.where_missing")
	}
	return fields.Err()
}

// chosen chooses the enrolments of the scope, as seen from a terminal.
func chosen(merchantID int64, today date.Date, terminalID int64, scope Scope) enrolment.Which {
	w := enrolment.Which{
		Query: `select e.id from enrolments e join plans p on p.id = e.plan_id where e.merchant_id = $1 and ` + open,
		Args:  []any{merchantID, today, terminalID},
	}
	switch scope {
	case OfTerminal:
		w.Query += ` and e.terminal_id = $3`
	case OfShop:
		w.Query += ` and e.terminal_id in (select t.id from terminals t where t.shop_id = (select shop_id from terminals where id = $3))`
	default:
		w.Args = w.Args[:2]
	}
	return w
}

// agree gives the merchant's acceptance of the version in effect for those of the
// enrolments for which there is none at all.
func agree(ctx context.Context, tx *db.Tx, plans PlanByID, which enrolment.Which, at time.Time, who Who) error {
	which.Query += ` and not exists (select 1 from acceptances a where a.enrolment_id = e.id and a.via <> 'agent')`
	var ids []int64
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `select distinct plan_id from enrolments where id in (`+which.Query+`) order by plan_id`, which.Args...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		plan := plans(id)
		if plan == nil {
			return fmt.Errorf("overage: plan %d is not published", id)
		}
		version := versionOn(plan, date.Of(at))
		if version == 0 {
			continue
		}
		of := enrolment.Which{Query: which.Query + ` and e.plan_id = ` + strconv.FormatInt(id, 10), Args: which.Args}
		if _, err := enrolment.AcceptIn(ctx, tx, of, version, who.Name, at); err != nil {
			return err
		}
	}
	return nil
}
