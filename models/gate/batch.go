package gate

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
)

// MaxBatch is how many requests may come together.
const MaxBatch = 10_000

// Batch is requests that were decided on together.
type Batch struct {
	ID      string // gb_…
	Held    bool   // as a whole
	Band    *deduction.BatchBand
	Answers []Answer // in the order of the requests
}

// AuthorizeBatchIn decides on requests as if they came one after another, in a
// number of statements that does not grow with them. A request that can't be
// decided has its error in its answer, and the others stand. Where the batch is
// unlike those before it, all that is not denied is held. It returns
// fault.Invalid for the field "requests" where there are none or too many, and
// fault.Unavailable where the facts can't be read.
func (g *Gate) AuthorizeBatchIn(ctx context.Context, tx *db.Tx, by By, requests []Request) (Batch, error) {
	if len(requests) == 0 || len(requests) > MaxBatch {
		return Batch{}, wrongField("requests", "gate.batch_size", "n", MaxBatch)
	}
	d := deciding{g: g, now: g.clock.Now(), by: by, batchID: id.New("gb", g.clock.Now()), requests: slices.Clone(requests)}
	if err := d.judge(ctx, tx); err != nil {
		return Batch{}, unavailable(err)
	}
	b := Batch{ID: d.batchID}
	if d.anyFresh() {
		if err := d.weigh(ctx, tx, &b); err != nil {
			return Batch{}, unavailable(err)
		}
		if err := d.keep(ctx, tx); err != nil {
			return Batch{}, unavailable(err)
		}
	}
	b.Answers = make([]Answer, len(d.all))
	for i := range d.all {
		b.Answers[i] = d.all[i].answer(g, d.now)
	}
	return b, nil
}

func (d *deciding) anyFresh() bool {
	return slices.ContainsFunc(d.all, func(a asking) bool { return a.err == nil && !a.before })
}

// alike names what batches are compared by: who orders what. A night's run of
// one fee is compared with other nights' runs of that fee, and not with a run of
// another.
func (d *deciding) alike() string {
	var parts []string
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil || a.before {
			continue
		}
		part := a.request.Origin + " " + string(a.request.Item)
		if a.plan != nil {
			part = a.request.Origin + " " + a.plan.Code
		}
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// How a batch is compared with those before it.
const (
	batchesCompared = 12        // at most, the latest
	batchesNeeded   = 3         // at least; with fewer nothing is expected
	moreDenied      = 50_000    // by how much the share of denials may exceed the highest, in ppm
	whole           = 1_000_000 // a share of all, in ppm
)

// weigh compares the batch with those before it and writes it down. Its count and
// its total are expected no further below the least and above the most than the
// width that is set, half where nothing else was; its share of denials no further
// above the highest, or five hundredths, whichever is more.
func (d *deciding) weigh(ctx context.Context, tx *db.Tx, b *Batch) error {
	var count, denied int64
	var total money.Fen
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil || a.before {
			continue
		}
		count++
		total = total.Plus(a.request.Amount)
		if a.row.State == fee.Denied {
			denied++
		}
	}
	band := &deduction.BatchBand{Count: deduction.Band{Got: count}, Total: deduction.Band{Got: int64(total)}, Denied: deduction.Band{Got: denied * whole / count}}
	alike := d.alike()
	if err := expect(ctx, tx, alike, d.settings.BatchWidth, band); err != nil {
		return err
	}
	b.Band, b.Held = band, len(band.Outside) > 0
	if b.Held {
		d.hold(band)
	}
	text, err := json.Marshal(band)
	if err != nil {
		return err
	}
	if b.Held {
		err := alarm.Raise(ctx, tx, alarm.Alarm{Kind: alarm.BatchHeld, Subject: d.batchID, Ref: d.batchID, At: d.now, Facts: alarm.Facts{Count: count, Amount: total}})
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `insert into gate_batches (id, like_key, asked_kind, asked_by, at, requests, total_fen, denied, held, band) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		d.batchID, alike, string(d.by.Actor.Kind), d.by.Actor.ID, d.now, count, int64(total), denied, b.Held, string(text))
	return err
}

// expect fills in where a batch's figures were to lie, and which of them do not.
// With too few batches to compare with, nothing is expected.
func expect(ctx context.Context, tx *db.Tx, alike string, width int64, band *deduction.BatchBand) error {
	before, err := readAlike(ctx, tx, alike)
	if err != nil {
		return err
	}
	before.expect(width, band)
	return nil
}

// alikeBatches are the figures of batches, the latest first.
type alikeBatches struct{ counts, totals, shares []int64 }

// readAlike reads what a batch is compared with.
func readAlike(ctx context.Context, tx *db.Tx, alike string) (b alikeBatches, err error) {
	err = tx.Query(ctx, b.scan, `select requests, total_fen, denied from gate_batches where like_key = $1 and (not held or answer = 'release') order by at desc, id desc limit $2`, alike, batchesCompared)
	return b, err
}

func (b *alikeBatches) scan(rows db.Rows) error {
	return db.Each(rows, func() error {
		var count, total, denied int64
		err := rows.Scan(&count, &total, &denied)
		b.counts, b.totals, b.shares = append(b.counts, count), append(b.totals, total), append(b.shares, denied*whole/max(count, 1))
		return err
	})
}

// expect says where a batch's figures were to lie, and which of them do not.
func (b *alikeBatches) expect(width int64, band *deduction.BatchBand) {
	band.Batches, band.Outside = len(b.counts), nil
	if band.Batches < batchesNeeded {
		return
	}
	around := func(f *deduction.Band, before []int64) {
		f.Low, f.High = max(slices.Min(before)*(100-width)/100, 0), slices.Max(before)*(100+width)/100
	}
	around(&band.Count, b.counts)
	around(&band.Total, b.totals)
	highest := slices.Max(b.shares)
	band.Denied.High = max(highest*(100+width)/100, highest+moreDenied)
	for _, figure := range []struct {
		name string
		deduction.Band
	}{{"count", band.Count}, {"total", band.Total}, {"denied", band.Denied}} {
		if !figure.Holds() {
			band.Outside = append(band.Outside, figure.name)
		}
	}
}

// hold holds all that is not denied.
func (d *deciding) hold(band *deduction.BatchBand) {
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil || a.before || a.row.State == fee.Denied {
			continue
		}
		a.verdict.Own = append(a.verdict.Own, deduction.OwnHold{Code: deduction.OwnBatchBand, Batch: band})
		a.row.State = a.verdict.state()
		a.row.ExpiresAt = time.Time{}
	}
}
