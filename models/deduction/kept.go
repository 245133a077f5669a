package deduction

import (
	"database/sql"
	"strings"

	"github.com/mingbai/mingbai/models/money"
)

// kept holds what rows of a page leave behind in few pieces of memory: a page
// keeps dozens of texts and numbers, each of a few bytes.
type kept struct {
	texts   strings.Builder
	numbers []int64
	fens    []money.Fen
}

// How much is set aside at once: what most pages need.
const (
	keptBytes   = 1024
	keptNumbers = 16
)

// text copies a text.
func (k *kept) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if k.texts.Cap()-k.texts.Len() < len(b) {
		k.texts = strings.Builder{} // what it holds stays with those who have it
		k.texts.Grow(max(keptBytes, len(b)))
	}
	from := k.texts.Len()
	k.texts.Write(b)
	return k.texts.String()[from:]
}

// number returns a number, or nil for NULL.
func (k *kept) number(n sql.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	if len(k.numbers) == cap(k.numbers) {
		k.numbers = make([]int64, 0, keptNumbers)
	}
	k.numbers = append(k.numbers, n.Int64)
	return &k.numbers[len(k.numbers)-1]
}

// fen returns an amount, or nil for NULL.
func (k *kept) fen(n sql.NullInt64) *money.Fen {
	if !n.Valid {
		return nil
	}
	if len(k.fens) == cap(k.fens) {
		k.fens = make([]money.Fen, 0, keptNumbers)
	}
	k.fens = append(k.fens, money.Fen(n.Int64))
	return &k.fens[len(k.fens)-1]
}
