package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
)

// casesFrom is when the cases of these tests begin: the opening of a working day.
var casesFrom = date.MustParse("2026-11-23").At(9, 0).UTC()

var (
	caseLead   = staff.Actor{ID: "st_1", Name: "陈", Roles: []staff.Role{staff.Lead}}
	caseWorker = staff.Actor{ID: "st_2", Name: "王", Roles: []staff.Role{staff.Support}}
)

// bureau is the job that tends cases, on a database with the sample's merchants.
type bureau struct {
	*tendCases
	t     *testing.T
	clock *clock.Set
	log   *bytes.Buffer
}

// eachBureau runs the test on both databases.
func eachBureau(t *testing.T, test func(t *testing.T, b *bureau)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bureau{t: t, clock: clock.At(casesFrom), log: &bytes.Buffer{}}
		b.must(ingesttest.TakeSample(t.Context(), d, b.clock.Now()))
		plans, err := disclosure.Load(t.Context(), d)
		b.must(err)
		store, err := file.OpenFolder(t.TempDir())
		b.must(err)
		t.Cleanup(func() { _ = store.Close() })
		cases := complaint.New(complaint.Options{
			DB: d, Clock: b.clock, Plans: func() *disclosure.Plans { return plans }, Policy: func() fee.Policy { return fee.DefaultPolicy }, Files: store,
		})
		b.tendCases = &tendCases{Options: Options{DB: d, Clock: b.clock, Cases: cases, Log: slog.New(slog.NewTextHandler(b.log, nil))}}
		test(t, b)
	})
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) exec(statement string, args ...any) {
	b.t.Helper()
	b.must(b.DB.Write(b.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(b.t.Context(), statement, args...)
		return err
	}))
}

// count reads one number.
func (b *bureau) count(query string, args ...any) (n int) {
	b.t.Helper()
	b.must(b.DB.QueryRow(b.t.Context(), query, args...).Scan(&n))
	return n
}

// want fails the test unless a query counts so many.
func (b *bureau) want(want int, what, query string, args ...any) {
	b.t.Helper()
	if got := b.count(query, args...); got != want {
		b.t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

// work runs the job, twice in a row and twice at once.
func (b *bureau) work() {
	b.t.Helper()
	var all sync.WaitGroup
	for range 2 {
		b.must(b.Work(b.t.Context(), nil))
		all.Go(func() {
			if err := b.Work(b.t.Context(), nil); err != nil {
				b.t.Error(err)
			}
		})
	}
	all.Wait()
}

// idle fails the test unless the job finds nothing to do.
func (b *bureau) idle() {
	b.t.Helper()
	b.log.Reset()
	b.must(b.Work(b.t.Context(), nil))
	if b.log.Len() > 0 {
		b.t.Errorf("with nothing to do it says %s", b.log)
	}
}

// numbers returns the cases in the order in which they were opened.
func (b *bureau) numbers() (all []string) {
	b.t.Helper()
	b.must(b.DB.Query(b.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var number string
			err := rows.Scan(&number)
			all = append(all, number)
			return err
		})
	}, `select number from cases order by id`))
	return all
}

// denied counts what was taken although it must not have been, within the time
// that the job looks at.
func (b *bureau) denied() int {
	b.t.Helper()
	n := b.count(`select count(*) from bill_lines where kind = 'deduction' and state = 'posted' and decision = 'deny' and at >= $1`, b.clock.Now().Add(-deniedWithin))
	if n < 2 {
		b.t.Fatalf("%d lines of the sample are denied: there is nothing to see", n)
	}
	return n
}

// takenAgain has one fee of the sample taken so many times more, and returns how
// many lines are denied then.
func (b *bureau) takenAgain(times int) int {
	b.t.Helper()
	rows := "deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref\n"
	for i := range times {
		rows += fmt.Sprintf("AGAIN-%d,820000032929,sim_data,sim-annual-36,36.00,2026-11-19T10:%02d:00+08:00,2026-01-20,posted,core,,,\n", i, i)
	}
	path := filepath.Join(b.t.TempDir(), "deductions.csv")
	b.must(os.WriteFile(path, []byte(rows), 0o600))
	before := b.denied()
	_, err := ingest.Import(b.t.Context(), b.DB, b.clock, audit.Actor{Kind: audit.CLI, ID: "test"}, []ingest.File{ingest.FileAt("deductions", path)}, ingest.Options{})
	b.must(err)
	_, err = ingest.Judge(b.t.Context(), b.DB, b.clock, nil)
	b.must(err)
	n := b.denied()
	if n != before+times {
		b.t.Fatalf("%d lines are denied, want %d more than %d", n, times, before)
	}
	return n
}

// wantOneCaseEach fails the test unless each denied line has one case, which
// holds its fee, was told of, published and recorded once.
func (b *bureau) wantOneCaseEach(n int) {
	b.t.Helper()
	b.want(n, "cases", `select count(*) from cases`)
	b.want(n, "lines with a case of its own making", `select count(distinct subject_ref) from cases where channel = 'itself' and reason = 'broken_rule' and subject = 'deduction'`)
	b.want(n, "beginnings of logs", `select count(*) from case_events where kind = 'filed'`)
	b.want(n, "evidence", `select count(distinct case_id) from case_evidence`)
	b.want(n, "notices", `select count(*) from notices where kind = 'complaint'`)
	b.want(n, "events", `select count(*) from api_events where kind = 'complaint.opened'`)
	b.want(n, "lines of the record", `select count(*) from audit_entries where action = 'case.file'`)
	b.want(0, "disputes opened twice", `select count(*) from (select id from disputes group by id having count(*) > 1) twice`)
}

func TestWhatMustNotHaveBeenTakenGetsOneCaseHoweverOftenTheJobRuns(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		n := b.denied()
		b.work()
		b.wantOneCaseEach(n)
		b.idle()
		held := b.count(`select count(*) from cases where item not in ('transaction', 'withdrawal')`) // those are taken with each sale
		b.want(held, "fees that are held", `select count(*) from disputes where closed_at is null`)
	})
}

func TestTheJobsOfTwoProcessesTendEachCaseOnce(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		n := b.denied()
		quiet := b.Options
		quiet.Log = slog.New(slog.DiscardHandler)
		accounts, err := account.New(account.Options{DB: b.DB, Clock: b.clock, Secret: make([]byte, 32)})
		b.must(err)
		quiet.Accounts = accounts
		for range 2 {
			workers, _ := Workers(quiet)
			queue, err := event.Open(t.Context(), b.DB, event.Config{Workers: workers, Periodic: ofCases(quiet), Logger: quiet.Log})
			b.must(err)
			t.Cleanup(queue.Close)
			b.must(queue.Start(context.WithoutCancel(t.Context())))
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				defer cancel()
				if err := queue.Stop(ctx); err != nil {
					t.Errorf("stopping: %v", err)
				}
			})
		}
		done := `select count(*) from river_job where kind = 'tend_cases' and state = 'completed'`
		for end := time.Now().Add(30 * time.Second); b.count(done) == 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the job never came up by itself")
			}
		}
		b.wantOneCaseEach(n)
	})
}

func TestTheClocksOfACaseWarnAndRunOutOnceHoweverOftenTheJobRuns(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		b.work()
		n := len(b.numbers())
		for _, step := range []struct {
			day                string
			hour, minute       int
			warnings, breaches int // of each case
		}{
			{"2026-11-23", 16, 7, 0, 0},
			{"2026-11-23", 16, 8, 1, 0}, // first contact
			{"2026-11-23", 18, 0, 1, 0},
			{"2026-11-24", 9, 1, 1, 1},
			{"2026-11-27", 17, 0, 2, 1}, // resolution
			{"2026-11-30", 9, 1, 2, 2},
			{"2026-12-07", 9, 0, 3, 2}, // reply
			{"2026-12-08", 23, 59, 3, 2},
			{"2026-12-09", 0, 1, 3, 3},
			{"2027-03-01", 9, 0, 3, 3},
		} {
			b.clock.MoveTo(date.MustParse(step.day).At(step.hour, step.minute).UTC())
			b.work()
			what := fmt.Sprintf("on %s at %02d:%02d ", step.day, step.hour, step.minute)
			b.want(n*step.warnings, what+"warnings", `select count(*) from case_alarms where kind = 'warning'`)
			b.want(n*step.breaches, what+"breaches", `select count(*) from case_alarms where kind = 'breach'`)
			b.idle()
		}
		b.want(n, "breached cases", `select count(*) from cases where breached`)
		board, err := complaint.ReadBoard(t.Context(), b.DB, caseLead, b.clock.Now())
		b.must(err)
		if len(board.Alarms) == 0 {
			t.Error("the leads see no alarm")
		}
	})
}

// decide decides a case against the merchant, or for an amount.
func (b *bureau) decide(number string, amount money.Fen) {
	b.t.Helper()
	j := complaint.Judgement{Finding: complaint.NotUpheld, RootCause: "没有", Reason: "按约定收的"}
	if amount > 0 {
		j.Finding, j.Amount = complaint.Upheld, &amount
	}
	b.must(b.Cases.Decide(b.t.Context(), caseWorker, number, j))
}

func TestWhatIsDecidedClosesOnceAfterTwoWeeksWithoutAWord(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		b.work()
		all := b.numbers()
		owed, silent := all[0], all[1]
		b.decide(owed, 100)
		b.decide(silent, 0)
		closed := `select count(*) from case_events where kind = 'case_closed'`
		b.clock.MoveTo(date.MustParse("2026-12-07").At(23, 59).UTC()) // the last day
		b.work()
		b.want(0, "closed on the last day", closed)
		b.clock.MoveTo(date.MustParse("2026-12-08").At(0, 1).UTC())
		b.work()
		b.want(1, "closed the day after", closed)
		b.want(1, "said to be closed", `select count(*) from cases where number = $1 and state = 'closed'`, silent)
		b.want(1, "recorded", `select count(*) from audit_entries where action = 'case.close' and actor_kind = 'system'`)
		b.want(1, "cases that still owe money", `select count(*) from cases where number = $1 and state = 'decided'`, owed)
		b.idle()
	})
}

// delivered says of every event that an endpoint has it.
func (b *bureau) delivered() {
	b.t.Helper()
	b.exec(`insert into webhook_endpoints (id, url, description, kinds, created_at, created_by, disabled_why) values ('we_1', 'https://core.example', 'core', '', $1, 'Li', '')`, b.clock.Now())
	_, err := webhook.Arrange(b.t.Context(), b.DB, b.clock.Now())
	b.must(err)
	b.exec(`update webhook_deliveries set state = 'delivered'`)
}

func TestARefundIsSentOnceAnotherSystemHasItHoweverOftenTheJobRuns(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		b.work()
		number := b.numbers()[0]
		b.decide(number, 100)
		_, err := b.Cases.ProposeRefund(t.Context(), caseWorker, number, 100)
		b.must(err)
		b.work()
		sent := `select count(*) from refund_proposals where state = 'sent'`
		b.want(0, "sent before anybody has it", sent)
		b.delivered()
		b.work()
		b.want(1, "sent", sent)
		b.want(1, "recorded", `select count(*) from audit_entries where action = 'case.send_refund'`)
		b.idle()
	})
}

// cut is a context that ends when it has been asked so many times for a value:
// each statement asks for some.
type cut struct {
	context.Context
	left *atomic.Int64
	end  context.CancelFunc
}

// Value is asked for by whatever runs in the context.
func (c cut) Value(key any) any {
	if c.left.Add(-1) == 0 {
		c.end()
	}
	return c.Context.Value(key)
}

// workCutShort runs the job again and again, each time cut short a little later,
// until it comes to its end. It fails the test unless it was cut short at least
// once after some of the things were done that a query counts, but not all.
func (b *bureau) workCutShort(all int, query string) {
	b.t.Helper()
	amid := 0
	for after := int64(20); ; after += 20 + after/5 {
		ctx, end := context.WithCancel(b.t.Context())
		c := cut{ctx, &atomic.Int64{}, end}
		c.left.Store(after)
		err := b.Work(c, nil)
		end()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), "interrupt") {
			b.t.Fatalf("cut short after %d: %v", after, err)
		}
		if n := b.count(query); n > 0 && n < all {
			amid++
		}
	}
	if amid == 0 {
		b.t.Error("it was never cut short amid its work")
	}
	b.want(all, "done in the end", query)
}

func TestAJobThatIsCutShortAmidItsWorkDoublesNothing(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		n := b.takenAgain(25) // more than are opened in one transaction
		b.workCutShort(n, `select count(*) from cases`)
		b.wantOneCaseEach(n)
		for _, number := range b.numbers()[:5] {
			b.decide(number, 0)
		}
		b.clock.MoveTo(date.MustParse("2026-12-09").At(0, 1).UTC())
		b.workCutShort((n-5)*6+5, `select (select count(*) from case_alarms) + (select count(*) from cases where state = 'closed')`)
		b.want(5, "ends of logs", `select count(*) from case_events where kind = 'case_closed'`)
		b.want(5, "lines of the record", `select count(*) from audit_entries where action = 'case.close'`)
		b.want((n-5)*6, "warnings and breaches of the others", `select count(*) from case_alarms`)
		b.idle()
	})
}

func TestADraftIsForgottenAfterNinetyDays(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		who := account.Who{}
		b.must(b.DB.QueryRow(t.Context(), `select merchant_id, user_id from memberships where role = 'owner' order by user_id limit 1`).Scan(&who.MerchantID, &who.UserID))
		picture := complaint.Upload{Name: "a.pdf", Content: []byte("%PDF-1.4\n%%EOF\n")}
		b.must(b.Cases.SaveDraft(t.Context(), who, complaint.OfNothing, "", []byte(`{}`), []complaint.Upload{picture}))
		w := &forgetDrafts{Options: b.Options}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{draftLasts, 1}, {time.Second, 0}, {time.Hour, 0}} {
			b.clock.Advance(step.after)
			b.must(w.Work(t.Context(), nil))
			b.want(step.want, "drafts", `select count(*) from case_drafts`)
			b.want(step.want, "files of drafts", `select count(*) from case_draft_files`)
		}
	})
}
