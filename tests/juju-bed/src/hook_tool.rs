//! The program behind every hook tool: asks the agent over its socket, prints what it answers and exits as told.
//!
//! Like Juju's own, it knows nothing of the tools: it sends its folder, its name and its arguments, and a second time
//! with its standard input if the agent wants that.
//!
//! A message either way is a list of byte strings: their count, then each one's length and bytes, lengths in four
//! bytes, the highest first.

use std::{
    env,
    ffi::OsString,
    io::{self, Read, Write},
    os::unix::{ffi::OsStringExt, net::UnixStream},
    process::exit,
};

fn main() {
    let code = match ask_agent() {
        Ok(code) => code,
        Err(text) => {
            let _ = writeln!(io::stderr(), "ERROR {text}");
            1
        }
    };
    exit(code);
}

fn ask_agent() -> Result<i32, String> {
    let context = variable("JUJU_CONTEXT_ID")?;
    let address = variable("JUJU_AGENT_SOCKET_ADDRESS")?;
    let network = variable("JUJU_AGENT_SOCKET_NETWORK")?;
    if network != "unix" {
        let network = network.to_string_lossy();
        return Err(format!("dial {network}: unknown network {network}"));
    }
    let folder = env::current_dir()
        .map_err(|e| e.to_string())?
        .into_os_string()
        .into_vec();
    let mut argv = env::args_os().map(OsString::into_vec);
    let tool = argv.next().unwrap_or_default();
    let tool = tool
        .rsplit(|b| *b == b'/')
        .next()
        .unwrap_or_default()
        .to_vec();
    let mut request = vec![context.into_vec(), folder, b"no".to_vec(), Vec::new(), tool];
    request.extend(argv);

    let mut answer = call(&address, &request)?;
    if answer.first().is_some_and(|kind| kind == b"stdin") {
        request[2] = b"yes".to_vec();
        io::stdin()
            .lock()
            .read_to_end(&mut request[3])
            .map_err(|e| e.to_string())?;
        answer = call(&address, &request)?;
    }
    report(&answer)
}

/// An empty variable counts as unset.
fn variable(name: &str) -> Result<OsString, String> {
    env::var_os(name)
        .filter(|v| !v.is_empty())
        .ok_or_else(|| format!("{name} not set"))
}

fn report(answer: &[Vec<u8>]) -> Result<i32, String> {
    match answer {
        [kind, code, stdout, stderr] if kind == b"done" => {
            // Whoever closed the other end does not want to know.
            let _ = io::stdout()
                .write_all(stdout)
                .and_then(|()| io::stdout().flush());
            let _ = io::stderr().write_all(stderr);
            Ok(String::from_utf8_lossy(code).parse().unwrap_or(1))
        }
        [kind, text] if kind == b"error" => Err(String::from_utf8_lossy(text).into_owned()),
        _ => Err("unexpected EOF".into()),
    }
}

fn call(address: &OsString, request: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
    let mut stream = UnixStream::connect(address).map_err(|e| {
        format!(
            "dial unix {}: connect: {}",
            address.to_string_lossy(),
            reason(&e)
        )
    })?;
    let mut message = length(request.len()).to_vec();
    for part in request {
        message.extend(length(part.len()));
        message.extend(part);
    }
    stream
        .write_all(&message)
        .and_then(|()| receive(&mut stream))
        .map_err(|e| reason(&e))
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes()
}

fn receive(stream: &mut UnixStream) -> io::Result<Vec<Vec<u8>>> {
    let mut number = [0; 4];
    stream.read_exact(&mut number)?;
    let mut parts = Vec::new();
    for _ in 0..u32::from_be_bytes(number) {
        stream.read_exact(&mut number)?;
        let mut part = vec![0; u32::from_be_bytes(number) as usize];
        stream.read_exact(&mut part)?;
        parts.push(part);
    }
    Ok(parts)
}

/// The words of Go for what the system says: lower case and without the number.
fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::InvalidInput {
        return "invalid argument".into();
    }
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_lowercase()
}
