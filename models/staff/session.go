package staff

// Session is a session of a member of staff. Only one that is verified opens
// anything; one that is not stands between the password and the second factor.
type Session struct {
	Actor    Actor
	Verified bool // a second factor was shown
	SetUp    bool // the person has an own password and a second factor
	Stale    bool // it is time to note that the session was seen
}
