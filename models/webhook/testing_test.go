package webhook_test

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/webhook"
)

var (
	start  = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	by     = webhook.By{Actor: audit.Actor{Kind: audit.Staff, ID: "st_1"}, Name: "Lin", RequestID: "r1"}
	secret = bytes.Repeat([]byte("s"), 32)
)

// house is endpoints on a database, with those who answer there.
type house struct {
	*webhook.Hooks
	*testing.T
	d     *db.DB
	clock *clock.Set

	mu     sync.Mutex
	answer func(m webhook.Outgoing) webhook.Answer // nil: 200
	sent   []webhook.Outgoing
}

func open(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{T: t, d: d, clock: clock.At(start)}
	var err error
	h.Hooks, err = webhook.New(webhook.Options{DB: d, Clock: h.clock, Secret: secret, Reachable: func(a netip.Addr) (bool, bool) { return !a.IsPrivate(), a.IsLoopback() }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// add makes an endpoint for the kinds.
func (h *house) add(kinds ...webhook.Kind) (id, secret string) {
	h.Helper()
	h.clock.Advance(time.Millisecond)
	id, secret, err := h.Add(h.Context(), by, webhook.Wanted{URL: "https://core.example.com/hook", Description: "core", Kinds: kinds})
	if err != nil {
		h.Fatal(err)
	}
	return id, secret
}

// publish tells of the events in one transaction.
func (h *house) publish(events ...webhook.Event) {
	h.Helper()
	for i := range events {
		if events[i].At.IsZero() {
			events[i].At = h.clock.Now()
		}
	}
	if err := h.d.Write(h.Context(), func(tx *db.Tx) error { return webhook.Publish(h.Context(), tx, events...) }); err != nil {
		h.Fatal(err)
	}
}

// taken is an event about a deduction.
func taken(ref string) webhook.Event {
	return webhook.Event{Kind: webhook.DeductionPosted, Subject: ref, Data: map[string]any{"ref": ref, "amount_fen": 3600}}
}

// deliver sends what is due, and returns the messages of this run.
func (h *house) deliver() []webhook.Outgoing {
	h.Helper()
	h.mu.Lock()
	h.sent = nil
	h.mu.Unlock()
	n, err := h.Deliver(h.Context(), h.post, h.clock.Now().Add(time.Minute))
	if err != nil {
		h.Fatal(err)
	}
	if n != len(h.sent) {
		h.Errorf("it says %d tries and made %d", n, len(h.sent))
	}
	return h.sent
}

func (h *house) post(_ context.Context, m webhook.Outgoing) webhook.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, m)
	if h.answer == nil {
		return webhook.Answer{Status: 200}
	}
	return h.answer(m)
}

// page reads an endpoint with its messages.
func (h *house) page(id string, state webhook.State) *webhook.Page {
	h.Helper()
	p, err := webhook.ReadPage(h.Context(), h.d, h.clock.Now(), id, webhook.Which{State: state, Most: 100})
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// verifies reports whether the specification's own library takes a message for
// genuine by a secret.
func verifies(t *testing.T, m webhook.Outgoing, secret string, at time.Time) bool {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for name, value := range m.Header {
		header.Set(name, value)
	}
	if got := header.Get(webhook.TimestampHeader); got != strconv.FormatInt(at.Unix(), 10) {
		t.Errorf("the message is of %s, want %d", got, at.Unix())
	}
	return w.VerifyIgnoringTimestamp(m.Body, header) == nil
}

func ids(all []webhook.Outgoing) (ids []string) {
	for _, m := range all {
		ids = append(ids, m.EventID)
	}
	return ids
}
