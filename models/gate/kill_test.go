package gate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// What a process that decides is told by.
const (
	askFrom  = "MINGBAI_TEST_ASK_FROM"  // address of the database
	askFirst = "MINGBAI_TEST_ASK_FIRST" // the first terminal that it asks about
)

// TestMain makes the test binary a process that decides, where it is asked to.
func TestMain(m *testing.M) {
	if url := os.Getenv(askFrom); url != "" {
		if err := askAndTell(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const (
	kills         = 20  // on each database
	killTerminals = 800 // more than are asked about until the last kill
	askers        = 3   // terminals that a process asks about at the same time
)

var killSecret = []byte("a secret of at least thirty-two bytes")

// killed is a request for a terminal's year: two of them come at the same time.
func killed(terminal int, which string) Request {
	return Request{
		Ref: fmt.Sprintf("K%d%s", terminal, which), SN: "T" + strconv.Itoa(terminal), Item: fee.SimData, Amount: 3600, At: start, Origin: fee.OriginCore,
	}
}

// askAndTell asks for terminal after terminal, by two requests at the same time,
// takes what is allowed for every second one, and tells of each answer once it has
// it.
func askAndTell(url string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, url, db.Options{MaxConns: 2 * askers})
	if err != nil {
		return err
	}
	first, err := strconv.Atoi(os.Getenv(askFirst))
	if err != nil {
		return err
	}
	gate, err := New(Options{DB: d, Clock: clock.At(start), Secret: killSecret})
	if err != nil {
		return err
	}
	fmt.Println("began")
	var all sync.WaitGroup
	errs := make([]error, 2*askers)
	for asker := range askers {
		for side, which := range []string{"a", "b"} {
			all.Go(func() {
				for terminal := first + asker; terminal < killTerminals; terminal += askers {
					if err := askOne(ctx, gate, d, terminal, which); err != nil {
						errs[2*asker+side] = err
						return
					}
				}
			})
		}
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Println("done")
	return d.Close()
}

func askOne(ctx context.Context, gate *Gate, d *db.DB, terminal int, which string) error {
	fmt.Println("asks", terminal, which)
	a, err := gate.Authorize(ctx, core, killed(terminal, which))
	if err != nil {
		return err
	}
	fmt.Println("told", terminal, which, a.ID, a.Decision, a.Token)
	if a.Decision != fee.Allow || terminal%2 == 0 {
		return nil
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := gate.PostIn(ctx, tx, core, a.ID, Posted{Token: a.Token})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Println("took", terminal, which)
	return nil
}

// heard is what a process told of a request before it was killed.
type heard struct {
	terminal  int
	which     string
	id, token string
	decision  fee.Decision // empty: it was not answered
	taken     bool
}

func TestNothingThatWasAllowedIsLostWhenTheGateIsKilled(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killGate(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { killGate(t, dbtest.PostgresURL(t)) })
	}
}

func killGate(t *testing.T, url string) {
	d := dbtest.Open(t, url)
	b := newBench(t, d, killTerminals)
	all := map[string]*heard{}
	next := 0
	for range kills {
		for _, line := range askUntilKilled(t, url, next) {
			word := strings.Fields(line)
			if len(word) < 3 {
				continue // cut off
			}
			terminal, err := strconv.Atoi(word[1])
			if err != nil {
				t.Fatalf("it said %q", line)
			}
			next = max(next, terminal+1)
			h := all[word[1]+word[2]]
			if h == nil {
				h = &heard{terminal: terminal, which: word[2]}
				all[word[1]+word[2]] = h
			}
			switch {
			case word[0] == "told" && len(word) >= 5:
				if h.id, h.decision = word[3], fee.Decision(word[4]); len(word) > 5 {
					h.token = word[5]
				}
			case word[0] == "took":
				h.taken = true
			}
		}
	}
	unheard, allowed := 0, 0
	for _, h := range all {
		if h.decision == "" {
			unheard++
		}
		if h.decision == fee.Allow {
			allowed++
		}
		b.wantKept(h)
	}
	if unheard == 0 || allowed == 0 {
		t.Errorf("%d requests were not answered and %d were allowed: the kills hit nothing, and the test shows nothing", unheard, allowed)
	}
	b.wantWhole()
	t.Logf("%d requests, %d kills: %d were allowed, %d not answered", len(all), kills, allowed, unheard)
}

// wantKept asks again, as the core system does that had no answer, and takes what
// is allowed: what was said stands.
func (b *bench) wantKept(h *heard) {
	b.t.Helper()
	a := b.authorize(killed(h.terminal, h.which))
	if h.decision != "" && (a.ID != h.id || a.Decision != h.decision) {
		b.t.Errorf("%s: it was told %s, %s; now %s, %s", a.Ref, h.id, h.decision, a.ID, a.Decision)
	}
	if a.Decision != fee.Allow {
		return
	}
	switch {
	case h.taken && a.State != fee.Posted:
		b.t.Errorf("%s was taken, and is %s", a.Ref, a.State)
	case a.State == fee.Authorized:
		if h.token != "" && a.Token != h.token {
			b.t.Errorf("%s has another permission now", a.Ref)
		}
		if _, err := b.post(a.ID, a.Token); err != nil {
			b.t.Errorf("taking %s: %v", a.Ref, err)
		}
	case a.State != fee.Posted:
		b.t.Errorf("%s was allowed, and is %s", a.Ref, a.State)
	}
	if _, err := b.post(a.ID, h.token); h.token != "" && !fault.Is(err, fault.Conflict) {
		b.t.Errorf("%s: its permission serves twice: %v", a.Ref, err)
	}
}

// wantWhole fails the test where anything is half stored, or a cycle was taken
// twice.
func (b *bench) wantWhole() {
	b.t.Helper()
	for what, query := range map[string]string{
		"requests without a decision":  `select ref from gate_requests g where not exists (select 1 from gate_decisions d where d.deduction_id = g.deduction_id)`,
		"requests without a step":      `select ref from gate_requests g where not exists (select 1 from gate_steps s where s.deduction_id = g.deduction_id)`,
		"requests that are not listed": `select ref from gate_requests g where not exists (select 1 from deductions d where d.id = g.deduction_id and d.state = g.state)`,
		"numbers of nothing":           `select ref from deduction_refs f where not exists (select 1 from gate_requests g where g.deduction_id = f.deduction_id)`,
		"requests without an event":    `select ref from gate_requests g where not exists (select 1 from api_events e where e.subject = g.deduction_id)`,
		"requests not on record":       `select ref from gate_requests g where not exists (select 1 from audit_entries e where e.subject = g.deduction_id)`,
		"taken without holding":        `select ref from gate_requests g where state = 'posted' and ungated_at is null and not exists (select 1 from gate_claims c where c.deduction_id = g.deduction_id)`,
		"cycles taken twice":           `select cast(terminal_id as text) from gate_requests where state = 'posted' and ungated_at is null group by terminal_id, plan_id, cycle having count(*) > 1`,
	} {
		b.wantNone(what, query)
	}
}

// askUntilKilled asks in another process, kills it at a random moment and returns
// what it said.
func askUntilKilled(t *testing.T, url string, first int) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), askFrom+"="+url, askFirst+"="+strconv.Itoa(first))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if len(lines) == 1 {
			time.AfterFunc(time.Duration(10+rand.IntN(200))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // it was killed
	if said.Len() > 0 {
		t.Fatalf("before it was killed it said %s", said.String())
	}
	if slices.Contains(lines, "done") {
		t.Fatal("it was through before it was killed")
	}
	return lines
}
