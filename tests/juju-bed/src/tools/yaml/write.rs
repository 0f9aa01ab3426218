//! Writing: the layout of a document. Lists and maps are blocks, a list in a map not further in than its key.

use crate::tools::data::Data;

use super::{
    emit::Emitter,
    resolve::{is_base_60, resolve},
    shape::Style,
    sort,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

/// A longer key is marked with a question mark.
const LONGEST_SIMPLE_KEY: usize = 128;

/// Writes a document.
pub(in crate::tools) fn write(data: &Data) -> Vec<u8> {
    let mut emitter = Emitter::new();
    node(&mut emitter, data, Place::Root);
    emitter.finish().into_bytes()
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    SimpleKey,
    /// A value, or a key that is not simple.
    Mapping,
}

fn node(emitter: &mut Emitter, data: &Data, place: Place) {
    match data {
        Data::Null => scalar(emitter, &Scalar::plain("null"), place),
        Data::Bool(b) => scalar(
            emitter,
            &Scalar::plain(if *b { "true" } else { "false" }),
            place,
        ),
        Data::Number(n) => scalar(emitter, &Scalar::plain(&number(*n)), place),
        Data::Text(text) => scalar(emitter, &Scalar::of(text), place),
        Data::Lines(lines) => {
            let items = lines
                .iter()
                .flatten()
                .map(|l| Data::Text(l.clone()))
                .collect::<Vec<_>>();
            sequence(emitter, &items, place);
        }
        Data::List(items) => sequence(emitter, items, place),
        Data::NoMap => emitter.indicator("{}", true, false),
        Data::Map(map) => {
            let mut entries: Vec<_> = map
                .iter()
                .map(|(k, v)| (Scalar::of(k), String::from_utf8_lossy(k), v))
                .collect();
            entries.sort_by(|(_, a, _), (_, b, _)| sort::compare(a, b));
            mapping(emitter, entries.iter().map(|(key, _, value)| (key, *value)));
        }
        Data::Fields(fields) => {
            let named = fields
                .iter()
                .filter_map(|f| Some((Scalar::of(f.yaml?.as_bytes()), &f.data)));
            let named: Vec<_> = named.collect();
            mapping(emitter, named.iter().map(|(key, value)| (key, *value)));
        }
    }
}

fn sequence(emitter: &mut Emitter, items: &[Data], place: Place) {
    if items.is_empty() {
        return emitter.indicator("[]", true, false);
    }
    let indentless = place == Place::Mapping && !emitter.at_indent();
    let before = emitter.deeper(false, indentless);
    for item in items {
        emitter.new_line();
        emitter.indicator("-", true, true);
        node(emitter, item, Place::Item);
    }
    emitter.back_to(before);
}

fn mapping<'a>(
    emitter: &mut Emitter,
    entries: impl ExactSizeIterator<Item = (&'a Scalar, &'a Data)>,
) {
    if entries.len() == 0 {
        return emitter.indicator("{}", true, false);
    }
    let before = emitter.deeper(false, false);
    for (key, value) in entries {
        emitter.new_line();
        if key.is_simple() {
            scalar(emitter, key, Place::SimpleKey);
            emitter.indicator(":", false, false);
        } else {
            emitter.indicator("?", true, true);
            scalar(emitter, key, Place::Mapping);
            emitter.new_line();
            emitter.indicator(":", true, true);
        }
        node(emitter, value, Place::Mapping);
    }
    emitter.back_to(before);
}

fn scalar(emitter: &mut Emitter, scalar: &Scalar, place: Place) {
    if scalar.binary {
        emitter.tag("!!binary");
    }
    let before = emitter.deeper(true, false);
    emitter.scalar(&scalar.text, scalar.style, place == Place::SimpleKey);
    emitter.back_to(before);
}

/// A scalar with the style that it should have if nothing speaks against it.
struct Scalar {
    text: String,
    style: Style,
    binary: bool,
}

impl Scalar {
    fn plain(text: &str) -> Self {
        Self {
            text: text.into(),
            style: Style::Plain,
            binary: false,
        }
    }

    /// A text is quoted where it would be taken for something else; what is not UTF-8 is written in base64.
    fn of(text: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(text) else {
            return Self {
                text: BASE64.encode(text),
                style: Style::Plain,
                binary: true,
            };
        };
        let style = if text.contains('\n') {
            Style::Literal
        } else if resolve(text) == "!!str" && !is_base_60(text) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        Self {
            text: text.into(),
            style,
            binary: false,
        }
    }

    fn is_simple(&self) -> bool {
        let tag = if self.binary { "!!binary".len() } else { 0 };
        !self.text.contains(super::scanner::is_break) && self.text.len() + tag <= LONGEST_SIMPLE_KEY
    }
}

/// As Go's shortest form, with an exponent from a million on and below a ten-thousandth.
pub(crate) fn number(n: f64) -> String {
    if n.is_nan() {
        return ".nan".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let scientific = format!("{n:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{n}")
}
