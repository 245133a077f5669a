package complaint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/worktime"
)

// head is a case with its log, held by the transaction that read it.
type head struct {
	id, number  string
	merchantID  int64
	kind        Kind
	about       About
	reason      Reason
	filedAt     time.Time
	callPhone   string // of a case that is filed now
	calendarNo  int
	policyNo    int
	mergedInto  string // id
	ownerID     string
	ownerName   string
	reopened    bool
	disputes    int    // that it has opened
	authority   Caller // which wants an answer, if one does
	secondAbove money.Fen
	log         worktime.Case

	now   worktime.Standing // after the log's last line
	lines int               // of the log
}

const headColumns = `c.id, c.number, c.merchant_id, c.kind, c.subject, c.subject_ref, c.terminal_id, c.plan_id, c.item, c.cycle, c.reason, c.filed_at,
	c.calendar, c.policy, c.merged_into, c.owner_id, c.owner_name, c.reopened, c.dispute, c.authority, c.authority_number, c.authority_due_on, k.calendar,
	p.first_contact_minutes, p.resolution_minutes, p.reply_days, p.reply_max_days, p.review_days, p.reopen_days, p.second_above_fen`

const headTables = ` from cases c join calendars k on k.version = c.calendar join case_policies p on p.version = c.policy`

// scan reads a case without its log.
func (h *head) scan(rows db.Row, more ...any) error {
	var terminalID, planID *int64
	var cycle *int
	var merged db.Text
	var filed db.Time
	var calendar string
	p := &h.log.Policy
	err := rows.Scan(append([]any{&h.id, &h.number, &h.merchantID, &h.kind, &h.about.Subject, &h.about.Ref, &terminalID, &planID, &h.about.Item, &cycle, &h.reason, &filed,
		&h.calendarNo, &h.policyNo, &merged, &h.ownerID, &h.ownerName, &h.reopened, &h.disputes,
		&h.authority.Authority, &h.authority.Number, &h.authority.DueOn, &calendar,
		&p.FirstContactMinutes, &p.ResolutionMinutes, &p.ReplyDays, &p.ReplyMaxDays, &p.ReviewDays, &p.ReopenDays, &h.secondAbove}, more...)...)
	if err != nil {
		return err
	}
	h.filedAt, h.mergedInto = filed.Time, string(merged)
	h.about.TerminalID, h.about.PlanID, h.about.Cycle = orZero(terminalID), orZero(planID), orZero(cycle)
	h.log.Complaint = h.kind == Complaint
	h.log.Calendar = &worktime.Calendar{}
	return json.Unmarshal([]byte(calendar), h.log.Calendar)
}

func orZero[T int | int64](n *T) (value T) {
	if n != nil {
		value = *n
	}
	return value
}

func orNull[T int | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}

var errNotFound = fault.New(fault.NotFound, "case.not_found")

// lock reads a case for a change, by its number; the merchant is whose it has to
// be, or 0 for staff. A case that was merged into another is refused, since what
// is to be done is to be done there.
func lock(ctx context.Context, tx *db.Tx, merchantID int64, number string) (*head, error) {
	if err := tx.Lock(ctx, "case "+number); err != nil {
		return nil, err
	}
	return readOpen(ctx, tx, merchantID, number)
}

// readOpen is lock without holding the case.
func readOpen(ctx context.Context, r db.Reader, merchantID int64, number string) (*head, error) {
	h, err := readHead(ctx, r, `c.number = $1 and ($2 = 0 or c.merchant_id = $2)`, number, merchantID)
	if err != nil {
		return nil, err
	}
	if h.mergedInto != "" {
		return nil, fault.New(fault.Conflict, "case.merged")
	}
	return h, nil
}

// readHead reads a case with its log.
func readHead(ctx context.Context, r db.Reader, where string, args ...any) (*head, error) {
	h := &head{}
	err := h.scan(r.QueryRow(ctx, `select `+headColumns+headTables+` where `+where, args...))
	if db.NotFound(err) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e worktime.Event
			var at db.Time
			err := rows.Scan(&e.Kind, &at, &e.Days)
			e.At = at.Time
			h.log.Log = append(h.log.Log, e)
			return err
		})
	}, `select kind, at, days from case_events where case_id = $1 order by seq`, h.id)
	if err != nil {
		return nil, err
	}
	h.lines = len(h.log.Log)
	h.now, err = h.log.At(h.last())
	return h, err
}

// last is the moment of the log's last line.
func (h *head) last() time.Time { return h.log.Log[len(h.log.Log)-1].At }

// person is who does something to a case.
type person struct {
	actor     audit.Actor
	name      string // as the others see it
	address   string
	requestID string
}

// itself does what nobody did.
var itself = person{actor: audit.Actor{Kind: audit.System, ID: "cases"}}

// add adds a line to the log, at a moment or, where another server's clock was
// ahead, at that of the line before. What can't happen to the case now is
// fault.Conflict, and leaves it as it was.
func (h *head) add(ctx context.Context, tx *db.Tx, at time.Time, by person, e worktime.Event, remark string) error {
	e.At = at
	if n := len(h.log.Log); n > 0 && e.At.Before(h.last()) {
		e.At = h.last()
	}
	h.log.Log = append(h.log.Log, e)
	now, err := h.log.At(e.At)
	if err != nil {
		h.log.Log = h.log.Log[:len(h.log.Log)-1]
		if errors.Is(err, worktime.ErrLog) {
			return fault.Wrap(err, fault.Conflict, "case.not_now")
		}
		return err
	}
	h.now = now
	h.lines++
	_, err = tx.Exec(ctx, `
		insert into case_events (case_id, seq, kind, at, days, actor_kind, actor_id, actor_name, remark) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		h.id, h.lines, string(e.Kind), e.At, e.Days, string(by.actor.Kind), by.actor.ID, by.name, remark)
	return err
}

// keep writes what follows from the log, and notes the clocks that have warned or
// were breached.
func (h *head) keep(ctx context.Context, tx *db.Tx, at time.Time) error {
	if at.Before(h.last()) {
		at = h.last()
	}
	now, err := h.log.At(at)
	if err != nil {
		return err
	}
	h.now = now
	k := keptOf(now, h.mergedInto != "", h.authority.DueOn)
	waitsFor, since, err := h.waitsFor(ctx, tx)
	if err != nil {
		return err
	}
	queueAt := db.At(since)
	if k.underWay {
		queueAt = db.At(k.nextDue)
	}
	alarm, breached, err := h.alarms(ctx, tx, at, k.underWay)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update cases set state = $2, under_way = $3, next_due_at = $4, close_on = $5, alarm_at = $6, breached = $7,
			owner_id = $8, owner_name = $9, reopened = $10, dispute = $11, merged_into = $12,
			authority = $13, authority_number = $14, authority_due_on = $15, waits_for = $16, queue_at = $17
		where id = $1`,
		h.id, string(k.state), k.underWay, k.nextDue, h.closeOn(), db.At(alarm), breached,
		h.ownerID, h.ownerName, h.reopened, h.disputes, db.Text(h.mergedInto), h.authority.Authority, h.authority.Number, h.authority.DueOn, string(waitsFor), queueAt)
	return err
}

// kept is what the queue goes by.
type kept struct {
	state    worktime.State
	underWay bool
	nextDue  time.Time
}

// keptOf sorts a case by whichever is due first: a clock of its own, or the answer
// to an authority.
func keptOf(s worktime.Standing, merged bool, authority date.Date) kept {
	k := kept{s.State, s.State.UnderWay() && !merged, never}
	if !k.underWay {
		return k
	}
	if next := s.NextDue(); !next.IsZero() {
		k.nextDue = next
	}
	if !authority.IsZero() {
		if end := worktime.EndOf(authority); end.Before(k.nextDue) {
			k.nextDue = end
		}
	}
	return k
}

// closeOn is the last day on which the merchant may speak before a case that is
// decided closes: two weeks by default after the decision, or after what they
// wrote since.
func (h *head) closeOn() date.Date {
	if h.now.State != worktime.Decided || h.mergedInto != "" {
		return 0
	}
	for i := len(h.log.Log) - 1; i >= 0; i-- {
		if e := &h.log.Log[i]; e.Kind == worktime.DecisionMade || e.Kind == worktime.MerchantAnswered {
			return worktime.DaysAfter(e.At, h.log.Policy.ReviewDays)
		}
	}
	return 0
}

// An alarm is named by the clock and the length that it had.
type alarm struct {
	round   int
	clock   worktime.Name
	kind    string
	seconds int64
}

const (
	warning = "warning"
	breach  = "breach"
)

// alarms notes the clocks that have warned or were breached and were not noted
// before. It returns when the next one is to be looked at, and whether any was
// ever breached.
func (h *head) alarms(ctx context.Context, tx *db.Tx, at time.Time, underWay bool) (next time.Time, breached bool, err error) {
	known := map[alarm]bool{}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a alarm
			err := rows.Scan(&a.round, &a.clock, &a.kind, &a.seconds)
			known[a] = true
			breached = breached || a.kind == breach
			return err
		})
	}, `select round, clock, kind, seconds from case_alarms where case_id = $1`, h.id)
	if err != nil {
		return time.Time{}, false, err
	}
	for i := range h.now.Clocks {
		c := &h.now.Clocks[i]
		for _, one := range []struct {
			kind string
			rang bool
			at   time.Time
		}{{warning, c.Warned, c.WarnAt}, {breach, c.Breached, c.DueAt}} {
			a := alarm{c.Round, c.Name, one.kind, int64(c.Target / time.Second)}
			switch {
			case known[a]:
			case one.rang:
				breached = breached || one.kind == breach
				_, err := tx.Exec(ctx, `insert into case_alarms (case_id, round, clock, kind, seconds, at, due_at) values ($1, $2, $3, $4, $5, $6, $7)`,
					h.id, a.round, string(a.clock), a.kind, a.seconds, at, db.At(c.DueAt))
				if err != nil {
					return time.Time{}, false, err
				}
			case underWay && c.StoppedAt.IsZero() && !one.at.IsZero():
				look := one.at
				if !look.After(at) { // it ended with the working day: it is over with the next one's beginning
					look, err = h.log.Calendar.Add(at, time.Microsecond)
					if err != nil {
						return time.Time{}, false, err
					}
				}
				if next.IsZero() || look.Before(next) {
					next = look
				}
			}
		}
	}
	return next, breached, nil
}

// record writes a deed into the record.
func (h *head) record(ctx context.Context, tx *db.Tx, at time.Time, by person, action string, details map[string]any) error {
	if details == nil {
		details = map[string]any{}
	}
	details["number"] = h.number
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.actor, MerchantID: h.merchantID, Action: "case." + action, Subject: h.id, RequestID: by.requestID, Details: details,
	})
}

// tell tells the merchant of a step, with what a person wrote, if anything. The
// steps are filed, opened (by the rules), split, merged (with the number of the
// case that goes on), assigned, reply, ask, extended, decided, refund (on its
// way), refunded (in part), closed, withdrawn, review and reopened. The news
// before it must be of another line of the log.
func (h *head) tell(ctx context.Context, tx *db.Tx, at time.Time, step, text string) error {
	return notice.Tell(ctx, tx, at, h.news(at, step, text))
}

func (h *head) news(at time.Time, step, text string) notice.News {
	return notice.News{
		MerchantID: h.merchantID, Kind: notice.Complaint, TerminalID: h.about.TerminalID, Round: h.lines, Ref: h.number,
		Facts: notice.Facts{At: at, Number: h.number, Step: step, Text: text, On: h.promised(step)},
	}
}

// promised is the day that goes with a step: of the decision to come, of the answer
// at the latest, or up to which a review can be asked for; zero: none does.
func (h *head) promised(step string) (day date.Date) {
	switch step {
	case "decided", "put_right":
		return h.now.ReviewBy
	case "filed", "opened", "split", "review", "reopened":
		for i := range h.now.Clocks {
			if c := &h.now.Clocks[i]; c.Name == worktime.Resolution && !c.DueAt.IsZero() {
				day = date.Of(c.DueAt)
			}
		}
	case "extended":
		for i := range h.now.Clocks {
			if c := &h.now.Clocks[i]; c.Name == worktime.Reply {
				day = c.LastDay
			}
		}
	}
	return day
}

// dispute opens a dispute about the fee of a complaint, so that nothing is taken
// for it until the case is decided. A case about a cycle that was decided before
// opens none.
func (h *head) dispute(ctx context.Context, tx *db.Tx, at time.Time) error {
	if h.kind != Complaint || h.about.TerminalID == 0 || !holdable(h.about.Item) {
		return nil
	}
	h.disputes++
	return deduction.OpenDispute(ctx, tx, at, h.disputeID(), h.merchantID, h.about.TerminalID, h.about.Item)
}

// holdable reports whether the fee is one that is taken by cycle, or once, and
// not for each sale.
func holdable(item fee.Item) bool {
	return item != "" && item != fee.Transaction && item != fee.Withdrawal && item != deduction.ItemOther
}

func (h *head) disputeID() string { return fmt.Sprintf("%s-%d", h.id, h.disputes) }

// settle ends the dispute about the fee, and those of the cases that were merged
// into this one.
func (h *head) settle(ctx context.Context, tx *db.Tx, at time.Time) error {
	var ids []string
	if h.disputes > 0 {
		ids = append(ids, h.disputeID())
	}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var other head
			if err := rows.Scan(&other.id, &other.disputes); err != nil {
				return err
			}
			ids = append(ids, other.disputeID())
			return nil
		})
	}, `select id, dispute from cases where merged_into = $1 and dispute > 0 order by id`, h.id)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := deduction.CloseDispute(ctx, tx, at, id); err != nil {
			return err
		}
	}
	return nil
}
