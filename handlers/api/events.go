package api

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/webhook"
)

// EventAnswer is something that happened.
type EventAnswer struct {
	ID        string         `json:"id" doc:"Of the webhook message too (webhook-id)."`
	Type      string         `json:"type" example:"deduction.posted"`
	Timestamp time.Time      `json:"timestamp" doc:"When it happened."`
	Data      map[string]any `json:"data" doc:"What it is about, by your own names, amounts in fen. More properties may come."`
}

// EventsAnswer is a part of all that happened.
type EventsAnswer struct {
	Events []EventAnswer `json:"events" doc:"In their order."`
	More   bool          `json:"more" doc:"There are more after them already."`
	Next   string        `json:"next,omitempty" doc:"What to ask for next, as after. Missing: nothing has happened yet."`
}

type getEvents struct {
	After string `query:"after" maxLength:"64" doc:"The id of the last event that you have; left out: from the first one that is kept." example:"ev_01kax8f0qdv5y7k3m9n2p4r6t8"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"How many at most."`
}

func (a *API) registerEvents() {
	Read(a, Operation{
		ID: "getEvents", Method: methodGet, Path: "/events", Scope: apikey.EventsRead, Group: GroupEvents,
		Summary: "Read what happened",
		Description: "Returns events in an order that never changes: no event ever comes to stand before one that was returned, so that whoever asks with the last id that they have misses none. " +
			"Asking for what comes after one says that you have that one and all before it: a refund that was approved is then on its way. They are kept for 90 days. Where the one named is no longer kept the answer is 422: begin anew, without after.",
		Example: Example{Path: "/events?limit=10"},
	}, func(ctx context.Context, in *getEvents) (EventsAnswer, error) {
		all, more, err := webhook.Read(ctx, a.DB, a.Clock.Now(), in.After, in.Limit)
		if err == nil && in.After != "" {
			err = webhook.Has(ctx, a.DB, a.Clock.Now(), CallOf(ctx).Caller.KeyID, in.After)
		}
		if err != nil {
			return EventsAnswer{}, err
		}
		answer := EventsAnswer{Events: make([]EventAnswer, len(all)), More: more, Next: in.After}
		for i := range all {
			e := &all[i]
			answer.Events[i] = EventAnswer{ID: e.ID, Type: string(e.Kind), Timestamp: e.At}
			numbers := json.NewDecoder(bytes.NewReader(e.Data))
			numbers.UseNumber() // amounts are whole, however large
			if err := numbers.Decode(&answer.Events[i].Data); err != nil {
				return EventsAnswer{}, err
			}
			answer.Next = e.ID
		}
		return answer, nil
	})
}
