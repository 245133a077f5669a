package signin

// DemoUser is someone made up, whom the demo's sign-in page lets in with one
// click.
type DemoUser struct {
	ID       string // of the user
	Name     string
	Merchant string // or several of them
	Role     string // message key of what they are to it
	Story    string // message key of what there is to see; empty: nothing special
}

// DemoField is the field in which the demo's sign-in gets the user's id.
const DemoField = "user"
