package enrolment

import "github.com/mingbai/mingbai/models/merchant/intake"

// rules say which staged rows can't be taken.
var rules = []intake.Rule{
	{Column: "sn", Key: "import.reference.terminal", Query: `
	select s.line, s.sn
	from staged_enrolments s
	where not exists (select 1 from terminals t where t.sn = s.sn)`},
	{Column: "plan", Key: "import.reference.plan", Query: `
	select s.line, s.plan
	from staged_enrolments s
	where not exists (select 1 from plans p where p.code = s.plan)`},
	{Column: "version", Key: "import.reference.version", Args: []string{"plan"}, Query: `
	select s.line, cast(s.version as text), s.plan
	from staged_enrolments s
	join plans p on p.code = s.plan
	where s.version is not null
		and not exists (select 1 from plan_versions v where v.plan_id = p.id and v.version = s.version)`},
	{Column: "anchor_on", Key: "import.row.disagrees", Args: []string{"line"}, Query: `
	select s.line, cast(s.anchor_on as text), cast(f.line as text)` + withFirst + `
	where s.anchor_on <> f.anchor_on`},
	{Column: "cancelled_on", Key: "import.row.disagrees", Args: []string{"line"}, Query: `
	select s.line, cast(s.cancelled_on as text), cast(f.line as text)` + withFirst + `
	where s.cancelled_on is distinct from f.cancelled_on`},
	{Column: "accepted_by", Key: "import.row.disagrees", Args: []string{"line"}, Query: `
	select s.line, s.accepted_by, cast(f.line as text)
	from (
		select sn, plan, version, accepted_on, via, min(line) as line
		from staged_enrolments
		where version is not null
		group by sn, plan, version, accepted_on, via
		having count(*) > 1) k
	join staged_enrolments f on f.line = k.line
	join staged_enrolments s on s.sn = k.sn and s.plan = k.plan and s.version = k.version
		and s.accepted_on = k.accepted_on and s.via = k.via
	where s.accepted_by <> f.accepted_by`},
	{Column: "accepted_by", Key: "import.stored.acceptance", Args: []string{"stored"}, Query: `
	select s.line, s.accepted_by, coalesce(nullif(a.accepted_by, ''), '–')` + withStored + `
	join acceptances a on a.enrolment_id = e.id and a.version = s.version and a.accepted_on = s.accepted_on and a.via = s.via
	where a.accepted_by <> s.accepted_by`},
	{Column: "cancelled_on", Key: "import.stored.cancelled", Args: []string{"date"}, Query: `
	select s.line, cast(s.cancelled_on as text), cast(e.cancelled_on as text)` + withStored + `
	where e.cancelled_on is not null and not e.cancelled_here and (
		e.anchor_on <> s.anchor_on or e.cancelled_on is distinct from s.cancelled_on or
		s.version is not null and not exists (
			select 1 from acceptances a
			where a.enrolment_id = e.id and a.version = s.version and a.accepted_on = s.accepted_on and a.via = s.via))`},
}

// withFirst joins each row with the first about the same enrolment.
const withFirst = `
	from (select sn, plan, min(line) as line from staged_enrolments group by sn, plan having count(*) > 1) k
	join staged_enrolments f on f.line = k.line
	join staged_enrolments s on s.sn = k.sn and s.plan = k.plan`

// withStored joins each row with the enrolment that is there.
const withStored = `
	from staged_enrolments s
	join terminals t on t.sn = s.sn
	join plans p on p.code = s.plan
	join enrolments e on e.terminal_id = t.id and e.plan_id = p.id`
