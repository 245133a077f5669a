package demo

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

// Capture stands for the provider of every channel: it takes messages and sends
// none. It remembers the latest, since the texts of codes are wiped from the
// outbox once they are sent, and reports text messages and those of WeChat as
// delivered, as real providers do.
type Capture struct {
	mu       sync.Mutex
	taken    map[string]outbox.Outgoing // by the message's id
	order    []string
	toReport []outbox.Outgoing
}

// remembered is how many messages are kept.
const remembered = 200

// provider is what the capture is called in the messages it took.
const provider = "demo"

// NewCapture returns a provider that sends nothing.
func NewCapture() *Capture { return &Capture{taken: map[string]outbox.Outgoing{}} }

// On reports that every channel is configured.
func (*Capture) On(notice.Channel) bool { return true }

// Reports reports whether messages of a channel come with a report.
func (*Capture) Reports(c notice.Channel) bool { return c == notice.SMS || c == notice.WeChat }

// Idempotent reports that a message which comes twice is one.
func (*Capture) Idempotent(notice.Channel) bool { return true }

// PerSecond reports that any number of messages is taken.
func (*Capture) PerSecond(notice.Channel) float64 { return 0 }

// Send takes a message.
func (c *Capture) Send(_ context.Context, m outbox.Outgoing) outbox.Receipt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.taken[m.ID]; !again {
		c.order = append(c.order, m.ID)
		if c.Reports(notice.Channel(m.Channel)) {
			c.toReport = append(c.toReport, m)
		}
	}
	c.taken[m.ID] = m
	if len(c.order) > remembered {
		delete(c.taken, c.order[0])
		c.order = c.order[1:]
	}
	return outbox.Receipt{Provider: provider, ProviderID: "demo-" + m.ID}
}

// Text returns the text of a message, or nothing where it was too long ago.
func (c *Capture) Text(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[id].Text
}

// Report reports what was taken as delivered now.
func (c *Capture) Report(ctx context.Context, d *db.DB, now time.Time) error {
	c.mu.Lock()
	all := c.toReport
	c.toReport = nil
	c.mu.Unlock()
	for i := range all {
		_, err := outbox.Reported(ctx, d, now, outbox.Report{
			Provider: provider, ProviderID: "demo-" + all[i].ID, ID: all[i].ID, To: all[i].To, Delivered: true, At: now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reportEvery is how long a made-up phone is under way to its message.
const reportEvery = 2 * time.Second

// Run reports what was taken until the context ends.
func (c *Capture) Run(ctx context.Context, d *db.DB, at clock.Clock, log *slog.Logger) {
	ticks := time.NewTicker(reportEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			if err := c.Report(ctx, d, at.Now()); err != nil && ctx.Err() == nil {
				log.LogAttrs(ctx, slog.LevelError, "made-up reports were not noted", slog.Any("error", err))
			}
		}
	}
}
