package staff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// RecoveryCodes is how many recovery codes a person gets.
const RecoveryCodes = 10

// recoveryLength is how many letters and digits a recovery code has, of five
// bits each: more than anyone can guess.
const recoveryLength = 16

// makeRecoveryCodes voids a person's recovery codes and returns new ones, which
// are shown once.
func (p *People) makeRecoveryCodes(ctx context.Context, tx *db.Tx, staffID string, now time.Time) ([]string, error) {
	if _, err := tx.Exec(ctx, `delete from staff_recovery_codes where staff_id = $1`, staffID); err != nil {
		return nil, err
	}
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		plain := strings.ToLower(rand.Text()[:recoveryLength])
		codes[i] = grouped(plain)
		_, err := tx.Exec(ctx, `insert into staff_recovery_codes (code_hash, staff_id, made_at) values ($1, $2, $3)`, p.recoveryHash(staffID, plain), staffID, now)
		if err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// useRecoveryCode reports whether a code is one of the person's, and uses it up.
func (p *People) useRecoveryCode(ctx context.Context, tx *db.Tx, a Actor, typed string, now time.Time) (bool, error) {
	plain := strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	n, err := tx.Exec(ctx, `update staff_recovery_codes set used_at = $3 where code_hash = $1 and staff_id = $2 and used_at is null`,
		p.recoveryHash(a.ID, plain), a.ID, now)
	if err != nil || n == 0 {
		return false, err
	}
	var left int
	if err := tx.QueryRow(ctx, `select count(*) from staff_recovery_codes where staff_id = $1 and used_at is null`, a.ID).Scan(&left); err != nil {
		return false, err
	}
	return true, audit.Write(ctx, tx, a.entry(now, "staff.recovery.use", a.ID, map[string]any{"left": left}))
}

// recoveryHash is what is kept of a code: an HMAC under a key that is not in the
// database.
func (p *People) recoveryHash(staffID, plain string) []byte {
	h := hmac.New(sha256.New, p.codeKey)
	fmt.Fprintf(h, "%s\x00%s", staffID, plain)
	return h.Sum(nil)
}

// grouped writes letters in fours, for copying by hand.
func grouped(plain string) string {
	var b strings.Builder
	for i, r := range plain {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}
