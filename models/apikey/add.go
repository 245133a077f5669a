package apikey

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// NewKey is what a key is made of. Networks are addresses or CIDR, as typed.
type NewKey struct {
	Name      string
	Scopes    []Scope
	Networks  []string
	PerMinute int // requests that it may make of one server; 0: DefaultPerMinute
}

// Bounds of a key.
const (
	MaxName      = 60 // characters
	MaxNetworks  = 20
	MaxPerMinute = 1_000_000
)

// DefaultPerMinute stops a system that runs wild and none that works: a night's
// run asks for ten million merchants one by one, as fast as it is answered.
const DefaultPerMinute = 60_000

// PerMinuteField names what a key may ask in a minute, in forms.
const PerMinuteField = "per_minute"

// checkPerMinute returns what a key may ask in a minute.
func checkPerMinute(n int, faults *fault.Fields) int {
	if n == 0 {
		return DefaultPerMinute
	}
	if n < 1 || n > MaxPerMinute {
		faults.Add(PerMinuteField, "keys.per_minute_wrong", "most", MaxPerMinute)
	}
	return n
}

// Add makes a key and returns its id and its secret, which can't be had again.
// It returns fault.Invalid where the name, the scopes or a network won't do.
func Add(ctx context.Context, d *db.DB, now time.Time, by By, n NewKey) (keyID, secret string, err error) {
	k, err := n.key()
	if err != nil {
		return "", "", err
	}
	k.ID, secret = id.New("k", now), newSecret()
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into api_keys (id, name, scopes, networks, per_minute, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7)`,
			k.ID, k.Name, joinScopes(k.Scopes), joinNetworks(k.Networks), k.PerMinute, now, by.Name)
		if err != nil {
			return err
		}
		if err := writeSecret(ctx, tx, now, k.ID, secret); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Actor, Action: "key.add", Subject: k.ID, RequestID: by.RequestID,
			Details: map[string]any{"name": k.Name, "scopes": joinScopes(k.Scopes), "networks": joinNetworks(k.Networks), "per_minute": k.PerMinute},
		})
	})
	return k.ID, secret, err
}

func writeSecret(ctx context.Context, tx *db.Tx, now time.Time, keyID, secret string) error {
	_, err := tx.Exec(ctx, `insert into api_key_secrets (hash, key_id, hint, created_at) values ($1, $2, $3, $4)`,
		hashOf(secret), keyID, secret[:hintLength], now)
	return err
}

// key checks what a key is to be made of.
func (n NewKey) key() (k Key, err error) {
	var faults fault.Fields
	k.Name = strings.TrimSpace(n.Name)
	switch {
	case k.Name == "":
		faults.Add("name", "keys.name_missing")
	case utf8.RuneCountInString(k.Name) > MaxName:
		faults.Add("name", "keys.name_long", "n", MaxName)
	case !utf8.ValidString(k.Name) || strings.ContainsFunc(k.Name, unicode.IsControl):
		faults.Add("name", "keys.name_wrong")
	}
	for _, s := range Scopes {
		if slices.Contains(n.Scopes, s) {
			k.Scopes = append(k.Scopes, s)
		}
	}
	if i := slices.IndexFunc(n.Scopes, func(s Scope) bool { return !s.Known() }); i >= 0 {
		faults.Add("scopes", "keys.scope_unknown", "scope", string(n.Scopes[i]))
	} else if len(k.Scopes) == 0 {
		faults.Add("scopes", "keys.scopes_missing")
	}
	for _, text := range n.Networks {
		network, ok := parseNetwork(text)
		if !ok {
			faults.Add("networks", "keys.network_wrong", "network", text)
			break
		}
		k.Networks = append(k.Networks, network)
	}
	if len(k.Networks) > MaxNetworks {
		faults.Add("networks", "keys.networks_many", "n", MaxNetworks)
	}
	k.PerMinute = checkPerMinute(n.PerMinute, &faults)
	return k, faults.Err()
}

// parseNetwork reads a network, or a single address as a network of its own.
func parseNetwork(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil && !p.Addr().Is4In6() {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
