//! The changes that the charm makes in a trust store, as values: planned, logged, carried out.

use std::fmt;

use super::{confinement::Confinement, owner::Requirer};
use crate::x509::certificate::{Certificate, Fingerprint};

/// One change of the trust store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Add a client certificate.
    Register {
        /// Under this name.
        name: Requirer,
        /// This one.
        certificate: Certificate,
        /// What it may do.
        confinement: Confinement,
    },
    /// Hand an entry over to another relation that asks for it.
    Rename {
        /// Which entry.
        fingerprint: Fingerprint,
        /// Its name until now.
        from: Requirer,
        /// Its new name.
        to: Requirer,
    },
    /// Change what an entry may do.
    Confine {
        /// Which entry.
        fingerprint: Fingerprint,
        /// Its full name.
        name: String,
        /// What it may do from then on.
        to: Confinement,
    },
    /// Take trust away.
    Remove {
        /// Which entry.
        fingerprint: Fingerprint,
        /// Its name.
        name: Requirer,
    },
}

impl Change {
    /// The certificate that it is about.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Register { certificate, .. } => certificate.fingerprint(),
            Self::Rename { fingerprint, .. }
            | Self::Confine { fingerprint, .. }
            | Self::Remove { fingerprint, .. } => *fingerprint,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register {
                name,
                certificate,
                confinement,
            } => {
                write!(
                    f,
                    "register {} ({}) for relation {} with {}",
                    certificate.fingerprint(),
                    certificate.subject(),
                    name.relation,
                    name.application
                )?;
                match confinement {
                    Confinement::Nothing => Ok(()),
                    Confinement::To(_) => write!(f, ", restricted {confinement}"),
                }
            }
            Self::Rename {
                fingerprint,
                from,
                to,
            } => write!(
                f,
                "hand {fingerprint} over from relation {} to relation {} with {}",
                from.relation, to.relation, to.application
            ),
            Self::Confine {
                fingerprint,
                name,
                to,
            } => match to {
                Confinement::Nothing => write!(f, "lift the restriction of {fingerprint} ({name})"),
                Confinement::To(_) => write!(f, "restrict {fingerprint} ({name}) {to}"),
            },
            Self::Remove { fingerprint, name } => write!(
                f,
                "remove {fingerprint} of relation {} with {}",
                name.relation, name.application
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{RelationId, projects};

    fn requirer(relation: u32) -> Requirer {
        Requirer::new(RelationId::new(relation), &"my-charm".parse().unwrap())
    }

    #[test]
    fn a_change_is_told_with_its_certificate_and_relation() {
        let fingerprint = Fingerprint::of(b"certificate");
        let confine = |to| Change::Confine {
            fingerprint,
            name: "name".to_owned(),
            to,
        };
        for (change, told) in [
            (
                Change::Remove {
                    fingerprint,
                    name: requirer(1),
                },
                "remove @ of relation 1 with my-charm",
            ),
            (
                Change::Rename {
                    fingerprint,
                    from: requirer(1),
                    to: requirer(2),
                },
                "hand @ over from relation 1 to relation 2 with my-charm",
            ),
            (
                confine(Confinement::Nothing),
                "lift the restriction of @ (name)",
            ),
            (
                confine(Confinement::To(projects("a,b"))),
                "restrict @ (name) to a, b",
            ),
        ] {
            let told = told.replace('@', &fingerprint.to_string());
            assert_eq!(change.to_string(), told);
            assert_eq!(change.fingerprint(), fingerprint);
        }
    }
}
