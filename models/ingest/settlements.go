package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/money"
)

// Settlement is a row of settlements.csv.
type Settlement = deduction.SettlementRow

// Settlements reads settlements.csv.
var Settlements = Format[Settlement]{
	kind: KindSettlements,
	columns: []column[Settlement]{
		required("settlement_ref", ref, func(s *Settlement) *string { return &s.Ref }),
		required("sn", code, func(s *Settlement) *string { return &s.SN }),
		required("date", day, func(s *Settlement) *date.Date { return &s.On }),
		required("card_count", count, func(s *Settlement) *int64 { return &s.CardCount }),
		required("card_amount", yuan, func(s *Settlement) *money.Fen { return &s.CardAmount }),
		required("card_fee", yuan, func(s *Settlement) *money.Fen { return &s.CardFee }),
		required("qr_count", count, func(s *Settlement) *int64 { return &s.QRCount }),
		required("qr_amount", yuan, func(s *Settlement) *money.Fen { return &s.QRAmount }),
		required("qr_fee", yuan, func(s *Settlement) *money.Fen { return &s.QRFee }),
		required("withdrawal_count", count, func(s *Settlement) *int64 { return &s.WithdrawalCount }),
		required("withdrawal_fee", yuan, func(s *Settlement) *money.Fen { return &s.WithdrawalFee }),
		required("other_fee", yuan, func(s *Settlement) *money.Fen { return &s.OtherFee }),
		required("paid_out", yuan, func(s *Settlement) *money.Fen { return &s.PaidOut }),
	},
}
