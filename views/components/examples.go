package components

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Example is a component as it stands in a page, with what a shop owner would
// find in it.
type Example struct {
	Name string // of the component
	View func(page.Page) templ.Component
}

// Examples lists every component with an example, in the order in which one
// would get to know them.
func Examples() []Example {
	return []Example{
		{"Timeline", exampleTimeline},
		{"Timeline without table", exampleTimelineOfOneDeduction},
		{"Timeline of a monthly fee", exampleTimelineOfAMonthlyFee},
		{"Timeline with every mark", exampleTimelineWithEveryMark},
		{"Card", exampleCard},
		{"Checks", exampleChecks},
		{"Table", exampleTable},
		{"Stack", exampleStack},
		{"Columns", exampleColumns},
		{"Meter", exampleMeter},
		{"Tag", exampleTag},
		{"Sign", exampleSign},
		{"Money and Time", exampleMoney},
		{"Notice", exampleNotice},
		{"Breadcrumbs", exampleBreadcrumbs},
		{"Tabs", exampleTabs},
		{"Pager", examplePager},
		{"Pages", examplePages},
		{"Steps", exampleSteps},
		{"Button", exampleButton},
		{"FilterBar", exampleFilterBar},
		{"Form", exampleForm},
		{"Form with errors", exampleFormWithErrors},
		{"Upload", exampleUpload},
		{"Dialog", exampleDialog},
		{"More", exampleMore},
		{"Empty", exampleEmpty},
		{"Loading", exampleLoading},
		{"Icon", exampleIcon},
		{"QR", exampleQR},
	}
}

// galleryLead is the first sentence of the gallery.
func galleryLead(p page.Page) string {
	return in(p, "页面都由这些部件拼成，样例也是测试。", "Every page is built from these parts. The examples are tests, too.")
}

// in picks the text of the page's language.
func in(p page.Page, zh, en string) string {
	if p.T.Locale() == i18n.ZhCN {
		return zh
	}
	return en
}

// words is a text as a component.
func words(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		m := markup.To(w)
		m.Raw(`<p>`)
		m.Text(s)
		m.Raw(`</p>`)
		return m.Err()
	})
}

// with puts children into a component.
func with(outer templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// row puts components beside each other.
func row(items ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		m := markup.To(w)
		m.Raw(`<div class="row">`)
		m.Part(ctx, templ.Join(items...))
		m.Raw(`</div>`)
		return m.Err()
	})
}

// simTimeline is the SIM fee of a terminal activated on 3 November 2024, day 0.
func simTimeline(p page.Page) Timeline {
	free := in(p, "免费 30 天", "First 30 days free")
	yearly := p.T.Money(3600)
	agreed := Tag{OK, in(p, "与约定相符", "As agreed")}
	return Timeline{
		ID:    "sim",
		Title: in(p, "前台 POS 流量卡费的时间线", "Timeline of the SIM data fee of the front-counter terminal"),
		Summary: in(p,
			"2024年11月3日激活，前 30 天免费，此后每年12月3日收 ¥36.00。今年重复申请的一笔已拦下。",
			"Activated on 3 November 2024, 30 days free, then ¥36.00 on each 3 December. A second request this year was stopped."),
		First: 0, Last: 790, Today: 749,
		Now: in(p, "今天", "Today"), NowAt: Time{Text: in(p, "2026年11月22日", "22 November 2026"), Machine: "2026-11-22"},
		Spans: []TimelineSpan{
			{Kind: FreeSpan, From: 0, To: 29, Label: ""},
			{Kind: CycleSpan, From: 30, To: 394, Label: in(p, "第 1 期 ¥36.00", "Year 1, ¥36.00")},
			{Kind: CycleSpan, From: 395, To: 759, Label: in(p, "第 2 期 ¥36.00（本笔）", "Year 2, ¥36.00 (this one)"), Current: true},
			{Kind: OpenSpan, From: 760, To: 1124},
		},
		Marks: []TimelineMark{
			{
				Kind: StartMark, Day: 0, Date: "2024-11-03", Note: in(p, "激活", "Activated"),
				When: Time{Text: in(p, "2024年11月3日", "3 November 2024"), Machine: "2024-11-03"},
				What: in(p, "激活，", "Activated. ") + free,
			},
			{
				Kind: AgreedMark, Day: 30, Date: "2024-12-03", Note: in(p, "扣款", "Taken"),
				When: Time{Text: in(p, "2024年12月3日", "3 December 2024"), Machine: "2024-12-03"},
				What: in(p, "第 1 期", "Year 1"), Href: "/deductions/d_01", Amount: Money{Text: yearly}, Check: agreed,
			},
			{
				Kind: AgreedMark, Day: 395, Date: "2025-12-03", Note: in(p, "扣款", "Taken"), Current: true,
				When: Time{Text: in(p, "2025年12月3日", "3 December 2025"), Machine: "2025-12-03"},
				What: in(p, "第 2 期（本笔）", "Year 2 (this one)"), Amount: Money{Text: yearly}, Check: agreed,
			},
			{
				Kind: StoppedMark, Day: 600, Date: "2026-06-26", Note: in(p, "拦下了", "Stopped"),
				When: Time{Text: in(p, "2026年6月26日", "26 June 2026"), Machine: "2026-06-26"},
				What: in(p, "第 2 期又来一次", "Year 2, asked for again"), Href: "/deductions/d_03",
				Amount: Money{Text: yearly, Why: in(p, "没有扣", "not taken")}, Check: Tag{Bad, in(p, "拦下了", "Stopped")},
			},
			{
				Kind: ToComeMark, Day: 760, Date: "2026-12-03", Note: in(p, "下一笔", "Next"),
				When: Time{Text: in(p, "2026年12月3日", "3 December 2026"), Machine: "2026-12-03"},
				What: in(p, "第 3 期，下一笔", "Year 3, next"), Amount: Money{Text: yearly}, Check: Tag{Wait, in(p, "还没扣", "To come")},
			},
		},
		Bells: []TimelineBell{
			{388, Time{Text: in(p, "2025年11月26日", "26 November 2025"), Machine: "2025-11-26", Full: "2025-11-26 10:02"}, in(p, "短信提醒送达 138****6621", "Text message delivered to 138****6621")},
			{394, Time{Text: in(p, "2025年12月2日", "2 December 2025"), Machine: "2025-12-02"}, in(p, "短信提醒送达 138****6621", "Text message delivered to 138****6621")},
		},
		Heads: TimelineHeads{in(p, "日期", "Date"), in(p, "什么事", "What"), in(p, "核对", "Check"), in(p, "金额", "Amount")},
		Table: true,
	}
}

func exampleTimeline(p page.Page) templ.Component { return simTimeline(p) }

func exampleTimelineOfOneDeduction(p page.Page) templ.Component {
	t := simTimeline(p)
	t.ID, t.Table, t.Bells = "one", false, nil
	t.Marks = append(t.Marks[:3:3], t.Marks[4])
	return t
}

// exampleTimelineOfAMonthlyFee has more deductions than there is room for
// labels, and two on one day.
func exampleTimelineOfAMonthlyFee(p page.Page) templ.Component {
	t := simTimeline(p)
	t.ID, t.Table = "monthly", false
	t.Title = in(p, "收银台 POS 延时保障费的时间线", "Timeline of the delay cover fee of the till terminal")
	t.Summary = in(p, "每月 ¥3.00，扣了 23 次，其中 9 月多扣一次。", "¥3.00 a month, taken 23 times, in September once too often.")
	t.Spans, t.Bells = nil, nil
	t.Marks = t.Marks[:1:1]
	names := []string{"2024-11", "2024-12"}
	for y := 5; y <= 6; y++ {
		for m := 1; m <= 12; m++ {
			names = append(names, string([]byte{'2', '0', '2', byte('0' + y), '-', byte('0' + m/10), byte('0' + m%10)}))
		}
	}
	for i, name := range names[:24] {
		day := 30*i + 14
		t.Spans = append(t.Spans, TimelineSpan{Kind: CycleSpan, From: day, To: day + 29, Label: name})
		mark := TimelineMark{
			Kind: AgreedMark, Day: day, Date: name + "-17", When: Time{Text: name + "-17", Machine: name + "-17"},
			What: in(p, "延时保障费", "Delay cover"), Amount: Money{Text: p.T.Money(300)}, Check: Tag{OK, in(p, "与约定相符", "As agreed")},
		}
		t.Marks = append(t.Marks, mark)
		if i == 22 {
			mark.Kind, mark.Note, mark.Check = WrongMark, in(p, "多扣了", "Twice"), Tag{Bad, in(p, "多扣了", "Taken twice")}
			t.Marks = append(t.Marks, mark)
		}
	}
	return t
}

// exampleTimelineWithEveryMark is the legend of the marks.
func exampleTimelineWithEveryMark(p page.Page) templ.Component {
	t := simTimeline(p)
	t.ID, t.Table, t.Spans = "marks", false, nil
	t.Title = in(p, "时间线上的记号", "The marks of a timeline")
	t.Summary = in(p, "每种记号各一个。", "One mark of each kind.")
	t.Marks = nil
	for i, word := range []string{
		in(p, "激活", "Activated"), in(p, "停用", "Ended"), in(p, "相符", "As agreed"), in(p, "已退回", "Given back"), in(p, "未核对", "Unchecked"),
		in(p, "还没扣", "To come"), in(p, "拦下了", "Stopped"), in(p, "待核实", "In doubt"), in(p, "多收了", "Too much"),
	} {
		t.Marks = append(t.Marks, TimelineMark{Kind: MarkKind(i), Day: 40 + 85*i, Date: word, When: Time{Text: word}, What: word})
	}
	return t
}

func exampleCard(p page.Page) templ.Component {
	return with(Card(CardProps{Title: in(p, "为什么是 ¥36.00", "Why ¥36.00"), Aside: in(p, "按第 2 版公示", "By version 2 of the fee list")}),
		Facts{
			{Term: in(p, "约定价格", "Agreed price"), Text: in(p, "每年 ¥36.00，激活后前 30 天免费", "¥36.00 a year, the first 30 days free")},
			{Term: in(p, "怎么算的", "How it adds up"), Text: in(p, "第 2 期 × ¥36.00 = ¥36.00", "Year 2 × ¥36.00 = ¥36.00"), Part: in(p, "2025年12月3日到2026年12月2日", "3 December 2025 to 2 December 2026")},
			{Term: in(p, "谁收的", "Who takes it"), Text: in(p, "示例支付有限公司。流量由中国移动提供，你不用另付给移动。", "Example Payment. China Mobile supplies the data; you pay it nothing.")},
			{Term: in(p, "编号", "Reference"), Body: Reference{"SIM-2025-1203-0387"}},
		})
}

func exampleChecks(p page.Page) templ.Component {
	passed, failed, unknown := in(p, "通过", "Passed"), in(p, "不符", "Failed"), in(p, "未核对", "Not checked")
	return Checks{
		{Title: in(p, "金额", "The amount"), Verdict: OK, Word: passed, Part: in(p, "应收 ¥36.00，实收 ¥36.00", "¥36.00 due, ¥36.00 taken"), Items: []Check{
			{OK, passed, in(p, "金额与约定一致", "The amount is the agreed one"), in(p, "应收 ¥36.00，实收 ¥36.00", "¥36.00 due, ¥36.00 taken")},
		}},
		{Title: in(p, "没有重复收", "Not twice"), Verdict: Bad, Word: failed, Open: true, Items: []Check{
			{Bad, failed, in(p, "这一期已经收过", "This year was already paid"), in(p, "2026年3月2日扣过 ¥36.00", "¥36.00 was taken on 2 March 2026")},
			{OK, passed, in(p, "这张扣费单只来过一次", "This order came only once"), ""},
		}},
		{Title: in(p, "提前提醒", "Told first"), Verdict: None, Word: unknown, Open: true, Items: []Check{
			{None, unknown, in(p, "没查到提醒记录", "We found no record of a notice"), ""},
		}},
		{Title: in(p, "公示和同意", "Published and agreed"), Verdict: OK, Word: passed, Items: []Check{
			{OK, passed, in(p, "收费标准公示满 30 天", "The price was published 30 days ahead"), in(p, "2024年9月1日公示，10月8日生效", "Published 1 September 2024, in force from 8 October")},
		}},
		{Title: in(p, "终端在用", "Terminal in use"), Verdict: OK, Word: passed, Items: []Check{
			{OK, passed, in(p, "终端当天在用", "The terminal was in use that day"), in(p, "当天有 17 笔交易", "17 sales that day")},
		}},
	}
}

func exampleTable(p page.Page) templ.Component {
	agreed, stopped := in(p, "与约定相符", "As agreed"), in(p, "拦下了：本年度已经收过", "Stopped: already paid for this year")
	line := func(day, machine, fee, part, amount string, check Tag, money Money) Row {
		money.Text = amount
		return Row{Cells: []Cell{
			{Body: Time{Text: day, Machine: machine}, Head: true},
			{Text: fee, Href: "/deductions/d_" + machine, Part: part},
			{Body: check}, {Body: money},
		}}
	}
	return with(Card(CardProps{Title: in(p, "最近扣费", "Latest deductions"), Aside: in(p, "数据截至今天 09:30", "As of 09:30 today"), Tight: true}),
		Table{
			Caption: in(p, "最近扣费和核对结果", "Latest deductions and their checks"),
			Columns: []Column{
				{Label: in(p, "日期", "Date")}, {Label: in(p, "费用", "Fee")},
				{Label: in(p, "核对", "Check")}, {Label: in(p, "金额", "Amount"), Num: true},
			},
			Rows: []Row{
				line(in(p, "11月20日", "20 Nov"), "2026-11-20", in(p, "交易手续费", "Card fee"), in(p, "前台 POS，46 笔共 ¥5,318.00，费率 0.60%", "Front counter, 46 sales of ¥5,318.00 in all, at 0.60%"), p.T.Money(3191), Tag{OK, agreed}, Money{}),
				line(in(p, "11月18日", "18 Nov"), "2026-11-18", in(p, "流量卡费", "SIM data"), in(p, "收银台 POS", "Till"), p.T.Money(3600), Tag{Bad, stopped}, Money{Why: in(p, "没有扣", "not taken")}),
				line(in(p, "11月16日", "16 Nov"), "2026-11-16", in(p, "提现费", "Payout fee"), in(p, "前台 POS", "Front counter"), p.T.Money(300), Tag{OK, agreed}, Money{}),
			},
			Sums: []Row{{Cells: []Cell{{Text: in(p, "合计", "Total"), Head: true}, {}, {}, {Body: Money{Text: p.T.Money(3491)}}}}},
		})
}

func exampleStack(p page.Page) templ.Component {
	return with(Card(CardProps{Title: in(p, "本月费用", "This month's fees")}),
		BigMoney{p.T.Money(21437)},
		Stack{
			Title: in(p, "交易手续费 78%，提现费 14%，延时保障费 8%", "Card fees 78%, payout fees 14%, delay cover 8%"),
			Parts: []StackPart{
				{in(p, "交易手续费", "Card fees"), p.T.Money(16737), "", 16737},
				{in(p, "提现费", "Payout fees"), p.T.Money(3000), "", 3000},
				{in(p, "延时保障费", "Delay cover"), p.T.Money(1700), in(p, "按你的同意收", "With your consent"), 1700},
				{in(p, "流量卡费", "SIM data"), p.T.Money(0), "", 0},
			},
			Sum: Fact{Term: in(p, "合计", "Total"), Text: p.T.Money(21437)},
		})
}

func exampleColumns(p page.Page) templ.Component {
	return with(Card(CardProps{Title: in(p, "最近 7 天的短信", "Text messages of the last 7 days")}), Columns{
		Title: in(p, "每天发的短信，最多一天 240 条", "Text messages day by day, 240 on the busiest"),
		Parts: []string{in(p, "到了", "Arrived"), in(p, "还不知道", "No word yet"), in(p, "没到", "Did not arrive")},
		Columns: [][]int64{
			{180, 4, 6}, {210, 0, 2}, {236, 2, 2}, {90, 0, 0}, {0, 0, 0}, {150, 20, 40}, {60, 80, 0},
		},
		First: in(p, "11月15日", "15 Nov"), Last: in(p, "11月21日", "21 Nov"), Most: in(p, "最多 240 条", "240 at most"),
	})
}

func exampleMeter(p page.Page) templ.Component {
	meter := func(used, most int64, text string, tone Verdict) Meter {
		return Meter{
			Label: in(p, "本月流量", "Data this month"), Text: text,
			Part: in(p, "数据截至11月21日", "As of 21 November"), Value: used, Max: most, Tone: tone,
		}
	}
	return templ.Join(
		meter(18, 100, in(p, "已用 18 MB，共 100 MB", "18 MB of 100 MB used"), OK),
		meter(86, 100, in(p, "已用 86 MB，共 100 MB", "86 MB of 100 MB used"), Wait),
		meter(140, 100, in(p, "已用 140 MB，超出 40 MB", "140 MB used, 40 MB over"), Bad),
		meter(40, 0, in(p, "已用 40 MB，不限量", "40 MB used, no limit"), None),
	)
}

func exampleTag(p page.Page) templ.Component {
	return row(
		Tag{OK, in(p, "与约定相符", "As agreed")}, Tag{Wait, in(p, "12月8日提醒", "Notice on 8 December")},
		Tag{Bad, in(p, "拦下了", "Stopped")}, Tag{Info, in(p, "处理中", "In hand")}, Tag{None, in(p, "未核对", "Not checked")},
	)
}

func exampleSign(page.Page) templ.Component {
	return row(Sign(OK), Sign(Wait), Sign(Bad), Sign(Info), Sign(None))
}

func exampleMoney(p page.Page) templ.Component {
	return row(
		Money{Text: p.T.Money(120450)},
		Money{Text: p.T.Money(3600), Why: in(p, "没有扣", "not taken")},
		Time{in(p, "12月3日", "3 Dec"), "2025-12-03T02:14:09Z", "2025-12-03 10:14:09"},
		Reference{"C2026-1118-07"},
	)
}

func exampleNotice(p page.Page) templ.Component {
	return templ.Join(
		with(Notice(Wait, in(p, "我们拦下了 1 笔扣费，没有扣你的钱。", "We stopped one deduction. None of your money was taken.")),
			words(in(p, "收银台 POS 的流量卡费今年已经收过一次。", "This year's SIM fee of the till was already paid."))),
		with(Notice(OK, in(p, "改好了。", "Changed."))),
		with(Notice(Bad, in(p, "这笔 ¥99.00 多收了 ¥51.00。", "These ¥99.00 were ¥51.00 too much."))),
		with(Notice(Info, in(p, "数据截至今天 09:30。", "As of 09:30 today."))),
	)
}

func exampleBreadcrumbs(p page.Page) templ.Component {
	return Breadcrumbs{p.T, []page.Link{
		{Label: in(p, "终端", "Terminals"), Href: "/terminals"},
		{Label: in(p, "前台 POS", "Front counter"), Href: "/terminals/0387"},
		{Label: in(p, "流量卡费", "SIM data")},
	}}
}

func exampleTabs(p page.Page) templ.Component {
	return Tabs{in(p, "账单", "Statements"), []page.Link{
		{Label: in(p, "按终端", "By terminal"), Href: "/statements/2026-11", Current: true},
		{Label: in(p, "按费用", "By fee"), Href: "/statements/2026-11?by=fee"},
	}}
}

func examplePager(p page.Page) templ.Component {
	return Pager{p.T, "", "/deductions?before=d_20"}
}

func examplePages(p page.Page) templ.Component {
	return Pages{p.T, "/terminals?before=820000018093", "/terminals?after=820000020734"}
}

func exampleSteps(p page.Page) templ.Component {
	return Steps(p.T, []Step{
		{in(p, "已收到", "Received"), in(p, "11月18日 14:20", "18 Nov, 14:20"), StepDone},
		{in(p, "已受理", "Accepted"), in(p, "11月18日 15:03", "18 Nov, 15:03"), StepDone},
		{in(p, "调查中", "Looking into it"), in(p, "客服部 林", "Lin, support"), StepNow},
		{in(p, "给出结论", "Decision"), in(p, "承诺11月25日", "By 25 Nov"), StepToCome},
		{in(p, "结束", "Closed"), "", StepToCome},
	})
}

func exampleButton(p page.Page) templ.Component {
	return row(
		Button{Label: in(p, "同意", "Accept")},
		Button{Label: in(p, "不同意", "Object"), Look: Plain, Name: "answer", Value: "no"},
		ButtonLink{Label: in(p, "停用这台终端", "Stop this terminal"), Href: "/terminals/0387", Look: Warning},
		ButtonLink{Label: in(p, "下载表格", "Download as a table"), Href: "/statements/2026-11.csv", Look: Plain, Icon: "download", Download: true},
	)
}

func exampleFilterBar(p page.Page) templ.Component {
	return with(FilterBar(p.T, Filter{Label: in(p, "筛选扣费", "Filter deductions"), Action: "/deductions", Target: "results", Clear: "/deductions"}),
		Select(Field{Name: "fee", Label: in(p, "费用", "Fee"), Value: "sim_data"}, []Option{
			{Value: "", Label: in(p, "全部", "All")},
			{Value: "sim_data", Label: in(p, "流量卡费", "SIM data")},
		}),
		TextField(Field{Name: "from", Label: in(p, "从", "From"), Type: "date", Value: "2026-11-01"}),
		TextField(Field{Name: "to", Label: in(p, "到", "To"), Type: "date"}))
}

func exampleForm(p page.Page) templ.Component {
	return with(Form(p, "/login"),
		TextField(Field{
			Name: "phone", Label: in(p, "手机号", "Phone number"), Hint: in(p, "开户时登记的号码", "The number you registered with"),
			Type: "tel", Autocomplete: "tel", InputMode: "tel", MaxLength: "20", Size: Short, Required: true,
		}),
		Radios(Field{Name: "way", Label: in(p, "怎么登录", "How to sign in"), Value: "code", Required: true}, []Option{
			{Value: "code", Label: in(p, "短信验证码", "Code by text message"), Hint: in(p, "5 分钟内有效", "Valid for 5 minutes")},
			{Value: "password", Label: in(p, "密码", "Password")},
		}),
		TextArea(Field{Name: "note", Label: in(p, "补充说明", "Anything to add"), Optional: in(p, "（可不填）", "(optional)"), MaxLength: "500"}),
		Checkbox(Field{Name: "keep", Label: in(p, "这台手机上保持登录", "Stay signed in on this phone"), Value: "yes"}),
		Button{Label: in(p, "获取验证码", "Get a code"), Wide: true})
}

func exampleFormWithErrors(p page.Page) templ.Component {
	wrong := in(p, "验证码不对。还可以试 3 次。", "That code is wrong. You can try 3 more times.")
	state := form.Failed(form.Values{"code": {"12345"}}, "", []form.Failure{{Field: "code", Message: wrong}})
	return templ.Join(
		errorSummary(p.T, state, false), // it would take the focus of the whole gallery
		with(Form(p, "/login/code"), TextField(Field{
			Name: "code", Label: in(p, "6 位验证码", "6-digit code"), Hint: in(p, "发到 138****6621", "Sent to 138****6621"),
			Value: state.Value("code"), Error: state.Error("code"),
			Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: "6", Size: Code, Required: true,
		}), Button{Label: in(p, "登录", "Sign in")}))
}

func exampleUpload(p page.Page) templ.Component {
	return with(Upload(p, "/login/number"),
		FileField(Field{Name: "files", Label: in(p, "照片或文件", "Photos or files"), Hint: in(p, "最多 3 个，每个不超过 5 MB", "Up to 3, 5 MB each"), Required: true}, "image/*,application/pdf", true),
		Button{Label: in(p, "提交", "Send")})
}

func exampleDialog(p page.Page) templ.Component {
	return with(Dialog(p.T, DialogProps{ID: "end-session", Open: in(p, "退出这台设备", "Sign out there"), Look: Warning, Title: in(p, "退出这台设备？", "Sign out on that device?")}),
		words(in(p, "那台设备要重新登录。", "That device will have to sign in again.")))
}

func exampleMore(p page.Page) templ.Component {
	return with(More(in(p, "以前的版本", "Earlier versions")), words(in(p, "第 1 版：每年 ¥24.00，2023年1月1日生效。", "Version 1: ¥24.00 a year, in force from 1 January 2023.")))
}

func exampleEmpty(p page.Page) templ.Component {
	return with(Card(CardProps{Title: in(p, "扣费", "Deductions")}),
		with(Empty(in(p, "这段时间没有扣费", "Nothing was taken in this time"), in(p, "换个日期范围，或者清除筛选。", "Try other dates, or clear the filters.")),
			ButtonLink{Label: in(p, "清除筛选", "Clear filters"), Href: "/deductions", Look: Plain}))
}

func exampleLoading(p page.Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		m := markup.To(w)
		m.Raw(`<div class="htmx-request">`)
		m.Part(ctx, Loading(p.T))
		m.Raw(`</div>`)
		return m.Err()
	})
}

func exampleIcon(page.Page) templ.Component {
	icons := make([]templ.Component, 0, len(shapes))
	for _, name := range IconNames() {
		icons = append(icons, Icon(name))
	}
	return row(icons...)
}

func exampleQR(p page.Page) templ.Component {
	return QR{Text: "https://mingbai.example.com/guides/sim-fee", Label: in(p, "指南的二维码", "QR code of the guide")}
}
