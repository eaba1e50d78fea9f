//! What `pdfinfo` and `pdftotext` (poppler) print.

/// What `pdfinfo` says of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PdfInfo {
    /// Number of pages.
    pub pages: u32,
    /// Width and height in points of the first pages, in their order.
    pub sizes: Vec<(f64, f64)>,
}

/// Width and height of a page of A4 in points, for a page of which nothing is known.
const A4: (f64, f64) = (595.0, 842.0);

impl PdfInfo {
    /// Reads the output of `pdfinfo -f 1 -l N`.
    pub fn read(output: &str) -> PdfInfo {
        let mut info = PdfInfo::default();
        for line in output.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            if key == "Pages" {
                info.pages = value.trim().parse().unwrap_or_default();
            } else if key.starts_with("Page") && key.ends_with("size") {
                // "Page    1 size:  595.276 x 841.89 pts (A4)"
                let mut numbers = value.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
                info.sizes.push(numbers.next().zip(numbers.next()).unwrap_or(A4));
            }
        }
        info
    }

    /// Returns the size of a page by its index.
    pub fn size(&self, page: usize) -> (f64, f64) {
        self.sizes.get(page).copied().filter(|(width, height)| *width > 0.0 && *height > 0.0).unwrap_or(A4)
    }
}

/// Splits the output of `pdftotext`, which ends each page with a form feed.
pub fn split_pages(output: &str) -> Vec<&str> {
    output.strip_suffix('\u{c}').unwrap_or(output).split('\u{c}').collect()
}

/// The share of a page that a picture must have for the page to be a scan.
const COVERED: f64 = 0.5;

/// Returns for each page whether one picture covers it, from the output of `pdfimages -list`: page, number, type, width, height, color, components,
/// bits, encoding, interpolation, object (two words), horizontal and vertical resolution, size, ratio.
pub fn covered_pages(list: &str, info: &PdfInfo, pages: usize) -> Vec<bool> {
    let mut covered = vec![false; pages];
    for row in list.lines() {
        let words: Vec<&str> = row.split_whitespace().collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok());
        let page = words.first().and_then(|word| word.parse::<usize>().ok()).and_then(|page| page.checked_sub(1));
        let Some((page, [width, height, across, down])) =
            page.zip(numbers([number(3), number(4), number(12), number(13)]))
        else {
            continue;
        };
        let area = (width / across * 72.0) * (height / down * 72.0);
        let (page_width, page_height) = info.size(page);
        if let Some(covered) = covered.get_mut(page)
            && area >= COVERED * page_width * page_height
        {
            *covered = true;
        }
    }
    covered
}

fn numbers([one, two, three, four]: [Option<f64>; 4]) -> Option<[f64; 4]> {
    Some([one?, two?, three?, four?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_poppler_is_read() {
        let output = "Title:  a: b\nPages:           3\nEncrypted:       no\nPage    1 size:  595.276 x 841.89 pts (A4)\nPage    1 rot:   0\nPage    2 size:  0 x 10 pts\n";
        let info = PdfInfo::read(output);
        assert_eq!((info.pages, info.size(0), info.size(1), info.size(7)), (3, (595.276, 841.89), A4, A4));
        let list = "page   num  type   width height color comp bpc  enc interp  object ID x-ppi y-ppi size ratio\n\
                    --------------------------------------------------------------------------------------------\n   \
                    1     0 image    1654  2339  rgb     3   8  jpeg   no         7  0   200   200  813K 7.2%\n   \
                    2     1 image     100   100  rgb     3   8  jpeg   no         9  0   200   200  813K 7.2%\n";
        assert_eq!(covered_pages(list, &info, 3), [true, false, false]);
        assert_eq!(split_pages("một\n\u{c}\u{c}ba\u{c}"), ["một\n", "", "ba"]);
    }
}
