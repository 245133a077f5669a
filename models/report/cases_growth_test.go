package report

import (
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestFiguresOfTenTimesTheCasesTouchHardlyMore(t *testing.T) {
	d := dbtest.Postgres(t)
	exec(t, d, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', 'x', '', '', '', '2023-01-01', '2025-01-01 00:00:00+00:00')`)
	n := 0
	read := func(cases int) int64 {
		exec(t, d,
			fmt.Sprintf(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name, calendar, policy, state, under_way, next_due_at)
				select 'c_%[1]d_' || i, 'N%[1]d-' || i, 1, 'complaint', 'none', '', '', (array['twice', 'too_much', 'deposit'])[i %% 3 + 1], 'portal', '', '', timestamptz '2026-11-02 01:00:00+00' + (i %% 20) * interval '1 day', 'user', 'u_1', '周', 1, 1, 'decided', false, '2101-01-01'
				from generate_series(1, %[2]d) i`, n, cases),
			fmt.Sprintf(`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) select id, 2, 'decision_made', filed_at + interval '3 hours', 'staff', 'st_1', '何' from cases where id like 'c_%d_%%'`, n))
		n++
		counted(t, d, noon)
		if err := d.Analyze(t.Context(), "cases", "case_events", "figure_cases", "figure_days", "case_decisions", "case_alarms"); err != nil {
			t.Fatal(err)
		}
		b := &buffered{DB: d}
		f, err := ReadCaseFigures(t.Context(), b, leader, Span{date.MustParse("2026-01-01"), date.MustParse("2027-01-01")}, true, noon)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Filed(); n == 1 && got != int64(cases) || f.Speeds["within_1"]+f.Speeds["within_3"]+f.Speeds["over_3"] != got {
			t.Errorf("got %d complaints, %v", got, f.Speeds)
		}
		return b.buffers
	}
	few := read(200)
	if many := read(1800); many > few+mostMore {
		t.Errorf("the figures touch %d buffers of 200 cases and %d of 2,000; want at most %d more", few, many, mostMore)
	}
}
