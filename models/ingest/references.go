package ingest

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest/table"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// folderReader reads the files of a folder one after the other, and remembers
// of each what later ones refer to. A row that is wrong is remembered too, by
// its key, so that one mistake is not reported again by every row that refers
// to it.
type folderReader struct {
	options     Options
	found       *faults
	folder      *Folder
	files       map[Kind]string
	plans       map[string]*Plan
	merchants   map[string]int // merchant_ref → index in folder.Merchants; unsound: its row is wrong
	terminals   map[string]int // sn → index in folder.Terminals; unsound: its row is wrong
	replacing   []replacing
	enrolled    map[terminalPlan]int      // → index in folder.Enrolled
	enrolledAt  []int                     // line of the first row of each of folder.Enrolled
	byItem      map[terminalItem][]string // codes of the plans that the terminal is enrolled in
	settlements map[string]claim
	deductions  map[string]int // deduction_ref → index in folder.Deductions; unsound: its row is wrong
	deductedAt  []int          // line of each of folder.Deductions
	notices     map[noticeKey]noticed
	doubtful    map[Kind]bool // files of which not every row is known, so that no reference can be called wrong
	seed        maphash.Seed
}

// unsound stands for the index of a row that is known by its key alone.
const unsound = -1

type terminalPlan struct{ sn, plan string }

type terminalItem struct {
	sn   string
	item fee.Item
}

// noticeKey is what makes a notice the same notice.
type noticeKey struct {
	enrolled    int // index in folder.Enrolled
	channel     string
	periodFrom  date.Date
	deliveredAt int64 // microseconds
}

type noticed struct {
	amount money.Fen
	line   int
}

// replacing is a row of terminals.csv that names the terminal it replaces, which
// may stand further down.
type replacing struct {
	line     int
	terminal string
	old      string
}

// claim remembers a row by what it says, so that millions of them fit.
type claim struct {
	digest uint64
	line   int
	sn     string // the terminal's; empty: its own row is wrong
}

// folderRow takes one row of the file being read.
type folderRow struct {
	*folderReader
	src Source
}

func (r *folderReader) row(src Source) folderRow { return folderRow{r, src} }

func (r folderRow) fault(line int, column, value, key string, args ...any) {
	r.found.add(RowError{r.src.Name, intake.Problem{Line: line, Column: column, Value: table.Shorten(value), Key: key, Args: args}})
}

// have reports whether it is known what the file says that a column refers to.
// Where the file is not there, it says so once.
func (r folderRow) have(kind Kind, column string) bool {
	if r.doubtful[kind] {
		return false
	}
	if r.files[kind] == "" {
		r.doubtful[kind] = true
		file := string(kind) + endings[kind == KindPlans][0]
		r.fault(0, column, "", "import.folder.needs_file", "file", file)
		return false
	}
	return true
}

func (r folderRow) merchant(_ int, m *Merchant, sound bool) error {
	if m.Ref == "" {
		r.doubtful[KindMerchants] = true
		return nil
	}
	at, again := r.merchants[m.Ref]
	switch {
	case !sound:
		r.merchants[m.Ref] = unsound
	case again && at != unsound:
		r.folder.Merchants[at] = *m
	default:
		r.merchants[m.Ref] = len(r.folder.Merchants)
		r.folder.Merchants = append(r.folder.Merchants, *m)
	}
	return nil
}

func (r folderRow) terminal(line int, t *Terminal, sound bool) error {
	if t.SN == "" {
		r.doubtful[KindTerminals] = true
		return nil
	}
	if t.MerchantRef != "" && r.have(KindMerchants, "merchant_ref") {
		if _, ok := r.merchants[t.MerchantRef]; !ok {
			r.fault(line, "merchant_ref", t.MerchantRef, "import.reference.merchant")
			sound = false
		}
	}
	at, again := r.terminals[t.SN]
	switch {
	case !sound:
		r.terminals[t.SN] = unsound
	case again && at != unsound:
		r.folder.Terminals[at] = *t
	default:
		r.terminals[t.SN] = len(r.folder.Terminals)
		r.folder.Terminals = append(r.folder.Terminals, *t)
	}
	if sound && t.ReplacesSN != "" {
		r.replacing = append(r.replacing, replacing{line, t.SN, t.ReplacesSN})
	}
	return nil
}

// checkReplaced looks up the replaced terminals, once all are known.
func (r *folderReader) checkReplaced(src Source) {
	for _, p := range r.replacing {
		old, ok := r.terminals[p.old]
		at := r.terminals[p.terminal]
		switch {
		case !ok && r.doubtful[KindTerminals]:
		case !ok:
			r.row(src).fault(p.line, "replaces_sn", p.old, "import.reference.terminal")
		case old != unsound && at != unsound && r.folder.Terminals[old].MerchantRef != r.folder.Terminals[at].MerchantRef:
			r.row(src).fault(p.line, "replaces_sn", p.old, "import.reference.other_merchant")
		}
	}
}

// findTerminal returns the terminal with the SN, or nil where its own row is
// wrong; ok says that it is known.
func (r folderRow) findTerminal(line int, sn string) (t *Terminal, ok bool) {
	if sn == "" || !r.have(KindTerminals, "sn") {
		return nil, false
	}
	at, ok := r.terminals[sn]
	if !ok {
		r.fault(line, "sn", sn, "import.reference.terminal")
		return nil, false
	}
	if at == unsound {
		return nil, true
	}
	return &r.folder.Terminals[at], true
}

// findPlan returns the plan with the code, or nil.
func (r folderRow) findPlan(line int, code string) *Plan {
	if code == "" || !r.have(KindPlans, "plan") {
		return nil
	}
	p := r.plans[code]
	if p == nil {
		r.fault(line, "plan", code, "import.reference.plan")
	}
	return p
}

func (r folderRow) enrolment(line int, e *Enrolment, sound bool) error {
	_, known := r.findTerminal(line, e.SN)
	plan := r.findPlan(line, e.Plan)
	if plan != nil && e.Version > 0 && plan.Version(e.Version) == nil {
		r.fault(line, "version", strconv.Itoa(e.Version), "import.reference.version", "plan", e.Plan)
		sound = false
	}
	if !sound || !known || plan == nil {
		r.doubtful[KindEnrolments] = true
		return nil
	}
	key := terminalPlan{e.SN, e.Plan}
	at, again := r.enrolled[key]
	if !again {
		at = len(r.folder.Enrolled)
		r.enrolled[key] = at
		r.enrolledAt = append(r.enrolledAt, line)
		item := terminalItem{e.SN, plan.Item}
		r.byItem[item] = append(r.byItem[item], e.Plan)
		r.folder.Enrolled = append(r.folder.Enrolled, Enrolled{
			SN: e.SN, Plan: e.Plan, AnchorOn: e.AnchorOn, CancelledOn: e.CancelledOn,
		})
	}
	enrolled := &r.folder.Enrolled[at]
	r.agree(line, "anchor_on", e.AnchorOn, enrolled.AnchorOn, r.enrolledAt[at])
	r.agree(line, "cancelled_on", e.CancelledOn, enrolled.CancelledOn, r.enrolledAt[at])
	acceptance := fee.Acceptance{Version: e.Version, On: e.AcceptedOn, Via: string(e.AcceptedVia)}
	if e.Version > 0 && !slices.Contains(enrolled.Accepted, acceptance) {
		enrolled.Accepted = append(enrolled.Accepted, acceptance)
	}
	return nil
}

// agree refuses a row of an enrolment that says another date than the first.
func (r folderRow) agree(line int, column string, got, first date.Date, firstLine int) {
	if got != first {
		r.fault(line, column, got.String(), "import.row.disagrees", "line", strconv.Itoa(firstLine))
	}
}

func (r folderRow) settlement(line int, s *Settlement, sound bool) error {
	terminal, known := r.findTerminal(line, s.SN)
	if s.Ref == "" {
		r.doubtful[KindSettlements] = true
		return nil
	}
	c := claim{line: line}
	if sound && known {
		c.digest = maphash.Comparable(r.seed, *s)
	}
	if terminal != nil {
		c.sn = terminal.SN
	}
	first, again := r.settlements[s.Ref]
	switch {
	case !again:
		r.settlements[strings.Clone(s.Ref)] = c // not the row around it
	case c.digest != 0 && first.digest != 0 && c.digest != first.digest:
		r.fault(line, "settlement_ref", s.Ref, "import.row.taken", "line", strconv.Itoa(first.line))
	}
	return nil
}

func (r folderRow) deduction(line int, d *Deduction, sound bool) error {
	terminal, known := r.findTerminal(line, d.SN)
	sound = r.fillPlan(line, d.SN, d.Item, &d.Plan) && sound
	if d.SettlementRef != "" && r.files[KindSettlements] != "" {
		r.checkSettlement(line, d.SettlementRef, terminal)
	}
	if d.Ref == "" {
		return nil
	}
	at, again := r.deductions[d.Ref]
	switch {
	case again && at != unsound && sound:
		if !sameDeduction(*d, r.folder.Deductions[at]) {
			r.fault(line, "deduction_ref", d.Ref, "import.row.taken", "line", strconv.Itoa(r.deductedAt[at]))
		}
	case again:
	case !sound || !known:
		r.deductions[d.Ref] = unsound
	default:
		r.deductions[d.Ref] = len(r.folder.Deductions)
		r.folder.Deductions = append(r.folder.Deductions, *d)
		r.deductedAt = append(r.deductedAt, line)
	}
	return nil
}

// checkSettlement refuses a deduction that explains a settlement which is not
// there, or another terminal's: it can be no part of that settlement's columns,
// and would be counted beside them.
func (r folderRow) checkSettlement(line int, ref string, terminal *Terminal) {
	settlement, ok := r.settlements[ref]
	switch {
	case !ok && r.doubtful[KindSettlements]:
	case !ok:
		r.fault(line, "settlement_ref", ref, "import.reference.settlement")
	case terminal == nil || settlement.sn == "" || settlement.sn == terminal.SN:
	case r.folder.Terminals[r.terminals[settlement.sn]].MerchantRef != terminal.MerchantRef:
		r.fault(line, "settlement_ref", ref, "import.reference.other_merchant")
	default:
		r.fault(line, "settlement_ref", ref, "import.reference.other_terminal", "terminal", settlement.sn)
	}
}

// fillPlan finds the plan that a row means where it names none: the one plan of
// the item that the terminal is enrolled in. A terminal that is enrolled in
// none keeps the row, without a plan. It reports whether the row's plan is
// sound.
func (r folderRow) fillPlan(line int, sn string, item fee.Item, plan *string) bool {
	if item == "" || sn == "" {
		return true // said already
	}
	if *plan != "" {
		p := r.findPlan(line, *plan)
		if p != nil && p.Item != "" && p.Item != item {
			r.fault(line, "plan", *plan, "import.reference.other_item", "item", string(p.Item))
			return false
		}
		return p != nil
	}
	codes := r.byItem[terminalItem{sn, item}]
	if len(codes) > 1 {
		r.fault(line, "plan", "", "import.reference.which_plan", "plans", strings.Join(codes, ", "))
		return false
	}
	if len(codes) == 1 {
		*plan = codes[0]
	}
	return true
}

func (r folderRow) notice(line int, n *Notice, sound bool) error {
	terminal, _ := r.findTerminal(line, n.SN)
	column, value := "plan", n.Plan
	if n.Plan == "" {
		column, value = "item", string(n.Item)
	}
	sound = r.fillPlan(line, n.SN, n.Item, &n.Plan) && sound
	if !sound || terminal == nil || r.doubtful[KindEnrolments] {
		return nil
	}
	at, ok := r.enrolled[terminalPlan{n.SN, n.Plan}]
	if !ok {
		r.fault(line, column, value, "import.reference.not_enrolled")
		return nil
	}
	key := noticeKey{at, strings.Clone(n.Channel), n.PeriodFrom, n.DeliveredAt.UnixMicro()}
	first, again := r.notices[key]
	switch {
	case !again:
		r.notices[key] = noticed{n.Amount, line}
	case first.amount != n.Amount:
		r.fault(line, "amount", n.Amount.Yuan(), "import.row.taken", "line", strconv.Itoa(first.line))
	}
	return nil
}

func (r folderRow) usage(line int, u *Usage, _ bool) error {
	r.findTerminal(line, u.SN)
	return nil
}
