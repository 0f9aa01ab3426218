//! What the members of a cluster share, and what each has of its own.
//!
//! A server that stands alone is a cluster of one that does not say so.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::fault::Faults;
use super::store::Store;
use super::tls::Identity;
use super::witness::Witness;
use crate::certificates::{Authority, Credential};
use crate::daemon::TrustStore;
use crate::profile::Profile;

/// A cluster; it outlives a stop.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) profile: Profile,
    /// Whether it says that it is one.
    pub(super) clustered: bool,
    /// What every member presents.
    identity: Mutex<Identity>,
    pub(super) authority: Option<Authority>,
    pub(super) nodes: Vec<Node>,
    store: Mutex<Store>,
    pub(super) clock: Clock,
    conditions: Mutex<Vec<Condition>>,
    /// Wakes those that wait for another condition.
    changed: Condvar,
    pub(super) witness: Arc<Witness>,
}

/// What one member has of its own.
#[derive(Debug)]
pub(super) struct Node {
    /// Which member it was started as.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) faults: Arc<Faults>,
    /// Whom it trusts: as the store was when it last looked.
    trusted: Mutex<Trusted>,
}

/// Whom a member trusts.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted {
    pub(super) entries: Arc<TrustStore>,
    /// The fingerprints of fine-grained identities.
    pub(super) identities: BTreeSet<String>,
}

/// All that a cluster keeps, and whom each member trusts.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    store: Store,
    trusted: Vec<Trusted>,
}

/// How a member is.
#[derive(Clone, Debug)]
struct Condition {
    life: Life,
    /// What it is said to be, whatever it is.
    status: Option<String>,
}

/// What a member does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Life {
    Running,
    /// It takes connections and says nothing.
    Frozen,
    Dead,
    /// It is a server of its own now, and no member.
    Removed,
}

/// There are not enough members to write, or to read the database.
#[derive(Debug)]
pub(super) struct NoQuorum;

impl Node {
    pub(super) fn new(number: usize, name: String, address: SocketAddr) -> Self {
        Self {
            number,
            name,
            address,
            faults: Arc::default(),
            trusted: Mutex::default(),
        }
    }

    /// The same machine with nothing that it knew.
    pub(super) fn emptied(&self) -> Self {
        Self {
            number: self.number,
            name: self.name.clone(),
            address: self.address,
            faults: Arc::clone(&self.faults),
            trusted: Mutex::default(),
        }
    }
}

impl Cluster {
    pub(super) fn new(
        profile: Profile,
        authority: Option<Authority>,
        nodes: Vec<Node>,
        witness: Arc<Witness>,
    ) -> Self {
        let dead = Condition {
            life: Life::Dead,
            status: None,
        };
        Self {
            profile,
            clustered: nodes.len() > 1,
            identity: Mutex::new(Identity::of_server(profile, &nodes[0].name)),
            authority,
            store: Mutex::new(Store::of(profile)),
            clock: Clock::default(),
            conditions: Mutex::new(vec![dead; nodes.len()]),
            changed: Condvar::new(),
            witness,
            nodes,
        }
    }

    /// What every member presents.
    pub(super) fn identity(&self) -> Identity {
        locked(&self.identity).clone()
    }

    /// Takes another certificate, which new connections see.
    pub(super) fn present(&self, credential: &Credential) {
        *locked(&self.identity) = Identity::of(self.profile, credential.clone());
    }

    /// Makes another certificate, which new connections see.
    pub(super) fn renew_identity(&self) {
        *locked(&self.identity) = Identity::of_server(self.profile, &self.nodes[0].name);
    }

    /// Those that are members still.
    pub(super) fn members(&self) -> Vec<usize> {
        let all = 0..self.nodes.len();
        all.filter(|&index| self.life(index) != Life::Removed)
            .collect()
    }

    /// The member of that name.
    pub(super) fn member(&self, name: &str) -> Option<usize> {
        let mut members = self.members().into_iter();
        members.find(|&index| self.nodes[index].name == name)
    }

    /// The database, whoever may reach it.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    /// The database, if enough members are there.
    pub(super) fn database(&self) -> Result<MutexGuard<'_, Store>, NoQuorum> {
        let quorum = has_quorum(&self.conditions());
        match quorum {
            true => Ok(self.store()),
            false => Err(NoQuorum),
        }
    }

    /// Whom that member trusts.
    pub(super) fn trusted(&self, index: usize) -> MutexGuard<'_, Trusted> {
        locked(&self.nodes[index].trusted)
    }

    /// Makes a member look at the store.
    pub(super) fn refresh(&self, index: usize) {
        let now = self.store().trusted();
        *self.trusted(index) = now;
    }

    /// Tells all that can hear about a change from outside.
    pub(super) fn refresh_all(&self) {
        for index in (0..self.nodes.len()).filter(|&index| self.life(index) == Life::Running) {
            self.refresh(index);
        }
    }

    /// Tells the other members about a change, and waits for those that are frozen and not known
    /// to be offline; then looks at the store itself.
    pub(super) fn propagate(&self, from: usize) {
        let others = || (0..self.nodes.len()).filter(|&index| index != from);
        for index in others().filter(|&index| self.life(index) == Life::Running) {
            self.refresh(index);
        }
        let waited = self.changed.wait_while(self.conditions(), |conditions| {
            let holds_up = |index: usize| {
                let Condition { life, status } = &conditions[index];
                *life == Life::Frozen && status.as_deref() != Some("Offline")
            };
            conditions[from].life != Life::Dead && others().any(holds_up)
        });
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.refresh(from);
    }

    pub(super) fn life(&self, index: usize) -> Life {
        self.conditions()[index].life
    }

    pub(super) fn set_life(&self, index: usize, life: Life) {
        if life == Life::Running {
            self.refresh(index);
        }
        self.conditions()[index].life = life;
        self.changed.notify_all();
    }

    pub(super) fn set_status(&self, index: usize, status: &str) {
        self.conditions()[index].status = Some(status.to_owned());
        self.changed.notify_all();
    }

    /// As the list of members says.
    pub(super) fn status(&self, index: usize) -> String {
        let Condition { life, status } = self.conditions()[index].clone();
        let own = match life {
            Life::Dead | Life::Removed => "Offline",
            Life::Running | Life::Frozen => "Online",
        };
        status.unwrap_or_else(|| own.to_owned())
    }

    /// Blocks while the member is frozen. False if it is dead then.
    pub(super) fn until_thawed(&self, index: usize) -> bool {
        let frozen = |conditions: &mut Vec<Condition>| conditions[index].life == Life::Frozen;
        let waited = self.changed.wait_while(self.conditions(), frozen);
        waited.unwrap_or_else(PoisonError::into_inner)[index].life == Life::Running
    }

    /// All that is kept, and whom each member trusts.
    pub(super) fn content(&self) -> Content {
        let store = self.store().clone();
        let trusted = (0..self.nodes.len()).map(|index| self.trusted(index).clone());
        Content {
            trusted: trusted.collect(),
            store,
        }
    }

    /// The other way round.
    pub(super) fn restore(&self, content: &Content) {
        self.store().clone_from(&content.store);
        for (index, trusted) in content.trusted.iter().enumerate() {
            self.trusted(index).clone_from(trusted);
        }
    }

    fn conditions(&self) -> MutexGuard<'_, Vec<Condition>> {
        locked(&self.conditions)
    }
}

fn has_quorum(conditions: &[Condition]) -> bool {
    let count = |wanted: fn(Life) -> bool| {
        let members = conditions.iter().filter(|one| wanted(one.life));
        members.count()
    };
    let voices = count(|life| life == Life::Running);
    voices * 2 > count(|life| life != Life::Removed)
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
