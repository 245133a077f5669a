package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// The addresses of what was sent, and the fields of the list's.
const (
	inboxPath  = "/inbox"
	eventParam = "about"
)

// Inbox answers GET /inbox: everything that was ever sent to the merchant, the
// newest first.
func (h *Portal) Inbox(c echo.Context) error {
	event := notice.Event(c.QueryParam(eventParam))
	if !slices.Contains(notice.Events, event) {
		event = ""
	}
	at, ok := notice.ParseOlder(c.QueryParam(olderParam))
	if !ok {
		at, _ = notice.ParseNewer(c.QueryParam(newerParam))
	}
	read, err := notice.ReadInboxPage(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, event, at)
	if err != nil {
		return err
	}
	v := inboxPresenter{noticeWords: noticeWords{p: printer(c), today: h.today()}, page: read, event: event}
	return page.Render(c, http.StatusOK, portal.Inbox(h.frame(c, inboxPath, "inbox.title"), v.props()))
}

// inboxAddress is the address of the list, of one event or all.
func inboxAddress(event notice.Event, param, mark string) string {
	query := url.Values{}
	if event != "" {
		query.Set(eventParam, string(event))
	}
	if mark != "" {
		query.Set(param, mark)
	}
	if len(query) == 0 {
		return inboxPath
	}
	return inboxPath + "?" + query.Encode()
}

// letterAddress is the address of what was sent under an id.
func letterAddress(id string) string { return inboxPath + "/" + url.PathEscape(id) }

// inboxPresenter turns what was sent into finished texts.
type inboxPresenter struct {
	noticeWords
	page  *notice.InboxPage
	event notice.Event
}

func (v *inboxPresenter) props() portal.InboxProps {
	p := v.p
	props := portal.InboxProps{
		Heading: components.Heading{Title: p.T("inbox.title"), Lead: p.T("inbox.lead_all_read")},
		Tabs:    noticeTabs(p, inboxPath), Kinds: v.kinds(), IsFiltered: v.event != "", Table: v.table(), Pager: v.pager(),
	}
	if v.page.Unread > 0 {
		props.Heading.Lead = p.N("inbox.lead", v.page.Unread)
	}
	switch {
	case len(v.page.Sent) > 0:
	case v.page.Any && v.event != "":
		props.Empty, props.EmptyText = p.T("inbox.none_of"), p.T("inbox.none_of_text")
		props.Clear = &page.Link{Label: p.T("inbox.all"), Href: inboxPath}
	default:
		props.Heading.Lead = ""
		props.Empty, props.EmptyText = p.T("inbox.none"), p.T("inbox.none_text")
	}
	return props
}

// kinds are the filters, where there is anything to filter.
func (v *inboxPresenter) kinds() (links []page.Link) {
	if !v.page.Any {
		return nil
	}
	links = append(links, page.Link{Label: v.p.T("inbox.every"), Href: inboxPath, Current: v.event == ""})
	for _, e := range notice.Events {
		links = append(links, page.Link{Label: eventName(v.p, e), Href: inboxAddress(e, "", ""), Current: e == v.event})
	}
	return links
}

func (v *inboxPresenter) pager() components.Pager {
	pager := components.Pager{T: v.p}
	sent := v.page.Sent
	if len(sent) == 0 {
		return pager
	}
	if v.page.Newer {
		pager.Newer = inboxAddress(v.event, newerParam, notice.NewerThan(&sent[0]).Mark())
	}
	if v.page.Older {
		pager.Older = inboxAddress(v.event, olderParam, notice.OlderThan(&sent[len(sent)-1]).Mark())
	}
	return pager
}

func (v *inboxPresenter) table() components.Table {
	p := v.p
	table := components.Table{
		Caption: p.T("inbox.title"),
		Columns: []components.Column{{Label: p.T("inbox.columns.when")}, {Label: p.T("inbox.columns.what")}, {Label: p.T("inbox.columns.where")}},
	}
	for i := range v.page.Sent {
		s := &v.page.Sent[i]
		what := portal.InboxLine{Link: page.Link{Label: v.title(s), Href: letterAddress(s.ID)}, Kind: v.kind(s), Lang: v.lang(s)}
		if s.IsUnread() {
			what.Unread = p.T("inbox.unread")
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Body: components.Time{Text: v.moment(s.CreatedAt), Machine: machine(s.CreatedAt), Full: p.DateTime(s.CreatedAt)}},
			{Body: portal.InboxSubject(what), Head: true},
			{Body: portal.InboxTags(v.tags(s))},
		}})
	}
	return table
}

// tags say of each channel how far it came: of several copies the one that came
// furthest.
func (v *inboxPresenter) tags(s *notice.Sent) (tags []components.Tag) {
	var shown []notice.Channel
	for i := range s.Copies {
		channel := s.Copies[i].Channel
		if slices.Contains(shown, channel) {
			continue
		}
		shown = append(shown, channel)
		best := &s.Copies[i]
		for j := range s.Copies[i:] {
			if other := &s.Copies[i+j]; other.Channel == channel && reached(other) > reached(best) {
				best = other
			}
		}
		tag := v.state(best)
		tag.Word = v.p.T("inbox.channel_state", "channel", v.channel(channel), "state", tag.Word)
		tags = append(tags, tag)
	}
	return tags
}
