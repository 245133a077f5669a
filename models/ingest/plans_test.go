package ingest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest/table"
)

func TestPlansSayWhatAMerchantReadsAndWhatTheRulesNeed(t *testing.T) {
	disclosures, err := ReadPlans(sourceOf("plans.yaml", small["plans.yaml"]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(disclosures) != 1 || len(disclosures[0].Plans) != 4 {
		t.Fatalf("got %+v, want one disclosure with four plans", disclosures)
	}
	d := disclosures[0]
	if d.Slug != "terminal-fees" || d.Title != (disclosure.Text{ZhCN: "终端收费公示", En: "Terminal fees"}) || len(d.Versions) != 2 {
		t.Errorf("got %+v", d)
	}
	p := d.Plans[0]
	if p.Code != "sim-36" || p.Item != fee.SimData || p.Method != fee.AnyMethod || p.Clause != "3" || p.Stop != (disclosure.Text{ZhCN: "停用", En: "stop it"}) || p.Line != 8 {
		t.Errorf("got %+v", p)
	}
	want := fee.Version{
		Number: 2, PublishedOn: date.MustParse("2025-03-01"), EffectiveOn: date.MustParse("2025-04-01"),
		Price: fee.Price{Kind: fee.Recurring, Amount: 4500, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue},
	}
	if got := p.Versions[1]; got != want || !slices.Equal(p.StatedBy, []int{1, 2}) {
		t.Errorf("got %+v stated by %v, want %+v stated by 1 and 2", got, p.StatedBy, want)
	}
	card := d.Plans[2]
	if card.Method != fee.Card || card.Cap12m != 100000 || card.Versions[0].Price != (fee.Price{Kind: fee.PerSale, Rate: 6000, Cap: 8000}) {
		t.Errorf("got %+v", card)
	}
}

func TestADisclosureMayNameThePolicyOfItsDay(t *testing.T) {
	content := edit(t, "plans.yaml", "effective_on: 2025-04-01", "effective_on: 2025-04-01, disclosure_days: 30")["plans.yaml"]
	disclosures, err := ReadPlans(sourceOf("plans.yaml", content), Options{})
	if err != nil {
		t.Fatal(err)
	}
	versions := disclosures[0].Plans[0].Versions
	if versions[0].DisclosureDays != nil || versions[1].DisclosureDays == nil || *versions[1].DisclosureDays != 30 {
		t.Errorf("got %+v, want 30 days for version 2 alone", versions)
	}
}

func TestADepositSaysOnWhatItComesBack(t *testing.T) {
	const refund = "refund: {zh-CN: 全额退, en: in full}\n"
	read := func(deposit string) (disclosure.Deposit, error) {
		content := edit(t, "plans.yaml", refund, refund+"        deposit: "+deposit+"\n")["plans.yaml"]
		disclosures, err := ReadPlans(sourceOf("plans.yaml", content), Options{})
		if err != nil {
			return disclosure.Deposit{}, err
		}
		return disclosures[0].Plans[1].Deposit, nil
	}
	for text, want := range map[string]disclosure.Deposit{
		"{kind: turnover, amount_fen: 80000000, months: 36}": {Kind: disclosure.ByTurnover, Turnover: 80000000, Months: 36},
		"{kind: return}": {Kind: disclosure.ByReturn},
	} {
		if got, err := read(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"{kind: turnover, amount_fen: 80000000}": "import.value.missing",
		"{kind: turnover, months: 36}":           "import.value.missing",
		"{kind: return, months: 36}":             "import.plans.not_of_kind",
		"{kind: never}":                          "import.value.not_choice",
		"{months: 36}":                           "import.value.missing",
	} {
		_, err := read(text)
		refusal, ok := errors.AsType[*Refusal](err)
		if !ok {
			t.Errorf("%s: got %v, want a refusal", text, err)
			continue
		}
		if got := places(t, refusal); len(got) != 1 || !strings.Contains(got[0], "disclosures[1].plans[2].deposit") || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: got %q, want %s at the deposit", text, got, want)
		}
	}
	content := edit(t, "plans.yaml", "stop: {zh-CN: 停用, en: stop it}", "stop: {zh-CN: 停用, en: stop it}\n        deposit: {kind: return}")["plans.yaml"]
	if _, err := ReadPlans(sourceOf("plans.yaml", content), Options{}); err == nil {
		t.Error("a fee for data takes a deposit's condition")
	}
}

func TestEachFaultOfPlansIsReportedWhereItStands(t *testing.T) {
	const where = "plans.yaml:"
	recurring := "{version: 1, disclosure_version: 1, price: {kind: recurring, amount_fen: 3600, cycle_months: 12, free_days: 30, idle: accrue}}"
	price := func(s string) string { return "{version: 1, disclosure_version: 1, price: {" + s + "}}" }
	const first = "disclosures[1].plans[1]"
	const firstPrice = first + ".versions[1].price"
	tests := map[string]struct {
		old, changed string
		want         []string
	}{
		"an unknown name":           {"clause: \"6\"", "claus: \"6\"", []string{"19 disclosures[1].plans[2].clause import.value.missing", "22 disclosures[1].plans[2] import.plans.unknown_name"}},
		"a name twice":              {"clause: \"6\"", "clause: \"6\"\n        clause: \"7\"", []string{"23 disclosures[1].plans[2].clause import.plans.name_twice"}},
		"a language left out":       {"title: {zh-CN: 机具押金, en: Deposit}", "title: {zh-CN: 机具押金}", []string{"21 disclosures[1].plans[2].title.en import.value.missing"}},
		"an empty text":             {"title: {zh-CN: 机具押金, en: Deposit}", "title: {zh-CN: 机具押金, en: \"\"}", []string{"21 disclosures[1].plans[2].title.en import.value.missing"}},
		"nothing where text is due": {"title: {zh-CN: 机具押金, en: Deposit}", "title: {zh-CN: 机具押金, en: null}", []string{"21 disclosures[1].plans[2].title.en import.value.missing"}},
		"a text that is a list":     {"title: {zh-CN: 机具押金, en: Deposit}", "title: {zh-CN: 机具押金, en: [a]}", []string{"21 disclosures[1].plans[2].title.en import.plans.not_value"}},
		"a map that is a text":      {"title: {zh-CN: 机具押金, en: Deposit}", "title: Deposit", []string{"21 disclosures[1].plans[2].title import.plans.not_map"}},
		"an unknown item":           {"item: device_deposit", "item: deposit", []string{"20 disclosures[1].plans[2].item import.value.not_choice"}},
		"an unknown way of paying":  {"method: qr", "method: cash", []string{"43 disclosures[1].plans[4].method import.value.not_choice"}},
		"a code twice":              {"code: deposit", "code: sim-36", []string{"19 disclosures[1].plans[2].code import.plans.taken"}},
		"a version of no document":  {"- {version: 2, disclosure_version: 2,", "- {version: 2, disclosure_version: 3,", []string{"18 disclosures[1].plans[1].versions[2].disclosure_version import.plans.no_disclosure_version"}},
		"a version twice":           {"- {version: 2, disclosure_version: 2,", "- {version: 1, disclosure_version: 2,", []string{"18 disclosures[1].plans[1].versions[2].version import.plans.taken"}},
		"a document's twice":        {"- {version: 2, published_on: 2025-03-01", "- {version: 1, published_on: 2025-03-01", []string{"6 disclosures[1].versions[2].version import.plans.taken", "18 disclosures[1].plans[1].versions[2].disclosure_version import.plans.no_disclosure_version"}},
		"no date":                   {"published_on: 2025-03-01", "published_on: 1.3.2025", []string{"6 disclosures[1].versions[2].published_on import.value.not_date"}},
		"another cycle":             {"amount_fen: 4500, cycle_months: 12", "amount_fen: 4500, cycle_months: 6", []string{"8 disclosures[1].plans[1].versions import.plans.shape"}},
		"another free period":       {"amount_fen: 4500, cycle_months: 12, free_days: 30", "amount_fen: 4500, cycle_months: 12", []string{"8 disclosures[1].plans[1].versions import.plans.shape"}},
		"two free periods":          {recurring, price("kind: recurring, amount_fen: 3600, cycle_months: 12, free_days: 30, free_months: 1, idle: accrue"), []string{"17 " + firstPrice + " import.plans.two_free_periods"}},
		"a cycle of no months":      {recurring, price("kind: recurring, amount_fen: 3600, cycle_months: 0, free_days: 30, idle: accrue"), []string{"17 " + firstPrice + " import.plans.impossible_price"}},
		"idle not said":             {recurring, price("kind: recurring, amount_fen: 3600, cycle_months: 12, free_days: 30"), []string{"17 " + firstPrice + ".idle import.value.missing"}},
		"an amount below zero":      {recurring, price("kind: recurring, amount_fen: -3600, cycle_months: 12, free_days: 30, idle: accrue"), []string{"17 " + firstPrice + ".amount_fen import.value.not_count"}},
		"an amount in yuan":         {recurring, price("kind: recurring, amount_fen: 36.00, cycle_months: 12, free_days: 30, idle: accrue"), []string{"17 " + firstPrice + ".amount_fen import.value.not_count"}},
		"more than the whole sale":  {"ppm: 3800", "ppm: 1000001", []string{"51 disclosures[1].plans[4].versions[1].price.ppm import.value.too_large"}},
		"a field of another kind":   {"ppm: 3800", "ppm: 3800, cycle_months: 12", []string{"51 disclosures[1].plans[4].versions[1].price.cycle_months import.plans.not_of_kind"}},
		"an unknown kind":           {"kind: one_off", "kind: once", []string{"28 disclosures[1].plans[2].versions[1].price.kind import.value.not_choice"}},
		"no version":                {"\n          - {version: 1, disclosure_version: 1, price: {kind: rate, ppm: 3800}}", " []", []string{"50 disclosures[1].plans[4].versions import.plans.not_list"}},
		"a slug of capitals":        {"slug: terminal-fees", "slug: Terminal", []string{"2 disclosures[1].slug import.value.not_slug"}},
		"an alias":                  {"title: {zh-CN: 机具押金, en: Deposit}", "title: &x {zh-CN: 机具押金, en: Deposit}", []string{"21 disclosures[1].plans[2].title import.plans.alias"}},
		"no YAML":                   {"slug: terminal-fees", "slug: [", []string{"1  import.plans.syntax"}},
		"a second document":         {"disclosures:\n", "disclosures: []\n---\ndisclosures:\n", []string{"2  import.plans.syntax"}},
	}
	for name, tt := range tests {
		_, err := ReadPlans(sourceOf("plans.yaml", edit(t, "plans.yaml", tt.old, tt.changed)["plans.yaml"]), Options{})
		refusal, ok := errors.AsType[*Refusal](err)
		if !ok {
			t.Errorf("%s: got %v, want a refusal", name, err)
			continue
		}
		var want []string
		for _, w := range tt.want {
			want = append(want, where+w)
		}
		if got := places(t, refusal); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestAFileThatIsNoPlansIsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"":                              "plans.yaml:0  import.file.empty",
		"# nothing yet\n":               "plans.yaml:0  import.file.empty",
		"just text":                     "plans.yaml:1  import.plans.not_map",
		"plans: []":                     "plans.yaml:1  import.plans.unknown_name",
		"disclosures: []":               "plans.yaml:1 disclosures import.plans.not_list",
		"a\x00b":                        "plans.yaml:1  import.file.zero_byte",
		"disclosures: \xff":             "plans.yaml:1  import.file.wrong_encoding",
		strings.Repeat("#", maxPlans+1): "plans.yaml:0  import.file.too_large",
	} {
		_, err := ReadPlans(sourceOf("plans.yaml", content), Options{})
		refusal, ok := errors.AsType[*Refusal](err)
		if !ok {
			t.Errorf("%.20q: got %v, want a refusal", content, err)
			continue
		}
		if got := places(t, refusal); got[0] != want {
			t.Errorf("%.20q: got %q, want %q", content, got, want)
		}
	}
}

func TestPlansReadTheSameInGB18030(t *testing.T) {
	content, err := simplifiedchinese.GB18030.NewEncoder().String(small["plans.yaml"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadPlans(sourceOf("plans.yaml", content), Options{})
	if err != nil || got[0].Title.ZhCN != "终端收费公示" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzPlansNeverPanic(f *testing.F) {
	f.Add(small["plans.yaml"])
	f.Add("disclosures: [{slug: a, title: {zh-CN: a, en: b}, versions: [{version: 1}], plans: [{price: *x}]}]")
	f.Fuzz(func(t *testing.T, content string) {
		disclosures, err := ReadPlans(sourceOf("plans.yaml", content), Options{})
		if err != nil {
			if _, ok := errors.AsType[*Refusal](err); !ok || disclosures != nil {
				t.Fatalf("got %v, %v, want a refusal alone", disclosures, err)
			}
			return
		}
		for _, d := range disclosures {
			for _, p := range d.Plans {
				if err := p.Validate(); err != nil || p.Title.En == "" || p.Title.ZhCN == "" || len(p.StatedBy) != len(p.Versions) {
					t.Errorf("took %+v: %v", p, err)
				}
			}
		}
		if _, err := table.Text([]byte(content)); err != nil {
			t.Errorf("took a text that can't be decoded: %v", err)
		}
	})
}
