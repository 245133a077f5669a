package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
)

var usageShape = &rowShape{kind: ingest.KindUsage, properties: []property{
	{"sn", "sn", text}, {"date", "date", text}, {"used_mb", "used_mb", whole}, {"allowance_mb", "allowance_mb", whole}, {"balance_fen", "balance", fen},
}}

// UsageRow is what a SIM used on a day.
type UsageRow struct {
	SN         string `json:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	Date       string `json:"date" format:"date" example:"2026-11-20"`
	UsedMB     int64  `json:"used_mb" minimum:"0" doc:"On that day." example:"12"`
	Allowance  *int64 `json:"allowance_mb,omitempty" nullable:"true" minimum:"0" doc:"Of the month." example:"100"`
	BalanceFen *int64 `json:"balance_fen,omitempty" nullable:"true" doc:"What is left on the SIM's account." example:"1200"`
}

var settlementShape = &rowShape{kind: ingest.KindSettlements, properties: []property{
	{"settlement_ref", "settlement_ref", text}, {"sn", "sn", text}, {"date", "date", text},
	{"card_count", "card_count", whole}, {"card_amount_fen", "card_amount", fen}, {"card_fee_fen", "card_fee", fen},
	{"qr_count", "qr_count", whole}, {"qr_amount_fen", "qr_amount", fen}, {"qr_fee_fen", "qr_fee", fen},
	{"withdrawal_count", "withdrawal_count", whole}, {"withdrawal_fee_fen", "withdrawal_fee", fen},
	{"other_fee_fen", "other_fee", fen}, {"paid_out_fen", "paid_out", fen},
}}

// SettlementRow is a day's sales of a terminal, what was taken from them, and
// what was paid out.
type SettlementRow struct {
	Ref             string `json:"settlement_ref" doc:"The core system's number." example:"S20010001-20261120"`
	SN              string `json:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	Date            string `json:"date" format:"date" example:"2026-11-20"`
	CardCount       int64  `json:"card_count" minimum:"0"`
	CardFen         int64  `json:"card_amount_fen"`
	CardFeeFen      int64  `json:"card_fee_fen"`
	QRCount         int64  `json:"qr_count" minimum:"0"`
	QRFen           int64  `json:"qr_amount_fen"`
	QRFeeFen        int64  `json:"qr_fee_fen"`
	WithdrawalCount int64  `json:"withdrawal_count" minimum:"0" doc:"Payouts that cost something."`
	WithdrawalFen   int64  `json:"withdrawal_fee_fen"`
	OtherFeeFen     int64  `json:"other_fee_fen" doc:"What was taken besides; deductions that name the settlement explain it."`
	PaidOutFen      int64  `json:"paid_out_fen" doc:"Sales less all fees; else the settlement is listed as not adding up."`
}

// listMedia are the media types of a list.
var listMedia = []string{mediaJSON, mediaNDJSON}

const listRules = " The body is a JSON array, or NDJSON: an object a line. It is taken whole or not at all; every wrong value is named by the place of its row, from 0, and its property."

func (a *API) registerUsage() {
	writeList[UsageRow](a, usageShape, Operation{
		ID: "sendUsage", Method: methodPost, Path: "/usage", Scope: apikey.UsageWrite, Group: GroupFacts,
		Summary:     "Send what SIMs used",
		Description: "Takes in what SIMs used, a row for each day. A later row for the same terminal and day takes the place of the one before." + listRules,
		Example:     Example{Path: "/usage", Body: `[{"sn": "SN20010001", "date": "2026-11-20", "used_mb": 12, "allowance_mb": 100}]`},
	})
}

func (a *API) registerSettlements() {
	writeList[SettlementRow](a, settlementShape, Operation{
		ID: "sendSettlements", Method: methodPost, Path: "/settlements", Scope: apikey.SettlementsWrite, Group: GroupFacts,
		Summary:     "Send settlements",
		Description: "Takes in what terminals sold on a day, what was taken, and what was paid out. The same row again changes nothing; one that says something else under the same number is refused." + listRules,
		Example: Example{Path: "/settlements", Media: mediaNDJSON, Body: `{"settlement_ref": "S20010001-20261120", "sn": "SN20010001", "date": "2026-11-20", "card_count": 3, "card_amount_fen": 30000, "card_fee_fen": 180, "qr_count": 10, "qr_amount_fen": 50000, "qr_fee_fen": 190, "withdrawal_count": 0, "withdrawal_fee_fen": 0, "other_fee_fen": 0, "paid_out_fen": 79630}
`},
	})
}

// writeList declares an operation that takes a list of rows in.
func writeList[R any](a *API, shape *rowShape, op Operation) {
	op.streams, op.media, op.Body = true, listMedia, a.Upload
	Write(a, op, func(ctx context.Context, tx *db.Tx, _ *struct{}) (Taken, error) {
		taken, err := a.takeList(ctx, tx, shape)
		return Taken(taken), err
	})
	row := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[R]())
	content := a.operations[len(a.operations)-1].spec.RequestBody.Content
	content[mediaJSON].Schema = &huma.Schema{Type: huma.TypeArray, Items: row}
	content[mediaNDJSON].Schema = &huma.Schema{Type: huma.TypeString, Description: "An object a line, as in the array."}
}
