package disclosure

import (
	"context"
	"encoding/json"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Load reads everything published: plans with their versions in the order in
// which they take effect, and disclosures with theirs by number.
func Load(ctx context.Context, r db.Reader) (*Plans, error) {
	plans := &Plans{byID: map[int64]*Plan{}, byCode: map[string]*Plan{}}
	b := db.NewBatch()
	b.Add(`
		select p.id, p.code, p.item, p.method, p.cap_12m_fen, d.slug, d.title,
		       v.version, v.published_on, v.effective_on, v.disclosure_days, dv.version, w.version_id is not null,
		       v.kind, v.amount_fen, v.cycle_months, v.free_days, v.free_months, v.idle, v.ppm, v.min_fen, v.cap_fen, v.texts
		from plans p
		join disclosures d on d.id = p.disclosure_id
		join plan_versions v on v.plan_id = p.id
		join disclosure_versions dv on dv.id = v.disclosure_version_id
		left join disclosure_withdrawals w on w.version_id = dv.id
		order by p.id, v.effective_on, v.version`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error { return plans.scan(rows) })
	})
	b.Add(`
		select d.id, d.slug, d.title, v.id, v.version, v.published_on, v.effective_on, v.disclosure_days, v.taken_over, v.content_hash,
		       coalesce(p.body, ''), w.at, wp.reason
		from disclosures d
		join disclosure_versions v on v.disclosure_id = d.id
		left join disclosure_publications p on p.version_id = v.id
		left join disclosure_withdrawals w on w.version_id = v.id
		left join disclosure_withdrawal_proposals wp on wp.id = w.proposal_id
		order by d.id, v.version`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error { return plans.scanVersion(rows) })
	})
	b.Add(`
		select dr.slug, o.id, o.draft_id, o.content_hash, o.until_on, o.at, c.body
		from disclosure_openings o
		join disclosure_drafts dr on dr.id = o.draft_id
		join disclosure_contents c on c.hash = o.content_hash
		where dr.state in ('draft', 'in_review', 'approved') and not exists (select 1 from disclosure_closings k where k.opening_id = o.id)
		order by o.id`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error { return plans.scanOpening(rows) })
	})
	return plans, r.Read(ctx, b)
}

func (p *Plans) scan(rows db.Rows) error {
	var (
		plan                             Plan
		version                          fee.Version
		published                        Published
		method, idle                     db.Text
		title, texts                     db.JSON
		days                             int
		amount, ppm, atLeast, atMost     *int64
		cycleMonths, freeDays, freeMonth *int
	)
	err := rows.Scan(&plan.ID, &plan.Fee.Code, &plan.Fee.Item, &method, &plan.Fee.Cap12m, &plan.Slug, &title,
		&version.Number, &version.PublishedOn, &version.EffectiveOn, &days, &published.DisclosureVersion, &published.Withdrawn,
		&version.Price.Kind, &amount, &cycleMonths, &freeDays, &freeMonth, &idle, &ppm, &atLeast, &atMost, &texts)
	if err != nil {
		return err
	}
	known := p.byID[plan.ID]
	if known == nil {
		known = &plan
		known.Fee.Method = fee.Method(method)
		known.versions = map[int]Published{}
		if err := json.Unmarshal(title, &known.Title); err != nil {
			return err
		}
		p.byID[plan.ID], p.byCode[plan.Fee.Code] = known, known
	}
	version.DisclosureDays = &days
	version.Price.Amount, version.Price.Rate = money.Fen(orZero(amount)), money.Rate(orZero(ppm))
	version.Price.Min, version.Price.Cap = money.Fen(orZero(atLeast)), money.Fen(orZero(atMost))
	version.Price.CycleMonths, version.Price.FreeDays, version.Price.FreeMonths = orZero(cycleMonths), orZero(freeDays), orZero(freeMonth)
	version.Price.Idle = fee.Idle(idle)
	published.PublishedOn, published.EffectiveOn = version.PublishedOn, version.EffectiveOn
	if published.Withdrawn {
		version.EffectiveOn = date.Last // it keeps its number, and the rules never find it in force
	}
	known.Fee.Versions = append(known.Fee.Versions, version)
	if err := json.Unmarshal(texts, &published.Terms); err != nil {
		return err
	}
	known.versions[version.Number] = published
	return nil
}

func orZero[T int | int64](n *T) T {
	if n == nil {
		return 0
	}
	return *n
}
