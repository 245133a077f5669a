package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/webhook"
)

// toldCase is what other systems are told of a complaint. What people wrote is
// not among it.
type toldCase struct {
	Number    string  `json:"case"`
	Subject   Subject `json:"subject"`
	Deduction string  `json:"deduction,omitempty"` // our id of what it is about
	Ref       string  `json:"ref,omitempty"`       // the core system's number of that
	// Settlement is the core system's number of the settlement in which it was taken.
	Settlement string     `json:"settlement_ref,omitempty"`
	Item       fee.Item   `json:"item,omitempty"`
	Cycle      int        `json:"cycle,omitempty"`
	Reason     Reason     `json:"reason,omitempty"`
	Finding    Finding    `json:"finding,omitempty"`    // of one that is decided
	Amount     *money.Fen `json:"amount_fen,omitempty"` // to be given back
	Refund     string     `json:"refund,omitempty"`     // rp_…: names the refund when it is said that money was given back
}

// publish tells other systems of a step of a complaint. Questions and requests are
// between the merchant and staff.
func (h *head) publish(ctx context.Context, tx *db.Tx, at time.Time, kind webhook.Kind, t toldCase) error {
	if h.kind != Complaint {
		return nil
	}
	t.Number, t.Subject, t.Item, t.Cycle, t.Reason = h.number, h.about.Subject, h.about.Item, h.about.Cycle, h.reason
	if h.about.Subject == OfDeduction && h.about.Ref != "" {
		t.Deduction = h.about.Ref
		err := tx.QueryRow(ctx, `select ref from deductions where merchant_id = $1 and id = $2`, h.merchantID, t.Deduction).Scan(&t.Ref)
		if err != nil && !db.NotFound(err) { // a line of a settlement has none
			return err
		}
		var settlement db.Text
		err = tx.QueryRow(ctx, `select settlement_ref from bill_lines where merchant_id = $1 and id = $2`, h.merchantID, t.Deduction).Scan(&settlement)
		if err != nil && !db.NotFound(err) {
			return err
		}
		t.Settlement = string(settlement)
	}
	return webhook.Publish(ctx, tx, webhook.Event{
		Kind: kind, Subject: h.number, At: at, MerchantID: h.merchantID, TerminalID: h.about.TerminalID, PlanID: h.about.PlanID, Data: t,
	})
}
