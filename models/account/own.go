package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Own is what the account page shows someone of themselves, their merchants and
// the merchant whose account is open.
type Own struct {
	Name        string // in the account that is open; see Called
	Phone       string // E.164
	HasPassword bool
	Memberships []Membership  // by name
	Sessions    []OpenSession // the one last used first
	Colleagues  []Colleague   // of the open merchant, where the reader may manage them, themselves included
	Requests    []PhoneRequest
}

// OpenSession is a place where someone is signed in.
type OpenSession struct {
	ID         string
	Device     Device
	Address    string
	BeganAt    time.Time
	LastSeenAt time.Time
	ThisOne    bool
}

// Colleague is someone who belongs to the same merchant, or may come back to it.
type Colleague struct {
	UserID string
	Name   string
	Phone  string // E.164
	Role   Role
	Since  time.Time
	Until  time.Time // they closed their account, which can be had back before; zero: they see the merchant's
}

// here returns what they are to the merchant now: nothing where they are away.
func (c *Colleague) here() Role {
	if !c.Until.IsZero() {
		return ""
	}
	return c.Role
}

// The most that the page lists.
const (
	mostMerchants  = 200
	mostSessions   = 50
	mostColleagues = 200
	mostRequests   = 10
)

// ReadOwn returns what the account page shows, in one round trip. Role is what
// the reader is to the open merchant.
func (a *Accounts) ReadOwn(ctx context.Context, w Who, role Role) (own Own, err error) {
	now := a.clock.Now()
	b := db.NewBatch()
	b.Add(`
		select `+called+`, u.phone, u.password_hash is not null
		from users u left join memberships x on x.user_id = u.id and x.merchant_id = $2
		where u.id = $1`, []any{w.UserID, w.MerchantID}, func(rows db.Rows) error {
		return db.First(rows, &own.Name, &own.Phone, &own.HasPassword)
	})
	b.Add(`
		select x.merchant_id, m.name, x.role
		from memberships x join merchants m on m.id = x.merchant_id
		where x.user_id = $1 and x.ended_at is null order by m.name, m.id limit $2`, []any{w.UserID, mostMerchants}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m Membership
			var role string
			err := rows.Scan(&m.MerchantID, &m.MerchantName, &role)
			m.Role = Role(role)
			own.Memberships = append(own.Memberships, m)
			return err
		})
	})
	b.Add(`
		select id, device, address, created_at, last_seen_at
		from sessions
		where user_id = $1 and ended_at is null and expires_at > $2 and last_seen_at > $3
		order by case when id = $4 then 0 else 1 end, last_seen_at desc limit $5`,
		[]any{w.UserID, now, now.Add(-SessionIdle), w.SessionID, mostSessions}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var s OpenSession
				var device string
				err := rows.Scan(&s.ID, &device, &s.Address, &s.BeganAt, &s.LastSeenAt)
				s.Device, s.ThisOne = ParseDevice(device), s.ID == w.SessionID
				own.Sessions = append(own.Sessions, s)
				return err
			})
		})
	if Can(role, ManageColleagues) {
		b.Add(colleaguesQuery+` order by case when x.ended_at is null then 0 else 1 end, case x.role when 'owner' then 0 when 'finance' then 1 else 2 end, x.created_at limit $2`,
			[]any{w.MerchantID, mostColleagues}, func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var c Colleague
					err := c.scan(rows)
					own.Colleagues = append(own.Colleagues, c)
					return err
				})
			})
	}
	if Can(role, ChangePhone) {
		b.Add(requestsQuery+` where merchant_id = $1 order by requested_at desc limit $2`, []any{w.MerchantID, mostRequests}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var r PhoneRequest
				err := r.scan(rows)
				own.Requests = append(own.Requests, r)
				return err
			})
		})
	}
	err = a.d.Read(ctx, b)
	if db.NotFound(err) {
		return own, fault.New(fault.NotFound, "")
	}
	return own, err
}

var colleaguesQuery = `
	select u.id, ` + called + `, u.phone, x.role, x.created_at, b.erase_at
	from memberships x join users u on u.id = x.user_id
	left join (` + comesBack + ` and m.merchant_id = $1) b on b.user_id = x.user_id and b.at = x.ended_at
	where x.merchant_id = $1 and (x.ended_at is null or b.at is not null)`

// scanned is a row of either sort.
type scanned interface{ Scan(dest ...any) error }

func (c *Colleague) scan(row scanned) error {
	var role string
	var until db.Time
	err := row.Scan(&c.UserID, &c.Name, &c.Phone, &role, &c.Since, &until)
	c.Role, c.Until = Role(role), until.Time
	return err
}
