package staff

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/spreadsheet"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Audit answers who looks through the record of who did what.
type Audit struct {
	*Staff
	Jobs event.Queue
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Audit) Routes(r *server.Router) {
	see := guard.Staff(staff.SeeAudit)
	r.Get("/admin/audit", see, h.List)
	r.Post("/admin/audit/verify", see, h.Verify)
	r.Post("/admin/audit/export", see, h.Export)
	r.Get("/admin/audit/:id", see, h.Entry)
}

// Fields of the filter.
const (
	subjectParam = "subject"
	actorParam   = "actor"
	actionParam  = "action"
	sinceParam   = "since"
	untilParam   = "until"
)

// entriesShown is how many entries a page lists.
const entriesShown = 50

// auditKinds are what each kind of actor is called.
var auditKinds = map[audit.ActorKind]string{
	audit.User: "audit.kind.user", audit.Staff: "audit.kind.staff", audit.System: "audit.kind.system", audit.CLI: "audit.kind.cli", audit.API: "audit.kind.api",
}

// auditFlaws are what each flaw is called.
var auditFlaws = map[audit.Flaw]string{
	audit.Changed: "audit.flaw.changed", audit.Missing: "audit.flaw.missing", audit.Added: "audit.flaw.added", audit.Broken: "audit.flaw.broken", audit.Cut: "audit.flaw.cut",
}

// actionName says in words what was done. An action of a program that is newer
// than this one goes by its code.
func actionName(p *i18n.Printer, action string) string {
	if key := auditWords[action]; key != "" {
		return p.T(key)
	}
	return action
}

func entryHref(id string) string { return views.AuditPath + "/" + url.PathEscape(id) }

// auditQuery reads the filter, and returns it with what is set of it. A day that
// is none is left out.
func auditQuery(get func(name string) string) (q audit.Query, set url.Values) {
	set = url.Values{}
	text := func(name string) string {
		value := strings.TrimSpace(get(name))
		if value != "" && len(value) <= 200 {
			set.Set(name, value)
			return value
		}
		return ""
	}
	day := func(name string) date.Date {
		on, err := date.Parse(strings.TrimSpace(get(name)))
		if err != nil {
			return 0
		}
		set.Set(name, on.String())
		return on
	}
	q = audit.Query{Subject: text(subjectParam), Actor: text(actorParam), Merchant: text(merchantParam), From: day(sinceParam), To: day(untilParam)}
	if auditWords[get(actionParam)] != "" {
		q.Action = text(actionParam)
	}
	return q, set
}

// List answers GET /admin/audit: what was done, the latest first, and whether the
// record is whole.
func (h *Audit) List(c echo.Context) error {
	ctx := c.Request().Context()
	q, query := auditQuery(c.QueryParam)
	after, ok := parsePlace(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	all, err := audit.List(ctx, h.DB, q, audit.Place{At: after.CreatedAt, ID: after.ID}, entriesShown+1)
	if err != nil {
		return err
	}
	proof, err := audit.ReadProof(ctx, h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.AuditPath, "audit.title")
	p := frame.T
	props := views.AuditProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("audit.intro")}, Filter: components.Filter{Label: p.T("audit.filter.label"), Action: views.AuditPath, Target: listID},
		Texts: []components.Field{
			{Name: subjectParam, Label: p.T("audit.filter.subject"), Value: query.Get(subjectParam), Autocomplete: "off"},
			{Name: actorParam, Label: p.T("audit.filter.actor"), Value: query.Get(actorParam), Autocomplete: "off"},
			{Name: merchantParam, Label: p.T("audit.filter.merchant"), Value: query.Get(merchantParam), Autocomplete: "off"},
			{Name: sinceParam, Label: p.T("audit.filter.from"), Value: query.Get(sinceParam), Type: "date"},
			{Name: untilParam, Label: p.T("audit.filter.to"), Value: query.Get(untilParam), Type: "date"},
		},
		Choices: []views.FilterChoice{{Field: components.Field{Name: actionParam, Label: p.T("audit.filter.action"), Value: query.Get(actionParam)}, Options: actionOptions(p)}},
		Empty:   p.T("audit.none"), Proof: proofOf(p, &proof),
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		props.Export = append(props.Export, components.Hidden{Name: name, Value: query.Get(name)})
	}
	if guard.StaffOf(c).Can(staff.ExportEvidence) {
		props.Packs = &page.Link{Label: p.T("audit.pack.link"), Href: views.PacksPath}
	}
	if len(query) > 0 {
		props.Filter.Clear = views.AuditPath
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("audit.first"), Href: withQuery(views.AuditPath, query)}
	}
	if len(all) > entriesShown {
		all = all[:entriesShown]
		last := all[entriesShown-1].Place()
		query.Set(afterParam, strconv.FormatInt(last.At.UnixMicro(), 36)+"."+last.ID)
		props.Next = &page.Link{Label: p.T("audit.next"), Href: withQuery(views.AuditPath, query)}
	}
	props.Table = auditTable(p, all)
	return page.Render(c, http.StatusOK, views.Audit(frame, props))
}

// actionOptions are all that can have been done, by their words.
func actionOptions(p *i18n.Printer) []components.Option {
	options := make([]components.Option, 0, len(auditWords)+1)
	for _, action := range slices.Sorted(maps.Keys(auditWords)) {
		options = append(options, components.Option{Value: action, Label: p.T(auditWords[action]) + " · " + action})
	}
	return append([]components.Option{{Label: p.T("audit.filter.any")}}, options...)
}

func auditTable(p *i18n.Printer, all []audit.Read) components.Table {
	t := components.Table{Caption: p.T("audit.title"), Columns: []components.Column{
		{Label: p.T("audit.columns.at")}, {Label: p.T("audit.columns.what")}, {Label: p.T("audit.columns.who")}, {Label: p.T("audit.columns.about")},
	}}
	for i := range all {
		e := &all[i]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(e.At), Href: entryHref(e.ID), Head: true}, {Text: actionName(p, e.Action)},
			{Text: actorName(e), Part: p.T(auditKinds[e.Actor.Kind])}, {Text: cmp.Or(e.Merchant, e.Subject), Part: aboutPart(e)},
		}})
	}
	return t
}

// actorName is who did it: staff and other systems by name, people of a
// merchant's by their id alone.
func actorName(e *audit.Read) string { return cmp.Or(e.StaffName, e.KeyName, e.Actor.ID) }

func aboutPart(e *audit.Read) string {
	if e.Merchant == "" {
		return ""
	}
	return strings.TrimSuffix(e.MerchantRef+" · "+e.Subject, " · ")
}

func proofOf(p *i18n.Printer, proof *audit.Proof) views.AuditProof {
	v := views.AuditProof{
		Tag: components.Tag{Verdict: components.Wait, Word: p.T("audit.proof.never")}, Verify: components.Button{Label: p.T("audit.proof.verify"), Look: components.Plain},
	}
	if running := proof.Running; running != nil {
		v.Running = p.T("audit.proof.running", "when", p.ShortDateTime(running.AskedAt))
	}
	if last := proof.Last; last != nil {
		v.Tag = components.Tag{Verdict: components.OK, Word: p.T("audit.proof.sound")}
		if !last.Sound {
			v.Tag = components.Tag{Verdict: components.Bad, Word: p.N("audit.proof.flaws", len(last.Findings))}
		}
		v.Facts = components.Facts{
			{Term: p.T("audit.proof.at"), Text: p.DateTime(last.DoneAt), Part: cmp.Or(last.AskedBy, p.T("audit.proof.itself"))},
			{Term: p.T("audit.proof.covered"), Text: p.T("audit.proof.covered_text", "entries", p.Count(last.Entries), "head", p.Count(last.Head))},
			{Term: p.T("audit.proof.kept"), Text: p.N("audit.proof.kept_text", last.Kept), Part: anchorsOf(p, proof.Anchors)},
			{Term: p.T("audit.proof.unsealed"), Text: p.Count(last.Unsealed)},
		}
		for _, f := range last.Findings {
			v.Flaws = append(v.Flaws, components.Fact{Term: p.T("audit.proof.at_seal", "n", p.Count(f.Seq)), Text: p.T(auditFlaws[f.Flaw])})
		}
	}
	return v
}

// anchorsOf says up to where each place outside has the heads.
func anchorsOf(p *i18n.Printer, anchors []audit.Anchor) string {
	if len(anchors) == 0 {
		return p.T("audit.proof.nowhere")
	}
	said := make([]string, len(anchors))
	for i, a := range anchors {
		said[i] = p.T("audit.proof.place", "place", a.Place, "n", p.Count(a.Seq))
	}
	return strings.Join(said, " · ")
}

// Verify answers POST /admin/audit/verify: a job verifies the record.
func (h *Audit) Verify(c echo.Context) error {
	actor, now, ctx := guard.StaffOf(c), h.Clock.Now(), c.Request().Context()
	key := "audit.proof.asked"
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		check, err := audit.AskCheck(ctx, tx, now, actor.Audit(), actor.Name, actor.RequestID)
		if err != nil {
			return err
		}
		if check == "" {
			key = "audit.proof.asked_before"
			return nil
		}
		return h.Jobs.Insert(ctx, tx, audit.VerifyArgs{CheckID: check}, nil)
	})
	if err != nil {
		return err
	}
	return done(c, views.AuditPath, key)
}

// Entry answers GET /admin/audit/{id}: one entry with all that it says.
func (h *Audit) Entry(c echo.Context) error {
	e, err := audit.Find(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	if e == nil {
		return fault.New(fault.NotFound, "audit.not_found")
	}
	frame := h.inside(c, views.AuditPath, "audit.title", "audit.one")
	p := frame.T
	sealed := p.T("audit.entry.unsealed")
	if e.Seal > 0 {
		sealed = p.T("audit.entry.sealed", "n", p.Count(e.Seal))
	}
	props := views.AuditEntryProps{
		Heading: components.Heading{Title: actionName(p, e.Action), Lead: p.DateTime(e.At)},
		Facts: components.Facts{
			{Term: p.T("audit.columns.who"), Text: actorName(e), Part: p.T(auditKinds[e.Actor.Kind]) + " · " + e.Actor.ID},
			{Term: p.T("audit.columns.about"), Text: cmp.Or(e.Subject, "—")},
		},
		Details: detailFacts(e.Doc),
	}
	if e.Merchant != "" {
		props.Facts = append(props.Facts, components.Fact{Term: p.T("audit.entry.merchant"), Text: e.Merchant, Part: e.MerchantRef})
	}
	props.Facts = append(props.Facts, components.Fact{Term: p.T("audit.entry.code"), Text: e.Action}, components.Fact{Term: p.T("audit.entry.seal"), Text: sealed},
		components.Fact{Term: p.T("audit.entry.id"), Text: e.ID})
	if e.RequestID != "" {
		props.Facts = append(props.Facts, components.Fact{Term: p.T("audit.entry.request"), Text: e.RequestID})
	}
	if e.Subject != "" {
		props.More = &page.Link{Label: p.T("audit.entry.more"), Href: withQuery(views.AuditPath, url.Values{subjectParam: {e.Subject}})}
	}
	return page.Render(c, http.StatusOK, views.AuditEntry(frame, props))
}

// detailFacts are the details of an entry as they were written, by their names.
func detailFacts(doc []byte) (facts components.Facts) {
	var values map[string]json.RawMessage
	if json.Unmarshal(doc, &values) != nil {
		return components.Facts{{Text: string(doc)}}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text := ""
		if json.Unmarshal(values[name], &text) != nil {
			text = string(bytes.TrimSpace(values[name]))
		}
		facts = append(facts, components.Fact{Term: name, Text: text})
	}
	return facts
}

// Export answers POST /admin/audit/export with what the filter shows, all of it,
// as it is read. That it was taken goes on record first.
func (h *Audit) Export(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	q, set := auditQuery(values.Get)
	actor, now, ctx := guard.StaffOf(c), h.Clock.Now(), c.Request().Context()
	details := map[string]any{}
	for name := range set {
		details[name] = set.Get(name)
	}
	err = h.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Write(ctx, tx, audit.Entry{At: now, Actor: actor.Audit(), Action: "record.export", Subject: "audit_entries", RequestID: actor.RequestID, Details: details})
	})
	if err != nil {
		return err
	}
	p := printer(c)
	heads := []string{
		p.T("audit.entry.id"), p.T("audit.columns.at"), p.T("audit.columns.what"), p.T("audit.entry.code"), p.T("audit.columns.who"), p.T("audit.entry.id"),
		p.T("audit.columns.about"), p.T("audit.entry.merchant"), p.T("audit.entry.details"), p.T("audit.entry.request"), p.T("audit.entry.seal"),
	}
	return download.Rows(c, p.T("audit.export.name")+"-"+date.Of(now).String(), heads, func(add func(...string) error) error {
		return audit.EachRead(ctx, h.DB, q, func(e *audit.Read) error {
			return add(
				e.ID, e.At.UTC().Format(time.RFC3339Nano), actionName(p, e.Action), e.Action, spreadsheet.Text(cmp.Or(e.StaffName, e.KeyName)), string(e.Actor.Kind)+" "+e.Actor.ID,
				spreadsheet.Text(e.Subject), e.MerchantRef, string(e.Doc), e.RequestID, strconv.FormatInt(e.Seal, 10),
			)
		})
	})
}
