//! What happens to LXD and its trust store.

use std::sync::PoisonError;

use juju_bed::agent::End;
use lab::{
    APP, equation,
    steps::{Kind, Name, Step, letter},
};
use lxd_bed::{Fault, Matching, Times};

use super::{World, store};

impl World<'_> {
    pub(super) fn lxd(&mut self, step: &Step) {
        match step {
            Step::Away if !self.away => self.lxd.fault(
                Fault::CloseInHandshake,
                Matching::any(),
                Times::UntilCleared,
            ),
            Step::Back if self.away => self.lxd.clear_faults(),
            Step::Lose(write, acted) => {
                let method = ["POST", "DELETE", "PATCH"][usize::from(*write) % 3];
                let fault = if *acted {
                    Fault::CloseAfterActing
                } else {
                    Fault::CloseBeforeActing
                };
                self.lxd
                    .fault(fault, Matching::method(method), Times::Next(1));
                self.story
                    .tell(|| format!("the next {method} gets no answer (it acts: {acted})"));
                return;
            }
            _ => return,
        }
        self.away = matches!(step, Step::Away);
        // The last unit waits for LXD; nothing is gained by waiting long.
        let percent = if self.away { "2" } else { "20" };
        let set = self
            .model
            .set_env(APP, "LXD_INTEGRATOR_DEADLINE_PERCENT", percent);
        set.expect("the application is there");
        self.story
            .tell(|| format!("LXD is {}", if self.away { "away" } else { "there" }));
    }

    pub(super) fn tamper(&mut self, step: &Step) {
        let there = store(&self.lxd.trust_list());
        match step {
            Step::Delete(certificate) => {
                let client = &self.clients[usize::from(*certificate)];
                if there.contains_key(&client.fingerprint) {
                    self.lxd.distrust(&client.fingerprint);
                    self.story
                        .tell(|| format!("an administrator deletes {}", letter(*certificate)));
                }
            }
            Step::Add(certificate, name, kind) => {
                let (client, name) = (&self.clients[usize::from(*certificate)], self.name(*name));
                if !there.contains_key(&client.fingerprint) {
                    let kind = match kind {
                        Kind::Client => lxd_bed::Kind::Client,
                        Kind::Metrics | Kind::Server => lxd_bed::Kind::Metrics,
                    };
                    self.lxd.trust_as(&client.certificate_pem, &name, kind);
                    self.story.tell(|| {
                        format!(
                            "an administrator adds {} as the {kind:?} {name}",
                            letter(*certificate)
                        )
                    });
                }
            }
            Step::Rename(certificate, name) => {
                let (client, name) = (&self.clients[usize::from(*certificate)], self.name(*name));
                if there.contains_key(&client.fingerprint) {
                    self.lxd.rename(&client.fingerprint, &name);
                    self.story.tell(|| {
                        format!(
                            "an administrator renames {} to {name}",
                            letter(*certificate)
                        )
                    });
                }
            }
            _ => {}
        }
        // Whatever is there then, nobody looks at it any more.
        let over = |unit: &String| self.has_left(unit);
        self.excused |= self.model.units(APP).iter().all(over);
        self.planted |= self.leaving;
        self.note();
    }

    /// Whether a unit has run its last hook that does anything.
    pub(super) fn has_left(&self, unit: &str) -> bool {
        let mut ran = self.model.ran_on(unit);
        ran.any(|entry| entry.name == "stop" && entry.ran.end == End::Exit(0))
    }

    pub(super) fn owner(&self) -> String {
        format!("juju:{}:{APP}", self.model.uuid())
    }

    pub(super) fn name(&self, name: Name) -> String {
        let owner = self.owner();
        // What the charm would call the first certificate, whichever has the name: a client may rotate its own.
        let digits = &self.clients[0].fingerprint[..12];
        match name {
            Name::ByHand => "by hand".to_owned(),
            Name::AlmostOurs => format!("{owner}-2:1:alpha:{digits}"),
            Name::Operators => format!("{owner}:operator:alice"),
            Name::Ours(slot) => self.related.get(&slot).map_or_else(
                || format!("{owner}:77:alpha:{digits}"),
                |related| format!("{owner}:{}:{}:{digits}", related.number, related.app),
            ),
            Name::OursOfNobody => format!("{owner}:99:nobody:{digits}"),
        }
    }

    /// An administrator was here: whatever is not ours now is theirs.
    pub(super) fn note(&self) {
        let owner = self.owner();
        let mut theirs = store(&self.lxd.trust_list());
        let own = &self.lxd.admin().fingerprint;
        theirs.retain(|entry, known| entry == own || !equation::is_ours(&owner, known));
        self.guard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .theirs = theirs;
    }
}
