package db

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// NotFound reports whether err says that there was no row: from GORM, from a
// Row or from First.
func NotFound(err error) bool {
	return errors.Is(err, sql.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound)
}

// Duplicate reports whether err says that a unique key is taken.
func Duplicate(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505" // unique_violation, of hand-written SQL
	}
	return errors.Is(dialector{}.Translate(err), gorm.ErrDuplicatedKey)
}

// again reports whether the same transaction may succeed if run once more:
// another was in its way.
func again(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01" // serialisation failure, deadlock
	}
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		primary := e.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return false
}
