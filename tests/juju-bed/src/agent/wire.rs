//! The messages between the hook-tool program and the agent: lists of byte strings with lengths in front.

use std::io::{self, Read, Write};

/// No message of a test is larger; what claims to be is not one.
const LIMIT: u32 = 64 << 20;

/// What a hook tool asks.
#[derive(Debug)]
pub(super) struct Request {
    /// Of the hook that it believes to run in.
    pub(super) context_id: Vec<u8>,
    /// Its working directory.
    pub(super) folder: Vec<u8>,
    /// Its standard input, if it was told to read it.
    pub(super) stdin: Option<Vec<u8>>,
    /// The last part of `argv[0]`.
    pub(super) tool: Vec<u8>,
    /// The rest.
    pub(super) args: Vec<Vec<u8>>,
}

/// What it is told.
#[derive(Debug)]
pub(super) enum Answer {
    /// Print this and exit.
    Done {
        exit: i32,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// Ask again with the standard input.
    WantsStdin,
    /// The request itself was refused.
    Refused(Vec<u8>),
}

/// Reads a request; an incomplete one is an error, as when the program was killed.
pub(super) fn receive(stream: &mut impl Read) -> io::Result<Request> {
    let mut parts = Vec::new();
    for _ in 0..number(stream)? {
        let mut part = vec![0; number(stream)? as usize];
        stream.read_exact(&mut part)?;
        parts.push(part);
    }
    let mut parts = parts.into_iter();
    let mut next = || {
        parts
            .next()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    };
    let (context_id, folder, read, stdin, tool) = (next()?, next()?, next()?, next()?, next()?);
    let stdin = (read == b"yes").then_some(stdin);
    Ok(Request {
        context_id,
        folder,
        stdin,
        tool,
        args: parts.collect(),
    })
}

/// Sends an answer.
pub(super) fn send(stream: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let code;
    let parts: Vec<&[u8]> = match answer {
        Answer::Done {
            exit,
            stdout,
            stderr,
        } => {
            code = exit.to_string();
            vec![b"done", code.as_bytes(), stdout, stderr]
        }
        Answer::WantsStdin => vec![b"stdin"],
        Answer::Refused(text) => vec![b"error", text],
    };
    let mut message = length(parts.len()).to_vec();
    for part in parts {
        message.extend(length(part.len()));
        message.extend(part);
    }
    stream.write_all(&message)
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes()
}

fn number(stream: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes)?;
    let n = u32::from_be_bytes(bytes);
    if n > LIMIT {
        Err(io::ErrorKind::InvalidData.into())
    } else {
        Ok(n)
    }
}
