package intake

import (
	"encoding/binary"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Record takes down the values of one row, in the order of the stage's columns.
// Each method writes one column; what has no value writes NULL.
type Record struct {
	dialect db.Dialect
	copied  []byte // PostgreSQL: as its binary COPY has them, which spares it and us most of the work
	values  []any  // SQLite: as its driver takes them
}

// newRecord returns a record with room for so many bytes, or values.
func newRecord(d db.Dialect, bytes, values int) Record {
	if d == db.SQLite {
		return Record{dialect: d, values: make([]any, 0, values)}
	}
	return Record{dialect: d, copied: make([]byte, 0, bytes+bytes/8)}
}

// Number writes a whole number or an amount in fen.
func (r *Record) Number(n int64) {
	if r.dialect == db.SQLite {
		r.values = append(r.values, n)
		return
	}
	r.field(8)
	r.copied = binary.BigEndian.AppendUint64(r.copied, uint64(n))
}

// Text writes a text or a code.
func (r *Record) Text(s string) {
	if r.dialect == db.SQLite {
		r.values = append(r.values, s)
		return
	}
	r.field(len(s))
	r.copied = append(r.copied, s...)
}

// TextOrNull writes a text, or NULL in the place of the empty one.
func (r *Record) TextOrNull(s string) {
	if s == "" {
		r.Null()
		return
	}
	r.Text(s)
}

// Day writes a date, or NULL for none.
func (r *Record) Day(d date.Date) {
	switch {
	case d.IsZero():
		r.Null()
	case r.dialect == db.SQLite:
		r.values = append(r.values, d.String())
	default:
		r.field(4)
		r.copied = binary.BigEndian.AppendUint32(r.copied, uint32(d.DaysSince(copyEpoch)))
	}
}

// Instant writes a moment, to the microsecond.
func (r *Record) Instant(t time.Time) {
	if r.dialect == db.SQLite {
		r.values = append(r.values, t)
		return
	}
	r.field(8)
	r.copied = binary.BigEndian.AppendUint64(r.copied, uint64(t.UnixMicro()-copyEpochMicro))
}

// Bytes writes bytes.
func (r *Record) Bytes(b []byte) {
	if r.dialect == db.SQLite {
		r.values = append(r.values, b)
		return
	}
	r.field(len(b))
	r.copied = append(r.copied, b...)
}

// Null writes that there is no value.
func (r *Record) Null() {
	if r.dialect == db.SQLite {
		r.values = append(r.values, nil)
		return
	}
	r.field(-1)
}

// NumberOrNull writes a number, or NULL where p is nil.
func NumberOrNull[N ~int64](r *Record, p *N) {
	if p == nil {
		r.Null()
		return
	}
	r.Number(int64(*p))
}

// copyEpoch is the day from which PostgreSQL counts.
var (
	copyEpoch      = date.New(2000, time.January, 1)
	copyEpochMicro = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
)

// The frame of a binary COPY: its signature without flags and extension, and
// the count of fields that ends it.
var (
	copyHeader  = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTrailer = []byte("\xff\xff")
)

// row begins a row of so many columns.
func (r *Record) row(columns int) {
	if r.dialect == db.Postgres {
		r.copied = binary.BigEndian.AppendUint16(r.copied, uint16(columns))
	}
}

func (r *Record) field(length int) {
	r.copied = binary.BigEndian.AppendUint32(r.copied, uint32(length))
}
