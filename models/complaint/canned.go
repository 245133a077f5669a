package complaint

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// Canned is a reply that staff write often, in both languages.
type Canned struct {
	ID        string // empty: it is new
	Name      string // by which staff know it
	ZhCN, En  string
	Version   int
	ChangedAt time.Time
	ChangedBy string // name
}

// CannedPlaces are what may stand in braces in a canned reply: whose case it is,
// its number, the terminal, the fee, by when the answer is promised, and who
// writes.
var CannedPlaces = []string{"merchant", "number", "terminal", "fee", "promised", "me"}

// MaxCannedName is the longest name of a canned reply, in characters.
const MaxCannedName = 40

var place = regexp.MustCompile(`\{([^{}]*)\}`)

// Fill puts values into a reply. A place without a value becomes nothing.
func (c *Canned) Fill(english bool, values map[string]string) string {
	text := c.ZhCN
	if english {
		text = c.En
	}
	return place.ReplaceAllStringFunc(text, func(p string) string { return values[p[1:len(p)-1]] })
}

func (c *Canned) check() error {
	var wrong fault.Fields
	c.Name, c.ZhCN, c.En = strings.TrimSpace(c.Name), strings.TrimSpace(c.ZhCN), strings.TrimSpace(c.En)
	switch n := utf8.RuneCountInString(c.Name); {
	case n == 0:
		wrong.Add("name", "case.canned_name_missing")
	case n > MaxCannedName:
		wrong.Add("name", "case.words_long", "n", MaxCannedName)
	}
	for _, text := range []struct{ field, words string }{{"zh", c.ZhCN}, {"en", c.En}} {
		switch n := utf8.RuneCountInString(text.words); {
		case n == 0:
			wrong.Add(text.field, "case.canned_text_missing")
		case n > MaxWords:
			wrong.Add(text.field, "case.words_long", "n", MaxWords)
		default:
			for _, found := range place.FindAllStringSubmatch(text.words, -1) {
				if !slices.Contains(CannedPlaces, found[1]) {
					wrong.Add(text.field, "case.canned_place", "place", found[0])
					break
				}
			}
		}
	}
	return wrong.Err()
}

const cannedColumns = `select id, name, zh, en, version, changed_at, changed_by from canned_replies where removed_at is null`

func (c *Canned) scan(row db.Row) error {
	var at db.Time
	err := row.Scan(&c.ID, &c.Name, &c.ZhCN, &c.En, &c.Version, &at, &c.ChangedBy)
	c.ChangedAt = at.Time
	return err
}

// addCanned asks for the canned replies, by name.
func addCanned(b *db.Batch, all *[]Canned) {
	b.Add(cannedColumns+` order by name`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Canned
			err := c.scan(rows)
			*all = append(*all, c)
			return err
		})
	})
}

// ListCanned returns the canned replies, by name. It returns fault.Forbidden.
func ListCanned(ctx context.Context, r db.Reader, by staff.Actor) (all []Canned, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	b := db.NewBatch()
	addCanned(b, &all)
	return all, r.Read(ctx, b)
}

// ReadCanned returns a canned reply, or fault.NotFound.
func ReadCanned(ctx context.Context, r db.Reader, by staff.Actor, cannedID string) (c Canned, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return c, err
	}
	err = c.scan(r.QueryRow(ctx, cannedColumns+` and id = $1`, cannedID))
	if db.NotFound(err) {
		err = fault.New(fault.NotFound, "case.canned_not_found")
	}
	return c, err
}

// SaveCanned adds a canned reply, or changes the version that was shown. It
// returns its id, fault.Invalid for the fields "name", "zh" and "en",
// fault.Conflict where somebody changed it since, and fault.Forbidden.
func (c *Cases) SaveCanned(ctx context.Context, by staff.Actor, r Canned) (cannedID string, err error) {
	if err := by.Must(staff.WorkCases); err != nil {
		return "", err
	}
	if err := r.check(); err != nil {
		return "", err
	}
	at := c.clock.Now()
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		cannedID = r.ID
		n := int64(1)
		var err error
		if r.ID == "" {
			cannedID = id.New("cr", at)
			_, err = tx.Exec(ctx, `insert into canned_replies (id, name, zh, en, version, changed_at, changed_by) values ($1, $2, $3, $4, 1, $5, $6)`,
				cannedID, r.Name, r.ZhCN, r.En, at, by.Name)
		} else {
			n, err = tx.Exec(ctx, `update canned_replies set name = $3, zh = $4, en = $5, version = version + 1, changed_at = $6, changed_by = $7
				where id = $1 and version = $2 and removed_at is null`, r.ID, r.Version, r.Name, r.ZhCN, r.En, at, by.Name)
		}
		switch {
		case db.Duplicate(err):
			return wrongField("name", "case.canned_name_taken")
		case err != nil:
			return err
		case n == 0:
			return fault.New(fault.Conflict, "case.set_since")
		}
		return recordCanned(ctx, tx, at, by, "save", cannedID, map[string]any{"name": r.Name, "zh": r.ZhCN, "en": r.En})
	})
	return cannedID, err
}

// RemoveCanned takes a canned reply out of use. It returns the faults of
// SaveCanned.
func (c *Cases) RemoveCanned(ctx context.Context, by staff.Actor, cannedID string) error {
	if err := by.Must(staff.WorkCases); err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update canned_replies set removed_at = $2 where id = $1 and removed_at is null`, cannedID, at)
		if err != nil || n == 0 {
			return err // sent twice
		}
		return recordCanned(ctx, tx, at, by, "remove", cannedID, nil)
	})
}

func recordCanned(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, action, cannedID string, details map[string]any) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), Action: "canned." + action, Subject: cannedID, RequestID: by.RequestID, Details: details,
	})
}
