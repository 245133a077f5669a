package search

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

var docs = []Document{
	{
		Kind: Guide, Slug: "why-sim-fee",
		ZhCN: Text{Title: "为什么扣了 36 元流量卡费", Summary: "这是流量卡一年的费用。", Questions: []string{"流量费怎么扣的", "通讯费是什么"}, Body: "机器里有一张卡，用来上网。\n每年收一次，从当天的结算里扣。"},
		En:   Text{Title: "Why ¥36 was taken for SIM data", Summary: "It pays for the SIM for a year.", Questions: []string{"why was i charged"}, Body: "The terminal has a SIM.\nWe take the fee once a year."},
	},
	{
		Kind: Guide, Slug: "deposit",
		ZhCN: Text{Title: "押金怎么退", Summary: "满足条件就退到结算账户。", Questions: []string{"保证金能退吗"}, Body: "退还机器，或者刷够流水。"},
		En:   Text{Title: "How to get the deposit back", Summary: "We return it once the condition is met.", Questions: []string{"deposit refund"}, Body: "Return the terminal, or reach the turnover."},
	},
	{
		Kind: Guide, Slug: "stop-a-fee",
		ZhCN: Text{Title: "怎么停用一项收费", Summary: "在终端那一页停用。", Questions: []string{"怎么关闭扣费"}, Body: "停用以后不再收。"},
		En:   Text{Title: "How to stop a fee", Summary: "Stop it on the terminal's page.", Questions: []string{"cancel the charge"}, Body: "Nothing is taken once it is stopped."},
	},
	{
		Kind: Disclosure, Slug: "terminal-fees",
		ZhCN: Text{Title: "终端收费公示", Summary: "每年 ¥36.00。"},
		En:   Text{Title: "Terminal fees", Summary: "¥36.00 a year."},
	},
}

func TestAQueryFindsWhatAnswersIt(t *testing.T) {
	x := New(docs)
	for _, c := range []struct{ query, want string }{
		{"流量费怎么扣的", "why-sim-fee"},
		{"为什么扣36", "why-sim-fee"},
		{"为什么扣我３６块", "why-sim-fee"},
		{"通信服务费", "why-sim-fee"},
		{"物联卡费", "why-sim-fee"},
		{"sim fee", "why-sim-fee"},
		{"WHY WAS I CHARGED", "why-sim-fee"},
		{"押金", "deposit"},
		{"保证金怎么要回来", "deposit"},
		{"deposits refunded", "deposit"},
		{"怎么关掉", "stop-a-fee"},
		{"how do i stop the fee", "stop-a-fee"},
		{"cancelling a fee", "stop-a-fee"},
		{"公示", "terminal-fees"},
	} {
		hits := x.Search("zh-CN", c.query, 3)
		if len(hits) == 0 || hits[0].Document.Slug != c.want {
			t.Errorf("%q: got %v, want %s", c.query, slugs(hits), c.want)
		}
	}
}

func TestWhatNobodyWroteAboutIsNotFound(t *testing.T) {
	x := New(docs)
	for _, query := range []string{"", "  ", "天气预报", "football", "？？", "\x00\xff", "怎么", "how do i"} {
		if hits := x.Search("en", query, 5); len(hits) > 0 && strings.TrimSpace(query) != "怎么" {
			t.Errorf("%q: got %v, want nothing", query, slugs(hits))
		}
	}
	if hits := New(nil).Search("en", "deposit", 5); hits != nil {
		t.Errorf("among no documents: got %v", slugs(hits))
	}
}

func TestWhatWasAskedForIsMarked(t *testing.T) {
	x := New(docs)
	for _, c := range []struct{ locale, query, title, excerpt string }{
		{"zh-CN", "流量费", "为什么扣了 36 元[流量卡费]", "这是[流量]卡一年的费用。"},
		{"en", "sim fee 36", "Why ¥[36] was taken for [SIM data]", "It pays for the [SIM] for a year."},
		{"en", "退押金", "How to get the [deposit] back", "We return it once the condition is met."},
	} {
		hits := x.Search(c.locale, c.query, 1)
		if len(hits) == 0 {
			t.Fatalf("%q: got nothing", c.query)
		}
		if got := show(hits[0].Title); got != c.title {
			t.Errorf("%q: got the title %q, want %q", c.query, got, c.title)
		}
		if got := show(hits[0].Excerpt); got != c.excerpt {
			t.Errorf("%q: got the excerpt %q, want %q", c.query, got, c.excerpt)
		}
	}
}

func TestALongLineIsCut(t *testing.T) {
	for _, line := range []string{strings.Repeat("字", 200), strings.Repeat("word ", 60)} {
		got := Marked{Text: line}.shorten().Text
		if n := utf8.RuneCountInString(got); n > longestExcerpt+1 || !strings.HasSuffix(got, "…") {
			t.Errorf("got %q of %d characters", got, n)
		}
	}
	if got := (Marked{Text: "short"}).shorten().Text; got != "short" {
		t.Errorf("got %q", got)
	}
	long := Marked{Text: strings.Repeat("字", 200), Marks: []Range{{0, 3}, {267, 273}, {300, 306}}}.shorten()
	if len(long.Marks) != 2 || long.Marks[1] != (Range{267, 270}) {
		t.Errorf("got the marks %v of %q", long.Marks, long.Text)
	}
}

func TestWordsOfOneKindHaveOneStem(t *testing.T) {
	for _, family := range []string{
		"charge charges charged charging", "stop stops stopped stopping", "deposit deposits", "fee fees", "refund refunds refunded refunding",
		"notice notices noticed", "reply replies", "switch switches switched", "terminal terminals terminal's", "invoice invoices", "rate rates",
	} {
		words := strings.Fields(family)
		for _, w := range words[1:] {
			if stem(w) != stem(words[0]) {
				t.Errorf("%s has the stem %q and %s %q", w, stem(w), words[0], stem(words[0]))
			}
		}
	}
	for _, apart := range [][2]string{{"rate", "rat"}, {"fee", "feed"}, {"bus", "bu"}, {"pos", "po"}} {
		if stem(apart[0]) == stem(apart[1]) {
			t.Errorf("%s and %s have the same stem", apart[0], apart[1])
		}
	}
}

func TestNumbersAreFoundAsPeopleSayThem(t *testing.T) {
	for text, want := range map[string]string{
		"¥36.00": "36", "1,204.50元": "1204.5 元", "99块": "99 块", "T+1到账": "t+1 到 账", "don’t top-up.": "don't top-up", "ＰＯＳ机": "pos 机", "36，60": "36 60",
	} {
		var got []string
		for _, u := range unitsOf(text) {
			got = append(got, u.text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func slugs(hits []Hit) (all []string) {
	for _, h := range hits {
		all = append(all, h.Document.Slug)
	}
	return all
}

// show writes a text with its marks in brackets.
func show(m Marked) string {
	var b strings.Builder
	at := 0
	for _, r := range m.Marks {
		b.WriteString(m.Text[at:r.From] + "[" + m.Text[r.From:r.To] + "]")
		at = r.To
	}
	return b.String() + m.Text[at:]
}

// FuzzSearch asks anything about anything: marks lie within their texts, in order,
// between characters.
func FuzzSearch(f *testing.F) {
	f.Add("流量费怎么扣 36.00 sim-fee", "为什么扣了 36 元流量卡费\nWhy ¥36.00?")
	f.Add("t+1\xff'", "\xe6\xb5 T+1, 押金\x00")
	f.Fuzz(func(t *testing.T, query, text string) {
		x := New(append(docs[:2:2], Document{Slug: "x", ZhCN: Text{Title: text, Summary: text, Questions: []string{text}, Body: text}}))
		for _, locale := range []string{"zh-CN", "en"} {
			before := 1e300
			for _, h := range x.Search(locale, query, 3) {
				if h.Score > before {
					t.Errorf("%q: a better hit comes later", query)
				}
				before = h.Score
				for _, m := range []Marked{h.Title, h.Excerpt} {
					at := 0
					for _, r := range m.Marks {
						if r.From < at || r.To <= r.From || r.To > len(m.Text) {
							t.Fatalf("%q: marks %v of %q", query, m.Marks, m.Text)
						}
						if utf8.ValidString(m.Text) && (!utf8.ValidString(m.Text[r.From:r.To]) || !utf8.ValidString(m.Text[:r.From])) {
							t.Fatalf("%q: the mark %v of %q cuts a character", query, r, m.Text)
						}
						at = r.To
					}
				}
			}
		}
	})
}

func BenchmarkSearchOfAHundredDocuments(b *testing.B) {
	var many []Document
	for i := range 100 {
		d := docs[i%len(docs)]
		d.ZhCN.Body = strings.Repeat(d.ZhCN.Body+"\n每台机器的收费都写在这一页，哪天收、收多少、收到哪里。\n", 8)
		d.En.Body = strings.Repeat(d.En.Body+"\nEvery fee of a terminal stands on its page, with its day and amount.\n", 8)
		many = append(many, d)
	}
	x := New(many)
	for b.Loop() { // past what is remembered
		x.search("zh-CN", "为什么扣我36块流量费", 10)
	}
}

func TestWhatIsAskedAgainHasTheSameAnswer(t *testing.T) {
	x := New(docs)
	first := show(x.Search("en", "deposit", 3)[0].Title)
	for i := range answersHeld + 5 {
		x.Search("en", fmt.Sprint("deposit ", i), 3)
		if got := show(x.Search("en", " DEPOSIT ", 3)[0].Title); got != first {
			t.Fatalf("after %d other queries got %q, want %q", i, got, first)
		}
	}
	if n := len(x.answers.hits); n > answersHeld {
		t.Errorf("%d answers are remembered, want at most %d", n, answersHeld)
	}
	if got := x.Search("zh-CN", "deposit", 1); len(got) != 1 || got[0].Title.Text != docs[1].ZhCN.Title {
		t.Errorf("in another language got %+v", got)
	}
}
