//! Lets hooks run in the order of the recording, where that is time and chance.

use juju_bed::{
    context::Run,
    model::{Error, Model},
};

use crate::{
    play::{Stage, in_error},
    recording::{Hook, Step},
    timing::Timing,
};

impl Stage<'_> {
    /// Time: whose turn it is, and what an agent has heard by then. A hook is run where the recording has it if it is
    /// one that the unit may run next; everything else is left to [`Stage::settle`].
    pub(crate) fn follow(&mut self, step: &Step, timing: &mut Timing) -> Result<(), Error> {
        for model in self.models.values_mut() {
            announce_relations(model)?;
        }
        let recorded = step.hooks.iter();
        let hooks: Vec<Hook> = recorded.map(|hook| self.names.to_play(hook)).collect();
        let played = hooks.iter().enumerate();
        for (at, hook) in played.filter(|(_, hook)| !hook.is_action()) {
            self.mirror(false)?;
            self.watch(timing);
            let Some(model) = self.models.get_mut(&hook.model) else {
                continue;
            };
            if model.status(&hook.unit).is_none() {
                continue;
            }
            lead(model, hook)?;
            if hook.name == "update-status" {
                model.update_status(&hook.unit)?;
            }
            // Retries are time; the one that goes well has its place.
            if in_error(model, &hook.unit) && model.next_hook(&hook.unit).is_none() {
                if hook.failed() {
                    continue;
                }
                model.resolve(&hook.unit, true)?;
            }
            if let Some(relation) = hook.relation() {
                model.set_relation_order(&hook.unit, &[relation]);
            }
            let later: Vec<&Hook> = hooks[at..]
                .iter()
                .filter(|later| later.unit == hook.unit)
                .collect();
            while !let_run(model, hook, &later)? {
                let Some(run) = model.next_hook(&hook.unit) else {
                    break;
                };
                if later.iter().any(|later| is_run(later, &run)) {
                    break;
                }
                model.step_unit(&hook.unit)?;
            }
        }
        Ok(())
    }
}

/// Makes the unit whose `leader-elected` was recorded the leader, if the place is free.
pub(crate) fn lead(model: &mut Model, hook: &Hook) -> Result<(), Error> {
    let (leader, units) = (
        model.leader(hook.app()).map(str::to_owned),
        model.units(hook.app()),
    );
    let vacant =
        leader.is_none_or(|leader| !units.contains(&leader) || leader_is_fresh(model, &leader));
    if hook.name == "leader-elected" && vacant && units.contains(&hook.unit) {
        model.set_leader(&hook.unit)?;
    }
    Ok(())
}

/// Every agent hears which relations there are.
fn announce_relations(model: &mut Model) -> Result<(), Error> {
    let units: Vec<String> = model
        .applications()
        .iter()
        .flat_map(|app| model.units(app))
        .collect();
    for relation in model.all_relations() {
        for unit in &units {
            model.tell(unit, relation, "", 0)?;
        }
    }
    Ok(())
}

/// Runs the hook if it is the unit's next: by what the agent knows, by what the hook is about, or by all the news.
fn let_run(model: &mut Model, hook: &Hook, later: &[&Hook]) -> Result<bool, Error> {
    let remote = |name: &str| hook.env.get(name).filter(|text| !text.is_empty());
    let entity = remote("JUJU_REMOTE_UNIT").or_else(|| remote("JUJU_REMOTE_APP"));
    for news in 0..3 {
        match (news, hook.relation(), entity) {
            (1, Some(relation), Some(entity)) => {
                model.tell(&hook.unit, relation, entity, unheard(hook, later))?;
            }
            (2, ..) => model.hear(&hook.unit)?,
            _ => {}
        }
        if model
            .next_hook(&hook.unit)
            .is_some_and(|run| is_run(hook, &run))
        {
            return model.step_unit(&hook.unit);
        }
    }
    Ok(false)
}

/// How many changes of the same databag the unit hears of only after this hook.
fn unheard(hook: &Hook, later: &[&Hook]) -> u64 {
    let about = |hook: &Hook| {
        (
            hook.relation(),
            hook.env.get("JUJU_REMOTE_UNIT").cloned(),
            hook.name.ends_with("-relation-changed"),
        )
    };
    let (relation, remote, _) = about(hook);
    let changes = later
        .iter()
        .filter(|later| about(later) == (relation, remote.clone(), true))
        .count();
    // One of them is this hook, or follows it as every `changed` follows its `joined`.
    changes.saturating_sub(1) as u64
}

fn is_run(hook: &Hook, run: &Run) -> bool {
    let set = |name: &str| hook.env.get(name).map(String::as_str).unwrap_or_default();
    match run {
        Run::Hook(name) => *name == hook.name,
        Run::RelationHook {
            kind,
            relation,
            remote_unit,
            departing,
            ..
        } => {
            hook.name.ends_with(&format!("-relation-{kind}"))
                && hook.relation() == Some(*relation)
                && set("JUJU_REMOTE_UNIT") == remote_unit
                && set("JUJU_DEPARTING_UNIT") == departing.as_deref().unwrap_or_default()
        }
        Run::SecretChanged { .. } => hook.name == "secret-changed",
        Run::Action { .. } | Run::Exec => false,
    }
}

/// A leader that has run nothing yet may as well be another unit.
fn leader_is_fresh(model: &Model, leader: &str) -> bool {
    model.ran_on(leader).next().is_none()
}
