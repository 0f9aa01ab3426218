//! `/1.0/auth/identities`: who the caller is, and who a certificate belongs to.

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::store::Store;
use crate::daemon::{Kind, TrustEntry};

pub(super) fn answer(call: &Call<'_>, rest: &[&str]) -> Answer {
    if call.method != "GET" {
        return not_implemented();
    }
    let own = call.caller.fingerprint().unwrap_or_default();
    let (fingerprint, current) = match rest {
        ["tls", fingerprint] => ((*fingerprint).to_owned(), false),
        _ => (own.clone(), true),
    };
    let visible = call.rights == Rights::Administrator || fingerprint == own;
    let identity = call
        .database()
        .map(|store| find(&store, &fingerprint).filter(|_| visible));
    match identity {
        Err(refusal) => refusal,
        Ok(None) => Answer::error(404, "Identity not found"),
        Ok(Some(mut identity)) => {
            if current {
                identity["effective_groups"] = json!([]);
                identity["effective_permissions"] = json!([]);
            }
            Answer::sync(&identity)
        }
    }
}

fn find(store: &Store, fingerprint: &str) -> Option<Value> {
    let legacy = store.get(fingerprint);
    let legacy = legacy.map(|entry| json_of(entry, kind_of(entry)));
    legacy.or_else(|| {
        let fine_grained = store.identity(fingerprint)?;
        Some(json_of(fine_grained, "Client certificate"))
    })
}

fn kind_of(entry: &TrustEntry) -> &'static str {
    match (entry.kind, entry.restricted) {
        (Kind::Client, false) => "Client certificate (unrestricted)",
        (Kind::Client, true) => "Client certificate (restricted)",
        (Kind::Metrics, false) => "Metrics certificate (unrestricted)",
        (Kind::Metrics, true) => "Metrics certificate (restricted)",
        (Kind::Server, _) => "Server certificate",
    }
}

fn json_of(entry: &TrustEntry, kind: &str) -> Value {
    json!({
        "authentication_method": "tls",
        "type": kind,
        "id": entry.fingerprint,
        "name": entry.name,
        "groups": [],
        "tls_certificate": entry.certificate_pem,
    })
}
