package disclosure

// PublishedArgs is the job that takes up what follows from a version that was
// published, such as telling the merchants whose price rises. Publish inserts
// it in its own transaction.
type PublishedArgs struct {
	VersionID int64 `json:"version_id"` // of disclosure_versions
}

// Kind names the job in the queue.
func (PublishedArgs) Kind() string { return "disclosure_published" }
