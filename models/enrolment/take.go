package enrolment

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

var stage = intake.Table[Row]{
	Name: "staged_enrolments",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "sn", Type: intake.Code}, {Name: "plan", Type: intake.Code},
		{Name: "anchor_on", Type: intake.Day}, {Name: "version", Type: intake.Number}, {Name: "accepted_on", Type: intake.Day},
		{Name: "accepted_by", Type: intake.Text}, {Name: "via", Type: intake.Text}, {Name: "cancelled_on", Type: intake.Day},
	},
	Values: func(v *intake.Record, line int, r *Row) {
		v.Number(int64(line))
		v.Text(r.SN)
		v.Text(r.Plan)
		v.Day(r.AnchorOn)
		if r.Version > 0 {
			v.Number(int64(r.Version))
		} else {
			v.Null()
		}
		v.Day(r.AcceptedOn)
		v.Text(r.AcceptedBy)
		v.TextOrNull(string(r.AcceptedVia))
		v.Day(r.CancelledOn)
	},
}

// Stage reads enrolments, for Take in the same transaction.
func Stage(ctx context.Context, tx *db.Tx, rows intake.Rows[Row]) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, stage, rows)
}

// Take adds the staged enrolments and acceptances. An enrolment that is there
// and open is brought to what the rows say; one that the core system cancelled is
// closed, and a row that says anything new about it is refused. One that was
// cancelled here stays so, whether the core system has heard of it or not. An acceptance is never
// altered. Rows about one enrolment must agree on its first day and its
// cancellation.
func Take(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := take(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("enrolment: taking enrolments: %w", err)
	}
	return taken, problems, err
}

func take(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, problems intake.Problems, err error) {
	taken.Rows = s.Rows
	if err := problems.Find(ctx, tx, rules...); err != nil || problems.Found() {
		return taken, problems, err
	}
	if err := sort(ctx, tx, &taken); err != nil {
		return taken, problems, err
	}
	err = intake.Touch(ctx, tx, `
		select terminal_id, $1
		from (select distinct terminal_id from sorted_enrolments where news <> 'none') touched`, intake.Always)
	if err != nil {
		return taken, problems, err
	}
	_, err = tx.Exec(ctx, `
		update enrolments as e
		set anchor_on = s.anchor_on, cancelled_on = s.cancelled_on,
			cancelled_here = e.cancelled_here and e.cancelled_on is not distinct from s.cancelled_on
		from sorted_enrolments s
		where e.id = s.enrolment_id and (e.anchor_on <> s.anchor_on or e.cancelled_on is distinct from s.cancelled_on)`)
	if err != nil {
		return taken, problems, err
	}
	_, err = tx.Exec(ctx, `
		insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on, cancelled_on, own_limit_fen)
		select s.merchant_id, s.terminal_id, s.plan_id, s.anchor_on, s.cancelled_on, case when p.item = 'overage' then 0 end
		from sorted_enrolments s
		join plans p on p.id = s.plan_id
		where s.enrolment_id is null
		group by s.merchant_id, s.terminal_id, s.plan_id, s.anchor_on, s.cancelled_on, p.item
		order by min(s.line)`)
	if err != nil {
		return taken, problems, err
	}
	if err := beginStopped(ctx, tx, now); err != nil {
		return taken, problems, err
	}
	_, err = tx.Exec(ctx, `
		insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select e.id, e.merchant_id, s.version, s.accepted_on, s.accepted_by, s.via, $1
		from sorted_enrolments s
		join enrolments e on e.terminal_id = s.terminal_id and e.plan_id = s.plan_id
		where s.news = 'acceptance'
		order by s.line`, now)
	if err != nil {
		return taken, problems, err
	}
	return taken, problems, intake.Learn(ctx, tx, taken.Added, "enrolments")
}

// beginStopped notes of the enrolments that were added, and cost nothing until
// the merchant turns them on, that they do not yet.
func beginStopped(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into own_limits (enrolment_id, merchant_id, limit_fen, set_at, name)
		select distinct e.id, e.merchant_id, 0, cast($1 as `+timeType[tx.Dialect]+`), ''
		from sorted_enrolments s
		join plans p on p.id = s.plan_id and p.item = 'overage'
		join enrolments e on e.terminal_id = s.terminal_id and e.plan_id = s.plan_id
		where s.enrolment_id is null`, now)
	return err
}

// cancelled is the day of a row's cancellation. What was cancelled here stays so
// until the core system names an earlier day: it may not have heard of it yet.
const cancelled = `case when e.cancelled_here and (s.cancelled_on is null or s.cancelled_on > e.cancelled_on) then e.cancelled_on else s.cancelled_on end`

var sorted = []intake.Column{
	{Name: "line", Type: intake.Number}, {Name: "enrolment_id", Type: intake.Number}, {Name: "merchant_id", Type: intake.Number},
	{Name: "terminal_id", Type: intake.Number}, {Name: "plan_id", Type: intake.Number}, {Name: "anchor_on", Type: intake.Day},
	{Name: "version", Type: intake.Number}, {Name: "accepted_on", Type: intake.Day}, {Name: "accepted_by", Type: intake.Text},
	{Name: "via", Type: intake.Text}, {Name: "cancelled_on", Type: intake.Day}, {Name: "news", Type: intake.Text},
}

// sort compares the rows with what is there. Each is either an acceptance that
// is news, or an enrolment without one that is; or it alters an enrolment; or
// it says nothing new.
func sort(ctx context.Context, tx *db.Tx, taken *intake.Taken) error {
	if err := intake.Make(ctx, tx, "sorted_enrolments", sorted); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		insert into sorted_enrolments
		select s.line, e.id, t.merchant_id, t.id, p.id, s.anchor_on, s.version, s.accepted_on, s.accepted_by, s.via, `+cancelled+`,
			case
			when s.repeats > 1 then 'none'
			when s.version is null and e.id is null then 'enrolment'
			when s.version is not null and a.id is null then 'acceptance'
			when e.anchor_on <> s.anchor_on or e.cancelled_on is distinct from `+cancelled+` then 'dates'
			else 'none' end
		from (
			select staged_enrolments.*, row_number() over (partition by sn, plan, version, accepted_on, via order by line) as repeats
			from staged_enrolments) s
		join terminals t on t.sn = s.sn
		join plans p on p.code = s.plan
		left join enrolments e on e.terminal_id = t.id and e.plan_id = p.id
		left join acceptances a on a.enrolment_id = e.id and a.version = s.version and a.accepted_on = s.accepted_on and a.via = s.via`)
	if err != nil {
		return err
	}
	return tx.QueryRow(ctx, `
		select count(case when news in ('enrolment', 'acceptance') then 1 end), count(case when news = 'dates' then 1 end), count(case when news = 'none' then 1 end)
		from sorted_enrolments`).Scan(&taken.Added, &taken.Changed, &taken.Unchanged)
}
