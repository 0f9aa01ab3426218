//! What the actions about an operator's clients share: names, who has them, and what an entry may do.

use super::Refusal;
use crate::{
    credential::RESTRICT_TO_PROJECTS,
    hook::status,
    juju,
    lxd::{Error, WaitingToken, session::Session},
    names::{Projects, list},
    trust::{
        Entry,
        confinement::{Confinement, Restriction},
        owner::Owner,
    },
};

/// The longest name that an operator may give, in characters.
const LONGEST_NAME: usize = 64;

/// Opens a session when the parameters have turned out to be right.
pub(super) trait Open: FnOnce() -> Result<Result<Session, Refusal>, juju::Error> {}
impl<F: FnOnce() -> Result<Result<Session, Refusal>, juju::Error>> Open for F {}

/// Who has a name in LXD.
pub(super) struct Holders {
    /// Entries; LXD before 5.21.5 and Incus let several have the same.
    pub(super) entries: Vec<Entry>,
    /// Tokens that nobody has shown yet.
    pub(super) tokens: Vec<WaitingToken>,
}

impl Holders {
    /// Looks for the holders of an operator's full name.
    pub(super) fn of(session: &Session, name: &str) -> Result<Self, Refusal> {
        let refusal = |error: Error| Refusal::of(&error, session);
        let mut entries = session.reader().certificates().map_err(refusal)?;
        entries.retain(|entry| entry.name == name);
        let mut tokens = match session.server.issues_tokens {
            true => session.reader().waiting_tokens().map_err(refusal)?,
            false => Vec::new(),
        };
        tokens.retain(|token| token.name == name);
        Ok(Self { entries, tokens })
    }

    /// Refuses a name that something else has than `own`.
    pub(super) fn refuse(&self, own: Option<&Entry>) -> Result<(), Refusal> {
        let other = |entry: &&Entry| own.is_none_or(|own| own.fingerprint != entry.fingerprint);
        if let Some(entry) = self.entries.iter().find(other) {
            return Err(format!(
                "the name is taken by {}; give another, or first do remove-trusted-client with that fingerprint",
                entry.fingerprint
            )
            .into());
        }
        if let Some(token) = self.tokens.first() {
            return Err(format!(
                "the name is taken by a token that waits to be used, {}; give another, or first do \
                 remove-trusted-client with that name",
                token.expires
            )
            .into());
        }
        Ok(())
    }
}

/// The full name of an operator's entry.
pub(super) fn entry_name(owner: &Owner, name: &str) -> Result<String, Refusal> {
    let inner = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if first && name.len() <= LONGEST_NAME && name.chars().all(inner) {
        return Ok(owner.operators(name));
    }
    Err(format!(
        "{name:?} is not a name; give up to {LONGEST_NAME} of A-Z a-z 0-9 . _ @ -, a letter or digit first"
    )
    .into())
}

/// What the entry of an operator's client may do: what `restrict_to_projects` allows, or less. Whether we may manage the
/// trust store at all is seen on the way.
pub(super) fn confinement(
    session: &Session,
    option: &Projects,
    wanted: &Projects,
) -> Result<Confinement, Refusal> {
    let beyond: Projects = wanted.difference(option).cloned().collect();
    if !option.is_empty() && !beyond.is_empty() {
        return Err(format!(
            "{} is beyond {RESTRICT_TO_PROJECTS}, which is {}; give projects of those only, or none",
            list(&beyond),
            list(option)
        )
        .into());
    }
    let asked = if wanted.is_empty() { option } else { wanted };
    let restriction = session
        .require_rights(!asked.is_empty())
        .and_then(|()| session.restriction(asked, true))
        .map_err(|error| Refusal::of(&error, session))?;
    match restriction {
        Restriction::Open => Ok(Confinement::Nothing),
        Restriction::To(projects) => Ok(Confinement::To(projects)),
        Restriction::Missing { missing, .. } => Err(format!(
            "Unknown projects: {}; make them with: lxc project create",
            list(&missing)
        )
        .into()),
        Restriction::Impossible => Err(status::cannot_restrict(&session.server.version)
            .message
            .into()),
    }
}
