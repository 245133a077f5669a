package disclosure

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/staff"
)

// ProposeWithdrawal asks that a version never take effect, for a reason that
// merchants will read. Someone else has to confirm it, before the day on which
// the version takes effect. fault.Invalid names the fields reason-zh and
// reason-en.
func ProposeWithdrawal(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, version int, reason Text) error {
	if err := by.Must(staff.PublishDisclosures); err != nil {
		return err
	}
	reason.tidy()
	return d.Write(ctx, func(tx *db.Tx) error {
		v, err := withdrawable(ctx, tx, slug, version, at)
		if err != nil {
			return err
		}
		if err := checkReason(reason); err != nil {
			return err
		}
		if err := addProposal(ctx, tx, at, by, v.id, reason); err != nil {
			return err
		}
		return v.wrote(ctx, tx, at, by, "disclosure.propose_withdrawal")
	})
}

func checkReason(reason Text) error {
	k := checker{content: &Content{}}
	k.text("reason", &reason)
	var fields fault.Fields
	for _, f := range k.findings {
		fields.Add(f.Path, f.Key, f.Args...)
	}
	return fields.Err()
}

// ConfirmWithdrawal withdraws a version that someone else has proposed to
// withdraw. Its plan versions never take force; its page stays and says so.
// Terminals whose fees it would have priced are touched, which pend turns into
// their being judged again.
func ConfirmWithdrawal(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, slug string, version int, pend func(ctx context.Context, tx *db.Tx) error) error {
	if !by.Can(staff.PublishDisclosures) {
		if err := by.Must(staff.ReviewDisclosures); err != nil {
			return err
		}
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		v, err := withdrawable(ctx, tx, slug, version, at)
		if err != nil {
			return err
		}
		proposal, proposer, err := latestProposal(ctx, tx, v.id)
		if err != nil {
			return err
		}
		if proposal == 0 {
			return fault.New(fault.Conflict, "disclosures.fault.not_proposed")
		}
		if proposer == by.ID {
			return fault.New(fault.Forbidden, "disclosures.fault.own_proposal")
		}
		if err := addWithdrawal(ctx, tx, at, by, v.id, proposal); err != nil {
			return err
		}
		if err := intake.Begin(ctx, tx); err != nil {
			return err
		}
		err = intake.Touch(ctx, tx, `
			select terminal_id, $1 from enrolments where plan_id in (select plan_id from plan_versions where disclosure_version_id = $2)`, date.Of(at), v.id)
		if err != nil {
			return err
		}
		if err := pend(ctx, tx); err != nil {
			return err
		}
		return v.wrote(ctx, tx, at, by, "disclosure.withdraw")
	})
	if db.Duplicate(err) {
		return fault.New(fault.Conflict, "disclosures.fault.withdrawn")
	}
	return err
}

// versionRow is a version about to be withdrawn.
type versionRow struct {
	id      int64
	slug    string
	version int
}

// withdrawable returns a version that may still be withdrawn.
func withdrawable(ctx context.Context, tx *db.Tx, slug string, version int, at time.Time) (*versionRow, error) {
	if err := tx.Lock(ctx, "disclosure "+slug); err != nil {
		return nil, err
	}
	v := &versionRow{slug: slug, version: version}
	var effective date.Date
	var withdrawn bool
	err := tx.QueryRow(ctx, `
		select v.id, v.effective_on, exists (select 1 from disclosure_withdrawals w where w.version_id = v.id)
		from disclosure_versions v join disclosures d on d.id = v.disclosure_id
		where d.slug = $1 and v.version = $2`, slug, version).Scan(&v.id, &effective, &withdrawn)
	switch {
	case db.NotFound(err):
		return nil, fault.New(fault.NotFound, "disclosures.fault.not_found")
	case err != nil:
		return nil, fmt.Errorf("disclosure: version %d of %s: %w", version, slug, err)
	case withdrawn:
		return nil, fault.New(fault.Conflict, "disclosures.fault.withdrawn")
	case date.Of(at) >= effective:
		return nil, fault.New(fault.Conflict, "disclosures.fault.in_effect", "day", effective)
	}
	return v, nil
}

func (v *versionRow) wrote(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, action string) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), Action: action, Subject: v.slug + "/" + strconv.Itoa(v.version), Details: map[string]any{}, RequestID: by.RequestID,
	})
}
