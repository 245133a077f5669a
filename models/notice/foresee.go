package notice

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/setting"
)

// Foreseen is a letter to come.
type Foreseen struct {
	At       time.Time // UTC: when it goes out
	Channels Channels  // by which it does, beside the inbox
	Lines    int       // how many it will have
	Letter   Letter    // with the first of its lines
}

// What is read of the letters to come: of so many days, so many lines each.
const (
	daysForeseen  = 40
	linesForeseen = 5
)

// Next returns the next letters that a merchant will get, as things are known
// now, at most so many: those that wait, and those that the sweep will plan by
// the same rules.
func Next(ctx context.Context, r db.Reader, merchantID int64, now time.Time, n int) ([]Foreseen, error) {
	var all []Foreseen
	b := db.NewBatch()
	ReadNext(b, merchantID, now, n, &all)
	return all, r.Read(ctx, b)
}

// ReadNext puts into a batch the reading of what Next returns.
func ReadNext(b *db.Batch, merchantID int64, now time.Time, n int, all *[]Foreseen) {
	q := &nextQuery{now: now, today: date.Of(now), policy: fee.DefaultPolicy}
	ReadPreferences(b, merchantID, &q.p)
	setting.ReadPolicies(b, func(all setting.Policies) { q.policy = deduction.PolicyOf(all.Ahead(now)) })
	b.Add(linesOf(`
		select n.kind, n.due_on, n.not_before, n.terminal_id, n.plan_id, n.cycle, n.period_from, n.amount_fen, n.lead_days, n.round,
			count(*) over letters as lines, sum(n.amount_fen) over letters as total_fen, row_number() over (letters order by n.terminal_id, n.plan_id) as place
		from notices n where n.merchant_id = $1 and n.letter_id is null
		window letters as (partition by n.kind, n.due_on, n.not_before)`), []any{merchantID}, q.readWaiting)
	b.Add(pricesToCome, []any{merchantID, q.today}, q.readPrices)
	b.Add(linesOf(`
		select '`+string(Upcoming)+`' as kind, f.due_on, cast(null as timestamp) as not_before, f.terminal_id, f.plan_id, f.cycle_index as cycle,
			coalesce(f.period_from, f.due_on) as period_from, f.amount_fen, 0 as lead_days, 1 as round,
			count(*) over days as lines, sum(f.amount_fen) over days as total_fen, row_number() over (days order by f.terminal_id, f.plan_id) as place
		from forecasts f
		where f.merchant_id = $1 and f.due_on > $2 and `+isAnnounced+` and f.due_on <= coalesce((
			select max(d.due_on) from (
				select distinct o.due_on from forecasts o where o.merchant_id = $1 and o.due_on > $2 order by o.due_on limit `+strconv.Itoa(daysForeseen)+`) d), f.due_on)
		window days as (partition by f.due_on)`), []any{merchantID, q.today}, func(rows db.Rows) error {
		if err := q.readComing(rows); err != nil {
			return err
		}
		*all = q.first(n)
		return nil
	})
}

// linesOf joins the first lines x of letters with their terminals.
func linesOf(x string) string {
	return `
		select x.kind, x.due_on, x.not_before, x.terminal_id, t.sn, coalesce(t.own_alias, t.alias), s.name, x.plan_id, p.item, x.cycle, x.period_from,
			coalesce(x.amount_fen, 0), x.lead_days, x.round, x.lines, cast(coalesce(x.total_fen, 0) as bigint)
		from (` + x + `) x
		left join terminals t on t.id = x.terminal_id
		left join shops s on s.id = t.shop_id
		left join plans p on p.id = x.plan_id
		where x.place <= ` + strconv.Itoa(linesForeseen) + `
		order by x.due_on, x.kind, x.not_before, x.place`
}

// nextQuery collects the answers of ReadNext's statements.
type nextQuery struct {
	now     time.Time
	today   date.Date
	policy  fee.Policy
	p       Preferences
	waiting []Foreseen
	prices  []Foreseen // one for each day, without the moment
	coming  []Foreseen // the same
}

func (q *nextQuery) readWaiting(rows db.Rows) error { return q.read(rows, &q.waiting) }
func (q *nextQuery) readComing(rows db.Rows) error  { return q.read(rows, &q.coming) }

func (q *nextQuery) read(rows db.Rows, all *[]Foreseen) error {
	return db.Each(rows, func() error {
		var f Foreseen
		var l Line
		var kind string
		var from db.Time
		var sn, terminal, shop, item db.Text
		var total money.Fen
		err := rows.Scan(&kind, &f.Letter.DueOn, &from, &l.TerminalID, &sn, &terminal, &shop, &l.PlanID, &item, &l.Cycle, &l.PeriodFrom, &l.Amount,
			&l.LeadDays, &l.Round, &f.Lines, &total)
		if err != nil {
			return err
		}
		l.SN, l.Terminal, l.Shop, l.Item, l.DueOn = string(sn), string(terminal), string(shop), fee.Item(item), f.Letter.DueOn
		f.At, f.Letter.Kind, f.Letter.MerchantID, f.Letter.Total = from.Time, Kind(kind), q.p.MerchantID, total
		if n := len(*all); n == 0 || (*all)[n-1].Letter.Kind != f.Letter.Kind || (*all)[n-1].Letter.DueOn != f.Letter.DueOn || !(*all)[n-1].At.Equal(f.At) {
			*all = append(*all, f)
		}
		letter := &(*all)[len(*all)-1].Letter
		letter.Lines = append(letter.Lines, l)
		return nil
	})
}

// first returns the letters that go out first.
func (q *nextQuery) first(n int) (all []Foreseen) {
	planned, priced := map[date.Date]bool{}, map[date.Date]bool{} // days whose charges and prices are planned today
	for _, f := range q.waiting {
		switch f.Letter.Kind {
		case Upcoming:
			planned[f.Letter.DueOn] = true
		case FeeChange:
			priced[f.Letter.DueOn] = true
		}
		f.Channels = q.p.ChannelsOf(f.Letter.Kind)
		if f.At.Before(q.now) {
			f.At = q.p.moment(f.Letter.Kind, q.now, len(f.Channels) == 0, time.Time{})
		}
		all = append(all, f)
	}
	for _, f := range q.coming {
		f.Channels = q.p.ChannelsOf(Upcoming)
		for _, lead := range q.p.LeadsInForce(q.policy).Days() {
			f.At = q.p.sendAt(f.Letter.DueOn.AddDays(-lead))
			if !f.At.After(q.now) || f.Letter.DueOn.AddDays(-lead) == q.today && planned[f.Letter.DueOn] {
				continue
			}
			f.Letter.Lines = slices.Clone(f.Letter.Lines)
			for i := range f.Letter.Lines {
				f.Letter.Lines[i].LeadDays = lead
			}
			all = append(all, f)
		}
	}
	all = append(all, q.toldPrices(priced)...)
	slices.SortStableFunc(all, func(a, b Foreseen) int { return a.At.Compare(b.At) })
	return all[:min(n, len(all))]
}
