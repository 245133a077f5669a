package explain

import (
	"testing"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

func codes(t *testing.T, names string) fee.Codes {
	t.Helper()
	set, ok := fee.ParseCodes(names)
	if !ok {
		t.Fatalf("no such rules: %s", names)
	}
	return set
}

func verdict(t *testing.T, reasons string, expected money.Fen, cycle fee.Cycle) fee.Verdict {
	t.Helper()
	set := codes(t, reasons)
	return fee.Verdict{Decision: set.Decision(), Reasons: set, Expected: expected, Cycle: cycle}
}

func TestALineOfAListSaysWhatItIs(t *testing.T) {
	year := fee.Cycle{Index: 2, From: day("2025-12-03"), To: day("2026-12-02")}
	once := fee.Cycle{Index: 1, From: day("2025-12-03")}
	yearly := &fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12}
	rate := &fee.Price{Kind: fee.PerSale, Rate: 6000}
	bounded := &fee.Price{Kind: fee.PerSale, Rate: 6000, Cap: 2500}
	payout := &fee.Price{Kind: fee.PerItem, Amount: 300}
	for _, c := range []struct {
		line            Line
		zh, zhTag       string
		en, enTag, tone string
	}{
		{Line{Verdict: verdict(t, "", 3600, year), Price: yearly, Amount: 3600, State: fee.Posted},
			"第 2 期，一年一次", "与约定相符", "Period 2, once a year", "As agreed", "ok"},
		{Line{Verdict: verdict(t, "", 3600, year), Amount: 3600},
			"第 2 期", "与约定相符", "Period 2", "As agreed", "ok"},
		{Line{Verdict: verdict(t, "", 9900, once), Amount: 9900},
			"只收一次", "与约定相符", "Once only", "As agreed", "ok"},
		{Line{Kind: KindCard, Verdict: verdict(t, "", 3191, fee.Cycle{}), Price: rate, Amount: 3191, Sale: fen(531_800), SaleCount: count(46)},
			"46 笔，共 ¥5,318.00，费率 0.60%", "与约定相符", "46 sales, ¥5,318.00 in all, rate 0.60%", "As agreed", "ok"},
		{Line{Kind: KindCard, Verdict: verdict(t, "", 3191, fee.Cycle{}), Amount: 3191, Sale: fen(531_800)},
			"1 笔，共 ¥5,318.00", "与约定相符", "1 sale, ¥5,318.00 in all", "As agreed", "ok"},
		{Line{Kind: KindCard, Verdict: verdict(t, "not_itemised", 0, fee.Cycle{}), Price: bounded, Amount: 3191, Sale: fen(531_800), SaleCount: count(46)},
			"46 笔合在一起收的", "没法核对", "46 sales in one amount", "Can't be checked", "none"},
		{Line{Kind: KindCard, Verdict: verdict(t, "not_itemised", 0, fee.Cycle{}), Price: rate, Amount: 3191, Sale: fen(531_800), SaleCount: count(2)},
			"两种费率合在一起收的", "没法核对", "Two rates in one amount", "Can't be checked", "none"},
		{Line{Kind: KindPayout, Verdict: verdict(t, "", 900, fee.Cycle{}), Price: payout, Amount: 900, SaleCount: count(3)},
			"3 次，每次 ¥3.00", "与约定相符", "3 times, ¥3.00 each", "As agreed", "ok"},
		{Line{Kind: KindOther, Verdict: verdict(t, "not_agreed", 0, fee.Cycle{}), Amount: 500},
			"没写明是什么费用", "不该收", "Nothing says what for", "Not owed", "bad"},
		{Line{Verdict: verdict(t, "", 3600, fee.Cycle{}), Amount: 3600},
			"", "与约定相符", "", "As agreed", "ok"},
		{Line{Verdict: verdict(t, "amount_over", 4800, year), Price: yearly, Amount: 9900, State: fee.Posted},
			"多收 ¥51.00", "多收了", "¥51.00 too much", "Too much", "bad"},
		{Line{Verdict: verdict(t, "version_not_accepted amount_over notice_missing", 3600, year), Amount: 4500, State: fee.Posted},
			"多收 ¥9.00", "多收了", "¥9.00 too much", "Too much", "bad"},
		{Line{Verdict: verdict(t, "amount_over", 4800, year), Amount: 9900, Refunded: 5100, State: fee.Posted},
			"多收 ¥51.00，已退 ¥51.00", "多收的已退", "¥51.00 too much, ¥51.00 returned", "Excess refunded", "info"},
		{Line{Verdict: verdict(t, "amount_over", 4800, year), Amount: 9900, Refunded: 100, State: fee.Posted},
			"多收 ¥51.00，已退 ¥1.00", "多收了", "¥51.00 too much, ¥1.00 returned", "Too much", "bad"},
		{Line{Verdict: verdict(t, "amount_over", 4800, year), Amount: 9900, State: fee.Authorized},
			"多出 ¥51.00", "与约定不符", "¥51.00 above the agreed price", "Not as agreed", "bad"},
		{Line{Verdict: verdict(t, "duplicate_cycle", 0, year), Amount: 3600, State: fee.Denied},
			"本期已收过一次", "拦下了", "Already taken this period", "Stopped", "bad"},
		{Line{Verdict: verdict(t, "duplicate_cycle", 0, year), Amount: 3600, SettledBy: fee.Waived},
			"本期已经免收", "不该收", "This period was waived", "Not owed", "bad"},
		{Line{Verdict: verdict(t, "duplicate_cycle", 0, year), Amount: 3600, SettledBy: fee.Authorized},
			"本期已经有一笔要扣", "不该收", "Already due to be taken", "Not owed", "bad"},
		{Line{Verdict: verdict(t, "duplicate_cycle", 0, once), Amount: 9900},
			"只收一次，已经收过", "不该收", "Once only, and already taken", "Not owed", "bad"},
		{Line{Verdict: verdict(t, "cap_exceeded own_limit", 3600, year), Amount: 3600},
			"超过公示的上限", "超过上限", "Over the published limit", "Over the limit", "bad"},
		{Line{Verdict: verdict(t, "cap_exceeded amount_over", 3600, year), Amount: 4500},
			"多收 ¥9.00", "不该收", "¥9.00 too much", "Not owed", "bad"},
		{Line{Verdict: verdict(t, "notice_missing", 3600, year), Amount: 3600},
			"没查到提前提醒", "待核对", "No notice found", "To be checked", "wait"},
		{Line{Verdict: verdict(t, "notice_missing", 3600, year), Amount: 3600, State: fee.Held},
			"没查到提前提醒", "暂缓", "No notice found", "On hold", "wait"},
		{Line{Verdict: verdict(t, "amount_under", 3600, year), Amount: 3000},
			"少收 ¥6.00", "少收了", "¥6.00 too little", "Too little", "info"},
		{Line{Verdict: verdict(t, "", 3600, year), Price: yearly, Amount: 3600, Refunded: 3600, State: fee.Refunded},
			"第 2 期，一年一次", "已退", "Period 2, once a year", "Refunded", "info"},
		{Line{Verdict: verdict(t, "", 3600, fee.Cycle{}), Amount: 3600, Refunded: 600, State: fee.Posted},
			"已退 ¥6.00", "与约定相符", "¥6.00 returned", "As agreed", "ok"},
		{Line{Verdict: verdict(t, "", 3600, year), Price: yearly, State: fee.Reversed}, "第 2 期，一年一次", "已撤回", "Period 2, once a year", "Reversed", "info"},
		{Line{Verdict: verdict(t, "", 3600, year), Price: yearly, State: fee.Waived}, "第 2 期，一年一次", "免收", "Period 2, once a year", "Waived", "info"},
		{Line{Verdict: verdict(t, "", 3600, year), Price: yearly, State: fee.Voided}, "第 2 期，一年一次", "没有扣", "Period 2, once a year", "Not taken", "none"},
		{Line{Amount: 3600}, "", "没法核对", "", "Can't be checked", "none"}, // never judged
	} {
		for _, in := range []struct {
			l         i18n.Locale
			said, tag string
		}{{i18n.ZhCN, c.zh, c.zhTag}, {i18n.En, c.en, c.enTag}} {
			p := i18n.For(in.l)
			if got := Short(p, c.line); got != in.said {
				t.Errorf("%v in %s: got %q, want %q", c.line.Verdict.Reasons, in.l, got, in.said)
			}
			if got, want := TagOf(p, c.line), (Tag{in.tag, Tone(c.tone)}); got != want {
				t.Errorf("%v in %s: got %v, want %v", c.line.Verdict.Reasons, in.l, got, want)
			}
		}
	}
}

func TestEveryRuleHasAShortLineAndASentence(t *testing.T) {
	n := 0
	for code := range fee.AllCodes() {
		n++
		for _, l := range i18n.Locales {
			line := Line{Verdict: verdict(t, code.String(), 0, fee.Cycle{}), Amount: 100}
			if got := Short(i18n.For(l), line); got == "" {
				t.Errorf("%s has no short line in %s", code, l)
			}
		}
	}
	for what, got := range map[string]int{"sentences": len(sentences), "short lines": len(shorts)} {
		if got != n {
			t.Errorf("got %d %s for %d rules", got, what, n)
		}
	}
}

func TestAListLineCostsFewAllocations(t *testing.T) {
	p := i18n.For(i18n.ZhCN)
	ok := Line{
		Kind: KindCard, Verdict: verdict(t, "", 3191, fee.Cycle{}), Price: &fee.Price{Kind: fee.PerSale, Rate: 6000},
		Amount: 3191, Sale: fen(531_800), SaleCount: count(46), State: fee.Posted,
	}
	if n := testing.AllocsPerRun(100, func() { TagOf(p, ok) }); n != 0 {
		t.Errorf("a tag costs %v allocations, want none", n)
	}
	if n := testing.AllocsPerRun(100, func() { Short(p, ok) }); n > 8 {
		t.Errorf("a short line costs %v allocations, want at most 8", n)
	}
}

func TestAPriceIsSaidInWords(t *testing.T) {
	for _, c := range []struct {
		price  fee.Price
		zh, en string
	}{
		{fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30}, "每年 ¥36.00，激活后前 30 天免费", "¥36.00 a year, the first 30 days free"},
		{fee.Price{Kind: fee.Recurring, Amount: 4800, CycleMonths: 6, FreeMonths: 6}, "每半年 ¥48.00，激活后前 6 个月免费", "¥48.00 each half year, the first 6 months free"},
		{fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, FreeMonths: 1}, "每季 ¥9.00，激活后前 1 个月免费", "¥9.00 a quarter, the first 1 month free"},
		{fee.Price{Kind: fee.Recurring, Amount: 300, CycleMonths: 1}, "每月 ¥3.00", "¥3.00 a month"},
		{fee.Price{Kind: fee.Recurring, Amount: 9900, CycleMonths: 36}, "每 36 个月 ¥99.00", "¥99.00 every 36 months"},
		{fee.Price{Kind: fee.OneOff, Amount: 19_900}, "只收一次，¥199.00", "¥199.00 once"},
		{fee.Price{Kind: fee.OneOff, Amount: 9900, FreeDays: 180}, "只收一次，¥99.00，激活满 180 天后收", "¥99.00 once, after the first 180 days"},
		{fee.Price{Kind: fee.OneOff, Amount: 9900, FreeMonths: 6}, "只收一次，¥99.00，激活满 6 个月后收", "¥99.00 once, after the first 6 months"},
		{fee.Price{Kind: fee.PerItem, Amount: 300}, "每次 ¥3.00", "¥3.00 each time"},
		{fee.Price{Kind: fee.PerSale, Rate: 6000}, "每笔 0.60%", "0.60% of each sale"},
		{fee.Price{Kind: fee.PerSale, Rate: 6000, Min: 10}, "每笔 0.60%，最低 ¥0.10", "0.60% of each sale, at least ¥0.10"},
		{fee.Price{Kind: fee.PerSale, Rate: 5250, Cap: 2000}, "每笔 0.525%，最高 ¥20.00", "0.525% of each sale, at most ¥20.00"},
		{fee.Price{Kind: fee.PerSale, Rate: 6000, Min: 10, Cap: 2500}, "每笔 0.60%，最低 ¥0.10，最高 ¥25.00", "0.60% of each sale, at least ¥0.10 and at most ¥25.00"},
		{fee.Price{Kind: fee.PerSale, Rate: 6000, Cap: money.Max}, "每笔 0.60%", "0.60% of each sale"},
	} {
		if got := Price(i18n.For(i18n.ZhCN), c.price); got != c.zh {
			t.Errorf("got %q, want %q", got, c.zh)
		}
		if got := Price(i18n.For(i18n.En), c.price); got != c.en {
			t.Errorf("got %q, want %q", got, c.en)
		}
	}
}

func TestEveryNameIsKnownInBothLanguages(t *testing.T) {
	for _, l := range i18n.Locales {
		p := i18n.For(l)
		unknown := map[string]string{
			"item": ItemName(p, "?"), "method": MethodName(p, "?"), "state": StateName(p, "?"),
			"channel": ChannelName(p, "?"), "via": ViaName(p, "?"),
		}
		differs := func(kind, name string) {
			if name == "" || name == unknown[kind] {
				t.Errorf("a %s is called %q in %s, as if nobody knew it", kind, name, l)
			}
		}
		for _, item := range fee.Items {
			differs("item", ItemName(p, item))
		}
		for _, m := range []fee.Method{fee.Credit, fee.Debit, fee.Card, fee.QR} {
			differs("method", MethodName(p, m))
		}
		for _, s := range []fee.State{fee.Authorized, fee.Posted, fee.Refunded, fee.Waived, fee.Reversed, fee.Voided, fee.Held, fee.Denied} {
			differs("state", StateName(p, s))
		}
		for _, c := range []string{"sms", "email", "wechat", "inbox"} {
			differs("channel", ChannelName(p, c))
		}
		for _, v := range []string{"app", "portal", "paper", "sms", "agent"} {
			differs("via", ViaName(p, v))
		}
	}
	zh := i18n.For(i18n.ZhCN)
	for _, s := range []fee.Standing{
		fee.StandsPaid, fee.StandsOpen, fee.StandsOver, fee.StandsUnder, fee.StandsDuplicate, fee.StandsRefunded, fee.StandsWaived, fee.StandsLapsed,
	} {
		if got := StandingName(zh, s); got == StandingName(zh, fee.StandsUnexpected) {
			t.Errorf("%s is called %q", s, got)
		}
	}
	if got, want := KindName(zh, KindPayout), "提现费"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
