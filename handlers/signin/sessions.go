// Package signin begins and keeps the sessions of people who sign in, for every
// audience: it joins the rows of models/account to the session cookie.
package signin

import (
	"context"
	"log/slog"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Sessions are the rows of sessions as the guard reads them.
type Sessions struct {
	*used
	accounts *account.Accounts
}

var _ guard.Sessions = (*Sessions)(nil)

// NewSessions returns the sessions of the accounts.
func NewSessions(a *account.Accounts, log *slog.Logger) *Sessions {
	return &Sessions{newUsed(a.SawSessions, log), a}
}

// Find returns who a live session belongs to, in one round trip, which what the
// page wants read along shares.
func (s *Sessions) Find(ctx context.Context, tokenHash []byte) (guard.Actor, bool, error) {
	var along []db.Statement
	if statement, ok := guard.AlongOf(ctx); ok {
		along = []db.Statement{statement}
	}
	found, ok, err := s.accounts.FindSession(ctx, tokenHash, along...)
	if err != nil || !ok {
		return guard.Actor{}, false, err
	}
	if found.Stale {
		s.add(found.ID)
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
