package main

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
)

// putRight finds whom else the causes of two cases have hit: one is put right for
// all, the other waits for a second person.
func (w *demoCases) putRight(by, second staff.Actor, dear string) {
	causes := rootcause.New(w.d, w.at, w.cases, nil)
	w.on(1, 16, 40)
	done := w.proposeCause(causes, by, dear, "", rootcause.Plan{
		Refund: true, Reason: "代理商提交时没有照公示核对", Words: "我们核对了同一种收费，查出您这笔不该收，全数退给您。",
	})
	w.on(1, 17, 5)
	if w.err == nil {
		w.do(causes.Approve(w.ctx, second, done))
	}
	if w.err == nil {
		_, err := causes.Work(w.ctx)
		w.do(err)
	}
	w.on(1, 17, 30)
	var manual string
	w.read(&manual, `
		select c.number from cases c join bill_lines l on l.merchant_id = c.merchant_id and l.id = c.subject_ref
		where c.channel = 'itself' and l.reasons like '%manual_order%' order by c.number limit 1`)
	w.proposeCause(causes, by, manual, "manual_order", rootcause.Plan{
		Refund: true, Tell: true, Reason: "代理商手工提交，没有复核", Words: "代理商手工提交了扣费，没有人复核。不该收的退给您，这种提交已经关掉。",
	})
}

// proposeCause proposes something against what has the plan of a case's line in
// common with it, or the rule.
func (w *demoCases) proposeCause(causes *rootcause.Causes, by staff.Actor, number, rule string, plan rootcause.Plan) (id string) {
	if w.err != nil {
		return ""
	}
	o, err := rootcause.ReadOffer(w.ctx, w.d, by, number)
	w.do(err)
	if w.err != nil {
		return ""
	}
	c := rootcause.Criteria{PlanID: o.PlanID, Version: o.Version, From: w.today.AddMonths(-24), To: w.today}
	if rule != "" {
		c = rootcause.Criteria{Rule: rule, From: c.From, To: c.To}
	}
	found, err := rootcause.Find(w.ctx, w.d, by, c, complaint.Mark{}, date.Of(w.at.Now()))
	w.do(err)
	if w.err == nil {
		id, err = causes.Propose(w.ctx, by, rootcause.Proposal{Token: "demo " + number, Case: number, Criteria: c, Plan: plan, Seen: found.Seen()})
		w.do(err)
	}
	return id
}
