package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// SettlementRow is what the core system says of a settlement: what a terminal's
// sales of one day came to, what was kept of them, and what was paid out. Sales
// may be negative where more was returned than sold. It is taken as it is, even
// where it does not add up or charges for a payout that was not made: the
// merchant is to see that.
type SettlementRow struct {
	Ref             string // the core system's number
	SN              string
	On              date.Date
	CardCount       int64
	CardAmount      money.Fen
	CardFee         money.Fen
	QRCount         int64
	QRAmount        money.Fen
	QRFee           money.Fen
	WithdrawalCount int64 // payouts on the same day
	WithdrawalFee   money.Fen
	OtherFee        money.Fen
	PaidOut         money.Fen
}

// settlementStage gives each row its id.
func settlementStage(now time.Time) intake.Table[SettlementRow] {
	var hash digest
	return intake.Table[SettlementRow]{
		Name: settlementClaims.stage,
		Columns: []intake.Column{
			{Name: "line", Type: intake.Number}, {Name: "id", Type: intake.Code}, {Name: "ref", Type: intake.Code}, {Name: "digest", Type: intake.Bytes},
			{Name: "sn", Type: intake.Code}, {Name: "settled_on", Type: intake.Day},
			{Name: "card_count", Type: intake.Number}, {Name: "card_fen", Type: intake.Number}, {Name: "card_fee_fen", Type: intake.Number},
			{Name: "qr_count", Type: intake.Number}, {Name: "qr_fen", Type: intake.Number}, {Name: "qr_fee_fen", Type: intake.Number},
			{Name: "payout_count", Type: intake.Number}, {Name: "payout_fee_fen", Type: intake.Number},
			{Name: "other_fee_fen", Type: intake.Number}, {Name: "paid_out_fen", Type: intake.Number},
		},
		Values: func(v *intake.Record, line int, r *SettlementRow) {
			v.Number(int64(line))
			v.Text(id.New("s", now))
			v.Text(r.Ref)
			v.Bytes(hash.begin().text(r.SN).day(r.On).number(r.CardCount).number(r.QRCount).number(r.WithdrawalCount).
				fen(r.CardAmount, r.CardFee, r.QRAmount, r.QRFee, r.WithdrawalFee, r.OtherFee, r.PaidOut).sum())
			v.Text(r.SN)
			v.Day(r.On)
			v.Number(r.CardCount)
			v.Number(int64(r.CardAmount))
			v.Number(int64(r.CardFee))
			v.Number(r.QRCount)
			v.Number(int64(r.QRAmount))
			v.Number(int64(r.QRFee))
			v.Number(r.WithdrawalCount)
			v.Number(int64(r.WithdrawalFee))
			v.Number(int64(r.OtherFee))
			v.Number(int64(r.PaidOut))
		},
		Day: func(r *SettlementRow) date.Date { return r.On },
	}
}

var settlementClaims = claims{stage: "staged_settlements", table: "settlement_refs", id: "settlement_id", day: "settled_on", column: "settlement_ref"}

// StageSettlements reads settlements, for TakeSettlements in the same
// transaction.
func StageSettlements(ctx context.Context, tx *db.Tx, rows intake.Rows[SettlementRow], now time.Time) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, settlementStage(now), rows)
}

// TakeSettlements adds the staged settlements. One that is there already is left
// alone if the row says the same, and is refused otherwise.
func TakeSettlements(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := takeSettlements(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("deduction: taking settlements: %w", err)
	}
	return taken, problems, err
}

func takeSettlements(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, problems intake.Problems, err error) {
	claimed, err := settlementClaims.take(ctx, tx, s, &problems)
	taken = intake.Taken{Rows: s.Rows, Added: claimed, Unchanged: s.Rows - claimed}
	if err != nil || claimed == 0 {
		return taken, problems, err
	}
	added, err := tx.Exec(ctx, `
		insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen,
			qr_count, qr_fen, qr_fee_fen, payout_count, payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at)
		select s.id, t.merchant_id, t.id, s.ref, s.settled_on, s.card_count, s.card_fen, s.card_fee_fen,
			s.qr_count, s.qr_fen, s.qr_fee_fen, s.payout_count, s.payout_fee_fen, s.other_fee_fen, s.paid_out_fen, $1
		from staged_settlements s
		join terminals t on t.sn = s.sn`, now)
	if err != nil {
		return taken, problems, err
	}
	if added < claimed {
		err := problems.Find(ctx, tx, intake.Rule{Column: "sn", Key: "import.reference.terminal", Query: `
			select s.line, s.sn
			from staged_settlements s
			where not exists (select 1 from terminals t where t.sn = s.sn)`})
		if err != nil {
			return taken, problems, err
		}
	}
	if problems.Found() {
		return taken, problems, nil
	}
	if err := addGaps(ctx, tx, now); err != nil {
		return taken, problems, err
	}
	return taken, problems, intake.Touch(ctx, tx, `
		select t.id, s.since
		from (select sn, min(settled_on) as since from staged_settlements group by sn) s
		join terminals t on t.sn = s.sn`)
}
