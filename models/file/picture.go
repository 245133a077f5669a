package file

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"iter"
	"math"
)

// What a picture takes while it is drawn depends on its points and on how each of
// them is kept, and hardly on its file: one of a few hundred kilobytes can take
// gigabytes. The bounds leave room for the 50 megapixels of a phone, as a JPEG,
// and for 25 megapixels of a screen, as a PNG.
const (
	maxDrawn  = 100 << 20  // bytes, while it is read from its file
	maxPoints = 51_000_000 // 8192 by 6144, and a little
	maxScans  = 100        // of a JPEG, each of which goes over all of it once more; one that shows ever clearer has about ten
)

// drawing lets one picture after the other be drawn, and so bounds the memory
// that a flood of them can take, and leaves processors to everybody else.
var drawing = make(chan struct{}, 1)

// jpegQuality leaves small print on a photographed receipt readable.
const jpegQuality = 88

// redraw returns the picture and nothing else that was in its file, upright as
// the camera held it. It takes a while, and waits its turn until the context ends.
func redraw(ctx context.Context, kind string, content []byte) ([]byte, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, ErrDamaged
	}
	drawn := ofPNG
	if kind == JPEG {
		drawn = ofJPEG
	}
	if size.Width < 1 || size.Height < 1 || size.Width > maxPoints/size.Height || drawn(size, content) > maxDrawn {
		return nil, ErrVast
	}
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, ErrDamaged
	}
	var out bytes.Buffer
	if kind == PNG {
		err = png.Encode(&out, picture)
	} else {
		err = jpeg.Encode(&out, upright(picture, orientation(content)), &jpeg.Options{Quality: jpegQuality})
	}
	return out.Bytes(), err
}

// ofPNG is how many bytes a PNG takes at most while it is read. One that shows
// ever clearer is put together of pieces, which come to as much again.
func ofPNG(size image.Config, content []byte) int {
	const interlaced = 28 // where its first chunk says so
	each := 4
	switch size.ColorModel.(type) {
	case color.Palette:
		each = 1
	default:
		switch size.ColorModel {
		case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
			each = 8
		}
	}
	if content[interlaced] != 0 {
		each *= 2
	}
	return size.Width * size.Height * each
}

// ofJPEG is how many bytes a JPEG takes at most while it is read, and too many of
// one with too many scans. One that shows ever clearer keeps four bytes more of
// each sample until its end, and one of other colours than the usual is
// converted.
func ofJPEG(size image.Config, content []byte) int {
	const perPoint = 4 // of what is converted
	points := size.Width * size.Height
	samples, ofSample, converted, scans := 3*points, 1, 0, 0
	for marker, segment := range segments(content) {
		switch {
		case marker == startOfScan:
			scans++
		case marker >= firstFrame && marker <= progressive && len(segment) > 6:
			samples = samplesOf(segment, points)
			if n := int(segment[5]); n == 4 || n == 3 && segment[6] == 'R' {
				converted = perPoint * points
			}
			if marker == progressive {
				ofSample = 5
			}
		case marker == app14 && bytes.HasPrefix(segment, []byte("Adobe")) && segment[len(segment)-1] == 0:
			converted = perPoint * points
		}
	}
	if scans > maxScans {
		return math.MaxInt
	}
	return samples*ofSample + converted
}

// samplesOf reads from the segment of a frame how many samples so many points
// have: of each there is one of its brightness, and often one of its colours for
// two or four.
func samplesOf(frame []byte, points int) int {
	all, first := 0, 0
	for at := 6; at+2 < len(frame); at += 3 {
		n := int(frame[at+1]>>4) * int(frame[at+1]&0x0f)
		if first == 0 {
			first = n
		}
		all += n
	}
	if first == 0 || all == first {
		return points
	}
	return points * all / first
}

// The markers of a JPEG that matter here.
const (
	firstFrame   = 0xc0
	progressive  = 0xc2
	firstRestart = 0xd0
	lastRestart  = 0xd7
	endOfImage   = 0xd9
	startOfScan  = 0xda
	app1         = 0xe1
	app14        = 0xee
)

// segments goes through the segments of a JPEG up to its end, each with its
// marker, as decoders find them: what lies between is passed over.
func segments(content []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		rest := content[min(2, len(content)):]
		for {
			at := bytes.IndexByte(rest, 0xff)
			if at < 0 {
				return
			}
			for rest = rest[at:]; len(rest) > 0 && rest[0] == 0xff; rest = rest[1:] {
			}
			if len(rest) < 3 || rest[0] == endOfImage {
				return
			}
			marker := rest[0]
			if marker == 0 || marker >= firstRestart && marker <= lastRestart {
				rest = rest[1:]
				continue
			}
			length := int(binary.BigEndian.Uint16(rest[1:]))
			if length < 2 || 1+length > len(rest) || !yield(marker, rest[3:1+length]) {
				return
			}
			rest = rest[1+length:]
		}
	}
}

// orientation reads from a JPEG how the camera was held: 1 upright, up to 8 as
// Exif 2.3 counts them, and 1 where it doesn't say.
func orientation(content []byte) int {
	for marker, segment := range segments(content) {
		if marker == startOfScan {
			break
		}
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == app1 {
			return orientationTag(exif)
		}
	}
	return 1
}

// orientationTag finds the tag in the first directory of a TIFF.
func orientationTag(tiff []byte) int {
	const tag, short, entry = 0x0112, 3, 12
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	n := uint64(order.Uint16(tiff[at:]))
	for i := range n {
		field := at + 2 + i*entry
		if field+entry > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[field:]) != tag || order.Uint16(tiff[field+2:]) != short {
			continue
		}
		if held := int(order.Uint16(tiff[field+8:])); held >= 1 && held <= 8 {
			return held
		}
	}
	return 1
}

// upright turns a picture so that what was up when it was taken is up. It takes no
// more memory than the picture does.
func upright(picture image.Image, held int) image.Image {
	if held == 1 {
		return picture
	}
	t := turned{picture, held, image.Rectangle{Max: picture.Bounds().Size()}}
	if onItsSide := held >= 5; onItsSide {
		t.bounds.Max = image.Pt(t.bounds.Max.Y, t.bounds.Max.X)
	}
	switch from := picture.(type) {
	case *image.Gray:
		return t.gray(from)
	case *image.YCbCr:
		return t.colours(from)
	}
	return t
}

// turned is a picture of another way of holding it.
type turned struct {
	image.Image
	held   int
	bounds image.Rectangle // once it is upright
}

// Bounds returns those of the upright picture.
func (t turned) Bounds() image.Rectangle { return t.bounds }

// At returns the colour of a point of the upright picture.
func (t turned) At(u, v int) color.Color { return t.Image.At(t.from(u, v)) }

// from returns where the point lies that comes to one of the upright picture.
func (t turned) from(u, v int) (x, y int) {
	right, bottom := t.bounds.Max.X-1, t.bounds.Max.Y-1
	switch t.held {
	case 2:
		return right - u, v
	case 3:
		return right - u, bottom - v
	case 4:
		return u, bottom - v
	case 5:
		return v, u
	case 6:
		return v, right - u
	case 7:
		return bottom - v, right - u
	case 8:
		return bottom - v, u
	}
	return u, v
}

func (t turned) gray(from *image.Gray) *image.Gray {
	to := image.NewGray(t.bounds)
	for v := range t.bounds.Max.Y {
		for u := range t.bounds.Max.X {
			to.Pix[to.PixOffset(u, v)] = from.Pix[from.PixOffset(t.from(u, v))]
		}
	}
	return to
}

// colours keeps one sample of the colours for four points, as what is written
// does.
func (t turned) colours(from *image.YCbCr) *image.YCbCr {
	to := image.NewYCbCr(t.bounds, image.YCbCrSubsampleRatio420)
	right, bottom := t.bounds.Max.X-1, t.bounds.Max.Y-1
	for v := range t.bounds.Max.Y {
		for u := range t.bounds.Max.X {
			to.Y[to.YOffset(u, v)] = from.Y[from.YOffset(t.from(u, v))]
		}
	}
	for v := 0; v <= bottom; v += 2 {
		for u := 0; u <= right; u += 2 {
			cb, cr := 2, 2 // to round by
			for _, p := range [4]image.Point{{u, v}, {u + 1, v}, {u, v + 1}, {u + 1, v + 1}} {
				at := from.COffset(t.from(min(p.X, right), min(p.Y, bottom)))
				cb, cr = cb+int(from.Cb[at]), cr+int(from.Cr[at])
			}
			at := to.COffset(u, v)
			to.Cb[at], to.Cr[at] = byte(cb/4), byte(cr/4)
		}
	}
	return to
}
