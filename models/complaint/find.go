package complaint

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// FindCases returns the cases, ended ones too, that bear a number, or are about a
// terminal with a serial number, or belong to the merchant with a number of the
// core system's or a name: the latest first, at most as many as a part of the
// queue holds. It takes as many statements as ReadQueue, and returns
// fault.Forbidden.
func FindCases(ctx context.Context, r db.Reader, by staff.Actor, text string, now time.Time) (*Queue, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	q := &Queue{Counts: map[View]int{}}
	b := db.NewBatch()
	const latest = ` order by filed_at desc, id desc limit 50) `
	b.Add(queuedColumns+`
		from cases c join merchants m on m.id = c.merchant_id
		where c.id in (
			select id from cases where number = upper($3)
			union select id from (select id from cases where merchant_id = (select id from merchants where ref = $3)`+latest+`of_merchant
			union select id from (select id from cases where merchant_id in (select id from merchants where name = $3 order by id limit 5)`+latest+`of_name
			union select id from (select id from cases where terminal_id = (select id from terminals where sn = $3)`+latest+`of_terminal
		)
		order by c.filed_at desc, c.id desc limit 50`, []any{by.ID, now, strings.TrimSpace(text)}, q.read)
	q.addBeside(b, by.ID, worktime.EndOf(date.Of(now)))
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	return q, q.finish(now)
}
