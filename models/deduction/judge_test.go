package deduction

import (
	"context"
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// furnish writes one merchant with one terminal, enrolled in 36 yuan a year and
// 0.60 % of card sales since 2025, and what happened in its first year.
func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range []string{
			`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '周老板', '13800006621', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
			`insert into shops (id, merchant_id, name) values (1, 3, '总店')`,
			`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
				values (7, 3, 1, '820000018093', '前台', 'K9', '智能触屏POS', '2025-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`,
			`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`,
			`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
				values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'x', '2025-01-01 00:00:00+00:00')`,
			`insert into plans (id, code, disclosure_id, item, method) values (1, 'sim-annual-36', 1, 'sim_data', null), (2, 'card-060', 1, 'transaction', 'card')`,
			`insert into plan_versions (id, plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, free_days, free_months, idle, ppm, texts)
				values (1, 1, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 3600, 12, 30, null, 'accrue', null, '{"title":{"zh-CN":"流量卡费","en":"SIM data"},"clause":"3"}'),
				       (2, 2, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, null, null, 6000, '{"title":{"zh-CN":"刷卡手续费","en":"Card fee"},"clause":"1"}')`,
			`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (1, 3, 7, 1, '2025-01-01'), (2, 3, 7, 2, '2025-01-01')`,
			`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
				values (1, 3, 1, '2025-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00'), (2, 3, 1, '2025-01-01', '周老板', 'app', '2025-01-01 00:00:00+00:00')`,
			`insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen, payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at)
				values ('s_1', 3, 7, 'S1', '2025-02-03', 46, 531800, 3200, 0, 0, 0, 0, 0, 3600, 525000, '2025-02-04 00:00:00+00:00'),
				       ('s_2', 3, 7, 'S2', '2025-03-03', 46, 531800, 9900, 0, 0, 0, 0, 0, 0, 521900, '2025-03-04 00:00:00+00:00')`,
			`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, settlement_ref, seq, recorded_at)
				values ('d_1', 3, 7, 1, 'sim_data', 'D1', 3600, '2025-02-03 02:00:00+00:00', 'posted', 'core', 'S1', 1, '2025-02-04 00:00:00+00:00'),
				       ('d_2', 3, 7, 1, 'sim_data', 'D2', 3600, '2025-05-03 02:00:00+00:00', 'posted', 'core', null, 2, '2025-05-04 00:00:00+00:00')`,
			`insert into judge_pending (terminal_id, since) values (7, '2025-01-01')`,
		} {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		_, err := tx.Exec(t.Context(), `insert into settlement_refs (ref, settlement_id, settled_on, digest)
			values ('S1', 's_1', '2025-02-03', $1), ('S2', 's_2', '2025-03-03', $1)`, []byte{1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func written(t *testing.T, d *db.DB, query string) (all []string) {
	t.Helper()
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s string
			err := rows.Scan(&s)
			all = append(all, s)
			return err
		})
	}, query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func judgeAll(t *testing.T, d *db.DB, want int) {
	t.Helper()
	n, err := JudgePending(t.Context(), d, clock.At(date.MustParse("2025-06-01").At(9, 0)), fee.DefaultPolicy, nil)
	if err != nil || n != want {
		t.Fatalf("judged %d terminals, %v; want %d", n, err, want)
	}
}

// judgeOn judges what there is to judge as of a day, and returns how many
// terminals there were.
func judgeOn(t *testing.T, d *db.DB, day string) int {
	t.Helper()
	n, err := JudgePending(t.Context(), d, clock.At(date.MustParse(day).At(9, 0)), fee.DefaultPolicy, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const linesQuery = `select id || ' ' || amount_fen || ' ' || decision || ' ' || reasons from bill_lines order by at, id`
const monthsQuery = `select terminal_id || ' ' || month || ' ' || kind || ' ' || lines || ' ' || not_allowed || ' ' || amount_fen || ' ' || sale_count from bill_months order by month, kind`

func TestTheBillIsWrittenFromTheFactsAndAddedUpByMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		want := []string{"d_1 3600 allow ", "s_1-card 3200 allow ", "s_2-card 9900 deny amount_over", "d_2 3600 deny duplicate_cycle"}
		got := written(t, d, linesQuery)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the lines are\n%q\nwant\n%q", got, want)
		}
		months := written(t, d, monthsQuery)
		wantMonths := []string{"7 2025-02-01 card 1 0 3200 46", "7 2025-02-01 deduction 1 0 3600 0", "7 2025-03-01 card 1 1 9900 46", "7 2025-05-01 deduction 1 1 3600 0"}
		if fmt.Sprint(months) != fmt.Sprint(wantMonths) {
			t.Errorf("the months are\n%q\nwant\n%q", months, wantMonths)
		}
		if n, err := CountPending(t.Context(), d); err != nil || n != 0 {
			t.Errorf("%d terminals still wait, %v", n, err)
		}
	})
}

func TestJudgingAgainFromADayOnChangesNothingBeforeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		judgeAll(t, d, 1)
		lines, months := written(t, d, linesQuery), written(t, d, monthsQuery)
		for _, since := range []string{"2025-01-01", "2025-03-02", "2025-05-03", "2026-01-01"} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `insert into judge_pending (terminal_id, since) values (7, $1)`, date.MustParse(since))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			judgeAll(t, d, 1)
			if got := written(t, d, linesQuery); fmt.Sprint(got) != fmt.Sprint(lines) {
				t.Errorf("since %s the lines are\n%q\nwant\n%q", since, got, lines)
			}
			if got := written(t, d, monthsQuery); fmt.Sprint(got) != fmt.Sprint(months) {
				t.Errorf("since %s the months are\n%q\nwant\n%q", since, got, months)
			}
		}
	})
}

func TestAnInterruptedJudgingIsTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := JudgePending(ctx, d, clock.System{}, fee.DefaultPolicy, nil); err == nil {
			t.Fatal("it judged although it was told to stop")
		}
		judgeAll(t, d, 1)
		if got := len(written(t, d, linesQuery)); got != 4 {
			t.Errorf("there are %d lines; want 4", got)
		}
	})
}
