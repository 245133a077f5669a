package main

import (
	"net/http"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/mingbai/mingbai/models/webhook"
)

// leaveWebhook adds an endpoint that a test message waits for, and that nobody
// is at.
func (s *site) leaveWebhook() {
	s.t.Helper()
	ctx := s.t.Context()
	hooks, err := newWebhooks(s.config, s.db, s.at)
	if err != nil {
		s.t.Fatal(err)
	}
	arrange := func() {
		if _, err := webhook.Arrange(ctx, s.db, s.at.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	arrange() // what the demo told of is over
	by := webhook.By{Actor: operatorHere(), Name: "test"}
	id, _, err := hooks.Add(ctx, by, webhook.Wanted{URL: "https://core.example.com/events", Description: "kept", Kinds: []webhook.Kind{webhook.RefundApproved}})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := hooks.Try(ctx, by, id); err != nil {
		s.t.Fatal(err)
	}
	arrange()
}

func TestTheGuidesExampleOfAMessageVerifies(t *testing.T) {
	text, err := os.ReadFile("../../docs/integrating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(text), "```http\nPOST /webhooks HTTP/1.1\n")
	example, _, ends := strings.Cut(example, "\n```")
	head, body, parted := strings.Cut(example, "\n\n")
	if !found || !ends || !parted {
		t.Fatal("the guide shows no message")
	}
	header := http.Header{}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		header.Set(textproto.CanonicalMIMEHeaderKey(name), value)
	}
	verifier, err := standardwebhooks.NewWebhook(regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{44}`).FindString(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifyIgnoringTimestamp([]byte(body), header); err != nil {
		t.Error(err)
	}
	if err := verifier.VerifyIgnoringTimestamp([]byte(body+" "), header); err == nil {
		t.Error("anything verifies")
	}
}

func TestTheGuideNamesEveryKindOfEvent(t *testing.T) {
	text, err := os.ReadFile("../../docs/integrating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range webhook.Kinds {
		subject, what, _ := strings.Cut(string(k), ".")
		row := regexp.MustCompile("(?m)^\\| `" + subject + `\..*\b` + what + "`")
		if !row.Match(text) {
			t.Errorf("%s is not in the guide", k)
		}
	}
}
