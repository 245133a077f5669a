package complaint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// asStaff changes a case in one transaction, for a member of staff who may.
func (c *Cases) asStaff(ctx context.Context, by staff.Actor, p staff.Permission, number string, change func(tx *db.Tx, at time.Time, h *head) error) error {
	if err := by.Must(p); err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		done, err := c.sentBefore(ctx, tx)
		if err != nil || done {
			return err
		}
		h, err := lock(ctx, tx, 0, number)
		if err == nil {
			err = c.heed(ctx, tx, h)
		}
		if err != nil {
			return err
		}
		return change(tx, at, h)
	})
}

// asMerchant changes a case in one transaction, for somebody of its merchant's
// who may, holding locks that come before the case's.
func (c *Cases) asMerchant(ctx context.Context, who account.Who, number string, change func(tx *db.Tx, h *head, by person) error, locks ...string) error {
	return c.d.Write(ctx, func(tx *db.Tx) error {
		by, err := c.mayWrite(ctx, tx, who)
		if err != nil {
			return err
		}
		if who.MerchantID == 0 {
			return errNotFound
		}
		for _, l := range locks {
			if err := tx.Lock(ctx, l); err != nil {
				return err
			}
		}
		h, err := lock(ctx, tx, who.MerchantID, number)
		if err != nil {
			return err
		}
		return change(tx, h, by)
	})
}

func (h *head) mustBeUnderWay() error {
	if !h.now.State.UnderWay() {
		return fault.New(fault.Conflict, "case.not_under_way")
	}
	return nil
}

// engage takes a case up, and begins to look into it, for who does the first
// thing to it that counts. It does nothing to a case that is decided.
func (h *head) engage(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor) error {
	if !h.now.State.UnderWay() {
		return nil
	}
	if h.ownerID == "" {
		decided, err := h.decidedIt(ctx, tx, by.ID)
		if err != nil {
			return err
		}
		if !decided {
			if err := h.handTo(ctx, tx, at, ofStaff(by), by.ID, by.Name); err != nil {
				return err
			}
		}
	}
	for _, step := range []struct {
		from worktime.State
		kind worktime.Kind
	}{{worktime.Received, worktime.TakenUp}, {worktime.Accepted, worktime.InvestigationBegun}} {
		if h.now.State == step.from {
			if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: step.kind}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// handTo makes somebody the owner. A case that nobody had taken up is.
func (h *head) handTo(ctx context.Context, tx *db.Tx, at time.Time, by person, ownerID, ownerName string) error {
	kind := worktime.Reassigned
	if h.now.State == worktime.Received {
		kind = worktime.TakenUp
	}
	h.ownerID, h.ownerName = ownerID, ownerName
	return h.add(ctx, tx, at, by, worktime.Event{Kind: kind}, ownerName)
}

// decidedIt reports whether somebody decided the case before it came to the
// review that it is in: another person is to review it.
func (h *head) decidedIt(ctx context.Context, r db.Reader, staffID string) (decided bool, err error) {
	err = r.QueryRow(ctx, `select count(*) > 0 from case_decisions where case_id = $1 and staff_id = $2 and round < $3`, h.id, staffID, h.now.Round()).Scan(&decided)
	return decided, err
}

// Assign makes a member of staff the owner of a case; leads name anybody, others
// themselves. The clocks go on. It returns fault.Forbidden, fault.Invalid for the
// field "owner" where they can't work cases, or decided the case that they are to
// review, fault.Conflict where it is decided and waits for nothing, and
// fault.NotFound.
func (c *Cases) Assign(ctx context.Context, by staff.Actor, number, ownerID string) error {
	return c.BulkAssign(ctx, by, []string{number}, ownerID)
}

// mostAssigned is how many cases are handed out at once.
const mostAssigned = 200

// BulkAssign makes a member of staff the owner of several cases, all of them or
// none. It returns the faults of Assign, Invalid also for the field "cases" where
// there are none or too many.
func (c *Cases) BulkAssign(ctx context.Context, by staff.Actor, numbers []string, ownerID string) error {
	if err := by.Must(staff.WorkCases); err != nil {
		return err
	}
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers))) // so that two never wait for each other
	if len(numbers) == 0 || len(numbers) > mostAssigned {
		return wrongField("cases", "case.assign_none", "n", mostAssigned)
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		name, err := workerName(ctx, tx, ownerID)
		if err == nil && ownerID != by.ID {
			err = by.Must(staff.LeadCases)
		}
		if err != nil {
			return err
		}
		for _, number := range numbers {
			if err := c.assign(ctx, tx, at, by, number, ownerID, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Worker is a member of staff who may work cases.
type Worker struct{ ID, Name string }

// workers are those who may sign in, once for each of their roles.
const workers = `
	select s.id, s.name, r.role from staff s join staff_role_changes r on r.staff_id = s.id
	where s.disabled_at is null and r.granted
		and r.seq = (select max(l.seq) from staff_role_changes l where l.staff_id = s.id and l.role = r.role)`

// addWorkers asks for those who may work cases, by name.
func addWorkers(b *db.Batch, all *[]Worker) {
	b.Add(workers+` order by s.name, s.id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var w Worker
			var role staff.Role
			err := rows.Scan(&w.ID, &w.Name, &role)
			addWorker(all, w, role)
			return err
		})
	})
}

// addWorker adds who has a role, once, if it is one to work cases by.
func addWorker(all *[]Worker, w Worker, role staff.Role) {
	if staff.Can(role, staff.WorkCases) && !slices.Contains(*all, w) {
		*all = append(*all, w)
	}
}

// workerName returns the name of a member of staff who may work cases.
func workerName(ctx context.Context, r db.Reader, staffID string) (name string, err error) {
	var roles []staff.Role
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var role staff.Role
			var granted bool
			err := rows.Scan(&name, &role, &granted)
			if granted {
				roles = append(roles, role)
			}
			return err
		})
	}, `
		select s.name, r.role, r.granted from staff s join staff_role_changes r on r.staff_id = s.id
		where s.id = $1 and s.disabled_at is null
			and r.seq = (select max(l.seq) from staff_role_changes l where l.staff_id = s.id and l.role = r.role)`, staffID)
	if err == nil && !(staff.Actor{Roles: roles}).Can(staff.WorkCases) {
		err = wrongField("owner", "case.owner_unknown")
	}
	return name, err
}

func (c *Cases) assign(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, number, ownerID, name string) error {
	h, err := lock(ctx, tx, 0, number)
	if err != nil {
		return fmt.Errorf("%s: %w", number, err)
	}
	if h.ownerID == ownerID {
		return nil
	}
	waitsFor, _, err := h.waitsFor(ctx, tx)
	if err == nil && waitsFor == WaitsForNothing {
		err = h.mustBeUnderWay()
	}
	if err == nil {
		err = c.heed(ctx, tx, h)
	}
	if err != nil {
		return err
	}
	decided, err := h.decidedIt(ctx, tx, ownerID)
	if err == nil && decided {
		err = wrongField("owner", "case.another_person")
	}
	if err != nil {
		return err
	}
	before, isFirst := h.ownerID, h.now.State == worktime.Received
	if err := h.handTo(ctx, tx, at, ofStaff(by), ownerID, name); err != nil {
		return err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return err
	}
	if isFirst { // later the page says who it is
		if err := h.tell(ctx, tx, at, "assigned", ""); err != nil {
			return err
		}
	}
	return h.record(ctx, tx, at, ofStaff(by), "assign", map[string]any{"from": before, "to": ownerID})
}

// ExtendDeadline lets the merchant's answer take so many calendar days in all
// from the filing, once, for a reason that the merchant reads. It returns
// fault.Invalid for the fields "days" and "words", fault.Conflict where it was
// extended before, or there is no such deadline, fault.Forbidden, and
// fault.NotFound.
func (c *Cases) ExtendDeadline(ctx context.Context, by staff.Actor, number string, days int, reason string) error {
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		var wrong fault.Fields
		if p := h.log.Policy; h.kind == Complaint && (days <= p.ReplyDays || days > p.ReplyMaxDays) {
			wrong.Add("days", "case.days_wrong", "from", p.ReplyDays+1, "to", p.ReplyMaxDays)
		}
		checkText(&wrong, &reason, "words", "case.extend_reason_missing", MaxRemark)
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.DeadlineExtended, Days: days}, reason); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		if err := h.tell(ctx, tx, at, "extended", reason); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "extend", map[string]any{"days": days})
	})
}

// lockLasts is for how long somebody counts as having a case open.
const lockLasts = 10 * time.Minute

// Opener is somebody who has a case open.
type Opener struct {
	Name  string
	Since time.Time
}

// Lock notes that somebody has a case open, for ten minutes unless they say so
// again: the others see it. Who may only read is in nobody's way, and not noted.
// Every look at a case waits for it.
func (c *Cases) Lock(ctx context.Context, by staff.Actor, number string) error {
	if err := by.Must(staff.SeeCases); err != nil {
		return err
	}
	if !by.Can(staff.WorkCases) {
		return nil
	}
	at := c.clock.Now()
	var caseID string
	err := c.d.WriteRow(ctx, `
		insert into case_locks (case_id, staff_id, staff_name, until, opened_at) select id, $2, $3, $4, $5 from cases where number = $1
		on conflict (case_id, staff_id) do update set staff_name = excluded.staff_name, until = excluded.until,
			opened_at = case when case_locks.until > excluded.opened_at then case_locks.opened_at else excluded.opened_at end
		returning case_id`, []any{number, by.ID, by.Name, at.Add(lockLasts), at}, &caseID)
	if db.NotFound(err) {
		err = errNotFound
	}
	return err
}

// addOpeners asks for the others who have a case open.
func addOpeners(b *db.Batch, staffID, number string, now time.Time, all *[]Opener) {
	b.Add(`
		select l.staff_name, l.opened_at from case_locks l join cases c on c.id = l.case_id
		where c.number = $1 and l.staff_id <> $2 and l.until > $3 order by l.opened_at, l.staff_name`, []any{number, staffID, now}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o Opener
			var since db.Time
			err := rows.Scan(&o.Name, &since)
			o.Since = since.Time
			*all = append(*all, o)
			return err
		})
	})
}

// Unlock notes that somebody has a case open no longer.
func (c *Cases) Unlock(ctx context.Context, by staff.Actor, number string) error {
	return c.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from case_locks where staff_id = $1 and case_id = (select id from cases where number = $2)`, by.ID, number)
		return err
	})
}
