package setting

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
)

// Logo is the picture beside the portal's name.
type Logo struct {
	Type    string `json:"type"` // file.PNG or file.JPEG
	Content []byte `json:"content"`
}

// LogoField is the form's field for the picture, and MostLogo how many bytes it
// may have.
const (
	LogoField = "logo"
	MostLogo  = 200 << 10
)

const logoKey = "logo "

var logoEndings = map[string]string{file.PNG: ".png", file.JPEG: ".jpg"}

// SetLogo puts a picture into the acquirer's profile. It returns fault.Conflict
// where nobody has set a profile yet, and fault.Invalid for the field where it is
// no picture that can be shown. Whether the actor may is the caller's to know.
func SetLogo(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time, content []byte) error {
	if profile, err := ReadProfile(ctx, d); err != nil || !profile.IsSet {
		return cmp.Or(err, errUnset())
	}
	taken, err := takeLogo(ctx, content)
	if err != nil {
		return err
	}
	name := hex.EncodeToString(taken.Sum[:8]) + logoEndings[taken.Type]
	value, err := json.Marshal(Logo{taken.Type, taken.Content})
	if err != nil {
		return fmt.Errorf("setting: the logo: %w", err)
	}
	return changeLogo(ctx, d, by, requestID, at, name, func(tx *db.Tx) error {
		return put(ctx, tx, logoKey+name, value, by, at)
	})
}

// RemoveLogo takes the logo out of the acquirer's profile. It returns
// fault.Conflict where nobody has set a profile yet.
func RemoveLogo(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time) error {
	return changeLogo(ctx, d, by, requestID, at, "", func(*db.Tx) error { return nil })
}

func changeLogo(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time, name string, keep func(*db.Tx) error) error {
	return changeOperator(ctx, d, by, requestID, at, func(tx *db.Tx, was *Profile) (Operator, error) {
		if !was.IsSet {
			return was.Operator, errUnset()
		}
		o := was.Operator
		o.Logo = name
		return o, keep(tx)
	})
}

func errUnset() error { return fault.New(fault.Conflict, "admin_operator.fault.unset") }

// takeLogo draws a picture anew.
func takeLogo(ctx context.Context, content []byte) (file.File, error) {
	var f fault.Fields
	taken, err := file.Take(ctx, LogoField, content)
	switch {
	case errors.Is(err, file.ErrLarge), len(content) > MostLogo, err == nil && len(taken.Content) > MostLogo:
		f.Add(LogoField, "admin_operator.fault.logo_large", "kilobytes", MostLogo>>10)
	case err != nil, logoEndings[taken.Type] == "":
		f.Add(LogoField, "admin_operator.fault.logo")
	}
	return taken, f.Err()
}

// ReadLogo returns a picture by its name, or fault.NotFound. Those that stood in
// the profile before stay, since a page may still show them.
func ReadLogo(ctx context.Context, r db.Reader, name string) (l Logo, err error) {
	var value db.JSON
	err = r.QueryRow(ctx, "select value from settings where key = $1", logoKey+name).Scan(&value)
	if db.NotFound(err) {
		return Logo{}, fault.New(fault.NotFound, "")
	}
	if err == nil {
		err = json.Unmarshal(value, &l)
	}
	if err != nil {
		return Logo{}, fmt.Errorf("setting: the logo: %w", err)
	}
	return l, nil
}
