package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/ingest"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// fileMedia are the media types of a file. What it is is told by its content.
var fileMedia = []string{mediaCSV, mediaXLSX, mediaYAML, mediaBytes, "text/plain", "application/x-yaml"}

type sendFile struct {
	Kind string `path:"kind" enum:"plans,merchants,terminals,enrolments,settlements,deductions,notices,usage" doc:"What the file holds." example:"deductions"`
	Name string `query:"name" maxLength:"200" doc:"The file's name, for the record." example:"deductions-2026-03-04.csv"`
}

// ImportAnswer says how far a file that was sent has come.
type ImportAnswer struct {
	ID        string             `json:"id"`
	Kind      ingest.Kind        `json:"kind"`
	State     ingest.UploadState `json:"state" enum:"waiting,working,done,refused,failed" doc:"done: taken in, whole. refused: rows of it are wrong, and nothing was taken in. failed: our mistake, and nothing was taken in."`
	Progress  string             `json:"progress_url" doc:"Where to ask how far it has come."`
	Bytes     int64              `json:"bytes"`
	ReadBytes int64              `json:"read_bytes" doc:"Of these, so far; on an embedded database 0 until the end."`
	Taken     *Taken             `json:"taken,omitempty" doc:"What became of its rows, once it is done."`
	Errors    []ImportFault      `json:"errors,omitempty" doc:"What is wrong, where it was refused: the first thousand."`
	More      int64              `json:"more_errors,omitempty" doc:"How much more is wrong than listed."`
	ReceiveAt time.Time          `json:"received_at"`
	EndedAt   *time.Time         `json:"ended_at,omitempty"`
}

// Location returns where to ask how far it has come.
func (i ImportAnswer) Location() string { return i.Progress }

// ImportFault says what is wrong with a row of a file.
type ImportFault struct {
	Line   int               `json:"line" doc:"Of the file, from 1; 0: the whole file."`
	Column string            `json:"column,omitempty"`
	Value  string            `json:"value,omitempty" doc:"As the file has it, shortened."`
	Code   string            `json:"code"`
	Text   map[string]string `json:"text" doc:"What is wrong, by language: zh-CN and en."`
}

func (a *API) registerImports() {
	Write(a, Operation{
		ID: "sendFile", Method: methodPost, Path: "/imports/{kind}", Scope: apikey.ImportsWrite, Group: GroupFiles, Status: http.StatusAccepted,
		Summary: "Send a file",
		Description: "Takes a file of the core system, CSV or XLSX, of plans YAML, in the body as it is, and answers where to ask what becomes of it: it is taken in behind the request, whole or not at all. " +
			"The columns are those of mingbai import, with amounts in yuan.",
		Body: a.Upload, streams: true, media: fileMedia,
		Example: Example{Path: "/imports/deductions", Media: mediaCSV, Body: `deduction_ref,sn,item,plan,amount,at,period_from,state,origin,sale_amount,settlement_ref,order_ref
D-20260304-0001,SN20010001,sim_data,sim-annual-36,36.00,2026-03-04T10:00:00+08:00,2026-03-03,posted,core,,,
`},
	}, func(ctx context.Context, tx *db.Tx, in *sendFile) (ImportAnswer, error) {
		call, kind := CallOf(ctx), ingest.Kind(in.Kind)
		if !slices.Contains(ingest.Kinds, kind) {
			return ImportAnswer{}, fault.New(fault.NotFound, "api.kind_unknown")
		}
		file := ingest.Source{Name: cmp.Or(in.Name, string(kind)), ReaderAt: call.file, Size: call.size}
		now := a.Clock.Now()
		id, err := ingest.SendIn(ctx, tx, a.Jobs, now, call.Actor(), kind, file)
		if err != nil {
			return ImportAnswer{}, err
		}
		return ImportAnswer{ID: id, Kind: kind, State: ingest.UploadWaiting, Progress: progressOf(id), Bytes: call.size, ReceiveAt: now}, nil
	})
	Read(a, Operation{
		ID: "getImport", Method: methodGet, Path: "/imports/{id}", Scope: apikey.ImportsWrite, Group: GroupFiles,
		Summary:     "Ask what became of a file",
		Description: "Says how far a file has come that was sent with this key, what became of its rows, and what is wrong with them. It is kept for 30 days.",
		Example:     Example{Path: "/imports/up_01kba0xv5q8m2n4p6r8t0w2y4z"},
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" doc:"As POST answered it." example:"up_01kba0xv5q8m2n4p6r8t0w2y4z"`
	}) (ImportAnswer, error) {
		u, err := ingest.ReadUpload(ctx, a.DB, CallOf(ctx).Actor(), in.ID)
		if err != nil {
			return ImportAnswer{}, err
		}
		return importAnswer(u), nil
	})
}

func progressOf(id string) string { return Prefix + "/imports/" + id }

func importAnswer(u *ingest.Upload) ImportAnswer {
	answer := ImportAnswer{
		ID: u.ID, Kind: u.Kind, State: u.State, Progress: progressOf(u.ID), Bytes: u.Bytes, ReadBytes: u.ReadBytes, More: u.More, ReceiveAt: u.At,
	}
	if u.State == ingest.UploadDone {
		taken := Taken(u.Taken)
		answer.Taken = &taken
	}
	if !u.EndedAt.IsZero() {
		answer.EndedAt = &u.EndedAt
	}
	for _, e := range u.Errors {
		answer.Errors = append(answer.Errors, ImportFault(e))
	}
	return answer
}
