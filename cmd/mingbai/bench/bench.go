// Package bench measures the program against what it could be at best: base and
// candidate in one process, in slices that take turns, each round's ratio on its
// own, so that a slow machine or a busy one changes little. It makes its own
// databases and its own data, asks nobody but this machine, and leaves nothing
// behind.
package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// Options say what is measured and how long.
type Options struct {
	Server    string        // a PostgreSQL server on which databases may be made; empty: one is started and thrown away
	Terminals int           // in the smaller world; the larger has ten times as many
	Rounds    int           // that count, of each comparison
	Slice     time.Duration // of one side, four to a round
	Only      []string      // names of lines; empty: all
	// Open opens the whole portal on a database that is filled, at the clock's
	// time.
	Open func(ctx context.Context, d *db.DB, c clock.Clock) (*Portal, error)
	// Executable is the program itself, and Environ what it is started with,
	// NAME=value, on an address and a database.
	Executable string
	Environ    func(database, listen string) []string
	// Progress is told what is being done; may be nil.
	Progress func(what string)
}

// Portal is the portal as it serves its readers.
type Portal struct {
	Handler http.Handler
	// SignIn signs in an owner of a merchant and returns the cookies that the
	// browser then sends.
	SignIn func(ctx context.Context, merchantID int64) (cookies string, err error)
	Close  func()
}

// Result is what one line came to.
type Result struct {
	Name   string `json:"name"`
	What   string `json:"what"`
	Unit   string `json:"unit"` // of the figures; × for a ratio
	Spread        // of the rounds
	Reach  string `json:"reach,omitempty"` // what is aimed at; empty: nothing
	Detail string `json:"detail,omitempty"`
}

// line is a group of figures that are measured together.
type line struct {
	name string
	run  func(r *runner, ctx context.Context) ([]Result, error)
}

var lines = []line{
	{"verdict", (*runner).verdict},
	{"judging", (*runner).judging},
	{"page", (*runner).page},
	{"gorm", (*runner).gorm},
	{"terminal", (*runner).terminal},
	{"rows", (*runner).rows},
	{"sqlite", (*runner).sqlite},
	{"front", (*runner).front},
	{"disclosure", (*runner).disclosed},
	{"search", (*runner).search},
	{"gate", (*runner).gate},
	{"import", (*runner).imports},
	{"sweep", (*runner).sweep},
	{"start", (*runner).start},
}

// Names lists the lines in the order in which they run.
func Names() []string {
	var names []string
	for _, l := range lines {
		names = append(names, l.name)
	}
	return names
}

// runner runs lines on databases that several of them share.
type runner struct {
	Options
	databases *databases
	places    map[string]*place
}

// Run measures line after line and gives each line's results to each as they
// come.
func Run(ctx context.Context, o Options, each func([]Result) error) (err error) {
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("there is no line %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if o.Terminals < perMerchant || o.Rounds < 1 || o.Slice <= 0 {
		return fmt.Errorf("at least %d terminals, a round and a slice are needed", perMerchant)
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	r := &runner{Options: o, places: map[string]*place{}}
	if r.databases, err = newDatabases(o.Server); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, l := range lines {
		if len(o.Only) > 0 && !slices.Contains(o.Only, l.name) {
			continue
		}
		o.Progress("measuring " + l.name)
		results, err := l.run(r, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		if err := each(results); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) close() error {
	var faults []error
	for _, p := range r.places {
		faults = append(faults, p.close())
	}
	return errors.Join(append(faults, r.databases.close())...)
}

// ratio is the candidate's speed with the base's as 1, for a result.
func ratio(rounds []round) Spread {
	figures := make([]float64, len(rounds))
	for i, r := range rounds {
		figures[i] = r.speed()
	}
	return spreadOf(figures)
}

// thrift is how little processors spend on the candidate with the base as 1, for
// a result.
func thrift(rounds []round) Spread {
	figures := make([]float64, len(rounds))
	for i, r := range rounds {
		figures[i] = r.thrift()
	}
	return spreadOf(figures)
}

// spent says what processors spent on one of each side, over all rounds.
func spent(rounds []round) string {
	var sum round
	for _, r := range rounds {
		sum.base, sum.candidate = sum.base.plus(r.base), sum.candidate.plus(r.candidate)
	}
	each := func(p pace) string {
		n := float64(max(p.done, 1))
		return short(float64(p.cpu.program)/n) + " here and " + short(float64(p.cpu.database)/n) + " in PostgreSQL"
	}
	return each(sum.candidate) + ", against " + each(sum.base)
}

// slowdown is how much longer the candidate takes than the base.
func slowdown(rounds []round) Spread {
	figures := make([]float64, len(rounds))
	for i, r := range rounds {
		if s := r.speed(); s > 0 {
			figures[i] = 1 / s
		}
	}
	return spreadOf(figures)
}

// times says how long each side took for one, in the median round.
func times(rounds []round) string {
	var base, candidate []float64
	for _, r := range rounds {
		base = append(base, float64(r.base.each()))
		candidate = append(candidate, float64(r.candidate.each()))
	}
	return fmt.Sprintf("%s against %s", short(spreadOf(candidate).Median), short(spreadOf(base).Median))
}

// short writes nanoseconds with three digits.
func short(nanoseconds float64) string {
	d := time.Duration(nanoseconds)
	switch {
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= 100*time.Microsecond:
		return d.Round(time.Microsecond).String()
	default:
		return d.Round(10 * time.Nanosecond).String()
	}
}
