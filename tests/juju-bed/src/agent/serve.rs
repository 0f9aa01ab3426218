//! Serves the hook tools of one run, one command at a time, as Juju's agent does.

use std::{
    fs,
    os::unix::{
        ffi::OsStringExt,
        net::{UnixListener, UnixStream},
    },
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crate::tools::{Asked, Reply, Session};

use super::{
    Call,
    kill::Running,
    wire::{self, Answer, Request},
};

/// How long a client may take to send its request, which it has ready when it connects, or to hear the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The agent's end of the socket while one process runs.
pub(super) struct Server<'s, 'c> {
    /// What a client has to show.
    pub(super) id: &'s str,
    /// The process of the hook.
    pub(super) pid: u32,
    /// What the tools work on.
    pub(super) session: &'s mut Session<'c>,
    /// The calls so far.
    pub(super) calls: &'s mut Vec<Call>,
    /// The most memory seen so far.
    pub(super) peak: &'s mut u64,
    /// The process, which may be killed meanwhile.
    pub(super) running: &'s Running,
    /// After so many calls it is killed here.
    pub(super) kill_after: Option<usize>,
}

impl Server<'_, '_> {
    /// Answers whoever connects until the run is over. Who connects then has come too late.
    pub(super) fn serve(&mut self, listener: &UnixListener, over: &AtomicBool) {
        while let Ok((stream, _)) = listener.accept() {
            if over.load(Ordering::Acquire) {
                return;
            }
            self.answer(stream);
        }
    }

    fn answer(&mut self, mut stream: UnixStream) {
        // A client that was killed or stopped meanwhile asks nothing and hears nothing.
        let limit = Some(PATIENCE);
        let limited = stream
            .set_read_timeout(limit)
            .and_then(|()| stream.set_write_timeout(limit));
        if limited.is_err() {
            return;
        }
        let Ok(request) = wire::receive(&mut stream) else {
            return;
        };
        if let Some(kib) = peak_memory(self.pid) {
            *self.peak = kib;
        }
        // Nobody kills it between what a call does and what is noted of it; after a kill nothing is done any more.
        let Some(alive) = self.running.alive() else {
            return;
        };
        let answer = self.decide(request);
        if self
            .kill_after
            .is_some_and(|calls| self.calls.len() >= calls)
        {
            // It dies before it can do anything with the answer.
            return alive.kill();
        }
        drop(alive);
        let _ = wire::send(&mut stream, &answer);
    }

    fn decide(&mut self, request: Request) -> Answer {
        if request.context_id != self.id.as_bytes() {
            let mut text = b"bad request: wrong context ID; got ".to_vec();
            text.extend(crate::tools::quoted(&request.context_id).into_bytes());
            return Answer::Refused(text);
        }
        let tool = String::from_utf8_lossy(&request.tool).into_owned();
        let asked = Asked {
            folder: PathBuf::from(std::ffi::OsString::from_vec(request.folder)),
            stdin: request.stdin.clone(),
            args: request.args,
        };
        let before = self.session.requests();
        match self.session.call(&tool, &asked) {
            Reply::Unknown => {
                Answer::Refused(format!("bad request: unknown command: {tool}").into_bytes())
            }
            Reply::WantsStdin => Answer::WantsStdin,
            Reply::Done {
                exit,
                stdout,
                stderr,
            } => {
                let args = asked
                    .args
                    .iter()
                    .map(|a| String::from_utf8_lossy(a).into_owned());
                let argv = [tool].into_iter().chain(args).collect();
                let (out, err) = (stdout.clone(), stderr.clone());
                self.calls.push(Call {
                    argv,
                    stdin: request.stdin,
                    exit,
                    stdout: out,
                    stderr: err,
                    requests: self.session.requests() - before,
                });
                Answer::Done {
                    exit,
                    stdout,
                    stderr,
                }
            }
        }
    }
}

/// The most memory that the process has held so far, in KiB.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
