package staff

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

// ruleTag says what a rule comes to.
func ruleTag(p *i18n.Printer, code fee.Code) components.Tag {
	if code.Level() == fee.LevelDeny {
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.known.deny")}
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.known.hold")}
}

// rules are what the verdict rested on when the case was filed, in words with
// their codes, and how all that was checked came out.
func (v *casePresenter) rules() (all []views.CaseRule, checks components.Facts) {
	known := &v.k.Known
	if known.Case == nil {
		return nil, nil
	}
	e, err := fee.Explain(known.Case)
	if err != nil {
		return nil, nil // of rules that have changed since: the facts below stand as they were kept
	}
	ctx := explain.OfKnown(known, &e, v.k.Alias, v.k.SN)
	for code := range e.Verdict.Reasons.All() {
		if code.Level() != fee.LevelInfo {
			all = append(all, views.CaseRule{Tag: ruleTag(v.p, code), Text: explain.Reason(v.p, code, e, ctx), Code: code.String()})
		}
	}
	text := explain.Deduction(v.p, e, ctx)
	for i := range text.Checks {
		g := &text.Checks[i]
		checks = append(checks, components.Fact{Term: g.Title, Text: g.Summary, Part: g.Tag.Word})
	}
	return all, checks
}

func (v *casePresenter) known() (facts components.Facts) {
	p, k, known := v.p, v.k, &v.k.Known
	if known.Ref != "" || known.Amount > 0 {
		facts = append(facts,
			components.Fact{Term: p.T("admin_cases.known.line"), Text: p.Money(int64(known.Amount)), Part: p.T("admin_cases.known.line_of", "day", known.On, "state", explain.StateName(p, known.State))},
			components.Fact{Term: p.T("admin_cases.known.order"), Text: originName(p, known.Origin), Part: known.Ref},
			components.Fact{Term: p.T("admin_cases.known.expected"), Text: p.Money(int64(known.Expected))})
	}
	for _, told := range known.Told {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.told"), Text: explain.ChannelName(p, told.Channel), Part: p.DateTime(told.At)})
	}
	if known.Case != nil && len(known.Told) == 0 && known.Untold() {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.told"), Text: p.T("admin_cases.known.not_told")})
	}
	if s := known.Settled; s != nil {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.settled"), Text: p.Money(int64(s.PaidOut)), Part: p.Date(s.On)})
	}
	for _, a := range known.Agreements {
		fact := components.Fact{Term: p.T("admin_cases.known.agreed"), Text: v.planName(a.Plan), Part: p.T("admin_cases.known.not_agreed")}
		if !a.AcceptedOn.IsZero() {
			fact.Part = p.T("admin_cases.known.agreed_on", "day", a.AcceptedOn, "version", a.Version, "via", explain.ViaName(p, a.Via))
		}
		facts = append(facts, fact)
	}
	for _, m := range known.Sent {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.sent"), Text: explain.ChannelName(p, m.Channel), Part: p.DateTime(m.At)})
	}
	if len(k.Evidence) == 0 {
		return append(facts, components.Fact{Term: p.T("admin_cases.known.none"), Text: p.T("admin_cases.known.none_text")})
	}
	first := &k.Evidence[0]
	return append(facts, components.Fact{Term: p.T("admin_cases.known.kept"), Text: p.DateTime(first.At), Part: p.T("admin_cases.known.hash", "hash", first.Hash[:16])})
}

// planName is what a plan is called; of one that is not published, its code.
func (v *casePresenter) planName(code string) string {
	if plan := v.plans.ByCode(code); plan != nil {
		return plan.Name(string(v.p.Locale()))
	}
	return code
}

func (v *casePresenter) merchant() (facts components.Facts) {
	p, k := v.p, v.k
	facts = components.Facts{{Term: p.T("admin_cases.columns.merchant"), Text: k.Merchant, Part: k.MerchantRef}}
	for i := range k.Reachables {
		r := &k.Reachables[i]
		if r.Name != "" || r.Phone != "" {
			facts = append(facts, components.Fact{Term: reachableRole(p, r), Text: maskedName(r.Name), Part: maskedPhone(r.Phone)})
		}
	}
	filed := p.T(caseChannels[k.Channel])
	return append(facts,
		components.Fact{Term: p.T("admin_cases.merchant.terminals"), Text: p.N("admin_cases.merchant.count", k.Terminals)},
		components.Fact{Term: p.T("admin_cases.merchant.filed"), Text: filed, Part: p.DateTime(k.FiledAt)},
		components.Fact{Term: p.T("admin_cases.merchant.before"), Text: p.N("admin_cases.merchant.cases", len(k.Earlier))})
}

// maskedName shows of a person's name its first character.
func maskedName(name string) string {
	for i := range name {
		if i > 0 {
			return name[:i] + "**"
		}
	}
	return name
}

func maskedPhone(phone string) string {
	if phone == "" {
		return ""
	}
	return i18n.MaskPhone(phone)
}

func (v *casePresenter) files() (all []views.CaseFile) {
	for _, f := range v.k.Files {
		all = append(all, views.CaseFile{
			Name: f.Name, Href: caseHref(v.k.Number) + "/files/" + f.ID, Part: v.p.T("admin_cases.files.part", "who", f.By, "when", v.p.ShortDateTime(f.At), "kb", int((f.Bytes+1023)/1024)),
		})
	}
	return all
}
