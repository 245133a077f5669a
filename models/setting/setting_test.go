package setting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/setting"
)

var (
	now = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	by  = audit.Actor{Kind: audit.Staff, ID: "st_1"}
)

func set(t *testing.T, d *db.DB, o setting.Operator) {
	t.Helper()
	was, err := setting.ReadProfile(t.Context(), d)
	if err == nil {
		err = setting.SetOperator(t.Context(), d, by, "req_1", now, was.State, o)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func named(name string) setting.Operator {
	return setting.Operator{
		Name: setting.Words{ZhCN: name + "有限公司", En: name + " Ltd"}, ShortName: setting.Words{ZhCN: name, En: "Some Pay"},
		Hotline: "400-800-1234", Colour: "#0a5c4a",
	}
}

func TestTheOperatorIsTheExampleCompanyUntilSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, want := range []setting.Operator{setting.DefaultOperator, named("甲方"), named("乙方")} {
			if want != setting.DefaultOperator {
				set(t, d, want)
			}
			if got, err := setting.GetOperator(t.Context(), d); err != nil || got != want {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		var entries int
		err := d.QueryRow(t.Context(), "select count(*) from audit_entries where action = 'setting.operator' and actor_id = 'st_1'").Scan(&entries)
		if err != nil || entries != 2 {
			t.Errorf("got %d audit entries, %v; want 2", entries, err)
		}
	})
}

func TestAProfileThatCannotBeReadIsAnError(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "insert into settings (key, value, updated_at, updated_by) values ('operator', '[1]', $1, 'x')", now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := setting.GetOperator(t.Context(), d); err == nil {
			t.Errorf("got %+v, want an error", got)
		}
	})
}

func TestTheCacheAsksAgainAfterHalfAMinute(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.At(now)
		cache := setting.NewOperatorCache(d, c)
		get := func(want string, statements int) {
			t.Helper()
			ctx, counter := db.Count(t.Context())
			got, err := cache.Get(ctx)
			if err != nil || got.ShortName.ZhCN != want || counter.Statements() != statements {
				t.Errorf("got %q with %d statements, %v; want %q with %d", got.ShortName.ZhCN, counter.Statements(), err, want, statements)
			}
		}
		get("示例支付", 1)
		set(t, d, named("甲方"))
		c.Advance(29 * time.Second)
		get("示例支付", 0)
		c.Advance(time.Second)
		get("甲方", 1)
		c.Advance(-time.Hour) // the demo's clock may be put back
		get("甲方", 1)
	})
}

func TestTheCacheOutlivesAFailureOfTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		set(t, d, named("甲方"))
		c := clock.At(now)
		cache, fresh := setting.NewOperatorCache(d, c), setting.NewOperatorCache(d, c)
		if _, err := cache.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "alter table settings rename to gone")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Hour)
		if got, err := cache.Get(t.Context()); err != nil || got != named("甲方") {
			t.Errorf("got %+v, %v; want what was held", got, err)
		}
		if got, err := fresh.Get(t.Context()); err == nil || !strings.Contains(err.Error(), "setting") {
			t.Errorf("got %+v, %v; want an error where nothing was held", got, err)
		}
	})
}

func TestEachPolicyIsInForceUntilTheNext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if got, err := setting.GetPolicy(t.Context(), d, now); err != nil || got != (setting.Policy{NoticeHours: 24, NoticeMaxDays: 60, DisclosureDays: 31}) {
			t.Errorf("with none set: got %+v, %v; want the product's default", got, err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, p := range []struct {
				version, hours int
				from           time.Time
			}{{2, 72, now.Add(48 * time.Hour)}, {1, 48, now}} {
				_, err := tx.Exec(t.Context(), `
insert into policies (version, notice_hours, notice_max_days, disclosure_days, in_force_from, set_by) values ($1, $2, 30, 45, $3, 'st_1')`, p.version, p.hours, p.from)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at      time.Time
			version int
			hours   int
		}{
			{now.Add(-time.Microsecond), 0, 24},
			{now, 1, 48},
			{now.Add(48*time.Hour - time.Microsecond), 1, 48},
			{now.Add(48 * time.Hour), 2, 72},
			{now.AddDate(10, 0, 0), 2, 72},
		} {
			got, err := setting.GetPolicy(t.Context(), d, c.at)
			if err != nil || got.Version != c.version || got.NoticeHours != c.hours {
				t.Errorf("%s: got %+v, %v; want version %d with %d hours", c.at, got, err, c.version, c.hours)
			}
		}
	})
}

func TestNoticesArePlannedByWhateverIsInForceOnceTheyCount(t *testing.T) {
	all := setting.Policies{
		{NoticeHours: 48, NoticeMaxDays: 50, InForceFrom: now.AddDate(0, 0, 10)},
		{NoticeHours: 24, NoticeMaxDays: 60, InForceFrom: now.AddDate(0, 0, 20)},
		{NoticeHours: 168, NoticeMaxDays: 40, InForceFrom: now.AddDate(0, 0, 61)},
	}
	for _, c := range []struct{ day, hours, most int }{{0, 48, 50}, {1, 168, 40}, {10, 48, 50}, {11, 168, 40}, {61, 168, 40}, {-60, 24, 60}, {-50, 48, 50}} {
		if got := all.Ahead(now.AddDate(0, 0, c.day)); got.NoticeHours != c.hours || got.NoticeMaxDays != c.most {
			t.Errorf("on day %d: got %+v, want %d and %d", c.day, got, c.hours, c.most)
		}
	}
	if got := setting.Policies(nil).Ahead(now); got != setting.DefaultPolicy {
		t.Errorf("got %+v", got)
	}
}
