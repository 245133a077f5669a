package report

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// Edition is figures of a quarter as they stand.
type Edition struct {
	OrderID    string
	Quarter    Quarter
	Number     int             // of the quarter; 0: not worked out yet
	Reason     disclosure.Text // of a correction
	OrderedBy  string          // name
	OrdererID  string
	OrderedAt  time.Time // UTC
	ReckonedAt time.Time // UTC; zero: not yet
	Hash       string
	ReleasedBy string    // name
	ReleasedAt time.Time // UTC; zero: not released
	Overtaken  bool      // by a later edition of the quarter; only where one was asked for
	Figures    *Figures  // only where it was asked for
	Counted    *Counted  // only for staff
}

// Counted are the numbers behind those that are held back, for whoever releases
// them.
type Counted struct {
	Lines, Merchants int64 // all that were judged
	Wrong            int64 // lines
	WrongMerchants   int64
	TooMuch          int64 // fen
	Returned         int64 // fen
	Asked            int64 // merchants whom a version asks for more
	Gone             int64 // terminals reported gone
	Filed            int64 // complaints
	Filers           int64 // merchants whose they are
	Refunds          int64 // that were paid
	Stopped          int64 // deductions
	Sent             int64 // messages
}

// editionsShown bounds the lists of editions: each quarter has one, and now and
// then a correction.
const editionsShown = 200

const editionColumns = `
	o.id, o.quarter, coalesce(e.number, 0), o.reason, o.staff_name, o.staff_id, o.at, e.reckoned_at, coalesce(e.hash, ''), coalesce(r.staff_name, ''), r.at`

const editionTables = `
	from figure_orders o
	left join figure_editions e on e.order_id = o.id
	left join figure_releases r on r.order_id = o.id`

func scanEdition(rows db.Row, more ...any) (e Edition, err error) {
	var quarter string
	var reason db.JSON
	var reckoned, released db.Time
	into := []any{&e.OrderID, &quarter, &e.Number, &reason, &e.OrderedBy, &e.OrdererID, &e.OrderedAt, &reckoned, &e.Hash, &e.ReleasedBy, &released}
	if err := rows.Scan(append(into, more...)...); err != nil {
		return e, err
	}
	var ok bool
	if e.Quarter, ok = ParseQuarter(quarter); !ok {
		return e, fmt.Errorf("report: %q is no quarter", quarter)
	}
	e.ReckonedAt, e.ReleasedAt = reckoned.Time, released.Time
	return e, json.Unmarshal(reason, &e.Reason)
}

// ListEditions reads all figures that were ordered, the newest quarter and
// edition first, and the first day of which a line is known (zero: none is).
func ListEditions(ctx context.Context, r db.Reader) (all []Edition, first date.Date, err error) {
	b := db.NewBatch()
	b.Add(`select `+editionColumns+editionTables+` order by o.quarter desc, o.id desc limit $1`, []any{editionsShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			e, err := scanEdition(rows)
			all = append(all, e)
			return err
		})
	})
	b.Add(`select min(month) from bill_months`, nil, func(rows db.Rows) error { return db.First(rows, &first) })
	return all, first, r.Read(ctx, b)
}

// ReadEdition reads one for staff, with what was counted; fault.NotFound.
func ReadEdition(ctx context.Context, r db.Reader, orderID string) (*Edition, error) {
	var figures, counted db.Text
	var overtaken bool
	row := r.QueryRow(ctx, `
		select `+editionColumns+`, e.figures, e.reckoned, exists (select 1 from figure_editions later where later.quarter = o.quarter and later.number > e.number)
		`+editionTables+` where o.id = $1`, orderID)
	e, err := scanEdition(row, &figures, &counted, &overtaken)
	e.Overtaken = overtaken
	switch {
	case db.NotFound(err):
		return nil, fault.New(fault.NotFound, "admin_figures.fault.not_found")
	case err != nil:
		return nil, err
	case figures == "":
		return &e, nil
	}
	e.Figures = &Figures{}
	if err := json.Unmarshal([]byte(figures), e.Figures); err != nil {
		return nil, err
	}
	var raw reckoned
	if err := json.Unmarshal([]byte(counted), &raw); err != nil {
		return nil, err
	}
	e.Counted = &Counted{
		Lines: raw.Lines.Lines, Merchants: raw.Lines.Merchants, Wrong: raw.Wrong.Lines, WrongMerchants: raw.Wrong.Merchants,
		TooMuch: raw.Wrong.TooMuch, Returned: raw.Returned.TooMuch, Asked: raw.Asked.Lines, Gone: raw.Gone.Lines,
		Filed: raw.Filed.Lines, Filers: raw.Filed.Merchants, Refunds: raw.Refunds.Lines, Stopped: raw.Stopped.Lines, Sent: raw.Sent.Lines,
	}
	return &e, nil
}

// ReadReleased reads, in one round trip, the released figures of a quarter, or
// of the newest where the quarter is zero: edition number, or the latest where
// it is 0. All are the released editions, the newest first, without their
// figures. It is fault.NotFound where there is no such edition, unless the newest
// was asked for: then it is nil.
func ReadReleased(ctx context.Context, r db.Reader, q Quarter, number int) (e *Edition, all []Edition, err error) {
	b := db.NewBatch()
	const released = editionTables + ` where r.at is not null`
	b.Add(`select `+editionColumns+released+` order by o.quarter desc, e.number desc limit $1`, []any{editionsShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			e, err := scanEdition(rows)
			all = append(all, e)
			return err
		})
	})
	name := ""
	if q != (Quarter{}) {
		name = q.String()
	}
	b.Add(`select `+editionColumns+`, e.figures `+released+` and (o.quarter = $1 or $1 = '') and (e.number = $2 or $2 = 0)
		order by o.quarter desc, e.number desc limit 1`, []any{name, number}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var figures string
			found, err := scanEdition(rows, &figures)
			if err != nil {
				return err
			}
			e = &found
			e.Figures = &Figures{}
			return json.Unmarshal([]byte(figures), e.Figures)
		})
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, nil, err
	}
	if e == nil && name != "" {
		return nil, nil, fault.New(fault.NotFound, "transparency.not_found")
	}
	return e, all, nil
}

// order is a row of figure_orders with what became of it.
type order struct {
	id      string
	quarter Quarter
	reason  disclosure.Text
	staffID string
	done    bool
	hash    string
}

func readOrder(ctx context.Context, r db.Reader, orderID string) (*order, error) {
	e, err := scanEdition(r.QueryRow(ctx, `select `+editionColumns+editionTables+` where o.id = $1`, orderID))
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "admin_figures.fault.not_found")
	}
	return &order{e.OrderID, e.Quarter, e.Reason, e.OrdererID, e.Number > 0, e.Hash}, err
}

// standing is how a quarter's figures stand.
type standing struct {
	underWay bool   // an order since a moment is not worked out
	released bool   // an edition is
	newest   string // order that was worked out last
}

func standingOf(ctx context.Context, r db.Reader, q Quarter, since time.Time) (s standing, err error) {
	var newest db.Text
	err = r.QueryRow(ctx, `
		select
			exists (select 1 from figure_orders o where o.quarter = $1 and o.at > $2 and not exists (select 1 from figure_editions e where e.order_id = o.id)),
			exists (select 1 from figure_editions e join figure_releases r on r.order_id = e.order_id where e.quarter = $1),
			(select order_id from figure_editions e where e.quarter = $1 order by number desc limit 1)`, q.String(), since).
		Scan(&s.underWay, &s.released, &newest)
	s.newest = string(newest)
	return s, err
}

func addOrder(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, orderID string, q Quarter, reason disclosure.Text) error {
	words, err := json.Marshal(reason)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into figure_orders (id, quarter, reason, staff_id, staff_name, at) values ($1, $2, $3, $4, $5, $6)`,
		orderID, q.String(), db.JSON(words), by.ID, by.Name, at)
	return err
}

func addEdition(ctx context.Context, tx *db.Tx, at time.Time, o *order, figures []byte, hash string, counted []byte) (number int, err error) {
	err = tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from figure_editions where quarter = $1`, o.quarter.String()).Scan(&number)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `insert into figure_editions (order_id, quarter, number, figures, hash, reckoned, reckoned_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		o.id, o.quarter.String(), number, string(figures), hash, string(counted), at)
	return number, err
}

func addRelease(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, orderID, hash string) error {
	_, err := tx.Exec(ctx, `insert into figure_releases (order_id, hash, staff_id, staff_name, at) values ($1, $2, $3, $4, $5)`,
		orderID, hash, by.ID, by.Name, at)
	return err
}
