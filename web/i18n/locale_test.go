package i18n

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheReadersOwnChoiceWinsThenTheCookieThenTheBrowser(t *testing.T) {
	for _, c := range []struct {
		user, cookie, browser string
		want                  Locale
	}{
		{"en", "zh-CN", "zh-CN", En},
		{"zh-CN", "en", "en", ZhCN},
		{"", "en", "zh-CN", En},
		{"fr", "en", "zh-CN", En},
		{"", "<script>", "en-GB,en;q=0.9", En},
		{"", "", "zh-TW,zh;q=0.9,en;q=0.8", ZhCN},
		{"", "", "zh-Hant-HK", ZhCN},
		{"", "", "en-US,zh-CN;q=0.5", En},
		{"", "", "fr-FR,en;q=0.5", En},
		{"", "", "fr", ZhCN},
		{"", "", "", ZhCN},
		{"", "", ";;;q=x", ZhCN},
		{"", "", strings.Repeat("en,", 1000), ZhCN},
	} {
		if got := Match(c.user, c.cookie, c.browser); got != c.want {
			t.Errorf("Match(%q, %q, %.40q) = %s, want %s", c.user, c.cookie, c.browser, got, c.want)
		}
	}
}

func TestWhatManyBrowsersSendIsNotKeptForEver(t *testing.T) {
	for i := range 2 * mostMatches {
		list := fmt.Sprintf("en;q=0.%d,zh;q=0.1", 2000+i)
		for range 2 { // kept or not, the answer is the same
			if got := Match("", "", list); got != En {
				t.Fatalf("Match of %s = %s, want %s", list, got, En)
			}
		}
	}
	if n := len(matches.of); n > mostMatches {
		t.Errorf("%d lists are kept, want at most %d", n, mostMatches)
	}
}

func TestTheSwitchLeadsToTheOtherLanguageAndBack(t *testing.T) {
	for _, l := range Locales {
		if l.Other() == l || l.Other().Other() != l {
			t.Errorf("%s leads to %s, which leads to %s", l, l.Other(), l.Other().Other())
		}
		if got := For(l).Other().Locale(); got != l.Other() {
			t.Errorf("the other printer of %s speaks %s", l, got)
		}
	}
}

func FuzzMatchAlwaysAnswersWithAKnownLanguage(f *testing.F) {
	f.Add("", "", "zh-CN,zh;q=0.9,en;q=0.8")
	f.Add("en", "x", "\x00")
	f.Fuzz(func(t *testing.T, user, cookie, browser string) {
		if got := Match(user, cookie, browser); !got.Known() {
			t.Fatalf("Match(%q, %q, %q) = %q", user, cookie, browser, got)
		}
	})
}
