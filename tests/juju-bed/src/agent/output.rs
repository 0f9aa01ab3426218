//! What a hook prints: taken line by line as Juju's agent takes it.

use std::io::{self, PipeReader, Read};

/// The agent reads with a buffer of this size; a longer line comes in pieces.
const PIECE: usize = 4096;

/// What is written to the pipe after the process has ended: all before it is the process's own.
pub(super) const END_MARK: &[u8] = b"\0\x17end of the hook's own output\x17\0";

/// Reads until the mark, so that a child left in the background cannot hold up the agent.
pub(super) fn collect(mut pipe: PipeReader) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let n = pipe.read(&mut buffer)?;
        // The mark may have come in two pieces.
        let from = all.len().saturating_sub(END_MARK.len());
        all.extend_from_slice(&buffer[..n]);
        if let Some(at) = find(&all[from..], END_MARK) {
            all.truncate(from + at);
            return Ok(all);
        }
        if n == 0 {
            return Ok(all);
        }
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

/// One piece of output, and whether its line ends with it.
pub(super) type Piece = (Vec<u8>, bool);

/// The lines, in pieces if long. A last line without its end is lost, as it is in Juju, but for its full pieces.
pub(super) fn pieces(output: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = output;
    loop {
        let window = &rest[..rest.len().min(PIECE)];
        if let Some(at) = window.iter().position(|b| *b == b'\n') {
            let line = &rest[..at];
            pieces.push((line.strip_suffix(b"\r").unwrap_or(line).to_vec(), true));
            rest = &rest[at + 1..];
        } else if window.len() == PIECE {
            // A carriage return at the very end waits for what follows.
            let at = if window.ends_with(b"\r") {
                PIECE - 1
            } else {
                PIECE
            };
            pieces.push((rest[..at].to_vec(), false));
            rest = &rest[at..];
        } else {
            return pieces;
        }
    }
}

/// The output as an action's result has it.
pub(super) fn joined(pieces: &[Piece]) -> Vec<u8> {
    let mut text = Vec::new();
    for (piece, ends) in pieces {
        text.extend(piece);
        if *ends {
            text.push(b'\n');
        }
    }
    text
}
