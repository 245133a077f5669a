package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// settling is how old an entry is before it is sealed. Its id is given before
// its transaction is committed; by then every transaction that could still add
// an earlier one has ended.
const settling = 15 * time.Minute

// sealSize is how many entries one seal covers at most.
const sealSize = 1000

// noSeal stands for the seal before the first.
var noSeal = make([]byte, sha256.Size)

// Head is the last seal of the chain. Kept outside the database, it shows
// later whether the chain still leads to it.
type Head struct {
	Seq  int64 // 0: nothing is sealed yet
	Hash []byte
}

// String writes the head as 12:9f86d0….
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + hex.EncodeToString(h.Hash) }

// ParseHead reads what String wrote.
func ParseHead(s string) (Head, error) {
	seq, sum, _ := strings.Cut(strings.TrimSpace(s), ":")
	n, err1 := strconv.ParseInt(seq, 10, 64)
	b, err2 := hex.DecodeString(sum)
	if err1 != nil || err2 != nil || n < 0 || (n > 0) != (len(b) == sha256.Size) {
		return Head{}, errors.New("audit: not the head of a chain, which looks like 12:9f86d0…")
	}
	return Head{Seq: n, Hash: b}, nil
}

// Seal seals what has settled by now and returns the head of the chain and how
// many entries were sealed. Any number of processes may call it.
func Seal(ctx context.Context, d *db.DB, now time.Time) (head Head, sealed int, err error) {
	for {
		var n int
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			head, n, err = sealBatch(ctx, tx, now)
			return err
		})
		if err != nil {
			return Head{}, sealed, fmt.Errorf("audit: sealing: %w", err)
		}
		sealed += n
		if n < sealSize {
			return head, sealed, nil
		}
	}
}

func sealBatch(ctx context.Context, tx *db.Tx, now time.Time) (Head, int, error) {
	if err := tx.Lock(ctx, "audit seal"); err != nil {
		return Head{}, 0, err
	}
	last, lastID, err := lastSeal(ctx, tx)
	if err != nil {
		return Head{}, 0, err
	}
	horizon, err := settledBefore(ctx, tx, now)
	if err != nil {
		return Head{}, 0, err
	}
	entries, err := readEntries(ctx, tx, "id > $1 and at < $2 order by id limit $3", lastID, horizon, sealSize)
	if err != nil || len(entries) == 0 {
		return last, 0, err
	}
	s := seal{seq: last.Seq + 1, first: entries[0].id, last: entries[len(entries)-1].id, count: int64(len(entries)), previous: last.Hash, at: now.UTC().Truncate(time.Microsecond)}
	s.hash = s.sum(entries)
	_, err = tx.Exec(ctx, `
insert into audit_seals (seq, first_id, last_id, count, hash, previous, sealed_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		s.seq, s.first, s.last, s.count, s.hash, s.previous, s.at)
	return Head{Seq: s.seq, Hash: s.hash}, len(entries), err
}

// settledBefore returns the instant before which no entry can appear any more:
// a quarter of an hour ago, or when the oldest transaction that still runs
// began. SQLite has one writer at a time, and this is it.
func settledBefore(ctx context.Context, tx *db.Tx, now time.Time) (time.Time, error) {
	// ids are in order to the millisecond
	horizon := now.Add(-settling).Truncate(time.Millisecond)
	if tx.Dialect == db.SQLite {
		return horizon, nil
	}
	err := tx.QueryRow(ctx, `
select least($1::timestamptz, min(xact_start)) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_xid is not null`, horizon).Scan(&horizon)
	return horizon.Truncate(time.Millisecond), err
}

// lastSeal returns the chain's head and the last entry it covers.
func lastSeal(ctx context.Context, r db.Reader) (Head, string, error) {
	h, lastID := Head{Hash: noSeal}, ""
	err := r.QueryRow(ctx, "select seq, hash, last_id from audit_seals order by seq desc limit 1").Scan(&h.Seq, &h.Hash, &lastID)
	if db.NotFound(err) {
		return Head{Hash: noSeal}, "", nil
	}
	return h, lastID, err
}

// seal is a row of audit_seals.
type seal struct {
	seq            int64
	first, last    string
	count          int64
	hash, previous []byte
	at             time.Time // when it was sealed
}

// sum is what the seal's hash must be with these entries.
func (s *seal) sum(entries []entry) []byte {
	h := sha256.New()
	text(h, "mingbai audit seal 2")
	number(h, s.at.UnixMicro())
	s.writeTo(h, entries)
	return h.Sum(nil)
}

// sumBefore is what the hash of a seal was while it did not cover its moment.
func (s *seal) sumBefore(entries []entry) []byte {
	h := sha256.New()
	text(h, "mingbai audit seal 1")
	s.writeTo(h, entries)
	return h.Sum(nil)
}

func (s *seal) writeTo(h hash.Hash, entries []entry) {
	h.Write(s.previous)
	number(h, s.seq)
	number(h, int64(len(entries)))
	for i := range entries {
		entries[i].writeTo(h)
	}
}

// entry is a row of audit_entries.
type entry struct {
	id        string
	at        time.Time
	actorKind string
	actorID   string
	merchant  *int64
	action    string
	subject   string
	details   db.JSON
	requestID db.Text
}

// writeTo feeds every value to the hash, each with its length, so that no two
// entries look alike.
func (e *entry) writeTo(h hash.Hash) {
	text(h, e.id)
	number(h, e.at.UnixMicro())
	text(h, e.actorKind)
	text(h, e.actorID)
	if e.merchant == nil {
		number(h, 0)
	} else {
		number(h, *e.merchant)
	}
	text(h, e.action)
	text(h, e.subject)
	text(h, canonical(e.details))
	text(h, string(e.requestID))
}

// canonical writes a document with its keys in order and without spaces, since
// the databases lay out the same document differently. What is no document is
// taken as it is, so that it still shows.
func canonical(doc []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return string(doc)
	}
	if _, err := decoder.Token(); err != io.EOF { // something stands behind it
		return string(doc)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(doc)
	}
	return string(b)
}

func text(h hash.Hash, s string) {
	number(h, int64(len(s)))
	h.Write([]byte(s))
}

func number(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

func readEntries(ctx context.Context, r db.Reader, where string, args ...any) (entries []entry, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e entry
			err := rows.Scan(&e.id, &e.at, &e.actorKind, &e.actorID, &e.merchant, &e.action, &e.subject, &e.details, &e.requestID)
			entries = append(entries, e)
			return err
		})
	}, "select id, at, actor_kind, actor_id, merchant_id, action, subject, details, request_id from audit_entries where "+where, args...)
	return entries, err
}
