package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/policy"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	shen  = staff.Actor{ID: "st_1", Name: "沈合规", Roles: []staff.Role{staff.Compliance}}
	qin   = staff.Actor{ID: "st_2", Name: "秦合规", Roles: []staff.Role{staff.Compliance}}
	zhou  = staff.Actor{ID: "st_3", Name: "周主管", Roles: []staff.Role{staff.Lead}}
	today = date.MustParse("2026-11-23")
	now   = today.At(10, 0)
	on    = today.AddDays(30)
	next  = setting.Policy{NoticeHours: 48, NoticeMaxDays: 50, DisclosureDays: 45}
)

// desk is where proposals are made and answered.
type desk struct {
	t *testing.T
	d *db.DB
}

func (k desk) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k desk) refused(what string, err error, kind fault.Kind, key string) {
	k.t.Helper()
	if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != kind || f.Key != key {
		k.t.Errorf("%s: got %v, want %s with %q", what, err, kind, key)
	}
}

func (k desk) overview() *policy.Overview {
	k.t.Helper()
	o, err := policy.ReadOverview(k.t.Context(), k.d)
	k.must(err)
	return o
}

func (k desk) propose(by staff.Actor, value setting.Policy, on date.Date, reason string) error {
	return policy.Propose(k.t.Context(), k.d, now, by, value, on, reason)
}

func (k desk) agree(by staff.Actor, at time.Time, number int) error {
	return policy.PutInForce(k.t.Context(), k.d, at, by, number)
}

// waiting is how many proposals wait for somebody.
func (k desk) waiting(a staff.Actor) (n int) {
	k.t.Helper()
	b := db.NewBatch()
	policy.CountProposed(b, a.ID, &n)
	k.must(k.d.Read(k.t.Context(), b))
	return n
}

func each(t *testing.T, test func(t *testing.T, k desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, desk{t, d}) })
}

func TestRulesAreProposedByOneOfComplianceAndPutInForceByAnother(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		k.refused("proposed by a lead", k.propose(zhou, next, on, "why"), fault.Forbidden, "errors.no_permission")
		k.refused("none there", k.agree(qin, now, 1), fault.NotFound, "notice_rules.not_found")
		k.refused("nothing different", k.propose(shen, setting.DefaultPolicy, on, "why"), fault.Conflict, "notice_rules.same")
		k.must(k.propose(shen, next, on, " 提醒总是太晚 "))
		k.refused("a second proposal", k.propose(qin, next, on, "why"), fault.Conflict, "notice_rules.open_already")
		o := k.overview()
		if p := o.Open; p == nil || p.Value != next || p.Was != setting.DefaultPolicy || p.On != on || p.Reason != "提醒总是太晚" || p.Proposer != "沈合规" || p.AnswerBy() != on.AddDays(-14) || len(o.All) != 0 {
			t.Errorf("got %+v of %+v", o.Open, o)
		}
		if k.waiting(shen) != 0 || k.waiting(qin) != 1 {
			t.Errorf("%d wait for who proposed, %d for another", k.waiting(shen), k.waiting(qin))
		}
		k.refused("one's own", k.agree(shen, now, 1), fault.Forbidden, "notice_rules.own")
		k.refused("by a lead", k.agree(zhou, now, 1), fault.Forbidden, "errors.no_permission")
		k.must(k.agree(qin, now.AddDate(0, 0, 16), 1))
		k.refused("twice", k.agree(qin, now, 1), fault.Conflict, "notice_rules.not_open")
		k.refused("withdrawn afterwards", policy.Withdraw(t.Context(), k.d, now, shen, 1), fault.Conflict, "notice_rules.not_open")
		o = k.overview()
		if o.Open != nil || len(o.All) != 1 || len(o.Ended) != 1 || o.Ended[0].State != policy.ProposalOn || o.Ended[0].EndedBy != "秦合规" || k.waiting(qin) != 0 {
			t.Errorf("got %+v", o)
		}
		var version int
		var by string
		k.must(k.d.QueryRow(t.Context(), `select version, (select set_by from policies) from policy_proposals where number = 1`).Scan(&version, &by))
		if version != 1 || by != qin.ID {
			t.Errorf("it became version %d, set by %s", version, by)
		}
	})
}

func TestEveryRuleMayBeFriendlierThanTheDefaultAndNoWorse(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		err := k.propose(shen, setting.Policy{NoticeHours: 23, NoticeMaxDays: 61, DisclosureDays: -1}, today.AddDays(-1), " ")
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Kind != fault.Invalid {
			t.Fatalf("got %v", err)
		}
		var got []string
		for _, one := range f.Fields {
			got = append(got, one.Name+" "+one.Key)
		}
		want := []string{
			"notice_hours notice_rules.broken.notice_hours", "notice_max_days notice_rules.broken.notice_max_days", "disclosure_days notice_rules.check.number",
			"in_force_on notice_rules.check.day", "reason notice_rules.check.reason",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for what, c := range map[string]struct {
			hours, most, days int
			key               string
		}{
			"published too late": {24, 60, 30, "broken.disclosure_days"}, "hours too many": {169, 60, 31, "beyond.notice_hours"},
			"days too few": {24, 39, 31, "beyond.notice_max_days"}, "published too early": {24, 60, 181, "beyond.disclosure_days"},
		} {
			err := k.propose(shen, setting.Policy{NoticeHours: c.hours, NoticeMaxDays: c.most, DisclosureDays: c.days}, on, "why")
			if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Fields) != 1 || f.Fields[0].Key != "notice_rules."+c.key {
				t.Errorf("%s: got %v", what, err)
			}
		}
		k.must(k.propose(shen, setting.Policy{NoticeHours: 168, NoticeMaxDays: 40, DisclosureDays: 180}, on, strings.Repeat("长", policy.MostReason)))
	})
}

func TestRulesWithWhichAMerchantWouldBeWorseOffAreNotStored(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		err := k.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := setting.AddPolicyIn(t.Context(), tx, audit.Actor{Kind: audit.Staff, ID: "st_1"}, setting.Policy{NoticeHours: 24, NoticeMaxDays: 60, DisclosureDays: 30, InForceFrom: on.Start()})
			return err
		})
		if !fault.Is(err, fault.Invalid) || len(k.overview().All) != 0 {
			t.Errorf("got %v", err)
		}
	})
}

func TestRulesBeginWhereThereIsTimeToTellByThem(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		wrong := func(what string, on date.Date, first, last string) {
			t.Helper()
			f, ok := errors.AsType[*fault.Error](k.propose(shen, next, on, "why"))
			if !ok || len(f.Fields) != 1 || f.Fields[0].Name != policy.DayField || f.Fields[0].Args[1] != date.MustParse(first) || f.Fields[0].Args[3] != date.MustParse(last) {
				t.Errorf("%s: got %+v", what, f)
			}
		}
		for what, on := range map[string]date.Date{"no day": 0, "past": today.AddDays(-1), "today": today, "too near": today.AddDays(13), "too far": today.AddDays(367)} {
			wrong(what, on, "2026-12-07", "2027-11-24")
		}
		k.must(k.propose(shen, next, today.AddDays(14), "why"))
		k.refused("answered too late", k.agree(qin, now.AddDate(0, 0, 1), 1), fault.Conflict, "notice_rules.too_late")
		k.must(policy.Withdraw(t.Context(), k.d, now, qin, 1))
		if o := k.overview(); len(o.All) != 0 || o.Open != nil || o.Ended[0].State != policy.ProposalWithdrawn {
			t.Errorf("got %+v", o)
		}
		k.must(k.propose(shen, next, today.AddDays(60), "why"))
		k.must(k.agree(qin, now, 2))
		wrong("before the last change", today.AddDays(60), "2027-01-23", "2027-11-24")
		k.refused("as the last change has it", k.propose(shen, next, today.AddDays(61), "why"), fault.Conflict, "notice_rules.same")
		k.must(k.propose(shen, setting.DefaultPolicy, today.AddDays(61), "why"))
		if p := k.overview().Open; !p.Was.SameRules(next) || p.Was.Version != 1 {
			t.Errorf("would come in place of %+v", p.Was)
		}
	})
}

func TestEachInstantIsJudgedByTheRulesThatHoldThen(t *testing.T) {
	each(t, func(t *testing.T, k desk) {
		k.must(k.propose(shen, next, on, "why"))
		k.must(k.agree(qin, now, 1))
		for what, c := range map[string]struct {
			at      time.Time
			version int
		}{"now": {now, 0}, "the day before": {on.Start().Add(-1), 0}, "from midnight in Shanghai on": {on.Start(), 1}, "later": {on.Start().AddDate(1, 0, 0), 1}} {
			got, err := setting.GetPolicy(t.Context(), k.d, c.at)
			if err != nil || got.Version != c.version || got.SameRules(next) != (c.version == 1) {
				t.Errorf("%s: got %+v, %v", what, got, err)
			}
		}
		all := k.overview().All
		if got := all.Ahead(now); got.NoticeHours != 48 || got.NoticeMaxDays != 50 || got.DisclosureDays != 31 {
			t.Errorf("notices are planned by %+v", got)
		}
	})
}
