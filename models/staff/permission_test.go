package staff_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

func TestARoleMayDoWhatTheTableGrantsAndNothingElse(t *testing.T) {
	const s, l, c, a, o = staff.Support, staff.Lead, staff.Compliance, staff.Auditor, staff.Operator
	table := map[staff.Permission][]staff.Role{
		staff.SeeDisclosures: {s, l, c, a, o}, staff.WriteDisclosures: {c}, staff.ReviewDisclosures: {c, l}, staff.PublishDisclosures: {c},
		staff.SeeCoverage: {s, l, c, a}, staff.SeeObjections: {s, l, c, a}, staff.EndService: {l, c}, staff.SeeStops: {s, l, a}, staff.AnswerStops: {s, l}, staff.SeeHolds: {s, l, c, a}, staff.AnswerHolds: {s, l},
		staff.SeeAlarms: {s, l, c, a, o}, staff.AnswerAlarms: {s, l, o}, staff.SeeGateRules: {l, c, a, o}, staff.SetGateRules: {l, c}, staff.SeeNoticeRules: {l, c, a, o}, staff.SetNoticeRules: {c},
		staff.WriteGuides: {c, l}, staff.ReviewGuides: {c, l}, staff.SeeGuides: {s, l, c, a, o}, staff.SeeSearches: {c, l, s, a}, staff.SeeFigures: {c, a}, staff.SeeStaff: {o, a}, staff.SeeBoard: {l, a}, staff.SeeNumbers: {s, l, a},
		staff.ReleaseFigures: {c}, staff.ExportEvidence: {c, a, l}, staff.SeeAudit: {c, a, l}, staff.ManageStaff: {o}, staff.SeeSettings: {o, a}, staff.ChangeSettings: {o},
		staff.SeeRetention: {l, c, a, o}, staff.SetRetention: {c}, staff.ApproveRetention: {c, l},
		staff.SeeNotices: {s, l, c, a, o}, staff.ResendNotices: {s, l},
		staff.SeeCases: {s, l, c, a}, staff.WorkCases: {s, l}, staff.LeadCases: {l}, staff.ApproveRefunds: {l, c}, staff.SeeReports: {l, c, a}, staff.SeeCasePolicy: {l, c, a}, staff.SetCasePolicy: {c}, staff.Unmask: {s, l},
		staff.SeeMerchants: {s, l, c, a}, staff.SeeAsMerchant: {s, l, a},
		staff.WriteTemplates: {c, l}, staff.ReviewTemplates: {c, l}, staff.SeeTemplates: {s, l, c, a, o},
	}
	if got := staff.Permissions(); !slices.Equal(got, slices.Sorted(maps.Keys(table))) {
		t.Errorf("the permissions are %v", got)
	}
	table["see_everything"] = nil
	for p, roles := range table {
		for _, r := range append(staff.AllRoles[:], "", "admin") {
			if got, want := staff.Can(r, p), slices.Contains(roles, r); got != want {
				t.Errorf("Can(%q, %q) = %t, want %t", r, p, got, want)
			}
		}
	}
}

func TestSomeoneMayDoWhatAnyOfTheirRolesMay(t *testing.T) {
	a := staff.Actor{ID: "st_1", Roles: []staff.Role{staff.Auditor, staff.Support}}
	for p, want := range map[staff.Permission]bool{staff.AnswerStops: true, staff.SeeSettings: true, staff.ManageStaff: false} {
		if got := a.Can(p); got != want {
			t.Errorf("may %s: %t, want %t", p, got, want)
		}
		if err := a.Must(p); (err == nil) != want || err != nil && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: got %v", p, err)
		}
	}
	if err := (staff.Actor{Roles: []staff.Role{staff.Operator}}).Must(staff.ManageStaff); !fault.Is(err, fault.Forbidden) {
		t.Errorf("nobody in particular may: %v", err)
	}
}
