package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// News is something that a merchant is to be told of. What does not apply is
// zero. Merchant, kind, terminal, plan, cycle, lead days, round and reference
// together name it: the same is told once.
type News struct {
	MerchantID int64
	Kind       Kind
	TerminalID int64
	PlanID     int64
	Cycle      int
	LeadDays   int
	Round      int
	Ref        string    // what else it is about: a deduction, a change, a step of a case
	PeriodFrom date.Date // first day of the cycle
	DueOn      date.Date // the day that is told
	Amount     money.Fen
	Version    int
	Facts      Facts
	NotBefore  time.Time // zero: at once

	againOn      date.Date // looked at again then; zero: never
	atSendMinute bool      // NotBefore is when a day's announcements go out
}

// Tell hands over news in the transaction of what happened. What was handed over
// before under the same name stays as it is.
func Tell(ctx context.Context, tx *db.Tx, now time.Time, news ...News) error {
	for len(news) > 0 {
		n := min(len(news), tellMany)
		if n <= tellFew {
			n = 1
		}
		if err := tellSome(ctx, tx, now, news[:n]); err != nil {
			return fmt.Errorf("notice: telling: %w", err)
		}
		news = news[n:]
	}
	return nil
}

// tellMany is how many rows one statement inserts at most. A few go one by one:
// PostgreSQL keeps the plan of a statement by its text, which would differ by their
// number.
const (
	tellMany = 100
	tellFew  = 4
)

func tellSome(ctx context.Context, tx *db.Tx, now time.Time, news []News) error {
	rows := make([]string, len(news))
	args := make([]any, 0, len(news)*16)
	for i := range news {
		n := &news[i]
		facts, err := n.Facts.json()
		if err != nil {
			return err
		}
		notBefore := n.NotBefore
		if notBefore.IsZero() {
			notBefore = now
		}
		from := len(args)
		args = append(args, n.MerchantID, string(n.Kind), n.TerminalID, n.PlanID, n.Cycle, n.LeadDays, n.Round, n.Ref, n.PeriodFrom, n.DueOn,
			int64(n.Amount), n.Version, facts, notBefore, now, n.againOn)
		rows[i] = "(" + db.Placeholders(from+1, len(args)-from) + ")"
	}
	_, err := tx.Exec(ctx, `
		insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, period_from, due_on, amount_fen, version,
			facts, not_before, planned_at, again_on)
		values `+strings.Join(rows, ", ")+`
		on conflict do nothing`, args...)
	return err
}

// json writes the facts down; none are nothing.
func (f *Facts) json() (db.JSON, error) {
	text, err := json.Marshal(f)
	if err != nil || string(text) == "{}" {
		return nil, err
	}
	return db.JSON(text), nil
}
