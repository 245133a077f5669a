package channel

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/mail"
)

// mailbox hands letters over one after another, on one line while they come
// close upon each other.
type mailbox struct {
	client *mail.Client

	mu    sync.Mutex
	batch *mail.Batch
	idle  *time.Timer
}

// lineKept is how long a line stays open without a letter.
const lineKept = 5 * time.Second

func (b *mailbox) send(ctx context.Context, l mail.Letter) (delivery.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.idle != nil {
		b.idle.Stop()
	}
	if b.batch == nil {
		b.batch = b.client.Batch()
	}
	receipt, err := b.batch.Send(ctx, l)
	b.idle = time.AfterFunc(lineKept, b.hangUp)
	return receipt, err
}

// hangUp ends the line; the next letter opens another.
func (b *mailbox) hangUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.batch != nil {
		b.batch.Close()
		b.batch = nil
	}
}

// sendMail hands a letter to the mail server.
func (now *clients) sendMail(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	l := mail.Letter{ID: m.ID, To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Language: m.Locale}
	if now.set.Email.Unsubscribe && mayEnd(notice.Kind(m.Kind)) && strings.HasPrefix(m.Unsubscribe, "https://") {
		l.Unsubscribe = m.Unsubscribe
	}
	receipt, err := now.mail.send(ctx, l)
	return receiptOf(string(setting.PartEmail), receipt, err)
}

// mayEnd reports whether whoever gets a kind of letter may end it: what concerns
// their sign-in or their own case they may not miss.
func mayEnd(k notice.Kind) bool { return k != notice.Security && k != notice.Complaint }
