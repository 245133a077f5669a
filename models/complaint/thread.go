package complaint

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// PostKind says who says something to whom.
type PostKind string

// The kinds of post. A note never leaves the house.
const (
	message  PostKind = "message"  // of the merchant's
	reply    PostKind = "reply"    // to the merchant
	question PostKind = "question" // to the merchant, who is waited for
	note     PostKind = "note"     // among staff
)

// The kinds of post that a merchant reads.
const (
	OfMerchant      = message
	ToMerchant      = reply
	AskedOfMerchant = question
)

// Post is something that was said in a case.
type Post struct {
	ID   string
	Kind PostKind
	At   time.Time
	By   string // name
	Body string
	// TakenDown is set of the merchant's words that staff wrote down, as from the
	// telephone; By is who did.
	TakenDown bool
}

func (h *head) post(ctx context.Context, tx *db.Tx, at time.Time, by person, kind PostKind, body string) error {
	_, err := tx.Exec(ctx, `insert into case_posts (id, case_id, merchant_id, kind, at, author_id, author_name, body) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id.New("cp", at), h.id, h.merchantID, string(kind), at, by.actor.ID, by.name, body)
	return err
}

// twiceWithin is how soon the same words again are a form that was sent twice.
const twiceWithin = time.Minute

// justSaid reports whether somebody has said the very same a moment ago: a form
// that is sent twice says it once.
func (h *head) justSaid(ctx context.Context, r db.Reader, at time.Time, by person, kind PostKind, body string) (said bool, err error) {
	err = r.QueryRow(ctx, `
		select count(*) > 0 from case_posts
		where merchant_id = $1 and case_id = $2 and at > $3 and kind = $4 and author_id = $5 and body = $6`,
		h.merchantID, h.id, at.Add(-twiceWithin), string(kind), by.actor.ID, body).Scan(&said)
	return said, err
}

// checkText trims what was written, and notes a fault where it is nothing, in the
// words of its field, or too much.
func checkText(wrong *fault.Fields, text *string, field, missing string, most int) {
	*text = strings.TrimSpace(*text)
	switch n := utf8.RuneCountInString(*text); {
	case n == 0:
		wrong.Add(field, missing)
	case n > most:
		wrong.Add(field, "case.words_long", "n", most)
	}
}

// checkWords is checkText of a form with that one field.
func checkWords(words, field, missing string, most int) (string, error) {
	var wrong fault.Fields
	checkText(&wrong, &words, field, missing, most)
	return words, wrong.Err()
}

// missingWords is what a merchant is told who says nothing.
const missingWords = "case.words_missing"

// mustHear returns fault.Conflict where a case has ended, so that the merchant can
// say nothing in it any more.
func (h *head) mustHear() error {
	if s := h.now.State; s == worktime.Closed || s == worktime.Withdrawn {
		return fault.New(fault.Conflict, "case.ended")
	}
	return nil
}

// say adds what somebody of the merchant's says, which answers what they were
// asked, if anything. It reports whether the files were kept: what was said and
// added a moment ago is not again.
func (c *Cases) say(ctx context.Context, tx *db.Tx, at time.Time, h *head, by person, words string, files []stored) (kept bool, err error) {
	if err := h.mustHear(); err != nil {
		return false, err
	}
	if words != "" {
		said, err := h.justSaid(ctx, tx, at, by, message, words)
		if err == nil && said {
			said, err = h.hasFiles(ctx, tx, files)
		}
		if err != nil || said {
			return false, err
		}
		if err := h.post(ctx, tx, at, by, message, words); err != nil {
			return false, err
		}
	}
	if err := h.addFiles(ctx, tx, at, by, files); err != nil {
		return false, err
	}
	if err := h.add(ctx, tx, at, by, worktime.Event{Kind: worktime.MerchantAnswered}, ""); err != nil {
		return false, err
	}
	if err := h.keep(ctx, tx, at); err != nil {
		return false, err
	}
	return true, h.record(ctx, tx, at, by, "write", map[string]any{"files": len(files)})
}

// Write adds what somebody of the merchant's says to a case, and files. Where the
// merchant was asked for something, this is the answer. It returns fault.Invalid
// for the fields "words" and "files", fault.Conflict where the case has ended,
// fault.Forbidden, and fault.NotFound.
func (c *Cases) Write(ctx context.Context, who account.Who, number, words string, uploads []Upload) error {
	words, err := checkWords(words, "words", missingWords, MaxWords)
	if err != nil {
		return err
	}
	return c.write(ctx, who, number, words, uploads)
}

func (c *Cases) write(ctx context.Context, who account.Who, number, words string, uploads []Upload) error {
	at := c.clock.Now()
	may := func() error {
		by, err := c.mayWrite(ctx, c.d, who)
		if err != nil {
			return err
		}
		h, err := readOpen(ctx, c.d, who.MerchantID, number)
		if err != nil {
			return err
		}
		return h.mayTake(ctx, c.d, at, by, words, len(uploads))
	}
	return c.withFiles(ctx, at, uploads, may, func(files []stored) (kept bool, err error) {
		err = c.asMerchant(ctx, who, number, func(tx *db.Tx, h *head, by person) (err error) {
			kept, err = c.say(ctx, tx, at, h, by, words, files)
			return err
		})
		return kept, err
	})
}

// MerchantAnswered takes down what the merchant said to staff, by telephone say,
// in answer to what it was asked. It returns the faults of Reply.
func (c *Cases) MerchantAnswered(ctx context.Context, by staff.Actor, number, words string) error {
	words, err := checkWords(words, "words", "case.heard_missing", MaxWords)
	if err != nil {
		return err
	}
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		_, err := c.say(ctx, tx, at, h, ofStaff(by), words, nil)
		return err
	})
}

// Reply writes to the merchant, which stops the clock of the first contact. It
// returns fault.Invalid for the field "words", fault.Forbidden, fault.Conflict,
// and fault.NotFound.
func (c *Cases) Reply(ctx context.Context, by staff.Actor, number, words string) error {
	return c.toMerchant(ctx, by, number, words, "case.reply_missing", reply, "reply", worktime.PersonReplied)
}

// AskMerchant asks the merchant for something that the case waits for: the clock
// of the decision pauses until they answer. It returns the faults of Reply.
func (c *Cases) AskMerchant(ctx context.Context, by staff.Actor, number, words string) error {
	return c.toMerchant(ctx, by, number, words, "case.question_missing", question, "ask", worktime.PersonReplied, worktime.MerchantAsked)
}

func (c *Cases) toMerchant(ctx context.Context, by staff.Actor, number, words, missing string, kind PostKind, step string, events ...worktime.Kind) error {
	words, err := checkWords(words, "words", missing, MaxWords)
	if err != nil {
		return err
	}
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		said, err := h.justSaid(ctx, tx, at, ofStaff(by), kind, words)
		if err != nil || said {
			return err
		}
		if err := h.engage(ctx, tx, at, by); err != nil {
			return err
		}
		for _, e := range events {
			if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: e}, ""); err != nil {
				return err
			}
		}
		if err := h.post(ctx, tx, at, ofStaff(by), kind, words); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		if err := h.tell(ctx, tx, at, step, words); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), step, nil)
	})
}

// Note writes something down among staff. It answers nothing. It returns the
// faults of Reply.
func (c *Cases) Note(ctx context.Context, by staff.Actor, number, words string) error {
	words, err := checkWords(words, "note", "case.note_empty", MaxWords)
	if err != nil {
		return err
	}
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		said, err := h.justSaid(ctx, tx, at, ofStaff(by), note, words)
		if err != nil || said {
			return err
		}
		if err := h.post(ctx, tx, at, ofStaff(by), note, words); err != nil {
			return err
		}
		if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.Noted}, ""); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "note", nil)
	})
}

// Whom is who else may be asked about a case.
type Whom string

// Those who may be asked.
const (
	Carrier    Whom = "carrier"
	Agent      Whom = "agent" // of sales
	Department Whom = "department"
)

// Inquiry is something that a carrier, an agent or another department was asked.
type Inquiry struct {
	ID         string
	Whom       Whom
	Name       string // of who was asked
	Body       string
	DueOn      date.Date
	AskedAt    time.Time
	By         string // who asked, and follows it up
	Answer     string // empty: none yet
	AnsweredAt time.Time
}

func (q *Inquiry) check(today date.Date) error {
	var wrong fault.Fields
	if q.Whom != Carrier && q.Whom != Agent && q.Whom != Department {
		wrong.Add("whom", "case.whom_missing")
	}
	checkText(&wrong, &q.Name, "name", "case.third_name_missing", 100)
	if q.DueOn < today || q.DueOn > today.AddMonths(12) {
		wrong.Add("due_on", "case.due_missing")
	}
	checkText(&wrong, &q.Body, "words", "case.third_words_missing", MaxWords)
	return wrong.Err()
}

// AskThird asks a carrier, an agent or another department for something by a day.
// Nothing waits for them: no clock pauses. It returns the inquiry's id, and the
// faults of Reply, Invalid also for the fields "whom", "name" and "due_on".
func (c *Cases) AskThird(ctx context.Context, by staff.Actor, number string, q Inquiry) (inquiryID string, err error) {
	if err := q.check(date.Of(c.clock.Now())); err != nil {
		return "", err
	}
	err = c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		if err := h.mustBeUnderWay(); err != nil {
			return err
		}
		if err := h.engage(ctx, tx, at, by); err != nil {
			return err
		}
		inquiryID = id.New("ci", at)
		_, err := tx.Exec(ctx, `insert into case_inquiries (id, case_id, whom, name, body, due_on, asked_at, asked_by, asked_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			inquiryID, h.id, string(q.Whom), q.Name, q.Body, q.DueOn, at, by.ID, by.Name)
		if err != nil {
			return err
		}
		if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.OtherAsked}, string(q.Whom)); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "ask_third", map[string]any{"inquiry": inquiryID, "whom": string(q.Whom), "due_on": q.DueOn.String()})
	})
	return inquiryID, err
}

// ThirdAnswered takes down what somebody who was asked has answered. It returns
// the faults of Reply, Conflict where they had answered before.
func (c *Cases) ThirdAnswered(ctx context.Context, by staff.Actor, number, inquiryID, words string) error {
	return c.asStaff(ctx, by, staff.WorkCases, number, func(tx *db.Tx, at time.Time, h *head) error {
		var waits bool
		err := tx.QueryRow(ctx, `select count(*) > 0 from case_inquiries where id = $1 and case_id = $2 and answered_at is null`, inquiryID, h.id).Scan(&waits)
		if err != nil {
			return err
		}
		if !waits {
			return fault.New(fault.Conflict, "case.answered_before")
		}
		answer, err := checkWords(words, "words", "case.third_answer_missing", MaxWords)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update case_inquiries set answer = $2, answered_at = $3, answered_by = $4 where id = $1`, inquiryID, answer, at, by.ID)
		if err != nil {
			return err
		}
		if err := h.add(ctx, tx, at, ofStaff(by), worktime.Event{Kind: worktime.OtherAnswered}, ""); err != nil {
			return err
		}
		if err := h.keep(ctx, tx, at); err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "third_answered", map[string]any{"inquiry": inquiryID})
	})
}
