package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
)

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Work the jobs alone, without serving pages",
		Long: `Writes what merchants are to be told and delivers it, judges bills whose facts have
changed, keeps the clocks of complaints, seals the record, makes room for the
coming months and forgets what no longer counts. Several may run beside each other. A portal with MINGBAI_JOBS=false
leaves all of this to them.`,
		Example: "  MINGBAI_SECRET=… mingbai worker",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(nil)
			if err != nil {
				return err
			}
			if c.Secret == "" {
				return errNoSecret
			}
			if err := needs(append(c.headFaults(), c.fileFaults()...)...); err != nil {
				return err
			}
			return runWorker(cmd.Context(), c)
		},
	}
}

func runWorker(ctx context.Context, c config) error {
	log := newLog(c)
	d, err := openReady(ctx, c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	queue, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return err
	}
	defer queue.Close()
	if err := errors.Join(warnOfSecret(ctx, c, d, log), warnOfPlaces(ctx, c, log)); err != nil {
		return err
	}
	brand := brandOf(setting.NewOperatorCache(d, clock.System{}))
	accounts, err := newAccounts(c, d, clock.System{}, queue, brand)
	if err != nil {
		return err
	}
	known, err := newKnown(ctx, d, clock.System{})
	if err != nil {
		return err
	}
	go known.watch(ctx)
	letters, err := newLetters(c, d, clock.System{}, log, known.plan)
	if err != nil {
		return err
	}
	defer letters.channels.Close()
	cases, err := newCases(c, d, clock.System{}, known)
	if err != nil {
		return err
	}
	exports, err := newExports(c, d, clock.System{}, queue)
	if err != nil {
		return err
	}
	stop, err := work(ctx, c, workParts{
		db: d, clock: clock.System{}, accounts: accounts, ways: letters.channels, post: letters.post(letters.channels, queue), cases: cases, log: log,
		exports: exports, plans: known.plans.Plans,
	})
	if err != nil {
		return err
	}
	warnOfProfile(ctx, d, log)
	log.InfoContext(ctx, "jobs are worked")
	<-ctx.Done()
	stop()
	return nil
}

// workParts is what the jobs work with.
type workParts struct {
	db       *db.DB
	clock    clock.Clock
	accounts *account.Accounts
	ways     jobs.Channels // out of the house
	post     *notice.Post
	cases    *complaint.Cases
	exports  *export.Exports          // of merchants' data
	plans    func() *disclosure.Plans // what is published now
	log      *slog.Logger
}

// concurrency is how many jobs run at once: slow providers of every channel, a
// large import and long reckonings together leave a code its place.
const concurrency = 8

// work begins to work the queue. What it returns stops that, letting running
// jobs finish.
func work(ctx context.Context, c config, in workParts) (stop func(), err error) {
	o := jobs.Options{DB: in.db, Clock: in.clock, Accounts: in.accounts, Channels: in.ways, Post: in.post, Cases: in.cases, Log: in.log}
	o.Networks, o.Exports, o.Plans = prefixes(c.WebhookNetworks), in.exports, in.plans
	if o.Webhooks, err = newWebhooks(c, in.db, in.clock); err != nil {
		return nil, err
	}
	if o.Anchors, err = c.anchors(); err != nil {
		return nil, err
	}
	workers, periodic := jobs.Workers(o)
	queue, err := event.Open(ctx, in.db, event.Config{Workers: workers, Periodic: periodic, Concurrency: concurrency, Logger: in.log})
	if err != nil {
		return nil, err
	}
	// The queue is stopped below, so that jobs finish before the database closes.
	if err := queue.Start(context.WithoutCancel(ctx)); err != nil {
		queue.Close()
		return nil, err
	}
	return func() {
		until, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if err := queue.Stop(until); err != nil {
			in.log.Error("jobs did not stop in time; they will be taken up again", "error", err)
		}
		queue.Close()
	}, nil
}
