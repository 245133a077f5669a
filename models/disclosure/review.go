package disclosure

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// Approve agrees to a draft, exactly as it reads at the hash. Who changed or
// submitted it can't, whatever their roles. While merchants are asked for their
// opinion nobody can. Of several who decide on a submission at once one does,
// and the others get fault.Conflict.
func Approve(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID, hash, comment string) error {
	return decide(ctx, d, at, by, draftID, hash, comment, Approved)
}

// SendBack returns a draft to its authors with what has to change, which must
// be said.
func SendBack(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID, hash, comment string) error {
	return decide(ctx, d, at, by, draftID, hash, comment, Drafted)
}

// longestComment bounds what is said about a draft, in bytes.
const longestComment = 6000

func checkComment(comment string, to State) error {
	var fields fault.Fields
	switch {
	case comment == "" && to != Approved:
		fields.Add("comment", "disclosures.fault.comment")
	case len(comment) > longestComment:
		fields.Add("comment", "disclosures.fault.too_long")
	}
	return fields.Err()
}

func decide(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID, hash, comment string, to State) error {
	if err := by.Must(staff.ReviewDisclosures); err != nil {
		return err
	}
	comment = tidyText(comment)
	err := change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if draft.State != InReview {
			return fault.New(fault.Conflict, "disclosures.fault.not_in_review")
		}
		if draft.Hash != hash {
			return fault.New(fault.Conflict, "disclosures.fault.changed_meanwhile", "name", draft.UpdatedBy)
		}
		own, err := isAuthor(ctx, tx, draftID, by.ID)
		if err != nil {
			return err
		}
		if own {
			return fault.New(fault.Forbidden, "disclosures.fault.own_draft")
		}
		if err := checkComment(comment, to); err != nil {
			return err
		}
		decision, action := "sent_back", "disclosure.send_back"
		if to == Approved {
			decision, action = "approved", "disclosure.approve"
			if err := closedToOpinions(ctx, tx, draftID, at); err != nil {
				return err
			}
		}
		if err := addReview(ctx, tx, at, by, draft, decision, comment); err != nil {
			return err
		}
		draft.State = to
		if err := draft.updateState(ctx, tx); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, action, map[string]any{"submission": draft.Submission, "content_hash": draft.Hash})
	})
	if db.Duplicate(err) {
		return fault.New(fault.Conflict, "disclosures.fault.not_in_review")
	}
	return err
}
