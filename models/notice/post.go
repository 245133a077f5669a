package notice

import (
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/outbox"
)

// Post is what letters need on their way.
type Post struct {
	Render Render
	Jobs   event.Queue
	On     func(Channel) bool // whether a channel is configured now
	// Reports tells whether the channel's provider says of each message whether it
	// arrived.
	Reports func(Channel) bool
	// Unsubscribe returns the address at which one click ends mails of an event
	// to a recipient whom the merchant added. Nil: there is none.
	Unsubscribe func(recipientID string, e Event) string
}

// mayEnd reports whether mails of an event may be ended by a click. What guards
// the account, and what was asked for, always comes.
func mayEnd(e Event) bool { return e != EventSecurity && e != EventComplaint }

// copies renders a letter for each of the recipients who gets it by the channel,
// as messages that are ready for the outbox.
func (p *Post) copies(l *Letter, c Channel, to []Recipient, now time.Time) ([]outbox.New, error) {
	var all []outbox.New
	for _, r := range addressed(l.Kind, c, to) {
		if c == Email && r.ID != "" && p.Unsubscribe != nil && mayEnd(l.Kind.Event()) {
			r.Unsubscribe = p.Unsubscribe(r.ID, l.Kind.Event())
		}
		code := outbox.NewCode()
		content, err := p.Render(l, r, code)
		if err != nil {
			return nil, fmt.Errorf("notice: letter %s by %s: %w", l.ID, c, err)
		}
		all = append(all, outbox.New{
			Kind: outbox.Kind(l.Kind), Channel: string(c), MerchantID: l.MerchantID, LetterID: l.ID, To: r.Address, Locale: r.Locale,
			Subject: content.Subject, Text: content.Body, HTML: content.HTML, Template: content.Template, Fields: content.Fields,
			Unsubscribe: r.Unsubscribe, Code: code, CreatedAt: now,
		})
	}
	return all, nil
}

// addressed returns who gets a kind of notice by a channel, each address once.
func addressed(k Kind, c Channel, to []Recipient) (all []Recipient) {
	for _, r := range to {
		if r.Channel != c || slices.Contains(r.off, k.Event()) || slices.ContainsFunc(all, func(o Recipient) bool { return o.Address == r.Address }) {
			continue
		}
		all = append(all, r)
	}
	return all
}

// usable returns those of the channels that are configured and reach somebody.
func (p *Post) usable(k Kind, channels Channels, to []Recipient) (all Channels) {
	for _, c := range channels {
		if c != Inbox && p.On(c) && len(addressed(k, c, to)) > 0 {
			all = append(all, c)
		}
	}
	return all
}
