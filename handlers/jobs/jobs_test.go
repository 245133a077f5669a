package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
)

// office is a process that works the jobs of a database.
type office struct {
	t      *testing.T
	db     *db.DB
	queue  *event.Jobs
	sender *gateway
	heads  chan audit.Head
	log    *lines
}

// gateway remembers what it was given, and says no as often as it is told to.
type gateway struct {
	mu    sync.Mutex
	got   []outbox.Outgoing
	fails []outbox.Receipt
}

func (g *gateway) On(notice.Channel) bool           { return true }
func (g *gateway) Reports(notice.Channel) bool      { return false }
func (g *gateway) Idempotent(notice.Channel) bool   { return true }
func (g *gateway) PerSecond(notice.Channel) float64 { return 0 }

func (g *gateway) Send(_ context.Context, m outbox.Outgoing) outbox.Receipt {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, m)
	if len(g.fails) > 0 {
		r := g.fails[0]
		g.fails = g.fails[1:]
		return r
	}
	return outbox.Receipt{Provider: "test", ProviderID: "g1"}
}

// lines is a log that may be written to and read at the same time.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// outside hands on the heads that are kept.
type outside struct{ o *office }

func (outside) Name() string { return "test" }

func (p outside) Keep(_ context.Context, heads []audit.Head) error {
	for _, h := range heads {
		p.o.heads <- h
	}
	return nil
}

func newOffice(t *testing.T, d *db.DB, sender *gateway, before func(o *office)) *office {
	t.Helper()
	o := &office{t: t, db: d, sender: sender, heads: make(chan audit.Head, 10), log: &lines{}}
	accounts, err := account.New(account.Options{DB: d, Clock: clock.System{}, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(o.log, nil))
	options := jobs.Options{DB: d, Clock: clock.System{}, Accounts: accounts, Log: log, Anchors: []anchor.Place{outside{o}}}
	if sender != nil {
		options.Channels = sender
	}
	workers, periodic := jobs.Workers(options)
	o.queue, err = event.Open(t.Context(), d, event.Config{Workers: workers, Periodic: periodic, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.queue.Close)
	if before != nil {
		before(o)
	}
	if err := o.queue.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := o.queue.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return o
}

func (o *office) message(kind outbox.Kind) {
	o.t.Helper()
	err := o.db.Write(o.t.Context(), func(tx *db.Tx) error {
		_, err := outbox.Queue(o.t.Context(), tx, o.queue, clock.System{}.Now(), outbox.Message{Kind: kind, To: "+8613800006621", Locale: "zh-CN", Text: "验证码 123456"})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// until waits for something to come true.
func until(t *testing.T, what string, is func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !is() {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

func (o *office) count(query string) (n int) {
	o.t.Helper()
	if err := o.db.QueryRow(o.t.Context(), query).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

func TestACodeReachesTheGatewayWithinSecondsAndLeavesNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, &gateway{}, nil)
		until(t, "the jobs of the start are done", func() bool {
			return o.count(`select count(*) from river_job where kind = 'deliver_due_messages' and state = 'completed'`) == 3
		})
		o.message(outbox.SignInCode)
		took := until(t, "the gateway took it", func() bool {
			return o.count(`select count(*) from messages where state = 'accepted' and body = ''`) == 1
		})
		if took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if got := o.sender.got; len(got) != 1 || got[0].Text != "验证码 123456" || got[0].To != "+8613800006621" || got[0].Kind != "sign_in_code" {
			t.Errorf("the gateway got %+v", got)
		}
		if log := o.log.String(); strings.Contains(log, "13800006621") || strings.Contains(log, "123456") {
			t.Errorf("the log says %s", log)
		}
		if got := o.count(`select count(*) from river_job where cast(args as text) like '%1380000%' or cast(args as text) like '%123456%'`); got != 0 {
			t.Errorf("%d jobs hold the number or the code", got)
		}
	})
}

func TestAMessageThatTheGatewayCantTakeYetIsTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, &gateway{fails: []outbox.Receipt{{Err: errors.New("busy")}}}, nil)
		o.message(outbox.NewDevice)
		until(t, "the second try is taken", func() bool {
			return o.count(`select count(*) from messages where state = 'accepted' and attempts = 2`) == 1
		})
	})
}

func TestAMessageThatTheGatewayRefusesIsTriedOnce(t *testing.T) {
	d := dbtest.SQLite(t)
	o := newOffice(t, d, &gateway{fails: []outbox.Receipt{{Err: errors.New("no such number"), Permanent: true}}}, nil)
	o.message(outbox.NewDevice)
	until(t, "it is given up", func() bool {
		return o.count(`select count(*) from messages where state = 'failed' and attempts = 1`) == 1
	})
}

func TestWhoNoLongerFollowsInWeChatIsNoRecipientAnyMore(t *testing.T) {
	d := dbtest.SQLite(t)
	o := newOffice(t, d, &gateway{fails: []outbox.Receipt{{Err: errors.New("43004"), Permanent: true, Reason: "not_following"}}}, nil)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		now := clock.System{}.Now()
		_, err := tx.Exec(t.Context(), `
			insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (7, 'M7', '老街面馆', '周', '13800006621', '', '2024-01-01', $1)`, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `
			insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, confirmed_at) values ('nr_1', 7, 'wechat', 'oXs0', '', 'u_1', $1, $1)`, now)
		if err != nil {
			return err
		}
		_, err = outbox.QueueAll(t.Context(), tx, o.queue, []outbox.New{{Kind: "upcoming", Channel: outbox.WeChat, MerchantID: 7, To: "oXs0", Locale: "zh-CN", Text: "扣", CreatedAt: now}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the message failed and the recipient ended", func() bool {
		return o.count(`select count(*) from messages where state = 'failed' and reason = 'not_following'`) == 1 &&
			o.count(`select count(*) from notice_recipients where ended_at is not null and ended_why = 'not_following'`) == 1
	})
	if log := o.log.String(); strings.Contains(log, "oXs0") {
		t.Errorf("the log says %s", log)
	}
}

func TestWithoutAGatewayMessagesWait(t *testing.T) {
	d := dbtest.SQLite(t)
	o := newOffice(t, d, nil, func(o *office) { o.message(outbox.NewDevice) })
	until(t, "the jobs have run", func() bool {
		return o.count(`select count(*) from river_job where kind = 'deliver_messages' and state = 'completed'`) == 1
	})
	if got := o.count(`select count(*) from messages where state = 'queued' and attempts = 0`); got != 1 {
		t.Error("the message does not wait untouched")
	}
}

func TestTheUpkeepRunsByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, &gateway{}, func(o *office) {
			old := clock.System{}.Now().Add(-48 * time.Hour)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), `insert into attempts (key, at) values ('code to +86', $1)`, old); err != nil {
					return err
				}
				return audit.Write(t.Context(), tx, audit.Entry{At: old, Actor: audit.Actor{Kind: audit.System, ID: "test"}, Action: "test", Subject: "x"})
			})
			if err != nil {
				t.Fatal(err)
			}
		})
		until(t, "an old attempt is forgotten", func() bool { return o.count(`select count(*) from attempts`) == 0 })
		select {
		case h := <-o.heads:
			if h.Seq != 1 {
				t.Errorf("the head is %s, want the first seal", h)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("the record was not sealed")
		}
		for kind, times := range map[string]int{"judge_bills": 1, "ready_months": 1, "seal_record": 1, "verify_record": 1, "forget": 1, "deliver_due_messages": 3} {
			until(t, kind+" has run", func() bool {
				return o.count(`select count(*) from river_job where state = 'completed' and kind = '`+kind+`'`) == times
			})
		}
		if strings.Contains(o.log.String(), "job failed") {
			t.Errorf("the log says %s", o.log.String())
		}
	})
}

func TestFiguresAreWorkedOutOnceTheirLinesAreJudged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d, nil, nil)
		by := staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Compliance}}
		now := clock.System{}.Now()
		orderID, err := report.DrawUpFigures(t.Context(), d, o.queue, now, by, report.QuarterOf(date.Of(now)).Previous(), disclosure.Text{})
		if err != nil {
			t.Fatal(err)
		}
		until(t, "the figures are there", func() bool { return o.count(`select count(*) from figure_editions`) == 1 })
		if e, err := report.ReadEdition(t.Context(), d, orderID); err != nil || e.Number != 1 || e.Figures == nil {
			t.Errorf("got %+v, %v; want the first edition with its figures", e, err)
		}
	})
}
