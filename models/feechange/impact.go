package feechange

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Proposed is a price that a draft proposes for a plan. One for a plan that is
// not published yet touches nobody.
type Proposed struct {
	Plan  string    `json:"plan"` // code
	Price fee.Price `json:"price"`
}

// Impact is what proposed prices would have made of the last twelve months, had
// every merchant concerned paid them.
type Impact struct {
	Merchants int       `json:"merchants"` // for whom a price in force becomes another
	Terminals int       `json:"terminals"`
	Dearer    int       `json:"dearer"`  // of the merchants, who would have paid more
	Cheaper   int       `json:"cheaper"` // and less
	Median    money.Fen `json:"median_fen"`
	Largest   money.Fen `json:"largest_fen"` // the farthest from nothing
	Sum       money.Fen `json:"sum_fen"`
	UpTo      date.Date `json:"up_to"` // last day of the twelve months
}

// ImpactOf replays the last twelve months of everybody who pays by one of the
// plans, part by part. What it keeps is one amount a merchant.
func ImpactOf(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, proposed []Proposed, today date.Date) (Impact, error) {
	w := &impactWalk{plans: plans, policy: policy, today: today, prices: map[int64]fee.Price{}, byMerchant: map[int64]money.Fen{}, terminals: map[int64]bool{}}
	for _, p := range proposed {
		if plan := plans.ByCode(p.Plan); plan != nil {
			w.prices[plan.ID] = p.Price
			w.ids = append(w.ids, plan.ID)
		}
	}
	slices.Sort(w.ids)
	w.ids = slices.Compact(w.ids)
	for _, planID := range w.ids {
		if err := w.plan(ctx, r, planID); err != nil {
			return Impact{}, err
		}
	}
	return w.sum(), nil
}

// impactWalk goes through the enrolments of the plans.
type impactWalk struct {
	plans      *disclosure.Plans
	policy     fee.Policy
	today      date.Date
	prices     map[int64]fee.Price
	ids        []int64 // of the plans
	byMerchant map[int64]money.Fen
	terminals  map[int64]bool // one may pay by several of the plans
}

func (w *impactWalk) plan(ctx context.Context, r db.Reader, planID int64) error {
	after := int64(0)
	for {
		var ids []int64
		merchants := map[int64]int64{} // by terminal
		n := 0
		err := r.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var merchantID, terminalID int64
				var versions string
				if err := rows.Scan(&after, &merchantID, &terminalID, &versions); err != nil {
					return err
				}
				n++
				if w.changes(planID, versions) {
					ids = append(ids, terminalID)
					merchants[terminalID] = merchantID
				}
				return nil
			})
		}, `
			select e.id, e.merchant_id, e.terminal_id, (
				select string_agg(cast(a.version as text), ' ' order by a.version) from acceptances a
				where a.enrolment_id = e.id and a.via <> 'agent')
			from enrolments e
			join terminals t on t.id = e.terminal_id
			join merchants m on m.id = e.merchant_id
			where e.plan_id = $1 and e.id > $2
				and (e.cancelled_on is null or e.cancelled_on > $3)
				and (t.inactive_from is null or t.inactive_from > $3 or t.inactive_reason = 'broken')
				and (m.closed_on is null or m.closed_on > $3)
				and exists (select 1 from acceptances a where a.enrolment_id = e.id and a.via <> 'agent')
			order by e.id limit $4`, planID, after, w.today, reckonChunk)
		if err != nil || n == 0 {
			return err
		}
		if err := w.add(ctx, r, planID, ids, merchants); err != nil {
			return err
		}
	}
}

// changes reports whether what is in force for an enrolment becomes another
// price.
func (w *impactWalk) changes(planID int64, versions string) bool {
	plan := w.plans.Fee(planID)
	now := plan.Version(enrolment.VersionInForce(plan, w.policy, versions, 0, w.today))
	return now != nil && now.Price != w.prices[planID]
}

func (w *impactWalk) add(ctx context.Context, r db.Reader, planID int64, ids []int64, merchants map[int64]int64) error {
	if len(ids) == 0 {
		return nil
	}
	replayed, err := deduction.ReplayAtPrice(ctx, r, w.plans.Fee, w.policy, planID, w.prices[planID], w.today.AddMonths(-reckonMonths), w.today, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		w.terminals[id] = true
	}
	for id, figures := range replayed {
		w.byMerchant[merchants[id]] = w.byMerchant[merchants[id]].Plus(figures.More())
	}
	return nil
}

func (w *impactWalk) sum() Impact {
	i := Impact{Merchants: len(w.byMerchant), Terminals: len(w.terminals), UpTo: w.today}
	changes := make([]money.Fen, 0, len(w.byMerchant))
	for _, change := range w.byMerchant {
		changes = append(changes, change)
		i.Sum = i.Sum.Plus(change)
		switch {
		case change > 0:
			i.Dearer++
		case change < 0:
			i.Cheaper++
		}
		if size(change) > size(i.Largest) || size(change) == size(i.Largest) && change > i.Largest {
			i.Largest = change
		}
	}
	slices.Sort(changes)
	i.Median = median(changes)
	return i
}

func size(f money.Fen) money.Fen { return max(f, -f) }

// median returns the middle of a sorted list, or of two the mean, rounded towards
// the smaller amount of money.
func median(sorted []money.Fen) money.Fen {
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ImpactArgs is the job that reckons an impact that was asked for.
type ImpactArgs struct {
	ContentHash string `json:"content_hash"` // of the draft
}

// Kind names the job in the queue.
func (ImpactArgs) Kind() string { return "fee_change_impact" }

// reckonAtOnce is how many enrolments are reckoned while somebody waits; more
// are left to a job.
const reckonAtOnce = 2_000

// ImpactFor returns the impact of the prices that a text with the hash proposes,
// as it was reckoned the first time, or nil where it is still being reckoned.
func ImpactFor(ctx context.Context, d *db.DB, jobs event.Queue, plans *disclosure.Plans, policy fee.Policy, hash string, proposed []Proposed, now time.Time) (*Impact, error) {
	stored, asked, err := readImpact(ctx, d, hash)
	if asked || err != nil {
		return stored, err
	}
	// The order in which a draft lists its fees tells nothing.
	prices := slices.Clone(proposed)
	slices.SortFunc(prices, func(a, b Proposed) int { return cmp.Compare(a.Plan, b.Plan) })
	written, err := json.Marshal(prices)
	if err != nil {
		return nil, err
	}
	n, err := countEnrolments(ctx, d, plans, prices)
	if err != nil {
		return nil, err
	}
	if n <= reckonAtOnce || jobs == nil {
		impact, err := ImpactOf(ctx, d, plans, policy, prices, date.Of(now))
		if err != nil {
			return nil, err
		}
		return &impact, d.Write(ctx, func(tx *db.Tx) error {
			if err := askImpact(ctx, tx, hash, written, now); err != nil {
				return err
			}
			return keepImpact(ctx, tx, hash, impact, now)
		})
	}
	return nil, d.Write(ctx, func(tx *db.Tx) error {
		if err := askImpact(ctx, tx, hash, written, now); err != nil {
			return err
		}
		return jobs.Insert(ctx, tx, ImpactArgs{hash}, nil)
	})
}

// ReckonImpact reckons an impact that was asked for, unless it is there.
func ReckonImpact(ctx context.Context, d *db.DB, hash string, now time.Time) error {
	var prices db.JSON
	err := d.QueryRow(ctx, `select prices from change_impacts where content_hash = $1 and reckoned_at is null`, hash).Scan(&prices)
	if db.NotFound(err) {
		return nil
	}
	var proposed []Proposed
	if err == nil {
		err = json.Unmarshal(prices, &proposed)
	}
	if err != nil {
		return err
	}
	o, err := newOpening(ctx, d, now)
	if err != nil {
		return err
	}
	impact, err := ImpactOf(ctx, d, o.plans, o.policy, proposed, o.today)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error { return keepImpact(ctx, tx, hash, impact, now) })
}

// readImpact reads a kept impact, and whether it was asked for.
func readImpact(ctx context.Context, r db.Reader, hash string) (*Impact, bool, error) {
	var result db.JSON
	err := r.QueryRow(ctx, `select result from change_impacts where content_hash = $1`, hash).Scan(&result)
	switch {
	case db.NotFound(err):
		return nil, false, nil
	case err != nil, len(result) == 0:
		return nil, true, err
	}
	impact := &Impact{}
	return impact, true, json.Unmarshal(result, impact)
}

func countEnrolments(ctx context.Context, r db.Reader, plans *disclosure.Plans, proposed []Proposed) (n int, err error) {
	var args []any
	for _, p := range proposed {
		if plan := plans.ByCode(p.Plan); plan != nil {
			args = append(args, plan.ID)
		}
	}
	if len(args) == 0 {
		return 0, nil
	}
	err = r.QueryRow(ctx, `select count(*) from enrolments where plan_id in (`+db.Placeholders(1, len(args))+`)`, args...).Scan(&n)
	return n, err
}

func askImpact(ctx context.Context, tx *db.Tx, hash string, prices []byte, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into change_impacts (content_hash, prices, asked_at) values ($1, $2, $3) on conflict (content_hash) do nothing`, hash, db.JSON(prices), now)
	return err
}

func keepImpact(ctx context.Context, tx *db.Tx, hash string, impact Impact, now time.Time) error {
	result, err := json.Marshal(impact)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update change_impacts set reckoned_at = $2, reckoned_to = $3, result = $4 where content_hash = $1 and reckoned_at is null`, hash, now, impact.UpTo, db.JSON(result))
	return err
}
