package rootcause

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// asChild names the environment variable under which this test binary runs
// itself again: the address of the database.
const asChild = "MINGBAI_ROOTCAUSE_CHILD"

const (
	killMerchants = 40
	killsWanted   = 10 // amid work, on each database
	childBegins   = "begin"
)

// TestAKilledProcessGivesNothingBackTwiceAndLeavesNoLine kills processes amid the
// work of two actions that hit the same lines, and lets others go on.
func TestAKilledProcessGivesNothingBackTwiceAndLeavesNoLine(t *testing.T) {
	if url := os.Getenv(asChild); url != "" {
		killedChild(t, url)
		return
	}
	t.Run("sqlite", func(t *testing.T) { killAndGoOn(t, dbtest.SQLiteURL(t)) })
	if !dbtest.SQLiteOnly() {
		t.Run("postgres", func(t *testing.T) { killAndGoOn(t, dbtest.PostgresURL(t)) })
	}
}

// killedChild works in small steps, so that there are many moments to be killed at.
func killedChild(t *testing.T, url string) {
	atOnce = map[What]int{Refund: 1, Stop: 2, Tell: 2}
	d, err := db.Open(t.Context(), url, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := open(t, d)
	fmt.Println(childBegins)
	if _, err := w.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func killAndGoOn(t *testing.T, url string) {
	d := dbtest.Open(t, url)
	furnish(t, d, killMerchants)
	w := open(t, d)
	number := w.file("D", "M001")
	if _, err := w.cases.OpenDenied(t.Context(), anchor.Start()); err != nil {
		t.Fatal(err)
	}
	// One finds what was taken by the plan, the other what breaks its rule.
	byRule := w.ofPlan("service-99")
	byRule.PlanID, byRule.Version, byRule.Rule = 0, 0, "amount_over"
	for _, c := range []Criteria{w.ofPlan("service-99"), byRule} {
		p := w.proposal(number, c)
		p.Plan.Tell = true
		w.must(w.Approve(t.Context(), chen, w.propose(p)))
	}
	for kill := range killsWanted {
		before := w.pending()
		few := func() bool { return w.pending() <= before-1-rand.N(6) }
		if kill%4 == 3 { // two at the same time
			other := make(chan bool)
			go runChild(t, url, few, other)
			runChild(t, url, few, nil)
			<-other
		} else if !runChild(t, url, few, nil) || w.pending() == 0 {
			t.Fatalf("after %d kills there was nothing left to be killed amid", kill)
		}
		w.wantNothingTwice()
	}
	if _, err := w.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantNothingTwice()
	w.want(0, "lines left", `select count(*) from root_cause_lines where state = 'pending'`)
	w.want(2, "actions that are done", `select count(*) from root_causes where state = 'done'`)
	w.want(killMerchants-1, "lines that were given back", `select count(*) from refund_proposals`)
	w.want(killMerchants-1, "lines of both actions that gave something back", `select count(*) from root_cause_lines where what = 'refund' and state = 'done'`)
	w.want(killMerchants, "lines of the second that found it proposed, or in the hands of a person", `
		select count(*) from root_cause_lines l where what = 'refund' and state = 'skipped' and worked_at is not null and why = $1 or what = 'refund' and why = $2 and cause_id = (select max(cause_id) from root_cause_lines)`,
		string(complaint.AlreadyProposed), string(complaint.UnderComplaint))
	w.want(killMerchants, "fees that end", `select count(*) from enrolments where cancelled_here`)
	w.want(killMerchants, "events of fees that end", `select count(*) from api_events where kind = 'enrolment.cancel_requested'`)
	w.want(2*killMerchants, "merchants told", `select count(*) from notices where cast(facts as text) like '%cause_%'`)
}

// pending is how many lines are left to be worked.
func (w *world) pending() (n int) {
	if err := w.d.QueryRow(w.t.Context(), `select count(*) from root_cause_lines where state = 'pending'`).Scan(&n); err != nil {
		w.t.Error(err)
	}
	return n
}

// wantNothingTwice fails the test where money is given back twice, or without a
// line that says so.
func (w *world) wantNothingTwice() {
	w.t.Helper()
	w.want(0, "lines given back twice", `select count(*) from (select line_id from refund_proposals group by line_id having count(*) > 1) twice`)
	w.want(0, "refunds that no line speaks of", `
		select count(*) from refund_proposals r where not exists (select 1 from root_cause_lines l join cases c on c.number = l.case_number
			where l.what = 'refund' and l.state = 'done' and l.subject = r.line_id and l.amount_fen = r.amount_fen and c.id = r.case_id)`)
	w.want(0, "lines that are done without a refund", `
		select count(*) from root_cause_lines l where l.what = 'refund' and l.state = 'done' and not exists (select 1 from refund_proposals r where r.line_id = l.subject)`)
	w.want(0, "refunds that no event tells of", `
		select count(*) from refund_proposals r where 1 <> (select count(*) from api_events e where e.kind = 'refund.approved' and cast(e.data as text) like '%' || r.id || '%')`)
}

// runChild lets a process work, kills it once it has done enough, and reports
// whether that ended it.
func runChild(t *testing.T, url string, enough func() bool, done chan<- bool) (killed bool) {
	if done != nil {
		defer func() { done <- true }()
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcessGivesNothingBackTwiceAndLeavesNoLine$")
	cmd.Env = append(os.Environ(), asChild+"="+url, "TMPDIR="+t.TempDir()) // what it leaves there when it is killed goes with the test
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return false
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == childBegins {
			break
		}
	}
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for !enough() {
			select {
			case <-over:
				return
			case <-time.After(time.Millisecond):
			}
		}
		_ = cmd.Process.Kill() // it may have ended meanwhile
	}()
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	close(over)
	<-watched
	return err != nil
}
