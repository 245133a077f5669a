package staff

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Evidence are the pages on which packs of evidence are taken.
type Evidence struct {
	*Staff
	Plans *disclosure.Catalogue
}

// Routes registers the packs' pages.
func (h *Evidence) Routes(r *server.Router) {
	may := guard.Staff(staff.ExportEvidence)
	r.Get("/admin/disclosures/:slug/:version/evidence", may, h.Packs)
	r.Post("/admin/disclosures/:slug/:version/evidence", may, h.Take)
}

// evidencePath is the address of the packs about a version.
func evidencePath(slug string, version int) string {
	return versionHref(slug, version) + "/evidence"
}

// asked finds the version that an address names; fault.NotFound.
func (h *Evidence) asked(c echo.Context) (plans *disclosure.Plans, d *disclosure.Disclosure, v *disclosure.Version, err error) {
	plans = h.Plans.Plans()
	number, err := strconv.Atoi(c.Param("version"))
	if d = plans.Disclosure(c.Param("slug")); d != nil && err == nil && strconv.Itoa(number) == c.Param("version") {
		v = d.Version(number)
	}
	if v == nil {
		return nil, nil, nil, fault.New(fault.NotFound, "admin_evidence.not_found")
	}
	return plans, d, v, nil
}

// Packs answers GET /admin/disclosures/{slug}/{version}/evidence: what is in a
// pack, and which were taken.
func (h *Evidence) Packs(c echo.Context) error {
	_, d, v, err := h.asked(c)
	if err != nil {
		return err
	}
	all, err := evidence.Exports(c.Request().Context(), h.DB, d.Slug, v.Number)
	if err != nil {
		return err
	}
	p := page.Printer(c)
	title := d.Title.In(string(p.Locale()))
	frame := h.frame(c, views.DisclosuresPath, "admin_evidence.title", "title", title, "version", v.Number)
	p = frame.T
	frame.Crumbs = []page.Link{
		{Label: p.T("admin_disclosures.title"), Href: views.DisclosuresPath},
		{Label: p.T("disclosures.version.title", "title", title, "version", v.Number), Href: versionHref(d.Slug, v.Number)},
		{Label: p.T("admin_evidence.crumb")},
	}
	props := views.EvidenceProps{Facts: versionFacts(p, v), Files: filesTable(p, v), Action: evidencePath(d.Slug, v.Number), Exports: components.Table{
		Caption: p.T("admin_evidence.exports.title"),
		Columns: []components.Column{
			{Label: p.T("admin_evidence.exports.at")}, {Label: p.T("admin_evidence.exports.by")}, {Label: p.T("admin_evidence.exports.hash")}, {Label: p.T("admin_evidence.exports.size")},
		},
	}}
	for i := range all {
		e := &all[i]
		props.Exports.Rows = append(props.Exports.Rows, components.Row{Cells: []components.Cell{
			{Text: p.DateTime(e.At), Head: true}, {Text: e.By}, {Body: components.Reference{Text: e.ManifestHash}},
			{Text: p.T("admin_evidence.exports.kilobytes", "n", (e.Bytes+1023)/1024, "files", e.Files)},
		}})
	}
	return page.Render(c, http.StatusOK, views.Evidence(frame, props))
}

func versionFacts(p *i18n.Printer, v *disclosure.Version) components.Facts {
	return components.Facts{
		{Term: p.T("admin_evidence.facts.published"), Text: p.Date(v.PublishedOn)},
		{Term: p.T("admin_evidence.facts.effective"), Text: p.Date(v.EffectiveOn)},
		{Term: p.T("admin_evidence.facts.hash"), Body: components.Reference{Text: v.Hash}},
	}
}

// The files that are written for people, and the form that they have.
const (
	readmeName = "README.txt"
	textName   = "disclosure.%s.html"
)

// packFiles lists what is in a pack.
func packFiles(p *i18n.Printer, v *disclosure.Version) components.Facts {
	files := components.Facts{{Term: readmeName, Text: p.T("admin_evidence.file.readme")}}
	add := func(name, key string) { files = append(files, components.Fact{Term: name, Text: p.T(key)}) }
	add(fmt.Sprintf(textName, i18n.ZhCN), "admin_evidence.file.zh")
	add(fmt.Sprintf(textName, i18n.En), "admin_evidence.file.en")
	if v.Body != nil {
		add("document.json", "admin_evidence.file.document")
	}
	if !v.TakenOver {
		add("approved.json", "admin_evidence.file.approved")
	}
	add("policy.json", "admin_evidence.file.policy")
	add("approvals.csv", "admin_evidence.file.approvals")
	add("opinions.csv", "admin_evidence.file.opinions")
	add("coverage.csv", "admin_evidence.file.coverage")
	add("audit.jsonl", "admin_evidence.file.audit")
	add("seals.jsonl", "admin_evidence.file.seals")
	add(evidence.SumsName, "admin_evidence.file.sums")
	add(evidence.ManifestName, "admin_evidence.file.manifest")
	return files
}

func filesTable(p *i18n.Printer, v *disclosure.Version) components.Table {
	t := components.Table{
		Caption: p.T("admin_evidence.inside"), Columns: []components.Column{{Label: p.T("admin_evidence.file.name")}, {Label: p.T("admin_evidence.file.what")}},
	}
	for _, f := range packFiles(p, v) {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: f.Term, Head: true}, {Text: f.Text}}})
	}
	return t
}

// Take answers POST /admin/disclosures/{slug}/{version}/evidence with a pack. It
// is written to a file first: what breaks off is never sent, and the record has
// the pack's hash before anybody has the pack.
func (h *Evidence) Take(c echo.Context) error {
	plans, d, v, err := h.asked(c)
	if err != nil {
		return err
	}
	texts, err := h.texts(c.Request().Context(), plans, d, v)
	if err != nil {
		return err
	}
	return download.Whole(c, func(to io.Writer) (download.File, error) {
		e, err := evidence.ExportDisclosure(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), plans, d.Slug, v.Number, texts, to)
		return download.File{Name: fmt.Sprintf("evidence-%s-%d-%.8s.zip", d.Slug, v.Number, e.ManifestHash), Type: download.ZIP}, err
	})
}

// texts writes the files for people, the same whoever takes the pack.
func (h *Evidence) texts(ctx context.Context, plans *disclosure.Plans, d *disclosure.Disclosure, v *disclosure.Version) ([]evidence.File, error) {
	acquirer, err := setting.GetOperator(ctx, h.DB)
	if err != nil {
		return nil, err
	}
	files := []evidence.File{evidence.Text(readmeName, readme(acquirer.Name, d, v))}
	content := plans.Content(d, v)
	for _, l := range i18n.Locales {
		body, err := packText(ctx, i18n.For(l), d, v, &content)
		if err != nil {
			return nil, err
		}
		files = append(files, evidence.Text(fmt.Sprintf(textName, l), body))
	}
	return files, nil
}

// packText writes a version in one language.
func packText(ctx context.Context, p *i18n.Printer, d *disclosure.Disclosure, v *disclosure.Version, content *disclosure.Content) ([]byte, error) {
	props := views.EvidenceTextProps{
		Lang:  string(p.Locale()),
		Title: d.Title.In(string(p.Locale())) + " · " + p.T("admin_evidence.facts.version", "version", v.Number),
		Facts: versionFacts(p, v), Content: disclosed.Content(p, content), Notes: []string{p.T("admin_evidence.facts.binding")},
	}
	if v.TakenOver {
		props.Notes = append(props.Notes, p.T("admin_evidence.facts.taken_over"))
	}
	if v.Withdrawn != nil {
		props.Notes = append(props.Notes, p.T("admin_evidence.facts.withdrawn", "day", v.Withdrawn.On), v.Withdrawn.Reason.In(string(p.Locale())))
	}
	var b bytes.Buffer
	err := views.EvidenceText(props).Render(ctx, &b)
	return b.Bytes(), err
}

// readme says in both languages how to check a pack.
func readme(acquirer setting.Words, d *disclosure.Disclosure, v *disclosure.Version) []byte {
	var b bytes.Buffer
	for i, l := range i18n.Locales {
		if i > 0 {
			b.WriteString("\n----\n\n")
		}
		p, name := i18n.For(l), acquirer.ZhCN
		if l == i18n.En {
			name = acquirer.En
		}
		line := func(text string) { b.WriteString(text + "\n") }
		line(p.T("admin_evidence.readme.title", "title", d.Title.In(string(l)), "version", v.Number))
		line(p.T("admin_evidence.readme.by", "name", name))
		line("\n" + p.T("admin_evidence.readme.check") + "\n")
		line(p.T("admin_evidence.readme.check_one"))
		line(p.T("admin_evidence.readme.check_two", "command", "sha256sum --check --strict "+evidence.SumsName))
		line("   " + p.T("admin_evidence.readme.check_two_text", "command", "shasum -a 256 --check "+evidence.SumsName))
		line(p.T("admin_evidence.readme.check_three", "command", "sha256sum "+evidence.ManifestName))
		line("   " + p.T("admin_evidence.readme.check_three_text"))
		if v.Body != nil {
			line(p.T("admin_evidence.readme.check_four", "command", "sha256sum document.json"))
			line("   " + p.T("admin_evidence.readme.check_four_text", "hash", v.Hash))
		} else {
			line(p.T("admin_evidence.readme.no_document"))
		}
		line("\n" + p.T("admin_evidence.readme.files") + "\n")
		for _, f := range packFiles(p, v) {
			line(fmt.Sprintf("%-26s%s", f.Term, f.Text))
		}
		line("\n" + p.T("admin_evidence.readme.notes") + "\n")
		line(p.T("admin_evidence.readme.same"))
		line(p.T("admin_evidence.readme.times"))
		line(p.T("admin_evidence.readme.names"))
		line(p.T("admin_evidence.readme.formula"))
		line(p.T("admin_evidence.readme.seal"))
	}
	return b.Bytes()
}
