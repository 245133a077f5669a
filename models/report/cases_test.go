package report

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// stored writes an instant as both databases take it in a statement.
func stored(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05-07:00") }

// complained is a case as a test writes it.
type complained struct {
	n        int // names it
	merchant int
	filed    time.Time
	kind     string // complaint where it is empty
	reason   string // too_much where it is empty
	channel  string // portal where it is empty
}

func (c complained) id() string { return fmt.Sprintf("c_%03d", c.n) }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// complain writes cases that nobody has looked at yet.
func complain(t testing.TB, d *db.DB, cases ...complained) {
	t.Helper()
	var statements []string
	for _, c := range cases {
		statements = append(statements,
			fmt.Sprintf(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (%d, 'M%d', '老街面馆', '', '', '', '2023-01-01', '2025-01-01 00:00:00+00:00') on conflict (id) do nothing`, c.merchant, c.merchant),
			fmt.Sprintf(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name, calendar, policy, state, under_way, next_due_at)
				values ('%s', 'N%d', %d, '%s', 'none', '', '', '%s', '%s', '', '', '%s', 'user', 'u_1', '周', 1, 1, 'received', true, '2101-01-01 00:00:00+00:00')`,
				c.id(), c.n, c.merchant, orElse(c.kind, "complaint"), orElse(c.reason, "too_much"), orElse(c.channel, "portal"), stored(c.filed)))
	}
	exec(t, d, statements...)
}

// decide decides a case, anew where it was decided before.
func decide(t testing.TB, d *db.DB, c complained, number int, at time.Time, finding, cause string) {
	t.Helper()
	exec(t, d, fmt.Sprintf(`update cases set state = 'investigating', under_way = true where id = '%s'`, c.id()),
		fmt.Sprintf(`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('%s', %d, 'decision_made', '%s', 'staff', 'st_1', '何')`, c.id(), number+1, stored(at)),
		fmt.Sprintf(`insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at)
			values ('%s', %d, 1, '%s', '%s', '说明', 0, 0, 'st_1', '何', '%s')`, c.id(), number, finding, cause, stored(at)),
		fmt.Sprintf(`update cases set state = 'decided', under_way = false where id = '%s'`, c.id()))
}

func counted(t testing.TB, d *db.DB, now time.Time) {
	t.Helper()
	if _, err := CountCases(t.Context(), d, now); err != nil {
		t.Fatal(err)
	}
}

var leader = staff.Actor{ID: "st_lead", Name: "周", Roles: []staff.Role{staff.Lead}}

func novemberCases(t testing.TB, d *db.DB) *CaseFigures {
	t.Helper()
	f, err := ReadCaseFigures(t.Context(), d, leader, Span{date.MustParse("2026-11-01"), date.MustParse("2026-12-01")}, false, noon)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSpeedIsCountedInFullDaysOfTheCasesOwnCalendar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// A calendar of long days, which a later case was filed under.
		exec(t, d, `insert into calendars (version, calendar, note, set_at, set_by) values (2, '{"week":{"mon":["08:00-20:00"],"tue":["08:00-20:00"],"wed":["08:00-12:00"]}}', 'x', '2026-11-01 00:00:00+00:00', 'st_1')`)
		monday := date.MustParse("2026-11-02")
		var cases []complained
		for n, c := range []struct {
			decided time.Time
			want    Speed
		}{
			{monday.At(18, 0), WithinOne},
			{monday.AddDays(1).At(9, 0), WithinOne}, // the night counts nothing
			{monday.AddDays(1).At(9, 1), WithinThree},
			{monday.AddDays(2).At(18, 0), WithinThree},
			{monday.AddDays(3).At(9, 1), OverThree},
			{time.Time{}, Open},
		} {
			one := complained{n: n, merchant: n + 1, filed: monday.At(9, 0)}
			complain(t, d, one)
			if !c.decided.IsZero() {
				decide(t, d, one, 1, c.decided, "upheld", "原因")
			}
			cases = append(cases, one)
		}
		late := complained{n: 20, merchant: 20, filed: monday.At(8, 0)}
		complain(t, d, late)
		exec(t, d, `update cases set calendar = 2 where id = 'c_020'`)
		decide(t, d, late, 1, monday.At(20, 0), "not_upheld", "")
		counted(t, d, noon)
		f := novemberCases(t, d)
		want := Counts{"within_1": 3, "within_3": 2, "over_3": 1, "open": 1}
		if fmt.Sprint(f.Speeds) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", f.Speeds, want)
		}
		if f.Filed() != 7 || f.Closed() != 6 || f.Decided() != 6 || f.Upheld() != 5 || !f.AsOf.Equal(noon) {
			t.Errorf("got %d filed, %d closed, %d decided, %d upheld as of %s", f.Filed(), f.Closed(), f.Decided(), f.Upheld(), f.AsOf)
		}
		// Reopened, the first is open again; decided anew, its time goes up to that.
		exec(t, d, `update cases set state = 'investigating', under_way = true where id = 'c_000'`)
		counted(t, d, noon)
		if f = novemberCases(t, d); f.Speeds["within_1"] != 2 || f.Speeds["open"] != 2 || f.Upheld() != 4 {
			t.Errorf("reopened: got %v, %d upheld", f.Speeds, f.Upheld())
		}
		decide(t, d, cases[0], 2, monday.AddDays(7).At(12, 0), "partly_upheld", "另一个原因")
		counted(t, d, noon)
		if f = novemberCases(t, d); f.Speeds["over_3"] != 2 || f.Findings["partly_upheld"] != 1 || f.Findings["upheld"] != 4 {
			t.Errorf("decided anew: got %v, %v", f.Speeds, f.Findings)
		}
		if len(f.Causes) != 2 || f.Causes[0] != (Cause{"原因", 4}) || f.Causes[1] != (Cause{"另一个原因", 1}) {
			t.Errorf("got the causes %v", f.Causes)
		}
	})
}

func TestACaseThatWasMergedOrIsNoComplaintIsNoneInFigures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := date.MustParse("2026-11-03").At(23, 59)
		complain(t, d, complained{n: 1, merchant: 1, filed: at, reason: "twice"}, complained{n: 2, merchant: 1, filed: at}, complained{n: 3, merchant: 2, filed: at, kind: "question", reason: "other"},
			complained{n: 4, merchant: 3, filed: at.Add(time.Minute), channel: "itself", reason: "broken_rule"}, complained{n: 5, merchant: 4, filed: at})
		exec(t, d, `update merchants set region = '上海' where id = 4`)
		counted(t, d, noon)
		exec(t, d, `update cases set merged_into = 'c_001', under_way = false where id = 'c_002'`,
			`update cases set state = 'withdrawn', under_way = false where id = 'c_005'`,
			`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('c_005', 2, 'case_withdrawn', '2026-11-03 16:30:00+00:00', 'user', 'u_1', '周')`,
			`insert into case_ratings (case_id, stars, remark, user_id, at) values ('c_001', 4, '', 'u_1', '2026-11-05 00:00:00+00:00')`)
		counted(t, d, noon)
		f := novemberCases(t, d)
		for name, c := range map[string][2]any{
			"kinds":    {f.Kinds, Counts{"complaint": 3, "question": 1}},
			"reasons":  {f.Reasons, Counts{"twice": 1, "broken_rule": 1, "too_much": 1}},
			"channels": {f.Channels, Counts{"portal": 2, "itself": 1}},
			"regions":  {f.Regions, Counts{"": 2, "上海": 1}},
			"speeds":   {f.Speeds, Counts{"open": 2, "withdrawn": 1}},
			"stars":    {f.Stars, Counts{"4": 1}},
			"days":     {f.Days, []Day{{date.MustParse("2026-11-03"), Counts{"open": 1, "withdrawn": 1}}, {date.MustParse("2026-11-04"), Counts{"open": 1}}}},
		} {
			if got, want := fmt.Sprint(c[0]), fmt.Sprint(c[1]); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
		if n, stars := f.Rated(); n != 1 || stars != 4 || f.Decided() != 0 || f.Closed() != 1 {
			t.Errorf("got %d ratings of %d stars, %d decided, %d closed", n, stars, f.Decided(), f.Closed())
		}
	})
}

// TestFiguresOfCasesAreWhatCountingAllAnewGives changes cases at random, counts
// what changed, and compares with counting everything.
func TestFiguresOfCasesAreWhatCountingAllAnewGives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := func() (text string) {
			err := d.Query(t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var on date.Date
					var measure, name string
					var n int64
					err := rows.Scan(&on, &measure, &name, &n)
					text += fmt.Sprintln(on, measure, name, n)
					return err
				})
			}, `select on_date, measure, name, n from figure_days order by on_date, measure, name`)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		filed, next := map[int]complained{}, 0
		decisions := map[int]int{}
		rapid.Check(t, func(r *rapid.T) {
			for range rapid.IntRange(1, 4).Draw(r, "steps") {
				if len(filed) < 3 || rapid.IntRange(0, 2).Draw(r, "what") == 0 {
					c := complained{
						n: next, merchant: rapid.IntRange(1, 5).Draw(r, "merchant"), filed: date.MustParse("2026-11-02").AddDays(rapid.IntRange(0, 5).Draw(r, "day")).At(rapid.IntRange(0, 23).Draw(r, "hour"), 0),
						reason: string(rapid.SampledFrom(ComplaintReasons).Draw(r, "reason")),
					}
					complain(t, d, c)
					filed[next] = c
					next++
					continue
				}
				c := filed[rapid.IntRange(0, next-1).Draw(r, "case")]
				switch rapid.IntRange(0, 3).Draw(r, "step") {
				case 0:
					decisions[c.n]++
					finding := string(rapid.SampledFrom([]complaint.Finding{complaint.Upheld, complaint.PartlyUpheld, complaint.NotUpheld}).Draw(r, "finding"))
					decide(t, d, c, decisions[c.n], c.filed.Add(time.Duration(rapid.IntRange(1, 200).Draw(r, "took"))*time.Hour), finding, rapid.SampledFrom([]string{"甲", "乙"}).Draw(r, "cause"))
				case 1:
					exec(t, d, fmt.Sprintf(`update cases set state = 'investigating', under_way = true where id = '%s'`, c.id()))
				case 2:
					exec(t, d, fmt.Sprintf(`update cases set merged_into = 'c_000' where id = '%s' and id <> 'c_000'`, c.id()))
				default:
					exec(t, d, fmt.Sprintf(`insert into case_ratings (case_id, stars, remark, user_id, at) values ('%s', 3, '', 'u_1', '2026-11-05 00:00:00+00:00') on conflict do nothing`, c.id()))
				}
			}
			counted(t, d, noon)
			got := all()
			exec(t, d, `delete from figure_days`, `delete from figure_cases`, `insert into figure_changes (case_id) select id from cases`)
			counted(t, d, noon)
			if want := all(); got != want {
				r.Fatalf("got\n%s\nwant\n%s", got, want)
			}
		})
	})
}

func TestWhatTheGateAnsweredIsCountedOnceByTheDayItWasAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, newWorld(1).statements...)
		exec(t, d, `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, 1, 1, 'T1', '', '', '', '', '', '', '2026-01-01 00:00:00+00:00')`)
		asked := func(at time.Time, steps ...string) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				name := id.New("d", at)
				_, err := tx.Exec(t.Context(), `insert into gate_requests (deduction_id, merchant_id, terminal_id, item, ref, digest, amount_fen, origin, at, state, asked_kind, asked_by, asked_at, changed_at)
					values ($1, 1, 1, 'sim_data', $1, $2, 3600, 'core', $3, 'held', 'api', 'k', $3, $3)`, name, []byte("x"), at)
				for i, step := range steps {
					if err == nil {
						_, err = tx.Exec(t.Context(), `insert into gate_steps (deduction_id, number, merchant_id, at, step, reason, by_kind, by_id) values ($1, $2, 1, $3, $4, '', 'api', 'k')`, name, i+1, at, step)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		asked(noon.Add(-2*time.Hour), "held", "released")
		asked(noon.Add(-time.Hour), "authorized", "posted")
		asked(noon.Add(-time.Hour), "denied")
		asked(noon.Add(-time.Minute), "authorized") // may not be all of that moment
		for range 2 {
			if _, err := CountGate(t.Context(), d, noon); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := fmt.Sprint(novemberCases(t, d).Gate), fmt.Sprint(Counts{"held": 1, "authorized": 1, "denied": 1}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		asked(noon, "ungated")
		if got, err := CountGate(t.Context(), d, noon.Add(time.Hour)); err != nil || got != 2 {
			t.Errorf("later: got %d, %v; want the two that are new", got, err)
		}
		if got, want := fmt.Sprint(novemberCases(t, d).Gate), fmt.Sprint(Counts{"held": 1, "authorized": 2, "denied": 1, "ungated": 1}); got != want {
			t.Errorf("later: got %s, want %s", got, want)
		}
	})
}

func TestNoticesAreCountedOnceADayAndTheLastDaysAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, newWorld(1).statements...)
		n := 0
		sent := func(on, channel, state string) {
			n++
			exec(t, d, fmt.Sprintf(`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, created_at, not_after, state, next_at)
				values ('m_%d', 'upcoming', '%s', 1, '', 'zh-CN', '', '%s 02:00:00+00:00', '2027-01-01 00:00:00+00:00', '%s', '2026-01-01 00:00:00+00:00')`, n, channel, on, state))
		}
		sent("2026-11-01", "sms", "accepted")
		sent("2026-11-21", "sms", "delivered")
		sent("2026-11-21", "sms", "accepted")
		sent("2026-11-21", "email", "dead")
		sent("2026-11-21", "inbox", "delivered")
		sent("2026-11-22", "sms", "delivered") // the day is not over
		count := func(at time.Time) Counts {
			if err := CountNotices(t.Context(), d, at); err != nil {
				t.Fatal(err)
			}
			return novemberCases(t, d).Notices
		}
		if got, want := fmt.Sprint(count(noon)), fmt.Sprint(Counts{"arrived": 1, "taken": 2, "failed": 1}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		exec(t, d, `update messages set state = 'delivered' where state = 'accepted'`)
		if got, want := fmt.Sprint(count(noon.Add(time.Hour))), fmt.Sprint(Counts{"arrived": 1, "taken": 2, "failed": 1}); got != want {
			t.Errorf("on the same day: got %s, want %s", got, want)
		}
		// What is of too long ago stays as it was counted.
		if got, want := fmt.Sprint(count(noon.AddDate(0, 0, 1))), fmt.Sprint(Counts{"arrived": 3, "taken": 1, "failed": 1}); got != want {
			t.Errorf("on the next day: got %s, want %s", got, want)
		}
	})
}

func TestFiguresOfCasesAreForThoseWhoLead(t *testing.T) {
	d := dbtest.SQLite(t)
	year := YearOf(today)
	support := staff.Actor{ID: "st_s", Roles: []staff.Role{staff.Support, staff.Operator}}
	if _, err := ReadCaseFigures(t.Context(), d, support, Span{today, today}, false, noon); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v, want it forbidden", err)
	}
	if _, err := ReadCaseYear(t.Context(), d, support, year, noon); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v, want it forbidden", err)
	}
	for _, p := range []Period{YearOf(today.AddMonths(12)), YearOf(date.MustParse("2019-01-01")), MonthOf(today)} {
		if _, err := ReadCaseYear(t.Context(), d, leader, p, noon); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v, want that it is not found", p, err)
		}
	}
}

func TestAYearsReportCountsWhatWasFiledInIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, last := date.MustParse("2026-01-01").Start(), date.MustParse("2026-12-31").At(23, 59)
		complain(t, d, complained{n: 1, merchant: 1, filed: first}, complained{n: 2, merchant: 2, filed: last}, complained{n: 3, merchant: 3, filed: first.Add(-time.Second)}, complained{n: 4, merchant: 3, filed: last.Add(time.Minute)})
		decide(t, d, complained{n: 1}, 1, date.MustParse("2026-01-04").At(10, 0), "upheld", "x")
		counted(t, d, noon)
		y, err := ReadCaseYear(t.Context(), d, leader, YearOf(today), noon)
		if err != nil || y.Filed() != 2 || y.Closed() != 1 || y.Speeds["within_1"] != 1 || y.Regions[""] != 2 {
			t.Errorf("got %+v, %v", y, err)
		}
	})
}

func TestReadingFiguresOfCasesCostsOneRoundTripHoweverManyThereAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var cases []complained
		for n := range 60 {
			cases = append(cases, complained{n: n, merchant: n%7 + 1, filed: date.MustParse("2026-11-02").AddDays(n%20).At(10, 0)})
		}
		complain(t, d, cases...)
		counted(t, d, noon)
		ctx, counter := db.Count(t.Context())
		if _, err := ReadCaseFigures(ctx, d, leader, Span{date.MustParse("2026-01-01"), date.MustParse("2027-01-01")}, true, noon); err != nil {
			t.Fatal(err)
		}
		if got, most := counter.RoundTrips(), map[db.Dialect]int{db.Postgres: 1, db.SQLite: 8}[d.Dialect]; got > most {
			t.Errorf("got %d round trips, want at most %d", got, most)
		}
	})
}
