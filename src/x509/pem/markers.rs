//! The lines that begin and end PEM blocks, wherever on a line they stand and however they were mangled.

use crate::visible;

/// The longest label, in bytes.
const LONGEST_LABEL: usize = 64;

/// What a block is by its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A certificate.
    Certificate,
    /// A private key of any kind.
    Key,
    /// What is known to stand beside certificates and keys: parameters, public keys, lists, requests.
    Beside,
    /// Anything else, misspelt labels included.
    Unknown,
}

/// One BEGIN or END line.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    /// It begins a block.
    pub(super) begins: bool,
    /// What the block is.
    pub(super) kind: Kind,
    /// Its label: capital letters and digits alone.
    pub(super) label: String,
    /// Where its dashes begin, in bytes.
    pub(super) start: usize,
    /// Where what follows it begins. Dashes may belong to two.
    pub(super) end: usize,
}

/// All markers in a text, in order.
pub(super) fn markers(text: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut place = 0;
    while let Some((start, dashes)) = next_dashes(text, place) {
        markers.extend(marker(text, start, dashes));
        place = start + dashes.len();
    }
    markers
}

/// Word processors make other dashes of some.
fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// The next dashes from this place on, and where they begin.
fn next_dashes(text: &str, place: usize) -> Option<(usize, &str)> {
    let rest = text.get(place..)?;
    let start = rest.find(is_dash)?;
    let run = rest.get(start..)?;
    let end = run.find(|letter| !is_dash(letter)).unwrap_or(run.len());
    Some((place + start, run.get(..end)?))
}

/// The marker that these dashes begin, if they do. Five hyphens and capitals make one, whatever the label is. Fewer, other
/// dashes or small letters do where the label names a certificate or a key, as prose is full of dashes.
fn marker(text: &str, start: usize, dashes: &str) -> Option<Marker> {
    let after = text.get(start + dashes.len()..)?;
    let between =
        |letter: char| letter == ' ' || (visible::is_hidden(letter) && !letter.is_whitespace());
    let word = after.trim_start_matches(between);
    let begins = starts_with(word, "BEGIN");
    let length = match begins {
        true => "BEGIN".len(),
        false if starts_with(word, "END") => "END".len(),
        false => return None,
    };
    let strict = dashes.ends_with("-----") && after.starts_with(['B', 'E']);
    let label_start = text.len() - word.len() + length;
    let closing = next_dashes(text, label_start).filter(|(at, closing)| {
        let near = at - label_start <= LONGEST_LABEL;
        near && closing.chars().nth(1).is_some()
    });
    let (label, end) = match closing {
        Some((at, closing)) => (text.get(label_start..at)?, at + closing.len()),
        // Not a line that ends: what is beside it is nobody's guess.
        None => ("", label_start),
    };
    let label: String = label
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    let kind = kind(&label);
    let meant = matches!(kind, Kind::Certificate | Kind::Key)
        || (kind == Kind::Unknown && (label.contains("CERT") || label.contains("KEY")));
    (strict || (meant && dashes.chars().nth(1).is_some())).then_some(Marker {
        begins,
        kind,
        label,
        start,
        end,
    })
}

fn starts_with(text: &str, word: &str) -> bool {
    let start = text.get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn kind(label: &str) -> Kind {
    match label {
        "CERTIFICATE" | "X509CERTIFICATE" | "TRUSTEDCERTIFICATE" => Kind::Certificate,
        _ if label.contains("PRIVATEKEY") => Kind::Key,
        _ if ["PARAMETERS", "PUBLICKEY", "CRL", "CERTIFICATEREQUEST"]
            .iter()
            .any(|known| label.ends_with(known)) =>
        {
            Kind::Beside
        }
        _ => Kind::Unknown,
    }
}
