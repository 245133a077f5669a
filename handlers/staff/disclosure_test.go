package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

// typed is a sound disclosure as one types it, by field.
var typed = map[string]string{
	"title-zh": "终端收费公示", "title-en": "Terminal fees", "summary-zh": "流量卡费每年 ¥45.00。", "summary-en": "SIM data costs ¥45.00 a year.",
	"contact-zh": "打客服电话 400-000-0000。", "contact-en": "Call 400-000-0000.", "limits-zh": "只用于我们的终端。", "limits-en": "For our terminals only.",
	"clauses-0-number": "3", "clauses-0-heading-zh": "流量卡费", "clauses-0-heading-en": "SIM data", "clauses-0-text-zh": "每年收一次 ¥45.00。", "clauses-0-text-en": "We take ¥45.00 once a year.",
	"fees-0-plan": "sim-annual-45", "fees-0-clause": "3", "fees-0-title-zh": "流量卡费", "fees-0-title-en": "SIM data", "fees-0-item": "sim_data", "fees-0-kind": "recurring",
	"fees-0-amount": "45", "fees-0-cycle": "12", "fees-0-idle": "accrue", "fees-0-free": "30", "fees-0-free_unit": "days",
	"fees-0-collected-zh": "从当天结算款里扣", "fees-0-collected-en": "Taken out of the day's settlement", "fees-0-recipient-zh": "示例支付有限公司", "fees-0-recipient-en": "Example Pay Ltd",
	"fees-0-priced_by-zh": "示例支付定价", "fees-0-priced_by-en": "Priced by Example Pay", "fees-0-refund-zh": "已经开始的一期不退", "fees-0-refund-en": "A period that has begun isn't refunded",
	"fees-0-stop-zh": "在终端页停用", "fees-0-stop-en": "Stop it on the terminal's page",
}

func typeIn(f *webtest.Form) *webtest.Form {
	for name, value := range typed {
		f.Set(name, value)
	}
	return f
}

// drafted begins a disclosure and fills it in; it returns the draft's address.
func drafted(t *testing.T, author *member) string {
	t.Helper()
	edit := author.Get("/admin/disclosures/new").Form("/admin/disclosures/new").Set("of", "-new").Set("slug", "terminal-fees").Submit().Is(http.StatusSeeOther).Header.Get("Location")
	p := author.Get(edit).Is(200).Form(edit).Press("加一项收费").Is(200).Form(edit).Press("加一条条款").Is(200)
	typeIn(p.Form(edit)).Press("保存").LeadsTo(edit)
	return strings.TrimSuffix(edit, "/edit")
}

// published submits, approves and publishes a draft.
func published(author, reviewer *member, at string) {
	author.Get(at + "/edit").Form(at + "/edit").Press("保存并提交审核")
	reviewer.Get(at).Form(at + "/review").Press("通过")
	author.Get(at).Form(at + "/publish").Submit().LeadsTo(at)
}

func TestADisclosureGoesFromDraftToEffect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		luo, tang := s.join("luo", staff.Compliance), s.join("tang", staff.Lead)
		luo.Get("/admin").Click("公示").Is(200).Says("没有这样的草稿").Click("写新一版").Is(200)
		at := drafted(t, luo)
		luo.Get(at).Is(200).Says("草稿", "新增", "每年 ¥45.00").SaysNot("处要改")
		luo.Get(at+"/preview").Is(200).Says("商户还看不到", "每年收一次 ¥45.00")
		luo.Get(at+"/edit").Form(at+"/edit").Press("保存并提交审核").LeadsTo(at).Follow().Says("提交了", "审核中", "写过或提交过这份草稿的人不能审核它")
		luo.Post(at+"/publish", url.Values{"csrf": {luo.Cookie("__Host-csrf")}, "effective_on": {"2027-01-31"}, "hash": {"x"}}).Is(409)

		tang.Get("/admin").Click("等你审核的公示").Is(200).Click("终端收费公示").Is(200)
		tang.Get(at).Form(at + "/review").Press("退回").Is(422).Says("请写清楚要改什么")
		tang.Get(at).Form(at + "/review").Press("通过").LeadsTo(at).Follow().Says("通过了")
		tang.Post(at+"/publish", url.Values{"csrf": {tang.Cookie("__Host-csrf")}}).Is(403)

		today := date.Of(s.clock.Now())
		early := luo.Get(at).Is(200).Form(at + "/publish")
		if got, want := early.Value("effective_on"), today.AddDays(31).String(); got != want {
			t.Errorf("the form offers %s, want the earliest day %s", got, want)
		}
		early.Set("effective_on", today.AddDays(30).String()).Submit().Is(422).Says("最早只能选")
		again := luo.Get(at).Form(at + "/publish")
		again.Submit().LeadsTo(at).Follow().Says("公布了", "已公布")
		again.Submit().Is(409)
		luo.Get("/admin/disclosures/terminal-fees/1").Is(200).Says("还没生效", "tang", "luo", "提议撤回")
		luo.Get("/admin/disclosures/terminal-fees/1/coverage").Is(200).Says("没有让任何商户多付钱")
		luo.Get("/admin/disclosures/terminal-fees/1/coverage.csv").Is(200)

		version := "/admin/disclosures/terminal-fees/1"
		luo.Get(version).Form(version + "/withdraw").Submit().Is(422)
		luo.Get(version).Form(version+"/withdraw").Set("reason-zh", "价格算错了。").Set("reason-en", "The price was wrong.").Submit().LeadsTo(version).Follow().Says("提议记下了", "提议撤回的人不能自己确认")
		luo.Post(version+"/withdraw/confirm", url.Values{"csrf": {luo.Cookie("__Host-csrf")}}).Is(403)
		luo.Get("/admin").SaysNot("等你确认的撤回 1")
		tang.Get("/admin").Click("等你确认的撤回").Is(200).Says("有人提议撤回", "luo")
		tang.Get(version).Says("价格算错了。", "The price was wrong.").Form(version+"/withdraw/confirm").Submit().LeadsTo(version).Follow().Says("已撤回", "价格算错了", "The price was wrong.", "谁提议撤回的", "luo")
		tang.Get("/admin/disclosures").SaysNot("有人提议撤回")
		luo.Speak("en")
		luo.Get("/admin/disclosures").Is(200)
		luo.Get(at).Is(200)
		luo.Get(version).Is(200)
	})
}

func TestEverythingTypedIsKeptAndEachFindingLeadsToItsField(t *testing.T) {
	s := newSite(t)
	luo := s.join("luo", staff.Compliance)
	at := drafted(t, luo)
	edit := at + "/edit"
	p := luo.Get(edit).Form(edit).Set("fees-0-amount", "36.005").Set("summary-en", "").Press("保存").Is(422).Says("请填金额，最多两位小数")
	if got := p.Form(edit).Value("fees-0-amount"); got != "36.005" {
		t.Errorf("the amount typed came back as %q", got)
	}
	if p.ByID("field-fees-0-amount") == nil || !strings.Contains(p.Body, `href="#field-fees-0-amount"`) {
		t.Error("what is wrong does not lead to its field")
	}
	p = luo.Get(edit).Form(edit).Set("summary-en", "SIM data costs ¥46.00 a year.").Press("保存并提交审核").Is(422).Says("英文里有 ¥46.00，中文里没有")
	if got := p.Form(edit).Value("summary-en"); got != "SIM data costs ¥46.00 a year." {
		t.Errorf("the summary typed came back as %q", got)
	}
	p.Form(edit).Set("summary-en", typed["summary-en"]).Press("保存并提交审核").LeadsTo(at)
	changed := luo.Get(edit).Is(200).Says("保存改动后，它回到草稿").Form(edit).Press("加一项收费").Is(200)
	changed.Form(edit).Set("fees-1-plan", "typed").Press("删掉这项收费").Is(200)
	p = luo.Get(edit).Form(edit).Press("加一条条款").Says("第 2 条条款的正文（英文）：")
	p.Form(edit).Set("clauses-1-number", "9").Press("加一项收费").Is(200)
	stale := luo.Get(edit).Form(edit)
	luo.Get(edit).Form(edit).Set("contact-en", "Call 400-000-0000 on any day.").Press("保存").LeadsTo(edit)
	stale.Set("contact-en", "Call 400-000-0000 at any hour.").Press("保存").Is(409).Says("刚改过这份草稿")
}

func TestAReviewerSeesWhatChangedInTheLanguageTheyDoNotRead(t *testing.T) {
	s := newSite(t)
	luo, tang := s.join("luo", staff.Compliance), s.join("tang", staff.Lead)
	at := drafted(t, luo)
	published(luo, tang, at)
	next := luo.Get("/admin/disclosures/new").Form("/admin/disclosures/new").Set("of", "terminal-fees").Submit().Is(303).Header.Get("Location")
	luo.Get(next).Form(next).Set("limits-en", "For terminals of ours, and none that were bought elsewhere.").Press("保存并提交审核")
	tang.Get(strings.TrimSuffix(next, "/edit")).Is(200).Says("（英文）", "and none that were bought elsewhere").SaysNot("这两版说的一样")
}

func TestOpinionsAreAnsweredAtTheDesk(t *testing.T) {
	s := newSite(t)
	luo := s.join("luo", staff.Compliance)
	at := drafted(t, luo)
	luo.Get(at + "/edit").Form(at + "/edit").Press("保存并提交审核")
	luo.Get(at).Form(at+"/open").Set("until", "2020-01-01").Submit().Is(422).Says("最早选明天")
	luo.Get(at).Form(at+"/open").Submit().LeadsTo(at).Follow().Says("开始征求意见了", "还没有人说意见")
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`)
		if err == nil {
			_, err = tx.Exec(t.Context(), `insert into disclosure_opinions (id, opening_id, merchant_id, user_id, user_name, body, at) select 'op_1', id, 3, 'u_1', '周老板', '太贵了', $1 from disclosure_openings`, s.clock.Now())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	luo.Get("/admin").Says("没回的商户意见")
	luo.Get(at).Is(200).Says("老街面馆", "太贵了").Form(at + "/opinions/op_1").Submit().Is(422).Says("请写几个字")
	luo.Get(at).Form(at+"/opinions/op_1").Set("answer-op_1", "成本涨了。").Submit().LeadsTo(at).Follow().Says("成本涨了")
	luo.Post(at+"/opinions/op_1", url.Values{"csrf": {luo.Cookie("__Host-csrf")}, "answer-op_1": {"再答"}}).Is(409)
	luo.Get(at).Form(at + "/close").Submit().LeadsTo(at).Follow().Says("征求意见结束了")
	luo.Get(at).Form(at + "/drop").Submit().LeadsTo(at).Follow().Says("已放弃")
	luo.Get(at + "/edit").Is(409)
}

func TestAnApproverOfTwoRolesDoesNotApproveTheirOwnByAnyPost(t *testing.T) {
	s := newSite(t)
	both := s.join("both", staff.Compliance, staff.Lead)
	at := drafted(t, both)
	both.Get(at + "/edit").Form(at + "/edit").Press("保存并提交审核")
	var hash string
	if err := s.db.QueryRow(t.Context(), `select content_hash from disclosure_drafts`).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"csrf": {both.Cookie("__Host-csrf")}, "hash": {hash}, "decision": {"approve"}, "comment": {"x"}}
	both.Post(at+"/review", form).Is(403)
	both.Post(at+"/publish", url.Values{"csrf": form["csrf"], "hash": {hash}, "effective_on": {"2027-06-01"}}).Is(409)
	auditor := s.join("auditor", staff.Auditor)
	auditor.Get(at).Is(200).SaysNot("放弃草稿")
	auditor.Post(at+"/review", url.Values{"csrf": {auditor.Cookie("__Host-csrf")}, "hash": {hash}, "decision": {"approve"}}).Is(403)
}

func TestAPageOfADraftTakesFewRoundTrips(t *testing.T) {
	s := newSiteOn(t, dbtest.Postgres(t), cookie.Site{TLS: true}, origin)
	luo := s.join("luo", staff.Compliance)
	at := drafted(t, luo)
	s.clock.Advance(time.Second)
	for _, path := range []string{"/admin/disclosures", at, at + "/edit", at + "/preview"} {
		luo.Get(path).Is(200) // what is reckoned once is there the next time
		r := request(path)
		ctx, n := db.Count(r.Context())
		luo.Do(r.WithContext(ctx)).Is(200)
		if got := n.RoundTrips(); got > 3 {
			t.Errorf("%s takes %d round trips, want 3 at most", path, got)
		}
	}
}
