package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/outbox"
)

// knowDevice remembers the browser, and tells the user by text message where it
// is not one they signed in on before. Of someone's very first device there is
// nothing to tell.
func (a *Accounts) knowDevice(ctx context.Context, tx *db.Tx, u user, b Browser, now time.Time) (told bool, err error) {
	n, err := tx.Exec(ctx, `
		insert into devices (user_id, device_hash, first_seen_at) values ($1, $2, $3)
		on conflict (user_id, device_hash) do nothing`, u.id, b.DeviceHash, now)
	if err != nil || n == 0 {
		return false, err
	}
	var known int
	if err := tx.QueryRow(ctx, `select count(*) from devices where user_id = $1`, u.id).Scan(&known); err != nil || known == 1 {
		return false, err
	}
	locale := u.localeOr(b.Locale)
	device := b.Device.Say(func(key string, args ...any) string { return a.words(locale, key, args...) })
	_, err = outbox.Queue(ctx, tx, a.jobs, now, outbox.Message{
		Kind: outbox.NewDevice, To: u.phone, Locale: locale,
		Text: a.words(locale, "login.sms.new_device", "at", now, "device", device),
	})
	return err == nil, err
}
