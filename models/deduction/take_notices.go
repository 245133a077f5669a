package deduction

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// NoticeRow is what the core system says of an announcement of a deduction that
// reached the merchant.
type NoticeRow struct {
	SN          string
	Item        fee.Item
	Plan        string    // the plan's code; empty: not said
	PeriodFrom  date.Date // first day of the cycle it announced
	Amount      money.Fen // the amount it named
	Channel     string    // such as sms, email, wechat
	DeliveredAt time.Time // UTC
}

var noticeStage = intake.Table[NoticeRow]{
	Name: "staged_notices",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "sn", Type: intake.Code}, {Name: "item", Type: intake.Text}, {Name: "plan", Type: intake.Code},
		{Name: "period_from", Type: intake.Day}, {Name: "amount_fen", Type: intake.Number}, {Name: "channel", Type: intake.Text},
		{Name: "delivered_at", Type: intake.Instant}, {Name: "on_date", Type: intake.Day},
	},
	Values: func(v *intake.Record, line int, r *NoticeRow) {
		v.Number(int64(line))
		v.Text(r.SN)
		v.Text(string(r.Item))
		v.TextOrNull(r.Plan)
		v.Day(r.PeriodFrom)
		v.Number(int64(r.Amount))
		v.Text(r.Channel)
		v.Instant(r.DeliveredAt)
		v.Day(date.Of(r.DeliveredAt))
	},
}

// StageNotices reads notices, for TakeNotices in the same transaction.
func StageNotices(ctx context.Context, tx *db.Tx, rows intake.Rows[NoticeRow]) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, noticeStage, rows)
}

// TakeNotices adds the staged notices. One that is there already is left alone
// if the row names the same amount, and is refused otherwise. Where a row names
// no plan it means the one of its item that the terminal is enrolled in; what a
// terminal is not enrolled in can't be announced.
func TakeNotices(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := takeNotices(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("deduction: taking notices: %w", err)
	}
	return taken, problems, err
}

func takeNotices(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, problems intake.Problems, err error) {
	taken.Rows = s.Rows
	err = problems.Find(ctx, tx, append(planRules("staged_notices"), notEnrolled...)...)
	if err != nil || problems.Found() {
		return taken, problems, err
	}
	if err := matchNotices(ctx, tx); err != nil {
		return taken, problems, err
	}
	err = problems.Find(ctx, tx, otherAmount...)
	if err != nil || problems.Found() {
		inYuan(problems.List)
		return taken, problems, err
	}
	err = intake.Touch(ctx, tx, `select terminal_id, min(on_date) from matched_notices where not stored group by terminal_id`)
	if err != nil {
		return taken, problems, err
	}
	taken.Added, err = tx.Exec(ctx, `
		insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, $1
		from matched_notices
		where not stored
		order by line
		on conflict (terminal_id, plan_id, period_from, channel, delivered_at) do nothing`, now)
	taken.Unchanged = taken.Rows - taken.Added
	return taken, problems, err
}

// notEnrolled finds notices of what the terminal is not enrolled in.
var notEnrolled = []intake.Rule{
	{Column: "plan", Key: "import.reference.not_enrolled", Query: `
		select s.line, s.plan
		from staged_notices s
		join terminals t on t.sn = s.sn
		join plans p on p.code = s.plan and p.item = s.item
		where not exists (select 1 from enrolments e where e.terminal_id = t.id and e.plan_id = p.id)`},
	{Column: "item", Key: "import.reference.not_enrolled", Query: `
		select s.line, s.item
		from staged_notices s
		join terminals t on t.sn = s.sn
		where s.plan is null and not exists (
			select 1 from enrolments e join plans p on p.id = e.plan_id where e.terminal_id = t.id and p.item = s.item)`},
}

// matchNotices finds the terminal and the plan of each row, and whether such a
// notice is there.
func matchNotices(ctx context.Context, tx *db.Tx) error {
	err := intake.Make(ctx, tx, "matched_notices", []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "merchant_id", Type: intake.Number}, {Name: "terminal_id", Type: intake.Number},
		{Name: "item", Type: intake.Text}, {Name: "plan_id", Type: intake.Number}, {Name: "period_from", Type: intake.Day},
		{Name: "amount_fen", Type: intake.Number}, {Name: "channel", Type: intake.Text}, {Name: "delivered_at", Type: intake.Instant},
		{Name: "on_date", Type: intake.Day}, {Name: "stored", Type: intake.Truth}, {Name: "stored_fen", Type: intake.Number},
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into matched_notices
		select m.line, m.merchant_id, m.terminal_id, m.item, m.plan_id, m.period_from, m.amount_fen, m.channel, m.delivered_at, m.on_date,
			n.id is not null, n.amount_fen
		from (
			select s.*, t.merchant_id, t.id as terminal_id, coalesce(p.id, o.plan_id) as plan_id
			from staged_notices s
			join terminals t on t.sn = s.sn
			left join plans p on p.code = s.plan
			left join `+enrolledIn("staged_notices")+` o on s.plan is null and o.terminal_id = t.id and o.item = s.item) m
		left join delivered_notices n on n.terminal_id = m.terminal_id and n.plan_id = m.plan_id and n.period_from = m.period_from
			and n.channel = m.channel and n.delivered_at = m.delivered_at`)
	return err
}

// otherAmount finds notices that name another amount than the same notice did
// before.
var otherAmount = []intake.Rule{
	{Column: "amount", Key: "import.row.taken", Args: []string{"line"}, Query: `
		select s.line, cast(s.amount_fen as text), cast(f.line as text)
		from (
			select terminal_id, plan_id, period_from, channel, delivered_at, min(line) as line
			from matched_notices
			group by terminal_id, plan_id, period_from, channel, delivered_at
			having count(*) > 1) k
		join matched_notices f on f.line = k.line
		join matched_notices s on s.terminal_id = k.terminal_id and s.plan_id = k.plan_id and s.period_from = k.period_from
			and s.channel = k.channel and s.delivered_at = k.delivered_at
		where s.amount_fen <> f.amount_fen`},
	{Column: "amount", Key: "import.stored.taken", Query: `
		select line, cast(amount_fen as text)
		from matched_notices
		where stored_fen <> amount_fen`},
}

// inYuan writes amounts as the file has them.
func inYuan(problems []intake.Problem) {
	for i := range problems {
		if fen, err := strconv.ParseInt(problems[i].Value, 10, 64); err == nil {
			problems[i].Value = money.Fen(fen).Yuan()
		}
	}
}
