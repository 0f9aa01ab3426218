//! The steps of `check` that ask LXD.

use std::time::Duration;

use super::{
    Finding, Look, Step, Steps,
    remedy::{self, after_complaint},
    timed,
};
use crate::{
    credential::{Credential, RESTRICT_TO_PROJECTS},
    error::chain,
    hook::status,
    lxd::{Connection, Error, ErrorKind, Reader, Server},
    names::list,
    trust::confinement::{Confinement, Restriction},
};

/// Whom the steps ask.
struct Asked<'a> {
    look: &'a Look<'a>,
    credential: &'a Credential,
    reader: Reader<'a>,
    server: Server,
}

/// Tries all steps that need LXD.
pub(super) fn check(look: &Look<'_>, credential: &Credential, steps: &mut Steps) {
    let Some((connection, server)) = reach(look, credential, steps) else {
        return;
    };
    let asked = Asked {
        look,
        credential,
        reader: connection.reader(),
        server,
    };
    let mut tried = |step, finding: fn(&Asked<'_>) -> Result<Finding, Error>| {
        let (finding, took) = timed(|| finding(&asked));
        let wrong = |error| wrong(&error, credential, look.here.now);
        steps.found(step, finding.unwrap_or_else(wrong), took);
    };
    tried(Step::Rights, rights);
    tried(Step::ApiExtensions, |asked| Ok(api_extensions(asked)));
    tried(Step::Projects, projects);
    tried(Step::Members, members);
}

/// Asks who answers at the credential's endpoint, or else at another member of its cluster.
fn reach(
    look: &Look<'_>,
    credential: &Credential,
    steps: &mut Steps,
) -> Option<(Connection, Server)> {
    let now = look.here.now;
    let ask = |endpoint, known| {
        let connection = Connection::new(credential, endpoint, known, look.here.deadlines)?;
        let server = connection.reader().server()?;
        Ok::<_, Error>((connection, server))
    };
    let (answer, took) = timed(|| ask(&credential.endpoint, None));
    let error = match answer {
        Ok(answered) => {
            tell(Ok(&answered.1), credential, now, took, steps);
            return Some(answered);
        }
        Err(error) => error,
    };
    tell(Err(&error), credential, now, took, steps);
    if step_of(error.kind()) != Step::Connect {
        return None;
    }
    let lxd = look.view.ledger.as_ref()?.lxd.as_ref()?;
    let others = lxd.others(&credential.endpoint, credential.fingerprint());
    let mut others = others.iter();
    let answered = others.find_map(|(endpoint, known)| ask(endpoint, Some(*known)).ok())?;
    tell(Ok(&answered.1), credential, now, took, steps);
    let other = answered.0.endpoint().address();
    let finding = Finding::Wrong {
        detail: format!("{}; {other} answers, and is worked with", chain(&error)),
        remedy: remedy::of_lxd(error.kind(), credential, now),
    };
    steps.found(Step::Connect, finding, took);
    Some(answered)
}

/// What one answer tells about three steps: all are fine up to the one that fails.
fn tell(
    answer: Result<&Server, &Error>,
    credential: &Credential,
    now: i64,
    took: Duration,
    steps: &mut Steps,
) {
    let address = credential.endpoint.address();
    let (presented, trusted) = match answer {
        Ok(server) => (
            format!(
                "it presents {}, which the credential allows",
                server.fingerprint()
            ),
            format!("{} trusts our certificate", server.name),
        ),
        Err(_) => (
            "the credential allows what it presents".to_owned(),
            String::new(),
        ),
    };
    let failed = answer.err().map(|error| (step_of(error.kind()), error));
    let mut took = took;
    for (step, detail) in [
        (Step::Connect, format!("{address} answers")),
        (Step::ServerCertificate, presented),
        (Step::Trust, trusted),
    ] {
        let took = std::mem::take(&mut took);
        if let Some((failed, error)) = failed
            && failed == step
        {
            steps.found(step, wrong(error, credential, now), took);
            return;
        }
        steps.found(step, Finding::Fine(detail), took);
    }
}

/// Which step it is that fails so at the first request.
fn step_of(kind: &ErrorKind) -> Step {
    match kind {
        ErrorKind::NoAnswer { .. } | ErrorKind::OutOfTime(_) | ErrorKind::Setup(_) => Step::Connect,
        ErrorKind::OtherCertificate { .. } => Step::ServerCertificate,
        _ => Step::Trust,
    }
}

fn wrong(error: &Error, credential: &Credential, now: i64) -> Finding {
    Finding::Wrong {
        detail: chain(error),
        remedy: remedy::of_lxd(error.kind(), credential, now),
    }
}

/// Whether we may manage the trust store, as far as that shows without writing.
fn rights(asked: &Asked<'_>) -> Result<Finding, Error> {
    if asked.server.has_identities
        && let Some(rights) = asked.reader.rights()?
    {
        let projects = !asked.look.view.options.projects().is_empty();
        let lacking = rights.lacking(projects);
        if lacking.is_empty() {
            let detail = "our identity's groups let it manage the trust store";
            return Ok(Finding::Fine(detail.to_owned()));
        }
        let kind = ErrorKind::Lacking(lacking);
        return Ok(Finding::Wrong {
            detail: kind.to_string(),
            remedy: remedy::of_lxd(&kind, asked.credential, asked.look.here.now),
        });
    }
    let own = asked.credential.fingerprint();
    let Some(entry) = asked.reader.certificate(own)? else {
        let detail = "trusted without an entry of its own: what it may do shows when it is used";
        return Ok(Finding::Fine(detail.to_owned()));
    };
    let name = &entry.name;
    Ok(match &entry.confinement {
        Confinement::Nothing => Finding::Fine(format!("its entry {name:?} is an administrator's")),
        confined @ Confinement::To(_) => {
            let kind = ErrorKind::Forbidden(String::new());
            Finding::Wrong {
                detail: format!("its entry {name:?} is restricted {confined}"),
                remedy: remedy::of_lxd(&kind, asked.credential, asked.look.here.now),
            }
        }
    })
}

fn api_extensions(asked: &Asked<'_>) -> Finding {
    let Server {
        version,
        restricts,
        issues_tokens,
        ..
    } = &asked.server;
    let can = |yes: bool| if yes { "yes" } else { "no" };
    let detail = format!(
        "LXD {version}; restricted certificates: {}, tokens: {}",
        can(*restricts),
        can(*issues_tokens)
    );
    if *restricts || asked.look.view.options.projects().is_empty() {
        return Finding::Fine(detail);
    }
    let message = status::cannot_restrict(version).message;
    Finding::Wrong {
        detail,
        remedy: after_complaint(&message).to_owned(),
    }
}

fn projects(asked: &Asked<'_>) -> Result<Finding, Error> {
    let wanted = asked.look.view.options.projects();
    if wanted.is_empty() {
        return Ok(Finding::Skipped(format!(
            "{RESTRICT_TO_PROJECTS} is not set"
        )));
    }
    if !asked.server.restricts {
        return Ok(Finding::Skipped(
            "this LXD cannot restrict certificates".to_owned(),
        ));
    }
    Ok(match Restriction::of(&wanted, &asked.reader.projects()?) {
        Restriction::Missing { missing, .. } => Finding::Wrong {
            detail: status::unknown_projects(&missing).message,
            remedy: format!(
                "make them with: lxc project create; or correct {RESTRICT_TO_PROJECTS}"
            ),
        },
        _ => Finding::Fine(format!("all are there: {}", list(&wanted))),
    })
}

fn members(asked: &Asked<'_>) -> Result<Finding, Error> {
    let server = &asked.server;
    if !server.clustered {
        return Ok(Finding::Fine(format!("{} stands alone", server.name)));
    }
    let members = asked.reader.members()?;
    let list: Vec<String> = members
        .iter()
        .map(|member| format!("{} {}", member.name, member.status))
        .collect();
    let detail = list.join(", ");
    let well = |status: &str| ["Online", "Evacuated"].contains(&status);
    if members.iter().all(|member| well(&member.status)) {
        return Ok(Finding::Fine(detail));
    }
    let remedy = "see lxc cluster list; consumers are told of a member again when it is Online";
    Ok(Finding::Wrong {
        detail,
        remedy: remedy.to_owned(),
    })
}
