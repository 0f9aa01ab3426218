//! Who is at the other end of a connection, and what that one may do.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;

use super::State;
use super::certificate::Certificate;
use super::permission::Permission;
use super::store::Store;
use crate::daemon::{Kind, TrustEntry};
use crate::profile::Profile;

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(super) struct Caller {
    certificate: Option<Certificate>,
    pub(super) ip: IpAddr,
}

/// What a caller may do. It is looked up for each request: trust can change on a kept connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rights {
    Untrusted,
    Restricted,
    /// What its groups may.
    FineGrained,
    Administrator,
}

/// What a caller is to the server, and by what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) rights: Rights,
    /// `auth_user_method`.
    pub(super) method: &'static str,
}

const UNTRUSTED: Standing = Standing {
    rights: Rights::Untrusted,
    method: "",
};

impl Caller {
    pub(super) fn new(chain: Option<&[CertificateDer<'_>]>, ip: IpAddr) -> Self {
        let leaf = chain.and_then(<[_]>::first);
        Self {
            certificate: leaf.and_then(|leaf| Certificate::from_der(leaf).ok()),
            ip,
        }
    }

    /// The certificate that came along.
    pub(super) fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    pub(super) fn fingerprint(&self) -> Option<String> {
        self.certificate.as_ref().map(Certificate::fingerprint)
    }

    /// Whether a client certificate came along.
    pub(super) fn shows_a_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    pub(super) fn standing(&self, state: &State) -> Standing {
        let (cluster, profile) = (&state.cluster, state.cluster.profile);
        let now = cluster.clock.now();
        let Some(own) = self.certificate.as_ref().filter(|own| own.is_valid_at(now)) else {
            return UNTRUSTED;
        };
        let fingerprint = own.fingerprint();
        let mut by_authority = UNTRUSTED;
        if let Some(authority) = &cluster.authority {
            let issued = own.is_issued_by(authority);
            let revoked = authority.has_revoked(&fingerprint);
            if cluster.store().trusts_authority() {
                if issued && revoked {
                    return UNTRUSTED;
                }
                if issued {
                    by_authority = administrator(profile.method_of_the_authorized());
                }
            }
            if !profile.entry_counts(issued, revoked) {
                return by_authority;
            }
        }
        let trusted = cluster.trusted(state.index);
        match trusted.entries.get(&fingerprint) {
            None if trusted.identities.contains(&fingerprint) => Standing {
                rights: Rights::FineGrained,
                method: "tls",
            },
            None => by_authority,
            Some(entry) if entry.kind == Kind::Metrics && profile.metrics_entry_decides() => {
                UNTRUSTED
            }
            Some(entry) if entry.kind == Kind::Metrics => by_authority,
            Some(entry) => of_entry(profile, entry),
        }
    }
}

fn administrator(method: &'static str) -> Standing {
    Standing {
        rights: Rights::Administrator,
        method,
    }
}

fn of_entry(profile: Profile, entry: &TrustEntry) -> Standing {
    match (entry.kind, entry.restricted) {
        (Kind::Server, _) => administrator(profile.method_of_members()),
        (_, false) => administrator("tls"),
        (_, true) => Standing {
            rights: Rights::Restricted,
            method: "tls",
        },
    }
}

/// What the groups of a fine-grained caller may.
#[derive(Clone, Debug, Default)]
pub(super) struct Granted(Vec<Permission>);

impl Granted {
    pub(super) fn to(store: &Store, id: &str) -> Self {
        let groups = store.identities.get(id).map(|identity| &identity.groups);
        let groups = groups.into_iter().flatten();
        let permissions = groups.filter_map(|name| store.groups.get(name));
        Self(
            permissions
                .flat_map(|group| group.permissions.clone())
                .collect(),
        )
    }

    /// Without those that are there twice.
    pub(super) fn permissions(&self) -> Vec<&Permission> {
        let mut all: Vec<&Permission> = self.0.iter().collect();
        all.sort();
        all.dedup();
        all
    }

    /// On the server.
    pub(super) fn may(&self, entitlement: &str) -> bool {
        let mut on_server = self.0.iter().filter(|one| one.entity_type == "server");
        on_server.any(|one| implies(&one.entitlement, entitlement))
    }

    /// On one thing, by an entitlement of its own.
    pub(super) fn may_on(&self, entity_type: &str, url: &str, entitlements: &[&str]) -> bool {
        self.0.iter().any(|one| {
            one.entity_type == entity_type
                && one.url == url
                && entitlements.contains(&one.entitlement.as_str())
        })
    }
}

/// Whether one entitlement on the server includes another.
fn implies(have: &str, wanted: &str) -> bool {
    let about = |things: &[&str]| {
        let thing = wanted
            .strip_prefix("can_")
            .and_then(|rest| rest.split_once('_'));
        thing.is_some_and(|(_, thing)| things.contains(&thing))
    };
    match have {
        "admin" => true,
        "permission_manager" => about(&[
            "identities",
            "groups",
            "identity_provider_groups",
            "permissions",
        ]),
        "project_manager" => about(&["projects"]),
        "viewer" => wanted.starts_with("can_view_") && wanted != "can_view_permissions",
        _ => have == wanted,
    }
}
