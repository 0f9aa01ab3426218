//! The rooms of `src` are those of the picture in `lib.rs`, and each uses only what stands below it there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The longest file, in lines.
const LONGEST_FILE: usize = 300;

/// The floors of the house, the highest first, each with its rooms.
type Floors = Vec<BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn src() -> PathBuf {
    root().join("src")
}

/// The lines of the second picture in `lib.rs`.
fn picture() -> Vec<String> {
    let text = fs::read_to_string(src().join("lib.rs")).unwrap();
    let pictures = text.split("//! ```text\n").skip(1);
    let pictures = pictures.map(|rest| rest.split("//! ```\n").next().unwrap());
    let rooms = pictures.last().unwrap().lines();
    rooms
        .map(|line| line.trim_start_matches("//! ").to_owned())
        .collect()
}

/// What stands before the first wide gap of a line and after it is told apart by the column of the last words.
fn floors() -> Floors {
    let lines = picture();
    let column = lines[0].rfind("  ").unwrap() + 2;
    let rooms = |line: &String| {
        let names = line[..column].split_whitespace();
        names.map(str::to_owned).collect()
    };
    lines.iter().map(rooms).collect()
}

/// The text of every file in Rust, by its path below this folder.
fn files(top: &Path) -> BTreeMap<String, String> {
    fn below(top: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(top, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let name = path.strip_prefix(top).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    below(top, top, &mut found);
    found
}

/// The modules of the crate that a file names, in a `use` or on the way.
fn uses(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(heads(group));
        } else {
            found.insert(word(rest));
        }
    }
    found
}

/// The first words of the members of a group, up to its end.
fn heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match (c, depth) {
            ('{', _) => depth += 1,
            ('}', 0) => {
                heads.push(word(&group[start..at]));
                break;
            }
            ('}', _) => depth -= 1,
            (',', 0) => {
                heads.push(word(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn word(text: &str) -> String {
    let name = |c: &char| c.is_alphanumeric() || *c == '_';
    text.trim_start().chars().take_while(name).collect()
}

fn room_of(file: &str) -> Option<&str> {
    file.split_once('/').map(|(room, _)| room)
}

#[test]
fn no_room_uses_one_that_is_not_below_it() {
    let floors = floors();
    let floor = |room: &str| floors.iter().position(|rooms| rooms.contains(room));
    for (file, text) in files(&src()) {
        if file == "lib.rs" || file == "main.rs" {
            continue;
        }
        let own = room_of(&file);
        for used in uses(&text) {
            let Some(below) = floor(&used) else {
                let everybodys = src().join(format!("{used}.rs")).is_file();
                assert!(
                    everybodys,
                    "{file} uses {used}, which is not in the picture"
                );
                continue;
            };
            let may = own.is_some_and(|own| {
                used == own
                    || floor(own).unwrap_or_else(|| panic!("{own} is not in the picture")) < below
            });
            assert!(may, "{file} uses {used}, which is not below it");
        }
    }
}

#[test]
fn each_room_says_what_it_is() {
    let files = files(&src());
    let rooms: BTreeSet<String> = files
        .keys()
        .filter_map(|file| room_of(file))
        .map(str::to_owned)
        .collect();
    let drawn: BTreeSet<String> = floors().into_iter().flatten().collect();
    assert_eq!(rooms, drawn);
    for room in rooms {
        assert!(
            files[&format!("{room}/mod.rs")].starts_with("//! "),
            "{room}"
        );
    }
    let architecture = fs::read_to_string(src().join("../ARCHITECTURE.md")).unwrap();
    for line in picture() {
        assert!(
            architecture.contains(&line),
            "ARCHITECTURE.md lacks: {line}"
        );
    }
}

#[test]
fn files_are_short() {
    for folder in ["src", "tests", "benches", "examples"] {
        for (file, text) in files(&root().join(folder)) {
            let lines = text.lines().count();
            assert!(lines <= LONGEST_FILE, "{folder}/{file} has {lines} lines");
        }
    }
}

#[test]
fn an_arrow_that_runs_up_is_found() {
    let group = "use crate::{\n    hook::{status, problem},\n    lxd::Error,\n    names,\n};\nfn f() { crate::action::run(); }\n// crate::juju\n";
    let found = uses(group);
    let expected = ["action", "hook", "lxd", "names"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}
