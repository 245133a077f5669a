package gate

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Held is a deduction that waits for staff, as their list shows it.
type Held struct {
	ID          string
	Ref         string
	Merchant    string // its name
	MerchantRef string
	SN          string
	Alias       string
	Item        fee.Item
	Amount      money.Fen
	Origin      string
	AskedAt     time.Time
	Reasons     string // codes of all that fired, joined by spaces
	First       string // who would release it and waits for a second; empty: nobody
}

// heldShown is how many a list shows at once.
const heldShown = 50

// ListHeld returns deductions that wait for staff, the longest waiting first,
// after one of them, and whether there are more. Those of a batch that is held as
// a whole wait with it. A merchant is named by number or by how the name begins.
func ListHeld(ctx context.Context, r db.Reader, merchant, after string) (all []Held, more bool, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var h Held
			var asked db.Time
			var first db.Text
			err := rows.Scan(&h.ID, &h.Ref, &h.Merchant, &h.MerchantRef, &h.SN, &h.Alias, &h.Item, &h.Amount, &h.Origin, &asked, &h.Reasons, &first)
			h.AskedAt, h.First = asked.Time, string(first)
			all = append(all, h)
			return err
		})
	}, `select g.deduction_id, g.ref, m.name, m.ref, t.sn, coalesce(t.own_alias, t.alias), g.item, g.amount_fen, g.origin, g.asked_at,
			(select d.reasons from gate_decisions d where d.merchant_id = g.merchant_id and d.deduction_id = g.deduction_id order by d.number desc limit 1),
			(select p.first_name from gate_releases p where p.subject = g.deduction_id and p.second_at is null and p.ended_at is null)
		from gate_requests g join merchants m on m.id = g.merchant_id join terminals t on t.id = g.terminal_id
		where g.state = 'held' and g.deduction_id > $1 and ($2 = '' or m.ref = $2 or substr(m.name, 1, length($2)) = $2)
			and not exists (select 1 from gate_batches b where b.id = g.batch_id and b.held and b.answer is null)
		order by g.deduction_id limit $3`, after, merchant, heldShown+1)
	if len(all) > heldShown {
		all, more = all[:heldShown], true
	}
	return all, more, err
}

// HeldCase is a deduction that was asked for, as staff look at it.
type HeldCase struct {
	Held
	Shop        string
	Carrier     string
	At          time.Time
	State       fee.State
	BatchID     string // of the batch that it waits with; empty: it waits by itself
	Explanation fee.Explanation
	Decided     deduction.Decided
	Reason      string // of whoever would release it and waits for a second
	FirstAt     time.Time
	FirstID     string
	Steps       []Step
}

// Step is what became of a deduction at a moment.
type Step struct {
	At     time.Time
	Name   string
	Reason string
	By     string // the name of the member of staff; empty: another system, or a job
}

// ReadCase reads a deduction that was asked for, for staff. It returns
// fault.NotFound.
func ReadCase(ctx context.Context, r db.Reader, id string) (*HeldCase, error) {
	found, err := readRow(ctx, r, id)
	if err != nil {
		return nil, err
	}
	v, err := found.latest.read()
	if err != nil {
		return nil, err
	}
	c := &HeldCase{
		Held: Held{ID: found.ID, Ref: found.Ref, SN: found.SN, Item: found.Item, Amount: found.Amount, Origin: found.Origin, AskedAt: found.AskedAt, Reasons: v.reasons()},
		At:   found.At, State: found.State, Decided: v.Decided,
	}
	if found.inHeldBatch() {
		c.BatchID = found.BatchID
	}
	if c.Explanation, err = fee.Explain(v.Case); err != nil {
		return nil, err
	}
	b := db.NewBatch()
	b.Add(`select m.name, m.ref, coalesce(t.own_alias, t.alias), s.name, t.carrier from terminals t join merchants m on m.id = t.merchant_id join shops s on s.id = t.shop_id
		where t.id = $1 and m.id = $2`, []any{found.TerminalID, found.MerchantID}, func(rows db.Rows) error {
		return db.First(rows, &c.Merchant, &c.MerchantRef, &c.Alias, &c.Shop, &c.Carrier)
	})
	b.Add(`select s.at, s.step, s.reason, coalesce(p.name, '') from gate_steps s left join staff p on s.by_kind = 'staff' and p.id = s.by_id
		where s.merchant_id = $1 and s.deduction_id = $2 order by s.number`, []any{found.MerchantID, found.ID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Step
			var at db.Time
			err := rows.Scan(&at, &s.Name, &s.Reason, &s.By)
			s.At = at.Time
			c.Steps = append(c.Steps, s)
			return err
		})
	})
	b.Add(`select first_name, first_id, first_at, reason from gate_releases where subject = $1 and second_at is null and ended_at is null`, []any{found.ID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var at db.Time
			err := rows.Scan(&c.First, &c.FirstID, &at, &c.Reason)
			c.FirstAt = at.Time
			return err
		})
	})
	// Who agreed first stays among the steps, whatever came of it. One who released
	// alone has no release of two: its row ends as it begins.
	b.Add(`select first_at, 'agreed', reason, first_name from gate_releases where subject = $1 and (second_at is not null or ended_at is null or ended_at <> first_at) order by first_at, id`,
		[]any{found.ID}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var s Step
				var at db.Time
				err := rows.Scan(&at, &s.Name, &s.Reason, &s.By)
				s.At = at.Time
				c.Steps = append(c.Steps, s)
				return err
			})
		})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return c, nil
}

// HeldBatch is a batch that was held as a whole.
type HeldBatch struct {
	ID       string
	At       time.Time
	AskedBy  string // the key's name; empty: it is not known any more
	Requests int64
	Total    money.Fen
	Denied   int64
	Band     deduction.BatchBand
	Answer   string // release or deny; empty: it waits
	First    string // who agreed to release it first; empty: nobody, or it was stopped
	FirstID  string
	FirstAt  time.Time
	Reason   string
}

const batchColumns = `select b.id, b.at, coalesce((select k.name from api_keys k where k.id = b.asked_by), ''), b.requests, b.total_fen, b.denied, b.band, coalesce(b.answer, ''),
		coalesce(p.first_name, ''), coalesce(p.first_id, ''), p.first_at, coalesce(p.reason, '')
	from gate_batches b left join gate_releases p on p.subject = b.id and p.ended_at is null`

func (h *HeldBatch) scan(rows db.Rows) error {
	var at, first db.Time
	var band string
	err := rows.Scan(&h.ID, &at, &h.AskedBy, &h.Requests, &h.Total, &h.Denied, &band, &h.Answer, &h.First, &h.FirstID, &first, &h.Reason)
	if err != nil {
		return err
	}
	h.At, h.FirstAt = at.Time, first.Time
	return json.Unmarshal([]byte(band), &h.Band)
}

// ListHeldBatches returns batches that wait for staff, the longest waiting first,
// after one of them, and whether there are more.
func ListHeldBatches(ctx context.Context, r db.Reader, after string) (all []HeldBatch, more bool, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var h HeldBatch
			err := h.scan(rows)
			all = append(all, h)
			return err
		})
	}, batchColumns+` where b.held and b.answer is null and b.id > $1 order by b.id limit $2`, after, heldShown+1)
	if len(all) > heldShown {
		all, more = all[:heldShown], true
	}
	return all, more, err
}

// ReadBatch reads a batch that was held. It returns fault.NotFound.
func ReadBatch(ctx context.Context, r db.Reader, id string) (*HeldBatch, error) {
	var found *HeldBatch
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			found = &HeldBatch{}
			return found.scan(rows)
		})
	}, batchColumns+` where b.held and b.id = $1`, id)
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, "gate.hold.no_batch")
	}
	return found, err
}

// CountHeld adds to a batch how many deductions and batches wait for staff.
func CountHeld(b *db.Batch, n *int) {
	b.Add(`select (select count(*) from gate_requests g where g.state = 'held'
				and not exists (select 1 from gate_batches h where h.id = g.batch_id and h.held and h.answer is null))
			+ (select count(*) from gate_batches where held and answer is null)`, nil, func(rows db.Rows) error { return db.First(rows, n) })
}
