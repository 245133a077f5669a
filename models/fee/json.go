package fee

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// The shapes below are the interchange form of a case and its answer, one JSON
// object each. A fact that is null or left out is absent.

type caseJSON struct {
	Policy    *policyJSON    `json:"policy"`
	Plan      *planJSON      `json:"plan"`
	Enrolment *enrolmentJSON `json:"enrolment"`
	Terminal  struct {
		ActivatedOn    date.Date `json:"activated_on"`
		InactiveFrom   date.Date `json:"inactive_from"`
		ReportedGoneOn date.Date `json:"reported_gone_on"`
		Replaces       *struct {
			SN          string    `json:"sn"`
			PaidThrough date.Date `json:"paid_through"`
		} `json:"replaces"`
	} `json:"terminal"`
	Merchant struct {
		ClosedOn date.Date `json:"closed_on"`
	} `json:"merchant"`
	History  []entryJSON   `json:"history"`
	Notices  []noticeJSON  `json:"notices"`
	Disputes []disputeJSON `json:"disputes"`
	Request  *requestJSON  `json:"request"`
}

type policyJSON struct {
	NoticeHours    *int `json:"notice_hours"`
	NoticeMaxDays  *int `json:"notice_max_days"`
	DisclosureDays *int `json:"disclosure_days"`
}

type planJSON struct {
	Code     string        `json:"code"`
	Item     Item          `json:"item"`
	Method   Method        `json:"method"`
	Cap12m   money.Fen     `json:"cap_12m_fen"`
	Versions []versionJSON `json:"versions"`
}

type versionJSON struct {
	Version        int        `json:"version"`
	PublishedOn    date.Date  `json:"published_on"`
	EffectiveOn    date.Date  `json:"effective_on"`
	DisclosureDays *int       `json:"disclosure_days"`
	Price          *priceJSON `json:"price"`
}

type priceJSON struct {
	Kind        Kind        `json:"kind"`
	Amount      *money.Fen  `json:"amount_fen"`
	CycleMonths int         `json:"cycle_months"`
	FreeDays    int         `json:"free_days"`
	FreeMonths  int         `json:"free_months"`
	Idle        Idle        `json:"idle"`
	Rate        *money.Rate `json:"ppm"`
	Min         money.Fen   `json:"min_fen"`
	Cap         money.Fen   `json:"cap_fen"`
}

type enrolmentJSON struct {
	AnchorOn    date.Date        `json:"anchor_on"`
	Accepted    []acceptanceJSON `json:"accepted"`
	CancelledOn date.Date        `json:"cancelled_on"`
	OwnLimit    *money.Fen       `json:"own_limit_fen"`
}

type acceptanceJSON struct {
	Version int       `json:"version"`
	On      date.Date `json:"on"`
	Via     string    `json:"via"`
}

type entryJSON struct {
	Cycle    int       `json:"cycle"`
	Amount   money.Fen `json:"amount_fen"`
	On       date.Date `json:"on"`
	State    State     `json:"state"`
	OrderRef string    `json:"order_ref"`
}

type noticeJSON struct {
	Cycle       int        `json:"cycle"`
	Amount      *money.Fen `json:"amount_fen"`
	DeliveredAt *instant   `json:"delivered_at"`
	Channel     string     `json:"channel"`
}

// instant is a moment written after RFC 3339, to the letter: the standard
// library takes an hour of one digit, a comma before the fraction, and zones a
// day away.
type instant struct{ Time time.Time }

var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// UnmarshalText reads the moment.
func (i *instant) UnmarshalText(text []byte) (err error) {
	if !rfc3339.Match(text) {
		return invalid("%q is no moment", text)
	}
	i.Time, err = time.Parse(time.RFC3339, strings.ToUpper(string(text)))
	return err
}

type disputeJSON struct {
	Cycle *int `json:"cycle"`
	Open  bool `json:"open"`
}

type requestJSON struct {
	Amount     *money.Fen `json:"amount_fen"`
	At         *instant   `json:"at"`
	PeriodFrom date.Date  `json:"period_from"`
	Sale       *money.Fen `json:"sale_fen"`
	SaleCount  *int64     `json:"sale_count"`
	Method     Method     `json:"method"`
	SaleNet    *money.Fen `json:"sale_net_fen"`
	OrderRef   string     `json:"order_ref"`
	Origin     string     `json:"origin"`
	Approved   bool       `json:"approved"`
	Waived     []Code     `json:"waived"`
	Replay     bool       `json:"replay"`
}

// ParseCase reads one case. It returns an error wrapping ErrInvalidCase where
// the text is no case or one that can't be.
func ParseCase(text []byte) (*Case, error) {
	var in caseJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, invalid("%v", err)
	}
	c := &Case{Policy: in.Policy.policy()}
	if err := in.fill(c); err != nil {
		return nil, err
	}
	return c, c.validate()
}

func (in *caseJSON) fill(c *Case) error {
	if in.Request == nil || in.Request.Amount == nil || in.Request.At == nil {
		return invalid("a request without its amount or its moment")
	}
	if in.Plan != nil {
		plan, err := in.Plan.plan()
		if err != nil {
			return err
		}
		c.Plan = plan
		if len(c.Plan.Versions) == 0 {
			return invalid("a plan without a version")
		}
	}
	c.Enrolment = in.Enrolment.enrolment()
	c.Terminal = Terminal{
		ActivatedOn:    in.Terminal.ActivatedOn,
		InactiveFrom:   in.Terminal.InactiveFrom,
		ReportedGoneOn: in.Terminal.ReportedGoneOn,
	}
	if old := in.Terminal.Replaces; old != nil {
		c.Terminal.Replaces = &Replaced{SN: old.SN, Paid: []Paid{{Through: old.PaidThrough}}}
	}
	c.Merchant.ClosedOn = in.Merchant.ClosedOn
	for _, e := range in.History {
		c.History = append(c.History, Entry(e))
	}
	for _, n := range in.Notices {
		// A notice that names no amount, or never arrived, announces nothing.
		if n.Amount != nil && n.DeliveredAt != nil {
			c.Notices = append(c.Notices, Notice{Cycle: n.Cycle, Amount: *n.Amount, DeliveredAt: n.DeliveredAt.Time, Channel: n.Channel})
		}
	}
	for _, d := range in.Disputes {
		dispute := Dispute{WholeItem: d.Cycle == nil, Open: d.Open}
		if d.Cycle != nil {
			dispute.Cycle = *d.Cycle
		}
		c.Disputes = append(c.Disputes, dispute)
	}
	r := in.Request
	c.Request = Request{
		Amount: *r.Amount, At: r.At.Time, PeriodFrom: r.PeriodFrom, Sale: r.Sale, SaleCount: r.SaleCount, Method: r.Method,
		SaleNet: r.SaleNet, OrderRef: r.OrderRef, Origin: r.Origin, Approved: r.Approved, Replay: r.Replay,
	}
	for _, code := range r.Waived {
		c.Request.Waived.add(code)
	}
	return nil
}

func (in *policyJSON) policy() Policy {
	p := DefaultPolicy
	if in == nil {
		return p
	}
	for _, f := range []struct {
		from *int
		to   *int
	}{{in.NoticeHours, &p.NoticeHours}, {in.NoticeMaxDays, &p.NoticeMaxDays}, {in.DisclosureDays, &p.DisclosureDays}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return p
}

func (in *planJSON) plan() (Plan, error) {
	p := Plan{Code: in.Code, Item: in.Item, Method: in.Method, Cap12m: in.Cap12m}
	for _, v := range in.Versions {
		if v.Price == nil || v.Price.Amount == nil && v.Price.Kind != PerSale || v.Price.Rate == nil && v.Price.Kind == PerSale {
			return p, invalid("version %d has no price", v.Version)
		}
		price := Price{
			Kind: v.Price.Kind, CycleMonths: v.Price.CycleMonths, FreeDays: v.Price.FreeDays, FreeMonths: v.Price.FreeMonths,
			Idle: v.Price.Idle, Min: v.Price.Min, Cap: v.Price.Cap,
		}
		if v.Price.Amount != nil {
			price.Amount = *v.Price.Amount
		}
		if v.Price.Rate != nil {
			price.Rate = *v.Price.Rate
		}
		p.Versions = append(p.Versions, Version{
			Number: v.Version, PublishedOn: v.PublishedOn, EffectiveOn: v.EffectiveOn, DisclosureDays: v.DisclosureDays, Price: price,
		})
	}
	return p, nil
}

func (in *enrolmentJSON) enrolment() *Enrolment {
	if in == nil {
		return nil
	}
	e := &Enrolment{AnchorOn: in.AnchorOn, CancelledOn: in.CancelledOn, OwnLimit: in.OwnLimit}
	for _, a := range in.Accepted {
		e.Accepted = append(e.Accepted, Acceptance(a))
	}
	return e
}

// Answer is a verdict in its interchange form.
type Answer struct {
	Decision Decision  `json:"decision"`
	Reasons  []Code    `json:"reasons"`
	Expected money.Fen `json:"expected_fen"`
	Version  *int      `json:"version"`
	Cycle    *Span     `json:"cycle"`
}

// Span is a cycle in its interchange form; To is null for one without an end.
type Span struct {
	Index int       `json:"index"`
	From  date.Date `json:"from"`
	To    date.Date `json:"to"`
}

// Answer returns the verdict in its interchange form.
func (v Verdict) Answer() Answer {
	a := Answer{Decision: v.Decision, Reasons: []Code{}, Expected: v.Expected}
	for c := range v.Reasons.All() {
		a.Reasons = append(a.Reasons, c)
	}
	if v.Version > 0 {
		a.Version = &v.Version
	}
	if v.Cycle.Index > 0 {
		a.Cycle = &Span{Index: v.Cycle.Index, From: v.Cycle.From, To: v.Cycle.To}
	}
	return a
}

// UnmarshalText reads a code as the API names it.
func (c *Code) UnmarshalText(text []byte) error {
	code, ok := parseCode(string(text))
	if !ok {
		return invalid("unknown rule %q", text)
	}
	*c = code
	return nil
}
