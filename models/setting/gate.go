package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// Gate is how deductions are let through.
type Gate struct {
	TokenLasts  time.Duration // how long a permission serves
	SecondAbove money.Fen     // what is held and more than this takes two people to release
}

// DefaultGate is what holds where nothing else was set.
var DefaultGate = Gate{TokenLasts: 15 * time.Minute, SecondAbove: 50_000}

const gateKey = "gate"

type gateJSON struct {
	TokenSeconds int64 `json:"token_seconds"`
	SecondAbove  int64 `json:"second_above_fen"`
}

// GetGate returns how deductions are let through.
func GetGate(ctx context.Context, r db.Reader) (Gate, error) {
	var value db.JSON
	err := r.QueryRow(ctx, "select value from settings where key = $1", gateKey).Scan(&value)
	if db.NotFound(err) {
		return DefaultGate, nil
	}
	var from gateJSON
	if err == nil {
		err = json.Unmarshal(value, &from)
	}
	if err != nil {
		return Gate{}, fmt.Errorf("setting: the gate: %w", err)
	}
	return Gate{TokenLasts: time.Duration(from.TokenSeconds) * time.Second, SecondAbove: money.Fen(from.SecondAbove)}, nil
}

// SetGate changes how deductions are let through.
func SetGate(ctx context.Context, d *db.DB, by audit.Actor, at time.Time, g Gate) error {
	value, err := json.Marshal(gateJSON{int64(g.TokenLasts / time.Second), int64(g.SecondAbove)})
	if err != nil {
		return fmt.Errorf("setting: the gate: %w", err)
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
insert into settings (key, value, updated_at, updated_by) values ($1, $2, $3, $4)
on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			gateKey, db.JSON(value), at, by.ID)
		if err != nil {
			return fmt.Errorf("setting: the gate: %w", err)
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by, Action: "setting.gate", Subject: gateKey,
			Details: map[string]any{"token_seconds": int64(g.TokenLasts / time.Second), "second_above_fen": int64(g.SecondAbove)},
		})
	})
}
