package notice

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// leads plans the charges whose lead day has come: for each lead that anybody
// has, each day up to it that was not planned yet, in a transaction that moves the
// mark along.
func (s *sweep) leads(ctx context.Context) error {
	done, err := marks(ctx, s.d, Upcoming)
	if err != nil {
		return err
	}
	inUse, err := s.leadsInUse(ctx, done)
	if err != nil {
		return err
	}
	var next []int // leads of which one day is missing, as every morning
	for _, lead := range inUse.Days() {
		to := s.today.AddDays(lead)
		switch {
		case done[lead] >= to:
			continue
		case done[lead] == to.AddDays(-1):
			next = append(next, lead)
			continue
		case done[lead] < s.today:
			// What is overdue already, all at once.
			if err := s.slice(ctx, lead, s.today.AddDays(-1), s.overdue); err != nil {
				return err
			}
		}
		for day := max(done[lead].AddDays(1), s.today); day <= to; day = day.AddDays(1) {
			if err := s.slice(ctx, lead, day, s.missed); err != nil {
				return err
			}
		}
	}
	if len(next) == 0 {
		return nil
	}
	// Nothing is there that these would plan again, unless clocks differ.
	if err = s.nextDay(ctx, next, ""); db.Duplicate(err) {
		err = s.nextDay(ctx, next, ` on conflict do nothing`)
	}
	return err
}

// leadsInUse returns the leads that anybody has: those that were planned before,
// and those of who has chosen nothing. Before anything was planned all choices
// are looked at; whoever chooses later notes the leads.
func (s *sweep) leadsInUse(ctx context.Context, done map[int]date.Date) (Leads, error) {
	usual := Default(0)
	inUse := usual.Leads | LeadsOf(firstLead(s.policy, false), firstLead(s.policy, true)) | LeadsOf(slices.Collect(maps.Keys(done))...)
	if len(done) > 0 {
		return inUse, nil
	}
	err := s.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var leads int64
			err := rows.Scan(&leads)
			inUse |= Leads(leads)
			return err
		})
	}, `select distinct leads from notice_preferences`)
	return inUse, err
}

// nextDay plans the next day of leads, all together.
func (s *sweep) nextDay(ctx context.Context, leads []int, onConflict string) error {
	_, err := s.write(ctx, func(tx *db.Tx) (int, error) {
		if err := s.lock(ctx, tx); err != nil {
			return 0, err
		}
		done, err := marks(ctx, tx, Upcoming)
		if err != nil {
			return 0, err
		}
		planned := 0
		for _, lead := range leads {
			day := s.today.AddDays(lead)
			if done[lead] >= day {
				continue
			}
			n, err := s.planDay(ctx, tx, lead, day, onConflict)
			if err != nil {
				return 0, err
			}
			if err := mark(ctx, tx, Upcoming, lead, day); err != nil {
				return 0, err
			}
			planned += int(n)
		}
		return planned, nil
	})
	return err
}

// planDay plans a lead for the charges of the day that it has reached. Most
// merchants have chosen nothing, and what holds for them is reckoned once.
func (s *sweep) planDay(ctx context.Context, tx *db.Tx, lead int, day date.Date, onConflict string) (int64, error) {
	usual, again := Default(0), againOn(s.today, s.policy)
	usualAgain := again
	if first := firstLead(s.policy, false); lead < first || usual.LeadsInForce(s.policy)&(1<<lead-1)>>first != 0 {
		usualAgain = 0
	}
	args := []any{s.moments(tx), s.now, again, day, usual.sendAt(s.today), usualAgain}
	join, hasLead, unlessChosen := `left join`, `(p.merchant_id is null or `+s.inForce(lead)+`)`, func(usual, chosen string) string {
		return `case when p.merchant_id is null then ` + usual + ` else ` + chosen + ` end`
	}
	if leads := usual.LeadsInForce(s.policy); !leads.Has(lead) {
		isAny := false
		err := tx.QueryRow(ctx, `select exists (select 1 from notice_preferences p where `+s.inForce(lead)+`)`).Scan(&isAny)
		if err != nil || !isAny {
			return 0, err
		}
		join, hasLead, unlessChosen, args = `join`, s.inForce(lead), func(_, chosen string) string { return chosen }, args[:4]
	}
	return tx.Exec(ctx, `insert into notices (`+leadColumns+`)
		select `+s.leadValues(tx, lead)+`, f.due_on, `+unlessChosen(instant(tx, `$5`), s.sendMoment(tx))+`,
			`+unlessChosen(civil(tx, `$6`), `case when `+s.isLastInTime(lead)+` then `+civil(tx, `$3`)+` end`)+`
		from forecasts f `+join+` notice_preferences p on p.merchant_id = f.merchant_id
		where f.due_on = $4 and `+isAnnounced+` and `+hasLead+onConflict, args...)
}

// slice plans a lead up to a day, unless somebody else has.
func (s *sweep) slice(ctx context.Context, lead int, day date.Date, plan func(ctx context.Context, tx *db.Tx, lead int, day date.Date) (int64, error)) error {
	_, err := s.write(ctx, func(tx *db.Tx) (int, error) {
		if err := s.lock(ctx, tx); err != nil {
			return 0, err
		}
		done, err := marks(ctx, tx, Upcoming)
		if err != nil || done[lead] >= day {
			return 0, err
		}
		n, err := plan(ctx, tx, lead, day)
		if err != nil {
			return 0, err
		}
		return int(n), mark(ctx, tx, Upcoming, lead, day)
	})
	return err
}

// missed plans a lead for the charges of one day, today or later, where days
// were missed or nothing was planned before.
func (s *sweep) missed(ctx context.Context, tx *db.Tx, lead int, day date.Date) (int64, error) {
	return s.late(ctx, tx, lead, day.DaysSince(s.today), `f.due_on = $4`, day)
}

// overdue plans a lead for all charges up to a day that has passed.
func (s *sweep) overdue(ctx context.Context, tx *db.Tx, lead int, day date.Date) (int64, error) {
	return s.late(ctx, tx, lead, 0, `f.due_on <= $4 and not `+isKnown(""), day)
}

// late plans a lead whose day has passed, at once, and only for who has no later
// one that has come too. What was announced already keeps its day; what was not
// is announced for the first day on which it can then be taken. A lead whose day
// is today waits for the hour at which the merchant's announcements go out,
// unless that would be too late for the charge and now is not.
func (s *sweep) late(ctx context.Context, tx *db.Tx, lead, left int, which string, day date.Date) (int64, error) {
	passed := uint64(1)<<lead - uint64(1)<<max(left, 1)
	alone, usual := Preferences{}, Default(0)
	args := []any{
		s.moments(tx), s.now, againOn(s.today, s.policy), day,
		alone.earliest(s.today, s.policy), usual.earliest(s.today, s.policy), usual.earliest(s.today.AddDays(1), s.policy), s.minute(),
	}
	from := instant(tx, `$2`)
	if left == lead {
		until := `case when ` + inboxOnly + ` then ` + instant(tx, `$9`) + ` else ` + instant(tx, `$10`) + ` end`
		args = append(args, alone.lastMoment(day, s.policy), usual.lastMoment(day, s.policy))
		from = `case when not ` + isKnown("") + ` and ` + s.sendMoment(tx) + ` > ` + until + ` and ` + from + ` <= ` + until +
			` then ` + from + ` else ` + s.sendMoment(tx) + ` end`
	}
	quietFrom, quietTo := `coalesce(p.quiet_from, `+strconv.Itoa(usual.QuietFrom)+`)`, `coalesce(p.quiet_to, `+strconv.Itoa(usual.QuietTo)+`)`
	earliest := latestOf[tx.Dialect]("f.due_on", `case when `+inboxOnly+` then `+civil(tx, `$5`)+`
			when `+quietFrom+` > `+quietTo+` and `+quietFrom+` <= $8 then `+civil(tx, `$7`)+` else `+civil(tx, `$6`)+` end`)
	return tx.Exec(ctx, `insert into notices (`+leadColumns+`)
		select `+s.leadValues(tx, lead)+`, case when `+isKnown("")+` then f.due_on else `+earliest+` end, `+from+`,
			case when not `+isKnown("")+` and (`+s.inTime(lead, left)+`) then `+civil(tx, `$3`)+` end
		from forecasts f `+s.withChoice(lead)+`
		where `+which+` and `+isAnnounced+` and `+s.inForce(lead)+` and `+chosen+` & `+strconv.FormatUint(passed, 10)+` = 0
			and not `+isKnown(` and (t.lead_days <= `+strconv.Itoa(lead)+` or t.kind <> '`+string(Upcoming)+`')`)+`
			and `+instant(tx, `$1`)+` is not null -- which not each lead asks for
		on conflict do nothing`, args...)
}

// minute is how many minutes of the day have passed in Shanghai.
func (s *sweep) minute() int { return int(s.now.Sub(s.today.Start()) / time.Minute) }

// inTime asks whether the days are counted from the lead until the charge is
// announced again: from the last one that is in time for it, and from any that
// is late.
func (s *sweep) inTime(lead, left int) string {
	if left != lead {
		return `true`
	}
	below := func(inboxOnly bool) string { return strconv.FormatBool(lead < firstLead(s.policy, inboxOnly)) }
	return s.isLastInTime(lead) + ` or case when ` + inboxOnly + ` then ` + below(true) + ` else ` + below(false) + ` end`
}

const leadColumns = `merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, period_from, amount_fen, version, planned_at, due_on, not_before, again_on`

// leadValues are the columns up to planned_at; $2 is now.
func (s *sweep) leadValues(tx *db.Tx, lead int) string {
	return `f.merchant_id, '` + string(Upcoming) + `', f.terminal_id, f.plan_id, f.cycle_index, ` + strconv.Itoa(lead) +
		`, 1, coalesce(f.period_from, f.due_on), f.amount_fen, f.version, ` + instant(tx, `$2`)
}

// isAnnounced leaves out charges that wait for an answer of ours: to a complaint,
// or to a report that the terminal is gone. They are announced once it is given.
var isAnnounced = `(f.holds = '' or f.holds not like '%` + fee.OpenDispute.String() + `%' and f.holds not like '%` + fee.ReportedGone.String() + `%')`

// waits reports whether a charge waits for an answer of ours.
func waits(holds fee.Codes) bool { return holds.Any(fee.OpenDispute, fee.ReportedGone) }

// isKnown asks whether the charge f was announced or is planned to be.
func isKnown(and string) string {
	return `exists (select 1 from notices t where t.terminal_id = f.terminal_id and t.plan_id = f.plan_id and t.cycle = f.cycle_index
		and t.merchant_id = f.merchant_id and t.kind in ('` + string(Upcoming) + `', '` + string(Changed) + `')` + and + `)`
}

// What the merchant of the charge f has chosen, or has without choosing.
var (
	usualLeads = strconv.FormatUint(uint64(Default(0).Leads), 10)
	chosen     = `coalesce(p.leads, ` + usualLeads + `)`
	inboxOnly  = `coalesce(p.inbox_only, false)`
)

// inForce asks whether the merchant is told so many days ahead. It is
// Preferences.LeadsInForce.
func (s *sweep) inForce(lead int) string {
	has := chosen + ` & ` + strconv.FormatUint(uint64(LeadsOf(lead)), 10) + ` <> 0`
	below := ` < ` + strconv.FormatUint(uint64(LeadsOf(lead)), 10)
	if lead == firstLead(s.policy, false) {
		has += ` or not ` + inboxOnly + ` and ` + chosen + below
	}
	if lead == firstLead(s.policy, true) {
		has += ` or ` + inboxOnly + ` and ` + chosen + below
	}
	return `(` + has + `)`
}

// withChoice joins what the merchant of the charge f has chosen. A lead that
// nobody has without choosing it needs nobody else.
func (s *sweep) withChoice(lead int) string {
	usual := Default(0)
	if leads := usual.LeadsInForce(s.policy); leads.Has(lead) {
		return `left join notice_preferences p on p.merchant_id = f.merchant_id`
	}
	return `join notice_preferences p on p.merchant_id = f.merchant_id`
}

// isLastInTime asks whether the lead is the merchant's last that is in time for
// the charge: from it on the days are counted until the charge is announced
// again.
func (s *sweep) isLastInTime(lead int) string {
	noLater := func(inboxOnly bool) string {
		first := firstLead(s.policy, inboxOnly)
		if lead < first {
			return `false`
		}
		return chosen + ` & ` + strconv.FormatUint(uint64(1)<<lead-uint64(1)<<first, 10) + ` = 0`
	}
	return `case when ` + inboxOnly + ` then ` + noLater(true) + ` else ` + noLater(false) + ` end`
}

// latestOf is how each database finds the later of two days.
var latestOf = map[db.Dialect]func(a, b string) string{
	db.Postgres: func(a, b string) string { return "greatest(" + a + ", " + b + ")" },
	db.SQLite:   func(a, b string) string { return "max(" + a + ", " + b + ")" },
}

// sendMoment is when the merchant's announcements of a day go out, given as $1
// what moments returns.
func (s *sweep) sendMoment(tx *db.Tx) string {
	minute := `coalesce(p.send_minute, ` + strconv.Itoa(Default(0).SendMinute) + `)`
	if tx.Dialect == db.Postgres {
		return instant(tx, `$1`) + ` + ` + minute + ` * interval '1 minute'`
	}
	width := strconv.Itoa(len(storedInstant))
	return `cast(substr($1, ` + width + ` * ` + minute + ` + 1, ` + width + `) as text)`
}

// storedInstant is how SQLite's columns write an instant.
const storedInstant = "2006-01-02 15:04:05+00:00"

// moments is what sendMoment reckons with: the instant at which the day begins;
// for SQLite all minutes of the day, one after another, since to add minutes to
// an instant takes it as long as to write half the row.
func (s *sweep) moments(tx *db.Tx) any {
	begins := s.today.Start().UTC()
	if tx.Dialect == db.Postgres {
		return begins
	}
	const minutes = 24 * 60
	all := make([]byte, 0, minutes*len(storedInstant))
	for m := range minutes {
		all = begins.Add(time.Duration(m)*time.Minute).AppendFormat(all, storedInstant)
	}
	return all
}
