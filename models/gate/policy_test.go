package gate

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/policy"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

func TestADeductionIsJudgedByTheRulesOfNoticesThatAreInForceWhenItIsAskedFor(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bench) {
		rules := setting.DefaultPolicy
		rules.NoticeMaxDays = 40
		on := date.Of(start).AddDays(37) // by then the notice is 41 days old
		other := staff.Actor{ID: "s_qin", Name: "秦", Roles: []staff.Role{staff.Compliance}}
		if err := policy.Propose(t.Context(), b.d, start, compliance, rules, on, "too early to remember"); err != nil {
			t.Fatal(err)
		}
		if err := policy.PutInForce(t.Context(), b.d, start, other, 1); err != nil {
			t.Fatal(err)
		}
		b.clock.MoveTo(on.Start().Add(-1))
		want(t, b.authorize(b.sim(0)), fee.Allow, "", fee.Authorized)
		b.clock.MoveTo(on.Start())
		want(t, b.authorize(b.sim(1)), fee.Hold, "notice_missing", fee.Held)
	})
}
