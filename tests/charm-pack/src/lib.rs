//! Writes the charm's archives, and checks them.
//!
//! A charm archive is a zip file that Juju is particular about: links must stay inside, the executable must carry its
//! mode, the manifest must name bases that the Juju in question knows. The way is always the same: [`tree::collect`]
//! gathers what belongs in, [`archive::write`] writes it, [`archive::read`] reads it back, and [`check::problems`]
//! names what Juju would refuse or lose. [`linked`] finds out what the executable consists of, for [`sbom`].

pub mod archive;
pub mod check;
pub mod elf;
pub mod linked;
pub mod manifest;
pub mod sbom;
pub mod tree;

use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the charm, or the archive, could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The zip file could not be written or understood.
    #[error("{}: {source}", path.display())]
    Zip {
        /// Which archive.
        path: PathBuf,
        /// What is wrong with it.
        source: zip::result::ZipError,
    },
    /// Something in the charm's folder is not what it must be.
    #[error("{}: {reason}", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Cargo does not tell what the executable consists of.
    #[error("cargo tree: {0}")]
    Cargo(String),
    /// The archive was written and is not usable.
    #[error("{}: {}", path.display(), problems.join("; "))]
    Refused {
        /// Which archive.
        path: PathBuf,
        /// Everything that is wrong with it.
        problems: Vec<String>,
    },
}

impl Error {
    fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    fn zip(path: &Path, source: zip::result::ZipError) -> Self {
        Self::Zip {
            path: path.to_owned(),
            source,
        }
    }
}

/// Writes the archive of the charm at `root` to `output`, with `binary` as its executable.
///
/// The archive appears under its name only when it has been read back and found good, so whoever deploys it at the same
/// time sees the old one or the new one.
pub fn pack(
    root: &Path,
    binary: &Path,
    manifest: &manifest::Manifest,
    output: &Path,
) -> Result<(), Error> {
    let tree = tree::collect(root, binary, manifest)?;
    let unfinished = output.with_extension(format!("{}.tmp", std::process::id()));
    let result = archive::write(&unfinished, &tree)
        .and_then(|()| archive::read(&unfinished))
        .and_then(|read| {
            let mut problems = check::problems(&read, manifest);
            if read != tree {
                problems.push("what was read back is not what was written".to_owned());
            }
            if problems.is_empty() {
                Ok(())
            } else {
                Err(Error::Refused {
                    path: output.to_owned(),
                    problems,
                })
            }
        })
        .and_then(|()| {
            fs::rename(&unfinished, output).map_err(|source| Error::file(output, source))
        });
    if result.is_err() {
        // The first error is the one to report; a leftover that cannot be removed changes nothing about it.
        let _ = fs::remove_file(&unfinished);
    }
    result
}

/// Writes the bill of materials of `archive` beside it, with `.cdx.json` in the place of `.charm`.
pub fn write_bill(
    archive: &Path,
    linked: &linked::Linked,
    libraries: &[sbom::Library],
) -> Result<(), Error> {
    let content = fs::read(archive).map_err(|source| Error::file(archive, source))?;
    let digest: String = Sha256::digest(&content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bill = sbom::cyclonedx(linked, libraries, &digest);
    let path = archive.with_extension("cdx.json");
    fs::write(&path, format!("{bill:#}\n")).map_err(|source| Error::file(&path, source))
}
