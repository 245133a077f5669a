// Package ingesttest gives tests the sample: the files of a billing team, with
// planted faults.
package ingesttest

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
)

// Folder is the sample's, as seen from the tests of a package two folders down.
const Folder = "../../testdata/sample"

// TakeSample takes the sample in and judges it, as of a moment.
func TakeSample(ctx context.Context, d *db.DB, at time.Time) error {
	files, _, err := ingest.FilesIn(Folder)
	if err != nil {
		return err
	}
	now := clock.At(at)
	if _, err := ingest.Import(ctx, d, now, audit.Actor{Kind: audit.CLI, ID: "test"}, files, ingest.Options{}); err != nil {
		return err
	}
	_, err = ingest.Judge(ctx, d, now, nil)
	return err
}
