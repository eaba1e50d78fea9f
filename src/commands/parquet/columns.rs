//! The table's columns, one row each: all fields of the record except the two other forms of its text (`content_html`, `blocks`) and those about how
//! it was read (`discovery`, `http`, `extraction`, `raw`).

use std::fmt::Write;

use jiff::Timestamp;

use crate::commands::parquet::Cell;
use crate::commands::parquet::Cells;
use crate::commands::record_sheet::word;
use crate::model::record::Record;

/// A column.
#[derive(Debug)]
pub(in crate::commands) struct Column {
    /// The name of the record's field, with dots.
    pub(super) field: &'static str,
    kind: Kind,
    place: Place,
    /// Writes the cells for a record.
    pub(super) read: fn(&Record, &mut Cells),
}

/// The type of a value.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    /// A moment in UTC, to the millisecond.
    Moment,
    Share,
}

/// The position of a value in its column, and whether it may be absent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Required,
    Optional,
    /// Required, in a group that may be absent.
    GroupRequired,
    GroupOptional,
    /// Required, in each element of a list.
    ListRequired,
    ListOptional,
}

const fn column(field: &'static str, kind: Kind, place: Place, read: fn(&Record, &mut Cells)) -> Column {
    Column { field, kind, place, read }
}

use Kind::Moment;
use Kind::Number;
use Kind::Share;
use Kind::Text;
use Place::GroupOptional;
use Place::GroupRequired;
use Place::ListOptional;
use Place::ListRequired;
use Place::Optional;
use Place::Required;

#[rustfmt::skip]
pub(super) const COLUMNS: &[Column] = &[
    column("id", Text, Required, |record, cells| cells.one(Cell::Text(&record.id))),
    column("revision", Number, Required, |record, cells| cells.one(Cell::Number(record.revision.into()))),
    column("sequence", Number, Optional, |record, cells| cells.maybe(record.sequence.map(number))),
    column("previous", Text, Optional, |record, cells| cells.maybe(text(record.previous.as_deref()))),
    column("reason", Text, Optional, |record, cells| cells.maybe(text(record.reason.map(|reason| word(&reason)).as_deref()))),
    column("portal", Text, Required, |record, cells| cells.one(Cell::Text(&record.portal))),
    column("province", Text, Optional, |record, cells| cells.maybe(text(record.province.as_deref()))),
    column("outlet", Text, Required, |record, cells| cells.one(Cell::Text(&record.outlet))),
    column("url", Text, Required, |record, cells| cells.one(Cell::Text(&record.url))),
    column("final_url", Text, Required, |record, cells| cells.one(Cell::Text(&record.final_url))),
    column("canonical_url", Text, Required, |record, cells| cells.one(Cell::Text(&record.canonical_url))),
    column("moved_from", Text, Optional, |record, cells| cells.maybe(text(record.moved_from.as_deref()))),
    column("kind", Text, Required, |record, cells| cells.one(Cell::Text(&word(&record.kind)))),
    column("title", Text, Required, |record, cells| cells.one(Cell::Text(&record.title))),
    column("summary", Text, Optional, |record, cells| cells.maybe(text(record.summary.as_deref()))),
    column("content_text", Text, Required, |record, cells| cells.one(Cell::Text(&record.content_text))),
    column("authors.name", Text, ListRequired, |record, cells| cells.each(record.authors.iter().map(|author| Cell::Text(&author.name)))),
    column("byline", Text, Optional, |record, cells| cells.maybe(text(record.byline.as_deref()))),
    column("credit.text", Text, GroupRequired, |record, cells| cells.maybe(record.credit.as_ref().map(|credit| Cell::Text(&credit.text)))),
    column("credit.outlet", Text, GroupOptional, |record, cells| cells.within(record.credit.as_ref(), |credit| text(credit.outlet.as_deref()))),
    column("credit.url", Text, GroupOptional, |record, cells| {
        cells.within(record.credit.as_ref(), |credit| credit.url.as_ref().map(|url| Cell::Text(url.as_str())));
    }),
    column("section", Text, Optional, |record, cells| cells.maybe(text(record.section.as_deref()))),
    column("tags", Text, ListRequired, |record, cells| cells.each(record.tags.iter().map(|tag| Cell::Text(tag)))),
    column("language", Text, Required, |record, cells| cells.one(Cell::Text(&record.language))),
    column("image", Text, Optional, |record, cells| cells.maybe(text(record.image.as_deref()))),
    column("images.url", Text, ListOptional, |record, cells| {
        cells.each_maybe(record.images.iter().map(|image| image.url.as_ref().map(|url| Cell::Text(url.as_str()))));
    }),
    column("images.caption", Text, ListOptional, |record, cells| cells.each_maybe(record.images.iter().map(|image| text(image.caption.as_deref())))),
    column("images.credit", Text, ListOptional, |record, cells| cells.each_maybe(record.images.iter().map(|image| text(image.credit.as_deref())))),
    column("attachments.url", Text, ListRequired, |record, cells| cells.each(record.attachments.iter().map(|file| Cell::Text(file.url.as_str())))),
    column("attachments.title", Text, ListOptional, |record, cells| cells.each_maybe(record.attachments.iter().map(|file| text(file.title.as_deref())))),
    column("attachments.mime_type", Text, ListRequired, |record, cells| cells.each(record.attachments.iter().map(|file| Cell::Text(&file.mime_type)))),
    column("attachments.size_in_bytes", Number, ListOptional, |record, cells| {
        cells.each_maybe(record.attachments.iter().map(|file| file.size_in_bytes.map(number)));
    }),
    column("attachments.sha256", Text, ListOptional, |record, cells| cells.each_maybe(record.attachments.iter().map(|file| text(file.sha256.as_deref())))),
    column("document.number", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.number.as_deref()))),
    column("document.type", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.kind.as_deref()))),
    column("document.issuer", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.issuer.as_deref()))),
    column("document.signer", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.signer.as_deref()))),
    column("document.issued", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.issued.as_deref()))),
    column("document.effective", Text, GroupOptional, |record, cells| cells.within(record.document.as_ref(), |document| text(document.effective.as_deref()))),
    column("date_published", Moment, Optional, |record, cells| cells.maybe(record.date_published.as_deref().and_then(moment))),
    column("date_modified", Moment, Optional, |record, cells| cells.maybe(record.date_modified.as_deref().and_then(moment))),
    column("date_precision", Text, Optional, |record, cells| cells.maybe(text(record.date_precision.map(|precision| word(&precision)).as_deref()))),
    column("date_source", Text, Optional, |record, cells| cells.maybe(text(record.date_source.as_deref()))),
    column("date_raw", Text, Optional, |record, cells| cells.maybe(text(record.date_raw.as_deref()))),
    column("date_fetched", Moment, Optional, |record, cells| cells.maybe(moment(&record.date_fetched))),
    column("content_hash", Text, Required, |record, cells| cells.one(Cell::Text(&record.content_hash))),
    column("withdrawn.at", Moment, GroupOptional, |record, cells| cells.within(record.withdrawn.as_ref(), |withdrawn| moment(&withdrawn.at))),
    column("withdrawn.reason", Text, GroupRequired, |record, cells| {
        cells.maybe(text(record.withdrawn.as_ref().map(|withdrawn| word(&withdrawn.reason)).as_deref()));
    }),
    column("duplicate.of", Text, GroupRequired, |record, cells| cells.maybe(record.duplicate.as_ref().map(|copy| Cell::Text(&copy.of)))),
    column("duplicate.kind", Text, GroupRequired, |record, cells| cells.maybe(text(record.duplicate.as_ref().map(|copy| word(&copy.kind)).as_deref()))),
    column("duplicate.containment", Share, GroupRequired, |record, cells| {
        cells.maybe(record.duplicate.as_ref().map(|copy| Cell::Share(copy.containment)));
    }),
];

fn text(value: Option<&str>) -> Option<Cell<'_>> {
    value.map(Cell::Text)
}

fn number(value: u64) -> Cell<'static> {
    Cell::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn moment(date: &str) -> Option<Cell<'static>> {
    Some(Cell::Number(date.parse::<Timestamp>().ok()?.as_millisecond()))
}

/// The schema of the columns in Parquet's notation. Columns of one group or list are adjacent.
pub(super) fn schema(columns: &[&Column]) -> String {
    let mut schema = "message record {\n".to_owned();
    let head = |column: &Column| column.field.split('.').next().unwrap_or_default();
    for group in columns.chunk_by(|one, other| head(one) == head(other)) {
        let Some(first) = group.first() else { continue };
        let name = head(first);
        let leaves: String = group.iter().map(|column| leaf(column)).collect();
        // Writing into a string cannot fail.
        let _ = match first.place {
            Place::Required | Place::Optional => write!(schema, "{leaves}"),
            Place::GroupRequired | Place::GroupOptional => writeln!(schema, "optional group {name} {{\n{leaves}}}"),
            Place::ListRequired | Place::ListOptional if !first.field.contains('.') => {
                writeln!(schema, "required group {name} (LIST) {{\nrepeated group list {{\n{leaves}}}\n}}")
            }
            Place::ListRequired | Place::ListOptional => writeln!(
                schema,
                "required group {name} (LIST) {{\nrepeated group list {{\nrequired group element {{\n{leaves}}}\n}}\n}}"
            ),
        };
    }
    schema.push('}');
    schema
}

fn leaf(column: &Column) -> String {
    let presence = match column.place {
        Place::Required | Place::GroupRequired | Place::ListRequired => "required",
        Place::Optional | Place::GroupOptional | Place::ListOptional => "optional",
    };
    let own = column.field.split_once('.').map_or(column.field, |(_, own)| own);
    let name = if own == column.field && column.place == Place::ListRequired { "element" } else { own };
    match column.kind {
        Kind::Text => format!("{presence} binary {name} (STRING);\n"),
        Kind::Number => format!("{presence} int64 {name};\n"),
        Kind::Moment => format!("{presence} int64 {name} (TIMESTAMP(MILLIS,true));\n"),
        Kind::Share => format!("{presence} double {name};\n"),
    }
}
