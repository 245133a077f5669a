package staff_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

func TestWordsAreWrittenReviewedAndUsedAtTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		author, reviewer := s.join("author", staff.Compliance), s.join("reviewer", staff.Lead)
		const at = "/admin/templates/upcoming/sms"
		const text = "【{operator}】{date}会从{terminal}扣{item}{amount}"
		edit := func(m *member) *webtest.Form { return m.Get(at + "/edit").Form(at + "/edit") }

		author.Get("/admin").Click("写法").Is(200).Says("要扣钱", "登录变动", "短信", "站内信").SaysNot("第 1 版")
		author.Get(at).Is(200).Says("原样，正在用", "一笔的短信").SaysNot("换回原样")
		edit(author).Set("zh_one", "{operator}：{date}扣{balance}").Submit().LeadsTo(at).
			Follow().Says("草稿存好了", "还要改 3 处", "短信要用我们的简称开头", "这里不能用“balance”", "要写上“amount”").SaysNot("交去审。")
		stale := edit(author)
		edit(author).Set("zh_one", text).Submit().LeadsTo(at).Follow().Says("可以交去审")
		stale.Set("zh_one", "旧").Submit().Is(409).Says("刚被别人改过")
		author.Get(at+"/preview").Is(200).Says("编的例子", "草稿", "会从前台POS（0387）扣流量卡费36.00元", "will be taken for SIM data", "一条短信 70 个")
		author.Get(at).Form(at+"/submit").Submit().LeadsTo(at).Follow().Says("交去审了", "这一版你改过")
		author.Get(at + "/review").Is(403)
		author.Get(at + "/edit").Is(409)

		reviewer.Get("/admin").Says("提醒写法等你审")
		reviewer.Get(at).Click("去审").Is(200).Says("加上", "会从{terminal}扣")
		reviewer.Get(at + "/review").Form(at + "/send-back").Submit().Is(422).Says("请写明要改什么")
		reviewer.Get(at+"/review").Form(at+"/send-back").Set("comment", "写上多久一次").Submit().LeadsTo(at).Follow().Says("退回了第 1 版：写上多久一次")
		author.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		author.Get(at).Form(at + "/withdraw").Submit().LeadsTo(at).Follow().Says("撤回了")
		author.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		twice := reviewer.Get(at + "/review").Form(at + "/approve")
		twice.Submit().LeadsTo(at).Follow().Says("通过了", "第 1 版，正在用")
		twice.Submit().Is(409)
		author.Get("/admin/templates").Says("第 1 版")

		author.Get(at).Form(at+"/restore").Submit().LeadsTo(at).Follow().Says("换成原样了", "第 2 版，还没用")
		author.Speak("en").Get(at).Is(200).Says("Version 2, not in use yet", "Version 1, in use", "put version 2 back to the shipped words")
		author.Get(at).Form(at + "/discard").Submit().LeadsTo(at)
		for _, path := range []string{"/admin/templates/upcoming/fax", "/admin/templates/nothing/sms", "/admin/templates/nothing/sms/preview", "/admin/templates/nothing/sms/edit"} {
			author.Get(path).Is(404)
		}
	})
}

func TestEveryTemplateAndItsPreviewCanBeSeen(t *testing.T) {
	s := newSite(t)
	auditor := s.join("auditor", staff.Auditor)
	for _, kind := range notice.Kinds {
		for _, channel := range []string{"sms", "wechat", "email", "inbox"} {
			at := "/admin/templates/" + string(kind) + "/" + channel
			auditor.Get(at).Is(200).SaysNot("写新版")
			auditor.Get(at+"/preview").Is(200).Says("编的例子", "几笔在一起").SaysNot("用一家商户的真实提醒看")
			auditor.Get(at + "/edit").Is(403)
			auditor.Get(at + "/review").Is(403)
		}
	}
}

func TestNobodyApprovesTheirOwnWordsByAnyPost(t *testing.T) {
	s := newSite(t)
	const at = "/admin/templates/taken/email"
	both := s.join("both", staff.Compliance, staff.Lead)
	both.Get(at + "/edit").Form(at + "/edit").Submit().LeadsTo(at)
	both.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
	for _, action := range []string{"approve", "send-back"} {
		both.Post(at+"/"+action, url.Values{"csrf": {both.Cookie("__Host-csrf")}, "revision": {"2"}, "comment": {"x"}}).Is(403)
	}
	support := s.join("support", staff.Support)
	for _, action := range []string{"approve", "send-back", "edit", "restore", "submit", "withdraw", "discard"} {
		support.Post(at+"/"+action, url.Values{"csrf": {support.Cookie("__Host-csrf")}, "revision": {"2"}}).Is(403)
	}
}

func TestWordsAreTriedOnAMerchantsOwnLatestLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		now := s.clock.Now()
		exec := func(statement string, args ...any) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), statement, args...)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (7, 'M7', '周记小吃店', '', '', '', '2020-01-01', $1)`, now)
		exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (8, 'M8', '别家', '', '', '', '2020-01-01', $1)`, now)
		exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_1', 7, 'complaint', $1, 'open', '', 0)`, now.Add(-time.Hour))
		exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_2', 7, 'complaint', $1, 'open', '', 0)`, now)
		for _, one := range []struct{ letter, number string }{{"l_1", "C1-OLD"}, {"l_2", "C2-NEW"}} {
			exec(`insert into notices (merchant_id, kind, ref, facts, not_before, planned_at, letter_id) values (7, 'complaint', $1, $2, $3, $3, $4)`,
				one.number, db.JSON(`{"number":"`+one.number+`","at":"2026-11-22T01:00:00Z"}`), now, one.letter)
		}
		const at = "/admin/templates/complaint/email/preview"
		m := s.join("author", staff.Compliance)
		m.Get(at+"?merchant=M7").Is(200).Says("商户 M7 最近一封", "C2-NEW", "周记小吃店").SaysNot("C1-OLD", "编的例子")
		m.Get(at+"?merchant=M8").Is(422).Says("还没有收过这种提醒", "编的例子")
		m.Get(at + "?merchant=M9").Is(422).Says("没有这个商户号")
		m.Get("/admin/templates/upcoming/sms/preview?merchant=M7").Is(422).Says("还没有收过这种提醒")
		s.join("support", staff.Support).Get(at + "?merchant=M7").Is(403)
		var looked int
		if err := d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'template.preview' and merchant_id = 7`).Scan(&looked); err != nil || looked != 1 {
			t.Errorf("%d looks are recorded, want 1: %v", looked, err)
		}
	})
}
