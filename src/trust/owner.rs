//! Whose entry in the trust store it is: told by its name alone, so that it can be read from LXD by anyone, after any
//! crash (docs/reference/interface.md, "Names in the trust store").

use std::fmt;

use crate::{
    names::{ApplicationName, ModelUuid, RelationId},
    x509::certificate::Fingerprint,
};

/// Stands for the relation's number in the name of an operator's entry.
const OPERATOR: &str = "operator";

/// Stands for it in the name of the charm's own entry.
const SELF: &str = "self";

/// How many hexadecimal digits of a fingerprint tell one entry from another; all of them where that name is taken.
const DIGITS: usize = 12;

/// Who we are among all that use this LXD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Our model.
    pub model: ModelUuid,
    /// Our own application.
    pub application: ApplicationName,
}

/// Whom an entry was made for: the relation and its consumer, which every name of ours holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirer {
    /// The number of the relation.
    pub relation: RelationId,
    /// The consumer.
    pub application: ApplicationName,
}

/// What a name says about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Ours, made for a relation.
    Relation(Requirer),
    /// Ours, made by an operator's action; the reconciliation leaves it alone.
    Operator,
    /// Somebody else's.
    Foreign,
}

impl Requirer {
    /// For a relation with a consumer.
    #[must_use]
    pub fn new(relation: RelationId, application: &ApplicationName) -> Self {
        Self {
            relation,
            application: application.clone(),
        }
    }
}

impl Owner {
    /// The full names that an entry may have, `juju:<model uuid>:<integrator>:<relation>:<consumer>:<fingerprint>`, the
    /// usual one first. LXD takes a name once (since 5.21.5 and 6.6), hence the digits of the fingerprint; and a client may
    /// have replaced the certificate under its name, hence the second one with all of them.
    #[must_use]
    pub fn names(&self, entry: &Requirer, fingerprint: Fingerprint) -> [String; 2] {
        let Requirer {
            relation,
            application,
        } = entry;
        unique(&format!("{self}:{relation}:{application}"), fingerprint)
    }

    /// The full names that the entry of our own certificate may have where we name it, the usual one first.
    #[must_use]
    pub fn own_names(&self, own: Fingerprint) -> [String; 2] {
        unique(&format!("{self}:{SELF}"), own)
    }

    /// The full name of an operator's entry.
    #[must_use]
    pub fn operators(&self, name: &str) -> String {
        format!("{self}:{OPERATOR}:{name}")
    }

    /// Reads a name. Ours are those that [`Owner::names`] writes, whatever stands in the last field, and the operators'.
    #[must_use]
    pub fn of(&self, name: &str) -> Ownership {
        let Some(fields) = name.strip_prefix(&format!("{self}:")) else {
            return Ownership::Foreign;
        };
        match fields.split(':').collect::<Vec<_>>().as_slice() {
            [OPERATOR, _] => Ownership::Operator,
            [relation, application, _] => match (relation.parse(), application.parse()) {
                (Ok(relation), Ok(application)) => Ownership::Relation(Requirer {
                    relation,
                    application,
                }),
                _ => Ownership::Foreign,
            },
            _ => Ownership::Foreign,
        }
    }
}

fn unique(name: &str, fingerprint: Fingerprint) -> [String; 2] {
    [
        format!("{name}:{fingerprint:.DIGITS$}"),
        format!("{name}:{fingerprint}"),
    ]
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "juju:{}:{}", self.model, self.application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "d3b0a2c4-0000-4000-8000-000000000001";

    fn owner() -> Owner {
        Owner {
            model: MODEL.parse().unwrap(),
            application: "lxd-integrator".parse().unwrap(),
        }
    }

    #[test]
    fn a_name_of_ours_is_read_back() {
        let entry = Requirer {
            relation: RelationId::new(7),
            application: "my-charm".parse().unwrap(),
        };
        let fingerprint = Fingerprint::of(b"certificate");
        let [usual, other] = owner().names(&entry, fingerprint);
        let start = format!("juju:{MODEL}:lxd-integrator:7:my-charm:");
        assert_eq!(usual.strip_prefix(&start).map(str::len), Some(12));
        assert_eq!(other, format!("{start}{fingerprint}"));
        assert!(other.starts_with(&usual));
        for name in [usual, other, format!("{start}anything"), start] {
            assert_eq!(owner().of(&name), Ownership::Relation(entry.clone()));
        }
    }

    #[test]
    fn nothing_else_is_ours() {
        let fingerprint = Fingerprint::of(b"certificate");
        let [own, other] = owner().own_names(fingerprint);
        assert_eq!(
            own,
            format!("juju:{MODEL}:lxd-integrator:self:{fingerprint:.12}")
        );
        assert_eq!(
            other,
            format!("juju:{MODEL}:lxd-integrator:self:{fingerprint}")
        );
        for foreign in [
            String::new(),
            "juju".to_owned(),
            own,
            format!("juju:{MODEL}:lxd-integrator:7:my-charm"),
            format!("juju:{MODEL}:lxd-integrator:7:my-charm:0123:more"),
            format!("juju:{MODEL}:lxd-integrator:07:my-charm:0123"),
            format!("juju:{MODEL}:lxd-integrator:+7:my-charm:0123"),
            format!("juju:{MODEL}:lxd-integrator:7::0123"),
            format!("juju:{MODEL}:lxd-integrator-2:7:my-charm:0123"),
            "juju:d3b0a2c4-0000-4000-8000-000000000002:lxd-integrator:7:my-charm:0123".to_owned(),
            format!("Juju:{MODEL}:lxd-integrator:7:my-charm:0123"),
            format!(" juju:{MODEL}:lxd-integrator:7:my-charm:0123"),
            format!("juju:{MODEL}:lxd-integrator:operator:alice:0123"),
        ] {
            assert_eq!(owner().of(&foreign), Ownership::Foreign, "{foreign:?}");
        }
        let operators = format!("juju:{MODEL}:lxd-integrator:operator:alice");
        assert_eq!(owner().operators("alice"), operators);
        assert_eq!(owner().of(&operators), Ownership::Operator);
    }
}
