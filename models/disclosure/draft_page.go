package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// DraftPage is a draft with everything that happened to it.
type DraftPage struct {
	Draft
	Authors  []Author // in the order in which they came
	Reviews  []Review // the newest first
	Asked    []Asked  // the newest first
	Opinions []Opinion
}

// Author is someone who changed or submitted a draft.
type Author struct {
	ID   string
	Name string
	At   time.Time // the first time
}

// Wrote reports whether the person is an author.
func (p *DraftPage) Wrote(staffID string) bool {
	for i := range p.Authors {
		if p.Authors[i].ID == staffID {
			return true
		}
	}
	return false
}

// Review is what was decided on a submission.
type Review struct {
	Submission int
	Hash       string // of the content it is about
	Approved   bool   // else sent back
	Comment    string
	ReviewerID string
	Reviewer   string
	At         time.Time
}

// Asked is a time in which merchants were asked for their opinion.
type Asked struct {
	Opening
	By       string
	ClosedAt time.Time // zero: it ended, or ends, on its last day
}

// Running reports whether merchants are being asked on a day.
func (a *Asked) Running(day date.Date) bool { return a.ClosedAt.IsZero() && a.UntilOn >= day }

// ReadDraftPage reads a draft in one round trip. It returns fault.NotFound where
// there is none.
func ReadDraftPage(ctx context.Context, r db.Reader, draftID string) (*DraftPage, error) {
	p := &DraftPage{}
	var content string
	b, args := db.NewBatch(), []any{draftID}
	b.Add(`select `+draftColumns+` from disclosure_drafts dr where dr.id = $1`, args, func(rows db.Rows) error {
		return db.First(rows, p.targets(&content)...)
	})
	b.Add(`select staff_id, staff_name, at from disclosure_draft_authors where draft_id = $1 order by at, staff_id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Author
			err := rows.Scan(&a.ID, &a.Name, &a.At)
			p.Authors = append(p.Authors, a)
			return err
		})
	})
	b.Add(`
		select submission, content_hash, decision = 'approved', comment, reviewer_id, reviewer_name, at
		from disclosure_reviews where draft_id = $1 order by submission desc`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var v Review
			err := rows.Scan(&v.Submission, &v.Hash, &v.Approved, &v.Comment, &v.ReviewerID, &v.Reviewer, &v.At)
			p.Reviews = append(p.Reviews, v)
			return err
		})
	})
	b.Add(`
		select o.id, o.draft_id, o.content_hash, o.until_on, o.at, o.staff_name, c.at
		from disclosure_openings o left join disclosure_closings c on c.opening_id = o.id
		where o.draft_id = $1 order by o.id desc`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Asked
			var closed db.Time
			err := rows.Scan(&a.ID, &a.DraftID, &a.Hash, &a.UntilOn, &a.At, &a.By, &closed)
			a.ClosedAt = closed.Time
			p.Asked = append(p.Asked, a)
			return err
		})
	})
	b.Add(`
		select `+opinionColumns+`
		from disclosure_opinions p
		join merchants m on m.id = p.merchant_id
		join disclosure_openings o on o.id = p.opening_id
		left join disclosure_opinion_answers a on a.opinion_id = p.id
		where o.draft_id = $1
		order by case when a.opinion_id is null then 0 else 1 end, p.at
		limit $2`, []any{draftID, opinionsShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o Opinion
			err := o.scan(rows)
			p.Opinions = append(p.Opinions, o)
			return err
		})
	})
	err := r.Read(ctx, b)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "disclosures.fault.no_draft")
	}
	if err != nil {
		return nil, fmt.Errorf("disclosure: draft's page: %w", err)
	}
	p.Content, err = DecodeContent([]byte(content))
	return p, err
}

// ListedDraft is a draft as a list shows it.
type ListedDraft struct {
	ID        string
	Slug      string
	Title     Text
	State     State
	UpdatedAt time.Time
	UpdatedBy string
}

// ListDrafts returns those in a state, or in any where it is empty, the newest
// first, that began before the one with the id, and whether there are more.
func ListDrafts(ctx context.Context, r db.Reader, state State, before string, limit int) (all []ListedDraft, more bool, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d ListedDraft
			var content string
			if err := rows.Scan(&d.ID, &d.Slug, &content, (*string)(&d.State), &d.UpdatedAt, &d.UpdatedBy); err != nil {
				return err
			}
			var named struct {
				Title Text `json:"title"`
			}
			if err := json.Unmarshal([]byte(content), &named); err != nil {
				return err
			}
			d.Title = named.Title
			all = append(all, d)
			return nil
		})
	}, `
		select id, slug, content, state, updated_at, updated_by
		from disclosure_drafts
		where ($1 = '' or state = $1) and ($2 = '' or id < $2)
		order by id desc
		limit $3`, string(state), before, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("disclosure: drafts: %w", err)
	}
	if len(all) > limit {
		all, more = all[:limit], true
	}
	return all, more, nil
}

// CountInReview adds to a batch how many drafts wait for a review that the person
// may give.
func CountInReview(b *db.Batch, staffID string, n *int) {
	b.Add(`
		select count(*) from disclosure_drafts d
		where d.state = 'in_review'
			and not exists (select 1 from disclosure_draft_authors a where a.draft_id = d.id and a.staff_id = $1)`, []any{staffID}, func(rows db.Rows) error {
		return db.First(rows, n)
	})
}

// CountApproved adds to a batch how many drafts wait to be published.
func CountApproved(b *db.Batch, n *int) {
	b.Add(`select count(*) from disclosure_drafts where state = 'approved'`, nil, func(rows db.Rows) error { return db.First(rows, n) })
}

// CountUnanswered adds to a batch how many opinions wait for an answer.
func CountUnanswered(b *db.Batch, n *int) {
	b.Add(`
		select count(*) from disclosure_opinions p
		where not exists (select 1 from disclosure_opinion_answers a where a.opinion_id = p.id)`, nil, func(rows db.Rows) error {
		return db.First(rows, n)
	})
}

// Provenance says how a version came about.
type Provenance struct {
	DraftID     string // empty: it was taken over
	PublishedBy string
	PublishedAt time.Time
	Approved    Review
	Proposals   []Proposal // to withdraw it, the newest first
	WithdrawnBy string     // who confirmed it; empty: nobody
	WithdrawnAt time.Time
}

// Proposal is a proposal to withdraw a version.
type Proposal struct {
	Reason Text
	ByID   string
	By     string
	At     time.Time
}

// ReadProvenance reads how a version came about in one round trip.
func ReadProvenance(ctx context.Context, r db.Reader, versionID int64) (*Provenance, error) {
	p := &Provenance{}
	b, args := db.NewBatch(), []any{versionID}
	b.Add(`
		select p.draft_id, p.staff_name, p.at, r.submission, r.content_hash, r.comment, r.reviewer_id, r.reviewer_name, r.at
		from disclosure_publications p join disclosure_reviews r on r.id = p.review_id
		where p.version_id = $1`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			v := &p.Approved
			v.Approved = true
			return rows.Scan(&p.DraftID, &p.PublishedBy, &p.PublishedAt, &v.Submission, &v.Hash, &v.Comment, &v.ReviewerID, &v.Reviewer, &v.At)
		})
	})
	b.Add(`select reason, staff_id, staff_name, at from disclosure_withdrawal_proposals where version_id = $1 order by id desc`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one Proposal
			var reason db.JSON
			if err := rows.Scan(&reason, &one.ByID, &one.By, &one.At); err != nil {
				return err
			}
			p.Proposals = append(p.Proposals, one)
			return json.Unmarshal(reason, &p.Proposals[len(p.Proposals)-1].Reason)
		})
	})
	b.Add(`select staff_name, at from disclosure_withdrawals where version_id = $1`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&p.WithdrawnBy, &p.WithdrawnAt) })
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("disclosure: how a version came about: %w", err)
	}
	return p, nil
}
