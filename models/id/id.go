// Package id makes the identifiers that stand in URLs: time-ordered, prefixed
// by what they name, and otherwise opaque.
package id

import (
	"crypto/rand"
	"time"

	"github.com/oklog/ulid/v2"
)

// New returns an identifier such as d_01jd3xk7v5q8m2n4p6r8t0w2y4: the prefix, a
// moment to the millisecond and 80 random bits, in letters and digits that are
// hard to confuse.
func New(prefix string, at time.Time) string {
	return written(prefix, ulid.MustNew(ulid.Timestamp(at), rand.Reader))
}

// First returns what stands before every identifier with the prefix that New made
// at that millisecond or later, and after all before it.
func First(prefix string, at time.Time) string {
	var u ulid.ULID
	if err := u.SetTime(ulid.Timestamp(at)); err != nil {
		panic(err) // after the year 10889
	}
	return written(prefix, u)
}

// written writes an identifier at one go, since each row of an import has one.
func written(prefix string, u ulid.ULID) string {
	b := make([]byte, len(prefix)+1+ulid.EncodedSize)
	copy(b, prefix)
	b[len(prefix)] = '_'
	letters := b[len(prefix)+1:]
	if err := u.MarshalTextTo(letters); err != nil {
		panic(err) // the buffer is too small
	}
	for i := range letters {
		letters[i] |= 'a' - 'A' // which digits have already
	}
	return string(b)
}
