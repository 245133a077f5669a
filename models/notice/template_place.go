package notice

import "slices"

// Place is something that a template may name: {amount}, say.
type Place struct {
	Name     string
	Must     bool // texts that stand for themselves name it
	Single   bool // only where one notice is told
	Several  bool // only where several are
	Letter   bool // only in mails and in the portal: it may be long
	Optional bool // only in the body of a letter: where it has nothing to say its paragraph is left out
}

// LinesPlace is where a letter lists its notices, alone in its line.
const LinesPlace = "lines"

var (
	operatorPlace = Place{Name: "operator"}
	merchantPlace = Place{Name: "merchant", Letter: true}
	countPlace    = Place{Name: "n", Several: true}
	linesPlace    = Place{Name: LinesPlace, Must: true, Several: true, Optional: true}

	datePlace     = Place{Name: "date", Must: true}
	amountPlace   = Place{Name: "amount", Must: true}
	itemPlace     = Place{Name: "item"}
	terminalPlace = Place{Name: "terminal"}
	namePlace     = Place{Name: "name", Letter: true}
	periodPlace   = Place{Name: "period", Single: true, Optional: true}
	everyPlace    = Place{Name: "every", Single: true}
	oncePlace     = Place{Name: "once", Single: true, Optional: true}
	waitPlace     = Place{Name: "wait", Optional: true}
	reasonPlace   = Place{Name: "reason", Letter: true}
)

// placesOf are the places of each kind of notice, besides those of all.
var placesOf = map[Kind][]Place{
	Upcoming: {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, periodPlace, everyPlace, oncePlace, {Name: "again", Optional: true}, waitPlace},
	Changed: {
		datePlace, amountPlace, itemPlace, terminalPlace, namePlace, periodPlace, everyPlace, oncePlace, waitPlace,
		{Name: "before_date", Must: true, Single: true},
		{Name: "before", Must: true, Single: true},
	},
	CalledOff: {datePlace, amountPlace, itemPlace, terminalPlace, namePlace},
	Taken:     {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, periodPlace, letterOnly(everyPlace)},
	Failed:    {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, periodPlace, letterOnly(everyPlace)},
	Stopped:   {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, reasonPlace},
	OnHold:    {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, reasonPlace},
	Refunded:  {datePlace, amountPlace, itemPlace, terminalPlace, namePlace, {Name: "taken_on", Optional: true}},
	FeeChange: {
		datePlace, itemPlace,
		{Name: "before", Must: true, Single: true},
		{Name: "after", Must: true, Single: true},
		{Name: "left", Optional: true}, {Name: "more", Single: true, Optional: true},
	},
	ChangeOff: {
		datePlace, itemPlace,
		{Name: "before", Must: true, Single: true},
		{Name: "after", Must: true, Single: true},
	},
	SIMUsage: {
		datePlace, terminalPlace, namePlace,
		{Name: "month"}, {Name: "percent", Must: true, Single: true},
		{Name: "used", Single: true, Optional: true}, {Name: "allowance", Single: true, Optional: true},
	},
	LowBalance: {datePlace, amountPlace, terminalPlace, namePlace},
	TopUp:      {datePlace, amountPlace, terminalPlace, namePlace},
	Complaint: {
		datePlace, {Name: "number", Must: true, Single: true},
		{Name: "news", Single: true},
		{Name: "promise", Single: true, Optional: true}, {Name: "text", Single: true, Optional: true},
	},
	Security: {
		{Name: "at", Must: true},
		{Name: "what", Must: true, Single: true},
	},
}

// letterOnly keeps a place to paragraphs that may be left out.
func letterOnly(p Place) Place {
	p.Optional = true
	return p
}

// Kinds are the kinds of notice in the order in which staff see them.
var Kinds = []Kind{
	Upcoming, Changed, CalledOff, Taken, Failed, Stopped, OnHold, Refunded, FeeChange, ChangeOff, SIMUsage, LowBalance, TopUp, Complaint, Security,
}

// Known reports whether the kind is one of Kinds.
func (k Kind) Known() bool { return slices.Contains(Kinds, k) }

// PlacesOf returns what a part of a kind's templates may name.
func PlacesOf(k Kind, part Part) (all []Place) {
	for _, p := range append(slices.Clone(placesOf[k]), countPlace, operatorPlace, merchantPlace, linesPlace) {
		if p.standsIn(part) {
			all = append(all, p)
		}
	}
	return all
}

func (p *Place) standsIn(part Part) bool {
	several := part == Many || part == SubjectMany || part == BodyMany || part == WhatMany
	switch {
	case p.Single && several, p.Several && !several && part != Note:
		return false
	case part == Note: // the same for one notice and for several
		return !p.Single && !p.Several && !p.Letter && !p.Optional
	case part == Body, part == BodyMany:
		return true
	case p.Optional:
		return false
	case part == Subject, part == SubjectMany:
		return true
	}
	return !p.Letter
}

// mustStandIn reports whether a part has to name the place.
func (p *Place) mustStandIn(part Part) bool {
	if p.Name == "operator" && (part == One || part == Many) {
		return true
	}
	return p.Must && p.standsIn(part) && (part == One || part == Many || part == Body || part == BodyMany)
}

// longest is what fills the place at its longest in a text message.
func (p *Place) longest(locale string, part Part) string {
	if text := longestWords["many"][p.Name][locale]; part == Many && text != "" {
		return text
	}
	return longestWords["one"][p.Name][locale]
}
