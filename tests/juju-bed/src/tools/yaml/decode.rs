//! From nodes to a map of texts: scalars as they are written, nothing else.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::{
    parser::{Kind, Node},
    resolve::resolve,
};
use crate::tools::data::Text;

const STANDARD_PREFIX: &str = "tag:yaml.org,2002:";

type Pairs = Vec<(Text, Text)>;

/// The document as a map, or all that is wrong with it as one.
pub(super) fn map_of_texts(node: &Node) -> Result<Pairs, String> {
    let mut decoder = Decoder {
        complaints: Vec::new(),
    };
    let mut pairs = Pairs::new();
    decoder.map(node, &mut pairs)?;
    if decoder.complaints.is_empty() {
        return Ok(pairs);
    }
    Err(format!(
        "unmarshal errors:\n  {}",
        decoder.complaints.join("\n  ")
    ))
}

struct Decoder {
    complaints: Vec<String>,
}

impl Decoder {
    fn map(&mut self, node: &Node, pairs: &mut Pairs) -> Result<(), String> {
        const WANTED: &str = "map[string]string";
        match &node.kind {
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    if is_merge(key) {
                        self.merge(value, pairs)?;
                    } else if let Some(key) = self.text(key)?
                        && let Some(value) = self.text(value)?
                    {
                        pairs.push((key, value));
                    }
                }
            }
            Kind::Scalar(text, plain) => {
                let tag = scalar_tag(node, text, *plain)?;
                if tag != "!!null" {
                    self.complain(node, &tag, text, WANTED);
                }
            }
            Kind::Sequence(_) => self.complain(node, "!!seq", "", WANTED),
        }
        Ok(())
    }

    fn merge(&mut self, value: &Node, pairs: &mut Pairs) -> Result<(), String> {
        const WRONG: &str = "map merge requires map or sequence of maps as the value";
        match &value.kind {
            Kind::Mapping(_) => self.map(value, pairs),
            Kind::Sequence(items) => items.iter().rev().try_for_each(|item| match item.kind {
                Kind::Mapping(_) => self.map(item, pairs),
                _ => Err(WRONG.into()),
            }),
            Kind::Scalar(..) => Err(WRONG.into()),
        }
    }

    /// The text of a scalar; what means nothing is empty.
    fn text(&mut self, node: &Node) -> Result<Option<Text>, String> {
        match &node.kind {
            Kind::Scalar(text, plain) => Ok(Some(match scalar_tag(node, text, *plain)?.as_str() {
                "!!null" => Text::new(),
                "!!binary" => BASE64
                    .decode(text)
                    .map_err(|_| "!!binary value contains invalid base64 data".to_owned())?,
                _ => text.clone().into_bytes(),
            })),
            Kind::Sequence(_) => {
                self.complain(node, "!!seq", "", "string");
                Ok(None)
            }
            Kind::Mapping(_) => {
                self.complain(node, "!!map", "", "string");
                Ok(None)
            }
        }
    }

    fn complain(&mut self, node: &Node, tag: &str, value: &str, wanted: &str) {
        let tag = if node.tag.is_empty() {
            tag.to_owned()
        } else {
            short(&node.tag)
        };
        let shown = match tag.as_str() {
            "!!seq" | "!!map" => String::new(),
            _ if value.len() > 10 => {
                format!(" `{}...`", String::from_utf8_lossy(&value.as_bytes()[..7]))
            }
            _ => format!(" `{value}`"),
        };
        self.complaints.push(format!(
            "line {}: cannot unmarshal {tag}{shown} into {wanted}",
            node.line + 1
        ));
    }
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar(text, plain) if text == "<<" && (key.tag.is_empty() && *plain || short(&key.tag) == "!!merge"))
}

fn short(tag: &str) -> String {
    tag.strip_prefix(STANDARD_PREFIX)
        .map_or_else(|| tag.to_owned(), |rest| format!("!!{rest}"))
}

/// The tag that is given, if the text can be that, or else what the text looks like.
pub(super) fn scalar_tag(node: &Node, text: &str, plain: bool) -> Result<String, String> {
    let given = short(&node.tag);
    let looks = resolve(text);
    match given.as_str() {
        "" if !plain => Ok("!!str".into()),
        "" => Ok(looks.into()),
        "!!bool" | "!!int" | "!!null" | "!!timestamp" | "!!float" => {
            if given == looks || (given == "!!float" && looks == "!!int") {
                Ok(given)
            } else {
                Err(format!("cannot decode {looks} `{text}` as a {given}"))
            }
        }
        _ => Ok(given),
    }
}
