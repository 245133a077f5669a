package staff_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/search"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

// fill types a sound guide into its form.
func fill(f *webtest.Form) *webtest.Form {
	return f.Set("category", "fees").Set("order", "15").Tick("items", "sim_data").Set("codes", "duplicate_cycle arrears").
		Set("zh_title", "流量卡费怎么收").Set("zh_summary", "一年一次。").Set("zh_questions", "流量费\n通讯费").Set("zh_body", "每年收一次。\n\n## 怎么查\n\n1. 打开终端。").
		Set("en_title", "How SIM data is charged").Set("en_summary", "Once a year.").Set("en_questions", "sim fee").Set("en_body", "Once a year.\n\n## How to check\n\n1. Open the terminal.")
}

func TestAGuideIsWrittenReviewedAndPublishedAtTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		author, reviewer := s.join("author", staff.Compliance), s.join("reviewer", staff.Lead)
		const at = "/admin/guides/sim-fee"

		author.Get("/admin").Click("指南").Is(200).Click("写一篇新的").Is(200)
		fill(author.Get("/admin/guides/new").Form("/admin/guides/new")).Set("slug", "Sim fee").Submit().Is(422).Says("网址只能用小写字母")
		fill(author.Get("/admin/guides/new").Form("/admin/guides/new")).Set("slug", "sim-fee").Set("zh_title", "相关收费").Submit().LeadsTo(at).
			Follow().Says("草稿存好了", "还要改 1 处", "“相关”不要用在这里").SaysNot("交去审。要由")
		fill(author.Get("/admin/guides/new").Form("/admin/guides/new")).Set("slug", "sim-fee").Submit().Is(422).Says("已经有一篇用这个网址了")

		stale := author.Get(at + "/edit").Form(at + "/edit")
		fill(author.Get(at+"/edit").Form(at+"/edit")).Set("order", "x").Submit().Is(422).Says("顺序写 0 到 1,000 之间的整数")
		fill(author.Get(at+"/edit").Form(at+"/edit")).Submit().LeadsTo(at).Follow().Says("可以交去审", "怎么查", "How to check")
		stale.Set("zh_summary", "旧的。").Submit().Is(409).Says("这一篇刚被别人改过")
		author.Get(at).Form(at+"/submit").Submit().LeadsTo(at).Follow().Says("交去审了", "这一版你改过")
		author.Get(at + "/review").Is(403)
		author.Get(at + "/edit").Is(409)

		reviewer.Get("/admin").Click("指南等你审").Is(200).Click("流量卡费怎么收").Is(200).Click("去审").Is(200).Says("中文正文", "duplicate_cycle")
		reviewer.Get(at + "/review").Form(at + "/send-back").Submit().Is(422).Says("请写明要改什么")
		reviewer.Get(at+"/review").Form(at+"/send-back").Set("comment", "日期写清楚").Submit().LeadsTo(at).Follow().Says("退回去了", "退回了第 1 版：日期写清楚")
		author.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		author.Get(at).Form(at + "/withdraw").Submit().LeadsTo(at).Follow().Says("撤回了")
		author.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		twice := reviewer.Get(at + "/review").Form(at + "/publish")
		twice.Submit().LeadsTo(at).Follow().Says("发布了", "第 1 版，读者看到的")
		twice.Submit().Is(409)

		fill(reviewer.Get(at+"/edit").Form(at+"/edit")).Set("en_summary", "Once each year.").Submit().LeadsTo(at).Follow().Says("第 2 版，还没发布", "第 1 版，读者看到的")
		reviewer.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		review := author.Speak("en").Get(at + "/review")
		if ins, del := review.All("ins"), review.All("del"); len(ins) != 1 || len(del) != 1 || !strings.Contains(webtest.TextOf(ins[0]), "Once each year.") {
			t.Errorf("the review shows %d lines added and %d removed, want the one that changed", len(ins), len(del))
		}
		author.Get(at).Form(at + "/withdraw").Submit().LeadsTo(at)
		author.Get(at).Form(at+"/discard").Submit().LeadsTo(at).Follow().Says("Given up", "Version 1, as readers see it").SaysNot("Version 2, not published")
		author.Get("/admin/guides/nothing").Is(404)
	})
}

func TestNobodyReviewsWhatTheyWroteByAnyPost(t *testing.T) {
	s := newSite(t)
	both := s.join("both", staff.Compliance, staff.Lead)
	fill(both.Get("/admin/guides/new").Form("/admin/guides/new")).Set("slug", "own").Submit().LeadsTo("/admin/guides/own")
	both.Get("/admin/guides/own").Form("/admin/guides/own/submit").Submit()
	for _, action := range []string{"publish", "send-back"} {
		both.Post("/admin/guides/own/"+action, url.Values{"csrf": {both.Cookie("__Host-csrf")}, "revision": {"2"}, "comment": {"x"}}).Is(403)
	}
	support := s.join("support", staff.Support)
	support.Get("/admin/guides/own").Is(200).SaysNot("撤回修改", "放弃这份草稿")
	support.Post("/admin/guides/own/publish", url.Values{"csrf": {support.Cookie("__Host-csrf")}, "revision": {"2"}}).Is(403)
	support.Get("/admin/guides/new").Is(403)
	if d, err := guide.Get(t.Context(), s.db, "own"); err != nil || d.Published != nil || d.AtWork.State != guide.InReview {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestTheListShowsWhatIsDueAndWhatReadersSay(t *testing.T) {
	s := newSite(t)
	if _, err := guide.Ship(t.Context(), s.db, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	d, err := guide.Get(t.Context(), s.db, "deposit")
	if err != nil {
		t.Fatal(err)
	}
	var version int64
	if err := s.db.QueryRow(t.Context(), `select v.id from guide_versions v join guides g on g.id = v.guide_id where g.slug = 'deposit'`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	if err := guide.CastVote(t.Context(), s.db, s.clock.Now(), guide.Vote{VersionID: version, Voter: "a", Origin: "b", Locale: guide.En, Reason: "no address"}); err != nil {
		t.Fatal(err)
	}
	m := s.join("auditor", staff.Auditor)
	m.Get("/admin/guides").Is(200).Says(d.Published.Content.ZhCN.Title, "0 / 1", "随程序来的").SaysNot("写一篇新的")
	m.Get("/admin/guides?show=stale").Is(200).Says("这里没有指南")
	m.Get("/admin/guides?show=draft").Is(200).Says("这里没有指南")
	m.Get("/admin/guides/deposit").Is(200).Says("no address", "没帮到")
	m.Get("/admin/searches").Is(200)
	s.clock.Advance(400 * 24 * time.Hour)
	m.signIn()
	m.Speak("en").Get("/admin/guides?show=stale").Is(200).Says(d.Published.Content.En.Title, "not checked for 12 months")
}

func TestAGuideIsTakenDownAtTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		author, reviewer := s.join("author", staff.Compliance), s.join("reviewer", staff.Lead)
		const at = "/admin/guides/sim-fee"
		fill(author.Get("/admin/guides/new").Form("/admin/guides/new")).Set("slug", "sim-fee").Submit().LeadsTo(at)
		author.Get(at).Form(at + "/submit").Submit().LeadsTo(at)
		reviewer.Get(at + "/review").Form(at + "/publish").Submit().LeadsTo(at)

		author.Get(at).SaysNot("撤下这一篇")
		author.Post(at+"/take-down", url.Values{"csrf": {author.Cookie("__Host-csrf")}, "version": {"1"}, "comment": {"x"}}).Is(403)
		support := s.join("support", staff.Support)
		support.Get(at).SaysNot("撤下这一篇")
		support.Post(at+"/take-down", url.Values{"csrf": {support.Cookie("__Host-csrf")}, "version": {"1"}, "comment": {"x"}}).Is(403)
		reviewer.Post(at+"/take-down", url.Values{"csrf": {reviewer.Cookie("__Host-csrf")}, "version": {"x"}, "comment": {"x"}}).Is(400)

		reviewer.Get(at).Form(at + "/take-down").Submit().Is(422).Says("请写明为什么")
		twice := reviewer.Get(at).Form(at+"/take-down").Set("comment", "价格变了")
		twice.Submit().LeadsTo(at).Follow().Says("撤下了。读者几秒后", "第 1 版，已撤下", "撤下了第 1 版：价格变了").SaysNot("看读者看到的")
		twice.Submit().Is(409)
		reviewer.Get("/admin/guides?show=down").Says("流量卡费怎么收", "已撤下")
		reviewer.Speak("en").Get(at).Says("Version 1, taken down", "took version 1 down: 价格变了")
	})
}

func TestStaffChooseHowLongACheckCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		if _, err := guide.Ship(t.Context(), s.db, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
		m, auditor := s.join("compliance", staff.Compliance), s.join("auditor", staff.Auditor)
		for _, wrong := range []string{"2", "25", "", "半年"} {
			m.Get("/admin/guides").Form("/admin/guides/months").Set("months", wrong).Submit().Is(422).Says("写 3 到 24 之间的整数")
		}
		m.Get("/admin/guides").Form("/admin/guides/months").Set("months", "６").Submit().LeadsTo("/admin/guides").Follow().Says("以后核对一次管 6 个月")
		if got := m.Get("/admin/guides").Form("/admin/guides/months").Value("months"); got != "6" {
			t.Errorf("the form says %q, want 6", got)
		}
		auditor.Get("/admin/guides").Is(200).SaysNot("核对一次管多久")
		auditor.Post("/admin/guides/months", url.Values{"csrf": {auditor.Cookie("__Host-csrf")}, "months": {"12"}}).Is(403)
		s.clock.Advance(200 * 24 * time.Hour)
		m.signIn()
		m.Get("/admin/guides?show=stale").Is(200).Says("超过 6 个月没核对")
	})
}

func TestSearchesThatFoundNothingAreListed(t *testing.T) {
	s := newSite(t)
	misses := search.NewMisses(s.db)
	for range 3 {
		misses.Note(s.clock.Now(), "zh-CN", "刷脸支付")
	}
	misses.Note(s.clock.Now().AddDate(0, 0, -20), "en", "gift card")
	if err := misses.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := s.join("support", staff.Support)
	m.Get("/admin").Click("没搜到").Is(200).Says("刷脸支付", "3", "gift card")
	m.Get("/admin/searches?days=7").Is(200).Says("刷脸支付").SaysNot("gift card")
	m.Get("/admin/searches?days=7&from=50").Is(200).Says("都有结果")
	if _, err := search.ReadMisses(t.Context(), s.db, date.MustParse("2026-11-23"), 0); err != nil {
		t.Error(err)
	}
}

func TestTheGuidesPagesOfStaffAskLittle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		if d.Dialect == db.SQLite {
			return // where every statement is a trip
		}
		if _, err := guide.Ship(t.Context(), s.db, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
		m := s.join("lead", staff.Lead)
		for _, path := range []string{"/admin", "/admin/guides", "/admin/guides/deposit", "/admin/guides/deposit/edit", "/admin/searches"} {
			ctx, counter := db.Count(t.Context())
			r := request(path).WithContext(ctx)
			r.Header.Set("Cookie", "__Host-staff="+m.Cookie("__Host-staff"))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 200 || counter.RoundTrips() > 3 {
				t.Errorf("%s: got status %d with %d round trips, want three at most", path, w.Code, counter.RoundTrips())
			}
		}
	})
}
