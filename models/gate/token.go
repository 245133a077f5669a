package gate

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/fault"
)

// signingKey signs permissions. Its id says by which key one was signed, so that
// one from before a change of the secret is told from a forged one.
type signingKey struct {
	id  string
	key []byte
}

// shortestSecret is how many bytes a secret has at least.
const shortestSecret = 32

func newSigningKey(secret []byte) (signingKey, error) {
	if len(secret) < shortestSecret {
		return signingKey{}, fmt.Errorf("gate: the secret has %d bytes, and needs at least %d", len(secret), shortestSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "permissions of the gate", sha256.Size)
	if err != nil {
		return signingKey{}, fmt.Errorf("gate: %w", err)
	}
	sum := sha256.Sum256(key)
	return signingKey{id: hex.EncodeToString(sum[:4]), key: key}, nil
}

// tokenForm begins every token.
const tokenForm = "mgt1"

// sign returns the permission to take what was asked for.
func (k signingKey) sign(r *row) string {
	return strings.Join([]string{tokenForm, k.id, r.ID, strconv.FormatInt(r.ExpiresAt.Unix(), 10), k.mac(r)}, ".")
}

// mac covers all that a permission is bound to.
func (k signingKey) mac(r *row) string {
	mac := hmac.New(sha256.New, k.key)
	fmt.Fprintf(mac, "%s|%s|%d|%d|%s|%d|%d|%d", tokenForm, r.ID, r.TerminalID, r.PlanID, r.Item, r.Cycle, r.Amount, r.ExpiresAt.Unix())
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// verify returns fault.Invalid for the field "token" where a token is not the
// permission that was given for the deduction.
func (k signingKey) verify(token string, r *row) error {
	parts := strings.Split(token, ".")
	switch {
	case token == "":
		return wrongField("token", "gate.token_missing")
	case len(parts) != 5 || parts[0] != tokenForm:
		return wrongField("token", "gate.token_wrong")
	case parts[2] != r.ID:
		return wrongField("token", "gate.token_other")
	case parts[1] != k.id:
		return wrongField("token", "gate.token_old_key")
	case r.ExpiresAt.IsZero() || parts[3] != strconv.FormatInt(r.ExpiresAt.Unix(), 10) || !hmac.Equal([]byte(parts[4]), []byte(k.mac(r))):
		return wrongField("token", "gate.token_wrong")
	}
	return nil
}

// wholeSecond is the end of a permission: tokens name it by the second.
func wholeSecond(t time.Time) time.Time { return t.Truncate(time.Second) }

// usedBefore says that a permission was used.
func usedBefore() error { return fault.New(fault.Conflict, "gate.token_used") }
