package report

import (
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
)

// Settlement is a day's settlement with the name of its terminal.
type Settlement struct {
	SN    string
	Alias string // the merchant's own name for the terminal, else the core system's
	Shop  string
	deduction.Settlement
}

// selectSettlements reads what eachSettlement scans, of a span.
const selectSettlements = `
	select t.sn, coalesce(t.own_alias, t.alias), p.name, s.id, s.ref, s.settled_on, s.card_count, s.card_fen, s.card_fee_fen, s.qr_count, s.qr_fen, s.qr_fee_fen,
		s.payout_count, s.payout_fee_fen, s.other_fee_fen, s.paid_out_fen
	from settlements s
	join terminals t on t.id = s.terminal_id
	join shops p on p.id = t.shop_id
	where s.merchant_id = $1 and s.settled_on >= $2 and s.settled_on < $3`

// eachSettlement calls take with each settlement, which may not be kept.
func eachSettlement(rows db.Rows, take func(*Settlement) error) error {
	var s Settlement
	into := []any{
		&s.SN, &s.Alias, &s.Shop, &s.ID, &s.Ref, &s.On, &s.CardCount, &s.Card, &s.CardFee, &s.QRCount, &s.QR, &s.QRFee,
		&s.PayoutCount, &s.PayoutFee, &s.OtherFee, &s.PaidOut,
	}
	return db.Each(rows, func() error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		return take(&s)
	})
}
