package notice

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// TemplateState says how far a version of a template is.
type TemplateState string

// The states.
const (
	TemplateDraft     TemplateState = "draft"     // being written
	TemplateInReview  TemplateState = "in_review" // waits for someone who did not write it
	TemplateLive      TemplateState = "live"      // is sent
	TemplateReplaced  TemplateState = "replaced"  // was sent until the next
	TemplateDiscarded TemplateState = "discarded" // given up before it was sent
)

// TemplateEventKind says what was done with a version.
type TemplateEventKind string

// The kinds.
const (
	TemplateCreated   TemplateEventKind = "created"
	TemplateChanged   TemplateEventKind = "changed"
	TemplateRestored  TemplateEventKind = "restored" // the program's own words, as a draft
	TemplateSubmitted TemplateEventKind = "submitted"
	TemplateSentBack  TemplateEventKind = "sent_back" // by a reviewer, with what is to be changed
	TemplateWithdrawn TemplateEventKind = "withdrawn" // from review, by an author
	TemplateApproved  TemplateEventKind = "approved"  // by a reviewer: sent from then on
	TemplateGivenUp   TemplateEventKind = "discarded"
)

// writes reports whether who does it becomes an author.
func (k TemplateEventKind) writes() bool {
	return k == TemplateCreated || k == TemplateChanged || k == TemplateRestored
}

// TemplateEvent is something that was done with a version.
type TemplateEvent struct {
	Version int // its number
	At      time.Time
	Kind    TemplateEventKind
	StaffID string
	Name    string // of the person, as it was then
	Comment string
}

// Desk does what staff do with templates.
type Desk struct {
	DB *db.DB
	At time.Time
	By staff.Actor
}

// Template names a template and the state of its draft that somebody saw.
type Template struct {
	Kind     Kind
	Channel  Channel
	Revision int // of the draft; 0: there was none
}

func (t *Template) known() bool {
	return t.Kind.Known() && PartsOf(t.Channel) != nil && t.Channel.known()
}

func (c Channel) known() bool {
	return c == SMS || c == Email || c == WeChat || c == Inbox
}

// Save keeps words as a draft: a new one, or the one there is. It returns
// fault.Invalid where they can't be kept, fault.Conflict where somebody else saved
// in between or the draft is in review, and fault.Forbidden.
func (k Desk) Save(ctx context.Context, t Template, w *Words) error {
	return k.keep(ctx, t, w, TemplateCreated, TemplateChanged)
}

// Restore makes the words that the program brings the draft, to be reviewed like
// any other. The faults are those of Save.
func (k Desk) Restore(ctx context.Context, t Template) error {
	w := Shipped(t.Kind, t.Channel)
	return k.keep(ctx, t, &w, TemplateRestored, TemplateRestored)
}

func (k Desk) keep(ctx context.Context, t Template, w *Words, begun, changed TemplateEventKind) error {
	return k.write(ctx, t, staff.WriteTemplates, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		fields := checkTemplateShape(t.Channel, w)
		if err := fields.Err(); err != nil {
			return TemplateEvent{}, err
		}
		if work.id == 0 && t.Revision == 0 {
			return TemplateEvent{Kind: begun}, work.begin(ctx, tx, t, w, k.At)
		}
		if err := work.is(TemplateDraft, t.Revision); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: changed}, work.reword(ctx, tx, w, k.At)
	})
}

// Submit gives a draft to review. It returns fault.Invalid with all that
// CheckTemplate finds, and the other faults of Save.
func (k Desk) Submit(ctx context.Context, t Template) error {
	return k.write(ctx, t, staff.WriteTemplates, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		if err := work.is(TemplateDraft, t.Revision); err != nil {
			return TemplateEvent{}, err
		}
		fields := CheckTemplate(t.Kind, t.Channel, work.words)
		if err := fields.Err(); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: TemplateSubmitted}, work.move(ctx, tx, TemplateInReview, k.At)
	})
}

// Withdraw takes a draft back from review, so that it can be changed.
func (k Desk) Withdraw(ctx context.Context, t Template) error {
	return k.write(ctx, t, staff.WriteTemplates, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		if err := work.is(TemplateInReview, t.Revision); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: TemplateWithdrawn}, work.move(ctx, tx, TemplateDraft, k.At)
	})
}

// Discard gives a draft up. What is sent stays.
func (k Desk) Discard(ctx context.Context, t Template) error {
	return k.write(ctx, t, staff.WriteTemplates, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		if err := work.is(TemplateDraft, t.Revision); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: TemplateGivenUp}, work.move(ctx, tx, TemplateDiscarded, k.At)
	})
}

// SendBack gives a draft back to its authors with what a reviewer wants changed.
// No author reviews: fault.Forbidden.
func (k Desk) SendBack(ctx context.Context, t Template, comment string) error {
	return k.review(ctx, t, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		var fields fault.Fields
		switch {
		case comment == "":
			fields.Add(TemplateCommentField, "admin_templates.check.comment")
		case len([]rune(comment)) > maxComment:
			fields.Add(TemplateCommentField, "admin_templates.check.long", "most", maxComment)
		}
		if err := fields.Err(); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: TemplateSentBack, Comment: comment}, work.move(ctx, tx, TemplateDraft, k.At)
	})
}

// Approve has a version sent in place of the one before. No author does so:
// fault.Forbidden.
func (k Desk) Approve(ctx context.Context, t Template) error {
	return k.review(ctx, t, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		fields := CheckTemplate(t.Kind, t.Channel, work.words)
		if err := fields.Err(); err != nil {
			return TemplateEvent{}, err
		}
		return TemplateEvent{Kind: TemplateApproved}, work.goLive(ctx, tx, t, k.At)
	})
}

// review lets somebody who did not write a version in review decide on it.
func (k Desk) review(ctx context.Context, t Template, decide func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error)) error {
	return k.write(ctx, t, staff.ReviewTemplates, func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error) {
		if err := work.is(TemplateInReview, t.Revision); err != nil {
			return TemplateEvent{}, err
		}
		wrote, err := work.isBy(ctx, tx, k.By.ID)
		if err != nil {
			return TemplateEvent{}, err
		}
		if wrote {
			return TemplateEvent{}, fault.New(fault.Forbidden, "admin_templates.own")
		}
		return decide(tx, work)
	})
}

// write lets one after the other work on a template, and notes what was done with
// the version and in the record.
func (k Desk) write(ctx context.Context, t Template, needs staff.Permission, act func(tx *db.Tx, work *templateAtWork) (TemplateEvent, error)) error {
	if err := k.By.Must(needs); err != nil {
		return err
	}
	if !t.known() {
		return fault.New(fault.NotFound, "")
	}
	name := string(t.Kind) + "." + string(t.Channel)
	return k.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "template "+name); err != nil {
			return err
		}
		work, err := readTemplateAtWork(ctx, tx, t)
		if err != nil {
			return err
		}
		done, err := act(tx, work)
		if err != nil {
			return err
		}
		done.At, done.StaffID, done.Name = k.At, k.By.ID, k.By.Name
		if err := writeTemplateEvent(ctx, tx, work.id, &done); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: k.At, Actor: k.By.Audit(), Action: "template." + string(done.Kind), Subject: name, RequestID: k.By.RequestID,
			Details: map[string]any{"version": work.version},
		})
	})
}

func templateConflict() error { return fault.New(fault.Conflict, "admin_templates.conflict") }
