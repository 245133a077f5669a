package plain

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestATextIsPlainOrSaysWhereNot(t *testing.T) {
	for name, c := range map[string]struct {
		locale, text string
		want         []Finding // without the sentence
	}{
		"plain":           {"zh-CN", "12月3日会扣 ¥36.00。\n不想用，可以停。", nil},
		"forty":           {"zh-CN", strings.Repeat("字", 40) + "。", nil},
		"forty-one":       {"zh-CN", strings.Repeat("字", 41) + "。短。", []Finding{{Rule: TooLong, Length: 41, Longest: 40}}},
		"a line ends it":  {"zh-CN", strings.Repeat("字", 25) + "\n" + strings.Repeat("字", 25), nil},
		"jargon":          {"zh-CN", "这笔钱秒到。", []Finding{{Rule: Jargon, Word: "秒到", Plain: "当天到账"}}},
		"jargon beside":   {"zh-CN", "秒到就是当天到账。", nil},
		"jargon apart":    {"zh-CN", "选秒到。当天到账要另付钱。", []Finding{{Rule: Jargon, Word: "秒到", Plain: "当天到账"}}},
		"part of a word":  {"zh-CN", "型号 AD01 不变。", nil},
		"a word itself":   {"zh-CN", "选D0到账。", []Finding{{Rule: Jargon, Word: "D0", Plain: "当天到账"}}},
		"card number":     {"zh-CN", "SIM 卡号（ICCID）在背面。", nil},
		"no plain name":   {"zh-CN", "换一条通道。", []Finding{{Rule: Jargon, Word: "通道"}}},
		"says nothing":    {"zh-CN", "进行扣费。", []Finding{{Rule: Empty, Word: "进行"}}},
		"for letters":     {"zh-CN", "您好。", []Finding{{Rule: Formal, Word: "您"}}},
		"a rule's name":   {"zh-CN", "原因是 notice_missing。", []Finding{{Rule: Code, Word: "notice_missing"}}},
		"English":         {"en", "We took ¥36.00 on 3 December. Ask us why.", nil},
		"long English":    {"en", strings.Repeat("word ", 26) + "end.", []Finding{{Rule: TooLong, Length: 27, Longest: 25}}},
		"decimal point":   {"en", strings.Repeat("1.5 ", 25), nil},
		"English jargon":  {"en", "The MDR is high.", []Finding{{Rule: Jargon, Word: "MDR", Plain: "rate"}}},
		"often":           {"en", "It happens often.", nil},
		"unknown tongue":  {"fr", "notice_missing", nil},
		"not even a text": {"zh-CN", "\xff\xfe", nil},
	} {
		got := Check(c.locale, c.text)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.Contains(c.text, got[i].Sentence) {
				t.Errorf("%s: the sentence %q does not stand in the text", name, got[i].Sentence)
			}
			if got[i].Sentence = ""; got[i] != c.want[i] {
				t.Errorf("%s: got %+v, want %+v", name, got[i], c.want[i])
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("秒到 D0。\nnotice_missing\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, locale := range []string{"zh-CN", "en"} {
			for _, found := range Check(locale, text) {
				if found.Sentence == "" || !strings.Contains(text, found.Sentence) {
					t.Errorf("%s: the sentence %q does not stand in %q", locale, found.Sentence, text)
				}
				if found.Rule == TooLong && locale == "zh-CN" && found.Length != utf8.RuneCountInString(found.Sentence) {
					t.Errorf("got the length %d of %q", found.Length, found.Sentence)
				}
			}
		}
	})
}

func TestNumbersAndAddressesOfPeopleAreMasked(t *testing.T) {
	for typed, want := range map[string]string{
		"为什么扣36":                 "为什么扣36",
		"12345":                  "12345",
		"123456":                 "******",
		"打13812346621没人接":        "打***********没人接",
		"138 1234-6621 or 621":   "*** ****-**** or 621",
		"写信到zhou@example.com，谢谢": "写信到*，谢谢",
		"¥1,204.50":              "¥1,204.50",
	} {
		if got := Mask(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}
