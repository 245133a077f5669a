package portal

// The values of the list's filter by status, as they stand in the address.
const (
	statusInUse = "in_use"
	statusGone  = "gone"
	statusDue   = "due" // a charge is to come within the days that the first page looks ahead
)
