package report

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/worktime"
)

// countAtOnce is how many cases are counted in one transaction.
const countAtOnce = 500

// CountCases counts anew the cases of which something has changed, and the days
// on which they were filed. It returns how many cases it looked at, and may be
// called at any time.
func CountCases(ctx context.Context, d *db.DB, now time.Time) (n int, err error) {
	for {
		some := 0
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			some, err = countSome(ctx, tx, now)
			return err
		})
		n += some
		if err != nil {
			return n, fmt.Errorf("report: counting cases: %w", err)
		}
		if some < countAtOnce {
			return n, nil
		}
	}
}

func countSome(ctx context.Context, tx *db.Tx, now time.Time) (int, error) {
	if err := tx.Lock(ctx, "figures of cases"); err != nil {
		return 0, err
	}
	ids, err := takeChanged(ctx, tx)
	if err == nil {
		err = markAt(ctx, tx, markCases, "", now)
	}
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	cases, err := readCounted(ctx, tx, ids)
	if err != nil {
		return 0, err
	}
	days, err := keepCounted(ctx, tx, cases)
	if err != nil {
		return 0, err
	}
	return len(ids), countDays(ctx, tx, days)
}

// takeChanged returns cases of which something has changed, and forgets that.
func takeChanged(ctx context.Context, tx *db.Tx) (ids []any, err error) {
	skipLocked := ""
	if tx.Dialect == db.Postgres {
		skipLocked = ` for update skip locked`
	}
	return ids, tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `delete from figure_changes where case_id in (select case_id from figure_changes order by case_id limit $1`+skipLocked+`) returning case_id`, countAtOnce)
}

func readCounted(ctx context.Context, tx *db.Tx, ids []any) (cases []countedCase, err error) {
	return cases, tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c countedCase
			var filed, settled db.Time
			err := rows.Scan(&c.id, &c.merchantID, &filed, &settled, &c.calendar, &c.kind, &c.reason, &c.channel, &c.region, &c.state, &c.underWay, &c.isMerged, &c.finding, &c.cause, &c.stars)
			c.filedAt, c.settledAt = filed.Time, settled.Time
			cases = append(cases, c)
			return err
		})
	}, `
		select c.id, c.merchant_id, c.filed_at,
			(select max(e.at) from case_events e where e.case_id = c.id and e.kind in ('decision_made', 'case_withdrawn')),
			c.calendar, c.kind, c.reason, c.channel, coalesce(m.region, ''), c.state, c.under_way, c.merged_into is not null,
			coalesce(d.finding, ''), coalesce(d.root_cause, ''), coalesce(r.stars, 0)
		from cases c
		left join merchants m on m.id = c.merchant_id
		left join case_decisions d on d.case_id = c.id and d.number = (select max(l.number) from case_decisions l where l.case_id = c.id)
		left join case_ratings r on r.case_id = c.id
		where c.id in (`+db.Placeholders(1, len(ids))+`) order by c.id`, ids...)
}

// keepCounted keeps cases as they are counted. It returns the days on which they
// were filed.
func keepCounted(ctx context.Context, tx *db.Tx, cases []countedCase) (days []any, err error) {
	calendars, err := calendarsOf(ctx, tx, cases)
	if err != nil {
		return nil, err
	}
	const columns = 11
	var values strings.Builder
	var args, merged []any
	for i := range cases {
		c := &cases[i]
		on := date.Of(c.filedAt)
		if !slices.Contains(days, any(on)) {
			days = append(days, on)
		}
		if c.isMerged {
			merged = append(merged, c.id)
			continue
		}
		speed, err := c.speed(calendars[c.calendar])
		if err != nil {
			return nil, err
		}
		if speed == Open || speed == Withdrawn {
			c.finding, c.cause = "", ""
		}
		if values.Len() > 0 {
			values.WriteString(", ")
		}
		values.WriteString("(" + db.Placeholders(len(args)+1, columns) + ")")
		args = append(args, c.id, c.merchantID, on, string(c.kind), string(c.reason), string(c.channel), c.region, string(speed), c.finding, c.cause, c.stars)
	}
	if len(merged) > 0 {
		if _, err := tx.Exec(ctx, `delete from figure_cases where case_id in (`+db.Placeholders(1, len(merged))+`)`, merged...); err != nil {
			return nil, err
		}
	}
	if len(args) == 0 {
		return days, nil
	}
	_, err = tx.Exec(ctx, `
		insert into figure_cases (case_id, merchant_id, filed_on, kind, reason, channel, region, speed, finding, cause, stars) values `+values.String()+`
		on conflict (case_id) do update set kind = excluded.kind, reason = excluded.reason, channel = excluded.channel, region = excluded.region,
			speed = excluded.speed, finding = excluded.finding, cause = excluded.cause, stars = excluded.stars`, args...)
	return days, err
}

// calendarsOf reads the calendars by which cases count.
func calendarsOf(ctx context.Context, tx *db.Tx, cases []countedCase) (map[int]*worktime.Calendar, error) {
	calendars := map[int]*worktime.Calendar{}
	var versions []any
	for i := range cases {
		if v := cases[i].calendar; !slices.Contains(versions, any(v)) {
			versions = append(versions, v)
		}
	}
	return calendars, tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var version int
			var text string
			if err := rows.Scan(&version, &text); err != nil {
				return err
			}
			calendars[version] = &worktime.Calendar{}
			return json.Unmarshal([]byte(text), calendars[version])
		})
	}, `select version, calendar from calendars where version in (`+db.Placeholders(1, len(versions))+`)`, versions...)
}

// The measures by which days are counted.
const (
	measureKind    = "kind" // of all cases; the others count complaints alone
	measureReason  = "reason"
	measureChannel = "channel"
	measureRegion  = "region"
	measureSpeed   = "speed"
	measureFinding = "finding"
	measureCause   = "cause"
	measureStars   = "stars"

	measureGate    = "gate"    // what the gate answered, by the first step
	measureNotices = "notices" // what became of what was sent
)

// countDays counts the cases that were filed on some days.
func countDays(ctx context.Context, tx *db.Tx, days []any) error {
	of := db.Placeholders(1, len(days))
	counts := []string{`select filed_on, '` + measureKind + `' as measure, kind as name from figure_cases where filed_on in (` + of + `)`}
	for _, m := range []struct{ measure, name, where string }{
		{measureReason, "reason", ""}, {measureChannel, "channel", ""}, {measureRegion, "region", ""}, {measureSpeed, "speed", ""},
		{measureFinding, "finding", " and finding <> ''"}, {measureCause, "cause", " and cause <> ''"}, {measureStars, "cast(stars as text)", " and stars > 0"},
	} {
		counts = append(counts, `select filed_on, '`+m.measure+`', `+m.name+` from figure_cases where kind = 'complaint' and filed_on in (`+of+`)`+m.where)
	}
	_, err := tx.Exec(ctx, `delete from figure_days where on_date in (`+of+`) and measure not in ('`+measureGate+`', '`+measureNotices+`')`, days...)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into figure_days (on_date, measure, name, n)
		select filed_on, measure, name, count(*) from (`+strings.Join(counts, ` union all `)+`) each_case group by filed_on, measure, name`, days...)
	return err
}

// The names of marks.
const (
	markCases   = "cases"
	markGate    = "gate"
	markNotices = "notices"
)

// markAt notes how far a count has come.
func markAt(ctx context.Context, tx *db.Tx, name, upTo string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into figure_marks (name, up_to, at) values ($1, $2, $3) on conflict (name) do update set up_to = excluded.up_to, at = excluded.at`, name, upTo, now)
	return err
}

// readMark returns how far a count has come; empty: it has not begun.
func readMark(ctx context.Context, tx *db.Tx, name string) (upTo string, err error) {
	err = tx.QueryRow(ctx, `select up_to from figure_marks where name = $1`, name).Scan(&upTo)
	if db.NotFound(err) {
		err = nil
	}
	return upTo, err
}
