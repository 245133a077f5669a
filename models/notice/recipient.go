package notice

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
)

// Extra is somebody whom a merchant added to those who get its messages.
type Extra struct {
	ID          string // nr_…
	Channel     Channel
	Address     string // number (E.164), mail address or openid; empty: a WeChat account that has not followed yet
	Name        string
	AddedAt     time.Time // UTC
	ConfirmedAt time.Time // zero: the code was not entered yet
	CodeUntil   time.Time // until when it may be, where it was not
	Off         []Event   // ended by a click in a mail
}

// Recipients returns who gets what is sent to merchants, by merchant: text
// messages go to its owners and whoever keeps its accounts, and where there is
// nobody, to the phone that the core system knows; mails and WeChat messages to
// those whom it added, and who confirmed it.
func Recipients(ctx context.Context, r db.Reader, merchants ...int64) (map[int64][]Recipient, error) {
	all := make(map[int64][]Recipient, len(merchants))
	if len(merchants) == 0 {
		return all, nil
	}
	in := idList(merchants)
	b := db.NewBatch()
	b.Add(`
		select m.merchant_id, u.phone, `+account.Called("m", "u")+`, p.locale, u.locale
		from memberships m
		join users u on u.id = m.user_id
		left join notice_preferences p on p.merchant_id = m.merchant_id
		where m.merchant_id in `+in+` and m.ended_at is null and m.role in ($1, $2)
		order by m.merchant_id, m.created_at, u.id`, []any{string(account.Owner), string(account.Finance)}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var chosen, own db.Text
			to := Recipient{Channel: SMS}
			err := rows.Scan(&merchantID, &to.Address, &to.Name, &chosen, &own)
			to.Locale = cmp.Or(string(chosen), string(own), Default(0).Locale)
			all[merchantID] = append(all[merchantID], to)
			return err
		})
	})
	b.Add(`
		select m.id, m.phone, m.contact, p.locale
		from merchants m left join notice_preferences p on p.merchant_id = m.id
		where m.id in `+in, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var phone string
			var chosen db.Text
			to := Recipient{Channel: SMS}
			if err := rows.Scan(&merchantID, &phone, &to.Name, &chosen); err != nil {
				return err
			}
			number, ok := account.ParsePhone(phone)
			if ok && len(all[merchantID]) == 0 {
				to.Address, to.Locale = number, cmp.Or(string(chosen), Default(0).Locale)
				all[merchantID] = append(all[merchantID], to)
			}
			return nil
		})
	})
	b.Add(`
		select r.merchant_id, r.id, r.channel, r.address, r.name, r.off, p.locale
		from notice_recipients r left join notice_preferences p on p.merchant_id = r.merchant_id
		where r.merchant_id in `+in+` and r.confirmed_at is not null and r.ended_at is null
		order by r.merchant_id, r.added_at, r.id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var channel, off string
			var chosen db.Text
			var to Recipient
			err := rows.Scan(&merchantID, &to.ID, &channel, &to.Address, &to.Name, &off, &chosen)
			to.Channel, to.Locale, to.off = Channel(channel), cmp.Or(string(chosen), Default(0).Locale), parseEvents(off)
			all[merchantID] = append(all[merchantID], to)
			return err
		})
	})
	return all, r.Read(ctx, b)
}

// parseEvents reads events joined by spaces; what is none is left out.
func parseEvents(text string) (all []Event) {
	for _, name := range strings.Fields(text) {
		if e := Event(name); slices.Contains(Events, e) {
			all = append(all, e)
		}
	}
	return all
}

// ReadExtras puts into a batch the reading of whom a merchant added, in the
// order of adding, those included who have not confirmed it yet.
func ReadExtras(b *db.Batch, merchantID int64, all *[]Extra) {
	b.Add(`
		select id, channel, address, name, added_at, confirmed_at, code_until, off
		from notice_recipients where merchant_id = $1 and ended_at is null order by added_at, id`, []any{merchantID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Extra
			var channel, off string
			var confirmed, until db.Time
			err := rows.Scan(&e.ID, &channel, &e.Address, &e.Name, &e.AddedAt, &confirmed, &until, &off)
			e.Channel, e.ConfirmedAt, e.CodeUntil, e.Off = Channel(channel), confirmed.Time, until.Time, parseEvents(off)
			*all = append(*all, e)
			return err
		})
	})
}
