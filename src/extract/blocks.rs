//! Converts lines to the blocks of a record.

use crate::extract::outline::AddressBudget;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::model::article::Block;
use crate::url::PageUrl;

/// Joins items of one list and rows of one table. Links without `room` lose their URL.
pub(super) fn to_blocks(lines: Vec<Line<'_>>, base: &PageUrl, room: &mut AddressBudget) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut group = None;
    for mut line in lines {
        let own_group = match &line.kind {
            Kind::Item { list, .. } => Some(*list),
            Kind::Row { table, .. } => Some(*table),
            _ => None,
        };
        let goes_on = own_group.is_some() && own_group == group;
        group = own_group;
        let kind = std::mem::replace(&mut line.kind, Kind::Paragraph);
        match (kind, blocks.last_mut()) {
            (Kind::Item { .. }, Some(Block::List { items, .. })) if goes_on => items.push(line.text),
            (Kind::Row { cells, .. }, Some(Block::Table { rows })) if goes_on => rows.push(cells),
            (Kind::Item { ordered, .. }, _) => blocks.push(Block::List { ordered, items: vec![line.text] }),
            (Kind::Row { cells, .. }, _) => blocks.push(Block::Table { rows: vec![cells] }),
            (Kind::Heading(level), _) => blocks.push(Block::Heading { level: level.max(2), text: line.text }),
            (Kind::Quote, _) => blocks.push(Block::Quote { text: line.text }),
            (Kind::Image(index), _) => blocks.push(Block::Image { index }),
            (Kind::Paragraph, _) => {
                let html = (!line.runs.is_empty()).then(|| line.html(base, room)).filter(|html| html.contains('<'));
                blocks.push(Block::Paragraph { text: line.text, html });
            }
        }
    }
    blocks
}
