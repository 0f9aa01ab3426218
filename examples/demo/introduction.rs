//! What somebody should know who has never seen Juju.

use juju_bed::{context::Version, model::Model};
use lab::{APP, charm};
use lxd_bed::Daemon;

use super::{
    arguments::Lxd,
    screen::Tone,
    show::count,
    stage::{Stage, Told},
};

/// Says what the charm is, how to read what follows, and what takes part.
pub(crate) fn show(stage: &mut Stage, lxd: Lxd) -> Told {
    let what = format!(
        "{APP} is a Juju charm that lets other applications use an LXD that is already there. \
         Each side of a relation has databags, texts that it writes and the other side reads. An \
         application that is related to the charm, a consumer, writes its client certificates \
         there. The charm puts them into LXD's trust store, and answers with where LXD is and \
         which certificates it trusts. When a request goes, the trust goes."
    );
    let how = "Juju runs a charm's hooks: programs named after what happened, which talk to Juju by \
               calling its tools. Each step below is something that an operator or a consumer \
               does, or that happens to LXD. Then come the hooks that follow, with their time, peak \
               memory and calls; what then stands where (+ new, ~ changed, - gone); and checks of \
               how the step ended. The consumers' side is played by this program.";
    stage.screen.labelled("", Tone::Plain, &what)?;
    stage.screen.gap()?;
    stage.screen.labelled("", Tone::Plain, how)?;
    stage.screen.gap()?;
    for (label, fact) in facts(stage, lxd)? {
        let label = format!("  {label:5}  ");
        stage.screen.labelled(&label, Tone::Plain, &fact)?;
    }
    Ok(())
}

/// The charm, the LXD and the model.
fn facts(stage: &Stage, lxd: Lxd) -> Told<[(&'static str, String); 3]> {
    let lab = &stage.lab;
    let kind = match lxd {
        Lxd::Simulated => "simulated",
        Lxd::Real => "real",
    };
    let archive = charm::archive_for(lab.model.version());
    let size = std::fs::metadata(&archive)?.len() as f64 / 1024.0 / 1024.0;
    let charm = format!("{size:.1} MiB, {}", archive.display());
    let nodes = count(lab.lxd.members().len(), "node");
    let (number, addresses) = (lab.lxd.version(), addresses(&lab.lxd));
    let lxd = format!("{number}, {kind}, {nodes} at {addresses}");
    let (number, uuid) = (version(&lab.model), lab.model.uuid());
    let juju = format!("{number}, simulated, model {uuid}");
    Ok([("charm", charm), ("LXD", lxd), ("Juju", juju)])
}

fn version(model: &Model) -> &'static str {
    match model.version() {
        Version::V2_9 => "2.9",
        Version::V3_6 => "3.6",
        Version::V4_0 => "4.0",
    }
}

/// Where its members listen.
fn addresses(lxd: &Daemon) -> String {
    let members = lxd.members();
    let addresses: Vec<String> = members
        .iter()
        .map(|member| format!("https://{}", member.address))
        .collect();
    addresses.join(", ")
}
