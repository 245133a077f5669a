package look

import (
	"context"
	"strings"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
)

// MayUnmask returns what Unmask would before it is given a reason:
// fault.Forbidden, or fault.NotFound where there is no such merchant.
func MayUnmask(ctx context.Context, r db.Reader, by staff.Actor, ref string) error {
	if err := by.Must(staff.Unmask); err != nil {
		return err
	}
	var merchantID int64
	return readMerchant(ctx, r, ref, &merchantID)
}

// Unmask returns who a merchant can be reached by, whole, for a reason; who looked
// and why goes on record first. It returns fault.Invalid for the field "reason",
// fault.Forbidden, and fault.NotFound.
func (k *Looks) Unmask(ctx context.Context, by staff.Actor, ref, reason string) (all []complaint.Reachable, err error) {
	if err := by.Must(staff.Unmask); err != nil {
		return nil, err
	}
	reason = strings.TrimSpace(reason)
	err = k.d.Write(ctx, func(tx *db.Tx) error {
		var merchantID int64
		if err := readMerchant(ctx, tx, ref, &merchantID); err != nil {
			return err
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		return record(ctx, tx, k.clock.Now(), by, merchantID, "merchant.unmask", ref, map[string]any{"reason": reason})
	})
	if err != nil {
		return nil, err
	}
	m, err := ReadMerchant(ctx, k.d, by, ref)
	if err != nil {
		return nil, err
	}
	return m.People, nil
}
