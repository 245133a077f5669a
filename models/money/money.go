// Package money holds amounts as whole fen (1/100 yuan) and rates as parts
// per million. There is no floating point here, and none may be added: a
// merchant's bill adds up to the fen or it is wrong.
package money

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
)

// Fen is an amount in fen. Negative amounts are money going back.
type Fen int64

// Rate is a price per sale in parts per million: 6000 is 0.60 %.
type Rate int64

// Max and Min bound every amount; arithmetic that would leave them stops there.
const (
	Max Fen = math.MaxInt64
	Min Fen = math.MinInt64
)

// Most is the highest amount that is taken in from elsewhere, and below zero the
// lowest: ten billion yuan. A total is the database's, which fails where it leaves
// int64: millions of such amounts can be added up before it does.
const Most Fen = 1_000_000_000_000

// Reasons an amount in yuan can't be read.
var (
	ErrSyntax   = errors.New("money: not an amount in yuan")
	ErrDecimals = errors.New("money: more than two decimals")
	ErrRange    = errors.New("money: amount too large")
)

// ParseYuan reads an amount in yuan with at most two decimals, such as "36",
// "36.5" or "-3.00". It takes no thousands separator, sign of currency or
// exponent: a file that has them was written for people, and a guess about
// money is worse than a question. It returns ErrSyntax, ErrDecimals or
// ErrRange.
func ParseYuan(s string) (Fen, error) {
	digits, negative := s, false
	if digits != "" && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	whole, point, decimals := 0, false, 0
	var fen uint64
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		switch {
		case c == '.' && !point && whole > 0:
			point = true
			continue
		case c < '0' || c > '9':
			return 0, ErrSyntax
		case point:
			decimals++
			if decimals > 2 {
				continue
			}
		default:
			whole++
		}
		if fen > math.MaxInt64/10 {
			return 0, ErrRange
		}
		fen = fen*10 + uint64(c-'0')
	}
	if whole == 0 || (point && decimals == 0) {
		return 0, ErrSyntax
	}
	if decimals > 2 {
		return 0, ErrDecimals
	}
	for ; decimals < 2; decimals++ {
		if fen > math.MaxInt64/10 {
			return 0, ErrRange
		}
		fen *= 10
	}
	if fen > math.MaxInt64 {
		return 0, ErrRange
	}
	if negative {
		return -Fen(fen), nil
	}
	return Fen(fen), nil
}

// Yuan writes the amount in yuan with two decimals and nothing else, as files
// hold it: "1204.50".
func (f Fen) Yuan() string {
	var room [24]byte // for the longest there is
	return string(f.AppendYuan(room[:0]))
}

// AppendYuan appends what Yuan returns.
func (f Fen) AppendYuan(b []byte) []byte {
	n := uint64(f)
	if f < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendUint(b, n/100, 10)
	return append(b, '.', byte('0'+n/10%10), byte('0'+n%10))
}

// Plus adds, and stays at Max or Min rather than wrap around.
func (f Fen) Plus(g Fen) Fen {
	sum := f + g
	if g > 0 && sum < f {
		return Max
	}
	if g < 0 && sum > f {
		return Min
	}
	return sum
}

// Minus subtracts, and stays at Max or Min rather than wrap around.
func (f Fen) Minus(g Fen) Fen {
	if g == Min {
		return f.Plus(Max).Plus(1)
	}
	return f.Plus(-g)
}

// Times multiplies by a count of zero or more, and stays at Max or Min rather
// than wrap around.
func (f Fen) Times(n int64) Fen {
	negative := (f < 0) != (n < 0)
	hi, lo := bits.Mul64(magnitude(int64(f)), magnitude(n))
	switch {
	case hi == 0 && lo <= math.MaxInt64 && negative:
		return -Fen(lo)
	case hi == 0 && lo <= math.MaxInt64:
		return Fen(lo)
	case negative:
		return Min
	default:
		return Max
	}
}

// Of returns the rate's share of a sale of zero or more, rounded half up to
// the fen. It stays at Max where the share would exceed it.
func (r Rate) Of(sale Fen) Fen {
	if r <= 0 || sale <= 0 {
		return 0
	}
	const million = 1_000_000
	hi, lo := bits.Mul64(uint64(r), uint64(sale))
	lo, carry := bits.Add64(lo, million/2, 0)
	hi += carry
	if hi >= million {
		return Max
	}
	share, _ := bits.Div64(hi, lo, million)
	if share > math.MaxInt64 {
		return Max
	}
	return Fen(share)
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
