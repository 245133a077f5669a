package deduction

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// HomePage is what a merchant sees first: what needs them, what is to come, what
// was taken last, and what this month came to.
type HomePage struct {
	Terminals   int
	InUse       int
	Wrong       []ListedLine // not as agreed, held or stopped within WrongDays, what is most at stake first; the first few
	WrongCount  int          // all of them
	Unconfirmed int          // acceptances that an agent entered, and the merchant has neither confirmed nor denied
	Changes     []Change
	Endings     []Ending     // of services, to come or not long past
	Coming      []Coming     // due within ComingDays, the first few, the earliest first
	Later       *Coming      // the first that is due after that; nil: none is known, or there are more of the others
	ComingCount int          // all that are due within ComingDays
	ComingWaits int          // those of them that wait for an answer, since the terminal is reported gone
	ComingTotal money.Fen    // of the others
	Taken       []ListedLine // the latest deductions, newest first
	Sales       []DaySales   // what the latest day's sales cost
	Months      []MonthFee   // of this month and the last
	Unread      []Unread     // announcements, the newest first; the first few
	UnreadCount int          // all of them
}

// WrongDays is how far back the first page looks for what was not as agreed, and
// ComingDays how far ahead it looks for what is to come.
const (
	WrongDays  = 60
	ComingDays = 30
)

// How many of each the first page lists.
const (
	homeWrong  = 3
	homeComing = 8
	homeTaken  = 5
)

// Change is a version on its way that is dearer than what the merchant pays, and
// needs their acceptance for that.
type Change struct {
	ID        string // of the change that asks for it; empty: not opened yet
	Objected  bool   // the merchant's latest answer to it was no
	Plan      *disclosure.Plan
	From, To  *fee.Version
	Terminals int // that pay by From
	Accepted  int // of these, with To accepted
}

// Ending is the end of a service over a price that the merchant did not accept.
type Ending struct {
	ChangeID  string
	PlanID    int64
	EndsOn    date.Date // the first day without it
	Terminals int
}

// Coming is a charge to come.
type Coming struct {
	PlanID     int64
	Cycle      int
	DueOn      date.Date // its cycle's first day, or the later one for which it is scheduled; one that is past is still open
	Amount     money.Fen
	Version    int
	Holds      fee.Codes
	Terminal   TerminalChoice
	NotifiedAt time.Time // when its latest announcement was delivered, one out of the house before one in the inbox; zero: none was
	Channel    string    // of that
}

// DaySales is what the sales of a day cost by one column of the settlements.
type DaySales struct {
	Kind       Kind
	On         date.Date
	Lines      int
	LineID     string         // of one of them
	Terminal   TerminalChoice // its terminal
	Amount     money.Fen
	Sale       money.Fen
	SaleCount  int
	Denied     int // lines not as agreed
	Held       int // lines in doubt
	NotChecked int // lines that can't be checked
}

// MonthFee is what one fee came to in a month over all terminals, taken and not
// given back. A fee of which nothing was taken, or nothing is left, has none.
type MonthFee struct {
	Month  date.Date // its first day
	Kind   Kind
	Item   fee.Item
	Amount money.Fen
}

// ReadHomePage reads a merchant's first page in one round trip. What is to come
// was foreseen when the terminals were judged.
func ReadHomePage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, today date.Date) (*HomePage, error) {
	q := &homePageQuery{plans: plans, policy: policy, today: today, page: &HomePage{}}
	b := db.NewBatch()
	me, since := []any{merchantID}, []any{merchantID, today.AddDays(-WrongDays).Start()}
	b.Add(`select count(*), count(case when `+inUse("$2")+` then 1 end) from terminals t where t.merchant_id = $1`,
		[]any{merchantID, today}, q.readTerminals)
	b.Add(`select `+listColumns+listTables+`l.merchant_id = $1 and l.at >= $2 and `+needsLook+` order by l.amount_fen - coalesce(l.expected_fen, 0) desc, l.at desc, l.id desc limit `+itoa(homeWrong), since, q.readWrong)
	b.Add(`select count(*) from bill_lines l where l.merchant_id = $1 and l.at >= $2 and `+needsLook, since, q.readWrongCount)
	b.Add(`select count(*) from (select distinct a.enrolment_id, a.version `+unconfirmed+`) waiting`, me, q.readUnconfirmed)
	b.Add(changesOnTheirWay, []any{merchantID, today}, q.readChanges)
	b.Add(`select c.id, c.plan_id, c.from_version, c.to_version, coalesce((
			select a.answer from fee_change_answers a where a.change_id = c.id order by a.at desc, a.id desc limit 1), '')
		from fee_changes c where c.merchant_id = $1 and c.effective_on > $2 order by c.id`, []any{merchantID, today}, q.readOpened)
	b.Add(`select e.change_id, c.plan_id, e.ends_on, (
			select count(*) from service_ending_terminals t join enrolments n on n.id = t.enrolment_id where t.ending_id = e.id and n.cancelled_on = e.ends_on)
		from service_endings e join fee_changes c on c.id = e.change_id
		where e.merchant_id = $1 and e.ends_on > $2 order by e.ends_on, e.id`, []any{merchantID, today.AddDays(-ComingDays)}, q.readEndings)
	b.Add(`select f.plan_id, f.cycle_index, f.due_on, f.amount_fen, f.version, f.holds, t.sn, coalesce(t.own_alias, t.alias), s.name, n.delivered_at, n.channel
		from forecasts f
		join terminals t on t.id = f.terminal_id
		join shops s on s.id = t.shop_id
		left join delivered_notices n on n.id = (
			select told.id from delivered_notices told
			where told.terminal_id = f.terminal_id and told.plan_id = f.plan_id and told.period_from = coalesce(f.period_from, f.due_on) and told.amount_fen >= f.amount_fen
			order by case told.channel when 'inbox' then 1 else 0 end, told.delivered_at desc, told.id desc limit 1)
		where f.merchant_id = $1
		order by f.due_on, f.terminal_id, f.plan_id limit `+itoa(homeComing), me, q.readComing)
	b.Add(`select count(*), coalesce(sum(waits), 0), cast(coalesce(sum(case waits when 0 then amount_fen else 0 end), 0) as bigint)
		from (select amount_fen, case when holds like '%`+fee.ReportedGone.String()+`%' then 1 else 0 end as waits
			from forecasts where merchant_id = $1 and due_on <= $2) due`,
		[]any{merchantID, today.AddDays(ComingDays)}, q.readComingTotal)
	b.Add(`select `+listColumns+listTables+`l.merchant_id = $1 and l.kind = 'deduction' order by l.at desc, l.id desc limit `+itoa(homeTaken), me, q.readTaken)
	b.Add(salesOfLatestDay, me, q.readSales)
	b.Add(`select month, kind, item, cast(sum(amount_fen) as bigint) from bill_months
		where merchant_id = $1 and month >= $2 group by month, kind, item having sum(amount_fen) <> 0 order by month desc, 4 desc, kind, item`,
		[]any{merchantID, today.MonthStart().AddMonths(-1)}, q.readMonths)
	b.Add(`select l.id, m.subject, count(*) over ()`+unreadAnnouncements+` order by l.created_at desc, l.id desc limit `+itoa(homeUnread),
		[]any{merchantID, today}, q.readUnread)
	return q.page, r.Read(ctx, b)
}

// inUse is true of a terminal t that is in use on a day.
func inUse(day string) string {
	return `(t.activated_on <= ` + day + ` and (t.inactive_from is null or t.inactive_from > ` + day + `))`
}

// needsLook is true of a line l that its merchant should know of: not as agreed,
// held or stopped, unless the money came back, or as much of it as was too much.
const needsLook = `l.decision <> 'allow' and l.state in ('posted', 'authorized', 'held', 'denied')
	and not (l.refunded_fen > 0 and l.refunded_fen >= l.amount_fen - l.expected_fen)`

// unconfirmed are the acceptances a that an agent entered for the merchant $1,
// who has said neither yes nor no.
const unconfirmed = `from acceptances a join enrolments e on e.id = a.enrolment_id
	where a.merchant_id = $1 and a.via = 'agent' and e.cancelled_on is null
		and not exists (select 1 from acceptance_denials d where d.acceptance_id = a.id)
		and not exists (select 1 from acceptances own where own.enrolment_id = a.enrolment_id and own.version = a.version and own.via <> 'agent')`

// changesOnTheirWay lists the versions that take effect after the day $2, by
// which versions of the plan the merchant $1 had accepted, with the number of
// terminals. What is in force follows from that alone.
var changesOnTheirWay = `
	select v.plan_id, v.version, e.accepted, count(*)
	from plan_versions v
	join (
		select e.plan_id, (
			select string_agg(cast(a.version as text), ' ' order by a.version) from acceptances a
			where a.enrolment_id = e.id and a.via <> 'agent' and a.accepted_on <= $2) as accepted
		from enrolments e join terminals t on t.id = e.terminal_id
		where e.merchant_id = $1 and (e.cancelled_on is null or e.cancelled_on > $2) and ` + inUse("$2") + `
			and e.plan_id in (select plan_id from plan_versions where effective_on > $2 and published_on <= $2)
	) e on e.plan_id = v.plan_id
	where v.effective_on > $2 and v.published_on <= $2 and e.accepted is not null
	group by v.plan_id, v.version, e.accepted
	order by v.plan_id, v.version, e.accepted`

// salesOfLatestDay adds up what the latest day that was settled cost, column by
// column.
const salesOfLatestDay = `
	select l.kind, l.on_date, count(*), min(l.id), min(t.sn), min(coalesce(t.own_alias, t.alias)), min(s.name),
		cast(sum(case when l.state in ('posted', 'authorized') then l.amount_fen - l.refunded_fen else 0 end) as bigint),
		cast(coalesce(sum(l.sale_fen), 0) as bigint), cast(coalesce(sum(l.sale_count), 0) as bigint),
		count(case when l.decision = 'deny' then 1 end), count(case when l.decision = 'hold' then 1 end),
		count(case when l.reasons like '%not_itemised%' then 1 end)
	from bill_lines l join terminals t on t.id = l.terminal_id join shops s on s.id = t.shop_id
	where l.merchant_id = $1 and l.kind <> 'deduction'
		and l.at = (select at from bill_lines where merchant_id = $1 and kind <> 'deduction' order by at desc, id desc limit 1)
	group by l.kind, l.on_date
	order by case l.kind when 'card' then 1 when 'qr' then 2 when 'payout' then 3 else 4 end`

// homePageQuery collects the answers of the page's statements.
type homePageQuery struct {
	plans  *disclosure.Plans
	policy fee.Policy
	today  date.Date
	page   *HomePage
}

func (q *homePageQuery) readTerminals(rows db.Rows) error {
	return db.First(rows, &q.page.Terminals, &q.page.InUse)
}

func (q *homePageQuery) readWrong(rows db.Rows) (err error) {
	q.page.Wrong, err = scanListedLines(rows)
	return err
}

func (q *homePageQuery) readWrongCount(rows db.Rows) error {
	return db.First(rows, &q.page.WrongCount)
}

func (q *homePageQuery) readUnconfirmed(rows db.Rows) error {
	return db.First(rows, &q.page.Unconfirmed)
}

func (q *homePageQuery) readTaken(rows db.Rows) (err error) {
	q.page.Taken, err = scanListedLines(rows)
	return err
}

// readChanges asks the rules what the merchant pays now, and what a version that
// is on its way would make of it with their acceptance.
func (q *homePageQuery) readChanges(rows db.Rows) error {
	return db.Each(rows, func() error {
		var planID int64
		var version, terminals int
		var accepted string
		if err := rows.Scan(&planID, &version, &accepted, &terminals); err != nil {
			return err
		}
		plan := q.plans.ByID(planID)
		if plan == nil {
			return nil // published a moment ago; the catalogue follows
		}
		to := plan.Fee.Version(version)
		if to == nil || to.EffectiveOn == date.Last {
			return nil // published a moment ago, or withdrawn
		}
		c := &fee.Case{Plan: plan.Fee, Policy: q.policy, Enrolment: &fee.Enrolment{AnchorOn: q.today}}
		isAccepted := false
		for _, n := range strings.Fields(accepted) {
			number, err := strconv.Atoi(n)
			if err != nil {
				return err
			}
			isAccepted = isAccepted || number == version
			c.Enrolment.Accepted = append(c.Enrolment.Accepted, fee.Acceptance{Version: number, On: q.today})
		}
		from := fee.VersionOn(c, q.today)
		c.Enrolment.Accepted = append(c.Enrolment.Accepted, fee.Acceptance{Version: version, On: q.today})
		if then := fee.VersionOn(c, to.EffectiveOn); from == nil || then == nil || then.Number != version || !to.Price.Dearer(&from.Price) {
			return nil
		}
		change := q.change(plan, from, to)
		change.Terminals += terminals
		if isAccepted {
			change.Accepted += terminals
		}
		return nil
	})
}

// readOpened finds the change that was opened for each version on its way.
func (q *homePageQuery) readOpened(rows db.Rows) error {
	return db.Each(rows, func() error {
		var id, answer string
		var planID int64
		var from, to int
		if err := rows.Scan(&id, &planID, &from, &to, &answer); err != nil {
			return err
		}
		for i := range q.page.Changes {
			c := &q.page.Changes[i]
			if c.Plan.ID == planID && c.To.Number == to && (c.ID == "" || c.From.Number == from) {
				c.ID, c.Objected = id, answer == "objected"
			}
		}
		return nil
	})
}

func (q *homePageQuery) readEndings(rows db.Rows) error {
	return db.Each(rows, func() error {
		var e Ending
		err := rows.Scan(&e.ChangeID, &e.PlanID, &e.EndsOn, &e.Terminals)
		if e.Terminals > 0 {
			q.page.Endings = append(q.page.Endings, e)
		}
		return err
	})
}

func (q *homePageQuery) change(plan *disclosure.Plan, from, to *fee.Version) *Change {
	changes := q.page.Changes
	for i := range changes {
		if changes[i].Plan == plan && changes[i].From.Number == from.Number && changes[i].To.Number == to.Number {
			return &changes[i]
		}
	}
	q.page.Changes = append(changes, Change{Plan: plan, From: from, To: to})
	return &q.page.Changes[len(changes)]
}

func (q *homePageQuery) readComing(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c Coming
		var holds string
		var told db.Time
		var channel db.Text
		err := rows.Scan(&c.PlanID, &c.Cycle, &c.DueOn, &c.Amount, &c.Version, &holds, &c.Terminal.SN, &c.Terminal.Alias, &c.Terminal.Shop, &told, &channel)
		c.Holds, _ = fee.ParseCodes(holds)
		c.NotifiedAt, c.Channel = told.Time, string(channel)
		switch {
		case c.DueOn <= q.today.AddDays(ComingDays):
			q.page.Coming = append(q.page.Coming, c)
		case q.page.Later == nil:
			q.page.Later = &c
		}
		return err
	})
}

func (q *homePageQuery) readComingTotal(rows db.Rows) error {
	return db.First(rows, &q.page.ComingCount, &q.page.ComingWaits, &q.page.ComingTotal)
}

func (q *homePageQuery) readSales(rows db.Rows) error {
	return db.Each(rows, func() error {
		var s DaySales
		err := rows.Scan(&s.Kind, &s.On, &s.Lines, &s.LineID, &s.Terminal.SN, &s.Terminal.Alias, &s.Terminal.Shop, &s.Amount, &s.Sale, &s.SaleCount, &s.Denied, &s.Held, &s.NotChecked)
		q.page.Sales = append(q.page.Sales, s)
		return err
	})
}

func (q *homePageQuery) readMonths(rows db.Rows) error {
	return db.Each(rows, func() error {
		var m MonthFee
		err := rows.Scan(&m.Month, &m.Kind, &m.Item, &m.Amount)
		q.page.Months = append(q.page.Months, m)
		return err
	})
}

func scanListedLines(rows db.Rows) (all []ListedLine, err error) {
	err = db.Each(rows, func() error {
		all = append(all, ListedLine{})
		return scanListed(rows, &all[len(all)-1])
	})
	return all, err
}
