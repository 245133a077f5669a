// Package signin begins and keeps the sessions of people who sign in, for every
// audience: it joins the rows of models/account to the session cookie.
package signin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Sessions are the rows of sessions as the guard reads them. It remembers which
// of them were used and notes that in batches, so that reading a page never
// writes.
type Sessions struct {
	accounts *account.Accounts
	log      *slog.Logger

	mu   sync.Mutex
	seen map[string]struct{}
}

var _ guard.Sessions = (*Sessions)(nil)

// NewSessions returns the sessions of the accounts.
func NewSessions(a *account.Accounts, log *slog.Logger) *Sessions {
	return &Sessions{accounts: a, log: log, seen: map[string]struct{}{}}
}

// Find returns who a live session belongs to, in one query.
func (s *Sessions) Find(ctx context.Context, tokenHash []byte) (guard.Actor, bool, error) {
	found, ok, err := s.accounts.FindSession(ctx, tokenHash)
	if err != nil || !ok {
		return guard.Actor{}, false, err
	}
	if found.Stale {
		s.mu.Lock()
		s.seen[found.ID] = struct{}{}
		s.mu.Unlock()
	}
	actor := guard.Actor{
		SessionID: found.ID, UserID: found.UserID, Name: found.Name, Locale: found.Locale,
		MerchantID: found.MerchantID, MerchantName: found.MerchantName, Role: found.Role,
	}
	for _, m := range found.Others {
		actor.Others = append(actor.Others, guard.Membership{MerchantID: m.MerchantID, MerchantName: m.MerchantName})
	}
	return actor, true, nil
}

// End ends a session.
func (s *Sessions) End(ctx context.Context, tokenHash []byte) error {
	return s.accounts.EndSession(ctx, tokenHash)
}

// noteEvery is how often the sessions that were used are noted.
const noteEvery = time.Minute

// Run notes the sessions that were used, every minute until the context ends
// and once more then.
func (s *Sessions) Run(ctx context.Context) {
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
func (s *Sessions) Note(ctx context.Context) {
	s.mu.Lock()
	used := make([]string, 0, len(s.seen))
	for name := range s.seen {
		used = append(used, name)
	}
	clear(s.seen)
	s.mu.Unlock()
	if err := s.accounts.SawSessions(ctx, used); err != nil {
		// They are seen again with their next page.
		s.log.WarnContext(ctx, "sessions in use were not noted", "count", len(used), "error", err)
	}
}

// KeepLocale returns what stores the language that a user switches to, for the
// guard.
func KeepLocale(a *account.Accounts) func(ctx context.Context, userID string, l i18n.Locale) error {
	return func(ctx context.Context, userID string, l i18n.Locale) error {
		return a.KeepLocale(ctx, userID, string(l))
	}
}

// Words returns what writes messages in a reader's language for the accounts,
// with the acquirer's short name as {brand}.
func Words(brand func(i18n.Locale) page.Brand) account.Words {
	return func(locale, key string, args ...any) string {
		p := i18n.For(i18n.Locale(locale))
		return p.T(key, append(args, "brand", brand(p.Locale()).Short)...)
	}
}
