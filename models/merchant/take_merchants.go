package merchant

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

var merchantStage = intake.Table[Row]{
	Name: "staged_merchants",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "ref", Type: intake.Code}, {Name: "name", Type: intake.Text},
		{Name: "contact", Type: intake.Text}, {Name: "phone", Type: intake.Text}, {Name: "email", Type: intake.Text},
		{Name: "opened_on", Type: intake.Day}, {Name: "closed_on", Type: intake.Day}, {Name: "region", Type: intake.Text},
	},
	Values: func(v *intake.Record, line int, r *Row) {
		v.Number(int64(line))
		v.Text(r.Ref)
		v.Text(r.Name)
		v.Text(r.Contact)
		v.Text(r.Phone)
		v.Text(r.Email)
		v.Day(r.OpenedOn)
		v.Day(r.ClosedOn)
		v.Text(r.Region)
	},
}

// StageMerchants reads merchants, for TakeMerchants in the same transaction.
func StageMerchants(ctx context.Context, tx *db.Tx, rows intake.Rows[Row]) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, merchantStage, rows)
}

// TakeMerchants adds the staged merchants, or brings those that are there to
// what the rows say. Of several rows about one merchant the last one counts.
func TakeMerchants(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, err := takeMerchants(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("merchant: taking merchants: %w", err)
	}
	return taken, intake.Problems{}, err
}

func takeMerchants(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, err error) {
	taken.Rows = s.Rows
	if err := intake.KeepLast(ctx, tx, merchantStage.Name, "ref"); err != nil {
		return taken, err
	}
	// Closing decides on each of the merchant's deductions since.
	err = intake.Touch(ctx, tx, `
		select t.id, $1
		from staged_merchants s
		join merchants m on m.ref = s.ref
		join terminals t on t.merchant_id = m.id
		where m.closed_on is distinct from s.closed_on`, intake.Always)
	if err != nil {
		return taken, err
	}
	taken.Changed, err = tx.Exec(ctx, `
		update merchants as m
		set name = s.name, contact = s.contact, phone = s.phone, email = s.email,
			opened_on = s.opened_on, closed_on = s.closed_on, region = case when s.region = '' then m.region else s.region end, updated_at = $1
		from staged_merchants s
		where s.ref = m.ref and (
			m.name <> s.name or m.contact <> s.contact or m.phone <> s.phone or m.email <> s.email or
			m.opened_on <> s.opened_on or m.closed_on is distinct from s.closed_on or
			s.region <> '' and m.region <> s.region)`, now)
	if err != nil {
		return taken, err
	}
	taken.Added, err = tx.Exec(ctx, `
		insert into merchants (ref, name, contact, phone, email, opened_on, closed_on, region, updated_at)
		select ref, name, contact, phone, email, opened_on, closed_on, region, $1
		from staged_merchants s
		where not exists (select 1 from merchants m where m.ref = s.ref)
		order by line`, now)
	if err != nil {
		return taken, err
	}
	taken.Unchanged = taken.Rows - taken.Added - taken.Changed
	return taken, intake.Learn(ctx, tx, taken.Added, "merchants")
}
