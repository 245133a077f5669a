package public_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

var outsideSecret = bytes.Repeat([]byte("o"), 32)

// outsideSite is a site with a terminal of the first merchant that pays 36 yuan a
// year and 3 yuan a month.
func outsideSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, nil)
	for _, statement := range []string{
		`insert into shops (id, merchant_id, name) values (1, 1, '总店')`,
		`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			values (7, 1, 1, '820000018093', '前台', 'K9', '智能触屏POS', '2025-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`,
		`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`,
		`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'x', '2025-01-01 00:00:00+00:00')`,
		`insert into plans (id, code, disclosure_id, item, method) values (1, 'sim-annual-36', 1, 'sim_data', null), (2, 'service-monthly', 1, 'service', null)`,
		`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, free_days, free_months, idle, ppm, texts)
			values (1, 1, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 3600, 12, 30, null, 'skip', null, '{"title":{"zh-CN":"流量卡费（一年一次）","en":"SIM data (yearly)"},"clause":"3"}'),
			       (2, 2, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 300, 1, null, null, 'skip', null, '{"title":{"zh-CN":"服务费","en":"Service"},"clause":"4"}')`,
		`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (1, 1, 7, 1, '2025-01-01'), (2, 1, 7, 2, '2025-01-01')`,
		`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			values (1, 1, 1, '2025-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00'), (2, 1, 1, '2025-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00')`,
		`insert into judge_pending (terminal_id, since) values (7, '2025-01-01')`,
	} {
		s.exec(statement)
	}
	plans := disclosure.NewCatalogue(s.db)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := deduction.JudgePending(t.Context(), s.db, s.clock, fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
	imported := s.clock.Now()
	h := &public.FromOutside{
		DB: s.db, Clock: s.clock, Plans: plans, Policy: func() fee.Policy { return fee.DefaultPolicy }, AsOf: func() time.Time { return imported },
		Guard: s.guard, Secret: outsideSecret, Origin: "https://pay.example",
	}
	h.Routes(s.Router())
	for _, path := range []string{"/inbox", "/inbox/:id", "/terminals/:sn"} {
		s.Router().Get(path, guard.Can(account.SeeFees), stub)
	}
	return s
}

// feed makes a calendar for the first merchant and returns its path.
func (s *site) feed(locale string) string {
	s.t.Helper()
	f, err := notice.MakeFeed(s.t.Context(), s.db, s.clock.Now(), account.Who{UserID: "u_1", MerchantID: 1}, outsideSecret, locale)
	if err != nil {
		s.t.Fatal(err)
	}
	return "/calendar/" + f.Token(outsideSecret) + ".ics"
}

// fetch asks as a program does: without cookies.
func (s *site) fetch(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://pay.example"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAnotherProgramReadsTheCalendar(t *testing.T) {
	s := outsideSite(t)
	w := s.fetch(http.MethodGet, s.feed("zh-CN"), "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || w.Header().Get("X-Robots-Tag") == "" || len(w.Header().Values("Set-Cookie")) > 0 {
		t.Fatalf("got %d, %v", w.Code, w.Header())
	}
	text := w.Body.String()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.Contains(line, "\n") {
			t.Errorf("the line %q is longer than 75 bytes, or broken by hand", line)
		}
	}
	decoder := ical.NewDecoder(strings.NewReader(text))
	cal, err := decoder.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Decode(); err != io.EOF {
		t.Errorf("after the calendar comes %v", err)
	}
	if every, err := cal.Props.Get("REFRESH-INTERVAL").Duration(); err != nil || every != 6*time.Hour {
		t.Errorf("it is to be looked at every %s, %v", every, err)
	}
	events, uids := cal.Events(), map[string]bool{}
	if len(events) != 15 {
		t.Fatalf("%d events; want this month's and this year's fee, which are open, and twelve months and a year to come", len(events))
	}
	var yearly []string
	for _, e := range events {
		start, err := e.DateTimeStart(date.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		end, err := e.DateTimeEnd(date.Shanghai)
		if err != nil || end.Sub(start) != 24*time.Hour || e.Props.Get("DTSTART").ValueType() != ical.ValueDate {
			t.Errorf("it lasts from %s to %s, %v; want a whole day", start, end, err)
		}
		if date.Of(start) < date.Of(s.clock.Now()) || date.Of(start) >= date.Of(s.clock.Now()).AddMonths(12) {
			t.Errorf("an event is on %s", start)
		}
		uid, err := e.Props.Text("UID")
		if err != nil || uid == "" || uids[uid] {
			t.Errorf("the name %q is there twice, or none: %v", uid, err)
		}
		uids[uid] = true
		summary, err := e.Props.Text("SUMMARY")
		if err != nil {
			t.Error(err)
		}
		if summary == "扣 ¥36.00 流量卡费（尾号 8093）" {
			yearly = append(yearly, date.Of(start).String())
		}
		if len(e.Children) != 2 || e.Children[0].Name != "VALARM" || e.Children[1].Props.Get("TRIGGER").Value != "-PT14H" {
			t.Errorf("its alarms are %+v", e.Children)
		}
	}
	if got := strings.Join(yearly, " "); got != "2026-11-23 2027-01-31" {
		t.Errorf("the year's fee is on %s; want the open one today and the next on its day", got)
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	if !strings.Contains(unfolded, "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n") || strings.Contains(unfolded, ";VALUE=DATE;VALUE=DATE:") {
		t.Errorf("a kind of value is said twice, or not: %s", unfolded)
	}
	for _, secret := range []string{"老街面馆", "周老板", "820000018093", "前台", zhou, "总店"} {
		if strings.Contains(unfolded, secret) {
			t.Errorf("it says %s", secret)
		}
	}
}

func TestACalendarIsSentAnewOnlyWhereItChanged(t *testing.T) {
	s := outsideSite(t)
	path := s.feed("en")
	first := s.fetch(http.MethodGet, path, "")
	if !strings.Contains(first.Body.String(), "SUMMARY:¥36.00 SIM data (ending 8093)") {
		t.Errorf("in English it says %s", first.Body)
	}
	tag, modified := first.Header().Get("Etag"), first.Header().Get("Last-Modified")
	s.clock.Advance(time.Minute)
	for _, again := range []*httptest.ResponseRecorder{s.fetch(http.MethodGet, path, "", "If-None-Match", tag), s.fetch(http.MethodGet, path, "", "If-Modified-Since", modified)} {
		if again.Code == http.StatusNotModified && again.Body.Len() == 0 {
			continue
		}
		t.Errorf("asked again it answers %d with %d bytes", again.Code, again.Body.Len())
	}
	uids := func(w *httptest.ResponseRecorder) (all []string) {
		for line := range strings.Lines(w.Body.String()) {
			if strings.HasPrefix(line, "UID:") {
				all = append(all, line)
			}
		}
		return all
	}
	s.clock.Advance(24 * time.Hour)
	if next := s.fetch(http.MethodGet, path, "", "If-None-Match", tag); next.Code != http.StatusOK || !slices.Equal(uids(next), uids(first)) {
		t.Errorf("a day later it answers %d, and calls its events otherwise", next.Code)
	}
	var used db.Time
	if err := s.db.QueryRow(t.Context(), `select last_used_at from calendar_feeds`).Scan(&used); err != nil || used.IsZero() {
		t.Errorf("it was last used at %v, %v", used, err)
	}
	if err := notice.EndFeed(t.Context(), s.db, s.clock.Now(), account.Who{UserID: "u_1", MerchantID: 1}); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{path, strings.TrimSuffix(path, ".ics"), "/calendar/x.ics"} {
		if w := s.fetch(http.MethodGet, gone, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", gone, w.Code)
		}
	}
}

// mail puts a mail to the first merchant down, with its copy in the portal.
func (s *site) mail(code string) {
	s.t.Helper()
	now := s.clock.Now()
	s.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_1', 1, 'upcoming', $1, 'open', 'email', 0)`, now)
	s.exec(`insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, not_before, planned_at, letter_id) values (1, 'upcoming', 7, 1, 2, 7, 1, '', $1, $1, 'l_1')`, now)
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		_, err := outbox.QueueAll(s.t.Context(), tx, noJobs{}, []outbox.New{
			{Kind: "upcoming", Channel: outbox.Inbox, MerchantID: 1, LetterID: "l_1", Locale: "zh-CN", Subject: "会扣", Text: "12月3日会扣 ¥36.00", Code: outbox.NewCode(), CreatedAt: now},
			{Kind: "upcoming", Channel: outbox.Email, MerchantID: 1, LetterID: "l_1", To: "zhou@example.com", Locale: "zh-CN", Subject: "会扣", Text: "12月3日会扣 ¥36.00", Code: code, CreatedAt: now},
		})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.exec(`update messages set state = 'accepted', accepted_at = created_at where channel = 'email'`)
}

const mailCode = "ABCDEFGHJKLMNPQRSTUV"

func TestAReceiptTellsAStrangerNothingButThatItIsGenuine(t *testing.T) {
	s := outsideSite(t)
	s.mail(mailCode)
	c := s.browser()
	page := c.Get("/receipts").Is(http.StatusOK).Form("/receipts").Set("code", "abcde-fghjk-lmnpq-rstuv").Submit().Follow()
	page.Is(http.StatusOK).Says("这条消息是我们发的", "邮件", "ABCDE FGHJK LMNPQ RSTUV", "还没有消息").
		SaysNot("老街面馆", "zhou@", "z***", "36.00", "8093")
	if page.Header.Get("X-Robots-Tag") == "" {
		t.Error("search engines may list it")
	}
	form := page.Form("/receipts/" + mailCode)
	form.Set("text", "12月3日会扣 ¥36.01").Press("核对").Is(http.StatusOK).Says("和我们发的原文不一样。")
	form.Set("text", "会扣\n12月3日会扣　¥36.00 ").Press("核对").Is(http.StatusOK).Says("一字不差，就是我们发的原文。")
	form.Set("text", " ").Press("核对").Is(http.StatusUnprocessableEntity).Says("先把原文贴进来。")
	c.Get("/receipts?code=XYZ").Is(http.StatusUnprocessableEntity).Says("没有这个核对码。")
	c.Get("/receipts/XYZ").Is(http.StatusNotFound).Says("没有这个核对码", "那它不是我们发的").SaysNot("另一个商户").
		Form("/receipts").Set("code", mailCode).Submit().Follow().Says("这条消息是我们发的")
	c.Speak("en").Get("/receipts/"+mailCode).Says("We sent this message", "nothing is known yet")
}

func TestAShortLinkLeadsItsMerchantToTheTerminal(t *testing.T) {
	s := outsideSite(t)
	s.mail(mailCode)
	stranger := s.browser()
	stranger.Get("/s/" + mailCode).LeadsTo("/login?next=%2Fs%2F" + mailCode)
	other := s.browser()
	s.clock.Advance(time.Minute)
	s.signIn(other, li)
	other.Get("/s/" + mailCode).Is(http.StatusNotFound).Says("找不到这条提醒")
	owner := s.browser()
	s.clock.Advance(time.Minute)
	s.signIn(owner, zhou)
	s.exec(`update sessions set merchant_id = 1 where user_id = (select user_id from memberships where merchant_id = 1)`)
	owner.Get("/s/" + mailCode).LeadsTo("/terminals/820000018093")
	var read int
	if err := s.db.QueryRow(t.Context(), `select count(*) from messages where channel = 'email' and state = 'read' and read_at is not null`).Scan(&read); err != nil || read != 1 {
		t.Errorf("%d mails were read, %v", read, err)
	}
	s.exec(`insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, not_before, planned_at, letter_id) values (1, 'upcoming', 7, 2, 9, 7, 1, '', $1, $1, 'l_1')`, s.clock.Now())
	owner.Get("/s/" + mailCode).LeadsTo("/inbox/l_1")
}

func TestOneClickEndsMailsOfAKindAndThePageAsksFirst(t *testing.T) {
	s := outsideSite(t)
	s.exec(`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, confirmed_at) values ('nr_1', 1, 'email', 'zhou@example.com', '', 'u', $1, $1)`, s.clock.Now())
	path := func(e notice.Event) string {
		return "/unsubscribe/" + url.PathEscape(notice.UnsubscribeToken(outsideSecret, "nr_1", e))
	}
	off := func() (text string) {
		if err := s.db.QueryRow(t.Context(), `select off from notice_recipients`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	asked := s.browser().Get(path(notice.EventUpcoming)).Is(http.StatusOK).Says("不再用邮件收“扣费前”", "z***@example.com", "放满 7 天才扣").SaysNot("zhou@")
	if off() != "" {
		t.Error("looking at the page ended mails")
	}
	asked.Form(path(notice.EventUpcoming)).Press("不再用邮件收").Is(http.StatusOK).Says("停好了", "恢复发邮件")
	for range 2 {
		if w := s.fetch(http.MethodPost, path(notice.EventTaken), "List-Unsubscribe=One-Click"); w.Code != http.StatusOK {
			t.Errorf("one click is answered with %d", w.Code)
		}
	}
	if got := off(); got != "upcoming taken" {
		t.Errorf("ended are %q", got)
	}
	s.browser().Get(path(notice.EventTaken)).Says("停好了", "已经不发到")
	for _, wrong := range []string{"/unsubscribe/nr_1.failed.x", path(notice.EventTaken) + "x"} {
		if w := s.fetch(http.MethodPost, wrong, "List-Unsubscribe=One-Click"); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered with %d", wrong, w.Code)
		}
	}
	if w := s.fetch(http.MethodPost, path(notice.EventFailed), "List-Unsubscribe=One-Click", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("from another site it is answered with %d", w.Code)
	}
}
