package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
)

// way is a database in which letters are on their way, with providers that say
// what a test wants them to.
type way struct {
	*sketch
	clock *clock.Set
	post  Post
	off   []Channel // that are not configured
	mute  []Channel // whose providers report nothing
	fails string    // the letter that can't be written
}

type nobodyWorks struct{}

func (nobodyWorks) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error {
	return nil
}

// morning is ten o'clock in Shanghai.
var morning = date.New(2026, 11, 23).At(10, 0).UTC()

func eachWay(t *testing.T, test func(t *testing.T, w *way)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &way{sketch: sketchOf(t, d, 2, 3), clock: clock.At(morning), mute: []Channel{Email}}
		w.post = Post{
			Jobs: nobodyWorks{}, On: func(c Channel) bool { return !slices.Contains(w.off, c) }, Reports: func(c Channel) bool { return !slices.Contains(w.mute, c) },
			Render: func(l *Letter, to Recipient, code string) (Content, error) {
				if l.ID == w.fails {
					return Content{}, errors.New("no words")
				}
				return Content{Body: fmt.Sprintf("%s %d %s %s", l.Kind, len(l.Lines), l.Total.Yuan(), code), Template: "test@1"}, nil
			},
		}
		test(t, w)
	})
}

// extra makes somebody a recipient of the first merchant's.
func (w *way) extra(c Channel, address string) {
	w.t.Helper()
	w.exec(`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, confirmed_at) values ($1, 1, $2, $3, '', 'u_1', $4, $4)`,
		"nr_"+string(c), string(c), address, w.clock.Now())
}

// letter writes a letter with two lines, in the inbox and by the first channel.
func (w *way) letter(id string, kind Kind, channels ...Channel) {
	w.t.Helper()
	now, due := w.clock.Now(), date.New(2026, 12, 3)
	w.exec(`insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step, next_at) values ($1, 1, $2, $3, 7200, $4, 'open', $5, $6, $7)`,
		id, string(kind), due, now, Channels(channels).String(), min(len(channels), 1), now)
	for n := 1; n <= 2; n++ {
		w.exec(`
			insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, period_from, due_on, amount_fen, not_before, planned_at, letter_id)
			values (1, $1, $2, 1, 2, 7, 1, $3, '2026-12-01', $4, 3600, $5, $5, $3)`, string(kind), 100+n, id, due, now)
	}
	all := []outbox.New{w.copy(id, kind, Inbox, "")}
	if len(channels) > 0 {
		all = append(all, w.copy(id, kind, channels[0], w.address(channels[0])))
	}
	err := w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := outbox.QueueAll(w.t.Context(), tx, nobodyWorks{}, all)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *way) copy(letterID string, kind Kind, c Channel, to string) outbox.New {
	return outbox.New{Kind: outbox.Kind(kind), Channel: string(c), MerchantID: 1, LetterID: letterID, To: to, Locale: "zh-CN", Text: "扣", CreatedAt: w.clock.Now()}
}

// address is where the first merchant gets messages of a channel.
func (w *way) address(c Channel) string {
	return map[Channel]string{SMS: "+8613800000001", Email: "a@example.com", WeChat: "openid"}[c]
}

// deliver lets the provider of a channel answer.
func (w *way) deliver(c Channel, says outbox.Receipt) {
	w.t.Helper()
	_, _, err := outbox.Deliver(w.t.Context(), w.d, w.clock, string(c), outbox.DeliverOptions{Idempotent: true, Send: func(context.Context, outbox.Outgoing) outbox.Receipt { return says }})
	if err != nil {
		w.t.Fatal(err)
	}
}

var (
	taken   = outbox.Receipt{Provider: "test"}
	refused = outbox.Receipt{Err: errors.New("no such number"), Permanent: true, Reason: "recipient"}
	busy    = outbox.Receipt{Err: errors.New("busy"), Reason: "busy"}
)

// report lets the provider say what became of the latest message of a channel.
func (w *way) report(letterID string, c Channel, delivered bool) {
	w.t.Helper()
	m := w.latest(letterID, c)
	known, err := outbox.Reported(w.t.Context(), w.d, w.clock.Now(), outbox.Report{Provider: "test", ID: m.ID, To: m.To, Delivered: delivered, Reason: "recipient", At: w.clock.Now()})
	if err != nil || !known {
		w.t.Fatalf("the report is not taken: %v", err)
	}
}

func (w *way) latest(letterID string, c Channel) outbox.Entry {
	w.t.Helper()
	all, err := outbox.OfLetter(w.t.Context(), w.d, letterID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range slices.Backward(all) {
		if e.Channel == string(c) {
			return e
		}
	}
	w.t.Fatalf("letter %s has no copy by %s", letterID, c)
	return outbox.Entry{}
}

func (w *way) follow() int {
	w.t.Helper()
	n, err := Cascade(w.t.Context(), w.d, w.clock, w.post)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// is says what a letter is: its state, how many channels were tried, and the
// channels of its copies, in the letter's order.
func (w *way) is(letterID string) string {
	w.t.Helper()
	var state, channels string
	var step int
	if err := w.d.QueryRow(w.t.Context(), `select state, step, channels from letters where id = $1`, letterID).Scan(&state, &step, &channels); err != nil {
		w.t.Fatal(err)
	}
	all, err := outbox.OfLetter(w.t.Context(), w.d, letterID)
	if err != nil {
		w.t.Fatal(err)
	}
	order := append(Channels{Inbox}, ParseChannels(channels)...)
	slices.SortStableFunc(all, func(a, b outbox.Entry) int {
		return slices.Index(order, Channel(a.Channel)) - slices.Index(order, Channel(b.Channel))
	})
	said := fmt.Sprintf("%s %d", state, step)
	for _, e := range all {
		said += " " + e.Channel
	}
	return said
}

func (w *way) want(letterID, want string) {
	w.t.Helper()
	if got := w.is(letterID); got != want {
		w.t.Errorf("letter %s is %q, want %q", letterID, got, want)
	}
}

func TestALetterThatIsDeliveredIsTold(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS, Email)
		w.follow()
		w.deliver(SMS, taken)
		w.follow()
		w.want("l_1", "open 1 inbox sms")
		w.report("l_1", SMS, true)
		if n := w.follow(); n != 1 {
			t.Errorf("%d letters moved, want one", n)
		}
		w.want("l_1", "told 1 inbox sms")
		w.clock.Advance(24 * time.Hour)
		if n := w.follow(); n != 0 {
			t.Errorf("%d letters moved, want none: it is told", n)
		}
	})
}

func TestAChannelThatRefusesIsFollowedByTheNextAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		w.letter("l_1", Upcoming, SMS, Email)
		w.deliver(SMS, refused)
		w.follow()
		w.want("l_1", "open 2 inbox sms email")
		m := w.latest("l_1", Email)
		if m.To != "a@example.com" || !strings.HasPrefix(m.Text, "upcoming 2 72.00 "+m.Code) || len(m.Code) < 16 || m.State != outbox.Queued || m.Template != "test@1" {
			t.Errorf("the mail is %+v", m)
		}
		w.deliver(Email, taken)
		w.clock.Advance(48 * time.Hour)
		w.follow()
		w.want("l_1", "open 2 inbox sms email") // nobody says whether a mail arrived
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return outbox.MarkRead(t.Context(), tx, 1, m.ID, w.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
		w.follow()
		w.want("l_1", "told 2 inbox sms email")
	})
}

func TestAReportOfFailureIsFollowedByTheNextAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(WeChat, "openid")
		w.letter("l_1", Upcoming, WeChat, SMS)
		w.deliver(WeChat, taken)
		w.follow()
		w.report("l_1", WeChat, false)
		w.follow()
		w.want("l_1", "open 2 inbox wechat sms")
	})
}

func TestAChannelHasItsTime(t *testing.T) {
	for _, c := range []Channel{WeChat, SMS} {
		t.Run(string(c), func(t *testing.T) {
			eachWay(t, func(t *testing.T, w *way) {
				w.extra(Email, "a@example.com")
				w.letter("l_1", Upcoming, c, Email)
				w.deliver(c, taken)
				w.follow()
				w.clock.Advance(times[c] - time.Second)
				w.follow()
				w.want("l_1", "open 1 inbox "+string(c))
				w.clock.Advance(time.Second)
				w.follow()
				w.want("l_1", "open 2 inbox "+string(c)+" email")
				w.report("l_1", c, true) // late, and still told
				w.follow()
				w.want("l_1", "told 2 inbox "+string(c)+" email")
			})
		})
	}
}

func TestAProviderThatReportsNothingIsNotPassedOverByTime(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.mute = append(w.mute, SMS)
		w.extra(Email, "a@example.com")
		w.letter("l_1", Upcoming, SMS, Email)
		w.deliver(SMS, taken)
		for range 3 {
			w.follow()
			w.clock.Advance(24 * time.Hour)
		}
		w.want("l_1", "open 1 inbox sms")
	})
}

func TestAMessageThatNobodyTakesInTimeIsFollowedByTheNext(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, Email, SMS)
		w.deliver(Email, busy)
		w.follow()
		w.clock.Advance(times[Email])
		w.follow()
		w.want("l_1", "open 2 inbox email sms")
	})
}

func TestALetterThatNoChannelBringsIsForStaff(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, refused)
		w.follow()
		w.want("l_1", "unreached 1 inbox sms")
		all, err := Calls(t.Context(), w.d, CallPlace{}, 10)
		if err != nil || len(all) != 1 || all[0].Ref != "M1" || len(all[0].Letters) != 1 {
			t.Fatalf("got %+v, %v", all, err)
		}
		if l := all[0].Letters[0]; l.ID != "l_1" || l.Total != 7200 || l.DueOn != date.New(2026, 12, 3) {
			t.Errorf("got %+v", l)
		}
		if more, err := Calls(t.Context(), w.d, all[0].Place(), 10); err != nil || len(more) != 0 {
			t.Errorf("after it come %+v, %v", more, err)
		}
		support := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Support}}
		for what, c := range map[string]struct {
			by              staff.Actor
			ref, id, remark string
			want            fault.Kind
		}{
			"an auditor":    {staff.Actor{ID: "st_2", Roles: []staff.Role{staff.Auditor}}, "M1", "l_1", "接了", fault.Forbidden},
			"no remark":     {support, "M1", "l_1", " ", fault.Invalid},
			"a long remark": {support, "M1", "l_1", strings.Repeat("长", longestRemark+1), fault.Invalid},
			"no letter":     {support, "M1", "l_0", "接了", fault.NotFound},
			"another's":     {support, "M2", "l_1", "接了", fault.NotFound},
		} {
			if err := Called(t.Context(), w.d, w.clock, c.by, c.ref, []string{c.id}, c.remark); !fault.Is(err, c.want) {
				t.Errorf("%s: got %v, want %s", what, err, c.want)
			}
		}
		if err := Called(t.Context(), w.d, w.clock, support, "M1", []string{"l_1"}, "电话里说清了"); err != nil {
			t.Fatal(err)
		}
		if err := Called(t.Context(), w.d, w.clock, support, "M1", []string{"l_1"}, "再说一遍"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second time: got %v", err)
		}
		if all, err := Calls(t.Context(), w.d, CallPlace{}, 10); err != nil || len(all) != 0 {
			t.Errorf("still to be called: %+v, %v", all, err)
		}
		var n int
		if err := w.d.QueryRow(t.Context(), `select count(*) from audit_entries where action = 'letter.handled' and subject = 'l_1' and actor_id = 'st_1'`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d entries in the record, %v", n, err)
		}
	})
}

func TestNobodyIsCalledAboutACaseInWhichTheyDidSomethingSince(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		now := w.clock.Now()
		w.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_1', 1, 'complaint', $1, 'unreached', '', 0)`, now)
		w.exec(`insert into notices (merchant_id, kind, lead_days, round, ref, not_before, planned_at, letter_id) values (1, 'complaint', 0, 1, 'C2026-1124-01', $1, $1, 'l_1')`, now)
		w.exec(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, cycle, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name, calendar, policy, state, under_way, next_due_at)
			values ('c_1', 'C2026-1124-01', 1, 'question', 'none', '', '', 0, 'other', 'portal', '', '', $1, 'user', 'u_1', '周老板', 1, 1, 'received', true, $1)`, now)
		acts := func(seq int, kind string, after time.Duration) {
			w.exec(`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('c_1', $1, 'noted', $2, $3, 'x', '')`, seq, now.Add(after), kind)
		}
		waits := func(want int, when string) {
			t.Helper()
			all, err := Calls(t.Context(), w.d, CallPlace{}, 10)
			var n int
			b := db.NewBatch()
			ReadUnreached(b, &n)
			if err == nil {
				err = w.d.Read(t.Context(), b)
			}
			if err != nil || len(all) != want || n != want {
				t.Errorf("%s: %d to call, %d counted, %v; want %d", when, len(all), n, err, want)
			}
		}
		acts(1, "user", -time.Minute)
		acts(2, "staff", time.Minute)
		waits(1, "after a step of staff's")
		acts(3, "user", time.Hour)
		waits(0, "after a step of the merchant's")
	})
}

func TestAMerchantIsCalledOnceAboutAllThatReachedNobody(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		support := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Support}}
		w.exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (9, 'M9', '隔壁', '', '', '', '2025-01-10', $1)`, w.clock.Now())
		leave := func(id string, merchant int, minute int) {
			w.exec(`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ($1, $2, 'security', $3, 'unreached', '', 0)`,
				id, merchant, w.clock.Now().Add(time.Duration(minute)*time.Minute))
		}
		leave("l_a", 1, 1)
		leave("l_b", 9, 2)
		for n := range lettersACall {
			leave(fmt.Sprintf("l_c%02d", n), 1, 3+n)
		}
		listed := func(after CallPlace) (all []string) {
			calls, err := Calls(t.Context(), w.d, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range calls {
				all = append(all, one.Ref)
				for _, l := range one.Letters {
					all = append(all, l.ID)
				}
			}
			return all
		}
		first := []string{"l_a", "l_c00", "l_c01", "l_c02", "l_c03", "l_c04", "l_c05", "l_c06", "l_c07", "l_c08"}
		if got, want := listed(CallPlace{}), slices.Concat([]string{"M1"}, first, []string{"M9", "l_b"}); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, want := listed(CallPlace{w.clock.Now().Add(time.Minute), "l_a"}), []string{"M9", "l_b"}; !slices.Equal(got, want) {
			t.Errorf("after the first call come %v, want %v", got, want)
		}
		if err := Called(t.Context(), w.d, w.clock, support, "M1", []string{"l_a", "l_b"}, "说了"); !fault.Is(err, fault.NotFound) {
			t.Errorf("with a letter of another merchant: got %v", err)
		}
		w.exec(`update letters set state = 'told' where id = 'l_a'`)
		if err := Called(t.Context(), w.d, w.clock, support, "M1", first, "说了"); err != nil {
			t.Fatal(err)
		}
		if got, want := listed(CallPlace{}), []string{"M9", "l_b", "M1", "l_c09"}; !slices.Equal(got, want) {
			t.Errorf("then got %v, want %v", got, want)
		}
		intaketest.WantTexts(t, w.d, `select subject from audit_entries where action = 'letter.handled' order by subject`, first[1:]...)
	})
}

func TestALetterIsToldThatReachesSomebodyAfterAll(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, taken)
		w.clock.Advance(times[SMS])
		w.follow()
		w.want("l_1", "unreached 1 inbox sms")
		m := w.latest("l_1", Inbox)
		if err := w.d.Write(t.Context(), func(tx *db.Tx) error { return outbox.MarkRead(t.Context(), tx, 1, m.ID, w.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
		w.follow()
		w.want("l_1", "told 1 inbox sms")
	})
}

func TestStaffSendAMessageAnewForAReason(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming, SMS)
		w.deliver(SMS, refused)
		w.follow()
		m := w.latest("l_1", SMS)
		lead := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Lead}, RequestID: "r1"}
		if _, err := Resend(t.Context(), w.d, w.clock, nobodyWorks{}, staff.Actor{ID: "st_2", Roles: []staff.Role{staff.Operator}}, m.ID, "x"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an operator: got %v", err)
		}
		if _, err := Resend(t.Context(), w.d, w.clock, nobodyWorks{}, lead, m.ID, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("for no reason: got %v", err)
		}
		w.clock.Advance(time.Hour)
		newID, err := Resend(t.Context(), w.d, w.clock, nobodyWorks{}, lead, m.ID, "号码通了")
		if err != nil {
			t.Fatal(err)
		}
		w.deliver(SMS, taken)
		w.report("l_1", SMS, true)
		w.follow()
		w.want("l_1", "told 1 inbox sms sms")
		var details string
		if err := w.d.QueryRow(t.Context(), `select cast(details as text) from audit_entries where action = 'message.resend' and subject = $1`, m.ID).Scan(&details); err != nil ||
			!strings.Contains(details, newID) || !strings.Contains(details, "号码通了") {
			t.Errorf("the record says %s, %v", details, err)
		}
	})
}

func TestAChannelThatIsOffOrReachesNobodyIsPassedOver(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		w.letter("l_1", Upcoming, SMS, WeChat, Email) // nobody follows in WeChat
		w.deliver(SMS, refused)
		w.follow()
		w.want("l_1", "open 3 inbox sms email")

		w.off = []Channel{Email}
		w.letter("l_2", Upcoming, SMS, Email)
		w.deliver(SMS, refused)
		w.follow()
		w.want("l_2", "unreached 2 inbox sms")
	})
}

func TestInTheQuietHoursTheNextChannelWaitsUnlessItGuardsTheMerchant(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		w.clock.MoveTo(date.New(2026, 11, 23).At(22, 0))
		w.letter("l_1", Taken, SMS, Email)
		w.letter("l_2", Stopped, SMS, Email)
		w.deliver(SMS, refused)
		w.follow()
		w.want("l_1", "open 1 inbox sms")
		w.want("l_2", "open 2 inbox sms email")
		w.clock.MoveTo(date.New(2026, 11, 24).At(7, 59))
		w.follow()
		w.want("l_1", "open 1 inbox sms")
		w.clock.MoveTo(date.New(2026, 11, 24).At(8, 0))
		w.follow()
		w.want("l_1", "open 2 inbox sms email")
	})
}

func TestALetterInTheInboxAloneIsNoTaskForStaff(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.letter("l_1", Upcoming)
		w.exec(`update letters set next_at = null where id = 'l_1'`) // as chosen
		w.letter("l_2", Upcoming)                                    // a channel was chosen that reaches nobody
		w.clock.Advance(24 * time.Hour)
		w.follow()
		w.want("l_1", "open 0 inbox")
		w.want("l_2", "unreached 0 inbox")
	})
}

func TestALetterThatCantBeWrittenKeepsNoOtherWaiting(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		w.letter("l_1", Upcoming, SMS, Email)
		w.letter("l_2", Upcoming, SMS, Email)
		w.fails = "l_1"
		w.deliver(SMS, refused)
		if _, err := Cascade(t.Context(), w.d, w.clock, w.post); err == nil || !strings.Contains(err.Error(), "l_1") {
			t.Errorf("got %v, want an error that names the letter", err)
		}
		w.want("l_1", "open 1 inbox sms")
		w.want("l_2", "open 2 inbox sms email")
		w.fails = ""
		w.clock.Advance(pause)
		w.follow()
		w.want("l_1", "open 2 inbox sms email")
	})
}

func TestOfTwoThatFollowALetterOneMovesIt(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		const letters = 120
		for i := range letters {
			w.letter(fmt.Sprintf("l_%03d", i), Upcoming, SMS, Email)
		}
		w.deliver(SMS, refused)
		var all sync.WaitGroup
		var mu sync.Mutex
		moved := 0
		for range 3 {
			all.Go(func() {
				n, err := Cascade(t.Context(), w.d, w.clock, w.post)
				mu.Lock()
				defer mu.Unlock()
				moved += n
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var mails, onward int
		err := w.d.QueryRow(t.Context(), `select (select count(*) from messages where channel = 'email'), (select count(*) from letters where step = 2 and state = 'open')`).Scan(&mails, &onward)
		if err != nil || mails != letters || onward != letters || moved != letters {
			t.Errorf("%d mails, %d letters on their way by the second channel, %d moved by count, %v; want %d of each", mails, onward, moved, err, letters)
		}
	})
}

func TestManyLettersCostNoMoreStatementsThanFew(t *testing.T) {
	eachWay(t, func(t *testing.T, w *way) {
		w.extra(Email, "a@example.com")
		cost := func(n int, name string) int {
			for i := range n {
				w.letter(fmt.Sprintf("l_%s_%03d", name, i), Upcoming, SMS, Email)
			}
			w.deliver(SMS, refused)
			ctx, counter := db.Count(t.Context())
			if moved, err := Cascade(ctx, w.d, w.clock, w.post); err != nil || moved != n {
				t.Fatalf("%d letters moved, %v; want %d", moved, err, n)
			}
			return counter.Statements()
		}
		few, many := cost(2, "few"), cost(40, "many")
		if w.d.Dialect == db.Postgres && many != few || many > few+10 {
			t.Errorf("40 letters cost %d statements, 2 cost %d", many, few)
		}
	})
}
