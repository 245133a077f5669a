package disclosure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

// The people of these tests. He is of compliance and leads support besides.
var (
	he   = staff.Actor{ID: "s_he", Name: "何", Roles: []staff.Role{staff.Compliance, staff.Lead}}
	luo  = staff.Actor{ID: "s_luo", Name: "罗", Roles: []staff.Role{staff.Compliance}}
	tang = staff.Actor{ID: "s_tang", Name: "唐", Roles: []staff.Role{staff.Lead}}
	xu   = staff.Actor{ID: "s_xu", Name: "许", Roles: []staff.Role{staff.Auditor, staff.Operator, staff.Support}}
)

// queue remembers the jobs it was given.
type queue struct {
	mu   sync.Mutex
	jobs []river.JobArgs
}

func (q *queue) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, args)
	return nil
}

func pendNothing(context.Context, *db.Tx) error { return nil }

// sound is a content with nothing against it: the SIM's yearly fee at 45 yuan.
func sound() *Content {
	return &Content{
		Title:   Text{"终端收费公示", "Terminal fees"},
		Summary: Text{"流量卡费每年 ¥45.00。", "SIM data costs ¥45.00 a year."},
		Contact: Text{"打客服电话 400-000-0000。", "Call 400-000-0000."},
		Limits:  Text{"只用于我们的终端。", "For our terminals only."},
		Clauses: []Clause{{"3", Text{"流量卡费", "SIM data"}, Text{"每年收一次 ¥45.00。前 30 天免费。", "We take ¥45.00 once a year. The first 30 days are free."}}},
		Fees: []ContentFee{{
			Plan: "sim-annual-36", Item: fee.SimData, Kind: fee.Recurring, Amount: 4500, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue,
			Terms: Terms{
				Title: Text{"流量卡费", "SIM data"}, Clause: "3",
				Recipient: Text{"示例支付有限公司", "Example Pay Ltd"}, PricedBy: Text{"示例支付定价，因为运营商涨价", "Priced by Example Pay, since the carrier charges more"},
				Refund: Text{"已经开始的一期不退", "A period that has begun isn't refunded"}, Stop: Text{"在终端页停用", "Stop it on the terminal's page"},
				Collected: Text{"从当天结算款里扣", "Taken out of the day's settlement"},
			},
		}},
	}
}

// begin makes a draft of the sound content and returns its id.
func begin(t testing.TB, d *db.DB, by staff.Actor) string {
	t.Helper()
	draftID, err := Begin(t.Context(), d, morning, by, "terminal-fees", sound())
	if err != nil {
		t.Fatal(err)
	}
	return draftID
}

func draftOf(t testing.TB, d *db.DB, draftID string) *Draft {
	t.Helper()
	dr, err := readDraft(t.Context(), d, draftID)
	if err != nil {
		t.Fatal(err)
	}
	return dr
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != kind {
		t.Errorf("got %v, want the kind %s", err, kind)
	}
}

// approved makes a draft of the sound content that tang has approved.
func approved(t testing.TB, d *db.DB) *Draft {
	t.Helper()
	draftID := begin(t, d, luo)
	must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
	dr := draftOf(t, d, draftID)
	must(t, Approve(t.Context(), d, morning, tang, draftID, dr.Hash, "好"))
	return draftOf(t, d, draftID)
}

func TestADraftBecomesAVersionThatTakesEffectInTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		takeOver(t, d, morning, published())
		dr := approved(t, d)
		q := &queue{}
		early := date.Of(morning).AddDays(30)
		_, err := Publish(t.Context(), d, q, morning, luo, dr.ID, dr.Hash, early, pendNothing)
		wantKind(t, err, fault.Invalid)
		done, err := Publish(t.Context(), d, q, morning, luo, dr.ID, dr.Hash, early.AddDays(1), pendNothing)
		must(t, err)
		if len(q.jobs) != 1 || q.jobs[0] != (PublishedArgs{VersionID: done.VersionID}) {
			t.Errorf("jobs are %v, want the one of version %d", q.jobs, done.VersionID)
		}
		plans, err := Load(t.Context(), d)
		must(t, err)
		plan := plans.ByCode("sim-annual-36")
		v := plan.Fee.Version(2)
		if v == nil || v.Price.Amount != 4500 || v.EffectiveOn != early.AddDays(1) || *v.DisclosureDays != 31 {
			t.Fatalf("version 2 of the plan is %+v", v)
		}
		got := plans.Disclosure("terminal-fees").Version(2)
		if got.Hash != done.Hash || hashOf(got.Body) != got.Hash || got.Document.Content.Hash() != dr.Hash {
			t.Errorf("the version's hash %s is not that of its body, or its content not the approved one", got.Hash)
		}
		if phase := plans.Disclosure("terminal-fees").Phase(2, date.Of(morning)); phase != ToCome {
			t.Errorf("the version is %s, want %s", phase, ToCome)
		}
		if phase := plans.Disclosure("terminal-fees").Phase(1, early.AddDays(1)); phase != Superseded {
			t.Errorf("the version before is %s, want %s", phase, Superseded)
		}
		_, err = Publish(t.Context(), d, q, morning, luo, dr.ID, dr.Hash, early.AddDays(9), pendNothing)
		wantKind(t, err, fault.Conflict)
	})
}

func TestWhatWasTakenOverStillShowsTheBytesOfItsHash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		takeOver(t, d, morning, fees())
		plans, err := Load(t.Context(), d)
		must(t, err)
		for _, v := range plans.Disclosure("terminal-fees").Versions {
			if hashOf(v.Body) != v.Hash {
				t.Errorf("the body of version %d hashes to %s, want %s", v.Number, hashOf(v.Body), v.Hash)
			}
		}
	})
}

func TestNobodyApprovesTheirOwnText(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		draftID := begin(t, d, he)
		must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
		hash := draftOf(t, d, draftID).Hash
		wantKind(t, Approve(t.Context(), d, morning, he, draftID, hash, ""), fault.Forbidden)  // wrote it, and leads support too
		wantKind(t, Approve(t.Context(), d, morning, luo, draftID, hash, ""), fault.Forbidden) // submitted it
		wantKind(t, Approve(t.Context(), d, morning, xu, draftID, hash, ""), fault.Forbidden)  // may not
		wantKind(t, Approve(t.Context(), d, morning, tang, draftID, strings.Repeat("0", 64), ""), fault.Conflict)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			dr := draftOf(t, d, draftID)
			return addReview(t.Context(), tx, morning, he, dr, "approved", "")
		})
		if err == nil || !strings.Contains(err.Error(), "author") {
			t.Errorf("the database took an author's approval: %v", err)
		}
		must(t, Approve(t.Context(), d, morning, tang, draftID, hash, ""))
	})
}

func TestAnEditAfterTheApprovalVoidsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dr := approved(t, d)
		changed := sound()
		changed.Contact.En = "Call 400-000-0000 on any day."
		must(t, Save(t.Context(), d, morning, luo, dr.ID, dr.Revision, changed))
		effective := date.Of(morning).AddDays(60)
		_, err := Publish(t.Context(), d, &queue{}, morning, luo, dr.ID, dr.Hash, effective, pendNothing)
		wantKind(t, err, fault.Conflict)
		dr = draftOf(t, d, dr.ID)
		must(t, Submit(t.Context(), d, morning, luo, dr.ID, dr.Revision))
		_, err = Publish(t.Context(), d, &queue{}, morning, luo, dr.ID, dr.Hash, effective, pendNothing)
		wantKind(t, err, fault.Conflict)
	})
}

func TestOfTwoWhoDecideAtOnceOneDoes(t *testing.T) {
	d := dbtest.Postgres(t)
	for range 5 {
		draftID, err := Begin(t.Context(), d, morning, luo, "terminal-fees", sound())
		must(t, err)
		must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
		hash := draftOf(t, d, draftID).Hash
		oks := atOnce(4, func(i int) error {
			if i%2 == 0 {
				return Approve(t.Context(), d, morning, tang, draftID, hash, "")
			}
			return SendBack(t.Context(), d, morning, he, draftID, hash, "改")
		})
		if oks != 1 {
			t.Fatalf("%d decided, want one", oks)
		}
		dr := draftOf(t, d, draftID)
		must(t, Drop(t.Context(), d, morning, luo, draftID, dr.Revision))
	}
}

func TestOfTwoWhoPublishAtOnceOneDoes(t *testing.T) {
	d := dbtest.Postgres(t)
	dr := approved(t, d)
	oks := atOnce(4, func(i int) error {
		_, err := Publish(t.Context(), d, &queue{}, morning, []staff.Actor{luo, he}[i%2], dr.ID, dr.Hash, date.Of(morning).AddDays(40+i), pendNothing)
		return err
	})
	if oks != 1 {
		t.Errorf("%d published, want one", oks)
	}
	intaketest.WantTexts(t, d, `select version || ' ' || (select count(*) from plan_versions) from disclosure_versions`, "1 1")
}

// atOnce runs n calls at the same time and returns how many had no error.
func atOnce(n int, call func(i int) error) (oks int) {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = call(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			oks++
		}
	}
	return oks
}

func TestAVersionIsWithdrawnByTwoBeforeItTakesEffect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		takeOver(t, d, morning, published())
		dr := approved(t, d)
		effective := date.Of(morning).AddDays(31)
		_, err := Publish(t.Context(), d, &queue{}, morning, luo, dr.ID, dr.Hash, effective, pendNothing)
		must(t, err)
		reason := Text{"价格算错了。", "The price was wrong."}
		wantKind(t, ProposeWithdrawal(t.Context(), d, morning, luo, "terminal-fees", 2, Text{"价格算错了。", ""}), fault.Invalid)
		wantKind(t, ConfirmWithdrawal(t.Context(), d, morning, tang, "terminal-fees", 2, pendNothing), fault.Conflict)
		waits := func(who staff.Actor, on date.Date, want int) {
			t.Helper()
			var n int
			b := db.NewBatch()
			CountWithdrawals(b, who.ID, on, &n)
			must(t, d.Read(t.Context(), b))
			if all, err := WaitingWithdrawals(t.Context(), d, on); err != nil || n != want || want > 0 && (len(all) != 1 || all[0].Version != 2 || all[0].By != luo.Name) {
				t.Errorf("on %s %d withdrawals wait for %s, of %+v, %v; want %d", on, n, who.Name, all, err, want)
			}
		}
		waits(tang, date.Of(morning), 0)
		must(t, ProposeWithdrawal(t.Context(), d, morning, luo, "terminal-fees", 2, reason))
		waits(tang, date.Of(morning), 1)
		waits(luo, date.Of(morning), 0)
		waits(tang, effective, 0)
		wantKind(t, ConfirmWithdrawal(t.Context(), d, morning, luo, "terminal-fees", 2, pendNothing), fault.Forbidden)
		wantKind(t, ConfirmWithdrawal(t.Context(), d, effective.At(0, 0), tang, "terminal-fees", 2, pendNothing), fault.Conflict)
		must(t, ConfirmWithdrawal(t.Context(), d, effective.At(0, 0).Add(-time.Minute), tang, "terminal-fees", 2, pendNothing))
		waits(tang, date.Of(morning), 0)
		wantKind(t, ConfirmWithdrawal(t.Context(), d, morning, tang, "terminal-fees", 2, pendNothing), fault.Conflict)

		plans, err := Load(t.Context(), d)
		must(t, err)
		plan := plans.ByCode("sim-annual-36")
		accepted := fee.Enrolment{AnchorOn: effective, Accepted: []fee.Acceptance{{Version: 1, On: effective}, {Version: 2, On: effective}}}
		if v := fee.VersionOn(&fee.Case{Plan: plan.Fee, Policy: fee.DefaultPolicy, Enrolment: &accepted}, effective.AddDays(400)); v == nil || v.Number != 1 {
			t.Errorf("version %+v is in force, want the first: a withdrawn one never takes force", v)
		}
		if got := plans.Disclosure("terminal-fees").Version(2).Withdrawn; got == nil || got.Reason != reason {
			t.Errorf("the withdrawal reads %+v", got)
		}
		if problems := func() bool { _, p := takeOver(t, d, morning, published()); return p.Found() }(); problems {
			t.Error("the file that was taken over is refused after a withdrawal")
		}
		draftID, err := Begin(t.Context(), d, morning, luo, "terminal-fees", sound())
		must(t, err)
		must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
		next := draftOf(t, d, draftID)
		must(t, Approve(t.Context(), d, morning, tang, draftID, next.Hash, ""))
		done, err := Publish(t.Context(), d, &queue{}, morning, luo, draftID, next.Hash, effective, pendNothing)
		must(t, err)
		intaketest.WantTexts(t, d, `select version || ' ' || amount_fen from plan_versions where amount_fen is not null order by version`, "1 3600", "2 4500", "3 4500")
		if done.Version != 3 {
			t.Errorf("the next version is %d, want 3", done.Version)
		}
	})
}

func TestAPlansFixedPartsDontChange(t *testing.T) {
	d := dbtest.SQLite(t)
	takeOver(t, d, morning, published())
	for field, change := range map[string]func(*ContentFee){
		"fees-0-cycle":   func(f *ContentFee) { f.CycleMonths = 6 },
		"fees-0-free":    func(f *ContentFee) { f.FreeDays = 31 },
		"fees-0-idle":    func(f *ContentFee) { f.Idle = fee.Skip },
		"fees-0-kind":    func(f *ContentFee) { f.Kind, f.CycleMonths, f.Idle = fee.OneOff, 0, "" },
		"fees-0-cap_12m": func(f *ContentFee) { f.Cap12m = 9900 },
		"fees-0-method":  func(f *ContentFee) { f.Method = fee.QR },
		"fees-0-item":    func(f *ContentFee) { f.Item = fee.Service },
	} {
		c := sound()
		change(&c.Fees[0])
		draftID, err := Begin(t.Context(), d, morning, luo, "terminal-fees", sound())
		must(t, err)
		err = Save(t.Context(), d, morning, luo, draftID, 1, c)
		if f, ok := errors.AsType[*fault.Error](err); !ok || len(f.Fields) != 1 || f.Fields[0].Name != field {
			t.Errorf("%s: got %v", field, err)
		}
		must(t, Drop(t.Context(), d, morning, luo, draftID, 1))
	}
}

func TestOpinionsAreAskedForAnsweredAndKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		intaketest.Exec(t, d, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`)
		draftID := begin(t, d, luo)
		until := date.Of(morning).AddDays(7)
		hash := draftOf(t, d, draftID).Hash
		wantKind(t, OpenForOpinions(t.Context(), d, morning, luo, draftID, hash, until), fault.Conflict)
		must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
		wantKind(t, OpenForOpinions(t.Context(), d, morning, luo, draftID, hash, date.Of(morning)), fault.Invalid)
		must(t, OpenForOpinions(t.Context(), d, morning, luo, draftID, hash, until))
		zhou := Voice{MerchantID: 3, UserID: "u_zhou", Name: "周老板"}
		plans, err := Load(t.Context(), d)
		must(t, err)
		if o := plans.Opening("terminal-fees", until); o == nil || o.Content.Hash() != hash {
			t.Errorf("the opening reads %+v", o)
		}
		opinionID, err := GiveOpinion(t.Context(), d, morning, zhou, "terminal-fees", hash, " 太贵了 ")
		must(t, err)
		_, err = GiveOpinion(t.Context(), d, morning, zhou, "terminal-fees", hash, "")
		wantKind(t, err, fault.Invalid)
		_, err = GiveOpinion(t.Context(), d, until.AddDays(1).At(0, 0), zhou, "terminal-fees", hash, "晚了")
		wantKind(t, err, fault.Conflict)
		wantKind(t, Approve(t.Context(), d, morning, tang, draftID, hash, ""), fault.Conflict)
		must(t, CloseOpinions(t.Context(), d, morning, luo, draftID))
		wantKind(t, CloseOpinions(t.Context(), d, morning, luo, draftID), fault.Conflict)
		must(t, Approve(t.Context(), d, morning, tang, draftID, hash, ""))
		_, err = Publish(t.Context(), d, &queue{}, morning, luo, draftID, hash, date.Of(morning).AddDays(31), pendNothing)
		wantKind(t, err, fault.Conflict)
		must(t, AnswerOpinion(t.Context(), d, morning, he, draftID, opinionID, "成本涨了 9 元。"))
		wantKind(t, AnswerOpinion(t.Context(), d, morning, he, draftID, opinionID, "再答"), fault.Conflict)
		wantKind(t, AnswerOpinion(t.Context(), d, morning, he, draftID, "op_none", "答"), fault.NotFound)
		_, err = Publish(t.Context(), d, &queue{}, morning, luo, draftID, hash, date.Of(morning).AddDays(31), pendNothing)
		must(t, err)
	})
}

func TestWhatIsPublishedRefusesTheProgramItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		intaketest.Exec(t, d, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`)
		draftID := begin(t, d, luo)
		must(t, Submit(t.Context(), d, morning, luo, draftID, 1))
		hash := draftOf(t, d, draftID).Hash
		must(t, OpenForOpinions(t.Context(), d, morning, luo, draftID, hash, date.Of(morning).AddDays(3)))
		opinionID, err := GiveOpinion(t.Context(), d, morning, Voice{3, "u_1", "周"}, "terminal-fees", hash, "好")
		must(t, err)
		must(t, AnswerOpinion(t.Context(), d, morning, he, draftID, opinionID, "谢谢"))
		must(t, CloseOpinions(t.Context(), d, morning, luo, draftID))
		must(t, Approve(t.Context(), d, morning, tang, draftID, hash, ""))
		_, err = Publish(t.Context(), d, &queue{}, morning, luo, draftID, hash, date.Of(morning).AddDays(31), pendNothing)
		must(t, err)
		must(t, ProposeWithdrawal(t.Context(), d, morning, luo, "terminal-fees", 1, Text{"价格算错了。", "The price was wrong."}))
		must(t, ConfirmWithdrawal(t.Context(), d, morning, tang, "terminal-fees", 1, pendNothing))
		for table, column := range map[string]string{
			"disclosures": "title", "disclosure_versions": "effective_on", "plans": "cap_12m_fen", "plan_versions": "amount_fen",
			"disclosure_contents": "body", "disclosure_draft_authors": "staff_id", "disclosure_reviews": "reviewer_id", "disclosure_publications": "body",
			"disclosure_openings": "until_on", "disclosure_closings": "at", "disclosure_opinions": "body", "disclosure_opinion_answers": "body",
			"disclosure_withdrawal_proposals": "reason", "disclosure_withdrawals": "at",
		} {
			attempts := []string{"update " + table + " set " + column + " = " + column, "delete from " + table}
			if d.Dialect == db.Postgres {
				attempts = append(attempts, "truncate "+table+" cascade")
			} else {
				attempts = append(attempts, "insert or replace into "+table+" select * from "+table)
			}
			for _, s := range attempts {
				err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), s); return err })
				if err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: got %v, want a refusal that says append-only", s, err)
				}
			}
			var n int
			if err := d.QueryRow(t.Context(), "select count(*) from "+table).Scan(&n); err != nil || n == 0 {
				t.Errorf("%s has %d rows, %v", table, n, err)
			}
		}
	})
}

// TestNothingIsPublishedWithoutAnother lets random people do random things to one
// draft and keeps a simple account of who wrote and who approved which text.
func TestNothingIsPublishedWithoutAnother(t *testing.T) {
	d := dbtest.SQLite(t)
	people := []staff.Actor{he, luo, tang, xu, {ID: "s_all", Name: "全", Roles: staff.AllRoles[:]}}
	rapid.Check(t, func(rt *rapid.T) {
		slug := "fees-" + strings.ToLower(rapid.StringMatching(`[a-z]{12}`).Draw(rt, "slug"))
		code := slug + "-plan"
		text := sound()
		text.Fees[0].Plan = code
		ctx := t.Context()
		first := rapid.SampledFrom(people).Draw(rt, "first")
		draftID, err := Begin(ctx, d, morning, first, slug, text)
		if err != nil {
			return
		}
		authors := map[string]bool{first.ID: true}
		approvals := map[string]string{} // hash → who
		for step := range rapid.IntRange(1, 14).Draw(rt, "steps") {
			who := rapid.SampledFrom(people).Draw(rt, "who")
			dr := draftOf(t, d, draftID)
			switch rapid.SampledFrom([]string{"save", "submit", "submit", "approve", "approve", "approve", "back", "publish", "publish"}).Draw(rt, "verb") {
			case "save":
				c := dr.Content
				c.Contact = Text{fmt.Sprintf("打电话 400-%d。", step), fmt.Sprintf("Call 400-%d.", step)}
				if Save(ctx, d, morning, who, draftID, dr.Revision, &c) == nil {
					authors[who.ID] = true
					approvals = map[string]string{}
				}
			case "submit":
				if Submit(ctx, d, morning, who, draftID, dr.Revision) == nil {
					authors[who.ID] = true
					approvals = map[string]string{}
				}
			case "approve":
				if Approve(ctx, d, morning, who, draftID, dr.Hash, "") == nil {
					if authors[who.ID] {
						rt.Fatalf("%s approved a text of their own", who.ID)
					}
					approvals[dr.Hash] = who.ID
				}
			case "back":
				if SendBack(ctx, d, morning, who, draftID, dr.Hash, "改") == nil {
					approvals = map[string]string{}
				}
			case "publish":
				_, err := Publish(ctx, d, &queue{}, morning, who, draftID, dr.Hash, date.Of(morning).AddDays(31), pendNothing)
				if err == nil {
					if by := approvals[dr.Hash]; by == "" || authors[by] {
						rt.Fatalf("%s published a text approved by %q; its authors are %v", who.ID, by, authors)
					}
					return
				}
			}
		}
	})
}
