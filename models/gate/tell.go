package gate

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/webhook"
)

// told is what other systems are told of a deduction. Who asked and why, which
// people wrote, is not.
type told struct {
	ID        string     `json:"id"`
	Ref       string     `json:"ref"`
	Item      string     `json:"item"`
	Amount    money.Fen  `json:"amount_fen"`
	At        time.Time  `json:"at"`
	State     string     `json:"state"`
	Cycle     int        `json:"cycle,omitempty"`
	Reasons   []string   `json:"reasons,omitempty"` // the rules that fired when it was last judged
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Batch     string     `json:"batch,omitempty"`
	Back      *money.Fen `json:"given_back_fen,omitempty"` // by this step
	Refunded  money.Fen  `json:"refunded_fen,omitempty"`   // by all of them
}

// kindOf holds of which kind the event is that tells of a step.
var kindOf = map[string]webhook.Kind{
	"authorized": webhook.DeductionAuthorized,
	"held":       webhook.DeductionHeld,
	"denied":     webhook.DeductionDenied,
	"released":   webhook.DeductionReleased,
	"voided":     webhook.DeductionVoided,
	"expired":    webhook.DeductionVoided,
	"posted":     webhook.DeductionPosted,
	"reversed":   webhook.DeductionReversed,
	"refunded":   webhook.DeductionRefunded,
	"ungated":    webhook.DeductionUngated,
}

// event tells of a step.
func (r *row) event(now time.Time, s step) webhook.Event {
	t := told{
		ID: r.ID, Ref: r.Ref, Item: string(r.Item), Amount: r.Amount, At: r.At, State: string(r.State), Cycle: r.Cycle, Reasons: strings.Fields(r.latest.reasons),
		Batch: r.BatchID, Back: s.amount, Refunded: r.Refunded,
	}
	if s.name == "authorized" || s.name == "released" {
		t.ExpiresAt = &r.ExpiresAt
	}
	return webhook.Event{Kind: kindOf[s.name], Subject: r.ID, At: now, MerchantID: r.MerchantID, TerminalID: r.TerminalID, PlanID: r.PlanID, Data: t}
}

// tell tells other systems of a step.
func (r *row) tell(ctx context.Context, tx *db.Tx, now time.Time, s step) error {
	return webhook.Publish(ctx, tx, r.event(now, s))
}
