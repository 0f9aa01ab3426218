//! Which of a relation's certificates get a place, and what is wrong with the others. Pure.

use std::collections::BTreeSet;

use super::{ledger::Relation, observed::ObservedRelation};
use crate::{
    digest::TextDigest,
    names::BagName,
    relation::{
        provider::published_texts,
        rejection::{MOST_CERTIFICATES, Reason, Rejection},
        request::Text,
    },
    trust::store::TrustStore,
    values::json,
    x509::certificate::{Certificate, Fingerprint},
};

/// The longest `registered_certificates`, in bytes of JSON.
const LONGEST_LIST: usize = 2 * 1024 * 1024;

/// What one relation gets.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// To be registered: admitted and not in the trust store.
    pub new: Vec<Certificate>,
    /// What cannot be used in the databags that were looked at.
    pub rejections: Vec<Rejection>,
    /// The certificates rejected, by databag and text: they are not remembered.
    pub rejected: BTreeSet<(BagName, TextDigest, Fingerprint)>,
    /// Those that are registered and have no place any more: remembered, so that they go when they are withdrawn, and not
    /// listed.
    pub unlisted: BTreeSet<(BagName, TextDigest, Fingerprint)>,
}

/// One certificate in one text of one databag.
struct Ask<'a> {
    bag: &'a BagName,
    text: &'a Text,
    certificate: &'a Certificate,
}

/// Walks through what the databags ask for: what is there already first, then in the order of the databags. `now` is in
/// seconds after 1970.
#[must_use]
pub fn admit(
    relation: &Relation,
    seen: &ObservedRelation,
    store: &TrustStore,
    now: i64,
) -> Admission {
    let mut places = Places::taken_by_others(relation, seen);
    let mut admission = Admission::default();
    for (bag, request) in &seen.requests {
        for (index, reason) in &request.faults {
            admission.rejections.push(Rejection {
                bag: bag.clone(),
                index: *index,
                fingerprint: None,
                reason: reason.to_string(),
            });
        }
    }
    let trusted = relation.trusted();
    let mut asks = asks(seen);
    // A stable sort: what LXD has keeps its place before anything new.
    asks.sort_by_key(|ask| {
        let fingerprint = ask.certificate.fingerprint();
        !trusted.contains(&fingerprint) && !matches!(store.get(fingerprint), Some(Some(_)))
    });
    for ask in asks {
        match judge(&ask, &trusted, store, now, &mut places) {
            Ok(Place::Kept) => {}
            Ok(Place::New) => admission.new.push(ask.certificate.clone()),
            Ok(Place::Unlisted) => {
                let item = admission.reject(&ask, &Reason::TooMany);
                admission.unlisted.insert(item);
            }
            Err(reason) => {
                let item = admission.reject(&ask, &reason);
                admission.rejected.insert(item);
            }
        }
    }
    admission
}

impl Admission {
    fn reject(&mut self, ask: &Ask<'_>, reason: &Reason) -> (BagName, TextDigest, Fingerprint) {
        let fingerprint = ask.certificate.fingerprint();
        self.rejections.push(Rejection {
            bag: ask.bag.clone(),
            index: ask.text.index,
            fingerprint: Some(fingerprint),
            reason: reason.to_string(),
        });
        (ask.bag.clone(), ask.text.digest.clone(), fingerprint)
    }
}

/// What becomes of a certificate that is not rejected.
enum Place {
    /// It is there, and stays.
    Kept,
    /// It is to be registered.
    New,
    /// It is there, and there is no room to list it.
    Unlisted,
}

fn asks(seen: &ObservedRelation) -> Vec<Ask<'_>> {
    let texts = seen
        .requests
        .iter()
        .flat_map(|(bag, request)| request.texts.iter().map(move |text| (bag, text)));
    texts
        .flat_map(|(bag, text)| {
            text.certificates.iter().map(move |certificate| Ask {
                bag,
                text,
                certificate,
            })
        })
        .collect()
}

/// The place of a certificate that is admitted. Dates, sizes and limits decide about new ones only.
fn judge(
    ask: &Ask<'_>,
    trusted: &BTreeSet<Fingerprint>,
    store: &TrustStore,
    now: i64,
    places: &mut Places,
) -> Result<Place, Reason> {
    let fingerprint = ask.certificate.fingerprint();
    let there = match store.get(fingerprint) {
        Some(Some(entry)) if !entry.is_client() => {
            return Err(Reason::OtherType(entry.kind.clone()));
        }
        Some(entry) => entry.is_some(),
        None => trusted.contains(&fingerprint),
    };
    match ask.certificate.unfit(now) {
        Some(unfit) if !there => Err(Reason::Unfit(unfit)),
        _ => match (places.take(fingerprint, ask.text), there) {
            (true, true) => Ok(Place::Kept),
            (true, false) => Ok(Place::New),
            (false, true) => Ok(Place::Unlisted),
            (false, false) => Err(Reason::TooMany),
        },
    }
}

/// The places of a relation.
struct Places {
    certificates: BTreeSet<Fingerprint>,
    texts: BTreeSet<TextDigest>,
    bytes: usize,
}

impl Places {
    /// Those that databags hold which were not looked at, or could not be read to their end.
    fn taken_by_others(relation: &Relation, seen: &ObservedRelation) -> Self {
        let mut places = Self {
            certificates: BTreeSet::new(),
            texts: BTreeSet::new(),
            bytes: 0,
        };
        let read = |bag: &BagName, digest: &TextDigest| {
            seen.requests.get(bag).is_some_and(|request| {
                let mut texts = request.texts.iter();
                !request.breaks_off || texts.any(|text| text.digest == *digest)
            })
        };
        let items = relation
            .lines
            .iter()
            .flat_map(|(bag, line)| line.iter().map(move |item| (bag, item)));
        for (_, ((digest, fingerprint), trusted)) in
            items.filter(|(bag, ((digest, _), _))| !read(bag, digest))
        {
            places.texts.insert(digest.clone());
            if *trusted {
                places.certificates.insert(*fingerprint);
            }
        }
        places.bytes = published_texts(&seen.own)
            .filter(|text| places.texts.contains(&TextDigest::of(text)))
            .map(|text| length(&text))
            .sum();
        places
    }

    fn take(&mut self, fingerprint: Fingerprint, text: &Text) -> bool {
        let full = self.certificates.len() >= MOST_CERTIFICATES;
        if full && !self.certificates.contains(&fingerprint) {
            return false;
        }
        if !self.texts.contains(&text.digest) {
            let bytes = self.bytes + length(&text.text);
            if bytes > LONGEST_LIST {
                return false;
            }
            self.bytes = bytes;
            self.texts.insert(text.digest.clone());
        }
        self.certificates.insert(fingerprint);
        true
    }
}

/// The bytes of a text as an element of a JSON list.
fn length(text: &str) -> usize {
    json(&text).len() + 1
}
