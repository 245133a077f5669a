package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/webhook"
)

// read reads all events after one, a few at a time.
func (h *house) read(after string, most int) (all []webhook.Told) {
	h.Helper()
	for {
		page, more, err := webhook.Read(h.Context(), h.d, h.clock.Now(), after, most)
		if err != nil {
			h.Fatal(err)
		}
		all = append(all, page...)
		if !more {
			return all
		}
		after = page[len(page)-1].ID
	}
}

func TestEventsAreReadInOrderWithTheNamesOfWhatTheyAreAbout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		var merchantID, terminalID int64
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			err := tx.QueryRow(t.Context(), `insert into merchants (ref, name, contact, phone, email, opened_on, updated_at) values ('M1', 'Noodles', 'Zhou', '', '', $1, $2) returning id`,
				"2026-01-01", start).Scan(&merchantID)
			if err != nil {
				return err
			}
			var shopID int64
			if err := tx.QueryRow(t.Context(), `insert into shops (merchant_id, name) values ($1, 'East') returning id`, merchantID).Scan(&shopID); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), `insert into terminals (merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
				values ($1, $2, 'SN1', '', '', '', '', '', '', $3) returning id`, merchantID, shopID, start).Scan(&terminalID)
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			e := taken(fmt.Sprint("D", i))
			e.MerchantID, e.TerminalID = merchantID, terminalID
			h.publish(e)
		}
		var many []webhook.Event
		for i := 3; i < 9; i++ {
			many = append(many, taken(fmt.Sprint("D", i)))
		}
		h.publish(many...)
		h.publish(webhook.Event{Kind: webhook.NoticeFailed, Subject: "n", Data: struct{}{}, MerchantID: merchantID})
		all := h.read("", 4)
		if len(all) != 10 {
			t.Fatalf("got %d events, want 10", len(all))
		}
		for i, want := range []string{0: `{"merchant_ref":"M1","sn":"SN1","amount_fen":3600,"ref":"D0"}`, 5: `{"amount_fen":3600,"ref":"D5"}`, 9: `{"merchant_ref":"M1"}`} {
			if got := string(all[i].Data); want != "" && got != want {
				t.Errorf("event %d: got %s, want %s", i, got, want)
			}
		}
		if rest := h.read(all[6].ID, 100); len(rest) != 3 || rest[0].ID != all[7].ID || rest[2].Kind != webhook.NoticeFailed {
			t.Errorf("after the seventh: got %+v", rest)
		}
		if _, _, err := webhook.Read(t.Context(), d, start, "ev_none", 10); !fault.Is(err, fault.Invalid) {
			t.Errorf("after an event that is not there: got %v", err)
		}
	})
}

func TestWhatIsNotCommittedIsToldToNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.add()
		no := errors.New("no")
		e := taken("D1")
		e.At = start
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := webhook.Publish(t.Context(), tx, e); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if all := h.read("", 10); len(all) != 0 || len(h.deliver()) != 0 {
			t.Errorf("got %+v", all)
		}
	})
}

func TestAReaderMissesNoEventThatIsCommittedLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect == db.SQLite {
			t.Skip("one writes at a time")
		}
		h := open(t, d)
		written, end := make(chan struct{}), make(chan struct{})
		var late sync.WaitGroup
		late.Go(func() {
			err := d.Write(context.WithoutCancel(t.Context()), func(tx *db.Tx) error {
				e := taken("late")
				e.At = start
				if err := webhook.Publish(t.Context(), tx, e); err != nil {
					return err
				}
				close(written)
				<-end
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-written
		h.publish(taken("early"))
		first := h.read("", 10)
		if len(first) != 1 || string(first[0].Data) != `{"amount_fen":3600,"ref":"early"}` {
			t.Fatalf("got %+v", first)
		}
		close(end)
		late.Wait()
		if rest := h.read(first[0].ID, 10); len(rest) != 1 || string(rest[0].Data) != `{"amount_fen":3600,"ref":"late"}` {
			t.Errorf("got %+v", rest)
		}
	})
}

func TestReadersBesideManyWritersSeeEachEventOnceAndOneSubjectsInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		const writers, each = 6, 25
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					e := taken(fmt.Sprintf("%d-%02d", w, i))
					e.Subject = fmt.Sprint(w)
					h.publish(e)
				}
			})
		}
		done := make(chan struct{})
		go func() { writing.Wait(); close(done) }()
		var reading sync.WaitGroup
		for range 3 {
			reading.Go(func() {
				var seen []string
				after, last := "", false
				for {
					for _, e := range h.read(after, 7) {
						seen, after = append(seen, string(e.Data)), e.ID
					}
					if last {
						break
					}
					select {
					case <-done:
						last = true // what was committed by now is read in one more round
					case <-time.After(time.Millisecond):
					}
				}
				for w := range writers {
					next := 0
					for _, data := range seen {
						if data == fmt.Sprintf(`{"amount_fen":3600,"ref":"%d-%02d"}`, w, next) {
							next++
						}
					}
					if next != each {
						t.Errorf("writer %d: a reader saw %d events in their order, want %d", w, next, each)
					}
				}
				if slices.Sort(seen); len(seen) != writers*each || len(slices.Compact(seen)) != writers*each {
					t.Errorf("a reader saw %d events, want %d once each", len(seen), writers*each)
				}
			})
		}
		reading.Wait()
	})
}

func TestEventsAreForgottenAfterTheirTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		id, _ := h.add()
		h.publish(taken("D1"))
		h.deliver()
		h.clock.Advance(webhook.Kept - time.Minute)
		h.publish(taken("D2"))
		if n, err := webhook.Forget(t.Context(), d, h.clock.Now()); err != nil || n != 0 {
			t.Errorf("got %d, %v", n, err)
		}
		h.clock.Advance(2 * time.Minute)
		if n, err := webhook.Forget(t.Context(), d, h.clock.Now()); err != nil || n != 1 {
			t.Errorf("got %d, %v", n, err)
		}
		if all := h.read("", 10); len(all) != 1 {
			t.Errorf("got %+v", all)
		}
		if p := h.page(id, webhook.Delivered); len(p.Deliveries) != 0 {
			t.Errorf("got %+v", p.Deliveries)
		}
	})
}
