package complaint

import (
	"errors"
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestAPolicyPromisesMerchantsNoLessThanTheRulesDo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, one := range map[string]struct {
			change func(p *Policy)
			want   []string
		}{
			"a first contact after more than a working day": {func(p *Policy) { p.FirstContactMinutes = 451 }, []string{FirstContactField}},
			"an answer within 16 days":                      {func(p *Policy) { p.ReplyDays = 16 }, []string{ReplyField}},
			"an extension to 61 days":                       {func(p *Policy) { p.ReplyMaxDays = 61 }, []string{ReplyMaxField}},
			"an extension to before the answer is due":      {func(p *Policy) { p.ReplyMaxDays = 10 }, []string{ReplyMaxField}},
			"too short a time to ask for a review":          {func(p *Policy) { p.ReviewDays = 13 }, []string{ReviewField}},
			"too short a time to reopen":                    {func(p *Policy) { p.ReopenDays = 0 }, []string{ReopenField}},
			"a resolution after three weeks":                {func(p *Policy) { p.ResolutionMinutes = 4501 }, []string{ResolutionField}},
			"large refunds by one person":                   {func(p *Policy) { p.SecondAbove = 10_000_000 }, []string{SecondAboveField}},
			"all at once":                                   {func(p *Policy) { *p = Policy{SecondAbove: -1} }, []string{FirstContactField, ResolutionField, ReplyField, ReplyMaxField, ReviewField, ReopenField, SecondAboveField}},
		} {
			p := Policy{Policy: worktime.DefaultPolicy, SecondAbove: 50_000}
			one.change(&p)
			err := w.SetPolicy(t.Context(), shen, 1, p)
			w.wantFault(err, fault.Invalid, name)
			var got []string
			if f, ok := errors.AsType[*fault.Error](err); ok {
				for _, field := range f.Fields {
					got = append(got, field.Name)
				}
			}
			if !slices.Equal(got, one.want) {
				t.Errorf("%s: the fields %v are refused, want %v", name, got, one.want)
			}
		}
		p := Policy{Policy: worktime.DefaultPolicy, SecondAbove: 50_000}
		w.wantFault(w.SetPolicy(t.Context(), chen, 1, p), fault.Forbidden, "a lead")
		w.must(w.SetPolicy(t.Context(), shen, 1, p))
	})
}
