//! `relation-get` and `relation-set`.

use crate::context::{Context, Refusal, RelationView, Role, Run, Version};

use super::{
    Done, Fail, Io, Session,
    data::{Data, Text, texts},
    flags::{UselessFormat, no_more, parse, switch, text},
    format::Output,
    quote::quoted,
    relation::Chosen,
    session::{Bag, Loaded, as_bag},
    settings,
};

const NOT_FOUND: &str = "getting regular relation by key: relation not found";
const NO_UNIT: &str = "relation unit not found";

/// A databag, or one key of it.
pub(super) fn get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut chosen, mut app) = (Output::smart(), Chosen::new(session), false);
    let [format, file] = output.flags();
    let args = parse(
        &io.asked.args,
        &mut [format, file, chosen.flag(), switch(&["app"], &mut app)],
    )?;
    let relation = chosen.needed()?;
    let key = args.first().filter(|k| !k.is_empty() && *k != b"-");
    let owner = match args.get(1) {
        Some(named) => named_owner(session, named, app)?,
        None => usual_owner(session.context(), app)?,
    };
    no_more(args.get(2..).unwrap_or_default())?;

    let bag = read(session, relation, &owner)?;
    let answer = match key {
        Some(key) => bag.get(key).map_or(Data::Null, |v| Data::Text(v.clone())),
        None => texts(bag),
    };
    output.write(io, &answer)
}

/// With `--app` a unit stands for its application, without it must be a unit.
fn named_owner(session: &mut Session<'_>, named: &[u8], app: bool) -> Done<String> {
    let context = session.context();
    let name = String::from_utf8_lossy(named).into_owned();
    if app {
        let unit = is_unit(&name).then(|| application_of(&name).to_owned());
        return Ok(if is_application(&name) {
            name
        } else {
            unit.unwrap_or_default()
        });
    }
    if is_unit(&name) {
        return Ok(name);
    }
    if context.version == Version::V2_9 {
        // Not checked, and the application's own name on the leader is taken for the unit's.
        let own = name == context.application() && session.is_leader();
        return Ok(if own { context.unit.clone() } else { name });
    }
    let quoted = quoted(named);
    Err(Fail::Usage(if is_application(&name) {
        format!("expected unit name, got application name {quoted}")
    } else {
        format!("invalid unit name {quoted}")
    }))
}

/// Of whom the hook is about: its remote unit, or its remote application.
fn usual_owner(context: &Context, app: bool) -> Done<String> {
    if let Run::RelationHook {
        remote_unit,
        remote_app,
        ..
    } = &context.run
    {
        let first = if app { remote_app } else { remote_unit };
        if let Some(name) = [first, remote_app].into_iter().find(|n| !n.is_empty()) {
            return Ok(name.clone());
        }
    }
    Err(Fail::Usage("no unit or application specified".into()))
}

fn read(session: &mut Session<'_>, relation: &RelationView, owner: &str) -> Done<Bag> {
    let context = session.context();
    // What the agent holds it answers itself.
    if let (Some(refusal), None) = (relation.refused, relation.cached.get(owner)) {
        return refused(session, "", refusal, owner);
    }
    if owner == context.unit {
        return own_bag(session, relation, owner);
    }
    if let Some(bag) = relation.cached.get(owner) {
        return Ok(as_bag(bag));
    }
    if is_unit(owner) {
        let bag = read_unit(context, relation, owner);
        if bag.is_ok() {
            session.effects.read.insert((relation.id, owner.to_owned()));
        }
        return asked(session, relation, owner, bag);
    }
    if !is_application(owner) {
        return Err(Fail::Run(format!(
            "{} is not a valid unit or application",
            quoted(owner.as_bytes())
        )));
    }
    if owner == context.application() && session.is_leader() {
        check_controller_agrees(context, "")?;
        return own_bag(session, relation, owner);
    }
    let bag = read_application(context, relation, owner);
    asked(session, relation, owner, bag)
}

/// The controller was asked for this databag. What it refuses it is asked again.
fn asked(
    session: &mut Session<'_>,
    relation: &RelationView,
    owner: &str,
    bag: Done<Bag>,
) -> Done<Bag> {
    match bag {
        Ok(_) => session.load(Loaded::Bag(relation.id, owner.to_owned())),
        Err(_) => session.ask(),
    }
    bag
}

/// The controller has no such relation.
fn refused<T>(session: &mut Session<'_>, doing: &str, refusal: Refusal, owner: &str) -> Done<T> {
    session.ask();
    let own = owner == session.context().application() && session.is_leader();
    let text = match refusal {
        _ if owner == session.context().unit => "permission denied",
        Refusal::Unauthorized if is_unit(owner) => "permission denied",
        Refusal::ByReader if !own => NOT_FOUND,
        Refusal::NotFound => NOT_FOUND,
        Refusal::Unauthorized | Refusal::ByReader => "permission denied (unauthorized access)",
    };
    Err(Fail::Run(format!("{doing}{text}")))
}

/// As it was when the hook began, with what it has set since.
fn own_bag(session: &mut Session<'_>, relation: &RelationView, owner: &str) -> Done<Bag> {
    session.load(Loaded::Bag(relation.id, owner.to_owned()));
    let staged = session.bags.get(&(relation.id, owner.to_owned()));
    let there = relation.data.get(owner);
    // Of a newer relation the unit may not have heard yet.
    if relation.stands_for != relation.id && is_unit(owner) && there.is_none() {
        return Err(Fail::Run(NO_UNIT.into()));
    }
    if is_unit(owner) {
        session.own_read.insert(relation.id);
    }
    Ok(staged
        .cloned()
        .unwrap_or_else(|| there.map(as_bag).unwrap_or_default()))
}

/// The agent may believe in a leadership that the controller knows to be over.
fn check_controller_agrees(context: &Context, doing: &str) -> Done {
    match context.leader_at_controller {
        Some(false) => Err(Fail::Run(format!(
            "{doing}permission denied (unauthorized access)"
        ))),
        _ => Ok(()),
    }
}

fn read_unit(context: &Context, relation: &RelationView, unit: &str) -> Done<Bag> {
    if let Some(bag) = relation.data.get(unit) {
        return Ok(as_bag(bag));
    }
    if relation.members.contains(unit) && relation.stands_for == relation.id {
        return Ok(Bag::new());
    }
    if context.version == Version::V4_0 {
        return Err(Fail::Run(NO_UNIT.into()));
    }
    let app = application_of(unit);
    if app != relation.remote_app && app != context.application() {
        return Err(Fail::Run("permission denied".into()));
    }
    let key = relation_key(context, relation);
    let unit = quoted(unit.as_bytes());
    Err(Fail::Run(format!(
        "cannot read settings for unit {unit} in relation \"{key}\": unit {unit}: settings not found"
    )))
}

fn read_application(context: &Context, relation: &RelationView, app: &str) -> Done<Bag> {
    let own = app == context.application();
    let refused = context.version != Version::V4_0;
    let permitted = app == relation.remote_app || own && (relation.role == Role::Peer || !refused);
    if permitted {
        return Ok(relation.data.get(app).map(as_bag).unwrap_or_default());
    }
    let exists =
        context.other_apps.contains(app) || context.relations.iter().any(|r| r.remote_app == app);
    Err(Fail::Run(match (refused, exists) {
        (true, _) => "permission denied".into(),
        (false, true) => "getting relation endpoint UUID: application not found in relation".into(),
        (false, false) => "application not found".into(),
    }))
}

/// Juju's name for a relation: the requirer's end first.
fn relation_key(context: &Context, relation: &RelationView) -> String {
    let own = format!("{}:{}", context.application(), relation.endpoint);
    let other = format!("{}:{}", relation.remote_app, relation.remote_endpoint);
    match relation.role {
        Role::Peer => own,
        Role::Provider => format!("{other} {own}"),
        Role::Requirer => format!("{own} {other}"),
    }
}

/// Stages new values for an own databag; an empty one deletes its key.
pub(super) fn set(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut format, mut chosen, mut app) = (UselessFormat::default(), Chosen::new(session), false);
    let mut file = Text::new();
    let mut flags = [
        format.flag(),
        chosen.flag(),
        switch(&["app"], &mut app),
        text(&["file"], &mut file),
    ];
    let args = parse(&io.asked.args, &mut flags)?;
    drop(flags);
    let relation = chosen.needed()?;
    let given = settings::from_args(&args)?;
    format.complain(io, "relation-set");
    let given = settings::with_file(io, &file, given)?;

    let context = session.context();
    let owner = if app {
        if !session.is_leader() {
            return Err(Fail::Run("cannot write relation settings".into()));
        }
        check_controller_agrees(context, "cannot read relation application settings: ")?;
        context.application()
    } else {
        &context.unit
    };
    if let Some(refusal) = relation.refused {
        let doing = if app {
            "cannot read relation application settings: "
        } else {
            "cannot read relation settings: "
        };
        return refused(session, doing, refusal, owner);
    }
    let mut bag = own_bag(session, relation, owner)?;
    for (key, value) in given {
        if value.is_empty() {
            bag.remove(&key);
        } else {
            bag.insert(key, value);
        }
    }
    session.bags.insert((relation.id, owner.to_owned()), bag);
    Ok(())
}

fn application_of(unit: &str) -> &str {
    unit.split('/').next().unwrap_or_default()
}

fn is_unit(name: &str) -> bool {
    name.split_once('/').is_some_and(|(app, number)| {
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        is_application(app) && digits && (number == "0" || !number.starts_with('0'))
    })
}

/// Parts between dashes: each has a letter, the first begins with one.
fn is_application(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .split('-')
            .all(|part| part.bytes().all(allowed) && part.bytes().any(|b| b.is_ascii_lowercase()))
}
