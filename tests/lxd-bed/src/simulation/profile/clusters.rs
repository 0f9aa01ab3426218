//! What differs in clusters.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::profile::Profile;
use Profile::{Lxd3_0, Lxd5_0_0, Lxd5_21, Lxd6};

impl Profile {
    /// The database's name in its messages.
    pub(in crate::simulation) fn database(self) -> &'static str {
        match self.is_incus() {
            true => "cowsql",
            false => "dqlite",
        }
    }

    /// Whether the members have entries of their own in the trust store.
    pub(in crate::simulation) fn lists_its_members(self) -> bool {
        self >= Lxd5_0_0
    }

    /// Whether DELETE reaches the other members.
    pub(in crate::simulation) fn forgets_everywhere(self) -> bool {
        self != Lxd3_0
    }

    /// Whether a server that stands alone lists a member all the same.
    pub(in crate::simulation) fn lists_itself_when_alone(self) -> bool {
        self == Lxd3_0
    }

    /// Whether the list of members has all fields of 4.0.
    pub(in crate::simulation) fn describes_members(self) -> bool {
        self != Lxd3_0
    }

    /// Whether a dead member is first missed by its events, and not by a connection.
    pub(in crate::simulation) fn misses_events(self) -> bool {
        self >= Lxd5_0_0
    }

    /// What is said of a target that does not answer.
    pub(in crate::simulation) fn unreached(self, name: &str) -> (u16, String) {
        let missing = "Missing event connection with target cluster member".to_owned();
        match self {
            Self::Incus7 => (503, format!("Cluster member {name:?} is offline")),
            Lxd5_21 | Lxd6 => (503, missing),
            _ => (500, missing),
        }
    }

    /// Whether it reads the database for each caller that it trusts, so that without a quorum none
    /// is answered.
    pub(in crate::simulation) fn reads_the_database_for_each_caller(self) -> bool {
        self == Lxd6
    }

    /// Whether a token is used up and good for nothing where it is shown to another member than the
    /// one that issued it.
    pub(in crate::simulation) fn spoils_tokens_of_other_members(self) -> bool {
        self < Lxd5_21
    }

    /// Whether the plain list of certificates comes out of the member's memory.
    pub(in crate::simulation) fn lists_from_memory(self) -> bool {
        !self.has_identities()
    }

    /// What is behind the text about a member that there is not.
    pub(in crate::simulation) fn unknown_member(self) -> &'static str {
        match self.has_identities() {
            true => " {0    0 0 0001-01-01 00:00:00 +0000 UTC [] 0 0 map[] []}",
            false => "",
        }
    }

    /// What stands before the reason why the list of members cannot be read.
    pub(in crate::simulation) fn members_unread(self) -> &'static str {
        match self {
            Lxd5_21 => "Failed to get the address of the cluster leader: ",
            _ => "",
        }
    }

    /// Whether a caller that is forwarded to another member comes there as that member.
    pub(in crate::simulation) fn forwards_as_a_member(self) -> bool {
        self < Lxd5_21
    }

    /// Whether a cluster changes its certificate without a restart.
    pub(in crate::simulation) fn renews_while_running(self) -> bool {
        self >= Lxd5_0_0
    }

    /// Whether the list of members says that of one.
    pub(in crate::simulation) fn knows_member_status(self, status: &str) -> bool {
        match status {
            "Online" | "Offline" | "Blocked" => true,
            "Evacuated" => self >= Lxd5_0_0,
            "Broken" => self == Lxd3_0,
            _ => false,
        }
    }

    /// What the list of members says along with a status.
    pub(in crate::simulation) fn status_message(self, status: &str) -> String {
        let text = match (status, self) {
            ("Online", Lxd3_0) => "fully operational",
            ("Online", _) => "Fully operational",
            ("Evacuated", _) => "Unavailable due to maintenance",
            ("Blocked", Lxd3_0) => "waiting for other nodes to be upgraded",
            ("Blocked", Lxd5_21 | Lxd6) => "LXD version is older than other members",
            ("Blocked", _) => "Needs updating to newer version",
            ("Broken", _) => "inconsistent version",
            ("Offline", Lxd3_0) => return format!("no heartbeat since {}", silence()),
            ("Offline", _) => return format!("No heartbeat for {}", silence()),
            _ => "",
        };
        text.to_owned()
    }
}

/// Another one each time, as LXD's is.
fn silence() -> String {
    static READ: AtomicU64 = AtomicU64::new(2138);
    let hundredths = READ.fetch_add(1, Ordering::Relaxed);
    let (seconds, rest) = (hundredths / 100, hundredths % 100);
    format!("{seconds}.{rest:02}s (2026-01-01 00:00:00 +0000 UTC)")
}
