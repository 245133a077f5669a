package complaint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
)

// Evidence is what was known of a case's subject at a moment.
type Evidence struct {
	Number int
	At     time.Time
	Hash   string // SHA-256 of Facts, in hexadecimal
	Facts  []byte // a JSON object
}

// Known reads what the evidence says.
func (e *Evidence) Known() (Known, error) { return readKnown(e.Facts) }

// snapshotFormat is the form that evidence is written in. In the first one a line
// had neither its kind nor anything of its terminal, a settlement no counts, and
// the notices were those of our own letters alone, whenever they were sent.
const snapshotFormat = 2

// snapshot is what evidence says. It names nobody's phone or address.
type snapshot struct {
	Format      int                 `json:"format"`
	Rules       string              `json:"rules,omitempty"` // version of the fee rules
	Line        *lineText           `json:"line,omitempty"`
	Verdict     *verdictText        `json:"verdict,omitempty"`
	Case        *fee.Case           `json:"case,omitempty"` // every fact that the verdict rests on, acceptances and notices included
	Calculation []fee.CalcLine      `json:"calculation,omitempty"`
	Checks      []fee.Group         `json:"checks,omitempty"`
	Notices     []toldText          `json:"notices,omitempty"` // that announced it before it was taken
	Own         []deduction.OwnHold `json:"own_holds,omitempty"`
	Settlement  *settlementText     `json:"settlement,omitempty"`
	Terminal    *terminalText       `json:"terminal,omitempty"` // the subject, or the line's
	Agreements  []agreementText     `json:"agreements,omitempty"`
	Messages    []messageText       `json:"messages,omitempty"`
}

type lineText struct {
	ID            string         `json:"id"`
	Kind          deduction.Kind `json:"kind,omitempty"`
	Ref           string         `json:"ref,omitempty"`
	Item          fee.Item       `json:"item"`
	PlanID        int64          `json:"plan_id,omitempty"`
	On            date.Date      `json:"on"`
	At            time.Time      `json:"at"`
	Amount        money.Fen      `json:"amount_fen"`
	Refunded      money.Fen      `json:"refunded_fen"`
	State         fee.State      `json:"state"`
	Origin        string         `json:"origin"`
	OrderRef      string         `json:"order_ref,omitempty"`
	SettlementRef string         `json:"settlement_ref,omitempty"`
	PeriodFrom    date.Date      `json:"period_from,omitzero"`
	JudgedAt      time.Time      `json:"judged_at"`
}

type verdictText struct {
	Decision fee.Decision `json:"decision"`
	Reasons  string       `json:"reasons"` // codes, joined by spaces
	Expected money.Fen    `json:"expected_fen"`
	Version  int          `json:"version,omitempty"`
	Cycle    int          `json:"cycle,omitempty"`
	From     date.Date    `json:"from,omitzero"`
	To       date.Date    `json:"to,omitzero"`
}

type toldText struct {
	Letter  string    `json:"letter,omitempty"` // of ours; the others came from the core system
	Channel string    `json:"channel"`
	At      time.Time `json:"at"` // when it reached the merchant
}

type settlementText struct {
	Ref       string    `json:"ref"`
	On        date.Date `json:"on"`
	CardCount int64     `json:"card_count,omitempty"`
	Card      money.Fen `json:"card_fen"`
	CardFee   money.Fen `json:"card_fee_fen"`
	QRCount   int64     `json:"qr_count,omitempty"`
	QR        money.Fen `json:"qr_fen"`
	QRFee     money.Fen `json:"qr_fee_fen"`
	PayoutFee money.Fen `json:"payout_fee_fen"`
	OtherFee  money.Fen `json:"other_fee_fen"`
	PaidOut   money.Fen `json:"paid_out_fen"`
}

type terminalText struct {
	SN             string    `json:"sn"`
	ActivatedOn    date.Date `json:"activated_on,omitzero"`
	InactiveFrom   date.Date `json:"inactive_from,omitzero"`
	InactiveReason string    `json:"inactive_reason,omitempty"`
	ReportedGoneOn date.Date `json:"reported_gone_on,omitzero"`
	Carrier        string    `json:"carrier,omitempty"` // of its SIM
}

type agreementText struct {
	Plan       string    `json:"plan"`
	AnchorOn   date.Date `json:"anchor_on"`
	Cancelled  date.Date `json:"cancelled_on,omitzero"`
	Version    int       `json:"version,omitempty"`
	AcceptedOn date.Date `json:"accepted_on,omitzero"`
	Via        string    `json:"via,omitempty"`
}

type messageText struct {
	ID      string    `json:"id"`
	Channel string    `json:"channel"`
	Subject string    `json:"subject,omitempty"`
	Hash    string    `json:"content_hash,omitempty"`
	At      time.Time `json:"at"`
	State   string    `json:"state"`
}

// attach keeps what is known of the case's subject now.
func (c *Cases) attach(ctx context.Context, tx *db.Tx, h *head, at time.Time) error {
	s, err := c.look(ctx, tx, h, at)
	if err != nil || s == nil {
		return err
	}
	facts, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(facts)
	_, err = tx.Exec(ctx, `
		insert into case_evidence (case_id, number, merchant_id, at, hash, facts)
		select $1, 1 + count(*), $2, $3, $4, $5 from case_evidence where merchant_id = $2 and case_id = $1`,
		h.id, h.merchantID, at, hex.EncodeToString(sum[:]), string(facts))
	return err
}

// look reads what is known of a case's subject, or nil where it has none.
func (c *Cases) look(ctx context.Context, r db.Reader, h *head, at time.Time) (*snapshot, error) {
	switch h.about.Subject {
	case OfDeduction:
		p, err := deduction.ReadDetailPage(ctx, r, c.plans(), c.policy(), h.merchantID, h.about.Ref, date.Of(at))
		if err != nil {
			return nil, err
		}
		return lineSnapshot(p), nil
	case OfTerminal:
		return terminalSnapshot(ctx, r, h.merchantID, h.about.TerminalID)
	case OfNotice:
		return noticeSnapshot(ctx, r, h.merchantID, h.about.Ref)
	}
	return nil, nil
}

func lineSnapshot(p *deduction.DetailPage) *snapshot {
	l, v, t := &p.Line, &p.Line.Verdict, &p.Terminal
	s := &snapshot{
		Format: snapshotFormat, Rules: fee.RulesVersion, Case: p.Case, Calculation: p.Explanation.Lines, Checks: p.Explanation.Groups[:],
		Line: &lineText{
			ID: l.ID, Kind: l.Kind, Ref: p.Ref, Item: l.Item, PlanID: l.PlanID, On: l.On, At: l.At, Amount: l.Amount, Refunded: l.Refunded, State: l.State, Origin: l.Origin,
			OrderRef: l.OrderRef, SettlementRef: l.SettlementRef, PeriodFrom: l.PeriodFrom, JudgedAt: p.JudgedAt,
		},
		Verdict:  &verdictText{v.Decision, v.Reasons.String(), v.Expected, v.Version, v.Cycle.Index, v.Cycle.From, v.Cycle.To},
		Terminal: &terminalText{t.SN, t.ActivatedOn, t.InactiveFrom, t.InactiveReason, t.ReportedGoneOn, t.Carrier},
	}
	if p.Decided != nil {
		s.Own = p.Decided.Own
	}
	for _, a := range p.Announcements {
		s.Notices = append(s.Notices, toldText{a.LetterID, a.Channel, a.At})
	}
	s.Notices = toldBefore(s.Notices, p.Case, v.Cycle.Index)
	if d := p.Settlement; d != nil {
		s.Settlement = &settlementText{d.Ref, d.On, d.CardCount, d.Card, d.CardFee, d.QRCount, d.QR, d.QRFee, d.PayoutFee, d.OtherFee, d.PaidOut}
	}
	return s
}

// toldBefore returns which notices of a cycle came before its deduction was asked
// for, the earliest first: of our own letters, as they were sent, and of those that
// the rules know from elsewhere.
func toldBefore(sent []toldText, c *fee.Case, cycle int) (before []toldText) {
	at := c.Request.At
	for _, n := range sent {
		if n.At.Before(at) {
			before = append(before, n)
		}
	}
	for _, n := range c.Notices {
		if cycle == 0 || n.Cycle != cycle || !n.DeliveredAt.Before(at) || slices.ContainsFunc(before, func(t toldText) bool { return t.standsFor(&n) }) {
			continue
		}
		before = append(before, toldText{Channel: n.Channel, At: n.DeliveredAt})
	}
	slices.SortStableFunc(before, func(a, b toldText) int { return a.At.Compare(b.At) })
	return before
}

// standsFor reports whether a letter of ours is what the rules know as a notice:
// one that lay in the portal counts days after it was put there.
func (t *toldText) standsFor(n *fee.Notice) bool {
	return t.Channel == n.Channel && (t.At.Equal(n.DeliveredAt) || t.Channel == string(notice.Inbox) && t.At.Before(n.DeliveredAt))
}

func terminalSnapshot(ctx context.Context, r db.Reader, merchantID, terminalID int64) (*snapshot, error) {
	t := &terminalText{}
	s := &snapshot{Format: snapshotFormat, Terminal: t}
	b := db.NewBatch()
	b.Add(`select sn, activated_on, inactive_from, inactive_reason, reported_gone_on from terminals where merchant_id = $1 and id = $2`,
		[]any{merchantID, terminalID}, func(rows db.Rows) error {
			return db.First(rows, &t.SN, &t.ActivatedOn, &t.InactiveFrom, (*db.Text)(&t.InactiveReason), &t.ReportedGoneOn)
		})
	b.Add(`
		select p.code, e.anchor_on, e.cancelled_on, a.version, a.accepted_on, a.via
		from terminals t join enrolments e on e.terminal_id = t.id join plans p on p.id = e.plan_id left join acceptances a on a.enrolment_id = e.id
		where t.merchant_id = $1 and t.id = $2 order by e.id, a.id`, []any{merchantID, terminalID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a agreementText
			var version *int
			var via db.Text
			err := rows.Scan(&a.Plan, &a.AnchorOn, &a.Cancelled, &version, &a.AcceptedOn, &via)
			a.Version, a.Via = orZero(version), string(via)
			s.Agreements = append(s.Agreements, a)
			return err
		})
	})
	return s, r.Read(ctx, b)
}

func noticeSnapshot(ctx context.Context, r db.Reader, merchantID int64, letterID string) (*snapshot, error) {
	s := &snapshot{Format: snapshotFormat}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m messageText
			var at db.Time
			err := rows.Scan(&m.ID, &m.Channel, &m.Subject, &m.Hash, &at, &m.State)
			m.At = at.Time
			s.Messages = append(s.Messages, m)
			return err
		})
	}, `select id, channel, subject, content_hash, created_at, state from messages where merchant_id = $1 and letter_id = $2 order by created_at, id`, merchantID, letterID)
	return s, err
}

// resolve finds what a case is about, which has to be the merchant's.
func resolve(ctx context.Context, r db.Reader, plans *disclosure.Plans, merchantID int64, s Subject, ref string, item fee.Item) (About, error) {
	a := About{Subject: s, Ref: ref}
	var terminalID, planID *int64
	var cycle *int
	var err error
	switch s {
	case OfDeduction:
		err = r.QueryRow(ctx, `select terminal_id, plan_id, item, cycle_index from bill_lines where merchant_id = $1 and id = $2`, merchantID, ref).
			Scan(&terminalID, &planID, &a.Item, &cycle)
	case OfTerminal:
		a.Item = item
		err = r.QueryRow(ctx, `select id from terminals where merchant_id = $1 and sn = $2`, merchantID, ref).Scan(&terminalID)
	case OfNotice:
		var n int
		var one struct{ terminal, plan, cycle int64 }
		err = r.QueryRow(ctx, `
			select count(n.merchant_id), coalesce(min(n.terminal_id), 0), coalesce(min(n.plan_id), 0), coalesce(min(n.cycle), 0)
			from letters l left join notices n on n.letter_id = l.id where l.merchant_id = $1 and l.id = $2 group by l.id`, merchantID, ref).
			Scan(&n, &one.terminal, &one.plan, &one.cycle)
		if n == 1 && one.terminal != 0 {
			a.TerminalID, a.PlanID, a.Cycle = one.terminal, one.plan, int(one.cycle)
			if plan := plans.Fee(one.plan); plan != nil {
				a.Item = plan.Item
			}
		}
	default:
		return About{Subject: OfNothing}, nil
	}
	if db.NotFound(err) {
		return a, fault.New(fault.NotFound, "case.subject_not_found")
	}
	if terminalID != nil {
		a.TerminalID, a.PlanID, a.Cycle = *terminalID, orZero(planID), orZero(cycle)
	}
	return a, err
}
