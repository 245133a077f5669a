package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

func keyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Let other systems in, and shut them out",
		Long: `Looks after the keys that other systems show the API. They can also be made at
/admin/keys. MINGBAI_DATABASE says where.`,
		Example: "  mingbai key add core --scope merchants:write --scope terminals:write\n  mingbai key list",
	}
	c.AddCommand(keyAddCommand(), keyListCommand(), keyRotateCommand(), keyRevokeCommand())
	return c
}

func keyAddCommand() *cobra.Command {
	var scopes, networks []string
	var perMinute int
	c := &cobra.Command{
		Use:   "add NAME --scope SCOPE…",
		Short: "Make a key, and print it this once",
		Long: `Makes a key for the system with the name, and prints it. It can't be printed
again.

Scopes, of which all gives every one there is now: ` + scopeNames() + `.`,
		Example: "  mingbai key add core --scope all --network 10.1.2.0/24 --per-minute 120000\n  mingbai key add sim --scope usage:write",
		Args:    cobra.ExactArgs(1),
		RunE: withKeys(func(cmd *cobra.Command, d *db.DB, args []string) error {
			id, secret, err := apikey.Add(cmd.Context(), d, clock.System{}.Now(), keysBy(), apikey.NewKey{
				Name: args[0], Scopes: scopesNamed(scopes), Networks: networks, PerMinute: perMinute,
			})
			if err != nil {
				return err
			}
			return printKey(cmd, id, secret)
		}),
	}
	c.Flags().StringSliceVar(&scopes, "scope", nil, "what it may do; may be given several times")
	c.Flags().StringSliceVar(&networks, "network", nil, "address or network that it may be used from; may be given several times, otherwise anywhere")
	c.Flags().IntVar(&perMinute, "per-minute", apikey.DefaultPerMinute, "requests that it may make of one server in a minute")
	return c
}

func keyListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the keys",
		Long:    "Lists the keys, the newest first, with what they may do and when they were used\nlast.",
		Example: "  mingbai key list",
		Args:    cobra.NoArgs,
		RunE: withKeys(func(cmd *cobra.Command, d *db.DB, _ []string) error {
			const most = 100
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tNAME\tSCOPES\tA MINUTE\tSTATE\tLAST USED")
			for after, more := "", true; more; {
				var keys []apikey.Key
				var err error
				if keys, more, err = apikey.List(cmd.Context(), d, clock.System{}.Now(), after, most); err != nil {
					return err
				}
				for i := range keys {
					k := &keys[i]
					fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", k.ID, k.Name, joinedScopes(k.Scopes), k.PerMinute, keyState(k), lastUsed(k))
					after = k.ID
				}
			}
			return w.Flush()
		}),
	}
}

func keyRotateCommand() *cobra.Command {
	var overlap time.Duration
	c := &cobra.Command{
		Use:   "rotate ID",
		Short: "Replace a key, and print the next one this once",
		Long: `Gives the system another key with the same scopes and prints it. The one before
counts for as long as the two overlap, 30 days at most; any older one ends.`,
		Example: "  mingbai key rotate k_01kba0xv5q8m2n4p6r8t0w2y4z --overlap 1h",
		Args:    cobra.ExactArgs(1),
		RunE: withKeys(func(cmd *cobra.Command, d *db.DB, args []string) error {
			secret, err := apikey.Rotate(cmd.Context(), d, clock.System{}.Now(), keysBy(), args[0], overlap)
			if err != nil {
				return err
			}
			return printKey(cmd, args[0], secret)
		}),
	}
	c.Flags().DurationVar(&overlap, "overlap", 24*time.Hour, "for how long both count; 0 ends the one before at once")
	return c
}

func keyRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a key at once",
		Long:    "Ends a key: nobody is let in by it from the next request on. That can't be undone.",
		Example: "  mingbai key revoke k_01kba0xv5q8m2n4p6r8t0w2y4z",
		Args:    cobra.ExactArgs(1),
		RunE: withKeys(func(cmd *cobra.Command, d *db.DB, args []string) error {
			if err := apikey.Revoke(cmd.Context(), d, clock.System{}.Now(), keysBy(), args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is revoked.\n", args[0])
			return err
		}),
	}
}

// withKeys runs a command on the configured database, and says in words what the
// domain refuses.
func withKeys(run func(cmd *cobra.Command, d *db.DB, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := readConfig(nil)
		if err != nil {
			return err
		}
		return runOnKeys(cmd.Context(), c, cmd, func(d *db.DB) error { return run(cmd, d, args) })
	}
}

func runOnKeys(ctx context.Context, c config, cmd *cobra.Command, run func(d *db.DB) error) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := openReady(ctx, c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	return inWords(run(d))
}

// keysBy is who makes keys from the command line.
func keysBy() apikey.By {
	who := operatorHere()
	return apikey.By{Actor: who, Name: who.ID}
}

func printKey(cmd *cobra.Command, id, secret string) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "The key %s is shown this once:\n\n    %s\n\nIt is sent with each request: Authorization: Bearer mbk_…\n", id, secret)
	return err
}

// everyScope stands for all scopes there are.
const everyScope = "all"

func scopesNamed(names []string) (scopes []apikey.Scope) {
	for _, name := range names {
		if name == everyScope {
			return apikey.Scopes
		}
		scopes = append(scopes, apikey.Scope(strings.TrimSpace(name)))
	}
	return scopes
}

func scopeNames() string {
	names := make([]string, len(apikey.Scopes))
	for i, s := range apikey.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func joinedScopes(scopes []apikey.Scope) string {
	if len(scopes) == len(apikey.Scopes) {
		return everyScope
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ",")
}

func keyState(k *apikey.Key) string {
	switch {
	case k.Revoked():
		return "revoked"
	case len(k.Secrets) > 1:
		return "two count"
	}
	return "in use"
}

func lastUsed(k *apikey.Key) string {
	if k.LastUsedAt.IsZero() {
		return "never"
	}
	return k.LastUsedAt.Format(time.DateTime) + " UTC"
}
