package webhook_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/webhook"
)

func TestAMessageIsSignedSoThatTheSpecificationsLibraryTakesItForGenuine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		_, secret := h.add()
		h.publish(taken("D1"))
		sent := h.deliver()
		if len(sent) != 1 {
			t.Fatalf("got %d messages", len(sent))
		}
		m := sent[0]
		if !verifies(t, m, secret, start.Add(time.Millisecond)) {
			t.Error("the signature is not taken")
		}
		forged := m
		forged.Body = []byte(strings.Replace(string(m.Body), "3600", "3601", 1))
		if verifies(t, forged, secret, start.Add(time.Millisecond)) {
			t.Error("another body is taken for genuine")
		}
		var got struct {
			Type      string
			Timestamp time.Time
			Data      map[string]any
		}
		if err := json.Unmarshal(m.Body, &got); err != nil || got.Type != "deduction.posted" || !got.Timestamp.Equal(start.Add(time.Millisecond)) || got.Data["ref"] != "D1" {
			t.Errorf("got %s, %v", m.Body, err)
		}
		if m.EventID != m.Header[webhook.IDHeader] || m.URL != "https://core.example.com/hook" {
			t.Errorf("got %+v", m)
		}
		if again := h.deliver(); len(again) != 0 {
			t.Errorf("what was taken is sent again: %v", ids(again))
		}
	})
}

func TestWhileASecretIsReplacedBothSignForADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, first := h.add()
		rotate := func() string {
			h.clock.Advance(time.Hour)
			secret, err := h.Rotate(t.Context(), by, id)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		second := rotate()
		verified := func(want map[string]bool) {
			t.Helper()
			h.publish(taken("D"))
			m := h.deliver()[0]
			for secret, want := range want {
				if got := verifies(t, m, secret, h.clock.Now()); got != want {
					t.Errorf("%s…: got %v, want %v", secret[:12], got, want)
				}
			}
		}
		verified(map[string]bool{first: true, second: true})
		h.clock.Advance(webhook.Overlap)
		verified(map[string]bool{first: false, second: true})
		third := rotate()
		fourth := rotate()
		verified(map[string]bool{second: false, third: true, fourth: true})
		if p := h.page(id, ""); len(p.Secrets) != 2 || !p.Secrets[0].EndsAt.IsZero() || !p.Secrets[1].EndsAt.Equal(h.clock.Now().Add(webhook.Overlap)) {
			t.Errorf("got %+v", p.Secrets)
		}
	})
}

func TestNoSecretLiesOpenInTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		_, secret := h.add()
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, webhook.SecretPrefix))
		if err != nil || len(key) != 32 {
			t.Fatalf("the secret is %q", secret)
		}
		var sealed []byte
		if err := d.QueryRow(t.Context(), `select sealed from webhook_secrets`).Scan(&sealed); err != nil || strings.Contains(string(sealed), string(key)) {
			t.Errorf("got %x, %v", sealed, err)
		}
		other, err := webhook.New(webhook.Options{DB: d, Clock: h.clock, Secret: []byte(strings.Repeat("o", 32))})
		if err != nil {
			t.Fatal(err)
		}
		h.publish(taken("D1"))
		if n, err := other.Deliver(t.Context(), h.post, start.Add(time.Hour)); err == nil || n != 0 {
			t.Errorf("a program with another secret sends: %d, %v", n, err)
		}
		if n, err := other.Deliver(t.Context(), h.post, start.Add(time.Hour)); err != nil || n != 0 {
			t.Errorf("it tries again at once: %d, %v", n, err)
		}
		h.clock.Advance(time.Hour)
		if sent := h.deliver(); len(sent) != 1 {
			t.Errorf("got %d messages", len(sent))
		}
	})
}

func TestAnEndpointWhoseSecretCanNotBeReadIsAnAlarmUntilItHasAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		other, err := webhook.New(webhook.Options{DB: d, Clock: h.clock, Secret: []byte(strings.Repeat("o", 32))})
		if err != nil {
			t.Fatal(err)
		}
		unreadable := func(want int) {
			t.Helper()
			for at, hooks := range map[string]*webhook.Hooks{"another": other, "the same": h.Hooks} {
				if n, err := hooks.Unreadable(t.Context()); err != nil || at == "another" && n != want || at == "the same" && n != 0 {
					t.Errorf("with %s secret: got %d, %v", at, n, err)
				}
			}
		}
		unreadable(1)
		h.publish(taken("D1"))
		alarms := func(want int) {
			t.Helper()
			var n int
			err := d.QueryRow(t.Context(), `select count(*) from alarms where kind = 'webhook_dead' and ref = $1`, id).Scan(&n)
			if err != nil || n != want {
				t.Errorf("got %d alarms, %v; want %d", n, err, want)
			}
		}
		for range 2 {
			if n, err := other.Deliver(t.Context(), h.post, h.clock.Now().Add(time.Minute)); err == nil || n != 0 {
				t.Fatalf("a program with another secret sends: %d, %v", n, err)
			}
			alarms(1)
			h.clock.Advance(5 * time.Hour)
		}
		if _, err := other.Rotate(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		unreadable(0) // of two secrets one can be read, by either
		if n, err := other.Deliver(t.Context(), h.post, h.clock.Now().Add(time.Minute)); err != nil || n != 1 {
			t.Errorf("with another secret of its own: %d, %v", n, err)
		}
	})
}

func TestAnEndpointIsToldOfTheKindsThatItWants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		all, _ := h.add()
		some, _ := h.add(webhook.RefundApproved, webhook.DeductionHeld)
		h.publish(taken("D1"), webhook.Event{Kind: webhook.RefundApproved, Subject: "rp", Data: map[string]any{"refund": "rp"}})
		got := map[string]int{}
		for _, m := range h.deliver() {
			got[m.EndpointID]++
		}
		if got[all] != 2 || got[some] != 1 {
			t.Errorf("got %v", got)
		}
	})
}

func TestAMessageThatIsNotTakenIsSentAgainLaterAndLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		bad, _ := h.add()
		h.answer = func(m webhook.Outgoing) webhook.Answer {
			if strings.Contains(string(m.Body), `"poison"`) {
				return webhook.Answer{Status: 500}
			}
			return webhook.Answer{Status: 204}
		}
		h.publish(taken("poison"), taken("good"))
		began := h.clock.Now()
		first := h.deliver()
		if len(first) != 2 {
			t.Fatalf("got %d messages", len(first))
		}
		id, tries := h.page(bad, webhook.Waiting).Deliveries[0].ID, []time.Duration{0}
		for h.clock.Now().Sub(began) < 80*time.Hour {
			h.clock.Advance(time.Second)
			if w := h.page(bad, webhook.Waiting).Deliveries; len(w) == 1 {
				h.clock.MoveTo(w[0].NextAt)
			} else {
				break
			}
			h.publish(taken("good")) // the endpoint takes others all along
			for _, m := range h.deliver() {
				if m.EventID == id {
					tries = append(tries, h.clock.Now().Sub(began))
				}
			}
		}
		for i, want := range []time.Duration{0, 5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour} {
			if i == 0 {
				continue
			}
			if got := tries[i] - tries[i-1]; got < want*9/10 || got > want*11/10+time.Second {
				t.Errorf("wait %d: got %v, want about %v", i, got, want)
			}
		}
		if last := tries[len(tries)-1]; last != 72*time.Hour {
			t.Errorf("the last try was after %v, want 3 days", last)
		}
		dead := h.page(bad, webhook.Dead)
		if len(dead.Deliveries) != 1 || dead.Deliveries[0].Attempts != len(tries) || dead.Deliveries[0].Status != 500 || dead.Disabled() {
			t.Errorf("got %+v", dead)
		}
	})
}

func TestAnEndpointThatTakesNothingRestsAndIsEndedAfterThreeDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		h.answer = func(webhook.Outgoing) webhook.Answer { return webhook.Answer{Problem: "timeout"} }
		var many []webhook.Event
		for i := range 50 {
			many = append(many, taken(fmt.Sprint("D", i)))
		}
		h.publish(many...)
		began, first := h.clock.Now(), len(h.deliver())
		if first != 32 {
			t.Errorf("the first round made %d tries, want 32", first)
		}
		tries := 0
		for !h.page(id, "").Disabled() {
			h.clock.Advance(20 * time.Minute)
			n := len(h.deliver())
			if tries += n; n > 1 {
				t.Fatalf("an endpoint that takes nothing got %d messages at once", n)
			}
			if h.clock.Now().Sub(began) > 73*time.Hour {
				t.Fatal("it was never ended")
			}
		}
		if tries > 230 || tries < 200 {
			t.Errorf("it was tried %d times", tries)
		}
		if p := h.page(id, ""); p.DisabledWhy != webhook.Failing || p.Waiting != 0 || p.Dead != 50 {
			t.Errorf("got %+v", p.Endpoint)
		}
		raised, _, err := alarm.List(t.Context(), d, false, alarm.WebhookDead, "")
		if err != nil || len(raised) != 1 || raised[0].Ref != id {
			t.Errorf("got %+v, %v", raised, err)
		}
	})
}

func TestAnEndpointThatRecoversGetsWhatItMissedInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		h.answer = func(webhook.Outgoing) webhook.Answer { return webhook.Answer{Status: 503} }
		var want []string
		for i := range 6 {
			e := taken(fmt.Sprint("D", i))
			e.Subject = "one"
			h.publish(e)
		}
		h.deliver()
		for _, w := range slices.Backward(h.page(id, webhook.Waiting).Deliveries) {
			want = append(want, w.ID)
		}
		h.answer = nil
		h.clock.Advance(time.Hour)
		if got := ids(h.deliver()); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if p := h.page(id, ""); !p.FailingSince.IsZero() || p.Waiting != 0 {
			t.Errorf("got %+v", p.Endpoint)
		}
	})
}

func TestAMessageThatIsAtFaultKeepsNoOtherWaitingForLong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		h.answer = func(m webhook.Outgoing) webhook.Answer {
			if strings.Contains(string(m.Body), `"poison"`) {
				return webhook.Answer{Status: 500}
			}
			return webhook.Answer{Status: 200}
		}
		h.publish(taken("poison"))
		h.deliver()
		h.publish(taken("good"))
		h.clock.Advance(10 * time.Second)
		h.deliver()
		if p := h.page(id, webhook.Delivered); len(p.Deliveries) != 1 {
			t.Errorf("got %+v", p)
		}
	})
}

func TestWhatAnEndpointAsksToWaitIsWaited(t *testing.T) {
	d := dbtest.SQLite(t)
	h := open(t, d)
	id, _ := h.add()
	h.answer = func(webhook.Outgoing) webhook.Answer {
		return webhook.Answer{Status: 429, RetryAfter: 20 * time.Minute}
	}
	h.publish(taken("D1"))
	h.deliver()
	if next := h.page(id, "").Deliveries[0].NextAt; !next.Equal(h.clock.Now().Add(20 * time.Minute)) {
		t.Errorf("the next try is at %v", next)
	}
}

func TestAnEndpointThatIsGoneIsToldNothingMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		h.answer = func(webhook.Outgoing) webhook.Answer { return webhook.Answer{Status: 410} }
		h.publish(taken("D1"))
		h.deliver()
		p := h.page(id, "")
		if p.DisabledWhy != webhook.Gone || p.Dead != 1 {
			t.Errorf("got %+v", p.Endpoint)
		}
		h.publish(taken("D2"))
		h.clock.Advance(time.Hour)
		if sent := h.deliver(); len(sent) != 0 {
			t.Errorf("it is told %v", ids(sent))
		}
		if err := h.Replay(t.Context(), by, id, p.Deliveries[0].ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("replaying: got %v", err)
		}
		if err := h.Enable(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		h.answer = nil
		if n, err := h.ReplaySpan(t.Context(), by, id, webhook.Span{From: date.Of(start), To: date.Of(start)}); err != nil || n != 2 {
			t.Errorf("replaying: got %d, %v; want what was given up and what it missed", n, err)
		}
		if sent := h.deliver(); len(sent) != 2 {
			t.Errorf("got %v", ids(sent))
		}
	})
}

func TestAMessageOfAProcessThatDiedIsSentAgainUnderItsID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.add()
		h.publish(taken("D1"))
		var first webhook.Outgoing
		func() {
			// The process ends when the message is out, and nothing is noted: its
			// context is of no use to it then, and its panic stands for its end.
			ended := make(chan struct{})
			died := h.post
			go func() {
				defer close(ended)
				_, _ = h.Deliver(context.Background(), func(ctx context.Context, m webhook.Outgoing) webhook.Answer {
					first = m
					died(ctx, m)
					ended <- struct{}{}
					select {} // it is never heard of again
				}, h.clock.Now().Add(time.Minute))
			}()
			<-ended
		}()
		if sent := h.deliver(); len(sent) != 0 {
			t.Error("another process sends at the same time")
		}
		h.clock.Advance(5 * time.Minute)
		sent := h.deliver()
		if len(sent) != 1 || sent[0].EventID != first.EventID || string(sent[0].Body) != string(first.Body) {
			t.Errorf("got %+v, want %s again", sent, first.EventID)
		}
	})
}

func TestSeveralProcessesSendEachMessageOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		for range 3 {
			h.add()
		}
		var many []webhook.Event
		for i := range 40 {
			many = append(many, taken(fmt.Sprint("D", i)))
		}
		h.publish(many...)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := h.Deliver(t.Context(), h.post, h.clock.Now().Add(time.Minute)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		h.deliver()
		seen := map[string]int{}
		for _, e := range h.read("", 100) {
			seen[e.ID] = 0
		}
		var n int
		if err := d.QueryRow(t.Context(), `select count(*) from webhook_deliveries where state = 'delivered' and attempts = 1`).Scan(&n); err != nil || n != 120 {
			t.Errorf("%d messages were sent once, want 120: %v", n, err)
		}
	})
}

func TestAMessageIsSentAgainWhenSomebodyAsksForIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		other, _ := h.add(webhook.NoticeFailed)
		h.publish(taken("D1"), taken("D2"))
		first := ids(h.deliver())
		if err := h.Replay(t.Context(), by, id, first[1]); err != nil {
			t.Fatal(err)
		}
		if got := ids(h.deliver()); !slices.Equal(got, first[1:]) {
			t.Errorf("got %v, want %v", got, first[1:])
		}
		for name, err := range map[string]error{
			"of no event":          h.Replay(t.Context(), by, id, "ev_none"),
			"of no endpoint":       h.Replay(t.Context(), by, "we_none", first[0]),
			"that was not for it":  h.Replay(t.Context(), by, other, first[0]),
			"a span of nobody":     second(h.ReplaySpan(t.Context(), by, "we_none", webhook.Span{})),
			"a try of no endpoint": h.Try(t.Context(), by, "we_none"),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		day := date.Of(start)
		for want, s := range map[int64]webhook.Span{
			0: {From: day, To: day},
			2: {From: day, To: day, Delivered: true},
		} {
			if n, err := h.ReplaySpan(t.Context(), by, id, s); err != nil || n != want {
				t.Errorf("%+v: got %d, %v; want %d", s, n, err, want)
			}
		}
		if n, err := h.ReplaySpan(t.Context(), by, id, webhook.Span{From: day.AddDays(1), To: day}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a span that runs backwards: got %d, %v", n, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestATestIsSentToOneEndpointAndReadByNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add(webhook.RefundApproved)
		h.add()
		if err := h.Try(t.Context(), by, id); err != nil {
			t.Fatal(err)
		}
		sent := h.deliver()
		if len(sent) != 1 || sent[0].EndpointID != id || !strings.Contains(string(sent[0].Body), `"webhook.test"`) {
			t.Errorf("got %+v", sent)
		}
		if all := h.read("", 10); len(all) != 0 {
			t.Errorf("others read %+v", all)
		}
	})
}
