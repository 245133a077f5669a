package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// The headers of a signed request.
const (
	HeaderTimestamp = "Mingbai-Timestamp"
	HeaderNonce     = "Mingbai-Nonce"
	HeaderKey       = "Mingbai-Key"
	HeaderSignature = "Mingbai-Signature"
)

// Sign returns the value of the signature header for a body sent at a moment,
// in seconds since 1970, with a nonce.
func Sign(secret []byte, timestamp, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "." + nonce + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}
