package stop

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
)

// Listed is a request with its merchant, as staff see it.
type Listed struct {
	Request
	MerchantRef string
	Merchant    string
	Contact     string // whom to speak to, as the core system has it
}

// listedRequests reads what scanListed scans.
const listedRequests = `select ` + requestColumns + `, m.ref, m.name, m.contact` + requestTables + ` join merchants m on m.id = r.merchant_id`

func scanListed(rows db.Rows, l *Listed) error {
	return scanRequest(rows, &l.Request, &l.MerchantRef, &l.Merchant, &l.Contact)
}

// requestByNumber reads a request, whoever's it is.
func requestByNumber(ctx context.Context, r db.Reader, number string) (*Listed, error) {
	var found *Listed
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			found = &Listed{}
			return scanListed(rows, found)
		})
	}, listedRequests+` where r.number = $1`, number)
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, "stops.not_found")
	}
	return found, err
}

// Case is a request as staff look at it.
type Case struct {
	Listed
	Page  *Page   // the terminal as it is now
	Taken []Taken // from its merchant for it since the day named, the latest first, at most mostTaken
	Sold  Sold    // with it since the day named
}

// Sold is what was sold with a terminal that is said to be gone, by settlements:
// what was sold speaks against it.
type Sold struct {
	Count  int64
	Amount money.Fen
	Last   date.Date // zero: nothing was sold
}

// ReadCase reads a request for staff, in two round trips. It returns
// fault.NotFound.
func ReadCase(ctx context.Context, r db.Reader, plans PlanByID, number string, today date.Date) (*Case, error) {
	found, err := requestByNumber(ctx, r, number)
	if err != nil {
		return nil, err
	}
	c := &Case{Listed: *found, Page: &Page{}}
	b := db.NewBatch()
	q := &pageQuery{plans: plans, page: c.Page}
	q.addTo(b, found.MerchantID, found.SN, today)
	addTaken(b, found.MerchantID, found.TerminalID, found.On, &c.Taken)
	b.Add(`
		select cast(coalesce(sum(card_count + qr_count), 0) as bigint), cast(coalesce(sum(card_fen + qr_fen), 0) as bigint), max(settled_on) from settlements
		where merchant_id = $1 and terminal_id = $2 and settled_on >= $3 and card_count + qr_count > 0`,
		[]any{found.MerchantID, found.TerminalID, found.On}, func(rows db.Rows) error {
			return db.First(rows, &c.Sold.Count, &c.Sold.Amount, &c.Sold.Last)
		})
	return c, r.Read(ctx, b)
}

// Filter says which requests a list shows; its zero value is all.
type Filter struct {
	Waiting  bool // for an answer
	Kind     Kind
	Merchant string // number of the merchant, or the beginning of its name
}

// Mark is a place in the list: after the request of a moment and id. Its zero
// value is the beginning.
type Mark struct {
	At time.Time
	ID string
}

// String writes the mark for an address, and the zero mark as the empty text.
func (m Mark) String() string {
	if m.ID == "" {
		return ""
	}
	return strconv.FormatInt(m.At.UnixMicro(), 36) + "." + m.ID
}

// ParseMark reads what String wrote; false: it is no mark.
func ParseMark(text string) (Mark, bool) {
	if text == "" {
		return Mark{}, true
	}
	moment, id, ok := strings.Cut(text, ".")
	micro, err := strconv.ParseInt(moment, 36, 64)
	if !ok || err != nil || micro < 0 || micro > 1<<52 || id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return Mark{}, false
	}
	return Mark{time.UnixMicro(micro).UTC(), id}, true
}

// listShown is how many requests a list shows at once.
const listShown = 50

// List is a part of the requests: those that wait the longest first, where only
// they are listed, else the latest first.
type List struct {
	Rows []Listed
	More Mark // where the next part begins; zero: this is the last
}

// ReadList reads a part of the requests, in one round trip.
func ReadList(ctx context.Context, r db.Reader, f Filter, after Mark) (*List, error) {
	query, args := listedRequests+` where true`, []any{}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if f.Waiting {
		query += ` and r.kind <> 'fee' and a.request_id is null`
	}
	if f.Kind != "" {
		query += ` and r.kind = ` + arg(string(f.Kind))
	}
	if f.Merchant != "" {
		query += ` and (m.ref = ` + arg(f.Merchant) + ` or substr(m.name, 1, length(` + arg(f.Merchant) + `)) = ` + arg(f.Merchant) + `)`
	}
	than, order := `<`, ` desc`
	if f.Waiting {
		than, order = `>`, ``
	}
	if after.ID != "" {
		query += ` and (r.at, r.id) ` + than + ` (` + arg(db.At(after.At)) + `, ` + arg(after.ID) + `)`
	}
	query += ` order by r.at` + order + `, r.id` + order + ` limit ` + arg(listShown+1)
	list := &List{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l Listed
			err := scanListed(rows, &l)
			list.Rows = append(list.Rows, l)
			return err
		})
	}, query, args...)
	if len(list.Rows) > listShown {
		list.Rows = list.Rows[:listShown]
		last := &list.Rows[listShown-1]
		list.More = Mark{last.At, last.ID}
	}
	return list, err
}

// CountWaiting adds to a batch how many requests wait for an answer of staff.
func CountWaiting(b *db.Batch, n *int) {
	b.Add(`
		select count(*) from stop_requests r
		where r.kind <> 'fee' and not exists (select 1 from stop_answers a where a.request_id = r.id)`,
		nil, func(rows db.Rows) error { return db.First(rows, n) })
}
