package server

import (
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"golang.org/x/time/rate"

	"github.com/mingbai/mingbai/web/page"
)

// Rate is what one address may ask of one server. It stops a runaway script and
// nobody else: a whole market hall may sit behind one address. Attempts to sign
// in are counted elsewhere, in the database, and other systems by their keys.
type Rate struct {
	PerSecond float64
	Burst     int
}

// DefaultRate is ten readers turning pages as fast as they can.
var DefaultRate = Rate{PerSecond: 50, Burst: 300}

// rateForgets is after how long an address that asks nothing is forgotten.
const rateForgets = 5 * time.Minute

func limitRate(r Rate) echo.MiddlewareFunc {
	return middleware.RateLimiterWithConfig(middleware.RateLimiterConfig{
		Skipper: func(c echo.Context) bool { return isKeyed(c.Request().URL.Path) },
		Store: middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{
			Rate: rate.Limit(r.PerSecond), Burst: r.Burst, ExpiresIn: rateForgets,
		}),
		IdentifierExtractor: func(c echo.Context) (string, error) { return neighbourhood(c.RealIP()), nil },
		DenyHandler: func(_ echo.Context, _ string, err error) error {
			return &page.Refusal{Status: http.StatusTooManyRequests, Kind: "too_many", Wait: time.Second, Cause: err}
		},
	})
}

// neighbourhood is an address as far as it tells one reader from another: of
// IPv6 the first half, since a household owns all of the rest.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// addressFrom returns how a reader's address is found: by the connection, or,
// behind proxies of ours, by what they wrote down. No other proxy is believed.
func addressFrom(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// limitBody refuses a body longer than its route takes, before it is read where
// it says its length, else where it reaches it. A form that does not say its
// length, as no browser's does, may be no longer than one without files: nothing
// large is read, or written to disk, to find out that it is too large.
func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Body == nil || r.Body == http.NoBody {
			return next(c)
		}
		limit, ok := s.router.bodies[r.Method+c.Path()]
		if !ok || r.ContentLength < 0 && isForm(r) {
			limit = bodyLimit
		}
		if r.ContentLength > limit {
			return &page.Refusal{Status: http.StatusRequestEntityTooLarge, Kind: "too_large"}
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		return next(c)
	}
}
