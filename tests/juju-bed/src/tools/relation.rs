//! `relation-ids`, `relation-list`, `relation-model-get`, and the flag that names a relation.

use crate::context::{Context, RelationView, Role, Version};

use super::{
    Done, Fail, Io, Session,
    data::{Data, Text, lines, map},
    flags::{Flag, at_most_one, no_more, parse, switch, value},
    format::Output,
};

/// The relation of `-r`, or else that of the hook.
#[derive(Debug)]
pub(super) struct Chosen<'a> {
    context: &'a Context,
    relation: Option<&'a RelationView>,
}

impl<'a> Chosen<'a> {
    /// Nothing is said yet.
    pub(super) fn new(session: &Session<'a>) -> Self {
        Self {
            context: session.context(),
            relation: session.hook_relation(),
        }
    }

    /// The flag. Only the number counts, whatever endpoint is named with it.
    pub(super) fn flag(&mut self) -> Flag<'_> {
        value(&["r", "relation"], |v| {
            let number = v.rsplit(|b| *b == b':').next().unwrap_or_default();
            let number = std::str::from_utf8(number)
                .ok()
                .and_then(|n| n.parse::<i64>().ok());
            let number = number.ok_or("invalid relation id")?;
            let relation = u32::try_from(number)
                .ok()
                .and_then(|n| self.context.relation(n));
            self.relation = Some(relation.ok_or("relation not found")?);
            Ok(())
        })
    }

    /// The relation, which the tool cannot do without.
    pub(super) fn needed(&self) -> Done<&'a RelationView> {
        self.relation
            .ok_or_else(|| Fail::Usage("no relation id specified".into()))
    }
}

/// The relations of an endpoint.
pub(super) fn ids(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    let endpoint = match at_most_one(args)? {
        Some(name) => name,
        None => session
            .hook_relation()
            .map(|r| r.endpoint.as_bytes().to_vec())
            .ok_or_else(|| {
                let what = if session.context().version == Version::V2_9 {
                    "relation"
                } else {
                    "endpoint"
                };
                Fail::Usage(format!("no {what} name specified"))
            })?,
    };
    let relations = session.context().relations.iter();
    let mut ids: Vec<Text> = relations
        .filter(|r| r.endpoint.as_bytes() == endpoint && !is_hidden(session, r))
        .map(|r| format!("{}:{}", r.endpoint, r.id).into_bytes())
        .collect();
    ids.sort();
    output.write(io, &Data::Lines(Some(ids)))
}

/// Newer agents do not show a relation that is on its way out and has nobody left on the other side.
fn is_hidden<'a>(session: &Session<'a>, relation: &'a RelationView) -> bool {
    session.context().version > Version::V2_9
        && (relation.dying || relation.suspended)
        && relation.role != Role::Peer
        && session.members(relation).is_empty()
}

/// The remote units of a relation, or the remote application.
pub(super) fn list(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut chosen, mut app) = (Output::smart(), Chosen::new(session), false);
    let [format, file] = output.flags();
    let args = parse(
        &io.asked.args,
        &mut [format, file, chosen.flag(), switch(&["app"], &mut app)],
    )?;
    let relation = chosen.needed()?;
    no_more(&args)?;
    let answer = if app {
        relation.remote_app.as_str().into()
    } else {
        lines(session.members(relation))
    };
    output.write(io, &answer)
}

/// The model of the other side.
pub(super) fn model_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut chosen) = (Output::smart(), Chosen::new(session));
    let [format, file] = output.flags();
    let args = parse(&io.asked.args, &mut [format, file, chosen.flag()])?;
    let relation = chosen.needed()?;
    no_more(&args)?;
    output.write(io, &map([("uuid", relation.remote_model.as_str())]))
}
