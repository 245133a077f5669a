package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/evidence"
)

func evidenceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "evidence",
		Short:   "Check packs of evidence",
		Long:    "Works on packs of evidence as they are taken at /admin/evidence and beside each\ndisclosure. It needs neither a server nor a database.",
		Example: "  mingbai evidence verify evidence-case-9f86d081.zip",
	}
	c.AddCommand(&cobra.Command{
		Use:   "verify PACK.zip",
		Short: "Compare every file of a pack with its manifest",
		Long: `Compares every file of a pack with its manifest, and prints the manifest's own
hash: the record says the same of the pack where nobody touched it.

Ends with 1 where files differ, one a line, and with 2 where it is no pack.`,
		Example: "  mingbai evidence verify evidence-case-9f86d081.zip",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return exit{2, err}
			}
			defer func() { _ = f.Close() }() // it was only read
			info, err := f.Stat()
			if err != nil {
				return exit{2, err}
			}
			m, hash, wrong, err := evidence.Check(f, info.Size())
			if err != nil {
				return exit{2, fmt.Errorf("%s: %w", args[0], err)}
			}
			for _, line := range wrong {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			if len(wrong) > 0 {
				return exit{1, fmt.Errorf("the pack is not what its manifest says: %d differences", len(wrong))}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "whole: %d files, manifest %s\n", len(m.Files), hash)
			return err
		},
	})
	return c
}
