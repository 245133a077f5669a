package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

const addressField = "address"

// recipientAddress is the address of a recipient's page.
func recipientAddress(id string) string { return recipientPath + "/" + url.PathEscape(id) }

// inside is the frame of a page below the settings.
func (h *Reminders) inside(c echo.Context, titleKey string) page.Page {
	frame := h.frame(c, inboxPath, titleKey)
	frame.Crumbs = []page.Link{{Label: frame.T.T("reminders.title"), Href: remindersPath}, {Label: frame.Title}}
	return frame
}

// NewRecipient answers GET /reminders/recipients/new: who else is to be told.
func (h *Reminders) NewRecipient(c echo.Context) error {
	return h.showNewRecipient(c, http.StatusOK, form.Filled(form.Values{channelField: {string(notice.Email)}}))
}

func (h *Reminders) showNewRecipient(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, "reminders.who.add")
	p := frame.T
	return page.Render(c, status, portal.NewRecipient(frame, portal.NewRecipientProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("reminders.who.add_lead")},
		Action:  recipientPath + "/new", State: s, Submit: p.T("reminders.who.send_code"),
		Channel: components.Field{Name: channelField, Label: p.T("reminders.who.channel"), Value: s.Value(channelField), Error: s.Error(channelField), Required: true},
		Channels: []components.Option{
			{Value: string(notice.Email), Label: p.T("reminders.who.email")}, {Value: string(notice.SMS), Label: p.T("reminders.who.phone")},
		},
		Address: components.Field{
			Name: addressField, Label: p.T("reminders.who.address"), Value: s.Value(addressField), Error: s.Error(addressField),
			Required: true, MaxLength: "100", Autocomplete: "off",
		},
		Name: components.Field{
			Name: nameField, Label: p.T("reminders.who.name"), Hint: p.T("reminders.who.name_hint"), Value: s.Value(nameField), Error: s.Error(nameField),
			Optional: p.T("reminders.who.optional"), MaxLength: "30", Size: components.Short, Autocomplete: "off",
		},
		Back: page.Link{Label: p.T("reminders.who.back"), Href: remindersPath},
	}))
}

// AddRecipient answers POST /reminders/recipients/new: a code goes there.
func (h *Reminders) AddRecipient(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	channel, address := notice.Channel(values.Get(channelField)), values.Get(addressField)
	if channel == notice.SMS {
		address = values.Digits(addressField)
	}
	id, err := h.Extras.Add(c.Request().Context(), signin.WhoOf(c), channel, address, values.Get(nameField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNewRecipient(c, status, state)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, recipientAddress(id))
}

// extra returns the recipient that a page is about, or fault.NotFound.
func (h *Reminders) extra(c echo.Context) (*notice.Extra, error) {
	all, err := notice.GetExtras(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == c.Param("id") {
			return &all[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "preferences.recipient.gone")
}

// Recipient answers GET /reminders/recipients/{id}: the code that was sent there.
func (h *Reminders) Recipient(c echo.Context) error {
	e, err := h.extra(c)
	if err != nil {
		return err
	}
	if !e.ConfirmedAt.IsZero() || e.Channel == notice.WeChat {
		return c.Redirect(http.StatusSeeOther, remindersPath)
	}
	return h.showRecipient(c, http.StatusOK, form.State{}, e)
}

func (h *Reminders) showRecipient(c echo.Context, status int, s form.State, e *notice.Extra) error {
	frame := h.inside(c, "reminders.who.code_title")
	p := frame.T
	return page.Render(c, status, portal.RecipientCode(frame, portal.RecipientCodeProps{
		Form: portal.AccountFormProps{
			Heading: components.Heading{Title: frame.Title, Lead: p.T("reminders.who.code_lead", "to", e.Address)},
			Action:  recipientAddress(e.ID), State: s, Submit: p.T("reminders.who.confirm"),
			Fields: []components.Field{{
				Name: codeField, Label: p.T("reminders.who.code"), Hint: p.T("reminders.who.code_hint"), Error: s.Error(codeField),
				Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: "12", Size: components.Code, Required: true,
			}},
			Back: page.Link{Label: p.T("reminders.who.back"), Href: remindersPath},
		},
		Again: recipientAddress(e.ID) + "/again",
	}))
}

// ConfirmRecipient answers POST /reminders/recipients/{id}.
func (h *Reminders) ConfirmRecipient(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	e, err := h.extra(c)
	if err != nil {
		return err
	}
	err = h.Extras.Confirm(c.Request().Context(), signin.WhoOf(c), e.ID, values.Digits(codeField))
	if state, status, ok := guard.Refused(c, values.Without(codeField), err); ok {
		return h.showRecipient(c, status, state, e)
	}
	if err != nil {
		return err
	}
	return done(c, remindersPath, "reminders.who.confirmed_done", "to", masked(e.Channel, e.Address))
}

// SendCodeAgain answers POST /reminders/recipients/{id}/again.
func (h *Reminders) SendCodeAgain(c echo.Context) error {
	e, err := h.extra(c)
	if err != nil {
		return err
	}
	_, err = h.Extras.Add(c.Request().Context(), signin.WhoOf(c), e.Channel, e.Address, e.Name)
	if state, status, ok := guard.Refused(c, form.Values{}, err); ok {
		return h.showRecipient(c, status, state, e)
	}
	if err != nil {
		return err
	}
	return done(c, recipientAddress(e.ID), "reminders.who.again_done")
}

// RemoveRecipient answers POST /reminders/recipients/{id}/remove.
func (h *Reminders) RemoveRecipient(c echo.Context) error {
	if err := h.Extras.Remove(c.Request().Context(), signin.WhoOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, remindersPath, "reminders.who.removed")
}

// ResumeRecipient answers POST /reminders/recipients/{id}/resume.
func (h *Reminders) ResumeRecipient(c echo.Context) error {
	if err := h.Extras.Resume(c.Request().Context(), signin.WhoOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, remindersPath, "reminders.who.resumed")
}
