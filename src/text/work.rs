//! Counts steps of work: bytes scanned, nodes visited, levels climbed in a tree. Tests use the count to check that the work on a page is linear in
//! its size. Outside unit tests, a step costs nothing.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts steps: one for each byte scanned or node visited.
#[cfg(test)]
pub(crate) fn step(count: usize) {
    STEPS.set(STEPS.get() + count);
}

/// Counts nothing.
#[cfg(not(test))]
pub(crate) fn step(_: usize) {}

/// Returns the number of steps that `work` takes.
#[cfg(test)]
pub(crate) fn steps_of(work: impl FnOnce()) -> usize {
    let before = STEPS.get();
    work();
    STEPS.get() - before
}
