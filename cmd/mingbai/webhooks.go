package main

import (
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/web/callout"
)

// newWebhooks looks after the endpoints of other systems.
func newWebhooks(c config, d *db.DB, at clock.Clock) (*webhook.Hooks, error) {
	return webhook.New(webhook.Options{DB: d, Clock: at, Secret: []byte(c.Secret), Reachable: callout.Networks(prefixes(c.WebhookNetworks)).Reachable})
}
