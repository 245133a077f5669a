package notice

import (
	"errors"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
)

var allChannels = []Channel{SMS, Email, WeChat, Inbox}

func TestTheWordsThatTheProgramBringsAreSound(t *testing.T) {
	for _, k := range Kinds {
		for _, c := range allChannels {
			words := Shipped(k, c)
			for _, f := range found(CheckTemplate(k, c, &words)) {
				t.Errorf("%s by %s: %s: %s %v", k, c, f.Name, f.Key, f.Args)
			}
			for _, locale := range locales {
				if got, want := len(words.In(locale)), len(PartsOf(c)); got != want {
					t.Errorf("%s by %s in %s has %d parts, want %d", k, c, locale, got, want)
				}
			}
		}
	}
}

// found lists faults of fields.
func found(fields fault.Fields) []fault.Field {
	f, ok := errors.AsType[*fault.Error](fields.Err())
	if !ok {
		return nil
	}
	return f.Fields
}

func TestFaultsOfATemplateAreFound(t *testing.T) {
	for _, c := range []struct {
		channel  Channel
		locale   string
		part     Part
		text     string
		want     string // key of the one fault; empty: none
		wantKind Kind
	}{
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}", "", Upcoming},
		{SMS, "zh-CN", One, " ", "missing", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣钱", "must", Upcoming},
		{SMS, "zh-CN", One, "{operator}：{date}扣{amount}", "signature", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}，{balance}", "place", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}，{period}", "place", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}}", "brace", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}\n好", "line", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}。" + strings.Repeat("好，你好。", 9), "sms", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}，见 https://a.cn", "address", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}进行扣款{amount}", "word", Upcoming},
		{SMS, "zh-CN", One, "【{operator}】{date}扣{amount}，T+1", "jargon", Upcoming},
		{SMS, "en", One, "[{operator}] {amount} on {date}", "", Upcoming},
		{SMS, "en", One, "[{operator}] {amount} on {date} “so”, " + strings.Repeat("a", 40), "sms", Upcoming},
		{SMS, "zh-CN", Many, "【{operator}】{date}扣 {n} 笔，共{amount}，{every}", "place", Upcoming},
		{WeChat, "zh-CN", Note, "一二三四五六七八九十一二三四五六七八九十一", "long", Upcoming},
		{WeChat, "zh-CN", Note, "共 {n} 笔", "place", Upcoming},
		{Inbox, "zh-CN", Body, "{date}扣 {amount}。\n{period}", "", Upcoming},
		{Inbox, "zh-CN", Subject, "{date}扣 {amount}，{period}", "place", Upcoming},
		{Inbox, "zh-CN", BodyMany, "{date}扣 {amount}。\n{lines}", "", Upcoming},
		{Inbox, "zh-CN", BodyMany, "{date}扣 {amount}：{lines}", "alone", Upcoming},
		{Inbox, "zh-CN", BodyMany, "{date}扣 {amount}。", "must", Upcoming},
		{Inbox, "zh-CN", Body, "{date}扣 {amount}。" + strings.Repeat("很", 41) + "。", "too_long", Upcoming},
		{Inbox, "zh-CN", Body, "{date}" + strings.Repeat("很。", 1500) + "{amount}", "long", Upcoming},
		{Email, "zh-CN", Body, "{date}，从{before}到{after}。", "", FeeChange},
		{Email, "zh-CN", Body, "{date}，到{after}。", "must", FeeChange},
	} {
		words := Shipped(c.wantKind, c.channel)
		changed := Wording{}
		for part, text := range words.In(c.locale) {
			changed[part] = text
		}
		changed[c.part] = c.text
		if c.locale == "en" {
			words.En = changed
		} else {
			words.ZhCN = changed
		}
		all := found(CheckTemplate(c.wantKind, c.channel, &words))
		switch {
		case c.want == "" && len(all) == 0:
		case len(all) == 1 && all[0].Key == "admin_templates.check."+c.want && all[0].Name == TemplateField(c.locale, c.part):
		default:
			t.Errorf("%s %s %q: got %v, want %q", c.channel, c.part, c.text, all, c.want)
		}
	}
}

func TestAParagraphWithNothingToSayIsLeftOut(t *testing.T) {
	values := map[string]string{"a": "1", "b": "{c}"}
	for text, want := range map[string]string{
		"{a} and {b}":        "1 and {c}",
		"{a}\n{none}\n{b}":   "1\n{c}",
		"{none} and {a}\nso": "so",
		"{none}":             "",
		"so":                 "so",
	} {
		if got := Fill(text, func(place string) string { return values[place] }); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTheRoomOfATextMessageIsCounted(t *testing.T) {
	for _, c := range []struct {
		text        string
		taken, room int
	}{
		{"", 0, 160},
		{"Hello £¥", 8, 160},
		{"[a] €", 8, 160},
		{strings.Repeat("a", 161), 161, 160},
		{"扣了", 2, 70},
		{"a…", 2, 70},
		{"好😀", 3, 70},
	} {
		if taken, room := SMSRoom(c.text); taken != c.taken || room != c.room {
			t.Errorf("%q takes %d of %d, want %d of %d", c.text, taken, room, c.taken, c.room)
		}
	}
}
