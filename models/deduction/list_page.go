package deduction

import (
	"context"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// ListPage is a part of a merchant's bill, newest first.
type ListPage struct {
	Lines     []ListedLine
	Newer     bool             // there are lines newer than these
	Older     bool             // there are lines older than these
	Sum       *ListSum         // of all lines that the filter lets through; nil: not known cheaply
	Terminals []TerminalChoice // to choose from, by shop and name; nil where there are more than fit a list
	Chosen    *TerminalChoice  // the filter's terminal; nil: the merchant has no such terminal, or none was asked for
	First     date.Date        // first day of the month with the merchant's oldest line; zero: it has none
}

// ListedLine is a line of a bill with the terminal that it stands on.
type ListedLine struct {
	Line
	Terminal TerminalChoice
}

// TerminalChoice is a terminal as its merchant knows it.
type TerminalChoice struct {
	SN    string
	Alias string // the merchant's own name for it, else the core system's
	Shop  string
}

// ListSum is what lines of a bill come to.
type ListSum struct {
	Lines int64
	Taken money.Fen // taken and not given back
}

// ListPageSize is how many lines a page of the list holds.
const ListPageSize = 30

// listedTerminals is how many terminals a list to choose from holds. A merchant
// with more finds the terminal first, and its lines from there.
const listedTerminals = 50

// listColumns are what scanListed scans, of bill_lines as l, terminals as t and
// shops as s.
const listColumns = linesOf + `, t.sn, coalesce(t.own_alias, t.alias), s.name`

// listTables goes before a condition. It begins at the lines, which an index
// gives in order: SQLite, which takes a merchant with many lines for one with
// few terminals, might otherwise read and sort all of them.
const listTables = ` from bill_lines l cross join terminals t cross join shops s where t.id = l.terminal_id and s.id = t.shop_id and `

// ReadListPage reads the part of a merchant's bill at a place, in one round
// trip. Lines of other merchants' terminals are never among them, whatever the
// filter says.
func ReadListPage(ctx context.Context, r db.Reader, merchantID int64, f ListFilter, at Place) (*ListPage, error) {
	q := &listPageQuery{at: at}
	b := db.NewBatch()
	lines := f.lines(merchantID)
	b.Add(`select `+listColumns+listTables+lines.at(at, ListPageSize+1), lines.args, q.readLines)
	b.Add(`select min(month) from bill_months where merchant_id = $1`, []any{merchantID}, func(rows db.Rows) error {
		return db.First(rows, &q.page.First)
	})
	terminals := `select t.sn, coalesce(t.own_alias, t.alias), s.name from terminals t join shops s on s.id = t.shop_id where t.merchant_id = $1`
	b.Add(terminals+` order by s.name, 2, t.sn limit `+itoa(listedTerminals+1), []any{merchantID}, q.readTerminals)
	if f.SN != "" {
		b.Add(terminals+` and t.sn = $2`, []any{merchantID, f.SN}, q.readChosen)
	}
	if f.summedByMonth() {
		months := f.months(merchantID)
		b.Add(`select cast(coalesce(sum(l.lines), 0) as bigint), cast(coalesce(sum(l.amount_fen), 0) as bigint) from bill_months l where `+months.where,
			months.args, q.readSum)
	}
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	q.sumUp()
	return &q.page, nil
}

// listPageQuery collects the answers of the list's statements.
type listPageQuery struct {
	at   Place
	page ListPage
}

func (q *listPageQuery) readLines(rows db.Rows) error {
	q.page.Lines = make([]ListedLine, 0, ListPageSize+1)
	err := db.Each(rows, func() error {
		q.page.Lines = append(q.page.Lines, ListedLine{})
		return scanListed(rows, &q.page.Lines[len(q.page.Lines)-1])
	})
	more := len(q.page.Lines) > ListPageSize
	if more {
		q.page.Lines = q.page.Lines[:ListPageSize]
	}
	switch q.at.direction {
	case newerThan:
		slices.Reverse(q.page.Lines)
		q.page.Newer, q.page.Older = more, true
	case olderThan:
		q.page.Newer, q.page.Older = true, more
	default:
		q.page.Older = more
	}
	return err
}

func (q *listPageQuery) readTerminals(rows db.Rows) error {
	choices := []TerminalChoice{}
	err := db.Each(rows, func() error {
		var c TerminalChoice
		err := rows.Scan(&c.SN, &c.Alias, &c.Shop)
		choices = append(choices, c)
		return err
	})
	if len(choices) <= listedTerminals {
		q.page.Terminals = choices
	}
	return err
}

func (q *listPageQuery) readChosen(rows db.Rows) error {
	return db.Each(rows, func() error {
		q.page.Chosen = &TerminalChoice{}
		return rows.Scan(&q.page.Chosen.SN, &q.page.Chosen.Alias, &q.page.Chosen.Shop)
	})
}

func (q *listPageQuery) readSum(rows db.Rows) error {
	q.page.Sum = &ListSum{}
	return db.First(rows, &q.page.Sum.Lines, &q.page.Sum.Taken)
}

// sumUp adds up the lines where all of them are on the page.
func (q *listPageQuery) sumUp() {
	if q.page.Newer || q.page.Older {
		return
	}
	q.page.Sum = &ListSum{Lines: int64(len(q.page.Lines))}
	for i := range q.page.Lines {
		q.page.Sum.Taken = q.page.Sum.Taken.Plus(q.page.Lines[i].Actual())
	}
}

func scanListed(rows db.Rows, l *ListedLine) error {
	return scanLine(widerRows{rows, []any{&l.Terminal.SN, &l.Terminal.Alias, &l.Terminal.Shop}}, &l.Line)
}

// widerRows are rows that hold more columns after those that are scanned.
type widerRows struct {
	db.Rows
	more []any
}

// Scan copies the columns asked for, then the others.
func (r widerRows) Scan(dest ...any) error { return r.Rows.Scan(append(dest, r.more...)...) }
