package export

import (
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
)

// shown is how many exports of a merchant are listed.
const shown = 5

// AddLatest has a batch read the latest exports of a merchant, the newest first.
func AddLatest(b *db.Batch, merchantID int64, into *[]Export) {
	b.Add(`
		select x.id, x.state, x.user_id, coalesce(`+account.Called("b", "u")+`, ''), x.asked_at, x.ended_at, x.until_at, coalesce(x.bytes, 0), coalesce(x.files, 0), x.manifest_hash
		from data_exports x left join users u on u.id = x.user_id
		left join memberships b on b.user_id = x.user_id and b.merchant_id = x.merchant_id
		where x.merchant_id = $1 order by x.asked_at desc, x.id desc limit $2`, []any{merchantID, shown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Export
			var asked, ended, until db.Time
			var state string
			var hash db.Text
			err := rows.Scan(&e.ID, &state, &e.UserID, &e.By, &asked, &ended, &until, &e.Bytes, &e.Files, &hash)
			e.State, e.AskedAt, e.EndedAt, e.UntilAt, e.Manifest = State(state), asked.Time, ended.Time, until.Time, string(hash)
			*into = append(*into, e)
			return err
		})
	})
}
