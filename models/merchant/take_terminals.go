package merchant

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

var terminalStage = intake.Table[TerminalRow]{
	Name: "staged_terminals",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "sn", Type: intake.Code}, {Name: "merchant_ref", Type: intake.Code},
		{Name: "shop", Type: intake.Text}, {Name: "alias", Type: intake.Text}, {Name: "model", Type: intake.Text}, {Name: "type", Type: intake.Text},
		{Name: "activated_on", Type: intake.Day}, {Name: "inactive_from", Type: intake.Day}, {Name: "inactive_reason", Type: intake.Text},
		{Name: "iccid", Type: intake.Code}, {Name: "carrier", Type: intake.Text}, {Name: "replaces_sn", Type: intake.Code}, {Name: "agent_ref", Type: intake.Code},
	},
	Values: func(v *intake.Record, line int, r *TerminalRow) {
		v.Number(int64(line))
		v.Text(r.SN)
		v.Text(r.MerchantRef)
		v.TextOrNull(r.Shop)
		v.Text(r.Alias)
		v.Text(r.Model)
		v.Text(r.Type)
		v.Day(r.ActivatedOn)
		v.Day(r.InactiveFrom)
		v.TextOrNull(string(r.InactiveReason))
		v.Text(r.ICCID)
		v.Text(r.Carrier)
		v.TextOrNull(r.ReplacesSN)
		v.Text(r.AgentRef)
	},
}

// StageTerminals reads terminals, for TakeTerminals in the same transaction.
func StageTerminals(ctx context.Context, tx *db.Tx, rows intake.Rows[TerminalRow]) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, terminalStage, rows)
}

// TakeTerminals adds the staged terminals and the shops they stand in, or
// brings those that are there to what the rows say. Of several rows about one
// terminal the last one counts. Merchants and replaced terminals must be known.
// A terminal that staff confirmed to be gone stays so. One that has a history stays with its merchant, since what was agreed
// and paid there is no affair of another.
func TakeTerminals(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := takeTerminals(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("merchant: taking terminals: %w", err)
	}
	return taken, problems, err
}

func takeTerminals(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, problems intake.Problems, err error) {
	taken.Rows = s.Rows
	if err := intake.KeepLast(ctx, tx, terminalStage.Name, "sn"); err != nil {
		return taken, problems, err
	}
	if err := problems.Find(ctx, tx, terminalRules...); err != nil || problems.Found() {
		return taken, problems, err
	}
	_, err = tx.Exec(ctx, `
		insert into shops (merchant_id, name)
		select distinct m.id, coalesce(s.shop, m.name)
		from staged_terminals s
		join merchants m on m.ref = s.merchant_ref
		where not exists (select 1 from shops p where p.merchant_id = m.id and p.name = coalesce(s.shop, m.name))
		order by 1, 2`)
	if err != nil {
		return taken, problems, err
	}
	taken.Changed, err = tx.Exec(ctx, `
		update terminals as t
		set merchant_id = m.id, shop_id = p.id, alias = s.alias, model = s.model, type = s.type,
			activated_on = s.activated_on, inactive_from = `+inactiveFrom+`, inactive_reason = `+inactiveReason+`,
			inactive_here = `+inactiveHere+`,
			iccid = s.iccid, carrier = s.carrier, replaces_sn = s.replaces_sn, agent_ref = s.agent_ref, updated_at = $1
		from staged_terminals s
		join merchants m on m.ref = s.merchant_ref
		join shops p on p.merchant_id = m.id and p.name = coalesce(s.shop, m.name)
		where s.sn = t.sn and (
			t.shop_id <> p.id or t.alias <> s.alias or t.model <> s.model or t.type <> s.type or
			t.activated_on is distinct from s.activated_on or t.inactive_from is distinct from `+inactiveFrom+` or
			t.inactive_reason is distinct from `+inactiveReason+` or t.iccid <> s.iccid or t.carrier <> s.carrier or
			t.replaces_sn is distinct from s.replaces_sn or t.agent_ref <> s.agent_ref)`, now)
	if err != nil {
		return taken, problems, err
	}
	taken.Added, err = tx.Exec(ctx, `
		insert into terminals (merchant_id, shop_id, sn, alias, model, type, activated_on, inactive_from, inactive_reason,
			iccid, carrier, replaces_sn, agent_ref, updated_at)
		select m.id, p.id, s.sn, s.alias, s.model, s.type, s.activated_on, s.inactive_from, s.inactive_reason,
			s.iccid, s.carrier, s.replaces_sn, s.agent_ref, $1
		from staged_terminals s
		join merchants m on m.ref = s.merchant_ref
		join shops p on p.merchant_id = m.id and p.name = coalesce(s.shop, m.name)
		where not exists (select 1 from terminals t where t.sn = s.sn)
		order by s.line`, now)
	if err != nil {
		return taken, problems, err
	}
	taken.Unchanged = taken.Rows - taken.Added - taken.Changed
	if err := intake.Learn(ctx, tx, taken.Added, "shops", "terminals"); err != nil {
		return taken, problems, err
	}
	return taken, problems, intake.Touch(ctx, tx, `
		select t.id, $1
		from staged_terminals s
		join terminals t on t.sn = s.sn
		where t.updated_at = $2`, intake.Always, now)
}

// What staff confirmed to be gone stays so until the core system names an
// earlier day: it may not have heard of it yet.
const (
	inactiveHere   = `(t.inactive_here and (s.inactive_from is null or s.inactive_from >= t.inactive_from))`
	inactiveFrom   = `case when ` + inactiveHere + ` then t.inactive_from else s.inactive_from end`
	inactiveReason = `case when ` + inactiveHere + ` then t.inactive_reason else s.inactive_reason end`
)

// terminalRules say which staged terminals can't be taken. What the file says of
// a replaced terminal goes before what is known of it.
var terminalRules = []intake.Rule{
	{Column: "merchant_ref", Key: "import.reference.merchant", Query: `
		select s.line, s.merchant_ref
		from staged_terminals s
		where not exists (select 1 from merchants m where m.ref = s.merchant_ref)`},
	{Column: "replaces_sn", Key: "import.reference.terminal", Query: `
		select s.line, s.replaces_sn
		from staged_terminals s
		where s.replaces_sn is not null
			and not exists (select 1 from terminals t where t.sn = s.replaces_sn)
			and not exists (select 1 from staged_terminals r where r.sn = s.replaces_sn)`},
	{Column: "replaces_sn", Key: "import.reference.other_merchant", Query: `
		select s.line, s.replaces_sn
		from staged_terminals s
		left join staged_terminals r on r.sn = s.replaces_sn
		left join terminals t on t.sn = s.replaces_sn
		left join merchants m on m.id = t.merchant_id
		where coalesce(r.merchant_ref, m.ref) <> s.merchant_ref`},
	{Column: "merchant_ref", Key: "import.stored.other_merchant", Query: `
		select s.line, s.merchant_ref
		from staged_terminals s
		join terminals t on t.sn = s.sn
		join merchants m on m.id = t.merchant_id
		where m.ref <> s.merchant_ref and (
			exists (select 1 from enrolments x where x.terminal_id = t.id) or
			exists (select 1 from deductions x where x.terminal_id = t.id) or
			exists (select 1 from settlements x where x.terminal_id = t.id) or
			exists (select 1 from sim_usage x where x.terminal_id = t.id))`},
}
