package db

import (
	"fmt"
	"sync"
)

// Word is a text of which a column holds few different ones, such as a state
// or a kind. Reading it many times keeps one copy of each, which is what a page
// of many lines spends its allocations on otherwise. NULL is the empty word.
type Word string

// words holds the copies, up to a number that no set of kinds and states comes
// near; whatever else comes is copied as any text is.
var words = struct {
	sync.RWMutex
	of map[string]Word
}{of: map[string]Word{"": ""}}

const (
	maxWords   = 1024
	maxWordLen = 48
)

// ScanBytes reads the word from PostgreSQL.
func (w *Word) ScanBytes(b []byte) error {
	words.RLock()
	known, ok := words.of[string(b)] // this conversion takes no memory
	words.RUnlock()
	if ok {
		*w = known
		return nil
	}
	*w = Word(b)
	if len(b) > maxWordLen {
		return nil
	}
	words.Lock()
	defer words.Unlock()
	if len(words.of) < maxWords {
		words.of[string(*w)] = *w
	}
	return nil
}

// Scan reads the word from SQLite, whose driver has made a text of it already.
func (w *Word) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*w = ""
	case string:
		*w = Word(v)
	case []byte:
		return w.ScanBytes(v)
	default:
		return fmt.Errorf("db: can't read a %T as a word", src)
	}
	return nil
}
