package staff

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Packs are the pages on which evidence of a case, a merchant or a deduction is
// taken.
type Packs struct {
	*Staff
	Plans  *disclosure.Catalogue
	Policy func() fee.Policy
	Files  file.Store // that cases keep theirs in
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Packs) Routes(r *server.Router) {
	may := guard.Staff(staff.ExportEvidence)
	r.Get("/admin/evidence", may, h.Form)
	r.Post("/admin/evidence", may, h.Take)
}

// packKinds are what each kind of pack is called.
var packKinds = map[evidence.Kind]string{
	evidence.OfCase: "audit.pack.kinds.case", evidence.OfMerchant: "audit.pack.kinds.merchant", evidence.OfDeduction: "audit.pack.kinds.deduction",
}

// Fields of the form that an address may fill in.
const (
	packKind    = "kind"
	packSubject = "subject"
)

// packHref is the address at which a pack about something is taken.
func packHref(k evidence.Kind, subject string) string {
	return views.PacksPath + "?" + url.Values{packKind: {string(k)}, packSubject: {subject}}.Encode()
}

// Form answers GET /admin/evidence: what can be taken, and what was.
func (h *Packs) Form(c echo.Context) error {
	return h.show(c, http.StatusOK, form.Filled(form.Values{packKind: {c.QueryParam(packKind)}, packSubject: {c.QueryParam(packSubject)}}))
}

func (h *Packs) show(c echo.Context, status int, state form.State) error {
	taken, err := evidence.Taken(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.AuditPath, "audit.title", "audit.pack.title")
	p := frame.T
	kinds := make([]components.Option, len(evidence.Kinds))
	for i, k := range evidence.Kinds {
		kinds[i] = components.Option{Value: string(k), Label: p.T(packKinds[k])}
	}
	from, to := field(state, "from", p.T("audit.pack.from")), field(state, "to", p.T("audit.pack.to"))
	from.Type, to.Type = "date", "date"
	reason := field(state, "reason", p.T("audit.pack.reason"))
	reason.Hint, reason.MaxLength = p.T("audit.pack.reason_hint"), strconv.Itoa(evidence.MaxReason)
	props := views.PacksProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("audit.pack.lead")}, State: state,
		Kind:   views.FilterChoice{Field: field(state, packKind, p.T("audit.pack.kind")), Options: kinds},
		Fields: []components.Field{field(state, packSubject, p.T("audit.pack.subject")), from, to}, Reason: reason,
		Taken: components.Table{Caption: p.T("audit.pack.taken"), Columns: []components.Column{
			{Label: p.T("audit.pack.columns.at")}, {Label: p.T("audit.pack.columns.about")}, {Label: p.T("audit.pack.columns.by")}, {Label: p.T("audit.pack.columns.hash")},
		}},
	}
	for i := range taken {
		e := &taken[i]
		about := components.Cell{Text: p.T(packKinds[e.Kind]) + " " + e.Subject}
		if !e.From.IsZero() {
			about.Part = p.T("audit.pack.text.days", "from", e.From, "to", e.To)
		}
		props.Taken.Rows = append(props.Taken.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(e.At), Head: true}, about, {Text: e.By, Part: e.Reason}, {Body: components.Reference{Text: e.ManifestHash}},
		}})
	}
	return page.Render(c, status, views.Packs(frame, props))
}

// Take answers POST /admin/evidence with a pack. It is written to a file first:
// what breaks off is never sent, and the record has the pack's hash before anybody
// has the pack.
func (h *Packs) Take(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, actor, now := c.Request().Context(), guard.StaffOf(c), h.Clock.Now()
	day := func(name string) date.Date {
		on, _ := date.Parse(values.Get(name)) // none where it is no date
		return on
	}
	m, err := evidence.Find(ctx, h.DB, actor, evidence.Wanted{
		Kind: evidence.Kind(values.Get(packKind)), Subject: values.Get(packSubject), From: day("from"), To: day("to"), Reason: values.Get("reason"),
	})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	texts, err := h.texts(ctx, actor, m, now)
	if err != nil {
		return err
	}
	return download.Whole(c, func(to io.Writer) (download.File, error) {
		e, err := evidence.ExportMatter(ctx, h.DB, h.Files, now, actor, m, texts, to)
		return download.File{Name: fmt.Sprintf("evidence-%s-%.8s.zip", m.Kind, e.ManifestHash), Type: download.ZIP}, err
	})
}

// texts writes what a pack is about for people, in each language.
func (h *Packs) texts(ctx context.Context, by staff.Actor, m *evidence.Matter, now time.Time) ([]evidence.File, error) {
	head, _, err := audit.ReadHead(ctx, h.DB)
	if err != nil {
		return nil, err
	}
	say, err := h.verdict(ctx, by, m, now)
	if err != nil {
		return nil, err
	}
	var files []evidence.File
	for _, l := range i18n.Locales {
		p := i18n.For(l)
		props := views.PackTextProps{
			Lang: string(l), Title: p.T("audit.pack.text.title", "kind", p.T(packKinds[m.Kind]), "subject", m.Subject),
			Facts: components.Facts{{Term: p.T("audit.pack.text.merchant"), Text: m.Merchant, Part: m.MerchantRef}},
			Notes: []string{p.T("audit.pack.text.masked"), p.T("audit.pack.text.check")},
		}
		if m.Kind == evidence.OfMerchant {
			props.Facts = append(props.Facts, components.Fact{Term: p.T("audit.pack.text.period"), Text: p.T("audit.pack.text.days", "from", m.From, "to", m.To)})
		}
		kept := p.T("audit.pack.text.none")
		if head.Seq > 0 {
			kept = head.String()
		}
		props.Facts = append(props.Facts, components.Fact{Term: p.T("audit.pack.text.taken"), Text: p.DateTime(now), Part: by.Name},
			components.Fact{Term: p.T("audit.pack.reason"), Text: m.Reason}, components.Fact{Term: p.T("audit.pack.text.head"), Text: kept})
		if say != nil {
			text := say(p)
			props.Verdict, props.Because = text.Headline, append([]string{text.Lead}, text.Because...)
			for i := range text.Checks {
				g := &text.Checks[i]
				props.Checks = append(props.Checks, components.Fact{Term: g.Title, Text: g.Summary, Part: g.Tag.Word})
			}
		}
		var b bytes.Buffer
		if err := views.PackText(props, p.T("audit.pack.text.verdict"), p.T("audit.pack.text.checks")).Render(ctx, &b); err != nil {
			return nil, err
		}
		files = append(files, evidence.Text(fmt.Sprintf("about.%s.html", l), b.Bytes()))
	}
	return files, nil
}

// verdict returns what explains the verdict in a language: of a case as it was
// when it was filed, of a deduction as it is now. Nil where there is none.
func (h *Packs) verdict(ctx context.Context, by staff.Actor, m *evidence.Matter, now time.Time) (func(p *i18n.Printer) explain.Text, error) {
	switch m.Kind {
	case evidence.OfCase:
		k, err := complaint.ReadDesk(ctx, h.DB, by, m.Subject, now)
		if err != nil || k.Known.Case == nil {
			return nil, err
		}
		e, err := fee.Explain(k.Known.Case)
		if err != nil {
			return nil, nil // of rules that have changed since: the facts are there as they were kept
		}
		return func(p *i18n.Printer) explain.Text {
			return explain.Deduction(p, e, explain.OfKnown(&k.Known, &e, k.Alias, k.SN))
		}, nil
	case evidence.OfDeduction:
		d, err := deduction.ReadDetailPage(ctx, h.DB, h.Plans.Plans(), h.Policy(), m.MerchantID, m.LineID, date.Of(now))
		if err != nil || d.Case == nil {
			return nil, err
		}
		return func(p *i18n.Printer) explain.Text {
			return explain.Deduction(p, d.Explanation, explain.Context{
				Case: d.Case, Kind: explain.Kind(d.Line.Kind), Item: d.Line.Item, State: d.Line.State, Refunded: d.Line.Refunded, Ref: cmp.Or(d.Ref, d.Line.SettlementRef),
				Terminal: explain.Terminal{Alias: d.Terminal.Alias, SN: d.Terminal.SN},
			})
		}, nil
	}
	return nil, nil
}
