package retention

// Conditions that several rules share.
const (
	// A charge of a fee that still runs decides whether the same may be taken
	// again, however long ago it was: it stays until the fee has ended, and with it
	// what it rests on.
	deductionGone = `not exists (select 1 from deductions d where d.id = x.deduction_id)`

	feeRuns     = `exists (select 1 from enrolments e where e.terminal_id = x.terminal_id and e.plan_id = x.plan_id and (e.cancelled_on is null or e.cancelled_on >= :day))`
	feeEnded    = `x.enrolment_id in (select e.id from enrolments e where e.cancelled_on < :day)`
	notOnItsWay = `x.state not in ('queued', 'sending') and not exists (select 1 from messages m where m.again_for = x.id)`

	// A case is over once nothing has happened to it for the whole term, and none
	// of the money that it gave back is still kept.
	caseOver = `select c.id from cases c where not c.under_way and c.filed_at < :at
		and not exists (select 1 from case_events e where e.case_id = c.id and e.at >= :at)
		and not exists (select 1 from case_posts e where e.merchant_id = c.merchant_id and e.case_id = c.id and e.at >= :at)
		and not exists (select 1 from case_evidence e where e.merchant_id = c.merchant_id and e.case_id = c.id and e.at >= :at)
		and not exists (select 1 from case_decisions e where e.case_id = c.id and e.at >= :at)
		and not exists (select 1 from case_alarms e where e.case_id = c.id and e.at >= :at)
		and not exists (select 1 from refund_proposals e where e.merchant_id = c.merchant_id and e.case_id = c.id)
		and not exists (select 1 from root_causes e where e.case_id = c.id)`
	merchantGone = `x.merchant_id in (select c.merchant_id from closings c where c.kind = 'merchant' and c.erased_at is not null
		and not exists (select 1 from memberships s where s.merchant_id = c.merchant_id and s.ended_at is null)
		and not exists (select 1 from closings o where o.merchant_id = c.merchant_id and o.undone_at is null and o.erased_at is null))`
	causeOver = `select r.id from root_causes r where r.state in ('refused', 'done') and coalesce(r.done_at, r.answered_at) < :at`
	ofCase    = `x.case_id in (` + caseOver + `)`
)

// rules are what goes, in the order in which it does: what points to something
// goes before that.
var rules = []rule{
	{table: "plan_charges", group: Payments, months: true, due: `x.at < :at and not ` + feeRuns},
	{table: "deductions", group: Payments, months: true, parts: `not exists (select 1 from plan_charges p where p.at >= $1 and p.at < $2)`,
		due: `x.at < :at and not exists (
		select 1 from plan_charges p where p.merchant_id = x.merchant_id and p.terminal_id = x.terminal_id and p.plan_id = x.plan_id and p.deduction_id = x.id)`},
	{table: "deduction_refs", group: Payments, months: true, due: `x.at < :at and ` + deductionGone},
	{table: "settlements", group: Payments, months: true, parts: "true", due: `x.settled_on < :day`},
	{table: "settlement_refs", group: Payments, months: true, due: `x.settled_on < :day`},
	{table: "settled_deductions", group: Payments, months: true, due: `x.on_date < :day and x.ref not in (select n.ref from settled_news n)`},
	{table: "settlement_gaps", group: Payments, months: true, due: `x.on_date < :day`},
	{table: "gate_settled", group: Payments, months: true, due: `x.on_date < :day`},
	{table: "gate_decisions", group: Payments, months: true, due: `x.at < :at and ` + deductionGone},
	{table: "gate_steps", group: Payments, months: true, due: `x.at < :at and ` + deductionGone},
	{table: "gate_requests", group: Payments, months: true, due: `x.at < :at and x.changed_at < :at and x.state not in ('held', 'authorized') and ` + deductionGone},
	{table: "gate_claims", group: Payments, months: true, due: `x.deduction_id < :id and not exists (select 1 from gate_requests r where r.deduction_id = x.deduction_id) and ` + deductionGone},
	{table: "gate_releases", group: Payments, months: true, due: `x.first_at < :at and (x.second_at < :at or x.ended_at < :at)`},
	{table: "gate_batches", group: Payments, months: true, due: `x.at < :at and (not x.held or x.answered_at < :at)`},
	{table: "bill_lines", group: Payments, months: true, due: `x.on_date < :day and not exists (select 1 from deductions d where d.id = x.id)`},
	{table: "bill_months", group: Payments, months: true, due: `x.month < :day`},
	{table: "settled_months", group: Payments, months: true, due: `x.month < :day`},
	{table: "charged_months", group: Payments, months: true, due: `x.month < :day`},
	{table: "refund_dues", group: Payments, months: true, due: `x.created_at < :at`},
	{table: "top_ups", group: Payments, months: true, due: `x.paid_at < :at and x.recorded_at < :at`},

	{table: "acceptance_denials", group: Agreements, due: `x.recorded_at < :at and x.acceptance_id in (
		select a.id from acceptances a join enrolments e on e.id = a.enrolment_id where e.cancelled_on < :day)`},
	{table: "acceptances", group: Agreements, due: `x.recorded_at < :at and ` + feeEnded},
	{table: "own_limits", group: Agreements, due: `x.set_at < :at and ` + feeEnded},
	{table: "fee_change_answered", group: Agreements, due: feeEnded + ` and x.answer_id in (select a.id from fee_change_answers a where a.at < :at)`},
	{table: "fee_change_terminals", group: Agreements, due: feeEnded + ` and x.change_id in (select c.id from fee_changes c where c.effective_on < :day)`},
	{table: "service_ending_terminals", group: Agreements, due: feeEnded + ` and x.ending_id in (select s.id from service_endings s where s.decided_at < :at)`},
	{table: "fee_change_answers", group: Agreements, due: `x.at < :at and not exists (select 1 from fee_change_answered a where a.answer_id = x.id)`},
	{table: "fee_change_views", group: Agreements, due: `x.seen_at < :at and not exists (select 1 from fee_change_terminals t where t.change_id = x.change_id)`},
	{table: "service_endings", group: Agreements, due: `x.decided_at < :at and x.carried_out_at < :at and not exists (select 1 from service_ending_terminals t where t.ending_id = x.id)`},
	{table: "fee_changes", group: Agreements, due: `x.effective_on < :day and x.opened_at < :at
		and not exists (select 1 from fee_change_terminals t where t.change_id = x.id) and not exists (select 1 from fee_change_answers t where t.change_id = x.id)
		and not exists (select 1 from fee_change_views t where t.change_id = x.id) and not exists (select 1 from service_endings t where t.change_id = x.id)`},
	{table: "enrolments", group: Agreements, due: `x.cancelled_on < :day
		and not exists (select 1 from acceptances t where t.enrolment_id = x.id) and not exists (select 1 from own_limits t where t.merchant_id = x.merchant_id and t.enrolment_id = x.id)
		and not exists (select 1 from fee_change_terminals t where t.enrolment_id = x.id) and not exists (select 1 from fee_change_answered t where t.enrolment_id = x.id)
		and not exists (select 1 from service_ending_terminals t where t.enrolment_id = x.id)`},
	{table: "stop_answers", group: Agreements, due: `x.at < :at`},
	{table: "stop_requests", group: Agreements, due: `x.at < :at and not exists (select 1 from stop_answers a where a.request_id = x.id)`},

	{table: "deduction_receipts", group: Notices, due: `x.made_at < :at`},
	{table: "messages", group: Notices, due: `x.merchant_id is not null and x.created_at < :at and ` + notOnItsWay},
	{table: "letters", group: Notices, due: `x.created_at < :at and x.state <> 'open' and not exists (select 1 from messages m where m.letter_id = x.id)`},
	{table: "notices", group: Notices, due: `x.planned_at < :at and x.not_before < :at`},
	{table: "delivered_notices", group: Notices, due: `x.delivered_at < :at and x.recorded_at < :at and not ` + feeRuns},

	{table: "refund_proposals", group: Refunds, due: `x.state in ('refused', 'paid') and coalesce(x.paid_at, x.answered_at, x.proposed_at) < :at`},
	{table: "root_cause_lines", group: Refunds, due: `x.cause_id in (` + causeOver + `)`},
	{table: "root_causes", group: Refunds, due: `x.id in (` + causeOver + `) and not exists (select 1 from root_cause_lines l where l.cause_id = x.id)`},

	{table: "case_files", group: Cases, files: true, due: ofCase},
	{table: "case_forms", group: Cases, due: ofCase},
	{table: "case_posts", group: Cases, due: ofCase},
	{table: "case_inquiries", group: Cases, due: ofCase},
	{table: "case_evidence", group: Cases, due: ofCase},
	{table: "case_decisions", group: Cases, due: ofCase},
	{table: "case_ratings", group: Cases, due: ofCase},
	{table: "case_samples", group: Cases, due: ofCase},
	{table: "case_locks", group: Cases, due: ofCase},
	{table: "case_alarms", group: Cases, due: ofCase},
	{table: "case_links", group: Cases, due: `x.case_id in (` + caseOver + `) or x.other_id in (` + caseOver + `)`},
	{table: "case_events", group: Cases, due: ofCase},
	{table: "cases", group: Cases, due: `x.id in (` + caseOver + `) and not exists (select 1 from cases m where m.merged_into = x.id)
		and not exists (select 1 from case_events e where e.case_id = x.id) and not exists (select 1 from case_links l where l.case_id = x.id)`},
	{table: "figure_cases", group: Cases, due: `x.filed_on < :day and not exists (select 1 from cases c where c.id = x.case_id)`},
	{table: "disputes", group: Cases, due: `x.closed_at < :at`},
	{table: "phone_changes", group: Cases, due: `x.decided_at < :at and not exists (select 1 from phone_change_files f where f.phone_change_id = x.id)`},
	{table: "disclosure_opinion_answers", group: Cases, due: `x.at < :at`},
	{table: "disclosure_opinions", group: Cases, due: `x.at < :at and not exists (select 1 from disclosure_opinion_answers a where a.opinion_id = x.id)`},
	{table: "closing_members", group: Cases, due: `x.closing_id in (select c.id from closings c where coalesce(c.undone_at, c.erased_at) < :at)`},
	{table: "closings", group: Cases, due: `coalesce(x.undone_at, x.erased_at) < :at and not exists (select 1 from closing_members m where m.closing_id = x.id)`},

	{table: "sim_usage", group: Usage, months: true, parts: "true", due: `x.used_on < :day`},
	{table: "usage_months", group: Usage, months: true, due: `x.month < :day`},

	{table: "sessions", group: Access, due: `coalesce(x.ended_at, x.expires_at) < :at`},
	{table: "merchant_looks", group: Access, due: `coalesce(x.ended_at, x.until) < :at`},
	{table: "staff_sessions", group: Access, due: `coalesce(x.ended_at, x.expires_at) < :at`},
	{table: "staff_totps", group: Access, due: `x.removed_at < :at`},
	{table: "staff_passkeys", group: Access, due: `x.removed_at < :at`},
	{table: "staff_recovery_codes", group: Access, due: `x.used_at < :at`},
	{table: "api_key_secrets", group: Access, due: `x.ends_at < :at`},
	{table: "webhook_secrets", group: Access, due: `x.ends_at < :at`},
	{table: "calendar_feeds", group: Access, due: `x.ended_at < :at`},
	{table: "messages", name: "messages of accounts", group: Security, due: `x.merchant_id is null and x.created_at < :at and ` + notOnItsWay},

	{table: "phone_change_files", group: Identity, due: `x.phone_change_id in (select c.id from phone_changes c where c.decided_at < :at)`},
	{table: "notice_recipients", group: Identity, due: `x.ended_at < :at`},

	{table: "agent_days", group: Counters, due: `x.on_date < :day`},
	{table: "search_misses", group: Counters, due: `x.day < :day`},
	{table: "case_days", group: Counters, due: `x.on_date < :day`},
	{table: "scheduled_charges", group: Counters, due: `x.on_date < :day`},
	{table: "change_impacts", group: Counters, due: `x.asked_at < :at`},
	{table: "gate_trial_days", group: Counters, due: `x.proposal in (select p.number from gate_proposals p where p.ended_at < :at)`},
	{table: "gate_trial_examples", group: Counters, due: `x.proposal in (select p.number from gate_proposals p where p.ended_at < :at)`},

	{table: "imports", group: Proofs, due: `x.at < :at`},
	{table: "alarms", group: Proofs, due: `x.at < :at and x.answered_at < :at`},
	{table: "evidence_exports", group: Proofs, due: `x.at < :at`},
	{table: "evidence_packs", group: Proofs, due: `x.at < :at`},
	{table: "data_exports", group: Proofs, due: `x.ended_at < :at and x.state in ('failed', 'removed')`},
	{table: "audit_checks", group: Proofs, due: `x.asked_at < :at`},
	{table: "retention_counts", group: Proofs, due: `x.run_id in (select r.id from retention_runs r where r.at < :at)`},
	{table: "retention_runs", group: Proofs, due: `x.at < :at and not exists (select 1 from retention_counts c where c.run_id = x.id)`},

	// What a merchant set up for itself goes once its account is closed for good;
	// what it began to write goes with the next old drafts.
	{table: "notice_preferences", group: Accounts, due: merchantGone},
	{table: "notice_recipients", name: "notice_recipients of accounts", group: Accounts, due: merchantGone},
	{table: "calendar_feeds", name: "calendar_feeds of accounts", group: Accounts, due: merchantGone},
	{table: "case_drafts", group: Accounts, set: `updated_at = '2000-01-01 00:00:00+00:00'`, due: `x.updated_at >= '2000-01-02 00:00:00+00:00' and ` + merchantGone},

	// What names people at a merchant that is no more is taken out; its number
	// stays, since figures and what is kept longer lead to it.
	{table: "merchants", group: Merchants, set: `name = ref, contact = '', phone = '', email = ''`,
		due: `x.closed_on < :day and (x.contact <> '' or x.phone <> '' or x.email <> '' or x.name <> x.ref)`},
	{table: "terminals", group: Merchants, set: `own_alias = null`,
		due: `x.own_alias is not null and x.merchant_id in (select m.id from merchants m where m.closed_on < :day)`},
	{table: "users", group: Merchants, set: `name = '', email = null, password_hash = null, phone = 'erased ' || id`,
		due: `x.phone not like 'erased %' and exists (select 1 from memberships s where s.user_id = x.id)
		and not exists (select 1 from memberships s join merchants m on m.id = s.merchant_id where s.user_id = x.id and (m.closed_on is null or m.closed_on >= :day))`},
	{table: "memberships", group: Merchants, set: `name = ''`,
		due: `x.name <> '' and x.merchant_id in (select m.id from merchants m where m.closed_on < :day)`},
}

// beside are the tables of each group that others see to: whoever keeps them
// removes what is over, or they stay.
var beside = map[Group][]string{
	Accounts:  {"users", "devices"},
	Codes:     {"sign_in_codes", "attempts", "entry_links", "hook_nonces"},
	CodeTexts: {"messages"},
	Systems:   {"api_answers", "api_requests", "uploads", "upload_parts"},
	Events:    {"api_events", "webhook_deliveries"},
	Drafts:    {"case_drafts", "case_draft_files"},
	Published: {
		"disclosures", "disclosure_versions", "plans", "plan_versions", "disclosure_contents", "disclosure_drafts", "disclosure_draft_authors", "disclosure_reviews",
		"disclosure_publications", "disclosure_openings", "disclosure_closings", "disclosure_withdrawal_proposals", "disclosure_withdrawals",
		"guides", "guide_versions", "guide_events", "guide_withdrawals", "guide_votes", "figure_orders", "figure_editions", "figure_releases", "figure_days",
	},
	Rules: {
		"settings", "policies", "calendars", "case_policies", "channel_settings", "gate_proposals", "policy_proposals", "retention_proposals", "notice_templates", "notice_template_events", "canned_replies",
	},
	Record:   {"audit_entries", "audit_seals", "audit_anchors"},
	Register: {"shops", "memberships"},
	Worklists: {
		"forecasts", "forecast_days", "forecast_changes", "judge_pending", "terminal_asks", "figure_changes", "figure_marks", "api_event_readers", "deduction_news", "usage_news", "settled_news", "terminal_sheets",
		"notice_sweeps", "notice_marks", "delivery_pace", "published_marks", "api_event_places",
	},
	House: {"staff", "staff_role_changes", "api_keys", "webhook_endpoints"},
}
