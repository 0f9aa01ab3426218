//! What the tools of one run share: what it may see, what it has staged and what it has done already.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    agent::ActionSoFar,
    context::{Commit, Context, Effects, RelationView, Run, Secret, Settings, Version},
};

use super::data::Text;

/// A databag while the hook runs.
pub(super) type Bag = BTreeMap<Text, Text>;

/// What a run asks the controller for once, and knows from then on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loaded {
    /// The options.
    Config,
    /// The charm's state.
    State,
    /// The cloud and its credential.
    Cloud,
    /// The status of the unit.
    UnitStatus,
    /// The status of the application.
    ApplicationStatus,
    /// What the unit owns.
    Secrets,
    /// A databag of a relation, by its owner.
    Bag(u32, String),
}

/// The state of one run.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    context: &'a Context,
    /// Own databags that were written, by relation and owner.
    pub(super) bags: BTreeMap<(u32, String), Bag>,
    /// Relations whose databag of the unit itself was read or written; it is sent at the commit either way.
    pub(super) own_read: BTreeSet<u32>,
    /// The charm's state as it is now.
    pub(super) state: Bag,
    /// It was written to.
    pub(super) state_written: bool,
    /// What `status-get` answered first; it goes on answering that.
    pub(super) status_read: Option<crate::context::Status>,
    /// The secrets as the unit sees them now.
    pub(super) secrets: BTreeMap<String, Secret>,
    /// How many calls there were.
    calls: usize,
    /// It was told once that it does not lead, and is told so until it ends.
    follows: bool,
    /// What the controller has been asked for, of what is kept.
    loaded: BTreeSet<Loaded>,
    /// How often the controller was asked.
    requests: usize,
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
            own_read: BTreeSet::new(),
            state: as_bag(&context.state),
            state_written: false,
            status_read: None,
            secrets: context.secrets.clone(),
            calls: 0,
            follows: false,
            loaded: BTreeSet::new(),
            requests: 0,
            effects: Effects::default(),
            action: ActionSoFar::default(),
        }
    }

    /// What it may see.
    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    /// One more call has been answered.
    pub(super) fn count_call(&mut self) {
        self.calls += 1;
    }

    /// How often the controller has been asked so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests
    }

    /// The controller is asked.
    pub(super) fn ask(&mut self) {
        self.requests += 1;
    }

    /// The controller is asked, unless it was before.
    pub(super) fn load(&mut self, what: Loaded) {
        if self.loaded.insert(what) {
            self.ask();
        }
    }

    /// Whether the unit leads now. A no is not looked into again, a yes every time.
    pub(super) fn is_leader(&mut self) -> bool {
        self.follows |= !self.leads_now();
        !self.follows
    }

    fn leads_now(&self) -> bool {
        let change = self.context.leadership_change;
        change
            .filter(|change| self.calls >= change.after_calls)
            .map_or(self.context.leader, |change| change.leader)
    }

    /// Why the controller does not take what is to be committed, if leadership is needed for it and gone.
    pub(crate) fn leadership_lost(&self, commit: &Commit) -> Option<String> {
        let (unit, app) = (&self.context.unit, self.context.application());
        let needed = commit
            .relations
            .values()
            .any(|owners| owners.contains_key(app));
        let prefix = if self.context.version == Version::V4_0 {
            ""
        } else {
            "prerequisites failed: "
        };
        (needed && !self.leads_now())
            .then(|| format!("{prefix}\"{unit}\" is not leader of \"{app}\""))
    }

    /// Why the controller of 4.0 does not take what is to be committed, if it comes under two numbers of one relation.
    pub(crate) fn sent_twice(&self, commit: &Commit) -> Option<String> {
        let sent: BTreeSet<u32> = self
            .own_read
            .iter()
            .chain(commit.relations.keys())
            .copied()
            .collect();
        let meant = |id: &u32| {
            self.context
                .relation(*id)
                .map_or(*id, |known| known.stands_for)
        };
        let (sent, found) = (
            sent.len(),
            sent.iter().map(meant).collect::<BTreeSet<_>>().len(),
        );
        (self.context.version == Version::V4_0 && found < sent)
            .then(|| format!("relations: expected {sent} relations but found {found}"))
    }

    /// At the end: what is to be committed, what took effect, how the action stands.
    pub(crate) fn finish(self) -> (Commit, Effects, ActionSoFar) {
        let commit = self.commit();
        (commit, self.effects, self.action)
    }

    /// What is to be committed if the run ends now.
    pub(crate) fn commit(&self) -> Commit {
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
        commit
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
