package jobs

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/web/callout"
)

// core is another system with an endpoint.
type core struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request) // nil: 200
	got    []*http.Request
	bodies [][]byte
}

func newCore(t *testing.T) *core {
	c := &core{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		c.got, c.bodies = append(c.got, r), append(c.bodies, body)
		answer := c.answer
		c.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// told is a job that tells the core system what happens, with an event that waits.
func told(t *testing.T, d *db.DB, c *core, networks callout.Networks) (w *sendEvents, endpointID, secret string) {
	t.Helper()
	// The specification's library looks at the time of a message.
	w = &sendEvents{
		Options: Options{DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Networks: networks},
		client:  callout.NewClient(networks),
	}
	w.client.Timeout = 500 * time.Millisecond
	anywhere := func(netip.Addr) (bool, bool) { return true, true }
	var err error
	w.Webhooks, err = webhook.New(webhook.Options{DB: d, Clock: w.Clock, Secret: bytes.Repeat([]byte("s"), 32), Reachable: anywhere})
	if err != nil {
		t.Fatal(err)
	}
	by := webhook.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}, Name: "test"}
	endpointID, secret, err = w.Webhooks.Add(t.Context(), by, webhook.Wanted{URL: c.URL + "/hook", Description: "core"})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		return webhook.Publish(t.Context(), tx, webhook.Event{Kind: webhook.DeductionPosted, Subject: "d_1", At: w.Clock.Now(), Data: map[string]any{"ref": "A-1"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, endpointID, secret
}

var here = callout.Networks{netip.MustParsePrefix("127.0.0.0/8")}

// work sends what is due, and returns the message as it stands then.
func (w *sendEvents) work(t *testing.T, endpointID string) webhook.Delivery {
	t.Helper()
	if err := w.Work(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p, err := webhook.ReadPage(t.Context(), w.DB, w.Clock.Now(), endpointID, webhook.Which{Most: 10})
	if err != nil || len(p.Deliveries) != 1 {
		t.Fatalf("got %+v, %v", p, err)
	}
	return p.Deliveries[0]
}

func TestAnEventIsPostedSoThatTheSpecificationsLibraryVerifiesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCore(t)
		w, id, secret := told(t, d, c, here)
		if got := w.work(t, id); got.State != webhook.Delivered || got.Status != http.StatusOK || got.Attempts != 1 {
			t.Errorf("got %+v", got)
		}
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		r, body := c.got[0], c.bodies[0]
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Errorf("%v: %v", err, r.Header)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/hook" || r.Header.Get("Content-Type") != "application/json" || !strings.Contains(string(body), `"data":{"ref":"A-1"}`) {
			t.Errorf("got %s %s, %v: %s", r.Method, r.URL, r.Header, body)
		}
	})
}

func TestWhatIsNotTakenWaitsWithTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(w http.ResponseWriter, r *http.Request)
		status  int
		problem string
		state   webhook.State
	}{
		"an error":   {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }, 500, "status", webhook.Waiting},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }, 302, "status", webhook.Waiting},
		"slowness":   {func(http.ResponseWriter, *http.Request) { time.Sleep(700 * time.Millisecond) }, 0, "timeout", webhook.Waiting},
		"its end":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "connection", webhook.Waiting},
		"gone":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, 410, "status", webhook.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			there := newCore(t)
			there.answer = c.answer
			w, id, _ := told(t, dbtest.SQLite(t), there, here)
			if got := w.work(t, id); got.Status != c.status || got.Problem != c.problem || got.State != c.state || got.Attempts != 1 {
				t.Errorf("got %+v", got)
			}
			if len(there.got) != 1 {
				t.Errorf("it was asked %d times", len(there.got))
			}
		})
	}
}

func TestNoEventGoesIntoANetworkThatIsNotNamed(t *testing.T) {
	c := newCore(t)
	w, id, _ := told(t, dbtest.SQLite(t), c, nil)
	if got := w.work(t, id); got.Status != 0 || got.Problem != "private" || got.State != webhook.Waiting {
		t.Errorf("got %+v", got)
	}
	if len(c.got) != 0 {
		t.Error("it was asked")
	}
}

func TestWhatAnEndpointAsksToWaitIsReadFromItsAnswer(t *testing.T) {
	c := newCore(t)
	c.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	w, id, _ := told(t, dbtest.SQLite(t), c, here)
	got := w.work(t, id)
	if wait := got.NextAt.Sub(got.TriedAt); wait != 10*time.Minute {
		t.Errorf("it waits %v", wait)
	}
}
