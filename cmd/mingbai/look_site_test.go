package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/server"
)

// isOwn reports whether a route belongs to one person at a merchant.
func isOwn(r server.Route) bool { return strings.HasPrefix(r.Path+"/", "/account/") }

// beginLook has a visit see what a merchant sees.
func (c *visit) beginLook(m shop) {
	c.s.t.Helper()
	p := c.post("/admin/merchants/"+m.ref+"/look", url.Values{"reason": {"来电"}}).Is(http.StatusSeeOther)
	if to := p.Header.Get("Location"); to != "/home" {
		c.s.t.Fatalf("a look leads to %s", to)
	}
}

// pagesNoted are the paths of a merchant's pages that staff are on record to have
// opened.
func (s *site) pagesNoted(m shop) map[string]bool {
	s.t.Helper()
	noted := map[string]bool{}
	err := s.db.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var doc db.JSON
			var details struct{ Page string }
			if err := rows.Scan(&doc); err != nil {
				return err
			}
			err := json.Unmarshal(doc, &details)
			noted[details.Page] = true
			return err
		})
	}, `select details from audit_entries where action = 'look.page' and merchant_id = $1`, m.id)
	if err != nil {
		s.t.Fatal(err)
	}
	return noted
}

// TestStaffSeeWhatAMerchantSeesAndChangeNothing walks every page and every form
// of merchants' as a member of staff who looks, in a browser in which somebody of
// another merchant's is signed in too.
func TestStaffSeeWhatAMerchantSeesAndChangeNothing(t *testing.T) {
	s := openSite(t, strictest(t), overTLS)
	me, other := s.shop(mine), s.shop(anothers)
	secret := s.secretsOf(other, me)
	c := s.as(deskRole(staff.Support), me)
	c.take(merchantRole(account.Owner).enter(s, other))
	c.post("/admin/merchants/"+me.ref+"/look", nil).Is(http.StatusUnprocessableEntity).Says("写明为什么要看")
	c.get("/home").Is(http.StatusOK).SaysNot("什么都改不了")
	c.beginLook(me)

	const bar = "什么都改不了"
	tables := []string{"attempts", "audit_entries", "merchant_looks"}
	before := intaketest.Dump(t, s.db, tables...)
	opened := map[string]bool{} // paths
	for _, r := range s.routesFor(http.MethodGet) {
		if isPublic(r) || isDesk(r) {
			continue
		}
		e := exampleOf(t, r.Path)
		for _, address := range s.examplesOf(r, me) {
			p := c.get(address)
			opened[p.URL.Path] = opened[p.URL.Path] || !isOwn(r)
			if e.on && p.Status == http.StatusSeeOther {
				p = c.careful(p.Follow())
				opened[p.URL.Path] = true
			}
			secret.kept(t, "staff", p)
			switch {
			case isOwn(r):
				p.Is(http.StatusForbidden).Says("同事看不到", bar)
			case p.Status != http.StatusOK && p.Status != http.StatusSeeOther && p.Status != http.StatusUnprocessableEntity:
				t.Errorf("%s: got %d", address, p.Status)
			case isPage(p):
				p.Says(bar, "离开")
			}
		}
		if e := exampleOf(t, r.Path); braces.MatchString(e.at) && !isPeriod(e.at) && !isOwn(r) {
			for _, address := range s.addresses(e.at, other, me) {
				opened[c.get(address).Is(http.StatusNotFound).URL.Path] = true
			}
		}
	}
	for _, address := range []string{"/disclosures", "/guides", "/transparency", "/receipts"} {
		c.get(address).Says(bar)
	}
	for _, r := range s.routesFor(http.MethodPost) {
		if isDesk(r) {
			continue
		}
		e := exampleOf(t, r.Path)
		p := c.post(s.addresses(e.at, me, shop{})[0], s.values(e, me, shop{}))
		if p.Status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", r, p.Status)
		} else if !strings.Contains(p.Body, bar) || !strings.Contains(p.Body, "离开</button>") {
			t.Errorf("%s: the refusal does not say that nothing can be changed, or has no way to leave", r)
		}
	}
	intaketest.WantSame(t, intaketest.Dump(t, s.db, tables...), before, "after looking at everything")
	noted := s.pagesNoted(me)
	for path, want := range opened {
		if noted[path] != want {
			t.Errorf("%s is on record: %t, want %t", path, noted[path], want)
		}
	}

	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update merchant_looks set until = began_at`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	over := c.post("/complaints/draft", url.Values{"words": {"x"}}).Is(http.StatusSeeOther)
	if to := over.Header.Get("Location"); to != "/admin/merchants" {
		t.Errorf("a look that is over leads to %s", to)
	}
	over.Follow().Says("查看结束了")
	c.get("/home").Is(http.StatusOK).SaysNot(bar)
	c.beginLook(me)
	c.get("/home").Says(bar).Form("/admin/look/end").Submit().Follow().Says("已离开商户的页面")
	c.get("/home").SaysNot(bar)
	c.beginLook(me)
	c.post("/admin/logout", nil)
	c.get("/home").Is(http.StatusSeeOther).Follow().Is(http.StatusOK).SaysNot(bar)
	intaketest.WantTexts(t, s.db, `select action || ' ' || count(*) from audit_entries where action in ('look.begin', 'look.end') group by action order by action`, "look.begin 3", "look.end 3")
}
