// Package setting reads and writes what the acquirer chose: who it is, and the
// policy by which deductions are judged.
package setting

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
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
	Logo      string `json:"logo"`       // address of a picture; empty: the name in letters
}

// DefaultOperator is the example company that stands in until an operator has
// said who it is.
var DefaultOperator = mustRead(example)

//go:embed example.json
var example []byte

const operatorKey = "operator"

// GetOperator returns the acquirer's profile, or DefaultOperator where none was
// set.
func GetOperator(ctx context.Context, r db.Reader) (Operator, error) {
	var value db.JSON
	err := r.QueryRow(ctx, "select value from settings where key = $1", operatorKey).Scan(&value)
	if db.NotFound(err) {
		return DefaultOperator, nil
	}
	var o Operator
	if err == nil {
		err = json.Unmarshal(value, &o)
	}
	if err != nil {
		return Operator{}, fmt.Errorf("setting: the operator's profile: %w", err)
	}
	return o, nil
}

// SetOperator replaces the acquirer's profile.
func SetOperator(ctx context.Context, d *db.DB, by audit.Actor, at time.Time, o Operator) error {
	value, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("setting: the operator's profile: %w", err)
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
insert into settings (key, value, updated_at, updated_by) values ($1, $2, $3, $4)
on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			operatorKey, db.JSON(value), at, by.ID)
		if err != nil {
			return fmt.Errorf("setting: the operator's profile: %w", err)
		}
		return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by, Action: "setting.operator", Subject: operatorKey})
	})
}

// mustRead reads a profile that this program holds itself.
func mustRead(text []byte) (o Operator) {
	if err := json.Unmarshal(text, &o); err != nil {
		panic(err)
	}
	return o
}
