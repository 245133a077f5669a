package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/outbox"
)

// told lists what the deductions know of announcements, one a line.
func (w *way) told() (all []string) {
	w.t.Helper()
	err := w.d.Query(w.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminal, plan, amount int64
			var item, channel string
			var from date.Date
			var at time.Time
			err := rows.Scan(&terminal, &plan, &item, &from, &amount, &channel, &at)
			all = append(all, fmt.Sprintf("%d %d %s %s %d by %s at %s", terminal, plan, item, from, amount, channel, at.In(date.Shanghai).Format("01-02 15:04")))
			return err
		})
	}, `select terminal_id, plan_id, item, period_from, amount_fen, channel, delivered_at from delivered_notices order by delivered_at, terminal_id`)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *way) count(want int) {
	w.t.Helper()
	if n, err := Count(w.t.Context(), w.d, w.clock); err != nil || n != want {
		w.t.Errorf("counted %d messages, %v; want %d", n, err, want)
	}
}

func (w *way) wantTold(want ...string) {
	w.t.Helper()
	if got := w.told(); !slices.Equal(got, want) {
		w.t.Errorf("the deductions know\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func (w *way) read(letterID string, c Channel) {
	w.t.Helper()
	m := w.latest(letterID, c)
	if err := w.d.Write(w.t.Context(), func(tx *db.Tx) error { return outbox.MarkRead(w.t.Context(), tx, 1, m.ID, w.clock.Now()) }); err != nil {
		w.t.Fatal(err)
	}
}

func TestATextMessageCountsOnceItIsDelivered(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, taken)
		w.count(0)
		w.clock.Advance(5 * time.Minute)
		w.report("l_1", SMS, true)
		w.clock.Advance(time.Minute)
		w.count(1)
		w.count(0)
		w.wantTold("101 1 sim_data 2026-12-01 3600 by sms at 11-23 10:05", "102 1 sim_data 2026-12-01 3600 by sms at 11-23 10:05")
		var pending int
		if err := w.d.QueryRow(t.Context(), `select count(*) from judge_pending where terminal_id in (101, 102) and since = '2026-11-23'`).Scan(&pending); err != nil || pending != 2 {
			t.Errorf("%d terminals are judged again, %v; want both", pending, err)
		}
		if m := w.latest("l_1", SMS); m.CountedAt != w.clock.Now() || m.State != outbox.Delivered {
			t.Errorf("the message is %+v", m)
		}
		// its reading later is no second announcement
		w.clock.Advance(time.Hour)
		w.read("l_1", SMS)
		w.count(0)
	})
}

func TestAMailCountsOnceItIsRead(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Changed, Email)
		w.deliver(Email, taken)
		w.report("l_1", Email, true) // some server's word that it took the mail is no word that it was seen
		w.count(0)
		w.clock.Advance(time.Hour)
		w.read("l_1", Email)
		w.count(1)
		w.wantTold("101 1 sim_data 2026-12-01 3600 by email at 11-23 11:00", "102 1 sim_data 2026-12-01 3600 by email at 11-23 11:00")
	})
}

func TestWhatLiesInTheInboxCountsOnceItIsReadOrAfterSixDays(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming)
		w.letter("l_2", Upcoming)
		w.count(0)
		w.clock.Advance(2 * time.Hour)
		w.read("l_2", Inbox)
		w.count(1)
		w.wantTold("101 1 sim_data 2026-12-01 3600 by inbox at 11-23 12:00", "102 1 sim_data 2026-12-01 3600 by inbox at 11-23 12:00")
		w.clock.MoveTo(morning.Add(6*24*time.Hour - time.Second))
		w.count(0)
		w.clock.Advance(time.Hour)
		w.count(1)
		w.wantTold("101 1 sim_data 2026-12-01 3600 by inbox at 11-23 12:00", "102 1 sim_data 2026-12-01 3600 by inbox at 11-23 12:00",
			"101 1 sim_data 2026-12-01 3600 by inbox at 11-29 10:00", "102 1 sim_data 2026-12-01 3600 by inbox at 11-29 10:00")
		if m := w.latest("l_1", Inbox); m.State != outbox.Accepted || !m.ReadAt.IsZero() || !m.DeliveredAt.IsZero() {
			t.Errorf("the message is %+v, want it as it was: nobody read it", m)
		}
	})
}

func TestAMessageThatWasReadBeforeItsReportCountsFromItsReading(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, taken)
		w.read("l_1", SMS)
		w.count(1)
		w.wantTold("101 1 sim_data 2026-12-01 3600 by sms at 11-23 10:00", "102 1 sim_data 2026-12-01 3600 by sms at 11-23 10:00")
	})
}

func TestNothingElseCountsAsAnAnnouncement(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		for i, k := range []Kind{CalledOff, Taken, Failed, Stopped, FeeChange, SIMUsage} {
			id := fmt.Sprint("l_", i)
			w.letter(id, k, SMS)
			w.deliver(SMS, taken)
			w.report(id, SMS, true)
		}
		w.letter("l_failed", Upcoming, SMS)
		w.deliver(SMS, refused)
		w.clock.Advance(5 * 24 * time.Hour)
		w.count(0)
		w.wantTold()
	})
}

func TestEveryMessageOfManyIsCounted(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		const letters = countBatch + 30
		for i := range letters {
			w.letter(fmt.Sprintf("l_%03d", i), Upcoming)
		}
		w.clock.Advance(7 * 24 * time.Hour)
		w.count(letters)
		// put there at one moment, they are one announcement of each terminal's charge
		w.wantTold("101 1 sim_data 2026-12-01 3600 by inbox at 11-29 10:00", "102 1 sim_data 2026-12-01 3600 by inbox at 11-29 10:00")
	})
}
