package outbox

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

func TestNoMoreGoInASecondThanTheProviderTakes(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for range 60 {
			queue(t, d, g, NewDevice)
		}
		o := DeliverOptions{Send: g.send, Idempotent: true, PerSecond: 10}
		began := g.clock.Now()
		var mu sync.Mutex
		for len(g.got) < 60 {
			sent := len(g.got)
			var waits time.Time
			var all sync.WaitGroup
			for range 2 { // two processes at once have no more than one
				all.Go(func() {
					_, next, err := Deliver(t.Context(), d, g.clock, SMS, o)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if !next.IsZero() {
						waits = next
					}
				})
			}
			all.Wait()
			if got := len(g.got) - sent; got > 10 {
				t.Fatalf("%d went at one moment, want 10 at most", got)
			}
			if len(g.got) < 60 {
				if !waits.After(g.clock.Now()) || waits.Sub(g.clock.Now()) > time.Second {
					t.Fatalf("after %d there is more to do %s from now, want within a second", len(g.got), waits.Sub(g.clock.Now()))
				}
				g.clock.MoveTo(waits)
			}
		}
		if took := g.clock.Now().Sub(began); took < 4900*time.Millisecond || took > 6*time.Second {
			t.Errorf("60 at 10 a second took %s, want five seconds after the first ten", took)
		}
	})
}

func TestASlowLimitLetsOneGoAtATime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for range 3 {
			queue(t, d, g, NewDevice)
		}
		for want := 1; want <= 3; want++ {
			_, next, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, PerSecond: 0.1})
			if err != nil || len(g.got) != want {
				t.Fatalf("%d went, %v; want %d", len(g.got), err, want)
			}
			if want < 3 {
				if wait := next.Sub(g.clock.Now()); wait < 9*time.Second || wait > 10*time.Second {
					t.Errorf("the next goes in %s, want about ten seconds", wait)
				}
				g.clock.MoveTo(next)
			}
		}
	})
}

func TestAProviderThatAsksToWaitIsLeftAloneByAllMessages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		first := queue(t, d, g, NewDevice)
		g.says = func(Outgoing) Receipt {
			return Receipt{Err: errors.New("busy"), Reason: "busy", RetryAfter: time.Minute}
		}
		deliver(t, d, g)
		g.says = nil
		second := queue(t, d, g, NewDevice)
		if _, next := deliver(t, d, g); len(g.got) != 1 || next.Sub(g.clock.Now()) != time.Minute {
			t.Errorf("%d tries, the next in %s; want one, and a minute", len(g.got), next.Sub(g.clock.Now()))
		}
		g.clock.Advance(time.Minute)
		deliver(t, d, g)
		for _, id := range []string{first, second} {
			if e := get(t, d, id); e.State != Accepted {
				t.Errorf("%s is %s, want accepted", id, e.State)
			}
		}
	})
}

func TestALimitOnOneNumberKeepsNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		queue(t, d, g, NewDevice)
		g.says = func(Outgoing) Receipt {
			return Receipt{Err: errors.New("too many to this number"), Reason: "limited", RetryAfter: time.Hour}
		}
		deliver(t, d, g)
		g.says = nil
		second := queue(t, d, g, NewDevice)
		deliver(t, d, g)
		if e := get(t, d, second); e.State != Accepted {
			t.Errorf("another message is %s, want accepted", e.State)
		}
	})
}

func TestOurOwnMistakeAtTheProviderFailsNoMessageForGood(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, NewDevice)
		g.says = func(Outgoing) Receipt {
			return Receipt{Err: errors.New("wrong password"), Permanent: true, Reason: "settings"}
		}
		deliver(t, d, g)
		if e := get(t, d, name); e.State != Queued || e.Reason != "settings" {
			t.Errorf("it is %+v, want it to wait until staff have mended that", e)
		}
	})
}

func TestACodeGoesBeforeAnnouncements(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for range 5 {
			queue(t, d, g, NewDevice)
		}
		g.clock.Advance(time.Second)
		code := queue(t, d, g, SignInCode)
		if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, PerSecond: 1}); err != nil {
			t.Fatal(err)
		}
		if len(g.got) == 0 || g.got[0].ID != code {
			t.Errorf("first went %+v, want the code %s", g.got, code)
		}
		queue(t, d, g, NewDevice)
		code = queue(t, d, g, SignInCode)
		g.clock.Advance(time.Minute)
		g.got = nil
		if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, Urgent: true}); err != nil {
			t.Fatal(err)
		}
		if len(g.got) != 1 || g.got[0].ID != code {
			t.Errorf("urgent was %+v, want the code alone", g.got)
		}
	})
}

func TestWhereAProviderCantTellASecondTryOneMessageIsOnItsWay(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for range 10 {
			queue(t, d, g, NewDevice)
			put(t, d, New{Kind: NewDevice, Channel: Email, To: "a@example.com", Locale: "en", Text: "x", CreatedAt: g.clock.Now()})
		}
		var mu, turn sync.Mutex
		on, most := 0, 0
		o := DeliverOptions{Turn: &turn, Send: func(_ context.Context, _ Outgoing) Receipt {
			mu.Lock()
			on++
			most = max(most, on)
			mu.Unlock()
			var tries, sending int
			if err := d.QueryRow(t.Context(), `select count(trying_at), count(case when state = 'sending' then 1 end) from messages`).Scan(&tries, &sending); err != nil || tries != 1 || sending != 1 {
				t.Errorf("amid a try %d messages are noted as tried and %d as on their way, %v; want one", tries, sending, err)
			}
			mu.Lock()
			on--
			mu.Unlock()
			return Receipt{Provider: "x"}
		}}
		var all sync.WaitGroup
		for _, channel := range []string{SMS, Email} {
			all.Go(func() {
				if _, _, err := Deliver(t.Context(), d, g.clock, channel, o); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most != 1 {
			t.Errorf("%d were on their way at once, want one", most)
		}
	})
}

func TestATryThatBrokeOffIsMarkedWhereTheProviderCantTell(t *testing.T) {
	for _, test := range []struct {
		name  string
		o     DeliverOptions
		pause time.Duration
		kind  Kind
		twice bool
		dead  bool
	}{
		{"it can't tell", DeliverOptions{}, lease, NewDevice, true, false},
		{"it can", DeliverOptions{Idempotent: true}, 48 * time.Hour, NewDevice, false, false},
		{"it can still", DeliverOptions{Idempotent: true, Window: 9 * time.Minute}, lease, NewDevice, false, false},
		{"it can no more", DeliverOptions{Idempotent: true, Window: 9 * time.Minute}, 10 * time.Minute, NewDevice, true, false},
		{"a code is not tried again", DeliverOptions{}, lease - time.Second, RecipientCode, false, true},
		{"unless it can tell", DeliverOptions{Idempotent: true}, lease, RecipientCode, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB, g *gateway) {
				name := queue(t, d, g, test.kind)
				// the process ends amid the try: it was taken up, and nothing is noted
				if due, _, err := claim(t.Context(), d, g.clock.Now(), SMS, &test.o, 1); err != nil || len(due) != 1 {
					t.Fatal(due, err)
				}
				g.clock.Advance(test.pause)
				if test.dead {
					g.clock.Advance(time.Second)
				}
				o := test.o
				o.Send = g.send
				if _, _, err := Deliver(t.Context(), d, g.clock, SMS, o); err != nil {
					t.Fatal(err)
				}
				e := get(t, d, name)
				if test.dead {
					if e.State != Dead || e.Reason != "broke_off" || len(g.got) != 0 || e.Text != "" {
						t.Errorf("got %+v after %d tries, want it given up", e, len(g.got))
					}
					return
				}
				if e.State != Accepted || e.MaybeTwice != test.twice || len(g.got) != 1 {
					t.Errorf("got %+v, want it taken, and marked: %v", e, test.twice)
				}
			})
		})
	}
}

func TestANoOrALaterMakesAnotherTryNoSecondMessage(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, NewDevice)
		says := []Receipt{{Err: errors.New("busy")}, {Err: errors.New("busy")}, {Provider: "smtp"}}
		g.says = func(Outgoing) Receipt {
			r := says[0]
			says = says[1:]
			return r
		}
		for range 3 {
			if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send}); err != nil {
				t.Fatal(err)
			}
			g.clock.Advance(time.Minute)
		}
		if e := get(t, d, name); e.State != Accepted || e.MaybeTwice || e.Attempts != 3 {
			t.Errorf("got %+v, want it taken at the third try, once", e)
		}
	})
}

func TestAnUnsureTryIsMarkedWhenItIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, NewDevice)
		g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("the line was cut"), Unsure: true} }
		try := func() {
			if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send}); err != nil {
				t.Fatal(err)
			}
		}
		try()
		if e := get(t, d, name); e.MaybeTwice || e.State != Queued {
			t.Errorf("got %+v, want it once as far as anybody knows", e)
		}
		g.says = nil
		g.clock.Advance(unsureWait)
		try()
		if e := get(t, d, name); !e.MaybeTwice || e.State != Accepted {
			t.Errorf("got %+v, want it taken and marked", e)
		}
	})
}

func TestOneChannelKeepsNoOtherWaiting(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, channel := range []string{SMS, Email, WeChat} {
			put(t, d, New{Kind: "upcoming", Channel: channel, To: "x", Locale: "en", Text: "x", CreatedAt: g.clock.Now()})
		}
		tried, next, err := Deliver(t.Context(), d, g.clock, Email, DeliverOptions{Send: g.send})
		if err != nil || tried != 1 || !next.IsZero() || !slices.ContainsFunc(g.got, func(m Outgoing) bool { return m.Channel == Email }) {
			t.Errorf("tried %d, next %s, %v: %+v; want the mail alone", tried, next, err, g.got)
		}
	})
}

func TestARunEndsAtItsTime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for range 3 {
			queue(t, d, g, NewDevice)
		}
		until := g.clock.Now().Add(time.Minute)
		g.says = func(Outgoing) Receipt {
			g.clock.Advance(40 * time.Second)
			return Receipt{}
		}
		tried, next, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, Until: until})
		if err != nil || tried != 2 || next.After(g.clock.Now()) || next.IsZero() {
			t.Errorf("tried %d, next %s, %v; want two, and the rest at once", tried, next, err)
		}
	})
}
