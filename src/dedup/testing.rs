//! A shelf of vectors, and texts made of a list of syllables, for the tests.

use std::collections::BTreeMap;

use crate::dedup::document::Document;
use crate::dedup::document::Parts;
use crate::dedup::shelf::ClusterPosition;
use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::KeyHolder;
use crate::dedup::shelf::Member;
use crate::dedup::shelf::Number;
use crate::dedup::shelf::Shelf;
use crate::dedup::sketch::Key;

#[derive(Debug, Default)]
pub(super) struct TestShelf {
    pub(super) documents: Vec<Document>,
    pub(super) standings: Vec<ClusterPosition>,
    keys: Vec<u32>,
    postings: BTreeMap<Key, Vec<Number>>,
}

fn index(number: Number) -> usize {
    usize::try_from(number).unwrap()
}

impl TestShelf {
    /// Returns each article's head and relation, by number.
    pub(super) fn view(&self) -> Vec<(Number, Option<crate::model::record::DuplicateKind>)> {
        self.standings.iter().map(|standing| (standing.head, standing.relation.map(|relation| relation.kind))).collect()
    }
}

impl Shelf for TestShelf {
    type Error = std::convert::Infallible;

    fn holders(&mut self, key: Key, found: &mut Vec<KeyHolder>) -> Result<(), Self::Error> {
        let held = self.postings.get(&key).map(Vec::as_slice).unwrap_or_default();
        found.extend(held.iter().take(HOLDERS).map(|article| {
            let site = self.documents[index(*article)].site;
            self.standings[index(*article)].holder(*article, site, self.keys[index(*article)])
        }));
        Ok(())
    }

    fn document(&mut self, article: Number) -> Result<Option<Document>, Self::Error> {
        Ok(self.documents.get(index(article)).cloned())
    }

    fn members(&mut self, head: Number, limit: usize) -> Result<Vec<Member>, Self::Error> {
        let numbered = (0..).zip(self.standings.iter().zip(&self.documents));
        let members = numbered.filter(|(_, (standing, _))| standing.head == head);
        let member = |(article, (_, document)): (Number, (_, &Document))| {
            let Document { published, site, credit, .. } = *document;
            Member { article, published, site, credit }
        };
        Ok(members.map(member).take(limit).collect())
    }

    fn put(
        &mut self,
        document: &Document,
        keys: &[Key],
        standing: Option<ClusterPosition>,
    ) -> Result<Number, Self::Error> {
        let article = Number::try_from(self.documents.len()).unwrap();
        self.documents.push(document.clone());
        self.standings.push(standing.unwrap_or(ClusterPosition { head: article, relation: None }));
        self.keys.push(u32::try_from(keys.len()).unwrap());
        for key in keys {
            self.postings.entry(*key).or_default().push(article);
        }
        Ok(article)
    }

    fn stand(&mut self, article: Number, standing: ClusterPosition) -> Result<(), Self::Error> {
        self.standings[index(article)] = standing;
        Ok(())
    }
}

const SYLLABLES: &str = "an ba bạn bão bắc bên biển bò bóng bờ bưởi cá cam cầu cây chè chợ chuối chùa cỏ cồng cơm cúc cừu dê đá đàn đào đập \
    đất đèn đêm đi đỏ đò đồi đông đồng đường ếch gà gạo ghe giếng gió giống gỗ hạ hang hạt hè hoa hồ hồng hương kè kênh khe khô kim \
    lá làng lạc lam lan lễ lòng lợn lúa lửa lưới mai mán mây mía miền mít mùa muối mưa nai nam nắng ngan ngô ngói người nhà nhãn núi \
    nước ong ổi phà phố quạt quế rau rẫy rơm rừng ruộng sắn sâm sen sông sơn suối sương tằm tây thác thảo then thôn thông thuyền tiêu \
    tôm trà trăng trâu tre trồng trúc trung tuyết vải vàng ven vịt vườn xã xanh xoài xuân xưa";

/// Pseudo-random numbers (`SplitMix64`), the same for the same seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// Returns a text of this many syllables, in sentences of twenty, different for each seed.
pub(super) fn text(seed: u64, length: usize) -> String {
    let all: Vec<&str> = SYLLABLES.split_whitespace().collect();
    let mut dice = Dice(seed);
    let words: Vec<&str> = (0..length).map(|_| all[dice.roll(all.len())]).collect();
    words.chunks(20).map(|sentence| format!("{}.", sentence.join(" "))).collect::<Vec<_>>().join("\n")
}

/// Returns a text with this percentage of its syllables replaced.
pub(super) fn edited(text: &str, percent: usize, seed: u64) -> String {
    let all: Vec<&str> = SYLLABLES.split_whitespace().collect();
    let mut dice = Dice(seed);
    let mut edit = |word| if dice.roll(100) < percent { all[dice.roll(all.len())] } else { word };
    text.split(' ').map(&mut edit).collect::<Vec<_>>().join(" ")
}

pub(super) fn article(site: &str, title: &str, body: &str) -> Document {
    Document::new(Parts { site, title, body, ..Parts::default() }, [])
}
