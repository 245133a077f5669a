package enrolment

import (
	"context"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// AgreementPage is one version of a plan with the terminals for which it was
// accepted, and what an answer to what an agent entered would change.
type AgreementPage struct {
	Agreement Agreement      // without names
	Terminals []HeldTerminal // a part of them, those that wait for an answer first, each sort by serial number
	More      Mark           // where the next part begins; zero: this is the last
	Answers   []Consequence  // what a confirmation would change; empty: nothing waits
	Seen      int64          // marks the newest acceptance there is; an answer covers none after it
	Lines     int            // how many lines the waiting terminals' bills have for this plan
	Taken     money.Fen      // what they took and did not give back
}

// HeldTerminal is a terminal for which a version was accepted.
type HeldTerminal struct {
	SN       string
	Alias    string // the merchant's own name for it, else the core system's
	Shop     string
	Standing Standing
	Now      int       // the version in force; 0: none is
	EndedOn  date.Date // the day of the cancellation, or since when the terminal is gone; zero: neither
	Accepted []Acceptance
}

// Acceptance is a yes to a version, or what an agent says was one.
type Acceptance struct {
	On       date.Date
	By       string // may be empty
	Via      Via
	DeniedOn date.Date // zero: not denied
	DeniedBy string
}

// Mark is a place in the list of an agreement's terminals.
type Mark struct {
	Answered bool // beyond those that wait
	SN       string
}

// Consequence is what a confirmation would change for some terminals.
type Consequence struct {
	Terminals int
	Now       int       // the version in force today; 0: none is
	Then      int       // the one that a confirmation brings into force; Now: it changes nothing
	From      date.Date // since when
}

// terminalsShown is how many terminals of an agreement a page lists.
const terminalsShown = 50

// ReadAgreementPage reads one version of a plan as far as a merchant's terminals
// have to do with it, in one round trip. It returns fault.NotFound where the
// merchant has no acceptance of it, and the faults of ReadAgreementsPage.
func ReadAgreementPage(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, merchantID, planID int64, version int, after Mark, today date.Date) (*AgreementPage, error) {
	q := &agreementQuery{standing: standing{plans, policy, today}, page: AgreementPage{Agreement: Agreement{PlanID: planID, Version: version}}}
	b := db.NewBatch()
	b.Add(standings+` and e.plan_id = $3 and h.version = $4 group by 1, 2, 3, 4, 5, 6, 7, 8`, []any{merchantID, today, planID, version}, q.readStandings)
	answered := 0
	if after.Answered {
		answered = 1
	}
	b.Add(heldTerminals, []any{merchantID, today, planID, version, answered, after.SN, terminalsShown + 1}, q.readTerminals)
	b.Add(`select coalesce(max(id), 0) from acceptances where merchant_id = $1`, []any{merchantID}, func(rows db.Rows) error {
		return db.First(rows, &q.page.Seen)
	})
	b.Add(`select cast(coalesce(sum(m.lines), 0) as bigint), cast(coalesce(sum(m.amount_fen), 0) as bigint)
		from enrolments e
		join bill_months m on m.merchant_id = e.merchant_id and m.terminal_id = e.terminal_id and m.plan_id = e.plan_id
		where e.id in (select e.id `+waiting+`)`, []any{merchantID, planID, version}, func(rows db.Rows) error {
		return db.First(rows, &q.page.Lines, &q.page.Taken)
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.page.Agreement.Terminals == 0 {
		return nil, fault.New(fault.NotFound, "agreements.not_found")
	}
	return &q.page, nil
}

// waiting are the enrolments e of the merchant $1 in the plan $2 of whose
// version $3 an agent entered an acceptance a that the merchant has not
// answered.
const waiting = `from acceptances a
	join enrolments e on e.id = a.enrolment_id
	join terminals t on t.id = e.terminal_id
	where a.merchant_id = $1 and e.plan_id = $2 and a.version = $3 and a.via = 'agent' and e.cancelled_on is null
		and not exists (select 1 from acceptance_denials d where d.acceptance_id = a.id)
		and not exists (select 1 from acceptances own where own.enrolment_id = a.enrolment_id and own.version = a.version and own.via <> 'agent')`

// heldTerminals reads the acceptances of the version $4 of the plan $3, of the
// terminals after a mark.
const heldTerminals = `
	with ` + ownVersions + `,
	held as (
		select a.enrolment_id,
			max(case when a.via <> 'agent' then 1 else 0 end) as own,
			max(case when a.via = 'agent' and d.acceptance_id is null then 1 else 0 end) as open
		from acceptances a
		join enrolments e on e.id = a.enrolment_id
		left join acceptance_denials d on d.acceptance_id = a.id
		where a.merchant_id = $1 and e.plan_id = $3 and a.version = $4
		group by a.enrolment_id),
	sorted as (
		select h.*, t.sn, coalesce(t.own_alias, t.alias) as alias, p.name as shop, e.cancelled_on,
			case when coalesce(t.inactive_reason, '') <> 'broken' then t.inactive_from end as gone_from,
			case when h.own = 0 and h.open = 1 and e.cancelled_on is null then 0 else 1 end as answered
		from held h
		join enrolments e on e.id = h.enrolment_id
		join terminals t on t.id = e.terminal_id
		join shops p on p.id = t.shop_id),
	shown as (
		select * from sorted
		where answered > $5 or answered = $5 and sn > $6
		order by answered, sn
		limit $7)
	select s.sn, s.alias, s.shop, s.own, s.open, coalesce(own.versions, ''), s.cancelled_on, s.gone_from, s.answered,
		a.accepted_on, a.accepted_by, a.via, d.denied_on, d.denied_by
	from shown s
	join acceptances a on a.enrolment_id = s.enrolment_id and a.version = $4
	left join own on own.enrolment_id = s.enrolment_id
	left join acceptance_denials d on d.acceptance_id = a.id
	order by s.answered, s.sn, a.accepted_on, a.id`

// agreementQuery collects the answers of the page's statements.
type agreementQuery struct {
	standing standing
	page     AgreementPage
}

func (q *agreementQuery) readStandings(rows db.Rows) error {
	return eachHeld(rows, func(h *held, n int) error {
		how, now, err := q.standing.of(h)
		if err != nil {
			return err
		}
		q.page.Agreement.add(how, now, n)
		if how == Waiting {
			q.answer(h, now, n)
		}
		return nil
	})
}

// answer notes what a confirmation would change.
func (q *agreementQuery) answer(h *held, now, n int) {
	plan := q.standing.plans(h.planID)
	from := max(q.standing.today, plan.Version(h.version).EffectiveOn)
	c := Consequence{Terminals: n, Now: now, Then: q.standing.inForce(plan, h.accepted, h.version, from), From: from}
	if c.Then == q.standing.inForce(plan, h.accepted, 0, from) {
		c.Then = now
	}
	for i := range q.page.Answers {
		if known := &q.page.Answers[i]; known.Now == c.Now && known.Then == c.Then {
			known.Terminals += n
			return
		}
	}
	q.page.Answers = append(q.page.Answers, c)
}

func (q *agreementQuery) readTerminals(rows db.Rows) error {
	err := db.Each(rows, func() error {
		var t HeldTerminal
		var a Acceptance
		var by db.Text
		var own, open, answered int
		var goneFrom date.Date
		h := held{planID: q.page.Agreement.PlanID, version: q.page.Agreement.Version}
		err := rows.Scan(&t.SN, &t.Alias, &t.Shop, &own, &open, &h.accepted, &t.EndedOn, &goneFrom, &answered, &a.On, &a.By, &a.Via, &a.DeniedOn, &by)
		if err != nil {
			return err
		}
		a.DeniedBy = string(by)
		if n := len(q.page.Terminals); n > 0 && q.page.Terminals[n-1].SN == t.SN {
			q.page.Terminals[n-1].Accepted = append(q.page.Terminals[n-1].Accepted, a)
			return nil
		}
		h.own, h.open, h.isCancelled, h.isEnded = own == 1, open == 1, !t.EndedOn.IsZero(), !t.EndedOn.IsZero() && t.EndedOn <= q.standing.today
		if h.isGone = !goneFrom.IsZero() && goneFrom <= q.standing.today; h.isGone && (t.EndedOn.IsZero() || goneFrom < t.EndedOn) {
			t.EndedOn = goneFrom
		}
		if t.Standing, t.Now, err = q.standing.of(&h); err != nil {
			return err
		}
		t.Accepted = []Acceptance{a}
		q.page.Terminals = append(q.page.Terminals, t)
		return nil
	})
	if len(q.page.Terminals) > terminalsShown {
		q.page.Terminals = q.page.Terminals[:terminalsShown]
		last := &q.page.Terminals[terminalsShown-1]
		q.page.More = Mark{Answered: last.Standing != Waiting, SN: last.SN}
	}
	return err
}
