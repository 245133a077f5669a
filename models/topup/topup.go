// Package topup keeps what was paid into terminals' SIMs, as the acquirer's
// payment page reports it.
package topup

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
)

// Paid is what was paid into a terminal's SIM.
type Paid struct {
	Ref    string // the payment page's number
	SN     string // of the terminal
	Amount money.Fen
	At     time.Time // UTC, to the microsecond
}

// Record keeps a payment, tells the merchant, and returns its id. The same payment reported again is
// the same. It returns fault.NotFound where nobody has such a terminal, and
// fault.Conflict where the number is another payment's.
func Record(ctx context.Context, d *db.DB, now time.Time, by audit.Actor, p Paid) (payment string, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		payment, err = record(ctx, tx, now, by, p)
		return err
	})
	return payment, err
}

func record(ctx context.Context, tx *db.Tx, now time.Time, by audit.Actor, p Paid) (payment string, err error) {
	if err := tx.Lock(ctx, "top-up "+p.Ref); err != nil {
		return "", err
	}
	var terminalID, merchantID int64
	err = tx.QueryRow(ctx, `select id, merchant_id from terminals where sn = $1`, p.SN).Scan(&terminalID, &merchantID)
	if db.NotFound(err) {
		return "", fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if err != nil {
		return "", err
	}
	var known Paid
	var of int64
	err = tx.QueryRow(ctx, `select id, terminal_id, amount_fen, paid_at from top_ups where payment_ref = $1`, p.Ref).Scan(&payment, &of, &known.Amount, &known.At)
	switch {
	case err == nil && of == terminalID && known.Amount == p.Amount && known.At.Equal(p.At):
		return payment, nil
	case err == nil:
		return "", fault.New(fault.Conflict, "")
	case !db.NotFound(err):
		return "", err
	}
	payment = id.New("tu", now)
	_, err = tx.Exec(ctx, `insert into top_ups (id, merchant_id, terminal_id, payment_ref, amount_fen, paid_at, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		payment, merchantID, terminalID, p.Ref, int64(p.Amount), p.At, now)
	if err != nil {
		return "", fmt.Errorf("topup: keeping a payment: %w", err)
	}
	err = notice.Tell(ctx, tx, now, notice.News{
		MerchantID: merchantID, Kind: notice.TopUp, TerminalID: terminalID, Round: 1, Ref: payment, Amount: p.Amount, Facts: notice.Facts{At: p.At},
	})
	if err != nil {
		return "", err
	}
	return payment, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: by, MerchantID: merchantID, Action: "top_up.record", Subject: payment,
		Details: map[string]any{"terminal": terminalID, "amount_fen": int64(p.Amount), "ref": p.Ref},
	})
}

// Page is a terminal's SIM with what was paid into it.
type Page struct {
	SN      string
	Alias   string // the merchant's own name for it, else the core system's
	Shop    string
	ICCID   string // the number of its SIM; empty: not known
	Carrier string // or empty
	Paid    []Paid // the latest first
}

// paidShown is how many payments a page lists.
const paidShown = 20

// Read reads a merchant's terminal with what was paid into its SIM, in one round
// trip. It returns fault.NotFound where the merchant has no such terminal.
func Read(ctx context.Context, r db.Reader, merchantID int64, sn string) (*Page, error) {
	p := &Page{}
	args := []any{merchantID, sn}
	b := db.NewBatch()
	b.Add(`
		select t.sn, coalesce(t.own_alias, t.alias), s.name, t.iccid, t.carrier
		from terminals t join shops s on s.id = t.shop_id where t.merchant_id = $1 and t.sn = $2`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&p.SN, &p.Alias, &p.Shop, &p.ICCID, &p.Carrier) })
	})
	b.Add(`
		select p.payment_ref, p.amount_fen, p.paid_at from top_ups p
		where p.merchant_id = $1 and p.terminal_id = (select id from terminals where merchant_id = $1 and sn = $2)
		order by p.paid_at desc, p.id desc limit $3`, append(args[:2:2], paidShown), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			one := Paid{SN: sn}
			err := rows.Scan(&one.Ref, &one.Amount, &one.At)
			p.Paid = append(p.Paid, one)
			return err
		})
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if p.SN == "" {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	return p, nil
}
