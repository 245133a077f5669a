package account

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
)

// invitationsADay bounds how many people a merchant may invite, since each gets
// a text message.
const invitationsADay = 20

// Invitation asks someone in.
type Invitation struct {
	Phone string // as written
	Name  string // as this merchant calls them, and no other
	Role  Role
}

// Invite lets someone see the merchant's account, from now on and in the role
// given, and tells them by text message. Who has left before may come back. It
// takes an owner who signed in recently.
//
// It returns fault.Invalid for the fields "phone", "name" and "role", and
// fault.TooMany with "wait".
func (a *Accounts) Invite(ctx context.Context, w Who, in Invitation) error {
	var fields fault.Fields
	phone, ok := ParsePhone(in.Phone)
	switch {
	case in.Phone == "":
		fields.Add("phone", "account.colleague.phone_empty")
	case !ok:
		fields.Add("phone", "login.phone.wrong")
	default:
		a.given.Check(&fields, "phone", phone)
	}
	name := checkName(in.Name, &fields)
	if !in.Role.Known() {
		fields.Add("role", "account.colleague.role_empty")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mayManage(ctx, tx, &w, now); err != nil {
			return err
		}
		invited := fmt.Sprintf("invited by %d", w.MerchantID)
		if err := attempt.Within(ctx, tx, invited, invitationsADay, day, now, "account.colleague.busy"); err != nil {
			return err
		}
		if err := attempt.Note(ctx, tx, invited, now); err != nil {
			return err
		}
		if err := a.given.Count(ctx, tx, ByMerchants, now); err != nil {
			return err
		}
		u, err := findOrAddUser(ctx, tx, phone, now)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			insert into memberships (user_id, merchant_id, role, name, created_at) values ($1, $2, $3, $4, $5)
			on conflict (user_id, merchant_id) do update set role = excluded.role, name = excluded.name, created_at = excluded.created_at, ended_at = null
			where memberships.ended_at is not null`, u.id, w.MerchantID, string(in.Role), name, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "phone", Key: "account.colleague.already"}}}
		}
		if err := a.tellMember(ctx, tx, &w, u, outbox.Invitation, now, "account.sms.invited"); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "membership.add", u.id, map[string]any{"role": string(in.Role)}))
	})
}

// mayManage holds the members of a merchant for this transaction, and checks
// that who wants to change them may.
func (a *Accounts) mayManage(ctx context.Context, tx *db.Tx, w *Who, now time.Time) error {
	if err := tx.Lock(ctx, fmt.Sprintf("members of %d", w.MerchantID)); err != nil {
		return err
	}
	if err := may(ctx, tx, w, ManageColleagues); err != nil {
		return err
	}
	return a.mustBeRecent(ctx, tx, w, now)
}

// findOrAddUser returns the user of a number, who calls themself nothing where there
// was none.
func findOrAddUser(ctx context.Context, tx *db.Tx, phone string, now time.Time) (user, error) {
	_, err := tx.Exec(ctx, `insert into users (id, phone, name, created_at) values ($1, $2, '', $3) on conflict (phone) do nothing`,
		id.New("u", now), phone, now)
	if err != nil {
		return user{}, err
	}
	u, _, err := userByPhone(ctx, tx, phone)
	return u, err
}

// tellMember tells someone what changed about them and the merchant; args are what
// the message says besides. It names the merchant as the core system does, and
// nothing that a person typed.
func (a *Accounts) tellMember(ctx context.Context, tx *db.Tx, w *Who, u user, kind outbox.Kind, now time.Time, key string, args ...any) error {
	var name string
	if err := tx.QueryRow(ctx, `select name from merchants where id = $1`, w.MerchantID).Scan(&name); err != nil {
		return err
	}
	return a.tell(ctx, tx, u.phone, u.localeOr(w.Locale), kind, now, key, append([]any{"merchant", shortened(name)}, args...)...)
}

// shortened keeps a name to what a text message has room for.
func shortened(name string) string {
	const room = 16
	r := []rune(name)
	if len(r) <= room {
		return name
	}
	return string(r[:room-1]) + "…"
}

// ReadColleague returns someone who belongs to the merchant or may come back to it,
// or fault.NotFound, and whether the reader signed in recently enough to change what
// they may do, in one round trip.
func (a *Accounts) ReadColleague(ctx context.Context, w Who, userID string) (c Colleague, recent bool, err error) {
	b := db.NewBatch()
	b.Add(colleaguesQuery+` and x.user_id = $2`, []any{w.MerchantID, userID}, func(rows db.Rows) error {
		return db.Each(rows, func() error { return c.scan(rows) })
	})
	g, err := a.readGuarded(ctx, w, b)
	if err == nil && c.UserID == "" {
		err = fault.New(fault.NotFound, "account.colleague.gone")
	}
	return c, g.Recent, err
}

// SetRole changes what a colleague is to the merchant, or will be once they come
// back. It takes an owner who signed in recently, and leaves at least one owner: else
// it returns fault.Conflict. It returns fault.Invalid for the field "role".
func (a *Accounts) SetRole(ctx context.Context, w Who, userID string, role Role) error {
	if !role.Known() {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "role", Key: "account.colleague.role_empty"}}}
	}
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		was, err := a.heldMember(ctx, tx, &w, userID, now)
		if err != nil || was.Role == role {
			return err
		}
		for _, s := range []string{
			`update memberships set role = $3 where user_id = $1 and merchant_id = $2`,
			`update closing_members set role = $3 where user_id = $1 and merchant_id = $2 and closing_id in (select c.id from closings c where ` + closingOpen + `)`,
		} {
			if _, err := tx.Exec(ctx, s, userID, w.MerchantID, string(role)); err != nil {
				return err
			}
		}
		if err := mustHaveOwner(ctx, tx, w.MerchantID); err != nil {
			return err
		}
		if !Can(role, ChooseMessages) {
			if err := a.leave(ctx, tx, &w, w.MerchantID, was.here(), now); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, w.entry(now, "membership.role", userID, map[string]any{"role": string(role), "was": string(was.Role)}))
	})
}

// RemoveColleague ends that someone may see the merchant's account or come back to
// it, takes back what they asked staff for in its name, and tells them by text
// message. It takes an owner who signed in recently, and leaves at least one owner:
// else it returns fault.Conflict.
func (a *Accounts) RemoveColleague(ctx context.Context, w Who, userID string) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		was, err := a.heldMember(ctx, tx, &w, userID, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update memberships set ended_at = $3 where user_id = $1 and merchant_id = $2 and ended_at is null`, userID, w.MerchantID, now)
		if err != nil {
			return err
		}
		if err := mustHaveOwner(ctx, tx, w.MerchantID); err != nil {
			return err
		}
		if _, err := stayAway(ctx, tx, userID, w.MerchantID); err != nil {
			return err
		}
		if err := dropRequests(ctx, tx, now, w.MerchantID, userID, w.UserID); err != nil {
			return err
		}
		if err := a.leave(ctx, tx, &w, w.MerchantID, was.here(), now); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, userID)
		if err != nil {
			return err
		}
		if err := a.tellMember(ctx, tx, &w, u, outbox.Membership, now, "account.sms.removed"); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "membership.end", userID, map[string]any{"was": string(was.Role)}))
	})
}

// heldMember returns somebody who belongs to the merchant or may come back to it,
// having checked that someone may change what they are.
func (a *Accounts) heldMember(ctx context.Context, tx *db.Tx, w *Who, userID string, now time.Time) (c Colleague, err error) {
	if err := a.mayManage(ctx, tx, w, now); err != nil {
		return c, err
	}
	err = c.scan(tx.QueryRow(ctx, colleaguesQuery+` and x.user_id = $2`, w.MerchantID, userID))
	if db.NotFound(err) {
		err = fault.New(fault.NotFound, "account.colleague.gone")
	}
	return c, err
}

// mustHaveOwner refuses a change that leaves a merchant without an owner.
func mustHaveOwner(ctx context.Context, tx *db.Tx, merchantID int64) error {
	var owners int
	err := tx.QueryRow(ctx, `select count(*) from memberships where merchant_id = $1 and role = $2 and ended_at is null`, merchantID, string(Owner)).Scan(&owners)
	if err == nil && owners == 0 {
		return fault.New(fault.Conflict, "account.colleague.last_owner")
	}
	return err
}
