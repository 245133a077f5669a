package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Find returns whose key a secret is, in one question, or fault.Unauthenticated
// where it is nobody's, or nobody's any more.
func Find(ctx context.Context, r db.Reader, now time.Time, secret string) (*Caller, error) {
	if !isSecret(secret) {
		return nil, fault.New(fault.Unauthenticated, "api.key_unknown")
	}
	var c Caller
	var scopes, networks string
	err := r.QueryRow(ctx, `
		select k.id, k.name, k.scopes, k.networks, k.per_minute from api_key_secrets s join api_keys k on k.id = s.key_id
		where s.hash = $1 and k.revoked_at is null and (s.ends_at is null or s.ends_at > $2)`, hashOf(secret), now).
		Scan(&c.KeyID, &c.Name, &scopes, &networks, &c.PerMinute)
	if db.NotFound(err) {
		return nil, fault.New(fault.Unauthenticated, "api.key_unknown")
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "")
	}
	c.Scopes = splitScopes(scopes)
	if c.Networks, err = splitNetworks(networks); err != nil {
		return nil, err
	}
	return &c, nil
}
