//! Where LXD is.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use reqwest::Url;
use rustls::pki_types::ServerName;

/// The port LXD listens on when none is given.
const DEFAULT_PORT: u16 = 8443;

/// The address of an LXD server, `https://host:port` written out in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint(Url, u16);

/// Why a text is no endpoint; the words stand behind the name of the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// LXD is never spoken to in clear.
    #[error("LXD is only spoken to over https://")]
    NotHttps,
    /// `https:host`, or the scheme twice.
    #[error("https:// stands once, before the host, with two slashes")]
    Scheme,
    /// Copied with what stood around it.
    #[error("give it without quotes")]
    Quotes,
    /// Several.
    #[error("give one; the other members are found by themselves")]
    List,
    /// `user:password@host`
    #[error("a user or password has no place in it; give host:port alone")]
    User,
    /// Anything behind the port.
    #[error("a path has no place in it; give host:port alone")]
    Path,
    /// No number from 1 to 65535.
    #[error("the port is a number from 1 to 65535")]
    Port,
    /// A port alone, or a number that some programs take for an address.
    #[error("a number is no host; give host:port")]
    Number,
    /// An address like `fd00::1` cannot be told from `host:port`.
    #[error("an IPv6 address needs brackets, as in [::1]:8443")]
    Brackets,
    /// Brackets with something else in them.
    #[error("what stands in brackets is no IPv6 address")]
    NotIpv6,
    /// `fe80::1%eth0` means something on one machine alone.
    #[error("an address with a zone (%) cannot be used; give one that is the same everywhere")]
    Zone,
    /// `%31` and the like.
    #[error("percent signs have no place in it; write the host out")]
    Percent,
    /// Where a server may listen, not where it is.
    #[error("a wildcard is no address to connect to; give one that LXD has")]
    Wildcard,
    /// `0177.0.0.1`, `127.1`: other programs read other addresses there.
    #[error("an IPv4 address is four plain decimal numbers, as in 10.0.0.1")]
    NotIpv4,
    /// RFC 1123.
    #[error("the host is no name: letters, digits and hyphens between dots (xn-- for others)")]
    NotAName,
}

impl Endpoint {
    /// `host:port`, for people.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.1)
    }

    /// The host, as a certificate may name it.
    #[must_use]
    pub fn server_name(&self) -> Option<ServerName<'static>> {
        let host = self.0.host_str()?.trim_matches(['[', ']']);
        ServerName::try_from(host.to_owned()).ok()
    }

    /// The URL of a path that begins with `/`.
    #[must_use]
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.address())
    }
}

/// `host`, `host:port`, `https://host:port`, IPv6 in brackets, with or without a last slash. Never another host than
/// was written.
impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let bare = bare(text)?.trim_end_matches('/');
        if bare.is_empty() {
            return Err(BadEndpoint::Empty);
        }
        look_for_what_has_no_place(bare)?;
        let (host, port) = host_and_port(bare)?;
        let host = checked(host)?;
        let url = Url::parse(&format!("https://{host}:{port}/"));
        let url = url.map_err(|_| BadEndpoint::NotAName)?;
        if url.host_str() == Some(&host) {
            Ok(Self(url, port))
        } else {
            Err(BadEndpoint::NotAName)
        }
    }
}

/// What stands behind the scheme.
fn bare(text: &str) -> Result<&str, BadEndpoint> {
    const SCHEME: &str = "https:";
    if text.contains(['"', '\'', '`', '\u{201c}', '\u{201d}']) {
        return Err(BadEndpoint::Quotes);
    }
    let start = text.get(..SCHEME.len());
    if !start.is_some_and(|start| start.eq_ignore_ascii_case(SCHEME)) {
        return match text.split_once("://") {
            Some((scheme, _)) if !scheme.contains([',', ' ']) => Err(BadEndpoint::NotHttps),
            Some(_) => Err(BadEndpoint::List),
            None => Ok(text),
        };
    }
    let rest = text.get(SCHEME.len()..).unwrap_or_default();
    let bare = rest.strip_prefix("//").ok_or(BadEndpoint::Scheme)?;
    match bare.split_once("://") {
        Some((before, _)) if before.contains([',', ';', ' ']) => Err(BadEndpoint::List),
        Some(_) => Err(BadEndpoint::Scheme),
        None => Ok(bare),
    }
}

fn look_for_what_has_no_place(bare: &str) -> Result<(), BadEndpoint> {
    let separators = |letter: char| matches!(letter, ',' | ';' | '|') || letter.is_whitespace();
    if bare.contains(separators) {
        Err(BadEndpoint::List)
    } else if bare.contains('@') {
        Err(BadEndpoint::User)
    } else if bare.contains(['/', '?', '#', '\\']) {
        Err(BadEndpoint::Path)
    } else if bare.contains('%') && bare.matches(':').count() > 1 {
        Err(BadEndpoint::Zone)
    } else if bare.contains('%') {
        Err(BadEndpoint::Percent)
    } else {
        Ok(())
    }
}

fn host_and_port(bare: &str) -> Result<(&str, u16), BadEndpoint> {
    let end = match bare.find(']') {
        Some(end) if bare.starts_with('[') => end + 1,
        None if bare.starts_with('[') => return Err(BadEndpoint::Brackets),
        _ => bare.find(':').unwrap_or(bare.len()),
    };
    // Both signs are one byte long.
    let (host, rest) = bare.split_at_checked(end).ok_or(BadEndpoint::Brackets)?;
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, DEFAULT_PORT)),
        None => Err(BadEndpoint::Port),
        Some(port) if port.contains(':') => Err(BadEndpoint::Brackets),
        Some(port) => match port.parse() {
            Ok(number) if number != 0 && port.bytes().all(|digit| digit.is_ascii_digit()) => {
                Ok((host, number))
            }
            _ => Err(BadEndpoint::Port),
        },
    }
}

/// The host as the URL library writes it, if it is one that means the same to everybody.
fn checked(host: &str) -> Result<String, BadEndpoint> {
    if let Some(inner) = host.strip_prefix('[') {
        let inner = inner.trim_end_matches(']');
        let address: Ipv6Addr = inner.parse().map_err(|_| BadEndpoint::NotIpv6)?;
        let mapped = address.to_ipv4_mapped();
        if address.is_unspecified() || mapped.is_some_and(|mapped| mapped.is_unspecified()) {
            return Err(BadEndpoint::Wildcard);
        }
        // The library shortens it in its own way.
        let url = Url::parse(&format!("https://[{address}]/")).map_err(|_| BadEndpoint::NotIpv6)?;
        return Ok(url.host_str().unwrap_or_default().to_owned());
    }
    if host.contains('*') {
        return Err(BadEndpoint::Wildcard);
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return match address.is_unspecified() {
            true => Err(BadEndpoint::Wildcard),
            false => Ok(host.to_owned()),
        };
    }
    let last = host
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    match last.strip_prefix("0x") {
        _ if digits(host) => Err(BadEndpoint::Number),
        // Any name that ends so is read as an address by some.
        Some(rest) if rest.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            Err(BadEndpoint::NotIpv4)
        }
        _ if digits(&last) => Err(BadEndpoint::NotIpv4),
        _ if is_name(host) => Ok(host.to_ascii_lowercase()),
        _ => Err(BadEndpoint::NotAName),
    }
}

fn is_name(host: &str) -> bool {
    let inner = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests;
