package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	demopages "github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

// demoNotices tells the demo's merchants what is to come and what was taken, on
// each of the last days, as the jobs do.
type demoNotices struct {
	d     *db.DB
	at    *clock.Set
	now   time.Time // when the demo begins
	next  date.Date // the day that comes next; zero: nobody was told yet
	plans *disclosure.Catalogue
	sent  *demopages.Capture
	post  *notice.Post
}

// unreachedNumber is that of a merchant whom a text message did not reach.
const unreachedNumber = "+8613400009902"

// noticeDays is for how many days before today the demo's merchants are told.
const noticeDays = 90

// prepare gets ready to tell, with the last delivery before the first day.
func (n *demoNotices) prepare(ctx context.Context, c config, queue event.Queue, log *slog.Logger) error {
	first := date.Of(n.now).AddDays(-noticeDays)
	if n.post != nil || date.Of(n.at.Now()).AddMonths(1) < first {
		return nil
	}
	n.plans = disclosure.NewCatalogue(n.d)
	if err := n.plans.Refresh(ctx); err != nil {
		return err
	}
	words, err := newLetters(c, n.d, n.at, log, func(id int64) *fee.Plan { return n.plans.Plans().Fee(id) })
	if err != nil {
		return err
	}
	err = n.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from deduction_news`) // nobody was told then, and it is news no more
		return err
	})
	if err != nil {
		return err
	}
	n.next, n.sent = first, demopages.NewCapture()
	n.post = words.post(n.sent, queue)
	if err := choicesDemo(ctx, n.d, n.at, queue, words); err != nil {
		return err
	}
	return n.deliver(ctx)
}

// until tells on each morning up to a moment; the program's own jobs do today's.
func (n *demoNotices) until(ctx context.Context, to time.Time) error {
	if n.post == nil || !n.next.At(10, 5).Before(to) {
		return nil
	}
	n.at.MoveTo(n.next.At(10, 0))
	if _, err := ingest.Judge(ctx, n.d, n.at, nil); err != nil {
		return err
	}
	for n.next < date.Of(n.now) && n.next.At(10, 5).Before(to) {
		n.at.MoveTo(n.next.At(10, 5))
		if err := n.tell(ctx); err != nil {
			return fmt.Errorf("demo: notices of %s: %w", n.next, err)
		}
		n.next = n.next.AddDays(1)
	}
	return nil
}

// tell lets the jobs of a morning go by: plan, write, send, hear back and count.
func (n *demoNotices) tell(ctx context.Context) error {
	if opened, err := feechange.OpenMissing(ctx, n.d, n.at.Now()); err != nil {
		return err
	} else if opened > 0 {
		if err := n.plans.Refresh(ctx); err != nil {
			return err
		}
	}
	if _, err := notice.Sweep(ctx, n.d, n.at, fee.DefaultPolicy); err != nil {
		return err
	}
	letters, err := notice.Gather(ctx, n.d, n.at, *n.post)
	if err != nil || letters == 0 {
		return err
	}
	if err := n.deliver(ctx); err != nil {
		return err
	}
	n.at.Advance(4 * time.Second)
	if err := n.sent.Report(ctx, n.d, n.at.Now()); err != nil {
		return err
	}
	if _, err := notice.Cascade(ctx, n.d, n.at, *n.post); err != nil {
		return err
	}
	_, err = notice.Count(ctx, n.d, n.at)
	return err
}

// deliver sends what is due, as far as anything is sent here.
func (n *demoNotices) deliver(ctx context.Context) error {
	for _, channel := range notice.Outside {
		if _, _, err := outbox.Deliver(ctx, n.d, n.at, string(channel), outbox.DeliverOptions{Send: refuses(unreachedNumber, n.sent.Send), Idempotent: true}); err != nil {
			return err
		}
	}
	return nil
}

// read lets the merchants open what they were sent some days ago, but for what
// reached no phone: staff are to call there.
func (n *demoNotices) read(ctx context.Context) error {
	merchants, err := demoMerchants(ctx, n.d)
	if err != nil {
		return err
	}
	for _, id := range merchants {
		page, err := notice.ReadInboxPage(ctx, n.d, id, "", notice.InboxPlace{})
		if err != nil {
			return err
		}
		for i := range page.Sent {
			s := &page.Sent[i]
			failed := slices.ContainsFunc(s.Copies, func(c notice.Copy) bool { return c.State == outbox.Failed })
			if opened := s.CreatedAt.Add(3 * time.Hour); n.now.Sub(opened) > 48*time.Hour && !failed {
				if err := notice.See(ctx, n.d, opened, id, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func demoMerchants(ctx context.Context, r db.Reader) (all []int64, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			err := rows.Scan(&id)
			all = append(all, id)
			return err
		})
	}, `select id from merchants order by id`)
	return all, err
}
