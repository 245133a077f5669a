package notice

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// asChild names the environment variable under which this test binary runs
// itself again: the database and the moment, apart by a space.
const asChild = "MINGBAI_NOTICE_CHILD"

// How often a process is killed at work, on each database, on how many days at
// most, and what is due on each.
const (
	kills        = 25
	killDays     = 100
	killShops    = 40
	killPerShop  = 6
	killChildren = "begin"
)

// TestAKilledProcessLosesNothingAndTellsNothingTwice kills processes amid
// planning and writing letters, and lets others finish what they left.
func TestAKilledProcessLosesNothingAndTellsNothingTwice(t *testing.T) {
	if how := os.Getenv(asChild); how != "" {
		killedChild(t, how)
		return
	}
	t.Run("sqlite", func(t *testing.T) { killAndFinish(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { killAndFinish(t, dbtest.PostgresURL(t)) })
	}
}

// killedChild plans and writes letters at one moment.
func killedChild(t *testing.T, how string) {
	url, moment, _ := strings.Cut(how, " ")
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	fmt.Println(killChildren)
	announceAt(t, d, at)
}

func announceAt(t *testing.T, d *db.DB, at time.Time) {
	t.Helper()
	if _, err := Sweep(t.Context(), d, clock.At(at.UTC()), fee.DefaultPolicy); err != nil {
		t.Fatal(err)
	}
	if _, err := Gather(t.Context(), d, clock.At(at.UTC()), postOf(SMS)); err != nil {
		t.Fatal(err)
	}
}

func killAndFinish(t *testing.T, url string) {
	d := dbtest.Open(t, url)
	s := sketchOf(t, d, killShops, killPerShop)
	s.together(func() {
		for day := 1; day <= killDays+8; day++ {
			for m := 1; m <= killShops; m++ {
				for n := 1; n <= killPerShop; n++ {
					s.exec(`insert into forecasts (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds) values ($1, $2, 1, $3, $4, 3600, 1, '')`,
						m, m*100+n, day, sunday.AddDays(day))
				}
			}
		}
	})
	// Runs that nobody kills show how long there is to kill one.
	announceAt(t, d, sunday.At(10, 0))
	began := time.Now()
	announceAt(t, d, sunday.AddDays(1).At(10, 0))
	length := time.Since(began)
	amid, day := 0, 1
	for amid < kills && day < killDays {
		day++
		at := sunday.AddDays(day).At(10, 0)
		if killOne(t, url, at, rand.N(length)) {
			amid++
		}
		if day%5 == 0 {
			// Now and then two finish what was left, at the same time.
			done := make(chan struct{})
			go func() {
				defer close(done)
				killOne(t, url, at, time.Minute)
			}()
			announceAt(t, d, at)
			<-done
		}
		announceAt(t, d, at)
		if day%5 == 0 {
			s.wantToldOnce(sunday.AddDays(day))
		}
		if t.Failed() {
			return
		}
	}
	s.wantToldOnce(sunday.AddDays(day))
	if amid < kills {
		t.Errorf("only %d processes of %d were killed at work", amid, day)
	}
	t.Logf("%d processes were killed at work, which takes %s", amid, length)
}

// killOne starts a process, kills it some time after it began to work, and
// reports whether it was still at work.
func killOne(t *testing.T, url string, at time.Time, after time.Duration) bool {
	cmd := exec.Command(os.Args[0], "-test.run=^TestAKilledProcessLosesNothingAndTellsNothingTwice$")
	cmd.Env = append(os.Environ(), asChild+"="+url+" "+at.Format(time.RFC3339))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return false
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return false
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == killChildren {
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
	}
	return cmd.Wait() != nil
}

// wantToldOnce looks at all that was told up to a day.
func (s *sketch) wantToldOnce(day date.Date) {
	s.t.Helper()
	count := func(what string, want int, query string, args ...any) {
		s.t.Helper()
		var got int
		if err := s.d.QueryRow(s.t.Context(), query, args...).Scan(&got); err != nil {
			s.t.Fatal(err)
		}
		if got != want {
			s.t.Errorf("%s: %s: got %d, want %d", day, what, got, want)
		}
	}
	days := day.DaysSince(sunday)
	charges := killShops * killPerShop
	count("charges without one notice at a lead that has come", 0, `
		select count(*) from forecasts f where f.due_on <= $1 and 1 <> (
			select count(*) from notices n where n.terminal_id = f.terminal_id and n.cycle = f.cycle_index and n.lead_days = 1)`, day.AddDays(1))
	count("notices a week ahead", (days)*charges+6*charges, `select count(*) from notices where lead_days = 7`)
	count("notices a day ahead", (days+1)*charges, `select count(*) from notices where lead_days = 1`)
	count("notices that no letter told", 0, `select count(*) from notices n where not exists (select 1 from letters l where l.id = n.letter_id)`)
	count("letters that tell nothing", 0, `select count(*) from letters l where not exists (select 1 from notices n where n.letter_id = l.id)`)
	count("letters of one merchant, kind and day", 0, `select count(*) from (select 1 as n from notices group by merchant_id, due_on, lead_days having count(distinct letter_id) > 1) twice`)
	count("letters without one message for the inbox and one for the phone", 0, `
		select count(*) from letters l where 1 <> (select count(*) from messages m where m.letter_id = l.id and m.channel = 'inbox')
			or 1 <> (select count(*) from messages m where m.letter_id = l.id and m.channel = 'sms')`)
	count("messages without a letter", 0, `select count(*) from messages m where m.letter_id is null`)
}
