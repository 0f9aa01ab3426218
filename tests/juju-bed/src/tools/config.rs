//! `config-get` and `credential-get`.

use serde_json::Value;

use crate::context::Version;

use super::{
    Done, Fail, Io, Session,
    data::{Data, Field},
    flags::{no_more, parse, switch},
    format::Output,
    quote::quoted,
    session::Loaded,
};

/// One option, or all that are set, or really all.
pub(super) fn config_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut all) = (Output::smart(), false);
    let [format, file] = output.flags();
    let args = parse(
        &io.asked.args,
        &mut [format, file, switch(&["a", "all"], &mut all)],
    )?;
    let key = args.first().filter(|k| !k.is_empty());
    if let (Some(key), true) = (key, all) {
        return Err(Fail::Usage(format!(
            "cannot use argument --all together with key {}",
            quoted(key)
        )));
    }
    no_more(args.get(1..).unwrap_or_default())?;
    session.load(Loaded::Config);
    let config = &session.context().config;
    let answer = match key {
        Some(key) => {
            let value = std::str::from_utf8(key).ok().and_then(|k| config.get(k));
            value.map_or(Data::Null, Into::into)
        }
        None => {
            let shown = config.iter().filter(|(_, v)| all || !v.is_null());
            Data::Map(
                shown
                    .map(|(k, v)| (k.as_bytes().to_vec(), v.into()))
                    .collect(),
            )
        }
    };
    output.write(io, &answer)
}

/// The cloud and its credential, for an application that is trusted with them.
pub(super) fn credential_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    no_more(&args)?;
    let context = session.context();
    if !context.trust {
        session.ask();
        return Err(Fail::Run(
            "cannot access cloud credentials: permission denied".into(),
        ));
    }
    if context.version == Version::V2_9 {
        session.ask();
    } else {
        session.load(Loaded::Cloud);
    }
    output.write(io, &cloud(&context.cloud))
}

fn cloud(spec: &Value) -> Data {
    let text = |json, yaml| field(json, yaml, &spec[json], "".into());
    let truth = |json, yaml| field(json, yaml, &spec[json], Data::Bool(false));
    Data::Fields(vec![
        Field::both("type", spec["type"].as_str().unwrap_or_default()),
        Field::both("name", spec["name"].as_str().unwrap_or_default()),
        text("region", "region"),
        text("endpoint", "endpoint"),
        text("identity-endpoint", "identityendpoint"),
        text("storage-endpoint", "storageendpoint"),
        match spec.get("credential").filter(|c| !c.is_null()) {
            Some(c) => Field::both("credential", credential(c)),
            None => Field::yaml("credential", Data::Null),
        },
        field(
            "cacertificates",
            "cacertificates",
            &spec["cacertificates"],
            Data::List(Vec::new()),
        ),
        truth("skip-tls-verify", "skiptlsverify"),
        truth("is-controller-cloud", "iscontrollercloud"),
    ])
}

fn credential(spec: &Value) -> Data {
    Data::Fields(vec![
        Field {
            json: Some("auth-type"),
            yaml: Some("authtype"),
            data: spec["auth-type"].as_str().unwrap_or_default().into(),
        },
        field(
            "attrs",
            "attributes",
            &spec["attrs"],
            Data::Map(Default::default()),
        ),
        field(
            "redacted",
            "redacted",
            &spec["redacted"],
            Data::List(Vec::new()),
        ),
    ])
}

/// A field that JSON leaves out when it is empty, and YAML shows nevertheless.
fn field(json: &'static str, yaml: &'static str, value: &Value, empty: Data) -> Field {
    let is_empty = match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::String(s) => s.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) => false,
    };
    let data = if is_empty { empty } else { value.into() };
    Field {
        json: (!is_empty).then_some(json),
        yaml: Some(yaml),
        data,
    }
}
