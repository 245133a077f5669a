package outbox

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// gateway is one that says what a test wants it to.
type gateway struct {
	mu    sync.Mutex
	got   []Outgoing
	says  func(m Outgoing) Receipt
	clock *clock.Set
}

func (g *gateway) send(_ context.Context, m Outgoing) Receipt {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, m)
	if g.says == nil {
		return Receipt{Provider: "hook", ProviderID: "g-" + m.ID}
	}
	return g.says(m)
}

// jobs counts the jobs that were inserted.
type jobs struct{ n int }

func (j *jobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error {
	j.n++
	return nil
}

func each(t *testing.T, test func(t *testing.T, d *db.DB, g *gateway)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		test(t, d, &gateway{clock: clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))})
	})
}

func queue(t *testing.T, d *db.DB, g *gateway, kind Kind) string {
	t.Helper()
	var name string
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		name, err = Queue(t.Context(), tx, &jobs{}, g.clock.Now(), Message{Kind: kind, To: "+8613800006621", Locale: "zh-CN", Text: "验证码 123456"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// deliver delivers what is due and returns how many tries it took.
func deliver(t *testing.T, d *db.DB, g *gateway) (tried int, next time.Time) {
	t.Helper()
	tried, next, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, Idempotent: true})
	if err != nil {
		t.Fatal(err)
	}
	return tried, next
}

func latest(t *testing.T, d *db.DB) Entry {
	t.Helper()
	all, err := Latest(t.Context(), d, 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0]
}

func TestAMessageIsHandedOverOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, NewDevice)
		for range 2 {
			deliver(t, d, g)
		}
		want := Outgoing{ID: name, Kind: NewDevice, Channel: SMS, To: "+8613800006621", Locale: "zh-CN", Text: "验证码 123456"}
		if !reflect.DeepEqual(g.got, []Outgoing{want}) {
			t.Errorf("the gateway got %+v, want %+v once", g.got, want)
		}
		e := latest(t, d)
		if e.State != Accepted || e.AcceptedAt != g.clock.Now() || e.Text == "" {
			t.Errorf("the message is %+v", e)
		}
		var provider string
		if err := d.QueryRow(t.Context(), `select provider_id from messages`).Scan(&provider); err != nil || provider != "g-"+name {
			t.Errorf("the gateway's name is %q, %v", provider, err)
		}
	})
}

func TestAMessageOfARolledBackTransactionIsNeverSent(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		undo := errors.New("undo")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := Queue(t.Context(), tx, &jobs{}, g.clock.Now(), Message{Kind: NewDevice, To: "+86", Locale: "en", Text: "x"}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		if tried, _ := deliver(t, d, g); tried != 0 {
			t.Errorf("tried %d messages", tried)
		}
	})
}

func TestACodeIsWipedOnceItIsHandedOverRefusedOrTooLate(t *testing.T) {
	for state, says := range map[State]func(g *gateway){
		Accepted: func(*gateway) {},
		Failed: func(g *gateway) {
			g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("no such number"), Permanent: true} }
		},
		Dead: func(g *gateway) { g.clock.Advance(5 * time.Minute) },
	} {
		each(t, func(t *testing.T, d *db.DB, g *gateway) {
			queue(t, d, g, SignInCode)
			says(g)
			deliver(t, d, g)
			if e := latest(t, d); e.State != state || e.Text != "" {
				t.Errorf("the message is %+v, want %s without its text", e, state)
			}
			if state == Dead && len(g.got) != 0 {
				t.Error("a code that is no longer valid was sent")
			}
		})
	}
}

func TestAGatewayThatIsAwayIsTriedLessAndLessOften(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("away")} }
		queue(t, d, g, NewDevice)
		began := g.clock.Now()
		var waits []time.Duration
		for latestState := Queued; latestState == Queued; latestState = latest(t, d).State {
			before := g.clock.Now()
			_, next := deliver(t, d, g)
			if next.IsZero() {
				break
			}
			waits = append(waits, next.Sub(before))
			g.clock.MoveTo(next)
		}
		for i, want := range []time.Duration{5 * time.Second, 15 * time.Second, 45 * time.Second, 135 * time.Second, 405 * time.Second} {
			if got := waits[i]; got < want*5/6 || got > want*7/6 {
				t.Errorf("wait %d is %s, want %s or a sixth more or less", i+1, got, want)
			}
		}
		if got := latest(t, d).State; got != Dead {
			t.Errorf("in the end it is %s, want dead", got)
		}
		if took := g.clock.Now().Sub(began); took < 68*time.Hour || took > 72*time.Hour {
			t.Errorf("it was given up after %s, want about three days", took)
		}
	})
}

func TestAGatewayMayAskForMoreTime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("busy"), RetryAfter: time.Minute} }
		queue(t, d, g, SignInCode)
		if _, next := deliver(t, d, g); next.Sub(g.clock.Now()) != time.Minute {
			t.Errorf("it is tried again after %s", next.Sub(g.clock.Now()))
		}
		g.clock.Advance(time.Minute)
		g.says = nil
		deliver(t, d, g)
		if got := latest(t, d); got.State != Accepted || got.Text != "" {
			t.Errorf("the message is %+v", got)
		}
	})
}

func TestAMessageWhoseTryWasCutOffIsTriedAgainUnderItsName(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, NewDevice)
		ctx, stop := context.WithCancel(t.Context())
		_, _, err := Deliver(ctx, d, g.clock, SMS, DeliverOptions{Idempotent: true, Send: func(context.Context, Outgoing) Receipt {
			stop() // the process ends amid the try
			return Receipt{Err: context.Canceled}
		}})
		if err == nil {
			t.Error("cutting it off is no error")
		}
		if tried, _ := deliver(t, d, g); tried != 0 {
			t.Error("it is tried again at once: the first try may still be on its way")
		}
		g.clock.Advance(lease)
		if tried, _ := deliver(t, d, g); tried != 1 || g.got[0].ID != name {
			t.Errorf("tried %d, got %+v", tried, g.got)
		}
	})
}

func TestWhatALateTryCameToChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		queue(t, d, g, NewDevice)
		_, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Idempotent: true, Send: func(context.Context, Outgoing) Receipt {
			// it takes longer than its lease, and another process sends it meanwhile
			g.clock.Advance(lease)
			deliver(t, d, g)
			return Receipt{Err: errors.New("refused"), Permanent: true}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := latest(t, d).State; got != Accepted {
			t.Errorf("the message is %s, want accepted", got)
		}
	})
}

func TestSeveralProcessesShareTheMessages(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		const n = 150
		for range n {
			queue(t, d, g, NewDevice)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, Idempotent: true}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		names := map[string]bool{}
		for _, m := range g.got {
			names[m.ID] = true
		}
		if len(g.got) != n || len(names) != n {
			t.Errorf("%d messages were sent %d times, want each of %d once", len(names), len(g.got), n)
		}
	})
}

func TestMessagesOfCodesAreForgottenAndOthersKept(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, kind := range []Kind{SignInCode, PhoneCode, NewDevice} {
			queue(t, d, g, kind)
		}
		deliver(t, d, g)
		for _, want := range []int64{0, 2} {
			n, err := Forget(t.Context(), d, g.clock.Now())
			if err != nil || n != want {
				t.Errorf("forgot %d, %v; want %d", n, err, want)
			}
			g.clock.Advance(secretKept + time.Second)
		}
		if all, err := To(t.Context(), d, "+8613800006621", 10); err != nil || len(all) != 1 || all[0].Kind != NewDevice {
			t.Errorf("kept %v, %v", all, err)
		}
	})
}

func TestTheWaitBetweenTriesIsThreeHoursAndASixthAtMostAndDiffersByMessage(t *testing.T) {
	for tries, want := range map[int]time.Duration{1: 5 * time.Second, 2: 15 * time.Second, 8: 3 * time.Hour, 200: 3 * time.Hour} {
		seen := map[time.Duration]bool{}
		for i := range 50 {
			got := backOff(fmt.Sprint("m_", i), tries)
			if got < want*5/6 || got > want*7/6 {
				t.Errorf("after %d tries it waits %s, want %s or a sixth more or less", tries, got, want)
			}
			seen[got] = true
		}
		if len(seen) < 30 {
			t.Errorf("50 messages wait %d different spans after %d tries, want most of them to differ", len(seen), tries)
		}
	}
}
