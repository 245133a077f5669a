package db

import (
	"database/sql"
	"encoding/binary"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// postgresRows reads what pages are made of straight from PostgreSQL's binary
// form: pgx works out anew for each statement how each column is to be read,
// which costs a page more than reading it. Whatever is not known here is left to
// pgx.
type postgresRows struct {
	pgx.Rows
	types *pgtype.Map
}

func newPostgresRows(rows pgx.Rows) *postgresRows {
	r := &postgresRows{Rows: rows}
	if conn := rows.Conn(); conn != nil {
		r.types = conn.TypeMap()
	}
	return r
}

// Scan copies the present row's columns into pointers.
func (r *postgresRows) Scan(dest ...any) error {
	fields, values := r.FieldDescriptions(), r.RawValues()
	if len(fields) != len(dest) || len(values) != len(dest) || r.types == nil {
		return r.Rows.Scan(dest...) // says what is wrong
	}
	for i, to := range dest {
		if scanKnown(&fields[i], values[i], to) {
			continue
		}
		if err := r.types.Scan(fields[i].DataTypeOID, fields[i].Format, values[i], to); err != nil {
			return pgx.ScanArgError{ColumnIndex: i, FieldName: fields[i].Name, Err: err}
		}
	}
	return nil
}

// scanKnown reads a value where its column's type and the pointer's are known to
// belong together, and reports false where they are not.
func scanKnown(f *pgconn.FieldDescription, b []byte, to any) bool {
	switch f.DataTypeOID {
	case pgtype.TextOID, pgtype.VarcharOID:
		return scanText(b, to)
	case pgtype.Int8OID, pgtype.Int4OID:
		return f.Format == pgx.BinaryFormatCode && scanWhole(b, to)
	case pgtype.TimestamptzOID:
		return f.Format == pgx.BinaryFormatCode && scanMoment(b, to)
	case pgtype.DateOID:
		d, ok := to.(*date.Date)
		return ok && f.Format == pgx.BinaryFormatCode && scanDate{}.Scan(b, d) == nil
	case pgtype.ByteaOID:
		v, ok := to.(*sql.RawBytes)
		if ok && f.Format == pgx.BinaryFormatCode {
			*v = b // lasts until the next row, as RawBytes do
			return true
		}
	case pgtype.BoolOID:
		v, ok := to.(*bool)
		if !ok || len(b) != 1 || f.Format != pgx.BinaryFormatCode {
			return false
		}
		*v = b[0] != 0
		return true
	}
	return false
}

func scanText(b []byte, to any) bool {
	switch v := to.(type) {
	case *string:
		if b == nil {
			return false
		}
		*v = string(b)
		return true
	case *Text:
		*v = Text(b)
		return true
	case *Word:
		return v.ScanBytes(b) == nil
	case *sql.RawBytes:
		*v = b // lasts until the next row, as RawBytes do
		return true
	case sql.Scanner, pgtype.TextScanner, pgtype.BytesScanner:
		return false
	}
	// a type of its own on string stands for one of few words
	v := reflect.ValueOf(to)
	if b == nil || v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.String {
		return false
	}
	var w Word
	if w.ScanBytes(b) != nil {
		return false
	}
	v.Elem().SetString(string(w))
	return true
}

func scanWhole(b []byte, to any) bool {
	var n int64
	switch len(b) {
	case 8:
		n = int64(binary.BigEndian.Uint64(b))
	case 4:
		n = int64(int32(binary.BigEndian.Uint32(b)))
	default: // NULL included
		return b == nil && scanNoNumber(to)
	}
	switch v := to.(type) {
	case *int64:
		*v = n
	case *int:
		*v = int(n)
	case *money.Fen:
		*v = money.Fen(n)
	case **int64:
		*v = new(n)
	case **int:
		*v = new(int(n))
	case **money.Fen:
		*v = new(money.Fen(n))
	case *sql.NullInt64:
		v.Int64, v.Valid = n, true
	default:
		return false
	}
	return true
}

func scanNoNumber(to any) bool {
	switch v := to.(type) {
	case **int64:
		*v = nil
	case **int:
		*v = nil
	case **money.Fen:
		*v = nil
	case *sql.NullInt64:
		*v = sql.NullInt64{}
	default:
		return false
	}
	return true
}

// pgEpochMicros is the instant from which PostgreSQL counts microseconds, as
// microseconds since 1970.
const pgEpochMicros = 946_684_800_000_000

func scanMoment(b []byte, to any) bool {
	if b == nil {
		v, ok := to.(*Time)
		if ok {
			v.Time = time.Time{}
		}
		return ok
	}
	if len(b) != 8 {
		return false
	}
	n := int64(binary.BigEndian.Uint64(b))
	if n == 1<<63-1 || n == -1<<63 {
		return false // infinity, which pgx refuses
	}
	at := time.UnixMicro(pgEpochMicros + n).UTC()
	switch v := to.(type) {
	case *time.Time:
		*v = at
	case *Time:
		v.Time = at
	default:
		return false
	}
	return true
}
