package account

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// How long a session lives: as long as it is used at least once in a while, and
// not for ever even then. A shop's phone that is opened once a month stays
// signed in; one that was sold does not.
const (
	SessionIdle  = 30 * 24 * time.Hour
	SessionLasts = 90 * 24 * time.Hour
)

// seenEvery is how old a session's last sight may be before it is noted anew.
const seenEvery = 5 * time.Minute

// mostChoices is how many other merchants of a user a session carries, for the
// menu of every page.
const mostChoices = 50

// Session is who is signed in, and for which merchant.
type Session struct {
	ID           string // public, not the token
	UserID       string
	Name         string // in the account that is open, see Called; without one their own, or what they are called anywhere
	Locale       string // empty: none chosen
	MerchantID   int64  // 0: none chosen, or the user belongs to it no more
	MerchantName string
	Role         Role         // empty without a merchant
	Others       []Membership // other merchants the user belongs to, at most mostChoices, by name
	Stale        bool         // it is time to note that the session was seen
}

// Membership is a merchant that a user belongs to.
type Membership struct {
	MerchantID   int64
	MerchantName string
	Role         Role
}

// FindSession returns the live session with the token's hash, or false, and
// writes nothing. What is to be read along goes with it in one round trip, with
// the token's hash as its first argument: it is read before anyone has checked
// who asks, and its reader must keep it back until then.
func (a *Accounts) FindSession(ctx context.Context, tokenHash []byte, along ...db.Statement) (s Session, found bool, err error) {
	now := a.clock.Now()
	find := sessionFinder{session: &s, now: now}
	args := []any{tokenHash, now, now.Add(-SessionIdle), mostChoices + 1}
	if len(along) == 0 {
		err = a.d.Query(ctx, find.read, findSession, args...)
		return s, find.found && err == nil, err
	}
	b := db.NewBatch()
	b.Apart()
	b.Add(findSession, args, find.read)
	for _, other := range along {
		b.Add(other.SQL, append([]any{tokenHash}, other.Args...), other.Read)
	}
	err = a.d.Read(ctx, b)
	return s, find.found && err == nil, err
}

// findSession finds the live session with the hash $1 of its token.
const findSession = `
	select s.id, u.id, u.name, x.name, u.locale, s.last_seen_at, s.merchant_id, m.id, m.name, x.role
	from sessions s
	join users u on u.id = s.user_id
	left join memberships x on x.user_id = s.user_id and x.ended_at is null
	left join merchants m on m.id = x.merchant_id
	where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and s.last_seen_at > $3
	order by case when m.id = s.merchant_id then 0 else 1 end, m.name, m.id
	limit $4`

// sessionFinder reads what findSession selects: a row for each merchant of the
// user.
type sessionFinder struct {
	session *Session
	now     time.Time
	found   bool
}

func (f *sessionFinder) read(rows db.Rows) error {
	var (
		own                           string
		given, locale, merchant, role db.Text
		open, id                      sql.NullInt64
		seen                          time.Time
	)
	s := f.session
	dest := []any{&s.ID, &s.UserID, &own, &given, &locale, &seen, &open, &id, &merchant, &role}
	return db.Each(rows, func() error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if !f.found {
			s.Name = own
		}
		f.found = true
		s.Locale, s.Stale = string(locale), f.now.Sub(seen) >= seenEvery
		switch {
		case !id.Valid:
		case open.Valid && open.Int64 == id.Int64:
			s.MerchantID, s.MerchantName, s.Role = id.Int64, string(merchant), Role(role)
			s.Name = cmp.Or(string(given), own)
		default:
			s.Name = cmp.Or(s.Name, string(given))
			s.Others = append(s.Others, Membership{id.Int64, string(merchant), Role(role)})
		}
		return nil
	})
}

// SawSessions notes that sessions were used, so that they stay alive.
func (a *Accounts) SawSessions(ctx context.Context, sessionIDs []string) error {
	if len(sessionIDs) == 0 {
		return nil
	}
	now := a.clock.Now()
	return a.d.Write(ctx, func(tx *db.Tx) error {
		for _, name := range sessionIDs {
			if _, err := tx.Exec(ctx, `update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2`, name, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndSession signs out the session with the token's hash; one that is not there
// or has ended is left as it is.
func (a *Accounts) EndSession(ctx context.Context, tokenHash []byte) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		var name, userID string
		var merchantID *int64
		err := tx.QueryRow(ctx, `select id, user_id, merchant_id from sessions where token_hash = $1 and ended_at is null`, tokenHash).
			Scan(&name, &userID, &merchantID)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update sessions set ended_at = $2 where id = $1 and ended_at is null`, name, now)
		if err != nil || n == 0 {
			return err // somebody was quicker
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: byUser(userID), MerchantID: zeroOr(merchantID), Action: "session.end", Subject: name,
		})
	})
}

func zeroOr(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// Browser is where a session begins.
type Browser struct {
	Visit
	TokenHash []byte // SHA-256 of the session's token
	Device    Device
}

// SignedIn is what a sign-in came to.
type SignedIn struct {
	SessionID  string
	UserID     string
	MerchantID int64 // 0: there is none, or the user has to choose
	Choices    int   // how many merchants the user belongs to
	NewDevice  bool  // the user was told of it
}

// StartSession signs a user in without asking for anything, on the word of the
// caller, who says in the record by which way it came.
func (a *Accounts) StartSession(ctx context.Context, userID, way string, b Browser) (s SignedIn, err error) {
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		u, err := userByID(ctx, tx, userID)
		if err != nil {
			return err
		}
		s, err = a.startSession(ctx, tx, u, way, b)
		return err
	})
	return s, err
}

// startSession opens a session for the merchant that the user looked at last,
// or their only one. Who had closed an account has it back.
func (a *Accounts) startSession(ctx context.Context, tx *db.Tx, u user, way string, b Browser) (s SignedIn, err error) {
	if err := a.reopen(ctx, tx, u, b, a.clock.Now()); err != nil {
		return s, err
	}
	merchantID, choices, err := merchantToOpen(ctx, tx, u.id)
	if err != nil {
		return s, err
	}
	s, err = a.openSession(ctx, tx, u, way, b, merchantID)
	s.Choices = choices
	return s, err
}

// openSession opens a session for a merchant of the user's, or for none yet.
func (a *Accounts) openSession(ctx context.Context, tx *db.Tx, u user, way string, b Browser, merchantID int64) (s SignedIn, err error) {
	now := a.clock.Now()
	s = SignedIn{SessionID: id.New("ss", now), UserID: u.id, MerchantID: merchantID}
	_, err = tx.Exec(ctx, `
		insert into sessions (id, token_hash, user_id, merchant_id, created_at, last_seen_at, expires_at, device, address)
		values ($1, $2, $3, $4, $5, $5, $6, $7, $8)`,
		s.SessionID, b.TokenHash, u.id, orNull(s.MerchantID), now, now.Add(SessionLasts), b.Device.String(), b.Address)
	if err != nil {
		return s, fmt.Errorf("account: starting a session: %w", err)
	}
	if s.NewDevice, err = a.knowDevice(ctx, tx, u, b, now); err != nil {
		return s, err
	}
	return s, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: byUser(u.id), MerchantID: s.MerchantID, Action: "session.start", Subject: s.SessionID,
		Details: map[string]any{"way": way, "new_device": s.NewDevice}, RequestID: b.RequestID,
	})
}

func orNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// merchantToOpen returns the merchant whose account a user's new session opens:
// the one they looked at last, or the only one; else none, for them to choose.
func merchantToOpen(ctx context.Context, r db.Reader, userID string) (merchantID int64, choices int, err error) {
	var last, only *int64
	err = r.QueryRow(ctx, `
		select count(*), min(merchant_id), (
			select s.merchant_id from sessions s
			join memberships x on x.user_id = s.user_id and x.merchant_id = s.merchant_id and x.ended_at is null
			where s.user_id = $1 order by s.created_at desc limit 1)
		from memberships where user_id = $1 and ended_at is null`, userID).Scan(&choices, &only, &last)
	switch {
	case err != nil:
		return 0, 0, err
	case last != nil:
		return *last, choices, nil
	case choices == 1:
		return *only, choices, nil
	}
	return 0, choices, nil
}
