package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/assets"
)

// example says how to visit a route whose pattern alone is no address, or not
// all that there is to see.
type example struct {
	// at is an address. What stands in braces is looked up, so that there is one
	// for each merchant.
	at string
	// also are addresses of the same page in other states.
	also []string
	// on is set where the address leads on to a page: the newest, say.
	on bool
	// send is what a reader would send there.
	send url.Values
	// first is what has to be sent before there is such a page.
	first *message
}

// message is a value that is sent from a page.
type message struct{ page, field, value string }

// examples are the routes' examples, by pattern. A new route whose pattern has a
// parameter needs one here; so does a form that names what belongs to somebody.
var examples = map[string]example{
	assets.Pattern: {at: "/static/css/app.css"},

	"/login/code":  {first: &message{"/login", "phone", "13800006621"}},
	"/login":       {also: []string{"/login?next=/deductions"}},
	"/home":        {also: []string{"/home?all=1"}},
	"/deductions":  {also: []string{"/deductions?terminal={sn}", "/deductions?check=not_agreed", "/deductions?fee=sim_data&month={month}", "/deductions?amount=123.45", "/deductions?older={line}"}},
	"/statements":  {on: true},
	"/terminals":   {also: []string{"/terminals?q=1"}},
	"/demo/outbox": {also: []string{"/demo/outbox?state=x"}},

	"/guides":            {also: []string{"/guides?q=%E6%8A%BC%E9%87%91", "/guides?q=qwertz"}},
	"/guides/:slug":      {at: "/guides/deposit"},
	"/guides/:slug/vote": {at: "/guides/deposit/vote", send: url.Values{"helped": {"yes"}}},

	"/disclosures/feed.atom":      {also: []string{"/disclosures/feed.atom?language=en"}},
	"/disclosures/:slug":          {at: "/disclosures/terminal-fees"},
	"/disclosures/:slug/compare":  {at: "/disclosures/terminal-fees/compare", also: []string{"/disclosures/terminal-fees/compare?from=1&to=1"}},
	"/disclosures/:slug/opinion":  {at: "/disclosures/terminal-fees/opinion", send: url.Values{"opinion": {"太贵"}}},
	"/disclosures/:slug/:version": {at: "/disclosures/terminal-fees/1", also: []string{"/disclosures/terminal-fees/2"}},

	"/transparency/:quarter":          {at: "/transparency/{quarter}"},
	"/transparency/:quarter/:edition": {at: "/transparency/{quarter}/1"},

	"/enter/:token":              {at: "/enter/{invited}"},
	"/deductions/:id":            {at: "/deductions/{line}"},
	"/terminals/:sn":             {at: "/terminals/{sn}"},
	"/terminals/:sn/name":        {at: "/terminals/{sn}/name", send: url.Values{"alias": {"新名字"}}},
	"/terminals/:sn/overage":     {at: "/terminals/{sn}/overage", send: url.Values{"choice": {"off"}}},
	"/terminals/:sn/top-up":      {at: "/terminals/{sn}/top-up"},
	"/statements/:period":        {at: "/statements/{month}", also: []string{"/statements/{year}"}},
	"/statements/:period/csv":    {at: "/statements/{month}/csv", also: []string{"/statements/{year}/csv"}},
	"/statements/:period/xlsx":   {at: "/statements/{month}/xlsx", also: []string{"/statements/{year}/xlsx"}},
	"/agreements/:plan/:version": {at: "/agreements/{agreement}", send: url.Values{"answer": {"deny"}, "seen": {"0"}, "scope": {"all"}}},

	"/fee-changes/:id":                {at: "/fee-changes/{change}"},
	"/complaints":                     {also: []string{"/complaints?older=x"}},
	"/complaints/new":                 {also: []string{"/complaints/new?deduction={agreed}", "/complaints/new?deduction={line}&kind=question", "/complaints/new?terminal={sn}", "/complaints/new?notice={letter}"}},
	"/complaints/new/:step":           {at: "/complaints/new/which", on: true},
	"/complaints/:number":             {at: "/complaints/{mycase}"},
	"/complaints/:number/evidence/:n": {at: "/complaints/{evidence}"},
	"/complaints/:number/files/:id":   {at: "/complaints/{casefile}"},
	"/complaints/:number/messages":    {at: "/complaints/{mycase}/messages", send: url.Values{"words": {"在吗"}}},
	"/complaints/:number/accept":      {at: "/complaints/{mycase}/accept"},
	"/complaints/:number/rating":      {at: "/complaints/{mycase}/rating", send: url.Values{"stars": {"5"}}},
	"/complaints/:number/review":      {at: "/complaints/{mycase}/review", send: url.Values{"words": {"不同意"}}},
	"/complaints/:number/reopen":      {at: "/complaints/{mycase}/reopen", send: url.Values{"words": {"没解决"}}},
	"/complaints/:number/withdraw":    {at: "/complaints/{mycase}/withdraw"},

	"/fee-changes/:id/accept":                            {at: "/fee-changes/{change}/accept", send: url.Values{"scope": {"all"}}},
	"/fee-changes/:id/object":                            {at: "/fee-changes/{change}/object", send: url.Values{"words": {"太贵"}}},
	"/terminals/:sn/stop":                                {at: "/terminals/{sn}/stop", send: url.Values{"what": {"lost"}, "on": {"{yesterday}"}}},
	"/terminals/:sn/stop/:number":                        {at: "/terminals/{stop}"},
	"/admin/login":                                       {also: []string{"/admin/login?next=/admin/account"}},
	"/admin/login/second":                                {on: true},
	"/admin/disclosures/drafts/:id":                      {at: "/admin/disclosures/drafts/{draft}"},
	"/admin/disclosures/drafts/:id/preview":              {at: "/admin/disclosures/drafts/{draft}/preview"},
	"/admin/disclosures/drafts/:id/edit":                 {at: "/admin/disclosures/drafts/{draft}/edit"},
	"/admin/disclosures/drafts/:id/drop":                 {at: "/admin/disclosures/drafts/{draft}/drop"},
	"/admin/disclosures/drafts/:id/open":                 {at: "/admin/disclosures/drafts/{draft}/open"},
	"/admin/disclosures/drafts/:id/close":                {at: "/admin/disclosures/drafts/{draft}/close"},
	"/admin/disclosures/drafts/:id/review":               {at: "/admin/disclosures/drafts/{draft}/review"},
	"/admin/disclosures/drafts/:id/publish":              {at: "/admin/disclosures/drafts/{draft}/publish"},
	"/admin/disclosures/drafts/:id/opinions/:opinion":    {at: "/admin/disclosures/drafts/{draft}/opinions/do_unknown"},
	"/admin/disclosures/:slug/:version":                  {at: "/admin/disclosures/terminal-fees/1"},
	"/admin/disclosures/:slug/:version/withdraw":         {at: "/admin/disclosures/terminal-fees/1/withdraw"},
	"/admin/disclosures/:slug/:version/withdraw/confirm": {at: "/admin/disclosures/terminal-fees/1/withdraw/confirm"},
	"/admin/disclosures/:slug/:version/coverage":         {at: "/admin/disclosures/terminal-fees/1/coverage"},
	"/admin/disclosures/:slug/:version/coverage.csv":     {at: "/admin/disclosures/terminal-fees/1/coverage.csv"},
	"/admin/guides":                                      {also: []string{"/admin/guides?show=review"}},
	"/admin/guides/:slug":                                {at: "/admin/guides/deposit", also: []string{"/admin/guides/waiting"}},
	"/admin/guides/:slug/edit":                           {at: "/admin/guides/deposit/edit"},
	"/admin/guides/:slug/submit":                         {at: "/admin/guides/deposit/submit"},
	"/admin/guides/:slug/withdraw":                       {at: "/admin/guides/waiting/withdraw"},
	"/admin/guides/:slug/discard":                        {at: "/admin/guides/deposit/discard"},
	"/admin/guides/:slug/review":                         {at: "/admin/guides/waiting/review"},
	"/admin/guides/:slug/publish":                        {at: "/admin/guides/waiting/publish"},
	"/admin/guides/:slug/send-back":                      {at: "/admin/guides/waiting/send-back"},
	"/admin/guides/:slug/take-down":                      {at: "/admin/guides/invoices/take-down"},
	"/admin/disclosures/:slug/:version/evidence":         {at: "/admin/disclosures/terminal-fees/1/evidence"},
	"/admin/figures":                                     {send: url.Values{"quarter": {"{quarter}"}}},
	"/admin/figures/:id":                                 {at: "/admin/figures/{figures}"},
	"/admin/figures/:id/release":                         {at: "/admin/figures/{figures}/release"},
	"/admin/reports":                                     {also: []string{"/admin/reports?period=2026", "/admin/reports?period=2025-Q4"}},
	"/admin/reports/:year":                               {at: "/admin/reports/2026", also: []string{"/admin/reports/2025"}},
	"/admin/reports/:year/csv":                           {at: "/admin/reports/2026/csv"},
	"/admin/staff/:id":                                   {at: "/admin/staff/{person}"},
	"/admin/staff/:id/roles":                             {at: "/admin/staff/{person}/roles", send: url.Values{"roles": {"lead"}}},
	"/admin/staff/:id/disable":                           {at: "/admin/staff/{person}/disable"},
	"/admin/staff/:id/enable":                            {at: "/admin/staff/{person}/enable"},
	"/admin/staff/:id/reset":                             {at: "/admin/staff/{person}/reset"},
	"/admin/account/factors/:id/remove":                  {at: "/admin/account/factors/{factor}/remove"},
	"/admin/account/sessions/:id/end":                    {at: "/admin/account/sessions/{place}/end"},
	"/admin/objections":                                  {also: []string{"/admin/objections?state=open&merchant=M1006"}},
	"/admin/objections/:id":                              {at: "/admin/objections/{objection}"},
	"/admin/objections/:id/end":                          {at: "/admin/objections/{objection}/end"},
	"/admin/holds":                                       {also: []string{"/admin/holds?show=batches", "/admin/holds?merchant=nobody"}},
	"/admin/holds/:id":                                   {at: "/admin/holds/{held}"},
	"/admin/holds/:id/release":                           {at: "/admin/holds/{held}/release"},
	"/admin/holds/:id/deny":                              {at: "/admin/holds/{held}/deny"},
	"/admin/holds/batches/:id":                           {at: "/admin/holds/batches/{heldbatch}"},
	"/admin/holds/batches/:id/release":                   {at: "/admin/holds/batches/{heldbatch}/release"},
	"/admin/holds/batches/:id/deny":                      {at: "/admin/holds/batches/{heldbatch}/deny"},
	"/admin/retention":                                   {send: url.Values{"money_months": {"60"}, "case_months": {"36"}, "usage_months": {"36"}, "access_days": {"190"}, "identity_days": {"190"}, "counter_days": {"400"}, "grace_days": {"21"}, "reason": {"x"}}},
	"/admin/retention/:number/on":                        {at: "/admin/retention/1/on"},
	"/admin/retention/:number/withdraw":                  {at: "/admin/retention/1/withdraw"},
	"/brand/:file":                                       {at: "/brand/0d6b58.css"},

	"/admin/settings/notices":                  {send: url.Values{"notice_hours": {"48"}, "notice_max_days": {"50"}, "disclosure_days": {"45"}, "in_force_on": {"2026-04-20"}, "reason": {"x"}}},
	"/admin/settings/notices/:number/on":       {at: "/admin/settings/notices/1/on"},
	"/admin/settings/notices/:number/withdraw": {at: "/admin/settings/notices/1/withdraw"},

	"/admin/settings/gate":                  {send: url.Values{"token_minutes": {"15"}, "second_above": {"300"}, "batch_width": {"50"}, "spike_percent": {"300"}, "spike_least": {"20"}, "reason": {"x"}}},
	"/admin/settings/gate/:number/on":       {at: "/admin/settings/gate/1/on"},
	"/admin/settings/gate/:number/withdraw": {at: "/admin/settings/gate/1/withdraw"},
	"/admin/alarms":                         {also: []string{"/admin/alarms?show=answered", "/admin/alarms?kind=batch_held"}},
	"/admin/reconciliation":                 {also: []string{"/admin/reconciliation?before=2026-01-01"}},
	"/admin/reconciliation/:day":            {at: "/admin/reconciliation/2026-11-20", also: []string{"/admin/reconciliation/2026-11-20?kind=gap", "/admin/reconciliation/2026-11-20?kind=matched"}},
	"/admin/reconciliation/:day/csv":        {at: "/admin/reconciliation/2026-11-20/csv"},
	"/admin/alarms/:id":                     {at: "/admin/alarms/{alarm}"},
	"/admin/alarms/:id/answer":              {at: "/admin/alarms/{alarm}/answer"},
	"/admin/audit":                          {also: []string{"/admin/audit?action=staff.session.start", "/admin/audit?merchant=nobody"}},
	"/admin/audit/:id":                      {at: "/admin/audit/{entry}"},
	"/admin/cases":                          {also: []string{"/admin/cases?view=all", "/admin/cases?find=M1001"}},
	"/admin/cases/:number":                  {at: "/admin/cases/{deskcase}", also: []string{"/admin/cases/{refunding}"}},
	"/admin/cases/:number/reply":            {at: "/admin/cases/{deskcase}/reply"},
	"/admin/cases/:number/note":             {at: "/admin/cases/{deskcase}/note"},
	"/admin/cases/:number/ask":              {at: "/admin/cases/{deskcase}/ask"},
	"/admin/cases/:number/answer":           {at: "/admin/cases/{deskcase}/answer"},
	"/admin/cases/:number/third":            {at: "/admin/cases/{deskcase}/third"},
	"/admin/cases/:number/third/:inquiry":   {at: "/admin/cases/{inquiry}"},
	"/admin/cases/:number/assign":           {at: "/admin/cases/{deskcase}/assign"},
	"/admin/cases/:number/extend":           {at: "/admin/cases/{deskcase}/extend"},
	"/admin/cases/:number/merge":            {at: "/admin/cases/{deskcase}/merge"},
	"/admin/cases/:number/split":            {at: "/admin/cases/{deskcase}/split"},
	"/admin/cases/:number/decide":           {at: "/admin/cases/{deskcase}/decide"},
	"/admin/cases/:number/refund":           {at: "/admin/cases/{deskcase}/refund"},
	"/admin/cases/:number/files/:file":      {at: "/admin/cases/{deskfile}"},
	"/admin/cases/:number/contact":          {at: "/admin/cases/{deskcase}/contact"},
	"/admin/cases/new":                      {also: []string{"/admin/cases/new?find=M1008", "/admin/cases/new?merchant=M1008"}},
	"/admin/canned/:id":                     {at: "/admin/canned/{canned}", also: []string{"/admin/canned/new"}},
	"/admin/canned/:id/remove":              {at: "/admin/canned/{canned}/remove"},
	"/admin/board/sample/:number":           {at: "/admin/board/sample/{refunding}"},
	"/admin/merchants":                      {also: []string{"/admin/merchants?find=M1008", "/admin/merchants?find=nobody", "/admin/merchants?after=M1004"}},
	"/admin/merchants/:ref":                 {at: "/admin/merchants/M1008", also: []string{"/admin/merchants/M1004"}},
	"/admin/merchants/:ref/contact":         {at: "/admin/merchants/M1008/contact"},
	"/admin/merchants/:ref/look":            {at: "/admin/merchants/M1008/look"},
	"/admin/numbers/:id":                    {at: "/admin/numbers/{numbered}"},
	"/admin/numbers/:id/confirm":            {at: "/admin/numbers/{numbered}/confirm"},
	"/admin/numbers/:id/numbers":            {at: "/admin/numbers/{numbered}/numbers"},
	"/admin/numbers/:id/refuse":             {at: "/admin/numbers/{numbered}/refuse"},
	"/admin/numbers/:id/files/:file":        {at: "/admin/numbers/{numberfile}"},
	"/admin/cases/:number/cause":            {at: "/admin/cases/{causecase}/cause", also: []string{"/admin/cases/{causecase}/cause?agent=yes&from=2026-01-01&to=2026-01-02", "/admin/cases/{deskcase}/cause"}},
	"/admin/cases/:number/cause/csv":        {at: "/admin/cases/{causecase}/cause/csv"},
	"/admin/causes/:id":                     {at: "/admin/causes/{cause}", also: []string{"/admin/causes/{cause}?kind=tell&show=pending"}},
	"/admin/causes/:id/csv":                 {at: "/admin/causes/{cause}/csv"},
	"/admin/causes/:id/approve":             {at: "/admin/causes/{cause}/approve"},
	"/admin/causes/:id/refuse":              {at: "/admin/causes/{cause}/refuse"},
	"/admin/causes/:id/halt":                {at: "/admin/causes/{cause}/halt"},
	"/admin/causes/:id/continue":            {at: "/admin/causes/{cause}/continue"},
	"/admin/refunds/:id/approve":            {at: "/admin/refunds/{proposed}/approve"},
	"/admin/refunds/:id/refuse":             {at: "/admin/refunds/{proposed}/refuse"},
	"/admin/stops":                          {also: []string{"/admin/stops?show=all"}},
	"/admin/stops/:number":                  {at: "/admin/stops/{report}"},
	"/admin/stops/:number/confirm":          {at: "/admin/stops/{report}/confirm"},
	"/admin/stops/:number/refuse":           {at: "/admin/stops/{report}/refuse"},

	"/admin/templates/:kind/:channel": {
		at: "/admin/templates/upcoming/sms", also: []string{"/admin/templates/taken/email", "/admin/templates/fee_change/inbox", "/admin/templates/security/wechat"},
	},
	"/admin/templates/:kind/:channel/preview": {
		at: "/admin/templates/upcoming/sms/preview", also: []string{"/admin/templates/taken/email/preview"},
	},
	"/admin/templates/:kind/:channel/edit":      {at: "/admin/templates/upcoming/sms/edit", also: []string{"/admin/templates/upcoming/email/edit"}},
	"/admin/templates/:kind/:channel/restore":   {at: "/admin/templates/upcoming/email/restore"},
	"/admin/templates/:kind/:channel/submit":    {at: "/admin/templates/upcoming/email/submit"},
	"/admin/templates/:kind/:channel/discard":   {at: "/admin/templates/upcoming/email/discard"},
	"/admin/templates/:kind/:channel/review":    {at: "/admin/templates/taken/email/review"},
	"/admin/templates/:kind/:channel/withdraw":  {at: "/admin/templates/taken/email/withdraw"},
	"/admin/templates/:kind/:channel/approve":   {at: "/admin/templates/taken/email/approve"},
	"/admin/templates/:kind/:channel/send-back": {at: "/admin/templates/taken/email/send-back"},

	"/admin/channels/:part":     {at: "/admin/channels/email", also: []string{"/admin/channels/hook", "/admin/channels/aliyun", "/admin/channels/wechat", "/admin/channels/order"}},
	"/admin/channels/:part/try": {at: "/admin/channels/email/try"},

	"/admin/notices":                       {also: []string{"/admin/notices?days=31"}},
	"/admin/notices/messages":              {also: []string{"/admin/notices/messages?tail=6621&state=failed", "/admin/notices/messages?merchant=none"}},
	"/admin/notices/messages/:id":          {at: "/admin/notices/messages/m_unreached"},
	"/admin/notices/messages/:id/resend":   {at: "/admin/notices/messages/m_unreached/resend"},
	"/admin/notices/unreached/:ref/called": {at: "/admin/notices/unreached/M1002/called"},

	"/admin/keys/:id":        {at: "/admin/keys/{key}"},
	"/admin/keys/:id/rotate": {at: "/admin/keys/{key}/rotate"},
	"/admin/keys/:id/limit":  {at: "/admin/keys/{key}/limit", send: url.Values{"per_minute": {"90000"}}},
	"/admin/keys/:id/revoke": {at: "/admin/keys/{key}/revoke"},

	"/admin/imports":         {send: url.Values{"kind": {"usage"}}},
	"/admin/imports/:id":     {at: "/admin/imports/{refused}"},
	"/admin/imports/:id/csv": {at: "/admin/imports/{refused}/csv"},
	"/admin/jobs/:id/retry":  {at: "/admin/jobs/{failed}/retry"},

	"/admin/webhooks/new":                        {send: url.Values{"url": {"https://core.example.com/other"}, "description": {"other"}}},
	"/admin/webhooks/:id":                        {at: "/admin/webhooks/{endpoint}", also: []string{"/admin/webhooks/{endpoint}?show=dead"}},
	"/admin/webhooks/:id/edit":                   {at: "/admin/webhooks/{endpoint}/edit", send: url.Values{"url": {"https://core.example.com/events"}, "description": {"kept"}}},
	"/admin/webhooks/:id/rotate":                 {at: "/admin/webhooks/{endpoint}/rotate"},
	"/admin/webhooks/:id/try":                    {at: "/admin/webhooks/{endpoint}/try"},
	"/admin/webhooks/:id/replay":                 {at: "/admin/webhooks/{endpoint}/replay", send: url.Values{"from": {"2026-11-22"}, "to": {"2026-11-22"}}},
	"/admin/webhooks/:id/messages/:event/replay": {at: "/admin/webhooks/{endpoint}/messages/{told}/replay"},
	"/admin/webhooks/:id/disable":                {at: "/admin/webhooks/{endpoint}/disable"},
	"/admin/webhooks/:id/enable":                 {at: "/admin/webhooks/{endpoint}/enable"},

	"/inbox":                           {also: []string{"/inbox?about=security", "/inbox?older=1.x"}},
	"/inbox/:id":                       {at: "/inbox/{letter}"},
	"/inbox/:id/acknowledge":           {at: "/inbox/{letter}/acknowledge"},
	"/reminders/test":                  {send: url.Values{"via": {"sms"}}},
	"/reminders/recipients/:id":        {at: "/reminders/recipients/{waiting}", send: url.Values{"code": {"000000"}}},
	"/reminders/recipients/:id/again":  {at: "/reminders/recipients/{waiting}/again"},
	"/reminders/recipients/:id/remove": {at: "/reminders/recipients/{waiting}/remove"},
	"/reminders/recipients/:id/resume": {at: "/reminders/recipients/{waiting}/resume"},
	"/reminders/wechat/:id":            {at: "/reminders/wechat/{scanning}", on: true},
	"/s/:code":                         {at: "/s/{code}", on: true},
	"/receipts":                        {also: []string{"/receipts?code=x"}},
	"/receipts/:code":                  {at: "/receipts/{code}", also: []string{"/receipts/{receipt}"}, send: url.Values{"text": {"会扣"}}},
	"/deductions/:id/receipts":         {at: "/deductions/{line}/receipts"},
	"/deductions/:id/receipts/:code":   {at: "/deductions/{written}"},
	"/unsubscribe/:token":              {at: "{unsubscribe}"},

	"/account/merchant":                   {also: []string{"/account/merchant?next=/deductions"}, send: url.Values{"merchant": {"{merchant}"}}},
	"/account/phone/code":                 {first: &message{"/account/phone", "phone", "13000000001"}},
	"/account/phone/request/:id/withdraw": {at: "/account/phone/request/{request}/withdraw"},
	"/account/data/merchant/:id":          {at: "/account/data/merchant/{export}"},
	"/account/sessions/:id/end":           {at: "/account/sessions/{session}/end"},
	"/account/colleagues/:id":             {at: "/account/colleagues/{colleague}"},
	"/account/colleagues/:id/role":        {at: "/account/colleagues/{colleague}/role", send: url.Values{"role": {"viewer"}}},
	"/account/colleagues/:id/remove":      {at: "/account/colleagues/{colleague}/remove"},
}

// lookups find what stands in an example's braces: what belongs to one merchant
// and not to another, the first of each kind. What doesn't depend on the other
// takes $2 all the same.
var lookups = map[string]string{
	"merchant": `select cast(id as text) from merchants where id = $1 and id <> $2`,
	"sn":       `select sn from terminals where merchant_id = $1 and merchant_id <> $2 order by sn`,
	"line":     `select min(id) from bill_lines where merchant_id = $1 and merchant_id <> $2 group by kind, item, decision, reasons, state order by 1`,
	"denied":   `select min(id) from bill_lines where merchant_id = $1 and merchant_id <> $2 and decision = 'deny' group by reasons order by 1`,
	"sale":     `select min(id) from bill_lines where merchant_id = $1 and merchant_id <> $2 and kind in ('card', 'payout') group by kind order by kind`,
	"reversed": `select id from bill_lines where merchant_id = $1 and merchant_id <> $2 and (state in ('reversed', 'refunded') or refunded_fen > 0) order by id`,
	"month":    `select distinct substr(cast(month as text), 1, 7) from bill_months where merchant_id = $1 and merchant_id <> $2 order by 1 desc limit 3`,
	"year":     `select distinct substr(cast(month as text), 1, 4) from bill_months where merchant_id = $1 and merchant_id <> $2 order by 1 desc`,
	"agreement": `
		select distinct p.code || '/' || a.version from plans p join enrolments e on e.plan_id = p.id join acceptances a on a.enrolment_id = e.id
		where e.merchant_id = $1 and p.id not in (select plan_id from enrolments where merchant_id = $2) order by 1`,
	"ticked": `
		select p.code || '/' || a.version from plans p join enrolments e on e.plan_id = p.id join acceptances a on a.enrolment_id = e.id
		where e.merchant_id = $1 and e.merchant_id <> $2 and a.via = 'agent' order by 1`,
	"letter":      `select min(id) from letters where merchant_id = $1 and merchant_id <> $2 group by kind order by 1`,
	"agreed":      `select min(id) from bill_lines where merchant_id = $1 and merchant_id <> $2 and decision = 'allow'`,
	"mycase":      `select number from cases where merchant_id = $1 and merchant_id <> $2 order by number`,
	"evidence":    `select c.number || '/evidence/' || e.number from cases c join case_evidence e on e.case_id = c.id where c.merchant_id = $1 and c.merchant_id <> $2 order by 1`,
	"casefile":    `select c.number || '/files/' || f.id from cases c join case_files f on f.case_id = c.id where c.merchant_id = $1 and c.merchant_id <> $2 order by 1`,
	"code":        `select code from messages where merchant_id = $1 and merchant_id <> $2 and code like 'SITE%'`,
	"waiting":     `select id from notice_recipients where merchant_id = $1 and merchant_id <> $2 and channel = 'email' and confirmed_at is null`,
	"scanning":    `select id from notice_recipients where merchant_id = $1 and merchant_id <> $2 and channel = 'wechat'`,
	"receipt":     `select code from deduction_receipts where merchant_id = $1 and merchant_id <> $2`,
	"written":     `select line_id || '/receipts/' || code from deduction_receipts where merchant_id = $1 and merchant_id <> $2`,
	"invited":     `select 'SITE' || merchant_id from entry_links where merchant_id = $1 and merchant_id <> $2 and made_by = 'test'`,
	"unsubscribe": `select unsubscribe from messages where merchant_id = $1 and merchant_id <> $2 and code like 'SITE%'`,

	"change":     `select id from fee_changes where merchant_id = $1 and merchant_id <> $2 order by id`,
	"stop":       `select t.sn || '/stop/' || r.number from stop_requests r join terminals t on t.id = r.terminal_id where r.merchant_id = $1 and r.merchant_id <> $2 order by r.at`,
	"yesterday":  `select cast(max(on_date) as text) from bill_lines where merchant_id = $1 and merchant_id <> $2`,
	"quarter":    `select quarter from figure_editions e join figure_releases r on r.order_id = e.order_id where cast($1 as bigint) <> cast($2 as bigint) order by quarter desc`,
	"request":    `select id from phone_changes where merchant_id = $1 and merchant_id <> $2 order by id`,
	"export":     `select id from data_exports where merchant_id = $1 and merchant_id <> $2 and state = 'ready' order by id`,
	"session":    `select id from sessions where merchant_id = $1 and merchant_id <> $2 and ended_at is null order by id`,
	"figures":    `select id from figure_orders where cast($1 as bigint) <> cast($2 as bigint) order by id desc`,
	"draft":      `select id from disclosure_drafts where slug = 'trial' and cast($1 as bigint) <> cast($2 as bigint)`,
	"person":     `select id from staff where login = 'colleague' and cast($1 as bigint) <> cast($2 as bigint)`,
	"factor":     `select id from staff_totps where cast($1 as bigint) <> cast($2 as bigint)`,
	"place":      `select id from staff_sessions where verified_at is not null and cast($1 as bigint) <> cast($2 as bigint)`,
	"objection":  `select min(change_id) from fee_change_answers where answer = 'objected' and cast($1 as bigint) <> cast($2 as bigint)`,
	"held":       `select deduction_id from gate_requests where state = 'held' and origin = 'agent' and cast($1 as bigint) <> cast($2 as bigint)`,
	"alarm":      `select id from alarms where kind = 'batch_held' and answered_at is null and cast($1 as bigint) <> cast($2 as bigint)`,
	"heldbatch":  `select id from gate_batches where held and answer is null and cast($1 as bigint) <> cast($2 as bigint)`,
	"deskcase":   `select c.number from cases c join case_posts p on p.case_id = c.id where p.body = 'site asked' and cast($1 as bigint) <> cast($2 as bigint)`,
	"refunding":  `select c.number from cases c join case_posts p on p.case_id = c.id where p.body = 'site decided' and cast($1 as bigint) <> cast($2 as bigint)`,
	"deskfile":   `select c.number || '/files/' || f.id from cases c join case_files f on f.case_id = c.id where f.name = 'left.png' and cast($1 as bigint) <> cast($2 as bigint) order by 1`,
	"inquiry":    `select c.number || '/third/' || i.id from cases c join case_inquiries i on i.case_id = c.id where i.name = 'A-1' and cast($1 as bigint) <> cast($2 as bigint)`,
	"numbered":   `select id from phone_changes where merchant_id = $1 and merchant_id <> $2 order by id`,
	"numberfile": `select f.phone_change_id || '/files/' || f.id from phone_change_files f join phone_changes c on c.id = f.phone_change_id where c.merchant_id = $1 and c.merchant_id <> $2 order by 1`,
	"proposed":   `select id from refund_proposals where cast($1 as bigint) <> cast($2 as bigint)`,
	"cause":      `select id from root_causes where cast($1 as bigint) <> cast($2 as bigint)`,
	"causecase":  `select c.number from root_causes a join cases c on c.id = a.case_id where cast($1 as bigint) <> cast($2 as bigint)`,
	"canned":     `select id from canned_replies where cast($1 as bigint) <> cast($2 as bigint)`,
	"report":     `select number from stop_requests where kind <> 'fee' and cast($1 as bigint) <> cast($2 as bigint)`,
	"endpoint":   `select id from webhook_endpoints where description = 'kept' and cast($1 as bigint) <> cast($2 as bigint)`,
	"told":       `select min(id) from api_events where only_for is not null and cast($1 as bigint) <> cast($2 as bigint)`,
	"key":        `select id from api_keys where name = 'kept' and cast($1 as bigint) <> cast($2 as bigint)`,
	"refused":    `select id from uploads where state = 'refused' and cast($1 as bigint) <> cast($2 as bigint)`,
	"failed":     `select max(id) from river_job where kind = 'verify_record' and cast($1 as bigint) <> cast($2 as bigint)`,
	"colleague": `
		select x.user_id from memberships x join users u on u.id = x.user_id
		where x.merchant_id = $1 and u.name <> '测试员' and x.user_id not in (select user_id from memberships where merchant_id = $2) order by 1`,
	"entry": `select max(id) from audit_entries where merchant_id is not null and cast($1 as bigint) <> cast($2 as bigint)`,
}

var braces = regexp.MustCompile(`\{(\w+)\}`)

// exampleOf returns a route's example; without one the test ends.
func exampleOf(t testing.TB, pattern string) example {
	t.Helper()
	e := examples[pattern]
	if e.at == "" {
		if strings.ContainsAny(pattern, ":*") {
			t.Fatalf("nobody gave an example address of %s: add one to the table in examples_site_test.go, so that this test can visit it", pattern)
		}
		e.at = pattern
	}
	return e
}

// addresses fills in an example's address: with every value that the merchant
// has and the other has not. Other is 0 for nobody.
func (s *site) addresses(example string, m shop, other shop) []string {
	s.t.Helper()
	found := braces.FindStringSubmatch(example)
	if found == nil {
		return []string{example}
	}
	var all []string
	for _, value := range s.lookUp(found[1], m, other) {
		all = append(all, s.addresses(strings.Replace(example, found[0], value, 1), m, other)...)
	}
	return all
}

// lookUp returns what stands in braces with a name.
func (s *site) lookUp(name string, m shop, other shop) (values []string) {
	s.t.Helper()
	query, ok := lookups[name]
	if !ok {
		s.t.Fatalf("{%s}: examples_site_test.go does not say how to look it up", name)
	}
	err := s.db.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var value string
			err := rows.Scan(&value)
			values = append(values, value)
			return err
		})
	}, query, m.id, other.id)
	if err != nil {
		s.t.Fatalf("{%s}: %v", name, err)
	}
	return values
}

// values fills in what an example sends, with the first value of each.
func (s *site) values(e example, m shop, other shop) url.Values {
	s.t.Helper()
	filled := url.Values{}
	for name, all := range e.send {
		for _, value := range all {
			filled.Add(name, s.addresses(value, m, other)[0])
		}
	}
	return filled
}

// before sends what has to be sent before an example's page is there, and
// returns the cookies that came of it.
func (s *site) before(c *visit, e example) (cookies []*http.Cookie) {
	s.t.Helper()
	if e.first == nil {
		return nil
	}
	answer := c.post(e.first.page, url.Values{e.first.field: {e.first.value}}).Is(http.StatusSeeOther)
	for _, text := range answer.Header.Values("Set-Cookie") {
		k, err := http.ParseSetCookie(text)
		if err != nil {
			s.t.Fatal(err)
		}
		cookies = append(cookies, k)
	}
	return cookies
}

func TestEveryExampleLeadsToItsRoute(t *testing.T) {
	s := openSite(t, db.SQLite, overTLS)
	patterns := map[string][]string{}
	for _, r := range s.peoplesRoutes() {
		patterns[r.Path] = append(patterns[r.Path], r.Method)
		exampleOf(t, r.Path)
	}
	for pattern := range examples {
		if patterns[pattern] == nil {
			t.Errorf("%s has an example and is no route: take it out of the table", pattern)
			continue
		}
		e := exampleOf(t, pattern)
		for _, at := range append(e.also, e.at) {
			address := s.addresses(at, s.shop(mine), shop{})
			if len(address) == 0 {
				t.Errorf("%s: %s has nothing of the kind: look it up otherwise, or plant one", at, mine)
				continue
			}
			path, _, _ := strings.Cut(address[0], "?")
			if got, ok := s.server.Router().Match(patterns[pattern][0], path); !ok || got != pattern {
				t.Errorf("the example %s of %s leads to %q", address[0], pattern, got)
			}
		}
	}
}
