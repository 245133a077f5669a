package signin

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// used remembers which sessions were used and notes that in batches, so that
// reading a page never writes.
type used struct {
	save func(ctx context.Context, sessionIDs []string) error
	log  *slog.Logger

	mu   sync.Mutex
	seen map[string]struct{}
}

func newUsed(save func(ctx context.Context, sessionIDs []string) error, log *slog.Logger) *used {
	return &used{save: save, log: log, seen: map[string]struct{}{}}
}

func (s *used) add(sessionID string) {
	s.mu.Lock()
	s.seen[sessionID] = struct{}{}
	s.mu.Unlock()
}

// noteEvery is how often the sessions that were used are noted.
const noteEvery = time.Minute

// Run notes the sessions that were used, every minute until the context ends
// and once more then.
func (s *used) Run(ctx context.Context) {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Note(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			s.Note(last)
			cancel()
			return
		}
	}
}

// Note notes the sessions that were used since it was last called.
func (s *used) Note(ctx context.Context) {
	s.mu.Lock()
	names := make([]string, 0, len(s.seen))
	for name := range s.seen {
		names = append(names, name)
	}
	clear(s.seen)
	s.mu.Unlock()
	if err := s.save(ctx, names); err != nil {
		// They are seen again with their next page.
		s.log.WarnContext(ctx, "sessions in use were not noted", "count", len(names), "error", err)
	}
}
