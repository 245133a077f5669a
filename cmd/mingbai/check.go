package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/web/i18n"
)

// judgedWriters are the formats in which check answers.
var judgedWriters = map[string]func(io.Writer, []ingest.Judged) error{
	"table": ingest.WriteJudgedTable,
	"jsonl": ingest.WriteJudgedJSON,
	"csv":   ingest.WriteJudgedCSV,
}

func checkCommand() *cobra.Command {
	var format, lang string
	c := &cobra.Command{
		Use:   "check DIR",
		Short: "Judge the deductions of a folder of files",
		Long: `Replays the posted, authorised and refunded deductions of a folder of input
files, each against those before it, by what was disclosed and agreed. It needs
neither a server nor a database, and changes nothing.

Ends with 1 where a deduction is denied, and with 2 where the input is bad.`,
		Example: "  mingbai check testdata/sample\n  mingbai check testdata/sample --format jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := judgedWriters[format]
			if !ok {
				return exit{2, fmt.Errorf("--format is table, jsonl or csv, not %q", format)}
			}
			folder, err := ingest.ReadFolder(args[0], ingest.Options{})
			if err != nil {
				return exit{2, refused(cmd.ErrOrStderr(), err, language(lang))}
			}
			tell(cmd.ErrOrStderr(), folder.Notes(language(lang).T))
			judged, err := ingest.Check(folder)
			if err != nil {
				return exit{2, err}
			}
			if err := write(cmd.OutOrStdout(), judged); err != nil {
				return err
			}
			for _, j := range judged {
				if j.Decision == fee.Deny {
					return exit{status: 1}
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "table", "table, jsonl or csv")
	c.Flags().StringVar(&lang, "lang", "", "language of what is said of the input, zh-CN or en; otherwise that of $LANG")
	return c
}

// language returns the printer for a language tag, or for a locale as the shell
// has it, such as zh_CN.UTF-8. Billing engineers who say nothing get English.
func language(tag string) *i18n.Printer {
	if tag == "" {
		tag = os.Getenv("LANG")
	}
	if len(tag) >= 2 && tag[:2] == "zh" {
		return i18n.For(i18n.ZhCN)
	}
	return i18n.For(i18n.En)
}

// refused prints what is wrong with the input, row by row, and returns the rest
// of what there is to say: nothing for a refusal, which has said it all.
func refused(w io.Writer, err error, p *i18n.Printer) error {
	refusal, ok := errors.AsType[*ingest.Refusal](err)
	if !ok {
		return err
	}
	for i := range refusal.Errors {
		e := &refusal.Errors[i]
		fmt.Fprintf(w, "%s: %s\n", e.File, e.Sentence(p.T))
	}
	tell(w, refusal.Notes(p.T))
	fmt.Fprintln(w)
	tell(w, refusal.Summary(p.T))
	return nil
}

// tell prints a line each.
func tell(w io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}
