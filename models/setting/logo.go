package setting

import (
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

// SetLogo puts a picture into the acquirer's profile, or takes out the one that is
// there where the content is empty. It returns fault.Invalid for the field where
// it is no picture that can be shown, and fault.Conflict where nobody has set a
// profile yet. Whether the actor may is the caller's to know.
func SetLogo(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time, content []byte) error {
	name, value := "", []byte(nil)
	if len(content) > 0 {
		taken, err := takeLogo(ctx, content)
		if err != nil {
			return err
		}
		name = hex.EncodeToString(taken.Sum[:8]) + logoEndings[taken.Type]
		if value, err = json.Marshal(Logo{taken.Type, taken.Content}); err != nil {
			return fmt.Errorf("setting: the logo: %w", err)
		}
	}
	return changeOperator(ctx, d, by, requestID, at, func(tx *db.Tx, was *Profile) (Operator, error) {
		if !was.IsSet {
			return was.Operator, fault.New(fault.Conflict, "admin_operator.fault.unset")
		}
		o := was.Operator
		o.Logo = name
		if name == "" {
			return o, nil
		}
		return o, put(ctx, tx, logoKey+name, value, by, at)
	})
}

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
