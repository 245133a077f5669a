package notify

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/i18n"
)

// letters draws any letter that the planner might hand over, and some that it
// would not.
var letters = rapid.Custom(func(t *rapid.T) notice.Letter {
	day := rapid.Custom(func(t *rapid.T) date.Date {
		if rapid.IntRange(0, 4).Draw(t, "none") == 0 {
			return 0
		}
		return date.New(2026, time.January, 1).AddDays(rapid.IntRange(0, 800).Draw(t, "day"))
	})
	amount := rapid.Custom(func(t *rapid.T) money.Fen { return money.Fen(rapid.Int64Range(0, 9_999_999).Draw(t, "fen")) })
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Date(2026, 1, 1, 0, 0, rapid.IntRange(0, 70_000_000).Draw(t, "second"), 0, time.UTC)
	})
	name := rapid.SampledFrom([]string{"", "前台 POS", "Front counter", "a<b>&\n{date}", "一楼大厅靠窗那台新换的刷卡机子甲乙丙丁", "👍 机"})
	line := rapid.Custom(func(t *rapid.T) notice.Line {
		return notice.Line{
			TerminalID: rapid.Int64Range(0, 5).Draw(t, "terminal"), SN: rapid.SampledFrom([]string{"", "7", "SN00010387"}).Draw(t, "sn"),
			Terminal: name.Draw(t, "name"), Shop: name.Draw(t, "shop"), PlanID: rapid.Int64Range(0, 3).Draw(t, "plan"),
			Item: rapid.SampledFrom(append(fee.Items, "", "other")).Draw(t, "item"), Cycle: 1,
			PeriodFrom: day.Draw(t, "from"), PeriodTo: day.Draw(t, "to"), DueOn: day.Draw(t, "due"), Amount: amount.Draw(t, "amount"),
			Version: rapid.IntRange(0, 3).Draw(t, "version"), LeadDays: rapid.IntRange(0, 30).Draw(t, "lead"), Round: rapid.IntRange(0, 3).Draw(t, "round"),
			Facts: notice.Facts{
				At: moment.Draw(t, "at"), Before: amount.Draw(t, "before"), After: amount.Draw(t, "after"), On: day.Draw(t, "on"),
				Reasons:    rapid.SliceOfN(rapid.SampledFrom([]string{"duplicate_cycle", "amount_over", "spike", "nothing", ""}), 0, 4).Draw(t, "reasons"),
				BeforeRate: money.Rate(rapid.Int64Range(0, 9000).Draw(t, "rate")), AfterRate: money.Rate(rapid.Int64Range(0, 9000).Draw(t, "new rate")),
				Terminals: rapid.IntRange(0, 3).Draw(t, "terminals"), YearMore: amount.Draw(t, "more"),
				Percent: rapid.IntRange(0, 120).Draw(t, "percent"), UsedMB: rapid.Int64Range(0, 9999).Draw(t, "used"),
				AllowanceMB: rapid.Int64Range(0, 9999).Draw(t, "allowance"), Balance: amount.Draw(t, "balance"),
				Number: name.Draw(t, "number"), Step: rapid.SampledFrom([]string{"", "new_device", "else"}).Draw(t, "step"), Text: name.Draw(t, "text"),
			},
		}
	})
	return notice.Letter{
		ID: "l_1", MerchantID: 7, Merchant: name.Draw(t, "merchant"), Kind: rapid.SampledFrom(notice.Kinds).Draw(t, "kind"),
		DueOn: day.Draw(t, "due"), CreatedAt: moment.Draw(t, "created"), InboxOnly: rapid.Bool().Draw(t, "inbox only"),
		Lines: rapid.SliceOfN(line, 1, 60).Draw(t, "lines"),
	}
})

func TestTheSameFactsGiveTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := letters.Draw(t, "letter")
		again := l
		again.Lines = append([]notice.Line(nil), l.Lines...)
		for _, locale := range []string{"zh-CN", "en"} {
			for _, channel := range channels {
				one, err := words().Render(&l, to(channel, locale), exampleCode)
				if err != nil {
					t.Fatal(err)
				}
				two, err := words().Render(&again, to(channel, locale), exampleCode)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(one, two) {
					t.Fatalf("%s in %s: got %+v, then %+v", channel, locale, one, two)
				}
			}
		}
	})
}

func TestNoLetterIsWithoutItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := letters.Draw(t, "letter")
		for _, locale := range []string{"zh-CN", "en"} {
			for _, channel := range channels {
				c, err := words().Render(&l, to(channel, locale), exampleCode)
				if err != nil {
					t.Fatal(err)
				}
				hasSubject := channel == notice.Email || channel == notice.Inbox
				if strings.TrimSpace(c.Body) == "" || (c.Subject != "") != hasSubject || (c.HTML != "") != (channel == notice.Email) {
					t.Fatalf("%s in %s: %+v", channel, locale, c)
				}
				if strings.Contains(c.Subject, "\n") || strings.Contains(c.HTML, "a<b>") || strings.Contains(c.Body, "amount}") {
					t.Fatalf("%s in %s lets through what somebody wrote: %+v", channel, locale, c)
				}
				for name, text := range c.Fields {
					if text == "" || strings.Contains(text, "\n") {
						t.Fatalf("%s in %s: the field %s is %q", channel, locale, name, text)
					}
				}
			}
		}
	})
}

func TestATextMessageNamesTheAmountAndTheDateAndFitsOneSegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := letters.Draw(t, "letter")
		for _, locale := range []string{"zh-CN", "en"} {
			r := to(notice.SMS, locale)
			c, err := words().Render(&l, r, exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			d := draft{p: i18n.For(i18n.Locale(locale)), o: &Options{}, letter: &l, to: r}
			v := d.of()
			v.short, v.sms = true, true
			for _, p := range notice.PlacesOf(l.Kind, notice.One) {
				if (p.Name == "date" || p.Name == "amount") && !strings.Contains(c.Body, strings.ReplaceAll(v.value(p.Name), " ", "")) && !strings.Contains(c.Body, v.value(p.Name)) {
					t.Fatalf("%q does not name %q", c.Body, v.value(p.Name))
				}
			}
			if taken, room := notice.SMSRoom(c.Body); len(l.Lines) == 1 && l.Kind != notice.Complaint && taken > room {
				t.Fatalf("%q takes %d of %d", c.Body, taken, room)
			}
		}
	})
}

func TestALongNameOfTheAcquirerIsShortenedUntilOneSegmentHoldsTheMessage(t *testing.T) {
	names := map[string]*rapid.Generator[string]{
		"zh-CN": rapid.StringOfN(rapid.RuneFrom([]rune("示例支付有限公司联合")), 2, 40, -1),
		"en":    rapid.StringMatching(`[A-Z][a-z]{1,20}( [A-Z][a-z]{1,20}){0,4}`),
	}
	rapid.Check(t, func(t *rapid.T) {
		l := letters.Draw(t, "letter")
		operator := setting.DefaultOperator
		operator.ShortName = setting.Words{ZhCN: names["zh-CN"].Draw(t, "zh-CN"), En: names["en"].Draw(t, "en")}
		w := New(Options{Operator: func(context.Context) (setting.Operator, error) { return operator, nil }, Plan: plans})
		for _, in := range []struct{ locale, open, name, end string }{
			{"zh-CN", "【", operator.ShortName.ZhCN, "】"}, {"en", "[", operator.ShortName.En, "]"},
		} {
			r := to(notice.SMS, in.locale)
			letter, err := w.Render(&l, r, exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			test, err := w.Test(r, exampleCode)
			if err != nil {
				t.Fatal(err)
			}
			confirm, err := w.Confirm(l.Merchant, r, "482913")
			if err != nil {
				t.Fatal(err)
			}
			for i, text := range []string{letter.Body, test.Body, confirm.Body} {
				taken, room := notice.SMSRoom(text)
				if taken > room && (i > 0 || len(l.Lines) == 1 && l.Kind != notice.Complaint) {
					t.Fatalf("%q takes %d of %d", text, taken, room)
				}
				name, rest, signed := strings.Cut(strings.TrimPrefix(text, in.open), in.end)
				if !signed || len([]rune(name)) < 2 || !strings.HasPrefix(in.name, name) {
					t.Fatalf("%q is not signed with a part of %q", text, in.name)
				}
				if longer, is := lengthened(in.name, name); is && notice.FitsOneSMS(in.open+longer+in.end+rest) {
					t.Fatalf("%q could be signed %q", text, longer)
				}
			}
		}
	})
}

// lengthened returns what of a name is a word longer, or where it has one word
// alone a character.
func lengthened(full, part string) (string, bool) {
	rest, ok := strings.CutPrefix(full, part)
	if !ok || rest == "" {
		return "", false
	}
	if word, _, _ := strings.Cut(strings.TrimPrefix(rest, " "), " "); strings.HasPrefix(rest, " ") {
		return part + " " + word, true
	}
	return part + string([]rune(rest)[:1]), true
}
