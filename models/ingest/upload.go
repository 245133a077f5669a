package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// UploadState says how far a file that was sent has come.
type UploadState string

// The states of an upload. Every one ends in one of the last three.
const (
	UploadWaiting UploadState = "waiting"
	UploadWorking UploadState = "working"
	UploadDone    UploadState = "done"    // taken in, whole
	UploadRefused UploadState = "refused" // a row of it is wrong, and nothing was taken in
	UploadFailed  UploadState = "failed"  // our mistake, and nothing was taken in
)

// Upload is a file that was sent to be taken in later.
type Upload struct {
	ID        string
	Kind      Kind
	File      string // its name, as who sent it calls it
	Bytes     int64
	ReadBytes int64 // of these, so far; on SQLite nobody can tell before the end
	State     UploadState
	intake.Taken
	Errors  []UploadError // the first of what is wrong
	More    int64         // how much more is wrong than listed
	At      time.Time     // when it came
	EndedAt time.Time     // zero: it has not
}

// UploadError says what is wrong with a row. Its value may be personal data.
type UploadError struct {
	Line   int               `json:"line"` // 0: the whole file
	Column string            `json:"column"`
	Value  string            `json:"value"`
	Code   string            `json:"code"`
	Text   map[string]string `json:"text"` // the reason, by language
}

// UploadArgs is the job that takes an upload in.
type UploadArgs struct {
	ID string `json:"id"`
}

// Kind names the job.
func (UploadArgs) Kind() string { return "take_upload" }

// uploadAttempts is how often it is tried to take an upload in.
const uploadAttempts = 5

// uploadPart is how many bytes of a file lie in a row.
const uploadPart = 512 << 10

// SendIn keeps a file within a transaction, for a job to take it in once that is
// committed, and returns the upload's id. What the file holds is not looked at.
func SendIn(ctx context.Context, tx *db.Tx, jobs event.Queue, now time.Time, actor audit.Actor, kind Kind, file Source) (string, error) {
	uploadID, hash := id.New("up", now), sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, file.Size)); err != nil {
		return "", err
	}
	_, err := tx.Exec(ctx, `
		insert into uploads (id, kind, file_name, sha256, bytes, read_bytes, by_kind, by_id, state, rows, added, changed, unchanged, errors, more, at)
		values ($1, $2, $3, $4, $5, 0, $6, $7, 'waiting', 0, 0, 0, 0, '[]', 0, $8)`,
		uploadID, string(kind), file.Name, hash.Sum(nil), file.Size, string(actor.Kind), actor.ID, now)
	if err != nil {
		return "", err
	}
	part := make([]byte, min(uploadPart, file.Size))
	for number, at := 0, int64(0); at < file.Size; number++ {
		n, err := file.ReadAt(part[:min(int64(len(part)), file.Size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if _, err := tx.Exec(ctx, `insert into upload_parts (upload_id, number, content) values ($1, $2, $3)`, uploadID, number, part[:n]); err != nil {
			return "", err
		}
		at += int64(n)
	}
	return uploadID, jobs.Insert(ctx, tx, UploadArgs{ID: uploadID}, &river.InsertOpts{MaxAttempts: uploadAttempts})
}

// ReadUpload returns what became of a file that the actor sent, or
// fault.NotFound where the actor sent none with the id.
func ReadUpload(ctx context.Context, r db.Reader, actor audit.Actor, uploadID string) (*Upload, error) {
	return readUpload(ctx, r, uploadID, ` and by_kind = $2 and by_id = $3`, string(actor.Kind), actor.ID)
}

func readUpload(ctx context.Context, r db.Reader, uploadID, also string, args ...any) (*Upload, error) {
	u := Upload{ID: uploadID}
	var kind, state, wrong string
	var at, ended db.Time
	err := r.QueryRow(ctx, `select kind, file_name, bytes, read_bytes, state, rows, added, changed, unchanged, errors, more, at, ended_at
		from uploads where id = $1`+also, append([]any{uploadID}, args...)...).
		Scan(&kind, &u.File, &u.Bytes, &u.ReadBytes, &state, &u.Rows, &u.Added, &u.Changed, &u.Unchanged, &wrong, &u.More, &at, &ended)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "api.upload_unknown")
	}
	if err != nil {
		return nil, err
	}
	u.Kind, u.State, u.At, u.EndedAt = Kind(kind), UploadState(state), at.Time, ended.Time
	if err := json.Unmarshal([]byte(wrong), &u.Errors); err != nil {
		return nil, fmt.Errorf("ingest: what is wrong with upload %s: %w", uploadID, err)
	}
	return &u, nil
}

// uploadsLast is for how long it is kept what became of an upload.
const uploadsLast = 30 * 24 * time.Hour

// ForgetUploads removes what was sent long ago, and returns how much there was.
func ForgetUploads(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from upload_parts where upload_id in (select id from uploads where at <= $1)`, now.Add(-uploadsLast))
		if err != nil {
			return err
		}
		n, err = tx.Exec(ctx, `delete from uploads where at <= $1`, now.Add(-uploadsLast))
		return err
	})
	return n, err
}
