package disclosure

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// content is everything that a version of a disclosure states. Its names are
// part of the hash: renaming one would give every version another.
type content struct {
	Slug           string        `json:"slug"`
	Title          Text          `json:"title"`
	Version        int           `json:"version"`
	PublishedOn    date.Date     `json:"published_on"`
	EffectiveOn    date.Date     `json:"effective_on"`
	DisclosureDays int           `json:"disclosure_days"`
	Plans          []contentPlan `json:"plans"`
}

type contentPlan struct {
	Code        string     `json:"code"`
	Version     int        `json:"version"`
	Item        fee.Item   `json:"item"`
	Method      fee.Method `json:"method"`
	Cap12m      money.Fen  `json:"cap_12m_fen"`
	Kind        fee.Kind   `json:"kind"`
	Amount      money.Fen  `json:"amount_fen"`
	CycleMonths int        `json:"cycle_months"`
	FreeDays    int        `json:"free_days"`
	FreeMonths  int        `json:"free_months"`
	Idle        fee.Idle   `json:"idle"`
	Rate        money.Rate `json:"ppm"`
	Min         money.Fen  `json:"min_fen"`
	Cap         money.Fen  `json:"cap_fen"`
	Terms       Terms      `json:"terms"`
}

// contentHash returns the SHA-256 of everything that a version states, as hex.
// The order in which the plans were handed over does not matter.
func contentHash(d *Existing, v ExistingVersion, days int) (string, error) {
	written, err := contentBody(d, v, days)
	if err != nil {
		return "", err
	}
	return hashOf(written), nil
}

// contentBody returns what the hash of a version that was taken over is of.
func contentBody(d *Existing, v ExistingVersion, days int) ([]byte, error) {
	c := content{
		Slug: d.Slug, Title: d.Title, Version: v.Number,
		PublishedOn: v.PublishedOn, EffectiveOn: v.EffectiveOn, DisclosureDays: days, Plans: []contentPlan{},
	}
	for i := range d.Plans {
		p := &d.Plans[i]
		for j := range p.Versions {
			if p.StatedBy[j] == v.Number {
				c.Plans = append(c.Plans, contentOf(p, &p.Versions[j]))
			}
		}
	}
	slices.SortFunc(c.Plans, func(a, b contentPlan) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Version, b.Version))
	})
	return json.Marshal(c)
}

func contentOf(p *ExistingPlan, v *fee.Version) contentPlan {
	price := &v.Price
	return contentPlan{
		Code: p.Code, Version: v.Number, Item: p.Item, Method: p.Method, Cap12m: p.Cap12m,
		Kind: price.Kind, Amount: price.Amount, CycleMonths: price.CycleMonths, FreeDays: price.FreeDays, FreeMonths: price.FreeMonths,
		Idle: price.Idle, Rate: price.Rate, Min: price.Min, Cap: price.Cap, Terms: p.Terms,
	}
}
