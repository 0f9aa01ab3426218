//! Which of the relations and units that Juju lists are really there: a removal by force leaves both in its lists, and
//! runs no hook for it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::{ApplicationName, RelationId, UnitName};

/// A relation as `relation-list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The consumer.
    pub application: ApplicationName,
    /// Those of its units that this unit has met.
    pub units: Vec<UnitName>,
}

/// What `goal-state` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// The units of this application, and whether each is leaving.
    pub units: BTreeMap<UnitName, bool>,
    /// The consumers' units under our endpoint. Subordinates and other models' are never shown.
    pub consumers: BTreeSet<UnitName>,
}

/// The relations that may be others' aliases: without units, beside another one of the same application. After a removal
/// by force the old number answers for the new relation, and a hook that touches our own databag through both fails. The
/// hook's own relation, `subject`, is no alias; if it might be one, those of the same application are left alone instead.
#[must_use]
pub fn aliases(
    listed: &BTreeMap<RelationId, Listed>,
    subject: Option<RelationId>,
) -> BTreeSet<RelationId> {
    let beside = |id: RelationId, relation: &Listed| {
        let mut others = listed.iter().filter(|(other, _)| **other != id);
        others.any(|(_, other)| other.application == relation.application)
    };
    let suspect = |id: RelationId| {
        listed
            .get(&id)
            .filter(|relation| relation.units.is_empty() && beside(id, relation))
    };
    let of_subject = subject.and_then(suspect);
    listed
        .iter()
        .filter(|(id, _)| Some(**id) != subject)
        .filter(|(id, relation)| {
            let twin = of_subject.is_some_and(|own| own.application == relation.application);
            twin || suspect(**id).is_some()
        })
        .map(|(id, _)| *id)
        .collect()
}

/// The units of a relation that were removed by force: listed, and not wanted any more, while another unit of theirs is.
/// For an application of which `goal` shows no unit this sign does not count. What is listed must have been asked first.
#[must_use]
pub fn removed_by_force(relation: &Listed, goal: &Goal) -> BTreeSet<UnitName> {
    let mut wanted = goal.consumers.iter();
    if !wanted.any(|unit| *unit.application() == relation.application) {
        return BTreeSet::new();
    }
    let unwanted = |unit: &&UnitName| !goal.consumers.contains(unit);
    relation.units.iter().filter(unwanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(names: &[&str]) -> Vec<UnitName> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn listed(relations: &[(u32, &str, &[&str])]) -> BTreeMap<RelationId, Listed> {
        let relation = |(id, application, names): &(u32, &str, &[&str])| {
            let application = application.parse().unwrap();
            let units = units(names);
            (RelationId::new(*id), Listed { application, units })
        };
        relations.iter().map(relation).collect()
    }

    #[test]
    fn a_relation_without_units_beside_another_may_be_its_alias() {
        let relations = listed(&[
            (1, "a", &[]),
            (2, "a", &["a/0"]),
            (3, "b", &[]),
            (4, "c", &["c/0"]),
            (5, "c", &["c/0"]),
        ]);
        let ids =
            |ids: &[u32]| -> BTreeSet<_> { ids.iter().map(|id| RelationId::new(*id)).collect() };
        let subject = |id| Some(RelationId::new(id));
        assert_eq!(aliases(&relations, None), ids(&[1]));
        assert_eq!(aliases(&relations, subject(2)), ids(&[1]));
        assert_eq!(aliases(&relations, subject(1)), ids(&[2]));
        assert_eq!(aliases(&relations, subject(3)), ids(&[1]));
    }

    #[test]
    fn a_unit_is_gone_only_beside_another_that_is_wanted() {
        let relations = listed(&[(1, "a", &["a/0", "a/1"])]);
        let relation = &relations[&RelationId::new(1)];
        let gone = |consumers: &[&str]| {
            let consumers = units(consumers).into_iter().collect();
            let goal = Goal {
                consumers,
                ..Goal::default()
            };
            removed_by_force(relation, &goal)
        };
        assert_eq!(gone(&["a/1"]), units(&["a/0"]).into_iter().collect());
        assert_eq!(gone(&["a/2"]).len(), 2);
        assert!(gone(&["a/0", "a/1"]).is_empty());
        assert!(gone(&["b/0"]).is_empty() && gone(&[]).is_empty());
    }
}
