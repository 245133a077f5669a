package outbox

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/db"
)

// height is how far up a state is; those of a height may follow one another.
var height = map[State]int{Queued: 0, Sending: 0, Accepted: 1, Dead: 1, Failed: 2, Delivered: 3, Read: 4, Acknowledged: 5}

// Whatever comes in whatever order: outcomes of tries, reports, readings. No
// message goes down, none goes up by itself, and what is noted stays.
func TestAMessageNeverGoesBackAndNeverFurtherThanSomebodySaid(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		rapid.Check(t, func(rt *rapid.T) {
			name := put(t, d, New{Kind: "upcoming", Channel: SMS, MerchantID: 7, To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
			said := map[State]bool{}
			before := get(t, d, name)
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				g.clock.Advance(time.Duration(rapid.IntRange(0, 8).Draw(rt, "hours")) * time.Hour)
				act(t, rt, d, g, name, said)
				after := get(t, d, name)
				check(rt, &before, &after, said)
				before = after
			}
			// what waits still is not to be taken up by the next check
			g.clock.Advance(80 * time.Hour)
			g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("away")} }
			deliver(t, d, g)
		})
	})
}

// act lets something happen, and notes what it says.
func act(t *testing.T, rt *rapid.T, d *db.DB, g *gateway, name string, said map[State]bool) {
	t.Helper()
	switch what := rapid.SampledFrom([]string{"try", "try", "report", "read", "acknowledge"}).Draw(rt, "what"); what {
	case "try":
		outcome := rapid.SampledFrom([]string{"taken", "later", "never", "unsure", "reported"}).Draw(rt, "outcome")
		idempotent := rapid.Bool().Draw(rt, "idempotent")
		g.says = func(Outgoing) Receipt {
			switch outcome {
			case "later":
				return Receipt{Err: errors.New("busy")}
			case "never":
				said[Failed] = true
				return Receipt{Err: errors.New("no such number"), Permanent: true, Reason: "recipient"}
			case "unsure":
				return Receipt{Err: errors.New("no answer"), Unsure: true}
			case "reported":
				said[Delivered] = true
				report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: g.clock.Now()})
			}
			said[Accepted] = true
			return Receipt{Provider: "hook", ProviderID: "g-" + name}
		}
		if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send, Idempotent: idempotent}); err != nil {
			rt.Fatal(err)
		}
	case "report":
		delivered := rapid.Bool().Draw(rt, "delivered")
		r := Report{Provider: "hook", ID: name, To: someone, Delivered: delivered, Reason: "recipient", At: g.clock.Now()}
		if report(t, d, g, r) {
			if delivered {
				said[Delivered] = true
			} else {
				said[Failed] = true
			}
		}
	default:
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if what == "read" {
				return MarkRead(t.Context(), tx, 7, name, g.clock.Now())
			}
			return Acknowledge(t.Context(), tx, 7, name, g.clock.Now())
		})
		if err == nil {
			said[Read] = true
			said[Acknowledged] = said[Acknowledged] || what == "acknowledge"
		}
	}
}

func check(rt *rapid.T, before, after *Entry, said map[State]bool) {
	if height[after.State] < height[before.State] {
		rt.Fatalf("it went from %s back to %s", before.State, after.State)
	}
	if before.State == Failed && after.State == Delivered {
		rt.Fatal("what failed was delivered after all: the first word stands")
	}
	if s := after.State; (s == Accepted || height[s] >= height[Failed]) && !said[s] {
		rt.Fatalf("it is %s, and nobody said so: %v", s, said)
	}
	times := func(e *Entry) map[State]time.Time {
		return map[State]time.Time{Accepted: e.AcceptedAt, Delivered: e.DeliveredAt, Read: e.ReadAt, Acknowledged: e.AcknowledgedAt, Failed: e.FailedAt}
	}
	for s, at := range times(after) {
		if was := times(before)[s]; !was.IsZero() && was != at {
			rt.Fatalf("the time of %s went from %s to %s", s, was, at)
		}
		if !at.IsZero() && !said[s] && (s != Failed || after.State != Dead && before.State != Dead) && s != Failed {
			rt.Fatalf("it has a time of %s, and nobody said so: %v", s, said)
		}
	}
	if before.Text != after.Text || before.ContentHash != after.ContentHash || before.To != after.To || before.CreatedAt != after.CreatedAt {
		rt.Fatalf("what was sent changed from %+v to %+v", before, after)
	}
}
