package portal

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/topup"
	"github.com/mingbai/mingbai/web/payment"
	"github.com/mingbai/mingbai/web/sms"
)

// simSite is the merchants' site with the pages about SIMs.
type simSite struct{ *merchantSite }

// newSIMSite is the merchants' site with the sample, in which both terminals of
// M1002's only shop may be charged for data beyond their allowance.
func newSIMSite(t *testing.T, d *db.DB) *simSite {
	t.Helper()
	s := &simSite{merchantSite: newMerchantSite(t, d)}
	s.take(t, "plans.yaml", `
disclosures:
  - slug: extra-data
    title: {zh-CN: 超量流量公示, en: Extra data}
    versions: [{version: 1, published_on: 2023-03-01, effective_on: 2023-04-01}]
    plans:
      - code: extra-5
        item: overage
        title: {zh-CN: 超量流量费, en: Extra data}
        clause: "1"
        recipient: {zh-CN: 示例支付有限公司, en: Example Pay Ltd}
        priced_by: {zh-CN: 示例支付定价, en: Priced by Example Pay}
        refund: {zh-CN: 多收全额退, en: anything overcharged is refunded in full}
        stop: {zh-CN: 在终端页随时关, en: "turn it off on the terminal's page at any time"}
        cap_12m_fen: 0
        versions: [{version: 1, disclosure_version: 1, price: {kind: per_item, amount_fen: 500}}]
`)
	s.take(t, "enrolments.csv", "sn,plan,anchor_on,version,accepted_on,accepted_by,accepted_via,cancelled_on\n"+
		yearlyOfM1002+",extra-5,2024-03-01,,,,,\n"+depositOfM1002+",extra-5,2024-03-01,,,,,\n")
	r := s.Router()
	r.Get("/terminals/:sn/overage", guard.Can(account.SeeTerminals), s.pages.Overage)
	r.Post("/terminals/:sn/overage", guard.Can(account.SetLimits), s.pages.SetOverage)
	Record.Offer(Forms(s.Server)...)
	return s
}

// take takes a file in, and judges what it changed.
func (s *merchantSite) take(t *testing.T, name, text string) {
	t.Helper()
	kind, _, _ := strings.Cut(name, ".")
	file := ingest.File{Kind: ingest.Kind(kind), Name: name, Open: func() (ingest.Source, func() error, error) {
		return ingest.Source{Name: name, ReaderAt: bytes.NewReader([]byte(text)), Size: int64(len(text))}, func() error { return nil }, nil
	}}
	if _, err := ingest.Import(t.Context(), s.db, s.clock, audit.Actor{Kind: audit.System, ID: "core"}, []ingest.File{file}, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Judge(t.Context(), s.db, s.clock, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.pages.Plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOverageIsTurnedOnAndOffWithAMonthlyLimit(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newSIMSite(t, d)
		terminal := "/terminals/" + yearlyOfM1002
		c, path := s.as(t, "M1002", account.Finance), terminal+"/overage"
		page := c.Get(terminal).Is(http.StatusOK).Says("流量用超了，不收你的钱。").Click("要不要开").Is(http.StatusOK)
		page.Says("没开。流量用超了，不收你的钱。", "2026年11月到现在收了 ¥0.00。", "¥5.00", "一开始就这样", "选“开”并保存，就是同意", "全部 2 台")
		page = page.Form(path).Set("choice", "on").Set("limit", "30").Set("where", "terminal").Press("保存").Follow().Is(http.StatusOK)
		page.Says("1 台终端开了，每个月每台最多收 ¥30.00。", "开着。流量用超了按价格收，每个月最多收 ¥30.00。", "每个月最多 ¥30.00").SaysNot("就是同意")
		c.Get(terminal).Says("流量用超了按价格收，每个月最多 ¥30.00。")
		c.Speak("en").Get(path).Says("On. Extra data is charged by the price, ¥30.00 a month at most.", "From the start")
		c.Speak("zh-CN")

		s.clock.MoveTo(s.clock.Now().Add(time.Minute))
		page = page.Form(path).Set("where", "all").Press("保存").Follow().Says("1 台终端开了")
		page = page.Form(path).Press("保存").Follow().Says("没有变化。")
		page.Form(path).Set("choice", "off").Set("where", "all").Press("保存").Follow().Says("2 台终端关了，流量用超了不收钱。", "没开。")
		if n := s.count(t, `select count(*) from own_limits where limit_fen = 0 and name = '周'`); n != 2 {
			t.Errorf("%d were turned off; want 2", n)
		}
		if n := s.count(t, `select count(*) from notices where kind = 'security'`); n != 3 {
			t.Errorf("the merchant is told %d times; want 3", n)
		}
	})
}

func TestALimitThatIsNoneIsAskedAgain(t *testing.T) {
	s := newSIMSite(t, sampled.SQLite(t))
	path := "/terminals/" + yearlyOfM1002 + "/overage"
	c := s.as(t, "M1002", account.Owner)
	for _, limit := range []string{"", "0", "0.99", "10000", "abc", "3.333", "1e3", "-5"} {
		c.Get(path).Form(path).Set("choice", "on").Set("limit", limit).Press("保存").Is(http.StatusUnprocessableEntity).Says("写一个数，从 ¥5.00 到 ¥9,999.00。")
	}
	c.Get(path).Form(path).Set("choice", "on").Set("limit", "4.99").Press("保存").Is(http.StatusUnprocessableEntity).Says("一份流量就要 ¥5.00，上限至少写 ¥5.00。")
	token := c.Get(path).Form(path).Value("csrf")
	c.Post(path, url.Values{"csrf": {token}, "limit": {"30"}}).Is(http.StatusUnprocessableEntity)
	c.Post(path, url.Values{"csrf": {token}, "choice": {"on"}, "limit": {"30"}, "where": {"everywhere"}}).Is(http.StatusUnprocessableEntity).Says("选一项，说明用在哪些终端。")
	if n := s.count(t, `select count(*) from own_limits where set_by is not null`); n != 0 {
		t.Errorf("%d limits were set; want none", n)
	}
}

func TestALimitThatBuysNothingIsSaidToBeSuch(t *testing.T) {
	s := newSIMSite(t, sampled.SQLite(t))
	path := "/terminals/" + yearlyOfM1002
	c := s.as(t, "M1002", account.Owner)
	c.Get(path+"/overage").Form(path+"/overage").Set("choice", "on").Set("limit", "5").Press("保存").Follow().Says("每个月最多收 ¥5.00").SaysNot("不够买一份")
	s.change(t, `update enrolments set own_limit_fen = 300 where own_limit_fen = 500`)
	c.Get(path + "/overage").Says("上限 ¥3.00 不够买一份，一份要 ¥5.00。现在和没开一样，一份也不收。").SaysNot("开着")
}

func TestOnlyOwnersAndFinanceSetALimitAndOnlyTheirOwn(t *testing.T) {
	s := newSIMSite(t, sampled.SQLite(t))
	path := "/terminals/" + yearlyOfM1002 + "/overage"
	viewer := s.as(t, "M1002", account.Viewer)
	token := viewer.Get(path).Is(http.StatusOK).Says("只有店主和财务能改。").SaysNot("保存").Form("/logout").Value("csrf")
	viewer.Post(path, url.Values{"csrf": {token}, "choice": {"on"}, "limit": {"30"}}).Is(http.StatusForbidden)
	other := s.as(t, "M1001", account.Owner)
	token = other.Get(path).Is(http.StatusNotFound).Form("/logout").Value("csrf")
	other.Post(path, url.Values{"csrf": {token}, "choice": {"on"}, "limit": {"30"}, "where": {"all"}}).Is(http.StatusNotFound)
	without := "/terminals/820000018093/overage"
	other.Get(without).Is(http.StatusOK).Says("没有约定超量流量费").SaysNot("保存")
	other.Post(without, url.Values{"csrf": {token}, "choice": {"on"}, "limit": {"x"}}).Is(http.StatusConflict).Says("没有约定超量流量费")
}

func TestThePageOfOverageTakesTwoRoundTrips(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect != db.Postgres {
			return // every statement of a batch is one there
		}
		s := newSIMSite(t, d)
		expectRoundTrips(t, s.as(t, "M1002", account.Viewer), "/terminals/"+yearlyOfM1002+"/overage", 2)
	})
}

func TestATerminalSaysHowFarItsDataGo(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newSIMSite(t, d)
		path := "/terminals/" + yearlyOfM1002
		c := s.as(t, "M1002", account.Viewer)
		s.change(t, `delete from sim_usage`)
		c.Get(path).Says("这个月还没有流量数据。").SaysNot("用完", "月底")
		days := func(rows ...string) {
			s.take(t, "usage.csv", "sn,date,used_mb,allowance_mb,balance\n"+strings.Join(rows, "\n")+"\n")
		}
		day := func(on, used, more string) string { return yearlyOfM1002 + ",2026-11-" + on + "," + used + "," + more }
		days(day("01", "8", "100,"), day("02", "8", "100,"), day("03", "8", "100,"), day("04", "8", "100,12.50"))
		c.Get(path).Says("用了 32 MB，共 100 MB", "这个月的数据还少，说不准哪天用完。", "卡里还有 ¥12.50，截至11月4日。")
		days(day("10", "8", "100,"))
		c.Get(path).Says("照这个月有数据的 5 天算，大约11月18日用完。", "截至11月4日。")
		days(day("09", "8", "100,30"), day("10", "1", "600,")) // late, and corrected
		c.Get(path).Says("用了 41 MB，共 600 MB", "够用到月底", "卡里还有 ¥30.00，截至11月9日。")
		days(day("11", "600", "600,"))
		c.Get(path).Says("到11月11日，这个月的流量已经用完。")
		c.Speak("en").Get(path).Says("This month's data was used up by 11 Nov.")
	})
}

func TestATopUpIsDoneRightForThisSIMAndLedToWhereThereIsAPage(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newSIMSite(t, d)
		terminal := "/terminals/" + yearlyOfM1002
		c := s.as(t, "M1002", account.Viewer)
		page := c.Get(terminal).Click("怎么给这张卡充值").Is(http.StatusOK)
		page.Says("中国电信", "8986 0447 8070 8722 1297", "打客服 400-000-0000", "谁要，谁就是骗子", "中国电信 10000", "这里还没有充值记录。", "这里现在不能网上充值").SaysNot("去充值")
		c.Speak("en").Get(terminal+"/top-up").Says("We never ask for a code", "China Telecom, 10000", "You can't pay here for now.")
		c.Speak("zh-CN")

		s.topUps.Pay = &payment.Page{URL: "https://pay.example.com/sim", Key: sms.Key{Name: "k", Secret: []byte(strings.Repeat("s", 32))}}
		page = c.Get(terminal+"/top-up").Says("收款页：pay.example.com", "30 分钟内有效").SaysNot("不能网上充值")
		var address string
		for _, a := range page.All("a") {
			for _, at := range a.Attr {
				if at.Key == "href" && strings.HasPrefix(at.Val, "https://pay.example.com/sim?") {
					address = at.Val
				}
			}
		}
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("sn") != yearlyOfM1002 || u.Query().Get("back") != "https://m.example"+terminal+"/top-up" || !strings.HasPrefix(u.Query().Get("signature"), "v1=") {
			t.Errorf("it leads to %q, %v", address, err)
		}

		_, err = topup.Record(t.Context(), d, s.clock.Now(), audit.Actor{Kind: audit.API, ID: "payment-page"},
			topup.Paid{Ref: "P-778", SN: yearlyOfM1002, Amount: 3000, At: s.clock.Now().Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		c.Get(terminal+"/top-up").Says("¥30.00", "P-778", "2026年11月22日")
		c.Get(terminal).Says("11月22日充了 ¥30.00。")
		s.as(t, "M1001", account.Owner).Get(terminal + "/top-up").Is(http.StatusNotFound)
	})
}

func TestATerminalThatIsGoneIsNotToppedUp(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	const gone, open = `update terminals set inactive_from = '2026-08-16', inactive_reason = '%s', carrier = '中国移动' where sn = '` + yearlyOfM1002 + `'`, "怎么给这张卡充值"
	s.change(t, fmt.Sprintf(gone, "broken"))
	s.as(t, "M1002", account.Owner).Get("/terminals/" + yearlyOfM1002).Is(http.StatusOK).Says(open)
	s.change(t, fmt.Sprintf(gone, "returned"))
	s.as(t, "M1002", account.Owner).Get("/terminals/"+yearlyOfM1002).Is(http.StatusOK).SaysNot(open, "够用到月底")
}
