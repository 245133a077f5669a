package evidence

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// entry is a line of the record.
type entry struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Kind     string          `json:"actor_kind"`
	Actor    string          `json:"actor"`
	Merchant db.Text         `json:"merchant,omitzero"` // reference
	Action   string          `json:"action"`
	Subject  string          `json:"subject"`
	Details  json.RawMessage `json:"details"`
	Request  db.Text         `json:"request,omitzero"`
	Seal     int64           `json:"seal,omitzero"` // number of the seal that covers it; absent: none yet
}

// seal is a seal of the record. Its hash covers entries of other matters too,
// which are not here; it can be compared with the chain itself.
type seal struct {
	Seq      int64     `json:"seal"`
	First    string    `json:"first_entry"`
	Last     string    `json:"last_entry"`
	Count    int64     `json:"entries"`
	Hash     string    `json:"sha256"`
	Previous string    `json:"previous_sha256"`
	SealedAt time.Time `json:"sealed_at"`
}

// record writes what the record says of a version: of it, of the draft that it
// comes from, of what merchants said to that, and of what they were asked.
type record struct {
	r     db.Reader
	args  []any  // $1 to $4: subject, draft, version, and the action that is left out
	seals []seal // that cover what was written
}

// recordChunk is how many entries are read at a time.
const recordChunk = 500

const entriesAfter = `
	select e.id, e.at, e.actor_kind, e.actor_id, m.ref, e.action, e.subject, e.details, e.request_id
	from audit_entries e left join merchants m on m.id = e.merchant_id
	where e.id > $5 and e.action <> $4 and e.subject in (
		select $1
		union all select id from disclosure_drafts where id = $2
		union all select n.id from disclosure_opinions n join disclosure_openings o on o.id = n.opening_id where o.draft_id = $2
		union all select id from fee_changes where disclosure_version_id = $3)
	order by e.id limit $6`

func (c *record) write(ctx context.Context, w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	after := ""
	for {
		chunk, err := c.read(ctx, after)
		if err != nil || len(chunk) == 0 {
			return err
		}
		if err := c.sealed(ctx, chunk); err != nil {
			return err
		}
		for i := range chunk {
			if err := out.Encode(&chunk[i]); err != nil {
				return err
			}
		}
		after = chunk[len(chunk)-1].ID
	}
}

func (c *record) read(ctx context.Context, after string) (chunk []entry, err error) {
	err = c.r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e entry
			var details db.JSON
			if err := rows.Scan(&e.ID, &e.At, &e.Kind, &e.Actor, &e.Merchant, &e.Action, &e.Subject, &details, &e.Request); err != nil {
				return err
			}
			var err error
			e.At = e.At.UTC()
			e.Details, err = canonical(details)
			chunk = append(chunk, e)
			return err
		})
	}, entriesAfter, append(c.args, after, recordChunk)...)
	return chunk, err
}

// canonical writes a document with its keys in order, since the databases lay
// out the same document differently.
func canonical(doc []byte) (json.RawMessage, error) {
	in := json.NewDecoder(bytes.NewReader(doc))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// sealed finds the seals of entries that lie in order.
func (c *record) sealed(ctx context.Context, chunk []entry) error {
	var all []seal
	err := c.r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s seal
			var hash, previous []byte
			err := rows.Scan(&s.Seq, &s.First, &s.Last, &s.Count, &hash, &previous, &s.SealedAt)
			s.Hash, s.Previous, s.SealedAt = hex.EncodeToString(hash), hex.EncodeToString(previous), s.SealedAt.UTC()
			all = append(all, s)
			return err
		})
	}, `
		select seq, first_id, last_id, count, hash, previous, sealed_at from audit_seals
		where last_id >= $1 and first_id <= $2 order by seq`, chunk[0].ID, chunk[len(chunk)-1].ID)
	if err != nil {
		return err
	}
	for i := range chunk {
		for len(all) > 0 && all[0].Last < chunk[i].ID {
			all = all[1:]
		}
		if len(all) == 0 {
			break
		}
		if s := all[0]; s.First <= chunk[i].ID {
			chunk[i].Seal = s.Seq
			if n := len(c.seals); n == 0 || c.seals[n-1].Seq != s.Seq {
				c.seals = append(c.seals, s)
			}
		}
	}
	return nil
}

// writeSeals writes the seals of the entries that were written before.
func (c *record) writeSeals(w io.Writer) error {
	out := json.NewEncoder(w)
	for i := range c.seals {
		if err := out.Encode(&c.seals[i]); err != nil {
			return err
		}
	}
	return nil
}
