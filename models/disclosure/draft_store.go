package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// head is what a new version of a disclosure follows.
type head struct {
	id            int64
	title         Text
	latest        int       // its newest version
	lastEffective date.Date // the latest day on which a version, not withdrawn, takes effect
}

// readHead returns the head of the disclosure with the slug, or nil.
func readHead(ctx context.Context, r db.Reader, slug string) (*head, error) {
	h := &head{}
	var title db.JSON
	err := r.QueryRow(ctx, `
		select d.id, d.title, coalesce(max(v.version), 0), max(case when w.version_id is null then v.effective_on end)
		from disclosures d
		left join disclosure_versions v on v.disclosure_id = d.id
		left join disclosure_withdrawals w on w.version_id = v.id
		where d.slug = $1
		group by d.id, d.title`, slug).Scan(&h.id, &title, &h.latest, &h.lastEffective)
	if db.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("disclosure: %s: %w", slug, err)
	}
	return h, json.Unmarshal(title, &h.title)
}

const draftColumns = `dr.id, dr.slug, coalesce(dr.disclosure_id, 0), coalesce(dr.base_version, 0), dr.state, dr.revision, dr.submission,
	dr.content, dr.content_hash, coalesce(dr.version_id, 0), dr.created_at, dr.updated_at, dr.updated_by`

func (dr *Draft) targets(content *string) []any {
	return []any{
		&dr.ID, &dr.Slug, &dr.DisclosureID, &dr.BaseVersion, (*string)(&dr.State), &dr.Revision, &dr.Submission,
		content, &dr.Hash, &dr.VersionID, &dr.CreatedAt, &dr.UpdatedAt, &dr.UpdatedBy,
	}
}

func readDraft(ctx context.Context, r db.Reader, draftID string) (*Draft, error) {
	dr := &Draft{}
	var content string
	err := r.QueryRow(ctx, `select `+draftColumns+` from disclosure_drafts dr where dr.id = $1`, draftID).Scan(dr.targets(&content)...)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "disclosures.fault.no_draft")
	}
	if err != nil {
		return nil, fmt.Errorf("disclosure: draft: %w", err)
	}
	dr.Content, err = DecodeContent([]byte(content))
	return dr, err
}

func (dr *Draft) insert(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor) error {
	body := dr.Content.Encode()
	dr.Hash = hashOf(body)
	_, err := tx.Exec(ctx, `
		insert into disclosure_drafts (id, slug, disclosure_id, base_version, state, revision, submission, content, content_hash, created_at, updated_at, updated_by)
		values ($1, $2, $3, $4, $5, 1, 0, $6, $7, $8, $8, $9)`,
		dr.ID, dr.Slug, where(dr.DisclosureID != 0, dr.DisclosureID), where(dr.BaseVersion != 0, dr.BaseVersion), string(dr.State),
		string(body), dr.Hash, at, by.Name)
	if err != nil {
		return err
	}
	return dr.addAuthor(ctx, tx, at, by)
}

// update stores a draft's text and state as its next revision.
func (dr *Draft) update(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor) error {
	body := dr.Content.Encode()
	dr.Hash = hashOf(body)
	dr.Revision++
	_, err := tx.Exec(ctx, `
		update disclosure_drafts set state = $2, revision = $3, submission = $4, content = $5, content_hash = $6, updated_at = $7, updated_by = $8
		where id = $1`,
		dr.ID, string(dr.State), dr.Revision, dr.Submission, string(body), dr.Hash, at, by.Name)
	return err
}

// updateState stores what was decided; the text is as it was.
func (dr *Draft) updateState(ctx context.Context, tx *db.Tx) error {
	dr.Revision++
	_, err := tx.Exec(ctx, `update disclosure_drafts set state = $2, revision = $3 where id = $1`, dr.ID, string(dr.State), dr.Revision)
	return err
}

func (dr *Draft) addAuthor(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_draft_authors (draft_id, staff_id, staff_name, at) values ($1, $2, $3, $4) on conflict do nothing`,
		dr.ID, by.ID, by.Name, at)
	return err
}

func isAuthor(ctx context.Context, r db.Reader, draftID, staffID string) (is bool, err error) {
	err = r.QueryRow(ctx, `select count(*) > 0 from disclosure_draft_authors where draft_id = $1 and staff_id = $2`, draftID, staffID).Scan(&is)
	return is, err
}

func keepContent(ctx context.Context, tx *db.Tx, at time.Time, hash string, body []byte) error {
	_, err := tx.Exec(ctx, `insert into disclosure_contents (hash, body, created_at) values ($1, $2, $3) on conflict do nothing`, hash, string(body), at)
	return err
}

func addReview(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, dr *Draft, decision, comment string) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_reviews (draft_id, submission, content_hash, decision, comment, reviewer_id, reviewer_name, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		dr.ID, dr.Submission, dr.Hash, decision, comment, by.ID, by.Name, at)
	return err
}

// approvalOf returns the review that approved exactly this text at its latest
// submission, by someone who is no author; 0: there is none.
func approvalOf(ctx context.Context, r db.Reader, dr *Draft) (review int64, err error) {
	err = r.QueryRow(ctx, `
		select r.id from disclosure_reviews r
		where r.draft_id = $1 and r.submission = $2 and r.content_hash = $3 and r.decision = 'approved'
			and not exists (select 1 from disclosure_draft_authors a where a.draft_id = r.draft_id and a.staff_id = r.reviewer_id)`,
		dr.ID, dr.Submission, dr.Hash).Scan(&review)
	if db.NotFound(err) {
		return 0, nil
	}
	return review, err
}

// openOn is the end of a statement about openings o that run on a day.
func openOn(day string) string {
	return `from disclosure_openings o join disclosure_drafts dr on dr.id = o.draft_id
	where o.until_on >= ` + day + ` and dr.state in ('draft', 'in_review', 'approved')
		and not exists (select 1 from disclosure_closings c where c.opening_id = o.id)`
}

// openingNow returns the opening of a disclosure's draft that runs on a day, or
// nil.
func openingNow(ctx context.Context, r db.Reader, slug string, day date.Date) (*Opening, error) {
	o := &Opening{Slug: slug}
	err := r.QueryRow(ctx, `
		select o.id, o.draft_id, o.content_hash, o.until_on, o.at `+openOn("$2")+` and dr.slug = $1
		order by o.id desc limit 1`, slug, day).Scan(&o.ID, &o.DraftID, &o.Hash, &o.UntilOn, &o.At)
	if db.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("disclosure: opening: %w", err)
	}
	return o, nil
}

func addOpening(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, dr *Draft, until date.Date) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_openings (draft_id, content_hash, until_on, staff_id, staff_name, at) values ($1, $2, $3, $4, $5, $6)`,
		dr.ID, dr.Hash, until, by.ID, by.Name, at)
	return err
}

func addClosing(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, opening int64) error {
	_, err := tx.Exec(ctx, `insert into disclosure_closings (opening_id, staff_id, at) values ($1, $2, $3)`, opening, by.ID, at)
	return err
}

func opinionsGiven(ctx context.Context, tx *db.Tx, opening, merchantID int64) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from disclosure_opinions where opening_id = $1 and merchant_id = $2`, opening, merchantID).Scan(&n)
	return n, err
}

func addOpinion(ctx context.Context, tx *db.Tx, at time.Time, by Voice, opinionID string, opening int64, text string) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_opinions (id, opening_id, merchant_id, user_id, user_name, body, at) values ($1, $2, $3, $4, $5, $6, $7)`,
		opinionID, opening, by.MerchantID, by.UserID, by.Name, text, at)
	return err
}

// merchantToAnswer returns whose opinion waits for an answer.
func merchantToAnswer(ctx context.Context, tx *db.Tx, draftID, opinionID string) (merchantID int64, err error) {
	var answered bool
	err = tx.QueryRow(ctx, `
		select p.merchant_id, exists (select 1 from disclosure_opinion_answers a where a.opinion_id = p.id)
		from disclosure_opinions p join disclosure_openings o on o.id = p.opening_id
		where p.id = $1 and o.draft_id = $2`, opinionID, draftID).Scan(&merchantID, &answered)
	switch {
	case db.NotFound(err):
		return 0, fault.New(fault.NotFound, "disclosures.fault.no_opinion")
	case err == nil && answered:
		return 0, fault.New(fault.Conflict, "disclosures.fault.answered")
	}
	return merchantID, err
}

func addAnswer(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, opinionID, text string) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_opinion_answers (opinion_id, body, staff_id, staff_name, at) values ($1, $2, $3, $4, $5)`,
		opinionID, text, by.ID, by.Name, at)
	return err
}

func unansweredOpinions(ctx context.Context, r db.Reader, draftID string) (n int, err error) {
	err = r.QueryRow(ctx, `
		select count(*) from disclosure_opinions p join disclosure_openings o on o.id = p.opening_id
		where o.draft_id = $1 and not exists (select 1 from disclosure_opinion_answers a where a.opinion_id = p.id)`, draftID).Scan(&n)
	return n, err
}

// writeVersion adds the version, its document, and what became of the draft.
func (p *publishing) writeVersion(ctx context.Context, document *Document, body []byte, review int64) error {
	if p.head.id == 0 {
		title, err := json.Marshal(p.head.title)
		if err != nil {
			return err
		}
		if err := p.tx.QueryRow(ctx, `insert into disclosures (slug, title) values ($1, $2) returning id`, document.Slug, db.JSON(title)).Scan(&p.head.id); err != nil {
			return err
		}
	}
	err := p.tx.QueryRow(ctx, `
		insert into disclosure_versions (disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
		values ($1, $2, $3, $4, $5, false, $6, $7)
		returning id`,
		p.head.id, document.Version, document.PublishedOn, document.EffectiveOn, document.DisclosureDays, p.done.Hash, p.at).Scan(&p.done.VersionID)
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(ctx, `
		insert into disclosure_publications (version_id, draft_id, review_id, body, policy_version, staff_id, staff_name, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.done.VersionID, p.draft.ID, review, string(body), p.policy.Version, p.by.ID, p.by.Name, p.at)
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(ctx, `
		update disclosure_drafts set state = 'published', revision = revision + 1, version_id = $2, disclosure_id = $3 where id = $1`,
		p.draft.ID, p.done.VersionID, p.head.id)
	return err
}

// planNumbers returns the highest number of a version of each plan, withdrawn
// ones included.
func planNumbers(ctx context.Context, r db.Reader) (map[string]int, error) {
	numbers := map[string]int{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var code string
			var n int
			err := rows.Scan(&code, &n)
			numbers[code] = n
			return err
		})
	}, `select p.code, max(v.version) from plans p join plan_versions v on v.plan_id = p.id group by p.code`)
	return numbers, err
}

func addProposal(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, versionID int64, reason Text) error {
	written, err := json.Marshal(reason)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into disclosure_withdrawal_proposals (version_id, reason, staff_id, staff_name, at) values ($1, $2, $3, $4, $5)`,
		versionID, db.JSON(written), by.ID, by.Name, at)
	return err
}

func latestProposal(ctx context.Context, tx *db.Tx, versionID int64) (proposal int64, proposer string, err error) {
	err = tx.QueryRow(ctx, `
		select id, staff_id from disclosure_withdrawal_proposals where version_id = $1 order by id desc limit 1`, versionID).Scan(&proposal, &proposer)
	if db.NotFound(err) {
		return 0, "", nil
	}
	return proposal, proposer, err
}

func addWithdrawal(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, versionID, proposal int64) error {
	_, err := tx.Exec(ctx, `
		insert into disclosure_withdrawals (version_id, proposal_id, staff_id, staff_name, at) values ($1, $2, $3, $4, $5)`,
		versionID, proposal, by.ID, by.Name, at)
	return err
}
