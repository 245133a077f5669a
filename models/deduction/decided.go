package deduction

import (
	"encoding/json"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Decided is a decision of the gate with all that it was made on, as it is kept
// for ever.
type Decided struct {
	Case *fee.Case
	Own  []OwnHold
	Day  *AgentDay // of the terminal's agent; nil: there is none, or nothing to compare it with
}

// OwnHold is a hold of the gate's own: a reason that no rule about one deduction
// gives.
type OwnHold struct {
	Code   string     `json:"code"`
	Waived bool       `json:"waived,omitempty"` // people looked at it and lifted it
	Batch  *BatchBand `json:"batch,omitempty"`
	Day    *AgentDay  `json:"day,omitempty"`
}

// OwnSpike is the hold of a deduction with which its agent has far more of a plan
// taken in a day than before.
const OwnSpike = "spike"

// AgentDay is how many deductions of a plan an agent's terminals had on a day, and
// how many were expected by the days before it.
type AgentDay struct {
	Agent      string    `json:"agent"`
	On         date.Date `json:"on"`
	Deductions int64     `json:"deductions"` // this one included
	Most       int64     `json:"most"`       // that were expected
	Usual      int64     `json:"usual"`
	Spread     int64     `json:"spread"` // how far days lie from what is usual
	Days       int       `json:"days"`   // that it was compared with
}

// Holds reports whether there are no more than were expected.
func (d *AgentDay) Holds() bool { return d.Deductions <= d.Most }

// OwnBatchBand is the hold of a whole batch that is unlike those before it.
const OwnBatchBand = "batch_band"

// BatchBand is what a batch came to, and what batches like it came to before:
// what is expected lies between Low and High, both included.
type BatchBand struct {
	Batches int      `json:"batches"` // that it was compared with
	Count   Band     `json:"count"`
	Total   Band     `json:"total_fen"`
	Denied  Band     `json:"denied_ppm"` // share of those denied
	Outside []string `json:"outside"`    // which of the three: count, total, denied
}

// Band is a figure and where it was expected to lie.
type Band struct {
	Got  int64 `json:"got"`
	Low  int64 `json:"low"`
	High int64 `json:"high"`
}

// Holds reports whether the figure lies where it was expected.
func (b Band) Holds() bool { return b.Got >= b.Low && b.Got <= b.High }

// decidedForm is the form that Decided is written in.
const decidedForm = 1

type decidedText struct {
	Form int             `json:"form"`
	Case json.RawMessage `json:"case"`
	Own  []OwnHold       `json:"own,omitempty"`
	Day  *AgentDay       `json:"day,omitempty"`
}

// MarshalJSON writes the decision's facts in their present form.
func (d *Decided) MarshalJSON() ([]byte, error) {
	c, err := json.Marshal(d.Case)
	if err != nil {
		return nil, err
	}
	return json.Marshal(decidedText{Form: decidedForm, Case: c, Own: d.Own, Day: d.Day})
}

// ParseDecided reads a decision's facts in any form that they were ever written
// in.
func ParseDecided(text []byte) (*Decided, error) {
	var from decidedText
	if err := json.Unmarshal(text, &from); err != nil {
		return nil, fmt.Errorf("deduction: a decision of the gate: %w", err)
	}
	if from.Form != decidedForm {
		return nil, fmt.Errorf("deduction: a decision of the gate in form %d, which is not known here", from.Form)
	}
	c, err := fee.ParseCase(from.Case)
	if err != nil {
		return nil, fmt.Errorf("deduction: a decision of the gate: %w", err)
	}
	return &Decided{Case: c, Own: from.Own, Day: from.Day}, nil
}

// latestDecision reads the facts of the gate's latest decision on the merchant's
// line: $1 and $2.
const latestDecision = `select g.facts from gate_decisions g where g.merchant_id = $1 and g.deduction_id = $2
	and exists (select 1 from bill_lines l where l.merchant_id = $1 and l.id = $2 and l.gate = 1) order by g.number desc limit 1`

func (q *detailPageQuery) readDecision(rows db.Rows) error {
	return db.Each(rows, func() error {
		var facts string
		if err := rows.Scan(&facts); err != nil {
			return err
		}
		var err error
		q.page.Decided, err = ParseDecided([]byte(facts))
		return err
	})
}
