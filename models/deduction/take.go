package deduction

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// claims describes the table that keeps references unique. Whoever claims a
// reference first owns it; the digest tells whether another row of that
// reference says the same.
type claims struct {
	stage  string // with the columns line, ref, id, digest and day
	table  string
	id     string // column of the table: what owns the reference
	day    string // column of the table, and of the stage, beside it
	column string // of the file: the reference
}

// take claims the references of the staged rows. It leaves those in the stage
// that are new here, and returns how many they are. A row that says the same as
// the owner of its reference is no news; one that says something else is a
// problem.
func (c claims) take(ctx context.Context, tx *db.Tx, s *intake.Stage, problems *intake.Problems) (int64, error) {
	claimed, err := intake.AddFresh(ctx, tx, s, c.table, fmt.Sprintf(`
		insert into %[1]s (ref, %[2]s, %[3]s, digest)
		select s.ref, s.id, s.%[3]s, s.digest
		from %[4]s s
		where not exists (select 1 from %[1]s c where c.ref = s.ref)`, c.table, c.id, c.day, c.stage))
	if err != nil || claimed == s.Rows {
		return claimed, err
	}
	if err := intake.Learn(ctx, tx, claimed, c.table); err != nil {
		return claimed, err
	}
	err = problems.Find(ctx, tx,
		intake.Rule{Column: c.column, Key: "import.row.taken", Args: []string{"line"}, Query: fmt.Sprintf(`
			select s.line, s.ref, cast(f.line as text)
			from (select ref, min(line) as line from %[1]s group by ref having count(*) > 1) k
			join %[1]s f on f.line = k.line
			join %[1]s s on s.ref = k.ref
			where s.digest <> f.digest`, c.stage)},
		intake.Rule{Column: c.column, Key: "import.stored.taken", Query: fmt.Sprintf(`
			select s.line, s.ref
			from %[1]s s
			join %[2]s c on c.ref = s.ref
			left join %[1]s own on own.id = c.%[3]s
			where c.digest <> s.digest and own.id is null`, c.stage, c.table, c.id)})
	if err != nil || claimed == 0 {
		return claimed, err
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`
		delete from %[1]s where id in (
			select s.id from %[1]s s join %[2]s c on c.ref = s.ref where c.%[3]s <> s.id)`, c.stage, c.table, c.id))
	return claimed, err
}

// digest condenses a row to bytes that differ where its values do.
type digest struct{ values []byte }

func (d *digest) begin() *digest {
	d.values = d.values[:0]
	return d
}

func (d *digest) text(s string) *digest {
	d.values = binary.AppendUvarint(d.values, uint64(len(s)))
	d.values = append(d.values, s...)
	return d
}

func (d *digest) number(n int64) *digest {
	d.values = binary.AppendVarint(d.values, n)
	return d
}

func (d *digest) day(day date.Date) *digest { return d.number(int64(day)) }

func (d *digest) instant(t time.Time) *digest { return d.number(t.UnixMicro()) }

func (d *digest) fen(amounts ...money.Fen) *digest {
	for _, a := range amounts {
		d.number(int64(a))
	}
	return d
}

// optional tells no amount from an amount of nothing.
func (d *digest) optional(amount *money.Fen) *digest {
	if amount == nil {
		return d.number(0)
	}
	return d.number(1).fen(*amount)
}

// sum returns 128 bits, which no two rows share by accident.
func (d *digest) sum() []byte {
	whole := sha256.Sum256(d.values)
	return whole[:16]
}

// planRules say which rows of a stage name no plan that prices their item, or
// leave it out where it is not clear. The stage has the columns line, sn, item
// and plan.
func planRules(stage string) []intake.Rule {
	return []intake.Rule{
		{Column: "sn", Key: "import.reference.terminal", Query: `
			select s.line, s.sn
			from ` + stage + ` s
			where not exists (select 1 from terminals t where t.sn = s.sn)`},
		{Column: "plan", Key: "import.reference.plan", Query: `
			select s.line, s.plan
			from ` + stage + ` s
			where s.plan is not null and not exists (select 1 from plans p where p.code = s.plan)`},
		{Column: "plan", Key: "import.reference.other_item", Args: []string{"item"}, Query: `
			select s.line, s.plan, p.item
			from ` + stage + ` s
			join plans p on p.code = s.plan
			where p.item <> s.item`},
		{Column: "plan", Key: "import.reference.which_plan", Args: []string{"plans"}, Query: `
			select s.line, '', o.codes
			from ` + stage + ` s
			join terminals t on t.sn = s.sn
			join ` + enrolledIn(stage) + ` o on o.terminal_id = t.id and o.item = s.item
			where s.plan is null and o.plans > 1`},
	}
}

// enrolledIn is, by terminal and item, in how many plans those terminals are
// enrolled of which a staged row leaves the plan out, and the plan where it is
// one.
func enrolledIn(stage string) string {
	return `(
			select e.terminal_id, p.item, min(p.id) as plan_id, count(*) as plans, string_agg(p.code, ', ' order by p.code) as codes
			from enrolments e
			join plans p on p.id = e.plan_id
			where e.terminal_id in (select t.id from ` + stage + ` s join terminals t on t.sn = s.sn where s.plan is null)
			group by e.terminal_id, p.item)`
}
