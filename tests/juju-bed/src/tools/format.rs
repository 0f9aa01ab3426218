//! The formats of answers: JSON to the byte as Go writes it, smart, YAML; and where they go.
//!
//! YAML is written as JSON, which is YAML as well: every reader of the one reads the same value, from other bytes.

use std::{fmt::Write, fs};

use super::{
    Done, Fail, Io,
    data::{Data, Field, Text},
    flags::{Flag, text, value},
    quote::{absolute, quoted},
    yaml::is_plain,
};
use crate::agent::system_words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Smart,
    Json,
    Yaml,
}

/// `--format` and `--output`.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
    file: Text,
    knows_smart: bool,
}

impl Output {
    /// Of most tools: smart if nothing is said.
    pub(super) fn smart() -> Self {
        Self {
            format: Format::Smart,
            file: Text::new(),
            knows_smart: true,
        }
    }

    /// Of the tools that only know YAML, which is used if nothing is said, and JSON.
    pub(super) fn yaml() -> Self {
        Self {
            format: Format::Yaml,
            file: Text::new(),
            knows_smart: false,
        }
    }

    /// Both flags.
    pub(super) fn flags(&mut self) -> [Flag<'_>; 2] {
        let Self {
            format,
            file,
            knows_smart,
        } = self;
        let format = value(&["format"], move |v| {
            *format = match v {
                b"smart" if *knows_smart => Format::Smart,
                b"json" => Format::Json,
                b"yaml" => Format::Yaml,
                _ => return Err(format!("unknown format {}", quoted(v))),
            };
            Ok(())
        });
        [format, text(&["o", "output"], file)]
    }

    /// Nothing was said about the format.
    pub(super) fn is_smart(&self) -> bool {
        self.format == Format::Smart
    }

    /// Prints the answer, or writes it where it was asked to.
    pub(super) fn write(&self, io: &mut Io<'_>, data: &Data) -> Done {
        let text = match self.format {
            Format::Json => line(data, Tongue::Json),
            Format::Smart => smart(data),
            Format::Yaml => yaml(data),
        };
        if self.file.is_empty() {
            io.stdout.extend(text);
            return Ok(());
        }
        let path = absolute(&io.asked.folder, &self.file);
        fs::write(&path, text)
            .map_err(|e| Fail::Run(format!("open {}: {}", path.display(), system_words(&e))))
    }
}

fn smart(data: &Data) -> Vec<u8> {
    match data {
        Data::Text(text) if text.is_empty() => Vec::new(),
        Data::Text(text) => [text.as_slice(), b"\n"].concat(),
        Data::Bool(b) => (if *b { "True\n" } else { "False\n" }).into(),
        Data::Lines(lines) => lines
            .iter()
            .flatten()
            .flat_map(|line| [line.as_slice(), b"\n"])
            .flatten()
            .copied()
            .collect(),
        _ => yaml(data),
    }
}

fn yaml(data: &Data) -> Vec<u8> {
    match data {
        Data::Null => Vec::new(),
        // As scripts have it that ask for one value.
        Data::Text(text) if std::str::from_utf8(text).is_ok_and(is_plain) => {
            [text.as_slice(), b"\n"].concat()
        }
        _ => line(data, Tongue::Yaml),
    }
}

/// For which reader JSON is written: what has no value, and what the fields are called, is not the same.
#[derive(Clone, Copy)]
enum Tongue {
    Json,
    Yaml,
}

impl Tongue {
    fn name(self, field: &Field) -> Option<&'static str> {
        match self {
            Self::Json => field.json,
            Self::Yaml => field.yaml,
        }
    }
}

fn line(data: &Data, tongue: Tongue) -> Vec<u8> {
    let mut out = String::new();
    json(&mut out, data, tongue);
    out.push('\n');
    out.into_bytes()
}

fn json(out: &mut String, data: &Data, tongue: Tongue) {
    match (data, tongue) {
        (Data::NoMap, Tongue::Yaml) => out.push_str("{}"),
        (Data::Lines(None), Tongue::Yaml) => out.push_str("[]"),
        (Data::Null | Data::NoMap | Data::Lines(None), _) => out.push_str("null"),
        (Data::Bool(b), _) => push(out, format_args!("{b}")),
        (Data::Number(n), Tongue::Json) => json_number(out, *n),
        (Data::Number(n), Tongue::Yaml) => out.push_str(&number(*n)),
        (Data::Text(text), _) => json_string(out, text),
        (Data::Lines(Some(lines)), _) => {
            json_items(out, '[', ']', lines.iter(), |out, line| {
                json_string(out, line);
            });
        }
        (Data::List(items), _) => json_items(out, '[', ']', items.iter(), |out, item| {
            json(out, item, tongue);
        }),
        (Data::Map(map), _) => json_items(out, '{', '}', map.iter(), |out, (key, value)| {
            json_string(out, key);
            out.push(':');
            json(out, value, tongue);
        }),
        (Data::Fields(fields), _) => {
            let named = fields
                .iter()
                .filter_map(|f| Some((tongue.name(f)?, &f.data)));
            json_items(out, '{', '}', named, |out, (name, value)| {
                json_string(out, name.as_bytes());
                out.push(':');
                json(out, value, tongue);
            });
        }
    }
}

fn json_items<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl Iterator<Item = T>,
    mut each: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(close);
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    // A string takes everything.
    let _ = out.write_fmt(what);
}

/// The shortest digits that give the number back, with an exponent only where they would become many.
fn json_number(out: &mut String, n: f64) {
    if n == 0.0 || (1e-6..1e21).contains(&n.abs()) {
        push(out, format_args!("{n}"));
    } else {
        let text = format!("{n:e}");
        // The exponent has a sign either way.
        out.push_str(&if text.contains("e-") {
            text
        } else {
            text.replace('e', "e+")
        });
    }
}

/// As Go prints a float where it is not JSON: with an exponent from a million on and below a ten-thousandth.
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

/// Also fit for HTML and for JavaScript, as Go does it; what is no UTF-8 becomes the escaped replacement character.
fn json_string(out: &mut String, text: &[u8]) {
    out.push('"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    push(out, format_args!("\\u{:04x}", u32::from(c)));
                }
                c => out.push(c),
            }
        }
        for _ in chunk.invalid() {
            out.push_str("\\ufffd");
        }
    }
    out.push('"');
}
