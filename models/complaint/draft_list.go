package complaint

import (
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Begun is what somebody has begun to write and not sent yet.
type Begun struct {
	Subject   Subject
	Ref       string
	UpdatedAt time.Time // UTC
	LineKind  string    // of a line of the bill
	Item      fee.Item  // of a line of the bill
	On        date.Date // of a line of the bill, in Asia/Shanghai
	Alias     string    // of a terminal: the merchant's own name for it, else the acquirer's
}

// AddBegun has a batch read all that somebody has begun to write at a merchant and
// not sent, the latest first.
func AddBegun(b *db.Batch, who account.Who, into *[]Begun) {
	b.Add(`
		select d.subject, d.subject_ref, d.updated_at, l.kind, l.item, l.on_date, coalesce(t.own_alias, t.alias)
		from case_drafts d
		left join bill_lines l on d.subject = 'deduction' and l.merchant_id = d.merchant_id and l.id = d.subject_ref
		left join terminals t on d.subject = 'terminal' and t.merchant_id = d.merchant_id and t.sn = d.subject_ref
		where d.merchant_id = $1 and d.user_id = $2
		order by d.updated_at desc, d.subject, d.subject_ref`, []any{who.MerchantID, who.UserID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one Begun
			var at db.Time
			var kind, item, alias db.Text
			err := rows.Scan(&one.Subject, &one.Ref, &at, &kind, &item, &one.On, &alias)
			one.UpdatedAt, one.LineKind, one.Item, one.Alias = at.Time, string(kind), fee.Item(item), string(alias)
			*into = append(*into, one)
			return err
		})
	})
}
