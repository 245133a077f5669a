package notice

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// MerchantField is the field for the core system's number of a merchant.
const MerchantField = "merchant"

// LatestLetter reads the letter of a kind that a merchant, named by the core
// system's number, got last, so that words can be tried on it; and records that
// somebody looked. It returns fault.Invalid where there is no such merchant or
// letter, and fault.Forbidden for who neither writes nor reviews words.
func (k Desk) LatestLetter(ctx context.Context, kind Kind, merchantRef string) (*Letter, error) {
	if err := k.By.Must(staff.WriteTemplates); err != nil && k.By.Must(staff.ReviewTemplates) != nil {
		return nil, err
	}
	var merchantID int64
	var letterID db.Text
	var channels db.Text
	err := k.DB.QueryRow(ctx, `
		select m.id, l.id, l.channels
		from merchants m
		left join letters l on l.id = (
			select o.id from letters o where o.merchant_id = m.id and o.kind = $2 order by o.created_at desc, o.id desc limit 1)
		where m.ref = $1`, merchantRef, string(kind)).Scan(&merchantID, &letterID, &channels)
	var fields fault.Fields
	switch {
	case db.NotFound(err):
		fields.Add(MerchantField, "admin_templates.preview.no_merchant")
	case err != nil:
		return nil, fmt.Errorf("notice: the latest letter: %w", err)
	case letterID == "":
		fields.Add(MerchantField, "admin_templates.preview.no_letter")
	}
	if err := fields.Err(); err != nil {
		return nil, err
	}
	letters, err := readLetters(ctx, k.DB, []string{string(letterID)})
	if err != nil {
		return nil, err
	}
	letter := letters[string(letterID)]
	if letter == nil {
		return nil, fmt.Errorf("notice: letter %s has no notices", letterID)
	}
	letter.InboxOnly = channels == ""
	return letter, k.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Write(ctx, tx, audit.Entry{
			At: k.At, Actor: k.By.Audit(), Action: "template.preview", Subject: string(letterID), RequestID: k.By.RequestID,
			MerchantID: merchantID,
		})
	})
}
