package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// SettledAs says how what a file says was taken goes with what the gate was asked
// for.
type SettledAs string

// The ways. All but Matched are differences.
const (
	Matched           SettledAs = "matched"
	AmountDiffers     SettledAs = "amount"
	NeverAsked        SettledAs = "ungated"    // or reported as taken without asking
	OtherTerminal     SettledAs = "terminal"   // taken from another terminal than was asked for
	SettlementUnknown SettledAs = "settlement" // it names a settlement that there is not
	NeverPosted       SettledAs = "not_posted" // nobody said here that it was taken
	InNoFile          SettledAs = "missing"    // it was taken, and no file says so
)

// Settlings lists them, the differences after what is matched.
var Settlings = []SettledAs{Matched, AmountDiffers, NeverAsked, OtherTerminal, SettlementUnknown, NeverPosted, InNoFile}

// reconcileBatch is how many deductions are matched in one transaction.
const reconcileBatch = 1000

// missingAfter is how long after it was taken a deduction is missed in the files,
// and missingFor how long it is looked for at most.
const (
	missingAfter = 3 * 24 * time.Hour
	missingFor   = 60 * 24 * time.Hour
)

// Reconcile matches what files say was taken with what the gate was asked for,
// and returns how many deductions it matched. What was taken and never asked for,
// or allowed and never posted, is taken in as ungated. Staff get an alarm for each
// day in which anything differs. What an interrupted run leaves the next takes up.
func Reconcile(ctx context.Context, d *db.DB, c clock.Clock) (n int, err error) {
	g := &Gate{db: d, clock: c}
	run := reconciling{g: g, now: c.Now()}
	for done := false; !done; {
		done, err = run.matchSome(ctx)
		if err != nil {
			return run.n, fmt.Errorf("gate: reconciling: %w", err)
		}
	}
	var errs []error
	for _, s := range run.single { // one that can't be taken in keeps none of the others waiting
		if err := run.takeIn(ctx, s); err != nil {
			errs = append(errs, fmt.Errorf("gate: reconciling %s: %w", s.Ref, err))
		}
	}
	if err := run.miss(ctx); err != nil {
		errs = append(errs, fmt.Errorf("gate: reconciling: %w", err))
	}
	return run.n, errors.Join(errs...)
}

// reconciling is one run of Reconcile.
type reconciling struct {
	g      *Gate
	now    time.Time
	after  string
	n      int
	single []settledRow // that money has to be taken in for, one by one
}

// settledRow is what a file says of a deduction, beside what the gate knows.
type settledRow struct {
	deduction.Settled
	id                  string // empty: it was never asked for
	merchantID          int64
	terminalID          int64
	asked               money.Fen
	at                  time.Time
	state               fee.State
	ungated             bool
	sn                  string
	isSettlement        bool  // the settlement that the file names is there
	settlementsTerminal int64 // 0: another merchant's
}

const selectSettled = `select ` + deduction.SettledColumns + `, g.deduction_id, g.merchant_id, g.terminal_id, g.amount_fen, g.at, g.state, g.ungated_at is not null, t.sn,
		r.ref is not null, x.terminal_id
	from settled_news n
	join settled_deductions f on f.ref = n.ref
	left join gate_requests g on g.ref = f.ref
	left join terminals t on t.id = g.terminal_id
	left join settlement_refs r on r.ref = f.settlement_ref
	left join settlements x on x.merchant_id = g.merchant_id and x.id = r.settlement_id and x.settled_on = r.settled_on`

func scanSettled(rows db.Rows) (s settledRow, err error) {
	dest, done := s.Settled.Dest()
	var id, state, sn db.Text
	var merchantID, terminalID, asked, other *int64
	var at db.Time
	err = rows.Scan(append(dest, &id, &merchantID, &terminalID, &asked, &at, &state, &s.ungated, &sn, &s.isSettlement, &other)...)
	done()
	s.id, s.state, s.sn, s.at = string(id), fee.State(state), string(sn), at.Time
	for to, from := range map[*int64]*int64{&s.merchantID: merchantID, &s.terminalID: terminalID, (*int64)(&s.asked): asked, &s.settlementsTerminal: other} {
		if from != nil {
			*to = *from
		}
	}
	return s, err
}

// as returns how the deduction goes with what was asked for, and false where money
// has to be taken in first.
func (s *settledRow) as() (SettledAs, bool) {
	switch {
	case s.id == "":
		return NeverAsked, false
	case s.state == fee.Authorized || s.state == fee.Voided || s.state == fee.Held || s.state == fee.Denied:
		return NeverPosted, false
	case s.ungated:
		return NeverAsked, true
	case s.SN != s.sn, s.isSettlement && s.settlementsTerminal != s.terminalID:
		return OtherTerminal, true
	case s.SettlementRef != "" && !s.isSettlement:
		return SettlementUnknown, true
	case s.Amount != s.asked:
		return AmountDiffers, true
	}
	return Matched, true
}

// matchSome matches the next deductions that need nothing but to be compared, and
// reports whether those were the last.
func (run *reconciling) matchSome(ctx context.Context) (done bool, err error) {
	var single []settledRow
	n, last := 0, ""
	err = run.g.db.Write(ctx, func(tx *db.Tx) error {
		single, n, last = nil, 0, ""
		var matched []settledRow
		err := tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				s, err := scanSettled(rows)
				n, last = n+1, s.Ref
				if _, known := s.as(); known {
					matched = append(matched, s)
				} else {
					single = append(single, s)
				}
				return err
			})
		}, selectSettled+` where n.ref > $1 order by n.ref limit $2`, run.after, reconcileBatch)
		if err != nil {
			return err
		}
		return run.keep(ctx, tx, matched)
	})
	if err != nil {
		return false, err
	}
	run.after, run.n = last, run.n+n-len(single)
	run.single = append(run.single, single...)
	return n < reconcileBatch, nil
}

var settledColumns = []string{"ref", "on_date", "merchant_id", "terminal_id", "deduction_id", "item", "file_fen", "gate_fen", "settlement_ref", "standing", "at"}

// keep writes down how deductions go, and raises the alarms.
func (run *reconciling) keep(ctx context.Context, tx *db.Tx, all []settledRow) error {
	if len(all) == 0 {
		return nil
	}
	var rows [][]any
	var refs []string
	var attached []deduction.Attached
	since := date.Last
	differ := map[date.Date]*alarm.Facts{}
	for i := range all {
		s := &all[i]
		as, _ := s.as()
		refs = append(refs, s.Ref)
		rows = append(rows, s.row(as, run.now))
		if as == Matched || as == AmountDiffers {
			if s.SettlementRef != "" {
				attached = append(attached, deduction.Attached{MerchantID: s.merchantID, TerminalID: s.terminalID, ID: s.id, At: s.at, Settlement: s.SettlementRef})
				since = min(since, s.On, date.Of(s.at))
			}
		}
		if as != Matched {
			count(differ, s.On, s.Amount)
		}
	}
	if err := replaceSettled(ctx, tx, refs, rows); err != nil {
		return err
	}
	if err := deduction.AttachToSettlements(ctx, tx, attached, since); err != nil {
		return err
	}
	if err := deduction.ForgetSettled(ctx, tx, refs); err != nil {
		return err
	}
	return run.alarm(ctx, tx, differ)
}

func (s *settledRow) row(as SettledAs, now time.Time) []any {
	asked := (*int64)(&s.asked)
	if as == NeverAsked {
		asked = nil
	}
	return []any{s.Ref, s.On, s.merchantID, s.terminalID, s.id, string(s.Item), int64(s.Amount), asked, db.Text(s.SettlementRef), string(as), now}
}

func replaceSettled(ctx context.Context, tx *db.Tx, refs []string, rows [][]any) error {
	list := `select value from json_each($1)`
	if tx.Dialect == db.Postgres {
		list = `select json_array_elements_text(cast($1 as json))`
	}
	if _, err := tx.Exec(ctx, `delete from gate_settled where ref in (`+list+`)`, listText(refs)); err != nil {
		return err
	}
	return tx.Insert(ctx, "gate_settled", settledColumns, rows)
}

func count(differ map[date.Date]*alarm.Facts, on date.Date, amount money.Fen) {
	f := differ[on]
	if f == nil {
		f = &alarm.Facts{On: on}
		differ[on] = f
	}
	f.Count++
	f.Amount = f.Amount.Plus(amount)
}

// alarm raises one for each day in which something differs; one found on another
// day raises another.
func (run *reconciling) alarm(ctx context.Context, tx *db.Tx, differ map[date.Date]*alarm.Facts) error {
	var all []alarm.Alarm
	for on, facts := range differ {
		all = append(all, alarm.Alarm{
			Kind: alarm.SettlementDiffers, Subject: fmt.Sprintf("%s %s", on, date.Of(run.now)), Ref: on.String(), Facts: *facts, At: run.now,
		})
	}
	return alarm.RaiseAll(ctx, tx, all)
}

// takeIn takes in the money of a deduction that a file says was taken, and nobody
// said so here.
func (run *reconciling) takeIn(ctx context.Context, s settledRow) error {
	g := run.g
	err := g.db.Write(ctx, func(tx *db.Tx) error {
		r, err := lockAny(ctx, tx, s.Ref)
		if err != nil {
			return err
		}
		as := NeverPosted
		switch {
		case r.taken != nil:
			as = NeverAsked
			if err = g.adopt(ctx, tx, run.now, r); errors.Is(err, fee.ErrInvalidCase) {
				err = nil // the rules have nothing to say of it, and it is listed all the same
			}
		case r.State == fee.Authorized && !run.now.After(r.ExpiresAt):
			r.State = fee.Posted
			err = r.became(ctx, tx, run.now, itself, r.At, nil, step{name: "posted"})
		case r.State == fee.Authorized, r.State == fee.Voided, r.State == fee.Held, r.State == fee.Denied:
			_, err = g.ungate(ctx, tx, itself, run.now, r, Posted{At: s.At})
		case !r.UngatedAt.IsZero():
			as = NeverAsked // somebody was quicker
		default:
			return errQuicker
		}
		if err != nil {
			return err
		}
		s.id, s.merchantID, s.terminalID, s.asked = r.ID, r.MerchantID, r.TerminalID, r.Amount
		if err := replaceSettled(ctx, tx, []string{s.Ref}, [][]any{s.row(as, run.now)}); err != nil {
			return err
		}
		if err := deduction.ForgetSettled(ctx, tx, []string{s.Ref}); err != nil {
			return err
		}
		differ := map[date.Date]*alarm.Facts{}
		count(differ, s.On, s.Amount)
		return run.alarm(ctx, tx, differ)
	})
	if errors.Is(err, errQuicker) || fault.Is(err, fault.NotFound) {
		return nil // the next run compares it
	}
	if err == nil {
		run.n++
	}
	return err
}

// errQuicker says that what had to be taken in was posted meanwhile.
var errQuicker = errors.New("gate: posted meanwhile")

// adopt makes a deduction that came with a file one that was taken without asking:
// it is judged as a request, and raises an alarm.
func (g *Gate) adopt(ctx context.Context, tx *db.Tx, now time.Time, r *row) error {
	t := r.taken
	asked, err := r.request()
	if err != nil {
		return err
	}
	v, err := g.judgeNow(ctx, tx, now, r, asked)
	if err != nil {
		return err
	}
	request := Request{
		Ref: t.Ref, SN: t.SN, Item: t.Item, Amount: t.Amount, At: t.At, PeriodFrom: t.PeriodFrom, Sale: t.Sale, SaleCount: t.SaleCount, Method: t.Method,
		SaleNet: t.SaleNet, Origin: t.Origin, OrderRef: t.OrderRef,
	}
	r.taken, r.UngatedAt, r.Cycle, r.By, r.AskedAt = nil, now, v.Settles(), itself.Actor, now
	err = tx.Insert(ctx, "gate_requests", requestColumns, [][]any{{
		r.ID, r.MerchantID, r.TerminalID, orNull(r.PlanID), string(r.Item), r.Ref, request.digest(), int64(r.Amount), r.Origin, r.At, orNull(r.Cycle), string(r.State),
		db.At(r.ExpiresAt), db.At(r.UngatedAt), db.Text(""), string(r.By.Kind), r.By.ID, r.AskedAt, now,
	}})
	if err != nil {
		return err
	}
	if err := r.decide(ctx, tx, now, v); err != nil {
		return err
	}
	if r.State.Settles() {
		if _, err := r.claim(ctx, tx); err != nil {
			return err
		}
	}
	if err := r.alarm(ctx, tx, now); err != nil {
		return err
	}
	return r.became(ctx, tx, now, itself, r.At, nil, step{name: "ungated"})
}

// miss finds what was taken days ago and no file has said so, if files say
// anything of what the gate was asked for.
func (run *reconciling) miss(ctx context.Context) error {
	for {
		n := 0
		err := run.g.db.Write(ctx, func(tx *db.Tx) error {
			n = 0
			var rows [][]any
			differ := map[date.Date]*alarm.Facts{}
			err := tx.Query(ctx, func(found db.Rows) error {
				return db.Each(found, func() error {
					var ref, id, item string
					var merchantID, terminalID int64
					var amount money.Fen
					var at db.Time
					if err := found.Scan(&ref, &id, &item, &merchantID, &terminalID, &amount, &at); err != nil {
						return err
					}
					on := date.Of(at.Time)
					n++
					rows = append(rows, []any{ref, on, merchantID, terminalID, id, item, nil, int64(amount), nil, string(InNoFile), run.now})
					count(differ, on, amount)
					return nil
				})
			}, `
				select g.ref, g.deduction_id, g.item, g.merchant_id, g.terminal_id, g.amount_fen, g.at from gate_requests g
				where g.state in ('posted', 'refunded') and g.ungated_at is null and g.changed_at < $1 and g.changed_at >= $2
					and not exists (select 1 from gate_settled s where s.ref = g.ref) and not exists (select 1 from settled_deductions f where f.ref = g.ref)
					and exists (select 1 from gate_settled s where s.standing in ('matched', 'amount'))
				order by g.changed_at limit $3`, run.now.Add(-missingAfter), run.now.Add(-missingFor), reconcileBatch)
			if err != nil || n == 0 {
				return err
			}
			if err := tx.Insert(ctx, "gate_settled", settledColumns, rows); err != nil {
				return err
			}
			return run.alarm(ctx, tx, differ)
		})
		if err != nil || n < reconcileBatch {
			return err
		}
	}
}
