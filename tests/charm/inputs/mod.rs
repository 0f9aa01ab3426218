//! What people really have, a file of `files/` each, and more of each kind: what can be understood is, the rest is named,
//! and the one never takes the other along.

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("files/", $name))
    };
}

mod clients;
mod credentials;
mod databags;
mod private_keys;
mod servers;
mod unreadable;

use lab::{Consumer, Lab};
use lxd_bed::certificates::Credential;
use serde_json::json;

/// The two certificates that most files hold.
fn a() -> Credential {
    let list: Vec<String> = serde_json::from_str(file!("00-before.json")).unwrap();
    Credential::from_pem(&list[0], "")
}

fn b() -> Credential {
    let text = file!("03d-commas.txt");
    let (_, second) = text.split_once("-----,").unwrap();
    Credential::from_pem(second, "")
}

/// What became of a value: the certificates that are trusted, whether the text is listed, and the codes of what is not.
fn outcome(lab: &Lab, consumer: &Consumer) -> (String, bool, Vec<String>) {
    let trusted = lab.trusted_fingerprints(consumer);
    let is_trusted = |one: &Credential| trusted.contains(&one.fingerprint);
    let names = [("a", a()), ("b", b())];
    let names = names.iter().filter(|(_, one)| is_trusted(one));
    let listed = lab.published(consumer, "registered_certificates") != json!([]);
    let rejected = lab.published(consumer, "rejected_certificates");
    let codes = rejected.as_array().cloned().unwrap_or_default();
    let codes = codes.iter().map(|one| one["reason"].as_str().unwrap());
    (
        names.map(|(name, _)| *name).collect(),
        listed,
        codes
            .map(|code| code.split(':').next().unwrap().to_owned())
            .collect(),
    )
}

/// Reasons as they are published.
fn reasons(lab: &Lab, consumer: &Consumer) -> String {
    lab.published(consumer, "rejected_certificates").to_string()
}
