package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
)

const (
	codeLasts  = 5 * time.Minute
	codeTries  = 5
	codeDigits = 6
)

// purpose is what a code is for. It goes into the code's hash, so that a code
// sent for one purpose does not serve another.
type purpose string

const (
	toSignIn    purpose = "sign in"
	toOwnNumber purpose = "own number" // followed by the user who says the number is theirs
)

// SendCode sends a code to sign in to a phone number that a user has. It returns
// the number in E.164 and the code's name, by which the browser that asked, and no
// other, may use it: whoever else asks for one neither voids it nor tries it.
//
// For a number that no user has everything is the same, the limits and the row
// of a code included, but no message goes out, and the code is one that nobody
// knows: the caller learns nothing about who is registered.
//
// It returns fault.Invalid for the field "phone", and fault.TooMany with "wait". A
// device that has signed in to the number before waits for nobody's codes but its
// own.
func (a *Accounts) SendCode(ctx context.Context, written string, v Visit) (phone, name string, err error) {
	phone, err = phoneField(written)
	if err != nil {
		return "", "", err
	}
	code := newCode()
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		u, known, err := userByPhone(ctx, tx, phone)
		if err != nil {
			return err
		}
		by, err := askerOf(ctx, tx, u, v)
		if err != nil {
			return err
		}
		if err := codeMayGo(ctx, tx, phone, by, v.Address, now); err != nil {
			return err
		}
		name, err = a.storeCode(ctx, tx, toSignIn, phone, code, now)
		if err != nil {
			return err
		}
		if known {
			locale := u.localeOr(v.Locale)
			m := outbox.Message{Kind: outbox.SignInCode, To: phone, Locale: locale, Text: a.words(locale, "login.sms.code", "code", code)}
			if _, err := outbox.Queue(ctx, tx, a.jobs, now, m); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: byUser(u.id), Action: "code.send", Subject: name,
			Details: map[string]any{"known": known}, RequestID: v.RequestID,
		})
	})
	if err != nil {
		return "", "", err
	}
	return phone, name, nil
}

// KeepCode returns the names of the codes that a browser has asked for, with one
// more: those that may still serve.
func KeepCode(names []string, name string) []string {
	names = append(slices.Clone(names), name)
	return names[max(0, len(names)-liveCodesOfABrowser):]
}

// phoneField reads the number of a form.
func phoneField(written string) (string, error) {
	var fields fault.Fields
	phone, ok := ParsePhone(written)
	switch {
	case written == "":
		fields.Add("phone", "login.phone.empty")
	case !ok:
		fields.Add("phone", "login.phone.wrong")
	}
	return phone, fields.Err()
}

// codeMayGo holds the limits of sending codes, and counts this one. The wait
// after each code of an hour is twice the one before.
func codeMayGo(ctx context.Context, tx *db.Tx, phone string, by attempt.Asker, address string, now time.Time) error {
	all, from := codeTo(phone), codeFrom(address)
	own := by.At(all)
	if err := tx.Lock(ctx, own); err != nil {
		return err
	}
	sent, err := attempt.Latest(ctx, tx, own, now.Add(-day), codesADay)
	if err != nil {
		return err
	}
	if err := attempt.WaitUntil(nextCodeAt(sent, now), now, "login.code.wait"); err != nil {
		return err
	}
	if by.Known() {
		return attempt.Note(ctx, tx, own, now)
	}
	for _, l := range []struct {
		key     string
		most    int
		span    time.Duration
		tooMany string
	}{
		{all, codesAnHourForAll, hour, "login.code.many"}, {all, codesADayForAll, day, "login.code.many"}, {from, codesAnHourFrom, hour, "login.code.busy"},
	} {
		if err := attempt.Within(ctx, tx, l.key, l.most, l.span, now, l.tooMany); err != nil {
			return err
		}
	}
	for _, key := range []string{own, all, from} {
		if err := attempt.Note(ctx, tx, key, now); err != nil {
			return err
		}
	}
	return nil
}

// nextCodeAt returns from when on another code may be sent, after those of the
// last day, the newest first.
func nextCodeAt(sent []time.Time, now time.Time) time.Time {
	inHour := 0
	for inHour < len(sent) && now.Sub(sent[inHour]) < hour {
		inHour++
	}
	var next time.Time
	switch {
	case inHour >= codesAnHour:
		next = sent[codesAnHour-1].Add(hour)
	case inHour > 0:
		next = sent[0].Add(firstResend << (inHour - 1))
	}
	if len(sent) >= codesADay {
		if whenDayEnds := sent[codesADay-1].Add(day); whenDayEnds.After(next) {
			next = whenDayEnds
		}
	}
	return next
}

// storeCode writes a code for the number.
func (a *Accounts) storeCode(ctx context.Context, tx *db.Tx, p purpose, phone, code string, now time.Time) (string, error) {
	name := id.New("sc", now)
	_, err := tx.Exec(ctx, `insert into sign_in_codes (id, phone, code_hash, sent_at, expires_at) values ($1, $2, $3, $4, $5)`,
		name, phone, a.codeHash(p, name, phone, code), now, now.Add(codeLasts))
	return name, err
}

// typedCode is a code as somebody entered it in the browser that had asked for the
// codes named.
type typedCode struct {
	purpose purpose
	phone   string
	names   []string
	digits  string
	by      attempt.Asker
	address string
}

// liveCode is a code that may still serve.
type liveCode struct {
	name  string
	hash  []byte
	tries int
}

// liveCodes returns those of the codes named that were sent to the number, are not
// used and have not expired, the latest first.
func liveCodes(ctx context.Context, tx *db.Tx, phone string, names []string, now time.Time) (live []liveCode, err error) {
	names = names[max(0, len(names)-liveCodesOfABrowser):]
	if len(names) == 0 {
		return nil, nil
	}
	args := []any{phone, now}
	for _, name := range names {
		args = append(args, name)
	}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c liveCode
			err := rows.Scan(&c.name, &c.hash, &c.tries)
			live = append(live, c)
			return err
		})
	}, `
		select id, code_hash, tries from sign_in_codes
		where phone = $1 and used_at is null and expires_at > $2 and id in (`+db.Placeholders(3, len(names))+`)
		order by sent_at desc, id desc`, args...)
	return live, err
}

// checkCode uses up the codes that a browser asked for, if what was typed is one of
// them, or counts a wrong try at each. A refusal is returned apart from an error:
// the count of tries is to be committed with it.
func (a *Accounts) checkCode(ctx context.Context, tx *db.Tx, typed typedCode, now time.Time) (refusal, err error) {
	if err := tx.Lock(ctx, codeTo(typed.phone)); err != nil {
		return nil, err
	}
	from := wrongCodeFrom(typed.address)
	if !typed.by.Known() {
		if err := attempt.Within(ctx, tx, from, wrongCodesFrom, hour, now, "login.code.busy"); err != nil {
			return nil, err
		}
	}
	live, err := liveCodes(ctx, tx, typed.phone, typed.names, now)
	if err != nil {
		return nil, err
	}
	if len(live) == 0 {
		return wrongCode("login.code.expired"), nil
	}
	left, right := 0, false
	for _, c := range live {
		if c.tries >= codeTries {
			continue
		}
		left = max(left, codeTries-c.tries)
		right = right || subtle.ConstantTimeCompare(c.hash, a.codeHash(typed.purpose, c.name, typed.phone, typed.digits)) == 1
	}
	if left == 0 {
		return wrongCode("login.code.spent"), nil
	}
	change := `update sign_in_codes set tries = tries + 1 where id = $1`
	if right {
		change = `update sign_in_codes set used_at = $2 where id = $1`
	}
	for _, c := range live {
		args := []any{c.name}
		if right {
			args = append(args, now)
		}
		if _, err := tx.Exec(ctx, change, args...); err != nil {
			return nil, err
		}
	}
	if right {
		return nil, nil
	}
	if !typed.by.Known() {
		if err := attempt.Note(ctx, tx, from, now); err != nil {
			return nil, err
		}
	}
	if left--; left == 0 {
		return wrongCode("login.code.spent"), nil
	}
	return wrongCode("login.code.wrong", "n", left), nil
}

func wrongCode(key string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "code", Key: key, Args: args}}}
}

// codeField says what is wrong with a code that can't be one, which costs no try.
func codeField(code string) error {
	digits := len(code) == codeDigits
	for _, r := range code {
		digits = digits && r >= '0' && r <= '9'
	}
	switch {
	case code == "":
		return wrongCode("login.code.empty")
	case !digits:
		return wrongCode("login.code.digits")
	}
	return nil
}

// codeHash is what is kept of a code: an HMAC under a key that is not in the
// database. There are only a million codes, so that a plain hash, however slow,
// could be turned back by whoever has the rows; without the key this one can't,
// and it costs nothing to check.
func (a *Accounts) codeHash(p purpose, name, phone, code string) []byte {
	h := hmac.New(sha256.New, a.codeKey)
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s", p, name, phone, code)
	return h.Sum(nil)
}

// newCode returns six random digits.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // the source of randomness never fails: the program ends if it would
	}
	return fmt.Sprintf("%06d", n)
}
