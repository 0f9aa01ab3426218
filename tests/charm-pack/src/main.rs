//! The command: `charm-pack write`, `check`, `list` and `bill`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command answers on both"
)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use charm_pack::linked::linked;
use charm_pack::manifest::{Arch, Manifest};
use charm_pack::sbom::{self, Library};
use charm_pack::{archive, check, pack, write_bill};

const USAGE: &str = "\
Writes the archive of the charm, or checks one; tells what its executable consists of.

Usage:
  charm-pack write --root DIR --binary FILE --arch ARCH --bases RELEASES ARCHIVE
  charm-pack check --arch ARCH --bases RELEASES ARCHIVE
  charm-pack list --root DIR --arch ARCH FILE
  charm-pack bill --root DIR --arch ARCH --library NAME=VERSION... ARCHIVE

  --root DIR       the folder with metadata.yaml, hooks/ and Cargo.lock
  --binary FILE    the static executable
  --arch ARCH      amd64, arm64, ppc64el, riscv64 or s390x
  --bases RELEASES Ubuntu releases for the manifest, in order of preference, such as 24.04,22.04
  --library ...    glibc or rust, which are linked in too

`write` checks what it wrote before the archive gets its name. `list` writes the packages as cargo auditable does, for
the section .dep-v0. `bill` writes a CycloneDX file beside the archive.
Exit code: 0 if all is well, 1 if not (standard error says why), 2 if the command was not understood.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Command::parse(arguments) {
        Err(reason) => {
            eprintln!("charm-pack: {reason}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Ok(command) => match command.run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("charm-pack: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

enum Command {
    Write {
        root: PathBuf,
        binary: PathBuf,
        manifest: Manifest,
        archive: PathBuf,
    },
    Check {
        manifest: Manifest,
        archive: PathBuf,
    },
    List {
        root: PathBuf,
        arch: Arch,
        file: PathBuf,
    },
    Bill {
        root: PathBuf,
        arch: Arch,
        libraries: Vec<Library>,
        archive: PathBuf,
    },
}

impl Command {
    fn parse(arguments: Vec<String>) -> Result<Self, String> {
        let (mut root, mut binary, mut arch, mut bases) = (None, None, None, Vec::new());
        let (mut libraries, mut words) = (Vec::new(), Vec::new());
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--root" => root = Some(PathBuf::from(value()?)),
                "--binary" => binary = Some(PathBuf::from(value()?)),
                "--arch" => arch = Some(value()?.parse::<Arch>()?),
                "--bases" => bases = value()?.split(',').map(str::to_owned).collect(),
                "--library" => libraries.push(Library::parse(&value()?)?),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}"));
                }
                _ => words.push(argument),
            }
        }
        let [command, file] =
            <[String; 2]>::try_from(words).map_err(|_| "a command and a file are needed")?;
        let file = PathBuf::from(file);
        let arch = arch.ok_or("--arch is missing")?;
        let root = root.ok_or("--root is missing");
        let manifest = if bases.is_empty() {
            Err("--bases is missing")
        } else {
            Ok(Manifest { arch, bases })
        };
        Ok(match command.as_str() {
            "write" => Self::Write {
                root: root?,
                binary: binary.ok_or("--binary is missing")?,
                manifest: manifest?,
                archive: file,
            },
            "check" => Self::Check {
                manifest: manifest?,
                archive: file,
            },
            "list" => Self::List {
                root: root?,
                arch,
                file,
            },
            "bill" => Self::Bill {
                root: root?,
                arch,
                libraries,
                archive: file,
            },
            other => return Err(format!("unknown command {other}")),
        })
    }

    fn run(self) -> Result<(), charm_pack::Error> {
        match self {
            Self::Write {
                root,
                binary,
                manifest,
                archive,
            } => pack(&root, &binary, &manifest, &archive),
            Self::Check { manifest, archive } => check_archive(archive, &manifest),
            Self::List { root, arch, file } => {
                let list = sbom::auditable(&linked(&root, arch)?);
                fs::write(&file, list)
                    .map_err(|source| charm_pack::Error::File { path: file, source })
            }
            Self::Bill {
                root,
                arch,
                libraries,
                archive,
            } => write_bill(&archive, &linked(&root, arch)?, &libraries),
        }
    }
}

fn check_archive(archive: PathBuf, manifest: &Manifest) -> Result<(), charm_pack::Error> {
    let problems = check::problems(&archive::read(&archive)?, manifest);
    if problems.is_empty() {
        return Ok(());
    }
    Err(charm_pack::Error::Refused {
        path: archive,
        problems,
    })
}
