package complaint

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/worktime"
)

// Withdraw ends a case that is not decided, for its merchant, once. What was
// disputed may be taken again. It returns fault.Conflict where it is decided,
// fault.Forbidden, and fault.NotFound.
func (c *Cases) Withdraw(ctx context.Context, who account.Who, number string) error {
	at := c.clock.Now()
	return c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) error {
		if h.now.State == worktime.Withdrawn {
			return nil // a form that was sent twice
		}
		if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.CaseWithdrawn}, ""); err != nil {
			return err
		}
		if err := h.settle(ctx, tx, at); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		if err := h.tell(ctx, tx, at, "withdrawn", ""); err != nil {
			return err
		}
		return h.record(ctx, tx, at, by, "withdraw", nil)
	})
}

// Accept says that the merchant accepts the decision, once. The case closes, unless
// money is still to be given back. It returns fault.Conflict where there is no
// decision, fault.Forbidden, and fault.NotFound.
func (c *Cases) Accept(ctx context.Context, who account.Who, number string) error {
	at := c.clock.Now()
	return c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) error {
		if h.accepted() {
			return nil // a form that was sent twice
		}
		if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.DecisionAccepted}, ""); err != nil {
			return err
		}
		m, err := h.moneyIn(ctx, tx)
		if err != nil {
			return err
		}
		if m.outstanding() {
			err = h.keep(ctx, tx, at)
		} else {
			err = h.close(ctx, tx, at, by)
		}
		if err != nil {
			return err
		}
		return h.record(ctx, tx, at, by, "accept", nil)
	})
}

// accepted reports whether the merchant has accepted the decision that stands.
func (h *head) accepted() bool {
	if s := h.now.State; s.UnderWay() || s == worktime.Withdrawn {
		return false
	}
	for _, e := range slices.Backward(h.log.Log) {
		if e.Kind == worktime.DecisionAccepted || e.Kind == worktime.DecisionMade {
			return e.Kind == worktime.DecisionAccepted
		}
	}
	return false
}

// AskReview has the decision looked at again by another person, once, within two
// weeks of it by default, also where its money is on its way, or has arrived; new
// clocks of the same lengths start, and what was disputed is held again. A refund
// that was approved goes on: the later decision is about what is beyond it. It
// returns fault.Invalid for the field "words",
// fault.Conflict where it can't be asked for any more, fault.Forbidden, and
// fault.NotFound.
func (c *Cases) AskReview(ctx context.Context, who account.Who, number, words string) error {
	words, err := checkWords(words, "words", missingWords, MaxWords)
	if err != nil {
		return err
	}
	at := c.clock.Now()
	return c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) error {
		if twice, err := h.goesOnWith(ctx, tx, at, by, words); err != nil || twice {
			return err
		}
		if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.ReviewAsked}, ""); err != nil {
			return err
		}
		h.ownerID, h.ownerName = "", "" // for another person
		if err := h.post(ctx, tx, at, by, message, words); err != nil {
			return err
		}
		if err := h.resume(ctx, tx, at); err != nil {
			return err
		}
		if err := h.tell(ctx, tx, at, "review", ""); err != nil {
			return err
		}
		return h.record(ctx, tx, at, by, "ask_review", nil)
	})
}

// goesOnWith reports whether a case goes on since somebody said these words a
// moment ago: the form that made it was sent twice.
func (h *head) goesOnWith(ctx context.Context, r db.Reader, at time.Time, by person, words string) (bool, error) {
	if !h.now.State.UnderWay() {
		return false, nil
	}
	return h.justSaid(ctx, r, at, by, message, words)
}

// resume holds the fee again and keeps a case that goes on. A refund that nobody
// has approved yet waits for the next decision.
func (h *head) resume(ctx context.Context, tx *db.Tx, at time.Time) error {
	_, err := tx.Exec(ctx, `update refund_proposals set state = 'refused', answered_at = $3 where merchant_id = $1 and case_id = $2 and state = 'proposed'`, h.merchantID, h.id, at)
	if err != nil {
		return err
	}
	if h.disputes > 0 { // a case that held nothing holds nothing now
		if err := h.dispute(ctx, tx, at); err != nil {
			return err
		}
	}
	if err := h.holdMerged(ctx, tx, at); err != nil {
		return err
	}
	return h.keep(ctx, tx, at)
}

// holdMerged holds again what the cases held that were merged into this one.
func (h *head) holdMerged(ctx context.Context, tx *db.Tx, at time.Time) error {
	var ids []string
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one string
			err := rows.Scan(&one)
			ids = append(ids, one)
			return err
		})
	}, `select id from cases where merged_into = $1 and dispute > 0 order by id`, h.id)
	if err != nil {
		return err
	}
	for _, one := range ids {
		merged, err := readHead(ctx, tx, `c.id = $1`, one)
		if err == nil {
			err = merged.dispute(ctx, tx, at)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `update cases set dispute = $2 where id = $1`, merged.id, merged.disputes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Reopen goes on with a case that was closed up to two weeks ago by default, and
// its clocks with it; for one that was closed earlier it files a new one, which is
// tied to it. It returns the number of the case that goes on. It returns
// fault.Invalid for the field "words", fault.Conflict where the case is not
// closed, fault.Forbidden, and fault.NotFound.
func (c *Cases) Reopen(ctx context.Context, who account.Who, number, words string) (goesOn string, err error) {
	words, err = checkWords(words, "words", missingWords, MaxWords)
	if err != nil {
		return "", err
	}
	at := c.clock.Now()
	err = c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) error {
		goesOn = h.number
		if twice, err := h.goesOnWith(ctx, tx, at, by, words); err != nil || twice {
			return err
		}
		if h.now.State != worktime.Closed {
			return fault.New(fault.Conflict, "case.not_closed")
		}
		if date.Of(at) > h.now.ReopenBy {
			n, err := c.fileAnew(ctx, tx, at, h, by, words)
			if err == nil {
				goesOn = n.number
			}
			return err
		}
		if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.CaseReopened}, ""); err != nil {
			return err
		}
		h.reopened = true
		if err := h.post(ctx, tx, at, by, message, words); err != nil {
			return err
		}
		if err := h.resume(ctx, tx, at); err != nil {
			return err
		}
		if err := h.tell(ctx, tx, at, "reopened", ""); err != nil {
			return err
		}
		return h.record(ctx, tx, at, by, "reopen", nil)
	}, lockOfMerchant(who.MerchantID)) // it may file another
	return goesOn, err
}

// fileAnew files a case about what an old one was about, or adds to the one that
// is under way about it. It holds nothing: that was decided.
func (c *Cases) fileAnew(ctx context.Context, tx *db.Tx, at time.Time, old *head, by person, words string) (*head, error) {
	var open string
	err := tx.QueryRow(ctx, `
		select c.number from case_links l join cases c on c.id = l.case_id
		where l.other_id = $1 and l.kind = 'reopened' and c.under_way order by c.filed_at desc limit 1`, old.id).Scan(&open)
	if db.NotFound(err) {
		err = nil
		if old.kind == Complaint && old.about.Subject == OfDeduction {
			open, err = openAbout(ctx, tx, old.merchantID, old.about.Ref)
		}
	}
	if err != nil {
		return nil, err
	}
	if open != "" {
		h, err := lock(ctx, tx, old.merchantID, open)
		if err == nil {
			_, err = c.say(ctx, tx, at, h, by, words, nil)
		}
		return h, err
	}
	h := &head{id: id.New("c", at), merchantID: old.merchantID, kind: old.kind, about: old.about, reason: old.reason, filedAt: at}
	if err := c.open(ctx, tx, at, h, by, Caller{Channel: ByPortal}, ""); err != nil {
		return nil, err
	}
	if err := h.post(ctx, tx, at, by, message, words); err != nil {
		return nil, err
	}
	if err := c.attach(ctx, tx, h, at); err != nil {
		return nil, err
	}
	if err := h.link(ctx, tx, at, by, old.id, "reopened"); err != nil {
		return nil, err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return nil, err
	}
	if err := h.tell(ctx, tx, at, "filed", ""); err != nil {
		return nil, err
	}
	return h, h.record(ctx, tx, at, by, "file", map[string]any{"kind": string(h.kind), "after": old.number})
}

// Rate says how content the merchant is with a case that is decided, from 1 to 5,
// once. It returns fault.Invalid for the fields "stars" and "words",
// fault.Conflict where it is not decided or was rated, fault.Forbidden, and
// fault.NotFound.
func (c *Cases) Rate(ctx context.Context, who account.Who, number string, stars int, words string) error {
	words = strings.TrimSpace(words)
	at := c.clock.Now()
	return c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) error {
		if s := h.now.State; s != worktime.Decided && s != worktime.RefundPending && s != worktime.Closed {
			return fault.New(fault.Conflict, "case.not_decided")
		}
		if stars < 1 || stars > 5 {
			return wrongField("stars", "case.stars_missing")
		}
		if utf8.RuneCountInString(words) > MaxRemark {
			return wrongField("words", "case.words_long", "n", MaxRemark)
		}
		var twice bool
		err := tx.QueryRow(ctx, `select count(*) > 0 from case_ratings where case_id = $1 and stars = $2 and remark = $3 and user_id = $4`, h.id, stars, words, who.UserID).Scan(&twice)
		if err != nil || twice {
			return err
		}
		_, err = tx.Exec(ctx, `insert into case_ratings (case_id, stars, remark, user_id, at) values ($1, $2, $3, $4, $5)`, h.id, stars, words, who.UserID, at)
		if db.Duplicate(err) {
			return fault.New(fault.Conflict, "case.rated_before")
		}
		if err != nil {
			return err
		}
		return h.record(ctx, tx, at, by, "rate", map[string]any{"stars": stars})
	})
}

// lookAgain is how many cases a job takes in one go.
const lookAgain = 100

// Close ends the cases whose merchants said nothing for two weeks after the
// decision by default, unless money is still to be given back, each in a
// transaction of its own. It returns how many.
func (c *Cases) Close(ctx context.Context) (n int, err error) {
	at := c.clock.Now()
	today := date.Of(at)
	after := struct {
		on date.Date
		id string
	}{}
	for {
		var some [][2]string
		err := c.d.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var one [2]string
				err := rows.Scan(&one[0], &one[1], &after.on)
				some, after.id = append(some, one), one[0]
				return err
			})
		}, `select id, number, close_on from cases where close_on is not null and close_on < $1 and (close_on > $2 or close_on = $2 and id > $3) order by close_on, id limit $4`,
			today, firstOr(after.on), after.id, lookAgain)
		if err != nil {
			return n, err
		}
		for _, one := range some {
			closed, err := c.closeOne(ctx, at, one[1])
			if err != nil {
				return n, err
			}
			if closed {
				n++
			}
		}
		if len(some) < lookAgain {
			return n, nil
		}
	}
}

// firstOr is a day, or one before every other where there is none.
func firstOr(d date.Date) date.Date {
	if d.IsZero() {
		return worktime.FirstDay
	}
	return d
}

func (c *Cases) closeOne(ctx context.Context, at time.Time, number string) (closed bool, err error) {
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		closed = false
		h, err := lock(ctx, tx, 0, number)
		if fault.Is(err, fault.Conflict) {
			return nil // merged since
		}
		if err != nil {
			return err
		}
		if on := h.closeOn(); on.IsZero() || date.Of(at) <= on {
			return nil // somebody spoke since
		}
		m, err := h.moneyIn(ctx, tx)
		if err != nil || m.outstanding() {
			return err
		}
		closed = true
		if err := h.close(ctx, tx, at, itself); err != nil {
			return err
		}
		return h.record(ctx, tx, at, itself, "close", nil)
	})
	return closed, err
}

// Warnings notes the clocks that have warned or were breached since the last
// time, each once, for the leads. It returns how many cases it looked at.
func (c *Cases) Warnings(ctx context.Context) (n int, err error) {
	at := c.clock.Now()
	after := struct {
		at time.Time
		id string
	}{at: time.Unix(0, 0).UTC()}
	for {
		var numbers []string
		err := c.d.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var number string
				var alarm db.Time
				err := rows.Scan(&after.id, &number, &alarm)
				numbers, after.at = append(numbers, number), alarm.Time
				return err
			})
		}, `select id, number, alarm_at from cases where alarm_at is not null and alarm_at <= $1 and (alarm_at > $2 or alarm_at = $2 and id > $3) order by alarm_at, id limit $4`,
			at, after.at, after.id, lookAgain)
		if err != nil {
			return n, err
		}
		for _, number := range numbers {
			err := c.d.Write(ctx, func(tx *db.Tx) error {
				h, err := lock(ctx, tx, 0, number)
				if err != nil {
					return err
				}
				return h.keep(ctx, tx, at)
			})
			if err != nil && !fault.Is(err, fault.Conflict) {
				return n, err
			}
		}
		n += len(numbers)
		if len(numbers) < lookAgain {
			return n, nil
		}
	}
}
