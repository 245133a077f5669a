package report

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// reckoned is what was counted of a quarter, before anything is held back.
type reckoned struct {
	From      date.Date            `json:"from"`
	To        date.Date            `json:"to"`
	DataAsOf  time.Time            `json:"data_as_of"`
	CheckedAt time.Time            `json:"checked_at"`
	Lines     measure              `json:"lines"`
	Wrong     measure              `json:"wrong"`
	ByKind    map[lineKind]measure `json:"by_kind"`
	Returned  measure              `json:"returned"` // TooMuch is what was given back
	Versions  []NewVersion         `json:"versions"`
	Asked     measure              `json:"asked"` // Lines are merchants too
	ByAnswer  map[string]measure   `json:"by_answer"`
	Gone      measure              `json:"gone"` // Lines are reports
	ByDelay   map[string]measure   `json:"by_delay"`
	Filed     measure              `json:"filed"` // Lines are complaints, here and in the next four
	Decided   measure              `json:"decided"`
	ByReason  map[string]measure   `json:"by_reason"`
	BySpeed   map[string]measure   `json:"by_speed"`
	ByFinding map[string]measure   `json:"by_finding"`
	Refunds   measure              `json:"refunds"` // Lines are refunds, TooMuch is what was paid
	Stopped   measure              `json:"stopped"` // Lines are requests, TooMuch is what they asked for
	Sent      measure              `json:"sent"`    // Lines are messages
	ByFate    map[string]measure   `json:"by_fate"`
}

// show holds back what few merchants stand behind.
func (r *reckoned) show() Figures {
	f := Figures{From: r.From, To: r.To, DataAsOf: r.DataAsOf, CheckedAt: r.CheckedAt, Versions: r.Versions}
	const wrong = 3
	parts := []measure{r.ByKind[kindAgreed], r.ByKind[kindUnchecked], r.ByKind[kindDoubt], r.Wrong}
	held, all := holdBack(r.Lines, parts, wrong)
	f.Lines, f.Agreed, f.Unchecked, f.Doubt = cellOf(r.Lines.Lines, all), cellOf(parts[0].Lines, held[0]), cellOf(parts[1].Lines, held[1]), cellOf(parts[2].Lines, held[2])
	f.Wrong, f.TooMuch = cellOf(r.Wrong.Lines, held[wrong]), cellOf(r.Wrong.TooMuch, held[wrong])
	if !f.Lines.Held && !f.Agreed.Held && r.Lines.Lines > 0 {
		f.Share = f.Agreed.Value * 1_000_000 / f.Lines.Value
	}
	f.Returned = cellOf(r.Returned.TooMuch, r.Returned.small() || held[wrong])
	f.Faults = r.faults(held[wrong])
	f.Changes = r.changes()
	f.Gone = r.gone()
	f.Complaints, f.Refunds, f.Stopped, f.Notices = r.complaints(), moneyOf(r.Refunds), moneyOf(r.Stopped), r.notices()
	return f
}

// faults shows what was wrong. Where their sum is held back, so is each of them:
// it could be added up.
func (r *reckoned) faults(all bool) []Fault {
	parts := make([]measure, len(FaultKinds))
	for i, kind := range FaultKinds {
		parts[i] = r.ByKind[lineKind(kind)]
	}
	held, _ := holdBack(r.Wrong, parts, -1)
	faults := make([]Fault, len(parts))
	for i, p := range parts {
		hold := held[i] || all && p.Merchants > 0
		faults[i] = Fault{FaultKinds[i], cellOf(p.Lines, hold), cellOf(p.TooMuch, hold)}
	}
	return faults
}

func (r *reckoned) changes() ChangeFigures {
	parts := []measure{r.ByAnswer[answeredYes], r.ByAnswer[answeredNo], r.ByAnswer[unanswered]}
	held, all := holdBack(r.Asked, parts, -1)
	return ChangeFigures{
		cellOf(r.Asked.Lines, all), cellOf(parts[0].Lines, held[0]), cellOf(parts[1].Lines, held[1]), cellOf(parts[2].Lines, held[2]),
	}
}

func (r *reckoned) gone() GoneFigures {
	parts := []measure{r.ByDelay[delayNone], r.ByDelay[delayLong], r.ByDelay[delayOpen]}
	held, all := holdBack(r.Gone, parts, -1)
	return GoneFigures{
		cellOf(r.Gone.Lines, all), cellOf(parts[0].Lines, held[0]), cellOf(parts[1].Lines, held[1]), cellOf(parts[2].Lines, held[2]), AnsweredWithin,
	}
}
