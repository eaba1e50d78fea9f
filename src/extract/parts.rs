//! Lines → the parts of an article: lead, body, captions, byline, source line, tail.

use std::collections::HashSet;

use crate::extract::attachments;
use crate::extract::lines::caption;
use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::lines::last;
use crate::extract::lines::last::Signature;
use crate::extract::lines::prefix;
use crate::extract::lines::without_marks;
use crate::extract::outline::Form;
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

/// Characters of one that ends in a stop and is shorter than all paragraphs of the text.
const MAX_PLAIN_CAPTION: usize = 100;

/// Words of a sentence that introduces the last line at least; a label has fewer.
const LEAST_OF_INTRODUCTION: u32 = 4;

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
pub(super) fn part<'a>(
    mut lines: Vec<Line<'a>>,
    images: &mut Vec<Image>,
    title: &str,
    lead: Option<String>,
) -> Parts<'a> {
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

/// Cuts the list of other articles at the end, boxes of them between paragraphs, and the frame's lines wherever they stand.
fn drop_tail(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let mut others = 0..0;
    let mut drops = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let frame = if line.is_image() { None } else { frame::read(&line.text) };
        if frame == Some(Frame::ListHead) && !others.contains(&at) {
            others = at..end_of_list(lines, at);
        }
        drops.push(frame.is_some() || others.contains(&at));
    }
    let mut drops = drops.into_iter();
    lines.retain(|line| {
        let drop = drops.next() == Some(true);
        if drop {
            dropped.push(line.text.clone());
        }
        !drop
    });
}

/// Words of a sentence that is no teaser's date or rubric, and characters of a paragraph that is no teaser's summary.
const LEAST_OF_SENTENCE: u32 = 8;
const LEAST_OF_PROSE: usize = 200;

/// Where the list of other articles that a line heads ends: behind its links, where the text goes on, or with the text. A sentence right behind
/// a single link is its summary.
fn end_of_list(lines: &[Line<'_>], head: usize) -> usize {
    let mut behind = 0;
    let mut end = head + 1;
    for (at, line) in lines.iter().enumerate().skip(head + 1) {
        if line.is_link() {
            behind += 1;
            end = at + 1;
        } else if !line.is_image() && line.words >= LEAST_OF_SENTENCE && line.link_density() < 0.5 {
            let sentence = line.text.ends_with(['.', '!', '?', '…', '”', '"', ':']);
            if line.text.chars().count() > LEAST_OF_PROSE || (sentence && behind != 1) {
                return end;
            }
            behind = 0;
        }
    }
    lines.len()
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

/// Bytes of the text in which a line is looked for that is pulled out of it, and lines that are looked for, at most.
const MOST_SEARCHED: usize = 128 * 1024;
const MOST_PULLED: usize = 200;

/// Words of a sentence that is pulled out of its paragraph at most.
const PULLED: u32 = 60;

/// Drops what comes again word for word: as where a page holds its text once for each width of the screen, or shows a sentence of a paragraph
/// once more in large letters.
fn drop_doubled(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let mut seen: HashSet<String> = HashSet::new();
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Paragraph) {
        if text.len() + line.text.len() < MOST_SEARCHED {
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    let mut looks = 0;
    lines.retain(|line| {
        let may_be = line.words >= DOUBLED && !line.is_image() && !matches!(line.kind, Kind::Row { .. });
        let pulled = may_be && line.kind == Kind::Quote && line.words <= PULLED && looks < MOST_PULLED && {
            looks += 1;
            is_pulled(&text, &line.text)
        };
        let doubled = may_be && (pulled || !seen.insert(line.text.clone()));
        if doubled {
            dropped.push(line.text.clone());
        }
        !doubled
    });
}

/// Whether a paragraph of a text holds a line beside other words.
fn is_pulled(text: &str, line: &str) -> bool {
    let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '«' | '»' | '‘' | '’');
    let line = line.trim_matches(is_mark);
    text.match_indices(line).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + line.len()..).and_then(|after| after.chars().next());
        let edge = |c: Option<char>| c.is_none_or(|c| c == '\n' || is_mark(c));
        let parts = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        parts(before) && parts(after) && !(edge(before) && edge(after))
    })
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
        // "The files are at:" and an address tell where to look, not where the text is from.
        let before = lines.len().checked_sub(2).and_then(|at| lines.get(at));
        if before.is_some_and(|before| before.words >= LEAST_OF_INTRODUCTION && before.text.ends_with(':')) {
            return;
        }
        let below_image = lines.len() >= 2 && lines.get(lines.len() - 2).is_some_and(Line::is_image);
        let Some(signature) = signature(line, vietnamese, below_image) else { return };
        let text = without_marks(&line.text).to_owned();
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
    if let Some(named) = named(line) {
        return Some(named);
    }
    let marked = last::begins_byline(&line.text);
    let signature = last::read(&line.text)?;
    let long = line.text.chars().count() > 40;
    let apart = line.form.right || line.form.bold || line.form.italic || line.form.centered;
    let bare = !signature.is_source && !marked;
    let item = matches!(line.kind, Kind::Item { .. } | Kind::Row { .. } | Kind::Heading(_));
    (!(bare && (!vietnamese || below_image || item || (long && !apart)))).then_some(signature)
}

/// What a line says of which the markup says that it signs.
fn named(line: &Line<'_>) -> Option<Signature> {
    let Form { author, source, .. } = line.form;
    (author || source).then(|| last::read_named(&line.text, !author)).flatten()
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
    !line.is_image() && (named(line).is_some() || last::read(&line.text).is_some())
}

/// What a line below the text says of who wrote it, where its first words ("Tác giả: …", "Nguồn tin: …") or the markup say that it does.
pub(super) fn signs(line: &Line<'_>) -> Option<Signature> {
    let labelled = line.text.find(':').is_some_and(|at| at <= MAX_LABEL);
    let read = || {
        last::read(&line.text)
            .filter(|signature| signature.is_source || last::begins_byline(&line.text))
            .filter(|_| labelled)
    };
    if line.is_image() || line.is_link() { None } else { named(line).or_else(read) }
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

/// Moves the captions below images to them. A caption that says it is one and has no picture gets an image without an address.
fn take_captions<'a>(
    lines: Vec<Line<'a>>,
    signed: bool,
    vietnamese: bool,
    images: &mut Vec<Image>,
    dropped: &mut Vec<String>,
) -> Vec<Line<'a>> {
    let habits = Habits::of(&lines, vietnamese);
    let mut kept: Vec<Line<'a>> = Vec::with_capacity(lines.len());
    let gaps: Vec<bool> = lines.iter().map(|line| line.after_gap).chain([true]).collect();
    let boxed: Vec<bool> = lines.iter().map(|line| line.form.in_table).chain([false]).collect();
    let count = lines.len();
    // Whether the last line of text ends in the middle of a sentence.
    let mut open = None;
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
        let goes_on = begins_low(&line.text) && open == Some(true);
        let is_boxed_alone = open.is_some()
            && number.checked_sub(1).and_then(|before| boxed.get(before)) == Some(&false)
            && boxed.get(number + 1) == Some(&false);
        // The bold line below a picture at the head is the lead.
        let may_be_lead = line.form.bold && open.is_none() && caption::read(&line.text).is_none();
        let shown = match (image, &line.kind) {
            // Elsewhere a heading below a picture heads what follows.
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
            // A caption given twice, as by `alt` and `figcaption`.
            Some(image) if image.caption.as_deref().is_some_and(|caption| is_same(caption, &line.text)) => {}
            Some(Image { caption: Some(caption), .. }) if joins(caption) => {
                caption.push(' ');
                caption.push_str(&line.text);
            }
            // A caption whose image is lost, or the second of one image.
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

/// Whether a line of the text is the caption of a picture that is not there: it ends in the credit of one.
fn tells_of_lost_picture(line: &Line<'_>) -> bool {
    let short = line.kind == Kind::Paragraph && line.text.chars().count() <= MAX_CAPTION;
    let read = || caption::read(&line.text).is_some_and(|read| read.of_picture && read.shows.is_some());
    short && read() && !last::begins_byline(&line.text)
}

/// Whether a line that has a table of its own within the text is a caption: editors put a picture into a table with its caption below it, and
/// some pictures are lost.
fn is_boxed_caption(line: &Line<'_>) -> bool {
    line.form.in_table
        && line.kind == Kind::Paragraph
        && line.text.chars().count() <= MAX_STOPPED_CAPTION
        && !line.form.bold
        && !line.is_link()
        && line.text.ends_with(char::is_alphanumeric)
        && caption::read(&line.text).is_none()
}

/// Whether a line ends a sentence that its caption has begun: the editor broke it into two.
fn continues(caption: &str, line: &Line<'_>) -> bool {
    let short = caption.chars().count() + line.text.chars().count() <= MAX_CAPTION;
    line.kind == Kind::Paragraph && short && caption.ends_with(['–', '-', ','])
}

/// Whether the sentence of a line is not ended.
fn is_open(line: &Line<'_>) -> bool {
    let unstopped = line.text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '–' | '-'));
    line.kind == Kind::Paragraph && unstopped
}

fn begins_low(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_lowercase)
}

/// Whether two captions are one. Texts of which one is more than twice as long are not folded to be told.
fn is_same(one: &str, other: &str) -> bool {
    let alike = one.len() <= 2 * other.len() && other.len() <= 2 * one.len();
    one == other || (alike && fold(one) == fold(other))
}

/// How the article's own paragraphs look, against which a line below an image is held.
struct Habits {
    /// Characters of the shortest paragraph that stands elsewhere and ends in a stop.
    shortest: usize,
    /// Whether bold lines stand elsewhere: they are subheadings.
    has_subheads: bool,
}

impl Habits {
    fn of(lines: &[Line<'_>], vietnamese: bool) -> Habits {
        let mut habits = Habits { shortest: if vietnamese { MAX_PLAIN_CAPTION + 1 } else { 0 }, has_subheads: false };
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

    /// Whether a line right below an image is its caption. `set_off`: an empty paragraph stands before the image, or before or after the line.
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
