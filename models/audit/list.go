package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Query says which entries are looked for. What is empty is not looked at.
type Query struct {
	Subject  string    // an id, exactly
	Actor    string    // an id, or the name or login of a member of staff, exactly
	Merchant string    // its reference
	Action   string    // exactly, or all that begin with what stands before a star
	From, To date.Date // in Shanghai, both included
}

// Read is an entry as it is looked at.
type Read struct {
	ID string // a_…
	Entry
	Doc         db.JSON // the details as they are stored
	StaffName   string  // where a member of staff did it
	KeyName     string  // where another system did it
	MerchantRef string  // empty: it is no merchant's affair
	Merchant    string  // its name
	Seal        int64   // number of the seal that covers it; 0: none yet
}

// Place is where a part of a list ended.
type Place struct {
	At time.Time
	ID string
}

// Place returns where an entry stands in a list.
func (e *Read) Place() Place { return Place{e.At, e.ID} }

// List returns the latest entries that a query asks for, after a place in the
// list unless that is empty.
func List(ctx context.Context, r db.Reader, q Query, after Place, most int) (all []Read, err error) {
	where, args := q.where()
	add := func(arg any) string {
		args = append(args, arg)
		return fmt.Sprintf("$%d", len(args))
	}
	if after.ID != "" {
		at, id := add(after.At), add(after.ID)
		where = append(where, "(e.at < "+at+" or e.at = "+at+" and e.id < "+id+")")
	}
	condition := ""
	if len(where) > 0 {
		condition = " where " + strings.Join(where, " and ")
	}
	err = r.Query(ctx, scanRead(&all), selectRead+condition+" order by e.at desc, e.id desc limit "+add(most), args...)
	if err != nil {
		return nil, fmt.Errorf("audit: looking for entries: %w", err)
	}
	return all, nil
}

// Find returns one entry, or nil.
func Find(ctx context.Context, r db.Reader, id string) (*Read, error) {
	var all []Read
	if err := r.Query(ctx, scanRead(&all), selectRead+" where e.id = $1", id); err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// chunk is how many entries are read at a time where all are.
const chunk = 1000

// EachRead hands on every entry that a query asks for, the latest first. Memory
// does not grow with them.
func EachRead(ctx context.Context, r db.Reader, q Query, each func(e *Read) error) error {
	var after Place
	for {
		all, err := List(ctx, r, q, after, chunk)
		if err != nil {
			return err
		}
		for i := range all {
			if err := each(&all[i]); err != nil {
				return err
			}
		}
		if len(all) < chunk {
			return nil
		}
		after = all[len(all)-1].Place()
	}
}

func (q *Query) where() (where []string, args []any) {
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "$", fmt.Sprintf("$%d", len(args))))
	}
	if q.Subject != "" {
		add("e.subject = $", q.Subject)
	}
	if q.Actor != "" {
		add("e.actor_id in (select $ union all select id from staff where login = $ or name = $)", q.Actor)
	}
	if q.Merchant != "" {
		add("e.merchant_id = (select id from merchants where ref = $)", q.Merchant)
	}
	if begin, ok := strings.CutSuffix(q.Action, "*"); ok && begin != "" {
		add("e.action >= $", begin)
		add("e.action < $", begin+"\x7f") // actions are of ASCII
	} else if !ok && q.Action != "" {
		add("e.action = $", q.Action)
	}
	if !q.From.IsZero() {
		add("e.at >= $", q.From.Start())
	}
	if !q.To.IsZero() {
		add("e.at < $", q.To.AddDays(1).Start())
	}
	return where, args
}

const selectRead = `
	select e.id, e.at, e.actor_kind, e.actor_id, coalesce(e.merchant_id, 0), e.action, e.subject, e.details, e.request_id,
		coalesce(s.name, ''), coalesce(k.name, ''), coalesce(m.ref, ''), coalesce(m.name, ''),
		coalesce((select seq from audit_seals x where x.last_id >= e.id order by x.last_id limit 1), 0)
	from audit_entries e
	left join staff s on e.actor_kind = 'staff' and s.id = e.actor_id
	left join api_keys k on e.actor_kind = 'api' and k.id = e.actor_id
	left join merchants m on m.id = e.merchant_id`

func scanRead(all *[]Read) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Read
			var request db.Text
			err := rows.Scan(&e.ID, &e.At, &e.Actor.Kind, &e.Actor.ID, &e.MerchantID, &e.Action, &e.Subject, &e.Doc, &request,
				&e.StaffName, &e.KeyName, &e.MerchantRef, &e.Merchant, &e.Seal)
			e.RequestID = string(request)
			*all = append(*all, e)
			return err
		})
	}
}
