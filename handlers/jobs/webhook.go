package jobs

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/web/callout"
	"github.com/mingbai/mingbai/web/delivery"
)

type sendEventsArgs struct{}

// Kind names the job.
func (sendEventsArgs) Kind() string { return "send_events" }

// sendEvents tells other systems what happened.
type sendEvents struct {
	river.WorkerDefaults[sendEventsArgs]
	Options
	client *http.Client
}

// Timeout leaves time for the tries that are on their way at the end of a run.
func (*sendEvents) Timeout(*river.Job[sendEventsArgs]) time.Duration { return runFor + 5*time.Minute }

// Work sends whatever is due.
func (w *sendEvents) Work(ctx context.Context, _ *river.Job[sendEventsArgs]) error {
	if w.Webhooks == nil {
		return nil
	}
	tried, err := w.Webhooks.Deliver(ctx, w.post, w.Clock.Now().Add(runFor))
	if tried > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "events were sent", slog.Int("tried", tried))
	}
	return err
}

// post makes one try. What is logged of a failure does not name the address.
func (w *sendEvents) post(ctx context.Context, m webhook.Outgoing) webhook.Answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return webhook.Answer{Problem: "address"}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Mingbai-Webhooks")
	for name, value := range m.Header {
		request.Header.Set(name, value)
	}
	answer, err := w.client.Do(request)
	if err != nil {
		why := callout.Why(err)
		w.Log.LogAttrs(ctx, slog.LevelWarn, "an event had no answer", slog.String("event", m.EventID), slog.String("endpoint", m.EndpointID), slog.String("why", why))
		return webhook.Answer{Problem: why}
	}
	callout.Drain(answer)
	return webhook.Answer{Status: answer.StatusCode, RetryAfter: delivery.RetryAfter(answer.Header.Get("Retry-After"), w.Clock.Now())}
}
