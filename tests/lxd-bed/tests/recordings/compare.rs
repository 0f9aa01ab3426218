//! Whether an answer is what was recorded.

use lxd_bed::client::Answer;
use serde_json::{Value, json};

use crate::words::Words;

/// Where the answer of that member is not what it should be.
pub(crate) fn difference(
    words: &Words<'_>,
    member: usize,
    extensions: &Value,
    expected: &Value,
    answer: &Answer,
) -> Option<String> {
    let text = |value: &Value| value.as_str().map(|text| words.expected(text, member));
    let status = match &expected["status"] {
        Value::String(several) => several
            .split('|')
            .any(|one| one == answer.status.to_string()),
        one => *one == answer.status,
    };
    let header = |name: &str| answer.headers.get(name).map(String::as_str);
    let kind = expected["content_type"]
        .as_str()
        .unwrap_or("application/json");
    let location = text(&expected["location"]);
    let located = match (&location, header("location")) {
        (Some(wanted), Some(have)) => matches(wanted, have),
        (None, None) => true,
        _ => false,
    };
    let tagged = (expected["etag"] == true) == header("etag").is_some();
    let wrong = match () {
        () if !status => Some("status"),
        () if !located => Some("location"),
        () if !tagged => Some("etag"),
        () if header("content-type").unwrap_or_default() != kind => Some("content type"),
        () => None,
    };
    if let Some(wrong) = wrong {
        return Some(wrong.to_owned());
    }
    if let Some(body) = text(&expected["text"]) {
        let same = matches(&body, &String::from_utf8_lossy(&answer.body));
        return (!same).then(|| "text".to_owned());
    }
    let wanted = envelope(expected, answer.status);
    let have = cut(&answer.json);
    let mut comparison = Comparison {
        words,
        member,
        extensions,
    };
    comparison.same(&wanted, &have).err()
}

/// The whole envelope that an expectation stands for.
fn envelope(expected: &Value, status: u16) -> Value {
    let failed = status >= 400;
    let or = |name: &str, usual: Value| expected.get(name).cloned().unwrap_or(usual);
    let (kind, code) = match (failed, status) {
        (true, _) => ("error", 0),
        (false, 202) => ("async", 100),
        (false, _) => ("sync", 200),
    };
    json!({
        "type": or("type", kind.into()),
        "status_code": or("status_code", code.into()),
        "error_code": or("error_code", if failed { status.into() } else { 0.into() }),
        "error": or("error", "".into()),
        "operation": or("operation", "".into()),
        "metadata": or("metadata", Value::Null),
    })
}

const INFO: &str = "\
    api_status api_version auth auth_methods auth_user_name auth_user_method public \
    client_certificate api_extensions config environment";
const ENVIRONMENT: &str = "\
    server server_clustered server_event_mode server_lts server_name server_pid server_version \
    certificate certificate_fingerprint addresses project";
const OPERATION: &str = "id class description status status_code resources metadata may_cancel err";
const MEMBER: &str = "server_name url status message failure_domain description groups";

/// An envelope without what the recordings leave out.
fn cut(envelope: &Value) -> Value {
    let mut cut = envelope.clone();
    if let Some(fields) = cut.as_object_mut() {
        fields.remove("status");
    }
    if cut.get("metadata").is_some() {
        cut["metadata"] = cut_thing(&cut["metadata"]);
    }
    cut
}

fn cut_thing(thing: &Value) -> Value {
    let keep = match thing {
        Value::Array(things) => return things.iter().map(cut_thing).collect(),
        thing if thing.get("api_version").is_some() => INFO,
        thing if thing.get("may_cancel").is_some() => OPERATION,
        thing if thing.get("url").is_some() && thing.get("message").is_some() => MEMBER,
        thing if thing.get("enabled").is_some() => "server_name enabled",
        thing if thing.get("config").is_some() => "name description",
        other => return other.clone(),
    };
    let mut kept = only(thing, keep);
    if kept.get("environment").is_some() {
        kept["environment"] = only(&kept["environment"], ENVIRONMENT);
    }
    kept
}

fn only(thing: &Value, keep: &str) -> Value {
    let fields = thing.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| keep.split(' ').any(|kept| kept == *name));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

struct Comparison<'a> {
    words: &'a Words<'a>,
    member: usize,
    extensions: &'a Value,
}

impl Comparison<'_> {
    fn same(&mut self, wanted: &Value, have: &Value) -> Result<(), String> {
        let differs = || Err(format!("wanted {wanted}, not {have}"));
        match (wanted, have) {
            (Value::String(text), _) if text == "{extensions}" => {
                let extensions = self.extensions.clone();
                self.same(&extensions, have)
            }
            (Value::String(text), Value::Object(fields)) if text == "{object}" => {
                if fields.is_empty() { differs() } else { Ok(()) }
            }
            (Value::String(text), Value::Number(_)) if text == "{int}" => Ok(()),
            (Value::String(wanted), Value::String(text)) => {
                match matches(&self.words.expected(wanted, self.member), text) {
                    true => Ok(()),
                    false => differs(),
                }
            }
            (Value::Array(wanted), Value::Array(have)) => {
                let mut left: Vec<&Value> = have.iter().collect();
                for one in wanted {
                    let place = left.iter().position(|other| self.same(one, other).is_ok());
                    match place {
                        Some(place) => drop(left.remove(place)),
                        None => return Err(format!("{one} is not there")),
                    }
                }
                match left.first() {
                    None => Ok(()),
                    Some(more) => Err(format!("{more} is there too")),
                }
            }
            (Value::Object(wanted), Value::Object(have)) => {
                for (name, value) in wanted {
                    let other = have.get(name).ok_or_else(|| format!("no {name}"))?;
                    self.same(value, other)
                        .map_err(|text| format!("{name}: {text}"))?;
                }
                let more = have.keys().find(|name| !wanted.contains_key(*name));
                more.map_or(Ok(()), |name| Err(format!("{name} is there too")))
            }
            (wanted, have) if wanted == have => Ok(()),
            _ => differs(),
        }
    }
}

/// Whether a text is what another one says, whose placeholders say what kind of thing is there.
fn matches(wanted: &str, have: &str) -> bool {
    type Kind = (&'static str, fn(&str) -> bool);
    let kinds: [Kind; 7] = [
        ("{uuid}", |text| {
            text.len() == 36 && text.split('-').count() == 5
        }),
        ("{hex64}", |text| {
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        }),
        ("{time}", |text| {
            text.len() >= 19 && text.starts_with('2') && text.contains(':')
        }),
        ("{int}", |text| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
        }),
        ("{duration}", |text| {
            text.ends_with('s') && text.starts_with(|c: char| c.is_ascii_digit())
        }),
        ("{caller}", |text| text.starts_with("127.0.0.")),
        ("{no-quorum}", |text| {
            text == "context deadline exceeded" || text.ends_with("leader server found")
        }),
    ];
    let first = kinds
        .iter()
        .filter_map(|(word, fits)| Some((wanted.find(word)?, word, fits)));
    let Some((place, word, fits)) = first.min_by_key(|(place, ..)| *place) else {
        return wanted == have;
    };
    let Some(rest) = have.strip_prefix(&wanted[..place]) else {
        return false;
    };
    let after = &wanted[place + word.len()..];
    let ends = rest.char_indices().map(|(end, _)| end).chain([rest.len()]);
    ends.into_iter()
        .any(|end| fits(&rest[..end]) && matches(after, &rest[end..]))
}
