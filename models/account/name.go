package account

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// MaxName is how many characters a person's name may have.
const MaxName = 20

// checkName reads a person's name into the form's field "name".
func checkName(written string, fields *fault.Fields) string {
	name := strings.TrimSpace(written)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		fields.Add("name", "account.name.empty")
	case n > MaxName:
		fields.Add("name", "account.name.long", "n", MaxName)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		fields.Add("name", "account.name.characters")
	}
	return name
}

// Called is SQL for how somebody is called in a merchant's account, by the aliases of
// memberships and users in a statement. Whoever asked them in wrote a name for them, or staff who
// handed them the merchant: that one stays with the membership, and no other merchant
// reads it. It goes once they set their own while that merchant's account is open.
// Where none was given they are called by their own.
//
// So who asks in a number learns nothing of what its holder is called elsewhere, and
// gives them no name elsewhere either.
func Called(membership, user string) string {
	return `coalesce(nullif(` + membership + `.name, ''), ` + user + `.name)`
}

// called is Called for the aliases x and u.
var called = Called("x", "u")

// SetName changes how someone is called, to 1 to MaxName characters: in the account
// that is open, and in those where no other name was given to them. It returns
// fault.Invalid for the field "name".
func (a *Accounts) SetName(ctx context.Context, w Who, written string) error {
	var fields fault.Fields
	name := checkName(written, &fields)
	if err := fields.Err(); err != nil {
		return err
	}
	return a.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `update users set name = $2 where id = $1`, w.UserID, name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update memberships set name = '' where user_id = $1 and merchant_id = $2`, w.UserID, w.MerchantID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(a.clock.Now(), "user.name", w.UserID, nil))
	})
}
