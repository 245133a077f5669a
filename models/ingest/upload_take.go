package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// TakeUpload takes in what was sent, in one transaction with the note that it
// is: interrupted, it can be called again. Where a row is wrong the upload is
// refused, with the reasons in the words given by language, and that is no
// error. It reports whether anything was taken in now. Last says that it won't
// be tried again, so that an error ends the upload.
func TakeUpload(ctx context.Context, d *db.DB, c clock.Clock, uploadID string, words map[string]Translate, last bool) (bool, error) {
	u := uploading{db: d, clock: c, id: uploadID, words: words}
	taken, err := u.take(ctx)
	if err != nil && last && ctx.Err() == nil {
		return false, errors.Join(err, u.end(ctx, UploadFailed, nil, 0))
	}
	return taken, err
}

// uploading is an upload that is being taken in.
type uploading struct {
	db    *db.DB
	clock clock.Clock
	id    string
	words map[string]Translate

	kind  Kind
	name  string
	actor audit.Actor
	told  time.Time // when it was last told how far it is
}

// errEnded says that somebody else ended the upload meanwhile.
var errEnded = errors.New("ingest: the upload has ended")

func (u *uploading) take(ctx context.Context) (bool, error) {
	begun, err := u.begin(ctx)
	if err != nil || !begun {
		return false, err
	}
	file, err := os.CreateTemp("", "mingbai-upload-*")
	if err != nil {
		return false, err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	if err := u.copyTo(ctx, file); err != nil {
		return false, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	sent := File{Kind: u.kind, Name: u.name, Open: func() (Source, func() error, error) {
		return Source{Name: u.name, ReaderAt: file, Size: size}, func() error { return nil }, nil
	}}
	err = u.db.Write(ctx, func(tx *db.Tx) error {
		done, err := ImportIn(ctx, u.db, tx, u.clock, u.actor, []File{sent}, Options{Progress: u.progress(ctx)})
		if err != nil {
			return err
		}
		return u.endIn(ctx, tx, UploadDone, done[0].Taken, nil, 0)
	})
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return false, u.end(ctx, UploadRefused, u.errors(refusal), int64(refusal.More))
	}
	if errors.Is(err, errEnded) {
		return false, nil
	}
	return err == nil, err
}

// begin notes that the upload is being worked on. It returns false where it has
// ended.
func (u *uploading) begin(ctx context.Context) (begun bool, err error) {
	err = u.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update uploads set state = 'working', read_bytes = 0 where id = $1 and state in ('waiting', 'working')`, u.id)
		if begun = n == 1; err != nil || !begun {
			return err
		}
		var kind, byKind string
		err = tx.QueryRow(ctx, `select kind, file_name, by_kind, by_id from uploads where id = $1`, u.id).Scan(&kind, &u.name, &byKind, &u.actor.ID)
		u.kind, u.actor.Kind = Kind(kind), audit.ActorKind(byKind)
		return err
	})
	return begun, err
}

// copyTo writes the parts to a file, one after another.
func (u *uploading) copyTo(ctx context.Context, file *os.File) error {
	for number := 0; ; number++ {
		var part []byte
		err := u.db.QueryRow(ctx, `select content from upload_parts where upload_id = $1 and number = $2`, u.id, number).Scan(&part)
		if db.NotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := file.Write(part); err != nil {
			return err
		}
	}
}

// tellEvery is how often it is written down how far an upload has come.
const tellEvery = 2 * time.Second

// progress writes down how far the file is read. On SQLite nobody else can write
// while it is taken in.
func (u *uploading) progress(ctx context.Context) func(Progress) error {
	if u.db.Dialect != db.Postgres {
		return nil
	}
	return func(p Progress) error {
		now := u.clock.Now()
		if now.Sub(u.told) < tellEvery {
			return nil
		}
		u.told = now
		return u.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update uploads set read_bytes = $2 where id = $1`, u.id, min(p.Read, p.Total))
			return err
		})
	}
}

func (u *uploading) errors(refusal *Refusal) []UploadError {
	list := make([]UploadError, len(refusal.Errors))
	for i := range refusal.Errors {
		e := &refusal.Errors[i]
		list[i] = UploadError{Line: e.Line, Column: e.Column, Value: e.Value, Code: e.Key, Text: map[string]string{}}
		for language, t := range u.words {
			list[i].Text[language] = e.Reason(t)
		}
	}
	return list
}

func (u *uploading) end(ctx context.Context, state UploadState, wrong []UploadError, more int64) error {
	return u.db.Write(ctx, func(tx *db.Tx) error { return u.endIn(ctx, tx, state, intake.Taken{}, wrong, more) })
}

func (u *uploading) endIn(ctx context.Context, tx *db.Tx, state UploadState, taken intake.Taken, wrong []UploadError, more int64) error {
	if wrong == nil {
		wrong = []UploadError{}
	}
	list, err := json.Marshal(wrong)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		update uploads set state = $2, rows = $3, added = $4, changed = $5, unchanged = $6, errors = $7, more = $8, ended_at = $9, read_bytes = bytes
		where id = $1 and state in ('waiting', 'working')`,
		u.id, string(state), taken.Rows, taken.Added, taken.Changed, taken.Unchanged, string(list), more, u.clock.Now())
	if err != nil {
		return fmt.Errorf("ingest: ending upload %s: %w", u.id, err)
	}
	if n == 0 {
		return errEnded
	}
	_, err = tx.Exec(ctx, `delete from upload_parts where upload_id = $1`, u.id)
	return err
}
