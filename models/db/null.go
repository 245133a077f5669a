package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Time is an instant whose zero value is NULL in the database.
type Time struct{ time.Time }

// At returns t as a Time.
func At(t time.Time) Time { return Time{t} }

// Value stores the instant, or NULL for none.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return instant(t.Time), nil
}

// Scan reads an instant in UTC, and NULL as none.
func (t *Time) Scan(src any) (err error) {
	t.Time, err = scanInstant(src)
	return err
}

// Text is a text whose empty value is NULL in the database.
type Text string

// Value stores the text, or NULL for the empty one.
func (t Text) Value() (driver.Value, error) {
	if t == "" {
		return nil, nil
	}
	return string(t), nil
}

// Scan reads a text, and NULL as the empty one.
func (t *Text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = Text(v)
	case []byte:
		*t = Text(v)
	default:
		return fmt.Errorf("db: can't read a %T as text", src)
	}
	return nil
}

// JSON is a JSON document: jsonb in PostgreSQL, text in SQLite. The empty value
// is NULL.
type JSON json.RawMessage

// Value stores the document as text, which both databases take.
func (j JSON) Value() (driver.Value, error) {
	if len(j) == 0 {
		return nil, nil
	}
	return string(j), nil
}

// Scan reads the document.
func (j *JSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(v)
	case []byte:
		*j = append(JSON(nil), v...)
	default:
		return fmt.Errorf("db: can't read a %T as JSON", src)
	}
	return nil
}

// scanInstant takes what either driver delivers: SQLite hands out a text where
// the column is an expression and so has no declared type.
func scanInstant(src any) (time.Time, error) {
	switch v := src.(type) {
	case nil:
		return time.Time{}, nil
	case time.Time:
		return v.UTC(), nil
	case string:
		return parseInstant(v)
	case []byte:
		return parseInstant(string(v))
	default:
		return time.Time{}, fmt.Errorf("db: can't read a %T as an instant", src)
	}
}

func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("db: %w", err)
	}
	return t.UTC(), nil
}
