package alarm

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// RemarkField is the form's field for what was found.
const RemarkField = "remark"

const longestRemark = 500

// By is the member of staff who answers.
type By struct {
	Actor     audit.Actor
	Name      string // as others see it
	RequestID string // for the record
}

// Answer says that a member of staff looked into an alarm, and what they found. It
// returns fault.NotFound, fault.Conflict where it was answered before, and
// fault.Invalid for RemarkField.
func Answer(ctx context.Context, d *db.DB, now time.Time, by By, id, remark string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		found, err := Read(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found.AnsweredAt.IsZero() {
			return fault.New(fault.Conflict, "alarms.answered_before")
		}
		remark = strings.TrimSpace(remark)
		var f fault.Fields
		switch {
		case remark == "":
			f.Add(RemarkField, "alarms.remark_missing")
		case utf8.RuneCountInString(remark) > longestRemark:
			f.Add(RemarkField, "gate.too_long", "n", longestRemark)
		}
		if err := f.Err(); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update alarms set answered_at = $2, answered_by = $3, answered_name = $4, remark = $5 where id = $1 and answered_at is null`,
			id, now, by.Actor.ID, by.Name, remark)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "alarms.answered_before")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Actor, Action: "alarm.answer", Subject: id, Details: map[string]any{"kind": string(found.Kind), "remark": remark}, RequestID: by.RequestID,
		})
	})
}
