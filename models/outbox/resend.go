package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
)

// Resend puts a message into the outbox anew, with the same words to the same
// recipient, and returns the new one's id. The old one stays as it is; the code
// in the text goes on standing for it. It returns fault.NotFound where there is
// no such message, and fault.Conflict for one that still waits, that was sent
// anew already and still waits, that held a code or that lies in the portal.
func Resend(ctx context.Context, tx *db.Tx, jobs event.Queue, now time.Time, messageID string) (string, error) {
	old, err := Get(ctx, tx, messageID)
	if err != nil {
		return "", err
	}
	if old.State == Queued || old.State == Sending {
		return "", fault.New(fault.Conflict, "admin_notices.resend.waits")
	}
	if old.Kind.secret() || old.Channel == Inbox {
		return "", fault.New(fault.Conflict, "admin_notices.resend.never")
	}
	if err := tx.Lock(ctx, "resend "+messageID); err != nil {
		return "", err
	}
	var waits bool
	err = tx.QueryRow(ctx, `select count(*) > 0 from messages where again_for = $1 and state in ('queued', 'sending')`, messageID).Scan(&waits)
	if err != nil {
		return "", fmt.Errorf("outbox: sending a message anew: %w", err)
	}
	if waits {
		return "", fault.New(fault.Conflict, "admin_notices.resend.waits")
	}
	var unsubscribe string
	if err := tx.QueryRow(ctx, `select unsubscribe from messages where id = $1`, messageID).Scan(&unsubscribe); err != nil {
		return "", fmt.Errorf("outbox: sending a message anew: %w", err)
	}
	names, err := QueueAll(ctx, tx, jobs, []New{{
		Kind: old.Kind, Channel: old.Channel, MerchantID: old.MerchantID, LetterID: old.LetterID, To: old.To, Locale: old.Locale,
		Subject: old.Subject, Text: old.Text, HTML: old.HTML, Template: old.Template, Fields: old.Fields, Unsubscribe: unsubscribe,
		AgainFor: old.ID, CreatedAt: now,
	}})
	if err != nil {
		return "", err
	}
	return names[0], nil
}
