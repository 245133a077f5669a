package notice

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
)

// RemindersPage is how a merchant is told, and who is.
type RemindersPage struct {
	Preferences
	Owners []Recipient // text messages go to them
	Extras []Extra
	Feed   Feed   // without an id: there is none
	Tests  []Copy // the latest of the last hour, the newest first
	Next   []Foreseen
}

// Confirmed returns the extras of a channel who confirmed that they want what is
// sent.
func (p *RemindersPage) Confirmed(c Channel) (all []Extra) {
	for _, e := range p.Extras {
		if e.Channel == c && !e.ConfirmedAt.IsZero() {
			all = append(all, e)
		}
	}
	return all
}

// Reaches reports whether anybody gets what is sent over a channel.
func (p *RemindersPage) Reaches(c Channel) bool {
	return c == SMS && len(p.Owners) > 0 || len(p.Confirmed(c)) > 0
}

// testsShown bounds the list of tests, and nextShown that of letters to come.
const (
	testsShown = 6
	nextShown  = 3
)

// ReadRemindersPage reads how a merchant is told in one round trip.
func ReadRemindersPage(ctx context.Context, r db.Reader, merchantID int64, now time.Time) (*RemindersPage, error) {
	page := &RemindersPage{}
	b := db.NewBatch()
	ReadPreferences(b, merchantID, &page.Preferences)
	ReadExtras(b, merchantID, &page.Extras)
	ReadNext(b, merchantID, now, nextShown, &page.Next)
	ReadFeed(b, merchantID, &page.Feed)
	b.Add(`
		select u.phone, `+account.Called("m", "u")+` from memberships m join users u on u.id = m.user_id
		where m.merchant_id = $1 and m.ended_at is null and m.role in ($2, $3)
		order by m.created_at, u.id`, []any{merchantID, string(account.Owner), string(account.Finance)}, page.readOwners)
	b.Add(`select phone, contact from merchants where id = $1`, []any{merchantID}, func(rows db.Rows) error {
		if len(page.Owners) > 0 {
			return nil
		}
		if err := page.readOwners(rows); err != nil {
			return err
		}
		for i := range page.Owners {
			number, ok := account.ParsePhone(page.Owners[i].Address)
			if !ok {
				page.Owners = nil
				break
			}
			page.Owners[i].Address = number
		}
		return nil
	})
	b.Add(`
		select m.id, m.kind, m.created_at, cast(null as date), cast(null as bigint), `+copyColumns+`, ''
		from messages m where m.merchant_id = $1 and m.kind = $2 and m.letter_id is null and m.created_at > $3
		order by m.created_at desc, m.id desc limit $4`, []any{merchantID, string(TestMessage), now.Add(-testsSpan), testsShown}, func(rows db.Rows) error {
		all, err := scanSent(rows)
		for i := range all {
			page.Tests = append(page.Tests, all[i].Copies...)
		}
		return err
	})
	return page, r.Read(ctx, b)
}

func (p *RemindersPage) readOwners(rows db.Rows) error {
	return db.Each(rows, func() error {
		to := Recipient{Channel: SMS}
		err := rows.Scan(&to.Address, &to.Name)
		p.Owners = append(p.Owners, to)
		return err
	})
}

// GetExtras returns whom a merchant added, those included who have not confirmed
// it yet.
func GetExtras(ctx context.Context, r db.Reader, merchantID int64) (all []Extra, err error) {
	b := db.NewBatch()
	ReadExtras(b, merchantID, &all)
	err = r.Read(ctx, b)
	return all, err
}
