package channel

import (
	"context"
	"log/slog"
	netmail "net/mail"

	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/mail"
	"github.com/mingbai/mingbai/web/sms"
	"github.com/mingbai/mingbai/web/wechat"
)

// clients are what the settings of a moment were turned into. What is not set
// in full is nil.
type clients struct {
	set      setting.Channels
	mail     *mailbox
	hook     *provider
	aliyun   *provider
	sms      []*provider // those that are switched on, the first to be tried first
	wechat   *wechat.Client
	callback *wechat.Callback
	reports  *sms.ReportGate
	hookKey  sms.Key // of the gateway's reports
}

// build turns settings into clients. A part that is as it was keeps its client,
// with its open line and its token.
func (c *Channels) build(old *clients, set setting.Channels) *clients {
	if set.Hook.URL == "" && c.o.Gateway.URL != "" {
		set.Hook.On, set.Hook.URL, set.Hook.KeyID, set.Hook.Secret = true, c.o.Gateway.URL, c.o.Gateway.KeyID, c.o.Gateway.Secret
	}
	now := &clients{set: set}
	if c.isAsBefore(&old.set.Email, &set.Email) {
		now.mail = old.mail
	} else {
		if old.mail != nil {
			old.mail.hangUp()
		}
		now.mail = c.newMailbox(&set.Email)
	}
	if c.isAsBefore(&old.set.Hook, &set.Hook) {
		now.hook, now.hookKey = old.hook, old.hookKey
	} else {
		now.hook, now.hookKey = c.newHook(&set.Hook), sms.Key{Name: set.Hook.ReportKeyID, Secret: []byte(set.Hook.ReportSecret)}
	}
	if c.isAsBefore(&old.set.Aliyun, &set.Aliyun) {
		now.aliyun, now.reports = old.aliyun, old.reports
	} else {
		now.aliyun, now.reports = c.newAliyun(&set.Aliyun), c.newReportGate(&set.Aliyun)
	}
	if c.isAsBefore(&old.set.WeChat, &set.WeChat) {
		now.wechat, now.callback = old.wechat, old.callback
	} else {
		now.wechat, now.callback = c.newWeChat(&set.WeChat), c.newCallback(&set.WeChat)
	}
	for _, part := range set.SMSOrder() {
		p := now.hook
		if part == setting.PartAliyun {
			p = now.aliyun
		}
		if p != nil {
			now.sms = append(now.sms, p)
		}
	}
	return now
}

// isAsBefore reports whether a part is of the version that its client was made
// of.
func (c *Channels) isAsBefore(old, now setting.ChannelPart) bool {
	return c.known && old.Set() == now.Set()
}

func isWhole(p setting.ChannelPart) bool { return len(p.Missing()) == 0 }

// refused notes that a client can't be made of what the settings let pass.
func (c *Channels) refused(p setting.ChannelPart, err error) {
	c.o.Log.LogAttrs(context.Background(), slog.LevelError, "a channel can't be used as it is set", slog.String("part", string(p.Name())), slog.Any("error", err))
}

func (c *Channels) newMailbox(e *setting.Email) *mailbox {
	if !isWhole(e) {
		return nil
	}
	client, err := mail.New(mail.Server{
		Host: e.Host, Port: e.Port, Security: mail.Security(e.Security), Roots: c.o.Roots, Username: e.User, Password: e.Password,
		From: netmail.Address{Name: e.FromName, Address: e.From},
	}, c.o.Clock.Now)
	if err != nil {
		c.refused(e, err)
		return nil
	}
	return &mailbox{client: client}
}

func (c *Channels) newHook(h *setting.Hook) *provider {
	if !isWhole(h) {
		return nil
	}
	client, err := sms.NewHook(h.URL, sms.Key{Name: h.KeyID, Secret: []byte(h.Secret)}, c.o.Clock.Now)
	if err != nil {
		c.refused(h, err)
		return nil
	}
	return &provider{part: setting.PartHook, perMinute: h.PerMinute, hand: overHook(client)}
}

func (c *Channels) newAliyun(a *setting.Aliyun) *provider {
	if !isWhole(a) {
		return nil
	}
	client, err := sms.NewAliyun(sms.AliyunAccount{KeyID: a.KeyID, KeySecret: a.KeySecret, Signature: a.SignName, Address: c.o.AliyunAddress}, c.o.Clock.Now)
	if err != nil {
		c.refused(a, err)
		return nil
	}
	return &provider{part: setting.PartAliyun, perMinute: a.PerMinute, hand: overAliyun(client, a.Templates)}
}

func (c *Channels) newReportGate(a *setting.Aliyun) *sms.ReportGate {
	if a.ReportToken == "" {
		return nil
	}
	gate, err := sms.NewReportGate(a.ReportToken, a.Networks)
	if err != nil {
		c.refused(a, err)
		return nil
	}
	return gate
}

func (c *Channels) newWeChat(w *setting.WeChat) *wechat.Client {
	if !isWhole(w) {
		return nil
	}
	client, err := wechat.New(wechat.Account{AppID: w.AppID, Secret: w.AppSecret, Address: c.o.WeChatAddress}, c.o.Clock.Now)
	if err != nil {
		c.refused(w, err)
		return nil
	}
	return client
}

func (c *Channels) newCallback(w *setting.WeChat) *wechat.Callback {
	if w.AppID == "" || w.Token == "" {
		return nil
	}
	callback, err := wechat.NewCallback(w.AppID, w.Token, w.AESKey, c.o.Clock.Now)
	if err != nil {
		c.refused(w, err)
		return nil
	}
	return callback
}
