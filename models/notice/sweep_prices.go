package notice

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// priceLeads are the days ahead of a new price on which merchants are told of it:
// as soon as it is published, a week before, and on the day.
var priceLeads = []int{30, 7, 0}

// How often changes that were opened lately are looked for, and how long it may
// take until an opening that began is committed.
const (
	openedEvery = 10 * time.Minute
	openingLong = 24 * time.Hour
)

// feeChanges plans the changes of price whose lead day has come, and those that
// were opened after it.
func (s *sweep) feeChanges(ctx context.Context) error {
	done, err := marks(ctx, s.d, FeeChange)
	if err != nil {
		return err
	}
	for i, lead := range priceLeads {
		to, next := s.today.AddDays(lead), -1
		if i+1 < len(priceLeads) {
			next = priceLeads[i+1]
		}
		if done[lead] >= to {
			continue
		}
		_, err := s.write(ctx, func(tx *db.Tx) (int, error) {
			if err := s.lock(ctx, tx); err != nil {
				return 0, err
			}
			done, err := marks(ctx, tx, FeeChange)
			if err != nil || done[lead] >= to {
				return 0, err
			}
			n, err := s.tellPrice(ctx, tx, lead, `c.effective_on > $4 and c.effective_on <= $5`, max(done[lead], s.today.AddDays(next)), to)
			if err != nil {
				return 0, err
			}
			return int(n), mark(ctx, tx, FeeChange, lead, to)
		})
		if err != nil {
			return err
		}
	}
	if err := s.openedChanges(ctx); err != nil {
		return err
	}
	return s.withdrawnChanges(ctx)
}

// openedChanges plans the changes that were opened since they were last looked
// for, at the lead that passed last.
func (s *sweep) openedChanges(ctx context.Context) error {
	return s.since(ctx, "fee changes", openedEvery, openingLong, func(tx *db.Tx, since time.Time) (int, error) {
		n := int64(0)
		for i, lead := range priceLeads {
			next := -1
			if i+1 < len(priceLeads) {
				next = priceLeads[i+1]
			}
			told, err := s.tellPrice(ctx, tx, lead, `c.effective_on > $4 and c.effective_on <= $5 and c.opened_at > $6`,
				s.today.AddDays(next), s.today.AddDays(lead), since)
			if err != nil {
				return 0, err
			}
			n += told
		}
		return int(n), nil
	})
}

// withdrawnChanges plans to tell whoever was told of a price that was withdrawn
// since that it will not rise.
func (s *sweep) withdrawnChanges(ctx context.Context) error {
	return s.since(ctx, "withdrawn prices", openedEvery, openingLong, func(tx *db.Tx, since time.Time) (int, error) {
		n, err := tx.Exec(ctx, `
			insert into notices (merchant_id, kind, plan_id, round, ref, due_on, version, planned_at, not_before)
			select c.merchant_id, '`+string(ChangeOff)+`', c.plan_id, 1, c.id, c.effective_on, c.to_version,
				`+instant(tx, `$2`)+`, `+instant(tx, `$2`)+`
			from disclosure_withdrawals w join fee_changes c on c.disclosure_version_id = w.version_id
			where w.at > $1 and exists (
				select 1 from notices n
				where n.merchant_id = c.merchant_id and n.kind = '`+string(FeeChange)+`' and n.terminal_id = 0 and n.plan_id = c.plan_id and n.ref = c.id
					and n.letter_id is not null)
			on conflict do nothing`, since, s.now)
		return int(n), err
	})
}

// What became of a change c of a price.
const (
	isWithdrawn = `exists (select 1 from disclosure_withdrawals w where w.version_id = c.disclosure_version_id)`
	isObjected  = `exists (select 1 from fee_change_answers a where a.change_id = c.id and a.answer = 'objected')`
	// isAsked asks whether a terminal is left that still pays on the day and for
	// which the merchant has not agreed.
	isAsked = `exists (
				select 1 from fee_change_terminals x join enrolments e on e.id = x.enrolment_id
				where x.change_id = c.id and (e.cancelled_on is null or e.cancelled_on > c.effective_on) and not exists (
					select 1 from acceptances a where a.enrolment_id = e.id and a.version = c.to_version and a.via <> 'agent'))`
)

// tellPrice plans to tell merchants of changes that they have neither accepted
// for all terminals nor, after the first time, objected to.
func (s *sweep) tellPrice(ctx context.Context, tx *db.Tx, lead int, which string, args ...any) (int64, error) {
	objected := ""
	if lead < priceLeads[0] {
		objected = ` and not ` + isObjected
	}
	return tx.Exec(ctx, `
		insert into notices (merchant_id, kind, plan_id, lead_days, round, ref, due_on, version, planned_at, not_before)
		select c.merchant_id, '`+string(FeeChange)+`', c.plan_id, cast($3 as integer), 1, c.id, c.effective_on, c.to_version,
			`+instant(tx, `$2`)+`, `+s.sendMoment(tx)+`
		from fee_changes c left join notice_preferences p on p.merchant_id = c.merchant_id
		where `+which+objected+` and not `+isWithdrawn+` and `+isAsked+`
		on conflict do nothing`, append([]any{s.moments(tx), s.now, lead}, args...)...)
}

// since runs what takes up rows by their time, at most so often, with a moment
// since when all are to be looked at: rows may show so much later than their
// time says.
func (s *sweep) since(ctx context.Context, name string, every, late time.Duration, take func(tx *db.Tx, since time.Time) (int, error)) error {
	last, err := readMark(ctx, s.d, name)
	if err != nil || s.now.Sub(last) < every && !s.now.Before(last) {
		return err
	}
	_, err = s.write(ctx, func(tx *db.Tx) (int, error) {
		if err := s.lock(ctx, tx); err != nil {
			return 0, err
		}
		last, err := readMark(ctx, tx, name)
		if err != nil || s.now.Sub(last) < every && !s.now.Before(last) {
			return 0, err
		}
		from := last.Add(-late)
		if last.IsZero() {
			from = date.First.Start()
		}
		n, err := take(tx, from)
		if err != nil {
			return 0, err
		}
		_, err = tx.Exec(ctx, `insert into notice_marks (name, at) values ($1, $2) on conflict (name) do update set at = excluded.at`, name, s.now)
		return n, err
	})
	return err
}

func readMark(ctx context.Context, r db.Reader, name string) (time.Time, error) {
	var at db.Time
	err := r.QueryRow(ctx, `select at from notice_marks where name = $1`, name).Scan(&at)
	if db.NotFound(err) {
		return time.Time{}, nil
	}
	return at.Time, err
}
