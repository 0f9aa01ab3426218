//! The daemon's process: started with a name and mounts of its own, ended without a trace.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::{Pid, Signal, kill_process};

use super::flavour::Flavour;
use super::{NotThere, socket};

const READY: Duration = Duration::from_secs(60);
const TERMINATED: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

/// A loopback port where nobody listens: LXD fetches a list of instance types when it starts, and
/// that cannot be switched off, but it goes through this proxy and so fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

/// `$1` folder, `$2` host name or nothing, `$3` the variable that names the folder, `$4` program.
/// The background part lives as long as the test process holds the other end of its standard input:
/// when that process dies without saying a word (a kill, Ctrl-C), it ends the daemon and removes
/// the folder.
const SCRIPT: &str = r#"
[ -z "$2" ] || hostname "$2" || exit 1
exec 3<&0
{
  read -r word <&3 && exit
  grep -qz "^$3=$1\$" "/proc/$$/environ" && kill -KILL $$
  umount -l "$1"/devlxd "$1"/guestapi "$1"/shmounts
  rm -rf --one-file-system "$1"
} >/dev/null 2>&1 &
exec "$4" --group root --logfile "$1/lxd.log" </dev/null 3<&-
"#;

/// A daemon's process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// As long as it is open, the background part of the script leaves the daemon alone.
    watch: Option<ChildStdin>,
    folder: PathBuf,
    paused: bool,
}

impl Process {
    /// Starts the daemon of that folder and waits until it says that it is ready.
    pub(super) fn start(flavour: &Flavour, folder: &Path, name: &str) -> Result<Self, NotThere> {
        let program = flavour.program()?;
        let mut child = command(flavour.variable, &program, folder, name)?.spawn()?;
        let mut process = Self {
            // Taken out, since waiting for a child closes its input.
            watch: child.stdin.take(),
            child,
            folder: folder.to_owned(),
            paused: false,
        };
        let limit = Instant::now() + READY;
        while socket::call(folder, "GET", "/internal/ready", None).is_err() {
            let ended = !matches!(process.child.try_wait(), Ok(None));
            if ended || Instant::now() > limit {
                return Err(NotThere::DidNotStart(last_words(folder)));
            }
            thread::sleep(POLL);
        }
        Ok(process)
    }

    /// Ends the daemon in its own time, as an operator would.
    pub(super) fn terminate(&mut self) {
        self.resume();
        self.signal(Signal::TERM);
        let limit = Instant::now() + TERMINATED;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < limit {
            thread::sleep(POLL);
        }
    }

    /// Takes its processor time away.
    pub(super) fn pause(&mut self) {
        self.signal(Signal::STOP);
        self.paused = true;
    }

    /// Gives it back.
    pub(super) fn resume(&mut self) {
        self.signal(Signal::CONT);
        self.paused = false;
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    fn signal(&self, signal: Signal) {
        // A child that was not waited for keeps its number, so nobody else can be hit.
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _gone_already = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing is kept, so nothing has to be ended in order; `kill` spares a process that was
        // waited for.
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
        if let Some(mut watch) = self.watch.take() {
            let _gone_already = io::Write::write_all(&mut watch, b"ended\n");
        }
        unmount(&self.folder);
    }
}

/// Waits until somebody listens there; panics if nobody does in time.
pub(super) fn until_listening(address: SocketAddr) {
    let limit = Instant::now() + READY;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < limit, "nobody listens on {address}");
        thread::sleep(POLL);
    }
}

/// With namespaces the daemon has a host name of its own, and its mounts end with it.
fn command(variable: &str, program: &Path, folder: &Path, name: &str) -> io::Result<Command> {
    let output = File::create(folder.join("output"))?;
    let namespaces = namespaces_work();
    let mut command = Command::new(if namespaces { "unshare" } else { "sh" });
    if namespaces {
        command.args(["--uts", "--mount", "sh"]);
    }
    command
        .args(["-c", SCRIPT, "lxd-bed"])
        .arg(folder)
        .arg(if namespaces { name } else { "" })
        .arg(variable)
        .arg(program)
        .env(variable, folder)
        .env("HTTPS_PROXY", NOWHERE)
        .env("HTTP_PROXY", NOWHERE)
        .env("NO_PROXY", "")
        .env("LC_ALL", "C")
        .env_remove("LXD_INSECURE_TLS")
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        // Out of the terminal's reach: Ctrl-C is for the tests.
        .process_group(0);
    Ok(command)
}

fn namespaces_work() -> bool {
    let tried = Command::new("unshare")
        .args(["--uts", "--mount", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// What is left mounted when there was no namespace for it.
fn unmount(folder: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let targets = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    for target in targets.filter(|target| Path::new(target).starts_with(folder)) {
        let _gone_already = Command::new("umount").args(["-l", target]).status();
    }
}

fn last_words(folder: &Path) -> String {
    let output = fs::read_to_string(folder.join("output")).unwrap_or_default();
    let log = fs::read_to_string(folder.join("lxd.log")).unwrap_or_default();
    let mut lines = output.lines().chain(log.lines()).rev();
    lines.next().unwrap_or("it said nothing").to_owned()
}
