//! Separates lines into the parts of an article: lead, body, captions, byline, source line, tail.

use foldhash::HashMap;
use foldhash::HashSet;

use crate::extract::attachments;
use crate::extract::captions::take_captions;
use crate::extract::doubled::drop_doubled;
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
use crate::text::unicode;
use crate::text::vietnamese::fold;
use crate::url::PageUrl;

/// Minimum number of words of a sentence that introduces the last line. A label has fewer.
const LEAST_OF_INTRODUCTION: u32 = 4;

/// Number of lines at the end that are searched for the byline and the source line.
const LAST_LINES: usize = 4;

/// The parts of an article.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) lead: Option<String>,
    pub(super) body: Vec<Line<'a>>,
    pub(super) byline: Option<String>,
    /// The people named in the byline or a source line.
    pub(super) people: Vec<String>,
    pub(super) credit: Option<Credit>,
    pub(super) dropped: Vec<String>,
}

/// Separates the parts. `lead` comes from a rule or the page. Captions move to their images.
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

/// Drops the list of other articles at the end, boxes of them between paragraphs, and all frame lines.
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

/// Minimum number of words of a sentence, so that it is not a teaser's date or section, and of characters of a paragraph, so that it is not a
/// teaser's summary.
const LEAST_OF_SENTENCE: u32 = 8;
const LEAST_OF_PROSE: usize = 200;

/// Returns the end of the list of other articles below a heading: after its links, where the text continues, or at the end of the text. A sentence
/// right after a single link is its summary.
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

/// Drops lines that only offer a document (its file name as a link, with or without a label before it), and tables of files with their headers.
fn drop_files(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let mut tables: HashMap<usize, (usize, usize)> = HashMap::default();
    for line in lines.iter() {
        if let Kind::Row { table, cells } = &line.kind {
            let (rows, files) = tables.entry(*table).or_default();
            *rows += 1;
            *files += usize::from(attachments::is_row_of_file(cells));
        }
    }
    let is_of_files = |table: &usize| tables.get(table).is_some_and(|(rows, files)| *files > 0 && files + 1 >= *rows);
    lines.retain(|line| {
        let in_table = matches!(&line.kind, Kind::Row { table, .. } if is_of_files(table));
        let offers = in_table || attachments::is_offer(line);
        if offers {
            dropped.push(line.text.clone());
        }
        !offers
    });
}

/// Whether the text is Vietnamese: at least one letter in thirty is one that only Vietnamese has.
pub(super) fn is_vietnamese<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let own = |c| matches!(c, 'ă' | 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}');
    let (mut letters, mut vietnamese) = (0_usize, 0_usize);
    for c in lines.take(40).flat_map(str::chars) {
        letters += usize::from(unicode::is_alphabetic(c));
        vietnamese += usize::from(own(c));
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
        // "The files are at:" and a URL say where to look, not where the text is from.
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

/// Returns the signature in a last line, if its form allows one. A bare name below an image is the image's.
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

/// Returns the signature in a line that the markup marks as one.
fn named(line: &Line<'_>) -> Option<Signature> {
    let Form { author, source, .. } = line.form;
    (author || source).then(|| last::read_named(&line.text, !author)).flatten()
}

fn credit(text: String, outlet: Option<String>) -> Credit {
    let url = outlet.as_deref().and_then(|outlet| PageUrl::parse(outlet).ok());
    let outlet = outlet.map(|outlet| url.as_ref().map_or(outlet, |url| url.host().to_owned()));
    Credit { text, outlet, url }
}

/// Returns the source line of a text, see [`last::read`].
pub(super) fn credit_of(text: &str) -> Option<Credit> {
    let signature = last::read(text).filter(|signature| signature.is_source)?;
    Some(credit(text.to_owned(), signature.outlet))
}

/// Whether a line after the text can be its byline or its source line.
pub(super) fn may_sign(line: &Line<'_>) -> bool {
    !line.is_image() && (named(line).is_some() || last::read(&line.text).is_some())
}

/// Returns the signature in a line below the text, if its first words ("Tác giả: …", "Nguồn tin: …") or the markup mark it as one.
pub(super) fn signs(line: &Line<'_>) -> Option<Signature> {
    let labelled = line.text.find(':').is_some_and(|at| at <= MAX_LABEL);
    let read = || {
        last::read(&line.text)
            .filter(|signature| signature.is_source || last::begins_byline(&line.text))
            .filter(|_| labelled)
    };
    if line.is_image() || line.is_link() { None } else { named(line).or_else(read) }
}

/// Maximum number of bytes of the label before a name.
const MAX_LABEL: usize = 40;

/// Returns the agency whose mark begins the lead or the text, if no source line names one.
fn agency(parts: &Parts<'_>) -> Option<Credit> {
    let first = parts.body.iter().find(|line| !line.is_image()).map(|line| line.text.as_str());
    let head = parts.lead.as_deref().or(first)?;
    let prefixed = prefix::read(head).filter(|prefixed| prefixed.is_outlet)?;
    let text = head
        .get(..head.len() - prefixed.rest.len())?
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—'));
    Some(Credit { text: text.to_owned(), outlet: Some(prefixed.mark.to_owned()), url: None })
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

/// Removes the lines at the beginning that the lead repeats.
fn remove_repeated_lead(lines: &mut Vec<Line<'_>>, lead: &str) {
    let lead = fold(lead);
    let mut rest = lines.iter().enumerate().filter(|(_, line)| !line.is_image());
    let mut taken = 0;
    let mut repeats = HashSet::default();
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

/// Returns the bold first paragraph or paragraphs as the lead, if text follows that is not bold.
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
