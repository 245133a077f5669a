package notify

import (
	"regexp"
	"strings"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// paragraph is a paragraph of a mail or of a letter in the portal: a text, or a
// list.
type paragraph struct {
	text string
	list []string
}

// linesPlace is where a letter lists its notices; it stands alone in its line.
const linesPlace = "{lines}"

// body writes the paragraphs that a template gives.
func (d *draft) body() (all []paragraph) {
	v := d.of()
	for line := range strings.SplitSeq(d.part(notice.Body, notice.BodyMany), "\n") {
		if strings.TrimSpace(line) == linesPlace {
			all = append(all, paragraph{list: d.list()})
			continue
		}
		if text := notice.Fill(line, v.value); text != "" {
			all = append(all, paragraph{text: d.spaced(text)})
		}
	}
	return all
}

func (d *draft) subject() string {
	v := d.of()
	v.short = true
	return d.spaced(notice.Fill(d.part(notice.Subject, notice.SubjectMany), v.value))
}

// spaced parts a count from the Chinese character before it, and a sum from that
// after it.
func (d *draft) spaced(text string) string {
	if d.p.Locale() != i18n.ZhCN {
		return text
	}
	return afterSum.ReplaceAllString(counted.ReplaceAllString(text, "$1 $2"), "$1 $2")
}

var (
	counted  = regexp.MustCompile(`(\p{Han})(\d[\d,]* \p{Han})`)
	afterSum = regexp.MustCompile(`(¥[\d,.]+|%)(\p{Han})`)
)

// mostLines is how many notices a letter lists one by one.
const mostLines = 50

// list writes a line for each notice of the letter, and one for those that are
// too many.
func (d *draft) list() (all []string) {
	lines := d.letter.Lines
	for i := range lines[:min(len(lines), mostLines)] {
		all = append(all, d.line(&lines[i]))
	}
	if len(lines) <= mostLines {
		return all
	}
	rest := d.of()
	rest.lines = lines[mostLines:]
	if key, ok := lineKeys[d.letter.Kind]; ok && key.money {
		return append(all, d.p.N("notices.line.more", len(rest.lines), "amount", rest.value("amount")))
	}
	return append(all, d.p.N("notices.line.more_of", len(rest.lines)))
}

// lineKeys word a line of a letter, by kind.
var lineKeys = map[notice.Kind]struct {
	key   string
	money bool // its amounts can be summed
}{
	notice.Upcoming:   {"notices.line.charge", true},
	notice.Changed:    {"notices.line.changed", true},
	notice.CalledOff:  {"notices.line.charge", true},
	notice.Taken:      {"notices.line.charge", true},
	notice.Failed:     {"notices.line.charge", true},
	notice.Stopped:    {"notices.line.stopped", true},
	notice.OnHold:     {"notices.line.stopped", true},
	notice.Refunded:   {"notices.line.charge", true},
	notice.FeeChange:  {"notices.line.fee_change", false},
	notice.ChangeOff:  {"notices.line.fee_change", false},
	notice.SIMUsage:   {"notices.line.sim_usage", false},
	notice.LowBalance: {"notices.line.low_balance", true},
	notice.TopUp:      {"notices.line.top_up", true},
	notice.Complaint:  {"notices.line.complaint", false},
	notice.Security:   {"notices.line.security", false},
}

// line writes one notice of several.
func (d *draft) line(l *notice.Line) string {
	v := d.ofLine(*l)
	k := lineKeys[d.letter.Kind]
	text := d.p.T(k.key,
		"terminal", d.at(v, l), "item", v.value("item"), "amount", v.value("amount"), "date", v.value("date"), "before", v.value("before"),
		"before_date", v.value("before_date"), "after", v.value("after"), "reason", v.value("reason"), "percent", v.value("percent"),
		"number", v.value("number"), "news", v.value("news"), "at", v.value("at"), "what", v.value("what"))
	add := func(more string) { text = d.p.T("notices.line.with", "line", text, "more", more) }
	if k.key == "notices.line.charge" && d.daysDiffer() {
		add(v.value("date"))
	}
	if period := v.value("period"); k.key == "notices.line.charge" && period != "" {
		add(period)
	}
	if said := v.value("text"); d.letter.Kind == notice.Complaint && said != "" {
		add(said)
	}
	if allowance := v.value("allowance"); d.letter.Kind == notice.SIMUsage && allowance != "" {
		add(d.p.T("notices.line.used", "used", v.value("used"), "allowance", allowance))
	}
	return d.spaced(text)
}

// at names a line's terminal, and its shop where the letter is about several.
func (d *draft) at(v values, l *notice.Line) string {
	shop := oneLine(l.Shop)
	if shop == "" || !d.shopsDiffer() {
		return v.terminal()
	}
	return d.p.T("notices.line.with", "line", shop, "more", v.terminal())
}

func (d *draft) shopsDiffer() bool {
	return d.differ(func(l *notice.Line) any { return l.Shop })
}

func (d *draft) daysDiffer() bool {
	v := d.of()
	return d.differ(func(l *notice.Line) any { return v.dayOf(l) })
}

func (d *draft) differ(in func(*notice.Line) any) bool {
	lines := d.letter.Lines
	for i := range lines {
		if in(&lines[i]) != in(&lines[0]) {
			return true
		}
	}
	return false
}

// inbox writes a letter for the portal.
func (d *draft) inbox() notice.Content {
	all := d.body()
	if d.operator.Hotline != "" {
		all = append(all, paragraph{text: d.p.T("notices.hotline", "hotline", d.operator.Hotline)})
	}
	return notice.Content{Subject: d.subject(), Body: written(all, "\n")}
}

// written writes paragraphs as plain text.
func written(all []paragraph, between string) string {
	var texts []string
	for _, p := range all {
		if len(p.list) == 0 {
			texts = append(texts, p.text)
			continue
		}
		texts = append(texts, "· "+strings.Join(p.list, "\n· "))
	}
	return strings.Join(texts, between)
}
