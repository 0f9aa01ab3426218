use super::*;

#[test]
fn the_usual_spellings_mean_the_same() {
    for text in [
        "host",
        "host:8443",
        "https://host",
        "https://host:8443/",
        " host/ ",
        "HTTPS://Host:8443",
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
    let long = "a".repeat(64) + ".example";
    for (text, why) in [
        ("http://host", BadEndpoint::NotHttps),
        ("ftp://host", BadEndpoint::NotHttps),
        ("fd00::1", BadEndpoint::Brackets),
        ("[fd00::1", BadEndpoint::Brackets),
        ("", BadEndpoint::Empty),
        ("https://", BadEndpoint::Empty),
        ("https:host:8443", BadEndpoint::Scheme),
        ("https://https://host", BadEndpoint::Scheme),
        ("'host'", BadEndpoint::Quotes),
        ("a,b", BadEndpoint::List),
        ("https://a https://b", BadEndpoint::List),
        ("a b", BadEndpoint::List),
        ("user@host", BadEndpoint::User),
        ("https://user:password@host", BadEndpoint::User),
        ("host/path", BadEndpoint::Path),
        ("host?x", BadEndpoint::Path),
        ("host\\x", BadEndpoint::Path),
        ("host:0", BadEndpoint::Port),
        ("host:99999", BadEndpoint::Port),
        ("host:+80", BadEndpoint::Port),
        ("host:", BadEndpoint::Port),
        ("[::1]x", BadEndpoint::Port),
        ("8443", BadEndpoint::Number),
        ("[zz]", BadEndpoint::NotIpv6),
        ("[10.0.0.1]", BadEndpoint::NotIpv6),
        ("[fe80::1%eth0]:8443", BadEndpoint::Zone),
        ("fe80::1%25eth0", BadEndpoint::Zone),
        ("%31%32%37.0.0.1", BadEndpoint::Percent),
        ("*", BadEndpoint::Wildcard),
        ("*.example", BadEndpoint::Wildcard),
        ("0.0.0.0:8443", BadEndpoint::Wildcard),
        ("[::]", BadEndpoint::Wildcard),
        ("[0:0::0]:8443", BadEndpoint::Wildcard),
        ("[::ffff:0.0.0.0]", BadEndpoint::Wildcard),
        ("127.000.000.001", BadEndpoint::NotIpv4),
        ("0177.0.0.1", BadEndpoint::NotIpv4),
        ("127.1", BadEndpoint::NotIpv4),
        ("0x7f.0.0.1", BadEndpoint::NotIpv4),
        ("0x7f000001", BadEndpoint::NotIpv4),
        ("1.2.3.4.5", BadEndpoint::NotIpv4),
        ("a..b", BadEndpoint::NotAName),
        ("-host", BadEndpoint::NotAName),
        ("host-", BadEndpoint::NotAName),
        ("my_host", BadEndpoint::NotAName),
        ("\u{ff11}27.0.0.1", BadEndpoint::NotIpv4),
        ("b\u{fc}cher.example", BadEndpoint::NotAName),
        (long.as_str(), BadEndpoint::NotAName),
    ] {
        assert_eq!(text.parse::<Endpoint>().unwrap_err(), why, "{text}");
    }
}
