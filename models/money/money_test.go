package money

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestYuanAreReadToTheFen(t *testing.T) {
	for in, want := range map[string]Fen{
		"36": 3600, "36.5": 3650, "36.05": 3605, "0": 0, "0.01": 1, "-3.00": -300,
		"92233720368547758.07": Max,
	} {
		got, err := ParseYuan(in)
		if err != nil || got != want {
			t.Errorf("ParseYuan(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestWhatIsNoAmountIsRefusedWithItsReason(t *testing.T) {
	for in, want := range map[string]error{
		"": ErrSyntax, "-": ErrSyntax, ".": ErrSyntax, ".5": ErrSyntax, "5.": ErrSyntax, "1,204.50": ErrSyntax,
		"¥36": ErrSyntax, "3e2": ErrSyntax, "1.2.3": ErrSyntax, " 36": ErrSyntax, "+36": ErrSyntax,
		"36.005": ErrDecimals, "36.000": ErrDecimals,
		"92233720368547758.08": ErrRange, "99999999999999999999": ErrRange,
	} {
		if _, err := ParseYuan(in); !errors.Is(err, want) {
			t.Errorf("ParseYuan(%q) says %v; want %v", in, err, want)
		}
	}
}

func TestWritingAndReadingAnAmountGivesItBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Fen(rapid.Int64Range(int64(Min)+1, int64(Max)).Draw(t, "fen"))
		back, err := ParseYuan(f.Yuan())
		if err != nil || back != f {
			t.Fatalf("%d is written %q and read back as %d, %v", f, f.Yuan(), back, err)
		}
	})
}

func TestArithmeticStopsAtTheBoundsInsteadOfWrappingAround(t *testing.T) {
	clamp := func(n *big.Int) Fen {
		switch {
		case n.Cmp(big.NewInt(int64(Max))) > 0:
			return Max
		case n.Cmp(big.NewInt(int64(Min))) < 0:
			return Min
		}
		return Fen(n.Int64())
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		if got, want := Fen(a).Plus(Fen(b)), clamp(new(big.Int).Add(x, y)); got != want {
			t.Fatalf("%d + %d = %d; want %d", a, b, got, want)
		}
		if got, want := Fen(a).Minus(Fen(b)), clamp(new(big.Int).Sub(x, y)); got != want {
			t.Fatalf("%d - %d = %d; want %d", a, b, got, want)
		}
		if got, want := Fen(a).Times(b), clamp(new(big.Int).Mul(x, y)); got != want {
			t.Fatalf("%d × %d = %d; want %d", a, b, got, want)
		}
		if a > 0 && b > 0 {
			share := new(big.Int).Mul(x, y)
			share.Add(share, big.NewInt(500_000)).Div(share, big.NewInt(1_000_000))
			if got, want := Rate(a).Of(Fen(b)), clamp(share); got != want {
				t.Fatalf("%d ppm of %d = %d; want %d", a, b, got, want)
			}
		}
	})
}

func TestARateRoundsHalfUp(t *testing.T) {
	for _, c := range []struct {
		rate       Rate
		sale, want Fen
	}{{6000, 123456, 741}, {6300, 3058000, 19265}, {5000, 100, 1}, {5000, 99, 0}, {5000, 0, 0}} {
		if got := c.rate.Of(c.sale); got != c.want {
			t.Errorf("%d ppm of %d fen = %d; want %d", c.rate, c.sale, got, c.want)
		}
	}
}

func FuzzParseYuan(f *testing.F) {
	for _, s := range []string{"36.00", "-0.01", "1,2", "９", "92233720368547758.08"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fen, err := ParseYuan(s)
		if err != nil {
			return
		}
		if back, err := ParseYuan(fen.Yuan()); err != nil || back != fen {
			t.Fatalf("%q is %d, which reads back as %d, %v", s, fen, back, err)
		}
	})
}
