//! JSON as Go's scanner reads it, with its words for what is wrong.

use serde_json::Value;

/// The text of a 400.
type Complaint = String;

/// The first value of a body; what follows it does not count.
pub(super) fn first_value(body: &[u8]) -> Result<Value, Complaint> {
    let mut scanner = Scanner::new(body);
    scanner.blanks();
    if scanner.rest.is_empty() {
        return Err("EOF".to_owned());
    }
    let text = scanner.value()?;
    Ok(read(text))
}

/// The members of the object that a body begins with, in their order.
pub(super) fn members(body: &[u8]) -> Result<Vec<(String, Value)>, Complaint> {
    let mut scanner = Scanner::new(body);
    scanner.blanks();
    scanner.object()
}

/// What was scanned is well formed. Half of a surrogate pair is not for the library that reads it;
/// Go puts a replacement for it.
fn read(text: &[u8]) -> Value {
    let text = String::from_utf8_lossy(text);
    serde_json::from_str(&text).unwrap_or_else(|_| Value::String("\u{fffd}".to_owned()))
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next byte that is not blank, which is left where it is.
    fn next(&mut self) -> Result<u8, Complaint> {
        self.blanks();
        self.peek()
    }

    fn peek(&self) -> Result<u8, Complaint> {
        self.rest
            .first()
            .copied()
            .ok_or_else(|| "unexpected EOF".to_owned())
    }

    fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// The text of the value that follows.
    fn value(&mut self) -> Result<&'a [u8], Complaint> {
        self.blanks();
        let start = self.rest;
        match self.peek()? {
            b'{' => drop(self.object()?),
            b'[' => self.array()?,
            b'"' => self.string()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            other => return Err(stranger(other, "looking for beginning of value")),
        }
        Ok(&start[..start.len() - self.rest.len()])
    }

    fn object(&mut self) -> Result<Vec<(String, Value)>, Complaint> {
        let mut members = Vec::new();
        self.skip();
        if self.next()? == b'}' {
            self.skip();
            return Ok(members);
        }
        loop {
            let start = match self.next()? {
                b'"' => self.rest,
                other => {
                    return Err(stranger(
                        other,
                        "looking for beginning of object key string",
                    ));
                }
            };
            self.string()?;
            let name = read(&start[..start.len() - self.rest.len()]);
            match self.next()? {
                b':' => self.skip(),
                other => return Err(stranger(other, "after object key")),
            }
            let value = read(self.value()?);
            members.push((name.as_str().unwrap_or_default().to_owned(), value));
            match self.next()? {
                b',' => self.skip(),
                b'}' => {
                    self.skip();
                    return Ok(members);
                }
                other => return Err(stranger(other, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self) -> Result<(), Complaint> {
        self.skip();
        if self.next()? == b']' {
            self.skip();
            return Ok(());
        }
        loop {
            self.value()?;
            match self.next()? {
                b',' => self.skip(),
                b']' => {
                    self.skip();
                    return Ok(());
                }
                other => return Err(stranger(other, "after array element")),
            }
        }
    }

    fn string(&mut self) -> Result<(), Complaint> {
        self.skip();
        loop {
            let byte = self.peek()?;
            match byte {
                b'"' => {
                    self.skip();
                    return Ok(());
                }
                b'\\' => self.escape()?,
                0..=0x1f => return Err(stranger(byte, "in string literal")),
                _ => self.skip(),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Complaint> {
        self.skip();
        match self.peek()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.skip(),
            b'u' => {
                self.skip();
                for _ in 0..4 {
                    let digit = self.peek()?;
                    if !digit.is_ascii_hexdigit() {
                        return Err(stranger(digit, "in \\u hexadecimal character escape"));
                    }
                    self.skip();
                }
            }
            other => return Err(stranger(other, "in string escape code")),
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Complaint> {
        for wanted in word.bytes() {
            let byte = self.peek()?;
            if byte != wanted {
                let wanted = char::from(wanted);
                let place = format!("in literal {word} (expecting '{wanted}')");
                return Err(stranger(byte, &place));
            }
            self.skip();
        }
        Ok(())
    }

    /// A number may end where the body does.
    fn number(&mut self) -> Result<(), Complaint> {
        if self.rest.first() == Some(&b'-') {
            self.skip();
        }
        match self.peek()? {
            b'0' => self.skip(),
            b'1'..=b'9' => self.digits(),
            other => return Err(stranger(other, "in numeric literal")),
        }
        if self.rest.first() == Some(&b'.') {
            self.skip();
            self.some_digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.rest.first() {
            self.skip();
            if let Some(b'+' | b'-') = self.rest.first() {
                self.skip();
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn some_digits(&mut self, place: &str) -> Result<(), Complaint> {
        let first = self.peek()?;
        if !first.is_ascii_digit() {
            return Err(stranger(first, place));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.rest.first().is_some_and(u8::is_ascii_digit) {
            self.skip();
        }
    }
}

/// Go tells a byte as a character, whatever it is part of.
fn stranger(byte: u8, place: &str) -> Complaint {
    let shown = match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => format!("'{}'", char::from(byte).escape_debug()),
    };
    format!("invalid character {shown} {place}")
}
