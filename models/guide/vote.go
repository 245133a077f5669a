package guide

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/plain"
)

// Vote is a reader's answer to whether a guide helped.
type Vote struct {
	VersionID int64
	Voter     string // tells one reader from another, and not who they are
	Origin    string // the address and day they come from, likewise
	Locale    string // in which they read it
	Helped    bool
	Reason    string // in their words; or empty
}

// The fields of the form in which a reader votes.
const (
	HelpedField = "helped"
	ReasonField = "reason"
)

// MaxReason is how long a reason may be, in characters.
const MaxReason = 500

// votesOfOrigin is how many answers one address may give in a day: a whole shop
// behind one address, and no script.
const votesOfOrigin = 40

// CastVote keeps a reader's answer about a version; a second one takes the place
// of the first. Numbers in the reason are masked. It returns fault.Invalid for a
// reason that is too long, fault.NotFound where there is no such published
// version, and fault.TooMany.
func CastVote(ctx context.Context, d *db.DB, at time.Time, v Vote) error {
	if utf8.RuneCountInString(v.Reason) > MaxReason {
		var fields fault.Fields
		fields.Add(ReasonField, "guides.check.long", "most", MaxReason)
		return fields.Err()
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "guide votes of "+v.Origin); err != nil {
			return err
		}
		var published, before int
		err := tx.QueryRow(ctx, `
			select
				(select count(*) from guide_versions where id = $1 and state = 'published'),
				(select count(*) from guide_votes where origin = $2 and (version_id <> $1 or voter <> $3))`,
			v.VersionID, v.Origin, v.Voter).Scan(&published, &before)
		if err != nil {
			return err
		}
		if published == 0 {
			return fault.New(fault.NotFound, "")
		}
		if before >= votesOfOrigin {
			return fault.New(fault.TooMany, "guides.vote.too_many")
		}
		_, err = tx.Exec(ctx, `
			insert into guide_votes (version_id, voter, origin, locale, helped, reason, at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (version_id, voter) do update set
				origin = excluded.origin, locale = excluded.locale, helped = excluded.helped, reason = excluded.reason, at = excluded.at`,
			v.VersionID, v.Voter, v.Origin, v.Locale, v.Helped, plain.Mask(v.Reason), at)
		return err
	})
}
