package deduction

import (
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Place is where a part of a list lies: next to a line that need not be there
// any more. Its zero value is the newest part.
type Place struct {
	direction direction
	at        time.Time
	id        string
}

type direction int

const (
	newest direction = iota
	olderThan
	newerThan
)

// OlderThan is the place right after a line in a list that begins with the
// newest.
func OlderThan(l *Line) Place { return Place{olderThan, l.At, l.ID} }

// NewerThan is the place right before a line.
func NewerThan(l *Line) Place { return Place{newerThan, l.At, l.ID} }

// Mark returns what ParseOlder and ParseNewer read: the line's moment and id,
// for an address.
func (p Place) Mark() string { return strconv.FormatInt(p.at.UnixMicro(), 36) + "." + p.id }

// ParseOlder reads a mark as the place right after its line. A text that is no
// mark is reported by false.
func ParseOlder(mark string) (Place, bool) { return parsePlace(olderThan, mark) }

// ParseNewer reads a mark as the place right before its line.
func ParseNewer(mark string) (Place, bool) { return parsePlace(newerThan, mark) }

// Moments beyond those that a date can have are no line's.
var (
	firstMoment = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC).UnixMicro()
	lastMoment  = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
)

func parsePlace(d direction, mark string) (Place, bool) {
	moment, id, ok := strings.Cut(mark, ".")
	micro, err := strconv.ParseInt(moment, 36, 64)
	if !ok || err != nil || micro < firstMoment || micro > lastMoment || !isID(id) {
		return Place{}, false
	}
	return Place{d, time.UnixMicro(micro).UTC(), id}, true
}

// isID reports whether a text is made of what ids are made of. PostgreSQL
// refuses a text with other bytes, such as a zero.
func isID(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

// at is the condition's part of a list at a place, with the order that it is
// read in and at most so many rows.
func (w *whereClause) at(p Place, rows int) string {
	order := ` order by l.at desc, l.id desc`
	switch p.direction {
	case olderThan:
		w.and(`(l.at, l.id) < (?, ?)`, db.At(p.at), p.id)
	case newerThan:
		w.and(`(l.at, l.id) > (?, ?)`, db.At(p.at), p.id)
		order = ` order by l.at, l.id`
	}
	return w.where + order + ` limit ` + itoa(rows)
}
