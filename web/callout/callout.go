// Package callout makes requests to addresses that people typed in. What is
// meant for machines inside must not be reached by them: every address that a
// name leads to is looked at when the line to it is opened, after all names were
// resolved.
package callout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Networks are those of our own to which requests may go although they are not
// public.
type Networks []netip.Prefix

// Reachable reports whether a request may go to an address, and whether that is
// of our own networks.
func (n Networks) Reachable(a netip.Addr) (may, ours bool) {
	a = a.Unmap().WithZone("")
	if slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true, true
	}
	return isPublic(a), false
}

// notPublic are networks that are not for everybody, or lead to such, among those
// that look like it.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by customers of one provider
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // holds addresses of version 4
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // likewise
	netip.MustParsePrefix("3fff::/20"),
}

var globalV6 = netip.MustParsePrefix("2000::/3")

func isPublic(a netip.Addr) bool {
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !globalV6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ErrPrivate says that an address is not one to which requests may go.
var ErrPrivate = errors.New("the address is not public")

// NewClient returns a client that reaches public addresses and those of our own
// networks, follows no redirect and uses no proxy. How long a request may take is
// up to its context.
func NewClient(ours Networks) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrPrivate, err)
		}
		if may, _ := ours.Reachable(to.Addr()); !may {
			return ErrPrivate
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// longestAnswer bounds what is read of an answer that nobody looks at, so that
// the line can be used again.
const longestAnswer = 16 << 10

// Drain reads what is left of an answer, bounded, and ends it.
func Drain(r *http.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, longestAnswer) // what it says is nobody's concern
	_ = r.Body.Close()
}

// Why says in one word that does not change why a request had no answer: private,
// timeout, name, tls or connection.
func Why(err error) string {
	var name *net.DNSError
	var late net.Error
	switch {
	case errors.Is(err, ErrPrivate):
		return "private"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &late) && late.Timeout():
		return "timeout"
	case errors.As(err, &name):
		return "name"
	case isTLS(err):
		return "tls"
	}
	return "connection"
}
