//! What a visit learns about the common parts of a portal's pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::store::StoreError;
use crate::visit::Visit;

/// The memories of the hosts in a visit, and whether they learned something new.
#[derive(Debug, Default)]
pub(super) struct Memories(BTreeMap<String, (Arc<SiteMemory>, bool)>);

impl Visit<'_> {
    /// Returns what is known about a host, including this visit's articles.
    pub(super) async fn memory_of(&mut self, host: &str) -> Result<Arc<SiteMemory>, StoreError> {
        if let Some((memory, _)) = self.memories.0.get(host) {
            return Ok(Arc::clone(memory));
        }
        let memory = Arc::new(self.context.store.site_memory(host).await?.unwrap_or_default());
        self.memories.0.insert(host.to_owned(), (Arc::clone(&memory), false));
        Ok(memory)
    }

    /// Learns from an article of a host.
    pub(super) fn learn(&mut self, host: &str, lesson: &Lesson) {
        if let Some((memory, is_new)) = self.memories.0.get_mut(host) {
            *is_new |= Arc::make_mut(memory).learn(lesson);
        }
    }

    /// Stores what was learned. If the process is killed before, it is learned again from the next articles.
    pub(super) async fn keep_memories(&mut self) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        for (host, (memory, is_new)) in std::mem::take(&mut self.memories).0 {
            if is_new {
                self.context.store.keep_site_memory(&host, Arc::unwrap_or_clone(memory), now).await?;
            }
        }
        Ok(())
    }
}
