package complaint

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Known is what evidence says, to be shown. What it says nothing of is zero.
type Known struct {
	Rules      string // version of the fee rules
	Ref        string // of the line, by the core system
	Item       fee.Item
	On         date.Date
	Amount     money.Fen
	Refunded   money.Fen
	State      fee.State
	Origin     string
	JudgedAt   time.Time
	Verdict    fee.Decision
	Reasons    string // codes, joined by spaces
	Expected   money.Fen
	Case       *fee.Case // what the verdict rests on; nil: nothing was judged
	Told       []Told    // notices that announced it and count
	Paid       money.Fen // paid out in the settlement that it was taken from
	SettledOn  date.Date // zero: no settlement is known
	Agreements []Agreed  // of a terminal
	Sent       []Sent    // of a letter
}

// Told is a notice that announced a deduction.
type Told struct {
	Channel string
	At      time.Time
}

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
		k.Ref, k.Item, k.On, k.Amount, k.Refunded, k.State, k.Origin, k.JudgedAt = l.Ref, l.Item, l.On, l.Amount, l.Refunded, l.State, l.Origin, l.JudgedAt
	}
	if v := s.Verdict; v != nil {
		k.Verdict, k.Reasons, k.Expected = v.Decision, v.Reasons, v.Expected
	}
	if d := s.Settlement; d != nil {
		k.Paid, k.SettledOn = d.PaidOut, d.On
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
