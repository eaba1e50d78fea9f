//! Pictures of pages, made ready for character recognition: stamps removed, straightened, rules of tables taken out.
//!
//! Each step is there because of a measure over our own scans (`tests/attachments/figures.sh`): without the red channel, what stands below a stamp is
//! lost; without taking out the rules, half of each table; a page that is tilted by a degree gets rules that no straight run of dark pixels covers.

/// A picture in shades of gray.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gray {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// The rules of a table, in pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    /// Where its rows begin, and the end of the last one.
    pub rows: Vec<usize>,
    /// Where its columns begin, and the end of the last one.
    pub columns: Vec<usize>,
}

/// A straight run of dark pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    at: usize,
    start: usize,
    end: usize,
}

/// Dark pixels are below this share of the paper's shade.
const DARK: f32 = 0.6;

/// The largest tilt that is corrected, in half degrees. More is no tilt of a scanner.
const HALF_DEGREES: i32 = 6;

/// Every which pixel is looked at for the tilt.
const STRIDE: usize = 4;

/// Light pixels that do not interrupt a rule.
const GAP: usize = 2;

/// Pixels around a rule that are taken out with it, because its edges are blurred.
const EDGE: usize = 3;

/// Rules that are closer than this are one.
const SAME_RULE: usize = 16;

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
    fn transposed(&self) -> Gray {
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
    fn paper(&self) -> u8 {
        let mut counts = [0_u32; 256];
        for pixel in self.pixels.iter().step_by(STRIDE) {
            if let Some(count) = counts.get_mut(usize::from(*pixel)) {
                *count += 1;
            }
        }
        (128..=255).max_by_key(|shade| counts.get(usize::from(*shade)).copied()).unwrap_or(255)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a shade is a shade")]
    fn threshold(&self) -> u8 {
        (f32::from(self.paper()) * DARK) as u8
    }

    /// The picture with level lines. A tilt is corrected by shearing in both directions, which for a few degrees is as good as turning.
    #[must_use]
    pub fn straightened(self) -> Gray {
        let tilt = self.tilt();
        if tilt.abs() < 0.05 {
            return self;
        }
        let slope = tilt.to_radians().tan();
        let paper = self.paper();
        self.sheared(-slope, paper).transposed().sheared(slope, paper).transposed()
    }

    /// The tilt in degrees at which the dark pixels are in the fewest rows.
    fn tilt(&self) -> f64 {
        let threshold = self.threshold();
        let points: Vec<(f64, f64)> = (0..self.height)
            .step_by(STRIDE)
            .flat_map(|y| (0..self.width).step_by(STRIDE).map(move |x| (x, y)))
            .filter(|(x, y)| self.pixels.get(y * self.width + x).is_some_and(|pixel| *pixel < threshold))
            .map(|(x, y)| (x as f64, y as f64))
            .collect();
        let around = |center: f64, step: f64, count: i32| {
            let tilts = (-count..=count).map(|number| center + f64::from(number) * step);
            let scored = tilts.map(|tilt| (self.evenness(&points, tilt), tilt));
            // Of several that are as good, the least.
            let better = |one: &(f64, f64), other: &(f64, f64)| {
                one.0.total_cmp(&other.0).then(other.1.abs().total_cmp(&one.1.abs()))
            };
            scored.max_by(better).map_or(center, |(_, tilt)| tilt)
        };
        around(around(0.0, 0.5, HALF_DEGREES), 0.1, 4)
    }

    /// How much the dark pixels are in few rows if the page is tilted by so much.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows are few and not negative")]
    fn evenness(&self, points: &[(f64, f64)], tilt: f64) -> f64 {
        let (slope, stride) = (tilt.to_radians().tan(), STRIDE as f64);
        let shift = (self.width as f64 * slope.abs()) + stride;
        let mut rows = vec![0.0_f64; ((self.height as f64 + 2.0 * shift) / stride) as usize + 1];
        for (x, y) in points {
            if let Some(row) = rows.get_mut(((y - x * slope + shift) / stride) as usize) {
                *row += 1.0;
            }
        }
        rows.iter().map(|row| row * row).sum()
    }

    /// Each column moved down by its distance from the middle times a slope.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        reason = "sizes of pictures are small"
    )]
    fn sheared(&self, slope: f64, paper: u8) -> Gray {
        let mut pixels = vec![paper; self.pixels.len()];
        let middle = self.width as f64 / 2.0;
        let moves: Vec<isize> = (0..self.width).map(|x| ((x as f64 - middle) * slope).round() as isize).collect();
        for (y, row) in pixels.chunks_mut(self.width).enumerate() {
            for ((x, pixel), down) in row.iter_mut().enumerate().zip(&moves) {
                let from = y as isize - down;
                if from >= 0 && (from as usize) < self.height {
                    *pixel = self.pixels.get(from as usize * self.width + x).copied().unwrap_or(paper);
                }
            }
        }
        Gray { pixels, ..*self }
    }

    /// Takes out long straight lines, which readers take for letters. Returns the tables that they make. `dpi` is the picture's resolution: what is
    /// longer than a third of an inch is no stroke of a letter.
    pub fn without_rules(&self, dpi: usize) -> (Gray, Vec<Grid>) {
        let (paper, threshold, least) = (self.paper(), self.threshold(), (dpi / 3).max(8));
        let level = self.rules(threshold, least);
        let upright = self.transposed().rules(threshold, least);
        let mut cleaned = self.clone();
        cleaned.erase(&level, paper);
        let mut turned = cleaned.transposed();
        turned.erase(&upright, paper);
        (turned.transposed(), grids(&level, &upright))
    }

    /// The level rules.
    fn rules(&self, threshold: u8, least: usize) -> Vec<Rule> {
        let mut found = Vec::new();
        for (at, row) in self.pixels.chunks(self.width).enumerate() {
            let (mut start, mut end) = (0, 0);
            for (x, pixel) in row.iter().enumerate() {
                if *pixel >= threshold {
                    continue;
                }
                if x > end + GAP {
                    if end - start >= least {
                        found.push(Rule { at, start, end });
                    }
                    start = x;
                }
                end = x + 1;
            }
            if end - start >= least {
                found.push(Rule { at, start, end });
            }
        }
        found
    }

    fn erase(&mut self, rules: &[Rule], paper: u8) {
        for rule in rules {
            for y in rule.at.saturating_sub(EDGE)..(rule.at + EDGE + 1).min(self.height) {
                let row = y * self.width;
                if let Some(pixels) = self.pixels.get_mut(row + rule.start..row + rule.end.min(self.width)) {
                    pixels.fill(paper);
                }
            }
        }
    }
}

/// The tables that rules make: upright rules that begin and end at about the same height, and the level rules between them.
fn grids(level: &[Rule], upright: &[Rule]) -> Vec<Grid> {
    // Rules beside each other in the picture that cover common heights belong to one table.
    let mut bands: Vec<(usize, usize, Vec<usize>)> = Vec::new();
    let mut by_start: Vec<&Rule> = upright.iter().collect();
    by_start.sort_by_key(|rule| rule.start);
    for rule in by_start {
        match bands.last_mut().filter(|(_, end, _)| rule.start < *end + SAME_RULE) {
            Some((_, end, columns)) => {
                *end = rule.end.max(*end);
                columns.push(rule.at);
            }
            None => bands.push((rule.start, rule.end, vec![rule.at])),
        }
    }
    let of_band = |(top, bottom, columns): (usize, usize, Vec<usize>)| {
        let columns = merged(columns);
        let (left, right) = (*columns.first()?, *columns.last()?);
        let crosses = |rule: &&Rule| {
            rule.at + SAME_RULE > top && rule.at < bottom + SAME_RULE && rule.start < right && rule.end > left
        };
        let rows = merged(level.iter().filter(crosses).map(|rule| rule.at).collect());
        (columns.len() > 2 && rows.len() > 2).then_some(Grid { rows, columns })
    };
    bands.into_iter().filter_map(of_band).collect()
}

/// Places in ascending order, of which those that are close are one.
fn merged(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    let mut kept: Vec<usize> = Vec::new();
    for place in places {
        if kept.last().is_none_or(|last| place > last + SAME_RULE) {
            kept.push(place);
        }
    }
    kept
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
    }

    /// Lines of letters on a large page, tilted by a slope.
    fn tilted(slope: f64) -> Gray {
        let (width, height) = (900, 600);
        let mut page = Gray { width, height, pixels: vec![245; width * height] };
        for line in 0..10 {
            for x in 60..840 {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few lines")]
                let y = 60 + line * 50 + (x as f64 * slope).round() as usize;
                for y in y..y + 14 {
                    if x % 16 < 9 {
                        page.pixels[y * width + x] = 20;
                    }
                }
            }
        }
        page
    }

    #[test]
    fn a_tilt_is_measured_and_corrected() {
        for degrees in [0.4_f64, 1.0, 2.3] {
            let page = tilted(degrees.to_radians().tan());
            assert!((page.tilt() - degrees).abs() < 0.15, "{degrees}: {}", page.tilt());
            let left = page.straightened().tilt();
            assert!(left.abs() < 0.25, "{degrees}: {left} is left");
        }
        assert!(tilted(0.0).tilt().abs() < 0.25);
    }

    #[test]
    fn rules_are_taken_out_and_make_a_grid() {
        let (width, height) = (400, 300);
        let mut page = Gray { width, height, pixels: vec![245; width * height] };
        for (x, y) in (0..width).flat_map(|x| (0..height).map(move |y| (x, y))) {
            let is_level = [50, 130, 210].iter().any(|at| (*at..*at + 3).contains(&y)) && (40..=342).contains(&x);
            let is_upright = [40, 140, 340].iter().any(|at| (*at..*at + 3).contains(&x)) && (50..=212).contains(&y);
            let is_letter = (80..95).contains(&x) && (80..100).contains(&y);
            if is_level || is_upright || is_letter {
                page.pixels[y * width + x] = 20;
            }
        }
        let (cleaned, grids) = page.without_rules(150);
        assert_eq!(grids, [Grid { rows: vec![50, 130, 210], columns: vec![40, 140, 340] }]);
        assert_eq!(cleaned.pixels.iter().filter(|pixel| **pixel < 100).count(), 15 * 20, "only the letter is left");
    }
}
