package audit

import (
	"bytes"
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
)

// Flaw names what is wrong with a chain at one place.
type Flaw string

// What can be wrong.
const (
	Changed Flaw = "changed" // an entry says something else than when it was sealed
	Missing Flaw = "missing" // fewer entries than were sealed
	Added   Flaw = "added"   // an entry where none was when it was sealed
	Broken  Flaw = "broken"  // a seal that does not follow from the one before, or is missing
	Cut     Flaw = "cut"     // the chain does not lead to the head that was kept
)

// Finding is one flaw, at a seal.
type Finding struct {
	Seq  int64
	Flaw Flaw
}

// Report is what Verify found.
type Report struct {
	Head     Head
	Seals    int64
	Entries  int64 // that seals cover
	Unsealed int64 // newer than the last seal
	Findings []Finding
}

// Sound reports whether nothing is wrong.
func (r Report) Sound() bool { return len(r.Findings) == 0 }

// Verify works the whole chain out again. Kept is a head that was noted outside
// the database, or nil.
func Verify(ctx context.Context, d *db.DB, kept *Head) (Report, error) {
	r := Report{Head: Head{Hash: noSeal}}
	reached := kept == nil || kept.Seq == 0
	after := "" // the last entry of the seal before
	for {
		seals, err := readSeals(ctx, d, r.Head.Seq)
		if err != nil {
			return r, fmt.Errorf("audit: verifying: %w", err)
		}
		if len(seals) == 0 {
			break
		}
		for i := range seals {
			s := &seals[i]
			entries, err := readEntries(ctx, d, "id > $1 and id <= $2 order by id", after, s.last)
			if err != nil {
				return r, fmt.Errorf("audit: verifying: %w", err)
			}
			r.check(s, entries)
			if kept != nil && s.seq == kept.Seq && bytes.Equal(s.hash, kept.Hash) {
				reached = true
			}
			r.Seals++
			r.Entries += int64(len(entries))
			r.Head, after = Head{Seq: s.seq, Hash: s.hash}, s.last
		}
	}
	if !reached {
		r.find(kept.Seq, Cut)
	}
	err := d.QueryRow(ctx, "select count(*) from audit_entries where id > $1", after).Scan(&r.Unsealed)
	if err != nil {
		return r, fmt.Errorf("audit: verifying: %w", err)
	}
	return r, nil
}

// check compares one seal with the seal before, which is the report's head, and
// with the entries it should cover.
func (r *Report) check(s *seal, entries []entry) {
	if s.seq != r.Head.Seq+1 || !bytes.Equal(s.previous, r.Head.Hash) {
		r.find(s.seq, Broken)
	}
	switch n := int64(len(entries)); {
	case n < s.count:
		r.find(s.seq, Missing)
	case n > s.count:
		r.find(s.seq, Added)
	case !bytes.Equal(s.sum(entries), s.hash):
		r.find(s.seq, Changed)
	}
}

func (r *Report) find(seq int64, f Flaw) { r.Findings = append(r.Findings, Finding{seq, f}) }

// readSeals returns the next seals after one, a bounded number of them.
func readSeals(ctx context.Context, r db.Reader, after int64) (seals []seal, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s seal
			err := rows.Scan(&s.seq, &s.first, &s.last, &s.count, &s.hash, &s.previous)
			seals = append(seals, s)
			return err
		})
	}, "select seq, first_id, last_id, count, hash, previous from audit_seals where seq > $1 order by seq limit 1000", after)
	return seals, err
}
