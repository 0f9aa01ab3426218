//! The files around a run: which program of the charm it is, the tools on its path, the socket.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::context::Version;

/// The program behind all tools, built by the build script.
const HOOK_TOOL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hook-tool"));
/// Where it was built; as long as it is still there, no copy is needed.
const BUILT: &str = concat!(env!("OUT_DIR"), "/hook-tool");

/// How many bytes of path an address of a Unix socket has room for.
const LONGEST_ADDRESS: usize = 107;

/// What was found where a program of the charm should be.
#[derive(Debug)]
pub(super) enum Handler {
    /// This is to be executed.
    Found(PathBuf),
    /// Nothing is there.
    Missing,
    /// Something is there that cannot be executed; Juju's words for it.
    Unusable(String),
}

/// Looks for `dispatch`, then for the file of the hook or action.
pub(super) fn handler(charm: &Path, name: &str) -> Handler {
    match look(&charm.join("dispatch")) {
        Handler::Missing => look(&charm.join(name)),
        other => other,
    }
}

/// As Go's `LookPath`: links are followed, any execute bit will do.
fn look(path: &Path) -> Handler {
    let reason = match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Handler::Missing,
        Err(e) => system_words(&e),
        Ok(meta) if meta.is_dir() => "is a directory".into(),
        Ok(meta) if meta.permissions().mode() & 0o111 == 0 => "permission denied".into(),
        Ok(_) => return Handler::Found(path.into()),
    };
    Handler::Unusable(format!("exec: \"{}\": {reason}", path.display()))
}

/// What the system said, in the words of Go.
pub(crate) fn system_words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_lowercase()
}

/// Makes the folder with the tools of `version`, and only those.
pub(super) fn tools_folder(base: &Path, version: Version) -> io::Result<PathBuf> {
    let folder = base.join("tools");
    fs::create_dir_all(&folder)?;
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        there.insert(entry?.file_name());
    }
    let program = folder.join("jujuc");
    if !there.remove(OsStr::new("jujuc")) {
        match fs::metadata(BUILT) {
            Ok(meta) if meta.len() == HOOK_TOOL.len() as u64 => symlink(BUILT, &program)?,
            _ => write_program(&program)?,
        }
    }
    for name in crate::tools::names(version) {
        if !there.remove(OsStr::new(name)) {
            symlink("jujuc", folder.join(name))?;
        }
    }
    for other in there {
        fs::remove_file(folder.join(other))?;
    }
    Ok(folder)
}

/// Lets another process write the program: had this one the file open for writing while another of its threads starts a
/// process, that child would hold it too, and the first call of a tool could fail with "text file busy".
fn write_program(path: &Path) -> io::Result<()> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        io::Write::write_all(&mut input, HOOK_TOOL)?;
    }
    if child.wait()?.success() {
        Ok(())
    } else {
        Err(io::Error::other("the hook tool could not be written"))
    }
}

/// The agent's socket; where its usual path is too long for an address, it is in a temporary folder, which goes with
/// it.
#[derive(Debug)]
pub(super) struct Socket {
    /// Ready for clients.
    pub(super) listener: UnixListener,
    /// Where.
    pub(super) path: PathBuf,
    _folder: Option<TempDir>,
}

impl Socket {
    /// Opens it anew.
    pub(super) fn open(base: &Path) -> io::Result<Self> {
        let mut path = base.join("agent.socket");
        let mut folder = None;
        if path.as_os_str().len() > LONGEST_ADDRESS {
            let short = tempfile::Builder::new().prefix("agent").tempdir()?;
            path = short.path().join("agent.socket");
            folder = Some(short);
        }
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        Ok(Self {
            listener: UnixListener::bind(&path)?,
            path,
            _folder: folder,
        })
    }
}
