package event_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
)

// note is a job that says its word.
type note struct {
	Word string `json:"word"`
}

func (note) Kind() string { return "note" }

// listener works notes and remembers them.
type listener struct {
	river.WorkerDefaults[note]
	mu    sync.Mutex
	heard []string
	fail  func(word string) error
}

func (l *listener) Work(_ context.Context, job *river.Job[note]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, job.Args.Word)
	if l.fail != nil {
		return l.fail(job.Args.Word)
	}
	return nil
}

func (l *listener) words() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.heard...)
}

// open prepares a queue that this listener works, and closes it with the test.
func open(t *testing.T, d *db.DB, l *listener) *event.Jobs {
	t.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, l)
	return openWith(t, d, event.Config{Workers: workers})
}

func openWith(t *testing.T, d *db.DB, c event.Config) *event.Jobs {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	jobs, err := event.Open(t.Context(), d, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jobs.Close)
	return jobs
}

func start(t *testing.T, j *event.Jobs) (stop func()) {
	t.Helper()
	if err := j.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := j.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
}

func insert(t *testing.T, d *db.DB, q event.Queue, word string, o *river.InsertOpts, end error) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := q.Insert(t.Context(), tx, note{word}, o); err != nil {
			return err
		}
		return end
	})
	if !errors.Is(err, end) {
		t.Fatal(err)
	}
}

// until waits for a condition, for half a minute at most.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for 30 s: %s", what)
		}
	}
}

// jobsIn counts the jobs in a state.
func jobsIn(t *testing.T, d *db.DB, state string) (n int) {
	t.Helper()
	if err := d.QueryRow(t.Context(), "select count(*) from river_job where state = '"+state+"'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAJobOfARolledBackTransactionDoesNotExist(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &listener{}
		jobs := open(t, d, l)
		insert(t, d, jobs, "never", nil, errors.New("undo"))
		var n int
		if err := d.QueryRow(t.Context(), "select count(*) from river_job").Scan(&n); err != nil || n != 0 {
			t.Errorf("got %d jobs, %v; want none", n, err)
		}
		// nor does it run: a later one does, alone
		defer start(t, jobs)()
		insert(t, d, jobs, "later", nil, nil)
		until(t, "the later job has run", func() bool { return jobsIn(t, d, "completed") == 1 })
		if got := l.words(); len(got) != 1 || got[0] != "later" {
			t.Errorf("got %q worked, want the later one alone", got)
		}
	})
}

func TestACommittedJobRunsOnceAfterARestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// a process that only inserts, and ends
		inserter := openWith(t, d, event.Config{})
		insert(t, d, inserter, "once", nil, nil)
		inserter.Close()

		l := &listener{}
		for range 3 { // the worker is restarted twice
			jobs := open(t, d, l)
			stop := start(t, jobs)
			until(t, "the job is completed", func() bool { return jobsIn(t, d, "completed") == 1 })
			stop()
			jobs.Close()
		}
		if got := l.words(); len(got) != 1 || got[0] != "once" {
			t.Errorf("got %q worked, want one job once", got)
		}
	})
}

func TestAJobInsertedWhileTheWorkerRunsIsTakenUpSoon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &listener{}
		jobs := open(t, d, l)
		defer start(t, jobs)()
		for _, word := range []string{"one", "two", "three"} {
			insert(t, d, jobs, word, nil, nil)
		}
		until(t, "three jobs are completed", func() bool { return jobsIn(t, d, "completed") == 3 })
		if got := l.words(); len(got) != 3 {
			t.Errorf("got %q worked, want three", got)
		}
	})
}

func TestAFailedJobIsKeptForAnotherTry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &listener{fail: func(string) error { return errors.New("the gateway is down") }}
		jobs := open(t, d, l)
		defer start(t, jobs)()
		insert(t, d, jobs, "again", nil, nil)
		until(t, "the job waits for another try", func() bool { return jobsIn(t, d, "retryable")+jobsIn(t, d, "available") == 1 && len(l.words()) > 0 })
		if got := jobsIn(t, d, "completed"); got != 0 {
			t.Errorf("got %d completed, want none", got)
		}
	})
}

// logged is a log that may be written to and read at the same time.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAFailedJobIsLoggedWithoutItsArguments(t *testing.T) {
	for name, c := range map[string]struct {
		fail  func(string) error
		tries int
		want  []string
	}{
		"an error":      {func(string) error { return errors.New("the gateway is down") }, 3, []string{"level=WARN", `"job failed"`, "kind=note", "attempt=1 of=3", "the gateway is down"}},
		"the last time": {func(string) error { return errors.New("the gateway is down") }, 1, []string{"level=ERROR", `"job failed"`, "attempt=1 of=1"}},
		"a panic":       {func(string) error { panic("out of range") }, 3, []string{"level=ERROR", `"job panicked"`, "kind=note", "out of range", "event_test.go"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.SQLite(t)
			workers := river.NewWorkers()
			river.AddWorker(workers, &listener{fail: c.fail})
			log := &logged{}
			jobs := openWith(t, d, event.Config{Workers: workers, Logger: slog.New(slog.NewTextHandler(log, nil))})
			defer start(t, jobs)()
			insert(t, d, jobs, "13800006621", &river.InsertOpts{MaxAttempts: c.tries}, nil)
			until(t, "the failure is logged", func() bool { return strings.Contains(log.String(), "kind=note") })
			for _, want := range c.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("got log %q, want %q in it", log, want)
				}
			}
			if strings.Contains(log.String(), "13800006621") {
				t.Errorf("got log %q, want no argument in it", log)
			}
		})
	}
}

func TestAUniqueJobIsInsertedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		jobs := openWith(t, d, event.Config{})
		unique := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
		for _, word := range []string{"a", "a", "b", "a"} {
			insert(t, d, jobs, word, unique, nil)
		}
		if got := jobsIn(t, d, "available"); got != 2 {
			t.Errorf("got %d jobs, want 2", got)
		}
	})
}

func TestAScheduledJobWaitsForItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &listener{}
		jobs := open(t, d, l)
		defer start(t, jobs)()
		insert(t, d, jobs, "tomorrow", &river.InsertOpts{ScheduledAt: time.Now().Add(24 * time.Hour)}, nil)
		insert(t, d, jobs, "now", nil, nil)
		until(t, "the job that is due is completed", func() bool { return jobsIn(t, d, "completed") == 1 })
		if got := l.words(); len(got) != 1 || got[0] != "now" {
			t.Errorf("got %q worked, want the one that is due", got)
		}
		if got := jobsIn(t, d, "scheduled"); got != 1 {
			t.Errorf("got %d scheduled, want 1", got)
		}
	})
}

func TestAPeriodicJobComesUpByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := &listener{}
		workers := river.NewWorkers()
		river.AddWorker(workers, l)
		jobs := openWith(t, d, event.Config{Workers: workers, Periodic: []*river.PeriodicJob{
			river.NewPeriodicJob(river.PeriodicInterval(time.Hour),
				func() (river.JobArgs, *river.InsertOpts) { return note{"hourly"}, nil },
				&river.PeriodicJobOpts{RunOnStart: true}),
		}})
		defer start(t, jobs)()
		until(t, "the periodic job is completed", func() bool { return jobsIn(t, d, "completed") == 1 })
	})
}

func TestOfTwoWorkersEachJobGoesToOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		one, other := &listener{}, &listener{}
		first, second := open(t, d, one), open(t, d, other)
		defer start(t, first)()
		defer start(t, second)()
		const n = 40
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for range n {
				if err := first.Insert(t.Context(), tx, note{"x"}, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		until(t, "all are completed", func() bool { return jobsIn(t, d, "completed") == n })
		if got := len(one.words()) + len(other.words()); got != n {
			t.Errorf("got %d runs, want %d", got, n)
		}
	})
}

func TestStoppingLetsTheRunningJobEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		begun := make(chan struct{})
		l := &listener{fail: func(string) error {
			close(begun)
			time.Sleep(300 * time.Millisecond)
			return nil
		}}
		jobs := open(t, d, l)
		stop := start(t, jobs)
		defer stop()
		insert(t, d, jobs, "long", nil, nil)
		select {
		case <-begun:
		case <-time.After(30 * time.Second):
			t.Fatal("the job did not begin")
		}
		stop()
		if got := jobsIn(t, d, "completed"); got != 1 {
			t.Errorf("got %d completed when Stop returned, want 1", got)
		}
	})
}

func TestWritersAndTheWorkerShareOneFile(t *testing.T) {
	d := dbtest.SQLite(t)
	l := &listener{}
	jobs := open(t, d, l)
	defer start(t, jobs)()
	var all sync.WaitGroup
	const writers, each = 4, 10
	for range writers {
		all.Go(func() {
			for range each {
				err := d.Write(t.Context(), func(tx *db.Tx) error { return jobs.Insert(t.Context(), tx, note{"x"}, nil) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	until(t, "all are completed", func() bool { return jobsIn(t, d, "completed") == writers*each })
	if got := len(l.words()); got != writers*each {
		t.Errorf("got %d runs, want %d", got, writers*each)
	}
}
