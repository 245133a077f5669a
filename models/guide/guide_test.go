package guide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	morning = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	chen    = staff.Actor{ID: "st_chen", Name: "陈", Roles: []staff.Role{staff.Compliance}}
	lin     = staff.Actor{ID: "st_lin", Name: "林", Roles: []staff.Role{staff.Lead, staff.Compliance}}
	support = staff.Actor{ID: "st_wu", Name: "吴", Roles: []staff.Role{staff.Support}}
)

// sound is a guide with which nothing is wrong.
func sound() Content {
	return Content{
		Category: Fees, Order: 10, Items: []fee.Item{fee.SimData}, Codes: []string{"duplicate_cycle"},
		ZhCN: Text{Title: "流量卡费怎么收", Summary: "一年一次。", Questions: []string{"流量费怎么扣的"}, Body: "每年收一次。\n\n## 怎么查\n\n1. 打开这台终端。\n2. 看“所有费用”。"},
		En:   Text{Title: "How SIM data is charged", Summary: "Once a year.", Questions: []string{"sim fee"}, Body: "We take it once a year.\n\n## How to check\n\n1. Open the terminal.\n2. Read all fees."},
	}
}

func save(t *testing.T, d *db.DB, by staff.Actor, e Edit) int {
	t.Helper()
	revision, err := Save(t.Context(), d, morning, by, e)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

func published(t *testing.T, d *db.DB) *Guides {
	t.Helper()
	c := NewCatalogue(d)
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c.Guides()
}

func TestAGuideGoesFromDraftToReadersThroughASecondPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		save(t, d, chen, Edit{Slug: "sim-fee", New: true, Content: sound()})
		steps := []struct {
			name string
			do   func() error
			want fault.Kind
		}{
			{"who may not write submits", func() error { return Submit(ctx, d, morning, support, "sim-fee", 1) }, fault.Forbidden},
			{"a draft is published", func() error { return Publish(ctx, d, morning, lin, "sim-fee", 1) }, fault.Conflict},
			{"it is submitted", func() error { return Submit(ctx, d, morning, chen, "sim-fee", 1) }, ""},
			{"its author publishes", func() error { return Publish(ctx, d, morning, chen, "sim-fee", 2) }, fault.Forbidden},
			{"support publishes", func() error { return Publish(ctx, d, morning, support, "sim-fee", 2) }, fault.Forbidden},
			{"it is changed in review", func() error {
				_, err := Save(ctx, d, morning, lin, Edit{Slug: "sim-fee", Revision: 2, Content: sound()})
				return err
			}, fault.Conflict},
			{"sent back without a word", func() error { return SendBack(ctx, d, morning, lin, "sim-fee", 2, "") }, fault.Invalid},
			{"sent back", func() error { return SendBack(ctx, d, morning, lin, "sim-fee", 2, "写清日期") }, ""},
			{"the reviewer changes it", func() error {
				_, err := Save(ctx, d, morning, lin, Edit{Slug: "sim-fee", Revision: 3, Content: sound()})
				return err
			}, ""},
			{"submitted as it no longer is", func() error { return Submit(ctx, d, morning, lin, "sim-fee", 3) }, fault.Conflict},
			{"submitted again", func() error { return Submit(ctx, d, morning, lin, "sim-fee", 4) }, ""},
			{"the reviewer, now an author, publishes", func() error { return Publish(ctx, d, morning, lin, "sim-fee", 5) }, fault.Forbidden},
			{"taken back", func() error { return Withdraw(ctx, d, morning, chen, "sim-fee", 5) }, ""},
			{"given up", func() error { return Discard(ctx, d, morning, chen, "sim-fee", 6) }, ""},
			{"written anew", func() error {
				_, err := Save(ctx, d, morning, chen, Edit{Slug: "sim-fee", Content: sound()})
				return err
			}, ""},
			{"submitted", func() error { return Submit(ctx, d, morning, chen, "sim-fee", 1) }, ""},
			{"published", func() error { return Publish(ctx, d, morning, lin, "sim-fee", 2) }, ""},
			{"published twice", func() error { return Publish(ctx, d, morning, lin, "sim-fee", 2) }, fault.Conflict},
			{"one that is not there", func() error { return Submit(ctx, d, morning, chen, "nothing", 1) }, fault.NotFound},
		}
		for _, s := range steps {
			if err := s.do(); fault.KindOf(err) != s.want {
				t.Fatalf("%s: got %v, want the fault %q", s.name, err, s.want)
			}
		}
		g := published(t, d).BySlug("sim-fee")
		if g == nil || g.Version != 2 || g.ReviewedOn != date.MustParse("2026-11-22") || g.Content.En.Title != "How SIM data is charged" {
			t.Errorf("readers see %+v", g)
		}
		detail, err := Get(ctx, d, "sim-fee")
		if err != nil || detail.AtWork != nil || detail.Published.Number != 2 || len(detail.Events) != 10 || detail.Events[0].Kind != Approved || detail.Events[0].Name != "林" {
			t.Errorf("staff see %+v, %v", detail, err)
		}
		var audited int
		if err := d.QueryRow(ctx, `select count(*) from audit_entries where subject = 'sim-fee'`).Scan(&audited); err != nil || audited != 10 {
			t.Errorf("got %d entries in the record, %v; want one a deed", audited, err)
		}
	})
}

// TestNothingIsPublishedByItsAuthors lets random people do random things, and
// holds what comes of it against who wrote what.
func TestNothingIsPublishedByItsAuthors(t *testing.T) {
	d := dbtest.SQLite(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		n++
		slug := fmt.Sprintf("guide-%d", n)
		people := []staff.Actor{chen, lin, {ID: "st_3", Roles: []staff.Role{staff.Lead}}, support}
		authors, submitted := map[string]bool{}, false
		if _, err := Save(ctx, d, morning, chen, Edit{Slug: slug, New: true, Content: sound()}); err != nil {
			t.Fatal(err)
		}
		authors[chen.ID] = true
		revision := 1
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			by := rapid.SampledFrom(people).Draw(t, "by")
			content := sound()
			content.Order = rapid.IntRange(0, 9).Draw(t, "order")
			var err error
			switch verb := rapid.SampledFrom([]string{"save", "submit", "withdraw", "send back", "publish"}).Draw(t, "verb"); verb {
			case "save":
				if _, err = Save(ctx, d, morning, by, Edit{Slug: slug, Revision: revision, Content: content}); err == nil {
					if submitted {
						t.Fatalf("%s changed a version in review", by.ID)
					}
					authors[by.ID] = true
				}
			case "submit":
				if err = Submit(ctx, d, morning, by, slug, revision); err == nil {
					submitted = true
				}
			case "withdraw":
				if err = Withdraw(ctx, d, morning, by, slug, revision); err == nil {
					submitted = false
				}
			case "send back":
				if err = SendBack(ctx, d, morning, by, slug, revision, "x"); err == nil {
					submitted = false
				}
			case "publish":
				err = Publish(ctx, d, morning, by, slug, revision)
				if may := submitted && !authors[by.ID] && by.Can(staff.ReviewGuides); may != (err == nil) {
					t.Fatalf("%s publishes: got %v; authors %v, submitted %t", by.ID, err, authors, submitted)
				}
				if err == nil {
					return
				}
			}
			if err == nil {
				revision++
			}
		}
	})
}

func TestOfTwoReviewersOneDecides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		save(t, d, chen, Edit{Slug: "sim-fee", New: true, Content: sound()})
		if err := Submit(t.Context(), d, morning, chen, "sim-fee", 1); err != nil {
			t.Fatal(err)
		}
		mine, theirs := -1, -1
		b := db.NewBatch()
		CountForReview(b, chen.ID, &mine)
		CountForReview(b, lin.ID, &theirs)
		if err := d.Read(t.Context(), b); err != nil || mine != 0 || theirs != 1 {
			t.Errorf("%d wait for the author and %d for another, %v; want none and one", mine, theirs, err)
		}
		var wg sync.WaitGroup
		faults := make([]error, 6)
		for i := range faults {
			wg.Go(func() {
				by := staff.Actor{ID: fmt.Sprintf("st_%d", i), Roles: []staff.Role{staff.Lead}}
				faults[i] = Publish(t.Context(), d, morning, by, "sim-fee", 2)
			})
		}
		wg.Wait()
		done := 0
		for _, err := range faults {
			if err == nil {
				done++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("got %v, want a conflict", err)
			}
		}
		if done != 1 {
			t.Errorf("%d published, want one", done)
		}
	})
}

func TestWhatIsPublishedCannotBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if _, err := ship(t.Context(), d, morning, []Shipped{{"sim-fee", sound(), date.MustParse("2026-11-20")}}); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{
			"update guide_versions set content_hash = 'x'", "update guide_versions set state = 'draft'", "delete from guide_versions",
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), s); return err })
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v, want a refusal", s, err)
			}
		}
	})
}

func TestShippedGuidesComeOnceAndLeaveWhatStaffWrote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, reviewed := t.Context(), date.MustParse("2026-11-20")
		all := []Shipped{{"one", sound(), reviewed}, {"two", sound(), reviewed}}
		want := func(what string, published int) {
			t.Helper()
			if n, err := ship(ctx, d, morning, all); err != nil || n != published {
				t.Errorf("%s: shipped %d, %v; want %d", what, n, err, published)
			}
		}
		want("first", 2)
		want("again", 0)
		all[0].Content.En.Title = "In other words"
		want("changed", 1)
		if g := published(t, d).BySlug("one"); g.Version != 2 || g.Content.En.Title != "In other words" {
			t.Errorf("readers see %+v", g.Content)
		}
		own := sound()
		own.En.Title = "Our own"
		save(t, d, chen, Edit{Slug: "two", Content: own})
		all[1].Content.En.Title = "Newer"
		want("while staff work on it", 0)
		if err := errors.Join(Submit(ctx, d, morning, chen, "two", 1), Publish(ctx, d, morning, lin, "two", 2)); err != nil {
			t.Fatal(err)
		}
		want("after staff changed it", 0)
		if g := published(t, d).BySlug("two"); g.Content.En.Title != "Our own" {
			t.Errorf("readers see %q", g.Content.En.Title)
		}
	})
}

func TestTheCatalogueReadsAnewWhatIsNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		all := []Shipped{{"one", sound(), date.MustParse("2026-11-20")}}
		if _, err := ship(ctx, d, morning, all); err != nil {
			t.Fatal(err)
		}
		c := NewCatalogue(d)
		for _, want := range []bool{true, false} {
			if changed, err := c.Refresh(ctx); err != nil || changed != want {
				t.Errorf("got %t, %v; want %t", changed, err, want)
			}
		}
		before := c.Guides().BySlug("one")
		other := sound()
		other.Category, other.Items, other.Codes = SIM, []fee.Item{fee.SimData, fee.Overage}, []string{"arrears"}
		all = append(all, Shipped{"two", other, date.MustParse("2026-11-20")})
		if _, err := ship(ctx, d, morning, all); err != nil {
			t.Fatal(err)
		}
		if changed, err := c.Refresh(ctx); err != nil || !changed {
			t.Errorf("got %t, %v; want a change", changed, err)
		}
		g := c.Guides()
		if g.BySlug("one") != before || len(g.All) != 2 || len(g.In(SIM)) != 1 || g.BySlug("three") != nil {
			t.Errorf("got %+v", g)
		}
		slugs := func(guides []*Guide) (all []string) {
			for _, each := range guides {
				all = append(all, each.Slug)
			}
			return all
		}
		arrears, ok := fee.ParseCodes("arrears")
		if !ok {
			t.Fatal("no such code")
		}
		for _, c := range []struct {
			item  fee.Item
			codes fee.Codes
			most  int
			want  []string
		}{
			{fee.SimData, 0, 3, []string{"one", "two"}},
			{fee.SimData, arrears, 3, []string{"two", "one"}},
			{fee.Overage, 0, 3, []string{"two"}},
			{"", arrears, 3, []string{"two"}},
			{fee.SimData, arrears, 1, []string{"two"}},
			{fee.Insurance, 0, 3, nil},
		} {
			if got := slugs(g.For(c.item, c.codes, c.most)); !slices.Equal(got, c.want) {
				t.Errorf("for %q and %s: got %v, want %v", c.item, c.codes, got, c.want)
			}
		}
	})
}

func TestAReaderVotesOnceAVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := ship(ctx, d, morning, []Shipped{{"one", sound(), date.MustParse("2026-11-20")}}); err != nil {
			t.Fatal(err)
		}
		v := Vote{VersionID: published(t, d).BySlug("one").VersionID, Voter: "a", Origin: "here", Locale: ZhCN, Reason: "打 13812346621 没人接"}
		cast := func(v Vote, want fault.Kind) {
			t.Helper()
			if err := CastVote(ctx, d, morning, v); fault.KindOf(err) != want {
				t.Errorf("%+v: got %v, want the fault %q", v, err, want)
			}
		}
		cast(v, "")
		cast(v, "")
		long, unknown := v, v
		long.Reason, unknown.VersionID = strings.Repeat("长", MaxReason+1), v.VersionID+1
		cast(long, fault.Invalid)
		cast(unknown, fault.NotFound)
		other := Vote{VersionID: v.VersionID, Origin: "here", Locale: En, Helped: true}
		for i := range votesOfOrigin - 2 {
			other.Voter = fmt.Sprint(i)
			cast(other, "")
		}
		var voters sync.WaitGroup
		var refused atomic.Int32
		for i := range 4 { // for the last place
			last := other
			last.Voter = fmt.Sprint("last ", i)
			voters.Go(func() {
				if err := CastVote(ctx, d, morning, last); fault.Is(err, fault.TooMany) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		voters.Wait()
		if n := refused.Load(); n != 3 {
			t.Errorf("of four at once %d were refused, want three", n)
		}
		cast(v, "") // changes no number
		other.Voter = "one too many"
		cast(other, fault.TooMany)
		detail, err := Get(ctx, d, "one")
		if err != nil || detail.No != 1 || detail.Yes != votesOfOrigin-1 || len(detail.Reasons) != 1 || detail.Reasons[0].Text != "打 *********** 没人接" {
			t.Errorf("got %+v, %v", detail, err)
		}
		all, err := List(ctx, d)
		if err != nil || len(all) != 1 || all[0].No != 1 || all[0].Published != 1 || !all[0].Shipped || all[0].AtWork != "" {
			t.Errorf("got %+v, %v", all, err)
		}
	})
}

func TestWhatIsWrongWithAGuideIsFoundInItsField(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Content)
		want   string
	}{
		"nothing":        {func(*Content) {}, ""},
		"no category":    {func(c *Content) { c.Category = "x" }, "category guides.check.category"},
		"order":          {func(c *Content) { c.Order = -1 }, "order guides.check.order"},
		"no such fee":    {func(c *Content) { c.Items = []fee.Item{"x"} }, "items guides.check.items"},
		"no such rule":   {func(c *Content) { c.Codes = []string{"x"} }, "codes guides.check.codes"},
		"no title":       {func(c *Content) { c.En.Title = "" }, "en_title guides.check.missing"},
		"title in lines": {func(c *Content) { c.En.Title = "a\nb" }, "en_title guides.check.line"},
		"no body":        {func(c *Content) { c.ZhCN.Body, c.En.Body = "", "" }, "zh_body guides.check.missing en_body guides.check.missing"},
		"no question":    {func(c *Content) { c.ZhCN.Questions = nil }, "zh_questions guides.check.missing"},
		"many questions": {func(c *Content) { c.ZhCN.Questions = make([]string, MaxQuestions+1) }, "zh_questions guides.check.questions"},
		"long title":     {func(c *Content) { c.En.Title = strings.Repeat("a", MaxTitle+1) }, "en_title guides.check.long"},
		"long sentence":  {func(c *Content) { c.ZhCN.Body += "\n\n" + strings.Repeat("字", 41) }, "zh_body guides.check.too_long"},
		"jargon":         {func(c *Content) { c.ZhCN.Summary = "秒到。" }, "zh_summary guides.check.jargon"},
		"a word":         {func(c *Content) { c.ZhCN.Title = "相关费用" }, "zh_title guides.check.word"},
		"other sections": {func(c *Content) { c.En.Body += "\n\n## More\n\nText." }, "en_body guides.check.sections"},
	} {
		content := sound()
		c.change(&content)
		fields := Check(&content)
		got := ""
		if f, ok := errors.AsType[*fault.Error](fields.Err()); ok {
			for _, field := range f.Fields {
				got += " " + field.Name + " " + field.Key
			}
		}
		if got = strings.TrimSpace(got); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestASlugIsMadeOfWords(t *testing.T) {
	for slug, want := range map[string]bool{"why-sim-fee": true, "a1": true, "": false, "-a": false, "a--b": false, "A": false, "a/b": false, "流量": false, strings.Repeat("a", 61): false} {
		if got := isSlug(slug); got != want {
			t.Errorf("%q: got %t, want %t", slug, got, want)
		}
	}
}

func TestFilesMustAgreeInBothLanguages(t *testing.T) {
	file := func(head string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("---\ntitle: t\ncategory: fees\norder: 1\nreviewed_on: 2026-11-20\n" + head + "---\nText.\n")}
	}
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"sound":         {fstest.MapFS{"zh-CN/a.md": file("items: [sim_data]\n"), "en/a.md": file("items: [sim_data]\n")}, ""},
		"one language":  {fstest.MapFS{"zh-CN/a.md": file("")}, "1 guides in zh-CN and 0 in en"},
		"other name":    {fstest.MapFS{"zh-CN/a.md": file(""), "en/b.md": file("")}, "a:"},
		"other items":   {fstest.MapFS{"zh-CN/a.md": file(""), "en/a.md": file("items: [sim_data]\n")}, "differ"},
		"unknown field": {fstest.MapFS{"zh-CN/a.md": file("colour: red\n"), "en/a.md": file("")}, "colour"},
		"no dashes":     {fstest.MapFS{"zh-CN/a.md": {Data: []byte("Text.")}, "en/a.md": file("")}, "no lines between dashes"},
		"bad name":      {fstest.MapFS{"zh-CN/A.md": file(""), "en/A.md": file("")}, "address"},
	} {
		all, err := readFiles(c.files)
		if c.want == "" && (err != nil || len(all) != 1 || all[0].Content.ZhCN.Body != "Text.") {
			t.Errorf("%s: got %+v, %v", name, all, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, c.want)
		}
	}
}
