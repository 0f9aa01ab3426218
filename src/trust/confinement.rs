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
}
