//! What may happen to the charm, at random.

use std::collections::BTreeSet;

use proptest::prelude::*;

/// What happens in a history.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// Unit of a relation asks for these certificates.
    Ask(u32, u32, BTreeSet<usize>),
    /// A unit leaves.
    Depart(u32, u32),
    /// A relation ends.
    Break(u32),
    /// A relation ends and Juju runs no hook.
    Vanish(u32),
    /// Time passes.
    UpdateStatus,
    /// Options change, or the charm is upgraded.
    Changed,
    /// The charm's state is lost.
    Forget,
    /// Somebody removes an entry by hand.
    Tamper(usize),
}

pub(crate) fn happening() -> impl Strategy<Value = Happening> {
    let set = prop::collection::btree_set(0..7usize, 0..4);
    prop_oneof![
        8 => (0..3u32, 0..3u32, set).prop_map(|(relation, unit, set)| Happening::Ask(relation, unit, set)),
        3 => (0..3u32, 0..3u32).prop_map(|(relation, unit)| Happening::Depart(relation, unit)),
        2 => (0..3u32).prop_map(Happening::Break),
        1 => (0..3u32).prop_map(Happening::Vanish),
        2 => Just(Happening::UpdateStatus),
        1 => Just(Happening::Changed),
        1 => Just(Happening::Forget),
        1 => (3..7usize).prop_map(Happening::Tamper),
    ]
}
