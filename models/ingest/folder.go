package ingest

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Folder is what a folder of files says, held in memory: everything that a
// check of its deductions needs. Settlements, notices and usage are read and
// compared with the rest, and not kept.
type Folder struct {
	Disclosures []Disclosure
	Merchants   []Merchant
	Terminals   []Terminal
	Enrolled    []Enrolled
	Deductions  []Deduction // in the file's order, with the plan filled in where the file leaves it out
	Stats       map[Kind]Stats
	Names       map[Kind]string // of the files that were read
	Ignored     []string        // names of files that look like input and belong to no kind
}

// Enrolled is a terminal's enrolment in a plan, with all acceptances of its
// versions.
type Enrolled struct {
	SN, Plan    string
	AnchorOn    date.Date
	CancelledOn date.Date
	Accepted    []fee.Acceptance
}

// ReadFolder reads the files of a folder that are there, in the order of Kinds,
// and compares them with each other. A file that others refer to must be there
// with them. It returns a *Refusal where anything is wrong, and any other error
// where the disk failed.
func ReadFolder(dir string, o Options) (*Folder, error) {
	r := &folderReader{
		options:     o,
		found:       newFaults(o),
		folder:      &Folder{Stats: map[Kind]Stats{}, Names: map[Kind]string{}},
		plans:       map[string]*Plan{},
		merchants:   map[string]int{},
		terminals:   map[string]int{},
		enrolled:    map[terminalPlan]int{},
		byItem:      map[terminalItem][]string{},
		settlements: map[string]claim{},
		deductions:  map[string]int{},
		notices:     map[noticeKey]noticed{},
		doubtful:    map[Kind]bool{},
		seed:        maphash.MakeSeed(),
	}
	err := r.findFiles(dir)
	if err == nil {
		err = r.readAll()
	}
	if err == nil {
		err = r.refusal()
	}
	if err != nil {
		return nil, err
	}
	return r.folder, nil
}

// refusal returns a *Refusal where anything is wrong.
func (r *folderReader) refusal() error {
	err := r.found.err()
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		refusal.Ignored = r.folder.Ignored
	}
	return err
}

// endings are the files that can be read, by the ending of their name.
var endings = map[bool][]string{
	true:  {".yaml", ".yml"}, // plans
	false: {".csv", ".xlsx"},
}

// inputEndings are those of files that somebody may have meant to be read.
var inputEndings = []string{".csv", ".tsv", ".xlsx", ".xls", ".yaml", ".yml"}

// findFiles finds the one file of each kind.
func (r *folderReader) findFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	r.files = map[Kind]string{}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		ending := strings.ToLower(filepath.Ext(e.Name()))
		kind := Kind(strings.ToLower(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))))
		if !slices.Contains(Kinds, kind) || !slices.Contains(endings[kind == KindPlans], ending) {
			if slices.Contains(inputEndings, ending) {
				r.folder.Ignored = append(r.folder.Ignored, e.Name())
			}
			continue
		}
		if other, ok := r.files[kind]; ok {
			r.found.add(RowError{e.Name(), intake.Problem{Key: "import.folder.two_files", Args: []any{"other", filepath.Base(other)}}})
			continue
		}
		r.files[kind] = filepath.Join(dir, e.Name())
	}
	if len(r.files) == 0 {
		r.found.add(RowError{dir, intake.Problem{Key: "import.folder.empty"}})
	}
	return nil
}

func (r *folderReader) readAll() error {
	for _, kind := range Kinds {
		path, ok := r.files[kind]
		if !ok {
			continue
		}
		before := r.found.count()
		stats, err := r.readFile(kind, path)
		if err != nil {
			return fmt.Errorf("ingest: %s: %w", filepath.Base(path), err)
		}
		r.folder.Stats[kind], r.folder.Names[kind] = stats, filepath.Base(path)
		if !stats.whole || kind == KindPlans && r.found.count() > before {
			r.doubtful[kind] = true
		}
	}
	return nil
}

func (r *folderReader) readFile(kind Kind, path string) (stats Stats, err error) {
	src, done, err := openFile(path)
	if err != nil {
		return Stats{}, err
	}
	defer func() { err = errors.Join(err, done()) }()
	switch kind {
	case KindPlans:
		return r.readPlans(src)
	case KindMerchants:
		return Merchants.read(src, r.options, r.found, r.row(src).merchant)
	case KindTerminals:
		stats, err = Terminals.read(src, r.options, r.found, r.row(src).terminal)
		r.checkReplaced(src)
		return stats, err
	case KindEnrolments:
		return Enrolments.read(src, r.options, r.found, r.row(src).enrolment)
	case KindSettlements:
		return Settlements.read(src, r.options, r.found, r.row(src).settlement)
	case KindDeductions:
		return Deductions.read(src, r.options, r.found, r.row(src).deduction)
	case KindNotices:
		return Notices.read(src, r.options, r.found, r.row(src).notice)
	default:
		return UsageDays.read(src, r.options, r.found, r.row(src).usage)
	}
}

// openFile opens a file as a Source; done closes it.
func openFile(path string) (src Source, done func() error, err error) {
	file, err := os.Open(path)
	if err != nil {
		return Source{}, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return Source{}, nil, errors.Join(err, file.Close())
	}
	return Source{Name: filepath.Base(path), ReaderAt: file, Size: info.Size()}, file.Close, nil
}

func (r *folderReader) readPlans(src Source) (Stats, error) {
	disclosures, err := readPlans(src, r.options, r.found)
	if err != nil {
		return Stats{}, err
	}
	r.folder.Disclosures = disclosures
	stats := Stats{whole: true}
	for i := range disclosures {
		for j := range disclosures[i].Plans {
			p := &disclosures[i].Plans[j]
			r.plans[p.Code] = p
			stats.Rows++
		}
	}
	return stats, nil
}

// Notes returns what is allowed and yet may be a slip, a sentence each: a file
// whose name was misspelt, or one that may have been cut off inside its last
// cell.
func (f *Folder) Notes(t Translate) []string {
	notes := ignored(f.Ignored, t)
	for _, kind := range Kinds {
		if f.Stats[kind].EndsOpen {
			notes = append(notes, t("import.note.ends_open", "file", f.Names[kind]))
		}
	}
	return notes
}
