package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/delivery"
)

// choicesDemo lets two of the demo's owners choose how they are told: one in
// WeChat, the other by mail.
func choicesDemo(ctx context.Context, d *db.DB, at clock.Clock, queue event.Queue, words *letters) error {
	c := demoChoices{ctx: ctx, d: d, at: at}
	c.extras = notice.Extras{DB: d, Clock: at, Jobs: queue, Secret: words.secret, Render: c.keepCode(words.words.Confirm)}
	if err := c.inWeChat("M1003"); err != nil {
		return fmt.Errorf("demo: WeChat: %w", err)
	}
	if err := c.byMail("M1005", "lin@tea.example"); err != nil {
		return fmt.Errorf("demo: mail: %w", err)
	}
	return nil
}

// demoChoices is an owner at the page of reminders.
type demoChoices struct {
	ctx    context.Context
	d      *db.DB
	at     clock.Clock
	extras notice.Extras
	code   string // that was sent last
}

// keepCode reads the code in what is written, as who gets it does.
func (c *demoChoices) keepCode(render notice.RenderCode) notice.RenderCode {
	return func(merchant string, to notice.Recipient, code string) (notice.Content, error) {
		c.code = code
		return render(merchant, to, code)
	}
}

func (c *demoChoices) owner(ref string) (who account.Who, err error) {
	err = c.d.QueryRow(c.ctx, `
		select m.merchant_id, m.user_id from memberships m join merchants x on x.id = m.merchant_id
		where x.ref = $1 and m.role = $2 and m.ended_at is null`, ref, string(account.Owner)).Scan(&who.MerchantID, &who.UserID)
	return who, err
}

func (c *demoChoices) inWeChat(ref string) error {
	who, err := c.owner(ref)
	if err != nil {
		return err
	}
	_, scene, err := c.extras.Scene(c.ctx, who)
	if err != nil {
		return err
	}
	_, err = notice.BindWeChat(c.ctx, c.d, c.at.Now(), scene, "demo-"+ref)
	return err
}

func (c *demoChoices) byMail(ref, address string) error {
	who, err := c.owner(ref)
	if err != nil {
		return err
	}
	recipient, err := c.extras.Add(c.ctx, who, notice.Email, address, "")
	if err != nil {
		return err
	}
	if err := c.extras.Confirm(c.ctx, who, recipient, c.code); err != nil {
		return err
	}
	p := notice.Default(who.MerchantID)
	for _, e := range notice.Events {
		p.Matrix[e] = notice.Channels{notice.Email, notice.SMS}
	}
	return notice.SetPreferences(c.ctx, c.d, c.at, who, p)
}

// refuses stands for a number that is no longer in service: who is told of the
// price there is not reached, and staff are to call.
func refuses(number string, send outbox.Send) outbox.Send {
	return func(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
		if m.Kind == outbox.Kind(notice.FeeChange) && m.To == number {
			return outbox.Receipt{Provider: "demo", Err: errNotInService, Reason: string(delivery.Recipient), Permanent: true}
		}
		return send(ctx, m)
	}
}

var errNotInService = errors.New("demo: the number is not in service")
