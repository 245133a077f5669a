package explain

import (
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

// The keys of names stand here as a whole, so that each can be found from the
// catalogue.

var itemNames = map[fee.Item]string{
	fee.SimData: "fees.item.sim_data", fee.DeviceDeposit: "fees.item.device_deposit", fee.Activation: "fees.item.activation",
	fee.Service: "fees.item.service", fee.Transaction: "fees.item.transaction", fee.Withdrawal: "fees.item.withdrawal",
	fee.Insurance: "fees.item.insurance", fee.Overage: "fees.item.overage",
}

var itemsInText = map[fee.Item]string{
	fee.SimData: "fees.in_text.sim_data", fee.DeviceDeposit: "fees.in_text.device_deposit", fee.Activation: "fees.in_text.activation",
	fee.Service: "fees.in_text.service", fee.Transaction: "fees.in_text.transaction", fee.Withdrawal: "fees.in_text.withdrawal",
	fee.Insurance: "fees.in_text.insurance", fee.Overage: "fees.in_text.overage",
}

var kindNames = map[Kind]string{
	KindDeduction: "fees.kind.deduction", KindCard: "fees.kind.card", KindQR: "fees.kind.qr",
	KindPayout: "fees.kind.payout", KindOther: "fees.kind.other",
}

var kindsInText = map[Kind]string{
	KindCard: "fees.kind_in_text.card", KindQR: "fees.kind_in_text.qr", KindPayout: "fees.kind_in_text.payout",
	KindOther: "fees.in_text.other",
}

var methodNames = map[fee.Method]string{
	fee.Credit: "fees.method.credit", fee.Debit: "fees.method.debit", fee.Card: "fees.method.card", fee.QR: "fees.method.qr",
}

var methodsInText = map[fee.Method]string{
	fee.Credit: "fees.method_in_text.credit", fee.Debit: "fees.method_in_text.debit",
	fee.Card: "fees.method_in_text.card", fee.QR: "fees.method_in_text.qr",
}

var stateNames = map[fee.State]string{
	fee.Authorized: "fees.state.authorized", fee.Posted: "fees.state.posted", fee.Refunded: "fees.state.refunded",
	fee.Waived: "fees.state.waived", fee.Reversed: "fees.state.reversed", fee.Voided: "fees.state.voided",
	fee.Held: "fees.state.held", fee.Denied: "fees.state.denied",
}

var standingNames = map[fee.Standing]string{
	fee.StandsPaid: "fees.standing.paid", fee.StandsOpen: "fees.standing.open", fee.StandsOver: "fees.standing.over",
	fee.StandsUnder: "fees.standing.under", fee.StandsDuplicate: "fees.standing.duplicate",
	fee.StandsRefunded: "fees.standing.refunded", fee.StandsWaived: "fees.standing.waived",
	fee.StandsLapsed: "fees.standing.lapsed", fee.StandsUnexpected: "fees.standing.unexpected",
}

var channelNames = map[string]string{
	"sms": "fees.channel.sms", "email": "fees.channel.email", "wechat": "fees.channel.wechat", "inbox": "fees.channel.inbox",
}

var channelsInText = map[string]string{
	"sms": "fees.channel_in_text.sms", "email": "fees.channel_in_text.email",
	"wechat": "fees.channel_in_text.wechat", "inbox": "fees.channel_in_text.inbox",
}

var viaNames = map[string]string{
	"app": "fees.via.app", "portal": "fees.via.portal", "paper": "fees.via.paper", "sms": "fees.via.sms", fee.ViaAgent: "fees.via.agent",
}

var viasInText = map[string]string{
	"app": "fees.via_in_text.app", "portal": "fees.via_in_text.portal", "paper": "fees.via_in_text.paper", "sms": "fees.via_in_text.sms",
}

// ItemName returns what a fee item is called, as a heading or in a table.
func ItemName(p *i18n.Printer, item fee.Item) string {
	return nameOf(p, itemNames, item, "fees.item.other")
}

// ItemInText returns what a fee item is called within a sentence.
func ItemInText(p *i18n.Printer, item fee.Item) string {
	return nameOf(p, itemsInText, item, "fees.in_text.other")
}

// KindName returns what a line of the bill of the kind is called.
func KindName(p *i18n.Printer, kind Kind) string {
	return nameOf(p, kindNames, kind, "fees.kind.deduction")
}

// MethodName returns what a way of paying is called.
func MethodName(p *i18n.Printer, method fee.Method) string {
	return nameOf(p, methodNames, method, "fees.method.any")
}

// StateName returns what became of a deduction, in a word.
func StateName(p *i18n.Printer, state fee.State) string {
	return nameOf(p, stateNames, state, "fees.state.unknown")
}

// StandingName returns how a cycle stands, in a word.
func StandingName(p *i18n.Printer, standing fee.Standing) string {
	return nameOf(p, standingNames, standing, "fees.standing.unexpected")
}

// ChannelName returns what a channel of notices is called.
func ChannelName(p *i18n.Printer, channel string) string {
	return nameOf(p, channelNames, channel, "fees.channel.other")
}

// ViaName returns what a way of accepting is called.
func ViaName(p *i18n.Printer, via string) string {
	return nameOf(p, viaNames, via, "fees.via.other")
}

func nameOf[K comparable](p *i18n.Printer, keys map[K]string, k K, other string) string {
	if key, ok := keys[k]; ok {
		return p.T(key)
	}
	return p.T(other)
}
