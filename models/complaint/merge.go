package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/models/worktime"
)

// Merge makes one of two cases of a merchant that are under way: the one that was
// filed first goes on, with its clocks, and the other leads to it. What both hold
// stays held until that one is decided. It returns the number of the one that
// goes on, fault.Conflict where they can't be made one, fault.Forbidden, and
// fault.NotFound. An authority that wants an answer to either gets it from that
// one.
func (c *Cases) Merge(ctx context.Context, by staff.Actor, number, other string) (goesOn string, err error) {
	if err := by.Must(staff.WorkCases); err != nil {
		return "", err
	}
	if number == other {
		return "", fault.New(fault.Conflict, "case.merge_itself")
	}
	at := c.clock.Now()
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		done, err := c.sentBefore(ctx, tx)
		if err != nil || done {
			goesOn = number
			return err
		}
		first, second, err := lockBoth(ctx, tx, number, other)
		if err != nil {
			return err
		}
		if first.merchantID != second.merchantID || (first.kind == Complaint) != (second.kind == Complaint) {
			return fault.New(fault.Conflict, "case.merge_unlike")
		}
		if !first.now.State.UnderWay() || !second.now.State.UnderWay() {
			return fault.New(fault.Conflict, "case.not_under_way")
		}
		shown := first
		if second.number == number {
			shown = second
		}
		if err := c.heed(ctx, tx, shown); err != nil {
			return err
		}
		goesOn = first.number
		second.mergedInto = first.id
		first.answerTo(second.authority)
		if _, err := tx.Exec(ctx, `update cases set merged_into = $2 where merged_into = $1`, second.id, first.id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into case_links (case_id, other_id, kind, at) values ($1, $2, 'merged', $3)`, second.id, first.id, at)
		if err != nil {
			return err
		}
		for _, one := range []struct{ h, other *head }{{first, second}, {second, first}} {
			if err := one.h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.CaseMerged}, one.other.number); err != nil {
				return err
			}
			if err := one.h.keep(ctx, tx, at); err != nil {
				return err
			}
		}
		if err := second.tell(ctx, tx, at, "merged", first.number); err != nil {
			return err
		}
		return second.record(ctx, tx, at, ofStaff(by), "merge", map[string]any{"into": first.number})
	})
	return goesOn, err
}

// lockBoth reads two cases for a change, the one that was filed first before the
// other.
func lockBoth(ctx context.Context, tx *db.Tx, a, b string) (first, second *head, err error) {
	if b < a { // so that two never wait for each other
		a, b = b, a
	}
	if first, err = lock(ctx, tx, 0, a); err != nil {
		return nil, nil, err
	}
	if second, err = lock(ctx, tx, 0, b); err != nil {
		return nil, nil, err
	}
	if second.filing().Before(first.filing()) {
		first, second = second, first
	}
	return first, second, nil
}

// filing is when the case's clocks began: of a case that was split off, when that
// which it was split off was filed.
func (h *head) filing() time.Time { return h.log.Log[0].At }

// Split makes a case of its own of something else that a merchant complains of in
// a case that is under way: about another of its lines, terminals or messages, or
// nothing in particular. It has the clocks of the one that it is split off. It
// returns the new number, and the faults of File.
func (c *Cases) Split(ctx context.Context, by staff.Actor, number string, subject Subject, ref string, item fee.Item, reason Reason, words string) (split string, err error) {
	in := NewCase{Kind: Complaint, Subject: subject, Ref: ref, Item: item, Reason: reason, Words: words}
	var wrong fault.Fields
	in.check(&wrong, "")
	checkText(&wrong, &in.Words, "words", "case.split_words_missing", MaxWords)
	if err := wrong.Err(); err != nil {
		return "", err
	}
	if err := by.Must(staff.WorkCases); err != nil {
		return "", err
	}
	at := c.clock.Now()
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		done, err := c.sentBefore(ctx, tx)
		if err != nil || done {
			split = number
			return err
		}
		from, err := lockForFiling(ctx, tx, number)
		if err == nil {
			err = from.mustBeUnderWay()
		}
		if err == nil {
			err = c.heed(ctx, tx, from)
		}
		if err != nil {
			return err
		}
		about, err := resolve(ctx, tx, c.plans(), from.merchantID, subject, ref, item)
		if err != nil {
			return err
		}
		if about.Subject == OfDeduction {
			open, err := openAbout(ctx, tx, from.merchantID, ref)
			if err != nil {
				return err
			}
			if open != "" {
				return fault.New(fault.Conflict, "case.open_before", "number", open)
			}
		}
		h := &head{
			id: id.New("c", at), merchantID: from.merchantID, kind: from.kind, about: about, reason: reason, filedAt: from.filedAt,
			calendarNo: from.calendarNo, policyNo: from.policyNo, secondAbove: from.secondAbove, ownerID: from.ownerID, ownerName: from.ownerName, reopened: from.reopened, authority: from.authority,
		}
		if err := h.insert(ctx, tx, at, ofStaff(by), Caller{Channel: ByPortal}); err != nil {
			return err
		}
		if err := h.inherit(ctx, tx, at, from); err != nil {
			return err
		}
		for _, one := range []struct{ h, other *head }{{h, from}, {from, h}} {
			if err := one.h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.CaseSplit}, one.other.number); err != nil {
				return err
			}
		}
		if err := h.post(ctx, tx, at, ofStaff(by), note, in.Words); err != nil {
			return err
		}
		if err := h.publish(ctx, tx, at, webhook.ComplaintOpened, toldCase{}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into case_links (case_id, other_id, kind, at) values ($1, $2, 'split', $3)`, h.id, from.id, at)
		if err != nil {
			return err
		}
		if err := from.keep(ctx, tx, at); err != nil {
			return err
		}
		split = h.number
		return c.finish(ctx, tx, at, h, ofStaff(by), "split")
	})
	return split, err
}

// lockForFiling reads a case for a change that files another one of its
// merchant's. Who files holds the merchant before the case.
func lockForFiling(ctx context.Context, tx *db.Tx, number string) (*head, error) {
	var merchantID int64
	err := tx.QueryRow(ctx, `select merchant_id from cases where number = $1`, number).Scan(&merchantID)
	if db.NotFound(err) {
		return nil, errNotFound
	}
	if err == nil {
		err = tx.Lock(ctx, lockOfMerchant(merchantID))
	}
	if err != nil {
		return nil, err
	}
	return lock(ctx, tx, 0, number)
}

// inherit copies the log, with all that its clocks have come to, warnings and
// breaches included.
func (h *head) inherit(ctx context.Context, tx *db.Tx, at time.Time, from *head) error {
	_, err := tx.Exec(ctx, `
		insert into case_events (case_id, seq, kind, at, days, actor_kind, actor_id, actor_name, remark)
		select $1, seq, kind, at, days, actor_kind, actor_id, actor_name, remark from case_events where case_id = $2`, h.id, from.id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into case_alarms (case_id, round, clock, kind, seconds, at, due_at)
		select $1, round, clock, kind, seconds, at, due_at from case_alarms where case_id = $2`, h.id, from.id)
	h.log, h.now, h.lines = from.log.Split(from.last()), from.now, from.lines
	return err
}
