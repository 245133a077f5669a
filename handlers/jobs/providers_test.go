package jobs_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/mingbai/mingbai/handlers/channel"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/mail"
)

// noon is when the messages of these tests are made.
var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// parcel is one message on its way to a provider that says what a test wants it
// to.
type parcel struct {
	t       *testing.T
	db      *db.DB
	clock   *clock.Set
	id      string
	channel string
	o       outbox.DeliverOptions
}

func newParcel(t *testing.T, d *db.DB, channel, to string, o outbox.DeliverOptions) *parcel {
	t.Helper()
	p := &parcel{t: t, db: d, clock: clock.At(noon), channel: channel, o: o}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		names, err := outbox.QueueAll(t.Context(), tx, noJobs{}, []outbox.New{{
			Kind: "upcoming", Channel: channel, To: to, Locale: "zh-CN", Subject: "12 月 3 日", Text: "扣 ¥48.00", Fields: map[string]string{"amount": "48.00"}, CreatedAt: noon,
		}})
		if err == nil {
			p.id = names[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deliver makes a try, if one is due, and returns the message after it.
func (p *parcel) deliver() outbox.Entry {
	p.t.Helper()
	if _, _, err := outbox.Deliver(p.t.Context(), p.db, p.clock, p.channel, p.o); err != nil {
		p.t.Fatal(err)
	}
	e, err := outbox.Get(p.t.Context(), p.db, p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	return e
}

// said is what became of a try: the state, the kind of failure, whether the
// message may have gone twice, and about how long it waits.
func (p *parcel) said(e outbox.Entry) string {
	text := string(e.State)
	if e.Reason != "" {
		text += " " + e.Reason
	}
	if e.MaybeTwice {
		text += " maybe twice"
	}
	if e.State == outbox.Queued {
		switch wait := e.NextAt.Sub(p.clock.Now()); {
		case wait < 10*time.Second:
			text += ", seconds"
		case wait < 59*time.Second:
			text += ", less than a minute"
		default:
			text += ", " + wait.Round(time.Minute).String()
		}
	}
	return text
}

func reply(code int, enhanced smtp.EnhancedCode) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "<shop@example.com> says no"}
}

func TestWhatAMailServerAnswersDecidesAboutTheLetter(t *testing.T) {
	for _, test := range []struct {
		name        string
		set         func(p *postOffice)
		first, last string // after the first try, and after the next, at which the server takes it
		letters     int    // that the server has in the end
	}{
		{"250", func(*postOffice) {}, "accepted", "accepted", 1},
		{"451 to the recipient", func(p *postOffice) { p.to = func() error { return reply(451, smtp.EnhancedCode{4, 7, 1}) } }, "queued busy, seconds", "accepted", 1},
		{"452 to the letter", func(p *postOffice) { p.data = func(string) error { return reply(452, smtp.EnhancedCode{4, 3, 1}) } }, "queued busy, seconds", "accepted", 1},
		{"550 to the recipient", func(p *postOffice) { p.to = func() error { return reply(550, smtp.EnhancedCode{5, 1, 1}) } }, "failed recipient", "failed recipient", 0},
		{"554 to the letter", func(p *postOffice) { p.data = func(string) error { return reply(554, smtp.EnhancedCode{5, 7, 1}) } }, "failed content", "failed content", 0},
		{"550 to us", func(p *postOffice) { p.from = func() error { return reply(550, smtp.EnhancedCode{5, 7, 1}) } }, "queued settings, seconds", "accepted", 1},
		{"silence before the letter", func(p *postOffice) {
			p.from = func() error { time.Sleep(time.Second); return nil }
		}, "queued unreachable, seconds", "accepted", 1},
		{"silence after the letter", func(p *postOffice) {
			take := p.data
			p.data = func(text string) error { err := take(text); time.Sleep(time.Second); return err }
		}, "queued unreachable, 10m0s", "accepted maybe twice", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				var mu sync.Mutex
				var names []string
				well := postOffice{data: func(text string) error {
					mu.Lock()
					defer mu.Unlock()
					_, rest, _ := strings.Cut(text, "Message-ID: <")
					name, _, _ := strings.Cut(rest, ">")
					names = append(names, name)
					return nil
				}}
				office := well
				test.set(&office)
				now := &office
				address := serveSMTP(t, &postOffice{
					from: func() error { mu.Lock(); o := now; mu.Unlock(); return call{o}.Mail("", nil) },
					to:   func() error { mu.Lock(); o := now; mu.Unlock(); return call{o}.Rcpt("", nil) },
					data: func(text string) error { mu.Lock(); o := now; mu.Unlock(); return o.data(text) },
				})
				host, port, err := net.SplitHostPort(address)
				if err != nil {
					t.Fatal(err)
				}
				number, err := strconv.Atoi(port)
				if err != nil {
					t.Fatal(err)
				}
				client, err := mail.New(mail.Server{
					Host: host, Port: number, Security: mail.None, From: netmail.Address{Address: "notices@pay.example"},
					StepTimeout: 300 * time.Millisecond, TakeTimeout: 300 * time.Millisecond,
				}, clock.System{}.Now)
				if err != nil {
					t.Fatal(err)
				}
				p := newParcel(t, d, outbox.Email, "shop@example.com", outbox.DeliverOptions{Send: overMail(client)})
				e := p.deliver()
				if got := p.said(e); got != test.first {
					t.Errorf("after the first try it is %q, want %q: %s", got, test.first, e.LastError)
				}
				if strings.Contains(e.LastError, "shop@example.com") || (e.State != outbox.Accepted) != (e.LastError != "") {
					t.Errorf("the cause that is kept is %q", e.LastError)
				}
				mu.Lock()
				now = &well
				mu.Unlock()
				p.clock.Advance(11 * time.Minute)
				e = p.deliver()
				if got := p.said(e); got != test.last {
					t.Errorf("in the end it is %q, want %q: %s", got, test.last, e.LastError)
				}
				mu.Lock()
				defer mu.Unlock()
				if len(names) != test.letters || len(slices.Compact(slices.Clone(names))) > 1 {
					t.Errorf("the server has letters %v, want %d, all of one name", names, test.letters)
				}
				if test.letters > 0 && e.ProviderID != names[0] {
					t.Errorf("the letter is kept as %s, the server has it as %s", e.ProviderID, names[0])
				}
			})
		})
	}
}

// chosen are settings that stand.
type chosen setting.Channels

func (c chosen) Get(context.Context) (setting.Channels, error) { return setting.Channels(c), nil }

// counter is a provider's HTTP counter: it gives the first of its answers to the
// first request, and the last to all that follow.
type counter struct {
	mu      sync.Mutex
	answers []answer
	asked   []string // what each request was about
}

type answer struct {
	status int
	body   string
}

func (c *counter) serve(t *testing.T, about func(r *http.Request, body string) (string, *answer)) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		what, fixed := about(r, string(body))
		if fixed == nil {
			c.asked = append(c.asked, what)
			fixed = &c.answers[0]
			if len(c.answers) > 1 {
				c.answers = c.answers[1:]
			}
		}
		if fixed.status == 0 {
			panic(http.ErrAbortHandler) // the line is cut
		}
		w.WriteHeader(fixed.status)
		fmt.Fprint(w, fixed.body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// outcome is what is to become of a message that is answered so.
type outcome struct {
	answer answer
	first  string        // after the first try
	last   string        // after the next, which is taken
	asked  int           // how many requests there were in the end
	wait   time.Duration // until the next try, if that is more than eleven minutes
}

func checkOutcomes(t *testing.T, outcomes map[string]outcome, taken answer, channelName, to string, open func(t *testing.T, c *counter) *channel.Channels) {
	t.Helper()
	for name, test := range outcomes {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				c := &counter{answers: []answer{test.answer, taken}}
				ways := open(t, c)
				defer ways.Close()
				o := outbox.DeliverOptions{Send: ways.Send, Idempotent: channelName == outbox.WeChat}
				p := newParcel(t, d, channelName, to, o)
				e := p.deliver()
				if got := p.said(e); got != test.first {
					t.Errorf("after the first try it is %q, want %q: %s", got, test.first, e.LastError)
				}
				if strings.Contains(e.LastError, strings.TrimPrefix(to, "+86")) {
					t.Errorf("the cause that is kept is %q", e.LastError)
				}
				p.clock.Advance(max(test.wait, 11*time.Minute))
				e = p.deliver()
				if got := p.said(e); got != test.last {
					t.Errorf("in the end it is %q, want %q: %s", got, test.last, e.LastError)
				}
				c.mu.Lock()
				defer c.mu.Unlock()
				if len(c.asked) != test.asked || slices.ContainsFunc(c.asked, func(id string) bool { return id != p.id }) {
					t.Errorf("the provider was asked %v, want %d times about %s", c.asked, test.asked, p.id)
				}
			})
		})
	}
}

func TestWhatAliyunAnswersDecidesAboutTheMessage(t *testing.T) {
	refusal := func(code string) answer {
		return answer{http.StatusOK, `{"Code":"` + code + `","Message":"no","RequestId":"r"}`}
	}
	taken := answer{http.StatusOK, `{"Code":"OK","BizId":"9006^0","RequestId":"r"}`}
	checkOutcomes(t, map[string]outcome{
		"taken":                     {taken, "accepted", "accepted", 1, 0},
		"too many to one number":    {refusal("isv.BUSINESS_LIMIT_CONTROL"), "queued limited, 1m0s", "accepted", 2, 0},
		"too many in a day":         {refusal("isv.DAY_LIMIT_CONTROL"), "queued limited, 1h0m0s", "accepted", 2, time.Hour},
		"too many at once":          {refusal("Throttling.User"), "queued limited, seconds", "accepted", 2, 0},
		"no such number":            {refusal("isv.MOBILE_NUMBER_ILLEGAL"), "failed recipient", "failed recipient", 1, 0},
		"nobody who wants any":      {refusal("isv.BLACK_KEY_CONTROL_LIMIT"), "failed recipient", "failed recipient", 1, 0},
		"a value it does not take":  {refusal("isv.INVALID_PARAMETERS"), "failed content", "failed content", 1, 0},
		"no money left":             {refusal("isv.AMOUNT_NOT_ENOUGH"), "queued settings, seconds", "accepted", 2, 0},
		"another signature":         {refusal("SignatureDoesNotMatch"), "queued settings, seconds", "accepted", 2, 0},
		"a fault of its own":        {refusal("isp.SYSTEM_ERROR"), "queued busy, seconds", "accepted", 2, 0},
		"a page of somebody else's": {answer{http.StatusBadGateway, "<html>"}, "queued busy, 10m0s", "accepted maybe twice", 2, 0},
		"the line is cut":           {answer{}, "queued unreachable, 10m0s", "accepted maybe twice", 2, 0},
	}, taken, outbox.SMS, someNumber, func(t *testing.T, c *counter) *channel.Channels {
		address := c.serve(t, func(r *http.Request, _ string) (string, *answer) { return r.URL.Query().Get("OutId"), nil })
		return channel.New(channel.Options{
			Settings: chosen{Aliyun: setting.Aliyun{
				Version: setting.Version{Number: 1}, On: true, KeyID: "LTAI", KeySecret: "s", SignName: "示例支付", Templates: map[string]setting.Words{"upcoming": {ZhCN: "SMS_1"}},
			}, Order: setting.Order{First: setting.PartAliyun}},
			Clock: clock.At(noon), Log: slog.New(slog.DiscardHandler), URL: "https://portal.test", AliyunAddress: address,
		})
	})
}

const someNumber = "+8613812346621"

func TestWhatWeChatAnswersDecidesAboutTheMessage(t *testing.T) {
	refusal := func(code int) answer { return answer{http.StatusOK, fmt.Sprintf(`{"errcode":%d,"errmsg":"no"}`, code)} }
	taken := answer{http.StatusOK, `{"errcode":0,"errmsg":"ok","msgid":200228332}`}
	checkOutcomes(t, map[string]outcome{
		"taken":                    {taken, "accepted", "accepted", 1, 0},
		"who does not follow":      {refusal(43004), "failed not_following", "failed not_following", 1, 0},
		"who refuses messages":     {refusal(43101), "failed not_following", "failed not_following", 1, 0},
		"too many in a minute":     {refusal(45011), "queued limited, 1m0s", "accepted", 2, 0},
		"too many in a day":        {refusal(45009), "queued limited, 1h0m0s", "accepted", 2, time.Hour},
		"a value it does not take": {refusal(47003), "failed content", "failed content", 1, 0},
		"another template":         {refusal(40037), "queued settings, seconds", "accepted", 2, 0},
		"it is busy":               {refusal(-1), "queued busy, seconds", "accepted", 2, 0},
		"a page of somebody's":     {answer{http.StatusBadGateway, "<html>"}, "queued busy, seconds", "accepted", 2, 0},
		"the line is cut":          {answer{}, "queued unreachable, seconds", "accepted", 2, 0},
	}, taken, outbox.WeChat, "oXs0Y5p3tT", func(t *testing.T, c *counter) *channel.Channels {
		address := c.serve(t, func(r *http.Request, body string) (string, *answer) {
			if !strings.Contains(r.URL.Path, "template/send") {
				return "", &answer{http.StatusOK, `{"access_token":"t","expires_in":7200}`}
			}
			_, rest, _ := strings.Cut(body, `"client_msg_id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			return id, nil
		})
		return channel.New(channel.Options{
			Settings: chosen{WeChat: setting.WeChat{
				Version: setting.Version{Number: 1}, On: true, AppID: "wx1", AppSecret: "s", Token: "the token",
				Templates: map[string]setting.WeChatTemplate{"upcoming": {ID: "T1", Fields: map[string]string{"amount1": "amount"}}},
			}},
			Clock: clock.At(noon), Log: slog.New(slog.DiscardHandler), URL: "https://portal.test", WeChatAddress: address,
		})
	})
}
