//! What Juju leaves open: chance, unless the test has decided, and turns.

use std::collections::BTreeMap;

use fastrand::Rng;

/// Decides where Juju could do one thing as well as another.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    random: Rng,
    /// Per unit, the relations that go first.
    pub(super) relation_order: BTreeMap<String, Vec<u32>>,
    /// The unit that ran last; the next one in order has its turn.
    pub(super) turn: String,
}

impl Chance {
    pub(super) fn with_seed(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            relation_order: BTreeMap::new(),
            turn: String::new(),
        }
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random.usize(..choices.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.random.shuffle(items);
    }

    /// Which of its relations a unit turns to first.
    pub(super) fn order(&mut self, unit: &str, relations: &mut [u32]) {
        self.random.shuffle(relations);
        if let Some(first) = self.relation_order.get(unit) {
            let place = |id: &u32| first.iter().position(|known| known == id);
            relations.sort_by_key(|id| place(id).unwrap_or(first.len()));
        }
    }

    pub(super) fn uuid(&mut self) -> String {
        let random = &mut self.random;
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            random.u32(..),
            random.u16(..),
            random.u16(..0x1000),
            random.u16(..0x1000),
            random.u64(..1 << 48)
        )
    }
}
