package main

import (
	"context"
	"errors"

	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/sms"
)

// gateway is the acquirer's own SMS gateway as the one way out.
type gateway struct{ sender sms.Sender }

// On reports that text messages can go.
func (gateway) On(c notice.Channel) bool { return c == notice.SMS }

// Reports reports that nothing is heard of what was taken.
func (gateway) Reports(notice.Channel) bool { return false }

// Idempotent reports that the gateway sends a message of one id once.
func (gateway) Idempotent(notice.Channel) bool { return true }

// PerSecond reports that the gateway takes any number.
func (gateway) PerSecond(notice.Channel) float64 { return 0 }

// Send hands a text message to the gateway.
func (g gateway) Send(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	receipt, err := g.sender.Send(ctx, sms.Message{ID: m.ID, To: m.To, Text: m.Text, Kind: string(m.Kind)})
	r := outbox.Receipt{Provider: "hook", ProviderID: receipt.ProviderID, Err: err}
	if f, ok := errors.AsType[*delivery.Failure](err); ok {
		r.Reason, r.Permanent, r.Unsure, r.RetryAfter = string(f.Reason), f.Permanent, f.Unsure, f.RetryAfter
	}
	return r
}

// channels returns the ways out that are configured, or nil where there are none.
func (c smsConfig) channels() (jobs.Channels, error) {
	if c.URL == "" {
		return nil, nil
	}
	sender, err := sms.NewHook(c.URL, sms.Key{Name: c.KeyID, Secret: []byte(c.Secret)}, clock.System{}.Now)
	if err != nil {
		return nil, err
	}
	return gateway{sender}, nil
}
