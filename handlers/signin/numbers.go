package signin

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/cookie"
)

// Numbers carries a phone number from the page that asks for it to the one that
// asks for its code, in a sealed cookie: the number stands in no address and no
// log. It carries the names of the codes that were asked for too, so that a code
// serves the browser that asked for it alone.
type Numbers struct {
	cookies cookie.Site
	codec   *securecookie.SecureCookie
	name    string
}

// numberLasts is how long a number waits for its code.
const numberLasts = 10 * time.Minute

// Pending is a number that waits for its code.
type Pending struct {
	Phone string   // E.164
	Codes []string // names of the codes that this browser asked for; no other may use them
	Next  string   // where to go on, or empty
}

// NewNumbers returns what carries numbers in a cookie of the name given. The
// secret is at least 32 bytes and the same on all servers.
func NewNumbers(cookies cookie.Site, secret []byte, name string) (*Numbers, error) {
	const half = 32
	keys, err := hkdf.Key(sha256.New, secret, nil, name, 2*half)
	if err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	codec := securecookie.New(keys[:half], keys[half:])
	codec.MaxAge(int(numberLasts / time.Second))
	codec.SetSerializer(securecookie.JSONEncoder{})
	return &Numbers{cookies, codec, name}, nil
}

// Keep sends the cookie.
func (n *Numbers) Keep(w http.ResponseWriter, p Pending) error {
	value, err := n.codec.Encode(n.name, p)
	if err != nil {
		return fmt.Errorf("signin: %w", err)
	}
	n.cookies.Set(w, n.name, value, numberLasts)
	return nil
}

// With returns the number with one more code that was asked for.
func (p Pending) With(code string) Pending {
	p.Codes = account.KeepCode(p.Codes, code)
	return p
}

// Kept returns the number that waits, or false where none does any more.
func (n *Numbers) Kept(r *http.Request) (p Pending, ok bool) {
	err := n.codec.Decode(n.name, n.cookies.Get(r, n.name), &p)
	return p, err == nil && p.Phone != ""
}

// Forget takes the cookie away.
func (n *Numbers) Forget(w http.ResponseWriter) { n.cookies.Clear(w, n.name) }
