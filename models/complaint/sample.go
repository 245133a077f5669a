package complaint

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// samplePercent is how many of a hundred closed cases are looked at again.
const samplePercent = 5

// isSampled reports whether a case is looked at again once it has closed. That
// follows from its number alone: nobody can choose which.
func isSampled(number string) bool {
	sum := sha256.Sum256([]byte(number))
	return binary.BigEndian.Uint64(sum[:8])%100 < samplePercent
}

// draw keeps a case that closes for a second look, if it is one of the sample.
func (h *head) draw(ctx context.Context, tx *db.Tx, at time.Time) error {
	if !isSampled(h.number) {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into case_samples (case_id, drawn_at) values ($1, $2) on conflict do nothing`, h.id, at)
	return err
}

// Marks is how good a case's work was: from 1 to 5 each.
type Marks struct {
	Facts   int // whether they were looked into
	Words   int // whether they were clear
	Outcome int // whether it was fair
	Remark  string
}

// Sampled is a case of the sample.
type Sampled struct {
	Listed
	Merchant string
	DrawnAt  time.Time
	Marks              // zero: nobody has looked yet
	At       time.Time // of the look
	By       string    // name
	Stars    int       // that the merchant gave; 0: none
}

// samplesShown is how many cases of the sample are listed, of those that wait and
// of those that were looked at.
const samplesShown = 50

// Samples is the sample: those that wait the longest first, those looked at last
// before the others.
type Samples struct {
	Waiting, Reviewed []Sampled
	MoreWait          bool // more wait than are listed
}

// ReadSamples reads the sample, in one round trip. It returns fault.Forbidden.
func ReadSamples(ctx context.Context, r db.Reader, by staff.Actor) (*Samples, error) {
	if err := by.Must(staff.SeeBoard); err != nil {
		return nil, err
	}
	s := &Samples{}
	b := db.NewBatch()
	const columns = `select ` + listedColumns + `, m.name, s.drawn_at, coalesce(s.facts, 0), coalesce(s.words, 0), coalesce(s.outcome, 0), s.remark,
			s.reviewed_at, s.reviewer_name, coalesce(g.stars, 0)
		from case_samples s join cases c on c.id = s.case_id join merchants m on m.id = c.merchant_id left join case_ratings g on g.case_id = c.id `
	b.Add(columns+`where s.reviewed_at is null order by s.drawn_at, s.case_id limit $1`, []any{samplesShown + 1}, scanSamples(&s.Waiting))
	b.Add(columns+`where s.reviewed_at is not null order by s.reviewed_at desc, s.case_id limit $1`, []any{samplesShown}, scanSamples(&s.Reviewed))
	err := r.Read(ctx, b)
	if len(s.Waiting) > samplesShown {
		s.Waiting, s.MoreWait = s.Waiting[:samplesShown], true
	}
	return s, err
}

func scanSamples(all *[]Sampled) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Sampled
			var drawn, at db.Time
			var by db.Text
			err := s.Listed.scan(rows, &s.Merchant, &drawn, &s.Facts, &s.Words, &s.Outcome, &s.Remark, &at, &by, &s.Stars)
			s.DrawnAt, s.At, s.By = drawn.Time, at.Time, string(by)
			*all = append(*all, s)
			return err
		})
	}
}

// CountSamples adds to a batch how many cases of the sample wait for a look, up to
// MostCounted.
func CountSamples(b *db.Batch, n *int) {
	b.Add(`select count(*) from (select 1 from case_samples where reviewed_at is null limit $1) waiting`, []any{MostCounted}, func(rows db.Rows) error { return db.First(rows, n) })
}

// ReviewSample notes how good the work on a case of the sample was. Nobody looks
// at what they decided themselves. It returns fault.Invalid for the fields
// "facts", "words", "outcome" and "remark", fault.Conflict where somebody looked
// at it before, fault.Forbidden, and fault.NotFound where it is none of the
// sample.
func (c *Cases) ReviewSample(ctx context.Context, by staff.Actor, number string, m Marks) error {
	if err := by.Must(staff.LeadCases); err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, `c.number = $1`, number)
		if err != nil {
			return err
		}
		var own, waits bool
		err = tx.QueryRow(ctx, `select exists (select 1 from case_decisions where case_id = $1 and staff_id = $2), reviewed_at is null from case_samples where case_id = $1`, h.id, by.ID).Scan(&own, &waits)
		switch {
		case db.NotFound(err):
			return errNotFound
		case err != nil:
			return err
		case own:
			return fault.New(fault.Forbidden, "case.own_decision")
		case !waits:
			return fault.New(fault.Conflict, "case.reviewed_before")
		}
		if err := m.check(); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update case_samples set facts = $2, words = $3, outcome = $4, remark = $5, reviewed_at = $6, reviewer_id = $7, reviewer_name = $8
			where case_id = $1 and reviewed_at is null`, h.id, m.Facts, m.Words, m.Outcome, m.Remark, at, by.ID, by.Name)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "case.reviewed_before")
		}
		if err != nil {
			return err
		}
		return h.record(ctx, tx, at, ofStaff(by), "review_sample", map[string]any{"facts": m.Facts, "words": m.Words, "outcome": m.Outcome})
	})
}

func (m *Marks) check() error {
	var wrong fault.Fields
	m.Remark = strings.TrimSpace(m.Remark)
	for _, mark := range []struct {
		field string
		n     int
	}{{"facts", m.Facts}, {"words", m.Words}, {"outcome", m.Outcome}} {
		if mark.n < 1 || mark.n > 5 {
			wrong.Add(mark.field, "case.mark_missing")
		}
	}
	if utf8.RuneCountInString(m.Remark) > MaxRemark {
		wrong.Add("remark", "case.words_long", "n", MaxRemark)
	}
	return wrong.Err()
}
