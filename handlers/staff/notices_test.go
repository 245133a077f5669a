package staff_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
)

// told writes a merchant with a letter of one charge: its copy in the portal was
// read, its text message refused. Beside it stand a code and an older message.
func (s *site) told(state string) {
	s.t.Helper()
	now := s.clock.Now()
	s.exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', '老街面馆', '周老板', '+8613812346621', '', '2025-01-10', $1)`, now)
	s.exec(`insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step) values ('l_1', 1, 'upcoming', '2026-11-30', 3600, $1, '`+state+`', 'sms', 1)`, now)
	s.exec(`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, body, template, content_hash, code, created_at, not_after, state, attempts, next_at, reason, last_error, failed_at)
		values ('m_1', 'upcoming', 'sms', 1, 'l_1', '+8613812346621', 'zh-CN', '11月30日会扣流量卡费36.00元', 'upcoming.sms@0', 'aabb', 'ABCDEFGH23', $1, $2, 'failed', 1, $1, 'recipient', 'sms: refused', $1)`,
		now, now.Add(time.Hour))
	s.exec(`insert into messages (id, kind, channel, merchant_id, letter_id, recipient, locale, subject, body, template, content_hash, code, created_at, not_after, state, next_at, accepted_at, read_at)
		values ('m_2', 'upcoming', 'inbox', 1, 'l_1', '', 'zh-CN', '会扣 ¥36.00', '11月30日会扣 ¥36.00', 'upcoming.inbox@0', 'ccdd', 'ABCDEFGH24', $1, $2, 'read', $1, $1, $1)`,
		now, now.Add(time.Hour))
	s.exec(`insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at, accepted_at, provider, provider_id)
		values ('m_3', 'sign_in_code', 'sms', '+8613900001188', 'zh-CN', '', $1, $1, 'accepted', $1, $1, 'hook', 'gw-9')`, now)
	s.exec(`insert into messages (id, kind, channel, merchant_id, recipient, locale, subject, body, content_hash, code, created_at, not_after, state, next_at, accepted_at, delivered_at)
		values ('m_0', 'taken', 'wechat', 1, 'oABCDEFG', 'en', '', 'Taken', 'eeff', 'ABCDEFGH25', $1, $1, 'delivered', $1, $1, $1)`, now.AddDate(0, 0, -10))
	s.exec(`insert into notices (merchant_id, kind, cycle, lead_days, round, due_on, amount_fen, version, not_before, planned_at, letter_id, ref)
		values (1, 'upcoming', 2, 7, 1, '2026-11-30', 3600, 1, $1, $1, 'l_1', 'x')`, now)
}

func TestStaffSeeWhatBecameOfMessagesByChannelAndDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		lin := s.join("lin", staff.Support)
		lin.Get("/admin/notices").Is(200).Says("这些天没有发过消息")
		s.told("unreached")
		p := lin.Get("/admin").Click("送达").Is(200).Says("有 1 封提醒没有一个渠道确认送到，要打电话", "短信", "站内信", "收件的号码或地址收不了").SaysNot("微信")
		for what, fill := range map[string]string{"no word yet": "#4d9a87", "failed": "#b98f45"} {
			if !strings.Contains(p.Body, `height="48.0" fill="`+fill) {
				t.Errorf("the picture lacks the half with %s", what)
			}
		}
		lin.Get("/admin/notices?days=31").Is(200).Says("微信", "100.00%", "11月13日", "0.00%")
		p.Click("收件的号码或地址收不了").Is(200).Says("会扣钱", "138****6621", "老街面馆", "没到").SaysNot("139****1188")
	})
}

func TestStaffFindAMessageByMerchantNumberTailOrCode(t *testing.T) {
	s := newSite(t)
	s.told("told")
	lin := s.join("lin", staff.Support)
	for query, want := range map[string][2]string{
		"merchant=M1":                  {"/messages/m_1", "/messages/m_3"},
		"tail=1188":                    {"/messages/m_3", "/messages/m_1"},
		"code=abcd-efgh+23":            {"/messages/m_1", "/messages/m_2"},
		"code=m_2":                     {"/messages/m_2", "/messages/m_1"},
		"channel=wechat":               {"/messages/m_0", "/messages/m_1"},
		"state=failed":                 {"/messages/m_1", "/messages/m_2"},
		"kind=taken":                   {"/messages/m_0", "/messages/m_2"},
		"letter=l_1&reason=recipient":  {"/messages/m_1", "/messages/m_2"},
		"state=nonsense&kind=nonsense": {"/messages/m_1", "/messages/m_9"},
	} {
		p := lin.Get("/admin/notices/messages?" + query).Is(200)
		if !strings.Contains(p.Body, want[0]) || strings.Contains(p.Body, want[1]) {
			t.Errorf("%s: got a list with %s: %t, with %s: %t", query, want[0], strings.Contains(p.Body, want[0]), want[1], strings.Contains(p.Body, want[1]))
		}
	}
	s.exec(`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, template, content_hash, code, created_at, not_after, state, next_at, accepted_at)
		values ('m_4', 'upcoming', 'inbox', 1, '', 'zh-CN', '11月30日会扣 ¥36.00', 'upcoming.inbox@0', 'ccdd', 'ABCDEFGH26', $1, $1, 'accepted', $1, $1)`, s.clock.Now())
	lin.Get("/admin/notices/messages?code=m_4").Says("站内信 放进站内信")
	lin.Get("/admin/notices/messages/m_4").Says("放进站内信").SaysNot("对方收下")
	lin.Get("/admin/notices/messages?merchant=M9").Is(200).Says("没有找到")
	lin.Get("/admin/notices/messages?tail=1188").Says("最近 90 天")
	lin.Get("/admin/notices/messages?after=x").Is(404)
}

func TestMessagesAreListedPageByPage(t *testing.T) {
	s := newSite(t)
	for i := range 120 {
		s.exec(`insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at) values ($1, 'taken', 'sms', '+8613812346621', 'zh-CN', 'x', $2, $2, 'accepted', $2)`,
			fmt.Sprintf("m_%03d", i), s.clock.Now().Add(time.Duration(i/7)*time.Second))
	}
	lin := s.join("lin", staff.Support)
	seen := map[string]bool{}
	p := lin.Get("/admin/notices/messages?channel=sms").Is(200).SaysNot("回到最新的")
	for pages := 1; ; pages++ {
		for i := range 120 {
			id := fmt.Sprintf("m_%03d", i)
			if strings.Contains(p.Body, "/messages/"+id) {
				if seen[id] {
					t.Errorf("%s is listed twice", id)
				}
				seen[id] = true
			}
		}
		if !strings.Contains(p.Body, "更早的") {
			if pages != 3 {
				t.Errorf("got %d pages, want 3", pages)
			}
			break
		}
		p = p.Click("更早的").Is(200).Says("回到最新的")
	}
	if len(seen) != 120 {
		t.Errorf("got %d messages, want 120", len(seen))
	}
}

func TestAMessageIsShownAsSentAndSentAgainForAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		s.told("told")
		lin, zhao := s.join("lin", staff.Support), s.join("zhao", staff.Auditor)
		p := lin.Get("/admin/notices/messages/m_1").Is(200).Says(
			"11月30日会扣流量卡费36.00元", "给老街面馆（M1）", "没到", "收件的号码或地址收不了", "sms: refused", "138****6621", "upcoming.sms@0", "aabb", "ABCDEFGH23",
			"确定没到", "2026年11月30日", "¥36.00", "同一封提醒的其他消息", "站内信", "看过了", "送到了").SaysNot("13812346621")
		form := p.Form("/admin/notices/messages/m_1/resend")
		form.Set("reason", " ").Submit().Is(422).Says("请写明为什么重发")
		form.Set("reason", "号码恢复了").Submit().Follow().Says("重新发了", "11月30日会扣流量卡费36.00元", "等着发", "原来那条")
		form.Submit().Is(409).Says("这条还在等着发")
		var queued, recorded int
		if err := d.QueryRow(t.Context(), `select count(*) from messages where again_for = 'm_1' and state = 'queued'`).Scan(&queued); err != nil || queued != 1 || len(s.held.all) != 1 {
			t.Errorf("got %d messages and %d jobs, %v; want one each", queued, len(s.held.all), err)
		}
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'message.resend'`).Scan(&recorded); err != nil || recorded != 1 {
			t.Errorf("got %d entries, %v; want 1", recorded, err)
		}
		lin.Get("/admin/notices/messages/m_2").Is(200).Says("11月30日会扣 ¥36.00").SaysNot("再发一次")
		lin.Get("/admin/notices/messages/m_3").Is(200).Says("发出去就擦掉了", "自己的短信网关", "gw-9").SaysNot("再发一次")
		lin.Get("/admin/notices/messages/m_9").Is(404).Says("找不到这条消息")
		zhao.Get("/admin/notices/messages/m_1").Is(200).SaysNot("再发一次")
		zhao.Post("/admin/notices/messages/m_1/resend", map[string][]string{"csrf": {zhao.Cookie("__Host-csrf")}, "reason": {"x"}}).Is(403)
	})
}

func TestWhomNothingReachedIsCalledAndTheCallNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		s.told("unreached")
		s.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_2', 1, 'security', $1, 'unreached', '', 0)`, s.clock.Now())
		s.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_4', 1, 'complaint', $1, 'unreached', '', 0)`, s.clock.Now())
		s.exec(`insert into notices (merchant_id, kind, ref, not_before, planned_at, letter_id) values (1, 'complaint', 'C2026-1121-07', $1, $1, 'l_4')`, s.clock.Now())
		lin, zhao := s.join("lin", staff.Support).Speak("en"), s.join("zhao", staff.Auditor)
		lin.Get("/admin").Is(200).Says("Letters not known to have arrived, to call")
		p := lin.Get("/admin/notices/unreached").Is(200).Says("老街面馆", "M1, 138****6621", "Charge to come, 30 November 2026, ¥36.00", "Text message", "No channel to use", "C2026-1121-07")
		p.Click("Show contact details in full (on record)").Is(200)
		form := p.Form("/admin/notices/unreached/M1/called")
		form.Submit().Is(422).Says("Write down whom you spoke to")
		s.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_3', 1, 'security', $1, 'unreached', '', 0)`, s.clock.Now().Add(time.Minute))
		form.Set("remark", "周老板知道了").Submit().Follow().Says("Noted.", "老街面馆", "Sign-in").SaysNot("¥36.00")
		form.Set("remark", "又打了一次").Submit().Is(409).Says("Someone has called already", "又打了一次")
		lin.Get("/admin/notices/messages?letter=l_1").Is(200).Click("23 Nov, 10:00").Says("Not known to have reached anybody", "Called", "lin", "周老板知道了")
		zhao.Get("/admin/notices/unreached").Is(200).Says("登录安全").SaysNot("打过了")
		zhao.Post("/admin/notices/unreached/M1/called", map[string][]string{"csrf": {zhao.Cookie("__Host-csrf")}, "letter": {"l_3"}, "remark": {"x"}}).Is(403)
	})
}

func TestThePagesOfNoticesCostThreeRoundTripsAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		s.told("unreached")
		lin := s.join("lin", staff.Support)
		if d.Dialect != db.Postgres {
			t.Skip("it has no trips")
		}
		for _, path := range []string{"/admin/notices", "/admin/notices/messages?merchant=M1", "/admin/notices/messages/m_1", "/admin/notices/unreached"} {
			ctx, counter := db.Count(t.Context())
			lin.Do(httptest.NewRequest(http.MethodGet, lin.Get(path).URL.String(), nil).WithContext(ctx)).Is(200)
			if got := counter.RoundTrips(); got > 3 {
				t.Errorf("%s takes %d round trips, want at most 3", path, got)
			}
		}
	})
}
