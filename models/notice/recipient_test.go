package notice

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

// someone makes a user with a role at a merchant and returns them as signed in.
func (s *sketch) someone(name string, merchantID int64, role account.Role) account.Who {
	s.t.Helper()
	at := sunday.At(9, 0).UTC()
	s.exec(`insert into users (id, phone, name, created_at) values ($1, $2, $1, $3) on conflict do nothing`, name, "+86139"+fmt.Sprintf("%08d", len(name)*1000+int(name[len(name)-1])), at)
	s.exec(`insert into memberships (user_id, merchant_id, role, created_at) values ($1, $2, $3, $4)`, name, merchantID, string(role), at)
	return account.Who{UserID: name, MerchantID: merchantID}
}

// desk adds recipients at a moment, and remembers the codes that it sent.
type desk struct {
	*Extras
	clock *clock.Set
	codes []string
}

func (s *sketch) desk() *desk {
	k := &desk{clock: clock.At(sunday.At(12, 0).UTC())}
	k.Extras = &Extras{DB: s.d, Clock: k.clock, Jobs: noJob{}, Secret: []byte("a secret of at least thirty-two bytes"), Render: func(_ string, _ Recipient, code string) (Content, error) {
		k.codes = append(k.codes, code)
		return Content{Body: "code " + code}, nil
	}}
	return k
}

func (s *sketch) recipients(merchantID int64) (all []string) {
	s.t.Helper()
	by, err := Recipients(s.t.Context(), s.d, merchantID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range by[merchantID] {
		all = append(all, string(r.Channel)+" "+r.Address+" "+r.Locale)
	}
	return all
}

func wantFault(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || f.Key != key && !slices.ContainsFunc(f.Fields, func(one fault.Field) bool { return one.Key == key }) {
		t.Errorf("got %v, want %s %s", err, kind, key)
	}
}

func TestACodeForARecipientGoesToRegionsThatAreSetAndIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		k := s.desk()
		k.Given.AnHour = 1
		who := s.someone("u_owner1", 1, account.Owner)
		_, err := k.Add(t.Context(), who, SMS, "+53 5234 5678", "")
		wantFault(t, err, fault.Invalid, "login.phone.region")
		if _, err := k.Add(t.Context(), who, SMS, "138 0000 0002", ""); err != nil {
			t.Fatal(err)
		}
		_, err = k.Add(t.Context(), who, SMS, "138 0000 0003", "")
		wantFault(t, err, fault.TooMany, "login.phone.stopped")
		if _, err := k.Add(t.Context(), who, Email, "lin@tea.example", ""); err != nil {
			t.Errorf("a mail costs nothing: %v", err)
		}
	})
}

func TestTextMessagesGoToTheOwnersAndWhoKeepsTheAccounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		if got, want := s.recipients(1), []string{"sms +8613800000001 zh-CN"}; !slices.Equal(got, want) {
			t.Errorf("with nobody signed up: got %q, want %q", got, want)
		}
		s.someone("u_owner1", 1, account.Owner)
		s.someone("u_finance12", 1, account.Finance)
		s.someone("u_viewer123", 1, account.Viewer)
		s.exec(`update users set locale = 'en' where id = 'u_owner1'`)
		got := s.recipients(1)
		if len(got) != 2 || !strings.HasSuffix(got[0], " zh-CN") || !strings.HasSuffix(got[1], " en") {
			slices.Sort(got)
			t.Errorf("got %q, want the owner in English and finance in Chinese", got)
		}
		p := Default(1)
		s.prefer(p)
		s.exec(`update notice_preferences set locale = 'en' where merchant_id = 1`)
		for _, r := range s.recipients(1) {
			if !strings.HasSuffix(r, " en") {
				t.Errorf("got %q, want the language that the merchant chose", r)
			}
		}
		s.exec(`update memberships set ended_at = $1 where merchant_id = 1`, sunday.At(10, 0).UTC())
		if got, want := s.recipients(1), []string{"sms +8613800000001 en"}; !slices.Equal(got, want) {
			t.Errorf("with everybody gone: got %q, want %q", got, want)
		}
	})
}

func TestAnAddressGetsMessagesOnceItsCodeWasEntered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		who, other, viewer := s.someone("u_1", 1, account.Finance), s.someone("u_22", 2, account.Owner), s.someone("u_333", 1, account.Viewer)
		k := s.desk()
		ctx := t.Context()
		if _, err := k.Add(ctx, viewer, Email, "a@example.com", ""); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a viewer: %v", err)
		}
		k.codes = nil
		name, err := k.Add(ctx, who, Email, " Books@Example.COM ", "记账")
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, k.Confirm(ctx, other, name, k.codes[0]), fault.NotFound, "preferences.recipient.gone")
		wrong := "000000"
		if k.codes[0] == wrong {
			wrong = "000001"
		}
		for range 4 {
			wantFault(t, k.Confirm(ctx, who, name, wrong), fault.Invalid, "preferences.recipient.code_wrong")
		}
		wantFault(t, k.Confirm(ctx, who, name, wrong), fault.Invalid, "preferences.recipient.code_spent")
		wantFault(t, k.Confirm(ctx, who, name, k.codes[0]), fault.Invalid, "preferences.recipient.code_spent")
		again, err := k.Add(ctx, who, Email, "Books@example.com", "账房")
		if err != nil || again != name {
			t.Fatalf("another code: %s, %v; want the same recipient", again, err)
		}
		k.clock.Advance(10 * time.Minute)
		wantFault(t, k.Confirm(ctx, who, name, k.codes[1]), fault.Invalid, "preferences.recipient.code_late")
		if _, err := k.Add(ctx, who, Email, "Books@example.com", "账房"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Add(ctx, who, Email, "Books@example.com", "账房"); !fault.Is(err, fault.TooMany) {
			t.Errorf("a fourth code within the hour: %v", err)
		}
		if err := k.Confirm(ctx, who, name, " "+k.codes[2]+" "); err != nil {
			t.Fatal(err)
		}
		if got := s.recipients(1); !slices.Contains(got, "email Books@example.com zh-CN") {
			t.Errorf("got %q", got)
		}
		k.clock.Advance(2 * time.Hour)
		_, err = k.Add(ctx, who, Email, "Books@example.com", "")
		wantFault(t, err, fault.Invalid, "preferences.recipient.already")
		wantFault(t, k.Remove(ctx, other, name), fault.NotFound, "preferences.recipient.gone")
		if err := k.Remove(ctx, who, name); err != nil {
			t.Fatal(err)
		}
		if got := s.recipients(1); slices.Contains(got, "email Books@example.com zh-CN") {
			t.Errorf("removed, and still there: %q", got)
		}
		var kept int
		if err := d.QueryRow(ctx, `select count(*) from messages where kind = 'recipient_code' and (content_hash <> '' or code is not null)`).Scan(&kept); err != nil || kept != 0 {
			t.Errorf("%d codes could be told from what is kept, %v", kept, err)
		}
	})
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	for _, tt := range []struct {
		channel       Channel
		address, name string
		want          string
	}{
		{WeChat, "openid", "", "preferences.recipient.channel_missing"},
		{"", "a@example.com", "", "preferences.recipient.channel_missing"},
		{Email, " ", "", "preferences.recipient.address_missing"},
		{Email, "nobody", "", "preferences.recipient.address_wrong"},
		{Email, "A <a@example.com>", "", "preferences.recipient.address_wrong"},
		{Email, strings.Repeat("a", 100) + "@example.com", "", "preferences.recipient.address_wrong"},
		{SMS, "12345", "", "preferences.recipient.phone_wrong"},
		{SMS, "010-12345678", "", "preferences.recipient.phone_wrong"},
		{SMS, "138 0000 0001", strings.Repeat("名", 31), "preferences.recipient.name_long"},
	} {
		_, _, err := (&Extras{}).check(tt.channel, tt.address, tt.name)
		wantFault(t, err, fault.Invalid, tt.want)
	}
	if got, _, err := (&Extras{}).check(SMS, "１３８ 0000 0001", ""); got != "+8613800000001" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAMerchantAddsTenRecipientsAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		who := s.someone("u_1", 1, account.Owner)
		k := s.desk()
		for n := range MostExtras {
			if _, err := k.Add(t.Context(), who, SMS, fmt.Sprintf("138000000%02d", n+10), ""); err != nil {
				t.Fatal(err)
			}
		}
		_, err := k.Add(t.Context(), who, SMS, "13800000099", "")
		wantFault(t, err, fault.Conflict, "preferences.recipient.too_many")
	})
}

func TestAWeChatAccountIsBoundByTheCodeItScanned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		who := s.someone("u_1", 1, account.Owner)
		k := s.desk()
		ctx := t.Context()
		bind := func(scene, openid string, want bool) {
			t.Helper()
			if bound, err := BindWeChat(ctx, d, k.clock.Now(), scene, openid); bound != want || err != nil {
				t.Errorf("bound %v, %v; want %v", bound, err, want)
			}
		}
		_, first, err := k.Scene(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		_, second, err := k.Scene(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		bind(first, "openid-1", false) // another code took its place
		bind("", "openid-1", false)
		bind(second, "openid-1", true)
		bind(second, "openid-2", false)
		if got := s.recipients(1); !slices.Contains(got, "wechat openid-1 zh-CN") {
			t.Errorf("got %q", got)
		}
		_, third, err := k.Scene(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		bind(third, "openid-1", true) // the same account again is one recipient
		_, late, err := k.Scene(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		k.clock.Advance(10 * time.Minute)
		bind(late, "openid-3", false)
		if err := EndRecipient(ctx, d, k.clock.Now(), WeChat, "openid-1", "unfollowed"); err != nil {
			t.Fatal(err)
		}
		if got := s.recipients(1); len(got) != 1 {
			t.Errorf("the account no longer follows: got %q", got)
		}
	})
}

func TestAClickEndsMailsOfOneKindForOneAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		s.extra(1, Email, "a@example.com", sunday.At(9, 0).UTC())
		s.extra(1, Email, "b@example.com", sunday.At(9, 0).UTC())
		p := Default(1)
		for _, e := range Events {
			p.Matrix[e] = Channels{Email}
		}
		s.prefer(p)
		secret := []byte("a secret of at least thirty-two bytes")
		token := UnsubscribeToken(secret, "nr_1a@example.com", EventTaken)
		// An id never has a point; this made-up one has, and so is not found.
		if _, err := Unsubscribe(t.Context(), d, sunday.At(10, 0).UTC(), secret, token); !fault.Is(err, fault.NotFound) {
			t.Errorf("an id that is none: %v", err)
		}
		s.exec(`update notice_recipients set id = 'nr_1' where address = 'a@example.com'`)
		token = UnsubscribeToken(secret, "nr_1", EventTaken)
		for _, forged := range []string{"", token + "x", strings.Replace(token, "taken", "failed", 1), UnsubscribeToken([]byte("another secret"), "nr_1", EventTaken)} {
			if _, err := Unsubscribe(t.Context(), d, sunday.At(10, 0).UTC(), secret, forged); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		for _, was := range []bool{false, true} {
			u, err := Unsubscribe(t.Context(), d, sunday.At(10, 0).UTC(), secret, token)
			if err != nil || u.IsOff != was || u.Address != "a@example.com" || u.Event != EventTaken {
				t.Errorf("got %+v, %v", u, err)
			}
		}
		s.tell(sunday.At(11, 0), News{MerchantID: 1, Kind: Taken, TerminalID: 101, Ref: "d_1", Round: 1}, News{MerchantID: 1, Kind: Failed, TerminalID: 101, Ref: "d_2", Round: 1},
			News{MerchantID: 1, Kind: Security, Ref: "s", Round: 1})
		post := postOf(Email)
		post.Unsubscribe = func(id string, e Event) string {
			return "https://example.com/unsubscribe/" + UnsubscribeToken(secret, id, e)
		}
		s.gather(sunday.At(11, 0), post)
		var got []string
		err := d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var kind, to, link string
				err := rows.Scan(&kind, &to, &link)
				got = append(got, fmt.Sprint(kind, " ", to, " ", link != ""))
				return err
			})
		}, `select kind, recipient, unsubscribe from messages where channel = 'email' order by kind, recipient`)
		want := []string{
			"failed a@example.com true", "failed b@example.com true", "security a@example.com false", "security b@example.com false", "taken b@example.com true",
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}
