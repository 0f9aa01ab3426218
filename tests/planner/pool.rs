//! The certificates of a session, which come from its seed, made and understood once.

use std::{cell::Cell, collections::BTreeSet, sync::LazyLock};

use lab::{
    sessions::{self, clients},
    steps::{CERTIFICATES, letter},
};
use lxd_bed::certificates::Credential;
use lxd_integrator::{
    relation::request::{Request, Text},
    trust::owner::Owner,
    x509::certificate::Fingerprint,
};

/// So many different sets of certificates there are: they differ in the order of their fingerprints.
const SETS: u64 = 64;

/// The sets, of certificates that consumers ask for; the last one of each has expired.
static POOL: LazyLock<Vec<Vec<Text>>> = LazyLock::new(|| {
    let read = |client: Credential| {
        let text = serde_json::json!([client.certificate_pem]).to_string();
        Request::parse(Some(&text)).texts.remove(0)
    };
    let set = |seed| clients(seed).into_iter().map(read).collect();
    (0..SETS).map(set).collect()
});

thread_local! {
    /// Which one is played with.
    static DEALT: Cell<usize> = const { Cell::new(0) };
}

/// Deals the certificates of another session.
pub(crate) fn deal(seed: u64) {
    let set = usize::try_from(seed % SETS);
    DEALT.set(set.unwrap_or_default());
}

static OWNER: LazyLock<Owner> = LazyLock::new(|| Owner {
    model: "d3b0a2c4-0000-4000-8000-000000000001"
        .parse()
        .expect("a model's UUID"),
    application: "lxd-integrator".parse().expect("an application's name"),
});

pub(crate) fn now() -> i64 {
    sessions::NOW.cast_signed()
}

pub(crate) fn owner() -> &'static Owner {
    &OWNER
}

/// The charm's own certificate.
pub(crate) fn own() -> Fingerprint {
    Fingerprint::of(b"own")
}

pub(crate) fn text(certificate: u8) -> &'static Text {
    &POOL[DEALT.get()][usize::from(certificate)]
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
