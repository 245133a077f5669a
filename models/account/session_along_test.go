package account

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

func TestWhatIsReadAlongWithASessionSharesItsRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(li, "a")
		hash := browser("a", "").TokenHash
		var got, user string
		along := db.Statement{SQL: `select $2 || user_id from sessions where token_hash = $1`, Args: []any{"of "}, Read: func(rows db.Rows) error {
			return db.First(rows, &got)
		}}
		ctx, counter := db.Count(t.Context())
		s, ok, err := w.FindSession(ctx, hash, along)
		user = s.UserID
		if err != nil || !ok || got != "of "+user || user == "" {
			t.Fatalf("got %q along with %+v, %v, %v; want that of the user", got, s, ok, err)
		}
		if trips := counter.RoundTrips(); w.d.Dialect == db.Postgres && trips != 1 {
			t.Errorf("got %d round trips, want one", trips)
		}
	})
}
