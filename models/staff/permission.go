// Package staff says who of the acquirer's people may sign in, and what they may
// do. A person signs in with a name, a password and a second factor; what they
// may do follows from their roles.
package staff

import "slices"

// Permission is something that a role may do.
type Permission string

// The permissions, each with what it opens.
const (
	SeeDisclosures     Permission = "see_disclosures"     // disclosures in any state
	WriteDisclosures   Permission = "write_disclosures"   // draft, change and submit them
	ReviewDisclosures  Permission = "review_disclosures"  // approve or send back what others wrote
	PublishDisclosures Permission = "publish_disclosures" // publish and withdraw them
	SeeCoverage        Permission = "see_coverage"        // who has seen and accepted a version
	SeeObjections      Permission = "see_objections"      // who objects to a change
	EndService         Permission = "end_service"         // end the service of a merchant who objects
	SeeStops           Permission = "see_stops"           // fees that merchants want stopped
	AnswerStops        Permission = "answer_stops"        // answer them
	WriteGuides        Permission = "write_guides"        // draft, change and submit guides
	ReviewGuides       Permission = "review_guides"       // approve or send back what others wrote
	SeeGuides          Permission = "see_guides"          // guides in any state
	WriteTemplates     Permission = "write_templates"     // draft, change and submit the words of notices
	ReviewTemplates    Permission = "review_templates"    // approve or send back what others wrote
	SeeTemplates       Permission = "see_templates"       // the words of notices in any state
	SeeSearches        Permission = "see_searches"        // what readers searched for and did not find
	SeeFigures         Permission = "see_figures"         // the transparency figures before they are published
	ReleaseFigures     Permission = "release_figures"     // publish the transparency figures of a period
	ExportEvidence     Permission = "export_evidence"     // evidence packs
	SeeAudit           Permission = "see_audit"           // the record of who did what, and whether it is whole
	SeeStaff           Permission = "see_staff"           // who may do what
	ManageStaff        Permission = "manage_staff"        // add people, change their roles, let them in again
	SeeNotices         Permission = "see_notices"         // what merchants were sent, and what became of it
	ResendNotices      Permission = "resend_notices"      // send it again, and call whom nothing reached
	SeeHolds           Permission = "see_holds"           // deductions that are held
	AnswerHolds        Permission = "answer_holds"        // release or deny them
	SeeAlarms          Permission = "see_alarms"          // what has to be looked into
	AnswerAlarms       Permission = "answer_alarms"       // say what was found
	SeeGateRules       Permission = "see_gate_rules"      // by which figures the gate holds what it does
	SetGateRules       Permission = "set_gate_rules"      // propose others, and switch on what someone else proposed
	SeeNoticeRules     Permission = "see_notice_rules"    // the rules of notices and disclosure, with what was proposed
	SetNoticeRules     Permission = "set_notice_rules"    // propose others, and put in force what someone else proposed
	SeeRetention       Permission = "see_retention"       // for how long what is kept stays
	SetRetention       Permission = "set_retention"       // propose other terms
	ApproveRetention   Permission = "approve_retention"   // put in force what someone else proposed, or end it
	SeeSettings        Permission = "see_settings"        // how the portal is set
	ChangeSettings     Permission = "change_settings"     // set it
	SeeCases           Permission = "see_cases"           // complaints, questions and requests of merchants
	WorkCases          Permission = "work_cases"          // answer and decide them, and file them for callers
	SeeBoard           Permission = "see_board"           // how the work on cases goes, and by which calendar they count
	LeadCases          Permission = "lead_cases"          // hand them out, and set by which calendar they count
	SeeCasePolicy      Permission = "see_case_policy"     // how long the clocks of cases run
	SetCasePolicy      Permission = "set_case_policy"     // set it for cases to come
	SeeReports         Permission = "see_reports"         // figures of cases, and the report of a year
	ApproveRefunds     Permission = "approve_refunds"     // be the second person for a refund
	SeeMerchants       Permission = "see_merchants"       // merchants, their terminals and what is known of them
	SeeAsMerchant      Permission = "see_as_merchant"     // a merchant's own pages as it sees them, for a reason
	SeeNumbers         Permission = "see_numbers"         // requests for another number to sign in with
	Unmask             Permission = "unmask"              // see personal data whole, for a reason
)

// granted is the table of permissions. What a role does not have here it may
// not do.
var granted = map[Permission][]Role{
	SeeDisclosures:     {Support, Lead, Compliance, Auditor, Operator},
	WriteDisclosures:   {Compliance},
	ReviewDisclosures:  {Compliance, Lead},
	PublishDisclosures: {Compliance},
	SeeCoverage:        {Support, Lead, Compliance, Auditor},
	SeeObjections:      {Support, Lead, Compliance, Auditor},
	EndService:         {Lead, Compliance},
	SeeStops:           {Support, Lead, Auditor},
	AnswerStops:        {Support, Lead},
	WriteGuides:        {Compliance, Lead},
	ReviewGuides:       {Compliance, Lead},
	SeeGuides:          {Support, Lead, Compliance, Auditor, Operator},
	WriteTemplates:     {Compliance, Lead},
	ReviewTemplates:    {Compliance, Lead},
	SeeTemplates:       {Support, Lead, Compliance, Auditor, Operator},
	SeeSearches:        {Compliance, Lead, Support, Auditor},
	SeeFigures:         {Compliance, Auditor},
	ReleaseFigures:     {Compliance},
	ExportEvidence:     {Compliance, Auditor, Lead},
	SeeAudit:           {Compliance, Auditor, Lead},
	SeeStaff:           {Operator, Auditor},
	ManageStaff:        {Operator},
	SeeNotices:         {Support, Lead, Compliance, Auditor, Operator},
	ResendNotices:      {Support, Lead},
	SeeHolds:           {Support, Lead, Compliance, Auditor},
	AnswerHolds:        {Support, Lead},
	SeeAlarms:          {Support, Lead, Compliance, Auditor, Operator},
	AnswerAlarms:       {Support, Lead, Operator},
	SeeGateRules:       {Lead, Compliance, Auditor, Operator},
	SetGateRules:       {Lead, Compliance},
	SeeNoticeRules:     {Lead, Compliance, Auditor, Operator},
	SetNoticeRules:     {Compliance},
	SeeRetention:       {Lead, Compliance, Auditor, Operator},
	SetRetention:       {Compliance},
	ApproveRetention:   {Compliance, Lead},
	SeeSettings:        {Operator, Auditor},
	ChangeSettings:     {Operator},
	SeeCases:           {Support, Lead, Compliance, Auditor},
	WorkCases:          {Support, Lead},
	SeeBoard:           {Lead, Auditor},
	LeadCases:          {Lead},
	SeeCasePolicy:      {Lead, Compliance, Auditor},
	SetCasePolicy:      {Compliance},
	SeeReports:         {Lead, Compliance, Auditor},
	ApproveRefunds:     {Lead, Compliance},
	SeeMerchants:       {Support, Lead, Compliance, Auditor},
	SeeAsMerchant:      {Support, Lead, Auditor},
	SeeNumbers:         {Support, Lead, Auditor},
	Unmask:             {Support, Lead},
}

// Can reports whether a role has a permission. A role that is none has none.
func Can(r Role, p Permission) bool { return slices.Contains(granted[p], r) }

// Permissions lists all of them, by name.
func Permissions() []Permission {
	all := make([]Permission, 0, len(granted))
	for p := range granted {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}
