//! Lines → the parts of an article: lead, body, captions, byline, source line, tail.

use std::collections::HashSet;

use crate::extract::attachments;
use crate::extract::lines::caption;
use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::lines::last;
use crate::extract::lines::last::Signature;
use crate::extract::lines::prefix;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::model::article::Credit;
use crate::model::article::Image;
use crate::text::vietnamese::fold;
use crate::url::PageUrl;

/// Characters of a caption at most.
const MAX_CAPTION: usize = 250;

/// Characters of a caption that ends in a stop, where only its place shows that it is one.
const MAX_STOPPED_CAPTION: usize = 140;

/// Lines at the end among which byline and source line are looked for.
const LAST_LINES: usize = 4;

/// What the lines are.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) lead: Option<String>,
    pub(super) body: Vec<Line<'a>>,
    pub(super) byline: Option<String>,
    /// The people that the byline, or a source line, names.
    pub(super) people: Vec<String>,
    pub(super) credit: Option<Credit>,
    pub(super) dropped: Vec<String>,
}

/// Tells the parts apart. `lead` is what a rule or the page gave; captions go to their images.
pub(super) fn part<'a>(mut lines: Vec<Line<'a>>, images: &mut [Image], title: &str, lead: Option<String>) -> Parts<'a> {
    let mut parts = Parts::default();
    drop_tail(&mut lines, &mut parts.dropped);
    drop_files(&mut lines, &mut parts.dropped);
    let vietnamese = is_vietnamese(lines.iter().map(|line| line.text.as_str()));
    take_last_lines(&mut lines, &mut parts, vietnamese);
    let signed = parts.byline.is_some() || parts.credit.is_some();
    let lines = take_captions(lines, signed, vietnamese, images, &mut parts.dropped);
    let mut lines = without_title(lines, title, &mut parts.dropped);
    drop_doubled(&mut lines, &mut parts.dropped);
    parts.lead = match lead {
        Some(lead) => {
            remove_repeated_lead(&mut lines, &lead);
            Some(lead)
        }
        None => bold_lead(&mut lines),
    };
    parts.lead = parts.lead.filter(|lead| fold(lead) != fold(title));
    parts.body = lines;
    if parts.credit.is_none() {
        parts.credit = agency(&parts);
    }
    parts
}

// --- tail ---

/// Cuts the list of other articles at the end, and the frame's lines wherever they stand.
fn drop_tail(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let frames: Vec<Option<Frame>> =
        lines.iter().map(|line| if line.is_image() { None } else { frame::read(&line.text) }).collect();
    if let Some(head) = frames.iter().position(|frame| *frame == Some(Frame::ListHead)) {
        // A subheading "Tin mới" in the middle of prose is no tail: what follows must be short or links.
        let prose = |line: &&Line<'_>| !line.is_link() && line.text.chars().count() > 200;
        if lines.iter().skip(head).filter(prose).count() == 0 {
            dropped.extend(lines.drain(head..).map(|line| line.text));
        }
    }
    let mut frames = frames.into_iter();
    lines.retain(|line| {
        let frame = frames.next().flatten();
        if frame.is_some() {
            dropped.push(line.text.clone());
        }
        frame.is_none()
    });
}

/// Drops what only offers a document: its file's name as a link, with or without a label before it.
fn drop_files(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    lines.retain(|line| {
        let offers = attachments::is_offer(line);
        if offers {
            dropped.push(line.text.clone());
        }
        !offers
    });
}

/// Words from which on a line that comes twice is doubled by the theme and not by the author.
const DOUBLED: u32 = 6;

/// Drops what comes again word for word, as where a page holds its text once for each width of the screen.
fn drop_doubled(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let mut seen: HashSet<String> = HashSet::new();
    lines.retain(|line| {
        let doubled = line.words >= DOUBLED
            && !line.is_image()
            && !matches!(line.kind, Kind::Row { .. })
            && !seen.insert(line.text.clone());
        if doubled {
            dropped.push(line.text.clone());
        }
        !doubled
    });
}

/// Whether the text is Vietnamese: one letter in thirty or more is one that only Vietnamese has.
pub(super) fn is_vietnamese<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let own = |c: &char| matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}');
    let (mut letters, mut vietnamese) = (0_usize, 0_usize);
    for line in lines.take(40) {
        letters += line.chars().filter(|c| c.is_alphabetic()).count();
        vietnamese += line.chars().filter(own).count();
    }
    vietnamese * 30 >= letters.max(1)
}

// --- byline and source line ---

fn take_last_lines(lines: &mut Vec<Line<'_>>, parts: &mut Parts<'_>, vietnamese: bool) {
    for _ in 0..LAST_LINES {
        while lines.last().is_some_and(|line| !line.is_image() && !line.text.chars().any(char::is_alphanumeric)) {
            lines.pop();
        }
        let Some(line) = lines.last().filter(|line| !line.is_image()) else { return };
        let below_image = lines.len() >= 2 && lines.get(lines.len() - 2).is_some_and(Line::is_image);
        let Some(signature) = signature(line, vietnamese, below_image) else { return };
        let text = line.text.clone();
        if signature.is_source && parts.credit.is_none() {
            parts.credit = Some(credit(text, signature.outlet));
        } else if !signature.is_source && parts.byline.is_none() {
            parts.byline = Some(text);
        } else {
            return;
        }
        if parts.people.is_empty() {
            parts.people = signature.people;
        }
        lines.pop();
    }
}

/// What a last line says, where its form allows it: a bare name below an image is the image's.
fn signature(line: &Line<'_>, vietnamese: bool, below_image: bool) -> Option<Signature> {
    let marked = last::begins_byline(&line.text);
    let signature = last::read(&line.text)?;
    let long = line.text.chars().count() > 40;
    let apart = line.form.right || line.form.bold || line.form.italic || line.form.centered;
    let bare = !signature.is_source && !marked;
    let item = matches!(line.kind, Kind::Item { .. } | Kind::Row { .. } | Kind::Heading(_));
    (!(bare && (!vietnamese || below_image || item || (long && !apart)))).then_some(signature)
}

fn credit(text: String, outlet: Option<String>) -> Credit {
    let url = outlet.as_deref().and_then(|outlet| PageUrl::parse(outlet).ok());
    let outlet = outlet.map(|outlet| url.as_ref().map_or(outlet, |url| url.host().to_owned()));
    Credit { text, outlet, url }
}

/// The source line of a text, see [`last::read`].
pub(super) fn credit_of(text: &str) -> Option<Credit> {
    let signature = last::read(text).filter(|signature| signature.is_source)?;
    Some(credit(text.to_owned(), signature.outlet))
}

/// Whether a line after the text may be its byline or its source line.
pub(super) fn may_sign(line: &Line<'_>) -> bool {
    !line.is_image() && last::read(&line.text).is_some()
}

/// Whether a line says by its first words that it is a byline or a source line: "Tác giả: …", "Nguồn tin: …".
pub(super) fn says_who(text: &str) -> bool {
    let labelled = text.find(':').is_some_and(|at| at <= MAX_LABEL);
    labelled && last::read(text).is_some_and(|signature| signature.is_source || last::begins_byline(text))
}

/// Bytes of the label before a name at most.
const MAX_LABEL: usize = 40;

/// The agency whose mark stands at the head of the lead or of the text, where no source line names one.
fn agency(parts: &Parts<'_>) -> Option<Credit> {
    let first = parts.body.iter().find(|line| !line.is_image()).map(|line| line.text.as_str());
    let head = parts.lead.as_deref().or(first)?;
    let prefixed = prefix::read(head).filter(|prefixed| prefixed.is_outlet)?;
    let text = head
        .get(..head.len() - prefixed.rest.len())?
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—'));
    Some(Credit { text: text.to_owned(), outlet: Some(prefixed.mark.to_owned()), url: None })
}

// --- captions ---

/// Moves the captions below images to them.
fn take_captions<'a>(
    lines: Vec<Line<'a>>,
    signed: bool,
    vietnamese: bool,
    images: &mut [Image],
    dropped: &mut Vec<String>,
) -> Vec<Line<'a>> {
    let mut kept: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let gaps: Vec<bool> = lines.iter().map(|line| line.after_gap).chain([true]).collect();
    let count = lines.len();
    for (number, line) in lines.into_iter().enumerate() {
        let image = kept.last().and_then(|before| match before.kind {
            Kind::Image(index) => Some(index),
            _ => None,
        });
        let image_set_off = kept.last().is_some_and(|image| image.is_image() && image.after_gap);
        // Elsewhere empty paragraphs stand about everywhere.
        let set_off = vietnamese && (image_set_off || line.after_gap || gaps.get(number + 1) == Some(&true));
        let missing = image.and_then(|index| images.get(index)).is_some_and(|image| image.url.is_none());
        // Where nothing is shown, its place alone makes no caption.
        let last = (number + 1 == count && !signed) || missing;
        let shown = match (image, &line.kind) {
            (Some(index), Kind::Paragraph | Kind::Heading(_)) if is_caption(&line, last, set_off) => Some(index),
            (_, Kind::Paragraph) if line.form.caption => images.len().checked_sub(1),
            _ => None,
        };
        match shown.and_then(|index| images.get_mut(index)) {
            Some(image) if image.caption.is_none() => {
                image.credit = caption::read(&line.text).and_then(|read| read.credit);
                image.caption = Some(line.text);
            }
            // A caption given twice, as by `alt` and `figcaption`.
            Some(image) if image.caption.as_deref().is_some_and(|caption| is_same(caption, &line.text)) => {}
            // A caption whose image is lost, or the second of one image.
            _ if line.form.caption => dropped.push(line.text),
            _ => kept.push(line),
        }
    }
    kept
}

/// Whether two captions are one. Texts of which one is more than twice as long are not folded to be told.
fn is_same(one: &str, other: &str) -> bool {
    let alike = one.len() <= 2 * other.len() && other.len() <= 2 * one.len();
    one == other || (alike && fold(one) == fold(other))
}

/// Whether a line right below an image is its caption. `set_off`: an empty paragraph stands before the image, or before or after the line.
fn is_caption(line: &Line<'_>, last: bool, set_off: bool) -> bool {
    let length = line.text.chars().count();
    if line.form.caption {
        return true;
    }
    if length > MAX_CAPTION || line.text.ends_with([':', '?']) || is_numbered(&line.text) {
        return false;
    }
    let credit = caption::read(&line.text).is_some();
    let apart = line.form.centered || line.form.italic || line.form.in_table;
    let stopped = line.text.ends_with(['.', '!', '?', '…', ';']);
    let sentences = line.text.matches(". ").count();
    let placed = !last && !line.form.bold && sentences == 0 && (!stopped || (set_off && length <= MAX_STOPPED_CAPTION));
    credit || (apart && sentences <= 1) || placed
}

/// "5) …", "12. …": the head of a part of the text.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && rest.starts_with([')', '.']) && rest.chars().nth(1).is_some_and(char::is_whitespace)
}

// --- lead ---

fn without_title<'a>(mut lines: Vec<Line<'a>>, title: &str, dropped: &mut Vec<String>) -> Vec<Line<'a>> {
    let title = fold(title);
    if let Some(at) =
        lines.iter().take(3).position(|line| !line.is_image() && fold(&line.text) == title && !title.is_empty())
    {
        dropped.push(lines.remove(at).text);
    }
    lines
}

/// Takes out the lines at the beginning that the lead repeats.
fn remove_repeated_lead(lines: &mut Vec<Line<'_>>, lead: &str) {
    let lead = fold(lead);
    let mut rest = lines.iter().enumerate().filter(|(_, line)| !line.is_image());
    let mut taken = 0;
    let mut repeats = HashSet::new();
    while let Some((at, line)) = rest.next().filter(|(at, _)| at - taken <= 2) {
        let text = fold(&line.text);
        if text.len() > lead.len() || text.chars().count() <= 20 || !lead.contains(&text) {
            break;
        }
        repeats.insert(at);
        taken += 1;
    }
    let mut at = 0..;
    lines.retain(|_| at.next().is_none_or(|at| !repeats.contains(&at)));
}

/// The bold first paragraph or paragraphs are the lead, where text follows that is not bold.
fn bold_lead(lines: &mut Vec<Line<'_>>) -> Option<String> {
    const LEAST: usize = 40;
    let texts: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(|line| !line.is_image())).collect();
    let is_lead = |at: &usize| {
        lines.get(*at).is_some_and(|line| {
            line.form.bold
                && matches!(line.kind, Kind::Paragraph | Kind::Heading(_))
                && line.text.chars().count() >= LEAST
        })
    };
    let lead: Vec<usize> = texts.iter().copied().take_while(is_lead).take(4).collect();
    let rest_is_plain = texts.iter().skip(lead.len()).any(|at| lines.get(*at).is_some_and(|line| !line.form.bold));
    if lead.is_empty() || !rest_is_plain {
        return None;
    }
    let text: Vec<String> = lead.iter().filter_map(|at| lines.get(*at)).map(|line| line.text.clone()).collect();
    for at in lead.iter().rev() {
        lines.remove(*at);
    }
    Some(text.join("\n"))
}
