package db

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/mingbai/mingbai/models/date"
)

// dateCodec reads and writes date.Date in PostgreSQL's own binary form, which
// takes no allocation, and leaves every other Go type to pgx.
type dateCodec struct{ pgtype.DateCodec }

// pgEpoch is the day from which PostgreSQL counts.
var pgEpoch = date.New(2000, time.January, 1)

func (c dateCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(date.Date); ok && format == pgtype.BinaryFormatCode {
		return encodeDate{}
	}
	return c.DateCodec.PlanEncode(m, oid, format, value)
}

func (c dateCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*date.Date); ok && format == pgtype.BinaryFormatCode {
		return scanDate{}
	}
	return c.DateCodec.PlanScan(m, oid, format, target)
}

type encodeDate struct{}

func (encodeDate) Encode(value any, buf []byte) ([]byte, error) {
	d := value.(date.Date)
	if d.IsZero() {
		return nil, nil
	}
	return binary.BigEndian.AppendUint32(buf, uint32(int32(d.DaysSince(pgEpoch)))), nil
}

type scanDate struct{}

func (scanDate) Scan(src []byte, target any) error {
	d := target.(*date.Date)
	if src == nil {
		*d = 0
		return nil
	}
	if len(src) != 4 {
		return fmt.Errorf("db: a date of %d bytes", len(src))
	}
	days := int32(binary.BigEndian.Uint32(src))
	if days == math.MaxInt32 || days == math.MinInt32 {
		return errors.New("db: an infinite date")
	}
	*d = pgEpoch.AddDays(int(days))
	return nil
}
