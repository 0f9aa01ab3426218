//! Whose entry in the trust store it is: told by its name alone, so that it can be read from LXD by anyone, after any
//! crash (docs/interface.md, "Names in the trust store").

use std::fmt;

use crate::names::{ApplicationName, ModelUuid, RelationId};

/// Stands for the relation's number in the name of an operator's entry.
const OPERATOR: &str = "operator";

/// Who we are among all that use this LXD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Our model.
    pub model: ModelUuid,
    /// Our own application.
    pub application: ApplicationName,
}

/// The last two fields of a name of ours: the relation that an entry was made for, and its consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryName {
    /// The number of the relation.
    pub relation: RelationId,
    /// The consumer.
    pub consumer: ApplicationName,
}

/// What a name says about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Ours, made for a relation.
    Relation(EntryName),
    /// Ours, made by an operator's action; the reconciliation leaves it alone.
    Operator,
    /// Somebody else's.
    Foreign,
}

impl Owner {
    /// The full name of an entry, `juju:<model uuid>:<integrator>:<relation>:<consumer>`.
    #[must_use]
    pub fn name(&self, entry: &EntryName) -> String {
        format!("{self}:{}:{}", entry.relation, entry.consumer)
    }

    /// The full name of an operator's entry.
    #[must_use]
    pub fn operators(&self, name: &str) -> String {
        format!("{self}:{OPERATOR}:{name}")
    }

    /// Reads a name. Ours are exactly those that [`Owner::name`] writes, and the operators'.
    #[must_use]
    pub fn of(&self, name: &str) -> Ownership {
        let fields: Vec<&str> = name.split(':').collect();
        let &["juju", model, application, relation, consumer] = fields.as_slice() else {
            return Ownership::Foreign;
        };
        if model != self.model.to_string() || application != self.application.to_string() {
            return Ownership::Foreign;
        }
        if relation == OPERATOR {
            return Ownership::Operator;
        }
        match (relation.parse(), consumer.parse()) {
            (Ok(relation), Ok(consumer)) => Ownership::Relation(EntryName { relation, consumer }),
            _ => Ownership::Foreign,
        }
    }
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
        let entry = EntryName {
            relation: RelationId::new(7),
            consumer: "my-charm".parse().unwrap(),
        };
        let name = owner().name(&entry);
        assert_eq!(name, format!("juju:{MODEL}:lxd-integrator:7:my-charm"));
        assert_eq!(owner().of(&name), Ownership::Relation(entry));
    }

    #[test]
    fn only_these_five_fields_are_ours() {
        for foreign in [
            String::new(),
            "juju".to_owned(),
            format!("juju:{MODEL}:lxd-integrator:7"),
            format!("juju:{MODEL}:lxd-integrator:7:my-charm:more"),
            format!("juju:{MODEL}:lxd-integrator:07:my-charm"),
            format!("juju:{MODEL}:lxd-integrator:+7:my-charm"),
            format!("juju:{MODEL}:lxd-integrator:7:"),
            format!("juju:{MODEL}:lxd-integrator-2:7:my-charm"),
            "juju:d3b0a2c4-0000-4000-8000-000000000002:lxd-integrator:7:my-charm".to_owned(),
            format!("Juju:{MODEL}:lxd-integrator:7:my-charm"),
            format!(" juju:{MODEL}:lxd-integrator:7:my-charm"),
        ] {
            assert_eq!(owner().of(&foreign), Ownership::Foreign, "{foreign:?}");
        }
        let operators = format!("juju:{MODEL}:lxd-integrator:operator:alice");
        assert_eq!(owner().of(&operators), Ownership::Operator);
    }
}
