//! From tokens to the nodes of the first document.

use std::collections::BTreeMap;

use super::{
    Fault, Mark,
    scanner::{Scanned, Scanner, Token},
};

const STANDARD_PREFIX: &str = "tag:yaml.org,2002:";

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The line on which it begins.
    pub(super) line: usize,
    /// The tag, empty if none is given.
    pub(super) tag: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A text, and whether it stands there without quotes.
    Scalar(String, bool),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values as they come.
    Mapping(Vec<(Node, Node)>),
}

/// Takes tokens as the grammar has them.
#[derive(Debug)]
pub(super) struct Parser {
    scanner: Scanner,
    handles: BTreeMap<String, String>,
    anchors: BTreeMap<String, Node>,
}

impl Parser {
    /// At the beginning.
    pub(super) fn new(scanner: Scanner) -> Self {
        Self {
            scanner,
            handles: BTreeMap::new(),
            anchors: BTreeMap::new(),
        }
    }

    /// The first document, if there is one.
    pub(super) fn document(&mut self) -> Scanned<Option<Node>> {
        self.expect_any()?;
        let (token, _) = self.peek()?;
        if token == Token::StreamEnd {
            return Ok(None);
        }
        let explicit = matches!(
            token,
            Token::VersionDirective(..) | Token::TagDirective(..) | Token::DocumentStart
        );
        self.directives()?;
        if !explicit {
            let node = self.node(true, false)?;
            // The end of the document is only known from what follows.
            self.peek()?;
            return Ok(Some(node));
        }
        let (token, mark) = self.peek()?;
        if token != Token::DocumentStart {
            return Err(Fault::Parser(
                mark,
                "did not find expected <document start>",
            ));
        }
        self.skip();
        self.root().map(Some)
    }

    fn root(&mut self) -> Scanned<Node> {
        let (token, mark) = self.peek()?;
        let ends = matches!(
            token,
            Token::VersionDirective(..)
                | Token::TagDirective(..)
                | Token::DocumentStart
                | Token::DocumentEnd
                | Token::StreamEnd
        );
        let node = if ends {
            empty(mark)
        } else {
            self.node(true, false)?
        };
        self.peek()?;
        Ok(node)
    }

    fn directives(&mut self) -> Scanned {
        let mut has_version = false;
        loop {
            let (token, mark) = self.peek()?;
            match token {
                Token::VersionDirective(..) if has_version => {
                    return Err(Fault::Parser(mark, "found duplicate %YAML directive"));
                }
                Token::VersionDirective(1, 1) => has_version = true,
                Token::VersionDirective(..) => {
                    return Err(Fault::Parser(mark, "found incompatible YAML document"));
                }
                Token::TagDirective(handle, prefix) => {
                    if self.handles.insert(handle, prefix).is_some() {
                        return Err(Fault::Parser(mark, "found duplicate %TAG directive"));
                    }
                }
                _ => break,
            }
            self.skip();
        }
        for (handle, prefix) in [("!", "!"), ("!!", STANDARD_PREFIX)] {
            self.handles
                .entry(handle.into())
                .or_insert_with(|| prefix.into());
        }
        Ok(())
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Scanned<(Token, Mark)> {
        self.scanner.peek()
    }

    fn expect_any(&mut self) -> Scanned {
        self.peek()?;
        self.skip();
        Ok(())
    }

    /// Takes the token that was looked at.
    pub(super) fn skip(&mut self) {
        self.scanner.skip_token();
    }

    /// Takes the next token if it is this one.
    pub(super) fn take(&mut self, wanted: &Token) -> Scanned<bool> {
        let found = self.peek()?.0 == *wanted;
        if found {
            self.skip();
        }
        Ok(found)
    }

    /// A node; `indentless` says that a list may begin without being further in.
    pub(super) fn node(&mut self, block: bool, indentless: bool) -> Scanned<Node> {
        let (token, start) = self.peek()?;
        if let Token::Alias(name) = token {
            self.skip();
            let known = self.anchors.get(&name).cloned();
            return known
                .ok_or_else(|| Fault::Other(format!("unknown anchor '{name}' referenced")));
        }
        let (anchor, tag) = self.properties()?;
        let named = anchor.is_some() || tag.is_some();
        let (token, mark) = self.peek()?;
        let start = if named { start } else { mark };
        let mut node = Node {
            line: start.line,
            tag: tag.unwrap_or_default(),
            kind: Kind::Scalar(String::new(), true),
        };
        self.remember(anchor.as_ref(), &node, &token);
        node.kind = match token {
            Token::BlockEntry if indentless => self.block_sequence(true)?,
            Token::Scalar(text, plain) => {
                self.skip();
                // A lone mark says that the text is to be taken as if it had no quotes.
                let lone = node.tag == "!";
                if lone {
                    node.tag.clear();
                }
                Kind::Scalar(text, plain || lone)
            }
            Token::FlowSequenceStart => self.flow_sequence()?,
            Token::FlowMappingStart => self.flow_mapping()?,
            Token::BlockSequenceStart if block => self.block_sequence(false)?,
            Token::BlockMappingStart if block => self.block_mapping()?,
            _ if named => node.kind,
            _ => return Err(Fault::Parser(mark, "did not find expected node content")),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// While a node is read, its anchor already stands for something of its kind.
    fn remember(&mut self, anchor: Option<&String>, node: &Node, token: &Token) {
        let kind = match token {
            Token::FlowSequenceStart | Token::BlockSequenceStart | Token::BlockEntry => {
                Kind::Sequence(Vec::new())
            }
            Token::FlowMappingStart | Token::BlockMappingStart => Kind::Mapping(Vec::new()),
            _ => return,
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(
                anchor.clone(),
                Node {
                    kind,
                    ..node.clone()
                },
            );
        }
    }

    /// An anchor and a tag, in any order.
    fn properties(&mut self) -> Scanned<(Option<String>, Option<String>)> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            let (token, mark) = self.peek()?;
            match token {
                Token::Anchor(name) if anchor.is_none() => anchor = Some(name),
                Token::Tag(handle, suffix) if tag.is_none() => {
                    let prefix = if handle.is_empty() {
                        Some("")
                    } else {
                        self.handles.get(&handle).map(String::as_str)
                    };
                    let prefix = prefix.ok_or(Fault::Parser(mark, "found undefined tag handle"))?;
                    tag = Some(format!("{prefix}{suffix}"));
                }
                _ => return Ok((anchor, tag)),
            }
            self.skip();
        }
    }
}

/// A node that is not there.
pub(super) fn empty(mark: Mark) -> Node {
    Node {
        line: mark.line,
        tag: String::new(),
        kind: Kind::Scalar(String::new(), true),
    }
}
