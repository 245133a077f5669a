package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/handlers/anchor"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Prove that the record of who did what is whole",
		Long: `Works on the record of who did what, whose entries are sealed in a chain. The
heads of the chain are kept outside the database, at MINGBAI_AUDIT_HEAD_FILE and
where else is set. MINGBAI_DATABASE says which database.`,
		Example: "  mingbai audit verify\n  mingbai audit head",
	}
	c.AddCommand(auditVerifyCommand(), auditHeadCommand())
	return c
}

func auditVerifyCommand() *cobra.Command {
	var heads string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Work the record out again, and say where it was changed",
		Long: `Works every seal of the record out again from its entries, and compares the
chain with the heads that were kept outside the database, or with those of a file
of yours, one a line, as mingbai audit head prints them.

Each flaw is printed on a line: the number of the seal, and changed, missing,
added, broken (the seal does not follow from the one before) or cut (the chain
does not lead to a head that was kept). Ends with 1 where there are flaws, and with
2 where the record or the heads can't be read, or heads that were kept are missing.`,
		Example: "  mingbai audit verify\n  mingbai audit verify --head heads-from-the-safe.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, kept, err := verifyFrom(cmd.Context(), cmd, heads)
			if err != nil {
				return exit{2, err}
			}
			for _, f := range report.Findings {
				fmt.Fprintf(cmd.OutOrStdout(), "seal %d: %s\n", f.Seq, f.Flaw)
			}
			if !report.Sound() {
				return exit{1, fmt.Errorf("the record is not sound: %d flaws", len(report.Findings))}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "sound: %d entries in %d seals, compared with %d heads; %d not sealed yet\n",
				report.Entries, report.Seals, kept, report.Unsealed)
			return err
		},
	}
	c.Flags().StringVar(&heads, "head", "", "file with heads that were kept outside, in place of those that the settings name")
	return c
}

// verifyFrom verifies against the heads of a file, or of the places that are set.
func verifyFrom(ctx context.Context, cmd *cobra.Command, file string) (report audit.Report, kept int, err error) {
	err = onRecord(ctx, cmd, func(c config, d *db.DB) error {
		if file == "" {
			if err := needs(c.headFaults()...); err != nil {
				return err
			}
			places, err := c.anchors()
			if err != nil {
				return err
			}
			report, kept, err = anchor.Verify(ctx, d, places)
			return err
		}
		heads, err := anchor.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no file %s", file)
		}
		if err != nil {
			return err
		}
		kept = len(heads)
		report, err = audit.Verify(ctx, d, heads...)
		return err
	})
	return report, kept, err
}

func auditHeadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "head",
		Short: "Print the head of the record's chain",
		Long: `Prints the number and the hash of the last seal. Kept where nobody who has the
database reaches, it proves later that nothing before it was changed:
mingbai audit verify --head FILE.`,
		Example: "  mingbai audit head >> heads-from-the-safe.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var head audit.Head
			err := onRecord(cmd.Context(), cmd, func(_ config, d *db.DB) (err error) {
				head, _, err = audit.ReadHead(cmd.Context(), d)
				return err
			})
			if err != nil {
				return exit{2, err}
			}
			if head.Seq == 0 {
				return exit{2, errors.New("nothing is sealed yet: the first entries are when they are a quarter of an hour old")}
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), head)
			return err
		},
	}
}

// onRecord runs a command on the configured database.
func onRecord(ctx context.Context, cmd *cobra.Command, run func(c config, d *db.DB) error) error {
	c, err := readConfig(nil)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := openReady(ctx, c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	return run(c, d)
}
