package main

import (
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
)

// newCases returns the use cases of complaints, whose files lie where the
// configuration says.
func newCases(c config, d *db.DB, at clock.Clock, k *known) (*complaint.Cases, error) {
	files, err := openFiles(c)
	if err != nil {
		return nil, err
	}
	return complaint.New(complaint.Options{DB: d, Clock: at, Plans: k.plans.Plans, Policy: k.policy, Files: files}), nil
}
