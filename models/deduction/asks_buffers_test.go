package deduction

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

const (
	fewTerminals  = 400
	manyTerminals = 10 * fewTerminals
	mostMore      = 4 // buffers that a decision's facts may take more among ten times the data
)

// bufferCounter is a database that counts the shared buffers of what is read.
type bufferCounter struct {
	*db.DB
	buffers int64
}

// Query runs the statement after counting the buffers that it touches.
func (c *bufferCounter) Query(ctx context.Context, read func(db.Rows) error, query string, args ...any) error {
	b := db.NewBatch()
	b.Add(query, args, read)
	n, err := c.Buffers(ctx, b)
	if err != nil {
		return err
	}
	c.buffers += n
	return c.DB.Query(ctx, read, query, args...)
}

// crowd adds terminals from one number to another, each with a year of charges and
// their notices, and has the first of them judged.
func crowd(t *testing.T, d *db.DB, from, to, judged int) {
	t.Helper()
	all := fmt.Sprintf("generate_series(%d, %d) i", from, to)
	execute(t, d,
		`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) select 1000 + i, 'B' || i, 'x', '', '', '', '2024-01-01', '2025-01-01 00:00:00+00:00' from `+all,
		`insert into shops (id, merchant_id, name) select 1000 + i, 1000 + i, 'x' from `+all,
		`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			select 1000 + i, 1000 + i, 1000 + i, 'B' || i, '', '', '', '2024-01-01', '', '', '', '2025-01-01 00:00:00+00:00' from `+all,
		`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) select 1000 + i, 1000 + i, 1000 + i, 1, '2024-01-01' from `+all,
		`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			select 1000 + i, 1000 + i, 1, '2024-01-01', 'x', 'app', '2025-01-01 00:00:00+00:00' from `+all,
		`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, seq, recorded_at)
			select 'd_b' || i || '-' || k, 1000 + i, 1000 + i, 1, 'sim_data', 'B' || i || '-' || k, 3600, timestamptz '2025-02-03 02:00:00+00:00' + k * interval '1 day', 'posted', 'core', k, '2025-02-04 00:00:00+00:00'
			from `+all+`, generate_series(1, 6) k`,
		`insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
			select 1000 + i, 1000 + i, 'sim_data', 1, '2025-01-31', 3600, 'sms', timestamptz '2025-01-25 02:00:00+00:00' + k * interval '1 day', '2025-02-04 00:00:00+00:00' from `+all+`, generate_series(1, 6) k`,
	)
	if judged > 0 {
		execute(t, d, fmt.Sprintf(`insert into judge_pending (terminal_id, since) select 1000 + i, '2024-01-01' from generate_series(%d, %d) i`, from, from+judged-1))
		if _, err := JudgePending(t.Context(), d, clock.At(date.MustParse("2025-06-01").At(9, 0)), fee.DefaultPolicy, nil); err != nil {
			t.Fatal(err)
		}
	}
	// The others are as those that were judged, but for their numbers.
	execute(t, d, `insert into terminal_asks (terminal_id, merchant_id, changes, facts)
		select t.id, t.merchant_id, s.changes, (select facts from terminal_asks where terminal_id = 1001)
		from terminals t join terminal_sheets s on s.merchant_id = t.merchant_id and s.terminal_id = t.id
		where t.id > 1000 on conflict do nothing`)
	for _, table := range strings.Fields("terminals merchants enrolments acceptances plan_charges delivered_notices disputes terminal_asks terminal_sheets judge_pending published_marks") {
		execute(t, d, "analyze "+table)
	}
}

// buffersOf returns the most buffers that reading what a decision rests on takes,
// among some terminals.
func buffersOf(t *testing.T, d *db.DB, published *Published, terminals int) (most int64) {
	t.Helper()
	for i := range terminals {
		c := &bufferCounter{DB: d}
		f, err := ReadAsked(t.Context(), c, d.Dialect, published, date.MustParse("2025-06-01").At(9, 0), date.MustParse("2025-06-01"), []Asked{{fmt.Sprintf("B%d", i+1), fee.SimData}})
		if err != nil || len(f.terminals) != 1 {
			t.Fatalf("%d terminals, %v", len(f.terminals), err)
		}
		most = max(most, c.buffers)
	}
	return most
}

func TestTenTimesTheDataTakesADecisionFewMoreBuffers(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("SQLite does not count buffers")
	}
	d := dbtest.Postgres(t)
	furnish(t, d)
	published, err := ReadPublished(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	const looked = 10
	measure := func() (kept, whole int64) {
		kept = buffersOf(t, d, published, looked)
		execute(t, d, `update terminal_asks set changes = changes - 1`, `analyze terminal_asks`)
		whole = buffersOf(t, d, published, looked)
		execute(t, d, `update terminal_asks set changes = changes + 1`, `analyze terminal_asks`)
		return kept, whole
	}
	crowd(t, d, 1, fewTerminals, looked)
	fewKept, fewWhole := measure()
	crowd(t, d, fewTerminals+1, manyTerminals, 0)
	manyKept, manyWhole := measure()
	t.Logf("kept in one row: %d, then %d buffers; from the tables: %d, then %d", fewKept, manyKept, fewWhole, manyWhole)
	if more := manyKept - fewKept; more > mostMore {
		t.Errorf("the row takes %d more buffers, want at most %d", more, mostMore)
	}
	if more := manyWhole - fewWhole; more > mostMore {
		t.Errorf("the tables take %d more buffers, want at most %d", more, mostMore)
	}
	if fewKept >= fewWhole {
		t.Errorf("the row takes %d buffers, and the tables %d", fewKept, fewWhole)
	}
}
