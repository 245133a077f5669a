package disclosure

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Opinion is what a merchant said about a draft, and what was answered.
type Opinion struct {
	ID         string
	MerchantID int64
	Merchant   string // name
	By         string // who of the merchant's said it
	Text       string
	At         time.Time
	Answer     string // empty: not answered yet
	AnsweredBy string
	AnsweredAt time.Time // zero: not answered yet
}

const opinionColumns = `p.id, p.merchant_id, m.name, p.user_name, p.body, p.at, coalesce(a.body, ''), coalesce(a.staff_name, ''), a.at`

func (o *Opinion) scan(rows db.Rows) error {
	var answered db.Time
	err := rows.Scan(&o.ID, &o.MerchantID, &o.Merchant, &o.By, &o.Text, &o.At, &o.Answer, &o.AnsweredBy, &answered)
	o.AnsweredAt = answered.Time
	return err
}

// opinionsShown bounds how many opinions a page lists.
const opinionsShown = 200

// OwnOpinions returns what a merchant said about drafts of a disclosure, the
// newest first.
func OwnOpinions(ctx context.Context, r db.Reader, merchantID int64, slug string) (all []Opinion, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o Opinion
			err := o.scan(rows)
			all = append(all, o)
			return err
		})
	}, `
		select `+opinionColumns+`
		from disclosure_opinions p
		join merchants m on m.id = p.merchant_id
		join disclosure_openings o on o.id = p.opening_id
		join disclosure_drafts dr on dr.id = o.draft_id
		left join disclosure_opinion_answers a on a.opinion_id = p.id
		where p.merchant_id = $1 and dr.slug = $2
		order by p.at desc
		limit $3`, merchantID, slug, opinionsShown)
	if err != nil {
		return nil, fmt.Errorf("disclosure: a merchant's opinions: %w", err)
	}
	return all, nil
}
