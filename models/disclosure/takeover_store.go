package disclosure

import (
	"context"
	"encoding/json"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// readStored reads every disclosure with its versions.
func readStored(ctx context.Context, r db.Reader) (map[string]*stored, error) {
	all := map[string]*stored{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d stored
			var v ExistingVersion
			var slug string
			var title db.JSON
			var days int
			if err := rows.Scan(&d.id, &slug, &title, &v.Number, &v.PublishedOn, &v.EffectiveOn, &days); err != nil {
				return err
			}
			v.DisclosureDays = &days
			if all[slug] == nil {
				d.versions = map[int]ExistingVersion{}
				if err := json.Unmarshal(title, &d.title); err != nil {
					return err
				}
				all[slug] = &d
			}
			all[slug].versions[v.Number] = v
			return nil
		})
	}, `
		select d.id, d.slug, d.title, v.version, v.published_on, v.effective_on, v.disclosure_days
		from disclosures d
		join disclosure_versions v on v.disclosure_id = d.id`)
	return all, err
}

// write adds what is not there of a disclosure.
func (t *takeover) write(ctx context.Context, d *Existing) error {
	known := t.stored[d.Slug]
	if known == nil {
		known = &stored{}
		title, err := json.Marshal(d.Title)
		if err != nil {
			return err
		}
		err = t.tx.QueryRow(ctx, `insert into disclosures (slug, title) values ($1, $2) returning id`, d.Slug, db.JSON(title)).Scan(&known.id)
		if err != nil {
			return err
		}
	}
	versionIDs := map[int]int64{}
	for _, v := range d.Versions {
		t.taken.Rows++
		if _, ok := known.version(v.Number); ok {
			t.taken.Unchanged++
			continue
		}
		t.taken.Added++
		id, err := t.writeVersion(ctx, known.id, d, v)
		if err != nil {
			return err
		}
		versionIDs[v.Number] = id
	}
	for i := range d.Plans {
		if err := t.writePlan(ctx, known.id, &d.Plans[i], versionIDs); err != nil {
			return err
		}
	}
	return nil
}

func (t *takeover) writeVersion(ctx context.Context, disclosureID int64, d *Existing, v ExistingVersion) (id int64, err error) {
	hash, err := contentHash(d, v, t.daysOf(v.DisclosureDays))
	if err != nil {
		return 0, err
	}
	err = t.tx.QueryRow(ctx, `
		insert into disclosure_versions (disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
		values ($1, $2, $3, $4, $5, true, $6, $7)
		returning id`,
		disclosureID, v.Number, v.PublishedOn, v.EffectiveOn, t.daysOf(v.DisclosureDays), hash, t.now).Scan(&id)
	return id, err
}

// writePlan adds what is not there of a plan. Lines of terminals that pay by it
// are judged again, since a version may say what they should have paid.
func (t *takeover) writePlan(ctx context.Context, disclosureID int64, p *ExistingPlan, versionIDs map[int]int64) error {
	published := t.plans.ByCode(p.Code)
	var planID int64
	if published != nil {
		planID = published.ID
	} else {
		var err error
		if planID, err = insertPlan(ctx, t.tx, disclosureID, &p.Plan); err != nil {
			return err
		}
	}
	terms, err := json.Marshal(p.Terms)
	if err != nil {
		return err
	}
	before := t.taken.Added
	for i := range p.Versions {
		t.taken.Rows++
		if published != nil && published.Fee.Version(p.Versions[i].Number) != nil {
			t.taken.Unchanged++
			continue
		}
		t.taken.Added++
		if err := insertPlanVersion(ctx, t.tx, planID, &p.Versions[i], t.daysOf(p.Versions[i].DisclosureDays), versionIDs[p.StatedBy[i]], terms); err != nil {
			return err
		}
	}
	if published == nil || t.taken.Added == before {
		return nil
	}
	return intake.Touch(ctx, t.tx, `select terminal_id, $1 from enrolments where plan_id = $2`, intake.Always, planID)
}

// insertPlan adds a plan; its versions are not looked at.
func insertPlan(ctx context.Context, tx *db.Tx, disclosureID int64, p *fee.Plan) (id int64, err error) {
	err = tx.QueryRow(ctx, `
		insert into plans (code, disclosure_id, item, method, cap_12m_fen) values ($1, $2, $3, $4, $5) returning id`,
		p.Code, disclosureID, string(p.Item), db.Text(p.Method), int64(p.Cap12m)).Scan(&id)
	return id, err
}

// insertPlanVersion adds a version that a disclosure's version states.
func insertPlanVersion(ctx context.Context, tx *db.Tx, planID int64, v *fee.Version, days int, statedBy int64, terms []byte) error {
	price := &v.Price
	recurring, perSale := price.Kind == fee.Recurring, price.Kind == fee.PerSale
	_, err := tx.Exec(ctx, `
		insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days,
			kind, amount_fen, cycle_months, free_days, free_months, idle, ppm, min_fen, cap_fen, texts)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		planID, v.Number, statedBy, v.PublishedOn, v.EffectiveOn, days,
		string(price.Kind), where(!perSale, int64(price.Amount)), where(recurring, price.CycleMonths),
		where(price.FreeDays > 0, price.FreeDays), where(price.FreeMonths > 0, price.FreeMonths), db.Text(price.Idle),
		where(perSale, int64(price.Rate)), where(price.Min > 0, int64(price.Min)), where(price.Cap > 0, int64(price.Cap)), db.JSON(terms))
	return err
}

func (t *takeover) daysOf(stated *int) int {
	if stated == nil {
		return t.days
	}
	return *stated
}

// where returns the number for a column that is NULL otherwise.
func where[T int | int64](has bool, n T) *T {
	if !has {
		return nil
	}
	return &n
}
