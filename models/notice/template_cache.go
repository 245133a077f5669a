package notice

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// ReadTemplates reads the words that are sent now, in one query.
func ReadTemplates(ctx context.Context, r db.Reader) (*Templates, error) {
	t := &Templates{live: map[templateName]live{}}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind, channel string
			var version int
			var text db.JSON
			if err := rows.Scan(&kind, &channel, &version, &text); err != nil {
				return err
			}
			words, err := readWords(text)
			t.live[templateName{Kind(kind), Channel(channel)}] = live{version, words}
			return err
		})
	}, `select kind, channel, version, words from notice_templates where state = 'live'`)
	if err != nil {
		return nil, fmt.Errorf("notice: the templates: %w", err)
	}
	return t, nil
}

// templatesFor is how long a change of a template may go unseen.
const templatesFor = 30 * time.Second

// TemplateCache remembers the words that are sent for half a minute, so that a
// message needs no question for them. It may be used concurrently.
type TemplateCache struct {
	d     *db.DB
	clock clock.Clock

	mu     sync.Mutex
	held   *Templates
	readAt time.Time
}

// NewTemplateCache returns an empty cache.
func NewTemplateCache(d *db.DB, c clock.Clock) *TemplateCache { return &TemplateCache{d: d, clock: c} }

// Get returns the words. Where they can't be read again those held before are
// returned without an error, if there are any.
func (c *TemplateCache) Get(ctx context.Context) (*Templates, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	if age := now.Sub(c.readAt); c.held != nil && age >= 0 && age < templatesFor {
		return c.held, nil
	}
	t, err := ReadTemplates(ctx, c.d)
	switch {
	case err == nil:
		c.held, c.readAt = t, now
	case c.held == nil:
		return nil, err
	}
	return c.held, nil
}
