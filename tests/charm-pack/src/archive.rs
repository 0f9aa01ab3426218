//! The zip file.
//!
//! The same tree gives the same bytes: entries are sorted, and each bears the earliest time that a zip file can hold.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::Error;
use crate::tree::{Node, Tree};

/// Writes a tree to a new file.
pub fn write(path: &Path, tree: &Tree) -> Result<(), Error> {
    let file = File::create(path).map_err(|source| Error::file(path, source))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for (name, node) in tree {
        match node {
            Node::File { mode, content } => {
                zip.start_file(name, options(*mode))
                    .map_err(|source| Error::zip(path, source))?;
                zip.write_all(content)
                    .map_err(|source| Error::file(path, source))?;
            }
            Node::Link { target } => {
                zip.add_symlink(name, target, options(0o777))
                    .map_err(|source| Error::zip(path, source))?;
            }
        }
    }
    let mut file = zip.finish().map_err(|source| Error::zip(path, source))?;
    file.flush().map_err(|source| Error::file(path, source))
}

fn options(mode: u32) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(mode)
}

/// Reads an archive, as it is.
pub fn read(path: &Path) -> Result<Tree, Error> {
    let file = File::open(path).map_err(|source| Error::file(path, source))?;
    let mut zip =
        ZipArchive::new(BufReader::new(file)).map_err(|source| Error::zip(path, source))?;
    let mut tree = Tree::new();
    for index in 0..zip.len() {
        let mut entry = zip
            .by_index(index)
            .map_err(|source| Error::zip(path, source))?;
        let name = entry
            .name()
            .map_err(|source| Error::zip(path, source))?
            .into_owned();
        let mut content = Vec::new();
        entry
            .read_to_end(&mut content)
            .map_err(|source| Error::file(path, source))?;
        let node = if entry.is_symlink() {
            Node::Link {
                target: String::from_utf8_lossy(&content).into_owned(),
            }
        } else {
            // Without a Unix mode nobody may run or read the file that Juju makes of it.
            Node::File {
                mode: entry.unix_mode().unwrap_or(0) & 0o7777,
                content,
            }
        };
        tree.insert(name, node);
    }
    Ok(tree)
}
