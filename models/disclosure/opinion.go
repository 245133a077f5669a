package disclosure

import (
	"context"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// longestOpinion bounds an opinion or an answer, in bytes: about 1,000 Chinese
// characters.
const longestOpinion = 3000

// mostOpinions is how many opinions a merchant may give while one draft is open.
const mostOpinions = 20

// OpenForOpinions shows a submitted draft, as it reads at the hash, to all
// merchants and asks what they think of it, through the day given.
func OpenForOpinions(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID, hash string, until date.Date) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	return change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		if draft.State != InReview {
			return fault.New(fault.Conflict, "disclosures.fault.not_in_review")
		}
		if draft.Hash != hash {
			return fault.New(fault.Conflict, "disclosures.fault.changed_meanwhile", "name", draft.UpdatedBy)
		}
		if err := closedToOpinions(ctx, tx, draftID, at); err != nil {
			return err
		}
		if today := date.Of(at); until <= today || until > today.AddMonths(6) {
			var fields fault.Fields
			fields.Add("until", "disclosures.fault.until")
			return fields.Err()
		}
		if err := addOpening(ctx, tx, at, by, draft, until); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.open", map[string]any{"until": until.String(), "content_hash": hash})
	})
}

// CloseOpinions ends the asking before its last day.
func CloseOpinions(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID string) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	return change(ctx, d, draftID, func(tx *db.Tx, draft *Draft) error {
		open, err := openingNow(ctx, tx, draft.Slug, date.Of(at))
		if err != nil {
			return err
		}
		if open == nil || open.DraftID != draftID {
			return fault.New(fault.Conflict, "disclosures.fault.not_asked")
		}
		if err := addClosing(ctx, tx, at, by, open.ID); err != nil {
			return err
		}
		return draft.wrote(ctx, tx, at, by, "disclosure.close", nil)
	})
}

// closedToOpinions returns a conflict while merchants are asked about the draft.
func closedToOpinions(ctx context.Context, tx *db.Tx, draftID string, at time.Time) error {
	var open bool
	if err := tx.QueryRow(ctx, `select count(*) > 0 `+openOn("$2")+` and o.draft_id = $1`, draftID, date.Of(at)).Scan(&open); err != nil {
		return err
	}
	if open {
		return fault.New(fault.Conflict, "disclosures.fault.being_asked")
	}
	return nil
}

// Voice is the person of a merchant's who gives an opinion.
type Voice struct {
	MerchantID int64
	UserID     string
	Name       string
}

// GiveOpinion keeps what a merchant thinks of the draft of a disclosure that is
// open for opinions, as it read at the hash. It returns the opinion's id;
// fault.Invalid for the field opinion, and fault.Conflict where nothing, or
// another text, is open.
func GiveOpinion(ctx context.Context, d *db.DB, at time.Time, by Voice, slug, hash, text string) (string, error) {
	text, err := said("opinion", text)
	if err != nil {
		return "", err
	}
	opinionID := id.New("op", at)
	return opinionID, d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "opinions of merchant "+strconv.FormatInt(by.MerchantID, 10)); err != nil {
			return err
		}
		open, err := openingNow(ctx, tx, slug, date.Of(at))
		if err != nil {
			return err
		}
		if open == nil || open.Hash != hash {
			return fault.New(fault.Conflict, "disclosures.fault.no_opening")
		}
		n, err := opinionsGiven(ctx, tx, open.ID, by.MerchantID)
		if err != nil {
			return err
		}
		if n >= mostOpinions {
			return fault.New(fault.Conflict, "disclosures.fault.enough_opinions", "n", mostOpinions)
		}
		if err := addOpinion(ctx, tx, at, by, opinionID, open.ID, text); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: audit.Actor{Kind: audit.User, ID: by.UserID}, MerchantID: by.MerchantID,
			Action: "disclosure.opinion", Subject: opinionID, Details: map[string]any{"slug": slug, "content_hash": hash},
		})
	})
}

// AnswerOpinion answers a merchant's opinion, once; the merchant sees it. Where
// it was answered already that is fault.Conflict.
func AnswerOpinion(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, draftID, opinionID, text string) error {
	if err := by.Must(staff.WriteDisclosures); err != nil {
		return err
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		merchant, err := merchantToAnswer(ctx, tx, draftID, opinionID)
		if err != nil {
			return err
		}
		text, err := said("answer-"+opinionID, text)
		if err != nil {
			return err
		}
		if err := addAnswer(ctx, tx, at, by, opinionID, text); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: at, Actor: by.Audit(), MerchantID: merchant, Action: "disclosure.answer", Subject: opinionID,
			Details: map[string]any{"draft": draftID}, RequestID: by.RequestID,
		})
	})
	if db.Duplicate(err) {
		return fault.New(fault.Conflict, "disclosures.fault.answered")
	}
	return err
}

// said returns a text as it is kept, or what is wrong with the field.
func said(field, text string) (string, error) {
	text = tidyText(text)
	var fields fault.Fields
	switch {
	case text == "":
		fields.Add(field, "disclosures.fault.nothing_said")
	case len(text) > longestOpinion:
		fields.Add(field, "disclosures.fault.said_too_much", "n", longestOpinion/3)
	}
	return text, fields.Err()
}
