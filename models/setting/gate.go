package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
)

// Gate is how deductions are let through.
type Gate struct {
	TokenLasts   time.Duration // how long a permission serves
	SecondAbove  money.Fen     // what is held and more than this takes two people to release
	BatchWidth   int64         // by so many hundredths a batch may lie below the least and above the most of those before it
	SpikePercent int64         // an agent's day may come to so many hundredths of what is usual
	SpikeLeast   int64         // and up to so many deductions it is never out of line
}

// DefaultGate is what holds where nothing else was set.
var DefaultGate = Gate{TokenLasts: 15 * time.Minute, SecondAbove: 50_000, BatchWidth: 50, SpikePercent: 300, SpikeLeast: 20}

// The names of the fields, in forms and where the figures are written down.
const (
	TokenMinutesField = "token_minutes"
	SecondAboveField  = "second_above"
	BatchWidthField   = "batch_width"
	SpikePercentField = "spike_percent"
	SpikeLeastField   = "spike_least"
)

// gateLimits are what each figure may be, from and to, in the unit that staff
// enter it in: minutes, yuan, hundredths and deductions.
var gateLimits = []struct {
	field    string
	of       func(*Gate) int64
	from, to int64
}{
	{TokenMinutesField, func(g *Gate) int64 { return int64(g.TokenLasts / time.Minute) }, 1, 1440},
	{SecondAboveField, func(g *Gate) int64 { return int64(g.SecondAbove / 100) }, 0, 100_000},
	{BatchWidthField, func(g *Gate) int64 { return g.BatchWidth }, 5, 400},
	{SpikePercentField, func(g *Gate) int64 { return g.SpikePercent }, 110, 2000},
	{SpikeLeastField, func(g *Gate) int64 { return g.SpikeLeast }, 1, 100_000},
}

// Check returns fault.Invalid for the fields of figures that may not be.
func (g Gate) Check() error {
	var f fault.Fields
	for _, l := range gateLimits {
		if v := l.of(&g); v < l.from || v > l.to {
			f.Add(l.field, "admin_gate.check.between", "from", int(l.from), "to", int(l.to))
		}
	}
	return f.Err()
}

const gateKey = "gate"

type gateJSON struct {
	TokenSeconds int64 `json:"token_seconds"`
	SecondAbove  int64 `json:"second_above_fen"`
	BatchWidth   int64 `json:"batch_width_percent"`
	SpikePercent int64 `json:"spike_percent"`
	SpikeLeast   int64 `json:"spike_least"`
}

// MarshalJSON writes the figures.
func (g Gate) MarshalJSON() ([]byte, error) {
	return json.Marshal(gateJSON{int64(g.TokenLasts / time.Second), int64(g.SecondAbove), g.BatchWidth, g.SpikePercent, g.SpikeLeast})
}

// UnmarshalJSON reads the figures. What was not known when they were written is
// as by default.
func (g *Gate) UnmarshalJSON(b []byte) error {
	d := DefaultGate
	from := gateJSON{int64(d.TokenLasts / time.Second), int64(d.SecondAbove), d.BatchWidth, d.SpikePercent, d.SpikeLeast}
	if err := json.Unmarshal(b, &from); err != nil {
		return err
	}
	*g = Gate{time.Duration(from.TokenSeconds) * time.Second, money.Fen(from.SecondAbove), from.BatchWidth, from.SpikePercent, from.SpikeLeast}
	return nil
}

// GetGate returns how deductions are let through.
func GetGate(ctx context.Context, r db.Reader) (g Gate, err error) {
	var value db.JSON
	err = r.QueryRow(ctx, "select value from settings where key = $1", gateKey).Scan(&value)
	if db.NotFound(err) {
		return DefaultGate, nil
	}
	if err == nil {
		err = json.Unmarshal(value, &g)
	}
	if err != nil {
		return Gate{}, fmt.Errorf("setting: the gate: %w", err)
	}
	return g, nil
}

// SetGateIn changes how deductions are let through, inside a transaction. Whether
// the actor may, and whether somebody else agreed, is the caller's to know. It
// returns the faults of Check.
func SetGateIn(ctx context.Context, tx *db.Tx, by audit.Actor, at time.Time, g Gate) error {
	if err := g.Check(); err != nil {
		return err
	}
	value, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("setting: the gate: %w", err)
	}
	if err := put(ctx, tx, gateKey, value, by, at); err != nil {
		return fmt.Errorf("setting: the gate: %w", err)
	}
	return nil
}
