// Package channel is the ways by which messages leave the house, as they are
// set: it turns the settings into clients, follows their changes within half a
// minute, and hands each message to the one it belongs to.
package channel

import (
	"context"
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/sms"
	"github.com/mingbai/mingbai/web/wechat"
)

// Settings tell how messages leave the house.
type Settings interface {
	Get(ctx context.Context) (setting.Channels, error)
}

// Options are what the channels are made of.
type Options struct {
	Settings Settings
	Clock    clock.Clock
	Log      *slog.Logger
	URL      string  // of the portal, where a tap on a WeChat message leads
	Gateway  Gateway // serves where the settings name none

	// What differs on a machine that stands for the providers.
	Roots         *x509.CertPool // whose certificates a mail server may have; nil: those the system believes
	AliyunAddress string         // empty: Aliyun's own
	WeChatAddress string         // empty: WeChat's own
}

// Gateway is the SMS gateway that the environment names. Without an address
// there is none.
type Gateway struct{ URL, KeyID, Secret string }

// Channels are the ways out. They may be used concurrently.
type Channels struct {
	o Options

	mu     sync.Mutex
	held   *clients
	readAt time.Time
	known  bool
}

// New returns the ways out. What is set is read when it is first asked for.
func New(o Options) *Channels { return &Channels{o: o, held: &clients{}} }

const (
	// freshFor is how long a change of the settings may go unseen.
	freshFor = 30 * time.Second
	// readWithin bounds how long the settings are waited for.
	readWithin = 5 * time.Second
)

// now returns the clients, after reading the settings again where that was long
// ago. Where they can't be read, those that are held serve on.
func (c *Channels) now(ctx context.Context) *clients { return c.clients(ctx, freshFor) }

func (c *Channels) clients(ctx context.Context, age time.Duration) *clients {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.o.Clock.Now()
	if passed := at.Sub(c.readAt); c.known && passed >= 0 && passed < age {
		return c.held
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	set, err := c.o.Settings.Get(ctx)
	if err != nil {
		c.o.Log.LogAttrs(ctx, slog.LevelError, "the channels' settings can't be read", slog.Any("error", err))
		return c.held
	}
	c.held, c.readAt, c.known = c.build(c.held, set), at, true
	return c.held
}

// On reports whether messages can go by a channel now.
func (c *Channels) On(ch notice.Channel) bool {
	now := c.now(context.Background())
	switch ch {
	case notice.Inbox:
		return true
	case notice.Email:
		return now.mail != nil && now.set.Email.On
	case notice.SMS:
		return len(now.sms) > 0
	case notice.WeChat:
		return now.wechat != nil && now.set.WeChat.On
	}
	return false
}

// Reports reports whether a channel tells of each message whether it arrived:
// of text messages, whether each provider does that may take one.
func (c *Channels) Reports(ch notice.Channel) bool {
	now := c.now(context.Background())
	switch ch {
	case notice.SMS:
		for _, p := range now.sms {
			if p.part == setting.PartHook && now.hookKey.Name == "" || p.part == setting.PartAliyun && now.reports == nil {
				return false
			}
		}
		return len(now.sms) > 0
	case notice.WeChat:
		return now.wechat != nil && now.callback != nil
	}
	return false
}

// Idempotent reports whether a channel sends a message once that it is handed
// twice under one id.
func (c *Channels) Idempotent(ch notice.Channel) bool {
	switch ch {
	case notice.Inbox, notice.WeChat:
		return true
	case notice.SMS:
		now := c.now(context.Background())
		return len(now.sms) == 1 && now.sms[0].part == setting.PartHook
	}
	return false
}

// PerSecond returns how many messages a second a channel may be handed; 0 is as
// many as go. Of two SMS providers the slower one counts, since either may have
// to take all.
func (c *Channels) PerSecond(ch notice.Channel) float64 {
	now := c.now(context.Background())
	var limits []int
	switch ch {
	case notice.Email:
		limits = []int{now.set.Email.PerMinute}
	case notice.WeChat:
		limits = []int{now.set.WeChat.PerMinute}
	case notice.SMS:
		for _, p := range now.sms {
			limits = append(limits, p.perMinute)
		}
	}
	least := 0
	for _, n := range limits {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return float64(least) / time.Minute.Seconds()
}

// Send hands a message to its channel, in one try. A text message that one
// provider can't take goes to the other at once, unless it would be refused
// there likewise.
func (c *Channels) Send(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	now := c.now(ctx)
	switch notice.Channel(m.Channel) {
	case notice.Email:
		if now.set.Email.On && now.mail != nil {
			return now.sendMail(ctx, m)
		}
	case notice.SMS:
		if len(now.sms) > 0 {
			return c.sendSMS(ctx, now.sms, m)
		}
	case notice.WeChat:
		if now.set.WeChat.On && now.wechat != nil {
			return now.sendWeChat(ctx, m, c.o.URL)
		}
	}
	return receiptOf("", delivery.Receipt{}, errOff)
}

// Try hands a message to the client of one part as it is set this moment, in
// one try, whether the part is switched on or not.
func (c *Channels) Try(ctx context.Context, part setting.Part, m outbox.Outgoing) outbox.Receipt {
	now := c.clients(ctx, 0)
	switch part {
	case setting.PartEmail:
		if now.mail != nil {
			return now.sendMail(ctx, m)
		}
	case setting.PartHook:
		if now.hook != nil {
			return now.hook.send(ctx, m)
		}
	case setting.PartAliyun:
		if now.aliyun != nil {
			return now.aliyun.send(ctx, m)
		}
	case setting.PartWeChat:
		if now.wechat != nil {
			return now.sendWeChat(ctx, m, c.o.URL)
		}
	}
	return receiptOf(string(part), delivery.Receipt{}, errOff)
}

// ReportKey returns what the acquirer's gateway signs its delivery reports with.
// Without a name there is none.
func (c *Channels) ReportKey(ctx context.Context) sms.Key { return c.now(ctx).hookKey }

// AliyunReports returns what lets Aliyun's delivery reports in, or nil where
// none are expected.
func (c *Channels) AliyunReports(ctx context.Context) *sms.ReportGate { return c.now(ctx).reports }

// WeChatCallback returns what reads WeChat's pushes, or nil where none are
// expected.
func (c *Channels) WeChatCallback(ctx context.Context) *wechat.Callback { return c.now(ctx).callback }

// WeChatClient returns the client of the official account, or nil where it is
// off.
func (c *Channels) WeChatClient(ctx context.Context) *wechat.Client {
	if now := c.now(ctx); now.set.WeChat.On {
		return now.wechat
	}
	return nil
}

// Close ends what is open to the providers.
func (c *Channels) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.mail != nil {
		c.held.mail.hangUp()
	}
}
