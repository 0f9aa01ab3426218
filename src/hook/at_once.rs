//! Hook tools that do not depend on each other, at the same time.

use std::thread;

/// How many hook tools run at once. The agent serves one at a time; only starting them overlaps.
const AT_ONCE: usize = 4;

/// Works on several items at once; the results are in the order of the items.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|threads| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|share| threads.spawn(|| share.iter().map(&work).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| joined(worker))
            .collect()
    })
}

pub(super) fn joined<T>(worker: thread::ScopedJoinHandle<'_, T>) -> T {
    worker
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
