package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// ExportDisclosure writes a pack about a disclosure's version: its text exactly
// as it was hashed, who wrote, approved and published it, what merchants said
// before and what they were told, the policy pinned on it, how merchants stand to
// it, and what the record says of it with its seals. Texts are files for people,
// such as the version in each language; they come first. The record names who
// took the pack before the call returns. Memory does not grow with the pack.
//
// The error is fault.Forbidden, or fault.NotFound where there is no such version.
// What was written until an error is no pack.
func ExportDisclosure(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, plans *disclosure.Plans, slug string, version int, texts []File, to io.Writer) (Export, error) {
	if err := by.Must(staff.ExportEvidence); err != nil {
		return Export{}, err
	}
	v := Version(plans, slug, version)
	if v == nil {
		return Export{}, fault.New(fault.NotFound, "admin_evidence.not_found")
	}
	p := &pack{r: d, version: v, subject: subject(slug, version)}
	if err := p.read(ctx); err != nil {
		return Export{}, err
	}
	a := NewArchive(to, v.PublishedOn.Start())
	for _, f := range slices.Concat(texts, p.files(ctx)) {
		if err := a.Add(f); err != nil {
			return Export{}, err
		}
	}
	hash, err := a.Finish(Manifest{Pack: "disclosure", Format: 1, Slug: slug, Version: version, ContentHash: v.Hash})
	if err != nil {
		return Export{}, err
	}
	e := Export{ID: id.New("ev", at), Subject: p.subject, ManifestHash: hash, Files: a.Files(), Bytes: a.Bytes(), By: by.Name, At: at}
	return e, d.Write(ctx, func(tx *db.Tx) error {
		if err := addExport(ctx, tx, by, &e); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), Action: exported, Subject: p.subject, RequestID: by.RequestID,
			Details: map[string]any{"export": e.ID, "manifest_hash": hash, "files": e.Files, "bytes": e.Bytes},
		})
	})
}

// exported is the action that the record calls an export. It is left out of the
// packs, so that taking one changes none.
const exported = "evidence.export"

// Version returns a disclosure's version, or nil.
func Version(plans *disclosure.Plans, slug string, version int) *disclosure.Version {
	if d := plans.Disclosure(slug); d != nil {
		return d.Version(version)
	}
	return nil
}

func subject(slug string, version int) string { return slug + "/" + strconv.Itoa(version) }

// pack is what is put together about a version.
type pack struct {
	r       db.Reader
	version *disclosure.Version
	subject string

	draftID  string // from which it was published; empty: it was taken over
	approved []byte // the content exactly as it was approved
	policy   policy
}

// policy is what was in force when the version was published.
type policy struct {
	Version        *int      `json:"policy_version"` // null: it was taken over
	NoticeHours    int       `json:"notice_hours,omitzero"`
	NoticeMaxDays  int       `json:"notice_max_days,omitzero"`
	DisclosureDays int       `json:"disclosure_days"` // pinned on the version
	PublishedOn    date.Date `json:"published_on"`
	EffectiveOn    date.Date `json:"effective_on"`
	Days           int       `json:"days_between"`
	TakenOver      bool      `json:"taken_over"` // from before the portal; not reviewed here
}

func (p *pack) read(ctx context.Context) error {
	v := p.version
	p.policy = policy{
		DisclosureDays: v.DisclosureDays, PublishedOn: v.PublishedOn, EffectiveOn: v.EffectiveOn, Days: v.EffectiveOn.DaysSince(v.PublishedOn), TakenOver: v.TakenOver,
	}
	var body string
	var number int
	err := p.r.QueryRow(ctx, `
		select p.draft_id, c.body, p.policy_version
		from disclosure_publications p
		join disclosure_reviews r on r.id = p.review_id
		join disclosure_contents c on c.hash = r.content_hash
		where p.version_id = $1`, v.ID).Scan(&p.draftID, &body, &number)
	if db.NotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("evidence: publication of %s: %w", p.subject, err)
	}
	p.approved, p.policy.Version = []byte(body), &number
	all, err := setting.GetPolicies(ctx, p.r)
	if err != nil {
		return err
	}
	in := setting.DefaultPolicy
	for _, one := range all {
		if one.Version == number {
			in = one
		}
	}
	p.policy.NoticeHours, p.policy.NoticeMaxDays = in.NoticeHours, in.NoticeMaxDays
	return nil
}

// files are the facts, in the order in which they stand in the pack.
func (p *pack) files(ctx context.Context) (files []File) {
	if p.version.Body != nil {
		files = append(files, Text("document.json", p.version.Body))
	}
	if p.approved != nil {
		files = append(files, Text("approved.json", p.approved))
	}
	r := &record{r: p.r, args: []any{p.subject, p.draftID, p.version.ID, exported}}
	return append(files,
		File{"policy.json", func(w io.Writer) error {
			body, err := json.MarshalIndent(p.policy, "", "  ")
			if err == nil {
				_, err = w.Write(append(body, '\n'))
			}
			return err
		}},
		File{"approvals.csv", func(w io.Writer) error { return p.approvals(ctx, w) }},
		File{"opinions.csv", func(w io.Writer) error { return p.opinions(ctx, w) }},
		File{"coverage.csv", func(w io.Writer) error { return p.coverage(ctx, w) }},
		File{"audit.jsonl", func(w io.Writer) error { return r.write(ctx, w) }},
		File{"seals.jsonl", r.writeSeals},
	)
}
