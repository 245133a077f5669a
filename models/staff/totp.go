package staff

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// A code of an app holds for half a minute; one step earlier or later is taken
// too, for a clock that is off.
const (
	totpStep   = 30 // seconds
	totpSkew   = 1  // steps
	totpLength = 20 // bytes of what the app and we share
)

// MaxFactors is how many apps, and how many passkeys, a person has at most.
const MaxFactors = 10

// Offer is what a new app of codes is given.
type Offer struct {
	Secret string // in base32, for typing
	URI    string // the same and more, for a QR code
}

// OfferTOTP returns what an app is given in a session. It stays the same until
// the app is added, so that a page that is loaded again shows no other.
func (p *People) OfferTOTP(ctx context.Context, a Actor) (o Offer, err error) {
	var login string
	var n int
	err = p.d.QueryRow(ctx, `select p.login, (select count(*) from staff_totps t where t.staff_id = p.id) from staff p where p.id = $1`, a.ID).Scan(&login, &n)
	if db.NotFound(err) {
		return o, fault.New(fault.Unauthenticated, "")
	}
	if err != nil {
		return o, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: p.name, AccountName: login, Secret: p.offered(a, n), Period: totpStep})
	if err != nil {
		return o, fmt.Errorf("staff: offering an app of codes: %w", err)
	}
	return Offer{Secret: key.Secret(), URI: key.URL()}, nil
}

// offered is what the next app is given in a session, after so many before it.
func (p *People) offered(a Actor, before int) []byte {
	h := hmac.New(sha256.New, p.offerKey)
	fmt.Fprintf(h, "%s\x00%s\x00%d", a.ID, a.SessionID, before)
	return h.Sum(nil)[:totpLength]
}

// addTOTP adds the app that was offered in a session to who shows a code of it.
// It returns fault.Invalid for the fields "name" and "code".
func (p *People) addTOTP(ctx context.Context, tx *db.Tx, a Actor, name, code string, now time.Time) (id string, err error) {
	if err := nameFault(name); err != nil {
		return "", err
	}
	if err := tx.Lock(ctx, factorFor(a.ID)); err != nil {
		return "", err
	}
	var ever, active int
	err = tx.QueryRow(ctx, `select count(*), coalesce(sum(case when removed_at is null then 1 else 0 end), 0) from staff_totps where staff_id = $1`, a.ID).Scan(&ever, &active)
	if err != nil {
		return "", err
	}
	if active >= MaxFactors {
		return "", fault.New(fault.Conflict, "staff.own.too_many", "n", MaxFactors)
	}
	secret := p.offered(a, ever)
	step, ok, err := matchingStep(secret, code, 0, now)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fieldFault("code", "staff.own.code_wrong")
	}
	id = newID("tf", now)
	_, err = tx.Exec(ctx, `insert into staff_totps (id, staff_id, name, secret, last_step, added_at) values ($1, $2, $3, $4, $5, $6)`,
		id, a.ID, name, p.seal.Seal(nil, nil, secret, []byte(id)), step, now)
	return id, err
}

// useTOTP reports whether a code is right for one of a person's apps, and uses
// it up. It returns errLocked where no app takes it and one can't be read.
func (p *People) useTOTP(ctx context.Context, tx *db.Tx, staffID, code string, now time.Time) (bool, error) {
	type app struct {
		id     string
		sealed []byte
		last   int64
	}
	var apps []app
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a app
			err := rows.Scan(&a.id, &a.sealed, &a.last)
			apps = append(apps, a)
			return err
		})
	}, `select id, secret, last_step from staff_totps where staff_id = $1 and removed_at is null order by added_at`, staffID)
	if err != nil {
		return false, err
	}
	locked := 0
	for _, a := range apps {
		secret, err := p.seal.Open(nil, nil, a.sealed, []byte(a.id))
		if err != nil {
			locked++ // sealed with another site secret; a second app may be newer
			continue
		}
		step, ok, err := matchingStep(secret, code, a.last, now)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		n, err := tx.Exec(ctx, `update staff_totps set last_step = $2 where id = $1 and last_step < $2`, a.id, step)
		return n == 1, err
	}
	if locked > 0 {
		return false, errLocked
	}
	return false, nil
}

// errLocked says that no code of an app can be right, since the site's secret is
// another than when it was added.
var errLocked = fieldFault("code", "staff.login.code_locked")

// matchingStep returns the step after the last one used whose code was typed.
func matchingStep(secret []byte, code string, last int64, now time.Time) (step int64, ok bool, err error) {
	shared := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	options := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	present := now.Unix() / totpStep
	for at := present - totpSkew; at <= present+totpSkew; at++ {
		want, err := hotp.GenerateCodeCustom(shared, uint64(at), options)
		if err != nil {
			return 0, false, fmt.Errorf("staff: a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && at > last {
			step, ok = at, true
		}
	}
	return step, ok, nil
}
