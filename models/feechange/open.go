package feechange

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/setting"
)

// openChunk is how many enrolments, by the span of their ids, one transaction
// looks at: enough to spread its cost, few enough that no answer waits long.
const openChunk = 20_000

// Open opens a change for each merchant who pays less by the version in force
// than by one that the disclosure version with the id states, about each of
// their terminals that is in use; then it reckons what the price would have made
// of the last twelve months. It goes chunk by chunk, each in a transaction of
// its own. What is open stays as it is, so that it may run again, after an
// interruption too, and takes in terminals that have come since. It returns how
// many changes it opened.
func Open(ctx context.Context, d *db.DB, versionID int64, now time.Time) (opened int64, err error) {
	o, err := newOpening(ctx, d, now)
	if err != nil {
		return 0, err
	}
	if opened, err = o.version(ctx, versionID); err != nil {
		return opened, fmt.Errorf("feechange: opening changes of disclosure version %d: %w", versionID, err)
	}
	return opened, o.reckon(ctx)
}

// OpenMissing opens what Open would for every version that is on its way, and
// reckons what was left unreckoned: for versions that were published before this
// product, terminals that have come since, and jobs that were lost. It returns
// how many changes it opened.
func OpenMissing(ctx context.Context, d *db.DB, now time.Time) (opened int64, err error) {
	o, err := newOpening(ctx, d, now)
	if err != nil {
		return 0, err
	}
	var coming []int64
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			err := rows.Scan(&id)
			coming = append(coming, id)
			return err
		})
	}, `select id from disclosure_versions where published_on <= $1 and effective_on > $1 order by id`, o.today)
	if err != nil {
		return 0, err
	}
	for _, versionID := range coming {
		n, err := o.version(ctx, versionID)
		opened += n
		if err != nil {
			return opened, fmt.Errorf("feechange: opening changes of disclosure version %d: %w", versionID, err)
		}
	}
	return opened, o.reckon(ctx)
}

// opening is one run of Open.
type opening struct {
	d      *db.DB
	plans  *disclosure.Plans
	policy fee.Policy
	now    time.Time
	today  date.Date
}

func newOpening(ctx context.Context, d *db.DB, now time.Time) (*opening, error) {
	plans, err := disclosure.Load(ctx, d)
	if err != nil {
		return nil, err
	}
	policy, err := policyAt(ctx, d, now)
	if err != nil {
		return nil, err
	}
	return &opening{d: d, plans: plans, policy: policy, now: now, today: date.Of(now)}, nil
}

// policyAt returns the policy in force at an instant.
func policyAt(ctx context.Context, r db.Reader, at time.Time) (fee.Policy, error) {
	all, err := setting.GetPolicies(ctx, r)
	return deduction.PolicyAt(all, at), err
}

// stated is a plan version that a disclosure version states.
type stated struct {
	versionID int64
	planID    int64
	version   int
}

func (o *opening) version(ctx context.Context, versionID int64) (opened int64, err error) {
	var all []stated
	err = o.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			s := stated{versionID: versionID}
			err := rows.Scan(&s.planID, &s.version)
			all = append(all, s)
			return err
		})
	}, `select plan_id, version from plan_versions where disclosure_version_id = $1 order by plan_id, version`, versionID)
	if err != nil {
		return 0, err
	}
	for _, s := range all {
		n, err := o.plan(ctx, s)
		opened += n
		if err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// plan opens the changes of one plan version. What is in force for an enrolment
// follows from the versions that were accepted for it, of which there are few
// different sets, however many enrolments there are.
func (o *opening) plan(ctx context.Context, s stated) (opened int64, err error) {
	plan := o.plans.Fee(s.planID)
	if plan == nil || plan.Version(s.version) == nil {
		return 0, nil // withdrawn
	}
	affected, err := o.affected(ctx, s, plan)
	if err != nil || len(affected) == 0 {
		return 0, err
	}
	var first, last int64
	err = o.d.QueryRow(ctx, `select coalesce(min(id), 0), coalesce(max(id), -1) from enrolments where plan_id = $1`, s.planID).Scan(&first, &last)
	if err != nil {
		return 0, err
	}
	for from := first; from <= last; from += openChunk {
		n := int64(0)
		err := o.d.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = o.openSome(ctx, tx, s, plan.Version(s.version).EffectiveOn, affected, from, min(from+openChunk-1, last))
			return err
		})
		opened += n
		if err != nil {
			return opened, err
		}
	}
	return opened, nil
}

// acceptedSet is the versions accepted for an enrolment, and the one that is in
// force for it without the version that is on its way.
type acceptedSet struct {
	versions string
	from     int
}

// affected returns the sets of accepted versions for which the version is dearer
// than what is in force without it, and takes force with the merchant's
// acceptance alone.
func (o *opening) affected(ctx context.Context, s stated, plan *fee.Plan) (all []acceptedSet, err error) {
	err = o.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var set acceptedSet
			if err := rows.Scan(&set.versions); err != nil {
				return err
			}
			if set.from = asksFor(plan, o.policy, set.versions, s.version, o.today); set.from > 0 {
				all = append(all, set)
			}
			return nil
		})
	}, `select distinct own.versions from enrolments e join (`+ownVersions+`) own on own.enrolment_id = e.id where e.plan_id = $1`, s.planID)
	return all, err
}

// ownVersions are the versions that merchants accepted themselves, by enrolment
// of the plan $1.
const ownVersions = `
	select enrolment_id, string_agg(cast(version as text), ' ' order by version) as versions
	from (
		select distinct a.enrolment_id, a.version
		from acceptances a join enrolments n on n.id = a.enrolment_id
		where n.plan_id = $1 and a.via <> 'agent') accepted
	group by enrolment_id`

// asksFor returns the version in force that a dearer one asks the merchant to
// give up, given the versions accepted; 0: it asks for nothing.
func asksFor(plan *fee.Plan, policy fee.Policy, accepted string, version int, today date.Date) int {
	to := plan.Version(version)
	day := max(today, to.EffectiveOn)
	without := without(accepted, version)
	from := enrolment.VersionInForce(plan, policy, without, 0, day)
	if from == 0 || from == version || enrolment.VersionInForce(plan, policy, without, version, day) != version {
		return 0
	}
	if !to.Price.Dearer(&plan.Version(from).Price) {
		return 0
	}
	return from
}

// without leaves a version out of a list.
func without(versions string, version int) string {
	number := strconv.Itoa(version)
	return strings.Join(slices.DeleteFunc(strings.Fields(versions), func(v string) bool { return v == number }), " ")
}

// randomText is how each database makes sixteen digits of chance.
var randomText = map[db.Dialect]string{
	db.Postgres: `substr(replace(cast(gen_random_uuid() as text), '-', ''), 17)`,
	db.SQLite:   `lower(hex(randomblob(8)))`,
}

// openSome opens the changes of the enrolments within a span of ids.
func (o *opening) openSome(ctx context.Context, tx *db.Tx, s stated, effectiveOn date.Date, affected []acceptedSet, from, to int64) (int64, error) {
	if err := tx.Stage(ctx, "affected_sets", "versions text, from_version integer"); err != nil {
		return 0, err
	}
	for _, set := range affected {
		if _, err := tx.Exec(ctx, `insert into affected_sets (versions, from_version) values ($1, $2)`, set.versions, set.from); err != nil {
			return 0, err
		}
	}
	if err := tx.Stage(ctx, "affected_enrolments", "enrolment_id bigint, merchant_id bigint, terminal_id bigint, from_version integer"); err != nil {
		return 0, err
	}
	_, err := tx.Exec(ctx, `
		insert into affected_enrolments (enrolment_id, merchant_id, terminal_id, from_version)
		select e.id, e.merchant_id, e.terminal_id, s.from_version
		from enrolments e
		join (
			select enrolment_id, string_agg(cast(version as text), ' ' order by version) as versions
			from (
				select distinct enrolment_id, version from acceptances a
				where a.enrolment_id >= $2 and a.enrolment_id <= $3 and a.via <> 'agent') accepted
			group by enrolment_id) own on own.enrolment_id = e.id
		join affected_sets s on s.versions = own.versions
		join terminals t on t.id = e.terminal_id
		join merchants m on m.id = e.merchant_id
		where e.plan_id = $1 and e.id >= $2 and e.id <= $3
			and (e.cancelled_on is null or e.cancelled_on > $4)
			and (t.inactive_from is null or t.inactive_from > $4 or t.inactive_reason = 'broken')
			and (m.closed_on is null or m.closed_on > $4)
			and not exists (
				select 1 from fee_change_terminals x join fee_changes c on c.id = x.change_id
				where x.enrolment_id = e.id and c.to_version = $5)`, s.planID, from, to, o.today, s.version)
	if err != nil {
		return 0, err
	}
	opened, err := tx.Exec(ctx, `
		insert into fee_changes (id, merchant_id, plan_id, from_version, to_version, disclosure_version_id, effective_on, opened_at)
		select $1 || `+randomText[tx.Dialect]+`, merchant_id, $2, from_version, $3, $4, $5, $6
		from (select distinct merchant_id, from_version from affected_enrolments) affected
		where true
		order by merchant_id, from_version
		on conflict (merchant_id, plan_id, from_version, to_version) do nothing`,
		id.New("fc", o.now)[:len("fc_")+timeDigits], s.planID, s.version, s.versionID, effectiveOn, o.now)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		insert into fee_change_terminals (change_id, enrolment_id, merchant_id, terminal_id)
		select c.id, a.enrolment_id, a.merchant_id, a.terminal_id
		from affected_enrolments a
		join fee_changes c on c.merchant_id = a.merchant_id and c.plan_id = $1 and c.from_version = a.from_version and c.to_version = $2
		where true
		order by a.enrolment_id
		on conflict (change_id, enrolment_id) do nothing`, s.planID, s.version)
	return opened, err
}

// timeDigits is how many digits of an id tell its moment; chance follows them.
const timeDigits = 10
