//! What the documents name exists, and what the code cites is in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, iter};

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/interface.md",
    "docs/operator.md",
    "docs/juju.md",
    "docs/lxd.md",
    "docs/release.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    });
    found
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
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

#[test]
fn links_lead_to_files_and_sections() {
    for document in DOCUMENTS {
        let folder = root().join(document).parent().unwrap().to_owned();
        for link in between(&read(document), "](", ")").filter(|link| !link.starts_with("https:")) {
            let (path, section) = link.split_once('#').unwrap_or((link, ""));
            let file = match path {
                "" => root().join(document),
                path => folder.join(path),
            };
            assert!(file.exists(), "{document}: {link}");
            let found = section.is_empty() || sections(&read(&file)).contains(section);
            assert!(found, "{document}: {link}");
        }
    }
}

#[test]
fn lines_fit_into_120_columns() {
    for document in DOCUMENTS {
        for (number, line) in read(document).lines().enumerate() {
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
    for file in sources(&folder) {
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
    let interface = read("docs/interface.md");
    for file in sources(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        for title in between(&text, "docs/interface.md, \"", "\"") {
            let found = interface.contains(&format!("\n## {title}\n"));
            assert!(found, "{}: no section {title:?}", file.display());
        }
    }
}
