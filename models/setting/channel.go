package setting

import (
	"slices"
	"time"
)

// Part is something that the ways out of the house are set in.
type Part string

// The parts.
const (
	PartEmail  Part = "email"  // the mail server
	PartHook   Part = "hook"   // the acquirer's own SMS gateway
	PartAliyun Part = "aliyun" // Aliyun's SMS service
	PartWeChat Part = "wechat" // the official account
	PartOrder  Part = "order"  // which SMS provider comes first
)

// Channels is how messages leave the house.
type Channels struct {
	Email  Email
	Hook   Hook
	Aliyun Aliyun
	WeChat WeChat
	Order  Order
}

// parts are all of them.
func (c *Channels) parts() []ChannelPart {
	return []ChannelPart{&c.Email, &c.Hook, &c.Aliyun, &c.WeChat, &c.Order}
}

// Part returns one of the parts, or nil where there is none of that name.
func (c *Channels) Part(name Part) ChannelPart {
	for _, p := range c.parts() {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// Locked lists the parts whose secrets can't be read.
func (c *Channels) Locked() (all []Part) {
	for _, p := range c.parts() {
		if p.Set().Locked {
			all = append(all, p.Name())
		}
	}
	return all
}

// Version says which version of a part it is.
type Version struct {
	Number int       // 0: nothing was ever set
	At     time.Time // UTC
	Locked bool      // its secrets were sealed with another key than this program's, and are to be entered anew
}

// ChannelPart is one part with what is in it.
type ChannelPart interface {
	// Name tells which part it is.
	Name() Part
	// Set tells which version it is.
	Set() Version
	// Missing lists the fields without which it can't be switched on.
	Missing() []string

	set() *Version
	secrets() []secret
	check(f *faults)
}

// secret is a field that is shown to nobody again.
type secret struct {
	field string
	value *string
	to    []any // where it goes, and whom it is for: it is kept only while all of that is as it was; none: it goes nowhere
}

// leadsNowhere reports whether nothing says any more where a secret goes.
func (s *secret) leadsNowhere() bool { return len(s.to) > 0 && s.to[0] == "" }

// Email is the server that letters are handed to.
type Email struct {
	Version     `json:"-"`
	On          bool   `json:"on"`
	Host        string `json:"host"`
	Port        int    `json:"port"`     // 0: the usual one of its security
	Security    string `json:"security"` // starttls, tls or none
	User        string `json:"user"`     // empty: nobody signs in there
	Password    string `json:"-"`
	From        string `json:"from"`        // the sender's address
	FromName    string `json:"from_name"`   // the sender's name
	Unsubscribe bool   `json:"unsubscribe"` // letters say how to end them at one click
	PerMinute   int    `json:"per_minute"`  // letters at most; 0: as many as go
}

// Hook is the acquirer's own SMS gateway.
type Hook struct {
	Version      `json:"-"`
	On           bool   `json:"on"`
	URL          string `json:"url"`
	KeyID        string `json:"key_id"`
	Secret       string `json:"-"`
	ReportKeyID  string `json:"report_key_id"` // of its delivery reports; empty: it sends none
	ReportSecret string `json:"-"`
	PerMinute    int    `json:"per_minute"` // messages at most; 0: as many as go
}

// Aliyun is an account of Aliyun's SMS service.
type Aliyun struct {
	Version     `json:"-"`
	On          bool             `json:"on"`
	KeyID       string           `json:"key_id"`
	KeySecret   string           `json:"-"`
	SignName    string           `json:"sign_name"`
	Templates   map[string]Words `json:"templates,omitempty"` // codes of approved templates by kind of message and language
	ReportToken string           `json:"-"`                   // ends the address of its delivery reports; empty: it sends none
	Networks    []string         `json:"networks,omitempty"`  // where reports may come from; empty: anywhere
	PerMinute   int              `json:"per_minute"`
}

// WeChat is the official account.
type WeChat struct {
	Version   `json:"-"`
	On        bool                      `json:"on"`
	AppID     string                    `json:"app_id"`
	AppSecret string                    `json:"-"`
	Token     string                    `json:"-"` // of its pushes to us; empty: it makes none
	AESKey    string                    `json:"-"` // closes its pushes; empty: they are open
	Templates map[string]WeChatTemplate `json:"templates,omitempty"`
	PerMinute int                       `json:"per_minute"`
}

// WeChatTemplate is a template of the account for one kind of message.
type WeChatTemplate struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"` // which of our values fills which of its fields, by the field
}

// Order says which SMS provider is tried first. The other stands in for it.
type Order struct {
	Version `json:"-"`
	First   Part `json:"first"` // PartHook or PartAliyun; empty: PartHook
}

// Name tells that it is the mail server.
func (*Email) Name() Part { return PartEmail }

// Name tells that it is the gateway.
func (*Hook) Name() Part { return PartHook }

// Name tells that it is Aliyun.
func (*Aliyun) Name() Part { return PartAliyun }

// Name tells that it is the official account.
func (*WeChat) Name() Part { return PartWeChat }

// Name tells that it is the order of SMS providers.
func (*Order) Name() Part { return PartOrder }

// Set tells which version it is.
func (v *Version) Set() Version { return *v }

func (v *Version) set() *Version { return v }

func (e *Email) secrets() []secret {
	return []secret{{"password", &e.Password, []any{e.Host, e.Port, e.Security, e.User}}}
}

func (h *Hook) secrets() []secret {
	return []secret{{"secret", &h.Secret, []any{h.URL, h.KeyID}}, {"report_secret", &h.ReportSecret, []any{h.ReportKeyID}}}
}

func (a *Aliyun) secrets() []secret {
	return []secret{{"key_secret", &a.KeySecret, []any{a.KeyID}}, {"report_token", &a.ReportToken, nil}}
}

func (w *WeChat) secrets() []secret {
	return []secret{{"app_secret", &w.AppSecret, []any{w.AppID}}, {"token", &w.Token, nil}, {"aes_key", &w.AESKey, nil}}
}

func (*Order) secrets() []secret { return nil }

// SecretsHeld lists which secrets of a part are there.
func SecretsHeld(p ChannelPart) (fields []string) {
	for _, s := range p.secrets() {
		if *s.value != "" {
			fields = append(fields, s.field)
		}
	}
	return fields
}

// SMSOrder returns the providers that are switched on, the one that is tried
// first before the other.
func (c *Channels) SMSOrder() (order []Part) {
	if c.Hook.On {
		order = append(order, PartHook)
	}
	if c.Aliyun.On {
		order = append(order, PartAliyun)
	}
	if c.Order.First == PartAliyun {
		slices.Reverse(order)
	}
	return order
}
