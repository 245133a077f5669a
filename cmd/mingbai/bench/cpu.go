package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// cpu is the time that processors spent: in this program, its readers included,
// and in PostgreSQL. Other programs take from the clock on the wall, but nothing
// from this.
type cpu struct{ program, database time.Duration }

func (c cpu) plus(d cpu) cpu  { return cpu{c.program + d.program, c.database + d.database} }
func (c cpu) minus(d cpu) cpu { return cpu{c.program - d.program, c.database - d.database} }

func (c cpu) sum() time.Duration { return c.program + c.database }

// meter reads the times. Without PostgreSQL on this machine, or on a system that
// does not tell, their share is 0.
type meter struct{ backends []int }

// meterOf returns a meter of the program and of the processes that serve the
// database's open connections.
func meterOf(ctx context.Context, d *db.DB) (meter, error) {
	var m meter
	if d.Dialect != db.Postgres {
		return m, nil
	}
	err := d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var pid int64
			err := rows.Scan(&pid)
			m.backends = append(m.backends, int(pid))
			return err
		})
	}, "select cast(pid as bigint) from pg_stat_activity where datname = current_database()")
	return m, err
}

func (m meter) read() cpu {
	c := cpu{program: programTime()}
	for _, pid := range m.backends {
		c.database += processTime(pid)
	}
	return c
}

// processTime is what Linux says a process with one thread has spent on
// processors, or 0.
func processTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	ns, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(ns)
}
