package setting

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// The names of the rules, in forms and where they are written down.
const (
	NoticeHoursField    = "notice_hours"
	NoticeMaxDaysField  = "notice_max_days"
	DisclosureDaysField = "disclosure_days"
)

// PolicyRules are the rules of a policy. Each may be as by default or friendlier
// to merchants, as far as it can still be kept: who chooses to be told 30 days
// ahead has to find that notice counted, with days to spare.
var PolicyRules = []struct {
	Field          string
	Of             func(p *Policy) *int
	Default        int // beyond it a merchant would be worse off
	Furthest       int // that can still be kept
	Broken, Beyond string
}{
	{NoticeHoursField, func(p *Policy) *int { return &p.NoticeHours }, DefaultPolicy.NoticeHours, 168, "notice_rules.broken.notice_hours", "notice_rules.beyond.notice_hours"},
	{NoticeMaxDaysField, func(p *Policy) *int { return &p.NoticeMaxDays }, DefaultPolicy.NoticeMaxDays, 40, "notice_rules.broken.notice_max_days", "notice_rules.beyond.notice_max_days"},
	{DisclosureDaysField, func(p *Policy) *int { return &p.DisclosureDays }, DefaultPolicy.DisclosureDays, 180, "notice_rules.broken.disclosure_days", "notice_rules.beyond.disclosure_days"},
}

// CheckInto notes the rules that may not be: that a merchant would be worse off with
// than by default, or that can't be kept.
func (p Policy) CheckInto(f *fault.Fields) {
	for _, rule := range PolicyRules {
		value := *rule.Of(&p)
		friendlier := value - rule.Default
		if rule.Furthest < rule.Default {
			friendlier = -friendlier
		}
		switch {
		case value < 0:
			f.Add(rule.Field, "notice_rules.check.number")
		case friendlier < 0:
			f.Add(rule.Field, rule.Broken, "default", rule.Default)
		case value < min(rule.Default, rule.Furthest) || value > max(rule.Default, rule.Furthest):
			f.Add(rule.Field, rule.Beyond, "furthest", rule.Furthest)
		}
	}
}

// SameRules reports whether two policies ask the same.
func (p Policy) SameRules(other Policy) bool {
	for _, rule := range PolicyRules {
		if *rule.Of(&p) != *rule.Of(&other) {
			return false
		}
	}
	return true
}

// AddPolicyIn adds a policy that is in force from its time on, inside a
// transaction, and returns its version. Whether the actor may, and whether somebody
// else agreed, is the caller's to know. It returns fault.Invalid for rules that may
// not be.
func AddPolicyIn(ctx context.Context, tx *db.Tx, by audit.Actor, p Policy) (version int, err error) {
	var f fault.Fields
	p.CheckInto(&f)
	if err := f.Err(); err != nil {
		return 0, err
	}
	if err = tx.QueryRow(ctx, `select coalesce(max(version), 0) + 1 from policies`).Scan(&version); err == nil {
		_, err = tx.Exec(ctx, `insert into policies (version, notice_hours, notice_max_days, disclosure_days, in_force_from, set_by) values ($1, $2, $3, $4, $5, $6)`,
			version, p.NoticeHours, p.NoticeMaxDays, p.DisclosureDays, p.InForceFrom, by.ID)
	}
	if err != nil {
		return 0, fmt.Errorf("setting: a policy: %w", err)
	}
	return version, nil
}
