//! Runs a task for each item on several threads, with the results in the items' order.

use std::collections::BTreeMap;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

/// Items per thread that may be ahead of the slowest one. Their results wait in memory.
const AHEAD: usize = 64;

/// Runs a task for each item on several threads and passes the results to `take` in the items' order, until it returns false. A task must not panic,
/// since its result would then never arrive.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    task: impl Fn(&T) -> R + Sync,
    take: impl FnMut(R) -> bool,
) {
    let queue = Queue { next: AtomicUsize::new(0), taken: Mutex::new(0), moved: Condvar::new() };
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..threads.min(items.len()) {
            let (send, queue, task) = (send.clone(), &queue, &task);
            scope.spawn(move || queue.work(items, AHEAD * threads, task, &send));
        }
        drop(send);
        queue.hand_over(receive, take);
    });
}

struct Queue {
    /// The next item to start.
    next: AtomicUsize,
    /// Number of results passed on.
    taken: Mutex<usize>,
    moved: Condvar,
}

impl Queue {
    fn work<T, R>(&self, items: &[T], ahead: usize, task: impl Fn(&T) -> R, send: &mpsc::Sender<(usize, R)>) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return };
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.moved.wait_while(taken, |taken| number > taken.saturating_add(ahead)));
            if send.send((number, task(item))).is_err() {
                return;
            }
        }
    }

    fn hand_over<R>(&self, receive: mpsc::Receiver<(usize, R)>, mut take: impl FnMut(R) -> bool) {
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        for (number, result) in receive {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&due) {
                due += 1;
                // Stop: no further results are needed.
                let reached = if take(result) { due } else { usize::MAX };
                *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = reached;
                self.moved.notify_all();
                if reached == usize::MAX {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_a_task_takes() {
        let items: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 7] {
            let mut results = Vec::new();
            let task = |item: &u64| {
                if item.is_multiple_of(97) {
                    thread::sleep(std::time::Duration::from_millis(2));
                }
                item * 2
            };
            in_order(&items, threads, task, |result| {
                results.push(result);
                true
            });
            assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        in_order(&[0_u64; 0], 4, |item| *item, |_| panic!("there is none"));
    }

    #[test]
    fn nothing_is_taken_after_a_no() {
        let items: Vec<usize> = (0..100_000).collect();
        let begun = AtomicUsize::new(0);
        let mut taken = 0;
        let task = |_: &usize| begun.fetch_add(1, Ordering::Relaxed);
        in_order(&items, 2, task, |_| {
            taken += 1;
            taken < 3
        });
        assert_eq!(taken, 3);
        assert!(begun.into_inner() < items.len(), "the rest is left alone");
    }
}
