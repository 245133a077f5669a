// Package setting reads and writes what the acquirer chose: who it is, and the
// policy by which deductions are judged.
package setting

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Words is a text in both languages.
type Words struct {
	ZhCN string `json:"zh-CN"`
	En   string `json:"en"`
}

// Operator is the acquirer as merchants see it.
type Operator struct {
	Name      Words  `json:"name"`       // the company
	ShortName Words  `json:"short_name"` // as signed under a message
	Hotline   string `json:"hotline"`    // telephone number; empty: none is shown
	Colour    string `json:"colour"`     // of the brand, #rrggbb; empty: the product's own
	Logo      string `json:"logo"`       // name of a picture that ReadLogo returns; empty: the product's own
}

// Profile is the acquirer's profile with how it came about.
type Profile struct {
	Operator
	IsSet bool      // false: nobody ever did, and the example stands in
	State string    // differs whenever the profile does
	At    time.Time // when it was last changed, UTC
	By    string    // name of the member of staff, or the id of who else did it
}

// DefaultOperator is the example company that stands in until an operator has
// said who it is.
var DefaultOperator = mustRead(example)

//go:embed example.json
var example []byte

// NoProfile is the State where nobody ever set a profile.
const NoProfile = "none"

const operatorKey = "operator"

// GetOperator returns the acquirer's profile, or DefaultOperator where none was
// set.
func GetOperator(ctx context.Context, r db.Reader) (Operator, error) {
	p, err := ReadProfile(ctx, r)
	return p.Operator, err
}

// ReadProfile returns the acquirer's profile, or DefaultOperator where none was
// set, with how it came about.
func ReadProfile(ctx context.Context, r db.Reader) (Profile, error) {
	var value db.JSON
	p := Profile{IsSet: true}
	err := r.QueryRow(ctx, `select s.value, s.updated_at, coalesce(p.name, s.updated_by) from settings s left join staff p on p.id = s.updated_by where s.key = $1`, operatorKey).
		Scan(&value, &p.At, &p.By)
	if db.NotFound(err) {
		return Profile{Operator: DefaultOperator, State: NoProfile}, nil
	}
	if err == nil {
		err = json.Unmarshal(value, &p.Operator)
	}
	if err == nil {
		p.State, err = p.Operator.state()
	}
	if err != nil {
		return Profile{}, fmt.Errorf("setting: the operator's profile: %w", err)
	}
	return p, nil
}

// CountUnset adds to a batch whether nobody has said yet who the acquirer is: 1
// where nobody has.
func CountUnset(b *db.Batch, n *int) {
	b.Add(`select case when exists (select 1 from settings where key = $1) then 0 else 1 end`, []any{operatorKey}, func(rows db.Rows) error { return db.First(rows, n) })
}

// state is short, and another for each profile.
func (o Operator) state() (string, error) {
	text, err := json.Marshal(o)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), err
}

// SetOperator puts the acquirer's profile in place of the one whose State was
// seen, with the logo as it was: fault.Conflict where somebody was faster. It
// returns fault.Invalid for the fields of Check. A profile that is as it was
// leaves no trace. Whether the actor may is the caller's to know.
func SetOperator(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time, seen string, o Operator) error {
	o = o.Tidy()
	return changeOperator(ctx, d, by, requestID, at, func(_ *db.Tx, was *Profile) (Operator, error) {
		if was.State != seen {
			return o, fault.New(fault.Conflict, "admin_operator.fault.overtaken")
		}
		o.Logo = was.Logo
		return o, o.Check()
	})
}

// operatorLock is held by whoever changes the profile.
const operatorLock = "setting.operator"

func changeOperator(ctx context.Context, d *db.DB, by audit.Actor, requestID string, at time.Time, change func(tx *db.Tx, was *Profile) (Operator, error)) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, operatorLock); err != nil {
			return err
		}
		was, err := ReadProfile(ctx, tx)
		if err != nil {
			return err
		}
		o, err := change(tx, &was)
		if err != nil || was.IsSet && was.Operator == o {
			return err
		}
		value, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("setting: the operator's profile: %w", err)
		}
		if err := put(ctx, tx, operatorKey, value, by, at); err != nil {
			return fmt.Errorf("setting: the operator's profile: %w", err)
		}
		details := map[string]any{"value": o}
		if was.IsSet {
			details["was"] = was.Operator
		}
		return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by, Action: "setting.operator", Subject: operatorKey, Details: details, RequestID: requestID})
	})
}

// put writes a setting in place of what it was.
func put(ctx context.Context, tx *db.Tx, key string, value []byte, by audit.Actor, at time.Time) error {
	_, err := tx.Exec(ctx, `
insert into settings (key, value, updated_at, updated_by) values ($1, $2, $3, $4)
on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
		key, db.JSON(value), at, by.ID)
	return err
}

// mustRead reads a profile that this program holds itself.
func mustRead(text []byte) (o Operator) {
	if err := json.Unmarshal(text, &o); err != nil {
		panic(err)
	}
	return o
}
