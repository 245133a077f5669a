package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/web/i18n"
)

func importCommand() *cobra.Command {
	var lang, errorsFile string
	c := &cobra.Command{
		Use:   "import KIND FILE… | import DIR",
		Short: "Take files of the core system in, whole or not at all",
		Long: `Takes files in: those of one kind, or a folder of them, in one transaction. Where
a row is wrong nothing is changed, and every wrong row is named with its line,
column, value and reason. The same file again changes nothing.

Kinds: ` + kindNames() + `.

A file is CSV (UTF-8 or GB18030) or XLSX; plans are YAML. A folder has at most
one file of each kind, named after it. MINGBAI_DATABASE says where to.

Ends with 2 where the input is bad.`,
		Example: "  mingbai import testdata/sample\n  mingbai import deductions october.csv november.xlsx --errors wrong.csv",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, ignored, err := filesToImport(args)
			i := importRun{out: cmd.OutOrStdout(), said: cmd.ErrOrStderr(), words: language(lang), ignored: ignored}
			if err != nil {
				return i.refuse(err, errorsFile)
			}
			c, err := readConfig(nil)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(i.said, &slog.HandlerOptions{Level: slog.LevelError})) // a large import is slow, and that is no news
			d, err := openReady(cmd.Context(), c, log)
			if err != nil {
				return err
			}
			defer d.Close()
			// The files pass through memory and nothing of them stays: collecting
			// less often costs little memory and saves a fifth of the work.
			defer debug.SetGCPercent(debug.SetGCPercent(400))
			return i.refuse(i.run(cmd.Context(), d, files), errorsFile)
		},
	}
	c.Flags().StringVar(&lang, "lang", "", "language of what is said, zh-CN or en; otherwise that of $LANG")
	c.Flags().StringVar(&errorsFile, "errors", "", "CSV file to write wrong rows to, for a spreadsheet")
	return c
}

func kindNames() string {
	names := make([]string, len(ingest.Kinds))
	for i, k := range ingest.Kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// filesToImport returns the files that the arguments mean, and the names of
// those in the folder that belong to no kind.
func filesToImport(args []string) (files []ingest.File, ignored []string, err error) {
	if len(args) == 1 {
		info, err := os.Stat(args[0])
		switch {
		case errors.Is(err, fs.ErrNotExist) && slices.Contains(ingest.Kinds, ingest.Kind(args[0])):
			return nil, nil, exit{2, fmt.Errorf("which files of %s?", args[0])}
		case err != nil:
			return nil, nil, exit{2, err}
		case !info.IsDir():
			return nil, nil, exit{2, fmt.Errorf("%s is no folder: say what kind of file it is, one of %s", args[0], kindNames())}
		}
		return ingest.FilesIn(args[0])
	}
	kind := ingest.Kind(args[0])
	if !slices.Contains(ingest.Kinds, kind) {
		return nil, nil, exit{2, fmt.Errorf("%q is no kind of file: the kinds are %s", args[0], kindNames())}
	}
	for _, path := range args[1:] {
		if _, err := os.Stat(path); err != nil {
			return nil, nil, exit{2, err}
		}
		files = append(files, ingest.FileAt(kind, path))
	}
	return files, nil, nil
}

// importRun is one run of the command.
type importRun struct {
	out, said io.Writer
	words     *i18n.Printer
	ignored   []string
}

func (i importRun) run(ctx context.Context, d *db.DB, files []ingest.File) error {
	reading, progress, err := i.readingBar(files)
	if err != nil {
		return err
	}
	done, err := ingest.Import(ctx, d, clock.System{}, operatorHere(), files, ingest.Options{Progress: progress})
	_ = reading.Finish()
	if err != nil {
		return err
	}
	t := i.words.T
	for _, f := range done {
		fmt.Fprintln(i.out, t("import.done.file", "file", f.File, "rows", f.Rows, "added", f.Added, "changed", f.Changed, "unchanged", f.Unchanged))
		if f.EndsOpen {
			fmt.Fprintln(i.said, t("import.note.ends_open", "file", f.File))
		}
	}
	for _, name := range i.ignored {
		fmt.Fprintln(i.said, t("import.note.ignored", "file", name))
	}
	pending, err := deduction.CountPending(ctx, d)
	if err != nil || pending == 0 {
		return err
	}
	checking := i.bar(int64(pending), t("import.doing.checking"))
	judged, err := ingest.Judge(ctx, d, clock.System{}, func(n int) { _ = checking.Set(n) })
	if err != nil {
		return err
	}
	_ = checking.Finish()
	fmt.Fprintln(i.out, t("import.done.judged", "n", judged))
	return nil
}

// readingBar is a bar of how far the files are read, all of them together, and
// what to tell it by.
func (i importRun) readingBar(files []ingest.File) (*progressbar.ProgressBar, func(ingest.Progress) error, error) {
	total := int64(0)
	for _, f := range files {
		source, closeFile, err := f.Open()
		if err != nil {
			return nil, nil, err
		}
		total += source.Size
		if err := closeFile(); err != nil {
			return nil, nil, err
		}
	}
	bar := i.bar(max(total, 1), i.words.T("import.doing.reading"), progressbar.OptionShowBytes(true))
	earlier, last := int64(0), ingest.Progress{}
	return bar, func(p ingest.Progress) error {
		if p.File != last.File || p.Read < last.Read {
			earlier += last.Total
		}
		last = p
		return bar.Set64(min(earlier+p.Read, total))
	}, nil
}

// bar is a progress bar on a terminal, and nothing elsewhere.
func (i importRun) bar(total int64, what string, more ...progressbar.Option) *progressbar.ProgressBar {
	file, ok := i.said.(*os.File)
	visible := ok && term.IsTerminal(int(file.Fd()))
	return progressbar.NewOptions64(total, append([]progressbar.Option{
		progressbar.OptionSetWriter(i.said),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
	}, more...)...)
}

// refuse says what is wrong with the input, and ends the command with 2.
func (i importRun) refuse(err error, errorsFile string) error {
	refusal, ok := errors.AsType[*ingest.Refusal](err)
	if !ok {
		return err
	}
	refusal.Ignored = append(refusal.Ignored, i.ignored...)
	if err := refused(i.said, refusal, i.words); err != nil {
		return err
	}
	if errorsFile == "" {
		return exit{status: 2}
	}
	if err := writeErrors(errorsFile, refusal, i.words.T); err != nil {
		return exit{2, err}
	}
	fmt.Fprintln(i.said, i.words.T("import.errors.written", "file", errorsFile))
	return exit{status: 2}
}

func writeErrors(path string, refusal *ingest.Refusal, t ingest.Translate) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it quotes what may be personal data
	if err != nil {
		return err
	}
	return errors.Join(ingest.WriteErrorsCSV(file, refusal, t), file.Close())
}

// operatorHere is the account that runs the command.
func operatorHere() audit.Actor {
	name := "unknown"
	if account, err := user.Current(); err == nil {
		name = account.Username
	}
	return audit.Actor{Kind: audit.CLI, ID: name}
}
