package notice_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	author   = staff.Actor{ID: "st_author", Name: "林写", Roles: []staff.Role{staff.Compliance}}
	reviewer = staff.Actor{ID: "st_reviewer", Name: "周审", Roles: []staff.Role{staff.Lead}}
	support  = staff.Actor{ID: "st_support", Name: "客服", Roles: []staff.Role{staff.Support}}
)

var templateNow = time.Date(2026, time.November, 22, 2, 0, 0, 0, time.UTC)

// desk acts as somebody at an instant.
func desk(d *db.DB, by staff.Actor, at time.Time) notice.Desk {
	return notice.Desk{DB: d, By: by, At: at}
}

// upcomingSMS names the template of announcements by text message.
func upcomingSMS(revision int) notice.Template {
	return notice.Template{Kind: notice.Upcoming, Channel: notice.SMS, Revision: revision}
}

// reworded are the program's words of announcements by text message, with another
// Chinese text.
func reworded(text string) *notice.Words {
	w := notice.Shipped(notice.Upcoming, notice.SMS)
	w.ZhCN = maps.Clone(w.ZhCN)
	w.ZhCN[notice.One] = text
	return &w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
	}
}

func upcoming(t *testing.T, d *db.DB) *notice.TemplateDetail {
	t.Helper()
	detail, err := notice.GetTemplate(t.Context(), d, notice.Upcoming, notice.SMS)
	must(t, err)
	return detail
}

func TestATemplateIsWrittenReviewedAndSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		const text = "【{operator}】{date}会从{terminal}扣{item}{amount}"
		a, r := desk(d, author, templateNow), desk(d, reviewer, templateNow.Add(time.Hour))

		if got := upcoming(t, d); got.AtWork != nil || got.Live.Number != 0 || got.Live.Words.ZhCN[notice.One] == "" {
			t.Errorf("at first: %+v", got)
		}
		must(t, a.Save(ctx, upcomingSMS(0), reworded("太短")))
		wants(t, a.Save(ctx, upcomingSMS(0), reworded(text)), fault.Conflict)
		wants(t, a.Submit(ctx, upcomingSMS(1)), fault.Invalid)
		must(t, a.Save(ctx, upcomingSMS(1), reworded(text)))
		wants(t, a.Submit(ctx, upcomingSMS(1)), fault.Conflict)
		wants(t, r.Approve(ctx, upcomingSMS(2)), fault.Conflict)
		must(t, a.Submit(ctx, upcomingSMS(2)))
		wants(t, a.Save(ctx, upcomingSMS(3), reworded(text)), fault.Conflict)
		must(t, a.Withdraw(ctx, upcomingSMS(3)))
		must(t, a.Submit(ctx, upcomingSMS(4)))
		wants(t, r.SendBack(ctx, upcomingSMS(5), ""), fault.Invalid)
		must(t, r.SendBack(ctx, upcomingSMS(5), "写上日期"))
		must(t, a.Submit(ctx, upcomingSMS(6)))
		wants(t, a.Approve(ctx, upcomingSMS(7)), fault.Forbidden)
		must(t, r.Approve(ctx, upcomingSMS(7)))

		got := upcoming(t, d)
		if got.AtWork != nil || got.Live.Number != 1 || got.Live.Words.ZhCN[notice.One] != text {
			t.Errorf("approved: %+v", got)
		}
		if len(got.Events) != 8 || got.Events[0].Kind != notice.TemplateApproved || got.Events[0].Name != "周审" || got.Events[2].Comment != "写上日期" {
			t.Errorf("the events are %+v", got.Events)
		}
		live, err := notice.ReadTemplates(ctx, d)
		must(t, err)
		if w, version := live.Live(notice.Upcoming, notice.SMS, "zh-CN"); version != 1 || w[notice.One] != text {
			t.Errorf("sent is version %d: %q", version, w[notice.One])
		}
		if w, version := live.Live(notice.Upcoming, notice.Email, "en"); version != 0 || w[notice.Subject] == "" {
			t.Errorf("of another channel version %d is sent: %q", version, w)
		}

		must(t, r.Restore(ctx, upcomingSMS(0)))
		must(t, r.Submit(ctx, upcomingSMS(1)))
		wants(t, r.Approve(ctx, upcomingSMS(2)), fault.Forbidden)
		must(t, a.Approve(ctx, upcomingSMS(2)))
		shipped := notice.Shipped(notice.Upcoming, notice.SMS)
		if got := upcoming(t, d); got.Live.Number != 2 || got.Live.Words.ZhCN[notice.One] != shipped.ZhCN[notice.One] {
			t.Errorf("restored: %+v", got.Live)
		}
	})
}

func TestNobodyWithoutThePermissionTouchesATemplate(t *testing.T) {
	d := dbtest.SQLite(t)
	ctx := t.Context()
	s := desk(d, support, templateNow)
	for name, err := range map[string]error{
		"save": s.Save(ctx, upcomingSMS(0), reworded("x")), "restore": s.Restore(ctx, upcomingSMS(0)), "submit": s.Submit(ctx, upcomingSMS(1)),
		"withdraw": s.Withdraw(ctx, upcomingSMS(1)), "discard": s.Discard(ctx, upcomingSMS(1)),
		"approve": s.Approve(ctx, upcomingSMS(1)), "send back": s.SendBack(ctx, upcomingSMS(1), "x"),
	} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: got %v, want it forbidden", name, err)
		}
	}
	wants(t, desk(d, author, templateNow).Save(ctx, notice.Template{Kind: "other", Channel: notice.SMS}, reworded("x")), fault.NotFound)
	wants(t, desk(d, author, templateNow).Save(ctx, notice.Template{Kind: notice.Upcoming, Channel: "fax"}, reworded("x")), fault.NotFound)
	_, err := notice.GetTemplate(ctx, d, notice.Upcoming, "fax")
	wants(t, err, fault.NotFound)
}

func TestWhatWasSentIsNeverAltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		a, r := desk(d, author, templateNow), desk(d, reviewer, templateNow)
		must(t, a.Restore(ctx, upcomingSMS(0)))
		must(t, a.Submit(ctx, upcomingSMS(1)))
		must(t, r.Approve(ctx, upcomingSMS(2)))
		for _, statement := range []string{
			`update notice_templates set words = '{}'`,
			`update notice_templates set state = 'draft', live_at = null`,
			`update notice_templates set version = 9`,
			`delete from notice_templates`,
			`update notice_template_events set name = 'x'`,
			`delete from notice_template_events`,
		} {
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
			if err == nil {
				t.Errorf("%s was let through", statement)
			}
		}
	})
}

func TestWhatIsAtWorkIsListedAndWaitsForWhoDidNotWriteIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		a := desk(d, author, templateNow)
		must(t, a.Restore(ctx, upcomingSMS(0)))
		must(t, a.Submit(ctx, upcomingSMS(1)))
		all, err := notice.ListTemplates(ctx, d)
		must(t, err)
		if len(all) != 4*len(notice.Kinds) {
			t.Errorf("%d templates are listed, want %d", len(all), 4*len(notice.Kinds))
		}
		at := slices.IndexFunc(all, func(l notice.ListedTemplate) bool { return l.AtWork != "" })
		if at < 0 || all[at].Kind != notice.Upcoming || all[at].Channel != notice.SMS || all[at].AtWork != notice.TemplateInReview || !all[at].UpdatedAt.Equal(templateNow) {
			t.Errorf("at work is number %d of %+v", at, all)
		}
		for id, want := range map[string]int{author.ID: 0, reviewer.ID: 1} {
			got := -1
			b := db.NewBatch()
			notice.CountTemplatesForReview(b, id, &got)
			must(t, d.Read(ctx, b))
			if got != want {
				t.Errorf("%d wait for %s, want %d", got, id, want)
			}
		}
		must(t, a.Withdraw(ctx, upcomingSMS(2)))
		must(t, a.Discard(ctx, upcomingSMS(3)))
		if got := upcoming(t, d); got.AtWork != nil || got.Live.Number != 0 {
			t.Errorf("given up: %+v", got)
		}
	})
}

func TestAChangeOfATemplateIsSeenWithinHalfAMinute(t *testing.T) {
	d := dbtest.SQLite(t)
	ctx := t.Context()
	c := clock.At(templateNow)
	cache := notice.NewTemplateCache(d, c)
	version := func() int {
		live, err := cache.Get(ctx)
		must(t, err)
		_, v := live.Live(notice.Upcoming, notice.SMS, "en")
		return v
	}
	if got := version(); got != 0 {
		t.Fatalf("at first version %d is sent", got)
	}
	must(t, desk(d, author, templateNow).Restore(ctx, upcomingSMS(0)))
	must(t, desk(d, author, templateNow).Submit(ctx, upcomingSMS(1)))
	must(t, desk(d, reviewer, templateNow).Approve(ctx, upcomingSMS(2)))
	asked, n := db.Count(ctx)
	for range 100 {
		if _, err := cache.Get(asked); err != nil {
			t.Fatal(err)
		}
	}
	if n.Statements() != 0 || version() != 0 {
		t.Errorf("%d questions were asked within half a minute, and version %d is sent", n.Statements(), version())
	}
	c.Advance(30 * time.Second)
	if got := version(); got != 1 {
		t.Errorf("half a minute later version %d is sent", got)
	}
}

func TestADifferenceOfTemplatesIsShownByLine(t *testing.T) {
	was := notice.Words{ZhCN: notice.Wording{notice.Body: "一\n二\n三"}, En: notice.Wording{}}
	is := notice.Words{ZhCN: notice.Wording{notice.Body: "一\n二二\n三"}, En: notice.Wording{notice.Subject: "S"}}
	var got []string
	for _, d := range notice.CompareTemplates(notice.Inbox, &was, &is) {
		for _, l := range d.Lines {
			sign := " "
			switch {
			case l.Added:
				sign = "+"
			case l.Removed:
				sign = "-"
			}
			got = append(got, d.Field+sign+l.Text)
		}
	}
	if want := "zh_body 一|zh_body-二|zh_body+二二|zh_body 三|en_subject-|en_subject+S"; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}
