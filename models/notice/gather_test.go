package notice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/money"
)

// noJob takes no job up: tests run what jobs would.
type noJob struct{}

func (noJob) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// plainly writes a letter's facts, one line each.
func plainly(l *Letter, to Recipient, _ string) (Content, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s to %s, %d lines, %d fen", l.Merchant, l.Kind, l.DueOn, cmp.Or(to.Address, "the inbox"), len(l.Lines), int64(l.Total))
	for _, one := range l.Lines[:min(len(l.Lines), 4)] {
		fmt.Fprintf(&b, "; %s %s %s/%d %s–%s %d", one.SN, one.Terminal, one.Item, one.Cycle, one.PeriodFrom, one.PeriodTo, int64(one.Amount))
	}
	return Content{Subject: string(l.Kind), Body: b.String(), Template: "test@0"}, nil
}

// postOf puts letters on their way by channels that are configured.
func postOf(on ...Channel) Post {
	return Post{Render: plainly, Jobs: noJob{}, On: func(c Channel) bool { return slices.Contains(on, c) }}
}

func (s *sketch) gather(at time.Time, p Post) int {
	s.t.Helper()
	n, err := Gather(s.t.Context(), s.d, clock.At(at), p)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// messages lists what was sent: channel, state and words.
func (s *sketch) messages() (all []string) {
	s.t.Helper()
	err := s.d.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var channel, state, body string
			err := rows.Scan(&channel, &state, &body)
			all = append(all, channel+" "+state+": "+body)
			return err
		})
	}, `select channel, state, body from messages where letter_id is not null order by created_at, merchant_id, kind, channel, recipient`)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *sketch) wantMessages(want ...string) {
	s.t.Helper()
	if got := s.messages(); !slices.Equal(got, want) {
		s.t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// letters lists the letters: kind, state, channels and how many were tried.
func (s *sketch) letters() (all []string) {
	s.t.Helper()
	err := s.d.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind, state, channels string
			var merchantID int64
			var step int
			var next db.Time
			err := rows.Scan(&merchantID, &kind, &state, &channels, &step, &next)
			line := fmt.Sprintf("%d %s %s %q %d", merchantID, kind, state, channels, step)
			if !next.IsZero() {
				line += " " + next.In(date.Shanghai).Format("15:04")
			}
			all = append(all, line)
			return err
		})
	}, `select merchant_id, kind, state, channels, step, next_at from letters order by created_at, merchant_id, kind, due_on`)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestTerminalsOfOneMerchantAndDayGoIntoOneLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 3)
		s.exec(`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
			values (1, 1, 1, '2024-01-01', '2024-02-01', 31, true, '', $1)`, time.Unix(0, 0).UTC())
		s.exec(`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
			values (1, 1, 1, '2024-01-01', '2024-02-01', 31, 'recurring', 3600, 12, 'accrue', '{}')`)
		s.exec(`insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on) values (1, 101, 1, $1)`, sunday.AddDays(7).AddMonths(-12))
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		s.foresee(102, 2, sunday.AddDays(7), 4500, "")
		s.foresee(103, 2, sunday.AddDays(1), 9900, "")
		s.foresee(201, 1, sunday.AddDays(7), 100, "")
		s.sweep(sunday.At(9, 0))
		if n := s.gather(sunday.At(9, 59), postOf(SMS)); n != 0 {
			t.Fatalf("wrote %d letters before their time", n)
		}
		if n := s.gather(sunday.At(10, 0), postOf(SMS)); n != 3 {
			t.Fatalf("wrote %d letters, want 3", n)
		}
		if n := s.gather(sunday.At(10, 0), postOf(SMS)); n != 0 {
			t.Fatalf("wrote %d letters again", n)
		}
		one := "面馆 1 upcoming 2026-11-23 to %s, 1 lines, 9900 fen; 820000000103 前台 sim_data/2 2026-11-23– 9900"
		two := "面馆 1 upcoming 2026-11-29 to %s, 2 lines, 8100 fen; 820000000101 前台 sim_data/2 2026-11-29–2027-11-28 3600; 820000000102 前台 sim_data/2 2026-11-29– 4500"
		three := "面馆 2 upcoming 2026-11-29 to %s, 1 lines, 100 fen; 820000000201 前台 sim_data/1 2026-11-29– 100"
		want := []string{
			"inbox accepted: " + fmt.Sprintf(one, "the inbox"), "inbox accepted: " + fmt.Sprintf(two, "the inbox"),
			"sms queued: " + fmt.Sprintf(one, "+8613800000001"), "sms queued: " + fmt.Sprintf(two, "+8613800000001"),
			"inbox accepted: " + fmt.Sprintf(three, "the inbox"), "sms queued: " + fmt.Sprintf(three, "+8613800000002"),
		}
		got := s.messages()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		if got := s.letters(); got[0] != `1 upcoming open "sms" 1 10:30` {
			t.Errorf("the letter is %s", got[0])
		}
		l, err := readLetters(t.Context(), d, []string{s.letterOf(102)})
		if err != nil || len(l) != 1 {
			t.Fatal(l, err)
		}
		for _, l := range l {
			if len(l.Lines) != 2 || l.Total != 8100 || l.DueOn != sunday.AddDays(7) || !l.CreatedAt.Equal(sunday.At(10, 0)) {
				t.Errorf("read again it is %+v", l)
			}
		}
	})
}

func (s *sketch) letterOf(terminal int) (id string) {
	s.t.Helper()
	if err := s.d.QueryRow(s.t.Context(), `select letter_id from notices where terminal_id = $1`, terminal).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestALetterOfThousandsOfLinesIsWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const terminals = 3000
		s := sketchOf(t, d, 1, 1)
		s.together(func() {
			for n := range terminals {
				s.exec(`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
					values ($1, 1, 1, $2, '', '', '', '2024-01-01', '', '', '', $3)`, 1000+n, fmt.Sprintf("83%010d", n), time.Unix(0, 0).UTC())
				s.exec(`insert into forecasts (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds) values (1, $1, 1, 1, $2, 3600, 1, '')`, 1000+n, sunday.AddDays(7))
			}
		})
		ctx, count := db.Count(t.Context())
		s.sweep(sunday.At(9, 0))
		if n, err := Gather(ctx, d, clock.At(sunday.At(10, 0)), postOf(SMS)); n != 1 || err != nil {
			t.Fatalf("wrote %d letters, %v", n, err)
		}
		if got := s.messages()[0]; !strings.Contains(got, "3000 lines, 10800000 fen") {
			t.Errorf("got %s", got)
		}
		if n := count.Statements(); n > 20 {
			t.Errorf("it took %d statements", n)
		}
	})
}

func TestInTheQuietHoursLettersWaitForTheirEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 3, 1)
		silent := Default(2)
		silent.Matrix[EventTaken] = nil
		s.prefer(silent)
		s.tell(sunday.At(0, 30), News{MerchantID: 1, Kind: Taken, TerminalID: 101, Ref: "d_1", Round: 1, Amount: 3600},
			News{MerchantID: 2, Kind: Taken, TerminalID: 201, Ref: "d_2", Round: 1, Amount: 3600},
			News{MerchantID: 3, Kind: Stopped, TerminalID: 301, Ref: "d_3", Round: 1, Amount: 3600})
		if n := s.gather(sunday.At(0, 31), postOf(SMS)); n != 2 {
			t.Errorf("wrote %d letters at night, want the one that makes no noise and the one that must not wait", n)
		}
		for _, minute := range []int{0, 1, 7*60 + 59} {
			if n := s.gather(sunday.At(0, 32+0).Add(time.Duration(minute-32)*time.Minute), postOf(SMS)); n != 0 {
				t.Errorf("wrote %d letters at minute %d", n, minute)
			}
		}
		if n := s.gather(sunday.At(8, 0), postOf(SMS)); n != 1 {
			t.Errorf("wrote %d letters in the morning, want 1", n)
		}
	})
}

func (s *sketch) tell(at time.Time, news ...News) {
	s.t.Helper()
	if err := s.d.Write(s.t.Context(), func(tx *db.Tx) error { return Tell(s.t.Context(), tx, at.UTC(), news...) }); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnAnnouncementThatCantWaitForTheMorningGoesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		s.sweep(sunday.At(12, 0))
		s.foresee(101, 1, sunday.AddDays(2), 3600, "") // known so late that the morning would be too late
		s.foresee(201, 1, sunday.AddDays(3), 3600, "") // a day to spare
		s.sweep(sunday.At(22, 0))
		if n := s.gather(sunday.At(22, 0), postOf(SMS)); n != 1 {
			t.Errorf("wrote %d letters at night, want 1", n)
		}
		if n := s.gather(sunday.AddDays(1).At(8, 0), postOf(SMS)); n != 1 {
			t.Errorf("wrote %d letters in the morning, want 1", n)
		}
		s.want(
			"upcoming 101/1 lead 7 round 1: 2026-11-24 3600 from 11-22 22:00 again 2027-01-11",
			"upcoming 201/1 lead 7 round 1: 2026-11-25 3600 from 11-23 08:00 again 2027-01-11")
	})
}

func TestALetterGoesByTheFirstChannelThatReachesSomebody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 5, 1)
		at := sunday.At(12, 0).UTC()
		s.exec(`update merchants set phone = '' where id = 3`)
		s.extra(2, WeChat, "openid-2", at)
		s.extra(2, Email, "owner@example.com", at)
		both := Default(2)
		both.Matrix[EventTaken] = Channels{WeChat, Email, SMS}
		s.prefer(both)
		none := Default(4)
		none.Matrix[EventTaken] = nil
		s.prefer(none)
		mail := Default(5)
		mail.Matrix[EventTaken] = Channels{Email}
		s.prefer(mail)
		for m := range int64(5) {
			s.tell(at, News{MerchantID: m + 1, Kind: Taken, TerminalID: (m+1)*100 + 1, Ref: "d_1", Round: 1, Amount: 3600})
		}
		if n := s.gather(at, postOf(SMS, WeChat)); n != 5 {
			t.Fatalf("wrote %d letters, want 5", n)
		}
		want := []string{
			`1 taken open "sms" 1 12:30`,
			`2 taken open "wechat sms" 1 12:10`,
			`3 taken open "" 0 12:00`, // chosen, and nobody to reach: staff are to call
			`4 taken open "" 0`,       // the inbox alone was chosen
			`5 taken open "" 0`,       // what was chosen is not configured
		}
		if got := s.letters(); !slices.Equal(got, want) {
			t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	})
}

// extra adds a recipient that has confirmed.
func (s *sketch) extra(merchantID int64, c Channel, address string, at time.Time) {
	s.t.Helper()
	s.exec(`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, confirmed_at) values ($1, $2, $3, $4, '', 'u_1', $5, $5)`,
		fmt.Sprintf("nr_%d%s", merchantID, address), merchantID, string(c), address, at)
}

func TestOneLetterThatCantBeWrittenKeepsNoOtherWaiting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 4, 1)
		for m := range int64(4) {
			s.tell(sunday.At(12, 0), News{MerchantID: m + 1, Kind: Taken, TerminalID: (m+1)*100 + 1, Ref: "d_1", Round: 1, Amount: 3600})
		}
		broken := errors.New("no words")
		post := postOf(SMS)
		post.Render = func(l *Letter, to Recipient, code string) (Content, error) {
			if l.MerchantID == 2 {
				return Content{}, broken
			}
			return plainly(l, to, code)
		}
		n, err := Gather(t.Context(), d, clock.At(sunday.At(12, 1)), post)
		if n != 3 || !errors.Is(err, broken) {
			t.Errorf("wrote %d letters, %v; want 3 and the error", n, err)
		}
		if n := s.gather(sunday.At(12, 2), postOf(SMS)); n != 1 {
			t.Errorf("wrote %d letters once there were words, want 1", n)
		}
	})
}

func TestALetterNeverTellsWhatHasChangedWhileItWasWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 2)
		s.foresee(101, 1, sunday.AddDays(7), 3600, "")
		s.foresee(102, 1, sunday.AddDays(7), 3600, "")
		s.sweep(sunday.At(9, 0))
		post, changed := postOf(SMS), false
		post.Render = func(l *Letter, to Recipient, code string) (Content, error) {
			if !changed {
				changed = true
				s.forget(102)
				s.foresee(102, 1, sunday.AddDays(7), 4500, "")
				s.sweep(sunday.At(10, 0))
			}
			return plainly(l, to, code)
		}
		if n := s.gather(sunday.At(10, 0), post); n != 1 {
			t.Errorf("wrote %d letters, want 1", n)
		}
		for _, m := range s.messages() {
			if !strings.Contains(m, "2 lines, 8100 fen") {
				t.Errorf("got %s", m)
			}
		}
	})
}

func TestASignInIsToldToTheMerchantsOfItsOwnerButNotTwiceToTheSamePhone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		at := sunday.At(23, 0).UTC()
		s.exec(`insert into users (id, phone, name, created_at) values ('u_1', '+8613800000001', '周', $1), ('u_2', '+8613800000009', '吴', $1)`, at)
		s.exec(`insert into memberships (user_id, merchant_id, role, created_at) values ('u_1', 1, 'owner', $1), ('u_2', 1, 'finance', $1), ('u_1', 2, 'viewer', $1)`, at)
		s.exec(`insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at)
			values ('m_1', 'new_device', 'sms', '+8613800000001', 'zh-CN', '', $1, $1, 'queued', $1), ('m_2', 'sign_in_code', 'sms', '+8613800000001', 'zh-CN', '', $1, $1, 'queued', $1)`, at)
		for minute := range 3 {
			s.sweep(at.Add(time.Duration(minute+1) * time.Minute))
		}
		if n := s.gather(at.Add(3*time.Minute), postOf(SMS)); n != 1 {
			t.Fatalf("wrote %d letters, want 1", n)
		}
		s.wantMessages(
			"inbox accepted: 面馆 1 security  to the inbox, 1 lines, 0 fen;   /0 – 0",
			"sms queued: 面馆 1 security  to +8613800000009, 1 lines, 0 fen;   /0 – 0")
	})
}

func TestASharesOfTheAllowanceAndALowBalanceAreToldOnceAMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		told := func(come, on date.Date, usedMB, allowanceMB int64, balance money.Fen) {
			s.exec(`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb, allowance_mb, balance_fen) values (1, 101, $1, $2, $3, $4)
				on conflict (merchant_id, terminal_id, used_on) do update set used_mb = excluded.used_mb`, on, usedMB, allowanceMB, int64(balance))
			s.exec(`insert into usage_news (terminal_id) values (101) on conflict do nothing`)
			s.sweep(come.AddDays(1).At(6, 0))
		}
		use := func(on date.Date, usedMB, allowanceMB int64, balance money.Fen) {
			told(on, on, usedMB, allowanceMB, balance)
		}
		first := date.MustParse("2026-11-01")
		use(first.AddDays(1), 799, 1000, 500)
		told(first.AddDays(2), first, 1, 1000, 300) // late: the day raises the sum, and a balance of then is no longer so
		use(first.AddDays(3), 99, 1000, 499)
		use(first.AddDays(4), 1, 1000, 400)
		told(first.AddDays(5), first.AddDays(3), 199, 1000, 400) // corrected
		use(first.AddDays(6), 200, 1000, 500)
		use(first.AddDays(30), 1200, 1000, 300)
		told(first.AddDays(31), first.AddDays(29), 500, 1000, 300) // of a month that is over
		var got []string
		err := d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var kind, ref string
				var at db.Time
				err := rows.Scan(&kind, &ref, &at)
				got = append(got, kind+" "+ref+" on "+date.Of(at.Time).AddDays(-1).String())
				return err
			})
		}, `select kind, ref, planned_at from notices order by planned_at, kind desc`)
		want := []string{
			"sim_usage 2026-11 80 on 2026-11-03", "low_balance 2026-11 on 2026-11-04", "sim_usage 2026-11 100 on 2026-11-06",
			"sim_usage 2026-12 100 on 2026-12-01", "low_balance 2026-12 on 2026-12-01",
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}

func TestAJumpOverTheShareTellsTheWholeAllowanceAlone(t *testing.T) {
	allowance, balance := int64(1000), money.Fen(9999)
	u := used{merchantID: 1, terminalID: 101, on: sunday, usedMB: 1500, allowanceMB: &allowance, balance: &balance}
	p := Default(1)
	news := u.news(&p)
	if len(news) != 1 || news[0].Ref != "2026-11 100" || news[0].Facts.Percent != 150 {
		t.Errorf("got %+v", news)
	}
	u.allowanceMB, u.balance = nil, nil
	if news := u.news(&p); len(news) != 0 {
		t.Errorf("without an allowance: got %+v", news)
	}
}
