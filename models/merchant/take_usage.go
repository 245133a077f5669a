package merchant

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

var usageStage = intake.Table[UsageRow]{
	Name: "staged_usage",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "sn", Type: intake.Code}, {Name: "used_on", Type: intake.Day},
		{Name: "used_mb", Type: intake.Number}, {Name: "allowance_mb", Type: intake.Number}, {Name: "balance_fen", Type: intake.Number},
	},
	Values: func(v *intake.Record, line int, r *UsageRow) {
		v.Number(int64(line))
		v.Text(r.SN)
		v.Day(r.On)
		v.Number(r.UsedMB)
		intake.NumberOrNull(v, r.AllowanceMB)
		intake.NumberOrNull(v, r.Balance)
	},
	Day: func(r *UsageRow) date.Date { return r.On },
}

// StageUsage reads days of SIM usage, for TakeUsage in the same transaction.
func StageUsage(ctx context.Context, tx *db.Tx, rows intake.Rows[UsageRow]) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, usageStage, rows)
}

// TakeUsage adds the staged days, or brings those that are there to what the
// rows say. Of several rows about one terminal and day the last one counts.
func TakeUsage(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := takeUsage(ctx, tx, s)
	if err == nil && !problems.Found() {
		err = noteUsage(ctx, tx, now)
	}
	if err != nil {
		err = fmt.Errorf("merchant: taking SIM usage: %w", err)
	}
	return taken, problems, err
}

func takeUsage(ctx context.Context, tx *db.Tx, s *intake.Stage) (taken intake.Taken, problems intake.Problems, err error) {
	taken.Rows = s.Rows
	taken.Added, err = intake.AddFresh(ctx, tx, s, "sim_usage", `
		insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb, balance_fen)
		select t.merchant_id, t.id, s.used_on, s.used_mb, s.allowance_mb, s.balance_fen
		from staged_usage s
		join terminals t on t.sn = s.sn
		where not exists (select 1 from sim_usage u where u.merchant_id = t.merchant_id and u.terminal_id = t.id and u.used_on = s.used_on)`)
	if err != nil || taken.Added == taken.Rows {
		return taken, problems, err
	}
	// Not every row is news: it is there already, or a terminal is not known.
	err = problems.Find(ctx, tx, intake.Rule{Column: "sn", Key: "import.reference.terminal", Query: `
		select s.line, s.sn
		from staged_usage s
		where not exists (select 1 from terminals t where t.sn = s.sn)`})
	if err != nil || problems.Found() {
		return taken, problems, err
	}
	if err := intake.KeepLast(ctx, tx, usageStage.Name, "sn", "used_on"); err != nil {
		return taken, problems, err
	}
	taken.Changed, err = tx.Exec(ctx, `
		update sim_usage as u
		set used_mb = s.used_mb, allowance_mb = s.allowance_mb, balance_fen = s.balance_fen
		from staged_usage s
		join terminals t on t.sn = s.sn
		where u.merchant_id = t.merchant_id and u.terminal_id = t.id and u.used_on = s.used_on and (
			u.used_mb <> s.used_mb or u.allowance_mb is distinct from s.allowance_mb or u.balance_fen is distinct from s.balance_fen)`)
	taken.Unchanged = taken.Rows - taken.Added - taken.Changed
	return taken, problems, err
}
