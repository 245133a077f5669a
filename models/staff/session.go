package staff

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// How long a session lives: half an hour unused, and a working day at most. One
// that waits for the second factor has half an hour in all.
const (
	SessionIdle  = 30 * time.Minute
	SessionLasts = 12 * time.Hour
	halfLasts    = 30 * time.Minute
)

// seenEvery is how old a session's last sight may be before it is noted anew.
const seenEvery = time.Minute

// Session is a session of a member of staff. Only one that is verified opens
// anything; one that is not stands between the password and the second factor.
type Session struct {
	Actor       Actor
	Verified    bool // a second factor was shown
	OwnPassword bool // the password is the person's own, not one they were given
	HasTOTP     bool // they have an app of codes
	HasPasskey  bool // they have a passkey
	Stale       bool // it is time to note that the session was seen
}

// HasFactor reports whether the person has a second factor.
func (s Session) HasFactor() bool { return s.HasTOTP || s.HasPasskey }

// SetUp reports whether the person has all that it takes to sign in.
func (s Session) SetUp() bool { return s.OwnPassword && s.HasFactor() }

// FindSession returns the live session with the token's hash, or false. It asks
// one query and writes nothing.
func (p *People) FindSession(ctx context.Context, tokenHash []byte) (s Session, found bool, err error) {
	now := p.clock.Now()
	err = p.d.Query(ctx, func(rows db.Rows) error {
		var locale, role db.Text
		var seen time.Time
		dest := []any{&s.Actor.SessionID, &s.Verified, &seen, &s.Actor.ID, &s.Actor.Name, &locale, &s.OwnPassword, &s.HasTOTP, &s.HasPasskey, &role}
		return db.Each(rows, func() error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			found = true
			s.Actor.Locale, s.Stale = string(locale), now.Sub(seen) >= seenEvery
			if role != "" {
				s.Actor.Roles = append(s.Actor.Roles, Role(role))
			}
			return nil
		})
	}, `
		select s.id, s.verified_at is not null, s.last_seen_at, p.id, p.name, p.locale, p.given_until is null, `+hasTOTP+`, `+hasPasskey+`, r.role
		from staff_sessions s
		join staff p on p.id = s.staff_id
		left join staff_role_changes r on r.staff_id = p.id and r.granted and `+isLatest+`
		where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and s.last_seen_at > $3 and p.disabled_at is null
		order by r.role`, tokenHash, now, now.Add(-SessionIdle))
	return s, found && err == nil, err
}

// The first three say of the person p which second factors they have, isLatest
// of the role change r whether it still holds.
const (
	hasTOTP    = `exists (select 1 from staff_totps t where t.staff_id = p.id and t.removed_at is null)`
	hasPasskey = `exists (select 1 from staff_passkeys k where k.staff_id = p.id and k.removed_at is null)`
	hasFactor  = `(` + hasTOTP + ` or ` + hasPasskey + `)`
	isLatest   = `not exists (select 1 from staff_role_changes l where l.staff_id = r.staff_id and l.role = r.role and l.seq > r.seq)`
)

// SawSessions notes that sessions were used, so that they stay alive.
func (p *People) SawSessions(ctx context.Context, sessionIDs []string) error {
	if len(sessionIDs) == 0 {
		return nil
	}
	now := p.clock.Now()
	return p.d.Write(ctx, func(tx *db.Tx) error {
		for _, name := range sessionIDs {
			if _, err := tx.Exec(ctx, `update staff_sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2`, name, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndSession signs out the session with the token's hash; one that is not there
// or has ended is left as it is.
func (p *People) EndSession(ctx context.Context, tokenHash []byte) error {
	return p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		var name, staffID string
		var verified bool
		err := tx.QueryRow(ctx, `select id, staff_id, verified_at is not null from staff_sessions where token_hash = $1 and ended_at is null`, tokenHash).
			Scan(&name, &staffID, &verified)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update staff_sessions set ended_at = $2, challenge = null where id = $1 and ended_at is null`, name, now)
		if err != nil || n == 0 {
			return err // somebody was quicker
		}
		if !verified {
			return nil // it opened nothing, and the next step's session follows it
		}
		return audit.Write(ctx, tx, audit.Entry{At: now, Actor: byPerson(staffID), Action: "staff.session.end", Subject: name})
	})
}

// startHalf opens the session of someone who has shown their password.
func (p *People) startHalf(ctx context.Context, tx *db.Tx, staffID string, b Browser, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into staff_sessions (id, token_hash, staff_id, created_at, last_seen_at, expires_at, device, device_hash, address)
		values ($1, $2, $3, $4, $4, $5, $6, $7, $8)`,
		id.New("sf", now), b.TokenHash, staffID, now, now.Add(halfLasts), b.Device, b.DeviceHash, b.Address)
	return err
}

// startVerified opens the session of someone who has shown all there is to show,
// by the way given.
func (p *People) startVerified(ctx context.Context, tx *db.Tx, staffID, way string, b Browser, now time.Time) error {
	name := id.New("sf", now)
	_, err := tx.Exec(ctx, `
		insert into staff_sessions (id, token_hash, staff_id, created_at, last_seen_at, expires_at, verified_at, device, device_hash, address)
		values ($1, $2, $3, $4, $4, $5, $4, $6, $7, $8)`,
		name, b.TokenHash, staffID, now, now.Add(SessionLasts), b.Device, b.DeviceHash, b.Address)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: byPerson(staffID), Action: "staff.session.start", Subject: name, Details: map[string]any{"way": way}, RequestID: b.RequestID,
	})
}

// KeepLocale stores the language that a person switches to, as its BCP 47 tag.
func (p *People) KeepLocale(ctx context.Context, staffID, locale string) error {
	return p.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update staff set locale = $2 where id = $1`, staffID, locale)
		return err
	})
}
