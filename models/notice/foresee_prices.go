package notice

import (
	"slices"
	"strconv"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// pricesToCome are the new prices of a merchant, $1, from a day on, $2, that the
// sweep would tell it of, one a letter's line: lead_days is the least of the
// leads at which it would, the first alone of one that was objected to.
var pricesToCome = linesOf(`
		select '` + string(FeeChange) + `' as kind, c.effective_on as due_on, cast(null as timestamp) as not_before, 0 as terminal_id, c.plan_id, 0 as cycle,
			c.effective_on as period_from, 0 as amount_fen, case when ` + isObjected + ` then ` + strconv.Itoa(priceLeads[0]) + ` else 0 end as lead_days, 1 as round,
			count(*) over days as lines, 0 as total_fen, row_number() over (days order by c.plan_id) as place
		from fee_changes c
		where c.merchant_id = $1 and c.effective_on >= $2 and not ` + isWithdrawn + ` and ` + isAsked + `
		window days as (partition by c.effective_on)`)

func (q *nextQuery) readPrices(rows db.Rows) error { return q.read(rows, &q.prices) }

// toldPrices returns the letters about new prices, but for those that wait.
func (q *nextQuery) toldPrices(waits map[date.Date]bool) (all []Foreseen) {
	for _, f := range q.prices {
		f.Channels = q.p.ChannelsOf(FeeChange)
		lines := f.Letter.Lines
		for _, lead := range priceLeads {
			told := f.Letter.DueOn.AddDays(-lead)
			f.At = q.p.sendAt(told)
			if !f.At.After(q.now) || told == q.today && waits[f.Letter.DueOn] {
				continue
			}
			one := f
			one.Letter.Lines = slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.LeadDays > lead })
			if len(one.Letter.Lines) == 0 {
				continue
			}
			one.Lines -= len(lines) - len(one.Letter.Lines)
			for i := range one.Letter.Lines {
				one.Letter.Lines[i].LeadDays = lead
			}
			all = append(all, one)
		}
	}
	return all
}
