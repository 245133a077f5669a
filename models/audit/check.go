package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// Check is one time that the whole chain was worked out again.
type Check struct {
	ID       string // ac_…
	AskedAt  time.Time
	AskedBy  string    // name of the member of staff; empty: it came up by itself
	DoneAt   time.Time // zero: it is under way
	Sound    bool
	Head     int64     // number of the seal that the chain led to
	Entries  int64     // that seals cover
	Unsealed int64     // newer than the last seal
	Kept     int       // heads outside the database that it was compared with
	Findings []Finding // the first MostFindings
}

// MostFindings is how many flaws are kept of a check.
const MostFindings = 100

// VerifyArgs ask a job to verify the record.
type VerifyArgs struct {
	CheckID string `json:"check_id,omitempty"` // empty: it came up by itself
}

// Kind names the job.
func (VerifyArgs) Kind() string { return "verify_record" }

// AskCheck notes that somebody wants the chain verified, and puts that on record.
// Unless one is under way already, it returns the id of the check to be made.
func AskCheck(ctx context.Context, tx *db.Tx, now time.Time, by Actor, name, requestID string) (checkID string, err error) {
	if err := tx.Lock(ctx, "audit check"); err != nil {
		return "", err
	}
	var waiting int
	err = tx.QueryRow(ctx, `select count(*) from audit_checks where done_at is null and asked_at > $1`, now.Add(-checkLasts)).Scan(&waiting)
	if err != nil || waiting > 0 {
		return "", err
	}
	checkID = id.New("ac", now)
	if _, err := tx.Exec(ctx, `insert into audit_checks (id, asked_at, asked_by) values ($1, $2, $3)`, checkID, now, name); err != nil {
		return "", err
	}
	return checkID, Write(ctx, tx, Entry{At: now, Actor: by, Action: "record.verify", Subject: checkID, RequestID: requestID})
}

// checkLasts is how long a check may be under way before another may be asked for.
const checkLasts = time.Hour

// KeepCheck keeps what a check found. CheckID is of one that was asked for, or
// empty.
func KeepCheck(ctx context.Context, tx *db.Tx, now time.Time, checkID string, r Report, kept int) error {
	findings := r.Findings
	if len(findings) > MostFindings {
		findings = findings[:MostFindings]
	}
	if findings == nil {
		findings = []Finding{}
	}
	flaws, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	if checkID == "" {
		checkID = id.New("ac", now)
	}
	_, err = tx.Exec(ctx, `
		insert into audit_checks (id, asked_at, asked_by, done_at, sound, head, entries, unsealed, kept, flaws)
		values ($1, $2, '', $2, $3, $4, $5, $6, $7, $8)
		on conflict (id) do update set done_at = excluded.done_at, sound = excluded.sound, head = excluded.head, entries = excluded.entries,
			unsealed = excluded.unsealed, kept = excluded.kept, flaws = excluded.flaws`,
		checkID, now, r.Sound(), r.Head.Seq, r.Entries, r.Unsealed, kept, string(flaws))
	if err != nil {
		return fmt.Errorf("audit: keeping a check: %w", err)
	}
	return nil
}

// AskLastCheck asks along with a batch for the last check that was made; it stays
// nil where there is none.
func AskLastCheck(b *db.Batch, last **Check) {
	b.Add(selectChecks+` where done_at is not null order by done_at desc limit 1`, nil, func(rows db.Rows) error {
		var all []Check
		err := scanChecks(&all)(rows)
		if len(all) > 0 {
			*last = &all[0]
		}
		return err
	})
}

const selectChecks = `
	select id, asked_at, asked_by, done_at, coalesce(sound, false), coalesce(head, 0), coalesce(entries, 0), coalesce(unsealed, 0), coalesce(kept, 0), coalesce(flaws, '[]')
	from audit_checks`

func scanChecks(all *[]Check) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Check
			var done db.Time
			var flaws string
			if err := rows.Scan(&c.ID, &c.AskedAt, &c.AskedBy, &done, &c.Sound, &c.Head, &c.Entries, &c.Unsealed, &c.Kept, &flaws); err != nil {
				return err
			}
			c.DoneAt = done.Time
			err := json.Unmarshal([]byte(flaws), &c.Findings)
			*all = append(*all, c)
			return err
		})
	}
}
