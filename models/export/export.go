// Package export makes a file of all that the portal keeps about a merchant, for
// its owners to take away: each table as JSON and as CSV, the files that belong
// to it, and a manifest with the hash of each.
//
// It is asked for, made by a job, and lies in the store of files for some days.
// All tables are read as they are at one moment, row by row, so that memory does
// not grow with them; the store gets it in parts of a fixed size. Only a whole
// one is handed out: what was made when a process ended is thrown away and made
// again.
//
// What is in it is the merchant's. Staff appear by what they are, not by name,
// and what they write among themselves is not there.
package export

import (
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/file"
)

// State is how far an export has come.
type State string

// The states.
const (
	Waiting State = "waiting"
	Working State = "working"
	Ready   State = "ready"   // it can be fetched
	Failed  State = "failed"  // given up; it may be asked for again
	Removed State = "removed" // its time is over, or another took its place
)

// UnderWay reports whether it is still being made.
func (s State) UnderWay() bool { return s == Waiting || s == Working }

// Lasts is how long an export can be fetched.
const Lasts = 7 * 24 * time.Hour

// mostFailures is after how many attempts that came to nothing one is given up.
const mostFailures = 3

// Export is a file of all that is kept about a merchant.
type Export struct {
	ID       string // dx_…
	State    State
	UserID   string    // who asked
	By       string    // their name, as it is now
	AskedAt  time.Time // UTC, as all of them
	EndedAt  time.Time // made, or given up; zero: under way
	UntilAt  time.Time // it can be fetched before; zero: it is not ready
	Bytes    int64     // of a ready one
	Files    int       // in it
	Manifest string    // SHA-256 of the manifest, in hexadecimal
}

// Exports asks for, makes and hands out exports. It may be used concurrently.
type Exports struct {
	d     *db.DB
	clock clock.Clock
	files file.Store
	jobs  event.Queue

	partBytes int
}

// Options are what the use cases of this package work with.
type Options struct {
	DB    *db.DB
	Clock clock.Clock
	Files file.Store  // holds the exports, and the files that belong to merchants
	Jobs  event.Queue // is told when one is asked for
}

// New returns the use cases on a database.
func New(o Options) *Exports {
	return &Exports{d: o.DB, clock: o.Clock, files: o.Files, jobs: o.Jobs, partBytes: partBytes}
}

// MakeArgs is the job that makes what was asked for.
type MakeArgs struct{}

// Kind names the job in the queue.
func (MakeArgs) Kind() string { return "make_data_exports" }

// by is who makes them, in the record.
const by = "make_data_exports"
