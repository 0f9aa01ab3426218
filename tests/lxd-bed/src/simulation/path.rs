//! Paths as LXD takes them apart: it compares what is sent, and decodes the parts that name something.

/// The parts of a path as they were sent; `None` if one cannot be decoded, or if it does not begin
/// with a slash.
pub(super) fn parts(path: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let sound = parts.iter().all(|part| percent_decode(part).is_some());
    sound.then_some(parts)
}

/// What a part of a path that could be decoded names.
pub(super) fn decoded(part: &str) -> String {
    percent_decode(part).unwrap_or_default()
}

/// Where a client is sent whose path is not the shortest one to its end; `None` if it is.
pub(super) fn cleaned(path_and_query: &str) -> Option<String> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let mut clean = format!("/{}", parts.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    if clean == path {
        return None;
    }
    // It is taken for decoded.
    let clean = clean.replace('%', "%25");
    Some(match query {
        Some(query) => format!("{clean}?{query}"),
        None => clean,
    })
}

/// `None` if it cannot be decoded.
fn percent_decode(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
