// Package password hashes passwords and compares them, for everyone who signs
// in with one, and says which are too easy to guess.
package password

import (
	"context"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"
)

// Longest is how many bytes a password has at most.
const Longest = 256

// params are what a password's hash costs: 19 MiB and two passes, which OWASP
// recommends for argon2id on one lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing bounds how many passwords are worked on at once, and so the memory
// that a flood of them can take.
var hashing = make(chan struct{}, max(2, runtime.NumCPU()))

// nobodys is compared where a user has no password or there is no user, so that
// either takes as long as a wrong password.
const nobodys = "$argon2id$v=19$m=19456,t=2,p=1$" + "c29tZXNhbHRzb21lc2FsdA" + "$" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Hash returns what is kept of a password. It takes a while, and waits its turn
// until the context ends.
func Hash(ctx context.Context, password string) (string, error) {
	if err := enter(ctx); err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(password, params)
	if err != nil {
		return "", fmt.Errorf("password: hashing: %w", err)
	}
	return hash, nil
}

// Matches reports whether a password has the hash. Without a hash it answers no,
// after the same work.
func Matches(ctx context.Context, password, hash string) (bool, error) {
	if hash == "" {
		hash = nobodys
	}
	if err := enter(ctx); err != nil {
		return false, err
	}
	defer leave()
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("password: comparing: %w", err)
	}
	return match && hash != nobodys, nil
}

func enter(ctx context.Context) error {
	select {
	case hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func leave() { <-hashing }
