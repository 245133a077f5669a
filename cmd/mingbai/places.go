package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/id"
)

// placeWait is how long the start waits for each place outside the database.
const placeWait = 5 * time.Second

// warnOfPlaces says in the log which of the places that files and the record's heads
// are kept in can't be written to. It is no reason not to start: a disk that is away
// comes back, and all else goes on meanwhile.
func warnOfPlaces(ctx context.Context, c config, log *slog.Logger) error {
	files, err := openFiles(c)
	if err != nil {
		return err
	}
	if folder, ok := files.(*file.Folder); ok {
		defer func() { _ = folder.Close() }() // it is opened anew for those who use it
	}
	if err := tryFiles(ctx, files); err != nil {
		log.ErrorContext(ctx, "merchants' files can't be written: those who add one are told to come back later until "+envPrefix+"FILES names a place that can be", "error", err)
	}
	places, err := c.anchors()
	if err != nil {
		return err
	}
	for _, p := range places {
		f, ok := p.(anchor.File)
		if !ok {
			continue // what keeps them over the network is tried with the next ones
		}
		if err := f.Keep(ctx, nil); err != nil {
			log.ErrorContext(ctx, "the heads of the record can't be kept where "+envPrefix+"AUDIT_HEAD_FILE says: nobody outside can prove what the record was until they can", "error", err)
		}
	}
	return nil
}

// tryFiles writes a file of its own and takes it away again.
func tryFiles(ctx context.Context, files file.Store) error {
	ctx, cancel := context.WithTimeout(ctx, placeWait)
	defer cancel()
	key := id.New("tried", clock.System{}.Now())
	err := files.Put(ctx, key, []byte("written at the start, to see whether files can be"))
	return errors.Join(err, files.Remove(ctx, key))
}
