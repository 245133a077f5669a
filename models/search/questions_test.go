package search

import (
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/guide"
)

// questions are what merchants ask, in words that stand in no guide, with the
// guides of which one must be among the first three hits.
var questionsAsked = []struct {
	asked string
	want  []string
}{
	{"流量费怎么扣的", []string{"why-sim-fee", "how-a-fee-is-taken"}},
	{"为什么扣36", []string{"why-sim-fee"}},
	{"扣了我99是啥", []string{"why-sim-fee"}},
	{"99块是什么钱", []string{"why-sim-fee"}},
	{"昨天结算少了60块钱", []string{"why-sim-fee", "how-a-fee-is-taken", "read-a-deduction", "read-the-statement"}},
	{"物联网卡费用", []string{"why-sim-fee", "what-the-sim-is-for"}},
	{"退机了还扣钱", []string{"returned-terminal"}},
	{"机器早就还了还在扣", []string{"returned-terminal"}},
	{"pos机退了怎么还收流量费", []string{"returned-terminal"}},
	{"押金怎么退", []string{"deposit"}},
	{"保证金啥时候退给我", []string{"deposit"}},
	{"机具押金199不退", []string{"deposit"}},
	{"怎么关闭扣费", []string{"stop-a-fee"}},
	{"不想要这个收费了怎么取消", []string{"stop-a-fee"}},
	{"投诉多久有结果", []string{"complaint-times"}},
	{"投诉了几天回复", []string{"complaint-times"}},
	{"怎么投诉", []string{"complaint-how"}},
	{"有人打电话说退押金", []string{"fraud-calls"}},
	{"来电说退流量费要验证码", []string{"fraud-calls"}},
	{"是不是骗子", []string{"fraud-calls"}},
	{"费率怎么涨了", []string{"rate-rise"}},
	{"手续费变高了", []string{"rate-rise", "rates-and-payouts"}},
	{"0.38涨到0.6", []string{"rate-rise", "rates-and-payouts"}},
	{"涨价我不同意怎么办", []string{"price-change-answer", "rate-rise"}},
	{"开发票", []string{"invoices"}},
	{"能给我开票吗", []string{"invoices"}},
	{"流量用完了怎么办", []string{"sim-usage", "sim-top-up"}},
	{"流量超了会多收钱吗", []string{"sim-usage"}},
	{"怎么充值", []string{"sim-top-up"}},
	{"流量卡余额不足", []string{"sim-top-up"}},
	{"提醒收不到", []string{"reminders-set", "reminders-how"}},
	{"怎么没有短信通知我", []string{"reminders-set", "reminders-how"}},
	{"提醒提前几天发", []string{"reminders-how", "reminders-set"}},
	{"同一个月扣了两次", []string{"charged-twice"}},
	{"重复扣款", []string{"charged-twice"}},
	{"机器放着没用还收费", []string{"idle-terminal"}},
	{"换了新机器旧的还扣", []string{"replaced-terminal"}},
	{"机器坏了换一台", []string{"replaced-terminal"}},
	{"秒到要多收钱吗", []string{"rates-and-payouts"}},
	{"提现费3块", []string{"rates-and-payouts"}},
	{"业务员替我签的", []string{"agent-agreed-for-me"}},
	{"我没同意过代理帮我点的", []string{"agent-agreed-for-me"}},
	{"打12315有用吗", []string{"who-helps-with-what"}},
	{"该找移动还是找你们", []string{"who-helps-with-what"}},
	{"换手机号", []string{"change-phone"}},
	{"原来登记的号码是代理的", []string{"change-phone", "agent-agreed-for-me"}},
	{"账单怎么看", []string{"read-the-statement"}},
	{"对账对不上", []string{"read-the-statement"}},
	{"收费标准在哪看", []string{"where-to-see-prices", "how-fees-are-set"}},
	{"价格是谁定的", []string{"how-fees-are-set"}},
	{"扣钱安全吗会不会乱扣", []string{"are-deductions-safe"}},
	{"这笔扣费不对怎么办", []string{"unusual-deduction", "complaint-how", "read-a-deduction"}},
	{"怎么才能不被莫名其妙扣钱", []string{"avoid-surprises", "unusual-deduction"}},
	{"sim卡是干嘛的", []string{"what-the-sim-is-for"}},

	{"how do i stop the fee", []string{"stop-a-fee"}},
	{"cancel this charge", []string{"stop-a-fee"}},
	{"why was i charged", []string{"why-sim-fee", "how-a-fee-is-taken", "read-a-deduction"}},
	{"what is the 36 yuan for", []string{"why-sim-fee"}},
	{"deposit refund", []string{"deposit"}},
	{"when do i get my deposit back", []string{"deposit"}},
	{"fraud call", []string{"fraud-calls"}},
	{"someone phoned and asked for a code", []string{"fraud-calls"}},
	{"invoice", []string{"invoices"}},
	{"can I have a fapiao", []string{"invoices"}},
	{"my rate went up", []string{"rate-rise"}},
	{"price increase without my agreement", []string{"rate-rise", "price-change-answer"}},
	{"i returned the terminal but still pay", []string{"returned-terminal"}},
	{"terminal in the drawer, not used", []string{"idle-terminal"}},
	{"charged twice", []string{"charged-twice"}},
	{"how long does a complaint take", []string{"complaint-times"}},
	{"no text message before the deduction", []string{"reminders-how", "reminders-set"}},
	{"run out of data", []string{"sim-usage", "sim-top-up"}},
	{"how to top up the sim", []string{"sim-top-up"}},
	{"same-day payout fee", []string{"rates-and-payouts"}},
	{"the salesman agreed for me", []string{"agent-agreed-for-me"}},
	{"new phone number", []string{"change-phone"}},
	{"who do i call 12363", []string{"who-helps-with-what"}},
	{"how to read my statement", []string{"read-the-statement"}},
	{"where are the prices", []string{"where-to-see-prices"}},
	{"is it safe", []string{"are-deductions-safe"}},
}

func shipped(t *testing.T, d *db.DB) (*Catalogue, *disclosure.Catalogue) {
	t.Helper()
	if _, err := guide.Ship(t.Context(), d, time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	guides := guide.NewCatalogue(d)
	if _, err := guides.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	plans := disclosure.NewCatalogue(d)
	return NewCatalogue(guides, plans), plans
}

func TestMerchantsOwnWordsFindTheirAnswer(t *testing.T) {
	c, _ := shipped(t, dbtest.SQLite(t))
	x := c.Index()
	if len(questionsAsked) < 60 {
		t.Errorf("got %d questions, want 60", len(questionsAsked))
	}
	for _, q := range questionsAsked {
		got := slugs(x.Search("zh-CN", q.asked, 3))
		if !slices.ContainsFunc(q.want, func(slug string) bool { return slices.Contains(got, slug) }) {
			t.Errorf("%s: got %v, want one of %v", q.asked, got, q.want)
		}
	}
}

func TestEveryQuestionAGuideNamesLeadsToIt(t *testing.T) {
	c, _ := shipped(t, dbtest.SQLite(t))
	x := c.Index()
	all, err := guide.ShippedGuides()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range all {
		for _, text := range []*guide.Text{&g.Content.ZhCN, &g.Content.En} {
			for _, q := range append([]string{text.Title}, text.Questions...) {
				if got := slugs(x.Search("en", q, 3)); !slices.Contains(got, g.Slug) {
					t.Errorf("%s: got %v, want %s", q, got, g.Slug)
				}
			}
		}
	}
}

func TestQuestionsThatAreNoneOfOursFindNothing(t *testing.T) {
	c, _ := shipped(t, dbtest.SQLite(t))
	x := c.Index()
	for _, q := range []string{"今天天气怎么样", "附近有什么好吃的", "football scores", "best pizza nearby", "股票行情", "asdfgh"} {
		if got := slugs(x.Search("zh-CN", q, 3)); len(got) > 0 {
			t.Errorf("%s: got %v, want nothing", q, got)
		}
	}
}
