package disclosure

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Disclosure is what was published under one slug.
type Disclosure struct {
	ID       int64
	Slug     string
	Title    Text
	Versions []Version // by number, at least one
}

// Version is one published state of a disclosure.
type Version struct {
	ID             int64
	Number         int
	PublishedOn    date.Date
	EffectiveOn    date.Date // as published
	DisclosureDays int       // the policy at publication
	TakenOver      bool      // from before this product; not reviewed here
	Hash           string    // SHA-256 of Body, in hexadecimal
	Body           []byte    // exactly what was hashed; nil where it can't be had any more
	Document       *Document // nil of a version that was taken over
	Withdrawn      *Withdrawal
}

// Withdrawal says that a version never took effect.
type Withdrawal struct {
	On     date.Date
	Reason Text
}

// Phase is how a published version stands on a day.
type Phase string

// The phases.
const (
	ToCome     Phase = "published"  // it takes effect later
	InEffect   Phase = "effective"  //
	Superseded Phase = "superseded" // a later one has taken effect
	Withdrawn  Phase = "withdrawn"  // it never takes effect
)

// Phase returns how a version stands on a day. The number must be one of the
// disclosure's.
func (d *Disclosure) Phase(number int, day date.Date) Phase {
	v := d.Version(number)
	switch {
	case v.Withdrawn != nil:
		return Withdrawn
	case v.EffectiveOn > day:
		return ToCome
	}
	if in := d.InEffect(day); in != nil && in.Number != number {
		return Superseded
	}
	return InEffect
}

// Version returns the one with the number, or nil.
func (d *Disclosure) Version(number int) *Version {
	for i := range d.Versions {
		if d.Versions[i].Number == number {
			return &d.Versions[i]
		}
	}
	return nil
}

// InEffect returns the version that holds on a day, or nil before the first.
func (d *Disclosure) InEffect(day date.Date) (in *Version) {
	for i := range d.Versions {
		v := &d.Versions[i]
		if v.Withdrawn == nil && v.EffectiveOn <= day && (in == nil || cmp.Or(cmp.Compare(v.EffectiveOn, in.EffectiveOn), cmp.Compare(v.Number, in.Number)) > 0) {
			in = v
		}
	}
	return in
}

// Next returns the version that takes effect next after a day, or nil.
func (d *Disclosure) Next(day date.Date) (next *Version) {
	for i := range d.Versions {
		v := &d.Versions[i]
		if v.Withdrawn == nil && v.EffectiveOn > day && (next == nil || v.EffectiveOn < next.EffectiveOn) {
			next = v
		}
	}
	return next
}

// Shown returns the version to show on a day: the one in effect, or before the
// first the one that comes next, or where all were withdrawn the last.
func (d *Disclosure) Shown(day date.Date) *Version {
	if v := d.InEffect(day); v != nil {
		return v
	}
	if v := d.Next(day); v != nil {
		return v
	}
	return &d.Versions[len(d.Versions)-1]
}

// Content returns what a version says. Of one that was taken over that is what
// is known of the prices as they stood then: each plan as this version or an
// earlier one states it.
func (p *Plans) Content(d *Disclosure, v *Version) Content {
	if v.Document != nil {
		return v.Document.Content
	}
	c := Content{Title: d.Title}
	for _, plan := range p.OfDisclosure(d.Slug) {
		if number := plan.statedBy(v.Number); number != 0 {
			c.Fees = append(c.Fees, FeeOf(&plan.Fee, plan.Fee.Version(number).Price, plan.versions[number].Terms))
		}
	}
	return c
}

// statedBy returns the plan's version as a disclosure's version, or the latest
// one before it, states it, and 0 where none does.
func (p *Plan) statedBy(number int) (version int) {
	by := 0
	for n, v := range p.versions {
		in := v.DisclosureVersion <= number && (!v.Withdrawn || v.DisclosureVersion == number)
		if in && cmp.Or(cmp.Compare(v.DisclosureVersion, by), cmp.Compare(n, version)) > 0 {
			by, version = v.DisclosureVersion, n
		}
	}
	return version
}

// Opening asks merchants what they think of a draft.
type Opening struct {
	ID      int64
	Slug    string
	DraftID string
	Hash    string // of the content
	UntilOn date.Date
	At      time.Time
	Content Content // only in Plans
}

// Opening returns the opening of the disclosure with the slug that runs on a
// day, or nil.
func (p *Plans) Opening(slug string, day date.Date) *Opening {
	for _, o := range slices.Backward(p.openings) {
		if o.Slug == slug && o.UntilOn >= day {
			return o
		}
	}
	return nil
}

// Openings returns those that run on a day.
func (p *Plans) Openings(day date.Date) (running []*Opening) {
	for _, o := range p.openings {
		if o.UntilOn >= day {
			running = append(running, o)
		}
	}
	return running
}

func (p *Plans) scanVersion(rows db.Rows) error {
	var d Disclosure
	var v Version
	var title, reason db.JSON
	var body string
	var withdrawn db.Time
	err := rows.Scan(&d.ID, &d.Slug, &title, &v.ID, &v.Number, &v.PublishedOn, &v.EffectiveOn, &v.DisclosureDays, &v.TakenOver, &v.Hash,
		&body, &withdrawn, &reason)
	if err != nil {
		return err
	}
	known := p.Disclosure(d.Slug)
	if known == nil {
		known = &d
		if err := json.Unmarshal(title, &known.Title); err != nil {
			return err
		}
		p.disclosures = append(p.disclosures, known)
	}
	if !withdrawn.IsZero() {
		v.Withdrawn = &Withdrawal{On: date.Of(withdrawn.Time)}
		if err := json.Unmarshal(reason, &v.Withdrawn.Reason); err != nil {
			return err
		}
	}
	if body != "" {
		document, err := DecodeDocument([]byte(body))
		if err != nil {
			return err
		}
		v.Body, v.Document = []byte(body), &document
	} else if v.Body, err = p.takenOverBody(known, &v); err != nil {
		return err
	}
	known.Versions = append(known.Versions, v)
	return nil
}

// takenOverBody writes what the hash of a version that was taken over is of, or
// nothing where that no longer gives the hash.
func (p *Plans) takenOverBody(d *Disclosure, v *Version) ([]byte, error) {
	existing := Existing{Slug: d.Slug, Title: d.Title}
	for _, plan := range p.OfDisclosure(d.Slug) {
		for i := range plan.Fee.Versions {
			one := plan.Fee.Versions[i]
			said := plan.versions[one.Number]
			stated := ExistingPlan{Plan: plan.Fee, Terms: said.Terms, StatedBy: []int{said.DisclosureVersion}}
			stated.Plan.Versions = plan.Fee.Versions[i : i+1]
			existing.Plans = append(existing.Plans, stated)
		}
	}
	body, err := contentBody(&existing, ExistingVersion{Number: v.Number, PublishedOn: v.PublishedOn, EffectiveOn: v.EffectiveOn}, v.DisclosureDays)
	if err != nil || hashOf(body) != v.Hash {
		return nil, err
	}
	return body, nil
}

func (p *Plans) scanOpening(rows db.Rows) error {
	var o Opening
	var body string
	if err := rows.Scan(&o.Slug, &o.ID, &o.DraftID, &o.Hash, &o.UntilOn, &o.At, &body); err != nil {
		return err
	}
	content, err := DecodeContent([]byte(body))
	if err != nil {
		return err
	}
	o.Content = content
	p.openings = append(p.openings, &o)
	return nil
}
