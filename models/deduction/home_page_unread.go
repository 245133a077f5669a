package deduction

import "github.com/mingbai/mingbai/models/db"

// Unread is an announcement that lies in the portal and reached nobody by any
// other way.
type Unread struct {
	LetterID string
	Subject  string // as it was sent
}

// homeUnread is how many announcements the first page names.
const homeUnread = 3

// unreadAnnouncements are the copies m in the portal that nobody has opened, of
// letters about charges to come from the day $2 on, or prices that are to rise,
// of the merchant $1, whose other copies nobody is known to have got either.
const unreadAnnouncements = `
	from messages m join letters l on l.id = m.letter_id
	where m.merchant_id = $1 and m.channel = 'inbox' and m.read_at is null and l.kind in ('upcoming', 'changed', 'fee_change')
		and l.state <> 'told' and (l.due_on is null or l.due_on >= $2)`

func (q *homePageQuery) readUnread(rows db.Rows) error {
	return db.Each(rows, func() error {
		var u Unread
		err := rows.Scan(&u.LetterID, &u.Subject, &q.page.UnreadCount)
		q.page.Unread = append(q.page.Unread, u)
		return err
	})
}
