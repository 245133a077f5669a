package export

import "github.com/mingbai/mingbai/models/account"

// Table is a table of an export: one file in JSON and one in CSV.
type Table struct {
	Name    string
	Columns []Column
	Long    bool // JSON a line, as it may be very long

	of    []string // the tables of the database that it is of
	query string   // its rows of the merchant $1; empty: the lines of the bill
}

// File is what the table's file in JSON is called.
func (t *Table) File() string {
	if t.Long {
		return "json/" + t.Name + ".jsonl"
	}
	return "json/" + t.Name + ".json"
}

// Sheet is what its file in CSV is called.
func (t *Table) Sheet() string { return "csv/" + t.Name + ".csv" }

// Parts of statements: which terminal and fee a row is about.
const (
	ofTerminal = ` join terminals t on t.id = x.terminal_id`
	ofPlan     = ` left join plans p on p.id = x.plan_id`
	ofCase     = ` join cases c on c.id = x.case_id`
)

func list(name string, of []string, columns, query string) Table {
	return Table{Name: name, Columns: columnsOf(columns), of: of, query: query}
}

func long(name string, of []string, columns, query string) Table {
	t := list(name, of, columns, query)
	t.Long = true
	return t
}

func from(tables ...string) []string { return tables }

// deductions is the table whose rows come with words.
const deductions = "deductions"

// Tables are all tables of an export, in the order in which they stand there. Each
// statement names the merchant, whatever it joins.
var Tables = []Table{
	list("merchant", from("merchants"),
		`merchant:code name contact_name phone:contact email:contact region opened_on:day closed_on:day updated_at:at`,
		`select ref, name, contact, phone, email, region, opened_on, closed_on, updated_at from merchants where id = $1`),
	list("shops", from("shops"), `shop`, `select name from shops where merchant_id = $1 order by name`),
	list("people", from("memberships", "users"),
		`user_id:code name phone:contact email:contact role language since:at ended_at:at`,
		`select u.id, `+account.Called("x", "u")+`, u.phone, u.email, x.role, u.locale, x.created_at, x.ended_at
		from memberships x join users u on u.id = x.user_id where x.merchant_id = $1 order by x.created_at, u.id`),
	list("sessions", from("sessions"),
		`session_id:code user_id:code name device address at:at last_seen_at:at ended_at:at`,
		`select x.id, x.user_id, `+account.Called("b", "u")+`, x.device, x.address, x.created_at, x.last_seen_at, x.ended_at
		from sessions x join users u on u.id = x.user_id left join memberships b on b.user_id = x.user_id and b.merchant_id = x.merchant_id
		where x.merchant_id = $1 order by x.created_at, x.id`),
	list("entry_links", from("entry_links"),
		`link_id:code user_id:code path at:at until:at used_at:at`,
		`select id, user_id, to_path, made_at, expires_at, used_at from entry_links where merchant_id = $1 order by made_at, id`),
	list("number_requests", from("phone_changes"),
		`request_id:code user_id:code old_phone:contact new_phone:contact reason state at:at decided_at:at`,
		`select id, user_id, old_phone, new_phone, reason, state, requested_at, decided_at from phone_changes where merchant_id = $1 order by requested_at, id`),
	list("terminals", from("terminals"),
		`sn:code name own_name shop model type activated_on:day inactive_from:day inactive_reason reported_gone_on:day sim:code carrier replaces_sn:code agent:code updated_at:at`,
		`select t.sn, t.alias, t.own_alias, s.name, t.model, t.type, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on,
			t.iccid, t.carrier, t.replaces_sn, t.agent_ref, t.updated_at
		from terminals t join shops s on s.id = t.shop_id where t.merchant_id = $1 order by t.sn`),
	long("usage", from("sim_usage"),
		`sn:code on:day used_mb:n allowance_mb:n balance_fen:fen`,
		`select t.sn, x.used_on, x.used_mb, x.allowance_mb, x.balance_fen from sim_usage x`+ofTerminal+` where x.merchant_id = $1 order by x.terminal_id, x.used_on`),
	list("top_ups", from("top_ups"),
		`top_up_id:code sn:code payment:code amount_fen:fen at:at recorded_at:at`,
		`select x.id, t.sn, x.payment_ref, x.amount_fen, x.paid_at, x.recorded_at from top_ups x`+ofTerminal+` where x.merchant_id = $1 order by x.paid_at, x.id`),
	list("enrolments", from("enrolments"),
		`sn:code plan:code item since_on:day cancelled_on:day limit_fen:fen`,
		`select t.sn, p.code, p.item, x.anchor_on, x.cancelled_on, x.own_limit_fen from enrolments x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by t.sn, p.code`),
	list("limits", from("own_limits"),
		`sn:code plan:code limit_fen:fen at:at name`,
		`select t.sn, p.code, x.limit_fen, x.set_at, x.name
		from own_limits x join enrolments e on e.id = x.enrolment_id join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id
		where x.merchant_id = $1 order by x.set_at, x.id`),
	list("acceptances", from("acceptances", "acceptance_denials"),
		`sn:code plan:code version:n on:day name via recorded_at:at denied_on:day denied_by`,
		`select t.sn, p.code, x.version, x.accepted_on, x.accepted_by, x.via, x.recorded_at, d.denied_on, d.denied_by
		from acceptances x join enrolments e on e.id = x.enrolment_id join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id
		left join acceptance_denials d on d.acceptance_id = x.id where x.merchant_id = $1 order by x.accepted_on, x.id`),
	{
		Name: deductions, Long: true, of: from("bill_lines"),
		Columns: columnsOf(`line_id:code kind item on:day at:at sn:code name shop amount_fen:fen refunded_fen:fen expected_fen:fen cycle:n cycle_from:day cycle_to:day
			sale_fen:fen sales:n state origin settlement:code order:code version:n decision reasons check words`),
	},
	long("reported_deductions", from("deductions"),
		`line_id:code ref:code sn:code plan:code item amount_fen:fen refunded_fen:fen at:at period_from:day state origin method sale_fen:fen sale_net_fen:fen sales:n settlement:code order:code recorded_at:at`,
		`select x.id, x.ref, t.sn, p.code, x.item, x.amount_fen, x.refunded_fen, x.at, x.period_from, x.state, x.origin, x.method, x.sale_fen, x.sale_net_fen, x.sale_count,
			x.settlement_ref, x.order_ref, x.recorded_at
		from deductions x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.at, x.id`),
	long("settlements", from("settlements"),
		`settlement_id:code settlement:code sn:code on:day card_count:n card_fen:fen card_fee_fen:fen qr_count:n qr_fen:fen qr_fee_fen:fen
		payout_count:n payout_fee_fen:fen other_fee_fen:fen paid_out_fen:fen recorded_at:at`,
		`select x.id, x.ref, t.sn, x.settled_on, x.card_count, x.card_fen, x.card_fee_fen, x.qr_count, x.qr_fen, x.qr_fee_fen,
			x.payout_count, x.payout_fee_fen, x.other_fee_fen, x.paid_out_fen, x.recorded_at
		from settlements x`+ofTerminal+` where x.merchant_id = $1 order by x.settled_on, x.id`),
	list("forecasts", from("forecasts"),
		`sn:code plan:code item cycle:n due_on:day period_from:day amount_fen:fen version:n holds`,
		`select t.sn, p.code, p.item, x.cycle_index, x.due_on, x.period_from, x.amount_fen, x.version, x.holds
		from forecasts x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.due_on, x.terminal_id, x.plan_id, x.cycle_index`),
	list("scheduled_charges", from("scheduled_charges"),
		`sn:code plan:code cycle:n on:day amount_fen:fen at:at`,
		`select t.sn, p.code, x.cycle_index, x.on_date, x.amount_fen, x.at
		from scheduled_charges x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.on_date, x.terminal_id, x.plan_id, x.cycle_index`),
	long("asked", from("gate_requests"),
		`line_id:code ref:code sn:code plan:code item amount_fen:fen refunded_fen:fen origin at:at cycle:n state asked_at:at until:at ungated_at:at updated_at:at`,
		`select x.deduction_id, x.ref, t.sn, p.code, x.item, x.amount_fen, x.refunded_fen, x.origin, x.at, x.cycle, x.state, x.asked_at, x.expires_at, x.ungated_at, x.changed_at
		from gate_requests x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.asked_at, x.deduction_id`),
	long("verdicts", from("gate_decisions"),
		`line_id:code number:n at:at rules decision reasons`,
		`select deduction_id, number, at, rules, decision, reasons from gate_decisions where merchant_id = $1 order by deduction_id, number`),
	long("steps", from("gate_steps"),
		`line_id:code number:n at:at step amount_fen:fen by`,
		`select deduction_id, number, at, step, amount_fen, by_kind from gate_steps where merchant_id = $1 order by deduction_id, number`),
	list("announcements", from("delivered_notices"),
		`sn:code plan:code item period_from:day amount_fen:fen channel delivered_at:at recorded_at:at`,
		`select t.sn, p.code, x.item, x.period_from, x.amount_fen, x.channel, x.delivered_at, x.recorded_at
		from delivered_notices x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.delivered_at, x.id`),
	list("disputes", from("disputes"),
		`dispute_id:code sn:code item cycle:n at:at ended_at:at`,
		`select x.id, t.sn, x.item, x.cycle, x.opened_at, x.closed_at from disputes x`+ofTerminal+` where x.merchant_id = $1 order by x.opened_at, x.id`),
	list("fee_changes", from("fee_changes", "fee_change_views"),
		`change_id:code plan:code from_version:n to_version:n effective_on:day at:at seen_at:at`,
		`select x.id, p.code, x.from_version, x.to_version, x.effective_on, x.opened_at, v.seen_at
		from fee_changes x`+ofPlan+` left join fee_change_views v on v.change_id = x.id where x.merchant_id = $1 order by x.opened_at, x.id`),
	list("fee_change_terminals", from("fee_change_terminals"),
		`change_id:code sn:code reckoned_to:day taken_fen:fen agreed_fen:fen would_fen:fen`,
		`select x.change_id, t.sn, x.reckoned_to, x.taken_fen, x.agreed_fen, x.would_fen
		from fee_change_terminals x`+ofTerminal+` where x.merchant_id = $1 order by x.change_id, t.sn`),
	list("fee_change_answers", from("fee_change_answers"),
		`answer_id:code change_id:code answer terminals:n name address words at:at content_hash:code`,
		`select id, change_id, answer, terminals, name, address, words, at, content_hash from fee_change_answers where merchant_id = $1 order by at, id`),
	list("service_endings", from("service_endings"),
		`ending_id:code change_id:code at:at ends_on:day ended_at:at`,
		`select id, change_id, decided_at, ends_on, carried_out_at from service_endings where merchant_id = $1 order by decided_at, id`),
	list("refunds_due", from("refund_dues"),
		`refund_id:code sn:code plan:code cause cycle:n cycle_from:day cycle_to:day paid_fen:fen days:n days_left:n amount_fen:fen due_on:day at:at`,
		`select x.id, t.sn, p.code, x.cause, x.cycle, x.cycle_from, x.cycle_to, x.paid_fen, x.days, x.days_left, x.amount_fen, x.due_since, x.created_at
		from refund_dues x`+ofTerminal+ofPlan+` where x.merchant_id = $1 order by x.created_at, x.id`),
	list("stops", from("stop_requests", "stop_answers"),
		`stop:code sn:code kind plan:code on:day paid_through:day words name address at:at confirmed:yes gone_from:day reason answered_at:at`,
		`select x.number, t.sn, x.kind, p.code, x.on_date, x.paid_through, x.remark, x.name, x.address, x.at, a.confirmed, a.gone_from, a.reason, a.at
		from stop_requests x`+ofTerminal+ofPlan+` left join stop_answers a on a.request_id = x.id where x.merchant_id = $1 order by x.at, x.id`),
	list("opinions", from("disclosure_opinions"),
		`opinion_id:code disclosure name words at:at answer answered_at:at`,
		`select x.id, d.slug, x.user_name, x.body, x.at, a.body, a.at
		from disclosure_opinions x join disclosure_openings o on o.id = x.opening_id join disclosure_drafts d on d.id = o.draft_id
		left join disclosure_opinion_answers a on a.opinion_id = x.id where x.merchant_id = $1 order by x.at, x.id`),
	list("preferences", from("notice_preferences"),
		`language leads:n quiet_from:n quiet_to:n send_minute:n channels_by_event:json inbox_only:yes usage_percent:n balance_fen:fen updated_at:at user_id:code`,
		`select locale, leads, quiet_from, quiet_to, send_minute, matrix, inbox_only, usage_percent, balance_fen, updated_at, updated_by
		from notice_preferences where merchant_id = $1`),
	list("recipients", from("notice_recipients"),
		`recipient_id:code channel to:contact name user_id:code at:at confirmed_at:at ended_at:at reason off`,
		`select id, channel, address, name, added_by, added_at, confirmed_at, ended_at, ended_why, off from notice_recipients where merchant_id = $1 order by added_at, id`),
	list("calendar_links", from("calendar_feeds"),
		`link_id:code language user_id:code at:at last_seen_at:at ended_at:at`,
		`select id, locale, created_by, created_at, last_used_at, ended_at from calendar_feeds where merchant_id = $1 order by created_at, id`),
	long("notices", from("notices"),
		`kind sn:code plan:code cycle:n lead_days:n round:n ref:code period_from:day due_on:day amount_fen:fen version:n facts:json not_before:at at:at letter_id:code`,
		`select x.kind, t.sn, p.code, x.cycle, x.lead_days, x.round, x.ref, x.period_from, x.due_on, x.amount_fen, x.version, x.facts, x.not_before, x.planned_at, x.letter_id
		from notices x left join terminals t on t.id = x.terminal_id`+ofPlan+`
		where x.merchant_id = $1 order by x.planned_at, x.kind, x.terminal_id, x.plan_id, x.cycle, x.lead_days, x.round, x.ref`),
	long("letters", from("letters"),
		`letter_id:code kind due_on:day amount_fen:fen at:at state channels`,
		`select id, kind, due_on, total_fen, created_at, state, channels from letters where merchant_id = $1 order by created_at, id`),
	long("messages", from("messages"),
		`message_id:code letter_id:code kind channel to:contact language subject words check_code:code content_hash:code at:at state attempts:n reason
		accepted_at:at delivered_at:at read_at:at acknowledged_at:at failed_at:at`,
		`select id, letter_id, kind, channel, recipient, locale, subject, body, code, content_hash, created_at, state, attempts, reason,
			accepted_at, delivered_at, read_at, acknowledged_at, failed_at
		from messages where merchant_id = $1 order by created_at, id`),
	list("receipts", from("deduction_receipts"),
		`check_code:code line_id:code on:day item language words content_hash:code at:at user_id:code`,
		`select code, line_id, on_date, item, locale, body, content_hash, made_at, made_by from deduction_receipts where merchant_id = $1 order by made_at, code`),
	list("complaints", from("cases", "case_ratings"),
		`case:code kind subject subject_ref:code sn:code item cycle:n reason channel authority authority_number:code due_on:day at:at by name call_phone:contact state merged_into:code
		stars:n words rated_at:at`,
		`select x.number, x.kind, x.subject, x.subject_ref, t.sn, x.item, x.cycle, x.reason, x.channel, x.authority, x.authority_number, x.authority_due_on, x.filed_at,
			x.filed_kind, case when x.filed_kind = 'user' then x.filed_name end, x.call_phone, x.state, m.number, r.stars, r.remark, r.at
		from cases x left join terminals t on t.id = x.terminal_id left join cases m on m.id = x.merged_into left join case_ratings r on r.case_id = x.id
		where x.merchant_id = $1 order by x.filed_at, x.id`),
	list("complaint_steps", from("case_events"),
		`case:code number:n kind at:at days:n by name`,
		`select c.number, x.seq, x.kind, x.at, x.days, x.actor_kind, case when x.actor_kind = 'user' then x.actor_name end
		from case_events x`+ofCase+` where c.merchant_id = $1 and x.kind not in ('noted', 'other_asked', 'other_answered') order by c.number, x.seq`),
	list("complaint_thread", from("case_posts"),
		`case:code post_id:code kind at:at by name words`,
		`select c.number, x.id, x.kind, x.at, case when x.kind = 'message' then 'user' else 'staff' end, case when x.kind = 'message' then `+account.Called("b", "u")+` end, x.body
		from case_posts x`+ofCase+` left join users u on u.id = x.author_id left join memberships b on b.user_id = x.author_id and b.merchant_id = x.merchant_id
		where x.merchant_id = $1 and c.merchant_id = $1 and x.kind <> 'note' order by c.number, x.at, x.id`),
	list("complaint_evidence", from("case_evidence"),
		`case:code number:n at:at content_hash:code facts:json`,
		`select c.number, x.number, x.at, x.hash, x.facts from case_evidence x`+ofCase+` where x.merchant_id = $1 and c.merchant_id = $1 order by c.number, x.number`),
	list("complaint_decisions", from("case_decisions"),
		`case:code number:n round:n finding words amount_fen:fen at:at`,
		`select c.number, x.number, x.round, x.finding, x.reason, x.amount_fen, x.at from case_decisions x`+ofCase+` where c.merchant_id = $1 order by c.number, x.number`),
	list("complaint_links", from("case_links"),
		`case:code other_case:code kind at:at`,
		`select c.number, o.number, x.kind, x.at from case_links x`+ofCase+` join cases o on o.id = x.other_id
		where c.merchant_id = $1 and o.merchant_id = $1 order by c.number, o.number, x.kind`),
	list("refunds", from("refund_proposals"),
		`refund_id:code case:code line_id:code amount_fen:fen paid_fen:fen state at:at sent_at:at paid_at:at`,
		`select x.id, c.number, x.line_id, x.amount_fen, x.paid_fen, x.state, x.proposed_at, x.sent_at, x.paid_at
		from refund_proposals x`+ofCase+` where x.merchant_id = $1 order by x.proposed_at, x.id`),
	list("drafts", from("case_drafts"),
		`user_id:code subject subject_ref:code content:json updated_at:at`,
		`select user_id, subject, subject_ref, content, updated_at from case_drafts where merchant_id = $1 order by updated_at, user_id, subject, subject_ref`),
	list(filesTable, from("case_files", "case_draft_files", "phone_change_files"),
		`file_id:code kind belongs_to:code name type bytes:n content_hash:sum at:at`,
		`select x.id, 'case' as kind, c.number as belongs, x.name, x.type, x.bytes, x.sum, x.at from case_files x`+ofCase+` where x.merchant_id = $1 and c.merchant_id = $1
		union all select id, 'draft', subject_ref, name, type, bytes, sum, at from case_draft_files where merchant_id = $1
		union all select f.id, '`+ofNumberRequest+`', x.id, f.name, f.media_type, f.size, f.sha256, x.requested_at
		from phone_change_files f join phone_changes x on x.id = f.phone_change_id where x.merchant_id = $1 order by 1`),
	list("closings", from("closings"),
		`closing_id:code user_id:code kind at:at until:at undone_at:at ended_at:at`,
		`select id, user_id, kind, at, erase_at, undone_at, erased_at from closings where merchant_id = $1 order by at, id`),
	list("exports", from("data_exports"),
		`export_id:code user_id:code language state at:at ended_at:at until:at files:n bytes:n content_hash:code`,
		`select id, user_id, locale, state, asked_at, ended_at, until_at, files, bytes, manifest_hash from data_exports where merchant_id = $1 order by asked_at, id`),
	long("record", from("audit_entries"),
		`entry_id:code at:at by user_id:code name action subject:code facts:json`,
		`select x.id, x.at, x.actor_kind, case when x.actor_kind = 'user' then x.actor_id end, `+account.Called("b", "u")+`, x.action, x.subject, case when x.actor_kind = 'user' then x.details end
		from audit_entries x left join users u on x.actor_kind = 'user' and u.id = x.actor_id
		left join memberships b on b.user_id = u.id and b.merchant_id = x.merchant_id where x.merchant_id = $1 order by x.at, x.id`),
}

// filesTable is the table of the files that lie beside the tables.
const filesTable = "files"

// ofNumberRequest is the kind of a file that came with a request for another
// number; its content lies in the database.
const ofNumberRequest = "number_request"

// LeftOut says of each table with rows of merchants that is not in an export why
// it is not.
var LeftOut = map[string]string{
	"bill_months":      "sums of the lines of the bill",
	"charged_months":   "sums of the lines of the bill",
	"settled_months":   "sums of the settlements",
	"usage_months":     "sums of the usage",
	"terminal_sheets":  "what a page shows, made of the other tables",
	"plan_charges":     "copies of deductions, by which the gate finds them",
	"deduction_news":   "a queue of what is to be told, empty once it was",
	"evidence_packs":   "packs that staff took: the record says that they did",
	"gate_settled":     "staff's comparison of deductions with what was reported",
	"settlement_gaps":  "found again from the settlements",
	"figure_cases":     "how cases are counted, made of the complaints",
	"merchant_looks":   "when staff looked at the merchant's pages: the record says that they did",
	"root_cause_lines": "staff's work on what hit several merchants: what came of it stands in refunds, stops and letters",
	"terminal_asks":    "what the gate reads of a terminal in one piece, made of the other tables",
	"closing_members":  "people who saw an account until it was closed, as people says too",
}
