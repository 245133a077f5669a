package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/browsertest"
)

// uncomplained are deductions of a merchant's that were taken, and that no case is
// about.
func (s *site) uncomplained(t *testing.T, m shop) (ids []string) {
	t.Helper()
	err := s.db.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `select l.id from bill_lines l where l.merchant_id = $1 and l.kind = 'deduction' and l.state = 'posted' and l.decision = 'allow'
		and not exists (select 1 from cases c where c.subject_ref = l.id) order by l.at desc`, m.id)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAMerchantGoesFromAWrongLineToTheRefundAndItsRating(t *testing.T) {
	s := serveSite(t)
	s.cookies["owner"], s.cookies["support"] = s.site.enter(s.shop(mine), account.Owner), s.enterDesk(staff.Support)
	core, browser := s.system(), browsertest.Start(t)
	lines, ways := s.uncomplained(t, s.shop(mine)), ways()
	if len(lines) < len(ways) {
		t.Fatalf("there are %d deductions to complain of, want %d", len(lines), len(ways))
	}
	for i, w := range ways {
		t.Run(w.view.String(), func(t *testing.T) {
			t.Parallel()
			tab, desk := browser.Tab(t, w.view), browser.Tab(t, w.view)
			look := func(tab *browsertest.Tab, name string, want ...string) {
				t.Helper()
				tab.Check()
				tab.Screenshot("complaint-" + name)
				got := tab.Text("main")
				for _, text := range want {
					if !strings.Contains(got, text) {
						t.Errorf("%s says %q; want %q", name, got, text)
					}
				}
			}
			tab.Open(s.enter("owner", "/deductions/"+lines[i]))
			tab.Click("main a[href*='/complaints/new']")
			look(tab, "new")
			tab.Click("#field-reason")
			tab.Write("#field-words", "I never signed this")
			tab.Click("main form button")
			_, number, ok := strings.Cut(tab.URL(), "/complaints/")
			if !ok || !strings.HasPrefix(number, "C20") {
				t.Fatalf("the form leads to %s, want a case", tab.URL())
			}
			look(tab, "received", number, "I never signed this")

			desk.Open(s.enter("support", "/admin/cases?find="+number))
			desk.Click("main .table a")
			s.at(t, desk, "/admin/cases/"+number)
			desk.Write("#field-reply_words", "We are looking into it")
			desk.Click("#reply button")
			desk.Click("#field-decide_finding")
			desk.Fill("#field-decide_root_cause", "写错")
			desk.Fill("#field-decide_amount", "1")
			desk.Write("#field-decide_reason", "One figure was wrong")
			desk.Click("form[action$='/decide'] button")
			tab.Open(s.url + "/complaints/" + number)
			look(tab, "decided", "We are looking into it", "One figure was wrong", "¥1.00", "12363")
			tab.Click("form[action$='/accept'] button")
			s.at(t, tab, "/complaints/"+number)

			desk.Open(s.url + "/admin/cases/" + number)
			desk.Click("form[action$='/refund'] button")
			look(desk, "refund-under-way", "I never signed this", "We are looking into it", "One figure was wrong", "¥1.00")
			paid := core.ask(http.MethodPost, api.Prefix+"/deductions/"+lines[i]+"/refunded", `{"reason": "a complaint", "amount_fen": 100}`,
				http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {number}})
			if paid.Code != http.StatusOK {
				t.Fatalf("the refund is answered with %d: %s", paid.Code, paid.Body)
			}
			tab.Open(s.url + "/complaints/" + number)
			tab.Click("#field-stars")
			tab.Click("form[action$='/rating'] button")
			s.at(t, tab, "/complaints/"+number)
			look(tab, "rated", "¥1.00")
			if tab.Has("form[action$='/rating']") || tab.Has("form[action$='/messages']") {
				t.Error("a case that is paid and rated asks for more")
			}
			desk.Open(s.url + "/admin/cases/" + number)
			if desk.Has("form[action$='/decide']") || desk.Has("form[action$='/refund']") {
				t.Error("staff are asked for more in a case that is done")
			}
			if got := append(tab.Complaints(), desk.Complaints()...); len(got) > 0 {
				t.Errorf("the browser complains: %q", got)
			}
		})
	}
	t.Run("hindered", func(t *testing.T) { s.walkHindered(t, browser, lines[len(ways):]) })
}

// walkHindered complains as people do whose session ends while they write, who
// press twice, and who go back.
func (s *served) walkHindered(t *testing.T, browser *browsertest.Browser, lines []string) {
	t.Parallel()
	const words = "Nobody told me.\nI have the slip."
	for i, view := range []browsertest.View{browsertest.Phone.In("en"), browsertest.Wide.In("zh-CN").WithoutScript()} {
		tab := browser.Tab(t, view)
		count := func(want int, query string) {
			t.Helper()
			var got int
			if err := s.db.QueryRow(t.Context(), query, lines[i]).Scan(&got); err != nil || got != want {
				t.Errorf("%s: there are %d, want %d (%v): %s", view, got, want, err, query)
			}
		}
		user := s.enterDemo(t, tab, "/deductions/"+lines[i])
		tab.Click("main a[href*='/complaints/new']")
		tab.Click("#field-reason")
		tab.Write("#field-words", words)
		s.expire(t, user)
		tab.Click("main form button")
		if got := tab.Status(); got != http.StatusUnauthorized {
			t.Fatalf("%s: after the session's end the form is answered with %d, want 401", view, got)
		}
		tab.Check()
		tab.Screenshot("complaint-unsent")
		count(0, `select count(*) from cases where subject_ref = $1`)
		s.enterDemo(t, tab.Beside(), "/complaints")
		tab.Twice("main form button")
		_, number, _ := strings.Cut(tab.URL(), "/complaints/")
		if got := tab.Text("main"); !strings.Contains(got, words[:15]) || !strings.Contains(got, words[16:]) {
			t.Errorf("%s: sent later, the complaint says %q, want what was written", view, got)
		}
		count(1, `select count(*) from cases where subject_ref = $1`)

		for range 2 { // the second after going back
			tab.Write("#field-words", "One more thing")
			tab.Twice("form[action$='/messages'] button")
			tab.Back()
		}
		count(1, `select count(*) from case_posts p join cases c on c.id = p.case_id where c.subject_ref = $1 and p.body = 'One more thing'`)
		tab.Open(s.url + "/complaints/new?deduction=" + lines[i])
		s.at(t, tab, "/complaints/"+number)
		tab.Open(s.url + "/complaints/" + number + "/withdraw")
		tab.Twice("main form button")
		s.at(t, tab, "/complaints/"+number)
		count(1, `select count(*) from case_events e join cases c on c.id = e.case_id where c.subject_ref = $1 and e.kind = 'case_withdrawn'`)
	}
}

// enterDemo signs the demo's owner of a merchant in, as its page to sign in
// offers, on the way to an address. It returns who that is.
func (s *served) enterDemo(t *testing.T, tab *browsertest.Tab, to string) (user string) {
	t.Helper()
	err := s.db.QueryRow(t.Context(), `
		select u.id from users u join memberships m on m.user_id = u.id
		where m.merchant_id = $1 and m.role = 'owner' and u.phone like '+861390%' order by u.id limit 1`, s.shop(mine).id).Scan(&user)
	if err != nil {
		t.Fatal(err)
	}
	tab.Open(s.url + "/login?" + url.Values{"next": {to}}.Encode())
	tab.Click("form:has(input[value='" + user + "']) button")
	s.at(t, tab, to)
	return user
}

// expire lets somebody's sessions run out.
func (s *served) expire(t *testing.T, user string) {
	t.Helper()
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update sessions set expires_at = $2 where user_id = $1`, user, s.site.at.Now().Add(-time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
