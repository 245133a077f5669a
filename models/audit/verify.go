package audit

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

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
	Cut     Flaw = "cut"     // the chain does not lead to a head that was kept outside
)

// Finding is one flaw, at a seal.
type Finding struct {
	Seq  int64 `json:"seal"`
	Flaw Flaw  `json:"flaw"`
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

// Verify works the whole chain out again. Kept are heads that were noted outside
// the database, in any order: the chain has to lead through each of them.
func Verify(ctx context.Context, r db.Reader, kept ...Head) (Report, error) {
	report := Report{Head: Head{Hash: noSeal}}
	outside := make(map[int64][]Head, len(kept))
	for _, h := range kept {
		if h.Seq > 0 {
			outside[h.Seq] = append(outside[h.Seq], h)
		}
	}
	after := "" // the last entry of the seal before
	for {
		seals, err := readSeals(ctx, r, report.Head.Seq)
		if err != nil {
			return report, fmt.Errorf("audit: verifying: %w", err)
		}
		if len(seals) == 0 {
			break
		}
		for i := range seals {
			s := &seals[i]
			entries, err := readEntries(ctx, r, "id > $1 and id <= $2 order by id", after, s.last)
			if err != nil {
				return report, fmt.Errorf("audit: verifying: %w", err)
			}
			report.check(s, entries)
			report.compare(s, outside[s.seq])
			delete(outside, s.seq)
			report.Seals++
			report.Entries += int64(len(entries))
			report.Head, after = Head{Seq: s.seq, Hash: s.hash}, s.last
		}
	}
	if len(outside) > 0 { // the chain ends before them, or jumps over them
		report.cut(slices.Min(slices.Collect(maps.Keys(outside))))
	}
	err := r.QueryRow(ctx, "select count(*) from audit_entries where id > $1", after).Scan(&report.Unsealed)
	if err != nil {
		return report, fmt.Errorf("audit: verifying: %w", err)
	}
	return report, nil
}

// compare looks whether a seal is what was noted of it outside.
func (r *Report) compare(s *seal, noted []Head) {
	for _, h := range noted {
		if !bytes.Equal(h.Hash, s.hash) {
			r.cut(s.seq)
		}
	}
}

// cut finds that the chain is another than the one that was noted, at the first
// place where that shows: all that follow differ with it.
func (r *Report) cut(seq int64) {
	if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Flaw == Cut }) {
		r.find(seq, Cut)
	}
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
	case n > 0 && entries[0].id != s.first, !bytes.Equal(s.sum(entries), s.hash) && !bytes.Equal(s.sumBefore(entries), s.hash):
		r.find(s.seq, Changed)
	}
}

func (r *Report) find(seq int64, f Flaw) { r.Findings = append(r.Findings, Finding{seq, f}) }

// readSeals returns the next seals after one, a bounded number of them.
func readSeals(ctx context.Context, r db.Reader, after int64) (seals []seal, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s seal
			err := rows.Scan(&s.seq, &s.first, &s.last, &s.count, &s.hash, &s.previous, &s.at)
			seals = append(seals, s)
			return err
		})
	}, "select seq, first_id, last_id, count, hash, previous, sealed_at from audit_seals where seq > $1 order by seq limit 1000", after)
	return seals, err
}
