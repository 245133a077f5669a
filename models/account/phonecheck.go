package account

import (
	"cmp"
	"context"
	"fmt"
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

var checksQuery = `
	select c.id, c.user_id, c.new_phone, c.state, c.requested_at, c.decided_at, m.ref, m.name, ` + called + `, c.old_phone, c.reason, c.first_by, c.first_name, c.first_at
	from phone_changes c join merchants m on m.id = c.merchant_id left join users u on u.id = c.user_id
	left join memberships x on x.user_id = c.user_id and x.merchant_id = c.merchant_id`

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
	if err := by.Must(staff.SeeNumbers); err != nil {
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
	if err := by.Must(staff.SeeNumbers); err != nil {
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

// HandedOver is a merchant of which another number signs in an owner, in the place
// of somebody who had a number that was not, or no longer, the merchant's.
type HandedOver struct {
	MerchantID int64
	FormerID   string // who had the old number; u_…
	At         time.Time
	By         staff.Actor // the second who found it right
}

// FollowHandOver ends what others keep of somebody who had a merchant's old number:
// ways to read along that need no sign-in. It belongs into the transaction of the
// handover.
type FollowHandOver func(ctx context.Context, tx *db.Tx, h HandedOver) error

// ConfirmPhoneRequest says that the evidence shows whose number it is. The first to
// say so is followed by another person; then the new number signs in an owner of
// the merchant, and whoever had the old one sees the merchant no more, by follow
// too. Done is whether it was the second. It returns fault.Forbidden, for who said
// so before too, fault.Conflict where it was decided, and fault.NotFound.
func (a *Accounts) ConfirmPhoneRequest(ctx context.Context, by staff.Actor, requestID string, follow FollowHandOver) (done bool, err error) {
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
		to, former, err := a.handOver(ctx, tx, at, w)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update phone_changes set state = 'approved', decided_at = $2, decided_by = $3, user_id = case when user_id is null then null else $4 end
			where id = $1`, requestID, at, by.ID, to.id)
		if err != nil {
			return err
		}
		details := map[string]any{"first": w.firstID, "user": to.id}
		if former != "" {
			details["former"] = former
			if err := dropRequests(ctx, tx, at, w.merchantID, former, by.ID); err != nil {
				return err
			}
			if err := follow(ctx, tx, HandedOver{MerchantID: w.merchantID, FormerID: former, At: at, By: by}); err != nil {
				return err
			}
		}
		e := checkEntry(at, by, "phone.approve", requestID, details)
		e.MerchantID = w.merchantID
		return audit.Write(ctx, tx, e)
	})
	return done, err
}

// handOver has the new number sign in an owner in place of whoever had the old one,
// whose id it returns, or none. That it is the same person staff can't know: who
// asked was at a device on which the old number was signed in, which may have been
// an agent's. So the new number never gets the old one's user, but one of its own:
// what the old one signs in with (password, devices, sessions) leads to this
// merchant no more, and what it wrote and where it was stays its own. Other
// merchants of the old number are left to it, since the evidence is about this one.
func (a *Accounts) handOver(ctx context.Context, tx *db.Tx, at time.Time, w *waiting) (to user, former string, err error) {
	if err := tx.Lock(ctx, fmt.Sprintf("members of %d", w.merchantID)); err != nil {
		return to, "", err
	}
	old, known, err := userByPhone(ctx, tx, w.oldPhone)
	if err == nil && w.userID != "" {
		old, err = userByID(ctx, tx, w.userID)
		known = true
	}
	if err != nil {
		return to, "", err
	}
	if known {
		former = old.id
		if err := a.shutOut(ctx, tx, at, w, &old); err != nil {
			return to, "", err
		}
	}
	var merchant, name string
	if err := tx.QueryRow(ctx, `select name, contact from merchants where id = $1`, w.merchantID).Scan(&merchant, &name); err != nil {
		return to, "", err
	}
	if w.userID != "" { // who asked goes on being called as they are
		var known db.Text
		err := tx.QueryRow(ctx, `select `+called+` from users u left join memberships x on x.user_id = u.id and x.merchant_id = $2 where u.id = $1`, old.id, w.merchantID).Scan(&known)
		if err != nil {
			return to, "", err
		}
		name = cmp.Or(string(known), name)
	}
	if to, err = findOrAddUser(ctx, tx, w.newPhone, at); err != nil {
		return to, "", err
	}
	_, err = tx.Exec(ctx, `
		insert into memberships (user_id, merchant_id, role, name, created_at) values ($1, $2, $3, $4, $5)
		on conflict (user_id, merchant_id) do update set role = excluded.role, ended_at = null,
			name = case when memberships.ended_at is null or memberships.user_id = $6 then memberships.name else excluded.name end,
			created_at = case when memberships.ended_at is null then memberships.created_at else excluded.created_at end`,
		to.id, w.merchantID, string(Owner), name, at, former)
	if err != nil {
		return to, "", err
	}
	return to, former, a.tell(ctx, tx, to.phone, to.localeOr(""), outbox.PhoneChanged, at, "account.sms.handed_over", "merchant", shortened(merchant))
}

// shutOut ends that whoever had the old number sees the merchant, or may come back
// to it, and signs them out. Where they have the new number too by now, everything
// they sign in with but that number ends: it may be somebody else who knows it.
func (a *Accounts) shutOut(ctx context.Context, tx *db.Tx, at time.Time, w *waiting, old *user) error {
	ended, err := tx.Exec(ctx, `update memberships set ended_at = $3 where user_id = $1 and merchant_id = $2 and ended_at is null`, old.id, w.merchantID, at)
	if err != nil {
		return err
	}
	same, back := old.phone == w.newPhone, int64(0)
	if !same {
		if back, err = stayAway(ctx, tx, old.id, w.merchantID); err != nil {
			return err
		}
	} else {
		for _, s := range []string{`update users set password_hash = null where id = $1`, `delete from devices where user_id = $1`} {
			if _, err := tx.Exec(ctx, s, old.id); err != nil {
				return err
			}
		}
	}
	if ended == 0 && back == 0 && !same {
		return nil
	}
	if _, err := tx.Exec(ctx, `update sessions set ended_at = $2 where user_id = $1 and ended_at is null`, old.id, at); err != nil || same {
		return err
	}
	return a.tell(ctx, tx, old.phone, old.localeOr(""), outbox.PhoneChanged, at, "account.sms.phone_changed", "at", at, "tail", lastFour(w.newPhone))
}

// dropRequests takes back the requests for another number that somebody made for a
// merchant which they see no more: one that staff approve later would let them in
// again. By is who ended it.
func dropRequests(ctx context.Context, tx *db.Tx, at time.Time, merchantID int64, userID, by string) error {
	_, err := tx.Exec(ctx, `update phone_changes set state = $4, decided_at = $5, decided_by = $3 where merchant_id = $1 and user_id = $2 and state = 'received'`,
		merchantID, userID, by, string(RequestWithdrawn), at)
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
