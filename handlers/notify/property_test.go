package notify

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
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
