//! `network-get` and `unit-get`: the addresses of a binding, and of the unit.

use serde_json::Value;

use crate::context::Version;

use super::{
    Done, Fail, Io, Session,
    data::{Data, Field, map},
    flags::{no_more, parse, switch},
    format::Output,
    quote::quoted,
    relation::Chosen,
};

/// All that is known of a binding, or the parts that are asked for.
pub(super) fn network_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut chosen) = (Output::smart(), Chosen::new(session));
    let (mut primary, mut bind, mut ingress, mut egress) = (false, false, false, false);
    let [format, file] = output.flags();
    let mut flags = [
        format,
        file,
        chosen.flag(),
        switch(&["primary-address"], &mut primary),
        switch(&["bind-address"], &mut bind),
        switch(&["ingress-address"], &mut ingress),
        switch(&["egress-subnets"], &mut egress),
    ];
    let args = parse(&io.asked.args, &mut flags)?;
    drop(flags);
    let [binding, rest @ ..] = args.as_slice() else {
        return Err(Fail::Usage("no arguments specified".into()));
    };
    if binding.is_empty() {
        return Err(Fail::Usage("no binding name specified".into()));
    }
    no_more(rest)?;

    session.ask();
    let binding = Binding::find(session, binding)?;
    if primary {
        if bind || ingress || egress {
            return Err(Fail::Run(
                "--primary-address must be the only flag specified".into(),
            ));
        }
        return output.write(io, &binding.first_address("primary")?);
    }
    let mut parts = Vec::new();
    if egress {
        parts.push(("egress-subnets", binding.egress()));
    }
    if ingress {
        parts.push(("ingress-address", binding.ingress()?));
    }
    if bind {
        parts.push(("bind-address", binding.first_address("bind")?));
    }
    let answer = match parts.len() {
        0 => binding.everything(),
        1 => parts.remove(0).1,
        _ => map(parts),
    };
    output.write(io, &answer)
}

/// One of the unit's addresses, which the agent knows without asking.
pub(super) fn unit_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    let [setting, rest @ ..] = args.as_slice() else {
        return Err(Fail::Usage("no setting specified".into()));
    };
    let addresses = &session.context().addresses;
    let (which, address) = match setting.as_slice() {
        b"private-address" => ("private", &addresses.private),
        b"public-address" => ("public", &addresses.public),
        other => {
            return Err(Fail::Usage(format!("unknown setting {}", quoted(other))));
        }
    };
    no_more(rest)?;
    let address = address.as_deref();
    let address = address.ok_or_else(|| Fail::Run(format!("{which} address not found")))?;
    output.write(io, &address.into())
}

struct Binding<'a> {
    version: Version,
    name: String,
    info: &'a Value,
    interfaces: &'a [Value],
}

impl<'a> Binding<'a> {
    /// A binding without an interface is as good as none.
    fn find(session: &Session<'a>, name: &[u8]) -> Done<Self> {
        let context = session.context();
        let info = std::str::from_utf8(name)
            .ok()
            .and_then(|n| context.network.get(n));
        let interfaces = info
            .and_then(|i| i["bind-addresses"].as_array())
            .filter(|list| !list.is_empty());
        let name = quoted(name);
        match (info, interfaces) {
            (Some(info), Some(interfaces)) => Ok(Self {
                version: context.version,
                name,
                info,
                interfaces,
            }),
            _ => Err(Fail::Run(format!(
                "no network config found for binding {name}"
            ))),
        }
    }

    fn first_address(&self, wanted: &str) -> Done<Data> {
        let address = self.interfaces[0]["addresses"]
            .get(0)
            .and_then(|a| a["value"].as_str());
        address.map(Into::into).ok_or_else(|| {
            let what = match self.version {
                Version::V4_0 => format!("{wanted} address"),
                _ => "addresses".into(),
            };
            Fail::Run(format!(
                "no {what} attached to space for binding {}",
                self.name
            ))
        })
    }

    fn ingress(&self) -> Done<Data> {
        match self.info["ingress-addresses"]
            .get(0)
            .and_then(Value::as_str)
        {
            Some(address) => Ok(address.into()),
            None => self.first_address("ingress"),
        }
    }

    fn egress(&self) -> Data {
        let subnets = self.info["egress-subnets"].as_array();
        Data::Lines(subnets.map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .map(Into::into)
                .collect()
        }))
    }

    fn everything(&self) -> Data {
        let mut fields = vec![Field::both(
            "bind-addresses",
            Data::List(self.interfaces.iter().map(interface).collect()),
        )];
        for name in ["egress-subnets", "ingress-addresses"] {
            if let Some(list) = self.info[name].as_array().filter(|list| !list.is_empty()) {
                fields.push(Field::both(
                    name,
                    Data::List(list.iter().map(Into::into).collect()),
                ));
            }
        }
        Data::Fields(fields)
    }
}

/// YAML repeats some of it under names of old.
fn interface(value: &Value) -> Data {
    let text = |name: &str| -> Data { value[name].as_str().unwrap_or_default().into() };
    let addresses = value["addresses"].as_array().map_or(&[][..], Vec::as_slice);
    Data::Fields(vec![
        Field::both("mac-address", text("mac-address")),
        Field::both("interface-name", text("interface-name")),
        Field::both(
            "addresses",
            Data::List(addresses.iter().map(address).collect()),
        ),
        Field::yaml("macaddress", text("mac-address")),
        Field::yaml("interfacename", text("interface-name")),
    ])
}

fn address(value: &Value) -> Data {
    let text = |name: &str| -> Data { value[name].as_str().unwrap_or_default().into() };
    Data::Fields(vec![
        Field::both("hostname", text("hostname")),
        Field::both("value", text("value")),
        Field::both("cidr", text("cidr")),
        Field::yaml("address", text("value")),
    ])
}
