package staff

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Templates are the pages on which the words of notices are written and reviewed.
type Templates struct {
	*Staff
	Words *notify.Words
}

// Routes registers the pages.
func (h *Templates) Routes(r *server.Router) {
	see, write, review := guard.Staff(staff.SeeTemplates), guard.Staff(staff.WriteTemplates), guard.Staff(staff.ReviewTemplates)
	r.Get("/admin/templates", see, h.List)
	r.Get("/admin/templates/:kind/:channel", see, h.Template)
	r.Get("/admin/templates/:kind/:channel/preview", see, h.Preview)
	r.Get("/admin/templates/:kind/:channel/edit", write, h.Edit)
	r.Post("/admin/templates/:kind/:channel/edit", write, h.Save)
	r.Post("/admin/templates/:kind/:channel/restore", write, h.Restore)
	r.Post("/admin/templates/:kind/:channel/submit", write, h.Submit)
	r.Post("/admin/templates/:kind/:channel/withdraw", write, h.Withdraw)
	r.Post("/admin/templates/:kind/:channel/discard", write, h.Discard)
	r.Get("/admin/templates/:kind/:channel/review", review, h.Review)
	r.Post("/admin/templates/:kind/:channel/approve", review, h.Approve)
	r.Post("/admin/templates/:kind/:channel/send-back", review, h.SendBack)
}

// templateKinds are what kinds of notice are called.
var templateKinds = map[notice.Kind]string{
	notice.Upcoming: "admin_templates.kind.upcoming", notice.Changed: "admin_templates.kind.changed", notice.CalledOff: "admin_templates.kind.called_off",
	notice.Taken: "admin_templates.kind.taken", notice.Failed: "admin_templates.kind.failed", notice.Stopped: "admin_templates.kind.stopped",
	notice.OnHold: "admin_templates.kind.on_hold", notice.Refunded: "admin_templates.kind.refunded", notice.FeeChange: "admin_templates.kind.fee_change",
	notice.ChangeOff: "admin_templates.kind.change_off",
	notice.SIMUsage:  "admin_templates.kind.sim_usage", notice.LowBalance: "admin_templates.kind.low_balance", notice.TopUp: "admin_templates.kind.top_up",
	notice.Complaint: "admin_templates.kind.complaint", notice.Security: "admin_templates.kind.security",
}

// templateChannels are the columns of the list.
var templateChannels = []notice.Channel{notice.SMS, notice.WeChat, notice.Email, notice.Inbox}

// List answers GET /admin/templates.
func (h *Templates) List(c echo.Context) error {
	all, err := notice.ListTemplates(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.TemplatesPath, "admin_templates.title")
	p := frame.T
	table := components.Table{Caption: p.T("admin_templates.title"), Columns: []components.Column{{Label: p.T("admin_templates.list.kind")}}}
	for _, channel := range templateChannels {
		table.Columns = append(table.Columns, components.Column{Label: explain.ChannelName(p, string(channel))})
	}
	cells := map[notice.Kind]map[notice.Channel]components.Cell{}
	for i := range all {
		l := &all[i]
		if cells[l.Kind] == nil {
			cells[l.Kind] = map[notice.Channel]components.Cell{}
		}
		cells[l.Kind][l.Channel] = templateCell(p, l)
	}
	for _, kind := range notice.Kinds {
		row := components.Row{Cells: []components.Cell{{Text: p.T(templateKinds[kind]), Head: true}}}
		for _, channel := range templateChannels {
			row.Cells = append(row.Cells, cells[kind][channel])
		}
		table.Rows = append(table.Rows, row)
	}
	return page.Render(c, http.StatusOK, views.Templates(frame, views.TemplatesProps{Table: table}))
}

// templateCell says how a template stands.
func templateCell(p *i18n.Printer, l *notice.ListedTemplate) components.Cell {
	text := p.T("admin_templates.list.shipped")
	if l.Live > 0 {
		text = p.T("admin_templates.list.version", "n", l.Live)
	}
	switch l.AtWork {
	case notice.TemplateDraft:
		text = p.T("admin_templates.list.draft", "version", text)
	case notice.TemplateInReview:
		text = p.T("admin_templates.list.in_review", "version", text)
	}
	return components.Cell{Text: text, Href: templatePath(l.Kind, l.Channel)}
}

func templatePath(k notice.Kind, c notice.Channel) string {
	return views.TemplatesPath + "/" + string(k) + "/" + string(c)
}

func templateTitle(p *i18n.Printer, k notice.Kind, c notice.Channel) string {
	return p.T("admin_templates.one.title", "kind", p.T(templateKinds[k]), "channel", explain.ChannelName(p, string(c)))
}
