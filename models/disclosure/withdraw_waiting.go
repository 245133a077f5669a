package disclosure

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// WaitingWithdrawal is a proposal to withdraw a version that nobody else has
// confirmed yet.
type WaitingWithdrawal struct {
	Slug        string
	Version     int
	EffectiveOn date.Date // from then on it can't be withdrawn
	By          string
	At          time.Time
}

// proposedWithdrawals are the latest proposals of versions that can still be
// withdrawn on the day $1.
const proposedWithdrawals = `
	from disclosure_versions v
	join disclosures d on d.id = v.disclosure_id
	join disclosure_withdrawal_proposals p on p.id = (select max(id) from disclosure_withdrawal_proposals where version_id = v.id)
	where v.effective_on > $1 and not exists (select 1 from disclosure_withdrawals w where w.version_id = v.id)`

// WaitingWithdrawals lists the proposals that wait on a day, the one whose version
// takes effect first before the others.
func WaitingWithdrawals(ctx context.Context, r db.Reader, today date.Date) (all []WaitingWithdrawal, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var w WaitingWithdrawal
			err := rows.Scan(&w.Slug, &w.Version, &w.EffectiveOn, &w.By, &w.At)
			all = append(all, w)
			return err
		})
	}, `select d.slug, v.version, v.effective_on, p.staff_name, p.at`+proposedWithdrawals+` order by v.effective_on, v.id`, today)
	return all, err
}

// CountWithdrawals adds to a batch how many proposals wait on a day for somebody
// other than who made them.
func CountWithdrawals(b *db.Batch, staffID string, today date.Date, n *int) {
	b.Add(`select count(*)`+proposedWithdrawals+` and p.staff_id <> $2`, []any{today, staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
