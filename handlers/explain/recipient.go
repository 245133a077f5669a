package explain

import (
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/i18n"
)

// Recipient names who a message went to as far as anybody but them need know: a
// number or a mail address with its middle hidden, the end of a WeChat account's
// name, and nothing for what lies in the portal.
func Recipient(channel, address string) string {
	switch {
	case address == "":
		return ""
	case channel == outbox.Email:
		return i18n.MaskMail(address)
	case channel == outbox.SMS:
		return i18n.MaskPhone(address)
	}
	return "****" + address[max(0, len(address)-4):]
}
