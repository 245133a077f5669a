package retention_test

import (
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/retention"
)

func TestEveryTableHasARuleOrAReasonToHaveNone(t *testing.T) {
	d := dbtest.SQLite(t)
	known, there := retention.KnownTables(), map[string]bool{}
	err := d.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var name string
			err := rows.Scan(&name)
			there[name] = true
			return err
		})
	}, `select name from sqlite_master where type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	for name := range there {
		if strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "sqlite_") {
			continue // the job queue and the migrations see to their own
		}
		if !known[name] {
			t.Errorf("%s: say in models/retention/rules.go for how long it keeps what is in it, or to which group of those that stay it belongs", name)
		}
	}
	for name := range known {
		if !there[name] {
			t.Errorf("%s has a rule, and is no table", name)
		}
	}
}
