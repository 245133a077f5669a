// Package notify writes what merchants are told, in the recipient's language and
// for each channel: a text message of one segment where that can be, a mail, a
// letter for the portal, the places of a WeChat template. The words are
// templates, which staff may replace; what stands in their places comes from
// here. It asks nothing of the database for a message, and the same facts give
// the same bytes.
package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/i18n"
)

// Options are what letters are written with. All but Operator may be left out.
type Options struct {
	Operator  func(ctx context.Context) (setting.Operator, error)
	Templates func(ctx context.Context) (*notice.Templates, error) // the words that are sent now; nil: what the program brings
	Plan      func(id int64) *fee.Plan                             // a published plan, or nil
	Base      string                                               // address of the portal without a slash at its end; empty: mails have no links
}

// Words writes letters. It may be used concurrently.
type Words struct{ o Options }

// New returns a writer of letters.
func New(o Options) *Words { return &Words{o} }

// waitsFor is how long a letter may wait for what it is written with.
const waitsFor = 10 * time.Second

// Render writes a letter for a recipient; it is a notice.Render.
func (w *Words) Render(l *notice.Letter, to notice.Recipient, code string) (notice.Content, error) {
	templates, operator, err := w.ready()
	if err != nil {
		return notice.Content{}, err
	}
	wording, version := templates.Live(l.Kind, to.Channel, to.Locale)
	content, err := w.write(l, to, code, operator, wording)
	content.Template = fmt.Sprintf("%s.%s@%d", l.Kind, to.Channel, version)
	return content, err
}

// RenderAs writes a letter with other words than those that are sent now.
func (w *Words) RenderAs(l *notice.Letter, to notice.Recipient, code string, words *notice.Words) (notice.Content, error) {
	_, operator, err := w.ready()
	if err != nil {
		return notice.Content{}, err
	}
	return w.write(l, to, code, operator, words.In(to.Locale))
}

func (w *Words) write(l *notice.Letter, to notice.Recipient, code string, operator setting.Operator, wording notice.Wording) (notice.Content, error) {
	d := draft{
		p: i18n.For(i18n.Match(to.Locale, "", "")), o: &w.o, operator: operator, letter: l, to: to, code: code, wording: wording,
	}
	return d.content()
}

func (w *Words) ready() (*notice.Templates, setting.Operator, error) {
	ctx, done := context.WithTimeout(context.Background(), waitsFor)
	defer done()
	operator, err := w.o.Operator(ctx)
	if err != nil {
		return nil, setting.Operator{}, fmt.Errorf("notify: %w", err)
	}
	if w.o.Templates == nil {
		return nil, operator, nil
	}
	templates, err := w.o.Templates(ctx)
	if err != nil {
		return nil, setting.Operator{}, fmt.Errorf("notify: %w", err)
	}
	return templates, operator, nil
}

// draft is one letter being written for one recipient.
type draft struct {
	p        *i18n.Printer
	o        *Options
	operator setting.Operator
	letter   *notice.Letter
	to       notice.Recipient
	code     string
	wording  notice.Wording
}

func (d *draft) content() (notice.Content, error) {
	if len(d.letter.Lines) == 0 {
		return notice.Content{}, fmt.Errorf("notify: letter %s has no line", d.letter.ID)
	}
	switch d.to.Channel {
	case notice.SMS:
		return d.sms(), nil
	case notice.WeChat:
		return d.wechat(), nil
	case notice.Email:
		return d.email()
	case notice.Inbox:
		return d.inbox(), nil
	}
	return notice.Content{}, fmt.Errorf("notify: there is no channel %q", d.to.Channel)
}

// part returns a template's part: that for one notice, or that for several.
func (d *draft) part(one, many notice.Part) string {
	if len(d.letter.Lines) > 1 {
		return d.wording[many]
	}
	return d.wording[one]
}

// in picks the reader's language.
func (d *draft) in(w setting.Words) string {
	if d.p.Locale() == i18n.En {
		return w.En
	}
	return w.ZhCN
}
