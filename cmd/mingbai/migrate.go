package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/db"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database's schema to what this program needs",
		Long:    "Applies what is missing of the schema to the database of MINGBAI_DATABASE, each\nstep in a transaction of its own. What is there stays; run it before each new\nversion of the program.",
		Example: "  MINGBAI_DATABASE=postgres://mingbai@localhost/mingbai mingbai migrate",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(nil)
			if err != nil {
				return err
			}
			d, err := db.Open(cmd.Context(), c.Database, db.Options{DirectURL: c.DirectURL, MaxConns: c.MaxConns})
			if err != nil {
				return err
			}
			defer d.Close()
			fmt.Fprintln(cmd.OutOrStdout(), "database", d.Name())
			applied, err := d.Migrate(cmd.Context())
			for _, name := range applied {
				fmt.Fprintln(cmd.OutOrStdout(), "applied", name)
			}
			if err == nil && len(applied) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "nothing to do")
			}
			return err
		},
	}
}
