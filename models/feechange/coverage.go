package feechange

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Covered is how a merchant stands to a version that asks them for more. What
// they accepted is what the verdict goes by.
type Covered struct {
	ChangeID    string
	MerchantRef string
	Merchant    string
	PlanID      int64
	From, To    int
	OpenedAt    time.Time
	ToldAt      time.Time // when the first letter about it was written; zero: none was
	DeliveredAt time.Time // when first somebody said that a message of it arrived, or was read; zero: nobody did
	ReadAt      time.Time // when one was first read; zero: none was, as far as anybody knows
	SeenAt      time.Time // of the change itself; zero: nobody has looked
	Terminals   int
	Accepted    int       // terminals
	AcceptedOn  date.Date // the latest acceptance; zero: none
	ObjectedAt  time.Time // the latest; zero: never
	EndsOn      date.Date // of the service, where it was ended over the change
}

// Gaps returns for how many terminals there is no answer. Who objects has answered
// for all of them.
func (c *Covered) Gaps() int {
	if !c.ObjectedAt.IsZero() {
		return 0
	}
	return c.Terminals - c.Accepted
}

// CoverageTotals adds up a version's coverage. A merchant who pays by several
// plans that rise has a change for each.
type CoverageTotals struct {
	Merchants         int // asked
	Changes           int
	Terminals         int
	Told              int // changes of which a letter tells
	Delivered         int // changes of which a message arrived or was read
	Read              int // changes of which a message was read
	Seen              int // changes at which somebody looked
	Accepted          int // changes, for all their terminals
	AcceptedTerminals int
	Objected          int // changes
	Gaps              int // changes that are neither accepted for all terminals nor objected to
	GapTerminals      int // without an acceptance
}

// CoverageShown is how many merchants a page of coverage lists.
const CoverageShown = 100

// Coverage reads how merchants stand to a disclosure version, in the order of
// their changes: at most limit after the change named, and the totals of all, in
// one round trip.
func Coverage(ctx context.Context, r db.Reader, versionID int64, after string, limit int) (rows []Covered, totals CoverageTotals, err error) {
	b := db.NewBatch()
	b.Add(covered(` and c.id > $2 order by c.id limit $3`)+` order by c.id`, []any{versionID, after, limit}, func(found db.Rows) error {
		return db.Each(found, func() error {
			c, err := scanCovered(found)
			rows = append(rows, c)
			return err
		})
	})
	b.Add(`
		select count(distinct ref), count(*), cast(coalesce(sum(terminals), 0) as bigint), count(told_at), count(delivered_at), count(read_at), count(seen_at), count(case when accepted = terminals then 1 end),
			cast(coalesce(sum(accepted), 0) as bigint), count(objected_at), count(case when accepted < terminals and objected_at is null then 1 end),
			cast(coalesce(sum(case when objected_at is null then terminals - accepted else 0 end), 0) as bigint)
		from (`+covered(``)+`) every`, []any{versionID}, func(found db.Rows) error {
		t := &totals
		return db.First(found, &t.Merchants, &t.Changes, &t.Terminals, &t.Told, &t.Delivered, &t.Read, &t.Seen, &t.Accepted, &t.AcceptedTerminals, &t.Objected, &t.Gaps, &t.GapTerminals)
	})
	return rows, totals, r.Read(ctx, b)
}

// EachCovered calls each for every merchant of a disclosure version's coverage,
// for files of any length.
func EachCovered(ctx context.Context, r db.Reader, versionID int64, each func(c *Covered) error) error {
	return r.Query(ctx, func(found db.Rows) error {
		return db.Each(found, func() error {
			c, err := scanCovered(found)
			if err != nil {
				return err
			}
			return each(&c)
		})
	}, covered(``)+` order by c.id`, versionID)
}

// What became of the letters about a change c: toldOf asks when the first was
// written, messagesOf ends a question about their messages.
const (
	ofChange   = ` where n.merchant_id = c.merchant_id and n.kind = 'fee_change' and n.ref = c.id)`
	toldOf     = `(select min(l.created_at) from notices n join letters l on l.id = n.letter_id` + ofChange
	messagesOf = ` from notices n join messages w on w.letter_id = n.letter_id` + ofChange
	// reading proves that it arrived
	arrivedAt = `case when w.read_at < w.delivered_at or w.delivered_at is null then w.read_at else w.delivered_at end`
)

// covered reads the changes of the disclosure version $1, or a part of them.
func covered(part string) string {
	return `
	select c.id, m.ref, m.name, c.plan_id, c.from_version, c.to_version, c.opened_at,
		` + toldOf + ` as told_at, (select min(` + arrivedAt + `)` + messagesOf + ` as delivered_at, (select min(w.read_at)` + messagesOf + ` as read_at,
		s.seen_at, x.terminals, x.accepted, x.accepted_on,
		(select max(w.at) from fee_change_answers w where w.change_id = c.id and w.answer = 'objected') as objected_at, e.ends_on
	from (select * from fee_changes c where c.disclosure_version_id = $1` + part + `) c
	join (
		select change_id, count(*) as terminals, count(accepted_on) as accepted, max(accepted_on) as accepted_on
		from (
			select x.change_id, (
				select min(a.accepted_on) from acceptances a
				where a.enrolment_id = x.enrolment_id and a.version = c.to_version and a.via <> 'agent') as accepted_on
			from (select * from fee_changes c where c.disclosure_version_id = $1` + part + `) c
			join fee_change_terminals x on x.change_id = c.id) each_terminal
		group by change_id) x on x.change_id = c.id
	join merchants m on m.id = c.merchant_id
	left join fee_change_views s on s.change_id = c.id
	left join service_endings e on e.change_id = c.id`
}

func scanCovered(rows db.Rows) (c Covered, err error) {
	var opened, told, delivered, read, seen, objected db.Time
	err = rows.Scan(&c.ChangeID, &c.MerchantRef, &c.Merchant, &c.PlanID, &c.From, &c.To, &opened, &told, &delivered, &read, &seen,
		&c.Terminals, &c.Accepted, &c.AcceptedOn, &objected, &c.EndsOn)
	c.OpenedAt, c.ToldAt, c.DeliveredAt, c.ReadAt = opened.Time, told.Time, delivered.Time, read.Time
	c.SeenAt, c.ObjectedAt = seen.Time, objected.Time
	return c, err
}
