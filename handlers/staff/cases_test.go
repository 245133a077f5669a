package staff_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/webtest"
)

var takenDown = staff.Actor{ID: "st_x", Name: "前台", Roles: []staff.Role{staff.Support}}

// complain files a complaint of the merchant's about the terminal's SIM fee.
func (s *site) complain(words string) string {
	s.t.Helper()
	f, err := s.cases.FileForCaller(s.t.Context(), takenDown, "M1", complaint.Caller{Channel: complaint.ByPhone}, complaint.NewCase{
		Kind: complaint.Complaint, Subject: complaint.OfTerminal, Ref: sold, Item: fee.SimData, Reason: complaint.NeverAgreed, Words: words,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return f.Number
}

func TestAFormOfACaseIsToldAllThatIsWrongAtOnce(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("我没有同意过")
	lin := s.join("lin", staff.Support)
	for _, c := range []struct {
		form string
		set  map[string]string
		says []string
	}{
		{"/third", map[string]string{"third_due_on": "2020-01-01"}, []string{"有 3 处", "写上问的是谁", "写上要对方回答的日期", "写明要问对方什么"}},
		{"/decide", map[string]string{"decide_finding": "upheld", "decide_amount": "六百"}, []string{"写上原因出在哪里", "写上给商户看的理由", "金额写成"}},
		{"/extend", map[string]string{"extend_days": "3"}, []string{"一共可以是", "写上为什么要延期"}},
		{"/split", nil, []string{"写明分出来的是哪件事"}},
		{"/ask", nil, []string{"写明要商户补什么"}}, {"/answer", nil, []string{"写下商户说了什么"}}, {"/note", nil, []string{"写几句备注"}},
	} {
		f := lin.Get(at).Form(at + c.form)
		for name, value := range c.set {
			f.Set(name, value)
		}
		f.Submit().Is(http.StatusUnprocessableEntity).Says(c.says...).SaysNot("说说是怎么回事")
	}
	lin.Get(at + "/contact").Form(at + "/contact").Submit().Is(http.StatusUnprocessableEntity).Says("写明为什么要看")
	taken := lin.Get("/admin/cases/new?merchant=M1").Form("/admin/cases/new").Set("channel", "authority")
	taken.Submit().Is(http.StatusUnprocessableEntity).Says("写明是哪个部门转来的", "写上那个部门给的编号", "写上那个部门要求答复的日期", "请选哪里不对")
}

func TestACaseIsWorkedFromTheQueueToItsRefund(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	at := "/admin/cases/" + number

	lin.Get("/admin/cases").Says("这里没有工单", "没人办 1")
	queue := lin.Get("/admin/cases?view=unassigned").Is(http.StatusOK).Says("没同意过这项费 · 流量卡费", number, "老街面馆", "还没人办", "剩 ")
	queue.Form("/admin/cases/assign").Submit().Is(http.StatusUnprocessableEntity)
	queue.Form("/admin/cases/assign").Tick("cases", number).Submit().Follow().Says("分派了 1 件")
	one := lin.Get("/admin/cases").Says(number).Click("没同意过这项费 · 流量卡费").Is(http.StatusOK)
	one.Says("我没有同意过", "商户的话，由前台记下", "首次联系", "答复期限", "2026年12月8日", "周**", "2025年1月10日同意第 1 版").SaysNot("sim-annual-36")

	one.Form(at+"/reply").Set("reply_words", "").Submit().Is(http.StatusUnprocessableEntity).Says("写几句要回给商户的话")
	one.Form(at+"/reply").Set("reply_words", "您好，正在查").Submit().Follow().Says("发给商户了", "公开回复", "您好，正在查")
	one = lin.Get(at)
	one.Form(at+"/note").Set("note_note", "代理商没有回音").Submit().Follow().Says("代理商没有回音", "内部备注")
	lin.Get(at).Form(at+"/ask").Set("ask_words", "请发小票").Submit().Follow().Says("解决时限暂停", "等商户", "暂停，剩")
	lin.Get(at).Form(at+"/answer").Set("answer_words", "没有小票").Submit().Follow().Says("没有小票", "商户的话，由lin记下", "调查中")
	third := lin.Get(at).Form(at+"/third").Set("third_whom", "agent").Set("third_name", "A-0093").Set("third_words", "谁点的同意？")
	third.Set("third_due_on", "2025-01-01").Submit().Is(http.StatusUnprocessableEntity)
	asked := third.Set("third_due_on", "2026-11-25").Submit().Follow().Says("A-0093", "11月25日前回答")
	take := actionUnder(asked, at+"/third/ci_")
	asked.Form(take).Set(inquiryField(take), "业务员自己点的").Submit().Follow().Says("业务员自己点的", "回答了")
	lin.Get(at).Form(at+"/extend").Set("extend_days", "30").Set("extend_words", "等运营商").Submit().Follow().Says("2026年12月23日", "等运营商")

	lin.Get(at).Form(at+"/decide").Submit().Is(http.StatusUnprocessableEntity).Says("选一个认定", "写上原因出在哪里")
	decide := lin.Get(at).Form(at+"/decide").Set("decide_finding", "upheld").Set("decide_root_cause", "代理商代点同意").Set("decide_reason", "没有你的同意，退给你。")
	decide.Set("decide_amount", "六百").Submit().Is(http.StatusUnprocessableEntity).Says("金额写成")
	decide.Set("decide_amount", "600.00").Submit().Follow().Says("认定发出了", "成立", "代理商代点同意", "¥600.00", "认定里还有 ¥600.00 没提")
	lin.Get(at).Form(at+"/refund").Submit().Follow().Says("退款提出了", "等批", "等另一位同事")
	lin.Get("/admin/refunds").Says("自己提的")
	lead.Get("/admin").Says("等你批的退款")
	wait := lead.Get("/admin/refunds").Is(http.StatusOK).Says("¥600.00", "lin", "代理商代点同意")
	wait.Form(actionUnder(wait, "/admin/refunds/")).Submit().Follow().Says("批准了")
	lead.Speak("en").Get(at).Says("Refund pending", "Approved, to be paid", "lead", "Upheld")
}

func TestTwoStaffInOneCaseAtOnceLoseNothingAndDoubleNothing(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("")
	lin, wu := s.join("lin", staff.Support), s.join("wu", staff.Support)
	linsPage := lin.Get(at)
	wusPage := wu.Get(at).Says("lin（", "起） 也开着这一件")
	linsPage.Form(at+"/reply").Set("reply_words", "在查").Submit().Follow()
	linsPage.Form(at+"/reply").Set("reply_words", "在查").Submit().Follow()
	late := wusPage.Form(at+"/decide").Set("decide_finding", "not_upheld").Set("decide_root_cause", "无").Set("decide_reason", "按约定收的").Submit().Is(http.StatusConflict)
	late.Says("又有人动过", "你打开以后，发生了这些", "lin：公开回复", "按约定收的")
	if got := late.Form(at + "/decide").Value("decide_reason"); got != "按约定收的" {
		t.Errorf("what was typed is now %q", got)
	}
	late.Form(at + "/decide").Submit().Follow().Says("不成立")
	var replies int
	if err := s.db.QueryRow(t.Context(), `select count(*) from case_posts where kind = 'reply'`).Scan(&replies); err != nil || replies != 1 {
		t.Errorf("%d replies, %v; want 1", replies, err)
	}
}

func TestPersonalDataIsShownWholeForAReasonAlone(t *testing.T) {
	s := newSite(t)
	s.furnish()
	intaketest.Exec(t, s.db, `insert into users (id, phone, name, created_at) values ('u_7', '+8613800006621', '周老板', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_7', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants`)
	at := "/admin/cases/" + s.complain("")
	lin, auditor := s.join("lin", staff.Support), s.join("auditor", staff.Auditor)
	one := lin.Get(at).Says("138****6621", "周**").SaysNot("13800006621")
	ask := one.Click("查看完整联系方式（留痕）").Is(http.StatusOK).SaysNot("13800006621")
	ask.Form(at + "/contact").Submit().Is(http.StatusUnprocessableEntity).SaysNot("13800006621")
	ask.Form(at+"/contact").Set("reason", "回电").Submit().Is(http.StatusOK).Says("+8613800006621", "周老板")
	lin.Get(at).SaysNot("13800006621")
	auditor.Get(at).Is(http.StatusOK).Says("你可以看，不能办理").SaysNot("查看完整联系方式")
	auditor.Get(at + "/contact").Is(http.StatusForbidden)
	intaketest.WantTexts(t, s.db, `select count(*) || '' from audit_entries where action = 'case.unmask'`, "1")
	if strings.Contains(s.log.String(), "13800006621") {
		t.Error("the log has the number")
	}
}

func TestANumberToCallIsShownWholeForAReasonAlone(t *testing.T) {
	s := newSite(t)
	s.furnish()
	f, err := s.cases.FileForCaller(t.Context(), takenDown, "M1", complaint.Caller{Channel: complaint.ByPhone}, complaint.NewCase{Kind: complaint.Callback, Words: "请回电话", Phone: "021-5555 0101"})
	if err != nil {
		t.Fatal(err)
	}
	at := "/admin/cases/" + f.Number
	lin, auditor := s.join("lin", staff.Support), s.join("auditor", staff.Auditor)
	auditor.Get(at).Says("回电打这个号码", "215****0101").SaysNot("5555")
	ask := lin.Get(at).Says("回电打这个号码", "215****0101").SaysNot("5555").Click("查看完整联系方式（留痕）").SaysNot("5555")
	ask.Form(at+"/contact").Set("reason", "回电").Submit().Is(http.StatusOK).Says("回电打这个号码", "+862155550101")
	lin.Speak("en").Get(at).Says("Asked to be called here").SaysNot("5555")
}

func TestWhatWasWrittenIntoACaseThatSomebodyDecidedMeanwhileIsShown(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("")
	lin, wu := s.join("lin", staff.Support), s.join("wu", staff.Support)
	wusPage := wu.Get(at)
	decide := func(p *webtest.Page, cause, reason string) *webtest.Page {
		return p.Form(at+"/decide").Set("decide_finding", "not_upheld").Set("decide_root_cause", cause).Set("decide_reason", reason).Submit()
	}
	decide(lin.Get(at), "同意过", "您同意过。").Follow().SaysNot("没发出去")
	decide(wusPage, "另有原因", "写了很久的理由").Is(http.StatusConflict).Says("没发出去。你写的是：", "另有原因", "写了很久的理由")
	wusPage.Form(at+"/ask").Set("ask_words", "请发小票").Submit().Is(http.StatusConflict).Says("没发出去。你写的是：", "请发小票")
	wusPage.Form(at+"/reply").Set("reply_words", "还有一句").Submit().Is(http.StatusConflict).SaysNot("没发出去") // it is in its box
}

func TestACaseDueAtClosingTimeIsNotLateBeforeTheNextOpening(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.clock.MoveTo(date.MustParse("2026-11-24").At(20, 0).UTC())
	s.complain("")
	for _, one := range []struct {
		day          string
		hour, minute int
		says, not    string
	}{{"2026-11-25", 17, 30, "剩 ", "到时限了"}, {"2026-11-25", 18, 30, "到时限了", "超时 "}, {"2026-11-26", 9, 30, "超时 30 分", "到时限了"}} {
		s.clock.MoveTo(date.MustParse(one.day).At(one.hour, one.minute).UTC())
		if _, err := s.cases.Warnings(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.join("lin"+strconv.Itoa(one.hour*60+one.minute), staff.Support).Get("/admin/cases?view=all").Is(http.StatusOK).Says(one.says).SaysNot(one.not)
	}
}

func TestWhoDecidedACaseIsNotAskedToDecideItsReview(t *testing.T) {
	s := newSite(t)
	s.furnish()
	at := "/admin/cases/" + s.complain("我没有同意过")
	number := strings.TrimPrefix(at, "/admin/cases/")
	lin, wu := s.join("lin", staff.Support), s.join("wu", staff.Support)
	lin.Get(at).Form(at+"/decide").Set("decide_finding", "not_upheld").Set("decide_root_cause", "同意过").Set("decide_reason", "您同意过。").Submit().Follow().Says("认定发出了")
	intaketest.Exec(t, s.db, `insert into users (id, phone, name, created_at) values ('u_1', '+8613800006621', '周老板', '2026-01-01 00:00:00+00:00')`,
		`insert into memberships (user_id, merchant_id, role, created_at) select 'u_1', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M1'`)
	who := account.Who{UserID: "u_1"}
	err := s.db.QueryRow(t.Context(), `select id from merchants where ref = 'M1'`).Scan(&who.MerchantID)
	if err == nil {
		err = s.cases.AskReview(t.Context(), who, number, "没有同意过")
	}
	if err != nil {
		t.Fatal(err)
	}
	lin.Get(at).Says("复核中", "复核要换一位同事办").SaysNot("发出认定")
	wu.Get(at).Says("复核中").SaysNot("复核要换一位同事办").Form(at+"/decide").
		Set("decide_finding", "not_upheld").Set("decide_root_cause", "同意过").Set("decide_reason", "您同意过。").Submit().Follow().Says("复核认定").SaysNot("复核中")
}

func TestACaseThatWasMergedShowsNoClockOfItsOwn(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	other := s.complain("还有一件")
	lin := s.join("lin", staff.Support)
	at := "/admin/cases/" + other
	lin.Get(at).Says("首次联系").Form(at+"/merge").Set("merge_other", number).Submit().LeadsTo(at)
	lin.Get(at).Says("已并入 "+number, "已并入另一件").SaysNot("首次联系")
	lin.Get("/admin/cases/"+number).Says("首次联系", "已并入另一件")
}

func TestTheQueueTakesAtMostThreeRoundTrips(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("")
	lin := s.join("lin", staff.Support)
	for _, path := range []string{"/admin/cases?view=all", "/admin/cases?find=" + number} {
		ctx, counted := db.Count(t.Context())
		r := request(path).WithContext(ctx)
		r.AddCookie(&http.Cookie{Name: "__Host-staff", Value: lin.Cookie("__Host-staff")})
		lin.Do(r).Is(http.StatusOK).Says(number)
		if n := counted.RoundTrips(); n > 3 {
			t.Errorf("%s takes %d round trips, want at most 3", path, n)
		}
	}
}

func TestARefundThatIsRefusedIsProposedAnew(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("")
	lin, lead := s.join("lin", staff.Support), s.join("lead", staff.Lead)
	at, amount := "/admin/cases/"+number, money.Fen(60_000)
	by := staff.Actor{ID: lin.id, Name: "lin", Roles: []staff.Role{staff.Support}}
	if err := s.cases.Decide(t.Context(), by, number, complaint.Judgement{Finding: complaint.Upheld, RootCause: "代点同意", Reason: "退给你", Amount: &amount}); err != nil {
		t.Fatal(err)
	}
	lin.Get(at).Form(at + "/refund").Submit().Follow().Says("等另一位同事")
	wait := lead.Get("/admin/refunds")
	var refuse *webtest.Form
	for _, f := range wait.All("form") {
		if action := webtest.Attr(f, "action"); strings.HasSuffix(action, "/refuse") {
			refuse = wait.Form(action)
		}
	}
	refuse.Submit().Is(http.StatusUnprocessableEntity)
	id := actionUnder(wait, "/admin/refunds/")
	refuse.Set(strings.TrimSuffix(strings.TrimPrefix(id, "/admin/refunds/"), "/approve")+"_remark", "金额不对").Submit().Follow().Says("没批，提的人可以改了再提")
	lin.Get(at).Says("金额不对").Form(at + "/refund").Submit().Follow().Says("等另一位同事")
	intaketest.WantTexts(t, s.db, `select state from refund_proposals order by state desc`, "refused", "proposed")
}

// actionUnder returns the action of the first form of a page that begins so.
func actionUnder(p *webtest.Page, prefix string) string {
	for _, f := range p.All("form") {
		if action := webtest.Attr(f, "action"); strings.HasPrefix(action, prefix) {
			return action
		}
	}
	return ""
}

// inquiryField is the field of the form that takes down an answer.
func inquiryField(action string) string {
	return action[strings.LastIndexByte(action, '/')+1:] + "_words"
}
