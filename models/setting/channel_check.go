package setting

import (
	"encoding/base64"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/fault"
)

// faults collects what is wrong with a part, of each field the first thing.
type faults struct{ fault.Fields }

// needed is a field without which a part can't be switched on.
type needed struct {
	field string
	there bool
}

func missing(all ...needed) (fields []string) {
	for _, n := range all {
		if !n.there {
			fields = append(fields, n.field)
		}
	}
	return fields
}

// Missing lists the fields without which no letter can be sent.
func (e *Email) Missing() []string {
	return missing(needed{"host", e.Host != ""}, needed{"from", e.From != ""}, needed{"password", e.User == "" || e.Password != ""})
}

// Missing lists the fields without which the gateway can't be reached.
func (h *Hook) Missing() []string {
	return missing(needed{"url", h.URL != ""}, needed{"key_id", h.KeyID != ""}, needed{"secret", h.Secret != ""})
}

// Missing lists the fields without which Aliyun takes nothing.
func (a *Aliyun) Missing() []string {
	return missing(needed{"key_id", a.KeyID != ""}, needed{"key_secret", a.KeySecret != ""}, needed{"sign_name", a.SignName != ""}, needed{"templates", len(a.Templates) > 0})
}

// Missing lists the fields without which WeChat takes nothing.
func (w *WeChat) Missing() []string {
	return missing(needed{"app_id", w.AppID != ""}, needed{"app_secret", w.AppSecret != ""}, needed{"templates", len(w.Templates) > 0})
}

// Missing is empty: an order is always whole.
func (*Order) Missing() []string { return nil }

const (
	shortestSecret = 32 // bytes of a secret that signs
	longestLine    = 200
	mostPerMinute  = 100_000
)

var (
	hostName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	keyName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	reportToken  = regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`)
	templateCode = regexp.MustCompile(`^SMS_[0-9]{1,20}$`)
	wechatID     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	wechatToken  = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	wechatField  = regexp.MustCompile(`^[a-z][a-z_]{0,30}[0-9]{0,3}(\.DATA)?$`)
	placeName    = regexp.MustCompile(`^[a-z][a-z_]{0,30}$`)
)

// Securities are how the line to a mail server can be encrypted.
var Securities = []string{"starttls", "tls", "none"}

func (e *Email) check(f *faults) {
	f.unless(e.Host == "" || hostName.MatchString(e.Host) || isAddress(e.Host), "host", "channels.fault.host")
	f.unless(e.Port >= 0 && e.Port <= 65535, "port", "channels.fault.port")
	f.unless(slices.Contains(Securities, e.Security), "security", "channels.fault.choice")
	f.unless(e.Security != "none" || isHere(e.Host), "security", "channels.fault.encrypted")
	f.line("user", e.User)
	f.unless(e.User != "" || e.Password == "", "user", "channels.fault.user")
	f.line("password", e.Password)
	f.unless(e.From == "" || isMailAddress(e.From), "from", "channels.fault.mail_address")
	f.line("from_name", e.FromName)
	f.perMinute(e.PerMinute)
}

func (h *Hook) check(f *faults) {
	f.unless(h.URL == "" || isSecure(h.URL), "url", "channels.fault.url")
	f.unless(h.KeyID == "" || keyName.MatchString(h.KeyID), "key_id", "channels.fault.key_id")
	f.unless(h.Secret == "" || len(h.Secret) >= shortestSecret, "secret", "channels.fault.secret")
	f.line("secret", h.Secret)
	f.unless(h.ReportKeyID == "" || keyName.MatchString(h.ReportKeyID), "report_key_id", "channels.fault.key_id")
	f.unless(h.ReportSecret == "" || len(h.ReportSecret) >= shortestSecret, "report_secret", "channels.fault.secret")
	f.line("report_secret", h.ReportSecret)
	f.unless(h.ReportKeyID == "" || h.ReportSecret != "", "report_secret", "channels.fault.together")
	f.unless(h.ReportKeyID != "" || h.ReportSecret == "", "report_key_id", "channels.fault.together")
	f.perMinute(h.PerMinute)
}

func (a *Aliyun) check(f *faults) {
	f.unless(a.KeyID == "" || keyName.MatchString(a.KeyID), "key_id", "channels.fault.key_id")
	f.line("key_secret", a.KeySecret)
	f.line("sign_name", a.SignName)
	for kind, codes := range sorted(a.Templates) {
		f.unless(codes.ZhCN == "" || templateCode.MatchString(codes.ZhCN), TemplateField(kind, "zh-CN"), "channels.fault.template")
		f.unless(codes.En == "" || templateCode.MatchString(codes.En), TemplateField(kind, "en"), "channels.fault.template")
	}
	f.unless(a.ReportToken == "" || reportToken.MatchString(a.ReportToken), "report_token", "channels.fault.report_token")
	f.unless(!slices.ContainsFunc(a.Networks, func(n string) bool { return !isNetwork(n) }), "networks", "channels.fault.networks")
	f.perMinute(a.PerMinute)
}

func (w *WeChat) check(f *faults) {
	f.unless(w.AppID == "" || wechatID.MatchString(w.AppID), "app_id", "channels.fault.key_id")
	f.line("app_secret", w.AppSecret)
	f.unless(w.Token == "" || wechatToken.MatchString(w.Token), "token", "channels.fault.wechat_token")
	f.unless(w.AESKey == "" || isAESKey(w.AESKey), "aes_key", "channels.fault.aes_key")
	f.unless(w.AESKey == "" || w.Token != "", "token", "channels.fault.together")
	for kind, t := range sorted(w.Templates) {
		f.unless(wechatID.MatchString(t.ID), TemplateField(kind, "id"), "channels.fault.wechat_template")
		sound := len(t.Fields) > 0
		for field, place := range t.Fields {
			sound = sound && wechatField.MatchString(field) && placeName.MatchString(place)
		}
		f.unless(sound, TemplateField(kind, "fields"), "channels.fault.wechat_fields")
	}
	f.perMinute(w.PerMinute)
}

func (o *Order) check(f *faults) {
	f.unless(o.First == PartHook || o.First == PartAliyun, "first", "channels.fault.choice")
}

// TemplateField names the field of a form that holds something of the template
// of a kind of message.
func TemplateField(kind, what string) string { return "template." + kind + "." + what }

// unless notes a fault of a field that has none yet, if it does not hold.
func (f *faults) unless(holds bool, field, key string) {
	if holds || f.has(field) {
		return
	}
	f.Add(field, key)
}

func (f *faults) has(field string) bool {
	e, ok := f.Err().(*fault.Error)
	return ok && slices.ContainsFunc(e.Fields, func(one fault.Field) bool { return one.Name == field })
}

// line refuses what is no line of some length.
func (f *faults) line(field, text string) {
	f.unless(len(text) <= longestLine && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }), field, "channels.fault.line")
}

func (f *faults) perMinute(n int) {
	f.unless(n >= 0 && n <= mostPerMinute, "per_minute", "channels.fault.per_minute")
}

func isAddress(text string) bool { _, err := netip.ParseAddr(text); return err == nil }

// isHere reports whether a host's name means this machine.
func isHere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// isSecure reports whether what is sent to an address can be read by nobody on
// the way.
func isSecure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(address) > longestLine {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isHere(u.Hostname())
}

func isMailAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > 254 {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

func isNetwork(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	return isAddress(text) && !strings.Contains(text, "%")
}

func isAESKey(text string) bool {
	key, err := base64.StdEncoding.DecodeString(text + "=")
	return err == nil && len(key) == 32 && len(text) == 43
}

// ParsePerMinute reads a limit: empty is none, and what is no number is refused
// later.
func ParsePerMinute(text string) int { return parseNumber(text) }

// ParsePort reads a port: empty is the usual one, and what is no number is
// refused later.
func ParsePort(text string) int { return parseNumber(text) }

func parseNumber(text string) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
