package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/mingbai/mingbai/handlers/channel"
	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
)

// letters is how merchants are written to: who words it, and by which ways it
// leaves the house.
type letters struct {
	keeper   *setting.ChannelKeeper
	channels *channel.Channels
	words    *notify.Words
	wordings func(ctx context.Context) (*notice.Templates, error) // that are sent now
	secret   []byte
	origin   string // of the portal, without a slash at its end
}

// newLetters returns how merchants are written to. Plan returns a published plan,
// or nil.
func newLetters(c config, d *db.DB, at clock.Clock, log *slog.Logger, plan func(id int64) *fee.Plan) (*letters, error) {
	keeper, err := setting.NewChannelKeeper(d, []byte(c.Secret))
	if err != nil {
		return nil, err
	}
	l := &letters{keeper: keeper, secret: []byte(c.Secret), origin: strings.TrimRight(c.URL, "/")}
	l.channels = channel.New(channel.Options{
		Settings: keeper, Clock: at, Log: log, URL: l.origin, Gateway: channel.Gateway{URL: c.SMS.URL, KeyID: c.SMS.KeyID, Secret: c.SMS.Secret},
	})
	operators := setting.NewOperatorCache(d, at)
	l.wordings = notice.NewTemplateCache(d, at).Get
	l.words = notify.New(notify.Options{
		Operator: operators.Get, Templates: l.wordings, Plan: plan, Base: l.origin,
	})
	return l, nil
}

// post is what the letters need on their way out.
func (l *letters) post(ways jobs.Channels, queue event.Queue) *notice.Post {
	return &notice.Post{
		Render: l.words.Render, Jobs: queue, On: ways.On, Reports: ways.Reports,
		Unsubscribe: func(recipientID string, e notice.Event) string {
			return l.origin + "/unsubscribe/" + notice.UnsubscribeToken(l.secret, recipientID, e)
		},
	}
}
