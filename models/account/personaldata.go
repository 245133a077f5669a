package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/outbox"
)

// PersonalData is what the portal keeps about a person, as opposed to a merchant.
type PersonalData struct {
	At          time.Time
	UserID      string
	Name        string
	Phone       string // E.164
	Email       string
	Locale      string
	HasPassword bool
	CreatedAt   time.Time
	Memberships []PastMembership
	Sessions    []PastSession
	Devices     []time.Time // when each browser was first seen
	Messages    []outbox.Entry
	Requests    []FullRequest
}

// PastMembership is a merchant that the person belongs or belonged to.
type PastMembership struct {
	Merchant string
	Called   string // the name that was given to them there; empty: their own
	Role     Role
	Since    time.Time
	Until    time.Time // zero: still
}

// PastSession is a place where the person is or was signed in.
type PastSession struct {
	Device     string
	Address    string
	BeganAt    time.Time
	LastSeenAt time.Time
	EndedAt    time.Time // zero: by itself, or not yet
}

// FullRequest is a request for another number with its evidence.
type FullRequest struct {
	PhoneRequest
	OldPhone string
	Reason   string
	Files    []Evidence
}

// mostExported bounds each list of an export, the newest first.
const mostExported = 10_000

// ReadPersonalData returns what is kept about someone. It takes a recent sign-in, and
// is itself recorded.
func (a *Accounts) ReadPersonalData(ctx context.Context, w Who) (e PersonalData, err error) {
	now := a.clock.Now()
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "user.export", w.UserID, nil))
	})
	if err != nil {
		return e, err
	}
	e = PersonalData{At: now, UserID: w.UserID}
	if err := a.d.Read(ctx, e.batch()); err != nil {
		return e, err
	}
	if err := e.readFiles(ctx, a.d); err != nil {
		return e, err
	}
	e.Messages, err = outbox.To(ctx, a.d, e.Phone, mostExported)
	return e, err
}

func (e *PersonalData) batch() *db.Batch {
	b := db.NewBatch()
	b.Add(`select name, phone, email, locale, password_hash is not null, created_at from users where id = $1`, []any{e.UserID}, func(rows db.Rows) error {
		var email, locale db.Text
		err := db.First(rows, &e.Name, &e.Phone, &email, &locale, &e.HasPassword, &e.CreatedAt)
		e.Email, e.Locale = string(email), string(locale)
		return err
	})
	b.Add(`
		select m.name, x.name, x.role, x.created_at, x.ended_at
		from memberships x join merchants m on m.id = x.merchant_id
		where x.user_id = $1 order by x.created_at desc, m.id limit $2`, []any{e.UserID, mostExported}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m PastMembership
			var role string
			var ended db.Time
			err := rows.Scan(&m.Merchant, &m.Called, &role, &m.Since, &ended)
			m.Role, m.Until = Role(role), ended.Time
			e.Memberships = append(e.Memberships, m)
			return err
		})
	})
	b.Add(`
		select device, address, created_at, last_seen_at, ended_at from sessions
		where user_id = $1 order by created_at desc limit $2`, []any{e.UserID, mostExported}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s PastSession
			var ended db.Time
			err := rows.Scan(&s.Device, &s.Address, &s.BeganAt, &s.LastSeenAt, &ended)
			s.EndedAt = ended.Time
			e.Sessions = append(e.Sessions, s)
			return err
		})
	})
	b.Add(`select first_seen_at from devices where user_id = $1 order by first_seen_at desc limit $2`, []any{e.UserID, mostExported}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var at time.Time
			err := rows.Scan(&at)
			e.Devices = append(e.Devices, at)
			return err
		})
	})
	b.Add(`
		select id, user_id, new_phone, state, requested_at, decided_at, old_phone, reason from phone_changes
		where user_id = $1 order by requested_at desc limit $2`, []any{e.UserID, mostExported}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var r FullRequest
			var by db.Text
			var state string
			var decided db.Time
			err := rows.Scan(&r.ID, &by, &r.NewPhone, &state, &r.RequestedAt, &decided, &r.OldPhone, &r.Reason)
			r.ByUserID, r.State, r.DecidedAt = string(by), PhoneRequestState(state), decided.Time
			e.Requests = append(e.Requests, r)
			return err
		})
	})
	return b
}

func (e *PersonalData) readFiles(ctx context.Context, r db.Reader) error {
	for i := range e.Requests {
		request := &e.Requests[i]
		err := r.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var f Evidence
				err := rows.Scan(&f.Name, &f.Content)
				request.Files = append(request.Files, f)
				return err
			})
		}, `select name, content from phone_change_files where phone_change_id = $1 order by id`, request.ID)
		if err != nil {
			return err
		}
	}
	return nil
}
