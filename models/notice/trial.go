package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// TestMessage is the kind of a message by which somebody sees whether messages
// reach them.
const TestMessage outbox.Kind = "test"

// RenderTest writes a message by which somebody sees whether messages reach them.
type RenderTest func(to Recipient, code string) (Content, error)

// Trial is what sending a test needs.
type Trial struct {
	DB     *db.DB
	Clock  clock.Clock
	Jobs   event.Queue
	Render RenderTest
	On     func(Channel) bool // whether a channel is configured now
}

// How often a merchant may send tests.
const (
	tests     = 3
	testsSpan = time.Hour
)

// Send sends a test to all who get the merchant's messages over a channel, and
// returns to how many. It returns fault.Forbidden, fault.Invalid for the field
// "via" where that is off or has nobody, and fault.TooMany with "wait".
func (t *Trial) Send(ctx context.Context, who account.Who, c Channel) (int, error) {
	var fields fault.Fields
	if !t.On(c) || c == Inbox {
		fields.Add("via", "reminders.test.off")
		return 0, fields.Err()
	}
	all, err := Recipients(ctx, t.DB, who.MerchantID)
	if err != nil {
		return 0, err
	}
	now := t.Clock.Now()
	var messages []outbox.New
	for _, to := range all[who.MerchantID] {
		if to.Channel != c {
			continue
		}
		m, err := t.message(who.MerchantID, to, now)
		if err != nil {
			return 0, err
		}
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		fields.Add("via", "reminders.test.nobody")
		return 0, fields.Err()
	}
	err = t.DB.Write(ctx, func(tx *db.Tx) error {
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		key := fmt.Sprintf("notice test %d", who.MerchantID)
		if err := attempt.Within(ctx, tx, key, tests, testsSpan, now, "reminders.test.too_many"); err != nil {
			return err
		}
		if err := attempt.Note(ctx, tx, key, now); err != nil {
			return err
		}
		if _, err := outbox.QueueAll(ctx, tx, t.Jobs, messages); err != nil {
			return err
		}
		return record(ctx, tx, who, now, "notice.test", "", map[string]any{"channel": string(c), "recipients": len(messages)})
	})
	return len(messages), err
}

func (t *Trial) message(merchantID int64, to Recipient, now time.Time) (outbox.New, error) {
	code := outbox.NewCode()
	content, err := t.Render(to, code)
	return outbox.New{
		Kind: TestMessage, Channel: string(to.Channel), MerchantID: merchantID, To: to.Address, Locale: to.Locale, Subject: content.Subject,
		Text: content.Body, HTML: content.HTML, Template: content.Template, Fields: content.Fields, Code: code,
		CreatedAt: now, NotAfter: now.Add(testsSpan),
	}, err
}
