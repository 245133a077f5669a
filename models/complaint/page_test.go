package complaint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// worked files a case with something of everything.
func (w *world) worked() string {
	number := w.file(twice)
	w.must(w.AddFiles(w.t.Context(), w.zhou, number, []Upload{pictureOf1}))
	w.must(w.Note(w.t.Context(), wang, number, "像是重复"))
	_, err := w.AskThird(w.t.Context(), wang, number, Inquiry{Whom: Agent, Name: "某代理", Body: "谁提交的？", DueOn: date.Of(monday).AddDays(2)})
	w.must(err)
	w.must(w.Reply(w.t.Context(), wang, number, "在查"))
	w.decide(wang, number, Upheld, 3600)
	_, err = w.ProposeRefund(w.t.Context(), wang, number, 3600)
	w.must(err)
	w.must(w.Rate(w.t.Context(), w.zhou, number, 4, "可以"))
	return number
}

func TestAMerchantSeesItsCaseWithoutWhatStaffSayAmongThemselves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.worked()
		ctx, counter := db.Count(t.Context())
		p, err := ReadPage(ctx, w.d, w.zhou.MerchantID, number, w.clock.Now())
		w.must(err)
		if w.d.Dialect == db.Postgres && counter.RoundTrips() > 1 {
			t.Errorf("%d round trips", counter.RoundTrips())
		}
		if p.Standing.State != worktime.RefundPending || p.SN != "820000018093" || p.Owner != wang.Name || len(p.Evidence) != 1 || len(p.Files) != 1 || p.Stars != 4 || p.Holds || p.Granted() != 3600 {
			t.Errorf("the page is %+v", p)
		}
		if len(p.Posts) != 1 || p.Posts[0].Kind != reply {
			t.Errorf("the thread is %+v, want the reply alone", p.Posts)
		}
		if len(p.Decisions) != 1 || p.Decisions[0].RootCause != "" || p.Decisions[0].Reason == "" {
			t.Errorf("the decision is %+v", p.Decisions)
		}
		for _, merchantID := range []int64{w.li.MerchantID, 0} {
			_, err = ReadPage(t.Context(), w.d, merchantID, number, w.clock.Now())
			w.wantFault(err, fault.NotFound, "another merchant")
			_, err = ReadEvidence(t.Context(), w.d, w.li.MerchantID, number, 1)
			w.wantFault(err, fault.NotFound, "another merchant's evidence")
		}
		e, err := ReadEvidence(t.Context(), w.d, w.zhou.MerchantID, number, 1)
		if w.must(err); e.Hash != p.Evidence[0].Hash || !strings.Contains(string(e.Facts), "duplicate_cycle") {
			t.Errorf("the evidence is %s", e.Facts)
		}
	})
}

func TestAMerchantsListIsReadPartByPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range listShown + 5 {
			f, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: fmt.Sprint(i)})
			w.must(err)
			if i >= 2 {
				w.must(w.Withdraw(t.Context(), w.zhou, f.Number))
			}
		}
		first, err := ReadList(t.Context(), w.d, w.zhou.MerchantID, Mark{})
		if w.must(err); len(first.Open) != 2 {
			t.Errorf("%d cases are open, want the 2 that were not withdrawn", len(first.Open))
		}
		seen := map[string]bool{}
		var after Mark
		for range 3 {
			l, err := ReadList(t.Context(), w.d, w.zhou.MerchantID, after)
			w.must(err)
			for _, r := range l.Rows {
				seen[r.Number] = true
			}
			if after = l.More; after.ID == "" {
				break
			}
		}
		if len(seen) != listShown+3 {
			t.Errorf("%d cases at their end were seen, want %d", len(seen), listShown+3)
		}
		if l, err := ReadList(t.Context(), w.d, w.li.MerchantID, Mark{}); err != nil || len(l.Rows) != 0 {
			t.Errorf("another merchant sees %d cases, %v", len(l.Rows), err)
		}
	})
}

func TestStaffSeeACaseWithAllThatBelongsToIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(lawful)
		number := w.worked()
		_, err := w.FileForCaller(t.Context(), wang, "M2", Caller{Channel: ByPhone}, NewCase{Kind: Complaint, Subject: OfTerminal, Ref: stall, Item: "sim_data", Reason: TooMuch})
		w.must(err)
		_, err = ReadDesk(t.Context(), w.d, staff.Actor{ID: "st_8", Roles: []staff.Role{staff.Operator}}, number, w.clock.Now())
		w.wantFault(err, fault.Forbidden, "an operator")
		_, err = ReadDesk(t.Context(), w.d, wang, "C2026-0101-01", w.clock.Now())
		w.wantFault(err, fault.NotFound, "no such case")
		k, err := ReadDesk(t.Context(), w.d, wang, number, w.clock.Now())
		w.must(err)
		if len(k.Posts) != 2 || len(k.Inquiries) != 1 || k.Due != (Due{Suggested: 3600, Most: 3600}) || k.MerchantRef != "M1" || k.SecondAbove != 50_000 || k.Decisions[0].RootCause == "" {
			t.Errorf("the case is %+v", k)
		}
		if len(k.Earlier) != 1 || k.Earlier[0].Number != first || len(k.Similar) != 1 {
			t.Errorf("beside it: %+v and %+v", k.Earlier, k.Similar)
		}
	})
}

func TestTheQueueShowsEachViewByWhatIsDueFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		late := w.file(lawful)
		w.at("2026-11-25", 9, 0)
		mine, asked, decided := w.file(twice), w.file(dearly), ""
		w.must(w.Assign(t.Context(), wang, mine, wang.ID))
		w.must(w.AskMerchant(t.Context(), lin, asked, "请发小票"))
		f, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: "？"})
		w.must(err)
		decided = f.Number
		w.must(w.Decide(t.Context(), lin, decided, Judgement{Finding: Answered, Reason: "是这样的"}))
		_, err = w.Warnings(t.Context())
		w.must(err)
		w.must(w.Lock(t.Context(), lin, mine))
		for v, want := range map[View][]string{
			Mine: {mine}, Unassigned: {late}, DueToday: {late, mine}, Breached: {late}, Waiting: {asked}, Reopened: nil, Left: nil, Everything: {late, mine, asked},
		} {
			ctx, counter := db.Count(t.Context())
			q, err := ReadQueue(ctx, w.d, wang, v, Mark{}, w.clock.Now())
			w.must(err)
			if counter.Statements() > 3 {
				t.Errorf("%s takes %d statements", v, counter.Statements())
			}
			var got []string
			for _, r := range q.Rows {
				got = append(got, r.Number)
				if r.Number == mine && !slices.Equal(r.OpenBy, []string{lin.Name}) {
					t.Errorf("%s is open by %q", mine, r.OpenBy)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || q.Counts[v] != len(want) {
				t.Errorf("%s shows %v and counts %d, want %v", v, got, q.Counts[v], want)
			}
		}
		_, err = ReadQueue(t.Context(), w.d, staff.Actor{ID: "st_8", Roles: []staff.Role{staff.Operator}}, Mine, Mark{}, w.clock.Now())
		w.wantFault(err, fault.Forbidden, "an operator")
	})
}

func TestTheBoardShowsWhoHasWhatAndHowItWent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.worked()
		w.file(lawful)
		w.at("2026-11-25", 9, 0)
		_, err := w.Warnings(t.Context())
		w.must(err)
		o, err := ReadBoard(t.Context(), w.d, chen, w.clock.Now())
		w.must(err)
		if len(o.Loads) != 1 || o.Loads[0] != (Load{"", "", 1, 1, 1}) || len(o.Alarms) != 2 || o.Decided != 1 || o.InTime != 1 || o.Upheld != 1 {
			t.Errorf("the board is %+v", o)
		}
		_, err = ReadBoard(t.Context(), w.d, wang, w.clock.Now())
		w.wantFault(err, fault.Forbidden, "support")
	})
}

// crowd writes many cases under way, those after one number up to another, of a
// tenth of which each other thing is true.
func (w *world) crowd(after, n int) {
	w.t.Helper()
	const columns = `insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name,
		calendar, policy, owner_id, owner_name, reopened, breached, state, under_way, next_due_at, waits_for, queue_at) `
	numbers := fmt.Sprintf(`with recursive n (i) as (select %d union all select i + 1 from n where i < %d) `, after+1, n)
	due := map[db.Dialect]string{
		db.Postgres: `timestamptz '2026-11-24 00:00:00+00:00' + i * interval '1 minute'`,
		db.SQLite:   `strftime('%Y-%m-%d %H:%M:%S', '2026-11-24', '+' || i || ' minutes') || '+00:00'`,
	}[w.d.Dialect]
	at := `'2026-11-23 01:00:00+00:00'`
	if w.d.Dialect == db.Postgres {
		at = `timestamptz ` + at
	}
	statement := columns + numbers + fmt.Sprintf(`
		select 'c_' || i, 'C' || i, %d, 'question', 'none', '', '', 'other', 'portal', case i %% 10 when 6 then '12363' else '' end, '', %s, 'user', 'u_1', '', 1, 1,
			case i %% 10 when 1 then 'st_1' when 2 then '' else 'st_2' end, '', i %% 10 = 3, i %% 10 = 4, case i %% 10 when 5 then 'awaiting_merchant' when 7 then 'decided' else 'accepted' end, i %% 10 <> 7, %s, case i %% 10 when 7 then 'refund' else '' end, %s
		from n`, w.zhou.MerchantID, at, due, due)
	statements := []string{statement}
	if w.d.Dialect == db.Postgres { // nobody asks for figures here, and noting each case for them takes longer than the rest
		statements = []string{"alter table cases disable trigger user", statement, "alter table cases enable trigger user"}
	}
	intaketest.Exec(w.t, w.d, statements...)
	w.must(w.d.Analyze(w.t.Context(), "cases", "merchants"))
}

// What a part of the queue with its counts may touch, however many cases there
// are, and how much more of ten times the cases: an index may be a page deeper.
const (
	mostBuffers = 300
	mostMore    = 12
)

func TestTheQueueTouchesHardlyMoreBuffersOfTwoHundredThousandCasesThanOfTwentyThousand(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("PostgreSQL is left out")
	}
	w := newWorld(t, dbtest.Postgres(t))
	few, written := map[View]int64{}, 0
	for _, size := range []int{20_000, 200_000} {
		w.crowd(written, size)
		written = size
		for _, v := range Views {
			b := db.NewBatch()
			q := &Queue{Counts: map[View]int{}}
			q.addTo(b, wang.ID, "", v, Mark{date.MustParse("2026-11-26").Start(), "c_1"}, after(time.Hour))
			n, err := w.d.Buffers(t.Context(), b)
			w.must(err)
			if before, known := few[v]; n > mostBuffers || known && n > before+mostMore {
				t.Errorf("of %d cases %s touches %d buffers, and of fewer %d; want at most %d, and %d more", size, v, n, before, mostBuffers, mostMore)
			}
			few[v] = n
		}
		t.Logf("of %d cases: %v", size, few)
	}
}

func TestTheQueueIsReadInTheOrderOfAnIndex(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.crowd(0, 20_000)
	for v, index := range map[View]string{Mine: "cases_of_owner", Unassigned: "cases_of_owner", DueToday: "cases_queue", Breached: "cases_breached", Waiting: "cases_waiting", Reopened: "cases_reopened", Authority: "cases_of_authorities", Left: "cases_after_decision", Everything: "cases_queue"} {
		q, err := ReadQueue(t.Context(), w.d, wang, v, Mark{}, monday.Add(14*24*time.Hour))
		w.must(err)
		if len(q.Rows) != queueShown || q.More.ID == "" || q.Counts[v] != MostCounted {
			t.Errorf("%s shows %d cases and counts %d", v, len(q.Rows), q.Counts[v])
		}
		where := strings.ReplaceAll(viewed[v], "$tonight", "'2026-12-07'")
		var plan []string
		err = w.d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var a, b, c int
				var text string
				err := rows.Scan(&a, &b, &c, &text)
				plan = append(plan, text)
				return err
			})
		}, `explain query plan select c.id from cases c where c.queue_at is not null and `+strings.ReplaceAll(where, "$1", "'st_1'")+` order by c.queue_at, c.id limit 51`)
		w.must(err)
		if all := strings.Join(plan, "; "); !strings.Contains(all, index) || strings.Contains(all, "TEMP B-TREE") {
			t.Errorf("%s is read by %s; want the order of %s", v, all, index)
		}
	}
}
