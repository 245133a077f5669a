package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
)

// PhoneCheck is a request for another number as staff check it. Numbers and names
// are personal data, to be masked in a list.
type PhoneCheck struct {
	PhoneRequest
	MerchantRef string
	Merchant    string
	ByName      string // of who asked; empty: someone who could not sign in
	OldPhone    string // that signs in now, or as the core system has it
	Reason      string
	FirstID     string // who found it right first; empty: nobody has
	FirstBy     string
	FirstAt     time.Time
	Files       []EvidenceFile
}

// EvidenceFile is a file of a request.
type EvidenceFile struct {
	ID    string
	Name  string
	Bytes int64
}

const checksShown = 50

const checksQuery = `
	select c.id, c.user_id, c.new_phone, c.state, c.requested_at, c.decided_at, m.ref, m.name, u.name, c.old_phone, c.reason, c.first_by, c.first_name, c.first_at
	from phone_changes c join merchants m on m.id = c.merchant_id left join users u on u.id = c.user_id`

func (p *PhoneCheck) scan(row scanned) error {
	var by, name, first, firstName db.Text
	var state string
	var decided, firstAt db.Time
	err := row.Scan(&p.ID, &by, &p.NewPhone, &state, &p.RequestedAt, &decided, &p.MerchantRef, &p.Merchant, &name, &p.OldPhone, &p.Reason, &first, &firstName, &firstAt)
	p.ByUserID, p.ByName, p.State, p.DecidedAt = string(by), string(name), PhoneRequestState(state), decided.Time
	p.FirstID, p.FirstBy, p.FirstAt = string(first), string(firstName), firstAt.Time
	return err
}

// ListPhoneChecks returns the requests for another number that wait, the longest
// waiting first, at most fifty. It returns fault.Forbidden.
func ListPhoneChecks(ctx context.Context, r db.Reader, by staff.Actor) (all []PhoneCheck, err error) {
	if err := by.Must(staff.Unmask); err != nil {
		return nil, err
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p PhoneCheck
			err := p.scan(rows)
			all = append(all, p)
			return err
		})
	}, checksQuery+` where c.state = 'received' order by c.requested_at, c.id limit $1`, checksShown)
	return all, err
}

// CountPhoneChecks adds to a batch how many such requests wait.
func CountPhoneChecks(b *db.Batch, n *int) {
	b.Add(`select count(*) from phone_changes where state = 'received'`, nil, func(rows db.Rows) error { return db.First(rows, n) })
}

// ReadPhoneCheck returns a request with its files, in one round trip. It returns
// fault.Forbidden and fault.NotFound.
func ReadPhoneCheck(ctx context.Context, r db.Reader, by staff.Actor, requestID string) (p PhoneCheck, err error) {
	if err := by.Must(staff.Unmask); err != nil {
		return p, err
	}
	b := db.NewBatch()
	b.Add(checksQuery+` where c.id = $1`, []any{requestID}, func(rows db.Rows) error { return db.Each(rows, func() error { return p.scan(rows) }) })
	b.Add(`select id, name, size from phone_change_files where phone_change_id = $1 order by id`, []any{requestID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f EvidenceFile
			err := rows.Scan(&f.ID, &f.Name, &f.Bytes)
			p.Files = append(p.Files, f)
			return err
		})
	})
	if err = r.Read(ctx, b); err == nil && p.ID == "" {
		err = fault.New(fault.NotFound, "account.request.gone")
	}
	return p, err
}

// LookAtPhones puts on record that somebody looks at the numbers of a request
// whole. It returns the faults of ReadPhoneCheck.
func (a *Accounts) LookAtPhones(ctx context.Context, by staff.Actor, requestID string) error {
	if err := by.Must(staff.Unmask); err != nil {
		return err
	}
	return a.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := ReadPhoneCheck(ctx, tx, by, requestID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, checkEntry(a.clock.Now(), by, "phone.look", requestID, nil))
	})
}

func checkEntry(at time.Time, by staff.Actor, action, requestID string, details map[string]any) audit.Entry {
	return audit.Entry{At: at, Actor: by.Audit(), Action: action, Subject: requestID, Details: details, RequestID: by.RequestID}
}

// OpenEvidence returns a file of a request, and puts on record who opened it. It
// returns fault.Forbidden and fault.NotFound.
func (a *Accounts) OpenEvidence(ctx context.Context, by staff.Actor, requestID, fileID string) (f Evidence, err error) {
	if err := by.Must(staff.Unmask); err != nil {
		return f, err
	}
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, `select name, content from phone_change_files where id = $1 and phone_change_id = $2`, fileID, requestID).Scan(&f.Name, &f.Content)
		if db.NotFound(err) {
			err = fault.New(fault.NotFound, "account.request.gone")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, checkEntry(a.clock.Now(), by, "phone.open_file", requestID, map[string]any{"file": fileID}))
	})
	return f, err
}

// waiting is a request that is being decided.
type waiting struct {
	merchantID         int64
	userID             string
	oldPhone, newPhone string
	firstID            string
}

// decideRequest changes a request that waits, in one transaction.
func (a *Accounts) decideRequest(ctx context.Context, by staff.Actor, requestID string, decide func(tx *db.Tx, at time.Time, w *waiting) error) error {
	if err := by.Must(staff.Unmask); err != nil {
		return err
	}
	at := a.clock.Now()
	return a.d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "phone change "+requestID); err != nil {
			return err
		}
		w := &waiting{}
		var state string
		var user, first db.Text
		err := tx.QueryRow(ctx, `select merchant_id, user_id, old_phone, new_phone, state, first_by from phone_changes where id = $1`, requestID).
			Scan(&w.merchantID, &user, &w.oldPhone, &w.newPhone, &state, &first)
		if db.NotFound(err) {
			return fault.New(fault.NotFound, "account.request.gone")
		}
		if err != nil {
			return err
		}
		if PhoneRequestState(state) != RequestReceived {
			return fault.New(fault.Conflict, "account.request.decided")
		}
		w.userID, w.firstID = string(user), string(first)
		return decide(tx, at, w)
	})
}

// ConfirmPhoneRequest says that the evidence shows whose number it is. The first to
// say so is followed by another person; then the new number signs in as an owner
// of the merchant, and the old one no longer does. Done is whether it was the
// second. It returns fault.Forbidden, for who said so before too, fault.Conflict
// where it was decided, and fault.NotFound.
func (a *Accounts) ConfirmPhoneRequest(ctx context.Context, by staff.Actor, requestID string) (done bool, err error) {
	err = a.decideRequest(ctx, by, requestID, func(tx *db.Tx, at time.Time, w *waiting) error {
		if w.firstID == "" {
			_, err := tx.Exec(ctx, `update phone_changes set first_by = $2, first_name = $3, first_at = $4 where id = $1`, requestID, by.ID, by.Name, at)
			if err != nil {
				return err
			}
			return audit.Write(ctx, tx, checkEntry(at, by, "phone.confirm", requestID, nil))
		}
		if w.firstID == by.ID {
			return fault.New(fault.Forbidden, "account.request.second")
		}
		done = true
		if err := a.handOver(ctx, tx, at, w); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update phone_changes set state = 'approved', decided_at = $2, decided_by = $3 where id = $1`, requestID, at, by.ID)
		if err != nil {
			return err
		}
		e := checkEntry(at, by, "phone.approve", requestID, map[string]any{"first": w.firstID})
		e.MerchantID = w.merchantID
		return audit.Write(ctx, tx, e)
	})
	return done, err
}

// handOver has the new number sign in as an owner in place of the old one. Who has
// both stays who they are; an old number that signs in elsewhere too keeps that.
func (a *Accounts) handOver(ctx context.Context, tx *db.Tx, at time.Time, w *waiting) error {
	old, known, err := userByPhone(ctx, tx, w.oldPhone)
	if err == nil && w.userID != "" {
		old, err = userByID(ctx, tx, w.userID)
		known = true
	}
	if err != nil {
		return err
	}
	_, taken, err := userByPhone(ctx, tx, w.newPhone)
	if err != nil {
		return err
	}
	if known {
		var here, elsewhere int
		err := tx.QueryRow(ctx, `
			select coalesce(sum(case when merchant_id = $2 then 1 else 0 end), 0), coalesce(sum(case when merchant_id <> $2 then 1 else 0 end), 0)
			from memberships where user_id = $1 and ended_at is null`, old.id, w.merchantID).Scan(&here, &elsewhere)
		if err != nil {
			return err
		}
		if here > 0 {
			if _, err := tx.Exec(ctx, `update sessions set ended_at = $2 where user_id = $1 and ended_at is null`, old.id, at); err != nil {
				return err
			}
			if err := a.tell(ctx, tx, old.phone, old.localeOr(""), outbox.PhoneChanged, at, "account.sms.phone_changed", "at", at, "tail", lastFour(w.newPhone)); err != nil {
				return err
			}
			if elsewhere == 0 && !taken {
				_, err := tx.Exec(ctx, `update users set phone = $2 where id = $1`, old.id, w.newPhone)
				return err
			}
			if _, err := tx.Exec(ctx, `update memberships set ended_at = $3 where user_id = $1 and merchant_id = $2 and ended_at is null`, old.id, w.merchantID, at); err != nil {
				return err
			}
		}
	}
	var name string
	if err := tx.QueryRow(ctx, `select contact from merchants where id = $1`, w.merchantID).Scan(&name); err != nil {
		return err
	}
	u, err := findOrAddUser(ctx, tx, w.newPhone, name, at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into memberships (user_id, merchant_id, role, created_at) values ($1, $2, $3, $4)
		on conflict (user_id, merchant_id) do update set role = excluded.role, ended_at = null`, u.id, w.merchantID, string(Owner), at)
	return err
}

// RefusePhoneRequest says that the evidence does not show whose number it is, and
// why, for staff. It returns fault.Invalid for the field "reason", and the faults
// of ConfirmPhoneRequest.
func (a *Accounts) RefusePhoneRequest(ctx context.Context, by staff.Actor, requestID, reason string) error {
	reason = strings.TrimSpace(reason)
	return a.decideRequest(ctx, by, requestID, func(tx *db.Tx, at time.Time, w *waiting) error {
		if n := utf8.RuneCountInString(reason); n == 0 || n > MaxReason {
			return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "reason", Key: "account.request.refusal_missing"}}}
		}
		_, err := tx.Exec(ctx, `update phone_changes set state = 'refused', decided_at = $2, decided_by = $3, note = $4 where id = $1`, requestID, at, by.ID, reason)
		if err != nil {
			return err
		}
		e := checkEntry(at, by, "phone.decline", requestID, map[string]any{"reason": reason})
		e.MerchantID = w.merchantID
		return audit.Write(ctx, tx, e)
	})
}
