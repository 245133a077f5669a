// Package payment leads to the acquirer's own payment page, by signed addresses,
// and reads what that page reports, signed likewise.
package payment

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/web/sms"
)

// AddressLasts is how long an address of the payment page serves.
const AddressLasts = 30 * time.Minute

// Page is where money is paid into a SIM.
type Page struct {
	URL string
	Key sms.Key // both sides sign with it
}

// Order is what is to be paid for. How much, the payment page asks.
type Order struct {
	ID      string // tl_…: names the address
	SN      string // of the terminal
	ICCID   string // of its SIM
	Carrier string
	Back    string // where the payment page leads back to
}

// Address returns the address at which an order is paid, signed: what may not be
// altered on the way is the query as a whole.
func (p *Page) Address(o Order, now time.Time) string {
	expires := strconv.FormatInt(now.Add(AddressLasts).Unix(), 10)
	query := url.Values{
		"order": {o.ID}, "sn": {o.SN}, "iccid": {o.ICCID}, "carrier": {o.Carrier}, "back": {o.Back}, "expires": {expires}, "key": {p.Key.Name},
	}.Encode()
	joint := "?"
	if strings.Contains(p.URL, "?") {
		joint = "&"
	}
	return p.URL + joint + query + "&signature=" + url.QueryEscape(sms.Sign(p.Key.Secret, expires, o.ID, []byte(query)))
}

// Host is whose page it is.
func (p *Page) Host() string {
	u, err := url.Parse(p.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Paid is what the payment page says was paid.
type Paid struct {
	Nonce     string    `json:"-"`           // never used twice: to be refused where it was seen before
	Ref       string    `json:"payment_ref"` // its number of the payment
	SN        string    `json:"sn"`
	AmountFen int64     `json:"amount_fen"`
	At        time.Time `json:"paid_at"`
}

// ErrMalformed says that a report is none.
var ErrMalformed = errors.New("payment: a report that can't be read")

// longestRef is how long the number of a payment may be, in bytes.
const longestRef = 64

// ReadPaid checks and reads a report. Where its nonce is set it was signed by
// the payment page, whatever else is wrong. The error is sms.ErrUnknownSender or
// ErrMalformed.
func (p *Page) ReadPaid(header http.Header, body io.Reader, now time.Time) (Paid, error) {
	text, nonce, err := sms.ReadSignedBody(p.Key, header, body, now)
	if errors.Is(err, sms.ErrUnknownSender) {
		return Paid{}, err
	}
	if err != nil {
		return Paid{}, ErrMalformed
	}
	var paid Paid
	err = json.Unmarshal(text, &paid)
	paid.Nonce, paid.At = nonce, paid.At.UTC().Truncate(time.Microsecond)
	if err != nil || paid.Ref == "" || len(paid.Ref) > longestRef || paid.SN == "" || len(paid.SN) > longestRef || paid.AmountFen <= 0 ||
		paid.At.IsZero() || paid.At.After(now.Add(5*time.Minute)) || !isText(paid.Ref) {
		return Paid{Nonce: nonce}, ErrMalformed
	}
	return paid, nil
}

// isText reports whether a number holds what can be shown and stored.
func isText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
