package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// RequestsLast is for how long it is kept what was asked and answered.
const RequestsLast = 30 * 24 * time.Hour

// Logged is a request as those see it who build against the API.
type Logged struct {
	ID        string // orders requests; empty until it is kept
	KeyID     string
	At        time.Time // when it was answered
	Method    string
	Route     string // the pattern, such as /api/v1/terminals/:sn
	Status    int
	Took      time.Duration
	Problem   string // code of the problem; empty: none
	RequestID string
}

// usedEvery is how often the time of a key's last use is written at most.
const usedEvery = time.Minute

// Keep writes requests down, and when each key was last used.
func Keep(ctx context.Context, d *db.DB, requests []Logged) error {
	if len(requests) == 0 {
		return nil
	}
	used := map[string]time.Time{}
	for i := range requests {
		r := &requests[i]
		r.ID = id.New("rq", r.At)
		if r.At.After(used[r.KeyID]) {
			used[r.KeyID] = r.At
		}
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		columns := []string{"key_id", "id", "at", "method", "route", "status", "took_us", "problem", "request_id"}
		i := 0
		_, err := tx.Bulk(ctx, "api_requests", columns, func() ([]any, bool, error) {
			if i == len(requests) {
				return nil, false, nil
			}
			r := &requests[i]
			i++
			return []any{r.KeyID, r.ID, r.At, r.Method, r.Route, r.Status, r.Took.Microseconds(), r.Problem, r.RequestID}, true, nil
		})
		if err != nil {
			return err
		}
		for keyID, at := range used {
			_, err := tx.Exec(ctx, `update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)`,
				keyID, at, at.Add(-usedEvery))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Requests returns up to so many requests of a key, the newest first, before the
// one with an id, and whether there are more.
func Requests(ctx context.Context, r db.Reader, keyID, before string, most int) (all []Logged, more bool, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l := Logged{KeyID: keyID}
			var at db.Time
			var took int64
			err := rows.Scan(&l.ID, &at, &l.Method, &l.Route, &l.Status, &took, &l.Problem, &l.RequestID)
			l.At, l.Took = at.Time, time.Duration(took)*time.Microsecond
			all = append(all, l)
			return err
		})
	}, `select id, at, method, route, status, took_us, problem, request_id from api_requests
		where key_id = $1 and ($2 = '' or id < $2) order by id desc limit $3`, keyID, before, most+1)
	if len(all) > most {
		return all[:most], true, err
	}
	return all, false, err
}

// Forget removes requests and answers whose time is over, and returns how many
// there were.
func Forget(ctx context.Context, d *db.DB, now time.Time) (rows int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		requests, err := tx.Exec(ctx, `delete from api_requests where at <= $1`, now.Add(-RequestsLast))
		if err != nil {
			return err
		}
		answers, err := tx.Exec(ctx, `delete from api_answers where at <= $1`, now.Add(-AnswersLast))
		rows = requests + answers
		return err
	})
	return rows, err
}
