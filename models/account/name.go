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

// SetName changes how someone is called, to 1 to MaxName characters. It returns
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
		return audit.Write(ctx, tx, w.entry(a.clock.Now(), "user.name", w.UserID, nil))
	})
}
