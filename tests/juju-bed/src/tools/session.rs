//! What the tools of one run share: what it may see, what it has staged and what it has done already.

use std::collections::BTreeMap;

use crate::{
    agent::ActionSoFar,
    context::{Commit, Context, Effects, RelationView, Run, Settings},
};

use super::data::Text;

/// A databag while the hook runs.
pub(super) type Bag = BTreeMap<Text, Text>;

/// The state of one run.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    context: &'a Context,
    /// Own databags that were written, by relation and owner.
    pub(super) bags: BTreeMap<(u32, String), Bag>,
    /// The charm's state as it is now.
    pub(super) state: Bag,
    /// It was written to.
    pub(super) state_written: bool,
    /// What `status-get` answered first; it goes on answering that.
    pub(super) status_read: Option<crate::context::Status>,
    /// What took effect at once.
    pub(super) effects: Effects,
    /// The action's end so far.
    pub(super) action: ActionSoFar,
}

impl<'a> Session<'a> {
    /// At the beginning of a run.
    pub(crate) fn new(context: &'a Context) -> Self {
        Self {
            context,
            bags: BTreeMap::new(),
            state: as_bag(&context.state),
            state_written: false,
            status_read: None,
            effects: Effects::default(),
            action: ActionSoFar::default(),
        }
    }

    /// What it may see.
    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    /// At the end: what is to be committed, what took effect, how the action stands.
    pub(crate) fn finish(self) -> (Commit, Effects, ActionSoFar) {
        let mut commit = Commit::default();
        for ((relation, owner), bag) in &self.bags {
            let before = self
                .context
                .relation(*relation)
                .and_then(|r| r.data.get(owner));
            let changes = changes(before, bag);
            if !changes.is_empty() {
                commit
                    .relations
                    .entry(*relation)
                    .or_default()
                    .insert(owner.clone(), changes);
            }
        }
        commit.state = self.state_written.then(|| as_settings(&self.state));
        (commit, self.effects, self.action)
    }

    /// The relation of the hook, if it is a relation's.
    pub(super) fn hook_relation(&self) -> Option<&'a RelationView> {
        match self.context.run {
            Run::RelationHook { relation, .. } => self.context.relation(relation),
            _ => None,
        }
    }

    /// An action is running.
    pub(super) fn in_action(&self) -> bool {
        matches!(self.context.run, Run::Action { .. })
    }

    /// The members of a relation as the hook may see them: a unit that departs has gone, a broken relation has none.
    pub(super) fn members(&self, relation: &'a RelationView) -> Vec<&'a str> {
        let mut members: Vec<_> = relation.members.iter().map(String::as_str).collect();
        if let Run::RelationHook {
            kind,
            relation: id,
            remote_unit,
            ..
        } = &self.context.run
            && *id == relation.id
        {
            match kind.as_str() {
                "departed" => members.retain(|m| m != remote_unit),
                "broken" => members.clear(),
                _ => {}
            }
        }
        members
    }
}

fn changes(before: Option<&Settings>, after: &Bag) -> BTreeMap<String, Option<String>> {
    let none = Settings::new();
    let before = before.unwrap_or(&none);
    let after = as_settings(after);
    let gone = before
        .keys()
        .filter(|k| !after.contains_key(*k))
        .map(|k| (k.clone(), None));
    let new = after
        .iter()
        .filter(|(k, v)| before.get(*k) != Some(*v))
        .map(|(k, v)| (k.clone(), Some(v.clone())));
    gone.chain(new).collect()
}

/// As the tools handle it.
pub(super) fn as_bag(settings: &Settings) -> Bag {
    settings
        .iter()
        .map(|(k, v)| (k.as_bytes().to_vec(), v.as_bytes().to_vec()))
        .collect()
}

fn as_settings(bag: &Bag) -> Settings {
    let text = |t: &Text| String::from_utf8_lossy(t).into_owned();
    bag.iter().map(|(k, v)| (text(k), text(v))).collect()
}
