package merchant

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// NameOf returns what a merchant's terminal is called: the merchant's own name
// for it, else the core system's. It returns fault.NotFound where the merchant
// has no such terminal.
func NameOf(ctx context.Context, r db.Reader, merchantID int64, sn string) (name string, err error) {
	err = r.QueryRow(ctx, `select coalesce(own_alias, alias) from terminals where merchant_id = $1 and sn = $2`, merchantID, sn).Scan(&name)
	if db.NotFound(err) {
		return "", fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	return name, err
}

// MaxAlias is how many characters a merchant's own name for a terminal may have.
const MaxAlias = 20

// Rename gives a merchant's terminal the merchant's own name, of 1 to MaxAlias
// characters on one line; the core system's stays beside it. It returns
// fault.Invalid for the field "alias", and fault.NotFound where the merchant has
// no such terminal.
func Rename(ctx context.Context, d *db.DB, at time.Time, by audit.Actor, merchantID int64, sn, alias string) error {
	alias = strings.TrimSpace(alias)
	var fields fault.Fields
	switch n := utf8.RuneCountInString(alias); {
	case n == 0:
		fields.Add("alias", "terminals.rename.empty")
	case n > MaxAlias:
		fields.Add("alias", "terminals.rename.long", "n", MaxAlias)
	case strings.ContainsFunc(alias, unprintable):
		fields.Add("alias", "terminals.rename.characters")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update terminals set own_alias = $3, updated_at = $4 where merchant_id = $1 and sn = $2`, merchantID, sn, alias, at)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "errors.not_found.terminal")
		}
		return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by, MerchantID: merchantID, Action: "terminal.rename", Subject: sn})
	})
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
