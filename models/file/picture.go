package file

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// maxPoints bounds what is drawn: a file of a few kilobytes can claim to be
// thousands of megabytes of picture.
const maxPoints = 50_000_000

// jpegQuality leaves small print on a photographed receipt readable.
const jpegQuality = 88

// redraw returns the picture and nothing else that was in its file, upright as
// the camera held it.
func redraw(kind string, content []byte) ([]byte, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	switch {
	case err != nil:
		return nil, ErrDamaged
	case size.Width < 1 || size.Height < 1 || size.Width > maxPoints/size.Height:
		return nil, ErrLarge
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

// orientation reads from a JPEG how the camera was held: 1 upright, up to 8 as
// Exif 2.3 counts them, and 1 where it doesn't say.
func orientation(content []byte) int {
	const (
		startOfImage = 0xd8
		startOfScan  = 0xda
		app1         = 0xe1
	)
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, length := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == startOfScan || marker == startOfImage || length < 2 || at+2+length > len(content) {
			break
		}
		segment := content[at+4 : at+2+length]
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == app1 {
			return orientationTag(exif)
		}
		at += 2 + length
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

// upright turns a picture so that what was up when it was taken is up.
func upright(picture image.Image, held int) image.Image {
	if held == 1 {
		return picture
	}
	b := picture.Bounds()
	w, h := b.Dx(), b.Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Bounds(), picture, b.Min, draw.Src)
	onItsSide := held >= 5
	to := image.NewRGBA(from.Bounds())
	if onItsSide {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			u, v := x, y
			switch held {
			case 2:
				u = w - 1 - x
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				v = h - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = h-1-y, x
			case 7:
				u, v = h-1-y, w-1-x
			case 8:
				u, v = y, w-1-x
			}
			copy(to.Pix[to.PixOffset(u, v):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}
