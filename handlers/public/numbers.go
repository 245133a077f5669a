package public

import (
	"crypto/hkdf"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"

	"github.com/mingbai/mingbai/web/cookie"
)

// numbers carries the phone number from the page that asks for it to the one
// that asks for the code, in a cookie that is sealed: the number stands in no
// address and no log.
type numbers struct {
	cookies cookie.Site
	codec   *securecookie.SecureCookie
}

const (
	numberCookie = "number"
	numberLasts  = 10 * time.Minute
)

// pending is a sign-in that waits for its code.
type pending struct {
	Phone string // E.164
	Next  string // where to go on, or empty
}

func newNumbers(cookies cookie.Site, secret []byte) (numbers, error) {
	const half = 32
	keys, err := hkdf.Key(sha256.New, secret, nil, "number", 2*half)
	if err != nil {
		return numbers{}, err
	}
	codec := securecookie.New(keys[:half], keys[half:])
	codec.MaxAge(int(numberLasts / time.Second))
	codec.SetSerializer(securecookie.JSONEncoder{})
	return numbers{cookies, codec}, nil
}

func (n numbers) keep(w http.ResponseWriter, p pending) error {
	value, err := n.codec.Encode(numberCookie, p)
	if err != nil {
		return err
	}
	n.cookies.Set(w, numberCookie, value, numberLasts)
	return nil
}

// kept returns the sign-in that waits, or false where none does any more.
func (n numbers) kept(r *http.Request) (p pending, ok bool) {
	err := n.codec.Decode(numberCookie, n.cookies.Get(r, numberCookie), &p)
	return p, err == nil && p.Phone != ""
}

func (n numbers) forget(w http.ResponseWriter) { n.cookies.Clear(w, numberCookie) }
