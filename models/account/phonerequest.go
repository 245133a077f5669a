package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
)

// PhoneRequest is a request for another number to sign in with, which staff
// check against its evidence: the old number is lost, or was never the
// merchant's.
type PhoneRequest struct {
	ID          string
	ByUserID    string // empty: from someone who could not sign in
	NewPhone    string // E.164
	State       PhoneRequestState
	RequestedAt time.Time
	DecidedAt   time.Time // zero: not yet
}

// PhoneRequestState is how far such a request has come.
type PhoneRequestState string

// The states of a request for another number.
const (
	RequestReceived  PhoneRequestState = "received"
	RequestApproved  PhoneRequestState = "approved"
	RequestRefused   PhoneRequestState = "refused"
	RequestWithdrawn PhoneRequestState = "withdrawn"
)

const requestsQuery = `select id, user_id, new_phone, state, requested_at, decided_at from phone_changes`

func (r *PhoneRequest) scan(row scanned) error {
	var by db.Text
	var state string
	var decided db.Time
	err := row.Scan(&r.ID, &by, &r.NewPhone, &state, &r.RequestedAt, &decided)
	r.ByUserID, r.State, r.DecidedAt = string(by), PhoneRequestState(state), decided.Time
	return err
}

// Evidence is a file that shows whose number it is.
type Evidence struct {
	Name    string // as the sender's device calls it
	Content []byte
}

// The limits of evidence and of the words to it.
const (
	MaxEvidence      = 3
	MaxEvidenceBytes = 5 << 20 // each
	MaxReason        = 500     // characters
	maxFileName      = 100     // characters; more is cut
)

// evidenceTypes are the kinds of file that staff can look at safely, as their
// content shows.
var evidenceTypes = []string{"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "application/pdf"}

// Limits of requests, since each tells two numbers by text message.
const (
	requestsADayFrom = 5 // one address
	requestsADayFor  = 3 // one new number
	openRequests     = 3 // of one merchant at the same time
)

// NumberRequest asks for another number.
type NumberRequest struct {
	MerchantRef string // the merchant's number on a receipt; only from who could not sign in
	NewPhone    string // as written
	Reason      string
	Files       []Evidence
}

// checked is a request whose fields are right.
type checked struct {
	ref, phone, reason string
	files              []evidence
}

type evidence struct {
	name, mediaType string
	content, sha256 []byte
}

func (in *NumberRequest) check(given GivenNumbers, needsRef bool) (c checked, err error) {
	var fields fault.Fields
	c.ref = strings.TrimSpace(in.MerchantRef)
	if needsRef && c.ref == "" {
		fields.Add("merchant", "account.request.merchant_empty")
	}
	phone, ok := ParsePhone(in.NewPhone)
	switch {
	case in.NewPhone == "":
		fields.Add("phone", "account.request.phone_empty")
	case !ok:
		fields.Add("phone", "login.phone.wrong")
	default:
		given.Check(&fields, "phone", phone)
	}
	c.phone = phone
	c.reason = strings.TrimSpace(in.Reason)
	switch n := utf8.RuneCountInString(c.reason); {
	case n == 0:
		fields.Add("reason", "account.request.reason_empty")
	case n > MaxReason:
		fields.Add("reason", "account.request.reason_long", "n", MaxReason)
	}
	switch {
	case len(in.Files) == 0:
		fields.Add("files", "account.request.files_none")
	case len(in.Files) > MaxEvidence:
		fields.Add("files", "account.request.files_many", "n", MaxEvidence)
	}
	for _, f := range in.Files[:min(len(in.Files), MaxEvidence)] { // those beyond are said to be too many
		kind := mimetype.Detect(f.Content)
		switch {
		case len(f.Content) > MaxEvidenceBytes:
			fields.Add("files", "account.request.file_large", "name", f.Name, "n", MaxEvidenceBytes>>20)
		case !mimetype.EqualsAny(kind.String(), evidenceTypes...):
			fields.Add("files", "account.request.file_kind", "name", f.Name)
		}
		sum := sha256.Sum256(f.Content)
		c.files = append(c.files, evidence{name: fileName(f.Name), mediaType: kind.String(), content: f.Content, sha256: sum[:]})
	}
	return c, fields.Err()
}

// fileName keeps the last part of a name, since some devices send a whole path.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.ToValidUTF8(name, "")
	if r := []rune(name); len(r) > maxFileName {
		name = string(r[:maxFileName])
	}
	return cmp.Or(name, "file")
}

// RequestPhone asks staff to let another number sign in for the merchant whose
// account is open. It takes an owner, and returns fault.Invalid for the fields
// "phone", "reason" and "files", fault.Conflict where three requests of the
// merchant wait, and fault.TooMany with "wait".
func (a *Accounts) RequestPhone(ctx context.Context, w Who, in NumberRequest) (requestID string, err error) {
	c, err := in.check(a.given, false)
	if err != nil {
		return "", err
	}
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := may(ctx, tx, &w, ChangePhone); err != nil {
			return err
		}
		if err := requestMayCome(ctx, tx, c.phone, w.Address, now); err != nil {
			return err
		}
		full, err := hasOpenRequests(ctx, tx, w.MerchantID)
		if err != nil {
			return err
		}
		if full {
			return fault.New(fault.Conflict, "account.request.open")
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		requestID, err = a.storeRequest(ctx, tx, w.MerchantID, u.id, u.phone, c, &w.Visit, now)
		return err
	})
	return requestID, err
}

// RequestPhoneUnknown is RequestPhone for someone who can't sign in, and names
// the merchant by its number. A number that no merchant has is answered alike,
// and the new number is told alike: nobody learns who is a merchant. Owners of
// the merchant are told, so that no number is changed behind their back.
//
// It returns fault.Invalid for the fields "merchant", "phone", "reason" and
// "files", and fault.TooMany with "wait".
func (a *Accounts) RequestPhoneUnknown(ctx context.Context, v Visit, in NumberRequest) error {
	c, err := in.check(a.given, true)
	if err != nil {
		return err
	}
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := requestMayCome(ctx, tx, c.phone, v.Address, now); err != nil {
			return err
		}
		var merchantID int64
		var onFile string
		err := tx.QueryRow(ctx, `select id, phone from merchants where ref = $1`, c.ref).Scan(&merchantID, &onFile)
		if err != nil && !db.NotFound(err) {
			return err
		}
		full, err := hasOpenRequests(ctx, tx, merchantID)
		if err != nil {
			return err
		}
		if merchantID == 0 || full {
			if err := a.tellNewNumber(ctx, tx, ByStrangers, c.phone, &v, now); err != nil {
				return err
			}
			return audit.Write(ctx, tx, audit.Entry{
				At: now, Actor: byUser(""), MerchantID: merchantID, Action: "phone.request_dropped", Subject: "phone_changes",
				Details: map[string]any{"full": full}, RequestID: v.RequestID,
			})
		}
		old, ok := ParsePhone(onFile)
		if !ok {
			old = onFile
		}
		_, err = a.storeRequest(ctx, tx, merchantID, "", old, c, &v, now)
		return err
	})
}

// requestMayCome holds the limits of requests, and counts this one.
func requestMayCome(ctx context.Context, tx *db.Tx, phone, address string, now time.Time) error {
	limits := []struct {
		key  string
		most int
	}{{"request for " + phone, requestsADayFor}, {"request from " + attempt.Neighbourhood(address), requestsADayFrom}}
	for _, l := range limits {
		if err := attempt.Within(ctx, tx, l.key, l.most, day, now, "login.code.busy"); err != nil {
			return err
		}
	}
	for _, l := range limits {
		if err := attempt.Note(ctx, tx, l.key, now); err != nil {
			return err
		}
	}
	return nil
}

func hasOpenRequests(ctx context.Context, tx *db.Tx, merchantID int64) (bool, error) {
	var open int
	err := tx.QueryRow(ctx, `select count(*) from phone_changes where merchant_id = $1 and state = $2`, merchantID, string(RequestReceived)).Scan(&open)
	return open >= openRequests, err
}

func (a *Accounts) storeRequest(ctx context.Context, tx *db.Tx, merchantID int64, userID, oldPhone string, c checked, v *Visit, now time.Time) (string, error) {
	name := id.New("pc", now)
	_, err := tx.Exec(ctx, `
		insert into phone_changes (id, user_id, merchant_id, old_phone, new_phone, reason, state, requested_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		name, db.Text(userID), merchantID, oldPhone, c.phone, c.reason, string(RequestReceived), now)
	if err != nil {
		return "", err
	}
	for _, f := range c.files {
		_, err := tx.Exec(ctx, `
			insert into phone_change_files (id, phone_change_id, name, media_type, size, sha256, content)
			values ($1, $2, $3, $4, $5, $6, $7)`,
			id.New("pf", now), name, f.name, f.mediaType, len(f.content), f.sha256, f.content)
		if err != nil {
			return "", err
		}
	}
	by := ByMerchants
	if userID == "" {
		by = ByStrangers
	}
	if err := a.tellNewNumber(ctx, tx, by, c.phone, v, now); err != nil {
		return "", err
	}
	if err := a.tellOwners(ctx, tx, merchantID, c.phone, v, now); err != nil {
		return "", err
	}
	return name, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: byUser(userID), MerchantID: merchantID, Action: "phone.request", Subject: name,
		Details: map[string]any{"files": len(c.files)}, RequestID: v.RequestID,
	})
}

// tellNewNumber tells a number that it was asked for, as long as such messages may
// go out. The request stands without it, and nobody learns that it was not sent.
func (a *Accounts) tellNewNumber(ctx context.Context, tx *db.Tx, by Giver, phone string, v *Visit, now time.Time) error {
	if skip, err := a.given.countOrSkip(ctx, tx, by, now); err != nil || skip {
		return err
	}
	return a.tell(ctx, tx, phone, cmp.Or(v.Locale, defaultLocale), outbox.PhoneRequest, now, "account.sms.request_new")
}

// tellOwners tells those who can sign in as owners now that another number was
// asked for.
func (a *Accounts) tellOwners(ctx context.Context, tx *db.Tx, merchantID int64, newPhone string, v *Visit, now time.Time) error {
	var owners []user
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var u user
			var locale db.Text
			err := rows.Scan(&u.phone, &locale)
			u.locale = string(locale)
			owners = append(owners, u)
			return err
		})
	}, `
		select u.phone, u.locale from memberships x join users u on u.id = x.user_id
		where x.merchant_id = $1 and x.role = $2 and x.ended_at is null and u.phone <> $3`, merchantID, string(Owner), newPhone)
	if err != nil {
		return err
	}
	for _, u := range owners {
		err := a.tell(ctx, tx, u.phone, u.localeOr(v.Locale), outbox.PhoneRequest, now, "account.sms.request_owner", "at", now, "tail", lastFour(newPhone))
		if err != nil {
			return err
		}
	}
	return nil
}

// WithdrawPhoneRequest takes back a request that the same person made and that
// staff have not decided. It returns fault.NotFound where there is no such one.
func (a *Accounts) WithdrawPhoneRequest(ctx context.Context, w Who, requestID string) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		n, err := tx.Exec(ctx, `
			update phone_changes set state = $4, decided_at = $5, decided_by = $3
			where id = $1 and merchant_id = $2 and user_id = $3 and state = 'received'`,
			requestID, w.MerchantID, w.UserID, string(RequestWithdrawn), now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "account.request.gone")
		}
		return audit.Write(ctx, tx, w.entry(now, "phone.withdraw", requestID, nil))
	})
}
