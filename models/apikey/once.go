package apikey

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// AnswersLast is for how long the first answer to a request is given again.
const AnswersLast = 30 * 24 * time.Hour

// MaxIdempotencyKey is how long an idempotency key may be, in characters.
const MaxIdempotencyKey = 255

// Request is a request that may be sent again.
type Request struct {
	KeyID          string
	IdempotencyKey string // empty: the effect is had each time
	Fingerprint    []byte // of all that makes it the same request
}

// Answer is what a request that had its effect was answered.
type Answer struct {
	Status   int
	Location string // the address of what was made, or empty
	Body     []byte // JSON
	Again    bool   // it was given before
	Secret   bool   // the body lets somebody in: it is kept closed, with a key that is not in the database
}

// Once has the effect of requests once each.
type Once struct {
	db     *db.DB
	box    cipher.AEAD // closes bodies that are secret
	mu     sync.Mutex
	inside map[string]chan struct{} // requests that are being answered by this process
}

// NewOnce returns a Once on the database. Box closes bodies that are secret; it
// may be nil where none is.
func NewOnce(d *db.DB, box cipher.AEAD) *Once {
	return &Once{db: d, box: box, inside: map[string]chan struct{}{}}
}

// Do runs the effect in a transaction that also keeps its answer: neither is
// there without the other. The same request sent again has no effect and is
// given that answer; where the two come at the same time one waits for the
// other. A request that differs and bears the same idempotency key is refused
// with fault.Conflict. An effect that returns an error has not been had, and its
// request may be sent again.
func (o *Once) Do(ctx context.Context, now time.Time, r Request, effect func(tx *db.Tx) (Answer, error)) (Answer, error) {
	if r.IdempotencyKey == "" {
		var a Answer
		err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
			a, err = effect(tx)
			return err
		})
		return a, err
	}
	leave, err := o.enter(ctx, r.KeyID+" "+r.IdempotencyKey)
	if err != nil {
		return Answer{}, err
	}
	defer leave()
	if a, known, err := o.given(ctx, o.db, now, r); known || err != nil {
		return a, err
	}
	var a Answer
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		first, err := claim(ctx, tx, now, r)
		if err != nil {
			return err
		}
		if !first { // another process was quicker
			var known bool
			if a, known, err = o.given(ctx, tx, now, r); err == nil && !known {
				err = fault.New(fault.Conflict, "api.in_progress")
			}
			return err
		}
		if a, err = effect(tx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update api_answers set status = $3, location = $4, body = $5 where key_id = $1 and idempotency_key = $2`,
			r.KeyID, r.IdempotencyKey, a.Status, a.Location, o.kept(r, &a))
		return err
	})
	return a, err
}

// enter waits until this process answers no other request with the same key.
// Waiting here rather than in the database leaves its connections to others.
func (o *Once) enter(ctx context.Context, name string) (leave func(), err error) {
	for {
		o.mu.Lock()
		busy, ok := o.inside[name]
		if !ok {
			mine := make(chan struct{})
			o.inside[name] = mine
			o.mu.Unlock()
			return func() {
				o.mu.Lock()
				delete(o.inside, name)
				o.mu.Unlock()
				close(mine)
			}, nil
		}
		o.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// claim takes the idempotency key, and reports whether nobody has it. It waits
// for whoever is taking it. One whose time is over counts for nothing.
func claim(ctx context.Context, tx *db.Tx, now time.Time, r Request) (bool, error) {
	_, err := tx.Exec(ctx, `delete from api_answers where key_id = $1 and idempotency_key = $2 and at <= $3`, r.KeyID, r.IdempotencyKey, now.Add(-AnswersLast))
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `
		insert into api_answers (key_id, idempotency_key, fingerprint, status, location, body, at) values ($1, $2, $3, 0, '', '', $4)
		on conflict (key_id, idempotency_key) do nothing`, r.KeyID, r.IdempotencyKey, r.Fingerprint, now)
	return n == 1, err
}

// given returns the answer that the request was given before, if it was.
func (o *Once) given(ctx context.Context, from db.Reader, now time.Time, r Request) (Answer, bool, error) {
	var fingerprint []byte
	var body string
	a := Answer{Again: true}
	err := from.QueryRow(ctx, `select fingerprint, status, location, body from api_answers where key_id = $1 and idempotency_key = $2 and at > $3`,
		r.KeyID, r.IdempotencyKey, now.Add(-AnswersLast)).Scan(&fingerprint, &a.Status, &a.Location, &body)
	if db.NotFound(err) {
		return Answer{}, false, nil
	}
	if err != nil {
		return Answer{}, false, err
	}
	if !bytes.Equal(fingerprint, r.Fingerprint) {
		return Answer{}, false, fault.New(fault.Conflict, "api.key_reused")
	}
	if a.Body, err = o.opened(r, body); err != nil {
		return Answer{}, false, err
	}
	return a, true, nil
}

// sealed begins what is kept of a body that is secret: no JSON begins so.
const sealed = "sealed:"

// kept returns what is kept of an answer's body.
func (o *Once) kept(r Request, a *Answer) string {
	if !a.Secret {
		return string(a.Body)
	}
	return sealed + base64.StdEncoding.EncodeToString(o.box.Seal(nil, nil, a.Body, bound(r)))
}

// opened returns the body of which that was kept. Where it was closed with a
// secret that is no longer there, the request needs another idempotency key.
func (o *Once) opened(r Request, kept string) ([]byte, error) {
	text, secret := strings.CutPrefix(kept, sealed)
	if !secret {
		return []byte(kept), nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("apikey: an answer that was kept: %w", err)
	}
	body, err := o.box.Open(nil, nil, raw, bound(r))
	if err != nil {
		return nil, fault.New(fault.Conflict, "api.key_reused")
	}
	return body, nil
}

// bound is what ties a closed body to its request.
func bound(r Request) []byte { return []byte(r.KeyID + " " + r.IdempotencyKey) }
