//! What operators, administrators, consumers and mishaps do in a session, at random. Numbers choose among what is
//! there at that moment, so that every session makes sense, also a shrunk one.

use std::collections::BTreeSet;

use proptest::prelude::*;

/// Where a consumer can be related: its application, and its endpoint.
pub const SLOTS: [(&str, &str); 4] = [
    ("alpha", "one"),
    ("alpha", "two"),
    ("beta", "one"),
    ("gamma", "one"),
];

/// Certificates that consumers ask for, by number; the last one has expired.
pub const CERTIFICATES: u8 = 7;

/// One step of a session.
#[derive(Clone, Debug)]
pub enum Step {
    /// `juju integrate`
    Relate(u8),
    /// A consumer writes a databag: of one of its units or, the last one, of the application.
    Publish(u8, u8, BTreeSet<u8>),
    /// `juju add-unit` of a consumer.
    Grow(u8),
    /// `juju remove-unit` of a consumer.
    Shrink(u8, u8),
    /// The same with `--force` where it has others. The planner leaves it out: its Juju shows no unit that is gone.
    ForceShrink(u8, u8),
    /// `juju remove-relation`
    Remove(u8),
    /// The same with `--force`.
    ForceRemove(u8),
    /// What remains of a consumer in another model goes.
    Strand(u8),
    /// `juju suspend-relation`
    Suspend(u8),
    /// `juju resume-relation`
    Resume(u8),
    /// `juju add-unit` of the integrator.
    AddUnit,
    /// `juju remove-unit` of the integrator.
    RemoveUnit(u8),
    /// One hook that is due runs.
    Hook(u8, u8),
    /// Two units' hooks run at the same time.
    Together(u8, u8),
    /// Time passes.
    UpdateStatus(u8),
    /// The options of a unit changed, or so Juju says.
    Changed(u8),
    /// `restrict_to_projects` is set or cleared, or what LXD can do about it changes.
    Restrict(u8),
    /// The options point to another LXD.
    Move,
    /// LXD goes.
    Away,
    /// LXD comes back.
    Back,
    /// The next hook's write to LXD of this number is answered by nothing; before that it took effect or not.
    Lose(u8, bool),
    /// The next hook is killed at this write, before or after it took effect.
    Kill(u8, bool),
    /// The charm's state is lost.
    Forget(u8),
    /// An administrator deletes an entry.
    Delete(u8),
    /// An administrator adds an entry.
    Add(u8, Name, Kind),
    /// An administrator renames an entry.
    Rename(u8, Name),
    /// Everything comes to rest.
    Rest,
}

/// The name that an administrator gives.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// Of his own.
    ByHand,
    /// One that begins like ours.
    AlmostOurs,
    /// The name of what an operator's action would make.
    Operators,
    /// Ours, of a relation that is there.
    Ours(u8),
    /// Ours, of a relation that never was.
    OursOfNobody,
}

/// The type of an entry that an administrator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client, as ours are.
    Client,
    /// Who may read metrics.
    Metrics,
    /// A server of another cluster.
    Server,
}

impl Kind {
    /// As LXD writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Metrics => "metrics",
            Self::Server => "server",
        }
    }
}

/// A session: steps that are worth a story, and of each hundred so many about the options of the charm.
pub fn session(options: u32) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(options), 40..=60)
}

fn step(options: u32) -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => consumers(),
        6 => integrators(),
        40 => hooks(),
        8 => mishaps(),
        6 => administrators(),
        1 => Just(Step::Rest),
        options => options_change(),
    ]
}

fn consumers() -> impl Strategy<Value = Step> {
    let certificates = prop::collection::btree_set(0..CERTIFICATES, 0..4);
    prop_oneof![
        4 => (0..4u8).prop_map(Step::Relate),
        10 => (0..4u8, 0..4u8, certificates).prop_map(|(slot, bag, set)| Step::Publish(slot, bag, set)),
        1 => (0..4u8).prop_map(Step::Grow),
        1 => (0..4u8, 0..4u8).prop_map(|(slot, unit)| Step::Shrink(slot, unit)),
        1 => (0..4u8, 0..4u8).prop_map(|(slot, unit)| Step::ForceShrink(slot, unit)),
        1 => (0..4u8).prop_map(Step::Remove),
        1 => (0..4u8).prop_map(Step::ForceRemove),
        1 => (0..4u8).prop_map(Step::Strand),
        1 => (0..4u8).prop_map(Step::Suspend),
        1 => (0..4u8).prop_map(Step::Resume),
    ]
}

fn integrators() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::AddUnit),
        1 => (0..3u8).prop_map(Step::RemoveUnit),
    ]
}

fn hooks() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3u8, any::<u8>()).prop_map(|(unit, hook)| Step::Hook(unit, hook)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(one, other)| Step::Together(one, other)),
        3 => (0..3u8).prop_map(Step::UpdateStatus),
        1 => (0..3u8).prop_map(Step::Changed),
    ]
}

fn options_change() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<u8>().prop_map(Step::Restrict),
        1 => Just(Step::Move),
    ]
}

fn mishaps() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Away),
        2 => Just(Step::Back),
        2 => (0..3u8, any::<bool>()).prop_map(|(write, acted)| Step::Lose(write, acted)),
        2 => (0..3u8, any::<bool>()).prop_map(|(write, acted)| Step::Kill(write, acted)),
        1 => (0..3u8).prop_map(Step::Forget),
    ]
}

fn administrators() -> impl Strategy<Value = Step> {
    let kind =
        prop_oneof![3 => Just(Kind::Client), 1 => Just(Kind::Metrics), 1 => Just(Kind::Server)];
    prop_oneof![
        2 => (0..CERTIFICATES).prop_map(Step::Delete),
        2 => (0..CERTIFICATES, name(), kind).prop_map(|(certificate, name, kind)| Step::Add(certificate, name, kind)),
        1 => (0..CERTIFICATES, name()).prop_map(|(certificate, name)| Step::Rename(certificate, name)),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        Just(Name::ByHand),
        Just(Name::AlmostOurs),
        Just(Name::Operators),
        (0..4u8).prop_map(Name::Ours),
        Just(Name::OursOfNobody),
    ]
}

/// A certificate in a story: `a`, `b`, ….
pub fn letter(certificate: u8) -> char {
    char::from(b'a' + certificate)
}

/// Certificates in a story.
pub fn letters(certificates: &BTreeSet<u8>) -> String {
    if certificates.is_empty() {
        return "nothing".to_owned();
    }
    let letters: Vec<String> = certificates
        .iter()
        .map(|one| letter(*one).to_string())
        .collect();
    letters.join(", ")
}
