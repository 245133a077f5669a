package worktime

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// complaint is a complaint under the calendar and policy shipped, with a log
// written as "2026-11-23 09:00 filed" a line. An extension names its days.
func complaint(t *testing.T, log ...string) Case {
	t.Helper()
	c := Case{Calendar: Shipped(), Policy: DefaultPolicy, Complaint: true}
	for _, line := range log {
		e := Event{At: moment(t, line[:len("2026-11-23 09:00")])}
		if _, err := fmt.Sscan(strings.Replace(line[len("2026-11-23 09:00"):], "=", " ", 1)+" 0", &e.Kind, &e.Days); err != nil {
			t.Fatal(err)
		}
		c.Log = append(c.Log, e)
	}
	return c
}

// standing shows how a case stands at a moment, a line a clock.
func standing(t *testing.T, c Case, at string) string {
	t.Helper()
	s, err := c.At(moment(t, at))
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{string(s.State)}
	for _, clock := range s.Clocks {
		line := fmt.Sprintf("%d %s %d/%dm warn %s due %s", clock.Round, clock.Name,
			clock.Elapsed/time.Minute, clock.Target/time.Minute, shown(clock.WarnAt), shown(clock.DueAt))
		if !clock.StoppedAt.IsZero() {
			line += " stopped " + shown(clock.StoppedAt)
		}
		for _, mark := range []struct {
			is   bool
			word string
		}{{clock.Paused, "paused"}, {clock.Warned, "warned"}, {clock.Breached, "breached"}} {
			if mark.is {
				line += " " + mark.word
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func wantStanding(t *testing.T, c Case, at, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimSpace(want), "\t", "")
	if got := standing(t, c, at); got != want {
		t.Errorf("at %s\ngot  %s\nwant %s", at, got, want)
	}
}

func TestAFiledComplaintHasThreeClocks(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed")
	wantStanding(t, c, "2026-11-23 14:00", `
		received
		1 first_contact 210/450m warn 2026-11-23 16:07 due 2026-11-23 18:00
		1 resolution 210/2250m warn 2026-11-26 16:07 due 2026-11-27 18:00
		1 reply 300/22500m warn 2026-12-05 02:15 due 2026-12-09 00:00`)
}

func TestOnlyComplaintsHaveTheReplyDeadline(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed")
	c.Complaint = false
	wantStanding(t, c, "2026-11-23 09:00", `
		received
		1 first_contact 0/450m warn 2026-11-23 16:07 due 2026-11-23 18:00
		1 resolution 0/2250m warn 2026-11-26 16:07 due 2026-11-27 18:00`)
}

func TestBeforeItIsFiledACaseHasNoStateAndNoClocks(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed")
	wantStanding(t, c, "2026-11-23 08:59", "")
}

func TestOnlyAPersonsPublicReplyAnswers(t *testing.T) {
	c := complaint(t,
		"2026-11-23 09:00 filed", "2026-11-23 09:00 auto_replied", "2026-11-23 09:30 noted", "2026-11-23 09:40 merchant_asked",
		"2026-11-23 09:50 merchant_answered", "2026-11-24 09:30 person_replied", "2026-11-24 10:00 person_replied")
	c.Complaint = false
	wantStanding(t, c, "2026-11-24 09:29", `
		investigating
		1 first_contact 479/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 warned breached
		1 resolution 469/2250m warn 2026-11-26 16:17 due 2026-11-30 09:10`)
	wantStanding(t, c, "2026-11-26 10:00", `
		investigating
		1 first_contact 480/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 stopped 2026-11-24 09:30 warned breached
		1 resolution 1400/2250m warn 2026-11-26 16:17 due 2026-11-30 09:10`)
}

func TestOnlyWaitingForTheMerchantPauses(t *testing.T) {
	filed := complaint(t, "2026-11-23 09:00 filed")
	want := standing(t, filed, "2026-11-25 10:00")
	for _, k := range []Kind{OtherAsked, OtherAnswered, Reassigned, PolicyChanged, Noted, AutoReplied, CaseMerged, CaseSplit, CaseLinked, MerchantAnswered} {
		c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 "+string(k))
		if got := standing(t, c, "2026-11-25 10:00"); got != want {
			t.Errorf("%s changes how the case stands\nfrom %s\nto   %s", k, want, got)
		}
	}
}

func TestWhileTheMerchantIsAskedOnlyTheResolutionPauses(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 09:30 taken_up", "2026-11-23 09:30 investigation_begun", "2026-11-23 10:00 merchant_asked",
		"2026-11-23 11:00 merchant_asked", "2026-11-24 10:00 merchant_answered")
	wantStanding(t, c, "2026-11-23 20:00", `
		awaiting_merchant
		1 first_contact 450/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 warned
		1 resolution 60/2250m warn never due never paused
		1 reply 660/22500m warn 2026-12-05 02:15 due 2026-12-09 00:00`)
	wantStanding(t, c, "2026-11-24 11:00", `
		investigating
		1 first_contact 570/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 warned breached
		1 resolution 120/2250m warn 2026-11-27 16:07 due 2026-11-30 18:00
		1 reply 1560/22500m warn 2026-12-05 02:15 due 2026-12-09 00:00`)
}

func TestAClockWarnsAtThreeQuarters(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed")
	c.Policy.FirstContactMinutes = 240
	for at, want := range map[string]bool{"2026-11-23 11:59": false, "2026-11-23 12:00": true} {
		s, err := c.At(moment(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Clocks[0]; got.Warned != want || shown(got.WarnAt) != "2026-11-23 12:00" {
			t.Errorf("at %s: got warned %t at %s, want %t at 12:00", at, got.Warned, shown(got.WarnAt), want)
		}
	}
}

func TestADecisionStopsEveryClockAndABreachStaysOnRecord(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 person_replied", "2026-12-08 23:59 decision_made", "2026-12-09 10:00 decision_accepted",
		"2026-12-09 10:00 refund_begun", "2026-12-11 10:00 case_closed")
	clocks := `
		1 first_contact 60/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 stopped 2026-11-23 10:00
		1 resolution 5400/2250m warn 2026-11-26 16:07 due 2026-11-27 18:00 stopped 2026-12-08 23:59 warned breached
		1 reply 22499/22500m warn 2026-12-05 02:15 due 2026-12-09 00:00 stopped 2026-12-08 23:59 warned`
	wantStanding(t, c, "2026-12-08 23:59", "decided"+clocks)
	wantStanding(t, c, "2026-12-10 10:00", "refund_pending"+clocks)
	wantStanding(t, c, "2027-12-08 23:59", "closed"+clocks)
}

func TestADecisionIsTheFirstReplyWhereNoneCameBefore(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 decision_made", "2026-11-24 10:00 person_replied")
	s, err := c.At(moment(t, "2026-11-25 10:00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(s.Clocks[0].StoppedAt); got != "2026-11-23 10:00" || s.Clocks[0].Breached {
		t.Errorf("got first contact stopped %s, breached %t; want by the decision", got, s.Clocks[0].Breached)
	}
}

func TestTheReplyIsLateFromTheDayAfterItsLast(t *testing.T) {
	c := complaint(t, "2026-11-23 23:59 filed")
	for at, want := range map[string]bool{"2026-12-08 23:59": false, "2026-12-09 00:00": true} {
		s, err := c.At(moment(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Clocks[2]; got.Breached != want || got.LastDay.String() != "2026-12-08" {
			t.Errorf("at %s: got breached %t, last day %s; want %t, 2026-12-08", at, got.Breached, got.LastDay, want)
		}
	}
}

func TestAnExtensionMovesTheReplyDeadlineAlone(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-30 09:00 deadline_extended=60")
	wantStanding(t, c, "2026-12-10 09:00", `
		received
		1 first_contact 5850/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 warned breached
		1 resolution 5850/2250m warn 2026-11-26 16:07 due 2026-11-27 18:00 warned breached
		1 reply 24480/87300m warn 2027-01-07 20:15 due 2027-01-23 00:00`)
}

func TestAnExtensionAfterTheDeadlineLeavesTheBreachOnRecord(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-12-09 09:00 deadline_extended=20", "2026-12-10 09:00 decision_made")
	s, err := c.At(moment(t, "2026-12-10 10:00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Clocks[2]; !got.Breached || got.LastDay.String() != "2026-12-13" {
		t.Errorf("got breached %t, last day %s; want a breach, and 2026-12-13", got.Breached, got.LastDay)
	}
}

func TestAReviewStartsNewClocksOfTheSameLengths(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 person_replied", "2026-11-23 10:00 deadline_extended=60", "2026-11-24 09:00 decision_made",
		"2026-12-08 23:59 review_asked", "2026-12-09 11:00 person_replied")
	wantStanding(t, c, "2026-12-09 12:00", `
		investigating
		1 first_contact 60/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 stopped 2026-11-23 10:00
		1 resolution 450/2250m warn 2026-11-26 16:07 due 2026-11-27 18:00 stopped 2026-11-24 09:00
		1 reply 1440/87300m warn 2027-01-07 20:15 due 2027-01-23 00:00 stopped 2026-11-24 09:00
		2 first_contact 120/450m warn 2026-12-09 16:07 due 2026-12-09 18:00 stopped 2026-12-09 11:00
		2 resolution 180/2250m warn 2026-12-14 16:07 due 2026-12-15 18:00
		2 reply 721/21601m warn 2026-12-20 05:59 due 2026-12-24 00:00`)
}

func TestReopeningResumesTheClocksWhereTheyStopped(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 person_replied", "2026-11-24 10:00 merchant_asked", "2026-11-24 12:00 decision_made",
		"2026-11-25 09:00 case_closed", "2026-12-09 23:00 case_reopened")
	wantStanding(t, c, "2026-12-10 10:00", `
		investigating
		1 first_contact 60/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 stopped 2026-11-23 10:00
		1 resolution 570/2250m warn 2026-12-14 15:07 due 2026-12-15 17:00
		1 reply 2280/22500m warn 2026-12-20 13:15 due 2026-12-24 00:00`)
}

func TestAReplyHaltedForPartOfADayWarnsByItsDueTime(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 decision_made", "2026-11-23 10:00 case_closed", "2026-11-23 23:00 case_reopened")
	c.Policy.ReplyDays = 1
	s, err := c.At(moment(t, "2026-11-23 23:00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Clocks[2]; shown(got.WarnAt) != "2026-11-25 00:00" || shown(got.DueAt) != "2026-11-25 00:00" {
		t.Errorf("got a warning %s and due %s, want both 2026-11-25 00:00", shown(got.WarnAt), shown(got.DueAt))
	}
}

func TestAWithdrawalStopsEveryClock(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 merchant_asked", "2026-11-23 11:00 case_withdrawn")
	wantStanding(t, c, "2027-11-23 09:00", `
		withdrawn
		1 first_contact 120/450m warn 2026-11-23 16:07 due 2026-11-23 18:00 stopped 2026-11-23 11:00
		1 resolution 60/2250m warn 2026-11-26 17:07 due 2026-11-30 10:00 stopped 2026-11-23 11:00
		1 reply 120/22500m warn 2026-12-05 02:15 due 2026-12-09 00:00 stopped 2026-11-23 11:00`)
}

func TestReviewAndReopeningHaveTheirLastDays(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-24 09:00 decision_made", "2026-12-01 09:00 case_closed",
		"2026-12-02 09:00 case_reopened", "2026-12-03 09:00 decision_made", "2026-12-04 09:00 review_asked", "2026-12-05 09:00 decision_made")
	for at, want := range map[string][2]string{
		"2026-11-23 10:00": {"", ""},
		"2026-11-24 10:00": {"2026-12-08", ""},
		"2026-12-01 10:00": {"", "2026-12-15"},
		"2026-12-03 10:00": {"2026-12-17", ""},
		"2026-12-05 10:00": {"", ""}, // reviewed once
	} {
		s, err := c.At(moment(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.ReviewBy.String(), s.ReopenBy.String()}; got != want {
			t.Errorf("at %s: got %q, want %q", at, got, want)
		}
	}
	accepted := complaint(t, "2026-11-23 09:00 filed", "2026-11-24 09:00 decision_made", "2026-11-25 09:00 decision_accepted")
	if s, err := accepted.At(moment(t, "2026-11-25 09:00")); err != nil || s.ReviewBy != 0 {
		t.Errorf("got %s, %v; want no review of an accepted decision", s.ReviewBy, err)
	}
	again := complaint(t, "2026-11-25 10:00 case_closed", "2026-11-26 09:00 case_reopened", "2026-11-27 09:00 decision_made")
	accepted.Log = append(accepted.Log, again.Log...)
	if s, err := accepted.At(moment(t, "2026-11-27 09:00")); err != nil || s.ReviewBy.String() != "2026-12-11" {
		t.Errorf("got %s, %v; want a review of the decision after it until 2026-12-11", s.ReviewBy, err)
	}
}

func TestMoneyOnItsWayTakesNoDayOfTheReviewAway(t *testing.T) {
	refunded := []string{"2026-11-23 09:00 filed", "2026-11-24 09:00 decision_made", "2026-11-25 09:00 refund_begun", "2026-12-01 09:00 case_closed"}
	c := complaint(t, refunded...)
	for at, want := range map[string][2]string{
		"2026-11-24 10:00": {"2026-12-08", ""},
		"2026-11-26 10:00": {"2026-12-08", ""},           // on its way
		"2026-12-02 10:00": {"2026-12-08", "2026-12-15"}, // there
	} {
		s, err := c.At(moment(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.ReviewBy.String(), s.ReopenBy.String()}; got != want {
			t.Errorf("at %s: got %q, want %q", at, got, want)
		}
	}
	for n := 3; n <= len(refunded); n++ {
		c := complaint(t, append(slices.Clone(refunded[:n]), "2026-12-08 23:59 review_asked")...)
		if s, err := c.At(moment(t, "2026-12-08 23:59")); err != nil || s.State != Investigating || s.Round() != 2 || s.ReviewBy != 0 {
			t.Errorf("after %s: got %+v, %v; want a second round", refunded[n-1], s, err)
		}
		late := complaint(t, append(slices.Clone(refunded[:n]), "2026-12-09 00:00 review_asked")...)
		_, err := late.At(moment(t, "2026-12-09 00:00"))
		wantWrapped(t, err, ErrLog)
	}
	accepted := complaint(t, "2026-11-23 09:00 filed", "2026-11-24 09:00 decision_made", "2026-11-24 10:00 decision_accepted", "2026-11-25 09:00 refund_begun")
	if s, err := accepted.At(moment(t, "2026-11-26 10:00")); err != nil || s.ReviewBy != 0 {
		t.Errorf("got %s, %v; want no review of an accepted decision", s.ReviewBy, err)
	}
}

func TestALogThatACaseCannotHaveIsRefused(t *testing.T) {
	const filed, decided, closed = "2026-11-01 09:00 filed", "2026-11-02 09:00 decision_made", "2026-11-03 09:00 case_closed"
	for want, log := range map[string][]string{
		"a log that begins without a filing":                                    {"2026-11-01 09:00 noted"},
		`a case under way has no event "filed"`:                                 {filed, filed},
		`a case under way has no event "merchant_aksed"`:                        {filed, "2026-11-02 09:00 merchant_aksed"},
		"decision_made at 2026-11-02 09:00:00 +0800 CST stands after noted":     {filed, "2026-11-03 09:00 noted", decided},
		"case_closed can't happen to a case that is received":                   {filed, closed},
		"decision_made can't happen to a case that is decided":                  {filed, decided, decided},
		"merchant_asked can't happen to a case that is closed":                  {filed, decided, closed, "2026-11-03 09:00 merchant_asked"},
		"investigation_begun can't happen to a case that is received":           {filed, "2026-11-02 09:00 investigation_begun"},
		"case_reopened can't happen to a case that is withdrawn":                {filed, "2026-11-02 09:00 case_withdrawn", "2026-11-03 09:00 case_reopened"},
		"case_reopened at 2026-11-18 00:00:00 +0800 CST comes after 2026-11-17": {filed, decided, closed, "2026-11-18 00:00 case_reopened"},
		"review_asked at 2026-11-17 00:00:00 +0800 CST comes after 2026-11-16":  {filed, decided, "2026-11-17 00:00 review_asked"},
		"review_asked can't come any more":                                      {filed, decided, "2026-11-03 00:00 review_asked", "2026-11-04 00:00 decision_made", "2026-11-05 00:00 review_asked"},
		"review_asked can't happen to a case that is investigating":             {filed, decided, "2026-11-03 00:00 review_asked", "2026-11-04 00:00 review_asked"},
		"the reply deadline is extended twice":                                  {filed, "2026-11-02 09:00 deadline_extended=30", "2026-11-03 09:00 deadline_extended=60"},
		"a reply within 15 days is extended to 61, with 60 at most":             {filed, "2026-11-02 09:00 deadline_extended=61"},
		"a reply within 15 days is extended to 15, with 60 at most":             {filed, "2026-11-02 09:00 deadline_extended=15"},
		"deadline_extended can't happen to a case that is decided":              {filed, decided, "2026-11-02 09:00 deadline_extended=30"},
		"noted at 1999-11-02 09:00:00 +0800 CST can't be counted":               {filed, "1999-11-02 09:00 noted"},
		"refund_begun can't happen to a case that is closed":                    {filed, decided, closed, "2026-11-03 10:00 refund_begun"},
		"decision_accepted can't happen to a case that is received":             {filed, "2026-11-03 10:00 decision_accepted"},
	} {
		t.Run(want, func(t *testing.T) {
			c := complaint(t, log...)
			_, err := c.At(moment(t, "2026-12-31 09:00"))
			if !errors.Is(err, ErrLog) || !strings.HasPrefix(err.Error(), ErrLog.Error()+": "+want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

func TestACaseWithoutItsCalendarPolicyOrLogIsRefused(t *testing.T) {
	at := moment(t, "2026-11-23 09:00")
	question := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 09:00 deadline_extended=30")
	question.Complaint = false
	noCalendar := complaint(t, "2026-11-23 09:00 filed")
	noCalendar.Calendar = nil
	for _, c := range []Case{question, noCalendar, complaint(t)} {
		_, err := c.At(at)
		wantWrapped(t, err, ErrLog)
	}
	for name, spoil := range map[string]func(*Policy){
		"no contact":            func(p *Policy) { p.FirstContactMinutes = 0 },
		"a resolution of ages":  func(p *Policy) { p.ResolutionMinutes = 1 << 40 },
		"no reply":              func(p *Policy) { p.ReplyDays = 0 },
		"a shorter extension":   func(p *Policy) { p.ReplyMaxDays = 14 },
		"a review of years":     func(p *Policy) { p.ReviewDays = 367 },
		"reopening before time": func(p *Policy) { p.ReopenDays = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := complaint(t, "2026-11-23 09:00 filed")
			spoil(&c.Policy)
			_, err := c.At(at)
			wantWrapped(t, err, ErrPolicy)
		})
	}
}

func TestACaseSplitOffInheritsTheClocks(t *testing.T) {
	c := complaint(t, "2026-11-20 09:00 filed", "2026-11-20 10:00 merchant_asked", "2026-11-23 09:00 merchant_answered", "2026-11-24 09:00 decision_made")
	off := c.Split(moment(t, "2026-11-23 09:00"))
	if got, want := standing(t, off, "2026-11-23 15:00"), standing(t, c, "2026-11-23 15:00"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	off.Log = append(off.Log, Event{Kind: CaseWithdrawn, At: moment(t, "2026-11-23 16:00")})
	if got := c.Log[3].Kind; got != DecisionMade {
		t.Errorf("the case it was split from now has %s, want its own decision_made", got)
	}
	if s, err := off.At(moment(t, "2026-11-25 09:00")); err != nil || s.State != Withdrawn {
		t.Errorf("got %s, %v; want the split-off case withdrawn", s.State, err)
	}
}

func TestTheNextDueMomentIsOfARunningClock(t *testing.T) {
	c := complaint(t, "2026-11-23 09:00 filed", "2026-11-23 10:00 person_replied", "2026-11-24 09:00 merchant_asked", "2026-12-01 09:00 decision_made")
	for at, want := range map[string]string{
		"2026-11-23 09:30": "2026-11-23 18:00",
		"2026-11-23 10:30": "2026-11-27 18:00",
		"2026-11-24 10:30": "2026-12-09 00:00",
		"2026-12-02 10:30": "never",
	} {
		s, err := c.At(moment(t, at))
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(s.NextDue()); got != want {
			t.Errorf("at %s: got %s, want %s", at, got, want)
		}
	}
}
