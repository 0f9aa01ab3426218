//! What an entry may do: everything, or only what some projects allow (`restrict_to_projects`). Pure.

use std::fmt;

use crate::names::{Projects, list};

/// What an entry may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// Everything: it is an administrator.
    Nothing,
    /// What these projects allow; without any, nothing at all.
    To(Projects),
}

impl Confinement {
    /// Whether it allows nothing beyond these projects.
    #[must_use]
    pub fn is_within(&self, projects: &Projects) -> bool {
        match self {
            Self::Nothing => false,
            Self::To(own) => own.is_subset(projects),
        }
    }

    /// The same without anything beyond these projects.
    #[must_use]
    pub fn narrowed(&self, projects: &Projects) -> Self {
        match self {
            Self::Nothing => Self::To(projects.clone()),
            Self::To(own) => Self::To(own.intersection(projects).cloned().collect()),
        }
    }
}

/// As in "restrict …", "register … restricted to …".
impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("to no projects in particular"),
            Self::To(projects) if projects.is_empty() => f.write_str("to nothing"),
            Self::To(projects) => write!(f, "to {}", list(projects)),
        }
    }
}

/// What the operator asks for, as far as this LXD can do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// Nothing: entries of ours are administrators.
    Open,
    /// Entries of ours are confined to these projects.
    To(Projects),
    /// Some are missing. Nothing new is registered, and what there is, is confined to those that exist.
    Missing {
        /// Those that exist.
        there: Projects,
        /// Those that do not.
        missing: Projects,
    },
    /// This version knows no restriction: no entry is made for a relation, and none is left.
    Impossible,
}

impl Restriction {
    /// Compares what is asked for with the projects that are `there`.
    #[must_use]
    pub fn of(asked: &Projects, there: &Projects) -> Self {
        let missing: Projects = asked.difference(there).cloned().collect();
        if asked.is_empty() {
            Self::Open
        } else if missing.is_empty() {
            Self::To(asked.clone())
        } else {
            Self::Missing {
                there: asked.intersection(there).cloned().collect(),
                missing,
            }
        }
    }

    /// Whether new entries may be made.
    #[must_use]
    pub const fn lets_register(&self) -> bool {
        matches!(self, Self::Open | Self::To(_))
    }

    /// How an entry that was made for a relation is to be confined; `None` if it must not be there.
    #[must_use]
    pub fn for_relations(&self) -> Option<Confinement> {
        match self {
            Self::Open => Some(Confinement::Nothing),
            Self::To(projects)
            | Self::Missing {
                there: projects, ..
            } => Some(Confinement::To(projects.clone())),
            Self::Impossible => None,
        }
    }

    /// How an entry that an operator made is to be confined: as it is, and never beyond what is asked for.
    #[must_use]
    pub fn for_operators(&self, entry: &Confinement) -> Confinement {
        match self {
            Self::Open | Self::Impossible => entry.clone(),
            Self::To(projects)
            | Self::Missing {
                there: projects, ..
            } => entry.narrowed(projects),
        }
    }

    /// Whether an entry may do more than is asked for.
    #[must_use]
    pub fn is_exceeded_by(&self, entry: &Confinement) -> bool {
        match self {
            Self::Open => false,
            Self::Impossible => true,
            Self::To(projects) => !entry.is_within(projects),
            Self::Missing { there, .. } => !entry.is_within(there),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::projects;

    #[test]
    fn an_operators_entry_is_narrowed_and_never_widened() {
        let restriction = Restriction::To(projects("a,b"));
        let narrowed = |entry| restriction.for_operators(&entry);
        assert_eq!(
            narrowed(Confinement::Nothing),
            Confinement::To(projects("a,b"))
        );
        assert_eq!(
            narrowed(Confinement::To(projects("b,c"))),
            Confinement::To(projects("b"))
        );
        let confined = Confinement::To(projects("a"));
        assert_eq!(Restriction::Open.for_operators(&confined), confined);
    }

    #[test]
    fn missing_projects_are_told_apart() {
        let asked = projects("a,b");
        assert_eq!(
            Restriction::of(&asked, &projects("b,c")),
            Restriction::Missing {
                there: projects("b"),
                missing: projects("a")
            }
        );
        assert_eq!(
            Restriction::of(&asked, &projects("a,b,c")),
            Restriction::To(asked)
        );
        assert_eq!(
            Restriction::of(&projects(""), &projects("a")),
            Restriction::Open
        );
    }

    #[test]
    fn where_projects_are_missing_entries_are_kept_to_the_others() {
        let missing = Restriction::of(&projects("a,b"), &projects("b"));
        let (all, within) = (Confinement::Nothing, Confinement::To(projects("b")));
        let beyond = Confinement::To(projects("a"));
        assert!(!missing.lets_register());
        assert_eq!(missing.for_relations(), Some(within.clone()));
        assert_eq!(missing.for_operators(&all), within);
        assert!(missing.is_exceeded_by(&all) && missing.is_exceeded_by(&beyond));
        assert!(!missing.is_exceeded_by(&within));
    }

    #[test]
    fn an_entry_exceeds_what_is_asked_for_if_it_may_do_more() {
        let (all, a, b) = (
            Confinement::Nothing,
            Confinement::To(projects("a")),
            Confinement::To(projects("b")),
        );
        let to = Restriction::To(projects("a"));
        for (restriction, exceeding, registers) in [
            (&Restriction::Open, [false, false, false], true),
            (&to, [true, false, true], true),
            (&Restriction::Impossible, [true, true, true], false),
        ] {
            let exceeds = [&all, &a, &b].map(|entry| restriction.is_exceeded_by(entry));
            assert_eq!(exceeds, exceeding, "{restriction:?}");
            assert_eq!(restriction.lets_register(), registers, "{restriction:?}");
        }
        assert_eq!(Restriction::Open.for_relations(), Some(all));
        assert_eq!(to.for_relations(), Some(a));
        assert_eq!(Restriction::Impossible.for_relations(), None);
        assert_eq!(Restriction::Impossible.for_operators(&b), b);
    }

    #[test]
    fn a_confinement_is_told() {
        let told = |confinement: Confinement| confinement.to_string();
        assert_eq!(told(Confinement::Nothing), "to no projects in particular");
        assert_eq!(told(Confinement::To(projects(""))), "to nothing");
        assert_eq!(told(Confinement::To(projects("b,a"))), "to a, b");
    }
}
