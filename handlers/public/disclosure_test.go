package public_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/session"
)

var (
	writer   = staff.Actor{ID: "s_luo", Name: "罗", Roles: []staff.Role{staff.Compliance}}
	reviewer = staff.Actor{ID: "s_tang", Name: "唐", Roles: []staff.Role{staff.Lead}}
)

// disclosureSite is a portal on which one version was taken over, and pages that
// say so.
type disclosureSite struct {
	*site
	plans *disclosure.Catalogue
}

func newDisclosureSite(t *testing.T) *disclosureSite {
	t.Helper()
	s := &disclosureSite{site: newSite(t, nil)}
	s.plans = disclosure.NewCatalogue(s.db)
	first := date.MustParse("2023-03-01")
	price := fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue}
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		if err := intake.Begin(t.Context(), tx); err != nil {
			return err
		}
		_, _, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{{
			Slug: "terminal-fees", Title: disclosure.Text{ZhCN: "终端收费公示", En: "Terminal fees"},
			Versions: []disclosure.ExistingVersion{{Number: 1, PublishedOn: first, EffectiveOn: first.AddDays(31)}},
			Plans: []disclosure.ExistingPlan{{
				Plan:  fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: []fee.Version{{Number: 1, PublishedOn: first, EffectiveOn: first.AddDays(31), Price: price}}},
				Terms: simTerms(), Lines: []int{1}, StatedBy: []int{1},
			}},
		}}, s.clock.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.refresh()
	store := session.New[guard.Actor](s.sessions, cookie.Site{TLS: true}, account.SessionLasts)
	h := &public.Disclosures{DB: s.db, Clock: s.clock, Plans: s.plans, Guard: guard.New(store, signin.KeepLocale(s.accounts)), Origin: "https://bill.example.com"}
	r, open := s.Router(), guard.Public("a test")
	r.Get("/disclosures", open, h.List)
	r.Get("/disclosures/feed.atom", open, h.Feed)
	r.Get("/disclosures/:slug", open, h.Latest)
	r.Get("/disclosures/:slug/compare", open, h.Compare)
	r.Get("/disclosures/:slug/opinion", open, h.Opinion)
	r.Post("/disclosures/:slug/opinion", guard.Can(account.SeeFees), h.GiveOpinion)
	r.Get("/disclosures/:slug/:version", open, h.Version)
	return s
}

func (s *disclosureSite) refresh() {
	s.t.Helper()
	if err := s.plans.Refresh(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *disclosureSite) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func simTerms() disclosure.Terms {
	return disclosure.Terms{
		Title: disclosure.Text{ZhCN: "流量卡费", En: "SIM data"}, Clause: "3",
		Recipient: disclosure.Text{ZhCN: "示例支付有限公司", En: "Example Pay Ltd"}, PricedBy: disclosure.Text{ZhCN: "示例支付定价", En: "Priced by Example Pay"},
		Refund: disclosure.Text{ZhCN: "已经开始的一期不退", En: "A period that has begun isn't refunded"}, Stop: disclosure.Text{ZhCN: "在终端页停用", En: "Stop it on the terminal's page"},
		Collected: disclosure.Text{ZhCN: "从当天结算款里扣", En: "Taken out of the day's settlement"},
	}
}

// dearer is the next version: 45 yuan in place of 36.
func dearer() *disclosure.Content {
	return &disclosure.Content{
		Summary: disclosure.Text{ZhCN: "流量卡费每年 ¥45.00。", En: "SIM data costs ¥45.00 a year."},
		Contact: disclosure.Text{ZhCN: "打客服电话 400-000-0000。", En: "Call 400-000-0000."},
		Limits:  disclosure.Text{ZhCN: "只用于我们的终端。", En: "For our terminals only."},
		Clauses: []disclosure.Clause{{Number: "3", Heading: disclosure.Text{ZhCN: "流量卡费", En: "SIM data"}, Text: disclosure.Text{ZhCN: "每年收一次 ¥45.00。", En: "We take ¥45.00 once a year."}}},
		Fees:    []disclosure.ContentFee{{Plan: "sim-annual-36", Item: fee.SimData, Kind: fee.Recurring, Amount: 4500, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue, Terms: simTerms()}},
	}
}

// submitted is a draft of the next version in review, with its hash.
func (s *disclosureSite) submitted() (draftID, hash string) {
	s.t.Helper()
	ctx, now := s.t.Context(), s.clock.Now()
	draftID, err := disclosure.Begin(ctx, s.db, now, writer, "terminal-fees", dearer())
	s.must(err)
	s.must(disclosure.Submit(ctx, s.db, now, writer, draftID, 1))
	s.must(s.db.QueryRow(ctx, `select content_hash from disclosure_drafts where id = $1`, draftID).Scan(&hash))
	return draftID, hash
}

// publish makes the dearer version one that takes effect in 31 days.
func (s *disclosureSite) publish() date.Date {
	s.t.Helper()
	ctx, now := s.t.Context(), s.clock.Now()
	draftID, hash := s.submitted()
	s.must(disclosure.Approve(ctx, s.db, now, reviewer, draftID, hash, ""))
	effective := date.Of(now).AddDays(31)
	_, err := disclosure.Publish(ctx, s.db, noJobs{}, now, writer, draftID, hash, effective, pendNothing)
	s.must(err)
	s.refresh()
	return effective
}

func TestEverybodySeesWhatIsChargedNow(t *testing.T) {
	s := newDisclosureSite(t)
	c := s.browser()
	c.Get("/disclosures").Is(200).Says("现在收哪些费", "终端收费公示", "流量卡费", "每年 ¥36.00", "激活后前 30 天", "第 1 版，从2023年4月1日起", "从旧资料转来")
	c.Get("/disclosures/terminal-fees").Is(200).Says("谁收", "示例支付有限公司", "怎么停", "在终端页停用", "怎么退", "公布日", "2023年3月1日", "从旧资料转来")
	c.Speak("en").Get("/disclosures").Is(200).Says("What we charge now", "¥36.00 a year", "The first 30 days after activation")
	c.Get("/disclosures/terminal-fees/1").Is(200).Says("Who receives it", "Example Pay Ltd", "the Chinese text binds")
}

func TestAComingVersionIsAnnouncedWithItsDay(t *testing.T) {
	s := newDisclosureSite(t)
	s.publish()
	c := s.browser()
	list := c.Get("/disclosures").Is(200).Says("2026年12月24日起，改用第 2 版", "31 天后", "还没生效")
	list.Click("看改了什么").Is(200).Says("每年 ¥36.00", "每年 ¥45.00", "有改动")
	list.Click("看第 2 版全文").Is(200).Says("这一版还没生效", "每年收一次 ¥45.00", "第 3 条 流量卡费", "内容指纹", "只用于我们的终端", "400-000-0000")
	s.clock.Advance(31 * 24 * time.Hour)
	c.Get("/disclosures/terminal-fees/1").Is(200).Says("这一版已经不用了", "第 2 版")
	c.Get("/disclosures").Is(200).Says("第 2 版，从2026年12月24日起").SaysNot("改用第 2 版")
	c.Speak("en").Get("/disclosures/terminal-fees/compare?from=1&to=2").Is(200).Says("¥36.00 a year", "¥45.00 a year", "Changed")
}

func TestAWithdrawnVersionStaysAndSaysWhy(t *testing.T) {
	s := newDisclosureSite(t)
	s.publish()
	ctx, now := t.Context(), s.clock.Now()
	s.must(disclosure.ProposeWithdrawal(ctx, s.db, now, writer, "terminal-fees", 2, disclosure.Text{ZhCN: "价格算错了。", En: "The price was wrong."}))
	s.must(disclosure.ConfirmWithdrawal(ctx, s.db, now, reviewer, "terminal-fees", 2, pendNothing))
	s.refresh()
	c := s.browser()
	c.Get("/disclosures").Is(200).SaysNot("改用第 2 版").Says("已撤回", "每年 ¥36.00")
	c.Get("/disclosures/terminal-fees/2").Is(200).Says("不会生效", "价格算错了", "每年 ¥45.00")
	s.clock.Advance(60 * 24 * time.Hour)
	c.Get("/disclosures/terminal-fees").Is(200).Says("第 1 版", "每年 ¥36.00").SaysNot("¥45.00")
}

func TestTheBytesOfAVersionGiveItsHash(t *testing.T) {
	s := newDisclosureSite(t)
	s.publish()
	c := s.browser()
	for _, version := range []string{"1", "2"} {
		file := c.Get("/disclosures/terminal-fees/" + version + ".json").Is(200)
		sum := sha256.Sum256([]byte(file.Body))
		c.Get("/disclosures/terminal-fees/"+version).Is(200).Says(hex.EncodeToString(sum[:]), "https://bill.example.com/disclosures/terminal-fees/"+version+".json")
		if !strings.Contains(file.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("what never changes goes out with %q", file.Header.Get("Cache-Control"))
		}
	}
}

func TestWhatIsNotPublishedIsNotFound(t *testing.T) {
	s := newDisclosureSite(t)
	c := s.browser()
	for _, path := range []string{"/disclosures/x", "/disclosures/x/1", "/disclosures/terminal-fees/2", "/disclosures/terminal-fees/01", "/disclosures/terminal-fees/2.json",
		"/disclosures/terminal-fees/compare?from=1&to=9", "/disclosures/terminal-fees/compare?from=x", "/disclosures/x/opinion"} {
		c.Get(path).Is(http.StatusNotFound)
	}
}

func TestAPageIsKeptUntilWhatItShowsChanges(t *testing.T) {
	s := newDisclosureSite(t)
	c := s.browser()
	first := c.Get("/disclosures").Is(200)
	again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://portal.test/disclosures", nil)
	s.must(err)
	again.Header.Set("If-None-Match", first.Header.Get("ETag"))
	again.Header.Set("Accept-Language", "zh-CN")
	c.Do(again).Is(http.StatusNotModified)
	s.publish()
	if etag := c.Get("/disclosures").Header.Get("ETag"); etag == first.Header.Get("ETag") {
		t.Errorf("the page has the tag %s still after a publication", etag)
	}
	s.signIn(c, li)
	own := c.Get("/disclosures").Is(200).Says("顺意便利店")
	if got := own.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a page that names its reader goes out with %q", got)
	}
	s.browser().Get("/disclosures").Is(200).SaysNot("顺意便利店")
}

func TestAMerchantSaysWhatTheyThinkOfADraft(t *testing.T) {
	s := newDisclosureSite(t)
	draftID, hash := s.submitted()
	s.must(disclosure.OpenForOpinions(t.Context(), s.db, s.clock.Now(), writer, draftID, hash, date.Of(s.clock.Now()).AddDays(7)))
	s.refresh()
	c := s.browser()
	c.Get("/disclosures").Is(200).Says("正在征求意见，到2026年11月30日为止").Click("看草稿，说意见").Is(200).
		Says("每年 ¥45.00", "登录后就能说意见").SaysNot("你怎么看")
	s.signIn(c, li)
	p := c.Get("/disclosures/terminal-fees/opinion").Is(200)
	p.Form("/disclosures/terminal-fees/opinion").Set("opinion", " ").Submit().Is(http.StatusUnprocessableEntity).Says("请写几个字")
	p.Form("/disclosures/terminal-fees/opinion").Tamper("hash", "other").Set("opinion", "好").Submit().Is(http.StatusConflict).Says("草稿换了")
	p.Form("/disclosures/terminal-fees/opinion").Set("opinion", "太贵了").Submit().LeadsTo("/disclosures/terminal-fees/opinion").Follow().
		Is(200).Says("意见收到了", "太贵了", "还没有回")
	other := s.browser()
	s.signIn(other, zhou)
	other.Get("/disclosures/terminal-fees/opinion").Is(200).SaysNot("太贵了")
	var opinion string
	s.must(s.db.QueryRow(t.Context(), `select id from disclosure_opinions`).Scan(&opinion))
	s.must(disclosure.AnswerOpinion(t.Context(), s.db, s.clock.Now(), writer, draftID, opinion, "成本涨了。"))
	c.Get("/disclosures/terminal-fees/opinion").Is(200).Says("成本涨了", "我们在")
	s.must(disclosure.CloseOpinions(t.Context(), s.db, s.clock.Now(), writer, draftID))
	s.refresh()
	c.Speak("en").Get("/disclosures/terminal-fees/opinion").Is(200).Says("aren't asking for opinions now", "成本涨了")
}

func TestTheFeedIsAtom(t *testing.T) {
	s := newDisclosureSite(t)
	s.publish()
	for language, title := range map[string]string{"zh-CN": "终端收费公示（第 2 版）", "en": "Terminal fees (version 2)"} {
		got := s.browser().Get("/disclosures/feed.atom?language=" + language).Is(200)
		if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/atom+xml") {
			t.Errorf("the feed is a %s", kind)
		}
		var feed struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
			Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			ID      []string `xml:"id"`
			Title   []string `xml:"title"`
			Updated []string `xml:"updated"`
			Author  []struct {
				Name string `xml:"name"`
			} `xml:"author"`
			Link []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Entry []struct {
				ID      []string `xml:"id"`
				Title   []string `xml:"title"`
				Updated []string `xml:"updated"`
				Link    []struct {
					Rel  string `xml:"rel,attr"`
					Href string `xml:"href,attr"`
				} `xml:"link"`
				Summary []string `xml:"summary"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal([]byte(got.Body), &feed); err != nil {
			t.Fatal(err)
		}
		if len(feed.ID) != 1 || len(feed.Title) != 1 || len(feed.Updated) != 1 || len(feed.Author) != 1 || feed.Author[0].Name == "" || feed.Lang != language {
			t.Errorf("the feed lacks what RFC 4287 asks for once: %+v", feed)
		}
		if len(feed.Link) < 2 || feed.Link[0].Rel != "self" || !strings.HasPrefix(feed.Link[0].Href, "https://bill.example.com/") {
			t.Errorf("the feed's links are %+v", feed.Link)
		}
		ids := map[string]bool{}
		for _, e := range feed.Entry {
			if len(e.ID) != 1 || len(e.Title) != 1 || len(e.Updated) != 1 || len(e.Link) != 1 || e.Link[0].Rel != "alternate" || ids[e.ID[0]] {
				t.Errorf("an entry lacks what RFC 4287 asks for: %+v", e)
			}
			if _, err := time.Parse(time.RFC3339, e.Updated[0]); err != nil {
				t.Error(err)
			}
			ids[e.ID[0]] = true
		}
		if len(feed.Entry) != 2 || feed.Entry[0].Title[0] != title || feed.Updated[0] != feed.Entry[0].Updated[0] {
			t.Errorf("the feed begins with %+v and was updated %v", feed.Entry[0], feed.Updated)
		}
	}
}

func pendNothing(context.Context, *db.Tx) error { return nil }
