package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// SecretPrefix begins every secret, so that one that lies where it should not is
// recognised.
const SecretPrefix = "mbk_"

// hintLength is how many characters of a secret are kept to tell it by: too few
// to be of use to anybody else.
const hintLength = len(SecretPrefix) + 6

var secretLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSecret returns a secret of 32 random bytes.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends if it would
	return SecretPrefix + secretLetters.EncodeToString(b[:])
}

// secretLength is how long every secret is.
var secretLength = len(SecretPrefix) + secretLetters.EncodedLen(32)

// isSecret reports whether a text can be a secret at all.
func isSecret(s string) bool { return len(s) == secretLength && strings.HasPrefix(s, SecretPrefix) }

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
