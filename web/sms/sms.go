// Package sms sends text messages, through the acquirer's own gateway (Hook) or
// through Aliyun (Aliyun).
//
// The gateway is an HTTPS address that takes a signed POST, described for
// whoever runs it in docs/sms-hook.md. A request is a POST of this JSON object, in UTF-8:
//
//	{"id":"m_01jd…","to":"+8613812346621","text":"…","kind":"sign_in_code"}
//
// with these headers:
//
//	Content-Type: application/json; charset=utf-8
//	Mingbai-Timestamp: seconds since 1970, in UTC
//	Mingbai-Nonce: 32 hexadecimal digits, never used twice
//	Mingbai-Key: the name of the secret, for changing it without a gap
//	Mingbai-Signature: v1= and the HMAC-SHA256, in hexadecimal, of
//	    timestamp + "." + nonce + "." + body under the secret
//
// The gateway answers 2xx once it has taken the message, with {"id":"…"}, its
// own name for it. 429, 408, 425 and 5xx mean "later", perhaps with
// Retry-After; any other answer means "never". The same id may come again
// where an answer was lost: the gateway sends a message of one id once.
package sms

import (
	"github.com/mingbai/mingbai/web/delivery"
)

// Message is a text to a phone.
type Message struct {
	ID   string // the same at each try, so that the gateway can tell a second try
	To   string // E.164, such as +8613812346621
	Text string // with the signature in front, as the reader gets it
	Kind string // what it is about, such as sign_in_code, for the gateway's own routing
}

// channel names the package in failures.
const channel = "sms"

// Receipt is the gateway's word that it took a message. It is no word that the
// message arrived.
type Receipt = delivery.Receipt

// Error says why a message was not taken. It never holds the number or the
// text.
type Error = delivery.Failure
