package notify

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/plain"
)

var (
	unfilled = regexp.MustCompile(`[{}]|%!|<nil>|0001年|January 1\b|\bnotices\.[a-z]|\bexplain\.[a-z]|\bfees\.[a-z]`)
	halfWide = regexp.MustCompile(`\p{Han}[,?!:;()"']|[,?!;()"']\p{Han}`)
	gap      = regexp.MustCompile(`\p{Han} \p{Han}|[，。：；（）、「」] | [，。：；（）、「」]|  `)
	wide     = regexp.MustCompile(`[，。？！：；（）、「」【】]`)
	han      = regexp.MustCompile(`\p{Han}`)
	// example names are Chinese in either language, and addresses are nobody's words.
	ofExamples = strings.NewReplacer("前台 POS", "Counter", "周记小吃店", "Zhou", "朝阳店", "East", "海淀店", "West",
		"一楼大厅靠窗那台新换的刷卡机子甲乙丙", "Window", "我们在 11月25日前告诉你结果。", "Soon.")
	addresses = regexp.MustCompile(`https://\S+`)
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

// faults are what is not plain in a text.
func faults(locale, text string) (all []string) {
	text = addresses.ReplaceAllString(ofExamples.Replace(text), "")
	if unfilled.MatchString(text) {
		all = append(all, "something is not filled")
	}
	if gap.MatchString(text) {
		all = append(all, "has a gap")
	}
	for _, f := range plain.Check(locale, text) {
		if f.Rule != plain.TooLong {
			all = append(all, "says "+f.Word)
		}
	}
	if locale == "en" {
		if han.MatchString(text) || wide.MatchString(text) {
			all = append(all, "has Chinese in it")
		}
		for sentence := range strings.SplitSeq(strings.ReplaceAll(text, "\n", ". "), ". ") {
			if len(strings.Fields(sentence)) > 28 {
				all = append(all, "has a sentence too long: "+sentence)
			}
		}
		return all
	}
	if halfWide.MatchString(text) {
		all = append(all, "has half-width punctuation")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "· ") {
			continue // a row of a list
		}
		for sentence := range strings.SplitSeq(line, "。") {
			if width(sentence) > widest {
				all = append(all, "has a sentence too long: "+sentence)
			}
		}
	}
	return all
}

func TestEveryNoticeIsPlain(t *testing.T) {
	w := words()
	for _, x := range examples() {
		for _, locale := range []string{"zh-CN", "en"} {
			for _, channel := range channels {
				c, err := w.Render(&x.letter, to(channel, locale), exampleCode)
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range faults(locale, c.Subject+"\n"+c.Body) {
					t.Errorf("%s by %s in %s: %s\n%s\n%s", x.name, channel, locale, fault, c.Subject, c.Body)
				}
			}
		}
	}
}

func TestATextMessageIsOneSegment(t *testing.T) {
	w := words()
	for _, x := range examples() {
		for _, locale := range []string{"zh-CN", "en"} {
			c, err := w.Render(&x.letter, to(notice.SMS, locale), exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			if taken, room := notice.SMSRoom(c.Body); taken > room {
				t.Errorf("%s in %s takes %d of %d: %s", x.name, locale, taken, room, c.Body)
			}
		}
	}
}

func TestAWordIsNoWiderThanItsPlaceInWeChat(t *testing.T) {
	w := words()
	for _, x := range examples() {
		for _, locale := range []string{"zh-CN", "en"} {
			c, err := w.Render(&x.letter, to(notice.WeChat, locale), exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range c.Fields {
				if n := len([]rune(text)); n > widestThing && name != "date" && name != "before_date" && name != "at" && name != "operator" {
					t.Errorf("%s in %s: %s has %d characters: %s", x.name, locale, name, n, text)
				}
			}
		}
	}
}

// numbers are what a text in one language must say as in the other.
var numbers = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?`)

func TestEnglishSaysAsMuchAsChinese(t *testing.T) {
	w := words()
	for _, x := range examples() {
		said := func(locale string) map[string]bool {
			c, err := w.Render(&x.letter, to(notice.Inbox, locale), exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]bool{}
			for _, n := range numbers.FindAllString(c.Body, -1) {
				all[n] = true
			}
			return all
		}
		zh, en := said("zh-CN"), said("en")
		for n := range zh {
			if !en[n] && n != "12" && n != "11" && n != "7" { // months are words in English, and so is seven
				t.Errorf("%s: the English does not say %s", x.name, n)
			}
		}
		for n := range en {
			if !zh[n] {
				t.Errorf("%s: the Chinese does not say %s", x.name, n)
			}
		}
	}
}

func TestFaultsOfWordingAreFound(t *testing.T) {
	for _, c := range []struct {
		locale, text string
		want         int
	}{
		{"zh-CN", "12月3日会扣 ¥36.00。", 0},
		{"zh-CN", "会扣 {amount}。", 1},
		{"zh-CN", "会 扣。", 1},
		{"zh-CN", "会扣,不多。", 1},
		{"zh-CN", "根据有关规定扣款。", 1},
		{"zh-CN", strings.Repeat("很", 41), 1},
		{"en", "It takes ¥36.00.", 0},
		{"en", "It takes 费用.", 1},
		{"en", "A code: not_agreed.", 1},
		{"en", strings.Repeat("very ", 29), 1},
	} {
		if got := faults(c.locale, c.text); len(got) != c.want {
			t.Errorf("%q: got %q, want %d", c.text, got, c.want)
		}
	}
}
