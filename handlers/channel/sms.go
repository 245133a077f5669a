package channel

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/sms"
)

// provider takes text messages.
type provider struct {
	part      setting.Part
	perMinute int
	hand      func(ctx context.Context, m outbox.Outgoing) (delivery.Receipt, error)

	mu    sync.Mutex
	until time.Time // until then it is tried last
}

func (p *provider) send(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	receipt, err := p.hand(ctx, m)
	return receiptOf(string(p.part), receipt, err)
}

// restsFor is how long a provider that can't be reached, or refuses our account,
// is tried after the other, so that not every message waits for it in vain.
const restsFor = 30 * time.Second

func (p *provider) rest(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = until
}

func (p *provider) rests(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.until.Sub(now)
	return left > 0 && left <= restsFor
}

// sendSMS hands a message to the first provider, and to the other where that one
// did not take it. Where it may have, only a code goes to the other too, which
// somebody waits for and can use once; anything else would be told twice.
func (c *Channels) sendSMS(ctx context.Context, order []*provider, m outbox.Outgoing) outbox.Receipt {
	if now := c.o.Clock.Now(); len(order) == 2 && order[0].rests(now) && !order[1].rests(now) {
		order = []*provider{order[1], order[0]}
	}
	r := order[0].send(ctx, m)
	c.restAfter(order[0], r)
	if r.Err == nil || len(order) == 1 || wouldBeRefusedElsewhere(r) || r.Unsure && !isCode(m.Kind) || ctx.Err() != nil {
		return r
	}
	c.o.Log.LogAttrs(ctx, slog.LevelWarn, "another provider stands in for a message", slog.String("message", m.ID),
		slog.String("provider", r.Provider), slog.String("stands_in", string(order[1].part)), slog.Any("error", r.Err))
	second := order[1].send(ctx, m)
	c.restAfter(order[1], second)
	if second.Err == nil {
		return second
	}
	return both(r, second)
}

// restAfter lets a provider rest that can't be reached or refuses our account.
func (c *Channels) restAfter(p *provider, r outbox.Receipt) {
	if r.Reason == string(delivery.Unreachable) || r.Reason == string(delivery.Settings) {
		p.rest(c.o.Clock.Now().Add(restsFor))
	}
}

// wouldBeRefusedElsewhere reports whether a failure comes from the recipient or
// the message, which no other provider changes.
func wouldBeRefusedElsewhere(r outbox.Receipt) bool {
	return r.Reason == string(delivery.Recipient) || r.Reason == string(delivery.Content)
}

// isLasting reports whether a failure stays whatever becomes of the provider and
// of our account there.
func isLasting(r outbox.Receipt) bool { return r.Permanent && r.Reason != string(delivery.Settings) }

// both returns what became of a message that neither provider took: it is over
// for good only where no other try at either would help.
func both(first, second outbox.Receipt) outbox.Receipt {
	unsure := first.Unsure || second.Unsure
	r := second
	switch {
	case wouldBeRefusedElsewhere(second) || isLasting(first):
	case isLasting(second):
		r = first
	default:
		r.RetryAfter = min(first.RetryAfter, second.RetryAfter)
	}
	r.Unsure = unsure
	return r
}

func overHook(h *sms.Hook) func(context.Context, outbox.Outgoing) (delivery.Receipt, error) {
	return func(ctx context.Context, m outbox.Outgoing) (delivery.Receipt, error) {
		return h.Send(ctx, sms.Message{ID: m.ID, To: m.To, Text: m.Text, Kind: string(m.Kind)})
	}
}

// overAliyun sends by approved templates. A kind without one in the message's
// language can't go this way.
func overAliyun(a *sms.Aliyun, templates map[string]setting.Words) func(context.Context, outbox.Outgoing) (delivery.Receipt, error) {
	return func(ctx context.Context, m outbox.Outgoing) (delivery.Receipt, error) {
		codes := templates[string(m.Kind)]
		code := codes.ZhCN
		if m.Locale == "en" {
			code = codes.En
		}
		if code == "" {
			return delivery.Receipt{}, errNoTemplate
		}
		return a.Send(ctx, sms.Templated{ID: m.ID, To: m.To, Template: code, Params: placesOf(m)})
	}
}

// sixDigits is what a code to be entered looks like in its text.
var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// placesOf returns what fills a template's places: of a code to be entered, the
// code.
func placesOf(m outbox.Outgoing) map[string]string {
	if len(m.Fields) > 0 {
		return m.Fields
	}
	if isCode(m.Kind) {
		return map[string]string{"code": sixDigits.FindString(m.Text)}
	}
	return nil
}

// isCode reports whether a message holds a code to be entered.
func isCode(k outbox.Kind) bool {
	return k == outbox.SignInCode || k == outbox.PhoneCode || k == outbox.RecipientCode
}

// NoTemplate is the reason where a provider sends by approved templates and has
// none for a kind of message in its language.
const NoTemplate delivery.Reason = "no_template"

// What stands in the way before a provider is asked.
var (
	errOff        = &delivery.Failure{Channel: "channel", Reason: delivery.Settings, Cause: errors.New("the channel is not set up")}
	errNoTemplate = &delivery.Failure{Channel: "channel", Permanent: true, Reason: NoTemplate, Cause: errors.New("there is no template for this kind of message in its language")}
)

// receiptOf puts what became of a try as the outbox keeps it.
func receiptOf(provider string, receipt delivery.Receipt, err error) outbox.Receipt {
	r := outbox.Receipt{Provider: provider, ProviderID: receipt.ProviderID}
	if err == nil {
		return r
	}
	r.Err = err
	if f, ok := errors.AsType[*delivery.Failure](err); ok {
		r.Reason, r.Permanent, r.Unsure, r.RetryAfter = string(f.Reason), f.Permanent, f.Unsure, f.RetryAfter
	}
	return r
}
