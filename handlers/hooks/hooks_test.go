package hooks_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/hooks"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/payment"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/sms"
	"github.com/mingbai/mingbai/web/wechat"
)

// portal is a server with the hooks alone.
type portal struct {
	*server.Server
	t        *testing.T
	db       *db.DB
	clock    *clock.Set
	log      bytes.Buffer
	key      sms.Key
	pay      *payment.Page
	gate     *sms.ReportGate
	callback *wechat.Callback
	nonces   int
}

func (p *portal) ReportKey(context.Context) sms.Key               { return p.key }
func (p *portal) AliyunReports(context.Context) *sms.ReportGate   { return p.gate }
func (p *portal) WeChatCallback(context.Context) *wechat.Callback { return p.callback }

const (
	someone     = "+8613812346621"
	follower    = "oXs0Y5p3tT"
	token       = "a token of at least thirty-two letters"
	wechatToken = "the token"
)

func eachPortal(t *testing.T, test func(t *testing.T, p *portal)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := &portal{
			t: t, db: d, clock: clock.At(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)), key: sms.Key{Name: "r1", Secret: []byte("the secret of the reports has 32 b")},
		}
		p.pay = &payment.Page{URL: "https://pay.example.com", Key: p.key}
		var err error
		if p.gate, err = sms.NewReportGate(token, []string{"203.0.113.0/24"}); err != nil {
			t.Fatal(err)
		}
		if p.callback, err = wechat.NewCallback("wx1", wechatToken, "", p.clock.Now); err != nil {
			t.Fatal(err)
		}
		none := func(next echo.HandlerFunc) echo.HandlerFunc { return next }
		site := page.NewSite(func(i18n.Locale) page.Brand { return page.Brand{} }, func(name string) string { return name }, cookie.Site{TLS: true}, make([]byte, 32))
		log := slog.New(slog.NewTextHandler(&p.log, nil))
		p.Server = server.New(server.Options{
			Log: log, Now: p.clock.Now, Site: site, Session: none, SaveLocale: func(echo.Context, i18n.Locale) error { return nil },
			Answer: func(c echo.Context, err error) error {
				t.Logf("answering %v", err)
				return c.NoContent(http.StatusInternalServerError)
			},
			Ready: d.Ready,
		})
		(&hooks.Hooks{DB: d, Clock: p.clock, Providers: p, Pay: p.pay, Log: log}).Routes(p.Router())
		test(t, p)
		if said := p.log.String(); strings.Contains(said, "13812346621") || strings.Contains(said, follower) || strings.Contains(said, token) {
			t.Errorf("the log says %s", said)
		}
	})
}

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// sent puts a message into the outbox and lets a provider take it.
func (p *portal) sent(channel, to, provider string) (id string) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *db.Tx) error {
		names, err := outbox.QueueAll(p.t.Context(), tx, noJobs{}, []outbox.New{{
			Kind: "upcoming", Channel: channel, To: to, Locale: "zh-CN", Text: "12 月 3 日扣 ¥48.00", CreatedAt: p.clock.Now(),
		}})
		if err == nil {
			id = names[0]
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	_, _, err = outbox.Deliver(p.t.Context(), p.db, p.clock, channel, outbox.DeliverOptions{Idempotent: true, Send: func(_ context.Context, m outbox.Outgoing) outbox.Receipt {
		return outbox.Receipt{Provider: provider, ProviderID: "p-" + m.ID}
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func (p *portal) state(id string) outbox.State {
	p.t.Helper()
	e, err := outbox.Get(p.t.Context(), p.db, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return e.State
}

// ask sends a request, as a provider does, and returns the status and the body.
func (p *portal) ask(method, address, body string, change func(*http.Request)) (int, string) {
	p.t.Helper()
	r := httptest.NewRequest(method, "https://portal.test"+address, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.7:40000"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if len(w.Result().Cookies()) > 0 {
		p.t.Errorf("%s %s sets cookies %v", method, address, w.Result().Cookies())
	}
	said, err := io.ReadAll(w.Result().Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return w.Code, strings.TrimSpace(string(said))
}

// report pushes as the acquirer's own gateway does.
func (p *portal) report(body string, change func(*http.Request)) (int, string) {
	p.t.Helper()
	p.nonces++
	timestamp, nonce := strconv.FormatInt(p.clock.Now().Unix(), 10), fmt.Sprintf("%032x", p.nonces)
	return p.ask(http.MethodPost, "/hooks/sms/reports", body, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set(sms.HeaderTimestamp, timestamp)
		r.Header.Set(sms.HeaderNonce, nonce)
		r.Header.Set(sms.HeaderKey, "r1")
		r.Header.Set(sms.HeaderSignature, sms.Sign(p.key.Secret, timestamp, nonce, []byte(body)))
		if change != nil {
			change(r)
		}
	})
}

func reportOf(id, to, status string) string {
	return fmt.Sprintf(`{"reports":[{"id":%q,"gateway_id":"p-%s","to":%q,"status":%q,"reason":"MK:0001"}]}`, id, id, to, status)
}

func TestTheGatewaysSignedReportIsNoted(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		for status, want := range map[string]outbox.State{"delivered": outbox.Delivered, "failed": outbox.Failed} {
			id := p.sent("sms", someone, "hook")
			for range 2 {
				if code, said := p.report(reportOf(id, someone, status), nil); code != http.StatusOK || said != `{"taken":1,"unknown":[]}` {
					t.Errorf("%s: got %d %s", status, code, said)
				}
			}
			if got := p.state(id); got != want {
				t.Errorf("the message is %s, want %s", got, want)
			}
		}
	})
}

func TestAReportOnNoMessageOfTheGatewaysIsUnknown(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		own, others := p.sent("sms", someone, "hook"), p.sent("sms", someone, "aliyun")
		for name, body := range map[string]string{
			"m_0": reportOf("m_0", someone, "delivered"), own: reportOf(own, "+8613812346622", "delivered"), others: reportOf(others, someone, "delivered"),
		} {
			if code, said := p.report(body, nil); code != http.StatusOK || said != `{"taken":0,"unknown":["`+name+`"]}` {
				t.Errorf("%s: got %d %s", name, code, said)
			}
		}
		if p.state(own) != outbox.Accepted || p.state(others) != outbox.Accepted {
			t.Error("a message changed")
		}
	})
}

func TestAReportThatIsNotSignedOrComesTwiceIsRefused(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		id := p.sent("sms", someone, "hook")
		body := reportOf(id, someone, "delivered")
		if code, _ := p.report(body, func(r *http.Request) { r.Header.Set(sms.HeaderSignature, "v1=00") }); code != http.StatusUnauthorized {
			t.Errorf("unsigned: got %d", code)
		}
		if code, _ := p.report(`{"reports":1}`, nil); code != http.StatusBadRequest {
			t.Errorf("malformed: got %d", code)
		}
		if p.state(id) != outbox.Accepted {
			t.Error("the message changed")
		}
		nonce := strings.Repeat("ab", 16)
		again := func(r *http.Request) {
			r.Header.Set(sms.HeaderNonce, nonce)
			r.Header.Set(sms.HeaderSignature, sms.Sign(p.key.Secret, r.Header.Get(sms.HeaderTimestamp), nonce, []byte(body)))
		}
		for i, want := range []int{http.StatusOK, http.StatusConflict} {
			if code, said := p.report(body, again); code != want {
				t.Errorf("time %d: got %d %s, want %d", i+1, code, said, want)
			}
		}
		p.clock.Advance(11 * time.Minute) // by then its time would be too old
		if code, _ := p.report(body, again); code != http.StatusOK {
			t.Errorf("a nonce that is forgotten: got %d", code)
		}
		p.key = sms.Key{}
		if code, _ := p.report(body, nil); code != http.StatusNotFound {
			t.Errorf("without a key: got %d", code)
		}
	})
}

func aliyunReport(id, to, biz string, success bool) string {
	return fmt.Sprintf(`[{"phone_number":%q,"send_time":"2026-11-22 10:00:00","report_time":"2026-11-22 10:00:05","success":%v,"err_code":"IS_CLOSED","sms_size":"1","biz_id":%q,"out_id":%q}]`,
		to, success, biz, id)
}

func TestAliyunsReportIsNoted(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		address := "/hooks/aliyun/" + url.PathEscape(token)
		for _, want := range []outbox.State{outbox.Delivered, outbox.Failed} {
			success := want == outbox.Delivered
			id := p.sent("sms", someone, "aliyun")
			p.clock.Advance(time.Minute)
			body := aliyunReport(id, "13812346621", "p-"+id, success)
			for what, change := range map[string]func(r *http.Request){
				"from elsewhere": func(r *http.Request) { r.RemoteAddr = "198.51.100.7:40000" },
				"another token":  func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/hooks/aliyun/another", "" },
			} {
				if code, _ := p.ask(http.MethodPost, address, body, change); code != http.StatusForbidden || p.state(id) != outbox.Accepted {
					t.Errorf("%s: got %d, the message is %s", what, code, p.state(id))
				}
			}
			if code, said := p.ask(http.MethodPost, address, body, nil); code != http.StatusOK || said != sms.AliyunReportAnswer {
				t.Errorf("got %d %s", code, said)
			}
			e, err := outbox.Get(t.Context(), p.db, id)
			if err != nil || e.State != want || !success && (e.Reason != "recipient" || e.LastError != "IS_CLOSED") {
				t.Errorf("got %+v, %v; want %s", e, err, want)
			}
			if success && e.DeliveredAt != time.Date(2026, 11, 22, 2, 0, 5, 0, time.UTC) {
				t.Errorf("it was delivered at %s, want the reported time", e.DeliveredAt)
			}
		}
	})
}

func TestAliyunIsAskedForAReportAgainThatFitsNoMessageYet(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		address, id := "/hooks/aliyun/"+url.PathEscape(token), p.sent("sms", someone, "aliyun")
		for body, want := range map[string]int{
			aliyunReport("m_0", someone, "b", true):          http.StatusServiceUnavailable,
			aliyunReport(id, "13800000000", "p-"+id, true):   http.StatusServiceUnavailable,
			aliyunReport("another-system", "13", "b", true):  http.StatusOK,
			aliyunReport("", "13800000000", "p-"+id, true):   http.StatusOK,
			`[{"success":true}]`:                             http.StatusBadRequest,
			aliyunReport(id, "13812346621", "another", true): http.StatusServiceUnavailable,
		} {
			if code, said := p.ask(http.MethodPost, address, body, nil); code != want {
				t.Errorf("%s: got %d %s, want %d", body, code, said, want)
			}
		}
		if p.state(id) != outbox.Accepted {
			t.Error("the message changed")
		}
		p.gate = nil
		if code, _ := p.ask(http.MethodPost, address, aliyunReport(id, someone, "p-"+id, true), nil); code != http.StatusNotFound {
			t.Errorf("where Aliyun is off: got %d", code)
		}
	})
}

// signed is the query under which WeChat pushes.
func (p *portal) signed() url.Values {
	parts := []string{wechatToken, strconv.FormatInt(p.clock.Now().Unix(), 10), "n1"}
	q := url.Values{"timestamp": {parts[1]}, "nonce": {"n1"}}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	q.Set("signature", hex.EncodeToString(sum[:]))
	return q
}

// push pushes an event as WeChat does.
func (p *portal) push(event, more string) (int, string) {
	p.t.Helper()
	body := fmt.Sprintf(`<xml><ToUserName>gh_1</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime><MsgType>event</MsgType><Event>%s</Event>%s</xml>`,
		follower, p.clock.Now().Unix(), event, more)
	return p.ask(http.MethodPost, "/hooks/wechat?"+p.signed().Encode(), body, func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") })
}

func TestWeChatMakesSureOfTheAddress(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		q := p.signed()
		q.Set("echostr", "5012374<b>")
		if code, said := p.ask(http.MethodGet, "/hooks/wechat?"+q.Encode(), "", nil); code != http.StatusOK || said != "5012374<b>" {
			t.Errorf("got %d %s", code, said)
		}
		q.Set("nonce", "n2")
		if code, said := p.ask(http.MethodGet, "/hooks/wechat?"+q.Encode(), "", nil); code != http.StatusForbidden || strings.Contains(said, "5012374") {
			t.Errorf("unsigned: got %d %s", code, said)
		}
		p.callback = nil
		if code, _ := p.ask(http.MethodGet, "/hooks/wechat?"+p.signed().Encode(), "", nil); code != http.StatusNotFound {
			t.Errorf("where WeChat is off: got %d", code)
		}
		if code, _ := p.push("subscribe", ""); code != http.StatusNotFound {
			t.Errorf("where WeChat is off: got %d", code)
		}
	})
}

func TestWeChatsWordOnAMessageIsNoted(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		for status, want := range map[string]outbox.State{
			"success": outbox.Delivered, "failed:user block": outbox.Failed, "failed: system failed": outbox.Failed, "on its way": outbox.Accepted,
		} {
			id := p.sent("wechat", follower, "wechat")
			if code, said := p.push("TEMPLATESENDJOBFINISH", "<MsgID>p-"+id+"</MsgID><Status>"+status+"</Status>"); code != http.StatusOK || said != wechat.CallbackAnswer {
				t.Errorf("%s: got %d %s", status, code, said)
			}
			if got := p.state(id); got != want {
				t.Errorf("%s: the message is %s, want %s", status, got, want)
			}
		}
		if code, _ := p.push("TEMPLATESENDJOBFINISH", "<MsgID>p-0</MsgID><Status>success</Status>"); code != http.StatusServiceUnavailable {
			t.Errorf("a message that is not there yet: got %d, want WeChat to push again", code)
		}
		q := p.signed()
		q.Set("signature", strings.Repeat("0", 40))
		if code, _ := p.ask(http.MethodPost, "/hooks/wechat?"+q.Encode(), "<xml/>", nil); code != http.StatusForbidden {
			t.Errorf("unsigned: got %d", code)
		}
		if code, _ := p.ask(http.MethodPost, "/hooks/wechat?"+p.signed().Encode(), "no XML", nil); code != http.StatusBadRequest {
			t.Errorf("malformed: got %d", code)
		}
	})
}

// recipient makes one that waits to be bound by a scene, or is one already.
func (p *portal) recipient(id, scene, address string) {
	p.t.Helper()
	err := p.db.Write(p.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(p.t.Context(), `
			insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (7, 'M7', '老街面馆', '周', '13800006621', '', '2024-01-01', $1)
			on conflict (id) do nothing`, p.clock.Now())
		if err != nil {
			return err
		}
		var confirmed *time.Time
		if address != "" {
			now := p.clock.Now()
			confirmed = &now
		}
		sum, until := sha256.Sum256([]byte(scene)), p.clock.Now().Add(10*time.Minute)
		_, err = tx.Exec(p.t.Context(), `
			insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, code_hash, code_until, confirmed_at)
			values ($1, 7, 'wechat', $2, '', 'u_1', $3, $4, $5, $6)`, id, address, p.clock.Now(), sum[:], until, confirmed)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *portal) count(query string) (n int) {
	p.t.Helper()
	if err := p.db.QueryRow(p.t.Context(), query).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

func TestWhoScansTheCodeBecomesARecipient(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		p.recipient("nr_1", "scene-1", "")
		for _, more := range []string{"<EventKey>qrscene_scene-2</EventKey>", ""} {
			if code, _ := p.push("subscribe", more); code != http.StatusOK || p.count(`select count(*) from notice_recipients where confirmed_at is not null`) != 0 {
				t.Errorf("following by %q: got %d, and a recipient", more, code)
			}
		}
		for range 2 {
			if code, said := p.push("subscribe", "<EventKey>qrscene_scene-1</EventKey>"); code != http.StatusOK || said != "success" {
				t.Errorf("got %d %s", code, said)
			}
		}
		if got := p.count(`select count(*) from notice_recipients where confirmed_at is not null and ended_at is null and address = '` + follower + `'`); got != 1 {
			t.Errorf("%d recipients, want one", got)
		}
		p.recipient("nr_2", "scene-3", "")
		p.push("SCAN", "<EventKey>scene-3</EventKey>")
		if got := p.count(`select count(*) from notice_recipients where id = 'nr_2' and address = '` + follower + `'`); got != 1 {
			t.Error("who follows already and scans becomes none")
		}
	})
}

func TestWhoUnfollowsOrBlocksIsNoRecipientAnyMore(t *testing.T) {
	eachPortal(t, func(t *testing.T, p *portal) {
		for i, push := range []func(){
			func() { p.push("unsubscribe", "") },
			func() {
				id := p.sent("wechat", follower, "wechat")
				p.push("TEMPLATESENDJOBFINISH", "<MsgID>p-"+id+"</MsgID><Status>failed:user block</Status>")
			},
		} {
			name := fmt.Sprint("nr_", i)
			p.recipient(name, fmt.Sprint("s", i), follower)
			push()
			if got := p.count(`select count(*) from notice_recipients where id = '` + name + `' and ended_at is not null and ended_why <> ''`); got != 1 {
				t.Errorf("recipient %d goes on", i)
			}
		}
	})
}
