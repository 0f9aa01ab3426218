//! The parts of lists and maps, in blocks and in brackets.

use super::{
    Fault,
    parser::{Kind, Node, Parser, empty},
    scanner::{Scanned, Token},
};

impl Parser {
    pub(super) fn block_sequence(&mut self, indentless: bool) -> Scanned<Kind> {
        if !indentless {
            self.skip();
        }
        let mut items = Vec::new();
        while self.take(&Token::BlockEntry)? {
            let (token, mark) = self.peek()?;
            let ends = matches!(token, Token::BlockEntry | Token::BlockEnd)
                || indentless && matches!(token, Token::Key | Token::Value);
            items.push(if ends {
                empty(mark)
            } else {
                self.node(true, false)?
            });
        }
        if !indentless && !self.take(&Token::BlockEnd)? {
            return Err(Fault::Parser(
                self.peek()?.1,
                "did not find expected '-' indicator",
            ));
        }
        Ok(Kind::Sequence(items))
    }

    pub(super) fn block_mapping(&mut self) -> Scanned<Kind> {
        self.skip();
        let mut pairs = Vec::new();
        loop {
            let (token, mark) = self.peek()?;
            let key = match token {
                Token::BlockEnd => {
                    self.skip();
                    return Ok(Kind::Mapping(pairs));
                }
                Token::Key => {
                    self.skip();
                    self.block_part()?
                }
                _ => return Err(Fault::Parser(mark, "did not find expected key")),
            };
            let (_, mark) = self.peek()?;
            let value = if self.take(&Token::Value)? {
                self.block_part()?
            } else {
                empty(mark)
            };
            pairs.push((key, value));
        }
    }

    /// A key or a value, which may not be there.
    fn block_part(&mut self) -> Scanned<Node> {
        let (token, mark) = self.peek()?;
        match token {
            Token::Key | Token::Value | Token::BlockEnd => Ok(empty(mark)),
            _ => self.node(true, true),
        }
    }

    pub(super) fn flow_sequence(&mut self) -> Scanned<Kind> {
        self.skip();
        let mut items = Vec::new();
        loop {
            if self.take(&Token::FlowSequenceEnd)? {
                return Ok(Kind::Sequence(items));
            }
            if !items.is_empty() {
                if !self.take(&Token::FlowEntry)? {
                    return Err(Fault::Parser(
                        self.peek()?.1,
                        "did not find expected ',' or ']'",
                    ));
                }
                if self.take(&Token::FlowSequenceEnd)? {
                    return Ok(Kind::Sequence(items));
                }
            }
            let (token, mark) = self.peek()?;
            let item = if token == Token::Key {
                self.skip();
                let pair = self.flow_pair(&Token::FlowSequenceEnd)?;
                Node {
                    line: mark.line,
                    tag: String::new(),
                    kind: Kind::Mapping(vec![pair]),
                }
            } else {
                self.node(false, false)?
            };
            items.push(item);
        }
    }

    pub(super) fn flow_mapping(&mut self) -> Scanned<Kind> {
        self.skip();
        let mut pairs = Vec::new();
        loop {
            if self.take(&Token::FlowMappingEnd)? {
                return Ok(Kind::Mapping(pairs));
            }
            if !pairs.is_empty() {
                if !self.take(&Token::FlowEntry)? {
                    return Err(Fault::Parser(
                        self.peek()?.1,
                        "did not find expected ',' or '}'",
                    ));
                }
                if self.take(&Token::FlowMappingEnd)? {
                    return Ok(Kind::Mapping(pairs));
                }
            }
            if self.take(&Token::Key)? {
                pairs.push(self.flow_pair(&Token::FlowMappingEnd)?);
            } else {
                let key = self.node(false, false)?;
                let (_, mark) = self.peek()?;
                pairs.push((key, empty(mark)));
            }
        }
    }

    /// What follows the mark of a key.
    fn flow_pair(&mut self, end: &Token) -> Scanned<(Node, Node)> {
        let (token, mark) = self.peek()?;
        let absent = matches!(token, Token::Value | Token::FlowEntry) || token == *end;
        let key = if absent {
            empty(mark)
        } else {
            self.node(false, false)?
        };
        let mut value = None;
        if self.take(&Token::Value)? {
            let token = self.peek()?.0;
            if token != Token::FlowEntry && token != *end {
                value = Some(self.node(false, false)?);
            }
        }
        let (_, mark) = self.peek()?;
        Ok((key, value.unwrap_or_else(|| empty(mark))))
    }
}
