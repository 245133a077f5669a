package outbox

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

const someone = "+8613800006621"

// put puts one message into the outbox.
func put(t *testing.T, d *db.DB, m New) string {
	t.Helper()
	var names []string
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		names, err = QueueAll(t.Context(), tx, &jobs{}, []New{m})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names[0]
}

// owner makes a merchant, who has messages.
func owner(t *testing.T, d *db.DB, merchantID int64) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values ($1, $2, '老街面馆', '周', '13800006621', '', '2024-01-01', $3)`,
			merchantID, fmt.Sprint("M", merchantID), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, d *db.DB, id string) Entry {
	t.Helper()
	e, err := Get(t.Context(), d, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func report(t *testing.T, d *db.DB, g *gateway, r Report) bool {
	t.Helper()
	known, err := Reported(t.Context(), d, g.clock.Now(), r)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// taken puts a message into the outbox and lets the gateway take it.
func taken(t *testing.T, d *db.DB, g *gateway) string {
	t.Helper()
	name := put(t, d, New{Kind: "upcoming", Channel: SMS, To: someone, Locale: "zh-CN", Text: "12 月 3 日扣", CreatedAt: g.clock.Now()})
	deliver(t, d, g)
	return name
}

func TestAReportCountsOnlyForTheMessageItFits(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := taken(t, d, g)
		whole := Report{Provider: "hook", ProviderID: "g-" + name, ID: name, To: someone, Delivered: true, At: g.clock.Now()}
		for what, change := range map[string]func(r *Report){
			"another provider":                  func(r *Report) { r.Provider = "aliyun" },
			"another name at the provider":      func(r *Report) { r.ProviderID = "g-2" },
			"another message":                   func(r *Report) { r.ID = "m_2" },
			"another number":                    func(r *Report) { r.To = "+8613800006622" },
			"part of the number":                func(r *Report) { r.To = "00006621" },
			"no number":                         func(r *Report) { r.To = "" },
			"no name at all":                    func(r *Report) { r.ID, r.ProviderID = "", "" },
			"their name alone, of another's":    func(r *Report) { r.ID, r.ProviderID = "", "g-2" },
			"their name alone, of another firm": func(r *Report) { r.ID, r.Provider = "", "aliyun" },
		} {
			r := whole
			change(&r)
			if report(t, d, g, r) || get(t, d, name).State != Accepted {
				t.Errorf("a report with %s was taken", what)
			}
		}
		for _, to := range []string{someone, "8613800006621", "13800006621", "+86 138-0000-6621", "008613800006621"} {
			if r := whole; !sameRecipient(someone, to) {
				t.Errorf("%s is not taken for %s", to, r.To)
			}
		}
		whole.ID, whole.To = "", "13800006621"
		if !report(t, d, g, whole) {
			t.Error("the report by the provider's name alone was not taken")
		}
		if e := get(t, d, name); e.State != Delivered || e.DeliveredAt != g.clock.Now() || e.AcceptedAt.IsZero() {
			t.Errorf("got %+v, want delivered", e)
		}
	})
}

func TestTheFirstWordOnAMessageStands(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, first := range []bool{true, false} {
			name := taken(t, d, g)
			at := g.clock.Now()
			r := Report{Provider: "hook", ID: name, To: someone, Delivered: first, Reason: "recipient", Detail: "MK:0001", At: at}
			report(t, d, g, r)
			before := get(t, d, name)
			want := Failed
			if first {
				want = Delivered
			}
			if before.State != want || !first && (before.Reason != "recipient" || before.LastError != "MK:0001" || before.FailedAt != at) {
				t.Errorf("after the first word it is %+v, want %s", before, want)
			}
			g.clock.Advance(time.Hour)
			r.Delivered, r.Detail, r.At = !first, "later", g.clock.Now()
			if !report(t, d, g, r) {
				t.Error("the second word is not known to be about the message")
			}
			if after := get(t, d, name); after.State != want || after.DeliveredAt != before.DeliveredAt || after.FailedAt != before.FailedAt || after.LastError != before.LastError {
				t.Errorf("after the second word it is %+v, want it as it was", after)
			}
		}
	})
}

func TestAReportMayBeQuickerThanTheNoteThatTheMessageWasTaken(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, delivered := range []bool{true, false} {
			name := put(t, d, New{Kind: "upcoming", Channel: SMS, To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
			early := Report{Provider: "hook", ProviderID: "g-" + name, ID: name, To: someone, Delivered: delivered, Reason: "recipient", At: g.clock.Now()}
			if report(t, d, g, early) {
				t.Error("a report on a message that was never tried was taken")
			}
			g.says = func(m Outgoing) Receipt {
				if !report(t, d, g, early) {
					t.Error("the report that came amid the try was not taken")
				}
				return Receipt{Provider: "hook", ProviderID: "g-" + name}
			}
			deliver(t, d, g)
			want := Failed
			if delivered {
				want = Delivered
			}
			if e := get(t, d, name); e.State != want || e.Provider != "hook" || e.ProviderID != "g-"+name || e.AcceptedAt.IsZero() {
				t.Errorf("got %+v, want %s, and the note that it was taken", e, want)
			}
		}
	})
}

func TestAReportTellsWhatBecameOfATryThatBrokeOff(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := put(t, d, New{Kind: "upcoming", Channel: SMS, To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
		g.says = func(Outgoing) Receipt { return Receipt{Err: errors.New("no answer"), Unsure: true} }
		if _, _, err := Deliver(t.Context(), d, g.clock, SMS, DeliverOptions{Send: g.send}); err != nil {
			t.Fatal(err)
		}
		if e := get(t, d, name); e.State != Queued || e.NextAt.Sub(g.clock.Now()) != unsureWait {
			t.Errorf("got %+v, want it to wait %s for a report", e, unsureWait)
		}
		if !report(t, d, g, Report{Provider: "aliyun", ProviderID: "b1", ID: name, To: someone, Delivered: true, At: g.clock.Now()}) {
			t.Error("the report was not taken")
		}
		g.clock.Advance(time.Hour)
		deliver(t, d, g)
		if e := get(t, d, name); len(g.got) != 1 || e.State != Delivered || e.MaybeTwice || !e.AcceptedAt.IsZero() {
			t.Errorf("it was handed over %d times and is %+v, want once, delivered, and nothing said of its acceptance", len(g.got), e)
		}
	})
}

func TestAReportOfTheFutureOrFromBeforeTheMessageCountsFromNow(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, at := range []time.Time{{}, g.clock.Now().Add(time.Hour), g.clock.Now().Add(-time.Hour)} {
			name := taken(t, d, g)
			report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: at})
			if got := get(t, d, name).DeliveredAt; got != g.clock.Now() {
				t.Errorf("reported at %s it was delivered at %s, want now", at, got)
			}
		}
	})
}

func TestAReportWipesACodeAndSparesItsNumber(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := queue(t, d, g, SignInCode)
		g.says = func(m Outgoing) Receipt {
			report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: g.clock.Now()})
			return Receipt{Provider: "hook"}
		}
		deliver(t, d, g)
		if e := get(t, d, name); e.State != Delivered || e.Text != "" || e.To != someone {
			t.Errorf("got %+v, want delivered without its text", e)
		}
	})
}

func TestReadingAndAcknowledgingAreNotedOnceAndOnlyForTheMerchant(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		name := put(t, d, New{Kind: "upcoming", Channel: Inbox, MerchantID: 7, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
		if e := get(t, d, name); e.State != Accepted || e.AcceptedAt != g.clock.Now() {
			t.Errorf("got %+v, want it in the portal at once", e)
		}
		mark := func(merchantID int64, verb string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				if verb == "read" {
					return MarkRead(t.Context(), tx, merchantID, name, g.clock.Now())
				}
				return Acknowledge(t.Context(), tx, merchantID, name, g.clock.Now())
			})
		}
		for _, verb := range []string{"read", "acknowledge"} {
			if err := mark(8, verb); err == nil {
				t.Errorf("another merchant may %s it", verb)
			}
		}
		g.clock.Advance(time.Minute)
		readAt := g.clock.Now()
		for range 2 {
			if err := mark(7, "read"); err != nil {
				t.Fatal(err)
			}
			g.clock.Advance(time.Minute)
		}
		if e := get(t, d, name); e.State != Read || e.ReadAt != readAt || !e.DeliveredAt.IsZero() {
			t.Errorf("got %+v, want read at %s and nothing about a delivery", e, readAt)
		}
		knownAt := g.clock.Now()
		for _, verb := range []string{"acknowledge", "acknowledge", "read"} {
			if err := mark(7, verb); err != nil {
				t.Fatal(err)
			}
			g.clock.Advance(time.Minute)
		}
		if e := get(t, d, name); e.State != Acknowledged || e.ReadAt != readAt || e.AcknowledgedAt != knownAt {
			t.Errorf("got %+v, want acknowledged at %s", e, knownAt)
		}
	})
}

func TestAReportThatComesAfterTheReadingAddsTheDelivery(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		name := put(t, d, New{Kind: "upcoming", Channel: SMS, MerchantID: 7, To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
		deliver(t, d, g)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return MarkRead(t.Context(), tx, 7, name, g.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
		report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Reason: "recipient", At: g.clock.Now()})
		if e := get(t, d, name); e.State != Read || !e.FailedAt.IsZero() {
			t.Errorf("got %+v, want a message that was read to stay so", e)
		}
		report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: g.clock.Now()})
		if e := get(t, d, name); e.State != Read || e.DeliveredAt.IsZero() {
			t.Errorf("got %+v, want it read, with its delivery", e)
		}
	})
}

func TestNoMessageIsReadThatNeverLeft(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		name := put(t, d, New{Kind: "upcoming", Channel: SMS, MerchantID: 7, To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return MarkRead(t.Context(), tx, 7, name, g.clock.Now()) }); err == nil {
			t.Error("it was read before it was tried")
		}
	})
}

// A letter hears of its copies once.
func TestTheNewsOfACopyIsHeardOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `
				insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_1', 7, 'upcoming', $1, 'open', 'sms', 1)`, g.clock.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		name := put(t, d, New{Kind: "upcoming", Channel: SMS, MerchantID: 7, LetterID: "l_1", To: someone, Locale: "zh-CN", Text: "扣", CreatedAt: g.clock.Now()})
		deliver(t, d, g)
		news := func() []string {
			ids, err := LettersWithNews(t.Context(), d, 10)
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		if got := news(); len(got) != 0 {
			t.Errorf("that it was taken is news of %v", got)
		}
		report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: g.clock.Now()})
		if got := news(); !slices.Equal(got, []string{"l_1"}) {
			t.Errorf("its delivery is news of %v, want l_1", got)
		}
		before, err := Copies(t.Context(), d, []string{"l_1"})
		if err != nil || len(before["l_1"]) != 1 || before["l_1"][0].State != Delivered {
			t.Fatalf("got copies %+v, %v", before, err)
		}
		heard := func(copies []Copy) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return Heard(t.Context(), tx, copies) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return MarkRead(t.Context(), tx, 7, name, g.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
		heard(before["l_1"]) // of the delivery, while it was read already
		if got := news(); len(got) != 1 {
			t.Error("the reading is no news any more: only the delivery was heard of")
		}
		now, err := Copies(t.Context(), d, []string{"l_1"})
		if err != nil {
			t.Fatal(err)
		}
		heard(now["l_1"])
		if got := news(); len(got) != 0 {
			t.Errorf("what was heard is news of %v", got)
		}
	})
}
