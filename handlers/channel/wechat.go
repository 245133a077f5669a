package channel

import (
	"context"
	"strings"

	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/wechat"
)

// openPath is where a reader finds what a message with a code is about.
const openPath = "/s/"

// sendWeChat hands a message to WeChat: each field of the account's template
// gets the value that the settings name for it.
func (now *clients) sendWeChat(ctx context.Context, m outbox.Outgoing, portal string) outbox.Receipt {
	part := string(setting.PartWeChat)
	t, ok := now.set.WeChat.Templates[string(m.Kind)]
	if !ok {
		return receiptOf(part, delivery.Receipt{}, errNoTemplate)
	}
	data := map[string]string{}
	for field, place := range t.Fields {
		data[strings.TrimSuffix(field, ".DATA")] = m.Fields[place]
	}
	tapped := ""
	if m.Code != "" {
		tapped = strings.TrimRight(portal, "/") + openPath + m.Code
	}
	receipt, err := now.wechat.Send(ctx, wechat.Message{ID: m.ID, OpenID: m.To, Template: t.ID, Data: data, URL: tapped})
	return receiptOf(part, receipt, err)
}
