package db

import (
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// openGorm puts GORM on the pool that is already open.
func (d *DB) openGorm(dialector gorm.Dialector) (err error) {
	d.gorm, err = gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true, // Write is the transaction
		DisableAutomaticPing:   true,
		TranslateError:         true,
		QueryFields:            true,
		NowFunc:                func() time.Time { return d.opts.Clock.Now() },
		Logger: logger.NewSlogLogger(d.opts.Logger, logger.Config{
			SlowThreshold:             d.opts.SlowQuery,
			LogLevel:                  logger.Warn,
			IgnoreRecordNotFoundError: true,
			ParameterizedQueries:      true, // values are personal data
		}),
	})
	return err
}
