package staff_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
)

var whsecOn = regexp.MustCompile(`whsec_[A-Za-z0-9+/]{43}=`)

func TestAnOperatorAddsTriesReplacesAndEndsAnEndpoint(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t)
			op := s.join("lin", staff.Operator)
			op.Speak(lang)
			op.Get("/admin/webhooks").Is(http.StatusOK)
			form := op.Get("/admin/webhooks/new").Is(http.StatusOK).Form("/admin/webhooks/new")
			refused := form.Set("url", "http://10.0.0.1/x").Set("description", "").Tick("kinds", "refund.approved").Submit().Is(http.StatusUnprocessableEntity)
			if !strings.Contains(refused.Body, "http://10.0.0.1/x") {
				t.Error("what was typed is lost")
			}
			shown := refused.Form("/admin/webhooks/new").Set("url", "https://core.example.com/hook").Set("description", "core").Submit().Is(http.StatusOK)
			first := whsecOn.FindString(shown.Text())
			all, err := webhook.List(t.Context(), s.db)
			if err != nil || len(all) != 1 || len(all[0].Kinds) != 1 || first == "" {
				t.Fatalf("got %+v, %v, secret %q", all, err, first)
			}
			at := "/admin/webhooks/" + all[0].ID
			op.Get("/admin/webhooks").Says("core", "https://core.example.com/hook", "refund.approved")
			op.Get(at+"/edit").Is(http.StatusOK).Form(at+"/edit").Set("description", "").Submit().Is(http.StatusUnprocessableEntity)
			op.Get(at+"/edit").Form(at+"/edit").Set("description", "the core").Submit().LeadsTo(at)
			op.Get(at).Says("the core").SaysNot(first)
			shown = op.Get(at).Form(at + "/rotate").Submit().Is(http.StatusOK)
			if second := whsecOn.FindString(shown.Text()); second == "" || second == first {
				t.Errorf("the next secret is %q", second)
			}
			op.Get(at).Form(at + "/try").Submit().LeadsTo(at)
			s.sendEvents(webhook.Answer{Status: 500})
			page := op.Get(at).Is(http.StatusOK).Says("webhook.test", "500")
			event := regexp.MustCompile(`ev_[a-z0-9]{26}`).FindString(page.Body)
			op.Get(at).Form(at + "/messages/" + event + "/replay").Submit().LeadsTo(at)
			op.Get(at).Form(at+"/replay").Set("from", "2026-11-23").Set("to", "2026-11-22").Submit().Is(http.StatusUnprocessableEntity)
			op.Get(at).Form(at + "/replay").Submit().LeadsTo(at)
			disable := op.Get(at).Form(at + "/disable")
			disable.Submit().LeadsTo(at)
			disable.Submit().Is(http.StatusConflict)
			page = op.Get(at + "?show=dead").Is(http.StatusOK).Says(event)
			if strings.Contains(page.Body, at+"/try") {
				t.Error("an endpoint that was ended can be tried")
			}
			op.Get(at).Form(at + "/enable").Submit().LeadsTo(at)
			op.Get("/admin/webhooks/we_none").Is(http.StatusNotFound)
			op.Get("/admin/webhooks/we_none/edit").Is(http.StatusNotFound)
		})
	}
}

// sendEvents lets endpoints answer what waits for them.
func (s *site) sendEvents(a webhook.Answer) {
	s.t.Helper()
	post := func(context.Context, webhook.Outgoing) webhook.Answer { return a }
	if _, err := s.hooks.Deliver(s.t.Context(), post, s.clock.Now().Add(time.Minute)); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnAuditorSeesEndpointsAndChangesNone(t *testing.T) {
	s := newSite(t)
	by := webhook.By{Actor: staff.Actor{ID: "st_1"}.Audit(), Name: "Lin"}
	id, _, err := s.hooks.Add(t.Context(), by, webhook.Wanted{URL: "https://core.example.com", Description: "core"})
	if err != nil {
		t.Fatal(err)
	}
	at := "/admin/webhooks/" + id
	auditor := s.join("wu", staff.Auditor)
	auditor.Get("/admin/webhooks").Is(http.StatusOK).Says("core").SaysNot("/admin/webhooks/new")
	if p := auditor.Get(at).Is(http.StatusOK); strings.Contains(p.Body, at+"/") {
		t.Error("an auditor is offered to change an endpoint")
	}
	auditor.Get("/admin/webhooks/new").Is(http.StatusForbidden)
	auditor.Get(at + "/edit").Is(http.StatusForbidden)
	s.join("support", staff.Support).Get("/admin/webhooks").Is(http.StatusForbidden)
}

func TestAnEndpointsMessagesAreListedPageByPage(t *testing.T) {
	s := newSite(t)
	by := webhook.By{Actor: staff.Actor{ID: "st_1"}.Audit(), Name: "Lin"}
	id, _, err := s.hooks.Add(t.Context(), by, webhook.Wanted{URL: "https://core.example.com", Description: "core"})
	if err != nil {
		t.Fatal(err)
	}
	events := make([]webhook.Event, 55)
	for i := range events {
		events[i] = webhook.Event{Kind: webhook.DeductionPosted, Subject: "d", At: s.clock.Now(), Data: struct{}{}}
	}
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error { return webhook.Publish(t.Context(), tx, events...) }); err != nil {
		t.Fatal(err)
	}
	s.sendEvents(webhook.Answer{Status: 200})
	op := s.join("lin", staff.Operator)
	older := regexp.MustCompile(`/admin/webhooks/` + id + `\?before=\d+`).FindString(op.Get("/admin/webhooks/" + id).Is(http.StatusOK).Body)
	if n := strings.Count(op.Get(older).Is(http.StatusOK).Body, "/messages/"); n != 5 {
		t.Errorf("the second part holds %d messages, want 5", n)
	}
	if p := op.Get("/admin/webhooks/" + id + "?show=dead"); strings.Contains(p.Body, "/messages/") {
		t.Error("what was taken is among what was given up")
	}
}
