//! Pictures of pages, prepared for character recognition: stamps are removed, and rules of tables found.
//!
//! Each step rests on a measurement over our own scans (`tests/attachments/figures.sh`). In any channel but the red one, the text below a red stamp is
//! lost. Tables are cut along their rules ([`crate::file_text::tables`]), since recognition takes a column of short numbers for a picture. Pages are
//! straightened first, since a tilt of one degree hides the rules from a search for straight runs of dark pixels.

/// A picture in shades of gray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

/// An area of a picture in pixels; its end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Where it begins from the left.
    pub left: usize,
    /// Where it begins from the top.
    pub top: usize,
    /// Where it ends to the right.
    pub right: usize,
    /// Where it ends below.
    pub bottom: usize,
}

/// Dark pixels are below this share of the paper's shade.
const DARK: f32 = 0.6;

/// Every which pixel is looked at for the shade of the paper and the tilt.
pub(super) const STRIDE: usize = 4;

/// Dark pixels below which an area is empty: a speck of dust.
const LEAST_INK: usize = 8;

/// Pixels of paper around what is cut out, without which recognition misses its first letter.
const MARGIN: usize = 10;

impl Gray {
    /// Reads a PPM (P6), of which it takes the red channel: red stamps vanish there. Also reads a PGM (P5).
    pub fn read(bytes: &[u8]) -> Option<Gray> {
        let mut at = 0;
        let mut word = || {
            let rest = bytes.get(at..)?;
            let skipped = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            let length = rest.get(skipped..)?.iter().position(u8::is_ascii_whitespace)?;
            let word = rest.get(skipped..skipped + length)?;
            at += skipped + length;
            std::str::from_utf8(word).ok()
        };
        let channels = match word()? {
            "P6" => 3,
            "P5" => 1,
            _ => return None,
        };
        let (width, height, most) = (word()?.parse::<usize>().ok()?, word()?.parse::<usize>().ok()?, word()?);
        let wanted = width.checked_mul(height)?.checked_mul(channels)?;
        let data = bytes.get(at + 1..)?.get(..wanted).filter(|_| most == "255" && wanted > 0)?;
        Some(Gray { width, height, pixels: data.iter().step_by(channels).copied().collect() })
    }

    /// Writes a PGM.
    pub fn to_pgm(&self) -> Vec<u8> {
        let mut out = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        out.extend_from_slice(&self.pixels);
        out
    }

    /// The picture turned clockwise by a number of quarters.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Gray {
        match quarters % 4 {
            0 => self.clone(),
            1 => self.transposed().mirrored(),
            2 => Gray { pixels: self.pixels.iter().rev().copied().collect(), ..*self },
            _ => self.mirrored().transposed(),
        }
    }

    /// Width and height in each other's place.
    pub(super) fn transposed(&self) -> Gray {
        let mut pixels = vec![0; self.pixels.len()];
        for (y, row) in self.pixels.chunks(self.width).enumerate() {
            for (to, pixel) in pixels.iter_mut().skip(y).step_by(self.height).zip(row) {
                *to = *pixel;
            }
        }
        Gray { width: self.height, height: self.width, pixels }
    }

    /// Left and right in each other's place.
    fn mirrored(&self) -> Gray {
        let rows = self.pixels.chunks(self.width);
        Gray { pixels: rows.flat_map(|row| row.iter().rev().copied()).collect(), ..*self }
    }

    /// The shade of the paper: the most frequent one of the lighter half.
    pub fn paper(&self) -> u8 {
        let mut counts = [0_u32; 256];
        for pixel in self.pixels.iter().step_by(STRIDE) {
            if let Some(count) = counts.get_mut(usize::from(*pixel)) {
                *count += 1;
            }
        }
        (128..=255).max_by_key(|shade| counts.get(usize::from(*shade)).copied()).unwrap_or(255)
    }

    /// The picture at seven tenths of its size. What is misread in one size is often read well in another.
    #[must_use]
    pub fn reduced(&self) -> Gray {
        let (width, height) = ((self.width * 7 / 10).max(1), (self.height * 7 / 10).max(1));
        // The pixel at which a reduced one begins, and the share of the next one in tenths.
        let place = |at: usize| (at * 10 / 7, at * 10 % 7 * 10 / 7);
        let shade = |x: usize, y: usize| {
            let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
            usize::from(self.pixels.get(y * self.width + x).copied().unwrap_or(u8::MAX))
        };
        let mut pixels = Vec::with_capacity(width * height);
        for (y, down) in (0..height).map(place) {
            for (x, right) in (0..width).map(place) {
                let above = shade(x, y) * (10 - right) + shade(x + 1, y) * right;
                let below = shade(x, y + 1) * (10 - right) + shade(x + 1, y + 1) * right;
                pixels.push(u8::try_from((above * (10 - down) + below * down) / 100).unwrap_or(u8::MAX));
            }
        }
        Gray { width, height, pixels }
    }

    /// Fills an area, as far as it lies within the picture.
    pub(super) fn fill(&mut self, area: Area, shade: u8) {
        let right = area.right.min(self.width);
        for y in area.top..area.bottom.min(self.height) {
            if let Some(row) = self.pixels.get_mut(y * self.width + area.left.min(right)..y * self.width + right) {
                row.fill(shade);
            }
        }
    }

    /// The part of an area that holds its dark pixels, with a margin of paper. None if hardly any pixel is dark. `paper` is the picture's
    /// [`Gray::paper`], which is looked for in the whole picture.
    pub fn ink_of(&self, area: Area, paper: u8) -> Option<Gray> {
        let (threshold, right) = (dark_below(paper), area.right.min(self.width));
        let mut ink: Option<Area> = None;
        let mut count = 0;
        for y in area.top..area.bottom.min(self.height) {
            let row = self.pixels.get(y * self.width + area.left..y * self.width + right)?;
            for (x, _) in row.iter().enumerate().filter(|(_, pixel)| **pixel < threshold) {
                let (x, known) = (area.left + x, ink.unwrap_or(Area { left: usize::MAX, top: y, right: 0, bottom: y }));
                ink = Some(Area { left: known.left.min(x), right: known.right.max(x + 1), bottom: y + 1, ..known });
                count += 1;
            }
        }
        let ink = ink.filter(|_| count >= LEAST_INK)?;
        let framed = Area {
            left: ink.left.saturating_sub(MARGIN).max(area.left),
            top: ink.top.saturating_sub(MARGIN).max(area.top),
            right: (ink.right + MARGIN).min(right),
            bottom: (ink.bottom + MARGIN).min(area.bottom.min(self.height)),
        };
        let (width, height) = (framed.right - framed.left, framed.bottom - framed.top);
        let mut out = Gray { width: width + 2 * MARGIN, height: height + 2 * MARGIN, pixels: Vec::new() };
        out.pixels = vec![paper; out.width * out.height];
        for y in 0..height {
            let from = (framed.top + y) * self.width + framed.left;
            let to = (y + MARGIN) * out.width + MARGIN;
            if let Some((to, from)) = out.pixels.get_mut(to..to + width).zip(self.pixels.get(from..from + width)) {
                to.copy_from_slice(from);
            }
        }
        Some(out)
    }
}

/// The shade below which pixels are dark on paper of a shade.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a shade is a shade")]
pub(super) fn dark_below(paper: u8) -> u8 {
    (f32::from(paper) * DARK) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of letters: `#` is dark.
    fn picture(rows: &[&str]) -> Gray {
        let pixels = rows.iter().flat_map(|row| row.bytes().map(|byte| if byte == b'#' { 10 } else { 240 })).collect();
        Gray { width: rows[0].len(), height: rows.len(), pixels }
    }

    #[test]
    fn pictures_are_read_written_and_turned() {
        let ppm = b"P6\n2 1\n255\n\xff\x00\x00\x00\xff\xff";
        let gray = Gray::read(ppm).unwrap();
        assert_eq!((gray.width, gray.pixels.as_slice()), (2, &[255, 0][..]));
        assert_eq!(Gray::read(&gray.to_pgm()).unwrap(), gray);
        for bad in [&b""[..], b"P6\n9 9\n255\n\0", b"P6\n99999999999 99999999999\n255\n\0", b"P4\n1 1\n\0"] {
            assert_eq!(Gray::read(bad), None);
        }
        let page = picture(&["##.", "...", "#.."]);
        assert_eq!(page.turned(1), picture(&["#.#", "..#", "..."]));
        assert_eq!(page.turned(1).turned(3), page);
        assert_eq!(page.turned(2), page.turned(1).turned(1));
        let reduced = picture(&["##########"; 20]).reduced();
        assert_eq!((reduced.width, reduced.height, reduced.pixels.iter().all(|pixel| *pixel == 10)), (7, 14, true));
    }

    #[test]
    fn the_ink_of_an_area_is_cut_out() {
        let (width, height) = (200, 100);
        let mut page = Gray { width, height, pixels: vec![240; width * height] };
        page.fill(Area { left: 50, top: 40, right: 60, bottom: 45 }, 10);
        let all = Area { left: 0, top: 0, right: 900, bottom: 900 };
        let cut = page.ink_of(all, 240).unwrap();
        assert_eq!((cut.width, cut.height), (10 + 4 * MARGIN, 5 + 4 * MARGIN));
        let dark: Vec<&u8> = cut.pixels.iter().filter(|pixel| **pixel == 10).collect();
        assert_eq!(dark.len(), 50);
        assert_eq!(page.ink_of(Area { left: 70, ..all }, 240), None);
        page.fill(all, 240);
        assert_eq!(page.ink_of(all, 240), None);
    }
}
