package deduction

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// rareFilters let nothing or very little of many lines through.
func rareFilters() map[string]ListFilter {
	amount := money.Fen(99)
	return map[string]ListFilter{
		"not taken":     {Check: CheckNotTaken},
		"not checked":   {Check: CheckUnchecked},
		"not as agreed": {Check: CheckNotAgreed},
		"a fee":         {Item: fee.Overage},
		"a column":      {Item: fee.Withdrawal},
		"an amount":     {Amount: &amount},
		"all of them":   {Item: fee.SimData, Check: CheckNotAgreed, Amount: &amount, From: date.MustParse("2026-01-01"), To: date.MustParse("2026-12-31")},
	}
}

// furnishMany writes a merchant with many lines for sales, and one line of each
// other sort.
func furnishMany(t *testing.T, d *db.DB) {
	t.Helper()
	const line = `insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules) `
	const numbers = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000) `
	statements := []string{
		`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
			values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
		`insert into shops (id, merchant_id, name) values (1, 3, '总店')`,
		numbers + `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
			select i, 3, 1, '8200' || i, '', '', '', '', '', '', '2025-01-01 00:00:00+00:00' from n where i <= 20`,
		numbers + line + `select 3, 's_' || i || '-card', 1 + i % 20, 'card', 'transaction', '2026-11-01 15:59:00+00:00', '2026-11-01', 0,
			500 + i % 1000, 'posted', 'core', 'allow', '', 0, false, '2026-11-02 00:00:00+00:00', '1' from n`,
	}
	if d.Dialect == db.SQLite {
		for i, s := range statements { // which wants the numbers after the table
			if head, ok := strings.CutPrefix(s, numbers); ok {
				into, from, _ := strings.Cut(head, "select ")
				statements[i] = into + numbers + "select " + from
			}
		}
	}
	for i, of := range []string{"'posted', 'core', 'deny', 'amount_over'", "'reversed', 'core', 'allow', ''", "'posted', 'core', 'allow', 'not_itemised'"} {
		statements = append(statements, line+fmt.Sprintf(`values (3, 'd_%d', 1, 'deduction', 'sim_data', '2026-01-%02d 15:59:00+00:00', '2026-01-01', 0,
			99, %s, 0, false, '2026-11-02 00:00:00+00:00', '1')`, i, i+1, of))
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err == nil {
		err = d.Analyze(t.Context(), "bill_lines", "terminals", "shops")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// buffered is a database that counts the buffers that batches touch.
type buffered struct {
	*db.DB
	buffers int64
}

func (b *buffered) Read(ctx context.Context, batch *db.Batch) error {
	n, err := b.Buffers(ctx, batch)
	if err != nil {
		return err
	}
	b.buffers += n
	return b.DB.Read(ctx, batch)
}

// mostBuffers is what a page of the list may touch. Reading all of the lines
// takes 470.
const mostBuffers = 120

func TestARareLineAmongManyIsFoundWithFewBuffers(t *testing.T) {
	d := dbtest.Postgres(t)
	furnishMany(t, d)
	for name, f := range rareFilters() {
		counted := &buffered{DB: d}
		page, err := ReadListPage(t.Context(), counted, 3, f, Place{})
		if err != nil {
			t.Fatal(err)
		}
		if counted.buffers > mostBuffers || len(page.Lines) > 3 {
			t.Errorf("%s: it touches %d buffers for %d lines; want at most %d for 3", name, counted.buffers, len(page.Lines), mostBuffers)
		}
	}
}

func TestSQLiteFindsRareLinesByTheirIndexAndListsAllInOrder(t *testing.T) {
	d := dbtest.SQLite(t)
	furnishMany(t, d)
	want := map[string]string{
		"not taken": "bill_lines_not_taken", "not checked": "bill_lines_unchecked", "not as agreed": "bill_lines_not_allowed",
		"a fee": "bill_lines_beside_sales", "a column": "bill_lines_beside_sales", "an amount": "bill_lines_of_amount", "everything": "bill_lines_of_merchant",
	}
	filters := rareFilters()
	delete(filters, "all of them")
	filters["everything"] = ListFilter{}
	for name, f := range filters {
		lines := f.lines(3)
		var plan []string
		err := d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id, parent, unused int
				var step string
				err := rows.Scan(&id, &parent, &unused, &step)
				plan = append(plan, step)
				return err
			})
		}, `explain query plan select `+listColumns+listTables+lines.at(Place{}, ListPageSize), lines.args...)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan[0], "SEARCH l USING INDEX "+want[name]+" ") {
			t.Errorf("%s: SQLite goes about it by\n%s\nwant it to begin with %s", name, strings.Join(plan, "\n"), want[name])
		}
	}
}
