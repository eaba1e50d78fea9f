//! The tilt of a page on its scanner: a page that is tilted by a degree has rules that no straight run of dark pixels covers.

use crate::file_text::raster::Gray;
use crate::file_text::raster::STRIDE;
use crate::file_text::raster::dark_below;

/// The largest tilt that is corrected, in half degrees. More is no tilt of a scanner.
const HALF_DEGREES: i32 = 6;

impl Gray {
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
        let threshold = dark_below(self.paper());
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

    /// Each column moved down by its distance from the middle times a slope. Between two pixels, it is as dark as both are in their shares:
    /// columns moved by whole pixels would break letters.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        reason = "sizes of pictures are small"
    )]
    fn sheared(&self, slope: f64, paper: u8) -> Gray {
        let mut pixels = vec![paper; self.pixels.len()];
        let middle = self.width as f64 / 2.0;
        // Whole pixels, and the share of the next one in 256ths.
        let moves: Vec<(isize, u32)> = (0..self.width)
            .map(|x| {
                let up = (middle - x as f64) * slope;
                (up.floor() as isize, ((up - up.floor()) * 256.0) as u32)
            })
            .collect();
        let at = |x: usize, y: isize| {
            let row = usize::try_from(y).ok().filter(|y| *y < self.height);
            u32::from(row.and_then(|y| self.pixels.get(y * self.width + x)).copied().unwrap_or(paper))
        };
        for (y, row) in pixels.chunks_mut(self.width).enumerate() {
            for ((x, pixel), (up, share)) in row.iter_mut().enumerate().zip(&moves) {
                let from = y as isize + up;
                *pixel = ((at(x, from) * (256 - share) + at(x, from + 1) * share) >> 8) as u8;
            }
        }
        Gray { pixels, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
