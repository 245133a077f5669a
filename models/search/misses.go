package search

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/plain"
)

// Misses counts what readers searched for and did not find, without who they
// are: only the words, with long numbers and addresses masked, by day. Searching
// never writes; what was counted is kept by Flush.
type Misses struct {
	db *db.DB

	mu      sync.Mutex
	counted map[miss]int
}

type miss struct {
	day           date.Date
	locale, words string
}

// NewMisses returns a counter for the database.
func NewMisses(d *db.DB) *Misses { return &Misses{db: d, counted: map[miss]int{}} }

// missesHeld bounds what is counted between two calls of Flush, and missesADay
// what is kept of a day, so that no script fills the memory or the table.
const (
	missesHeld = 500
	missesADay = 2000
)

// Note counts a query that found nothing.
func (m *Misses) Note(at time.Time, locale, query string) {
	words := plain.Mask(Normal(query))
	if words == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := miss{date.Of(at), locale, words}
	if _, known := m.counted[key]; known || len(m.counted) < missesHeld {
		m.counted[key]++
	}
}

// Flush keeps what was counted since it was last called. What can't be kept is
// counted on.
func (m *Misses) Flush(ctx context.Context) error {
	m.mu.Lock()
	counted := m.counted
	m.counted = map[miss]int{}
	m.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	err := m.db.Write(ctx, func(tx *db.Tx) error {
		for key, n := range counted {
			_, err := tx.Exec(ctx, `
				insert into search_misses (day, locale, words, count)
				select $1, $2, $3, $4
				where (select count(*) from search_misses where day = $1) < $5
					or exists (select 1 from search_misses where day = $1 and locale = $2 and words = $3)
				on conflict (day, locale, words) do update set count = search_misses.count + excluded.count`,
				key.day, key.locale, key.words, n, missesADay)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.mu.Lock()
		for key, n := range counted {
			m.counted[key] += n
		}
		m.mu.Unlock()
		return fmt.Errorf("search: what was not found is not kept: %w", err)
	}
	return nil
}

// Missed is words that were searched for and not found.
type Missed struct {
	Words  string
	Locale string
	Count  int
	Last   date.Date
}

// MissedPage is a part of what was not found since a day, the most frequent
// first.
type MissedPage struct {
	Missed []Missed
	Next   int // where the next part begins; 0: there is none
}

// missesShown is how many stand on one page.
const missesShown = 50

// ReadMisses reads what was not found since a day, from a place on.
func ReadMisses(ctx context.Context, r db.Reader, since date.Date, from int) (page MissedPage, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m Missed
			err := rows.Scan(&m.Words, &m.Locale, &m.Count, &m.Last)
			page.Missed = append(page.Missed, m)
			return err
		})
	}, `
		select words, locale, cast(sum(count) as bigint) as times, max(day)
		from search_misses
		where day >= $1
		group by words, locale
		order by times desc, words, locale
		limit $2 offset $3`, since, missesShown+1, from)
	if err != nil {
		return MissedPage{}, fmt.Errorf("search: %w", err)
	}
	if len(page.Missed) > missesShown {
		page.Missed, page.Next = page.Missed[:missesShown], from+missesShown
	}
	return page, nil
}
