//! One process of the charm: started, served, waited for.

use std::{
    ffi::OsString,
    io::{self, PipeReader, PipeWriter, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{context::Context, tools::Session};

use super::{
    End, Orders, Place, Ran, end, env,
    files::{self, Socket},
    output, serve, signals,
};

/// How long a program may be busy because somebody has it open for writing.
const BUSY_LIMIT: Duration = Duration::from_secs(2);

/// The pipes for what the process prints: it is read until the process has ended and the rest is marked off.
struct Output {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Output {
    fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { reader, writer })
    }
}

/// Runs `argv` in the charm's folder with the environment and the tools of the run.
pub(super) fn run(
    place: &Place,
    context: &Context,
    orders: &Orders,
    argv: &[OsString],
) -> io::Result<Ran> {
    let id = env::context_id(context);
    let tools = files::tools_folder(&place.base, context.version)?;
    let socket = Socket::open(&place.base)?;
    let environment = env::environment(place, context, &id, &tools, &socket.path);
    let (stdout, stderr) = (Output::new()?, Output::new()?);

    let mut command = Command::new(&argv[0]);
    command
        .args(&argv[1..])
        .arg0(&argv[0])
        .env_clear()
        .envs(environment.iter().cloned());
    // A group of its own, which is killed as one.
    command
        .current_dir(place.base.join("charm"))
        .process_group(0)
        .stdin(Stdio::null());
    command
        .stdout(stdout.writer.try_clone()?)
        .stderr(stderr.writer.try_clone()?);

    signals::hand_down_none_ignored();
    let started = Instant::now();
    let mut session = Session::new(context);
    let spawned = orders.process.start(&context.unit, || spawn(&mut command));
    // Its copies of the pipes' ends must not outlive the process.
    drop(command);
    let argv0 = argv[0].to_string_lossy().into_owned();
    let mut ran = Ran {
        argv0: argv0.clone(),
        env: environment,
        calls: Vec::new(),
        end: End::NotRun,
        wall: Duration::ZERO,
        peak_kib: 0,
        stdout: Vec::new(),
        stderr: Vec::new(),
        effects: Default::default(),
    };
    match spawned {
        Err(error) => {
            let reason = format!("fork/exec {argv0}: {}", files::system_words(&error));
            ran.effects = end::effects(session, &[], &[], &end::Ending::NotStarted(reason));
        }
        Ok((child, running)) => {
            if orders.kill_after == Some(0) {
                running.kill();
            }
            let pid = child.id();
            let server = serve::Server {
                id: &id,
                pid,
                session: &mut session,
                calls: &mut ran.calls,
                peak: &mut ran.peak_kib,
                running: &running,
                kill_after: orders.kill_after,
            };
            let wait = move || {
                let mut child = child;
                orders.process.wait(&context.unit, &mut child)
            };
            let (status, stdout, stderr) = attend(wait, &socket, server, stdout, stderr)?;
            (ran.stdout, ran.stderr) = (stdout, stderr);
            ran.wall = started.elapsed();
            ran.end = match status.signal() {
                Some(signal) => End::Signal(signal),
                None => End::Exit(status.code().unwrap_or(-1)),
            };
            let ending = end::Ending::Ended(ran.end);
            ran.effects = end::effects(session, &ran.stdout, &ran.stderr, &ending);
        }
    }
    Ok(ran)
}

/// A program that was written a moment ago may still be open in a child that another thread is just starting.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let began = Instant::now();
    loop {
        match command.spawn() {
            Err(e)
                if e.kind() == io::ErrorKind::ExecutableFileBusy
                    && began.elapsed() < BUSY_LIMIT =>
            {
                thread::yield_now();
            }
            other => return other,
        }
    }
}

/// Serves the tools and takes the output until the process ends.
fn attend(
    wait: impl FnOnce() -> io::Result<ExitStatus>,
    socket: &Socket,
    mut server: serve::Server<'_, '_>,
    mut stdout: Output,
    mut stderr: Output,
) -> io::Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let out = scope.spawn(move || output::collect(stdout.reader));
        let err = scope.spawn(move || output::collect(stderr.reader));
        let over = &over;
        let server = scope.spawn(move || server.serve(&socket.listener, over));
        let status = wait();
        over.store(true, Ordering::Release);
        // Wakes the server and the readers, which then see that it is over; one that is gone already needs no waking.
        drop(std::os::unix::net::UnixStream::connect(&socket.path));
        let _ = stdout.writer.write_all(output::END_MARK);
        let _ = stderr.writer.write_all(output::END_MARK);
        drop((stdout.writer, stderr.writer));
        server
            .join()
            .map_err(|_| io::Error::other("the agent's server failed"))?;
        let lost = |_| io::Error::other("a reader of output failed");
        let (out, err) = (out.join().map_err(lost)??, err.join().map_err(lost)??);
        Ok((status?, out, err))
    })
}
