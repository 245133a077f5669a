package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mingbai/mingbai/migrations"
	dbcluster "github.com/mingbai/mingbai/models/db/cluster"
)

// number makes the names of databases differ within this process.
var number atomic.Int64

// PostgresURL returns the address of a new database in the tests' cluster; it
// goes with the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(c *cluster) (string, error) { return "template " + c.template, nil })
}

// EmptyPostgresURL is PostgresURL for a database that is not migrated.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(*cluster) (string, error) { return fromNothing, nil })
}

// fromNothing says how a database is made. The locale is one that knows
// Chinese letters wherever the tests run.
const fromNothing = "template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"

func newDatabase(t testing.TB, how func(*cluster) (string, error)) string {
	t.Helper()
	c, err := postgres()
	if err != nil {
		t.Fatalf("no PostgreSQL to test on: %v", err)
	}
	from, err := how(c)
	if err != nil {
		t.Fatalf("making the test's database: %v", err)
	}
	name := nextName()
	if err := c.exec(context.Background(), fmt.Sprintf("create database %s %s", name, from)); err != nil {
		t.Fatalf("making the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec(context.Background(), fmt.Sprintf("drop database %s with (force)", name)); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return c.url(name)
}

// AddressVariable names the environment variable with the address of a server
// that tests use instead of one of their own.
const AddressVariable = "TEST_DATABASE_URL"

// nextName is a name that no other database has.
func nextName() string { return fmt.Sprintf("mingbai_test_%d_%d", os.Getpid(), number.Add(1)) }

// forgetful are the settings of a server of which nothing outlives the tests.
var forgetful = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=400", "autovacuum=off", "max_wal_size=1GB",
}

// Start starts a server for tests, which ends with this process, and returns its
// address. Its files lie in memory where there is room: most of what it does is to
// make and delete those of a thousand databases, which takes a disk five times as
// long.
func Start(ctx context.Context) (string, error) {
	return dbcluster.Start(ctx, inMemory(), forgetful...)
}

// cluster is a PostgreSQL server with a migrated, empty database to copy.
type cluster struct {
	admin    *url.URL // of a database that is always there
	template string
	mu       sync.Mutex
	conn     *pgx.Conn
}

// postgres starts the cluster, or reaches the one given, once a process.
var postgres = sync.OnceValues(func() (*cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	address := os.Getenv(AddressVariable)
	if address == "" {
		var err error
		if address, err = Start(ctx); err != nil {
			return nil, fmt.Errorf("%w; or set "+AddressVariable+" to a server, or MINGBAI_TEST_SQLITE_ONLY=1 to leave it out", err)
		}
	}
	admin, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf(AddressVariable+": %w", err)
	}
	c := &cluster{admin: admin}
	if c.conn, err = pgx.Connect(ctx, address); err != nil {
		return nil, err
	}
	return c, c.makeTemplate(ctx)
})

// makeTemplate migrates a database that the tests' ones are copies of. It is
// named after the schema, so that on a cluster that stays it is made once.
func (c *cluster) makeTemplate(ctx context.Context) error {
	sum, err := schemaSum()
	if err != nil {
		return err
	}
	c.template = "mingbai_template_" + sum
	const lock = "hashtextextended('mingbai test template', 0)"
	if err := c.exec(ctx, "select pg_advisory_lock("+lock+")"); err != nil {
		return err
	}
	defer c.exec(ctx, "select pg_advisory_unlock("+lock+")")
	var exists bool
	if err := c.conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", c.template).Scan(&exists); err != nil || exists {
		return err
	}
	const unfinished = "mingbai_template_unfinished"
	for _, statement := range []string{
		"drop database if exists " + unfinished + " with (force)",
		"create database " + unfinished + " " + fromNothing,
	} {
		if err := c.exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrate(ctx, c.url(unfinished)); err != nil {
		return fmt.Errorf("migrating a PostgreSQL database: %w", err)
	}
	return c.exec(ctx, "alter database "+unfinished+" rename to "+c.template)
}

// schemaSum names the schema by the text of its migrations.
func schemaSum() (string, error) {
	text, err := migrations.Text("postgres")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6]), nil
}

func (c *cluster) exec(ctx context.Context, statement string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.conn.Exec(ctx, statement)
	return err
}

func (c *cluster) url(database string) string {
	u := *c.admin
	u.Path = "/" + database
	q := u.Query()
	q.Set("pool_min_conns", "0") // most tests need one connection
	u.RawQuery = q.Encode()
	return u.String()
}
