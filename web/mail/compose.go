package mail

import (
	"bytes"
	"errors"
	"regexp"

	gomail "github.com/wneessen/go-mail"

	"github.com/mingbai/mingbai/web/delivery"
)

// letterID is what an id must look like to be the left part of a Message-ID.
var letterID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// composed is a letter as it goes over the line.
type composed struct {
	to        string
	messageID string // without brackets
	text      []byte
}

// compose writes a letter. What can't be written fails for good.
func (c *Client) compose(l Letter) (composed, error) {
	if !isAddress(l.To) {
		return composed{}, unwritable(delivery.Recipient, "the recipient's address is none")
	}
	switch {
	case !letterID.MatchString(l.ID):
		return composed{}, unwritable(delivery.Content, "the letter's id can't be that of a message")
	case l.Subject == "" || hasControl(l.Subject):
		return composed{}, unwritable(delivery.Content, "the subject must be one line")
	case l.Text == "":
		return composed{}, unwritable(delivery.Content, "the letter has no text")
	case hasControl(l.Language):
		return composed{}, unwritable(delivery.Content, "the language must be one line")
	case l.Unsubscribe != "" && !isOneClick(l.Unsubscribe):
		return composed{}, unwritable(delivery.Content, "the address to unsubscribe at must begin with https://")
	}
	// Base64 is the shorter one for Chinese, and leaves no line for a server to
	// break or to change the end of.
	m := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64), gomail.WithNoDefaultUserAgent())
	from := c.server.From
	m.FromMailAddress(&from)
	if err := m.To(l.To); err != nil {
		return composed{}, unwritable(delivery.Recipient, "the recipient's address can't be written")
	}
	id := l.ID + "@" + domainOf(from.Address)
	m.SetMessageIDWithValue(id)
	m.SetDateWithValue(c.now())
	m.Subject(l.Subject)
	// Holiday replies to a machine go nowhere.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.Language != "" {
		m.SetGenHeader(gomail.HeaderContentLang, l.Language)
	}
	if l.Unsubscribe != "" {
		if err := m.SetListUnsubscribeOneClick(l.Unsubscribe); err != nil {
			return composed{}, unwritable(delivery.Content, "the address to unsubscribe at can't be written")
		}
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	var text bytes.Buffer
	if _, err := m.WriteTo(&text); err != nil {
		return composed{}, unwritable(delivery.Content, "the letter can't be written")
	}
	return composed{to: l.To, messageID: id, text: text.Bytes()}, nil
}

func unwritable(reason delivery.Reason, cause string) error {
	return &delivery.Failure{Channel: channel, Permanent: true, Reason: reason, Stage: "compose", Cause: errors.New(cause)}
}
