//! What is in a charm: files and links by their path.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Error;
use crate::manifest::Manifest;

/// The executable, at the root of the charm.
pub const BINARY: &str = "lxd-integrator";
/// What every archive holds, apart from the executable, the manifest and the links.
pub const FILES: [&str; 6] = [
    "LICENSE",
    "README.md",
    "actions.yaml",
    "config.yaml",
    "icon.svg",
    "metadata.yaml",
];
/// The folder that names the hooks.
pub const HOOKS: &str = "hooks";
/// The folder that names the actions, where there are any.
pub const ACTIONS: &str = "actions";
/// The manifest's name.
pub const MANIFEST: &str = "manifest.yaml";

/// Everything in an archive, sorted by path.
pub type Tree = BTreeMap<String, Node>;

/// One entry of an archive.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File {
        /// Its permission bits.
        mode: u32,
        /// What it contains.
        content: Vec<u8>,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as written.
        target: String,
    },
}

impl std::fmt::Debug for Node {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { mode, content } => {
                write!(out, "file, mode {mode:o}, {} bytes", content.len())
            }
            Self::Link { target } => write!(out, "link to {target}"),
        }
    }
}

/// Gathers the charm at `root` with the executable that was built.
pub fn collect(root: &Path, binary: &Path, manifest: &Manifest) -> Result<Tree, Error> {
    let mut tree = Tree::new();
    tree.insert(
        BINARY.to_owned(),
        Node::File {
            mode: 0o755,
            content: content(binary)?,
        },
    );
    tree.insert(
        MANIFEST.to_owned(),
        Node::File {
            mode: 0o644,
            content: manifest.text().into_bytes(),
        },
    );
    for name in FILES {
        tree.insert(
            name.to_owned(),
            Node::File {
                mode: 0o644,
                content: content(&root.join(name))?,
            },
        );
    }
    links(root, HOOKS, &mut tree)?;
    if root.join(ACTIONS).exists() {
        links(root, ACTIONS, &mut tree)?;
    }
    Ok(tree)
}

fn content(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::file(path, source))
}

/// Adds the links in a folder of the charm.
fn links(root: &Path, folder: &str, tree: &mut Tree) -> Result<(), Error> {
    let path = root.join(folder);
    for entry in fs::read_dir(&path).map_err(|source| Error::file(&path, source))? {
        let path = entry.map_err(|source| Error::file(&path, source))?.path();
        let unusable = |reason| Error::Unusable {
            path: path.clone(),
            reason,
        };
        if !path.is_symlink() {
            return Err(unusable(
                "is not a symbolic link (a checkout with core.symlinks=false?)",
            ));
        }
        let target = fs::read_link(&path).map_err(|source| Error::file(&path, source))?;
        let target = target
            .to_str()
            .ok_or_else(|| unusable("leads to a name that is not UTF-8"))?;
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| unusable("is not UTF-8"))?;
        tree.insert(
            format!("{folder}/{name}"),
            Node::Link {
                target: target.to_owned(),
            },
        );
    }
    Ok(())
}
