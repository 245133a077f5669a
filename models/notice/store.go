package notice

import (
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/db"
)

// dayType is the type of a column that holds a date.
var dayType = map[db.Dialect]string{db.Postgres: "date", db.SQLite: "text"}

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

// places writes the places of n arguments, the first of which is the one
// numbered.
func places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}
