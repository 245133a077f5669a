package complaint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// SaveDraftWithGoodFiles is SaveDraft, but of several files those that can be taken
// are kept where others can't: who chose them all at once need not look for them
// again. Where any is refused it returns fault.Invalid with each of those for the
// field "files", and says of the whole which were kept.
func (c *Cases) SaveDraftWithGoodFiles(ctx context.Context, who account.Who, s Subject, ref string, content json.RawMessage, uploads []Upload) error {
	err := c.SaveDraft(ctx, who, s, ref, content, uploads)
	if refused := refusedFiles(err); len(uploads) < 2 || len(uploads) > MaxFiles || len(refused) == 0 {
		return err
	}
	whole := &fault.Error{Kind: fault.Invalid}
	var kept []string
	for i := range uploads {
		err := c.SaveDraft(ctx, who, s, ref, content, uploads[i:i+1])
		refused := refusedFiles(err)
		switch {
		case len(refused) > 0 && slices.ContainsFunc(whole.Fields, func(f fault.Field) bool { return reflect.DeepEqual(f, refused[0]) }):
			// there is no room for this one either
		case len(refused) > 0:
			whole.Fields = append(whole.Fields, refused...)
		case err != nil:
			return err
		default:
			kept = append(kept, "“"+uploads[i].Name+"”")
		}
	}
	if len(whole.Fields) == 0 {
		return nil
	}
	if len(kept) > 0 {
		whole.Key, whole.Args = "case.files_kept", []any{"names", strings.Join(kept, " ")}
	}
	return whole
}

// refusedFiles returns what an error says of files; nothing where it says nothing
// of them.
func refusedFiles(err error) []fault.Field {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind != fault.Invalid || slices.ContainsFunc(f.Fields, func(one fault.Field) bool { return one.Name != "files" }) {
		return nil
	}
	return f.Fields
}

// addDraftFiles adds files to a draft. Those that it has already, by their
// content, are returned: a form that is sent twice adds them once.
func addDraftFiles(ctx context.Context, tx *db.Tx, at time.Time, who account.Who, s Subject, ref string, all []stored) (known []stored, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	has, err := draftFiles(ctx, tx, who, s, ref)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if slices.ContainsFunc(has, func(h stored) bool { return bytes.Equal(h.Sum[:], f.Sum[:]) }) {
			known = append(known, f)
			continue
		}
		has = append(has, f)
		if len(has) > MaxFiles {
			return nil, wrongField("files", "case.files_full", "n", MaxFiles)
		}
		_, err := tx.Exec(ctx, `
			insert into case_draft_files (id, merchant_id, user_id, subject, subject_ref, name, type, bytes, sum, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.id, who.MerchantID, who.UserID, string(s), ref, f.Name, f.Type, f.bytes, f.Sum[:], at)
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// draftFiles reads the files of a draft, without their contents.
func draftFiles(ctx context.Context, r db.Reader, who account.Who, s Subject, ref string) ([]stored, error) {
	return scanStored(ctx, r, `
		select id, name, type, bytes, sum from case_draft_files where merchant_id = $1 and user_id = $2 and subject = $3 and subject_ref = $4 order by at, id`,
		who.MerchantID, who.UserID, string(s), ref)
}

func scanStored(ctx context.Context, r db.Reader, query string, args ...any) (all []stored, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f stored
			var sum []byte
			err := rows.Scan(&f.id, &f.Name, &f.Type, &f.bytes, &sum)
			copy(f.Sum[:], sum)
			all = append(all, f)
			return err
		})
	}, query, args...)
	return all, err
}

// RemoveDraftFile takes a file out of a draft of who added it. It returns
// fault.NotFound.
func (c *Cases) RemoveDraftFile(ctx context.Context, who account.Who, fileID string) error {
	err := c.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `delete from case_draft_files where id = $1 and merchant_id = $2 and user_id = $3`, fileID, who.MerchantID, who.UserID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "case.file_not_found")
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.unstore(ctx, []stored{{id: fileID}})
}
