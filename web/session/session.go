// Package session keeps who is signed in. The browser holds a random token in a
// cookie and nothing else; a row of the database, found by the token's hash,
// holds the rest. Reading a session never writes one.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"github.com/mingbai/mingbai/web/cookie"
)

// Rows are the sessions in the database, by the SHA-256 of their tokens. T is
// what a session is about: who is signed in, and for whom.
type Rows[T any] interface {
	// Find returns the subject of the live session, or false where there is
	// none, has expired or was ended. It asks one query and writes nothing.
	Find(ctx context.Context, tokenHash []byte) (T, bool, error)
	// End ends the session; one that is not there is ended already.
	End(ctx context.Context, tokenHash []byte) error
}

// Open writes the row of a new session under the token's hash, within the same
// transaction as the sign-in that earned it.
type Open func(ctx context.Context, tokenHash []byte) error

// Store is gorilla's sessions.Store on Rows. A new session gets a token of its
// own at Begin, so that nobody can make another person use a token they know.
type Store[T any] struct {
	name    string // of the cookie, before its prefix
	rows    Rows[T]
	cookies cookie.Site
	lasts   time.Duration
}

// New returns a store whose cookie lasts as long as given; how long the session
// itself lives is for its row to say.
func New[T any](rows Rows[T], cookies cookie.Site, lasts time.Duration) *Store[T] {
	return Named("session", rows, cookies, lasts)
}

// Named returns a store with a cookie of its own, for another kind of people:
// neither's cookie opens anything of the other's.
func Named[T any](name string, rows Rows[T], cookies cookie.Site, lasts time.Duration) *Store[T] {
	return &Store[T]{name: name, rows: rows, cookies: cookies, lasts: lasts}
}

var _ sessions.Store = (*Store[any])(nil)

// What a gorilla session of ours holds.
type valueKey int

const (
	subjectKey valueKey = iota // the T that Find returned
	hashKey                    // the hash of the token that the request brought
	openKey                    // the Open of a session that begins
)

// Brought reports whether a request brings a token, live or not, without asking
// the rows.
func (s *Store[T]) Brought(r *http.Request) bool { return s.cookies.Get(r, s.name) != "" }

// Current returns the subject of the request's session, or false where nobody
// is signed in. The rows are asked once a request, however often it is called.
func (s *Store[T]) Current(r *http.Request) (T, bool, error) {
	var none T
	if !s.Brought(r) {
		return none, false, nil
	}
	session, err := s.Get(r, s.name)
	if err != nil {
		return none, false, err
	}
	subject, ok := session.Values[subjectKey].(T)
	return subject, ok, nil
}

// Begin signs a browser in: it makes a token, lets open write the row, and only
// then sends the cookie. A session that the browser had is ended.
func (s *Store[T]) Begin(w http.ResponseWriter, r *http.Request, open Open) error {
	before := s.tokenHash(r)
	session := sessions.NewSession(s, s.name)
	session.IsNew = true
	session.Values[openKey] = open
	if err := s.Save(r, w, session); err != nil {
		return err
	}
	if before == nil {
		return nil
	}
	if err := s.rows.End(r.Context(), before); err != nil {
		return fmt.Errorf("session: the one before was not ended: %w", err)
	}
	return nil
}

// End signs a browser out. The cookie goes even where the row can't be reached,
// and the error says that the session lives on.
func (s *Store[T]) End(w http.ResponseWriter, r *http.Request) error {
	session := sessions.NewSession(s, s.name)
	session.Options.MaxAge = -1
	session.Values[hashKey] = s.tokenHash(r)
	return s.Save(r, w, session)
}

// Get returns the request's session, found once a request.
func (s *Store[T]) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New finds the session that the request's cookie names. It never returns nil,
// as gorilla asks: a request without one gets a session that IsNew.
func (s *Store[T]) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	hash := s.tokenHash(r)
	if hash == nil {
		return session, nil
	}
	subject, ok, err := s.rows.Find(r.Context(), hash)
	if err != nil {
		return session, fmt.Errorf("session: %w", err)
	}
	if ok {
		session.IsNew = false
		session.Values[subjectKey] = subject
		session.Values[hashKey] = hash
	}
	return session, nil
}

// Save does what has to be written: it opens a session that begins, ends one
// whose MaxAge is negative, and leaves any other as it is, since what a session
// is about changes in its row alone.
func (s *Store[T]) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		s.cookies.Clear(w, s.name)
		hash, _ := session.Values[hashKey].([]byte)
		if hash == nil {
			return nil
		}
		if err := s.rows.End(r.Context(), hash); err != nil {
			return fmt.Errorf("session: %w", err)
		}
		return nil
	}
	if !session.IsNew {
		return nil
	}
	open, ok := session.Values[openKey].(Open)
	if !ok {
		return errors.New("session: a new session is opened by Begin")
	}
	token := make([]byte, tokenLength)
	_, _ = rand.Read(token) // never fails: the program ends if it would
	if err := open(r.Context(), hashOf(token)); err != nil {
		return err
	}
	s.cookies.Set(w, s.name, base64.RawURLEncoding.EncodeToString(token), s.lasts)
	return nil
}

// tokenLength is the length of a token in bytes: more than anyone can guess.
const tokenLength = 32

// tokenHash returns the hash of the token that a request brings, or nil where
// it brings none, or something that we never made: for that no query is asked.
func (s *Store[T]) tokenHash(r *http.Request) []byte {
	value := s.cookies.Get(r, s.name)
	if len(value) != base64.RawURLEncoding.EncodedLen(tokenLength) {
		return nil
	}
	token, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return nil
	}
	return hashOf(token)
}

func hashOf(token []byte) []byte {
	hash := sha256.Sum256(token)
	return hash[:]
}
