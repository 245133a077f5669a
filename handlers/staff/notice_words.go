package staff

import (
	"github.com/mingbai/mingbai/handlers/channel"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/i18n"
)

// messageKindKeys are the keys of what kinds of message are called.
var messageKindKeys = map[string]string{
	string(notice.Upcoming): "admin_notices.kind.upcoming", string(notice.Changed): "admin_notices.kind.changed",
	string(notice.CalledOff): "admin_notices.kind.called_off", string(notice.Taken): "admin_notices.kind.taken",
	string(notice.Failed): "admin_notices.kind.failed", string(notice.Stopped): "admin_notices.kind.stopped",
	string(notice.OnHold): "admin_notices.kind.on_hold", string(notice.Refunded): "admin_notices.kind.refunded",
	string(notice.FeeChange): "admin_notices.kind.fee_change", string(notice.ChangeOff): "admin_notices.kind.change_off", string(notice.SIMUsage): "admin_notices.kind.sim_usage",
	string(notice.LowBalance): "admin_notices.kind.low_balance", string(notice.TopUp): "admin_notices.kind.top_up", string(notice.Complaint): "admin_notices.kind.complaint",
	string(notice.Security): "admin_notices.kind.security", string(outbox.SignInCode): "admin_notices.kind.sign_in_code",
	string(outbox.PhoneCode): "admin_notices.kind.phone_code", string(outbox.RecipientCode): "admin_notices.kind.recipient_code",
	string(outbox.NewDevice): "admin_notices.kind.new_device", string(outbox.Invitation): "admin_notices.kind.invitation",
	string(outbox.PhoneChanged): "admin_notices.kind.phone_changed", string(outbox.PhoneRequest): "admin_notices.kind.phone_request",
	string(outbox.PasswordSet): "admin_notices.kind.password_set", string(outbox.AccountClosed): "admin_notices.kind.account_closed",
	string(outbox.Membership): "admin_notices.kind.membership_ends", string(notice.TestMessage): "admin_notices.kind.test",
}

func messageKind(p *i18n.Printer, kind string) string {
	if key, ok := messageKindKeys[kind]; ok {
		return p.T(key)
	}
	return p.T("admin_notices.kind.other")
}

// reasonKeys are the keys of why a message was not taken or did not arrive.
var reasonKeys = map[string]string{
	string(delivery.Unreachable): "admin_notices.reason.unreachable", string(delivery.Busy): "admin_notices.reason.busy",
	string(delivery.Limited): "admin_notices.reason.limited", string(delivery.Recipient): "admin_notices.reason.recipient",
	string(delivery.NotFollowing): "admin_notices.reason.not_following", string(delivery.Content): "admin_notices.reason.content",
	string(delivery.Settings): "admin_notices.reason.settings", string(channel.NoTemplate): "admin_notices.reason.no_template",
	"too_late": "admin_notices.reason.too_late", "broke_off": "admin_notices.reason.broke_off",
}

func reasonText(p *i18n.Printer, reason string) string {
	if key, ok := reasonKeys[reason]; ok {
		return p.T(key)
	}
	return p.T("admin_notices.reason.other")
}

// stageKeys are the keys of the steps of an exchange with a provider.
var stageKeys = map[string]string{
	"compose": "channels.stage.compose", "connect": "channels.stage.connect", "tls": "channels.stage.tls", "greeting": "channels.stage.greeting",
	"hello": "channels.stage.hello", "sign_in": "channels.stage.sign_in", "sender": "channels.stage.sender", "recipient": "channels.stage.recipient",
	"data": "channels.stage.data", "content": "channels.stage.content", "taken": "channels.stage.taken", "reset": "channels.stage.reset",
	"token": "channels.stage.token", "send": "channels.stage.send",
}

func stageText(p *i18n.Printer, stage string) string {
	if key, ok := stageKeys[stage]; ok {
		return p.T(key)
	}
	return ""
}
