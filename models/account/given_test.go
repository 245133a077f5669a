package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// cuban is a number in a country to which messages are dear.
const cuban = "+5352345678"

func TestNumbersThatAreGivenAreOfTheRegionsThatAreSet(t *testing.T) {
	hk := "+85291234567"
	for _, c := range []struct {
		regions []string
		phone   string
		codes   string // that the fault names; empty: the number is taken
	}{
		{nil, wang, ""}, {nil, cuban, "+86"}, {nil, hk, "+86"}, {[]string{"CN", "HK"}, hk, ""}, {[]string{"CN", "HK"}, cuban, "+86 / +852"},
		{[]string{"US", "CA"}, "+14165550123", ""}, {[]string{"US"}, "+14165550123", "+1"}, {[]string{"US", "CA"}, cuban, "+1"},
	} {
		var fields fault.Fields
		GivenNumbers{Regions: c.regions}.Check(&fields, "phone", c.phone)
		err := fields.Err()
		if c.codes == "" {
			if err != nil {
				t.Errorf("%v: %s is refused: %v", c.regions, c.phone, err)
			}
			continue
		}
		if args := refused(t, err, fault.Invalid, "login.phone.region"); args[1] != c.codes {
			t.Errorf("%v: of %s it says %v, want %s", c.regions, c.phone, args, c.codes)
		}
	}
	for code, want := range map[string]bool{"CN": true, "HK": true, "cn": false, "XX": false, "": false} {
		if KnownRegion(code) != want {
			t.Errorf("%q is known: %t", code, !want)
		}
	}
}

func TestNobodyHasAMessageSentToAnotherRegion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		r := request()
		r.NewPhone = cuban
		for _, ref := range []string{"M3", "nobody"} {
			r.MerchantRef = ref
			refused(t, w.RequestPhoneUnknown(t.Context(), me.Visit, r), fault.Invalid, "login.phone.region")
		}
		_, err := w.RequestPhone(t.Context(), me, r)
		refused(t, err, fault.Invalid, "login.phone.region")
		refused(t, w.Invite(t.Context(), me, Invitation{Phone: cuban, Name: "王", Role: Viewer}), fault.Invalid, "login.phone.region")
		refused(t, w.askOwn(me, cuban), fault.Invalid, "login.phone.region")
		// a code is asked for as of any number that nobody has
		if err := w.ask(cuban, me.Visit); err != nil {
			t.Error(err)
		}
		if got := w.count(`select count(*) from messages`); got != 0 {
			t.Errorf("%d messages were sent", got)
		}
		// and who signs in with such a number already goes on doing so
		w.exec(`update users set phone = $1 where phone = $2`, cuban, zhou)
		w.clock.Advance(time.Minute)
		if _, err := w.enter(cuban, w.send(cuban), browser("b", "phone")); err != nil {
			t.Error(err)
		}
	})
}

func TestMessagesToGivenNumbersEndAtTheirLimitAndStaffAreToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.given.AnHour = 3
		me := w.who(li, "a", 3)
		told := func(i int) int {
			t.Helper()
			r := request()
			r.NewPhone, r.MerchantRef = fmt.Sprintf("135000001%02d", i), []string{"M1", "M2", "M3", "nobody"}[i%4]
			if err := w.RequestPhoneUnknown(t.Context(), Visit{Address: fmt.Sprintf("198.51.100.%d", i)}, r); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			return len(w.sent("+86" + r.NewPhone))
		}
		alarms := func(want int) {
			t.Helper()
			all, _, err := alarm.List(t.Context(), w.d, false, alarm.TextsStopped, "")
			if err != nil || len(all) != want {
				t.Fatalf("there are alarms %+v, %v; want %d", all, err, want)
			}
			if want > 0 && all[0].Facts.Count != 3 {
				t.Errorf("the alarm says %+v", all[0].Facts)
			}
		}
		for i := range 6 {
			if got, want := told(i), map[bool]int{true: 1, false: 0}[i < 3]; got != want {
				t.Errorf("after request %d its number has %d messages, want %d", i, got, want)
			}
			alarms(map[bool]int{true: 0, false: 1}[i < 2])
		}
		// merchants have their own
		invite := func(i int) error {
			return w.Invite(t.Context(), me, Invitation{Phone: fmt.Sprintf("135000002%02d", i), Name: "王", Role: Viewer})
		}
		w.clock.Advance(time.Second)
		for i := range 3 {
			if err := invite(i); err != nil {
				t.Fatal(err)
			}
		}
		alarms(2)
		args := refused(t, invite(3), fault.TooMany, "login.phone.stopped")
		if args[1] != time.Hour {
			t.Errorf("asks to wait %v, want an hour", args[1])
		}
		refused(t, w.askOwn(me, wang), fault.TooMany, "login.phone.stopped")
		if m := w.sent(wang); len(m) != 0 {
			t.Errorf("sent %+v", m)
		}
		if got := w.count(`select count(*) from memberships where merchant_id = 3`); got != 4 {
			t.Errorf("%d belong to the merchant, want the owner and three", got)
		}
		// a code to sign in goes out all the same
		w.clock.Advance(time.Second)
		if m := w.sent(li); w.send(li) == "" || len(w.sent(li)) != len(m)+1 {
			t.Error("no code went out")
		}
		w.clock.Advance(time.Hour)
		if err := w.RequestPhoneUnknown(t.Context(), Visit{Address: "198.51.100.99"}, NumberRequest{MerchantRef: "nobody", NewPhone: wang, Reason: "x", Files: request().Files}); err != nil {
			t.Fatal(err)
		}
		if m := w.sent(wang); len(m) != 1 || m[0].Kind != outbox.PhoneRequest {
			t.Errorf("an hour later sent %+v", m)
		}
		alarms(2)
	})
}
