package explain

import (
	"iter"
	"slices"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// Tone is what a colour says; a word always stands beside it.
type Tone string

// The tones.
const (
	ToneOK   Tone = "ok"   // as agreed
	ToneWait Tone = "wait" // a person still has to look at it
	ToneBad  Tone = "bad"  // not as agreed, or stopped
	ToneInfo Tone = "info" // in hand, or in the merchant's favour
	ToneNone Tone = "none" // not checked, or nothing to check
)

// Tag is a verdict in a word or two.
type Tag struct {
	Word string
	Tone Tone
}

// Line is what a list knows of a deduction.
type Line struct {
	Kind      Kind
	Verdict   fee.Verdict
	Price     *fee.Price // of the version in force; nil: none, or not at hand
	Amount    money.Fen
	Refunded  money.Fen
	Sale      *money.Fen
	SaleCount *int64
	State     fee.State // empty: fee.Posted
	SettledBy fee.State // of what settled the cycle before; empty: not at hand
}

func (w *writer) line() Line {
	r := &w.c.Request
	l := Line{
		Kind: w.ctx.Kind, Verdict: w.e.Verdict, Price: w.e.Facts.Price, Amount: w.e.Amount, Refunded: w.ctx.Refunded,
		Sale: r.Sale, SaleCount: r.SaleCount, State: w.ctx.State,
	}
	if w.e.Facts.SettledBy != nil {
		l.SettledBy = w.e.Facts.SettledBy.State
	}
	return l
}

var stateTags = map[fee.State]struct {
	key  string
	tone Tone
}{
	fee.Denied:   {"explain.tag.denied", ToneBad},
	fee.Held:     {"explain.tag.held", ToneWait},
	fee.Voided:   {"explain.tag.voided", ToneNone},
	fee.Waived:   {"explain.tag.waived", ToneInfo},
	fee.Refunded: {"explain.tag.refunded", ToneInfo},
	fee.Reversed: {"explain.tag.reversed", ToneInfo},
}

// TagOf returns the word and the tone that stand beside a deduction in a list.
func TagOf(p *i18n.Printer, l Line) Tag {
	if tag, ok := stateTags[l.State]; ok {
		return Tag{p.T(tag.key), tag.tone}
	}
	v := &l.Verdict
	switch {
	case v.Decision == fee.Deny && l.State == fee.Authorized:
		return Tag{p.T("explain.tag.due_wrong"), ToneBad}
	case v.Decision == fee.Deny && onlyOver(v.Reasons) && l.overReturned():
		return Tag{p.T("explain.tag.over_returned"), ToneInfo}
	case v.Decision == fee.Deny && onlyOver(v.Reasons):
		return Tag{p.T("explain.tag.over"), ToneBad}
	case v.Decision == fee.Deny && onlyLimits(v.Reasons):
		return Tag{p.T("explain.tag.limit"), ToneBad}
	case v.Decision == fee.Deny:
		return Tag{p.T("explain.tag.wrong"), ToneBad}
	case v.Decision == fee.Hold:
		return Tag{p.T("explain.tag.doubt"), ToneWait}
	case v.Decision != fee.Allow, v.Reasons.Has(fee.NotItemised):
		return Tag{p.T("explain.tag.unchecked"), ToneNone}
	case v.Reasons.Has(fee.AmountUnder):
		return Tag{p.T("explain.tag.under"), ToneInfo}
	}
	return Tag{p.T("explain.tag.ok"), ToneOK}
}

// taken reports whether money in the state has left the merchant, even if it
// came back.
func taken(s fee.State) bool {
	switch s {
	case fee.Authorized, fee.Waived, fee.Voided, fee.Held, fee.Denied:
		return false
	}
	return true
}

// overReturned reports whether as much went back as was taken too much.
func (l *Line) overReturned() bool { return l.Refunded >= l.Amount.Minus(l.Verdict.Expected) }

// onlyOver reports whether all that would deny the deduction is that it is
// dearer than agreed.
func onlyOver(reasons fee.Codes) bool {
	return reasons.Has(fee.AmountOver) && onlyDenied(reasons, fee.AmountOver, fee.NoticePeriod, fee.VersionNotAccepted)
}

// byWeight yields the rules that fired in the order in which a merchant wants
// to read them: where all that is wrong is that it was dearer than agreed, by
// how much comes before why.
func byWeight(reasons fee.Codes) iter.Seq[fee.Code] {
	return func(yield func(fee.Code) bool) {
		first := onlyOver(reasons)
		if first && !yield(fee.AmountOver) {
			return
		}
		for code := range reasons.All() {
			if !(first && code == fee.AmountOver) && !yield(code) {
				return
			}
		}
	}
}

// onlyLimits reports whether all that would deny it is a limit to what may be
// taken.
func onlyLimits(reasons fee.Codes) bool { return onlyDenied(reasons, fee.CapExceeded, fee.OwnLimit) }

func onlyDenied(reasons fee.Codes, by ...fee.Code) bool {
	for code := range reasons.All() {
		if code.Level() == fee.LevelDeny && !slices.Contains(by, code) {
			return false
		}
	}
	return true
}
