package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/worktime"
)

// lineKind is how a line stands, or the FaultKind of one that is wrong.
type lineKind string

const (
	kindAgreed    lineKind = "agreed"
	kindUnchecked lineKind = "unchecked"
	kindDoubt     lineKind = "doubt"
)

// What merchants said to a change, and how long an answer to them took.
const (
	answeredYes = "accepted"
	answeredNo  = "objected"
	unanswered  = "silent"

	delayNone = "in_time"
	delayLong = "late"
	delayOpen = "open"
)

// ErrNotJudged says that lines of the quarter wait to be judged, so that its
// figures would be wrong.
var ErrNotJudged = errors.New("report: lines of the quarter wait to be judged")

// versionsShown bounds the list of what was published.
const versionsShown = 200

// reckon counts a quarter: each table is read once, and what comes back is a few
// rows however many lines there are, and one a report that a terminal is gone.
func reckon(ctx context.Context, r db.Reader, q Quarter) (*reckoned, error) {
	k := &reckoned{
		From: q.From(), To: q.To(), Versions: []NewVersion{},
		ByKind: map[lineKind]measure{}, ByAnswer: map[string]measure{}, ByDelay: map[string]measure{},
	}
	span := []any{q.From().Start(), q.Next().From().Start()}
	waiting := 0
	b := db.NewBatch()
	b.Add(`select count(*) from judge_pending where since < $1`, []any{q.Next().From()}, func(rows db.Rows) error { return db.First(rows, &waiting) })
	b.Add(`select max(at) from imports where kind in ('settlements', 'deductions')`, nil, func(rows db.Rows) error {
		var at db.Time
		err := db.First(rows, &at)
		k.DataAsOf = at.Time
		return err
	})
	b.Add(linesByKind, span, k.readKinds)
	b.Add(linesTogether, span, k.readLines)
	b.Add(versionsPublished, []any{q.From(), q.To(), versionsShown}, k.readVersions)
	b.Add(changesByAnswer, span, func(rows db.Rows) error { return readParts(rows, k.ByAnswer) })
	b.Add(goneReports, span, k.readGone)
	k.addComplaints(b, []any{q.From(), q.Next().From()}, span)
	b.Add(goneTogether, span, func(rows db.Rows) error { return db.First(rows, &k.Gone.Lines, &k.Gone.Merchants) })
	if err := r.Read(ctx, b); err != nil {
		return nil, fmt.Errorf("report: figures of %s: %w", q, err)
	}
	if waiting > 0 {
		return nil, ErrNotJudged
	}
	for _, m := range k.ByAnswer { // each merchant is in one of them alone
		k.Asked.Lines, k.Asked.Merchants = k.Asked.Lines+m.Lines, k.Asked.Merchants+m.Merchants
	}
	return k, nil
}

// fired writes the condition that a line's rules have one of the codes among
// them.
func fired(of ...fee.Code) string {
	conditions := make([]string, len(of))
	for i, code := range of {
		conditions[i] = `' ' || reasons || ' ' like '% ` + code.String() + ` %'`
	}
	return `(` + strings.Join(conditions, ` or `) + `)`
}

// denying are the rules that deny, in order, and those of them that leave a line
// merely dearer than agreed.
func denying() (all, other []fee.Code) {
	for code := range fee.AllCodes() {
		if code.Level() != fee.LevelDeny {
			continue
		}
		all = append(all, code)
		if !slices.Contains([]fee.Code{fee.AmountOver, fee.NoticePeriod, fee.VersionNotAccepted}, code) {
			other = append(other, code)
		}
	}
	return all, other
}

// kindOfLine sorts a line. One that is wrong in several ways counts once: as
// dearer than agreed where nothing else is wrong with it, otherwise by the first
// rule that denies it.
func kindOfLine() string {
	all, other := denying()
	var b strings.Builder
	b.WriteString(`case when decision = 'hold' then '` + string(kindDoubt) + `'`)
	b.WriteString(` when decision = 'allow' and ` + fired(fee.NotItemised) + ` then '` + string(kindUnchecked) + `'`)
	b.WriteString(` when decision = 'allow' then '` + string(kindAgreed) + `'`)
	b.WriteString(` when ` + fired(fee.AmountOver) + ` and not ` + fired(other...) + ` then '` + string(FaultOver) + `'`)
	for _, code := range all {
		b.WriteString(` when ` + fired(code) + ` then '` + string(faultKinds[code]) + `'`)
	}
	b.WriteString(` else '` + string(FaultNotAgreed) + `' end`)
	return b.String()
}

// judgedLines are the lines whose money was taken, even if it was given back,
// from the instant $1 to before $2: with what one took beyond what was owed, and
// what of that was given back. A line that is merely dearer took the difference
// too much, any other that is wrong took all of it.
var judgedLines = `
	select merchant_id, judged_at, kind, too_much, case when given_back < too_much then given_back else too_much end as returned
	from (
		select merchant_id, judged_at, kind, given_back,
			case when decision <> 'deny' or amount_fen <= 0 then 0
				when kind = '` + string(FaultOver) + `' and expected_fen < amount_fen then amount_fen - expected_fen
				else amount_fen end as too_much
		from (
			select merchant_id, judged_at, decision, amount_fen, expected_fen, ` + kindOfLine() + ` as kind,
				case when state = 'refunded' then amount_fen else refunded_fen end as given_back
			from bill_lines where at >= $1 and at < $2 and state in ('posted', 'refunded')) sorted) valued`

var linesByKind = `select kind, count(*), count(distinct merchant_id), ` + sum("too_much") + ` from (` + judgedLines + `) lines group by kind`

var linesTogether = `
	select count(*), count(distinct merchant_id), count(case when wrong then 1 end), count(distinct case when wrong then merchant_id end),
		coalesce(` + sum("too_much") + `, 0), count(distinct case when returned > 0 then merchant_id end), coalesce(` + sum("returned") + `, 0), max(judged_at)
	from (
		select merchant_id, judged_at, too_much, returned, kind not in ('` + string(kindAgreed) + `', '` + string(kindUnchecked) + `', '` + string(kindDoubt) + `') as wrong
		from (` + judgedLines + `) lines) told`

const versionsPublished = `
	select d.slug, d.title, v.version, v.published_on, v.effective_on, exists (select 1 from disclosure_withdrawals w where w.version_id = v.id)
	from disclosure_versions v join disclosures d on d.id = v.disclosure_id
	where not v.taken_over and v.published_on >= $1 and v.published_on <= $2
	order by v.published_on, d.slug, v.version limit $3`

// changesByAnswer counts merchants. One of several changes has accepted when all
// are accepted for all terminals.
const changesByAnswer = `
	select answer, count(*), count(*)
	from (
		select merchant_id, case when min(accepted) = 1 then 'accepted' when max(objected) = 1 then 'objected' else 'silent' end as answer
		from (
			select c.merchant_id,
				case when exists (
					select 1 from fee_change_terminals x where x.change_id = c.id and not exists (
						select 1 from acceptances a where a.enrolment_id = x.enrolment_id and a.version = c.to_version and a.via <> 'agent'))
				then 0 else 1 end as accepted,
				case when exists (select 1 from fee_change_answers w where w.change_id = c.id and w.answer = 'objected') then 1 else 0 end as objected
			from fee_changes c where c.opened_at >= $1 and c.opened_at < $2) each_change
		group by merchant_id) each_merchant
	group by answer`

const goneReports = `
	select r.merchant_id, r.at, a.at
	from stop_requests r left join stop_answers a on a.request_id = r.id
	where r.kind <> 'fee' and r.at >= $1 and r.at < $2`

const goneTogether = `select count(*), count(distinct merchant_id) from stop_requests where kind <> 'fee' and at >= $1 and at < $2`

// readGone counts reports by how much working time their answer took.
func (r *reckoned) readGone(rows db.Rows) error {
	merchants := map[string]map[int64]bool{delayNone: {}, delayLong: {}, delayOpen: {}}
	return db.Each(rows, func() error {
		var merchantID int64
		var at time.Time
		var answered db.Time
		if err := rows.Scan(&merchantID, &at, &answered); err != nil {
			return err
		}
		delay, err := delayOf(at, answered.Time)
		m := r.ByDelay[delay]
		m.Lines++
		merchants[delay][merchantID] = true
		m.Merchants = int64(len(merchants[delay]))
		r.ByDelay[delay] = m
		return err
	})
}

// delayOf says how long the answer to a report took; a zero time is none.
func delayOf(at, answered time.Time) (string, error) {
	if answered.IsZero() {
		return delayOpen, nil
	}
	took, err := worktime.Shipped().Between(at, answered)
	if took > AnsweredWithin*workingDay {
		return delayLong, err
	}
	return delayNone, err
}

func (r *reckoned) readKinds(rows db.Rows) error {
	return db.Each(rows, func() error {
		var kind lineKind
		var m measure
		err := rows.Scan(&kind, &m.Lines, &m.Merchants, &m.TooMuch)
		r.ByKind[kind] = m
		return err
	})
}

func (r *reckoned) readLines(rows db.Rows) error {
	var checked db.Time
	err := db.First(rows, &r.Lines.Lines, &r.Lines.Merchants, &r.Wrong.Lines, &r.Wrong.Merchants, &r.Wrong.TooMuch,
		&r.Returned.Merchants, &r.Returned.TooMuch, &checked)
	r.CheckedAt = checked.Time
	return err
}

func (r *reckoned) readVersions(rows db.Rows) error {
	return db.Each(rows, func() error {
		var v NewVersion
		var title db.JSON
		if err := rows.Scan(&v.Slug, &title, &v.Version, &v.PublishedOn, &v.EffectiveOn, &v.Withdrawn); err != nil {
			return err
		}
		if err := json.Unmarshal(title, &v.Title); err != nil {
			return err
		}
		r.Versions = append(r.Versions, v)
		return nil
	})
}

func readParts(rows db.Rows, parts map[string]measure) error {
	return db.Each(rows, func() error {
		var name string
		var m measure
		err := rows.Scan(&name, &m.Lines, &m.Merchants)
		parts[name] = m
		return err
	})
}
