package staff_test

import (
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// takeUnasked reports a deduction that the gate was never asked about, and returns
// its id.
func (s *site) takeUnasked(ref string) (id string) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		a, err := s.gate.RecordIn(s.t.Context(), tx, gate.By{Actor: audit.Actor{Kind: audit.API, ID: "k_1"}}, gate.Request{
			Ref: ref, SN: sold, Item: fee.SimData, Amount: 3600, At: s.clock.Now(), Origin: fee.OriginCore,
		})
		id = a.ID
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// onlyAlarm returns the id of the one alarm that waits.
func (s *site) onlyAlarm() string {
	s.t.Helper()
	all, _, err := alarm.List(s.t.Context(), s.db, false, "", "")
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d alarms wait, %v; want one", len(all), err)
	}
	return all[0].ID
}

func TestWhatWasTakenWithoutAskingIsLookedIntoAndAnswered(t *testing.T) {
	s := newSite(t)
	s.furnish()
	taken := s.takeUnasked("U1")
	support, auditor := s.join("support", staff.Support), s.join("auditor", staff.Auditor)
	support.Get("/admin").Says("等人查清的警报")
	list := support.Get("/admin/alarms").Is(http.StatusOK).Says("没来问就扣了", "¥36.00", "等人查")
	support.Get("/admin/alarms?kind=spike").Says("没有等着查的警报", "清掉筛选")
	one := list.Click("没来问就扣了").Is(http.StatusOK).Says(taken)
	one.Click("看这一笔").Is(http.StatusOK).Says("老街面馆")
	path := "/admin/alarms/" + s.onlyAlarm()
	form := one.Form(path + "/answer")
	form.Set(alarm.RemarkField, " ").Submit().Is(http.StatusUnprocessableEntity).Says("请写下查到了什么")
	auditor.Get(path).Is(http.StatusOK).Says("你可以看，不能处理。")
	form.Set(alarm.RemarkField, "核心系统补扣，已退").Submit().Follow().Says("这条警报处理完了", "没有等着查的警报")
	form.Set(alarm.RemarkField, "再写一次").Submit().Is(http.StatusConflict).Says("已经有人处理了")
	auditor.Speak("en").Get("/admin/alarms?show=answered").Says("Taken without asking", "核心系统补扣，已退")
	auditor.Get("/admin/alarms/al_none").Is(http.StatusNotFound)
}

func TestEachKindOfAlarmIsToldInWords(t *testing.T) {
	s := newSite(t)
	s.furnish()
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		for _, k := range alarm.Kinds {
			err := alarm.Raise(t.Context(), tx, alarm.Alarm{Kind: k, Subject: "x", Ref: "x", At: s.clock.Now(), Facts: alarm.Facts{
				Name: "A7", SN: sold, Item: string(fee.SimData), Plan: "sim-36", On: date.Of(s.clock.Now()), Count: 1041, Most: 1040, Amount: 4500, Expected: 3600,
			}})
			if err != nil {
				return err
			}
		}
		today := date.Of(s.clock.Now())
		return alarm.RaiseAll(t.Context(), tx, []alarm.Alarm{
			{Kind: alarm.ScheduleDiffers, Subject: "y", Ref: "x", At: s.clock.Now(), Facts: alarm.Facts{SN: sold, Item: string(fee.SimData), On: today, Amount: 4800, Expected: 4800}},
			{Kind: alarm.WebhookDead, Subject: "y", Ref: "x", At: s.clock.Now(), Facts: alarm.Facts{Name: "B8", Locked: true}},
			{Kind: alarm.TextsStopped, Subject: "y", Ref: today.String(), At: s.clock.Now(), Facts: alarm.Facts{On: today, Count: 300, Unknown: true}},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	operator := s.join("operator", staff.Operator)
	operator.Get("/admin/alarms").Says("没来问就扣了", "代理商 A7 的 sim-36 来问到第 1,041 笔", "这一批有 1,041 笔，共 ¥45.00", "按约定是 ¥36.00", "¥48.00 流量卡费，可是这一期还没开始", "1,041 处对不上", "A7 不再收事件", "给 B8 的事件发不出去", "给别人的号码发了 1,041 条短信", "没登录的人一小时里让我们给新号码发了 300 条短信")
	operator.Speak("en").Get("/admin/alarms").Says("was taken from terminal "+sold, "agent A7 asked for sim-36", "A batch of 1,041", "By what was agreed it is ¥36.00", "don't match in 1,041 more places", "takes no events", "Nothing can be sent to B8", "merchants had 1,041 messages sent", "people who hadn't signed in had 300 messages sent")
}

func TestAnAlarmOfTheScheduleShowsWhatIsMeantBesideWhatWasAgreed(t *testing.T) {
	s := newSite(t)
	s.furnish()
	schedule := func(amount money.Fen, on string) {
		t.Helper()
		published, err := deduction.ReadPublished(t.Context(), s.db)
		if err != nil {
			t.Fatal(err)
		}
		err = s.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := deduction.Schedule(t.Context(), tx, audit.Actor{Kind: audit.API, ID: "k_1"}, "r1", s.clock.Now(), published.Plans, fee.DefaultPolicy, deduction.Intent{
				SN: sold, Item: fee.SimData, Amount: amount, On: date.MustParse(on),
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	schedule(9900, "2026-12-20")
	path, support := "/admin/alarms/"+s.onlyAlarm(), s.join("support", staff.Support)
	support.Get(path).Is(http.StatusOK).Says("排期和约定对着看", "¥99.00", "2026年12月20日", "¥36.00", "差 ¥63.00")
	schedule(3600, "2026-12-21")
	support.Speak("en").Get(path).Is(http.StatusOK).Says("Scheduled beside agreed", "21 December 2026", "none any more").SaysNot("off by")
}
