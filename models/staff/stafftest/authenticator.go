// Package stafftest stands in for what staff carry with them: a passkey's device
// in software, and an app that shows codes.
package stafftest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// Authenticator is a device with one passkey, after WebAuthn level 2: ES256,
// without attestation.
type Authenticator struct {
	t       testing.TB
	Origin  string // of the page that asks
	Counter uint32 // of the last answer
	id      []byte
	key     *ecdsa.PrivateKey
}

// NewAuthenticator returns a device without a passkey, in a browser on the
// origin given.
func NewAuthenticator(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &Authenticator{t: t, Origin: origin, id: id, key: key}
}

// What a page asks for, as far as the device needs it.
type question struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
	} `json:"publicKey"`
}

// Flags of the device's answer: the user was present and proved who they are,
// and the passkey is described.
const (
	present   = 0x01
	verified  = 0x04
	described = 0x40
)

// Create answers the question for a new passkey.
func (a *Authenticator) Create(asked []byte) []byte {
	a.t.Helper()
	q := a.read(asked)
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	// The key in COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	data := a.data(q.PublicKey.RP.ID, present|verified|described)
	data = append(data, make([]byte, 16)...) // a model that says nothing of itself
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	// {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return a.answer(map[string]any{
		"clientDataJSON": encode(a.client("webauthn.create", q)), "attestationObject": encode(append(object, data...)), "transports": []string{"internal"},
	})
}

// Get answers the question for a passkey that the device has.
func (a *Authenticator) Get(asked []byte) []byte {
	a.t.Helper()
	q := a.read(asked)
	a.Counter++
	data, client := a.data(q.PublicKey.RPID, present|verified), a.client("webauthn.get", q)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature)})
}

func (a *Authenticator) read(asked []byte) (q question) {
	a.t.Helper()
	if err := json.Unmarshal(asked, &q); err != nil || q.PublicKey.Challenge == "" {
		a.t.Fatalf("asked %s: %v", asked, err)
	}
	return q
}

func (a *Authenticator) data(site string, flags byte) []byte {
	hash := sha256.Sum256([]byte(site))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Authenticator) client(kind string, q question) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, q.PublicKey.Challenge, a.Origin)
}

func (a *Authenticator) answer(response map[string]any) []byte {
	a.t.Helper()
	body, err := json.Marshal(map[string]any{
		"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return body
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Code returns what an app with the secret shows at a moment.
func Code(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
