//! The keys and values given to `relation-set` and `state-set`: as arguments, and in a file.

use std::{collections::BTreeMap, fs::File, io::Read};

use super::{
    Done, Fail, Io,
    data::Text,
    quote::{absolute, quoted},
    yaml,
};
use crate::agent::system_words;

/// Pairs of `key=value`, blanks around either cut off.
pub(super) fn from_args(args: &[Text]) -> Done<BTreeMap<Text, Text>> {
    let mut given = BTreeMap::new();
    for arg in args.iter().filter(|a| !a.is_empty()) {
        let at = arg.iter().position(|b| *b == b'=').unwrap_or(0);
        let key = trimmed(&arg[..at]);
        if key.is_empty() {
            return Err(Fail::Usage(format!(
                "expected \"key=value\", got {}",
                quoted(arg)
            )));
        }
        if given.insert(key.clone(), trimmed(&arg[at + 1..])).is_some() {
            return Err(Fail::Usage(format!(
                "key {} specified more than once",
                quoted(&key)
            )));
        }
    }
    Ok(given)
}

/// What counts as a blank in Unicode is one here.
fn trimmed(text: &[u8]) -> Text {
    let blank = |t: &[u8]| std::str::from_utf8(t).is_ok_and(|s| s.chars().all(char::is_whitespace));
    let mut text = text;
    // A character has at most four bytes.
    while let Some(n) = (1..=text.len().min(4)).find(|n| blank(&text[..*n])) {
        text = &text[n..];
    }
    while let Some(n) = (1..=text.len().min(4)).find(|n| blank(&text[text.len() - n..])) {
        text = &text[..text.len() - n];
    }
    text.to_vec()
}

/// Adds what the file has; what the arguments say wins.
pub(super) fn with_file(
    io: &Io<'_>,
    file: &[u8],
    given: BTreeMap<Text, Text>,
) -> Done<BTreeMap<Text, Text>> {
    if file.is_empty() {
        return Ok(given);
    }
    let content = match (file, &io.asked.stdin) {
        (b"-", Some(stdin)) => stdin.clone(),
        (b"-", None) => return Err(Fail::WantsStdin),
        _ => read_file(io, file)?,
    };
    let mut all = yaml::texts(&content).map_err(|e| Fail::Run(format!("yaml: {e}")))?;
    all.extend(given);
    Ok(all)
}

fn read_file(io: &Io<'_>, file: &[u8]) -> Done<Vec<u8>> {
    let path = absolute(&io.asked.folder, file);
    let failed = |doing: &str, e: &std::io::Error| {
        Fail::Run(format!("{doing} {}: {}", path.display(), system_words(e)))
    };
    let mut content = Vec::new();
    let mut opened = File::open(&path).map_err(|e| failed("open", &e))?;
    opened
        .read_to_end(&mut content)
        .map_err(|e| failed("read", &e))?;
    Ok(content)
}
