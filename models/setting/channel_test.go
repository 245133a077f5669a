package setting_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
)

var siteSecret = bytes.Repeat([]byte("s"), 32)

func keeper(t *testing.T, d *db.DB, secret []byte) *setting.ChannelKeeper {
	t.Helper()
	k, err := setting.NewChannelKeeper(d, secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func channels(t *testing.T, k *setting.ChannelKeeper) setting.Channels {
	t.Helper()
	c, err := k.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, k *setting.ChannelKeeper, at time.Time, p setting.ChannelPart) {
	t.Helper()
	if err := k.Set(t.Context(), by, "r_1", at, p); err != nil {
		t.Fatal(err)
	}
}

// refused returns the faults of a part by field.
func refused(t *testing.T, k *setting.ChannelKeeper, p setting.ChannelPart) map[string]string {
	t.Helper()
	err := k.Set(t.Context(), by, "r_1", now, p)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != fault.Invalid {
		t.Fatalf("%+v: got %v, want it refused", p, err)
	}
	all := map[string]string{}
	for _, field := range f.Fields {
		if all[field.Name] != "" {
			t.Errorf("%s is refused twice", field.Name)
		}
		all[field.Name] = field.Key
	}
	return all
}

func email() *setting.Email {
	return &setting.Email{
		On: true, Host: "smtp.example.com", Port: 587, Security: "starttls", User: "portal", Password: "hunter2 with a tail",
		From: "notices@example.com", FromName: "示例支付", Unsubscribe: true, PerMinute: 60,
	}
}

func hook() *setting.Hook {
	return &setting.Hook{
		On: true, URL: "https://sms.example.com/send", KeyID: "k1", Secret: strings.Repeat("h", 32), ReportKeyID: "r1", ReportSecret: strings.Repeat("r", 32),
	}
}

func aliyun() *setting.Aliyun {
	return &setting.Aliyun{
		On: true, KeyID: "LTAI1", KeySecret: "aliyun secret", SignName: "示例支付", Templates: map[string]setting.Words{"upcoming": {ZhCN: "SMS_1", En: "SMS_2"}},
		ReportToken: strings.Repeat("t", 32), Networks: []string{"203.0.113.0/24", "203.0.113.7"},
	}
}

func wechat() *setting.WeChat {
	return &setting.WeChat{
		On: true, AppID: "wx1", AppSecret: "wechat secret", Token: "token1", AESKey: strings.Repeat("A", 43),
		Templates: map[string]setting.WeChatTemplate{"upcoming": {ID: "tpl-1", Fields: map[string]string{"thing1": "item", "amount2": "amount"}}},
	}
}

func parts() []setting.ChannelPart {
	return []setting.ChannelPart{email(), hook(), aliyun(), wechat(), &setting.Order{First: setting.PartAliyun}}
}

func TestNothingIsSetAtFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := channels(t, keeper(t, d, siteSecret))
		want := setting.Channels{Email: setting.Email{Security: "starttls"}, Order: setting.Order{First: setting.PartHook}}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("got %+v, want %+v", c, want)
		}
		if order := c.SMSOrder(); order != nil {
			t.Errorf("got providers %v, want none", order)
		}
	})
}

func TestWhatIsSetIsReadAgainAndLiesSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		for _, p := range parts() {
			put(t, k, now, p)
			c := channels(t, k)
			if got := c.Part(p.Name()); !reflect.DeepEqual(got, p) || got.Set().Number != 1 || !got.Set().At.Equal(now) {
				t.Errorf("got %+v, want %+v", got, p)
			}
		}
		if c := channels(t, k); fmt.Sprint(c.SMSOrder()) != "[aliyun hook]" {
			t.Errorf("got providers %v, want aliyun first", c.SMSOrder())
		}
		var all string
		err := d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var value db.JSON
				var sealed []byte
				var changed string
				err := rows.Scan(&value, &sealed, &changed)
				all += string(value) + string(sealed) + changed
				return err
			})
		}, "select value, sealed, changed from channel_settings")
		if err != nil {
			t.Fatal(err)
		}
		err = d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var details db.JSON
				err := rows.Scan(&details)
				all += string(details)
				return err
			})
		}, "select details from audit_entries where action = 'setting.channel'")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(all, "report_secret") || !strings.Contains(all, "smtp.example.com") {
			t.Fatalf("what is kept was not read: %s", all)
		}
		for _, secret := range []string{"hunter2", "hhhh", "rrrr", "aliyun secret", "tttt", "wechat secret", "token1", "AAAA"} {
			if strings.Contains(all, secret) {
				t.Errorf("%q lies open in the database", secret)
			}
		}
	})
}

func TestASecretLeftEmptyStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		put(t, k, now, email())
		again := email()
		again.Number, again.Password, again.FromName = 1, "", "示例"
		put(t, k, now.Add(time.Minute), again)
		if got := channels(t, k).Email; got.Password != "hunter2 with a tail" || got.FromName != "示例" || got.Number != 2 {
			t.Errorf("got %+v, want the password as before and another name", got)
		}
		again.Password = "another"
		put(t, k, now.Add(2*time.Minute), again)
		same := *again
		same.Password = ""
		put(t, k, now.Add(3*time.Minute), &same) // nothing is new
		again.User = ""
		put(t, k, now.Add(4*time.Minute), again)
		if got := channels(t, k).Email; got.Password != "" || got.Number != 4 {
			t.Errorf("got %+v, want no password without a user in version 4", got)
		}
		var told []string
		history, err := k.ChannelHistory(t.Context(), setting.PartEmail, 3)
		for _, c := range history {
			told = append(told, fmt.Sprintf("%d %s %s %v", c.Number, c.By, c.At.Sub(now), c.Fields))
		}
		if want := "[4 st_1 4m0s [password user] 3 st_1 2m0s [password] 2 st_1 1m0s [from_name]]"; err != nil || fmt.Sprint(told) != want {
			t.Errorf("got %v, %v; want %s", told, err, want)
		}
	})
}

func TestASecretIsAskedForAnewWhereItWouldGoElsewhereOrBeForAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		for _, p := range parts() {
			put(t, k, now, p)
		}
		for name, c := range map[string]struct {
			change func(c *setting.Channels) setting.ChannelPart
			want   string // the secrets that are asked for
		}{
			"another mail server": {func(c *setting.Channels) setting.ChannelPart { c.Email.Host = "127.0.0.1"; return &c.Email }, "password"},
			"another port":        {func(c *setting.Channels) setting.ChannelPart { c.Email.Port = 2525; return &c.Email }, "password"},
			"another encryption":  {func(c *setting.Channels) setting.ChannelPart { c.Email.Security = "tls"; return &c.Email }, "password"},
			"another user":        {func(c *setting.Channels) setting.ChannelPart { c.Email.User = "other"; return &c.Email }, "password"},
			"another server, off": {func(c *setting.Channels) setting.ChannelPart {
				c.Email.On, c.Email.Host = false, "other"
				return &c.Email
			}, "password"},
			"another gateway":         {func(c *setting.Channels) setting.ChannelPart { c.Hook.URL = "https://x.example.com/"; return &c.Hook }, "secret"},
			"another key of it":       {func(c *setting.Channels) setting.ChannelPart { c.Hook.KeyID = "k2"; return &c.Hook }, "secret"},
			"another key of reports":  {func(c *setting.Channels) setting.ChannelPart { c.Hook.ReportKeyID = "r2"; return &c.Hook }, "report_secret"},
			"another key of Aliyun's": {func(c *setting.Channels) setting.ChannelPart { c.Aliyun.KeyID = "LTAI2"; return &c.Aliyun }, "key_secret"},
			"another account":         {func(c *setting.Channels) setting.ChannelPart { c.WeChat.AppID = "wx2"; return &c.WeChat }, "app_secret"},
		} {
			all := channels(t, k)
			part := c.change(&all)
			switch p := part.(type) { // as a form sends it
			case *setting.Email:
				p.Password = ""
			case *setting.Hook:
				p.Secret, p.ReportSecret = "", ""
			case *setting.Aliyun:
				p.KeySecret, p.ReportToken = "", ""
			case *setting.WeChat:
				p.AppSecret, p.Token, p.AESKey = "", "", ""
			}
			if got, want := refused(t, k, part), (map[string]string{c.want: "channels.fault.secret_anew"}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
		moved := email()
		moved.Number, moved.Host, moved.Password = 1, "smtp.example.net", "typed again"
		put(t, k, now, moved)
		if got := channels(t, k).Email; got.Host != "smtp.example.net" || got.Password != "typed again" {
			t.Errorf("got %+v, want the new server with what was typed", got)
		}
	})
}

func TestASecretThatLeadsNowhereIsNotKeptForAnotherPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		put(t, k, now, email())
		put(t, k, now, &setting.Email{Version: setting.Version{Number: 1}, Security: "starttls", User: "portal"})
		elsewhere := email()
		elsewhere.Number, elsewhere.Host, elsewhere.Password = 2, "smtp.example.net", ""
		if got := refused(t, k, elsewhere); got["password"] != "channels.fault.needed" {
			t.Errorf("got %v, want the password asked for", got)
		}
		if got := channels(t, k).Email; got.Password != "" {
			t.Errorf("got %q, want no password without a server", got.Password)
		}
	})
}

func TestWhoeverIsSlowerIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		put(t, k, now, hook())
		slow := hook()
		slow.URL = "https://other.example.com/"
		if err := k.Set(t.Context(), by, "", now, slow); fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v, want a conflict", err)
		}
		if got := channels(t, k).Hook.URL; got != hook().URL {
			t.Errorf("got %s, want the first", got)
		}
	})
}

func TestWithAnotherSiteSecretTheSecretsAreToBeEnteredAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, keeper(t, d, siteSecret), now, aliyun())
		k := keeper(t, d, bytes.Repeat([]byte("t"), 32))
		got := channels(t, k).Aliyun
		if !got.Locked || got.KeySecret != "" || got.KeyID != "LTAI1" {
			t.Errorf("got %+v, want it locked without its secrets", got)
		}
		got.PerMinute = 5
		if f := refused(t, k, &got); f["key_secret"] != "channels.fault.needed" {
			t.Errorf("got %v, want the secret asked for", f)
		}
		got.KeySecret = "anew"
		put(t, k, now, &got)
		if got := channels(t, k).Aliyun; got.Locked || got.KeySecret != "anew" || got.ReportToken != "" {
			t.Errorf("got %+v, want it open with the new secret alone", got)
		}
	})
}

func TestAPartThatIsOffMayBeHalfFilled(t *testing.T) {
	k := keeper(t, dbtest.SQLite(t), siteSecret)
	put(t, k, now, &setting.Email{Security: "tls", Host: "smtp.example.com"})
	put(t, k, now, &setting.Hook{URL: "https://sms.example.com/"})
	put(t, k, now, &setting.Aliyun{SignName: "示例"})
	put(t, k, now, &setting.WeChat{AppID: "wx1"})
	c := channels(t, k)
	for _, want := range []struct {
		part    setting.ChannelPart
		missing string
	}{{&c.Email, "[from]"}, {&c.Hook, "[key_id secret]"}, {&c.Aliyun, "[key_id key_secret templates]"}, {&c.WeChat, "[app_secret templates]"}} {
		if got := fmt.Sprint(want.part.Missing()); got != want.missing {
			t.Errorf("%s: got missing %s, want %s", want.part.Name(), got, want.missing)
		}
	}
}

func TestEveryFieldIsChecked(t *testing.T) {
	k := keeper(t, dbtest.SQLite(t), siteSecret)
	for name, c := range map[string]struct {
		part setting.ChannelPart
		want map[string]string
	}{
		"an empty mail server": {&setting.Email{On: true}, map[string]string{
			"host": "channels.fault.needed", "from": "channels.fault.needed", "security": "channels.fault.choice",
		}},
		"a mail server of nonsense": {&setting.Email{
			Host: "a b", Port: -1, Security: "none", Password: "x\ny", From: "A <a@example.com>", FromName: "a\r\nBcc: b", PerMinute: -1,
		}, map[string]string{
			"host": "channels.fault.host", "port": "channels.fault.port", "security": "channels.fault.encrypted", "from": "channels.fault.mail_address",
			"from_name": "channels.fault.line", "per_minute": "channels.fault.per_minute",
		}},
		"a user without a password": {&setting.Email{On: true, Host: "h", Security: "tls", User: "u", From: "a@example.com"}, map[string]string{
			"password": "channels.fault.needed",
		}},
		"an empty gateway": {&setting.Hook{On: true}, map[string]string{
			"url": "channels.fault.needed", "key_id": "channels.fault.needed", "secret": "channels.fault.needed",
		}},
		"a gateway of nonsense": {&setting.Hook{URL: "http://sms.example.com", KeyID: "a b", Secret: "short", ReportKeyID: "r", PerMinute: 1 << 30}, map[string]string{
			"url": "channels.fault.url", "key_id": "channels.fault.key_id", "secret": "channels.fault.secret", "report_secret": "channels.fault.together",
			"per_minute": "channels.fault.per_minute",
		}},
		"an Aliyun of nonsense": {&setting.Aliyun{
			On: true, KeyID: "?", SignName: "x", Templates: map[string]setting.Words{"taken": {ZhCN: "SMS_x", En: "1"}}, ReportToken: "short", Networks: []string{"here"},
		}, map[string]string{
			"key_id": "channels.fault.key_id", "key_secret": "channels.fault.needed", "template.taken.zh-CN": "channels.fault.template",
			"template.taken.en": "channels.fault.template", "report_token": "channels.fault.report_token", "networks": "channels.fault.networks",
		}},
		"a WeChat of nonsense": {&setting.WeChat{
			On: true, AppID: "wx 1", AESKey: "short", Templates: map[string]setting.WeChatTemplate{"taken": {ID: "a b"}, "failed": {ID: "t", Fields: map[string]string{"Thing": "item"}}},
		}, map[string]string{
			"app_id": "channels.fault.key_id", "app_secret": "channels.fault.needed", "aes_key": "channels.fault.aes_key", "token": "channels.fault.together",
			"template.taken.id": "channels.fault.wechat_template", "template.taken.fields": "channels.fault.wechat_fields", "template.failed.fields": "channels.fault.wechat_fields",
		}},
		"an order of nonsense": {&setting.Order{First: "email"}, map[string]string{"first": "channels.fault.choice"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(t, k, c.part); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAVersionOfAPartCannotBeChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, keeper(t, d, siteSecret), now, hook())
		for _, statement := range []string{"update channel_settings set version = 2", "delete from channel_settings"} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), statement); return err })
			if err == nil {
				t.Errorf("%s: got no error", statement)
			}
		}
	})
}

func TestTriesAreRecordedAndBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(t, d, siteSecret)
		for i := range 20 {
			if err := k.NoteTry(t.Context(), by, "r_1", now, setting.PartEmail); err != nil {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		if err := k.NoteTry(t.Context(), by, "r_1", now.Add(59*time.Minute), setting.PartHook); !fault.Is(err, fault.TooMany) {
			t.Errorf("got %v, want too many", err)
		}
		if err := k.NoteTry(t.Context(), by, "r_1", now.Add(61*time.Minute), setting.PartHook); err != nil {
			t.Errorf("an hour later: got %v", err)
		}
		var recorded int
		err := d.QueryRow(t.Context(), "select count(*) from audit_entries where action = 'setting.channel_try' and actor_id = 'st_1' and request_id = 'r_1'").Scan(&recorded)
		if err != nil || recorded != 21 {
			t.Errorf("got %d entries, %v; want 21", recorded, err)
		}
	})
}
