package account

import "testing"

func TestARoleMayDoWhatTheTableGrantsAndNothingElse(t *testing.T) {
	for p, want := range map[Permission]struct{ owner, finance, viewer bool }{
		SeeFees:          {true, true, true},
		SeeTerminals:     {true, true, true},
		SeeStatements:    {true, true, true},
		SeeAgreements:    {true, true, true},
		SeeMessages:      {true, true, true},
		SeeComplaints:    {true, true, true},
		Export:           {true, true, false},
		OwnSettings:      {true, true, false},
		ChooseMessages:   {true, true, false},
		ManageComplaints: {true, true, false},
		SetLimits:        {true, true, false},
		RenameTerminals:  {true, false, false},
		ManageAgreements: {true, false, false},
		ManageColleagues: {true, false, false},
		ChangePhone:      {true, false, false},
		ExportAll:        {true, false, false},
		"see_everything": {false, false, false},
		"":               {false, false, false},
	} {
		for role, want := range map[Role]bool{Owner: want.owner, Finance: want.finance, Viewer: want.viewer, "": false, "admin": false} {
			if got := Can(role, p); got != want {
				t.Errorf("Can(%q, %q) = %v, want %v", role, p, got, want)
			}
		}
	}
}

func TestOnlyTheRolesOfTheTableAreKnown(t *testing.T) {
	for role, want := range map[Role]bool{Owner: true, Finance: true, Viewer: true, "": false, "Owner": false} {
		if got := role.Known(); got != want {
			t.Errorf("%q known: %v, want %v", role, got, want)
		}
	}
}

func TestTheListOfPermissionsCantBeUsedToGrantOne(t *testing.T) {
	list := Permissions()
	list[0] = "see_everything"
	if Can(Owner, "see_everything") || !Can(Owner, SeeFees) {
		t.Error("changing the list changed the table")
	}
}
