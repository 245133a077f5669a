package db

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
)

// openPostgres opens one pool, which GORM and hand-written SQL share.
func (d *DB) openPostgres(ctx context.Context) error {
	d.Dialect = Postgres
	pool, err := newPool(ctx, d.url, d.opts)
	if err != nil {
		return err
	}
	d.pool = pool
	d.sql = stdlib.OpenDBFromPool(pool)
	if err := d.sql.PingContext(ctx); err != nil {
		pool.Close()
		return fmt.Errorf("db: %w", err)
	}
	return d.openGorm(postgres.New(postgres.Config{Conn: d.sql}))
}

// newPool keeps as many connections open as it may have, for long: opening one
// costs more than a page.
func newPool(ctx context.Context, url string, o Options) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	switch {
	case o.MaxConns > 0:
		c.MaxConns = int32(o.MaxConns)
	case !strings.Contains(url, "pool_max_conns"):
		c.MaxConns = int32(defaultConns())
	}
	if !strings.Contains(url, "pool_min_conns") {
		c.MinConns = c.MaxConns
	}
	c.MaxConnLifetime = 12 * time.Hour
	c.MaxConnLifetimeJitter = time.Hour
	c.MaxConnIdleTime = 12 * time.Hour
	c.ConnConfig.RuntimeParams["timezone"] = "UTC"
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "mingbai"
	}
	if o.Count {
		c.ConnConfig.Tracer = postgresCounter{}
	}
	c.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerTypes(conn.TypeMap())
		return nil
	}
	return pgxpool.NewWithConfig(ctx, c)
}

// defaultConns is four connections for two processors: more only makes them
// wait for each other inside the server.
func defaultConns() int { return max(4, 2*runtime.NumCPU()) }

// registerTypes makes instants come back in UTC rather than in the machine's
// zone, and dates come and go without a detour through text.
func registerTypes(m *pgtype.Map) {
	m.RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	m.RegisterType(&pgtype.Type{Name: "date", OID: pgtype.DateOID, Codec: dateCodec{}})
}
