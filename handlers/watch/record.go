package watch

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// Record shows whether the record of who did what is whole: when it was worked
// out again last and with what result, and which heads lie outside the database.
// It is read when it is asked for.
type Record struct {
	db     *db.DB
	log    *slog.Logger
	places []string
}

// NewRecord returns one that a registry shows, with the places outside the
// database that are set, by name. A place that is no longer set is not shown.
func NewRecord(registry *prometheus.Registry, d *db.DB, log *slog.Logger, places ...string) *Record {
	r := &Record{db: d, log: log, places: places}
	registry.MustRegister(r)
	return r
}

// What is shown.
var (
	recordRead  = prometheus.NewDesc("mingbai_record_read", "1 where the figures of this part could be read, else 0.", nil, nil)
	checkedAt   = prometheus.NewDesc("mingbai_record_checked_timestamp_seconds", "When the record was last worked out again; absent: never.", nil, nil)
	sound       = prometheus.NewDesc("mingbai_record_sound", "1 where that found nothing wrong, else 0; absent: it was never done.", nil, nil)
	flaws       = prometheus.NewDesc("mingbai_record_flaws", "How many flaws it found, up to a hundred.", nil, nil)
	headSeal    = prometheus.NewDesc("mingbai_record_head_seal", "Number of the record's last seal; 0: nothing is sealed.", nil, nil)
	sealedAt    = prometheus.NewDesc("mingbai_record_sealed_timestamp_seconds", "When that was made; absent: nothing is sealed.", nil, nil)
	anchoredAt  = prometheus.NewDesc("mingbai_record_anchored_timestamp_seconds", "When a head was last written to a place outside the database, by place that is set.", []string{"place"}, nil)
	notAnchored = prometheus.NewDesc("mingbai_record_unanchored_seals", "Seals that a place outside the database does not have yet, by place.", []string{"place"}, nil)
)

// Describe lists what is shown.
func (r *Record) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{recordRead, checkedAt, sound, flaws, headSeal, sealedAt, anchoredAt, notAnchored} {
		to <- d
	}
}

// Collect shows the figures. Where they can't be read it says so, and nothing
// that may be wrong.
func (r *Record) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	proof, err := audit.ReadProof(ctx, r.db) // before the head: what lies outside is never ahead of it
	var head audit.Head
	var sealed time.Time
	if err == nil {
		head, sealed, err = audit.ReadHead(ctx, r.db)
	}
	if err != nil {
		r.log.LogAttrs(ctx, slog.LevelWarn, "the record's figures could not be read", slog.Any("error", err))
		gauge(recordRead, 0)
		return
	}
	gauge(recordRead, 1)
	gauge(headSeal, float64(head.Seq))
	if !sealed.IsZero() {
		gauge(sealedAt, float64(sealed.Unix()))
	}
	if last := proof.Last; last != nil {
		gauge(checkedAt, float64(last.DoneAt.Unix()))
		gauge(sound, oneIf(last.Sound))
		gauge(flaws, float64(len(last.Findings)))
	}
	for _, place := range r.places {
		var a audit.Anchor // zero: it never got one
		if i := slices.IndexFunc(proof.Anchors, func(a audit.Anchor) bool { return a.Place == place }); i >= 0 {
			a = proof.Anchors[i]
			gauge(anchoredAt, float64(a.At.Unix()), place)
		}
		gauge(notAnchored, float64(max(head.Seq-a.Seq, 0)), place)
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
