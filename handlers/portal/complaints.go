package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Complaints answers merchants who complain, ask or request something.
type Complaints struct {
	*Portal
	Cases *complaint.Cases
}

// The addresses of complaints.
const (
	complaintsPath = "/complaints"
	complainPath   = complaintsPath + "/new"
	draftPath      = complaintsPath + "/draft"
	dropPath       = draftPath + "/drop"
)

// complaintBody is how many bytes a form with files may have: as many files as are
// taken at once, one more to be refused in words, and room for the rest.
const complaintBody = (complaint.MaxFiles+1)*(file.MaxBytes+1) + 1<<20

// Routes registers the pages.
func (h *Complaints) Routes(r *server.Router) {
	see, manage := guard.Can(account.SeeComplaints), guard.Can(account.ManageComplaints)
	files := server.Body(complaintBody)
	r.Get(complaintsPath, see, h.List)
	r.Get(complainPath, manage, h.Complain)
	r.Post(complainPath, manage, h.Send, files)
	r.Post(draftPath, manage, h.KeepDraft)
	r.Post(dropPath, manage, h.DropDraft)
	r.Get(complainPath+"/:step", manage, h.Step)
	r.Post(complainPath+"/:step", manage, h.Answer, files)
	const one = complaintsPath + "/:number"
	r.Get(one, see, h.Case)
	r.Get(one+"/evidence/:n", see, h.Evidence)
	r.Get(one+"/files/:id", see, h.File)
	r.Post(one+"/messages", manage, h.Write, files)
	r.Post(one+"/accept", manage, h.Accept)
	r.Post(one+"/rating", manage, h.Rate)
	r.Get(one+"/review", manage, h.AskReview)
	r.Post(one+"/review", manage, h.SendReview)
	r.Get(one+"/reopen", manage, h.AskReopen)
	r.Post(one+"/reopen", manage, h.SendReopen)
	r.Get(one+"/withdraw", manage, h.AskWithdraw)
	r.Post(one+"/withdraw", manage, h.SendWithdraw)
}

// caseAddress is the address of a case's page.
func caseAddress(number string) string { return complaintsPath + "/" + url.PathEscape(number) }

// complainAddress is the address at which something is complained of.
func complainAddress(s complaint.Subject, ref string) string { return aboutAt(complainPath, s, ref) }

// aboutAt is an address that names what a complaint is about.
func aboutAt(path string, s complaint.Subject, ref string) string {
	if s == complaint.OfNothing {
		return path
	}
	return path + "?" + url.Values{subjectParams[s]: {ref}}.Encode()
}

// subjectParams are the parameters that name what a complaint is about.
var subjectParams = map[complaint.Subject]string{
	complaint.OfDeduction: "deduction", complaint.OfNotice: "notice", complaint.OfTerminal: "terminal",
}

// List answers GET /complaints: the merchant's cases, those first that are not at
// their end, and before them what the reader has begun to write.
func (h *Complaints) List(c echo.Context) error {
	actor := guard.ActorOf(c)
	after, _ := complaint.ParseMark(c.QueryParam("older")) // a mark that is none is the beginning
	mayWrite := actor.Can(account.ManageComplaints)
	more, begun := db.NewBatch(), []complaint.Begun{}
	if mayWrite && after.ID == "" {
		complaint.AddBegun(more, signin.WhoOf(c), &begun)
	}
	l, err := complaint.ReadList(c.Request().Context(), db.Along(h.DB, more), actor.MerchantID, after)
	if err != nil {
		return err
	}
	frame := h.frame(c, complaintsPath, "complaints.title")
	w := caseWords{p: frame.T, now: h.Clock.Now(), today: h.today()}
	props := portal.ComplaintsProps{Heading: components.Heading{Title: frame.Title, Lead: w.p.T("complaints.lead_none")}}
	if len(l.Open) > 0 {
		props.Heading.Lead = w.p.N("complaints.lead", len(l.Open))
		props.Open = w.table("complaints.open", l.Open, true)
	}
	if len(l.Rows) > 0 {
		props.Ended = w.table("complaints.ended", l.Rows, false)
	}
	if l.More.ID != "" {
		props.Pager.Older = complaintsPath + "?" + url.Values{"older": {l.More.String()}}.Encode()
	}
	if after.ID != "" {
		props.Pager.Newer = complaintsPath
	}
	props.Pager.T = w.p
	if mayWrite {
		props.New = complainPath
	}
	for i := range begun {
		props.Begun = append(props.Begun, w.begun(&begun[i]))
	}
	return page.Render(c, http.StatusOK, portal.Complaints(frame, props))
}
