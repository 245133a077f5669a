package enrolment

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

var today = date.MustParse("2026-11-22")

// published are the plans that furnish writes, with a dearer third version of
// the first on its way.
func published(t *testing.T) PlanByID {
	t.Helper()
	const yearlyPlan = `{"code":"sim-annual-36","item":"sim_data","versions":[
		{"version":1,"published_on":"2023-03-01","effective_on":"2023-04-01","price":{"kind":"recurring","amount_fen":3600,"cycle_months":12,"idle":"accrue"}},
		{"version":2,"published_on":"2026-03-01","effective_on":"2026-05-01","price":{"kind":"recurring","amount_fen":4500,"cycle_months":12,"idle":"accrue"}},
		{"version":3,"published_on":"2026-11-05","effective_on":"2026-12-10","price":{"kind":"recurring","amount_fen":5000,"cycle_months":12,"idle":"accrue"}}]}`
	const payoutPlan = `{"code":"withdraw-3","item":"withdrawal","versions":[
		{"version":1,"published_on":"2023-03-01","effective_on":"2023-04-01","price":{"kind":"per_item","amount_fen":300}}]}`
	plans := map[int64]*fee.Plan{}
	for id, text := range map[int64]string{1: yearlyPlan, 2: payoutPlan} {
		c, err := fee.ParseCase([]byte(`{"plan":` + text + `,"enrolment":{"anchor_on":"2025-01-01"},"terminal":{"activated_on":"2025-01-01"},"merchant":{},"request":{"ref":"x","amount_fen":1,"at":"2026-11-22T01:00:00Z"}}`))
		if err != nil {
			t.Fatal(err)
		}
		plans[id] = &c.Plan
	}
	return func(id int64) *fee.Plan { return plans[id] }
}

// accept is an acceptance of a version of a plan by a terminal.
func accept(sn, plan string, version int, on string, via Via, by string) Row {
	return Row{SN: sn, Plan: plan, AnchorOn: date.MustParse("2025-01-10"), Version: version, AcceptedOn: date.MustParse(on), AcceptedBy: by, AcceptedVia: via}
}

const (
	first   = "820000018093"
	second  = "820000032929"
	yearly1 = "sim-annual-36"
)

func readAgreements(t *testing.T, d *db.DB, merchantID int64) *AgreementsPage {
	t.Helper()
	page, err := ReadAgreementsPage(t.Context(), d, published(t), fee.DefaultPolicy, merchantID, today)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// standingsOf writes an agreement's standings, such as "waiting 2 under 1".
func standingsOf(a *Agreement) string {
	var all []string
	for _, s := range a.Standings {
		all = append(all, fmt.Sprintf("%s %d under %d", s.Standing, s.Terminals, s.Now))
	}
	return strings.Join(all, ", ")
}

// merchantOf returns the id of the furnished merchant.
func merchantOf(t *testing.T, d *db.DB) (id int64) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select id from merchants where ref = 'M1'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAnAgreementIsToldByVersionWithWhoAgreedHowAndWhen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning,
			accept(first, yearly1, 1, "2025-01-10", ViaApp, "周老板"), accept(second, yearly1, 1, "2025-02-03", ViaPaper, "周老板"),
			accept(first, yearly1, 2, "2026-04-01", ViaApp, "周老板"))
		page := readAgreements(t, d, merchantOf(t, d))
		if len(page.Agreements) != 2 {
			t.Fatalf("got %+v; want two agreements", page.Agreements)
		}
		second, first := page.Agreements[0], page.Agreements[1]
		if second.Version != 2 || standingsOf(&second) != "in_force 1 under 2" {
			t.Errorf("the first listed is %+v; want version 2, in force for one terminal", second)
		}
		if first.Version != 1 || first.Terminals != 2 || standingsOf(&first) != "in_force 1 under 1, replaced 1 under 2" {
			t.Errorf("version 1 is %+v; want it in force for one terminal and replaced for the other", first)
		}
		want := []Way{
			{ViaPaper, "周老板", 1, date.MustParse("2025-02-03"), date.MustParse("2025-02-03"), 1},
			{ViaApp, "周老板", 1, date.MustParse("2025-01-10"), date.MustParse("2025-01-10"), 1},
		}
		if !slices.Equal(first.Ways, want) || len(first.Names) != 2 {
			t.Errorf("it was accepted %+v for %v; want %+v", first.Ways, first.Names, want)
		}
	})
}

func TestWhatAnAgentEnteredWaitsUntilTheMerchantAnswers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, accept(first, yearly1, 1, "2025-01-10", ViaAgent, "李四"), accept(second, yearly1, 1, "2025-01-10", ViaApp, "周老板"))
		page := readAgreements(t, d, merchantOf(t, d))
		if got := standingsOf(&page.Agreements[0]); got != "waiting 1 under 0, in_force 1 under 1" || page.Agreements[0].Count(Waiting) != 1 {
			t.Errorf("it stands %q; want it to wait for one terminal", got)
		}
		for _, p := range page.Proposals {
			if p.Now != 1 || p.Terminals != 1 {
				t.Errorf("%+v is proposed; want nothing for the terminal that waits", p)
			}
		}
	})
}

func TestADearerVersionIsProposedUntilItIsAccepted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning,
			accept(first, yearly1, 2, "2026-04-01", ViaApp, "周老板"), accept(second, yearly1, 2, "2026-04-01", ViaApp, "周老板"))
		intaketest.Exec(t, d, `insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts)
			values (1, 3, 1, '2026-11-05', '2026-12-10', 31, 'recurring', 5000, 12, 'accrue', '{}')`)
		merchantID := merchantOf(t, d)
		if got := readAgreements(t, d, merchantID).Proposals; !slices.Equal(got, []Proposal{{PlanID: 1, Version: 3, Now: 2, Terminals: 2}}) {
			t.Errorf("the proposals are %+v; want version 3 for both terminals", got)
		}
		takeRows(t, d, evening, accept(first, yearly1, 3, "2026-11-20", ViaApp, "周老板"))
		page := readAgreements(t, d, merchantID)
		if !slices.Equal(page.Proposals, []Proposal{{PlanID: 1, Version: 3, Now: 2, Terminals: 1, Accepted: 1}}) {
			t.Errorf("the proposals are %+v; want version 3 for one terminal, accepted for the other", page.Proposals)
		}
		if got := standingsOf(&page.Agreements[1]); page.Agreements[1].Version != 3 || got != "to_come 1 under 2" {
			t.Errorf("version %d stands %q; want version 3 to come", page.Agreements[1].Version, got)
		}
		takeRows(t, d, evening, accept(second, yearly1, 3, "2026-11-21", ViaApp, "周老板"))
		if got := readAgreements(t, d, merchantID).Proposals; len(got) != 0 {
			t.Errorf("the proposals are %+v; want none once all have accepted", got)
		}
	})
}

func TestACancelledFeeHasEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		cancelled := accept(first, yearly1, 1, "2025-01-10", ViaAgent, "李四")
		cancelled.CancelledOn = date.MustParse("2026-06-01")
		takeRows(t, d, morning, cancelled)
		page := readAgreements(t, d, merchantOf(t, d))
		if got := standingsOf(&page.Agreements[0]); got != "cancelled 1 under 0" || len(page.Proposals) != 0 {
			t.Errorf("it stands %q, with proposals %+v; want it ended and nothing proposed", got, page.Proposals)
		}
	})
}

func TestWhatWasAgreedForATerminalEndsWithItUnlessItIsBrokenOrNotAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, accept(first, yearly1, 1, "2025-01-10", ViaApp, "周老板"), accept(second, yearly1, 1, "2025-01-10", ViaAgent, "李四"))
		merchantID := merchantOf(t, d)
		for reason, want := range map[string]string{
			"'returned'": "waiting 1 under 0, cancelled 1 under 1", "null": "waiting 1 under 0, cancelled 1 under 1", "'broken'": "waiting 1 under 0, in_force 1 under 1",
		} {
			intaketest.Exec(t, d, `update terminals set inactive_from = '2026-08-16', inactive_reason = `+reason)
			if got := standingsOf(&readAgreements(t, d, merchantID).Agreements[0]); got != want {
				t.Errorf("gone for %s it stands %q; want %q", reason, got, want)
			}
			page, err := ReadAgreementPage(t.Context(), d, published(t), fee.DefaultPolicy, merchantID, 1, 1, Mark{}, today)
			if err != nil {
				t.Fatal(err)
			}
			if got := standingsOf(&page.Agreement); got != want {
				t.Errorf("gone for %s its page has %q; want %q", reason, got, want)
			}
			for _, terminal := range page.Terminals {
				if terminal.Standing == Ended && terminal.EndedOn != date.MustParse("2026-08-16") {
					t.Errorf("it ended on %v; want the day that the terminal was gone", terminal.EndedOn)
				}
			}
		}
	})
}

func TestAnAgreementListsItsTerminalsPartByPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		merchantID := merchantOf(t, d)
		var rows []Row
		var statements []string
		for i := range 120 {
			sn := fmt.Sprintf("9%05d", i)
			statements = append(statements, fmt.Sprintf(`insert into terminals (merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
				select %d, min(id), '%s', 'T%d', '', '', '', '', '', '2025-01-01 00:00:00+00:00' from shops`, merchantID, sn, i))
			via := ViaApp
			if i%2 == 1 {
				via = ViaAgent
			}
			rows = append(rows, accept(sn, yearly1, 1, "2025-01-10", via, "周老板"))
		}
		intaketest.Exec(t, d, statements...)
		takeRows(t, d, morning, rows...)
		var seen []string
		var after Mark
		for range 4 {
			page, err := ReadAgreementPage(t.Context(), d, published(t), fee.DefaultPolicy, merchantID, 1, 1, after, today)
			if err != nil {
				t.Fatal(err)
			}
			if page.Agreement.Terminals != 120 || page.Agreement.Count(Waiting) != 60 {
				t.Fatalf("the agreement is %+v", page.Agreement)
			}
			for _, terminal := range page.Terminals {
				seen = append(seen, string(terminal.Standing)+terminal.SN)
			}
			if after = page.More; after == (Mark{}) {
				break
			}
		}
		sorted := slices.Clone(seen)
		slices.SortFunc(sorted, func(a, b string) int { return strings.Compare(b[:1], a[:1]) })
		if len(seen) != 120 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 120 || !strings.HasPrefix(seen[59], "waiting") || !strings.HasPrefix(seen[60], "in_force") {
			t.Errorf("got %d terminals: %v; want each of 120 once, those that wait first", len(seen), seen)
		}
	})
}

func TestAnotherMerchantsAgreementIsNotThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		other := merchantOf(t, d) + 1
		if page, err := ReadAgreementPage(t.Context(), d, published(t), fee.DefaultPolicy, other, 1, 1, Mark{}, today); !fault.Is(err, fault.NotFound) {
			t.Errorf("another merchant sees %+v, %v", page, err)
		}
		if page := readAgreements(t, d, other); len(page.Agreements) != 0 || len(page.Proposals) != 0 {
			t.Errorf("another merchant sees %+v", page)
		}
	})
}

func TestAPlanThatIsNotKnownYetIsNoGuess(t *testing.T) {
	d := dbtest.SQLite(t)
	furnish(t, d)
	takeRows(t, d, morning, yearly)
	_, err := ReadAgreementsPage(t.Context(), d, func(int64) *fee.Plan { return nil }, fee.DefaultPolicy, merchantOf(t, d), today)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v; want unavailable", err)
	}
}

func TestEachPageOfAgreementsIsOneRoundTrip(t *testing.T) {
	d := dbtest.Postgres(t)
	furnish(t, d)
	takeRows(t, d, morning, yearly)
	merchantID := merchantOf(t, d)
	ctx, count := db.Count(t.Context())
	if _, err := ReadAgreementsPage(ctx, d, published(t), fee.DefaultPolicy, merchantID, today); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAgreementPage(ctx, d, published(t), fee.DefaultPolicy, merchantID, 1, 1, Mark{}, today); err != nil {
		t.Fatal(err)
	}
	if count.RoundTrips() != 2 {
		t.Errorf("two pages took %d round trips; want 2", count.RoundTrips())
	}
}
