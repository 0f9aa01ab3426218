//! The story: what the operator and the consumers do, and how each step should end.

use lab::{APP, Consumer, charm};
use lxd_bed::{
    Kind, TrustEntry,
    certificates::{self, Credential, Key, Validity},
};

use super::{
    arguments::Lxd,
    introduction,
    stage::{Stage, Told},
};

/// The client certificates of the story: one of each unit of the first consumer, one that both consumers share, one of
/// the second consumer's unit, and one whose time is over.
type Certificates = [Credential; 5];

/// Tells it from beginning to end.
pub(crate) fn tell(stage: &mut Stage, lxd: Lxd) -> Told {
    let certificates = [
        certificates::make("ci-runner-0"),
        certificates::make("ci-runner-1"),
        certificates::make("team"),
        certificates::make("dashboard-0"),
        certificates::make_with(Key::P256, "last-year", Validity::Expired),
    ];
    introduction::show(stage, lxd)?;
    deploy(stage)?;
    trust(stage)?;
    let runner = relate(stage)?;
    register(stage, &certificates, &runner)?;
    lose_lxd(stage, &certificates, &runner)?;
    diagnose(stage)?;
    find_lxd(stage, &certificates, &runner)?;
    let dashboard = share(stage, &certificates, &runner)?;
    reject(stage, &certificates, &runner, &dashboard)?;
    withdraw(stage, &certificates, &runner, &dashboard)?;
    remove_unit(stage, &certificates, &runner, &dashboard)?;
    remove_relation(stage, &certificates, &runner)
}

fn deploy(stage: &mut Stage) -> Told {
    let of_members = |entry: &&TrustEntry| entry.kind == Kind::Server;
    let members = match stage.before.iter().filter(of_members).count() {
        0 => String::new(),
        many => format!(", and {many} are the nodes' own"),
    };
    stage.step(
        "The operator deploys the charm",
        &format!(
            "It has no access to an LXD yet. In the trust store of this one are {} entries from before: \
             \"lxd-bed-admin\" is the credential of the model's cloud, \"alice's laptop\" belongs to \
             somebody who has nothing to do with the charm{members}.",
            stage.before.len()
        ),
    )?;
    let archive = charm::archive_for(stage.lab.model.version());
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    stage.operator(&format!("juju deploy ./dist/{name}"))?;
    stage.play()?;
    stage.check_status(
        "blocked: Missing credentials access; grant with: juju trust lxd-integrator",
    )?;
    stage.check_store(&[])
}

fn trust(stage: &mut Stage) -> Told {
    stage.step(
        "The operator lets it use the credential of the model's cloud",
        "Whoever holds that credential is an administrator of the LXD.",
    )?;
    stage.operator(&format!("juju trust {APP}"))?;
    stage.lab.model.trust(APP)?;
    stage.play()?;
    stage.check_active()?;
    stage.check_store(&[])
}

fn relate(stage: &mut Stage) -> Told<Consumer> {
    stage.step(
        "A consumer with two units is related",
        "It asks for nothing yet, but can already learn where LXD is and how to recognise it.",
    )?;
    let runner = stage.integrate("ci-runner", 2)?;
    stage.play()?;
    stage.check_active()?;
    stage.check_address(&runner)?;
    stage.check_told(&runner, &[])?;
    stage.check_store(&[])?;
    Ok(runner)
}

fn register(stage: &mut Stage, certificates: &Certificates, runner: &Consumer) -> Told {
    let [runner_0, runner_1, ..] = certificates;
    stage.step(
        "Its units ask for their certificates to be trusted",
        "Each keeps its private key to itself and writes the certificate only. An entry that the \
         charm makes is named juju:<model>:<charm's application>:<relation>:<consumer>:<fingerprint>.",
    )?;
    stage.ask(runner, "ci-runner/0", &[&runner_0.certificate_pem])?;
    stage.ask(runner, "ci-runner/1", &[&runner_1.certificate_pem])?;
    stage.play()?;
    stage.check_active()?;
    stage.check_store(&[(runner, &[runner_0, runner_1])])?;
    stage.check_told(runner, &[runner_0, runner_1])?;
    stage.check_door(runner_0, true)?;
    stage.check_door(runner_1, true)
}

fn lose_lxd(stage: &mut Stage, certificates: &Certificates, runner: &Consumer) -> Told {
    let [runner_0, runner_1, team, ..] = certificates;
    stage.step(
        "While LXD is away, a unit asks for one more certificate",
        "The hook does not fail: it says in the status what is wrong. What was asked for stays in \
         the consumer's databag, and what the consumer was told stays in the charm's.",
    )?;
    stage.stop_lxd()?;
    let two = [&*runner_1.certificate_pem, &*team.certificate_pem];
    stage.ask(runner, "ci-runner/1", &two)?;
    stage.play()?;
    stage.check_waiting()?;
    stage.check_told(runner, &[runner_0, runner_1])
}

fn diagnose(stage: &mut Stage) -> Told {
    stage.step(
        "The operator asks the charm what is wrong",
        "The action \"check\" tries every step of the way to LXD, and changes nothing.",
    )?;
    let result = stage.run_check()?;
    stage.check_findings(&result, &["03-connect", "10-relations"])?;
    stage.check_waiting()
}

fn find_lxd(stage: &mut Stage, certificates: &Certificates, runner: &Consumer) -> Told {
    let [runner_0, runner_1, team, ..] = certificates;
    stage.step(
        "LXD is back",
        "Nobody has to tell the charm: Juju runs the hook update-status every few minutes, and that \
         does what was left undone.",
    )?;
    stage.start_lxd()?;
    stage.play()?;
    stage.check_active()?;
    stage.check_store(&[(runner, &[runner_0, runner_1, team])])?;
    stage.check_told(runner, &[runner_0, runner_1, team])?;
    stage.check_door(team, true)
}

fn share(stage: &mut Stage, certificates: &Certificates, runner: &Consumer) -> Told<Consumer> {
    let [runner_0, runner_1, team, own, ..] = certificates;
    stage.step(
        "A second consumer asks for one of its own, and for one that both share",
        "The certificate \"team\" is asked for by two relations now.",
    )?;
    let dashboard = stage.integrate("dashboard", 1)?;
    let both = [&*own.certificate_pem, &*team.certificate_pem];
    stage.ask(&dashboard, "dashboard/0", &both)?;
    stage.play()?;
    stage.check_active()?;
    stage.check_store(&[(runner, &[runner_0, runner_1, team]), (&dashboard, &[own])])?;
    stage.check_told(&dashboard, &[own, team])?;
    stage.check_told(runner, &[runner_0, runner_1, team])?;
    stage.check_door(own, true)?;
    Ok(dashboard)
}

fn reject(
    stage: &mut Stage,
    certificates: &Certificates,
    runner: &Consumer,
    dashboard: &Consumer,
) -> Told {
    let [runner_0, runner_1, team, own, expired] = certificates;
    stage.step(
        "Beside its good certificate a unit asks for two that nobody can use",
        "One is no certificate at all, the other one's time is over.",
    )?;
    let list = [
        &*runner_0.certificate_pem,
        "my password",
        &*expired.certificate_pem,
    ];
    stage.ask(runner, "ci-runner/0", &list)?;
    stage.play()?;
    stage.check_active()?;
    let unusable = [
        ("ci-runner/0", 1, "not-a-certificate"),
        ("ci-runner/0", 2, "expired"),
    ];
    stage.check_rejected(runner, &unusable)?;
    stage.check_told(runner, &[runner_0, runner_1, team])?;
    stage.check_store(&[(runner, &[runner_0, runner_1, team]), (dashboard, &[own])])?;
    stage.check_door(runner_0, true)?;
    stage.check_door(expired, false)
}

fn withdraw(
    stage: &mut Stage,
    certificates: &Certificates,
    runner: &Consumer,
    dashboard: &Consumer,
) -> Told {
    let [runner_0, runner_1, team, own, ..] = certificates;
    stage.step(
        "The unit withdraws what it asked for",
        "An empty list asks for nothing.",
    )?;
    stage.ask(runner, "ci-runner/0", &[])?;
    stage.play()?;
    stage.check_active()?;
    stage.check_rejected(runner, &[])?;
    stage.check_told(runner, &[runner_1, team])?;
    stage.check_store(&[(runner, &[runner_1, team]), (dashboard, &[own])])?;
    stage.check_door(runner_0, false)?;
    stage.check_door(runner_1, true)
}

fn remove_unit(
    stage: &mut Stage,
    certificates: &Certificates,
    runner: &Consumer,
    dashboard: &Consumer,
) -> Told {
    let [_, runner_1, team, own, ..] = certificates;
    stage.step(
        "A unit of the first consumer is removed",
        "It asked for a certificate of its own and for \"team\", which the second consumer wants too.",
    )?;
    stage.operator("juju remove-unit ci-runner/1")?;
    stage.lab.model.remove_unit("ci-runner/1")?;
    stage.play()?;
    stage.check_active()?;
    stage.check_store(&[(dashboard, &[own, team])])?;
    stage.check_told(runner, &[])?;
    stage.check_told(dashboard, &[own, team])?;
    stage.check_door(runner_1, false)?;
    stage.check_door(team, true)
}

fn remove_relation(stage: &mut Stage, certificates: &Certificates, runner: &Consumer) -> Told {
    let [_, _, team, own, ..] = certificates;
    stage.step(
        "The second consumer's relation is removed",
        "It never withdrew anything; that it is gone has to be enough.",
    )?;
    stage.operator(&format!("juju remove-relation {APP} dashboard"))?;
    stage.lab.model.remove_relation(APP, "dashboard")?;
    stage.play()?;
    stage.check_active()?;
    stage.check_told(runner, &[])?;
    stage.check_store(&[])?;
    stage.check_door(own, false)?;
    stage.check_door(team, false)
}
