//! Where LXD is.

use std::{fmt, str::FromStr};

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
    /// An address like `fd00::1` cannot be told from `host:port`.
    #[error("an IPv6 address needs brackets, as in [::1]:8443")]
    Brackets,
    /// Anything else.
    #[error("not host, host:port or https://host:port")]
    Unreadable,
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

/// `host`, `host:port`, `https://host:port`, IPv6 in brackets, with or without a last slash.
impl FromStr for Endpoint {
    type Err = BadEndpoint;

    fn from_str(text: &str) -> Result<Self, BadEndpoint> {
        let text = text.trim().trim_end_matches('/');
        let bare = match text.split_once("://") {
            Some(("https", bare)) => bare,
            Some(_) => return Err(BadEndpoint::NotHttps),
            None => text,
        };
        if bare.is_empty() {
            return Err(BadEndpoint::Empty);
        }
        let (host, port) = host_and_port(bare)?;
        if host.contains(['/', '?', '#', '@', '\\']) || host.contains(char::is_whitespace) {
            return Err(BadEndpoint::Unreadable);
        }
        let url =
            Url::parse(&format!("https://{host}:{port}/")).map_err(|_| BadEndpoint::Unreadable)?;
        Ok(Self(url, port))
    }
}

fn host_and_port(bare: &str) -> Result<(&str, u16), BadEndpoint> {
    let (host, rest) = if bare.starts_with('[') {
        let end = bare.find(']').ok_or(BadEndpoint::Brackets)? + 1;
        bare.split_at_checked(end).ok_or(BadEndpoint::Brackets)?
    } else {
        let end = bare.find(':').unwrap_or(bare.len());
        bare.split_at_checked(end).ok_or(BadEndpoint::Unreadable)?
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, DEFAULT_PORT)),
        None => Err(BadEndpoint::Unreadable),
        Some(port) if port.contains(':') => Err(BadEndpoint::Brackets),
        Some(port) => match port.parse() {
            Ok(port) if port != 0 => Ok((host, port)),
            _ => Err(BadEndpoint::Unreadable),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_mean_the_same() {
        for text in [
            "host",
            "host:8443",
            "https://host",
            "https://host:8443/",
            " host/ ",
        ] {
            assert_eq!(
                text.parse::<Endpoint>().unwrap().to_string(),
                "https://host:8443",
                "{text}"
            );
        }
        let ipv6: Endpoint = "[fd00::1]:443".parse().unwrap();
        assert_eq!(ipv6.to_string(), "https://[fd00::1]:443");
        assert_eq!(ipv6.address(), "[fd00::1]:443");
        assert_eq!("[::1]".parse::<Endpoint>().unwrap().address(), "[::1]:8443");
    }

    #[test]
    fn a_certificate_may_name_the_host() {
        for (text, name) in [
            ("lxd.example:443", "lxd.example"),
            ("10.0.0.1", "10.0.0.1"),
            ("[fd00::1]:443", "fd00::1"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.server_name().unwrap().to_str(), name);
        }
    }

    #[test]
    fn what_is_no_endpoint_is_told_why() {
        let why = |text: &str| text.parse::<Endpoint>().unwrap_err();
        assert_eq!(why("http://host"), BadEndpoint::NotHttps);
        assert_eq!(why("fd00::1"), BadEndpoint::Brackets);
        assert_eq!(why(""), BadEndpoint::Empty);
        for text in [
            "host:0",
            "host:99999",
            "host:x",
            "a b",
            "host/path",
            "user@host",
            "[::1]x",
            "[zz]",
        ] {
            assert_eq!(why(text), BadEndpoint::Unreadable, "{text}");
        }
    }
}
