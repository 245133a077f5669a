package report

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
)

// ComplaintFigures are the complaints that were filed in a quarter, as they stood
// when the figures were worked out. Each part of a sum is held back with it.
type ComplaintFigures struct {
	Filed     Cell         `json:"filed"`
	Decided   Cell         `json:"decided"`
	Withdrawn Cell         `json:"withdrawn"` // by the merchant
	Open      Cell         `json:"open"`
	Reasons   []ReasonCell `json:"reasons"`  // of Filed, in the order of ComplaintReasons
	Upheld    Cell         `json:"upheld"`   // of Decided, as are all below
	Partly    Cell         `json:"partly"`   // upheld
	Not       Cell         `json:"not"`      // upheld
	Share     int64        `json:"ppm"`      // Upheld and Partly of Decided; 0 where one of them is held back
	Within1   Cell         `json:"within_1"` // working days, as for Speed
	Within3   Cell         `json:"within_3"`
	Over3     Cell         `json:"over_3"`
}

// ReasonCell is how many complaints gave a reason.
type ReasonCell struct {
	Reason complaint.Reason `json:"reason"`
	Filed  Cell             `json:"filed"`
}

// MoneyFigures are a number of things that money was moved or kept by.
type MoneyFigures struct {
	Number Cell `json:"number"`
	Amount Cell `json:"fen"`
}

// NoticeFigures are the messages that left the portal in a quarter, by text
// message, mail or WeChat, as far as anybody knew when the figures were worked
// out.
type NoticeFigures struct {
	Sent    Cell  `json:"sent"`
	Arrived Cell  `json:"arrived"`
	Taken   Cell  `json:"taken"` // by the provider, and no word since
	Failed  Cell  `json:"failed"`
	Waiting Cell  `json:"waiting"`
	Share   int64 `json:"ppm"` // Arrived of Sent; 0 where one of them is held back
}

// Measures of figure_cases in one statement.
const (
	partFiled   = "filed"
	partDecided = "decided"
)

const complaintsByPart = `
	select measure, name, count(*), count(distinct merchant_id) from (
		select '` + partFiled + `' as measure, '' as name, merchant_id from figure_cases where kind = 'complaint' and filed_on >= $1 and filed_on < $2
		union all select '` + partDecided + `', '', merchant_id from figure_cases where kind = 'complaint' and filed_on >= $1 and filed_on < $2 and speed in ('within_1', 'within_3', 'over_3')
		union all select '` + measureReason + `', reason, merchant_id from figure_cases where kind = 'complaint' and filed_on >= $1 and filed_on < $2
		union all select '` + measureSpeed + `', speed, merchant_id from figure_cases where kind = 'complaint' and filed_on >= $1 and filed_on < $2
		union all select '` + measureFinding + `', finding, merchant_id from figure_cases where kind = 'complaint' and filed_on >= $1 and filed_on < $2 and finding <> ''
	) each_case group by measure, name`

const refundsPaid = `
	select count(*), count(distinct r.merchant_id), coalesce(cast(sum(r.amount_fen) as bigint), 0)
	from refund_proposals r where r.state = 'paid' and r.paid_at >= $1 and r.paid_at < $2`

const requestsStopped = `
	select count(*), count(distinct merchant_id), coalesce(cast(sum(amount_fen) as bigint), 0)
	from gate_requests where state = 'denied' and asked_at >= $1 and asked_at < $2`

const messagesSent = `select count(*), count(distinct merchant_id) from messages where created_at >= $1 and created_at < $2 and channel <> 'inbox' and merchant_id is not null`

const messagesByFate = `
	select ` + fateOf + `, count(*), count(distinct merchant_id)
	from messages where created_at >= $1 and created_at < $2 and channel <> 'inbox' and merchant_id is not null group by 1`

// addComplaints asks for what figures say of complaints, of what came of them, of
// what was stopped, and of what was sent. Days and instants are the quarter's.
func (r *reckoned) addComplaints(b *db.Batch, days, instants []any) {
	r.ByReason, r.BySpeed, r.ByFinding, r.ByFate = map[string]measure{}, map[string]measure{}, map[string]measure{}, map[string]measure{}
	b.Add(complaintsByPart, days, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var part, name string
			var m measure
			if err := rows.Scan(&part, &name, &m.Lines, &m.Merchants); err != nil {
				return err
			}
			switch part {
			case partFiled:
				r.Filed = m
			case partDecided:
				r.Decided = m
			case measureReason:
				r.ByReason[name] = m
			case measureSpeed:
				r.BySpeed[name] = m
			case measureFinding:
				r.ByFinding[name] = m
			}
			return nil
		})
	})
	b.Add(refundsPaid, instants, func(rows db.Rows) error {
		return db.First(rows, &r.Refunds.Lines, &r.Refunds.Merchants, &r.Refunds.TooMuch)
	})
	b.Add(requestsStopped, instants, func(rows db.Rows) error {
		return db.First(rows, &r.Stopped.Lines, &r.Stopped.Merchants, &r.Stopped.TooMuch)
	})
	b.Add(messagesSent, instants, func(rows db.Rows) error { return db.First(rows, &r.Sent.Lines, &r.Sent.Merchants) })
	b.Add(messagesByFate, instants, func(rows db.Rows) error { return readParts(rows, r.ByFate) })
}

// complaints shows the complaints of a quarter. They are sums within sums: what
// makes up one that is held back is held back with it, so that no row of tables
// gives away what another hides. No part belongs to two sums but those that are
// decided, which are a part of all, and a sum of two kinds of parts.
func (r *reckoned) complaints() *ComplaintFigures {
	const decided = 0
	parts := []measure{r.Decided, r.BySpeed[string(Withdrawn)], r.BySpeed[string(Open)]}
	held, all := holdBack(r.Filed, parts, decided)
	f := &ComplaintFigures{
		Filed: cellOf(r.Filed.Lines, all), Decided: cellOf(r.Decided.Lines, held[decided]), Withdrawn: cellOf(parts[1].Lines, held[1]), Open: cellOf(parts[2].Lines, held[2]),
	}
	var reasons []measure
	for _, reason := range ComplaintReasons {
		reasons = append(reasons, r.ByReason[string(reason)])
	}
	for i, c := range cells(r.Filed, reasons, all) {
		f.Reasons = append(f.Reasons, ReasonCell{ComplaintReasons[i], c})
	}
	findings := cells(r.Decided, []measure{r.ByFinding[string(complaint.Upheld)], r.ByFinding[string(complaint.PartlyUpheld)], r.ByFinding[string(complaint.NotUpheld)]}, held[decided])
	f.Upheld, f.Partly, f.Not = findings[0], findings[1], findings[2]
	if !f.Decided.Held && f.Decided.Value > 0 && !f.Upheld.Held && !f.Partly.Held {
		f.Share = (f.Upheld.Value + f.Partly.Value) * 1_000_000 / f.Decided.Value
	}
	speeds := cells(r.Decided, []measure{r.BySpeed[string(WithinOne)], r.BySpeed[string(WithinThree)], r.BySpeed[string(OverThree)]}, held[decided])
	f.Within1, f.Within3, f.Over3 = speeds[0], speeds[1], speeds[2]
	return f
}

// cells shows the parts of a sum, or holds back all there are of them where the
// sum is held back.
func cells(sum measure, parts []measure, all bool) []Cell {
	held, _ := holdBack(sum, parts, -1)
	shown := make([]Cell, len(parts))
	for i, p := range parts {
		shown[i] = cellOf(p.Lines, held[i] || all && p.Merchants > 0)
	}
	return shown
}

func moneyOf(m measure) *MoneyFigures {
	return &MoneyFigures{cellOf(m.Lines, m.small()), cellOf(m.TooMuch, m.small())}
}

func (r *reckoned) notices() *NoticeFigures {
	parts := []measure{r.ByFate[NoticeArrived], r.ByFate[NoticeTaken], r.ByFate[NoticeFailed], r.ByFate[NoticeWaiting]}
	held, all := holdBack(r.Sent, parts, -1)
	n := &NoticeFigures{
		Sent: cellOf(r.Sent.Lines, all), Arrived: cellOf(parts[0].Lines, held[0]), Taken: cellOf(parts[1].Lines, held[1]),
		Failed: cellOf(parts[2].Lines, held[2]), Waiting: cellOf(parts[3].Lines, held[3]),
	}
	if !n.Sent.Held && !n.Arrived.Held && n.Sent.Value > 0 {
		n.Share = n.Arrived.Value * 1_000_000 / n.Sent.Value
	}
	return n
}
