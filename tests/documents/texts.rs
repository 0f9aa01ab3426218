//! What the documents name exists, and what the code cites is in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// Folders of what was made, here or by somebody else.
const MADE: [&str; 4] = [".git", "target", "dist", "venv"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every file below a folder whose name ends so.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let found = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        let made = MADE.iter().any(|name| path.ends_with(name));
        match path.is_dir() {
            true if made => Vec::new(),
            true => files(&path, extension),
            false => vec![path],
        }
    });
    found
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect()
}

/// Every document of the repository, by its path in it.
fn documents() -> Vec<String> {
    let found = files(root(), "md");
    let paths = found.iter().map(|path| path.strip_prefix(root()).unwrap());
    paths.map(|path| path.display().to_string()).collect()
}

/// A document without its blocks of code, in which nothing is a heading or a link.
fn prose(document: impl AsRef<Path>) -> String {
    let text = read(document);
    let outside = text.split("\n```").step_by(2);
    outside.collect::<Vec<_>>().join("\n")
}

/// What stands between two marks, each time.
pub(crate) fn between<'a>(
    text: &'a str,
    open: &'a str,
    close: &'a str,
) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    iter::from_fn(move || {
        let (_, after) = rest.split_once(open)?;
        let (found, behind) = after.split_once(close)?;
        rest = behind;
        Some(found)
    })
}

/// The headings of a document as links name them: lower case, with dashes for blanks, without punctuation.
fn sections(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let titles = headings.map(|heading| heading.trim_start_matches('#').trim().to_lowercase());
    titles
        .map(|title| {
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

/// The links of a document within the repository: the file and the section, which may be empty.
fn links(document: &str) -> Vec<(PathBuf, String)> {
    let folder = root().join(document).parent().unwrap().to_owned();
    let text = prose(document);
    let links = between(&text, "](", ")").filter(|link| !link.contains("://"));
    links
        .map(|link| match link.split_once('#') {
            Some(("", section)) => (root().join(document), section.to_owned()),
            Some((path, section)) => (folder.join(path), section.to_owned()),
            None => (folder.join(link), String::new()),
        })
        .collect()
}

#[test]
fn links_lead_to_files_and_sections() {
    let documents = documents();
    let links = documents.iter().flat_map(|document| {
        let links = links(document).into_iter();
        links.map(move |(file, section)| (document, file, section))
    });
    for (document, file, section) in links {
        let link = format!("{document}: {}#{section}", file.display());
        assert!(file.exists(), "{link}");
        let found = section.is_empty() || sections(&prose(&file)).contains(&section);
        assert!(found, "{link}");
    }
}

#[test]
fn the_index_names_every_page() {
    let links = links("docs/README.md").into_iter();
    let named: BTreeSet<PathBuf> = links
        .filter_map(|(file, _)| file.canonicalize().ok())
        .collect();
    let pages = files(&root().join("docs"), "md").into_iter();
    for page in pages.filter(|page| !page.ends_with("README.md")) {
        let page = page.canonicalize().unwrap();
        assert!(named.contains(&page), "docs/README.md: {}", page.display());
    }
}

#[test]
fn lines_fit_into_120_columns() {
    // Elsewhere are documents with a form of their own.
    let ours = |document: &String| document.starts_with("docs/") || !document.contains('/');
    for document in documents().into_iter().filter(ours) {
        for (number, line) in read(&document).lines().enumerate() {
            assert!(
                line.chars().count() <= 120,
                "{document}, line {}",
                number + 1
            );
        }
    }
}

#[test]
fn the_architecture_names_every_source_file() {
    let architecture = read("ARCHITECTURE.md");
    let folder = root().join("src");
    for file in files(&folder, "rs") {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        let told = architecture.contains(&format!("`{name}`")) || name.ends_with("mod.rs");
        assert!(told, "ARCHITECTURE.md says nothing about src/{name}");
    }
    for name in between(&architecture, "| `", "`").filter(|name| name.ends_with(".rs")) {
        let exists = folder.join(name).exists() || root().join(name).exists();
        assert!(exists, "ARCHITECTURE.md: {name}");
    }
}

#[test]
fn sections_that_the_code_cites_are_there() {
    let interface = read("docs/reference/interface.md");
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        for title in between(&text, "interface.md, \"", "\"") {
            let found = interface.contains(&format!("\n## {title}\n"));
            assert!(found, "{}: no section {title:?}", file.display());
        }
    }
}
