package feechange

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// ObjectionState says how an objection stands.
type ObjectionState string

// The states of an objection.
const (
	ObjectionOpen   ObjectionState = "open"   // terminals are left at the old price
	ObjectionEnding ObjectionState = "ending" // the service ends, or has ended, over it
	ObjectionOver   ObjectionState = "over"   // the merchant accepted after all, or left
)

// Known reports whether the state is one.
func (s ObjectionState) Known() bool {
	return s == ObjectionOpen || s == ObjectionEnding || s == ObjectionOver
}

// Objection is the latest no of a merchant to a change.
type Objection struct {
	AnswerID    string
	Change      Change
	MerchantRef string
	Merchant    string
	Name        string // of who objected
	Words       string
	At          time.Time
	Terminals   int // that it was about
	Open        int // of the change's, still at the old price
	EndsOn      date.Date
	State       ObjectionState
}

// ObjectionFilter says which objections a list shows; its zero value is all.
type ObjectionFilter struct {
	State    ObjectionState
	PlanID   int64  // 0: of any plan
	Merchant string // number of the merchant, or the beginning of its name
}

// ObjectionMark is a place in the list: after the objection of a moment and id.
// Its zero value is the beginning.
type ObjectionMark struct {
	At time.Time
	ID string
}

// String writes the mark for an address, and the zero mark as the empty text.
func (m ObjectionMark) String() string { return writeMark(m.At, m.ID) }

// ParseObjectionMark reads what String wrote; false: it is no mark.
func ParseObjectionMark(text string) (ObjectionMark, bool) {
	at, id, ok := parseMark(text)
	return ObjectionMark{at, id}, ok
}

func writeMark(at time.Time, id string) string {
	if id == "" {
		return ""
	}
	return strconv.FormatInt(at.UnixMicro(), 36) + "." + id
}

func parseMark(text string) (at time.Time, id string, ok bool) {
	if text == "" {
		return time.Time{}, "", true
	}
	moment, id, ok := strings.Cut(text, ".")
	micro, err := strconv.ParseInt(moment, 36, 64)
	if !ok || err != nil || micro < 0 || micro > 1<<52 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return time.Time{}, "", false
	}
	return time.UnixMicro(micro).UTC(), id, true
}

// objectionsShown is how many a list shows at once.
const objectionsShown = 50

// Objections is a part of the list, the latest first.
type Objections struct {
	Rows []Objection
	More ObjectionMark // where the next part begins; zero: this is the last
}

// objections lists the latest objection a to each change, with the merchant and
// the terminals that are still at the old price on the day $1.
const objections = `
	with listed as (
		select a.id as answer_id, a.name, a.words, a.at, a.terminals, c.*, m.ref, m.name as merchant, e.ends_on,
			(select count(*) ` + openOfChange + `) as open
		from fee_change_answers a
		join fee_changes c on c.id = a.change_id
		join merchants m on m.id = c.merchant_id
		left join service_endings e on e.change_id = c.id
		where a.answer = 'objected' and not exists (
			select 1 from fee_change_answers b where b.change_id = a.change_id and b.answer = 'objected' and (b.at, b.id) > (a.at, a.id)))
	select answer_id, name, words, at, terminals, id, merchant_id, plan_id, from_version, to_version, effective_on, opened_at, ref, merchant, ends_on, open
	from listed where true`

// openOfChange are the enrolments of the change c that are still to be accepted
// for on the day $1.
const openOfChange = `
	from fee_change_terminals x
	join enrolments n on n.id = x.enrolment_id
	where x.change_id = c.id
		and not exists (select 1 from acceptances y where y.enrolment_id = n.id and y.version = c.to_version and y.via <> 'agent')
		and (n.cancelled_on is null or n.cancelled_on > $1 and exists (
			select 1 from service_endings z join service_ending_terminals i on i.ending_id = z.id
			where z.change_id = c.id and i.enrolment_id = n.id and z.ends_on = n.cancelled_on))`

// ListObjections reads a part of the objections, in one round trip.
func ListObjections(ctx context.Context, r db.Reader, f ObjectionFilter, after ObjectionMark, today date.Date) (*Objections, error) {
	query, args := objections, []any{today}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	switch f.State {
	case ObjectionOpen:
		query += ` and ends_on is null and open > 0`
	case ObjectionEnding:
		query += ` and ends_on is not null`
	case ObjectionOver:
		query += ` and ends_on is null and open = 0`
	}
	if f.PlanID != 0 {
		query += ` and plan_id = ` + arg(f.PlanID)
	}
	if f.Merchant != "" {
		query += ` and (ref = ` + arg(f.Merchant) + ` or substr(merchant, 1, length(` + arg(f.Merchant) + `)) = ` + arg(f.Merchant) + `)`
	}
	if after.ID != "" {
		query += ` and (at, answer_id) < (` + arg(after.At) + `, ` + arg(after.ID) + `)`
	}
	query += ` order by at desc, answer_id desc limit ` + arg(objectionsShown+1)
	page := &Objections{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o Objection
			err := scanObjection(rows, &o)
			page.Rows = append(page.Rows, o)
			return err
		})
	}, query, args...)
	if len(page.Rows) > objectionsShown {
		page.Rows = page.Rows[:objectionsShown]
		last := &page.Rows[objectionsShown-1]
		page.More = ObjectionMark{last.At, last.AnswerID}
	}
	return page, err
}

func scanObjection(rows db.Rows, o *Objection) error {
	var at, opened db.Time
	c := &o.Change
	err := rows.Scan(&o.AnswerID, &o.Name, &o.Words, &at, &o.Terminals, &c.ID, &c.MerchantID, &c.PlanID, &c.From, &c.To, &c.EffectiveOn, &opened,
		&o.MerchantRef, &o.Merchant, &o.EndsOn, &o.Open)
	o.At, c.OpenedAt = at.Time, opened.Time
	switch {
	case !o.EndsOn.IsZero():
		o.State = ObjectionEnding
	case o.Open > 0:
		o.State = ObjectionOpen
	default:
		o.State = ObjectionOver
	}
	return err
}

// CountObjections adds to a batch how many merchants object to a change that
// nobody has decided on.
func CountObjections(b *db.Batch, n *int) {
	b.Add(`
		select count(*) from fee_changes c
		where exists (select 1 from fee_change_answers a where a.change_id = c.id and a.answer = 'objected')
			and not exists (select 1 from service_endings e where e.change_id = c.id)
			and exists (
				select 1 from fee_change_terminals x join enrolments n on n.id = x.enrolment_id
				where x.change_id = c.id and n.cancelled_on is null
					and not exists (select 1 from acceptances y where y.enrolment_id = n.id and y.version = c.to_version and y.via <> 'agent'))`,
		nil, func(rows db.Rows) error { return db.First(rows, n) })
}

// Case is an objection with everything about its change.
type Case struct {
	Objection
	Page *Page
}

// ReadCase reads the objection to a change with the terminals after a serial
// number, in two round trips. It returns fault.NotFound where nobody objected.
func ReadCase(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, changeID, after string, today date.Date) (*Case, error) {
	found := &Case{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error { return scanObjection(rows, &found.Objection) })
	}, objections+` and id = $2`, today, changeID)
	if err != nil {
		return nil, err
	}
	if found.AnswerID == "" {
		return nil, fault.New(fault.NotFound, "objections.not_found")
	}
	found.Page, err = Read(ctx, r, plans, policy, found.Change.MerchantID, changeID, after, today)
	return found, err
}
