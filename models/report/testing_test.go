package report

import (
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// today is the day on which the tests read.
var today = date.MustParse("2026-11-22")

// publish writes the plans that the tests price with.
func publish(t testing.TB, d *db.DB) *disclosure.Plans {
	t.Helper()
	exec(t, d,
		`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`,
		`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2023-03-01', '2023-04-01', 31, true, 'x', '2025-01-01 00:00:00+00:00')`,
		`insert into plans (id, code, disclosure_id, item, method) values
			(1, 'sim-annual-36', 1, 'sim_data', null), (2, 'card-060', 1, 'transaction', 'card'), (3, 'qr-038', 1, 'transaction', 'qr'),
			(4, 'withdraw-3', 1, 'withdrawal', null), (5, 'card-055', 1, 'transaction', 'card'), (6, 'credit-063', 1, 'transaction', 'credit'),
			(7, 'card-capped', 1, 'transaction', 'card')`,
		`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, ppm, cap_fen, texts) values
			(1, 1, 1, '2023-03-01', '2023-04-01', 31, 'recurring', 3600, 12, 'accrue', null, null, '{}'),
			(2, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, 6000, null, '{}'),
			(3, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, 3800, null, '{}'),
			(4, 1, 1, '2023-03-01', '2023-04-01', 31, 'per_item', 300, null, null, null, null, '{}'),
			(5, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, 5500, null, '{}'),
			(6, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, 6300, null, '{}'),
			(7, 1, 1, '2023-03-01', '2023-04-01', 31, 'rate', null, null, null, 6000, 2000, '{}')`)
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// world is a merchant with its terminals, as it is written to the database.
type world struct {
	merchantID int64
	statements []string
}

func newWorld(merchantID int64) *world {
	w := &world{merchantID: merchantID}
	w.add(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
		values (%d, 'M%d', '老街面馆', '周老板', '', '', '2023-01-01', '2025-01-01 00:00:00+00:00')`, merchantID, merchantID)
	w.add(`insert into shops (id, merchant_id, name) values (%d, %d, '总店')`, merchantID, merchantID)
	return w
}

func (w *world) add(format string, args ...any) {
	w.statements = append(w.statements, fmt.Sprintf(format, args...))
}

// terminal writes a terminal that took up plans on the first day of 2024.
func (w *world) terminal(id int64, plans ...int64) {
	w.add(`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
		values (%d, %d, %d, '8200%08d', '终端%d', 'K9', '', '2024-01-01', '', '', '', '2025-01-01 00:00:00+00:00')`, id, w.merchantID, w.merchantID, id, id)
	for _, plan := range plans {
		w.add(`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (%d, %d, %d, %d, '2024-01-01')`, id*10+plan, w.merchantID, id, plan)
		w.add(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			values (%d, %d, 1, '2024-01-01', '周老板', 'app', '2024-01-01 00:00:00+00:00')`, id*10+plan, w.merchantID)
	}
	w.add(`insert into judge_pending (terminal_id, since) values (%d, '2020-01-01')`, id)
}

func (w *world) settlement(terminalID int64, s deduction.Settlement) {
	w.add(`insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen,
			payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at)
		values ('%s', %d, %d, '%s', '%s', %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, '2026-11-22 00:00:00+00:00')`,
		s.ID, w.merchantID, terminalID, s.Ref, s.On, s.CardCount, s.Card, s.CardFee, s.QRCount, s.QR, s.QRFee, s.PayoutCount, s.PayoutFee, s.OtherFee, s.PaidOut)
	w.add(`insert into settlement_refs (ref, settlement_id, settled_on, digest) values ('%s', '%s', '%s', 'x')`, s.Ref, s.ID, s.On)
}

func (w *world) deduction(terminalID int64, d deduction.Deduction) {
	plan, settlement, sale := "null", "null", "null"
	if d.PlanID != 0 {
		plan = fmt.Sprint(d.PlanID)
	}
	if d.SettlementRef != "" {
		settlement = "'" + d.SettlementRef + "'"
	}
	if d.Sale != nil {
		sale = fmt.Sprint(int64(*d.Sale))
	}
	w.add(`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, sale_fen, settlement_ref, seq, recorded_at)
		values ('%s', %d, %d, %s, '%s', '%s', %d, '%s', '%s', 'core', %s, %s, %d, '2026-11-22 00:00:00+00:00')`,
		d.ID, w.merchantID, terminalID, plan, d.Item, d.ID, d.Amount, d.At.UTC().Format("2006-01-02 15:04:05.999999-07:00"), d.State, sale, settlement, d.Seq)
}

// write puts the world into the database and judges it.
func (w *world) write(t testing.TB, d *db.DB) {
	t.Helper()
	exec(t, d, w.statements...)
	if _, err := deduction.JudgePending(t.Context(), d, clock.At(today.At(9, 0)), fee.DefaultPolicy, nil); err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// publishedAgain reads what publish wrote.
func publishedAgain(t testing.TB, d *db.DB) *disclosure.Plans {
	t.Helper()
	plans, err := disclosure.Load(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return plans
}
