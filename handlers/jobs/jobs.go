// Package jobs is what the portal does by itself: it announces what is to come
// and delivers messages, judges bills whose facts have changed, keeps the clocks
// of cases, seals the record, makes room for the coming months, and forgets what
// no longer counts.
package jobs

import (
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/retention"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/web/callout"
)

// Options are what the jobs work with.
type Options struct {
	DB       *db.DB
	Clock    clock.Clock
	Accounts *account.Accounts
	Channels Channels         // nil: no message can be sent, and all wait
	Post     *notice.Post     // writes letters and puts them on their way; nil: none is written
	Cases    *complaint.Cases // nil: none is kept
	Webhooks *webhook.Hooks   // tells other systems what happened; nil: nobody is told
	Networks callout.Networks // of our own, to which events may go
	Log      *slog.Logger
	// Anchors are where the heads of the sealed record are kept outside the
	// database, so that a record that was rewritten or lost its end shows.
	Anchors []anchor.Place
	Exports *export.Exports          // of merchants' data; nil: none is made
	Plans   func() *disclosure.Plans // what is published now; nil: nothing is
}

// Workers returns the kinds of job that a process can work, and those that come
// up by themselves, for event.Config.
func Workers(o Options) (*river.Workers, []*river.PeriodicJob) {
	workers := river.NewWorkers()
	d := newDeliverer(o)
	river.AddWorker(workers, &deliver[outbox.DeliverArgs]{deliverer: d, channel: func(a outbox.DeliverArgs) notice.Channel { return notice.Channel(a.Channel) }})
	river.AddWorker(workers, &deliver[deliverDue]{deliverer: d, channel: func(a deliverDue) notice.Channel { return a.Channel }})
	river.AddWorker(workers, &sendEvents{Options: o, client: callout.NewClient(o.Networks)})
	river.AddWorker(workers, &judge{Options: o})
	river.AddWorker(workers, &tendGate{Options: o})
	river.AddWorker(workers, &reconcile{Options: o})
	river.AddWorker(workers, &tryRules{Options: o})
	river.AddWorker(workers, &announce{Options: o})
	river.AddWorker(workers, &follow{Options: o})
	river.AddWorker(workers, &seal{Options: o})
	river.AddWorker(workers, &verifyRecord{Options: o})
	river.AddWorker(workers, &ready{Options: o})
	river.AddWorker(workers, &forget{Options: o})
	river.AddWorker(workers, &retain{Options: o})
	river.AddWorker(workers, &figures{Options: o})
	river.AddWorker(workers, &countFigures{Options: o})
	river.AddWorker(workers, &openChanges{Options: o})
	river.AddWorker(workers, &tendChanges{Options: o})
	river.AddWorker(workers, &reckonImpact{Options: o})
	river.AddWorker(workers, &upload{Options: o})
	river.AddWorker(workers, &tendCases{Options: o})
	river.AddWorker(workers, &forgetDrafts{Options: o})
	river.AddWorker(workers, &workCauses{Options: o})
	river.AddWorker(workers, &makeExports{Options: o})
	return workers, slices.Concat(periodic(), ofCases(o), ofExports(o))
}

// periodic are the jobs that come up by themselves, with whatever the process
// works.
func periodic() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		every(30*time.Second, deliverDue{Channel: notice.SMS}),
		every(30*time.Second, deliverDue{Channel: notice.Email}),
		every(30*time.Second, deliverDue{Channel: notice.WeChat}),
		every(5*time.Second, sendEventsArgs{}),
		every(time.Minute, judgeArgs{}),
		every(time.Minute, tendGateArgs{}),
		every(5*time.Minute, gate.ReconcileArgs{}),
		every(time.Minute, tryRulesArgs{}),
		every(time.Minute, announceArgs{}),
		every(time.Minute, followArgs{}),
		every(10*time.Minute, sealArgs{}),
		every(24*time.Hour, audit.VerifyArgs{}),
		every(12*time.Hour, readyArgs{}),
		every(6*time.Hour, forgetArgs{}),
		every(retention.Every, retainArgs{}),
		every(30*time.Minute, tendChangesArgs{}),
		every(time.Minute, countFiguresArgs{}),
	}
}

// every is a job that comes up at the start and then again and again. Where one
// of its kind still waits or runs, no other is added.
func every(interval time.Duration, args river.JobArgs) *river.PeriodicJob {
	once := &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
	return river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) { return args, once },
		&river.PeriodicJobOpts{RunOnStart: true})
}

var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}
