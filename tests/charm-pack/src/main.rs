//! The command: `charm-pack write` and `charm-pack check`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command answers on both"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use charm_pack::manifest::{Arch, Manifest};
use charm_pack::{archive, check, pack};

const USAGE: &str = "\
Writes the archive of the charm, or checks one.

Usage:
  charm-pack write --root DIR --binary FILE --arch ARCH --bases RELEASES ARCHIVE
  charm-pack check --arch ARCH --bases RELEASES ARCHIVE

  --root DIR       the folder with metadata.yaml and hooks/
  --binary FILE    the static executable
  --arch ARCH      amd64 or arm64
  --bases RELEASES Ubuntu releases for the manifest, in order of preference, such as 24.04,22.04

`write` checks what it wrote before the archive gets its name.
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
}

impl Command {
    fn parse(arguments: Vec<String>) -> Result<Self, String> {
        let (mut root, mut binary, mut arch, mut bases, mut words) =
            (None, None, None, Vec::new(), Vec::new());
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
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}"));
                }
                _ => words.push(argument),
            }
        }
        if bases.is_empty() {
            return Err("--bases is missing".to_owned());
        }
        let manifest = Manifest {
            arch: arch.ok_or("--arch is missing")?,
            bases,
        };
        let [command, archive] =
            <[String; 2]>::try_from(words).map_err(|_| "a command and an archive are needed")?;
        let archive = PathBuf::from(archive);
        match command.as_str() {
            "write" => {
                let (root, binary) = (
                    root.ok_or("--root is missing")?,
                    binary.ok_or("--binary is missing")?,
                );
                Ok(Self::Write {
                    root,
                    binary,
                    manifest,
                    archive,
                })
            }
            "check" => Ok(Self::Check { manifest, archive }),
            other => Err(format!("unknown command {other}")),
        }
    }

    fn run(self) -> Result<(), charm_pack::Error> {
        match self {
            Self::Write {
                root,
                binary,
                manifest,
                archive,
            } => pack(&root, &binary, &manifest, &archive),
            Self::Check { manifest, archive } => {
                let problems = check::problems(&archive::read(&archive)?, &manifest);
                if problems.is_empty() {
                    return Ok(());
                }
                Err(charm_pack::Error::Refused {
                    path: archive,
                    problems,
                })
            }
        }
    }
}
