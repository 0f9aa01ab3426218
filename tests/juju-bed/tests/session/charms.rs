//! The charms of a recording, as folders that can be deployed.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// Copies the charms of a recording, from beside it or else our own of that name, and makes links of files that only
/// hold a link's target.
pub(crate) fn prepare(recording: &Path, folder: &str) -> io::Result<TempDir> {
    let beside = recording
        .parent()
        .unwrap_or_else(|| Path::new("."))
        .join(folder);
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("recordings")
        .join(folder);
    let dir = TempDir::new()?;
    copy(if beside.is_dir() { &beside } else { &ours }, dir.path())?;
    Ok(dir)
}

/// The content of `{params}`, which is a file beside the charms.
pub(crate) fn params(charms: &Path, placeholder: &str) -> io::Result<String> {
    let name = placeholder.trim_matches(['{', '}']);
    fs::read_to_string(charms.join(format!("{name}.yaml")))
}

/// `{probe}` in a command is the integrator, any other name stands for itself.
pub(crate) fn folder(charms: &Path, placeholder: &str) -> PathBuf {
    let name = placeholder.trim_matches(['{', '}']);
    charms.join(if name == "probe" {
        "lxd-integrator"
    } else {
        name
    })
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for child in fs::read_dir(from)? {
        let (path, target) = {
            let child = child?;
            (child.path(), to.join(child.file_name()))
        };
        let link = fs::read_link(&path).ok().or_else(|| flattened(&path));
        if let Some(link) = link {
            symlink(link, target)?;
        } else if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// The target, if the file is a link that was flattened to its text.
fn flattened(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let place = folder.file_name()?.to_str()?;
    if !["hooks", "actions"].contains(&place) || !path.is_file() {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let target = text.trim_end();
    (!target.starts_with("#!") && !target.contains('\n') && folder.join(target).is_file())
        .then(|| target.into())
}
