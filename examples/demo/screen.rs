//! Lines on standard output: indented, wrapped, and coloured where somebody looks.

use std::io::{self, IsTerminal as _, Write as _};

/// The widest line, in characters.
pub(crate) const WIDTH: usize = 100;

/// A blank at which a line is not broken; it is shown as any other.
pub(crate) const HARD_BLANK: &str = "\u{a0}";

/// What a piece of text is, and so its colour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tone {
    Plain,
    Heading,
    Command,
    Quiet,
    New,
    Changed,
    Gone,
    Good,
    Bad,
}

impl Tone {
    /// Parameters of the terminal's colour sequence.
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Heading => "1",
            Self::Command => "1;36",
            Self::Quiet => "2",
            Self::New | Self::Good => "32",
            Self::Changed => "33",
            Self::Gone => "31",
            Self::Bad => "1;31",
        }
    }
}

/// Where the story is shown.
#[derive(Debug)]
pub(crate) struct Screen {
    out: io::Stdout,
    coloured: bool,
}

impl Screen {
    pub(crate) fn stdout() -> Self {
        let out = io::stdout();
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|text| !text.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|text| text == "dumb");
        let coloured = out.is_terminal() && !unwanted && !dumb;
        Self { out, coloured }
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// One line of one tone.
    pub(crate) fn line(&mut self, indent: usize, tone: Tone, text: &str) -> io::Result<()> {
        let text = self.paint(tone, text);
        writeln!(self.out, "{:indent$}{text}", "")
    }

    /// A heading within a step.
    pub(crate) fn section(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        self.line(2, Tone::Heading, text)
    }

    /// A text after a label; further lines stand under the first one's text.
    pub(crate) fn labelled(&mut self, label: &str, tone: Tone, text: &str) -> io::Result<()> {
        let indent = label.chars().count();
        let mut label = label.to_owned();
        for line in wrap(text, WIDTH.saturating_sub(indent)) {
            let line = format!("{label}{}", line.replace(HARD_BLANK, " "));
            self.line(0, tone, &line)?;
            label = " ".repeat(indent);
        }
        Ok(())
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            tone if self.coloured => format!("\u{1b}[{}m{text}\u{1b}[0m", tone.code()),
            _ => text.to_owned(),
        }
    }
}

/// Breaks a text into lines after blanks and commas. What has neither stays whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive([' ', ',']) {
        let line = lines.last_mut().expect("there is always one");
        let fits = line.chars().count() + word.trim_end_matches(' ').chars().count() <= width;
        if fits || line.is_empty() {
            line.push_str(word);
        } else {
            line.truncate(line.trim_end_matches(' ').len());
            lines.push(word.to_owned());
        }
    }
    lines
}
