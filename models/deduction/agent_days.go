package deduction

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// The parts that an agent's deductions of a day are counted in. The gate counts
// those of a terminal in the part that the terminal's id falls in, so that few
// decisions wait for each other; what comes with files, which takes long, has a
// part to itself.
const (
	partsOfGate = 8
	partOfFiles = partsOfGate
)

// agentDays is what of an agent's is counted together.
type agentDays struct {
	Agent  string    `json:"agent"`
	On     date.Date `json:"on"`
	PlanID int64     `json:"plan"`
	Part   int64     `json:"part"`
}

// countRecorded counts deductions with their terminals' agents. What was denied
// when it was asked for is none.
func countRecorded(ctx context.Context, tx *db.Tx, rows []Recorded) error {
	counts := map[agentDays]int64{}
	for i := range rows {
		if r := &rows[i]; r.Agent != "" && r.PlanID != 0 && r.State != fee.Denied {
			counts[agentDays{r.Agent, date.Of(r.At), r.PlanID, r.TerminalID % partsOfGate}]++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	type row struct {
		agentDays
		N int64 `json:"n"`
	}
	all := make([]row, 0, len(counts))
	for of, n := range counts {
		all = append(all, row{of, n})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("deduction: agents' days: %w", err)
	}
	from := `select value->>'agent', value->>'on', value->>'plan', value->>'part', value->>'n' from json_each($1) where true`
	if tx.Dialect == db.Postgres {
		from = `select r->>'agent', cast(r->>'on' as date), cast(r->>'plan' as bigint), cast(r->>'part' as integer), cast(r->>'n' as bigint)
			from json_array_elements(cast($1 as json)) r`
	}
	return addAgentDays(ctx, tx, from, string(text))
}

// countStaged counts the staged deductions that were new with their terminals'
// agents.
func countStaged(ctx context.Context, tx *db.Tx) error {
	return addAgentDays(ctx, tx, fmt.Sprintf(`
		select t.agent_ref, s.on_date, d.plan_id, cast(%d as integer), count(*)
		from staged_deductions s
		join terminals t on t.sn = s.sn and t.agent_ref <> ''
		join deductions d on d.terminal_id = t.id and d.at = s.at and d.id = s.id
		where d.plan_id is not null and d.state <> $1
		group by t.agent_ref, s.on_date, d.plan_id`, partOfFiles), string(fee.Waived))
}

func addAgentDays(ctx context.Context, tx *db.Tx, from string, args ...any) error {
	_, err := tx.Exec(ctx, `insert into agent_days (agent_ref, on_date, plan_id, part, deductions) `+from+`
		order by 1, 2, 3, 4 -- so that two never wait for each other
		on conflict (agent_ref, on_date, plan_id, part) do update set deductions = agent_days.deductions + excluded.deductions`, args...)
	if err != nil {
		return fmt.Errorf("deduction: agents' days: %w", err)
	}
	return nil
}
