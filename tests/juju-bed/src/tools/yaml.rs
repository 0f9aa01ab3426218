//! YAML as Juju's library reads and writes it, which is YAML 1.1 with habits of its own.
//!
//! Charms give `--file` what their own libraries write, so what is refused matters as much as what is read:
//! the scanner and the parser follow the steps of libyaml, of which Juju's library is a translation, and fail where it
//! fails, with its words.

mod chars;
mod collections;
mod decode;
mod emit;
mod flow;
mod keys;
mod parser;
mod quoted;
mod resolve;
mod scalars;
mod scanner;
mod shape;
mod sort;
mod value;
mod write;

use super::data::Text;

pub(crate) use write::number;
pub(super) use write::write;

/// Reads a map of texts; of several documents the first.
pub(super) fn read(content: &[u8]) -> Result<Vec<(Text, Text)>, String> {
    document(content)?.map_or_else(|| Ok(Vec::new()), |node| decode::map_of_texts(&node))
}

/// Reads anything; of several documents the first, and nothing if there is none.
pub(crate) fn read_value(content: &[u8]) -> Result<Option<serde_json::Value>, String> {
    let document = document(content)?;
    document.map(|node| value::value(&node)).transpose()
}

fn document(content: &[u8]) -> Result<Option<parser::Node>, String> {
    let chars = chars::decode(content)?;
    parser::Parser::new(scanner::Scanner::new(chars))
        .document()
        .map_err(|e| e.to_string())
}

/// A place in the text, all counted from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    index: usize,
    line: usize,
    column: usize,
}

/// What is wrong with the text.
#[derive(Debug)]
enum Fault {
    /// The scanner stopped here.
    Scanner(Mark, &'static str),
    /// The parser stopped at the token that begins here.
    Parser(Mark, &'static str),
    /// Something without a place.
    Other(String),
}

/// The first line is never named, and the parser counts one less than the scanner.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scanner(mark, text) if mark.line > 0 => {
                write!(f, "line {}: {text}", mark.line + 1)
            }
            Self::Parser(mark, text) if mark.line > 0 => write!(f, "line {}: {text}", mark.line),
            Self::Scanner(_, text) | Self::Parser(_, text) => f.write_str(text),
            Self::Other(text) => f.write_str(text),
        }
    }
}
