package complaint

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Known is what evidence says, to be shown. What it says nothing of is zero.
type Known struct {
	Rules          string         // version of the fee rules
	Kind           deduction.Kind // of the line; empty: not kept
	Ref            string         // of the line, by the core system
	Item           fee.Item
	On             date.Date
	Amount         money.Fen
	Refunded       money.Fen
	State          fee.State
	Origin         string
	JudgedAt       time.Time
	Verdict        fee.Decision
	Reasons        string // codes, joined by spaces
	Expected       money.Fen
	Case           *fee.Case           // what the verdict rests on; nil: nothing was judged
	Told           []Told              // notices that announced it before it was taken, the earliest first
	Settled        *Settled            // the day that it was taken from; nil: none was known
	Sales          int                 // of the terminal on the line's day; 0: none, or not kept
	InactiveReason string              // of the terminal: returned, lost, unbound or broken; empty: it was in use, or that was not kept
	Carrier        string              // of its SIM; empty: none, or not kept
	Own            []deduction.OwnHold // of the gate
	Agreements     []Agreed            // of a terminal
	Sent           []Sent              // of a letter
}

// Told is a notice that announced a deduction.
type Told struct {
	Channel string
	At      time.Time // when it reached the merchant
}

// Settled is a day's sales and what was left of them.
type Settled struct {
	On      date.Date
	Sales   money.Fen // what customers paid
	Fees    money.Fen // all that was taken
	PaidOut money.Fen
}

// ToldOf returns the notice that the rules counted, as it was sent; nil: none.
func (k *Known) ToldOf(n *fee.Notice) *Told {
	if n == nil {
		return nil
	}
	for i := range k.Told {
		if t := (toldText{Channel: k.Told[i].Channel, At: k.Told[i].At}); t.standsFor(n) {
			return &k.Told[i]
		}
	}
	return nil
}

// Untold reports whether a notice was needed before the deduction, and none was
// found in time.
func (k *Known) Untold() bool { return hasWord(k.Reasons, fee.NoticeMissing.String()) }

// Agreed is a fee of a terminal's.
type Agreed struct {
	Plan       string
	Since      date.Date
	Until      date.Date // zero: it goes on
	Version    int       // that was accepted; 0: none
	AcceptedOn date.Date
	Via        string
}

// Sent is a message of a letter's.
type Sent struct {
	Channel, State string
	At             time.Time
}

// readKnown reads what evidence says.
func readKnown(facts []byte) (k Known, err error) {
	var s struct {
		snapshot
		Case json.RawMessage `json:"case"` // in place of the snapshot's
	}
	if err = json.Unmarshal(facts, &s); err == nil && len(s.Case) > 0 {
		k.Case, err = fee.ParseCase(s.Case)
	}
	if err != nil {
		return k, fmt.Errorf("complaint: evidence: %w", err)
	}
	k.Rules = s.Rules
	if l := s.Line; l != nil {
		k.Kind, k.Ref, k.Item, k.On, k.Amount, k.Refunded, k.State, k.Origin, k.JudgedAt = l.Kind, l.Ref, l.Item, l.On, l.Amount, l.Refunded, l.State, l.Origin, l.JudgedAt
	}
	if v := s.Verdict; v != nil {
		k.Verdict, k.Reasons, k.Expected = v.Decision, v.Reasons, v.Expected
	}
	if d := s.Settlement; d != nil {
		k.Settled = &Settled{d.On, d.Card.Plus(d.QR), d.CardFee.Plus(d.QRFee).Plus(d.PayoutFee).Plus(d.OtherFee), d.PaidOut}
		if d.On == k.On {
			k.Sales = int(d.CardCount + d.QRCount)
		}
	}
	if t := s.Terminal; t != nil {
		k.InactiveReason, k.Carrier = t.InactiveReason, t.Carrier
	}
	k.Own = s.Own
	if s.Format < 2 && k.Case != nil && s.Verdict != nil {
		s.Notices = toldBefore(s.Notices, k.Case, s.Verdict.Cycle)
	}
	for _, n := range s.Notices {
		k.Told = append(k.Told, Told{n.Channel, n.At})
	}
	for _, a := range s.Agreements {
		k.Agreements = append(k.Agreements, Agreed{a.Plan, a.AnchorOn, a.Cancelled, a.Version, a.AcceptedOn, a.Via})
	}
	for _, m := range s.Messages {
		k.Sent = append(k.Sent, Sent{m.Channel, m.State, m.At})
	}
	return k, nil
}
