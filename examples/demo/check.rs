//! How a step should have ended. A check that fails is shown with what was found, and the story goes on.

use std::{collections::BTreeSet, fmt::Debug, io};

use juju_bed::model::ActionResult;
use lab::Consumer;
use lxd_bed::{Kind, TrustEntry, certificates::Credential};
use serde_json::Value;

use super::{
    hook::Hook,
    picture::{Databag, Picture},
    screen::{Screen, Tone},
    shorten,
    show::count,
    stage::{Stage, Told},
};

/// What the checks said so far.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// The step that is going on.
    pub(crate) step: usize,
    pub(crate) passed: usize,
    /// Step and claim.
    pub(crate) failed: Vec<(usize, String)>,
}

impl Checks {
    fn that<T: Debug + PartialEq>(
        &mut self,
        screen: &mut Screen,
        claim: &str,
        found: &T,
        expected: &T,
    ) -> io::Result<()> {
        if found == expected {
            self.passed += 1;
            return screen.labelled("    ok  ", Tone::Good, claim);
        }
        self.failed.push((self.step, claim.to_owned()));
        screen.labelled("    FAILED  ", Tone::Bad, claim)?;
        let show = |value: &T| shorten::text(&format!("{value:?}"));
        screen.labelled("            expected  ", Tone::Plain, &show(expected))?;
        screen.labelled("            found     ", Tone::Plain, &show(found))
    }
}

impl Stage {
    fn check<T: Debug + PartialEq>(&mut self, claim: &str, found: &T, expected: &T) -> Told {
        Ok(self.checks.that(&mut self.screen, claim, found, expected)?)
    }

    /// Every hook ended with exit code 0.
    pub(crate) fn check_hooks(&mut self, hooks: &[Hook]) -> Told {
        let failed = hooks.iter().filter(|hook| !hook.ended_well());
        let failed: Vec<String> = failed.map(Hook::title).collect();
        self.check("no hook failed", &failed, &Vec::new())
    }

    /// The unit's status is this one.
    pub(crate) fn check_status(&mut self, expected: &str) -> Told {
        let claim = format!("status is \"{expected}\"");
        self.check(&claim, &self.lab.status(), &expected.to_owned())
    }

    /// All is well, with as much as there is of each.
    pub(crate) fn check_active(&mut self) -> Told {
        let Picture { databags, store } = &self.shown;
        let mut expected = format!(
            "active: {}, {} for {}",
            count(self.lab.lxd.members().len(), "node"),
            count(store.len().saturating_sub(self.before.len()), "certificate"),
            count(databags.len(), "relation")
        );
        let rejected: usize = databags.values().map(Databag::rejected).sum();
        if rejected > 0 {
            expected += &format!("; {} rejected", count(rejected, "certificate"));
        }
        self.check_status(&expected)
    }

    /// LXD is stopped, and the charm tries again.
    pub(crate) fn check_waiting(&mut self) -> Told {
        let address = self.lab.lxd.address();
        self.check_status(&format!(
            "waiting: LXD at {address}: connection refused; retrying"
        ))
    }

    /// The action `check` says of exactly these steps that they failed, and of each what can be done.
    pub(crate) fn check_findings(&mut self, result: &ActionResult, failed: &[&str]) -> Told {
        let completed = "completed".to_owned();
        self.check("the action completed", &result.status, &completed)?;
        let steps = result.results["steps"].as_object();
        let found = steps.into_iter().flatten().filter_map(|(name, step)| {
            (step["ok"] == "false" && step["remedy"].is_string()).then_some(name.as_str())
        });
        let found: Vec<&str> = found.collect();
        let claim = format!("it says what can be done about {}", failed.join(", "));
        self.check(&claim, &found, &failed.to_vec())
    }

    /// The trust store holds what it held before, untouched, and for each consumer these certificates.
    pub(crate) fn check_store(&mut self, added: &[(&Consumer, &[&Credential])]) -> Told {
        let mut expected: Vec<TrustEntry> = self.before.clone();
        let mut claim = "trust store: what it held before".to_owned();
        for (consumer, credentials) in added {
            let named = |one: &&Credential| entry(one, &self.lab.entry_name(consumer, one));
            expected.extend(credentials.iter().map(named));
            claim += &format!("; for {}: {}", consumer.name, names(credentials));
        }
        claim += "; nothing else";
        expected.sort();
        let mut found = self.lab.lxd.trust_list();
        // What LXD gives as PEM may have other line ends; the fingerprint says which certificate it is.
        for one in expected.iter_mut().chain(&mut found) {
            one.certificate_pem.clear();
        }
        self.check(&claim, &found, &expected)
    }

    /// What each node of LXD says to whoever comes with this certificate, over TLS.
    pub(crate) fn check_door(&mut self, credential: &Credential, open: bool) -> Told {
        let members = 0..self.lab.lxd.members().len();
        let ask = |member| match self
            .lab
            .lxd
            .member_client(member, Some(credential))
            .get("/1.0")
        {
            Ok(answer) => answer.metadata["auth"].as_str().unwrap_or("?").to_owned(),
            Err(failure) => failure.to_string(),
        };
        let found: Vec<String> = members.map(ask).collect();
        let expected = if open { "trusted" } else { "untrusted" };
        let whom = if found.len() == 1 { "LXD" } else { "each node" };
        let claim = format!(
            "connecting to {whom} with the key of {}: {expected}",
            name(credential)
        );
        let expected = vec![expected.to_owned(); found.len()];
        self.check(&claim, &found, &expected)
    }

    /// The consumer is told that exactly these certificates are trusted, and gets them back as it wrote them.
    pub(crate) fn check_told(&mut self, consumer: &Consumer, trusted: &[&Credential]) -> Told {
        let nodes = self.lab.published(consumer, "nodes");
        let nodes = nodes.as_array().into_iter().flatten();
        let found = (
            nodes.map(|node| texts(&node["trusted_certs_fp"])).collect(),
            texts(&self.lab.published(consumer, "registered_certificates")),
        );
        let fingerprints = trusted.iter().map(|one| one.fingerprint.clone()).collect();
        let expected = (
            vec![Some(fingerprints); self.lab.lxd.members().len()],
            Some(
                trusted
                    .iter()
                    .map(|one| one.certificate_pem.clone())
                    .collect(),
            ),
        );
        let claim = format!(
            "{} is told which of its certificates are trusted: {}",
            consumer.name,
            names(trusted)
        );
        self.check(&claim, &found, &expected)
    }

    /// The consumer is told the address of LXD and the certificate that LXD shows there.
    pub(crate) fn check_address(&mut self, consumer: &Consumer) -> Told {
        let databag = self.lab.databag(consumer);
        let told = databag
            .get("server_certificate")
            .cloned()
            .unwrap_or_default();
        let found = (
            endpoints(&self.lab.published(consumer, "nodes")),
            shorten::fingerprint_of(&told),
            databag.get("server_certificate_fingerprint").cloned(),
        );
        let real = shorten::fingerprint_of(&self.lab.lxd.server_certificate_pem());
        let members = self.lab.lxd.members();
        let expected = (
            members
                .iter()
                .map(|member| format!("https://{}", member.address))
                .collect(),
            real.clone(),
            real,
        );
        let claim = format!(
            "{} is told where LXD is, and LXD's own certificate",
            consumer.name
        );
        self.check(&claim, &found, &expected)
    }

    /// The consumer is told what cannot be used: databag, place in the list, code of the reason.
    pub(crate) fn check_rejected(
        &mut self,
        consumer: &Consumer,
        expected: &[(&str, u64, &str)],
    ) -> Told {
        let list = self.lab.published(consumer, "rejected_certificates");
        let found = list.as_array().into_iter().flatten().map(|one| {
            let code = one["reason"]
                .as_str()
                .and_then(|reason| reason.split(':').next());
            let unit = one["unit"].as_str().unwrap_or_default().to_owned();
            (
                unit,
                one["index"].as_u64(),
                code.unwrap_or_default().to_owned(),
            )
        });
        let found: Vec<_> = found.collect();
        let reasons: Vec<&str> = expected.iter().map(|(_, _, code)| *code).collect();
        let reasons = if reasons.is_empty() {
            "nothing".to_owned()
        } else {
            reasons.join(", ")
        };
        let expected = expected
            .iter()
            .map(|(unit, index, code)| ((*unit).to_owned(), Some(*index), (*code).to_owned()))
            .collect();
        let claim = format!("{} is told what was rejected: {reasons}", consumer.name);
        self.check(&claim, &found, &expected)
    }
}

/// A list of texts, whatever its order; `None` if it is no list.
fn texts(list: &Value) -> Option<BTreeSet<String>> {
    let texts = list.as_array()?.iter();
    Some(
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
    )
}

fn name(credential: &Credential) -> String {
    shorten::common_name(&credential.certificate_pem).unwrap_or_default()
}

fn names(credentials: &[&Credential]) -> String {
    match credentials {
        [] => "none".to_owned(),
        _ => credentials
            .iter()
            .map(|one| name(one))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// An entry that the charm makes.
fn entry(credential: &Credential, name: &str) -> TrustEntry {
    TrustEntry {
        fingerprint: credential.fingerprint.clone(),
        name: name.to_owned(),
        kind: Kind::Client,
        restricted: false,
        projects: Vec::new(),
        certificate_pem: String::new(),
    }
}

/// Where the nodes are, as a relation is told.
fn endpoints(nodes: &Value) -> BTreeSet<String> {
    let nodes = nodes.as_array().into_iter().flatten();
    nodes
        .filter_map(|node| node["endpoint"].as_str().map(str::to_owned))
        .collect()
}
