//! From nodes to values, as a reader takes them that expects nothing.

use serde_json::{Number, Value};

use super::{
    decode::scalar_tag,
    parser::{Kind, Node},
};

/// The document as a value; times stay texts.
pub(super) fn value(node: &Node) -> Result<Value, String> {
    Ok(match &node.kind {
        Kind::Scalar(text, plain) => scalar(&scalar_tag(node, text, *plain)?, text),
        Kind::Sequence(items) => items.iter().map(value).collect::<Result<_, _>>()?,
        Kind::Mapping(entries) => {
            let entries = entries.iter().map(|(key, item)| {
                let key = match &key.kind {
                    Kind::Scalar(text, _) => text.clone(),
                    _ => return Err("params must contain a YAML map with string keys".to_owned()),
                };
                Ok((key, value(item)?))
            });
            Value::Object(entries.collect::<Result<_, _>>()?)
        }
    })
}

fn scalar(tag: &str, text: &str) -> Value {
    let number = match tag {
        "!!null" => return Value::Null,
        "!!bool" => {
            let yes = ["y", "yes", "on", "true"];
            return yes.contains(&text.to_ascii_lowercase().as_str()).into();
        }
        "!!int" => int(&text.replace('_', "")),
        "!!float" => text
            .replace('_', "")
            .parse()
            .ok()
            .and_then(Number::from_f64),
        _ => None,
    };
    number.map_or_else(|| text.into(), Value::Number)
}

/// With a base in front, or an eight for a leading zero.
fn int(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (&text[..1], rest.to_ascii_lowercase()),
        None => ("", text.to_ascii_lowercase()),
    };
    let bases = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)];
    let based = bases.iter().find_map(|(prefix, base)| {
        let digits = digits
            .strip_prefix(prefix)
            .filter(|digits| !digits.is_empty())?;
        Some((digits, *base))
    });
    let (digits, base) = based.unwrap_or((&digits, 10));
    let signed = i64::from_str_radix(&format!("{sign}{digits}"), base);
    let large = || u64::from_str_radix(digits, base).ok().map(Number::from);
    signed.ok().map(Number::from).or_else(large)
}
