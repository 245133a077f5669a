package staff_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/webtest"
)

var secretOn = regexp.MustCompile(`mbk_[a-z2-7]{52}`)

func TestAnOperatorMakesReplacesAndEndsAKey(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t)
			op := s.join("lin", staff.Operator)
			op.Speak(lang)
			op.Get("/admin/keys").Is(http.StatusOK)
			form := func() *webtest.Form { return op.Get("/admin/keys/new").Is(http.StatusOK).Form("/admin/keys/new") }
			form().Set("name", "").Set("networks", "10.0.0.0/99").Submit().Is(http.StatusUnprocessableEntity).Says("10.0.0.0/99")
			page := form().Set("name", "core").Tick("scopes", "usage:write").Set("networks", "10.1.2.0/24, 10.1.3.4").Submit().Is(http.StatusOK)
			first := secretOn.FindString(page.Text())
			c, err := apikey.Find(t.Context(), s.db, s.clock.Now(), first)
			if err != nil || c.Name != "core" || !c.May(apikey.UsageWrite) || c.May(apikey.ImportsWrite) || len(c.Networks) != 2 || c.PerMinute != apikey.DefaultPerMinute {
				t.Fatalf("got %+v, %v", c, err)
			}
			at := "/admin/keys/" + c.KeyID
			op.Get("/admin/keys").Is(http.StatusOK).Says("core", "usage:write")
			if p := op.Get(at).Is(http.StatusOK); strings.Contains(p.Body, first) {
				t.Error("the page of the key shows it again")
			}
			op.Get(at).Form(at+"/limit").Set("per_minute", "0").Submit().Is(http.StatusUnprocessableEntity)
			op.Get(at).Form(at+"/limit").Set("per_minute", "1200").Submit().LeadsTo(at)
			if c, err := apikey.Find(t.Context(), s.db, s.clock.Now(), first); err != nil || c.PerMinute != 1200 {
				t.Errorf("it may ask %d a minute, %v; want 1200", c.PerMinute, err)
			}
			page = op.Get(at).Form(at+"/rotate").Set("overlap", "1").Submit().Is(http.StatusOK)
			second := secretOn.FindString(page.Text())
			for _, secret := range []string{first, second} {
				if _, err := apikey.Find(t.Context(), s.db, s.clock.Now(), secret); err != nil {
					t.Errorf("one of the two does not count: %v", err)
				}
			}
			op.Get(at).Is(http.StatusOK).Says(first[:10], second[:10])
			op.Get(at).Form(at + "/revoke").Submit().LeadsTo(at)
			if _, err := apikey.Find(t.Context(), s.db, s.clock.Now(), second); err == nil {
				t.Error("a revoked key lets in")
			}
			if p := op.Get(at).Is(http.StatusOK); strings.Contains(p.Body, at+"/revoke") {
				t.Error("a revoked key can be revoked again")
			}
			op.Get("/admin/keys/k_none").Is(http.StatusNotFound)
		})
	}
}

func TestAnAuditorSeesKeysAndChangesNone(t *testing.T) {
	s := newSite(t)
	by := apikey.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}, Name: "test"}
	id, _, err := apikey.Add(t.Context(), s.db, s.clock.Now(), by, apikey.NewKey{Name: "core", Scopes: apikey.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	auditor := s.join("wu", staff.Auditor)
	auditor.Get("/admin/keys").Is(http.StatusOK).Says("core").SaysNot("/admin/keys/new")
	if p := auditor.Get("/admin/keys/" + id).Is(http.StatusOK); strings.Contains(p.Body, "/rotate") || strings.Contains(p.Body, "/revoke") {
		t.Error("an auditor is offered to change a key")
	}
	auditor.Get("/admin/keys/new").Is(http.StatusForbidden)
	s.join("support", staff.Support).Get("/admin/keys").Is(http.StatusForbidden)
}

func TestAKeysRequestsAreListedPageByPage(t *testing.T) {
	s := newSite(t)
	by := apikey.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}, Name: "test"}
	id, _, err := apikey.Add(t.Context(), s.db, s.clock.Now(), by, apikey.NewKey{Name: "core", Scopes: apikey.Scopes})
	if err != nil {
		t.Fatal(err)
	}
	op := s.join("lin", staff.Operator)
	var sent []apikey.Logged
	for i := range 60 {
		sent = append(sent, apikey.Logged{
			KeyID: id, At: s.clock.Now().Add(time.Duration(i) * time.Second), Method: "PUT", Route: "/api/v1/merchants/:ref", Status: 422,
			Took: 7 * time.Millisecond, Problem: "invalid", RequestID: fmt.Sprintf("request%02d", i),
		})
	}
	if err := apikey.Keep(t.Context(), s.db, sent); err != nil {
		t.Fatal(err)
	}
	first := op.Get("/admin/keys/"+id).Is(http.StatusOK).Says("request59", "request10", "PUT /api/v1/merchants/:ref", "invalid").SaysNot("request09")
	older := regexp.MustCompile(`/admin/keys/` + id + `\?before=[a-z0-9_]+`).FindString(first.Body)
	op.Get(older).Is(http.StatusOK).Says("request09", "request00").SaysNot("request10")
}
