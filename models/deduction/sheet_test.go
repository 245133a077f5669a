package deduction

import (
	"context"
	"reflect"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

func execute(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// asked counts what a page asks.
type asked struct {
	db.Reader
	queries int
}

func (a *asked) Query(ctx context.Context, read func(db.Rows) error, query string, args ...any) error {
	a.queries++
	return a.Reader.Query(ctx, read, query, args...)
}

// Read counts a batch as one query: it goes out in one round trip.
func (a *asked) Read(ctx context.Context, b *db.Batch) error {
	a.queries++
	return a.Reader.Read(ctx, b)
}

func pageAndQueries(t *testing.T, d *db.DB, day string) (*TerminalPage, int) {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	r := &asked{Reader: d}
	page, err := ReadTerminalPage(t.Context(), r, plans, fee.DefaultPolicy, 3, "820000018093", date.MustParse(day))
	if err != nil {
		t.Fatal(err)
	}
	return page, r.queries
}

// furnishSheet adds to what furnish wrote what else a page may show.
func furnishSheet(t *testing.T, d *db.DB) {
	t.Helper()
	furnish(t, d)
	execute(t, d,
		`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			values (6, 3, 1, '820000018000', '', 'K9', '', '2024-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`,
		`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (3, 3, 6, 1, '2024-01-01')`,
		`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (3, 3, 1, '2024-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00')`,
		`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, settlement_ref, order_ref, seq, recorded_at)
			values ('d_0', 3, 6, 1, 'sim_data', 'D0', 3600, '2024-02-03 02:00:00+00:00', 'posted', 'core', null, 'O1', 1, '2025-02-04 00:00:00+00:00')`,
		`insert into judge_pending (terminal_id, since) values (6, '2024-01-01')`,
		`update terminals set replaces_sn = '820000018000', own_alias = '收银台', carrier = '联通' where id = 7`,
		`update enrolments set own_limit_fen = 5000 where id = 1`,
		`insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
			values (3, 7, 'sim_data', 1, '2025-01-31', 3600, 'sms', '2025-01-25 02:00:00+00:00', '2025-02-04 00:00:00+00:00')`,
		`insert into disputes (id, merchant_id, terminal_id, item, cycle, opened_at) values ('x_1', 3, 7, 'sim_data', 1, '2025-05-04 00:00:00+00:00'), ('x_2', 3, 7, 'transaction', null, '2025-05-04 00:00:00+00:00')`,
		`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb) values (3, 7, '2025-06-01', 12, 100)`)
}

func TestAPageFromItsSheetIsThePageFromTheTables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishSheet(t, d)
		judgeAll(t, d, 2)
		for _, day := range []string{"2025-06-01", "2025-06-20", "2026-03-01"} {
			quick, queries := pageAndQueries(t, d, day)
			if queries != 1 {
				t.Errorf("%s: the sheet was read by %d queries, want one", day, queries)
			}
			if day == "2025-06-01" && (len(quick.Fees) != 2 || quick.Wrong == 0 || quick.ThisYear == 0 || quick.Usage == nil || len(quick.Fees[0].Notices) != 1) {
				t.Errorf("the page lacks what was written: %+v", quick)
			}
			execute(t, d, `update terminal_sheets set sheet = null`)
			slow, queries := pageAndQueries(t, d, day)
			if queries != 2 {
				t.Errorf("%s: without a sheet there were %d queries, want two", day, queries)
			}
			if !reflect.DeepEqual(quick, slow) {
				t.Errorf("%s: the sheet says\n%+v\nthe tables say\n%+v", day, quick, slow)
			}
			execute(t, d, `insert into judge_pending (terminal_id, since) values (7, '2025-01-01')`)
			judgeAll(t, d, 1)
		}
	})
}

func TestADayBeforeWhatASheetCountsIsReadFromTheTables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		if _, queries := pageAndQueries(t, d, "2025-05-31"); queries != 2 {
			t.Errorf("the day before was read by %d queries, want two", queries)
		}
	})
}

func TestWhateverChangesWhatASheetHoldsTakesItAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishSheet(t, d)
		judgeAll(t, d, 2)
		for _, change := range []string{
			`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (9, 3, 7, 2, '2025-02-01') on conflict do nothing`,
			`update enrolments set cancelled_on = '2025-05-01' where id = 1`,
			`delete from acceptance_denials`, // nothing that a sheet holds
			`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (1, 3, 1, '2025-05-01', '周老板', 'portal', '2025-05-01 00:00:00+00:00')`,
			`insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
				values (3, 7, 'sim_data', 1, '2026-01-31', 3600, 'sms', '2026-01-25 02:00:00+00:00', '2026-02-04 00:00:00+00:00')`,
			`update delivered_notices set amount_fen = 3700 where amount_fen = 3600`,
			`delete from delivered_notices`,
			`update shops set name = '分店'`,
			`update merchants set closed_on = '2025-05-30'`,
			`update terminals set replaces_sn = null where id = 7`,
			`update terminals set own_alias = '吧台' where id = 7`, // which is read anew
		} {
			stays := change == `delete from acceptance_denials` || change == `update terminals set own_alias = '吧台' where id = 7` ||
				change == `insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (9, 3, 7, 2, '2025-02-01') on conflict do nothing`
			before, _ := pageAndQueries(t, d, "2025-06-01")
			execute(t, d, change)
			after, queries := pageAndQueries(t, d, "2025-06-01")
			if want := map[bool]int{true: 1, false: 2}[stays]; queries != want {
				t.Errorf("after %s the page was read by %d queries, want %d", change, queries, want)
			}
			if !stays && reflect.DeepEqual(before, after) && change != `update terminals set replaces_sn = null where id = 7` {
				t.Errorf("after %s the page is the same", change)
			}
			execute(t, d, `insert into judge_pending (terminal_id, since) values (7, '2025-01-01') on conflict do nothing`)
			judgeAll(t, d, 1)
		}
		if page, _ := pageAndQueries(t, d, "2025-06-01"); page.Terminal.Alias != "吧台" {
			t.Errorf("the terminal is called %q, want its new name", page.Terminal.Alias)
		}
	})
}

func TestJudgingTheTerminalBeforeTakesTheSheetOfItsSuccessorAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnishSheet(t, d)
		judgeAll(t, d, 2)
		execute(t, d, `insert into judge_pending (terminal_id, since) values (6, '2024-01-01')`)
		judgeAll(t, d, 1)
		if _, queries := pageAndQueries(t, d, "2025-06-01"); queries != 2 {
			t.Errorf("the page was read by %d queries, want two", queries)
		}
	})
}

func TestASheetMadeOfWhatHasChangedMeanwhileIsNotWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		execute(t, d, `update terminal_sheets set sheet = null, changes = changes + 1`)
		plans, err := disclosure.Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		write := func(meanwhile bool) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				changes, err := readChanges(t.Context(), tx, "(7)")
				if err != nil {
					return err
				}
				if meanwhile {
					if _, err := tx.Exec(t.Context(), `update enrolments set own_limit_fen = 1 where id = 1`); err != nil {
						return err
					}
				}
				return writeSheets(t.Context(), tx, []*Terminal{{ID: 7, MerchantID: 3}}, changes, plans, clock.Today(clock.At(date.MustParse("2025-06-01").At(9, 0))))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		write(true)
		if _, queries := pageAndQueries(t, d, "2025-06-01"); queries != 2 {
			t.Errorf("a sheet was written though its enrolment changed")
		}
		write(false)
		if _, queries := pageAndQueries(t, d, "2025-06-01"); queries != 1 {
			t.Errorf("no sheet was written though nothing changed")
		}
	})
}

func FuzzADamagedSheetIsRefused(f *testing.F) {
	q := &feesQuery{plans: &disclosure.Plans{}}
	q.fees = []TerminalFee{{PlanID: 1, AcceptedBy: "周老板", Lines: []Line{{ID: "d_1", Kind: KindDeduction, On: date.MustParse("2025-01-01")}}}}
	q.recent = []Line{{ID: "d_1", Sale: new(money.Fen(1)), SaleCount: new(int64(2))}}
	f.Add(encodeSheet(q, &sheetDays{shop: "总店", years: []yearSum{{2025, 1}}, wrong: []wrongDay{{1, 1}}}))
	f.Add([]byte{sheetVersion})
	f.Fuzz(func(t *testing.T, sheet []byte) {
		var r sheetReader
		into := &feesQuery{plans: &disclosure.Plans{}}
		if r.read(sheet, into, &sheetDays{}) && r.broken {
			t.Error("a broken sheet was taken")
		}
	})
}
