package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// ListedTemplate is a template as staff see it in a list.
type ListedTemplate struct {
	Kind      Kind
	Channel   Channel
	Live      int           // number of the version that is sent; 0: the program's own words
	AtWork    TemplateState // empty: nothing is at work
	UpdatedAt time.Time     // of the version at work, else of the one that is sent; zero: nobody changed it
}

// channelsInOrder are the channels in the order in which staff see them.
var channelsInOrder = []Channel{SMS, WeChat, Email, Inbox}

// ListTemplates reads how every template stands, by kind and channel.
func ListTemplates(ctx context.Context, r db.Reader) (all []ListedTemplate, err error) {
	for _, k := range Kinds {
		for _, c := range channelsInOrder {
			all = append(all, ListedTemplate{Kind: k, Channel: c})
		}
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind, channel, state string
			var version int
			var at time.Time
			if err := rows.Scan(&kind, &channel, &state, &version, &at); err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(l ListedTemplate) bool { return l.Kind == Kind(kind) && l.Channel == Channel(channel) })
			if i < 0 {
				return nil // of a kind that this program does not have
			}
			if l := &all[i]; TemplateState(state) == TemplateLive {
				l.Live = version
			} else {
				l.AtWork = TemplateState(state)
			}
			all[i].UpdatedAt = at
			return nil
		})
	}, `
		select kind, channel, state, version, updated_at from notice_templates
		where state in ('draft', 'in_review', 'live')
		order by updated_at`)
	if err != nil {
		return nil, fmt.Errorf("notice: the templates: %w", err)
	}
	return all, nil
}

// TemplateDetail is a template with all that staff need to work on it.
type TemplateDetail struct {
	Kind    Kind
	Channel Channel
	AtWork  *TemplateVersion // nil: nothing is
	Live    TemplateVersion  // version 0: the program's own words
	Events  []TemplateEvent  // of all versions, the latest first
}

// TemplateVersion is a version of a template.
type TemplateVersion struct {
	Number    int
	State     TemplateState
	Revision  int
	Words     *Words
	UpdatedAt time.Time // zero: it came with the program
	Authors   []string  // ids of the staff who changed its words
}

// Wrote reports whether somebody is an author of the version.
func (v *TemplateVersion) Wrote(staffID string) bool { return slices.Contains(v.Authors, staffID) }

// GetTemplate reads a template in one round trip; fault.NotFound where there is
// no such kind or channel.
func GetTemplate(ctx context.Context, r db.Reader, k Kind, c Channel) (*TemplateDetail, error) {
	if t := (Template{Kind: k, Channel: c}); !t.known() {
		return nil, fault.New(fault.NotFound, "")
	}
	shipped := Shipped(k, c)
	d := &TemplateDetail{Kind: k, Channel: c, Live: TemplateVersion{State: TemplateLive, Words: &shipped}}
	b := db.NewBatch()
	b.Add(`
		select version, state, revision, words, updated_at from notice_templates
		where kind = $1 and channel = $2 and state in ('draft', 'in_review', 'live')`, []any{string(k), string(c)}, d.readVersions)
	b.Add(`
		select t.version, e.at, e.kind, e.staff_id, e.name, e.comment
		from notice_templates t
		join notice_template_events e on e.template_id = t.id
		where t.kind = $1 and t.channel = $2
		order by e.id desc`, []any{string(k), string(c)}, d.readEvents)
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("notice: a template: %w", err)
	}
	for _, e := range d.Events {
		if d.AtWork != nil && e.Version == d.AtWork.Number && e.Kind.writes() && !d.AtWork.Wrote(e.StaffID) {
			d.AtWork.Authors = append(d.AtWork.Authors, e.StaffID)
		}
	}
	return d, nil
}

func (d *TemplateDetail) readVersions(rows db.Rows) error {
	return db.Each(rows, func() error {
		var v TemplateVersion
		var state string
		var text db.JSON
		err := rows.Scan(&v.Number, &state, &v.Revision, &text, &v.UpdatedAt)
		if err != nil {
			return err
		}
		if v.Words, err = readWords(text); err != nil {
			return err
		}
		if v.State = TemplateState(state); v.State == TemplateLive {
			d.Live = v
		} else {
			d.AtWork = &v
		}
		return nil
	})
}

func (d *TemplateDetail) readEvents(rows db.Rows) error {
	return db.Each(rows, func() error {
		var e TemplateEvent
		var kind string
		err := rows.Scan(&e.Version, &e.At, &kind, &e.StaffID, &e.Name, &e.Comment)
		e.Kind = TemplateEventKind(kind)
		d.Events = append(d.Events, e)
		return err
	})
}

// CountTemplatesForReview adds to a batch how many templates wait for a review
// that somebody, who wrote none of it, may give.
func CountTemplatesForReview(b *db.Batch, staffID string, n *int) {
	b.Add(`
		select count(*) from notice_templates t
		where t.state = 'in_review' and not exists (
			select 1 from notice_template_events e
			where e.template_id = t.id and e.staff_id = $1 and e.kind in ('created', 'changed', 'restored'))`,
		[]any{staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
