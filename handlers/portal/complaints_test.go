package portal

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/webtest"
)

var he = staff.Actor{ID: "st_he", Name: "小何", Roles: []staff.Role{"support"}}

// deniedLine is a deduction of a merchant's that should not have been taken.
func (s *merchantSite) deniedLine(t *testing.T, merchant string) (id string) {
	t.Helper()
	err := s.db.QueryRow(t.Context(), `
		select l.id from bill_lines l join merchants m on m.id = l.merchant_id
		where m.ref = $1 and l.kind = 'deduction' and l.decision = 'deny' and l.state = 'posted' and l.item = 'sim_data' order by l.at desc limit 1`, merchant).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var caseNumber = regexp.MustCompile(`^/complaints/(C\d{4}-\d{4}-\d\d)$`)

// filed returns the number of the case that a form led to.
func filed(t *testing.T, p *webtest.Page) string {
	t.Helper()
	found := caseNumber.FindStringSubmatch(p.Is(http.StatusSeeOther).Header.Get("Location"))
	if found == nil {
		t.Fatalf("the form leads to %q, want a case", p.Header.Get("Location"))
	}
	return found[1]
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOneTapOnAWrongLineLeadsToAComplaintWithItsNumberAndDates(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		line := s.deniedLine(t, "M1002")
		address := complainAddress(complaint.OfDeduction, line)
		if d.Dialect == db.Postgres {
			expectRoundTrips(t, c, address, 2)
		}
		form := c.Get("/deductions/"+line).Click("这笔扣费有问题").Is(http.StatusOK).Says("哪里不对", "查完以前", "自动附上的资料").Form(complainPath)
		form.Submit().Is(http.StatusUnprocessableEntity).Says("请选哪里不对")
		number := filed(t, form.Set(reasonField, "twice").Submit())
		at := caseAddress(number)
		c.Get(at).Is(http.StatusOK).Says(number, "收到了", "前联系你", "前给你结论", "周", "查完以前", "流量卡费", "自动附上的资料", "12363").SaysNot("12315")
		c.Get("/complaints").Says(number, "已收到", "在办的")
		c.Get("/home").Says("我们在办的 1 件", "流量卡费：重复收了")
		c.Get("/deductions/" + line).Says("编号 " + number).Click("看进度").Is(http.StatusOK)
		c.Get(at+"/evidence/1").Is(http.StatusOK).Says("¥36.00", "内容指纹")
		if again := filed(t, c.Get(address)); again != number {
			t.Errorf("a second complaint about the line leads to %s, want %s", again, number)
		}
		if again := filed(t, form.Submit()); again != number {
			t.Errorf("the form sent twice leads to %s, want %s", again, number)
		}
		c.Speak("en").Get(at).Is(http.StatusOK).Says("We have it", "We decide by", "taken twice")
		if d.Dialect == db.Postgres {
			for _, path := range []string{at, "/complaints", "/home", at + "/evidence/1"} {
				expectRoundTrips(t, c, path, 2)
			}
		}
		other := s.as(t, "M1001", account.Owner)
		for _, path := range []string{at, at + "/evidence/1", at + "/withdraw", address} {
			other.Get(path).Is(http.StatusNotFound)
		}
	})
}

func TestFromScratchThereIsOneQuestionAPageAndThenACheck(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Finance)
	c.Get("/complaints").Says("还没有投诉").Click("投诉或咨询").Says("你想做什么").Form("/complaints/new").Submit().Is(http.StatusUnprocessableEntity).Says("请选你要做什么")
	c.Get("/complaints/new/check").LeadsTo("/complaints/new")
	c.Get("/complaints/new").Form("/complaints/new").Set("what", "deduction").Submit().LeadsTo("/complaints/new/which")
	line := s.deniedLine(t, "M1002")
	c.Get("/complaints/new/which").Says("哪一笔扣费").Form("/complaints/new/which").Tamper("ref", line).Submit().LeadsTo("/complaints/new/wrong")
	c.Get("/complaints/new/wrong").Says("¥36.00").Form("/complaints/new/wrong").Set(reasonField, "other").Submit().LeadsTo("/complaints/new/words")
	words := c.Get("/complaints/new/words").Form("/complaints/new/words")
	words.Submit().Is(http.StatusUnprocessableEntity).Says("请写几句")
	words.Set(wordsField, "说好 48 元").Attach(filesField, "../../收据.png", photo(t)).Submit().LeadsTo("/complaints/new/check")
	check := c.Get("/complaints/new/check").Says("看一遍再提交", "你要做的 一笔扣费有问题", "说好 48 元", "收据.png", "别的").Form("/complaints/new/check")
	number := filed(t, check.Submit())
	if again := filed(t, check.Submit()); again != number {
		t.Errorf("sent twice it leads to %s, want %s", again, number)
	}
	c.Get(caseAddress(number)).Says("说好 48 元", "收据.png")
	c.Get("/complaints/new/check").LeadsTo("/complaints/new")
}

func TestAnAnswerWithoutWhatItIsAboutIsAskedForThatAndKept(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	post := func(at string, fields url.Values) *webtest.Page {
		fields.Set("csrf", c.Cookie("__Host-csrf"))
		return c.Post(at, fields)
	}
	c.Get("/complaints/new")
	answers := map[step]url.Values{
		stepWhat: {}, stepWhich: {"ref": {s.deniedLine(t, "M1002")}}, stepWrong: {reasonField: {"not_told"}}, stepWords: {wordsField: {"没有短信"}},
		stepCall: {"when": {"明天"}}, stepInvoice: {"title": {"顺意便利店"}, "months": {"10月"}},
	}
	for _, what := range []string{"", "refund"} { // nothing was begun, and what is not offered
		for at, fields := range answers {
			if fields = maps.Clone(fields); what != "" {
				fields.Set("what", what)
			}
			post(at.address(), fields).Is(http.StatusUnprocessableEntity).Says("你想做什么", "请选你要做什么").Form("/complaints/new")
		}
		post("/complaints/new/check", url.Values{"what": {what}}).LeadsTo("/complaints/new")
	}
	post("/complaints/new/words", url.Values{wordsField: {"只有 36 元"}}).Form("/complaints/new").Set("what", "question").Submit().LeadsTo("/complaints/new/words")
	c.Get("/complaints/new/words").Says("只有 36 元")
}

func TestACallAnInvoiceAndAQuestionHaveTheirOwnShortWay(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	for _, one := range []struct {
		what, step string
		set        map[string]string
		missing    string
		says       []string
	}{
		{"call", "call", map[string]string{"when": "明天下午两点以后", "phone": "021-5555 0101"}, "写上什么时候方便接电话", []string{"请回电话", "明天下午两点以后", "请打我另外留的号码", "回电号码 215****0101"}},
		{"invoice", "invoice", map[string]string{"title": "顺意便利店", "tax": "91310000MA1FL0AB2X", "months": "2026年10月"}, "写上发票抬头", []string{"要发票", "91310000MA1FL0AB2X"}},
		{"question", "words", map[string]string{wordsField: "为什么每年都收？"}, "请写几句", []string{"咨询", "为什么每年都收"}},
	} {
		at := "/complaints/new/" + one.step
		c.Get("/complaints/new").Form("/complaints/new").Set("what", one.what).Submit().LeadsTo(at)
		form := c.Get(at).Is(http.StatusOK).Form(at)
		form.Submit().Is(http.StatusUnprocessableEntity).Says(one.missing)
		for name, value := range one.set {
			form.Set(name, value)
		}
		form.Submit().LeadsTo("/complaints/new/check")
		number := filed(t, c.Get("/complaints/new/check").Form("/complaints/new/check").Submit())
		c.Get(caseAddress(number)).Says(one.says...).SaysNot("查完以前", "12363", "5555")
	}
}

func TestWhatWasBegunIsThereOnAnotherDevice(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	line := s.deniedLine(t, "M1002")
	address := complainAddress(complaint.OfDeduction, line)
	query := strings.TrimPrefix(address, complainPath)
	c.Get(address)
	body := url.Values{"csrf": {c.Cookie("__Host-csrf")}, reasonField: {"not_told"}, wordsField: {"没有短信"}, kindField: {"complaint"}}.Encode()
	r := httptest.NewRequest(http.MethodPost, c.Get(address).URL.ResolveReference(&url.URL{Path: draftPath, RawQuery: strings.TrimPrefix(query, "?")}).String(), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	c.Do(r).Is(http.StatusOK).Says("存好了")
	form := c.Get(address).Says("没有短信").Form(complainPath)
	if got := form.Value(reasonField); got != "not_told" {
		t.Errorf("the reason is %q, want what was chosen", got)
	}
	form.Attach(filesField, "a.png", photo(t)).Press("先存着").Is(http.StatusSeeOther)
	kept := c.Get(address).Says("a.png · 1 KB", "拿掉")
	kept.Form(complainPath).Press("拿掉").Is(http.StatusSeeOther)
	c.Get(address).SaysNot("a.png")
	other := s.as(t, "M1002", account.Owner)
	other.Get(address).SaysNot("没有短信") // somebody else's browser, and another person
	other.Get(complaintsPath).SaysNot("还没发出的")
	list := c.Get(complaintsPath).Says("还没发出的", "删掉")
	if !slices.ContainsFunc(list.All("a"), func(a *html.Node) bool { return webtest.Attr(a, "href") == address }) {
		t.Error("the list leads to nothing that was begun")
	}
	list.Form(dropPath).Submit().Is(http.StatusSeeOther)
	c.Get(complaintsPath).Says("谁也没收到").SaysNot("还没发出的")
	c.Get(address).SaysNot("没有短信")
}

func TestOnlyPicturesAndPapersAreTakenAndWhatIsNotIsSaidInWords(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	line := s.deniedLine(t, "M1002")
	address := complainAddress(complaint.OfDeduction, line)
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for name, one := range map[string]struct {
		content []byte
		says    string
	}{
		"a.svg":      {svg, "不是图片，也不是 PDF"},
		"a.png":      {svg, "不是图片，也不是 PDF"},
		"a.html":     {[]byte("<!doctype html><script>alert(1)</script>"), "不是图片，也不是 PDF"},
		"bomb.zip":   {append([]byte("PK\x03\x04"), make([]byte, 1000)...), "不是图片，也不是 PDF"},
		"broken.png": {photo(t)[:40], "打不开"},
		"empty.png":  {nil, "是空的"},
		"large.pdf":  {append([]byte("%PDF-1.7\n"), make([]byte, file.MaxBytes)...), "太大了"},
	} {
		form := c.Get(address).Form(complainPath).Set(reasonField, "twice").Set(wordsField, "留着的话")
		form.Attach(filesField, name, one.content).Submit().Is(http.StatusUnprocessableEntity).Says(one.says, "留着的话")
	}
	many := c.Get(address).Form(complainPath).Set(reasonField, "twice")
	for range complaint.MaxFiles + 1 {
		many.Attach(filesField, "a.png", photo(t))
	}
	many.Submit().Is(http.StatusUnprocessableEntity).Says("一次最多选 10 个")
	for range 2000 {
		many.Attach(filesField, "a.png", nil)
	}
	many.Submit().Is(http.StatusRequestEntityTooLarge)
	number := filed(t, c.Get(address).Form(complainPath).Set(reasonField, "twice").Attach(filesField, "..\\..\\<b>.png", append(photo(t), svg...)).Submit())
	page := c.Get(caseAddress(number))
	for _, a := range page.All("a") {
		href := webtest.Attr(a, "href")
		if !strings.Contains(href, "/files/") {
			continue
		}
		f := c.Get(href).Is(http.StatusOK)
		if !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") || f.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(f.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("the file is handed out with %v", f.Header)
		}
		if strings.Contains(f.Body, "script") || f.Header.Get("Content-Type") != "image/png" {
			t.Error("the picture was not drawn anew")
		}
		if shown := c.Get(href + "?show=1"); !strings.HasPrefix(shown.Header.Get("Content-Disposition"), "inline") {
			t.Errorf("within its page the picture is handed out as %q", shown.Header.Get("Content-Disposition"))
		}
		s.as(t, "M1001", account.Owner).Get(href).Is(http.StatusNotFound)
		return
	}
	t.Error("the case's page leads to no file")
}

func TestGoodFilesAreKeptWhereAnotherIsRefusedAndThePageSaysWhich(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	bad := []byte("<svg/>")
	for _, address := range []string{"", "words"} {
		c := s.as(t, "M1002", account.Owner)
		var form *webtest.Form
		if address == "" {
			line := s.deniedLine(t, "M1002")
			form = c.Get(complainAddress(complaint.OfDeduction, line)).Form(complainPath).Set(reasonField, "twice")
		} else {
			c.Get("/complaints/new").Form("/complaints/new").Set("what", "question").Submit().LeadsTo("/complaints/new/words")
			form = c.Get("/complaints/new/words").Form("/complaints/new/words")
		}
		form = form.Set(wordsField, "收过两次").Attach(filesField, "坏的.jpg", bad).Attach(filesField, "好的.png", photo(t)).Attach(filesField, "也坏.pdf", bad)
		page := form.Submit().Is(http.StatusUnprocessableEntity)
		page.Says("“坏的.jpg”不是图片", "“也坏.pdf”不是图片", "收下的不用再选：“好的.png”", "好的.png · 1 KB", "收过两次")
		var again *webtest.Form
		if address == "" {
			again = page.Form(complainPath)
		} else {
			page.Form("/complaints/new/words").Submit().LeadsTo("/complaints/new/check")
			again = c.Get("/complaints/new/check").Says("好的.png").Form("/complaints/new/check")
		}
		c.Get(caseAddress(filed(t, again.Submit()))).Says("好的.png").SaysNot("坏的.jpg")
	}
	c := s.as(t, "M1002", account.Finance)
	c.Get("/complaints/new").Form("/complaints/new").Set("what", "question").Submit().LeadsTo("/complaints/new/words")
	c.Get("/complaints/new/words").Form("/complaints/new/words").Set(wordsField, "?").Attach(filesField, "a.jpg", bad).Attach(filesField, "b.jpg", bad).Submit().
		Is(http.StatusUnprocessableEntity).Says("“a.jpg”不是图片", "“b.jpg”不是图片").SaysNot("收下的不用再选")
}

func TestAViewerReadsACaseAndWritesNothing(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	line := s.deniedLine(t, "M1002")
	address := complainAddress(complaint.OfDeduction, line)
	number := filed(t, c.Get(address).Form(complainPath).Set(reasonField, "twice").Submit())
	viewer := s.as(t, "M1002", account.Viewer)
	viewer.Get(caseAddress(number)).Is(http.StatusOK).Says(number).SaysNot("发送", "撤回")
	viewer.Get("/complaints").Is(http.StatusOK).SaysNot("投诉或咨询")
	viewer.Get(address).Is(http.StatusForbidden)
	viewer.Post(caseAddress(number)+"/messages", url.Values{"csrf": {viewer.Cookie("__Host-csrf")}, wordsField: {"在吗"}}).Is(http.StatusForbidden)
	viewer.Get("/deductions/" + line).SaysNot("这笔扣费有问题").Says("看进度")
}

func TestACaseGoesFromTheQuestionToTheDecisionAndItsRating(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		address := complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))
		number := filed(t, c.Get(address).Form(complainPath).Set(reasonField, "twice").Submit())
		at := caseAddress(number)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.cases.AskMerchant(t.Context(), he, number, "您有合同吗？"))
		c.Get("/home").Says(number + " 等你回答")
		c.Get(at).Says("我们在等你回答", "您有合同吗", "暂停", "客服部 小何").Form(at + "/messages").Submit().Is(http.StatusUnprocessableEntity).Says("请写几句")
		c.Get(at).Form(at+"/messages").Set(wordsField, "没有合同").Attach(filesField, "a.png", photo(t)).Submit().LeadsTo(at)
		c.Get(at).Says("没有合同", "a.png").SaysNot("我们在等你回答")
		amount := money.Fen(36_00)
		must(s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.Upheld, RootCause: "价格录错", Reason: "这一期收过 ¥36.00 了，又收了一次。", Amount: &amount}))
		c.Get(at).Says("投诉成立", "退给您 ¥36.00", "又收了一次", "12363", "复核", "接受这个结论").SaysNot("价格录错")
		c.Get("/home").Says(number + " 有结论了")
		c.Get(at + "/review").Form(at + "/review").Submit().Is(http.StatusUnprocessableEntity).Says("请写几句")
		c.Get(at).Form(at + "/rating").Submit().Is(http.StatusUnprocessableEntity).Says("请选一到五颗星")
		c.Get(at).Form(at+"/rating").Set("stars", "4").Set("remark", "还行").Submit().LeadsTo(at)
		c.Get(at).SaysNot("办得怎么样")
		c.Get(at).Form(at + "/accept").Submit().LeadsTo(at)
		c.Get(at).Says("你接受了结论")
	})
}

func TestAnotherPersonLooksAgainAndACaseIsReopened(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	number := filed(t, c.Get(complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))).Form(complainPath).Set(reasonField, "twice").Submit())
	at := caseAddress(number)
	refused := complaint.Judgement{Finding: complaint.NotUpheld, RootCause: "无", Reason: "只收过一次。"}
	if err := s.cases.Decide(t.Context(), he, number, refused); err != nil {
		t.Fatal(err)
	}
	review := c.Get(at).Click("请另一位同事复核").Form(at+"/review").Set(wordsField, "收过两次")
	review.Submit().Follow().Says("换一位同事重新看", "收过两次", "以新的结论为准", "可以拨打人民银行").SaysNot("申请一次内部复核")
	review.Set(wordsField, "还有别的").Submit().Is(http.StatusConflict).Says("还有别的")
	she := staff.Actor{ID: "st_xie", Name: "小谢", Roles: []staff.Role{staff.Support}}
	if err := s.cases.Decide(t.Context(), she, number, refused); err != nil {
		t.Fatal(err)
	}
	c.Get(at).Says("复核结论", "以上面新的结论为准").Form(at + "/accept").Submit().LeadsTo(at)
	c.Get(at + "/reopen").Form(at + "/reopen").Submit().Is(http.StatusUnprocessableEntity).Says("请写几句")
	c.Get(at).Click("还没解决，重新打开").Form(at+"/reopen").Set(wordsField, "又收了一次").Submit().Follow().Says("重新打开了", number, "又收了一次")
}

func TestTheReviewIsOfferedForItsWholeTermAlsoWhileTheRefundIsOnItsWay(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		line := s.deniedLine(t, "M1002")
		number := filed(t, c.Get(complainAddress(complaint.OfDeduction, line)).Form(complainPath).Set(reasonField, "twice").Submit())
		at, amount := caseAddress(number), money.Fen(10_00)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "价格录错", Reason: "多收了 ¥10.00。", Amount: &amount}))
		const promise = "可以在12月6日前请另一位同事复核一次"
		c.Get(at).Says(promise)
		refund, err := s.cases.ProposeRefund(t.Context(), he, number, amount)
		must(err)
		c.Get(at).Says("退款中", promise, "请另一位同事复核").SaysNot("到不了这一步")
		s.clock.MoveTo(date.MustParse("2026-12-06").At(20, 0))
		c = s.as(t, "M1002", account.Owner)
		review := c.Get(at).Says(promise).Click("请另一位同事复核").Says("已经批的退款照退").Form(at + "/review")
		review.Set(wordsField, "全是多收的").Submit().LeadsTo(at)
		c.Get(at).Says("换一位同事重新看", "全是多收的", "已经批的退款照退，不受影响").SaysNot("以新的结论为准")
		must(s.giveBack(t, line, refund, amount))
		c.Get(at).Says("¥10.00 12月6日退到了您的结算账户", "调查中")
		s.clock.MoveTo(date.MustParse("2026-12-07").At(9, 0))
		s.as(t, "M1002", account.Owner).Get(at + "/review").Says("到不了这一步")
	})
}

func TestTheReviewIsOfferedAlsoWhereTheMoneyHasClosedTheCase(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	line := s.deniedLine(t, "M1002")
	number := filed(t, c.Get(complainAddress(complaint.OfDeduction, line)).Form(complainPath).Set(reasonField, "twice").Submit())
	at, amount := caseAddress(number), money.Fen(10_00)
	err := s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "价格录错", Reason: "多收了 ¥10.00。", Amount: &amount})
	if err == nil {
		_, err = s.cases.ProposeRefund(t.Context(), he, number, amount)
	}
	if err == nil {
		err = s.giveBack(t, line, "", amount)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Get(at).Says("可以在12月6日前请另一位同事复核一次", "重新打开").Click("请另一位同事复核").Form(at+"/review").Set(wordsField, "全是多收的").Submit().LeadsTo(at)
	c.Get(at).Says("调查中")
}

func TestTheLetterAboutWhatWeFoundOurselvesSpeaksOfNoComplaint(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		if _, err := s.cases.OpenDenied(t.Context(), s.clock.Now().AddDate(-1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		c := s.as(t, "M1002", account.Owner)
		for finding, says := range map[complaint.Finding][2]string{
			complaint.Upheld:       {"我们查出您这笔扣费不对，11月22日替您登记，现在查实了。", "We found that this charge was wrong"},
			complaint.PartlyUpheld: {"查下来有一部分不对。", "Part of it was."},
			complaint.NotUpheld:    {"查下来是对的。", "It turned out to be right."},
		} {
			var number string
			err := d.QueryRow(t.Context(), `select c.number from cases c join merchants m on m.id = c.merchant_id where m.ref = 'M1002' and c.channel = 'itself' and c.under_way order by c.number limit 1`).Scan(&number)
			amount := money.Fen(1)
			if finding == complaint.NotUpheld {
				amount = 0
			}
			if err == nil {
				err = s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: finding, RootCause: "价格录错", Reason: "和约定的不一样。", Amount: &amount})
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Speak("zh-CN").Get(caseAddress(number)).Is(http.StatusOK).Says(says[0]).SaysNot("您11月22日的投诉")
			c.Speak("en").Get(caseAddress(number)).Says(says[1]).SaysNot("Your complaint of")
		}
	})
}

func TestACaseThatWasMergedPromisesNothingOfItsOwn(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	number := filed(t, c.Get(complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))).Form(complainPath).Set(reasonField, "twice").Submit())
	other, err := s.cases.Split(t.Context(), he, number, complaint.OfNothing, "", "", complaint.Other, "另一件")
	if err == nil {
		c.Get(caseAddress(other)).Says("首次联系", "最迟答复")
		_, err = s.cases.Merge(t.Context(), he, number, other)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Get(caseAddress(other)).Says("并到另一件里了", "已合并", "去那一件").SaysNot("首次联系", "最迟答复", "承诺", "复核")
	c.Get(caseAddress(number)).Says("首次联系", "最迟答复")
}

func TestAPromiseThatIsOverIsNotSpokenOfAsOneToCome(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		number := filed(t, c.Get(complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))).Form(complainPath).Set(reasonField, "twice").Submit())
		k, err := complaint.ReadPage(t.Context(), d, s.merchantID(t, "M1002"), number, s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		due := k.Standing.NextDue()
		at := caseAddress(number)
		s.clock.MoveTo(due.Add(-time.Minute))
		s.as(t, "M1002", account.Owner).Get(at).Says("前联系你").SaysNot("晚了")
		s.clock.MoveTo(due)
		c = s.as(t, "M1002", account.Owner)
		c.Get(at).Says("晚了").SaysNot("前联系你")
		c.Get("/complaints").Says("晚了").SaysNot("前联系你")
	})
}

func TestACaseIsTakenBackAfterAQuestion(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	address := complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))
	number := filed(t, c.Get(address).Form(complainPath).Set(reasonField, "twice").Submit())
	at := caseAddress(number)
	c.Get(at).Click("撤回").Says("不查了").Form(at + "/withdraw").Submit().LeadsTo(at)
	c.Get(at).Says("已撤回").SaysNot("发送")
	c.Get(at + "/withdraw").Is(http.StatusOK).Says("到不了这一步")
	c.Post(at+"/messages", url.Values{"csrf": {c.Cookie("__Host-csrf")}, wordsField: {"还在吗"}}).Is(http.StatusConflict).Says("办完了", "没发出去。你写的是：还在吗")
}

func TestWhatIsSentAfterTheSessionHasEndedIsNotLost(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	address := complainAddress(complaint.OfDeduction, s.deniedLine(t, "M1002"))
	form := c.Get(address).Form(complainPath).Set(reasonField, "twice").Set(wordsField, "写了很久的话")
	s.change(t, `update sessions set expires_at = last_seen_at`)
	kept := form.Submit().Is(http.StatusUnauthorized).Says("写了很久的话", "登录过期了").Form(complainPath)
	form.Set(wordsField, "").Submit().LeadsTo("/login?next=" + url.QueryEscape("/"+strings.TrimPrefix(address, "/")))
	c.Get("/as/M1002/owner").LeadsTo("/home")
	number := filed(t, kept.Submit())
	c.Get(caseAddress(number)).Says("写了很久的话")
}
