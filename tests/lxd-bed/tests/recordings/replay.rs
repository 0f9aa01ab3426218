//! One case on one version.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lxd_bed::client::{Answer, Failure};
use lxd_bed::{Daemon, Kind, Options, Profile, TrustEntry};
use serde_json::{Value, json};

use crate::callers::Callers;
use crate::compare::difference;
use crate::texts;
use crate::words::{NotGiven, Words};

/// What became of one request.
pub(crate) enum Outcome {
    Agrees,
    Differs(String),
    /// The simulation does not do requests of that kind.
    NotDone(&'static str),
}

/// The kinds of request that do not matter to a client of the trust store, and are not done, with
/// the beginnings of their paths.
const NOT_DONE: &[(&str, &[&str])] = &[
    ("the list of all permissions", &["/1.0/auth/permissions"]),
    (
        "groups of identity providers",
        &["/1.0/auth/identity-provider-groups"],
    ),
    (
        "identities that are no certificates",
        &["/1.0/auth/identities/bearer/", "/1.0/auth/identities/oidc/"],
    ),
    (
        "instances, images, networks and storage",
        &[
            "/1.0/instances",
            "/1.0/containers",
            "/1.0/images",
            "/1.0/networks",
            "/1.0/profiles",
            "/1.0/storage-pools",
        ],
    ),
    ("what the machine has", &["/1.0/resources", "/1.0/metrics"]),
    ("warnings and events", &["/1.0/warnings", "/1.0/events"]),
    ("what members ask each other", &["/internal"]),
];

fn profile_of(version: &str) -> Profile {
    match version {
        "5.0.2" => Profile::Lxd5_0,
        "5.0.9" => Profile::Lxd5_0_9,
        "5.21.7" => Profile::Lxd5_21,
        "6.9" => Profile::Lxd6,
        "incus-7.0.2" => Profile::Incus7,
        other => panic!("{other} is not simulated"),
    }
}

pub(crate) fn replay(
    version: &str,
    extensions: &Value,
    case: &Value,
    callers: &Callers,
    members: &[&str],
) -> Vec<Outcome> {
    let daemon = server(version, &case["setup"], callers, members);
    let mut words = Words {
        callers,
        daemon: &daemon,
        members,
        tokens: BTreeMap::new(),
        etags: BTreeMap::new(),
    };
    let mut outcomes = Vec::new();
    let steps = case["steps"].as_array().into_iter().flatten();
    for (index, step) in steps.enumerate() {
        if !step["versions"].is_null() && !texts(&step["versions"]).any(|one| one == version) {
            continue;
        }
        if step["event"].is_string() {
            happen(&daemon, members, step);
            continue;
        }
        let expected = expectation(step, version);
        let told = |text: &str| {
            let caller = step["caller"].as_str().unwrap_or("nobody");
            let (name, method, path) = (&case["name"], &step["method"], &step["path"]);
            let expected = expected.map_or_else(String::new, Value::to_string);
            format!("{version} {name} {index}: {caller} {method} {path}\n  {text}\n  {expected}")
        };
        let path = step["path"].as_str().unwrap_or_default();
        let not_done = NOT_DONE.iter().find(|(_, beginnings)| {
            beginnings
                .iter()
                .any(|beginning| path.starts_with(beginning))
        });
        if let Some((kind, _)) = not_done {
            outcomes.extend(expected.map(|_| Outcome::NotDone(kind)));
            continue;
        }
        let member = index_of(members, &step["member"]);
        let answer = match send(&words, member, step) {
            Ok(answer) => answer,
            Err(NotGiven) => {
                outcomes.extend(expected.map(|_| Outcome::Differs(told("nothing to send"))));
                continue;
            }
        };
        keep(&mut words, step, &answer);
        let Some(expected) = expected else { continue };
        if expected["timeout"] == true {
            outcomes.push(Outcome::NotDone("answers that did not come within 90 s"));
            continue;
        }
        outcomes.push(match (&answer, &expected["closed"]) {
            (Err(Failure::Closed), Value::Bool(true)) => Outcome::Agrees,
            (Err(failure), _) => Outcome::Differs(told(&failure.to_string())),
            (Ok(answer), _) => match difference(&words, member, extensions, expected, answer) {
                None => Outcome::Agrees,
                Some(text) => Outcome::Differs(told(&format!(
                    "{text}\n  {} {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body).trim_end()
                ))),
            },
        });
    }
    outcomes
}

/// A server that begins as the recorded one did.
fn server(version: &str, setup: &Value, callers: &Callers, members: &[&str]) -> Daemon {
    let mut options = Options::named("node").profile(profile_of(version));
    if !members.is_empty() {
        options = options.members_named(members);
    }
    if setup["pki"].is_object() {
        let authority = callers.authority(&setup["pki"]);
        let own = authority.issue_server(&["127.0.0.1"], lxd_bed::certificates::Validity::Now);
        options = options.authority(&authority).presenting(&own);
    }
    let daemon = Daemon::simulated(options);
    let admin = setup["admin"].as_str().unwrap_or("admin");
    daemon.distrust(&daemon.admin().fingerprint);
    daemon.trust(&credential(callers, admin).certificate_pem, admin);
    for project in texts(&setup["projects"]) {
        daemon.add_project(project);
    }
    for (key, value) in setup["config"].as_object().into_iter().flatten() {
        daemon.configure(key, value.as_str().unwrap_or_default());
    }
    for (name, permissions) in setup["groups"].as_object().into_iter().flatten() {
        if [Profile::Lxd5_21, Profile::Lxd6].contains(&daemon.profile()) {
            let permissions = permissions.as_array().into_iter().flatten();
            daemon.set_group_permissions(name, &permissions.cloned().collect::<Vec<_>>());
        }
    }
    for entry in setup["entries"].as_array().into_iter().flatten() {
        let own = credential(callers, entry["certificate"].as_str().unwrap_or_default());
        let kind = match entry["type"].as_str() {
            Some("metrics") => Kind::Metrics,
            Some("server") => Kind::Server,
            _ => Kind::Client,
        };
        daemon.trust_entry(&TrustEntry {
            fingerprint: own.fingerprint.clone(),
            name: entry["name"].as_str().unwrap_or_default().to_owned(),
            kind,
            restricted: entry["restricted"] == true,
            projects: texts(&entry["projects"]).map(str::to_owned).collect(),
            certificate_pem: own.certificate_pem.clone(),
        });
    }
    daemon
}

fn credential<'a>(callers: &'a Callers, name: &str) -> &'a lxd_bed::certificates::Credential {
    callers
        .get(name)
        .unwrap_or_else(|| panic!("there is no certificate {name}"))
}

fn index_of(members: &[&str], name: &Value) -> usize {
    members
        .iter()
        .position(|member| name == member)
        .unwrap_or(0)
}

/// What happens to the server between two requests.
fn happen(daemon: &Daemon, members: &[&str], step: &Value) {
    let member = index_of(members, &step["member"]);
    match step["event"].as_str() {
        Some("kill") => daemon.kill_member(member),
        Some("start") => daemon.start_member(member),
        Some("evacuate") => daemon.set_member_status(member, "Evacuated"),
        Some("restore") => daemon.set_member_status(member, "Online"),
        Some("wait") => daemon.advance(seconds(&step["seconds"])),
        // It is so at once.
        Some("wait-status") => {}
        other => panic!("unknown event {other:?}"),
    }
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap_or(0.0))
}

/// What that version answered; `None` if it gave no stable answer.
fn expectation<'a>(step: &'a Value, version: &str) -> Option<&'a Value> {
    let expect = step["expect"].as_object()?;
    let mut meant = expect.iter().filter(|(versions, _)| {
        *versions == "all" || versions.split(' ').any(|one| one == version)
    });
    meant.next().map(|(_, expected)| expected)
}

fn send(
    words: &Words<'_>,
    member: usize,
    step: &Value,
) -> Result<Result<Answer, Failure>, NotGiven> {
    let text = |name: &str| step[name].as_str().unwrap_or_default();
    let path = words.fill(text("path"))?;
    let body = match (step.get("body"), step["raw"].as_str(), step["b64"].as_str()) {
        (Some(body), ..) => words.fill_all(body)?.to_string().into_bytes(),
        (None, Some(raw), _) => words.fill(raw)?.into_bytes(),
        (None, None, Some(encoded)) => STANDARD.decode(encoded).expect("the body is base64"),
        (None, None, None) => Vec::new(),
    };
    let mut headers = Vec::new();
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            headers.push((name.as_str(), words.fill(value)?));
        }
    }
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    if !step["wait"].is_null() {
        words.daemon.advance(seconds(&step["wait"]));
    }
    let caller = step["caller"]
        .as_str()
        .map(|name| credential(words.callers, name));
    let mut client = words.daemon.member_client(member, caller);
    Ok(client.send(text("method"), &path, &headers, &body))
}

/// Keeps what later requests are made of.
fn keep(words: &mut Words<'_>, step: &Value, answer: &Result<Answer, Failure>) {
    let Ok(answer) = answer else { return };
    if let Some(name) = step["save_etag"].as_str()
        && let Some(etag) = answer.headers.get("etag")
    {
        words
            .etags
            .insert(name.to_owned(), etag.trim_matches('"').to_owned());
    }
    if let Some(name) = step["save"].as_str() {
        let made = &answer.metadata["metadata"];
        let never = Value::from("0001-01-01T00:00:00Z");
        let token = match answer.status {
            202 => json!({
                "client_name": made["request"]["name"],
                "fingerprint": made["fingerprint"],
                "addresses": made["addresses"],
                "secret": made["secret"],
                "expires_at": made.get("expiresAt").unwrap_or(&never),
            }),
            201 => answer.metadata.clone(),
            _ => return,
        };
        words.tokens.insert(name.to_owned(), token);
    }
}
