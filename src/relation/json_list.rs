//! A JSON list, element by element: what stands before an error in it can be read. Pure.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// What a value holds: the elements of a list, the one text that it is, or nothing.
#[derive(Debug, Default)]
pub(super) struct List<'a> {
    /// What could be read.
    pub elements: Vec<Element<'a>>,
    /// Why it could not be read to its end.
    pub error: Option<Broken<'a>>,
}

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element<'a> {
    /// A text.
    Text(String),
    /// Anything else, as it was written.
    Other(&'a str),
}

/// Where a value cannot be read any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken<'a> {
    /// The place of the element in its list, from 0.
    pub index: usize,
    /// What was not read.
    pub rest: &'a str,
    /// Why, where, and what to give instead. Nothing of the value itself is in it.
    pub words: String,
}

/// Whether a value is meant as JSON: it begins as a list or a text, or can be parsed whole.
#[must_use]
pub(super) fn is_json(value: &str) -> bool {
    value.starts_with(['[', '"']) || serde_json::from_str::<IgnoredAny>(value).is_ok()
}

/// Reads a list, one text, or `null`. Blanks around it must be gone.
#[must_use]
pub(super) fn read(value: &str) -> List<'_> {
    let mut list = List::default();
    let mut reader = Position { value, place: 0 };
    let result = match value.chars().next() {
        Some('[') => reader.elements(&mut list.elements),
        Some('"') => reader.only_text(&mut list.elements),
        _ if value == "null" => Ok(()),
        _ => Err("JSON, but neither a list nor a text".to_owned()),
    };
    if let Err(words) = result {
        list.error = Some(Broken {
            index: list.elements.len(),
            rest: reader.rest(),
            words: format!("{words}; write it as JSON: a list of certificates in PEM"),
        });
    }
    list
}

struct Position<'a> {
    value: &'a str,
    place: usize,
}

impl<'a> Position<'a> {
    fn rest(&self) -> &'a str {
        self.value.get(self.place..).unwrap_or_default()
    }

    fn elements(&mut self, elements: &mut Vec<Element<'a>>) -> Result<(), String> {
        self.place += 1;
        if self.next_is(']') {
            return self.end();
        }
        loop {
            let element = self.element()?;
            elements.push(element);
            if self.next_is(']') {
                return self.end();
            }
            if !self.next_is(',') {
                return Err(self.wrong("neither a comma nor the end of the list"));
            }
        }
    }

    fn only_text(&mut self, elements: &mut Vec<Element<'a>>) -> Result<(), String> {
        let element = self.element()?;
        elements.push(element);
        self.end()
    }

    fn element(&mut self) -> Result<Element<'a>, String> {
        self.skip_blanks();
        let mut values = Deserializer::from_str(self.rest()).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                let raw = self.rest().get(..values.byte_offset()).unwrap_or_default();
                self.place += raw.len();
                Ok(match serde_json::from_str(raw) {
                    Ok(text) => Element::Text(text),
                    Err(_) => Element::Other(raw),
                })
            }
            None => Err(self.wrong("cut off")),
            Some(Err(error)) if error.is_eof() => Err(self.wrong("cut off in what begins")),
            Some(Err(_)) if self.rest().starts_with('\'') => {
                Err(self.wrong("single quotes, as Python writes a list"))
            }
            // The library's words quote nothing.
            Some(Err(error)) => {
                let words = error.to_string();
                Err(self.wrong(words.split(" at line ").next().unwrap_or_default()))
            }
        }
    }

    fn end(&mut self) -> Result<(), String> {
        self.skip_blanks();
        match self.rest() {
            "" => Ok(()),
            _ => Err(self.wrong("something behind the end")),
        }
    }

    fn next_is(&mut self, letter: char) -> bool {
        self.skip_blanks();
        let is = self.rest().starts_with(letter);
        self.place += usize::from(is);
        is
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.place += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn wrong(&self, what: &str) -> String {
        let before = self.value.get(..self.place).unwrap_or_default();
        format!("{what} at character {}", before.chars().count() + 1)
    }
}
