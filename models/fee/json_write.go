package fee

import (
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// The shapes below write what ParseCase reads, and leave out what is absent.

type caseText struct {
	Policy    policyText     `json:"policy"`
	Plan      *planText      `json:"plan,omitempty"`
	Enrolment *enrolmentText `json:"enrolment,omitempty"`
	Terminal  terminalText   `json:"terminal"`
	Merchant  merchantText   `json:"merchant"`
	History   []entryText    `json:"history,omitempty"`
	Notices   []noticeText   `json:"notices,omitempty"`
	Disputes  []disputeText  `json:"disputes,omitempty"`
	Request   requestText    `json:"request"`
}

type policyText struct {
	NoticeHours    int `json:"notice_hours"`
	NoticeMaxDays  int `json:"notice_max_days"`
	DisclosureDays int `json:"disclosure_days"`
}

type planText struct {
	Code     string        `json:"code,omitempty"`
	Item     Item          `json:"item,omitempty"`
	Method   Method        `json:"method,omitempty"`
	Cap12m   money.Fen     `json:"cap_12m_fen,omitempty"`
	Versions []versionText `json:"versions"`
}

type versionText struct {
	Version        int       `json:"version"`
	PublishedOn    date.Date `json:"published_on"`
	EffectiveOn    date.Date `json:"effective_on"`
	DisclosureDays *int      `json:"disclosure_days,omitempty"`
	Price          priceText `json:"price"`
}

type priceText struct {
	Kind        Kind        `json:"kind"`
	Amount      *money.Fen  `json:"amount_fen,omitempty"`
	CycleMonths int         `json:"cycle_months,omitempty"`
	FreeDays    int         `json:"free_days,omitempty"`
	FreeMonths  int         `json:"free_months,omitempty"`
	Idle        Idle        `json:"idle,omitempty"`
	Rate        *money.Rate `json:"ppm,omitempty"`
	Min         money.Fen   `json:"min_fen,omitempty"`
	Cap         money.Fen   `json:"cap_fen,omitempty"`
}

type enrolmentText struct {
	AnchorOn    date.Date        `json:"anchor_on,omitzero"`
	Accepted    []acceptanceText `json:"accepted,omitempty"`
	CancelledOn date.Date        `json:"cancelled_on,omitzero"`
	OwnLimit    *money.Fen       `json:"own_limit_fen,omitempty"`
}

type acceptanceText struct {
	Version int       `json:"version"`
	On      date.Date `json:"on,omitzero"`
	Via     string    `json:"via,omitempty"`
}

type terminalText struct {
	ActivatedOn    date.Date     `json:"activated_on,omitzero"`
	InactiveFrom   date.Date     `json:"inactive_from,omitzero"`
	ReportedGoneOn date.Date     `json:"reported_gone_on,omitzero"`
	Replaces       *replacedText `json:"replaces,omitempty"`
}

type replacedText struct {
	SN          string    `json:"sn"`
	PaidThrough date.Date `json:"paid_through,omitzero"`
}

type merchantText struct {
	ClosedOn date.Date `json:"closed_on,omitzero"`
}

type entryText struct {
	Cycle    int       `json:"cycle,omitempty"`
	Amount   money.Fen `json:"amount_fen"`
	On       date.Date `json:"on"`
	State    State     `json:"state"`
	OrderRef string    `json:"order_ref,omitempty"`
}

type noticeText struct {
	Cycle       int       `json:"cycle,omitempty"`
	Amount      money.Fen `json:"amount_fen"`
	DeliveredAt time.Time `json:"delivered_at"`
	Channel     string    `json:"channel,omitempty"`
}

type disputeText struct {
	Cycle *int `json:"cycle,omitempty"`
	Open  bool `json:"open"`
}

type requestText struct {
	Amount     money.Fen  `json:"amount_fen"`
	At         time.Time  `json:"at"`
	PeriodFrom date.Date  `json:"period_from,omitzero"`
	Sale       *money.Fen `json:"sale_fen,omitempty"`
	SaleCount  *int64     `json:"sale_count,omitempty"`
	Method     Method     `json:"method,omitempty"`
	SaleNet    *money.Fen `json:"sale_net_fen,omitempty"`
	OrderRef   string     `json:"order_ref,omitempty"`
	Origin     string     `json:"origin"`
	Approved   bool       `json:"approved,omitempty"`
	Waived     []Code     `json:"waived,omitempty"`
	Replay     bool       `json:"replay,omitempty"`
}

// MarshalJSON writes the case so that ParseCase reads one that is answered and
// explained alike. Of what a replaced terminal paid it keeps what counts for the
// request.
func (c *Case) MarshalJSON() ([]byte, error) {
	out := caseText{
		Policy: policyText{c.Policy.NoticeHours, c.Policy.NoticeMaxDays, c.Policy.DisclosureDays}, Plan: c.Plan.text(), Enrolment: c.Enrolment.text(),
		Terminal: terminalText{ActivatedOn: c.Terminal.ActivatedOn, InactiveFrom: c.Terminal.InactiveFrom, ReportedGoneOn: c.Terminal.ReportedGoneOn},
		Merchant: merchantText(c.Merchant), Request: c.Request.text(),
	}
	if old := c.Terminal.Replaces; old != nil {
		out.Terminal.Replaces = &replacedText{old.SN, old.paidThrough(&c.Request)}
	}
	for _, e := range c.History {
		out.History = append(out.History, entryText(e))
	}
	for _, n := range c.Notices {
		out.Notices = append(out.Notices, noticeText{n.Cycle, n.Amount, n.DeliveredAt.UTC(), n.Channel})
	}
	for _, d := range c.Disputes {
		one := disputeText{Open: d.openAt(c.Request.At)}
		if !d.WholeItem {
			one.Cycle = &d.Cycle
		}
		out.Disputes = append(out.Disputes, one)
	}
	return json.Marshal(out)
}

func (p *Plan) text() *planText {
	if p.isAbsent() {
		return nil
	}
	out := &planText{Code: p.Code, Item: p.Item, Method: p.Method, Cap12m: p.Cap12m}
	for i := range p.Versions {
		v := &p.Versions[i]
		price := priceText{
			Kind: v.Price.Kind, CycleMonths: v.Price.CycleMonths, FreeDays: v.Price.FreeDays, FreeMonths: v.Price.FreeMonths,
			Idle: v.Price.Idle, Min: v.Price.Min, Cap: v.Price.Cap,
		}
		if v.Price.Kind == PerSale {
			price.Rate = &v.Price.Rate
		}
		if v.Price.Kind != PerSale || v.Price.Amount != 0 {
			price.Amount = &v.Price.Amount
		}
		out.Versions = append(out.Versions, versionText{v.Number, v.PublishedOn, v.EffectiveOn, v.DisclosureDays, price})
	}
	return out
}

func (e *Enrolment) text() *enrolmentText {
	if e == nil {
		return nil
	}
	out := &enrolmentText{AnchorOn: e.AnchorOn, CancelledOn: e.CancelledOn, OwnLimit: e.OwnLimit}
	for _, a := range e.Accepted {
		out.Accepted = append(out.Accepted, acceptanceText(a))
	}
	return out
}

func (r *Request) text() requestText {
	out := requestText{
		Amount: r.Amount, At: r.At.UTC(), PeriodFrom: r.PeriodFrom, Sale: r.Sale, SaleCount: r.SaleCount, Method: r.Method,
		SaleNet: r.SaleNet, OrderRef: r.OrderRef, Origin: r.Origin, Approved: r.Approved, Replay: r.Replay,
	}
	for code := range r.Waived.All() {
		out.Waived = append(out.Waived, code)
	}
	return out
}

// Verdict reads an answer back; it is the reverse of Verdict.Answer.
func (a *Answer) Verdict() Verdict {
	v := Verdict{Decision: a.Decision, Expected: a.Expected}
	for _, code := range a.Reasons {
		v.Reasons.add(code)
	}
	if a.Version != nil {
		v.Version = *a.Version
	}
	if a.Cycle != nil {
		v.Cycle = Cycle{Index: a.Cycle.Index, From: a.Cycle.From, To: a.Cycle.To}
	}
	return v
}
