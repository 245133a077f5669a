package complaint

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/staff"
)

// Upload is a file as it was handed over.
type Upload struct {
	Name    string
	Content []byte // more than file.MaxBytes is refused: who reads it may stop there
}

// File is a file of a case.
type File struct {
	ID    string
	Name  string // safe to show and to save under
	Type  string // file.JPEG, file.PNG or file.PDF
	Bytes int64
	At    time.Time
	By    string // name of who added it
}

// stored is a file whose content lies in the store.
type stored struct {
	id    string
	bytes int64
	file.File
}

// store takes files in and puts their contents into the store. It returns
// fault.Invalid for the field "files", naming the file that can't be taken, and
// before it looks at any what may returns: drawing pictures is work, and done for
// those alone who may add them where there is room.
func (c *Cases) store(ctx context.Context, at time.Time, uploads []Upload, may func() error) ([]stored, error) {
	if len(uploads) == 0 {
		return nil, nil
	}
	if len(uploads) > MaxFiles {
		return nil, wrongField("files", "case.files_many", "n", MaxFiles)
	}
	if err := may(); err != nil {
		return nil, err
	}
	all := make([]stored, len(uploads))
	for i, u := range uploads {
		f, err := file.Take(ctx, u.Name, u.Content)
		if err != nil {
			return nil, wrongFile(err, u.Name)
		}
		all[i] = stored{id.New("cf", at), int64(len(f.Content)), f}
	}
	for i, f := range all {
		if err := c.files.Put(ctx, f.id, f.Content); err != nil {
			return nil, errors.Join(err, c.unstore(ctx, all[:i]))
		}
	}
	return all, nil
}

func wrongFile(err error, name string) error {
	key := ""
	switch {
	case errors.Is(err, file.ErrEmpty):
		key = "case.file_empty"
	case errors.Is(err, file.ErrLarge):
		key = "case.file_large"
	case errors.Is(err, file.ErrVast):
		key = "case.file_vast"
	case errors.Is(err, file.ErrKind):
		key = "case.file_kind"
	case errors.Is(err, file.ErrDamaged):
		key = "case.file_damaged"
	default:
		return err
	}
	return wrongField("files", key, "name", name)
}

// unstore forgets contents that nothing leads to.
func (c *Cases) unstore(ctx context.Context, all []stored) error {
	var errs []error
	for _, f := range all {
		errs = append(errs, c.files.Remove(context.WithoutCancel(ctx), f.id))
	}
	return errors.Join(errs...)
}

// withFiles takes files in around a transaction, which reports whether it has
// kept them, unless may says that they may not come.
func (c *Cases) withFiles(ctx context.Context, at time.Time, uploads []Upload, may func() error, write func(all []stored) (kept bool, err error)) error {
	all, err := c.store(ctx, at, uploads, may)
	if err != nil {
		return err
	}
	kept, err := write(all)
	if !kept || err != nil {
		err = errors.Join(err, c.unstore(ctx, all))
	}
	return err
}

func (h *head) addFiles(ctx context.Context, tx *db.Tx, at time.Time, by person, all []stored) error {
	if len(all) == 0 {
		return nil
	}
	if err := h.room(ctx, tx, len(all)); err != nil {
		return err
	}
	for _, f := range all {
		_, err := tx.Exec(ctx, `insert into case_files (id, case_id, merchant_id, name, type, bytes, sum, at, by_id, by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.id, h.id, h.merchantID, f.Name, f.Type, f.bytes, f.Sum[:], at, by.actor.ID, by.name)
		if err != nil {
			return err
		}
	}
	return nil
}

// room returns fault.Invalid for the field "files" where a case has none for so
// many more.
func (h *head) room(ctx context.Context, r db.Reader, files int) error {
	var n int
	err := r.QueryRow(ctx, `select count(*) from case_files where merchant_id = $1 and case_id = $2`, h.merchantID, h.id).Scan(&n)
	if err == nil && n+files > MaxCaseFiles {
		err = wrongField("files", "case.files_full", "n", MaxCaseFiles)
	}
	return err
}

// mayTake says before files are taken in whether somebody of the merchant's may
// add so many with these words. What was said a moment ago already came with its
// files, and is let through to be known for what it is.
func (h *head) mayTake(ctx context.Context, r db.Reader, at time.Time, by person, words string, files int) error {
	if err := h.mustHear(); err != nil {
		return err
	}
	if words != "" {
		if said, err := h.justSaid(ctx, r, at, by, message, words); err != nil || said {
			return err
		}
	}
	return h.room(ctx, r, files)
}

// hasFiles reports whether the case has all of the files already.
func (h *head) hasFiles(ctx context.Context, r db.Reader, all []stored) (has bool, err error) {
	for _, f := range all {
		err := r.QueryRow(ctx, `select count(*) > 0 from case_files where merchant_id = $1 and case_id = $2 and sum = $3`, h.merchantID, h.id, f.Sum[:]).Scan(&has)
		if err != nil || !has {
			return false, err
		}
	}
	return true, nil
}

// AddFiles adds files to a case of the merchant whose account is open. It returns
// fault.Invalid for the field "files", fault.Conflict where the case has ended,
// and fault.NotFound.
func (c *Cases) AddFiles(ctx context.Context, who account.Who, number string, uploads []Upload) error {
	if len(uploads) == 0 {
		return wrongField("files", "case.files_missing")
	}
	return c.write(ctx, who, number, "", uploads)
}

// OpenFile returns a file of a case of the merchant whose account is open, or
// fault.NotFound.
func (c *Cases) OpenFile(ctx context.Context, who account.Who, number, fileID string) (File, []byte, error) {
	if err := account.May(ctx, c.d, who, account.SeeComplaints); err != nil {
		return File{}, nil, err
	}
	return c.openFile(ctx, who.MerchantID, number, fileID)
}

// StaffOpenFile returns a file of a case to staff, which is recorded.
func (c *Cases) StaffOpenFile(ctx context.Context, by staff.Actor, number, fileID string) (f File, content []byte, err error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return File{}, nil, err
	}
	if f, content, err = c.openFile(ctx, 0, number, fileID); err != nil {
		return File{}, nil, err
	}
	return f, content, c.d.Write(ctx, func(tx *db.Tx) error {
		h, err := readHead(ctx, tx, `c.number = $1`, number)
		if err != nil {
			return err
		}
		return h.record(ctx, tx, c.clock.Now(), ofStaff(by), "open_file", map[string]any{"file": fileID})
	})
}

func (c *Cases) openFile(ctx context.Context, merchantID int64, number, fileID string) (f File, content []byte, err error) {
	var at db.Time
	err = c.d.QueryRow(ctx, `
		select f.id, f.name, f.type, f.bytes, f.at, f.by_name from case_files f join cases c on c.id = f.case_id and c.merchant_id = f.merchant_id
		where c.number = $1 and f.id = $2 and ($3 = 0 or c.merchant_id = $3)`, number, fileID, merchantID).Scan(&f.ID, &f.Name, &f.Type, &f.Bytes, &at, &f.By)
	if db.NotFound(err) {
		return f, nil, fault.New(fault.NotFound, "case.file_not_found")
	}
	if err != nil {
		return f, nil, err
	}
	f.At = at.Time
	content, err = c.files.Get(ctx, f.ID)
	if errors.Is(err, file.ErrNotFound) {
		err = fault.Wrap(err, fault.Unavailable, "case.file_lost")
	}
	return f, content, err
}
