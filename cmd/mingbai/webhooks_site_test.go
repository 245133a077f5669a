package main

import (
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
