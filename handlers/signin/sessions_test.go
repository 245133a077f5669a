package signin

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

func TestASessionIsNotedInABatchAndNeverOnARead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))
		accounts, err := account.New(account.Options{DB: d, Clock: at, Secret: make([]byte, 32)})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into users (id, phone, name, created_at) values ('u_1', '+8613900001188', '李老板', $1)`, at.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		hash := []byte("hash of a token")
		if _, err := accounts.StartSession(t.Context(), "u_1", "test", account.Browser{TokenHash: hash, Visit: account.Visit{DeviceHash: []byte("d")}}); err != nil {
			t.Fatal(err)
		}
		seen := func() (at time.Time) {
			t.Helper()
			if err := d.QueryRow(t.Context(), `select last_seen_at from sessions`).Scan(&at); err != nil {
				t.Fatal(err)
			}
			return at
		}
		s := NewSessions(accounts, slog.New(slog.DiscardHandler))
		began := seen()
		at.Advance(10 * time.Minute)
		actor, ok, err := s.Find(t.Context(), hash)
		if err != nil || !ok || actor.UserID != "u_1" || actor.Name != "李老板" {
			t.Fatalf("found %+v, %t, %v", actor, ok, err)
		}
		if got := seen(); got != began {
			t.Errorf("reading it wrote %v", got)
		}
		s.Note(t.Context())
		if got := seen(); got != at.Now() {
			t.Errorf("it was seen at %v, want %v", got, at.Now())
		}
		// when the server stops, what is left is noted
		at.Advance(10 * time.Minute)
		if _, _, err := s.Find(t.Context(), hash); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		s.Run(ctx)
		if got := seen(); got != at.Now() {
			t.Errorf("it was seen at %v, want %v", got, at.Now())
		}
	})
}

func TestEveryTextMessageFitsItsLength(t *testing.T) {
	brand := func(l i18n.Locale) page.Brand {
		return page.Brand{Short: map[i18n.Locale]string{i18n.ZhCN: "示例支付", i18n.En: "Example Pay"}[l]}
	}
	words := Words(brand)
	at := time.Date(2026, 11, 23, 12, 34, 0, 0, time.UTC)
	values := func(l i18n.Locale) []any {
		merchant := map[i18n.Locale]string{i18n.ZhCN: "一二三四五六七八九十一二三四五…", i18n.En: "Sixteen Charact…"}[l]
		return []any{"code", "123456", "at", at, "tail", "6621", "until", at, "merchant", merchant, "device", account.Device{System: "windows", App: "huawei"}.Say(i18n.For(l).T)}
	}
	for _, key := range []string{
		"login.sms.code", "login.sms.new_device", "account.sms.invited", "account.sms.removed", "account.sms.password_set", "account.sms.password_removed",
		"account.sms.phone_code", "account.sms.phone_changed", "account.sms.request_new", "account.sms.request_owner", "account.sms.handed_over",
		"retention.sms.closed_own", "retention.sms.closed", "retention.sms.closed_colleague", "retention.sms.undone", "retention.sms.soon", "retention.sms.erased",
	} {
		// One message has 70 characters where one of them is Chinese, and 160
		// plain ones where none is; a second one costs as much again.
		if got := []rune(words("zh-CN", key, values(i18n.ZhCN)...)); len(got) > 70 {
			t.Errorf("%s has %d characters: %s", key, len(got), string(got))
		}
		if got := []rune(words("en", key, values(i18n.En)...)); len(got) > 160 {
			t.Errorf("%s has %d characters: %s", key, len(got), string(got))
		}
	}
}
