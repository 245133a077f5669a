package guard

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/server"
)

// Keys is how the guard knows other systems.
type Keys struct {
	Find func(ctx context.Context, secret string) (*apikey.Caller, error) // whose a secret is
	Now  func() time.Time
}

// keyBurst is for how long a key may ask all at once what it may ask in that time.
const keyBurst = 2 * time.Second

// keyRate is how a key's limit counts: evenly, and the requests of a moment
// together. A low limit may be used up at once.
func keyRate(perMinute int) server.Rate {
	const atOnce = 60
	return server.Rate{PerSecond: float64(perMinute) / 60, Burst: max(int(int64(perMinute)*int64(keyBurst)/int64(time.Minute)), min(perMinute, atOnce))}
}

// guessRate is how many wrong secrets one address may show.
var guessRate = server.Rate{PerSecond: 1, Burst: 60}

// keyDoor is what the guard knows of other systems.
type keyDoor struct {
	Keys
	asked   buckets // by key
	guessed buckets // by address
}

// AdmitKeys makes the guard know other systems, by the keys that they show with
// each request.
func (g *Guard) AdmitKeys(k Keys) {
	g.keys = &keyDoor{Keys: k}
}

const callerKey = "guard.caller"

// CallerOf returns the system whose key the request has shown, or nil where it
// has shown none that counts.
func CallerOf(c echo.Context) *apikey.Caller {
	caller, _ := c.Get(callerKey).(*apikey.Caller)
	return caller
}

// Key lets in a system whose key has the scope, from where the key may be used
// and as often as one may ask. It takes no cookie.
func Key(s apikey.Scope) server.Access {
	if !s.Known() {
		panic("guard: " + string(s) + " is no scope that a key can have")
	}
	return server.Grant("key: "+string(s), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			g, ok := c.Get(guardKey).(*Guard)
			if !ok || g.keys == nil {
				return errors.New("guard: the guard's middleware is missing, or it knows no keys")
			}
			c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
			if err := g.keys.admit(c, s); err != nil {
				return err
			}
			return next(c)
		}
	})
}

func (k *keyDoor) admit(c echo.Context, s apikey.Scope) error {
	kind, secret, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(kind, "Bearer") || secret == "" {
		return fault.New(fault.Unauthenticated, "api.key_missing")
	}
	now, address := k.Now(), c.RealIP()
	if wait := k.guessed.wait(address, guessRate, now, 0); wait > 0 {
		return fault.New(fault.TooMany, "api.too_many", "wait", wait)
	}
	caller, err := k.Find(c.Request().Context(), strings.TrimSpace(secret))
	if fault.Is(err, fault.Unauthenticated) {
		k.guessed.wait(address, guessRate, now, 1)
	}
	if err != nil {
		return err
	}
	c.Set(callerKey, caller)
	if at, err := netip.ParseAddr(address); err != nil || !caller.From(at) {
		return fault.New(fault.Forbidden, "api.address_refused")
	}
	if wait := k.asked.wait(caller.KeyID, keyRate(caller.PerMinute), now, 1); wait > 0 {
		return fault.New(fault.TooMany, "api.too_many", "wait", wait)
	}
	if !caller.May(s) {
		return fault.New(fault.Forbidden, "api.scope_missing", "scope", string(s))
	}
	return nil
}

// mostBuckets bounds the memory that those who come from everywhere can take.
const mostBuckets = 20_000

// buckets are how much of its share each name has left.
type buckets struct {
	mu sync.Mutex
	by map[string]*rate.Limiter
}

// wait takes so many of a name's share, and returns how long to wait where it has
// not enough left. Asked for none, it says whether one is left.
func (b *buckets) wait(name string, share server.Rate, now time.Time, n int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.by[name]
	if l == nil {
		if n == 0 {
			return 0
		}
		if len(b.by) >= mostBuckets || b.by == nil {
			b.by = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(rate.Limit(share.PerSecond), share.Burst)
		b.by[name] = l
	}
	if l.Limit() != rate.Limit(share.PerSecond) { // it was changed
		l.SetLimitAt(now, rate.Limit(share.PerSecond))
		l.SetBurstAt(now, share.Burst)
	}
	if l.TokensAt(now) < 1 {
		return time.Duration((1 - l.TokensAt(now)) / float64(l.Limit()) * float64(time.Second))
	}
	l.AllowN(now, n)
	return 0
}
