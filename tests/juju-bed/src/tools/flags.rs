//! The flags of the hook tools, read as Juju's agent reads them: options and arguments mixed, `--` ends the options.

use super::{Done, Fail, Io, quote::quoted};

/// What one flag does.
pub(super) struct Flag<'a> {
    names: &'static [&'static str],
    set: Set<'a>,
}

/// Takes a value, or says what is wrong with it.
type Take<'a> = dyn FnMut(&[u8]) -> Result<(), String> + 'a;

enum Set<'a> {
    Switch(&'a mut bool),
    Value(Box<Take<'a>>),
}

/// A flag without a value, or with one of the words for true and false behind `=`.
pub(super) fn switch<'a>(names: &'static [&'static str], target: &'a mut bool) -> Flag<'a> {
    Flag {
        names,
        set: Set::Switch(target),
    }
}

/// A flag with a value.
pub(super) fn value<'a>(
    names: &'static [&'static str],
    set: impl FnMut(&[u8]) -> Result<(), String> + 'a,
) -> Flag<'a> {
    Flag {
        names,
        set: Set::Value(Box::new(set)),
    }
}

/// A flag with any text.
pub(super) fn text<'a>(names: &'static [&'static str], target: &'a mut Vec<u8>) -> Flag<'a> {
    value(names, |v| {
        *target = v.to_vec();
        Ok(())
    })
}

/// The `--format` that some writers still take without any use for it.
#[derive(Default)]
pub(super) struct UselessFormat(Vec<u8>);

impl UselessFormat {
    /// The flag.
    pub(super) fn flag(&mut self) -> Flag<'_> {
        text(&["format"], &mut self.0)
    }

    /// Says that it is of no use, without an end of line.
    pub(super) fn complain(&self, io: &mut Io<'_>, tool: &str) {
        if !self.0.is_empty() {
            io.stderr
                .extend(format!("--format flag deprecated for command \"{tool}\"").into_bytes());
        }
    }
}

/// Reads the flags and returns the other arguments.
pub(super) fn parse(args: &[Vec<u8>], flags: &mut [Flag<'_>]) -> Done<Vec<Vec<u8>>> {
    let mut rest = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == b"--" {
            rest.extend(args.cloned());
            break;
        } else if let Some(long) = arg.strip_prefix(b"--") {
            parse_long(arg, long, &mut args, flags)?;
        } else if arg.len() > 1 && arg[0] == b'-' {
            parse_cluster(&arg[1..], &mut args, flags)?;
        } else {
            rest.push(arg.clone());
        }
    }
    Ok(rest)
}

type Args<'a> = std::slice::Iter<'a, Vec<u8>>;

fn parse_long(whole: &[u8], long: &[u8], args: &mut Args<'_>, flags: &mut [Flag<'_>]) -> Done {
    let (name, given) = match long.iter().position(|b| *b == b'=') {
        Some(0) => {
            return Err(Fail::Usage(format!(
                "empty option in argument {}",
                quoted(whole)
            )));
        }
        Some(at) => (&long[..at], Some(&long[at + 1..])),
        None => (long, None),
    };
    let shown = with_minus(name);
    match &mut find(name, flags)?.set {
        Set::Switch(target) => **target = given.map_or(Ok(true), |v| truth(v, &shown))?,
        Set::Value(set) => {
            let value = given.or_else(|| args.next().map(Vec::as_slice));
            give(set, value, &shown)?;
        }
    }
    Ok(())
}

/// Short flags behind one minus. What follows a flag with a value is its value, with `=` if there is one; behind a flag
/// without a value, what begins with `=` is one too, and so none of the words for true and false.
fn parse_cluster(cluster: &[u8], args: &mut Args<'_>, flags: &mut [Flag<'_>]) -> Done {
    let mut rest = cluster;
    let mut first = true;
    // Juju looks whether arguments are left before it looks at the rest of a cluster.
    while !rest.is_empty() && (first || !args.as_slice().is_empty()) {
        first = false;
        let (name, after) = rest.split_at(first_char(rest));
        rest = after;
        let shown = with_minus(name);
        match &mut find(name, flags)?.set {
            Set::Switch(target) if rest.starts_with(b"=") => {
                **target = truth(rest, &shown)?;
                return Ok(());
            }
            Set::Switch(target) => **target = true,
            Set::Value(set) => {
                let value = if rest.is_empty() {
                    args.next().map(Vec::as_slice)
                } else {
                    Some(rest)
                };
                return give(set, value, &shown);
            }
        }
    }
    Ok(())
}

fn give(
    set: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    value: Option<&[u8]>,
    shown: &str,
) -> Done {
    let value = value.ok_or_else(|| Fail::Usage(format!("option needs an argument: {shown}")))?;
    set(value).map_err(|reason| {
        Fail::Usage(format!(
            "invalid value {} for option {shown}: {reason}",
            quoted(value)
        ))
    })
}

fn find<'f, 'a>(name: &[u8], flags: &'f mut [Flag<'a>]) -> Done<&'f mut Flag<'a>> {
    if let Some(flag) = flags
        .iter_mut()
        .find(|f| f.names.iter().any(|n| n.as_bytes() == name))
    {
        return Ok(flag);
    }
    match name {
        b"help" | b"h" => Err(Fail::Help),
        _ => Err(Fail::Usage(format!(
            "option provided but not defined: {}",
            with_minus(name)
        ))),
    }
}

fn with_minus(name: &[u8]) -> String {
    let minus = if name.len() > 1 { "--" } else { "-" };
    format!("{minus}{}", String::from_utf8_lossy(name))
}

fn first_char(bytes: &[u8]) -> usize {
    let limit = bytes.len().min(4);
    (1..=limit)
        .find(|n| std::str::from_utf8(&bytes[..*n]).is_ok())
        .unwrap_or(1)
}

fn truth(value: &[u8], shown: &str) -> Done<bool> {
    match value {
        b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False" => Ok(false),
        _ => {
            let value = quoted(value);
            let reason = format!("strconv.ParseBool: parsing {value}: invalid syntax");
            Err(Fail::Usage(format!(
                "invalid value {value} for option {shown}: {reason}"
            )))
        }
    }
}

/// Refuses arguments that the tool has no use for.
pub(super) fn no_more(args: &[Vec<u8>]) -> Done {
    if args.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = args.iter().map(|a| quoted(a)).collect();
    Err(Fail::Usage(format!(
        "unrecognized args: [{}]",
        list.join(" ")
    )))
}

/// The only argument, if there is one.
pub(super) fn at_most_one(args: Vec<Vec<u8>>) -> Done<Option<Vec<u8>>> {
    no_more(args.get(1..).unwrap_or_default())?;
    Ok(args.into_iter().next())
}
