package account

import (
	"time"

	"github.com/mingbai/mingbai/models/attempt"
)

// The limits of signing in. They are counted in the database, so that they hold
// over all servers and restarts. A number's limits protect its owner from
// guesses and from a flood of messages; an address's protect all numbers from
// one guesser. Many readers may share an address, so that those are wider.
const (
	codesAnHour        = 5  // to one number
	codesADay          = 10 // to one number
	codesAnHourFrom    = 20 // asked for from one address
	firstResend        = time.Minute
	wrongCodesFrom     = 30 // an hour, from one address
	wrongPasswordsFrom = 30 // an hour, from one address
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// The keys under which attempts are counted.
func codeTo(phone string) string          { return "code to " + phone }
func codeFrom(address string) string      { return "code from " + attempt.Neighbourhood(address) }
func wrongCodeFrom(address string) string { return "wrong code from " + attempt.Neighbourhood(address) }
