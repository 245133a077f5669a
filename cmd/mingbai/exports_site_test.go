package main

import (
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/id"
)

// leaveExports leaves exports of the data of two merchants, of which each may
// fetch its own.
func (s *site) leaveExports() {
	s.t.Helper()
	ctx, now := s.t.Context(), s.at.Now()
	files, err := openFiles(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, ref := range []string{mine, anothers} {
		exportID, content := id.New("dx", now), []byte("of "+ref)
		if err := files.Put(ctx, exportID+"_1_1", content); err != nil {
			s.t.Fatal(err)
		}
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `
				insert into data_exports (id, merchant_id, user_id, locale, state, asked_at, next_at, attempt, parts, files, bytes, ended_at, until_at)
				values ($1, $2, 'u_test', 'zh-CN', 'ready', $3, $3, 1, 1, 1, $4, $3, $5)`, exportID, s.shop(ref).id, now, len(content), now.Add(export.Lasts))
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}
