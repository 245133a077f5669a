package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest/table"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// Disclosure is a published document that states prices.
type Disclosure = disclosure.Existing

// Plan is a plan as plans.yaml states it: the rules' plan, and what a merchant
// reads about it.
type Plan = disclosure.ExistingPlan

// maxPlans is the size above which plans.yaml is refused: it is written by
// hand, and read as a whole.
const maxPlans = 4 << 20

// ReadPlans reads plans.yaml. It returns a *Refusal where anything in it is
// wrong: an unknown or missing name, a language left out, a price that can't
// be.
func ReadPlans(src Source, o Options) ([]Disclosure, error) {
	found := newFaults(o)
	disclosures, err := readPlans(src, o, found)
	if err == nil {
		err = found.err()
	}
	if err != nil {
		return nil, err
	}
	return disclosures, nil
}

func readPlans(src Source, o Options, found *faults) ([]Disclosure, error) {
	r := plansReader{src: src, found: found}
	limit := int64(maxPlans)
	if o.MaxBytes > 0 {
		limit = min(limit, o.MaxBytes)
	}
	if src.Size > limit {
		r.fault(nil, "", "import.file.too_large", "limit", strconv.FormatInt(max(limit>>20, 1), 10))
		return nil, nil
	}
	content := make([]byte, src.Size)
	if _, err := io.ReadFull(io.NewSectionReader(src, 0, src.Size), content); err != nil {
		return nil, err
	}
	content, err := table.Text(content)
	if err != nil {
		return nil, blame(src, found, err)
	}
	root, err := parseYAML(content)
	switch {
	case errors.Is(err, errNoDocument):
		r.fault(nil, "", "import.file.empty")
	case err != nil:
		found.add(RowError{src.Name, intake.Problem{Line: yamlLine(err), Key: "import.plans.syntax"}})
	default:
		r.root(root)
	}
	return r.disclosures, nil
}

var errNoDocument = errors.New("ingest: no document")

// parseYAML returns the content of the one document in the text.
func parseYAML(content []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil || len(document.Content) == 0 {
		if err == nil || err == io.EOF {
			err = errNoDocument
		}
		return nil, err
	}
	if err := decoder.Decode(&second); err != io.EOF {
		if err == nil {
			err = fmt.Errorf("line %d: a second document", second.Line)
		}
		return nil, err
	}
	return document.Content[0], nil
}

var linePattern = regexp.MustCompile(`line (\d+)`)

// yamlLine returns the line that the library names in its message, or 0.
func yamlLine(err error) int {
	m := linePattern.FindStringSubmatch(err.Error())
	if m == nil {
		return 0
	}
	line, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return line
}

// plansReader walks the file's nodes, since only they know their lines.
type plansReader struct {
	src         Source
	found       *faults
	disclosures []Disclosure
	slugs       []string
	codes       []string
}

// fault takes down what is wrong at a node; at is where it stands, as names
// from the outside to the inside.
func (r *plansReader) fault(n *yaml.Node, at, key string, args ...any) {
	e := RowError{r.src.Name, intake.Problem{Column: at, Key: key, Args: args}}
	if n != nil {
		e.Line = n.Line
		if n.Kind == yaml.ScalarNode {
			e.Value = table.Shorten(n.Value)
		}
	}
	r.found.add(e)
}

// entry is one name of a map.
type entry struct {
	name string
	need bool
	read func(n *yaml.Node, at string)
}

// object reads a map: every name once, none that is not expected, none missing
// that is needed. A name without a value counts as left out.
func (r *plansReader) object(n *yaml.Node, at string, entries ...entry) bool {
	if n.Kind != yaml.MappingNode {
		r.fault(n, at, "import.plans.not_map")
		return false
	}
	before := r.found.count()
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		inside := within(at, key.Value)
		e := slices.IndexFunc(entries, func(e entry) bool { return e.name == key.Value })
		switch {
		case key.Kind != yaml.ScalarNode || e < 0:
			r.fault(key, at, "import.plans.unknown_name", "name", table.Shorten(key.Value))
		case seen[key.Value]:
			r.fault(key, inside, "import.plans.name_twice")
		case value.Kind == yaml.AliasNode || value.Anchor != "":
			r.fault(value, inside, "import.plans.alias")
			seen[key.Value] = true
		case value.Tag != "!!null":
			seen[key.Value] = true
			entries[e].read(value, inside)
		}
	}
	for _, e := range entries {
		if e.need && !seen[e.name] {
			r.fault(&yaml.Node{Line: n.Line}, within(at, e.name), "import.value.missing")
		}
	}
	return r.found.count() == before
}

// list reads a list, giving each its place in it.
func (r *plansReader) list(n *yaml.Node, at string, each func(n *yaml.Node, at string)) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.fault(n, at, "import.plans.not_list")
		return
	}
	for i, item := range n.Content {
		inside := fmt.Sprintf("%s[%d]", at, i+1)
		if item.Kind == yaml.AliasNode || item.Anchor != "" {
			r.fault(item, inside, "import.plans.alias")
			continue
		}
		each(item, inside)
	}
}

// scalar returns an entry whose value is parsed as a cell of a table would be.
func scalar[V any](r *plansReader, name string, need bool, parse func(string) (V, *problem), into *V) entry {
	return entry{name, need, func(n *yaml.Node, at string) {
		if n.Kind != yaml.ScalarNode {
			r.fault(n, at, "import.plans.not_value")
			return
		}
		if n.Value == "" {
			r.fault(n, at, "import.value.missing")
			return
		}
		v, p := parse(n.Value)
		if p != nil {
			r.fault(n, at, p.key, p.args...)
			return
		}
		*into = v
	}}
}

// words returns an entry that has a text in both languages.
func (r *plansReader) words(name string, into *disclosure.Text) entry {
	paragraph := text(2000)
	return entry{name, true, func(n *yaml.Node, at string) {
		r.object(n, at, scalar(r, "zh-CN", true, paragraph, &into.ZhCN), scalar(r, "en", true, paragraph, &into.En))
	}}
}

func (r *plansReader) root(n *yaml.Node) {
	r.object(n, "", entry{"disclosures", true, func(n *yaml.Node, at string) {
		r.list(n, at, r.disclosure)
	}})
}

func (r *plansReader) disclosure(n *yaml.Node, at string) {
	d := Disclosure{Line: n.Line}
	var plans []*yaml.Node
	var places []string
	r.object(n, at,
		scalar(r, "slug", true, slug, &d.Slug),
		r.words("title", &d.Title),
		entry{"versions", true, func(n *yaml.Node, at string) {
			r.list(n, at, func(n *yaml.Node, at string) { r.disclosureVersion(n, at, &d) })
		}},
		entry{"plans", true, func(n *yaml.Node, at string) {
			r.list(n, at, func(n *yaml.Node, at string) { plans, places = append(plans, n), append(places, at) })
		}},
	)
	// The versions may stand behind the plans that refer to them.
	for i, n := range plans {
		r.plan(n, places[i], &d)
	}
	if slices.Contains(r.slugs, d.Slug) {
		r.fault(&yaml.Node{Line: n.Line}, within(at, "slug"), "import.plans.taken", "name", d.Slug)
	}
	r.slugs = append(r.slugs, d.Slug)
	r.disclosures = append(r.disclosures, d)
}

func (r *plansReader) disclosureVersion(n *yaml.Node, at string, d *Disclosure) {
	v := disclosure.ExistingVersion{Line: n.Line}
	sound := r.object(n, at,
		scalar(r, "version", true, version, &v.Number),
		scalar(r, "published_on", true, day, &v.PublishedOn),
		scalar(r, "effective_on", true, day, &v.EffectiveOn),
		scalar(r, "disclosure_days", false, known(wholeDays), &v.DisclosureDays),
	)
	if sound && versionOf(d, v.Number) != nil {
		r.fault(&yaml.Node{Line: n.Line}, within(at, "version"), "import.plans.taken", "name", strconv.Itoa(v.Number))
	}
	d.Versions = append(d.Versions, v)
}

// versionOf returns the disclosure's version of that number, or nil.
func versionOf(d *Disclosure, number int) *disclosure.ExistingVersion {
	i := slices.IndexFunc(d.Versions, func(v disclosure.ExistingVersion) bool { return v.Number == number })
	if i < 0 {
		return nil
	}
	return &d.Versions[i]
}

func (r *plansReader) plan(n *yaml.Node, at string, d *Disclosure) {
	p := Plan{Line: n.Line}
	dated := true
	sound := r.object(n, at,
		scalar(r, "code", true, code, &p.Code),
		scalar(r, "item", true, choice(fee.Items...), &p.Item),
		scalar(r, "method", false, choice(fee.Credit, fee.Debit, fee.Card, fee.QR), &p.Method),
		r.words("title", &p.Title),
		scalar(r, "clause", true, name, &p.Clause),
		r.words("recipient", &p.Recipient),
		r.words("priced_by", &p.PricedBy),
		r.words("refund", &p.Refund),
		r.words("stop", &p.Stop),
		entry{"deposit", false, func(n *yaml.Node, at string) { r.deposit(n, at, &p) }},
		scalar(r, "cap_12m_fen", false, fen, &p.Cap12m),
		entry{"versions", true, func(n *yaml.Node, at string) {
			r.list(n, at, func(n *yaml.Node, at string) { dated = r.planVersion(n, at, d, &p) && dated })
		}},
	)
	if slices.Contains(r.codes, p.Code) {
		r.fault(&yaml.Node{Line: n.Line}, within(at, "code"), "import.plans.taken", "name", p.Code)
	}
	// What is left to be wrong when every part is right: versions that differ in
	// more than their price.
	if sound && dated && p.Validate() != nil {
		r.fault(&yaml.Node{Line: n.Line}, within(at, "versions"), "import.plans.shape")
	}
	r.codes = append(r.codes, p.Code)
	d.Plans = append(d.Plans, p)
}

// deposit reads on what condition a deposit is given back.
func (r *plansReader) deposit(n *yaml.Node, at string, p *Plan) {
	d := &p.Deposit
	if !r.object(n, at,
		scalar(r, "kind", true, choice(disclosure.ByTurnover, disclosure.ByReturn), &d.Kind),
		scalar(r, "amount_fen", false, fen, &d.Turnover),
		scalar(r, "months", false, wholeDays, &d.Months),
	) {
		return
	}
	switch byTurnover := d.Kind == disclosure.ByTurnover; {
	case p.Item != fee.DeviceDeposit:
		r.fault(&yaml.Node{Line: n.Line}, at, "import.plans.unknown_name", "name", "deposit")
	case byTurnover && (d.Turnover == 0 || d.Months == 0):
		r.fault(&yaml.Node{Line: n.Line}, at, "import.value.missing")
	case !byTurnover && (d.Turnover != 0 || d.Months != 0):
		r.fault(&yaml.Node{Line: n.Line}, at, "import.plans.not_of_kind", "kind", string(d.Kind))
	}
}

// planVersion reads a version and reports whether it got its dates, which the
// disclosure's version may lack.
func (r *plansReader) planVersion(n *yaml.Node, at string, d *Disclosure, p *Plan) (dated bool) {
	v := fee.Version{}
	statedBy := 0
	sound := r.object(n, at,
		scalar(r, "version", true, version, &v.Number),
		scalar(r, "disclosure_version", true, version, &statedBy),
		entry{"price", true, func(n *yaml.Node, at string) { v.Price = r.price(n, at) }},
	)
	if sound && p.Version(v.Number) != nil {
		r.fault(&yaml.Node{Line: n.Line}, within(at, "version"), "import.plans.taken", "name", strconv.Itoa(v.Number))
	}
	by := versionOf(d, statedBy)
	switch {
	case by != nil:
		v.PublishedOn, v.EffectiveOn, v.DisclosureDays = by.PublishedOn, by.EffectiveOn, by.DisclosureDays
	case statedBy > 0:
		r.fault(&yaml.Node{Line: n.Line}, within(at, "disclosure_version"), "import.plans.no_disclosure_version", "version", strconv.Itoa(statedBy))
	}
	p.Versions = append(p.Versions, v)
	p.Lines, p.StatedBy = append(p.Lines, n.Line), append(p.StatedBy, statedBy)
	return !v.PublishedOn.IsZero() && !v.EffectiveOn.IsZero()
}

// priceFields says which fields each kind of price has, and which of them it
// needs.
var priceFields = map[fee.Kind]struct{ need, may []string }{
	fee.Recurring: {[]string{"amount_fen", "cycle_months", "idle"}, []string{"free_days", "free_months"}},
	fee.OneOff:    {[]string{"amount_fen"}, []string{"free_days", "free_months"}},
	fee.PerItem:   {[]string{"amount_fen"}, nil},
	fee.PerSale:   {[]string{"ppm"}, []string{"min_fen", "cap_fen"}},
}

func (r *plansReader) price(n *yaml.Node, at string) fee.Price {
	var p fee.Price
	given := map[string]*yaml.Node{}
	note := func(e entry) entry {
		return entry{e.name, e.need, func(n *yaml.Node, at string) {
			given[e.name] = n
			e.read(n, at)
		}}
	}
	sound := r.object(n, at,
		scalar(r, "kind", true, choice(fee.Recurring, fee.OneOff, fee.PerItem, fee.PerSale), &p.Kind),
		note(scalar(r, "amount_fen", false, fen, &p.Amount)),
		note(scalar(r, "cycle_months", false, wholeDays, &p.CycleMonths)),
		note(scalar(r, "free_days", false, wholeDays, &p.FreeDays)),
		note(scalar(r, "free_months", false, wholeDays, &p.FreeMonths)),
		note(scalar(r, "idle", false, choice(fee.Accrue, fee.Skip), &p.Idle)),
		note(scalar(r, "ppm", false, rate, &p.Rate)),
		note(scalar(r, "min_fen", false, fen, &p.Min)),
		note(scalar(r, "cap_fen", false, fen, &p.Cap)),
	)
	if !sound {
		return p
	}
	fields := priceFields[p.Kind]
	for _, name := range fields.need {
		if given[name] == nil {
			sound = false
			r.fault(&yaml.Node{Line: n.Line}, within(at, name), "import.value.missing")
		}
		delete(given, name)
	}
	for _, name := range fields.may {
		delete(given, name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name].Value != "0" {
			sound = false
			r.fault(given[name], within(at, name), "import.plans.not_of_kind", "kind", string(p.Kind))
		}
	}
	switch {
	case p.FreeDays > 0 && p.FreeMonths > 0:
		r.fault(&yaml.Node{Line: n.Line}, at, "import.plans.two_free_periods")
	case sound && p.Validate() != nil:
		r.fault(&yaml.Node{Line: n.Line}, at, "import.plans.impossible_price")
	}
	return p
}

// within joins the names of a place in the file.
func within(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// slugPattern is what may stand in a web address without being escaped.
var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func slug(s string) (string, *problem) {
	if len(s) > longestSN || !slugPattern.MatchString(s) {
		return "", because("import.value.not_slug")
	}
	return s, nil
}

// fen reads a whole number of fen from 0.
func fen(s string) (money.Fen, *problem) {
	n, p := count(s)
	return money.Fen(n), p
}

// rate reads parts per million, up to the whole.
func rate(s string) (money.Rate, *problem) {
	n, p := count(s)
	if p == nil && n > 1_000_000 {
		return 0, because("import.value.too_large")
	}
	return money.Rate(n), p
}

// wholeDays reads a number of days or months.
func wholeDays(s string) (int, *problem) {
	n, p := count(s)
	if p == nil && n > 1_000_000 {
		return 0, because("import.value.too_large")
	}
	return int(n), p
}
