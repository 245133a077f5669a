package deduction

import (
	"iter"

	"github.com/mingbai/mingbai/models/db"
)

// AddWhole has a batch read every line of a merchant's bill, the oldest first. A
// line may not be kept: the next one takes its place.
func AddWhole(b *db.Batch, merchantID int64, read func(lines iter.Seq2[*ListedLine, error]) error) {
	b.Add(`select `+listColumns+listTables+`l.merchant_id = $1 order by l.at, l.id`, []any{merchantID}, func(rows db.Rows) error {
		return read(func(yield func(*ListedLine, error) bool) {
			var l ListedLine
			for rows.Next() {
				l = ListedLine{}
				if err := scanListed(rows, &l); !yield(&l, err) || err != nil {
					return
				}
			}
			if err := rows.Err(); err != nil {
				yield(nil, err)
			}
		})
	})
}
