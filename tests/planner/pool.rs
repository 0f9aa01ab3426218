//! The certificates of the sessions, made and understood once.

use std::{
    collections::BTreeSet,
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use lxd_bed::certificates::{Key, Validity, make_with};
use lxd_integrator::{
    relation::request::{Request, Text},
    trust::owner::Owner,
    x509::certificate::Fingerprint,
};

use crate::steps::{CERTIFICATES, letter};

/// The charm's own certificate, then those that consumers ask for.
static POOL: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let validity = |number| match number == CERTIFICATES - 1 {
        true => Validity::Expired,
        false => Validity::Now,
    };
    let others = (0..CERTIFICATES).map(|number| (letter(number).to_string(), validity(number)));
    let all = std::iter::once(("own".to_owned(), Validity::Now)).chain(others);
    all.map(|(name, validity)| {
        let made = make_with(Key::Ed25519, &name, validity);
        let text = serde_json::json!([made.certificate_pem]).to_string();
        Request::parse(Some(&text)).texts.remove(0)
    })
    .collect()
});

/// When all sessions take place, in seconds after 1970.
static NOW: LazyLock<i64> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
});

static OWNER: LazyLock<Owner> = LazyLock::new(|| Owner {
    model: "d3b0a2c4-0000-4000-8000-000000000001"
        .parse()
        .expect("a model's UUID"),
    application: "lxd-integrator".parse().expect("an application's name"),
});

pub(crate) fn now() -> i64 {
    *NOW
}

pub(crate) fn owner() -> &'static Owner {
    &OWNER
}

/// The charm's own certificate.
pub(crate) fn own() -> Fingerprint {
    POOL[0].certificates[0].fingerprint()
}

pub(crate) fn text(certificate: u8) -> &'static Text {
    &POOL[usize::from(certificate) + 1]
}

pub(crate) fn fingerprint(certificate: u8) -> Fingerprint {
    text(certificate).certificates[0].fingerprint()
}

/// Whether it may be registered.
pub(crate) fn is_fit(certificate: u8) -> bool {
    certificate != CERTIFICATES - 1
}

/// A certificate in a story.
pub(crate) fn name(fingerprint: Fingerprint) -> String {
    let known = (0..CERTIFICATES).find(|number| self::fingerprint(*number) == fingerprint);
    known.map_or_else(
        || "our own certificate".to_owned(),
        |number| letter(number).to_string(),
    )
}

/// A databag that asks for these, as `Request::parse` understands it.
pub(crate) fn request(certificates: &BTreeSet<u8>) -> Request {
    let texts = certificates
        .iter()
        .enumerate()
        .map(|(index, certificate)| Text {
            index,
            ..text(*certificate).clone()
        });
    Request {
        texts: texts.collect(),
        ..Request::default()
    }
}
