package notice

import (
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/db"
)

// instant is a parameter that holds an instant.
func instant(tx *db.Tx, place string) string { return typed(tx, place, "timestamptz") }

// civil is a parameter that holds a day.
func civil(tx *db.Tx, place string) string { return typed(tx, place, "date") }

// typed says what a parameter is to PostgreSQL, which can't tell by itself.
// SQLite has no need of it, and would convert it anew for each row.
func typed(tx *db.Tx, place, as string) string {
	if tx.Dialect == db.SQLite {
		return place
	}
	return "cast(" + place + " as " + as + ")"
}

// idList writes ids as an SQL list. They are numbers of ours: nothing a reader
// typed can get in here.
func idList(ids []int64) string {
	var b strings.Builder
	for i, id := range ids {
		b.WriteByte("(,"[min(i, 1)])
		b.WriteString(strconv.FormatInt(id, 10))
	}
	b.WriteByte(')')
	return b.String()
}
