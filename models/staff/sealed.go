package staff

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
)

// Unreadable counts the apps of codes whose shared secret was sealed with
// another site secret than the present one: no code of theirs can be right.
func (p *People) Unreadable(ctx context.Context) (n int, err error) {
	err = p.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			var sealed []byte
			if err := rows.Scan(&id, &sealed); err != nil {
				return err
			}
			if _, err := p.seal.Open(nil, nil, sealed, []byte(id)); err != nil {
				n++
			}
			return nil
		})
	}, `select id, secret from staff_totps where removed_at is null`)
	if err != nil {
		return 0, fmt.Errorf("staff: %w", err)
	}
	return n, nil
}
