package gate

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// SettledSum is how many deductions of a day stand in one way, and what they come
// to.
type SettledSum struct {
	As    SettledAs
	Count int64
	File  money.Fen // as files say
	Asked money.Fen // as the gate was asked for
}

// SettledDay is what files say was taken on a day, and how it goes with what the
// gate was asked for. File is what Sums say the files do, and Waiting, together.
type SettledDay struct {
	On      date.Date
	Rows    int64     // in files
	File    money.Fen // their sum
	Sums    []SettledSum
	Waiting SettledSum // not matched yet
	Gaps    SettledSum // settlements that don't add up: sales less fees in Asked, and what was paid out in File
}

// sum is that of one way, which may be of nothing.
func (d *SettledDay) sum(as SettledAs) *SettledSum {
	i := slices.IndexFunc(d.Sums, func(s SettledSum) bool { return s.As == as })
	if i < 0 {
		i = len(d.Sums)
		d.Sums = append(d.Sums, SettledSum{As: as})
	}
	return &d.Sums[i]
}

// Matched is what is as it was asked for.
func (d *SettledDay) Matched() SettledSum { return *d.sum(Matched) }

// Differences is all that is not, what is in no file included.
func (d *SettledDay) Differences() (all SettledSum) {
	for _, s := range d.Sums {
		if s.As != Matched {
			all.Count, all.File, all.Asked = all.Count+s.Count, all.File.Plus(s.File), all.Asked.Plus(s.Asked)
		}
	}
	return all
}

// Dropped is by how much the files' sum differs from what became of its rows: 0
// unless something went missing here.
func (d *SettledDay) Dropped() money.Fen {
	return d.File.Minus(d.Matched().File).Minus(d.Differences().File).Minus(d.Waiting.File)
}

// settledDaysShown is how many days a list shows at once.
const settledDaysShown = 31

// lists of days and of deductions.
const (
	sumsOfFiles = `select f.on_date, '', count(*), cast(sum(f.amount_fen) as bigint), cast(0 as bigint), count(n.ref), cast(coalesce(sum(case when n.ref is not null then f.amount_fen end), 0) as bigint)
		from settled_deductions f left join settled_news n on n.ref = f.ref and not exists (select 1 from gate_settled s where s.ref = f.ref) where `
	sumsOfSettled = `select on_date, standing, count(*), cast(coalesce(sum(file_fen), 0) as bigint), cast(coalesce(sum(gate_fen), 0) as bigint), cast(0 as bigint), cast(0 as bigint)
		from gate_settled where `
	sumsOfGaps = `select on_date, 'gap', count(*), cast(sum(paid_fen) as bigint), cast(sum(due_fen) as bigint), cast(0 as bigint), cast(0 as bigint) from settlement_gaps where `
)

// addSums adds to a batch the sums of days for which something is true.
func addSums(b *db.Batch, of func(date.Date) *SettledDay, which string, args ...any) {
	for _, query := range []string{sumsOfFiles + `f.` + which + ` group by f.on_date`, sumsOfSettled + which + ` group by on_date, standing`, sumsOfGaps + which + ` group by on_date`} {
		b.Add(query, args, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var on date.Date
				var as SettledAs
				var count, waiting int64
				var file, asked, waits money.Fen
				if err := rows.Scan(&on, &as, &count, &file, &asked, &waiting, &waits); err != nil {
					return err
				}
				d := of(on)
				switch as {
				case "":
					d.Rows, d.File, d.Waiting = count, file, SettledSum{Count: waiting, File: waits}
				case "gap":
					d.Gaps = SettledSum{Count: count, File: file, Asked: asked}
				default:
					*d.sum(as) = SettledSum{as, count, file, asked}
				}
				return nil
			})
		})
	}
}

// ListSettledDays returns days of which there are files, the latest first, before
// one of them unless that is zero, and whether there are more.
func ListSettledDays(ctx context.Context, r db.Reader, before date.Date) (all []SettledDay, more bool, err error) {
	if before.IsZero() {
		before = date.Last
	}
	var parts []string
	for _, table := range []string{"settled_deductions", "gate_settled", "settlement_gaps"} {
		parts = append(parts, `select on_date from (select distinct on_date from `+table+` where on_date < $1 order by on_date desc limit `+strconv.Itoa(settledDaysShown+1)+`) `+table)
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d SettledDay
			err := rows.Scan(&d.On)
			all = append(all, d)
			return err
		})
	}, strings.Join(parts, " union ")+` order by 1 desc limit `+strconv.Itoa(settledDaysShown+1), before)
	if err != nil || len(all) == 0 {
		return all, false, err
	}
	if len(all) > settledDaysShown {
		all, more = all[:settledDaysShown], true
	}
	b := db.NewBatch()
	addSums(b, func(on date.Date) *SettledDay {
		i := slices.IndexFunc(all, func(d SettledDay) bool { return d.On == on })
		if i < 0 {
			return &SettledDay{} // came meanwhile
		}
		return &all[i]
	}, `on_date >= $1 and on_date < $2`, all[len(all)-1].On, before)
	return all, more, r.Read(ctx, b)
}

// SettledLine is one deduction of a day, or a settlement that does not add up.
type SettledLine struct {
	Ref         string
	ID          string // of the deduction; empty: the gate does not know it
	Merchant    string // its name
	MerchantRef string
	SN          string // that the gate was asked for
	FileSN      string // that the file names; empty: as asked
	Item        fee.Item
	File        *money.Fen // nil: in no file
	Asked       *money.Fen // nil: never asked for
	Settlement  string
	As          SettledAs // empty: a settlement that does not add up, with what was paid out in File and was due in Asked
}

// The choices of what to list of a day, beside the ways of Settlings.
const (
	OnlyDifferences SettledAs = ""
	OnlyGaps        SettledAs = "gap"
)

// settledShown is how many deductions a page lists.
const settledShown = 50

// ReadSettledDay returns a day's sums and its deductions that stand in a way, after
// one of them, and whether there are more.
func ReadSettledDay(ctx context.Context, r db.Reader, on date.Date, as SettledAs, after string) (d SettledDay, all []SettledLine, more bool, err error) {
	d.On = on
	b := db.NewBatch()
	addSums(b, func(date.Date) *SettledDay { return &d }, `on_date = $1`, on)
	query, args := selectSettledLines(on, as, after, settledShown+1)
	b.Add(query, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l, err := scanSettledLine(rows)
			all = append(all, l)
			return err
		})
	})
	err = r.Read(ctx, b)
	if len(all) > settledShown {
		all, more = all[:settledShown], true
	}
	return d, all, more, err
}

// EachSettled calls read with every deduction of a day that stands in a way.
func EachSettled(ctx context.Context, r db.Reader, on date.Date, as SettledAs, read func(*SettledLine) error) error {
	query, args := selectSettledLines(on, as, "", 1<<40)
	return r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l, err := scanSettledLine(rows)
			if err != nil {
				return err
			}
			return read(&l)
		})
	}, query, args...)
}

func selectSettledLines(on date.Date, as SettledAs, after string, most int64) (string, []any) {
	if as == OnlyGaps {
		return `select s.ref, '', m.name, m.ref, t.sn, '', '', s.paid_fen, s.due_fen, s.ref, ''
			from settlement_gaps s join merchants m on m.id = s.merchant_id join terminals t on t.id = s.terminal_id
			where s.on_date = $1 and s.ref > $2 order by s.ref limit $3`, []any{on, after, most}
	}
	which := `s.standing <> 'matched'`
	args := []any{on, after, most}
	if as != OnlyDifferences {
		which, args = `s.standing = $4`, append(args, string(as))
	}
	return `select s.ref, s.deduction_id, m.name, m.ref, t.sn, coalesce(f.sn, ''), s.item, s.file_fen, s.gate_fen, coalesce(s.settlement_ref, ''), s.standing
		from gate_settled s
		join merchants m on m.id = s.merchant_id
		join terminals t on t.id = s.terminal_id
		left join settled_deductions f on f.ref = s.ref
		where s.on_date = $1 and s.ref > $2 and ` + which + ` order by s.ref limit $3`, args
}

func scanSettledLine(rows db.Rows) (l SettledLine, err error) {
	err = rows.Scan(&l.Ref, &l.ID, &l.Merchant, &l.MerchantRef, &l.SN, &l.FileSN, &l.Item, &l.File, &l.Asked, &l.Settlement, &l.As)
	if l.FileSN == l.SN {
		l.FileSN = ""
	}
	return l, err
}
