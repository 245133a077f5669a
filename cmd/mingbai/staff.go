package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

func staffCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "staff",
		Short: "Add the acquirer's own people, and let them in again",
		Long: `Looks after those who sign in at /admin. The first operator is added here; later
ones may be added there. MINGBAI_DATABASE says where.`,
		Example: "  mingbai staff add lin@example.com --name Lin --role operator\n  mingbai staff list",
	}
	c.AddCommand(staffAddCommand(), staffListCommand(), staffRolesCommand(), staffResetCommand())
	return c
}

func staffAddCommand() *cobra.Command {
	var roles []string
	var name string
	c := &cobra.Command{
		Use:     "add LOGIN --role ROLE…",
		Short:   "Add someone, and print the password to give them",
		Long:    "Adds someone who signs in with LOGIN, an e-mail address or a name, and prints a\npassword that serves until they have set their own, three days at most.\n\nRoles: " + roleNames() + ".",
		Example: "  mingbai staff add lin@example.com --name Lin --role operator\n  mingbai staff add wu --role compliance --role auditor",
		Args:    cobra.ExactArgs(1),
		RunE: withPeople(func(cmd *cobra.Command, people *staff.People, args []string) error {
			_, given, err := people.Add(cmd.Context(), here(), staff.Newcomer{Login: args[0], Name: name, Roles: rolesNamed(roles)})
			if err != nil {
				return err
			}
			return printGiven(cmd, args[0], given)
		}),
	}
	c.Flags().StringArrayVar(&roles, "role", nil, "what they do; may be given several times")
	c.Flags().StringVar(&name, "name", "", "what others see; otherwise LOGIN")
	return c
}

func staffListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the staff",
		Long:    "Lists who may sign in at /admin, with what they do and how far they have set it\nup.",
		Example: "  mingbai staff list",
		Args:    cobra.NoArgs,
		RunE: withPeople(func(cmd *cobra.Command, people *staff.People, _ []string) error {
			const most = 100
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "LOGIN\tNAME\tROLES\tSTATE")
			for after, more := "", true; more; {
				var all []staff.Colleague
				var err error
				if all, more, err = people.List(cmd.Context(), after, most); err != nil {
					return err
				}
				for i := range all {
					u := &all[i]
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Login, u.Name, joined(u.Roles), stateOf(u))
					after = u.Login
				}
			}
			return w.Flush()
		}),
	}
}

func staffRolesCommand() *cobra.Command {
	var roles []string
	c := &cobra.Command{
		Use:     "roles LOGIN --role ROLE…",
		Short:   "Give someone these roles and no others",
		Long:    "Gives someone the roles named and takes all others away, from their next request on.\n\nRoles: " + roleNames() + ".",
		Example: "  mingbai staff roles wu --role lead",
		Args:    cobra.ExactArgs(1),
		RunE: withPeople(func(cmd *cobra.Command, people *staff.People, args []string) error {
			u, err := people.FindLogin(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := people.SetRoles(cmd.Context(), here(), u.ID, rolesNamed(roles)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is now: %s\n", u.Login, strings.Join(roles, ", "))
			return err
		}),
	}
	c.Flags().StringArrayVar(&roles, "role", nil, "what they do; may be given several times")
	return c
}

func staffResetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reset LOGIN",
		Short: "Let someone begin anew who can't sign in",
		Long: `Takes someone's password, second factors and recovery codes away, signs them out
everywhere, and prints a password with which they set up all of it again.`,
		Example: "  mingbai staff reset lin@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: withPeople(func(cmd *cobra.Command, people *staff.People, args []string) error {
			u, err := people.FindLogin(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			given, err := people.Reset(cmd.Context(), here(), u.ID)
			if err != nil {
				return err
			}
			return printGiven(cmd, u.Login, given)
		}),
	}
}

// here is who names the staff from the command line.
func here() staff.Manager { return staff.AtCommandLine(operatorHere()) }

// withPeople runs a command on the staff of the configured database, and says in
// words what the domain refuses.
func withPeople(run func(cmd *cobra.Command, people *staff.People, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := readConfig(nil)
		if err != nil {
			return err
		}
		return runOnStaff(cmd, c, func(people *staff.People) error { return run(cmd, people, args) })
	}
}

func runOnStaff(cmd *cobra.Command, c config, run func(people *staff.People) error) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := openReady(cmd.Context(), c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	if c.Secret == "" {
		c.Secret = strings.Repeat("-", 32) // nothing here is kept with what is derived from it
	}
	people, err := newPeople(c, d, clock.System{})
	if err != nil {
		return err
	}
	return inWords(run(people))
}

// inWords says what the domain refuses in English, for a terminal.
func inWords(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	p := i18n.For(i18n.En)
	if len(f.Fields) > 0 {
		return exit{2, fmt.Errorf("%s", p.T(f.Fields[0].Key, f.Fields[0].Args...))}
	}
	if f.Key != "" {
		return exit{2, fmt.Errorf("%s", p.T(f.Key, f.Args...))}
	}
	return err
}

func printGiven(cmd *cobra.Command, login, given string) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s signs in at /admin/login with this password, once, within three days:\n\n    %s\n\nIt is shown this once.\n", login, given)
	return err
}

func rolesNamed(names []string) (roles []staff.Role) {
	for _, name := range names {
		for one := range strings.SplitSeq(name, ",") {
			roles = append(roles, staff.Role(strings.TrimSpace(one)))
		}
	}
	return roles
}

func roleNames() string { return joined(slices.Clone(staff.AllRoles[:])) }

func joined(roles []staff.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// stateOf says in a word or two whether someone can sign in.
func stateOf(u *staff.Colleague) string {
	switch {
	case !u.DisabledAt.IsZero():
		return "disabled"
	case u.Expired(clock.System{}.Now()):
		return "one-time password expired"
	case !u.GivenUntil.IsZero(), !u.HasFactor:
		return "not set up"
	}
	return "ready"
}
