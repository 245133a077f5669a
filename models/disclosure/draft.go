package disclosure

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// State is how far a draft has come.
type State string

// The states. A draft that is sent back, or changed after it was submitted, is
// a draft again.
const (
	Drafted  State = "draft"
	InReview State = "in_review" // submitted: its text is frozen until someone decides
	Approved State = "approved"  // by someone who is no author
	Released State = "published"
	Dropped  State = "dropped" // given up; kept for the record
)

// Open reports whether the draft may still become a version.
func (s State) Open() bool { return s == Drafted || s == InReview || s == Approved }

// Draft is a disclosure's next version in the making.
type Draft struct {
	ID           string
	Slug         string
	DisclosureID int64 // 0: the first version of a new disclosure
	BaseVersion  int   // from which it began; 0: from nothing
	State        State
	Revision     int // rises with each change
	Submission   int // how often it was submitted
	Content      Content
	Hash         string // of Content
	VersionID    int64  // once published
	CreatedAt    time.Time
	UpdatedAt    time.Time
	UpdatedBy    string // name
}

// maxContent bounds a content's written form, in bytes.
const maxContent = 512 << 10

// Begin makes a draft of a disclosure's next version, or of a new disclosure
// where none has the slug. Only one draft of a disclosure may be open. The title
// of a disclosure that there is stays as it is. It returns the draft's id;
// fault.Invalid for the field slug, and fault.Conflict where a draft is open.
func Begin(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, content *Content) (string, error) {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return "", err
	}
	slug = strings.TrimSpace(slug)
	if len(slug) > longestCode || !codePattern.MatchString(slug) || reserved[slug] {
		var fields fault.Fields
		fields.Add("slug", "disclosures.fault.slug")
		return "", fields.Err()
	}
	draft := &Draft{ID: id.New("dr", at), Slug: slug, State: Drafted, Revision: 1, Content: content.tidy(), CreatedAt: at}
	err := d.Write(ctx, func(tx *db.Tx) error {
		known, err := readHead(ctx, tx, slug)
		if err != nil {
			return err
		}
		draft.DisclosureID, draft.BaseVersion = 0, 0
		if known != nil {
			draft.DisclosureID, draft.BaseVersion, draft.Content.Title = known.id, known.latest, known.title
		}
		if err := draft.insert(ctx, tx, at, by); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.draft", nil)
	})
	if db.Duplicate(err) {
		return "", fault.New(fault.Conflict, "disclosures.fault.open_draft", "slug", slug)
	}
	return draft.ID, err
}

// reserved are slugs that addresses need for something else.
var reserved = map[string]bool{"new": true, "feed": true, "drafts": true}

// Save changes a draft's text. Revision is the one that the author saw: of two
// who change it at the same time, the second gets fault.Conflict. A draft that
// was submitted or approved becomes a draft again, and must be submitted anew.
// Plans that exist keep what can't change; fault.Invalid names the fields that
// try.
func Save(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID string, revision int, content *Content) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	return change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if !draft.State.Open() {
			return fault.New(fault.Conflict, "disclosures.fault.not_open")
		}
		if draft.Revision != revision {
			return fault.New(fault.Conflict, "disclosures.fault.changed_meanwhile", "name", draft.UpdatedBy)
		}
		next := content.tidy()
		if draft.DisclosureID != 0 {
			next.Title = draft.Content.Title
		}
		if next.Hash() == draft.Hash {
			return nil
		}
		if len(next.Encode()) > maxContent {
			return fault.New(fault.Invalid, "disclosures.fault.too_long")
		}
		if err := conflictsOf(ctx, tx, draft.Slug, &next); err != nil {
			return err
		}
		draft.Content, draft.State = next, Drafted
		if err := draft.update(ctx, tx, at, by); err != nil {
			return err
		}
		if err := draft.addAuthor(ctx, tx, at, by); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.change", map[string]any{"revision": draft.Revision, "content_hash": draft.Hash})
	})
}

// Submit hands a draft to review, as it was seen at a revision. What Check or
// the published plans find is fault.Invalid with the fields.
func Submit(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID string, revision int) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	return change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if draft.State != Drafted {
			return fault.New(fault.Conflict, "disclosures.fault.not_draft")
		}
		if draft.Revision != revision {
			return fault.New(fault.Conflict, "disclosures.fault.changed_meanwhile", "name", draft.UpdatedBy)
		}
		if err := ready(ctx, tx, draft); err != nil {
			return err
		}
		draft.State = InReview
		draft.Submission++
		if err := keepContent(ctx, tx, at, draft.Hash, draft.Content.Encode()); err != nil {
			return err
		}
		if err := draft.update(ctx, tx, at, by); err != nil {
			return err
		}
		if err := draft.addAuthor(ctx, tx, at, by); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.submit", map[string]any{"submission": draft.Submission, "content_hash": draft.Hash})
	})
}

// ready reports what stands in the way of a draft as a fault with fields.
func ready(ctx context.Context, r db.Reader, draft *Draft) error {
	var fields fault.Fields
	for _, f := range Check(&draft.Content) {
		fields.Add(f.Path, f.Key, f.Args...)
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return conflictsOf(ctx, r, draft.Slug, &draft.Content)
}

// Drop gives a draft up. It is kept, with what was said about it.
func Drop(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID string, revision int) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	return change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if !draft.State.Open() || draft.Revision != revision {
			return fault.New(fault.Conflict, "disclosures.fault.not_open")
		}
		draft.State = Dropped
		if err := draft.update(ctx, tx, at, by); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.drop", nil)
	})
}

// change reads a draft in a transaction, alone, and lets fn decide on it.
func change(ctx context.Context, d *db.DB, draftID string, fn func(tx *db.Tx, draft *Draft) error) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "disclosure draft "+draftID); err != nil {
			return err
		}
		draft, err := readDraft(ctx, tx, draftID)
		if err != nil {
			return err
		}
		return fn(tx, draft)
	})
}

// wrote records what was done with a draft.
func (dr *Draft) wrote(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, action string, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	details["slug"] = dr.Slug
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), Action: action, Subject: dr.ID, Details: details, RequestID: by.RequestID,
	})
}

// conflictsOf reports, as a fault with fields, where a content says something of
// a published plan that no version of it can: another cycle, free period, way
// of charging or ceiling is another plan.
func conflictsOf(ctx context.Context, r db.Reader, slug string, c *Content) error {
	plans, err := Load(ctx, r)
	if err != nil {
		return err
	}
	var fields fault.Fields
	for _, f := range Conflicts(plans, slug, c) {
		fields.Add(f.Path, f.Key, f.Args...)
	}
	return fields.Err()
}

// Conflicts lists where a content says something of a published plan that no
// version of it can.
func Conflicts(plans *Plans, slug string, c *Content) (findings []Finding) {
	for i := range c.Fees {
		f := &c.Fees[i]
		known := plans.ByCode(f.Plan)
		if known == nil {
			continue
		}
		add := func(field, key string) {
			findings = append(findings, Finding{feePath(i, field), key, []any{"plan", f.Plan}})
		}
		if known.Slug != slug {
			add("plan", "disclosures.check.other_disclosure")
			continue
		}
		if known.Fee.Item != f.Item {
			add("item", "disclosures.check.fixed.item")
		}
		if known.Fee.Method != f.Method {
			add("method", "disclosures.check.fixed.method")
		}
		if known.Fee.Cap12m != f.Cap12m {
			add("cap_12m", "disclosures.check.fixed.ceiling")
		}
		was, is := known.Fee.Versions[0].Price, f.Price()
		switch {
		case was.Kind != is.Kind:
			add("kind", "disclosures.check.fixed.kind")
		case was.CycleMonths != is.CycleMonths:
			add("cycle", "disclosures.check.fixed.cycle")
		case was.FreeDays != is.FreeDays, was.FreeMonths != is.FreeMonths:
			add("free", "disclosures.check.fixed.free")
		case was.Idle != is.Idle:
			add("idle", "disclosures.check.fixed.idle")
		}
	}
	return findings
}

// ContentOf returns a content to begin the next version of a disclosure with:
// that of the latest version, and of one that was taken over what is known of
// it. A disclosure that is not there gives an empty one.
func (p *Plans) ContentOf(slug string, today date.Date) Content {
	d := p.Disclosure(slug)
	if d == nil {
		return Content{}
	}
	for i := len(d.Versions) - 1; i >= 0; i-- {
		v := &d.Versions[i]
		if v.Withdrawn == nil && v.Document != nil {
			return v.Document.Content
		}
	}
	c := Content{Title: d.Title}
	for _, plan := range p.OfDisclosure(slug) {
		last := plan.latest()
		if last == nil {
			continue
		}
		c.Fees = append(c.Fees, FeeOf(&plan.Fee, last.Price, plan.versions[last.Number].Terms))
		number := plan.versions[last.Number].Terms.Clause
		if number != "" && c.Clause(number) == nil {
			c.Clauses = append(c.Clauses, Clause{Number: number, Heading: plan.versions[last.Number].Terms.Title})
		}
	}
	return c
}

// latest returns the plan's newest version that was not withdrawn, or nil.
func (p *Plan) latest() *fee.Version {
	for i := len(p.Fee.Versions) - 1; i >= 0; i-- {
		if v := &p.Fee.Versions[i]; !p.versions[v.Number].Withdrawn {
			return v
		}
	}
	return nil
}
