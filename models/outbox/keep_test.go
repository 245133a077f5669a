package outbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// change runs a statement on a message by itself.
func change(t *testing.T, d *db.DB, statement, id string) error {
	t.Helper()
	return d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), statement, id)
		return err
	})
}

func TestWhatWasSentCantBeChanged(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := put(t, d, New{
			Kind: "upcoming", Channel: Email, To: "a@example.com", Locale: "en", Subject: "s", Text: "t", HTML: "<p>t</p>", Template: "upcoming.email@0",
			Fields: map[string]string{"a": "b"}, Unsubscribe: "https://x.example/u", Code: NewCode(), CreatedAt: g.clock.Now(),
		})
		before := get(t, d, name)
		for _, column := range []string{
			"subject", "body", "html", "unsubscribe", "template", "recipient", "content_hash", "code", "kind", "letter_id", "again_for", "id",
		} {
			for _, value := range []string{"'other'", "''"} {
				if err := change(t, d, `update messages set `+column+` = `+value+` where id = $1`, name); err == nil {
					t.Errorf("%s can be set to %s", column, value)
				}
			}
		}
		for _, set := range []string{
			"locale = 'zh-CN'", "channel = 'sms'", "fields = null", `fields = '{"a":"c"}'`, "merchant_id = 1", "created_at = '2026-01-01 00:00:00+00:00'",
			"not_after = '2030-01-01 00:00:00+00:00'",
		} {
			if err := change(t, d, `update messages set `+set+` where id = $1`, name); err == nil {
				t.Errorf("%s is taken", set)
			}
		}
		if err := change(t, d, `delete from messages where id = $1`, name); err == nil {
			t.Error("it can be deleted")
		}
		if after := get(t, d, name); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("it is %+v, want %+v", after, before)
		}
	})
}

func TestATimeThatIsNotedStaysAndNoMessageGoesBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		name := taken(t, d, g)
		report(t, d, g, Report{Provider: "hook", ID: name, To: someone, Delivered: true, At: g.clock.Now()})
		for _, set := range []string{
			"accepted_at = null", "accepted_at = '2030-01-01 00:00:00+00:00'", "delivered_at = null", "delivered_at = '2030-01-01 00:00:00+00:00'",
			"state = 'accepted'", "state = 'queued'", "state = 'failed'", "state = 'dead'",
		} {
			if err := change(t, d, `update messages set `+set+` where id = $1`, name); err == nil {
				t.Errorf("%s is taken", set)
			}
		}
		if err := change(t, d, `update messages set read_at = '2030-01-01 00:00:00+00:00', state = 'read' where id = $1`, name); err != nil {
			t.Errorf("it can't be read: %v", err)
		}
	})
}

func TestOnlyATextThatHeldASecretIsWiped(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		for _, kind := range []Kind{SignInCode, PhoneCode, RecipientCode} {
			name := put(t, d, New{
				Kind: kind, Channel: Email, To: "a@example.com", Locale: "en", Subject: "482913", Text: "482913", HTML: "482913",
				Fields: map[string]string{"code": "482913"}, Code: NewCode(), CreatedAt: g.clock.Now(),
			})
			if e := get(t, d, name); e.ContentHash != "" || e.Code != "" {
				t.Errorf("%s: a hash %q or a receipt %q tells the six digits", kind, e.ContentHash, e.Code)
			}
			if err := change(t, d, `update messages set body = 'other' where id = $1`, name); err == nil {
				t.Errorf("%s: the text can be changed to another", kind)
			}
			if _, _, err := Deliver(t.Context(), d, g.clock, Email, DeliverOptions{Send: g.send, Idempotent: true}); err != nil {
				t.Fatal(err)
			}
			if e := get(t, d, name); e.State != Accepted || e.Subject+e.Text+e.HTML != "" || e.Fields != nil {
				t.Errorf("%s: got %+v, want all of it wiped", kind, e)
			}
		}
		name := queue(t, d, g, NewDevice)
		if err := change(t, d, `update messages set body = '' where id = $1`, name); err == nil {
			t.Error("a text without a secret can be wiped")
		}
	})
}

func TestAMessageIsKeptAsItWasQueued(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		owner(t, d, 7)
		now, code := g.clock.Now(), NewCode()
		m := New{
			ID: "m_7", Kind: "upcoming", Channel: Email, MerchantID: 7, To: "a@example.com", Locale: "zh-CN", Subject: "12 月 3 日", Text: "扣\n48 元", HTML: "<p>扣</p>",
			Template: "upcoming.email@3", Fields: map[string]string{"date": "12月3日"}, Unsubscribe: "https://x.example/u", Code: code, CreatedAt: now,
			NotBefore: now.Add(time.Hour), NotAfter: now.Add(2 * time.Hour),
		}
		if got := put(t, d, m); got != "m_7" {
			t.Errorf("it is called %s", got)
		}
		e := get(t, d, "m_7")
		want := Entry{
			ID: "m_7", Kind: m.Kind, Channel: m.Channel, MerchantID: 7, To: m.To, Locale: m.Locale, Subject: m.Subject, Text: m.Text, HTML: m.HTML,
			Fields: m.Fields, Template: m.Template, ContentHash: Hash(Email, "zh-CN", m.Subject, m.Text, m.HTML), Code: code, CreatedAt: now,
			NotAfter: m.NotAfter, State: Queued, NextAt: m.NotBefore,
		}
		if fmt.Sprintf("%+v", e) != fmt.Sprintf("%+v", want) {
			t.Errorf("got %+v, want %+v", e, want)
		}
		if _, _, err := Deliver(t.Context(), d, g.clock, Email, DeliverOptions{Send: g.send}); err != nil || len(g.got) != 0 {
			t.Errorf("it was sent before its time, %v", err)
		}
		g.clock.Advance(time.Hour)
		if _, _, err := Deliver(t.Context(), d, g.clock, Email, DeliverOptions{Send: g.send}); err != nil {
			t.Fatal(err)
		}
		sent := Outgoing{
			ID: "m_7", Kind: m.Kind, Channel: Email, To: m.To, Locale: m.Locale, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Template: m.Template, Fields: m.Fields,
			Unsubscribe: m.Unsubscribe, Code: code,
		}
		if len(g.got) != 1 || fmt.Sprintf("%+v", g.got[0]) != fmt.Sprintf("%+v", sent) {
			t.Errorf("the provider got %+v, want %+v", g.got, sent)
		}
	})
}

func TestEachPartOfAMessageShowsInItsHash(t *testing.T) {
	whole := []string{"sms", "zh-CN", "s", "b", "h"}
	hash := func(p []string) string { return Hash(p[0], p[1], p[2], p[3], p[4]) }
	seen := map[string]bool{hash(whole): true}
	for i := range whole {
		other := append([]string{}, whole...)
		other[i] += "x"
		seen[hash(other)] = true
	}
	seen[Hash("sms", "zh-CN", "sb", "", "h")], seen[Hash("sms", "zh-CN", "", "sb", "h")] = true, true
	if len(seen) != 8 {
		t.Errorf("8 contents have %d hashes", len(seen))
	}
	if got := hash(whole); len(got) != 64 || strings.Trim(got, "0123456789abcdef") != "" {
		t.Errorf("%q is no SHA-256 in hexadecimal", got)
	}
}

func TestCodesAreLongDifferAndAreHardToConfuse(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := NewCode()
		if len(code) != 20 || strings.ContainsAny(code, "01IOilo") || strings.ToUpper(code) != code {
			t.Fatalf("%q is no code", code)
		}
		seen[code] = true
	}
	if len(seen) != 1000 || len(letters) != 32 {
		t.Errorf("1000 codes, %d of them different; %d letters, want 32", len(seen), len(letters))
	}
}

func TestAMessageIsSentAnewAsItWas(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		g.says = func(Outgoing) Receipt {
			return Receipt{Err: fmt.Errorf("no such number"), Permanent: true, Reason: "recipient"}
		}
		name := put(t, d, New{Kind: "upcoming", Channel: SMS, To: someone, Locale: "zh-CN", Text: "扣", Template: "a@1", Code: NewCode(), CreatedAt: g.clock.Now()})
		again := func(id string) (string, error) {
			var newID string
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				newID, err = Resend(t.Context(), tx, &jobs{}, g.clock.Now(), id)
				return err
			})
			return newID, err
		}
		if _, err := again(name); err == nil {
			t.Error("one that still waits is sent anew")
		}
		deliver(t, d, g)
		g.clock.Advance(time.Hour)
		newID, err := again(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again(name); err == nil {
			t.Error("it is sent anew twice at a time")
		}
		old, e := get(t, d, name), get(t, d, newID)
		if old.State != Failed || e.State != Queued || e.AgainFor != name || e.Text != old.Text || e.To != old.To || e.ContentHash != old.ContentHash ||
			e.Template != old.Template || e.Code != "" || e.CreatedAt != g.clock.Now() {
			t.Errorf("of %+v came %+v", old, e)
		}
		g.says = nil
		deliver(t, d, g)
		if e := get(t, d, newID); e.State != Accepted {
			t.Errorf("it is %s, want accepted", e.State)
		}
		for _, m := range []New{
			{Kind: SignInCode, Channel: SMS, To: someone, Locale: "zh-CN", Text: "1", CreatedAt: g.clock.Now()},
			{Kind: "upcoming", Channel: Inbox, Locale: "zh-CN", Text: "1", CreatedAt: g.clock.Now()},
		} {
			id := put(t, d, m)
			deliver(t, d, g)
			if _, err := again(id); err == nil {
				t.Errorf("%s by %s is sent anew", m.Kind, m.Channel)
			}
		}
		if _, err := again("m_0"); err == nil {
			t.Error("one that is not there is sent anew")
		}
	})
}

func TestWhatWaitsOnAChannelThatIsOffIsGivenUpOnceItIsUseless(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, g *gateway) {
		code, other := queue(t, d, g, SignInCode), queue(t, d, g, NewDevice)
		forget := func() {
			t.Helper()
			if _, err := Forget(t.Context(), d, g.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		forget()
		if e := get(t, d, code); e.State != Queued || e.Text == "" {
			t.Errorf("a code that is valid is %+v", e)
		}
		g.clock.Advance(SignInCode.lifetime() + lease)
		forget()
		if e := get(t, d, code); e.State != Dead || e.Text != "" || e.Reason != "too_late" || e.FailedAt != g.clock.Now() {
			t.Errorf("a code that is too late is %+v, want it given up and wiped", e)
		}
		g.clock.Advance(NewDevice.lifetime())
		forget()
		if e := get(t, d, other); e.State != Dead || e.Text == "" {
			t.Errorf("another message is %+v, want it given up, as it was to be sent", e)
		}
	})
}
