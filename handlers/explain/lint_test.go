package explain

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

// piece is a text of an explanation, by what it has to be.
type piece struct {
	text     string
	sentence bool // ends with a full stop; else a label, a headline or a word
}

// pieces lists every text of an explanation that the catalogues made; published
// terms and links to them are others' words.
func pieces(x Text) (all []piece) {
	sentences := func(texts ...string) {
		for _, t := range texts {
			all = append(all, piece{t, true})
		}
	}
	words := func(texts ...string) {
		for _, t := range texts {
			all = append(all, piece{t, false})
		}
	}
	words(x.Headline, x.Tag.Word, x.Short, x.ChecksTitle)
	sentences(x.Lead)
	sentences(x.Because...)
	for _, r := range x.Why {
		words(r.Label, r.Link.Text)
		sentences(r.Lines...)
		for _, l := range r.Calc {
			words(l.Text, l.Amount)
		}
	}
	for _, g := range x.Checks {
		words(g.Title, g.Tag.Word)
		sentences(g.Summary)
		for _, r := range g.Rules {
			words(r.Tag.Word)
			sentences(r.Text)
		}
	}
	sentences(x.Money...)
	sentences(x.Next.Lines...)
	for _, l := range x.Next.Links {
		words(l.Text)
	}
	return all
}

// jargon are words that a shop owner need not know, unless the plain one stands
// beside them.
var jargon = []struct {
	term  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`贷记卡`), "信用卡"},
	{regexp.MustCompile(`秒到|\bD0\b`), "当天到账"},
	{regexp.MustCompile(`T\+1`), "下一个工作日到账"},
	{regexp.MustCompile(`\bMDR\b|电签|鉴权|报文|通道|(?i)\bppm\b|\bfen\b|\bindex\b|\bICCID\b|冲正|轧差`), ""},
	{regexp.MustCompile(`系统|相关|进行|根据|有关规定|敬请谅解|予以|该笔|上述|您`), ""},
	{regexp.MustCompile(`[a-z]+_[a-z_]+`), ""},                   // a rule's code
	{regexp.MustCompile(`\b(explain|fees)\.[a-z]`), ""},          // a key that was not found
	{regexp.MustCompile(`[{}…]|%!|<nil>|0001年|January 1\b`), ""}, // a value that was not there
	{regexp.MustCompile(`(?i)\b(pursuant|aforementioned|regarding|utili[sz]e|in accordance|hereby|dear customer)\b`), ""},
	{regexp.MustCompile(`92,?233,?720`), ""}, // the largest amount, which stands for none
}

var (
	halfWidthBesideHan = regexp.MustCompile(`\p{Han}[,.?!:;()"']|[,?!:;()"']\p{Han}`)
	gap                = regexp.MustCompile(`\p{Han} \p{Han}|[，。：；（）、《》] | [，。：；（）、《》]|  |^ | $`)
	fullWidth          = regexp.MustCompile(`[，。？！：；（）、《》]`)
	// names are what the examples themselves bring along in Chinese.
	names    = strings.NewReplacer("前台 POS", "Counter", "周老板", "Zhou", "中国移动", "Carrier")
	hasHan   = regexp.MustCompile(`\p{Han}`)
	namesOne = regexp.MustCompile(`\d月\d+日|¥\d|代理商|\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|sales agent`)
)

// widest is how long a sentence may be: 40 Chinese characters, of which two
// digits or letters take the room of one.
const widest = 40

func width(s string) (halves int) {
	for _, r := range s {
		halves++
		if r >= 0x2E80 {
			halves++
		}
	}
	return (halves + 1) / 2
}

func TestEverythingRenderedIsPlain(t *testing.T) {
	for _, x := range examples() {
		for _, l := range i18n.Locales {
			text := x.in(t, l)
			for _, p := range pieces(text) {
				for _, fault := range faults(p, l) {
					t.Errorf("%s in %s: %s: %q", x.name, l, fault, p.text)
				}
			}
		}
	}
}

func faults(p piece, l i18n.Locale) (found []string) {
	for _, j := range jargon {
		if word := j.term.FindString(p.text); word != "" && (j.plain == "" || !strings.Contains(p.text, j.plain)) {
			found = append(found, "says "+word)
		}
	}
	if gap.MatchString(p.text) {
		found = append(found, "has a gap")
	}
	if l == i18n.En {
		return append(found, englishFaults(p)...)
	}
	if halfWidthBesideHan.MatchString(p.text) {
		found = append(found, "has half-width punctuation")
	}
	if p.sentence != strings.HasSuffix(p.text, "。") && p.text != "" {
		found = append(found, "begins or ends as it should not")
	}
	for _, sentence := range strings.Split(p.text, "。") {
		if n := width(sentence); n > widest {
			found = append(found, "has a sentence too long to read standing")
		}
	}
	return found
}

func englishFaults(p piece) (found []string) {
	text := names.Replace(p.text)
	if hasHan.MatchString(text) || fullWidth.MatchString(text) {
		found = append(found, "has Chinese in it")
	}
	if p.text == "" {
		return found
	}
	first := []rune(p.text)[0]
	if unicode.IsLower(first) || p.sentence != strings.HasSuffix(p.text, ".") {
		found = append(found, "begins or ends as it should not")
	}
	for _, sentence := range strings.Split(text, ". ") {
		if len(strings.Fields(sentence)) > 26 {
			found = append(found, "has a sentence too long to read standing")
		}
	}
	return found
}

func TestAFailureNamesADateAnAmountOrAParty(t *testing.T) {
	for _, x := range examples() {
		for _, l := range i18n.Locales {
			text := x.in(t, l)
			failed := append([]string{}, text.Because...)
			for _, g := range text.Checks {
				for _, r := range g.Rules {
					if r.Status == fee.Failed {
						failed = append(failed, r.Text)
					}
				}
			}
			for _, s := range failed {
				if !namesOne.MatchString(s) {
					t.Errorf("%s in %s names neither a date nor an amount nor who it was: %q", x.name, l, s)
				}
			}
		}
	}
}

func TestFaultsOfWordingAreFound(t *testing.T) {
	for _, c := range []struct {
		text     string
		sentence bool
		locale   i18n.Locale
		want     int
	}{
		{"12月3日扣了 ¥36.00。", true, i18n.ZhCN, 0},
		{"12月3日扣了 ¥36.00", false, i18n.ZhCN, 0},
		{"12月3日扣了 ¥36.00", true, i18n.ZhCN, 1},
		{"根据有关规定,扣了 ¥36.00。", true, i18n.ZhCN, 2},
		{"您的钱。", true, i18n.ZhCN, 1},
		{"扣了 费用。", true, i18n.ZhCN, 1},
		{"贷记卡（信用卡）。", true, i18n.ZhCN, 0},
		{"贷记卡。", true, i18n.ZhCN, 1},
		{"not_agreed", false, i18n.En, 2},
		{strings.Repeat("很", 41) + "。", true, i18n.ZhCN, 1},
		{"It took {amount}.", true, i18n.En, 1},
		{"It took 费用.", true, i18n.En, 1},
		{"explain.tag.ok", false, i18n.En, 2},
	} {
		if got := faults(piece{c.text, c.sentence}, c.locale); len(got) != c.want {
			t.Errorf("%q: got %q, want %d faults", c.text, got, c.want)
		}
	}
	if got := width("前台 POS（尾号 0387）"); got != 11 {
		t.Errorf("width is %d, want 11", got)
	}
}
