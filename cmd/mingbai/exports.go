package main

import (
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/export"
)

// newExports returns the use cases of exports of merchants' data, which lie where
// merchants' files do.
func newExports(c config, d *db.DB, at clock.Clock, jobs event.Queue) (*export.Exports, error) {
	files, err := openFiles(c)
	if err != nil {
		return nil, err
	}
	return export.New(export.Options{DB: d, Clock: at, Files: files, Jobs: jobs}), nil
}
