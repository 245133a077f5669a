package setting

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

const (
	triesAllowed = 20
	triesWithin  = time.Hour
)

// NoteTry records that somebody sends a message to see whether a part works, and
// says too many where they did so often in the last hour. It comes before the
// message.
func (k *ChannelKeeper) NoteTry(ctx context.Context, by audit.Actor, requestID string, at time.Time, part Part) error {
	key := "channel try " + by.ID
	return k.d.Write(ctx, func(tx *db.Tx) error {
		if err := attempt.Within(ctx, tx, key, triesAllowed, triesWithin, at, "channels.fault.tries"); err != nil {
			return err
		}
		if err := attempt.Note(ctx, tx, key, at); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by, Action: "setting.channel_try", Subject: string(part), RequestID: requestID})
	})
}
