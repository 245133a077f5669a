package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
)

// Found is a message with its merchant, as staff see it. Without a merchant it
// is about somebody's sign-in.
type Found struct {
	outbox.Entry
	MerchantRef string
	Merchant    string
}

// SearchMessages returns messages that fit, the newest first, after the place
// given or from the start, at most so many, in two round trips.
func SearchMessages(ctx context.Context, r db.Reader, q outbox.Query, after outbox.Place, limit int) ([]Found, error) {
	entries, err := outbox.Search(ctx, r, q, after, limit)
	if err != nil {
		return nil, err
	}
	var merchants []any
	for i := range entries {
		if id := entries[i].MerchantID; id != 0 && !slices.Contains(merchants, any(id)) {
			merchants = append(merchants, id)
		}
	}
	names := map[int64][2]string{}
	if len(merchants) > 0 {
		err = r.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id int64
				var ref, name string
				err := rows.Scan(&id, &ref, &name)
				names[id] = [2]string{ref, name}
				return err
			})
		}, `select id, ref, name from merchants where id in (`+db.Placeholders(1, len(merchants))+`)`, merchants...)
	}
	all := make([]Found, len(entries))
	for i, e := range entries {
		all[i] = Found{Entry: e, MerchantRef: names[e.MerchantID][0], Merchant: names[e.MerchantID][1]}
	}
	return all, err
}

// LetterFate is what became of a letter.
type LetterFate struct {
	ID        string
	State     string   // open, told or unreached
	Channels  Channels // in the order in which they are tried
	HandledAt time.Time
	HandledBy string // name of the member of staff who called
	Remark    string
}

// Case is a message as staff look at it.
type Case struct {
	Found
	Letter *LetterFate    // that it is a copy of; nil: of none
	Copies []outbox.Entry // of the letter, the message included
	About  []About        // the first few things that the letter tells of
	Lines  int            // all of them
}

// caseShown is how many of the things that a letter tells of staff see.
const caseShown = 20

// ReadCase returns a message for staff, in one round trip, or fault.NotFound.
func ReadCase(ctx context.Context, r db.Reader, messageID string) (*Case, error) {
	c := &Case{}
	var found []outbox.Entry
	b := db.NewBatch()
	outbox.ReadCase(b, messageID, &found, &c.Copies)
	ofMessage := []any{messageID}
	b.Add(`select m.ref, m.name from merchants m where m.id = (select merchant_id from messages where id = $1)`, ofMessage, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&c.MerchantRef, &c.Merchant) })
	})
	b.Add(`
		select l.id, l.state, l.channels, l.handled_at, coalesce(p.name, l.handled_by, ''), coalesce(l.remark, '')
		from letters l left join staff p on p.id = l.handled_by
		where l.id = (select letter_id from messages where id = $1)`, ofMessage, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var channels string
			var handled db.Time
			c.Letter = &LetterFate{}
			err := rows.Scan(&c.Letter.ID, &c.Letter.State, &channels, &handled, &c.Letter.HandledBy, &c.Letter.Remark)
			c.Letter.Channels, c.Letter.HandledAt = ParseChannels(channels), handled.Time
			return err
		})
	})
	b.Add(`
		select coalesce(t.sn, ''), coalesce(t.own_alias, t.alias, ''), n.plan_id, n.due_on, n.amount_fen, n.ref
		from notices n left join terminals t on t.id = n.terminal_id
		where n.letter_id = (select letter_id from messages where id = $1)
		order by n.terminal_id, n.plan_id, n.cycle, n.ref limit $2`, []any{messageID, caseShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a About
			var amount *int64
			err := rows.Scan(&a.SN, &a.Alias, &a.PlanID, &a.DueOn, &amount, &a.Ref)
			a.Amount = money.Fen(orZero(amount))
			c.About = append(c.About, a)
			return err
		})
	})
	b.Add(`select count(*) from notices where letter_id = (select letter_id from messages where id = $1)`, ofMessage, func(rows db.Rows) error {
		return db.First(rows, &c.Lines)
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("notice: message %s: %w", messageID, err)
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "admin_notices.not_found")
	}
	c.Entry = found[0]
	return c, nil
}

// ParseName reads what somebody typed to name a message: its id, or the code by
// which it is checked, with or without what stands between its letters.
func ParseName(typed string) string {
	typed = strings.TrimSpace(typed)
	if strings.HasPrefix(strings.ToLower(typed), "m_") {
		return strings.ToLower(typed)
	}
	return PlainCode(typed)
}
