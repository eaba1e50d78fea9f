//! Steps of work, counted where a reader goes through text, through nodes, or up a tree, so that a test can hold a page's work to its size.
//! Only unit tests count: elsewhere a step is nothing at all.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts steps: bytes that are gone through, nodes that are looked at.
#[cfg(test)]
pub(crate) fn step(count: usize) {
    STEPS.set(STEPS.get() + count);
}

/// Counts nothing.
#[cfg(not(test))]
pub(crate) fn step(_: usize) {}

/// The steps that some work takes.
#[cfg(test)]
pub(crate) fn steps_of(work: impl FnOnce()) -> usize {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
