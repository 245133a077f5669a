package jobs_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/notice"
)

func TestWhatAMerchantIsToBeToldReachesThePhoneAndTheInbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.System{}.Now()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
				values (7, 'M7', '老街面馆', '', '13800006621', '', '2024-01-01', $1)`, now)
			if err != nil {
				return err
			}
			// What was stopped is told at night too.
			return notice.Tell(t.Context(), tx, now, notice.News{MerchantID: 7, Kind: notice.Stopped, Ref: "d_1", Round: 1, Amount: 3600})
		})
		if err != nil {
			t.Fatal(err)
		}
		sender, log := &gateway{}, slog.New(slog.DiscardHandler)
		accounts, err := account.New(account.Options{DB: d, Clock: clock.System{}, Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		post := &notice.Post{On: sender.On, Reports: sender.Reports, Render: func(l *notice.Letter, to notice.Recipient, _ string) (notice.Content, error) {
			return notice.Content{Body: l.Merchant + " " + string(l.Kind) + " " + l.Total.Yuan()}, nil
		}}
		workers, periodic := jobs.Workers(jobs.Options{DB: d, Clock: clock.System{}, Accounts: accounts, Log: log, Channels: sender, Post: post})
		queue, err := event.Open(t.Context(), d, event.Config{Workers: workers, Periodic: periodic, Logger: log})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(queue.Close)
		post.Jobs = queue
		if err := queue.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if err := queue.Stop(ctx); err != nil {
				t.Errorf("stopping: %v", err)
			}
		})
		o := &office{t: t, db: d}
		took := until(t, "the message was handed over", func() bool {
			return o.count(`select count(*) from messages where channel = 'sms' and state = 'accepted'`) == 1
		})
		if took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if got := sender.got[0]; got.To != "+8613800006621" || !strings.Contains(got.Text, "老街面馆 stopped 36.00") {
			t.Errorf("the gateway got %+v", got)
		}
		if n := o.count(`select count(*) from messages where channel = 'inbox' and state = 'accepted'`); n != 1 {
			t.Errorf("%d messages lie in the inbox, want 1", n)
		}
	})
}
