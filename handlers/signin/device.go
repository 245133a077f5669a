package signin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/mingbai/mingbai/web/cookie"
)

// deviceCookie keeps what a browser is known again by, merchants' and staff's
// alike. It is not a session, and signing out leaves it.
const (
	deviceCookie = "device"
	deviceLasts  = 400 * 24 * time.Hour // browsers keep none longer
	deviceLength = 32                   // bytes, so that nobody guesses one
)

// deviceOf returns what a browser is known by, or nil.
func deviceOf(cookies cookie.Site, r *http.Request) []byte {
	device, err := base64.RawURLEncoding.Strict().DecodeString(cookies.Get(r, deviceCookie))
	if err != nil || len(device) != deviceLength {
		return nil
	}
	return device
}

// deviceOrNew returns what a browser is known by, or something new.
func deviceOrNew(cookies cookie.Site, r *http.Request) []byte {
	if device := deviceOf(cookies, r); device != nil {
		return device
	}
	device := make([]byte, deviceLength)
	_, _ = rand.Read(device) // never fails: the program ends if it would
	return device
}

// keepDevice sends the cookie.
func keepDevice(cookies cookie.Site, w http.ResponseWriter, device []byte) {
	cookies.Set(w, deviceCookie, base64.RawURLEncoding.EncodeToString(device), deviceLasts)
}

// deviceHash is what the rows have of a device, or nil where there is none.
func deviceHash(device []byte) []byte {
	if device == nil {
		return nil
	}
	hash := sha256.Sum256(device)
	return hash[:]
}
