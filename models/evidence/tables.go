package evidence

import (
	"context"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/spreadsheet"
)

// instant writes a moment in UTC, and none as nothing.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// masked leaves the first character of a person's name.
func masked(name string) string {
	_, n := utf8.DecodeRuneInString(name)
	if n == 0 {
		return ""
	}
	return name[:n] + "**"
}

// howItCame lists every step of the version $1 and of the draft $2 that it comes
// from, by whom it was done.
const howItCame = `
	select at, 1 as place, 'written' as step, staff_name as name, '' as hash, '' as words, null as until_on from disclosure_draft_authors where draft_id = $2
	union all
	select at, 2, 'opened', staff_name, content_hash, '', until_on from disclosure_openings where draft_id = $2
	union all
	select c.at, 3, 'closed', coalesce(s.name, c.staff_id), o.content_hash, '', null
	from disclosure_closings c join disclosure_openings o on o.id = c.opening_id left join staff s on s.id = c.staff_id where o.draft_id = $2
	union all
	select at, 4, decision, reviewer_name, content_hash, comment, null from disclosure_reviews where draft_id = $2
	union all
	select p.at, 5, 'published', p.staff_name, v.content_hash, '', null
	from disclosure_publications p join disclosure_versions v on v.id = p.version_id where p.version_id = $1
	union all
	select at, 6, 'withdrawal_proposed', staff_name, '', cast(reason as text), null from disclosure_withdrawal_proposals where version_id = $1
	union all
	select at, 7, 'withdrawn', staff_name, '', '', null from disclosure_withdrawals where version_id = $1
	order by 1, 2, 4, 5`

// approvals are the steps of the version, each with the hash of the text that it
// was about.
func (p *pack) approvals(ctx context.Context, w io.Writer) error {
	return spreadsheet.Write(w, []string{"at", "step", "by", "content_sha256", "comment", "until"}, func(add func(...string) error) error {
		return p.r.Query(ctx, func(rows db.Rows) error {
			var at db.Time
			var place int
			var step, name, hash, words string
			var until date.Date
			return db.Each(rows, func() error {
				if err := rows.Scan(&at, &place, &step, &name, &hash, &words, &until); err != nil {
					return err
				}
				return add(instant(at.Time), step, spreadsheet.Text(name), hash, spreadsheet.Text(words), until.String())
			})
		}, howItCame, p.version.ID, p.draftID)
	})
}

// opinions are what merchants said of the draft and what was answered. Who said
// it is masked, the merchant is there by its reference.
func (p *pack) opinions(ctx context.Context, w io.Writer) error {
	heads := []string{"id", "merchant", "by", "at", "content_sha256", "opinion", "answered_at", "answered_by", "answer"}
	return spreadsheet.Write(w, heads, func(add func(...string) error) error {
		return p.r.Query(ctx, func(rows db.Rows) error {
			var id, merchant, name, hash, body string
			var answer, by db.Text
			var at, answered db.Time
			return db.Each(rows, func() error {
				if err := rows.Scan(&id, &merchant, &name, &at, &hash, &body, &answered, &by, &answer); err != nil {
					return err
				}
				return add(id, merchant, spreadsheet.Text(masked(name)), instant(at.Time), hash, spreadsheet.Text(body), instant(answered.Time), spreadsheet.Text(string(by)), spreadsheet.Text(string(answer)))
			})
		}, `
			select n.id, m.ref, n.user_name, n.at, o.content_hash, n.body, a.at, a.staff_name, a.body
			from disclosure_openings o
			join disclosure_opinions n on n.opening_id = o.id
			join merchants m on m.id = n.merchant_id
			left join disclosure_opinion_answers a on a.opinion_id = n.id
			where o.draft_id = $1 order by n.id`, p.draftID)
	})
}

// coverage is how each merchant whom the version asks for more stands to it.
func (p *pack) coverage(ctx context.Context, w io.Writer) error {
	plans := map[int64]string{} // codes
	err := p.r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			var code string
			err := rows.Scan(&id, &code)
			plans[id] = code
			return err
		})
	}, `select p.id, p.code from plans p join plan_versions v on v.plan_id = p.id where v.disclosure_version_id = $1`, p.version.ID)
	if err != nil {
		return err
	}
	heads := []string{
		"change", "merchant", "plan", "from_version", "to_version", "opened_at", "told_at", "delivered_at", "read_at", "seen_at", "terminals", "accepted_terminals", "accepted_on", "objected_at",
		"service_ends_on", "gap_terminals",
	}
	return spreadsheet.Write(w, heads, func(add func(...string) error) error {
		return feechange.EachCovered(ctx, p.r, p.version.ID, func(c *feechange.Covered) error {
			return add(c.ChangeID, c.MerchantRef, plans[c.PlanID], strconv.Itoa(c.From), strconv.Itoa(c.To), instant(c.OpenedAt),
				instant(c.ToldAt), instant(c.DeliveredAt), instant(c.ReadAt), instant(c.SeenAt),
				strconv.Itoa(c.Terminals), strconv.Itoa(c.Accepted), c.AcceptedOn.String(), instant(c.ObjectedAt), c.EndsOn.String(), strconv.Itoa(c.Gaps()))
		})
	})
}
