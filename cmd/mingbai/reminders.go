package main

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/portal"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/notice"
)

// openReminders puts together what merchants see of their notices, and what
// leads in from outside.
func (a *app) openReminders(c config, in parts, g *guard.Guard, secret []byte) {
	words, origin := a.letters.words, a.letters.origin
	a.reminders = &portal.Reminders{
		Portal: a.portal,
		Extras: &notice.Extras{DB: in.db, Clock: in.clock, Jobs: in.jobs, Secret: secret, Render: words.Confirm, Given: c.given()},
		Trial:  &notice.Trial{DB: in.db, Clock: in.clock, Jobs: in.jobs, Render: words.Test, On: a.ways.On},
		On:     a.ways.On, Secret: secret, Origin: origin,
	}
	if in.sent == nil {
		a.reminders.Scene = a.scene
	}
	a.receipts = &portal.DeductionReceipts{Portal: a.portal, Origin: origin}
	a.outside = &public.FromOutside{
		DB: in.db, Clock: in.clock, Plans: a.known.plans, Policy: a.known.policy, AsOf: a.known.asOf, Guard: g, Secret: secret, Origin: origin,
	}
}

// errNoWeChat says that the official account was switched off meanwhile.
var errNoWeChat = errors.New("the official account is not configured")

// scene asks WeChat for a code to scan.
func (a *app) scene(ctx context.Context, name string, lasts time.Duration) (string, error) {
	client := a.letters.channels.WeChatClient(ctx)
	if client == nil {
		return "", errNoWeChat
	}
	s, err := client.Scene(ctx, name, lasts)
	return s.URL, err
}
