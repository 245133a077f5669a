package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// withArea reads the real common area beside one made for the test.
func withArea(t *testing.T, zh, en string) (map[Locale]*Printer, error) {
	t.Helper()
	files := fstest.MapFS{}
	for _, l := range Locales {
		text, err := embedded.ReadFile("locales/" + string(l) + "/common.yaml")
		if err != nil {
			t.Fatal(err)
		}
		files[string(l)+"/common.yaml"] = &fstest.MapFile{Data: text}
	}
	files["zh-CN/shop.yaml"] = &fstest.MapFile{Data: []byte(zh)}
	files["en/shop.yaml"] = &fstest.MapFile{Data: []byte(en)}
	return Load(files)
}

func load(t *testing.T, zh, en string) map[Locale]*Printer {
	t.Helper()
	printers, err := withArea(t, zh, en)
	if err != nil {
		t.Fatal(err)
	}
	return printers
}

func TestAPlaceholderIsWrittenByTheTypeOfItsValue(t *testing.T) {
	printers := load(t, `line: "{a}｜{b}"`, `line: "{a}|{b}"`)
	at := time.Date(2025, 11, 26, 2, 2, 0, 0, time.UTC)
	for _, c := range []struct {
		a, b   any
		zh, en string
	}{
		{"x", 1204, "x｜1,204", "x|1,204"},
		{fen(120450), fen(-3600), "¥1,204.50｜−¥36.00", "¥1,204.50|−¥36.00"},
		{day{2025, 12, 3}, int64(-7), "2025年12月3日｜−7", "3 December 2025|−7"},
		{at, 61 * time.Second, "2025年11月26日 10:02｜2 分钟", "26 November 2025, 10:02|2 minutes"},
	} {
		if got := printers[ZhCN].T("shop.line", "b", c.b, "a", c.a); got != c.zh {
			t.Errorf("in Chinese %v, %v gives %q, want %q", c.a, c.b, got, c.zh)
		}
		if got := printers[En].T("shop.line", "a", c.a, "b", c.b); got != c.en {
			t.Errorf("in English %v, %v gives %q, want %q", c.a, c.b, got, c.en)
		}
	}
}

func TestACountChoosesThePluralForm(t *testing.T) {
	printers := load(t, `tries: "还可以试 {n} 次"`, `tries: {one: "You have {n} try left", other: "You have {n} tries left"}`)
	for n, want := range map[int]string{
		0: "You have 0 tries left", 1: "You have 1 try left", 2: "You have 2 tries left",
		1001: "You have 1,001 tries left", 1_000_001: "You have 1,000,001 tries left",
	} {
		got := printers[En].N("shop.tries", n)
		if got != want {
			t.Errorf("N(%d) = %q, want %q", n, got, want)
		}
		if viaT := printers[En].T("shop.tries", "n", n); viaT != got {
			t.Errorf("T with n = %d gives %q, N gives %q", n, viaT, got)
		}
	}
	if got, want := printers[ZhCN].N("shop.tries", 3), "还可以试 3 次"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAMistakeInATestPanicsWithItsKey(t *testing.T) {
	p := load(t, `amount: "{amount}"`, `{amount: "{amount}", many: {one: "a", other: "b"}}`)[En]
	for name, write := range map[string]func(){
		"shop.absent": func() { p.T("shop.absent") },
		"{amount}":    func() { p.T("shop.amount", "amuont", "1") },
		"float64":     func() { p.T("shop.amount", "amount", 1.5) },
		"needs n":     func() { p.T("shop.many") },
		"not a count": func() { p.T("shop.many", "n", "1") },
	} {
		func() {
			defer func() {
				if got, ok := recover().(string); !ok || !strings.Contains(got, name) {
					t.Errorf("panicked with %q, want one that names %q", got, name)
				}
			}()
			write()
		}()
	}
}

func TestACatalogueThatCantBeReadIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		`a: "{b"`:                         "stray brace",
		`a: "b}"`:                         "stray brace",
		`a: "{B}"`:                        "no placeholder name",
		`a: "{}"`:                         "no placeholder name",
		"a: x\na: y":                      "",
		`a: [x]`:                          "neither a text nor a map",
		`A: x`:                            `"A" is no key`,
		`- x`:                             "must be a map",
		"a: {one: x, other: y, other: z}": "",
		`a: "`:                            "shop.yaml",
	} {
		_, err := withArea(t, text, "")
		if err == nil {
			t.Errorf("%q was taken", text)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %q, want it to contain %q", text, err, want)
		}
	}
}

func TestAWordSuchAsNoIsTextInAKeyAndInAMessage(t *testing.T) {
	p := load(t, "no: no\non: 2025\nempty: \"\"", "")[ZhCN]
	for key, want := range map[string]string{"shop.no": "no", "shop.on": "2025", "shop.empty": ""} {
		if got := p.T(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func TestAGroupOfMessagesMayHaveOneCalledOther(t *testing.T) {
	p := load(t, "reason: {lost: 丢了, other: 别的}", "")[ZhCN]
	if got := p.T("shop.reason.other"); got != "别的" {
		t.Errorf("got %q", got)
	}
}

func TestAMessageWithoutPlaceholdersCostsNoAllocation(t *testing.T) {
	p := For(ZhCN)
	if n := testing.AllocsPerRun(100, func() { p.T("common.relative.today") }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestAMessageWithPlaceholdersCostsFewAllocations(t *testing.T) {
	p := load(t, `line: "{a}，{b}"`, "")[ZhCN]
	a, b := "前台", 12345
	if n := testing.AllocsPerRun(100, func() { p.T("shop.line", "a", a, "b", b) }); n > 4 {
		t.Errorf("%v allocations, want at most 4", n)
	}
}

func FuzzParseMessageNeverLosesText(f *testing.F) {
	f.Add("还可以试 {n} 次")
	f.Add("{a}{b}}")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMessage(text)
		if err != nil {
			return
		}
		joined := ""
		for _, p := range m.parts {
			if p.name != "" {
				joined += "{" + p.name + "}"
			}
			joined += p.literal
		}
		if len(m.parts) > 0 && joined != text {
			t.Fatalf("%q was cut into %q", text, joined)
		}
	})
}

func TestAPagesPrinterWritesTheSameTextsInFewerAllocations(t *testing.T) {
	p := load(t, "line: \"{a}，{b}\"\ncounted: {other: \"{n} 笔，{a}\"}", "")[ZhCN]
	page := p.ForPage()
	moment := time.Date(2025, 12, 3, 2, 2, 0, 0, time.UTC)
	for range 300 { // more than one block holds
		for _, texts := range [][2]string{
			{p.T("shop.line", "a", "前台", "b", 12345), page.T("shop.line", "a", "前台", "b", 12345)},
			{p.N("shop.counted", 46, "a", "前台"), page.N("shop.counted", 46, "a", "前台")},
			{p.T("shop.line", "a", time.Minute, "b", moment), page.T("shop.line", "a", time.Minute, "b", moment)},
			{p.Money(-120450), page.Money(-120450)}, {p.Percent(6000), page.Percent(6000)}, {p.Count(12345), page.Count(12345)},
			{p.Tail("820000018093"), page.Tail("820000018093")}, {p.Date(day{2025, 12, 3}), page.Date(day{2025, 12, 3})},
			{p.ShortDateTime(moment), page.ShortDateTime(moment)}, {p.Time(moment), page.Time(moment)},
			{p.Span(day{2025, 12, 3}, day{2026, 12, 2}), page.Span(day{2025, 12, 3}, day{2026, 12, 2})},
		} {
			if texts[0] != texts[1] {
				t.Fatalf("a page writes %q; want %q", texts[1], texts[0])
			}
		}
	}
	first := page.Money(100)
	n := testing.AllocsPerRun(500, func() { page.Money(120450) })
	if n > 0.1 || first != "¥1.00" {
		t.Errorf("%v allocations an amount, want a block now and then; the first text is now %q", n, first)
	}
}
