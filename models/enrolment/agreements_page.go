package enrolment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// AgreementsPage is every text that a merchant accepted, and those that wait
// for an acceptance.
type AgreementsPage struct {
	Agreements []Agreement // those that wait for an answer first, then the latest
	Proposals  []Proposal  // by the day they take effect
}

// Agreement is one version of a plan, with all that was accepted of it.
type Agreement struct {
	PlanID    int64
	Version   int
	Terminals int
	Names     []Name // of the first few of the terminals
	Ways      []Way  // the latest first
	Standings []Standings
}

// Name is a terminal as its merchant knows it.
type Name struct {
	Alias string // the merchant's own, else the core system's
	SN    string
}

// Way is how a version was accepted.
type Way struct {
	Via         Via
	By          string // who accepted; empty where it was not said, or several did
	People      int    // how many accepted
	First, Last date.Date
	Terminals   int
}

// Standings counts the terminals for which a version stands alike.
type Standings struct {
	Standing  Standing
	Now       int // the version in force for them; 0: none is
	Terminals int
}

// Standing says what has become of an accepted version.
type Standing string

// The standings.
const (
	Waiting  Standing = "waiting"   // an agent entered it; the merchant has not answered
	Denied   Standing = "denied"    // an agent entered it; the merchant says that it was not agreed
	InForce  Standing = "in_force"  // it is the price that the merchant owes
	ToCome   Standing = "to_come"   // it takes effect later
	Replaced Standing = "replaced"  // a later version took its place
	Unused   Standing = "unused"    // it never took force: published too late, or before an earlier one was accepted
	Ended    Standing = "cancelled" // the fee was cancelled, or its terminal is gone
)

// Count returns for how many terminals the version stands so.
func (a *Agreement) Count(s Standing) (n int) {
	for i := range a.Standings {
		if a.Standings[i].Standing == s {
			n += a.Standings[i].Terminals
		}
	}
	return n
}

// Proposal is a published version that would take force if the merchant
// accepted it.
type Proposal struct {
	ChangeID  string // of the fee change that asks for it; empty: it is the first price, or not opened yet
	PlanID    int64
	Version   int
	Now       int // the version in force; 0: none is
	Terminals int // that have not accepted it
	Accepted  int // those that have, of those that pay by Now
}

// PlanByID returns a published plan, or nil.
type PlanByID func(id int64) *fee.Plan

// ReadAgreementsPage reads what a merchant agreed to, in one round trip. It
// returns fault.Unavailable where a plan was published so lately that it is not
// known here yet.
func ReadAgreementsPage(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, merchantID int64, today date.Date) (*AgreementsPage, error) {
	q := &agreementsQuery{standing: standing{plans, policy, today}, by: map[agreementKey]*Agreement{}}
	b := db.NewBatch()
	b.Add(standings+` group by 1, 2, 3, 4, 5, 6, 7, 8`, []any{merchantID, today}, q.readStandings)
	b.Add(`select e.plan_id, a.version, a.via, count(distinct e.id), min(a.accepted_on), max(a.accepted_on), count(distinct a.accepted_by), min(a.accepted_by)
		from acceptances a join enrolments e on e.id = a.enrolment_id
		where a.merchant_id = $1
		group by e.plan_id, a.version, a.via`, []any{merchantID}, q.readWays)
	b.Add(`select plan_id, version, alias, sn
		from (
			select e.plan_id, h.version, coalesce(t.own_alias, t.alias) as alias, t.sn,
				row_number() over (partition by e.plan_id, h.version order by t.sn) as place
			from (select distinct enrolment_id, version from acceptances where merchant_id = $1) h
			join enrolments e on e.id = h.enrolment_id
			join terminals t on t.id = e.terminal_id) named
		where place <= $2
		order by plan_id, version, place`, []any{merchantID, namesShown}, q.readNames)
	b.Add(`with `+ownVersions+`, `+enteredVersions+`
		select e.plan_id, coalesce(own.versions, ''), coalesce(entered.versions, ''), count(*)
		from enrolments e
		join terminals t on t.id = e.terminal_id
		left join own on own.enrolment_id = e.id
		left join entered on entered.enrolment_id = e.id
		where e.merchant_id = $1 and (e.cancelled_on is null or e.cancelled_on > $2) and (t.inactive_from is null or t.inactive_from > $2 or t.inactive_reason = 'broken')
		group by e.plan_id, 2, 3
		order by e.plan_id, 2, 3`, []any{merchantID, today}, q.readProposals)
	b.Add(`select id, plan_id, from_version, to_version from fee_changes where merchant_id = $1 order by id`, []any{merchantID}, q.readChanges)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	return q.finish(), nil
}

// namesShown is how many terminals an agreement names before it counts them.
const namesShown = 3

// ownVersions are the versions that the merchant $1 accepted himself up to the
// day $2, by enrolment.
const ownVersions = `own as (
		select enrolment_id, string_agg(cast(version as text), ' ' order by version) as versions
		from (select distinct enrolment_id, version from acceptances where merchant_id = $1 and via <> 'agent' and accepted_on <= $2) accepted
		group by enrolment_id)`

// enteredVersions are those that an agent entered for the merchant, who did not
// deny them.
const enteredVersions = `entered as (
		select enrolment_id, string_agg(cast(version as text), ' ' order by version) as versions
		from (
			select distinct a.enrolment_id, a.version from acceptances a
			where a.merchant_id = $1 and a.via = 'agent' and not exists (select 1 from acceptance_denials d where d.acceptance_id = a.id)) ticked
		group by enrolment_id)`

// standings counts enrolments of the merchant $1 by what was accepted of a
// version, and by what decides how it stands on the day $2. The group by is
// left to whoever asks.
const standings = `
	with ` + ownVersions + `,
	held as (
		select a.enrolment_id, a.version,
			max(case when a.via <> 'agent' then 1 else 0 end) as own,
			max(case when a.via = 'agent' and d.acceptance_id is null then 1 else 0 end) as open
		from acceptances a
		left join acceptance_denials d on d.acceptance_id = a.id
		where a.merchant_id = $1
		group by a.enrolment_id, a.version)
	select e.plan_id, h.version, h.own, h.open, coalesce(own.versions, ''),
		case when e.cancelled_on is not null then 1 else 0 end, case when e.cancelled_on <= $2 then 1 else 0 end,
		case when t.inactive_from <= $2 and coalesce(t.inactive_reason, '') <> 'broken' then 1 else 0 end, count(*)
	from held h
	join enrolments e on e.id = h.enrolment_id
	join terminals t on t.id = e.terminal_id
	left join own on own.enrolment_id = e.id
	where e.merchant_id = $1`

// standing knows how an accepted version stands.
type standing struct {
	plans  PlanByID
	policy fee.Policy
	today  date.Date
}

// held is what was accepted of a version for an enrolment, and what decides how
// it stands.
type held struct {
	planID      int64
	version     int
	own         bool   // the merchant accepted it himself
	open        bool   // an agent entered it, and that was not denied
	accepted    string // the versions that the merchant accepted himself by today
	isCancelled bool   // today or later
	isEnded     bool   // by today
	isGone      bool   // the terminal is, by today; what an agent entered for it can still be answered
}

// inForce is VersionInForce under the policy of the page.
func (s *standing) inForce(plan *fee.Plan, accepted string, more int, day date.Date) int {
	return VersionInForce(plan, s.policy, accepted, more, day)
}

// of says how a version stands, and which one is in force.
func (s *standing) of(h *held) (Standing, int, error) {
	plan := s.plans(h.planID)
	if plan == nil {
		return "", 0, errPlanUnknown(h.planID)
	}
	version := plan.Version(h.version)
	if version == nil {
		return "", 0, errPlanUnknown(h.planID)
	}
	number := s.inForce(plan, h.accepted, 0, s.today)
	now := plan.Version(number)
	switch {
	case h.isEnded, !h.own && h.isCancelled:
		return Ended, number, nil
	case !h.own && h.open:
		return Waiting, number, nil
	case !h.own:
		return Denied, number, nil
	case h.isGone:
		return Ended, number, nil
	case number == h.version:
		return InForce, number, nil
	case version.EffectiveOn > s.today:
		return ToCome, number, nil
	case now != nil && cmp.Or(cmp.Compare(now.EffectiveOn, version.EffectiveOn), cmp.Compare(now.Number, version.Number)) > 0:
		return Replaced, number, nil
	default:
		return Unused, number, nil
	}
}

// errPlanUnknown says that the plans known here are older than the database.
func errPlanUnknown(id int64) error {
	return fault.Wrap(fmt.Errorf("enrolment: plan %d is not known here yet", id), fault.Unavailable, "")
}

// agreementsQuery collects the answers of the page's statements.
type agreementsQuery struct {
	standing  standing
	by        map[agreementKey]*Agreement
	proposals []Proposal
}

type agreementKey struct {
	planID  int64
	version int
}

func (q *agreementsQuery) agreement(planID int64, version int) *Agreement {
	key := agreementKey{planID, version}
	known := q.by[key]
	if known == nil {
		known = &Agreement{PlanID: planID, Version: version}
		q.by[key] = known
	}
	return known
}

func (q *agreementsQuery) readStandings(rows db.Rows) error {
	return eachHeld(rows, func(h *held, n int) error {
		how, now, err := q.standing.of(h)
		if err != nil {
			return err
		}
		q.agreement(h.planID, h.version).add(how, now, n)
		return nil
	})
}

// eachHeld scans rows of standings.
func eachHeld(rows db.Rows, take func(h *held, n int) error) error {
	return db.Each(rows, func() error {
		var h held
		var own, open, cancelled, ended, gone, n int
		if err := rows.Scan(&h.planID, &h.version, &own, &open, &h.accepted, &cancelled, &ended, &gone, &n); err != nil {
			return err
		}
		h.own, h.open, h.isCancelled, h.isEnded, h.isGone = own == 1, open == 1, cancelled == 1, ended == 1, gone == 1
		return take(&h, n)
	})
}

func (a *Agreement) add(how Standing, now, terminals int) {
	a.Terminals += terminals
	for i := range a.Standings {
		s := &a.Standings[i]
		if s.Standing == how && s.Now == now {
			s.Terminals += terminals
			return
		}
	}
	a.Standings = append(a.Standings, Standings{how, now, terminals})
}

func (q *agreementsQuery) readWays(rows db.Rows) error {
	return db.Each(rows, func() error {
		var planID int64
		var version int
		var w Way
		if err := rows.Scan(&planID, &version, &w.Via, &w.Terminals, &w.First, &w.Last, &w.People, &w.By); err != nil {
			return err
		}
		if w.People > 1 {
			w.By = ""
		}
		a := q.agreement(planID, version)
		a.Ways = append(a.Ways, w)
		return nil
	})
}

func (q *agreementsQuery) readNames(rows db.Rows) error {
	return db.Each(rows, func() error {
		var planID int64
		var version int
		var name Name
		if err := rows.Scan(&planID, &version, &name.Alias, &name.SN); err != nil {
			return err
		}
		a := q.agreement(planID, version)
		a.Names = append(a.Names, name)
		return nil
	})
}

// readProposals asks of each published version whether an acceptance of today
// would bring it into force.
func (q *agreementsQuery) readProposals(rows db.Rows) error {
	return db.Each(rows, func() error {
		var planID int64
		var accepted, entered string
		var n int
		if err := rows.Scan(&planID, &accepted, &entered, &n); err != nil {
			return err
		}
		plan := q.standing.plans(planID)
		if plan == nil {
			return errPlanUnknown(planID)
		}
		for i := range plan.Versions {
			v := &plan.Versions[i]
			withdrawn := v.EffectiveOn == date.Last
			if v.PublishedOn <= q.standing.today && !withdrawn && !holds(entered, v.Number) {
				q.propose(plan, planID, v, accepted, entered, n)
			}
		}
		return nil
	})
}

func (q *agreementsQuery) propose(plan *fee.Plan, planID int64, v *fee.Version, accepted, entered string, n int) {
	day := max(q.standing.today, v.EffectiveOn)
	p := Proposal{PlanID: planID, Version: v.Number, Now: q.standing.inForce(plan, accepted, 0, q.standing.today)}
	with, without := q.standing.inForce(plan, accepted, v.Number, day), q.standing.inForce(plan, accepted, 0, day)
	isAccepted := holds(accepted, v.Number)
	switch {
	case with != v.Number, p.Now == v.Number: // it could not take force, or did
	case p.Now == 0 && entered != "": // what an agent entered comes first
	case isAccepted:
		q.proposal(p).Accepted += n
	case without != v.Number: // else it takes force by itself
		q.proposal(p).Terminals += n
	}
}

// readChanges finds the change that was opened for each proposal.
func (q *agreementsQuery) readChanges(rows db.Rows) error {
	return db.Each(rows, func() error {
		var id string
		var planID int64
		var from, to int
		if err := rows.Scan(&id, &planID, &from, &to); err != nil {
			return err
		}
		for i := range q.proposals {
			p := &q.proposals[i]
			if p.PlanID == planID && p.Version == to && (p.ChangeID == "" || p.Now == from) {
				p.ChangeID = id
			}
		}
		return nil
	})
}

func (q *agreementsQuery) proposal(p Proposal) *Proposal {
	for i := range q.proposals {
		known := &q.proposals[i]
		if known.PlanID == p.PlanID && known.Version == p.Version && known.Now == p.Now {
			return known
		}
	}
	q.proposals = append(q.proposals, p)
	return &q.proposals[len(q.proposals)-1]
}

// holds reports whether a list of versions has one.
func holds(versions string, number int) bool {
	return slices.Contains(strings.Fields(versions), strconv.Itoa(number))
}

// finish puts the agreements in order.
func (q *agreementsQuery) finish() *AgreementsPage {
	page := &AgreementsPage{}
	for _, a := range q.by {
		slices.SortFunc(a.Standings, func(a, b Standings) int {
			return cmp.Or(cmp.Compare(order(a.Standing), order(b.Standing)), cmp.Compare(b.Now, a.Now))
		})
		slices.SortFunc(a.Ways, func(a, b Way) int { return cmp.Or(cmp.Compare(b.Last, a.Last), cmp.Compare(a.Via, b.Via)) })
		page.Agreements = append(page.Agreements, *a)
	}
	slices.SortFunc(page.Agreements, func(a, b Agreement) int {
		return cmp.Or(
			cmp.Compare(order(a.Standings[0].Standing), order(b.Standings[0].Standing)),
			cmp.Compare(b.latest(), a.latest()), cmp.Compare(a.PlanID, b.PlanID), cmp.Compare(b.Version, a.Version))
	})
	for _, p := range q.proposals {
		if p.Terminals > 0 {
			page.Proposals = append(page.Proposals, p)
		}
	}
	slices.SortStableFunc(page.Proposals, func(a, b Proposal) int {
		return cmp.Compare(q.standing.plans(a.PlanID).Version(a.Version).EffectiveOn, q.standing.plans(b.PlanID).Version(b.Version).EffectiveOn)
	})
	return page
}

// latest is the day of the latest acceptance.
func (a *Agreement) latest() date.Date {
	if len(a.Ways) == 0 {
		return 0
	}
	return a.Ways[0].Last
}

// order puts first what waits for the merchant, then what counts.
func order(s Standing) int {
	return slices.Index([]Standing{Waiting, InForce, ToCome, Denied, Replaced, Unused, Ended}, s)
}
