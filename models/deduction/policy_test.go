package deduction_test

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

func TestWhatWasAskedBeforeAPolicyIsJudgedByTheOneBeforeIt(t *testing.T) {
	first := time.Date(2026, 11, 1, 16, 0, 0, 0, time.UTC)
	second := first.AddDate(0, 1, 0)
	all := setting.Policies{
		{Version: 1, NoticeHours: 48, NoticeMaxDays: 50, DisclosureDays: 40, InForceFrom: first},
		{Version: 2, NoticeHours: 72, NoticeMaxDays: 40, DisclosureDays: 45, InForceFrom: second},
	}
	if got := deduction.PolicyAt(nil, first); got != fee.DefaultPolicy {
		t.Errorf("with none set: got %+v", got)
	}
	if got := deduction.PolicyAt(all, first.Add(-1)); got != fee.DefaultPolicy {
		t.Errorf("before the first: got %+v", got)
	}
	for _, c := range []struct {
		now, at     time.Time
		hours, most int
	}{
		{first, first.Add(-1), 24, 60}, {first, first, 48, 50}, {second, first.Add(-1), 24, 60}, {second, first, 48, 50}, {second, second.Add(-1), 48, 50},
		{second, second, 72, 40}, {second, second.AddDate(1, 0, 0), 72, 40}, {first, second, 48, 50},
	} {
		got := deduction.PolicyAt(all, c.now)
		if days := all.At(c.now).DisclosureDays; got.DisclosureDays != days {
			t.Errorf("%s: got %d days, want %d", c.now, got.DisclosureDays, days)
		}
		if got = got.At(c.at); got.NoticeHours != c.hours || got.NoticeMaxDays != c.most {
			t.Errorf("at %s of what was asked at %s: got %+v, want %d and %d", c.now, c.at, got, c.hours, c.most)
		}
	}
}
