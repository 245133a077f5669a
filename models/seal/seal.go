// Package seal closes what has to be read again by this program and by nobody
// who holds the database alone: with a key that is not in it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// shortest is how many bytes a secret has at least.
const shortest = 32

// New returns what seals and opens with a key made from the site's secret for
// one use. Its nonces are its own: give it none. What a text is bound to, such
// as the id of its row, goes in as additional data, so that it can't be moved.
func New(secret []byte, use string) (cipher.AEAD, error) {
	if len(secret) < shortest {
		return nil, fmt.Errorf("seal: the secret has %d bytes, and needs at least %d", len(secret), shortest)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, use, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return box, nil
}
