package demo

import (
	"context"
	"sync"

	"github.com/mingbai/mingbai/web/sms"
)

// Capture takes messages in place of a gateway. It remembers the texts of the
// latest, since those of codes are wiped from the outbox once they are sent.
type Capture struct {
	mu    sync.Mutex
	texts map[string]string // by the message's id
	order []string
}

var _ sms.Sender = (*Capture)(nil)

// remembered is how many texts are kept.
const remembered = 200

// NewCapture returns a gateway that sends nothing.
func NewCapture() *Capture { return &Capture{texts: map[string]string{}} }

// Send takes a message.
func (c *Capture) Send(_ context.Context, m sms.Message) (sms.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.texts[m.ID]; !again {
		c.order = append(c.order, m.ID)
	}
	c.texts[m.ID] = m.Text
	if len(c.order) > remembered {
		delete(c.texts, c.order[0])
		c.order = c.order[1:]
	}
	return sms.Receipt{ProviderID: "demo-" + m.ID}, nil
}

// Text returns the text of a message, or nothing where it was too long ago.
func (c *Capture) Text(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.texts[id]
}
