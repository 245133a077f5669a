package deduction

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// replaceStatementMonths adds up what the pending terminals in the list were
// settled and charged, in place of the months from that in which facts changed:
// a statement of thousands of terminals reads these few rows.
func replaceStatementMonths(ctx context.Context, tx *db.Tx, in string) error {
	monthOf := monthStart[tx.Dialect]
	for _, table := range []string{"settled_months", "charged_months"} {
		_, err := tx.Exec(ctx, `delete from `+table+` where terminal_id in `+in+` and exists (
			select 1 from judge_pending p where p.terminal_id = `+table+`.terminal_id and `+table+`.month >= `+monthOf("p.since")+`)`)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		insert into settled_months (merchant_id, terminal_id, month, settlements, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen,
			payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, gaps, gap_fen)
		select s.merchant_id, s.terminal_id, `+monthOf("s.settled_on")+`, count(*), sum(s.card_count), sum(s.card_fen), sum(s.card_fee_fen),
			sum(s.qr_count), sum(s.qr_fen), sum(s.qr_fee_fen), sum(s.payout_count), sum(s.payout_fee_fen), sum(s.other_fee_fen), sum(s.paid_out_fen),
			count(case when `+gapOfSettlement+` <> 0 then 1 end), sum(`+gapOfSettlement+`)
		from settlements s join judge_pending p on p.terminal_id = s.terminal_id
		where s.terminal_id in `+in+` and s.settled_on >= `+monthOf("p.since")+`
		group by s.merchant_id, s.terminal_id, 3`)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into charged_months (merchant_id, terminal_id, month, kind, plan_id, version, expected_fen, sale_fen, sale_count, unstated)
		select l.merchant_id, l.terminal_id, `+monthOf("l.on_date")+`, l.kind, coalesce(l.plan_id, 0), coalesce(l.version, 0), sum(l.expected_fen),
			sum(coalesce(l.sale_fen, 0)), sum(coalesce(l.sale_count, 1)), count(case when l.sale_fen is null then 1 end)
		from bill_lines l join judge_pending p on p.terminal_id = l.terminal_id
		where l.terminal_id in `+in+` and l.on_date >= `+monthOf("p.since")+` and l.item = 'transaction' and `+isTaken+`
		group by l.merchant_id, l.terminal_id, 3, l.kind, coalesce(l.plan_id, 0), coalesce(l.version, 0)`)
	return err
}

// gapOfSettlement is by how much the payout of s differs from sales less fees.
const gapOfSettlement = `(s.paid_out_fen - (s.card_fen + s.qr_fen - s.card_fee_fen - s.qr_fee_fen - s.payout_fee_fen - s.other_fee_fen))`
