package staff

import (
	"errors"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/web/form"
)

// searched are the fields of what is looked for.
var searched = []string{samePlan, sameAgent, sameBatch, sameRule, causeFrom, causeTo}

// causeSearch is what a case has in common with others, and what of it is looked
// for.
type causeSearch struct {
	offer    *rootcause.Offer
	criteria rootcause.Criteria
	values   form.Values
}

// some reports whether the case has anything in common with others.
func (s *causeSearch) some() bool {
	o := s.offer
	return o.PlanID != 0 || o.Agent != "" || o.Batch != "" || len(o.Rules) > 0
}

// query is what is looked for, for an address.
func (s *causeSearch) query() url.Values {
	query := url.Values{}
	for _, name := range searched {
		if value := s.values.Get(name); value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// first is the name of the first field that the page offers of what lines have in
// common.
func (s *causeSearch) first() string {
	switch o := s.offer; {
	case o.PlanID != 0:
		return samePlan
	case o.Agent != "":
		return sameAgent
	case o.Batch != "":
		return sameBatch
	}
	return sameRule
}

// search reads what is looked for: what the form says of the case's own line, or
// to begin with the same version of the plan and the first rule, in the last year.
func (h *CausePages) search(c echo.Context, values form.Values) (*causeSearch, error) {
	o, err := rootcause.ReadOffer(c.Request().Context(), h.DB, guard.StaffOf(c), c.Param("number"))
	if err != nil {
		return nil, err
	}
	s := &causeSearch{offer: o, values: form.Values{}}
	fresh := true // nothing was chosen yet
	for _, name := range searched {
		if values.Has(name) {
			fresh = false
			s.values[name] = values.All(name)
		}
	}
	if fresh {
		today := h.today()
		from := today.AddMonths(-12).AddDays(1)
		if !o.On.IsZero() && o.On < from {
			from = o.On
		}
		s.values[causeFrom], s.values[causeTo] = []string{from.String()}, []string{today.String()}
		if o.PlanID != 0 {
			s.values[samePlan] = []string{yes}
		}
		if len(o.Rules) > 0 {
			s.values[sameRule] = []string{o.Rules[0]}
		} else if o.PlanID == 0 && o.Agent != "" {
			s.values[sameAgent] = []string{yes}
		}
	}
	k := &s.criteria
	if s.values.Get(samePlan) == yes {
		k.PlanID, k.Version = o.PlanID, o.Version
	}
	if s.values.Get(sameAgent) == yes {
		k.Agent = o.Agent
	}
	if s.values.Get(sameBatch) == yes {
		k.Batch = o.Batch
	}
	for _, rule := range o.Rules {
		if rule == s.values.Get(sameRule) {
			k.Rule = rule
		}
	}
	k.From, _ = date.Parse(s.values.Get(causeFrom)) // a text that is none is missing
	k.To, _ = date.Parse(s.values.Get(causeTo))
	return s, nil
}

// renamed leads faults of what has no field of its own to the first that has.
func (s *causeSearch) renamed(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for i := range f.Fields {
			switch f.Fields[i].Name {
			case "same":
				f.Fields[i].Name = s.first()
			case "what":
				f.Fields[i].Name = "tell" // which can be done whatever was found
			}
		}
	}
	return err
}
