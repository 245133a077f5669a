package retention_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/retention"
	"github.com/mingbai/mingbai/models/setting"
)

// that is when everything in these tests happened: a Tuesday noon in Shanghai,
// long enough ago that the database lets it go.
var (
	that   = date.MustParse("2015-03-10")
	moment = that.At(12, 0)
)

// The first days on which nothing has to be kept any more.
var (
	afterAccess   = that.AddDays(1 + 190)
	afterCounters = that.AddDays(1 + 400)
	afterCases    = date.MustParse("2018-03-11")
	afterUsage    = date.MustParse("2018-04-01")
	afterMoney    = date.MustParse("2020-03-11")
	afterMonth    = date.MustParse("2020-04-01")
)

// kept are rows of every table that has a rule, by the day on which they go. What
// they point to is in base. In the statements $1 is the moment, $2 the day.
var kept = []struct {
	table string
	goes  date.Date
	rows  []string
}{
	{"deductions where id = 'd_0'", afterMonth, []string{`insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, seq, recorded_at, order_ref)
		values ('d_0', 1, 1, 1, 'sim_data', 'R1', 3600, $1, 'posted', 'core', 1, $1, 'O1')`}},
	{"plan_charges where deduction_id = 'd_0'", afterMonth, nil}, // written with the deduction
	{"deduction_refs where deduction_id = 'd_0'", afterMonth, []string{`insert into deduction_refs (ref, deduction_id, at, digest) values ('R1', 'd_0', $1, '')`}},
	{"settlements", afterMonth, []string{`insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen, payout_count,
		payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at) values ('s_1', 1, 1, 'S1', $2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $1)`}},
	{"settlement_refs", afterMonth, []string{`insert into settlement_refs (ref, settlement_id, settled_on, digest) values ('S1', 's_1', $2, '')`}},
	{"settled_deductions", afterMonth, []string{`insert into settled_deductions (ref, on_date, sn, item, amount_fen, at, state, digest, recorded_at) values ('R1', $2, 'SN', 'sim_data', 1, $1, 'posted', '', $1)`}},
	{"settlement_gaps", afterMonth, []string{`insert into settlement_gaps (ref, on_date, merchant_id, terminal_id, due_fen, paid_fen, recorded_at) values ('S1', $2, 1, 1, 1, 0, $1)`}},
	{"gate_settled", afterMonth, []string{`insert into gate_settled (ref, on_date, merchant_id, terminal_id, deduction_id, item, standing, at) values ('R1', $2, 1, 1, 'd_0', 'sim_data', 'matched', $1)`}},
	{"gate_decisions where deduction_id = 'd_0'", afterMonth, []string{`insert into gate_decisions (deduction_id, number, merchant_id, at, rules, decision, reasons, answer, facts) values ('d_0', 1, 1, $1, '1', 'allow', '', '{}', '{}')`}},
	{"gate_steps", afterMonth, []string{`insert into gate_steps (deduction_id, number, merchant_id, at, step, reason, by_kind, by_id) values ('d_0', 1, 1, $1, 'posted', '', 'api', 'k_1')`}},
	{"gate_requests", afterMonth, []string{`insert into gate_requests (deduction_id, merchant_id, terminal_id, item, ref, digest, amount_fen, origin, at, state, asked_kind, asked_by, asked_at, changed_at)
		values ('d_0', 1, 1, 'sim_data', 'R1', '', 3600, 'core', $1, 'posted', 'api', 'k_1', $1, $1)`}},
	{"gate_claims", afterMonth, []string{`insert into gate_claims (terminal_id, plan_id, cycle, deduction_id) values (1, 1, 1, 'd_0')`}},
	{"gate_releases", afterMonth, []string{`insert into gate_releases (id, subject, reason, waived, first_id, first_name, first_at, ended_at) values ('gr_1', 'd_0', 'r', '', 'st_1', 'n', $1, $1)`}},
	{"gate_batches", afterMonth, []string{`insert into gate_batches (id, like_key, asked_kind, asked_by, at, requests, total_fen, denied, held, band) values ('gb_1', 'k', 'api', 'k_1', $1, 1, 1, 0, false, '{}')`}},
	{"bill_lines where id = 'd_0'", afterMonth, []string{`insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
		values (1, 'd_0', 1, 'deduction', 'sim_data', $1, $2, 1, 3600, 'posted', 'core', 'allow', '', 3600, true, $1, '1')`}},
	{"bill_months", afterMonth, []string{`insert into bill_months (merchant_id, terminal_id, month, kind, item, lines, not_allowed, amount_fen, expected_fen, sale_fen, sale_count) values (1, 1, '2015-03-01', 'deduction', 'sim_data', 1, 0, 1, 1, 0, 0)`}},
	{"settled_months", afterMonth, []string{`insert into settled_months (merchant_id, terminal_id, month, settlements, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen, payout_count, payout_fee_fen,
		other_fee_fen, paid_out_fen, gaps, gap_fen) values (1, 1, '2015-03-01', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`}},
	{"charged_months", afterMonth, []string{`insert into charged_months (merchant_id, terminal_id, month, kind, plan_id, version, expected_fen, sale_fen, sale_count, unstated) values (1, 1, '2015-03-01', 'card', 0, 0, 0, 0, 0, 0)`}},
	{"refund_dues", afterMonth, []string{`insert into refund_dues (id, merchant_id, terminal_id, plan_id, cause, subject, cycle, cycle_from, cycle_to, paid_fen, days, days_left, amount_fen, due_since, created_at)
		values ('rd_1', 1, 1, 1, 'service_ended', 'se_1', 1, $2, $2, 1, 1, 1, 1, $2, $1)`}},
	{"top_ups", afterMonth, []string{`insert into top_ups (id, merchant_id, terminal_id, payment_ref, amount_fen, paid_at, recorded_at) values ('tu_1', 1, 1, 'P1', 1, $1, $1)`}},

	{"acceptances where enrolment_id = 1", afterMoney, []string{`insert into acceptances (id, enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (1, 1, 1, 1, $2, 'somebody', 'app', $1)`}},
	{"acceptance_denials", afterMoney, []string{`insert into acceptance_denials (acceptance_id, merchant_id, denied_on, denied_by, recorded_at) values (1, 1, $2, 'somebody', $1)`}},
	{"own_limits", afterMoney, []string{`insert into own_limits (enrolment_id, merchant_id, limit_fen, set_at, name) values (1, 1, 0, $1, '')`}},
	{"fee_changes", afterMoney, []string{`insert into fee_changes (id, merchant_id, plan_id, from_version, to_version, disclosure_version_id, effective_on, opened_at) values ('fc_1', 1, 1, 1, 2, 1, $2, $1)`}},
	{"fee_change_terminals", afterMoney, []string{`insert into fee_change_terminals (change_id, enrolment_id, merchant_id, terminal_id) values ('fc_1', 1, 1, 1)`}},
	{"fee_change_views", afterMoney, []string{`insert into fee_change_views (change_id, merchant_id, user_id, seen_at) values ('fc_1', 1, 'u_1', $1)`}},
	{"fee_change_answers", afterMoney, []string{`insert into fee_change_answers (id, change_id, merchant_id, answer, terminals, user_id, name, address, content_hash, words, at) values ('fa_1', 'fc_1', 1, 'objected', 1, 'u_1', 'n', 'a', 'h', '', $1)`}},
	{"fee_change_answered", afterMoney, []string{`insert into fee_change_answered (answer_id, enrolment_id) values ('fa_1', 1)`}},
	{"service_endings", afterMoney, []string{`insert into service_endings (id, change_id, merchant_id, staff_id, staff_name, reason, decided_at, ends_on, carried_out_at) values ('se_1', 'fc_1', 1, 'st_1', 'n', 'r', $1, $2, $1)`}},
	{"service_ending_terminals", afterMoney, []string{`insert into service_ending_terminals (ending_id, enrolment_id) values ('se_1', 1)`}},
	{"enrolments where id = 1", afterMoney, nil}, // in base
	{"stop_requests", afterMoney, []string{`insert into stop_requests (id, number, merchant_id, terminal_id, kind, on_date, remark, user_id, name, address, at) values ('sr_1', 'N', 1, 1, 'lost', $2, '', 'u_1', 'n', 'a', $1)`}},
	{"stop_answers", afterMoney, []string{`insert into stop_answers (request_id, merchant_id, confirmed, gone_from, reason, staff_id, staff_name, at) values ('sr_1', 1, true, $2, '', 'st_1', 'n', $1)`}},

	{"deduction_receipts", afterMoney, []string{`insert into deduction_receipts (code, merchant_id, line_id, on_date, item, locale, body, content_hash, made_at, made_by) values ('C', 1, 'd_0', $2, 'sim_data', 'en', 'b', 'h', $1, 'u_1')`}},
	{"letters", afterMoney, []string{`insert into letters (id, merchant_id, kind, created_at, state, channels, step) values ('l_1', 1, 'upcoming', $1, 'told', 'sms', 1)`}},
	{"messages where merchant_id is not null", afterMoney, []string{
		message("m_1", "1, 'l_1', null"),
		message("m_2", "1, 'l_1', 'm_1'"),
	}},
	{"messages where merchant_id is null", afterAccess, []string{message("m_3", "null, null, null")}},
	{"notices", afterMoney, []string{`insert into notices (merchant_id, kind, not_before, planned_at, letter_id) values (1, 'upcoming', $1, $1, 'l_1')`}},
	{"delivered_notices where terminal_id = 1", afterMoney, []string{`insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at) values (1, 1, 'sim_data', 1, $2, 1, 'sms', $1, $1)`}},

	{"refund_proposals", afterMoney, []string{refund("rp_1", "c_2")}},
	{"root_causes", afterMoney, []string{`insert into root_causes (id, number, token, case_id, plan_id, version, agent_ref, batch_id, rule, from_on, to_on, refund, stop, tell, reason, words, state, proposed_by, proposed_name, proposed_at, answered_at, done_at)
		values ('rc_1', 'R', 't', 'c_2', 1, 1, '', '', '', $2, $2, true, false, false, 'r', 'w', 'done', 'st_1', 'n', $1, $1, $1)`}},
	{"root_cause_lines", afterMoney, []string{`insert into root_cause_lines (cause_id, what, merchant_id, subject, taken_fen, amount_fen, state, why) values ('rc_1', 'tell', 1, '1', 0, 0, 'done', '')`}},
	{"cases where id = 'c_1'", afterCases, []string{aCase("c_1", "null")}},
	{"cases where id = 'c_0'", afterCases, []string{aCase("c_0", "'c_1'")}},
	{"cases where id = 'c_2'", afterMoney, []string{aCase("c_2", "null")}},
	{"case_forms", afterCases, []string{`insert into case_forms (token, case_id) values ('t', 'c_1')`}},
	{"case_events", afterCases, []string{`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('c_1', 1, 'closed', $1, 'system', 's', '')`}},
	{"case_posts", afterCases, []string{`insert into case_posts (id, case_id, merchant_id, kind, at, author_id, author_name, body) values ('cp_1', 'c_1', 1, 'message', $1, 'u_1', 'n', 'b')`}},
	{"case_inquiries", afterCases, []string{`insert into case_inquiries (id, case_id, whom, name, body, due_on, asked_at, asked_by, asked_name) values ('ci_1', 'c_1', 'agent', 'n', 'b', $2, $1, 'st_1', 'n')`}},
	{"case_files", afterCases, []string{`insert into case_files (id, case_id, merchant_id, name, type, bytes, sum, at, by_id, by_name) values ('cf_1', 'c_1', 1, 'n', 'image/png', 1, '', $1, 'u_1', 'n')`}},
	{"case_evidence", afterCases, []string{`insert into case_evidence (case_id, number, merchant_id, at, hash, facts) values ('c_1', 1, 1, $1, 'h', '{}')`}},
	{"case_decisions", afterCases, []string{`insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at) values ('c_1', 1, 1, 'upheld', 'r', 'r', 0, 0, 'st_1', 'n', $1)`}},
	{"case_ratings", afterCases, []string{`insert into case_ratings (case_id, stars, remark, user_id, at) values ('c_1', 5, '', 'u_1', $1)`}},
	{"case_samples", afterCases, []string{`insert into case_samples (case_id, drawn_at) values ('c_1', $1)`}},
	{"case_locks", afterCases, []string{`insert into case_locks (case_id, staff_id, staff_name, until) values ('c_1', 'st_1', 'n', $1)`}},
	{"case_alarms", afterCases, []string{`insert into case_alarms (case_id, round, clock, kind, seconds, at) values ('c_1', 1, 'first', 'warning', 1, $1)`}},
	{"case_links", afterCases, []string{`insert into case_links (case_id, other_id, kind, at) values ('c_0', 'c_1', 'merged', $1)`}},
	{"figure_cases", afterCases, []string{`insert into figure_cases (case_id, merchant_id, filed_on, kind, reason, channel, region, speed, finding, cause, stars) values ('c_1', 1, $2, 'complaint', '', 'portal', '', 'within_1', '', '', 0)`}},
	{"disputes", afterCases, []string{`insert into disputes (id, merchant_id, terminal_id, item, opened_at, closed_at) values ('dp_1', 1, 1, 'sim_data', $1, $1)`}},
	{"phone_changes", afterCases, []string{`insert into phone_changes (id, merchant_id, old_phone, new_phone, reason, state, requested_at, decided_at) values ('pc_1', 1, 'a', 'b', 'r', 'approved', $1, $1)`}},
	{"phone_change_files", afterAccess, []string{`insert into phone_change_files (id, phone_change_id, name, media_type, size, sha256, content) values ('pf_1', 'pc_1', 'n', 'image/png', 1, '', '')`}},
	{"disclosure_opinions", afterCases, []string{`insert into disclosure_opinions (id, opening_id, merchant_id, user_id, user_name, body, at) values ('op_1', 1, 1, 'u_1', 'n', 'b', $1)`}},
	{"disclosure_opinion_answers", afterCases, []string{`insert into disclosure_opinion_answers (opinion_id, body, staff_id, staff_name, at) values ('op_1', 'b', 'st_1', 'n', $1)`}},
	{"closings", afterCases, []string{`insert into closings (id, kind, user_id, at, erase_at, erased_at) values ('cl_1', 'user', 'u_1', $1, $1, $1)`}},
	{"closing_members", afterCases, []string{`insert into closing_members (closing_id, user_id, merchant_id, role) values ('cl_1', 'u_1', 1, 'owner')`}},

	{"sim_usage", afterUsage, []string{`insert into sim_usage (merchant_id, terminal_id, used_on, used_mb) values (1, 1, $2, 5)`}},
	{"usage_months", afterUsage, nil}, // added up by itself

	{"sessions", afterAccess, []string{`insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, ended_at, device, address) values ('ss_1', '1', 'u_1', $1, $1, $1, $1, '', '')`}},
	{"merchant_looks", afterAccess, []string{`insert into merchant_looks (id, token_hash, staff_id, session_id, merchant_id, reason, began_at, until) values ('lk_1', '1', 'st_1', 'sf_1', 1, 'r', $1, $1)`}},
	{"staff_sessions", afterAccess, []string{`insert into staff_sessions (id, token_hash, staff_id, created_at, last_seen_at, expires_at, device, address) values ('sf_1', '1', 'st_1', $1, $1, $1, '', '')`}},
	{"staff_totps", afterAccess, []string{`insert into staff_totps (id, staff_id, name, secret, last_step, added_at, removed_at) values ('tf_1', 'st_1', 'n', '', 0, $1, $1)`}},
	{"staff_passkeys", afterAccess, []string{`insert into staff_passkeys (id, staff_id, name, credential_id, credential, added_at, removed_at) values ('pk_1', 'st_1', 'n', '1', '{}', $1, $1)`}},
	{"staff_recovery_codes", afterAccess, []string{`insert into staff_recovery_codes (code_hash, staff_id, made_at, used_at) values ('1', 'st_1', $1, $1)`}},
	{"api_key_secrets", afterAccess, []string{`insert into api_key_secrets (hash, key_id, hint, created_at, ends_at) values ('1', 'k_1', 'h', $1, $1)`}},
	{"webhook_secrets", afterAccess, []string{`insert into webhook_secrets (id, endpoint_id, sealed, created_at, ends_at) values ('wk_1', 'we_1', '', $1, $1)`}},
	{"calendar_feeds", afterAccess, []string{`insert into calendar_feeds (id, merchant_id, token_hash, locale, created_at, created_by, ended_at) values ('cf_1', 1, '1', 'en', $1, 'u_1', $1)`}},
	{"notice_recipients", afterAccess, []string{`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at, ended_at) values ('nr_1', 1, 'sms', 'a', 'n', 'u_1', $1, $1)`}},

	{"agent_days", afterCounters, []string{`insert into agent_days (agent_ref, on_date, plan_id, part, deductions) values ('A', $2, 1, 0, 1)`}},
	{"search_misses", afterCounters, []string{`insert into search_misses (day, locale, words, count) values ($2, 'en', 'w', 1)`}},
	{"case_days", afterCounters, []string{`insert into case_days (on_date, cases) values ($2, 1)`}},
	{"scheduled_charges", afterCounters, []string{`insert into scheduled_charges (merchant_id, terminal_id, plan_id, cycle_index, on_date, amount_fen, at, by_kind, by_id) values (1, 1, 1, 1, $2, 1, $1, 'api', 'k_1')`}},
	{"change_impacts", afterCounters, []string{`insert into change_impacts (content_hash, prices, asked_at) values ('h', '[]', $1)`}},
	{"gate_trial_days", afterCounters, []string{`insert into gate_trial_days (proposal, rule, on_date, tried, caught, gained, lost) values (1, 'spike', $2, 1, 0, 0, 0)`}},
	{"gate_trial_examples", afterCounters, []string{`insert into gate_trial_examples (proposal, rule, gained, place, ref, at) values (1, 'spike', true, 1, 'd_0', $1)`}},

	{"imports", afterMoney, []string{`insert into imports (id, kind, file_name, sha256, rows, added, changed, unchanged, by_kind, by_id, at) values ('i_1', 'k', 'f', '', 0, 0, 0, 0, 'cli', 'x', $1)`}},
	{"alarms", afterMoney, []string{`insert into alarms (id, kind, subject, ref, facts, at, answered_at) values ('al_1', 'ungated', 'd_0', 'd_0', '{}', $1, $1)`}},
	{"evidence_exports", afterMoney, []string{`insert into evidence_exports (id, kind, subject, manifest_hash, files, bytes, staff_id, staff_name, at) values ('ev_1', 'disclosure', 's', 'h', 1, 1, 'st_1', 'n', $1)`}},
	{"evidence_packs", afterMoney, []string{`insert into evidence_packs (id, kind, subject, merchant_id, reason, manifest_hash, files, bytes, staff_id, staff_name, at) values ('ev_1', 'case', 's', 1, 'r', 'h', 1, 1, 'st_1', 'n', $1)`}},
	{"data_exports", afterMoney, []string{`insert into data_exports (id, merchant_id, user_id, locale, state, asked_at, next_at, ended_at) values ('dx_1', 1, 'u_1', 'en', 'removed', $1, $1, $1)`}},
	{"audit_checks", afterMoney, []string{`insert into audit_checks (id, asked_at, asked_by, done_at) values ('ac_1', $1, '', $1)`}},
	{"retention_runs where id = 'rt_0'", afterMoney, []string{`insert into retention_runs (id, at) values ('rt_0', $1)`}},
	{"retention_counts where run_id = 'rt_0'", afterMoney, []string{`insert into retention_counts (run_id, rule, before, removed, months, coming) values ('rt_0', 'r', $2, 0, 0, 0)`}},

	{"merchants where phone <> ''", afterMoney, nil},
	{"terminals where own_alias is not null", afterMoney, nil},
	{"memberships where merchant_id = 1 and name <> ''", afterMoney, nil},
	{"users where phone = '+8613800000001'", afterMoney, nil},
}

func message(id, of string) string {
	return fmt.Sprintf(`insert into messages (id, merchant_id, letter_id, again_for, kind, channel, recipient, locale, body, content_hash, created_at, not_after, state, next_at)
		values ('%s', %s, 'upcoming', 'sms', 'r', 'en', 'b', 'h', $1, $1, 'delivered', $1)`, id, of)
}

func aCase(id, into string) string {
	return fmt.Sprintf(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name,
		calendar, policy, merged_into, state, under_way, next_due_at) values ('%s', 'C-%[1]s', 1, 'complaint', 'none', '', '', '', 'portal', '', '', $1, 'user', 'u_1', 'n', 1, 1, %s, 'closed', false, $1)`, id, into)
}

func refund(id, of string) string {
	return fmt.Sprintf(`insert into refund_proposals (id, case_id, merchant_id, line_id, amount_fen, state, proposed_by, proposed_name, proposed_at, paid_at) values ('%s', '%s', 1, 'd_0', 1, 'paid', 'st_1', 'n', $1, $1)`, id, of)
}

// base is what the rows point to, and a second merchant whose fee goes on.
var base = []string{
	`insert into merchants (id, ref, name, contact, phone, email, opened_on, closed_on, updated_at) values (1, 'M1', 'n', 'c', 'p', 'e', '2014-01-01', $2, $1)`,
	`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (2, 'M2', 'n', 'c', '', 'e', '2014-01-01', $1)`,
	`insert into shops (id, merchant_id, name) values (1, 1, 'n'), (2, 2, 'n')`,
	`insert into terminals (id, merchant_id, shop_id, sn, alias, own_alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, 1, 1, 'SN1', 'a', 'own', 'm', 't', '', '', '', $1)`,
	`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (2, 2, 2, 'SN2', 'a', 'm', 't', '', '', '', $1)`,
	`insert into users (id, phone, name, created_at) values ('u_1', '+8613800000001', 'n', $1), ('u_2', '+8613800000002', 'n', $1)`,
	`insert into memberships (user_id, merchant_id, role, name, created_at) values ('u_1', 1, 'owner', 'n', $1), ('u_2', 2, 'owner', 'n', $1)`,
	`insert into disclosures (id, slug, title) values (1, 's', '{}')`,
	`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at) values (1, 1, 1, $2, $2, 0, false, 'h', $1)`,
	`insert into plans (id, code, disclosure_id, item) values (1, 'P', 1, 'sim_data')`,
	`insert into plan_versions (plan_id, version, disclosure_version_id, published_on, effective_on, disclosure_days, kind, amount_fen, cycle_months, idle, texts) values (1, 1, 1, $2, $2, 0, 'recurring', 3600, 12, 'accrue', '{}')`,
	`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on, cancelled_on) values (1, 1, 1, 1, $2, $2)`,
	`insert into disclosure_contents (hash, body, created_at) values ('h', 'b', $1)`,
	`insert into disclosure_drafts (id, slug, state, revision, submission, content, content_hash, created_at, updated_at, updated_by) values ('dr_1', 's', 'draft', 1, 0, 'c', 'h', $1, $1, 'n')`,
	`insert into disclosure_openings (id, draft_id, content_hash, until_on, staff_id, staff_name, at) values (1, 'dr_1', 'h', $2, 'st_1', 'n', $1)`,
	`insert into staff (id, login, name, password_hash, created_at) values ('st_1', 'l', 'n', 'h', $1)`,
	`insert into api_keys (id, name, scopes, networks, created_at, created_by) values ('k_1', 'n', '', '', $1, 'n')`,
	`insert into webhook_endpoints (id, url, description, kinds, created_at, created_by, disabled_why) values ('we_1', 'u', '', '', $1, 'n', '')`,
	`insert into gate_proposals (number, value, was, reason, state, proposed_at, proposed_by, proposed_name, ended_at, since, tried_to, batches_to) values (1, '{}', '{}', 'r', 'on', $1, 'st_1', 'n', $1, $1, '', '')`,
}

// running is a fee that goes on: what was once taken for it decides for ever
// whether it may be taken again.
var running = []struct{ table, row string }{
	{"enrolments where id = 2", `insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) values (2, 2, 2, 1, $2)`},
	{"acceptances where enrolment_id = 2", `insert into acceptances (id, enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (2, 2, 2, 1, $2, 'n', 'app', $1)`},
	{"deductions where id = 'd_2'", `insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, state, origin, seq, recorded_at)
		values ('d_2', 2, 2, 1, 'sim_data', 'R2', 3600, $1, 'posted', 'core', 2, $1)`},
	{"deduction_refs where deduction_id = 'd_2'", `insert into deduction_refs (ref, deduction_id, at, digest) values ('R2', 'd_2', $1, '')`},
	{"gate_decisions where deduction_id = 'd_2'", `insert into gate_decisions (deduction_id, number, merchant_id, at, rules, decision, reasons, answer, facts) values ('d_2', 1, 2, $1, '1', 'allow', '', '{}', '{}')`},
	{"bill_lines where id = 'd_2'", `insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
		values (2, 'd_2', 2, 'deduction', 'sim_data', $1, $2, 1, 3600, 'posted', 'core', 'allow', '', 3600, true, $1, '1')`},
	{"delivered_notices where terminal_id = 2", `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at) values (2, 2, 'sim_data', 1, $2, 1, 'sms', $1, $1)`},
}

// world is a database with those rows.
type world struct {
	t     *testing.T
	d     *db.DB
	clock *clock.Set
	files bin
}

// bin notes what was removed from the store of files.
type bin map[string]bool

func (b bin) Put(context.Context, string, []byte) error   { return nil }
func (b bin) Get(context.Context, string) ([]byte, error) { return nil, file.ErrNotFound }
func (b bin) Remove(_ context.Context, key string) error  { b[key] = true; return nil }

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &world{t, d, clock.At(moment), bin{}}
		if err := d.EnsureMonths(t.Context(), that, that); err != nil {
			t.Fatal(err)
		}
		test(w)
	})
}

// fillKept writes the rows that go: what others point to before those.
func (w *world) fillKept() {
	w.t.Helper()
	var todo []string
	for _, k := range kept {
		todo = append(todo, k.rows...)
	}
	for len(todo) > 0 {
		var later []string
		var last error
		for _, statement := range todo {
			if err := w.try(statement, moment); err != nil {
				later, last = append(later, statement), fmt.Errorf("%s: %w", statement, err)
			}
		}
		if len(later) == len(todo) {
			w.t.Fatal(last)
		}
		todo = later
	}
}

func (w *world) fill(statement string, at time.Time) {
	w.t.Helper()
	if err := w.try(statement, at); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

func (w *world) try(statement string, at time.Time) error {
	var args []any
	for i, arg := range []any{at, date.Of(at)} {
		if strings.Contains(statement, fmt.Sprint("$", i+1)) {
			args = append(args, arg)
		}
	}
	if len(args) == 1 {
		statement = strings.ReplaceAll(statement, "$2", "$1")
	}
	return w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), statement, args...)
		return err
	})
}

func (w *world) count(from string) (n int) {
	w.t.Helper()
	if err := w.d.QueryRow(w.t.Context(), `select count(*) from `+from).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", from, err)
	}
	return n
}

func (w *world) runOn(day date.Date) {
	w.t.Helper()
	w.clock.MoveTo(day.At(3, 0))
	if _, err := retention.Run(w.t.Context(), w.d, w.clock, w.files); err != nil {
		w.t.Fatalf("on %s: %v", day, err)
	}
}

func TestWhatIsOverGoesOnItsDayAndNotADayBefore(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base {
			w.fill(statement, moment)
		}
		for _, of := range running {
			w.fill(of.row, moment)
		}
		w.fill(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name,
			calendar, policy, state, under_way, next_due_at) values ('c_9', 'C-9', 2, 'complaint', 'none', '', '', '', 'portal', '', '', $1, 'user', 'u_2', 'n', 1, 1, 'received', true, $1)`, moment)
		w.fillKept()
		head := w.record()
		days := []date.Date{}
		for _, k := range kept {
			days = append(days, k.goes)
			if w.count(k.table) == 0 {
				t.Errorf("%s: no row to go", k.table)
			}
		}
		slices.Sort(days)
		for _, day := range slices.Compact(days) {
			w.runOn(day.AddDays(-1))
			w.check(day.AddDays(-1))
			w.runOn(day)
			w.check(day)
		}
		w.runOn(that.AddMonths(6 * 12))
		for _, of := range running {
			if w.count(of.table) != 1 {
				t.Errorf("%s: it went, though the fee goes on", of.table)
			}
		}
		if w.count(`cases where id = 'c_9'`) != 1 || w.count(`merchants`) != 2 || w.count(`users where phone = '+8613800000002'`) != 1 {
			t.Error("what is not over went")
		}
		if !w.files["cf_1"] || len(w.files) != 1 {
			t.Errorf("removed from the store of files: %v", w.files)
		}
		w.sound(head)
	})
}

func (w *world) check(day date.Date) {
	w.t.Helper()
	for _, k := range kept {
		switch n := w.count(k.table); {
		case n > 0 && day >= k.goes:
			w.t.Errorf("on %s %s still has %d rows; they go on %s", day, k.table, n, k.goes)
		case n == 0 && day < k.goes:
			w.t.Errorf("on %s %s has lost its rows; they go on %s", day, k.table, k.goes)
		}
	}
}

// record writes an entry and seals it.
func (w *world) record() audit.Head {
	w.t.Helper()
	err := w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		return audit.Write(w.t.Context(), tx, audit.Entry{At: moment, Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, MerchantID: 1, Action: "session.start", Subject: "ss_1"})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	head, n, err := audit.Seal(w.t.Context(), w.d, moment.Add(time.Hour))
	if err != nil || n != 1 {
		w.t.Fatalf("sealed %d, %v", n, err)
	}
	return head
}

func (w *world) sound(head audit.Head) {
	w.t.Helper()
	if _, _, err := audit.Seal(w.t.Context(), w.d, w.clock.Now().Add(time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	report, err := audit.Verify(w.t.Context(), w.d, head)
	if err != nil || !report.Sound() || report.Entries < 2 {
		w.t.Errorf("the record: %+v, %v; want it sound, with what was removed in it", report, err)
	}
}

func TestWhatIsYoungerThanHasToBeKeptCanNotBeRemovedByAnybody(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base[:12] {
			w.fill(statement, moment)
		}
		now := time.Now().UTC()
		w.fill(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at) values (1, 1, 1, $2, 'n', 'app', $1)`, now.AddDate(-4, 0, 0))
		w.fill(message("m_9", "1, null, null"), now.AddDate(-4, 0, 0))
		for _, table := range []string{"acceptances", "messages"} {
			err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `delete from `+table)
				return err
			})
			if err == nil {
				t.Errorf("%s: four years old rows could be removed", table)
			}
		}
		if w.d.Dialect != db.Postgres {
			return
		}
		young := date.Of(now).AddMonths(-59).MonthStart()
		if err := w.d.EnsureMonths(t.Context(), young, young); err != nil {
			t.Fatal(err)
		}
		for table, month := range map[string]date.Date{"deductions": young, "settlements": young, "audit_entries": that.MonthStart()} {
			var gone bool
			if err := w.d.QueryRow(t.Context(), `select drop_month($1::regclass, $2)`, table, month).Scan(&gone); err == nil {
				t.Errorf("%s of %s could be dropped", table, month)
			}
		}
	})
}

func TestMonthsGoAtOnceWhereTheDatabaseSplitsThem(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base {
			w.fill(statement, moment)
		}
		for i, on := range []date.Date{that, that.AddMonths(-1)} { // the second lies in no month's partition
			w.fill(fmt.Sprintf(`insert into settlements (id, merchant_id, terminal_id, ref, settled_on, card_count, card_fen, card_fee_fen, qr_count, qr_fen, qr_fee_fen, payout_count,
				payout_fee_fen, other_fee_fen, paid_out_fen, recorded_at) values ('s_%d', 1, 1, 'S1', $2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $1)`, i), on.At(12, 0))
		}
		w.runOn(afterMonth)
		if n := w.count("settlements"); n != 0 {
			t.Errorf("%d settlements are left", n)
		}
		want := "2/0"
		if w.d.Dialect == db.Postgres {
			want = "1/1"
		}
		var removed, months int64
		if err := w.d.QueryRow(t.Context(), `select removed, months from retention_counts where rule = 'settlements'`).Scan(&removed, &months); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(removed, "/", months); got != want {
			t.Errorf("removed %s rows and months, want %s", got, want)
		}
	})
}

// stuck is a store of files that removes nothing.
type stuck struct{ bin }

var errStuck = errors.New("the store is away")

func (stuck) Remove(context.Context, string) error { return errStuck }

func TestAFileThatCanNotBeRemovedIsFoundAgain(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base {
			w.fill(statement, moment)
		}
		w.fillKept()
		w.clock.MoveTo(afterCases.At(3, 0))
		if _, err := retention.Run(t.Context(), w.d, w.clock, stuck{w.files}); !errors.Is(err, errStuck) {
			t.Fatalf("with the store away: got %v", err)
		}
		if n := w.count("case_files"); n != 1 {
			t.Errorf("%d rows lead to the file, want 1", n)
		}
		w.runOn(afterCases)
		if n := w.count("case_files"); n != 0 || !w.files["cf_1"] {
			t.Errorf("%d rows are left, and the file is gone: %t", n, w.files["cf_1"])
		}
	})
}

func TestManyRowsGoAroundThoseThatStay(t *testing.T) {
	each(t, func(w *world) {
		w.fill(`insert into alarms (id, kind, subject, ref, facts, at) with recursive n (i) as (select 1 union all select i + 1 from n where i < 6000)
			select 'al_' || i, 'ungated', 'd_' || i, case when i % 3 = 0 then 'stays' else 'goes' end, '{}', '2015-03-10 04:00:00+00:00' from n`, moment)
		w.fill(`update alarms set answered_at = at where ref = 'goes'`, moment) // more than go in one transaction
		w.runOn(afterMoney)
		if stay, left := w.count(`alarms where ref = 'stays'`), w.count(`alarms where ref = 'goes'`); stay != 2000 || left != 0 {
			t.Errorf("%d that nobody has answered and %d that are over are there, want 2000 and none", stay, left)
		}
	})
}

func TestATermThatWasMadeLongerHoldsFromTheNextRunOn(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base {
			w.fill(statement, moment)
		}
		w.fill(`insert into imports (id, kind, file_name, sha256, rows, added, changed, unchanged, by_kind, by_id, at) values ('i_1', 'k', 'f', '', 0, 0, 0, 0, 'cli', 'x', $1)`, moment)
		terms := setting.DefaultRetention
		terms.MoneyMonths = 72
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			return setting.SetRetentionIn(t.Context(), tx, audit.Actor{Kind: audit.Staff, ID: "st_1"}, moment, terms)
		})
		if err != nil {
			t.Fatal(err)
		}
		w.runOn(date.MustParse("2021-03-10"))
		if w.count("imports") != 1 {
			t.Error("it went after five years, and should stay for six")
		}
		w.runOn(date.MustParse("2021-03-11"))
		if w.count("imports") != 0 {
			t.Error("it is there after six years")
		}
	})
}

func TestWhatAMerchantSetUpGoesWithItsClosedAccount(t *testing.T) {
	each(t, func(w *world) {
		for _, statement := range base {
			w.fill(statement, moment)
		}
		set := []string{"notice_preferences", "notice_recipients", "calendar_feeds", "case_drafts where updated_at > '2001-01-01 00:00:00+00:00'"}
		for _, statement := range []string{
			`insert into notice_preferences (merchant_id, locale, leads, quiet_from, quiet_to, send_minute, matrix, inbox_only, usage_percent, balance_fen, updated_at, updated_by) values (1, 'en', 1, 0, 0, 0, '{}', false, 80, 0, $1, 'u_1')`,
			`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at) values ('nr_1', 1, 'sms', 'a', 'n', 'u_1', $1)`,
			`insert into calendar_feeds (id, merchant_id, token_hash, locale, created_at, created_by) values ('cf_1', 1, '1', 'en', $1, 'u_1')`,
			`insert into case_drafts (merchant_id, user_id, subject, subject_ref, content, updated_at) values (1, 'u_1', 's', '', '{}', $1)`,
			// closed for good once, then handed to somebody who closed it too
			`insert into closings (id, kind, user_id, merchant_id, at, erase_at, erased_at) values ('cl_0', 'merchant', 'u_1', 1, $1, $1, $1)`,
			`insert into closings (id, kind, user_id, merchant_id, at, erase_at) values ('cl_1', 'merchant', 'u_1', 1, $1, $1)`,
			`update memberships set ended_at = $1 where merchant_id = 1`,
		} {
			w.fill(statement, moment)
		}
		w.runOn(that.AddDays(20))
		for _, from := range set {
			if w.count(from) != 1 {
				t.Errorf("%s went before the account was closed for good", from)
			}
		}
		w.fill(`update closings set erased_at = $1`, moment)
		w.runOn(that.AddDays(21))
		for _, from := range set {
			if w.count(from) != 0 {
				t.Errorf("%s is there after the account was closed for good", from)
			}
		}
	})
}
