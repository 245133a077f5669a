package main

import "github.com/spf13/cobra"

// root returns the command with all its subcommands, one file each.
func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "mingbai",
		Short: "Every fee on every POS terminal, in plain words",
		Long: `Mingbai is the self-service portal that a payment acquirer gives its POS
merchants. It shows every fee on every terminal in plain words, tells merchants
before money is taken, and judges each deduction by what was disclosed, agreed
and announced.

Start with: mingbai demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.AddCommand(
		demoCommand(), serveCommand(), workerCommand(), migrateCommand(),
		importCommand(), checkCommand(), simulateCommand(), staffCommand(), keyCommand(), auditCommand(), evidenceCommand(), benchCommand(),
	)
	return c
}
