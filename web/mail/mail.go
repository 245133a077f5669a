// Package mail sends letters over SMTP, one connection for a batch of them.
//
// A letter has a text and, where wanted, an HTML part, in UTF-8. Its Message-ID
// is made from its own id, so that two tries of one letter look like one to
// whoever receives both. The line is encrypted: by STARTTLS, which a server must
// offer, or by TLS from the first byte.
//
// A server's reply of 5xx, at whatever step, is a permanent failure and one of
// 4xx a temporary one; a line that can't be had, stalls, is cut or can't be
// secured is temporary. Where the letter had gone out whole and no reply came,
// the failure is unsure. The Stage of a failure says at which step it happened
// and Settings as its Reason that it has to do with the connection rather than
// with the letter. Failures name no address and quote nothing a server said but
// its codes; nothing is logged here.
package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// channel names the package in failures.
const channel = "mail"

// Security says how the line to a server is encrypted.
type Security string

// How a line is encrypted.
const (
	StartTLS Security = "starttls" // the line begins in the clear and must turn to TLS, usually at port 587
	TLS      Security = "tls"      // TLS from the first byte, usually at port 465
	None     Security = "none"     // not at all, for a server on this machine alone
)

// Server is where letters are handed over, and who hands them over.
type Server struct {
	Host     string         // its name, which its certificate must bear
	Port     int            // zero: 587, or 465 with TLS, or 25 with None
	Security Security       // empty: StartTLS
	Roots    *x509.CertPool // whose certificates are believed; nil: those the system believes
	Username string         // empty: no AUTH
	Password string         // for AUTH PLAIN or LOGIN, whichever the server offers first of the two in this order
	Hello    string         // how we introduce ourselves; empty: the domain of From
	From     mail.Address   // who the letters are from; its domain ends the Message-IDs

	StepTimeout time.Duration // how long the server may take for a step; zero: 30 seconds
	TakeTimeout time.Duration // how long it may take to answer for a whole letter, where giving up early makes duplicates; zero: 2 minutes

	Dial func(ctx context.Context, network, address string) (net.Conn, error) // nil: an ordinary dialer
}

// Letter is one message to one person.
type Letter struct {
	ID       string // letters, digits and ._- ; the same at each try
	To       string // an address in ASCII, its domain too
	Subject  string
	Text     string
	HTML     string // empty: no HTML part
	Language string // such as zh-CN; empty: not said

	// Unsubscribe is an https address that stops such letters when it is sent a
	// POST (RFC 8058, one click), or empty for letters that can't be stopped.
	// Receivers honour it only where the server signs both headers with DKIM.
	Unsubscribe string
}

// Client hands letters over to a server.
type Client struct {
	server Server
	now    func() time.Time
}

// New returns a client for a server. It refuses a server that is not described
// in full, and one without encryption that is not this machine.
func New(server Server, now func() time.Time) (*Client, error) {
	if server.Security == "" {
		server.Security = StartTLS
	}
	usual, ok := map[Security]int{StartTLS: 587, TLS: 465, None: 25}[server.Security]
	if !ok {
		return nil, errors.New("mail: the security must be starttls, tls or none")
	}
	if server.Port == 0 {
		server.Port = usual
	}
	switch {
	case server.Host == "" || strings.ContainsAny(server.Host, " \r\n/@"):
		return nil, errors.New("mail: the server needs a host's name")
	case server.Port < 1 || server.Port > 65535:
		return nil, errors.New("mail: the port must be between 1 and 65535")
	case server.Security == None && !delivery.IsLoopback(server.Host):
		return nil, errors.New("mail: only a server on this machine may go without encryption")
	case (server.Username == "") != (server.Password == ""):
		return nil, errors.New("mail: a user's name and a password go together")
	case !isAddress(server.From.Address):
		return nil, errors.New("mail: the sender's address is none")
	case hasControl(server.From.Name) || hasControl(server.Hello):
		return nil, errors.New("mail: the sender's name must be one line")
	}
	if server.Hello == "" {
		server.Hello = domainOf(server.From.Address)
	}
	if server.StepTimeout == 0 {
		server.StepTimeout = 30 * time.Second
	}
	if server.TakeTimeout == 0 {
		server.TakeTimeout = 2 * time.Minute
	}
	if server.Dial == nil {
		server.Dial = (&net.Dialer{}).DialContext
	}
	return &Client{server: server, now: now}, nil
}

// Send hands over one letter on a connection of its own. The receipt's id is the
// letter's Message-ID without its brackets. An error is a *delivery.Failure.
func (c *Client) Send(ctx context.Context, l Letter) (delivery.Receipt, error) {
	batch := c.Batch()
	defer batch.Close()
	return batch.Send(ctx, l)
}

// isAddress reports whether a text is one bare address in ASCII that SMTP can
// carry as it is.
func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > 254 {
		return false
	}
	for _, r := range text {
		if r <= ' ' || r > '~' || r == '<' || r == '>' {
			return false
		}
	}
	return true
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// longestURL leaves the header's line below SMTP's limit of 998 bytes.
const longestURL = 900

func isOneClick(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= longestURL && u.Scheme == "https" && u.Host != "" && u.User == nil && !strings.ContainsAny(address, "<> \t\r\n,")
}
