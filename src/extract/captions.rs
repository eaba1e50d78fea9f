//! Decides which lines below a picture are its caption.

use foldhash::HashMap;

use crate::extract::lines::caption;
use crate::extract::lines::last;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::model::article::Image;
use crate::text::vietnamese::fold;

/// Maximum number of characters of a caption.
const MAX_CAPTION: usize = 250;

/// Maximum number of characters of a caption that ends in a period, if only its place shows that it is one.
const MAX_STOPPED_CAPTION: usize = 140;

/// Maximum number of characters of one that ends in a period and is shorter than all paragraphs of the text.
const MAX_PLAIN_CAPTION: usize = 100;

/// Moves the captions below images to them. A line that is clearly a caption but has no picture gets an image without a URL.
pub(super) fn take_captions<'a>(
    lines: Vec<Line<'a>>,
    signed: bool,
    vietnamese: bool,
    images: &mut Vec<Image>,
    dropped: &mut Vec<String>,
) -> Vec<Line<'a>> {
    let habits = ParagraphStyle::of(&lines, vietnamese);
    let mut kept: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let gaps: Vec<bool> = lines.iter().map(|line| line.after_gap).chain([true]).collect();
    let boxed: Vec<bool> = lines.iter().map(|line| line.form.in_table).chain([false]).collect();
    let count = lines.len();
    let rows = row_captions(&lines);
    // Whether the last line of text ends in mid-sentence.
    let mut open = None;
    for (number, line) in lines.into_iter().enumerate() {
        if let Some(image) = rows.get(&number).and_then(|index| images.get_mut(*index)) {
            image.credit = caption::read(&line.text).and_then(|read| read.credit);
            image.caption = Some(line.text);
            continue;
        }
        let image = kept.last().and_then(|before| match before.kind {
            Kind::Image(index) => Some(index),
            _ => None,
        });
        let image_set_off = kept.last().is_some_and(|image| image.is_image() && image.after_gap);
        // In other languages, empty paragraphs are everywhere.
        let set_off = vietnamese && (image_set_off || line.after_gap || gaps.get(number + 1) == Some(&true));
        let missing = image.and_then(|index| images.get(index)).is_some_and(|image| image.url.is_none());
        // If the image shows nothing, position alone does not make a caption.
        let last = (number + 1 == count && !signed) || missing;
        let goes_on = begins_low(&line.text) && open == Some(true);
        let is_boxed_alone = open.is_some()
            && number.checked_sub(1).and_then(|before| boxed.get(before)) == Some(&false)
            && boxed.get(number + 1) == Some(&false);
        // The bold line below a picture at the top is the lead.
        let may_be_lead = line.form.bold && open.is_none() && caption::read(&line.text).is_none();
        let shown = match (image, &line.kind) {
            // In other languages, a heading below a picture belongs to the text after it.
            (Some(index), kind @ (Kind::Paragraph | Kind::Heading(_)))
                if (vietnamese || *kind == Kind::Paragraph || line.form.caption)
                    && (line.form.caption || (!goes_on && !may_be_lead && habits.is_caption(&line, last, set_off))) =>
            {
                Some(index)
            }
            (_, Kind::Paragraph) if line.form.caption => images.len().checked_sub(1),
            _ => None,
        };
        let joins = |caption: &str| !last && continues(caption, &line);
        match shown.or(image).and_then(|index| images.get_mut(index)) {
            Some(image) if shown.is_some() && image.caption.is_none() => {
                image.credit = caption::read(&line.text).and_then(|read| read.credit);
                image.caption = Some(line.text);
            }
            // The same caption twice, for example in `alt` and `figcaption`.
            Some(image) if image.caption.as_deref().is_some_and(|caption| is_same(caption, &line.text)) => {}
            Some(Image { caption: Some(caption), .. }) if joins(caption) => {
                caption.push(' ');
                caption.push_str(&line.text);
            }
            // A caption whose image is missing, or a second one for the same image.
            _ if line.form.caption && !line.is_image() => dropped.push(line.text),
            None if tells_of_lost_picture(&line) || (vietnamese && is_boxed_alone && is_boxed_caption(&line)) => {
                let credit = caption::read(&line.text).and_then(|read| read.credit);
                kept.push(Line { kind: Kind::Image(images.len()), text: String::new(), ..line });
                images.push(Image { url: None, caption: Some(line.text), credit });
            }
            _ => {
                open = if line.is_image() { open } else { Some(is_open(&line)) };
                kept.push(line);
            }
        }
    }
    kept
}

/// Returns the picture of each caption below a row of pictures, if the row has as many captions.
fn row_captions(lines: &[Line<'_>]) -> HashMap<usize, usize> {
    let mut found = HashMap::default();
    let mut row: Vec<usize> = Vec::new();
    let mut boxed = true;
    for (at, line) in lines.iter().enumerate() {
        if let Kind::Image(index) = line.kind {
            boxed = line.form.in_table && (boxed || row.is_empty());
            row.push(index);
            continue;
        }
        let shows = |line: &Line<'_>| {
            line.kind == Kind::Paragraph
                && (line.form.caption || boxed && line.form.in_table)
                && line.text.chars().count() <= MAX_CAPTION
        };
        let below = lines.iter().skip(at).take(row.len() + 1).take_while(|line| shows(line)).count();
        if row.len() > 1 && below == row.len() {
            found.extend((at..).zip(row.iter().copied()));
        }
        row.clear();
    }
    found
}

/// Whether a line of the text is the caption of a missing picture: it ends in a picture's credit.
fn tells_of_lost_picture(line: &Line<'_>) -> bool {
    let short = line.kind == Kind::Paragraph && line.text.chars().count() <= MAX_CAPTION;
    let read = || caption::read(&line.text).is_some_and(|read| read.of_picture && read.shows.is_some());
    short && read() && !last::begins_byline(&line.text)
}

/// Whether a line in a table of its own within the text is a caption. Editors put a picture and its caption into a table, and some pictures are
/// missing.
fn is_boxed_caption(line: &Line<'_>) -> bool {
    line.form.in_table
        && line.kind == Kind::Paragraph
        && line.text.chars().count() <= MAX_STOPPED_CAPTION
        && !line.form.bold
        && !line.is_link()
        && line.text.ends_with(char::is_alphanumeric)
        && caption::read(&line.text).is_none()
}

/// Whether a line ends a sentence that the caption began. The editor broke it into two.
fn continues(caption: &str, line: &Line<'_>) -> bool {
    let short = caption.chars().count() + line.text.chars().count() <= MAX_CAPTION;
    line.kind == Kind::Paragraph && short && caption.ends_with(['–', '-', ','])
}

/// Whether the sentence of a line is incomplete.
fn is_open(line: &Line<'_>) -> bool {
    let unstopped = line.text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '–' | '-'));
    line.kind == Kind::Paragraph && unstopped
}

fn begins_low(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_lowercase)
}

/// Whether two captions are the same. If one is more than twice as long as the other, they are not folded for the comparison.
fn is_same(one: &str, other: &str) -> bool {
    let alike = one.len() <= 2 * other.len() && other.len() <= 2 * one.len();
    one == other || (alike && fold(one) == fold(other))
}

/// The style of the article's own paragraphs. A line below an image is compared with it.
struct ParagraphStyle {
    /// Number of characters of the shortest paragraph elsewhere that ends in a period.
    shortest: usize,
    /// Whether there are bold lines elsewhere. They are subheadings.
    has_subheads: bool,
}

impl ParagraphStyle {
    fn of(lines: &[Line<'_>], vietnamese: bool) -> ParagraphStyle {
        let mut habits =
            ParagraphStyle { shortest: if vietnamese { MAX_PLAIN_CAPTION + 1 } else { 0 }, has_subheads: false };
        let mut below_image = false;
        for line in lines {
            let short = line.text.chars().count();
            if line.is_image() {
                below_image = true;
            } else if line.kind == Kind::Paragraph && !below_image {
                habits.has_subheads |= line.form.bold && short <= MAX_CAPTION;
                if is_stopped(&line.text) && !line.form.bold {
                    habits.shortest = habits.shortest.min(short);
                }
            }
            below_image &= line.is_image() || line.form.bold;
        }
        habits
    }

    /// Whether a line right below an image is its caption. `set_off`: there is an empty paragraph before the image, or before or after the line.
    fn is_caption(&self, line: &Line<'_>, last: bool, set_off: bool) -> bool {
        let length = line.text.chars().count();
        if length > MAX_CAPTION || line.text.ends_with([':', '?']) || is_numbered(&line.text) {
            return false;
        }
        let credit = caption::read(&line.text).is_some();
        let apart = line.form.centered || line.form.italic || line.form.in_table;
        let sentences = line.text.matches(". ").count();
        let fits = if is_stopped(&line.text) {
            !line.form.bold && (length < self.shortest || (set_off && length <= MAX_STOPPED_CAPTION))
        } else {
            !line.form.bold || !self.has_subheads
        };
        credit || (apart && sentences <= 1) || (!last && sentences == 0 && fits)
    }
}

fn is_stopped(text: &str) -> bool {
    text.ends_with(['.', '!', '?', '…', ';'])
}

/// "5) …", "12. …": the heading of a part of the text.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && rest.starts_with([')', '.']) && rest.chars().nth(1).is_some_and(char::is_whitespace)
}
