//! A service on its way to a document: what its values are, with variables put in and with errors and notes in words.

use std::collections::BTreeSet;

use super::{
    node::{Node, Value},
    variables::expanded,
    words::split,
};
use crate::intent::{
    document::{Document, Fact, Metadata},
    yaml::{DocumentError, Source},
};

const TEXT: &str = "write one text there, in quotes if need be";
const LIST: &str = "write a list, such as `[a, b]`";

pub(super) struct Service<'a> {
    source: &'a Source,
    node: &'a Node,
    pub(super) document: Document,
    /// Variables without a value that stay as they are written in facts.
    unknown: BTreeSet<String>,
}

impl<'a> Service<'a> {
    pub(super) fn new(source: &'a Source, name: &str, node: &'a Node) -> Self {
        let document = Document::new(Metadata { name: name.to_owned(), ..Metadata::default() });
        Self { source, node, document, unknown: BTreeSet::new() }
    }

    pub(super) fn done(self) -> Document {
        let mut document = self.document;
        document.notes.extend(
            self.unknown
                .iter()
                .map(|name| format!("{name} has no value in this file and stays as it is written")),
        );
        document
    }

    /// A field of the service, unless it is nothing.
    pub(super) fn field(&self, name: &str) -> Option<&'a Node> {
        self.node.get(name)
    }

    pub(super) fn from(&self, node: &Node) -> String {
        self.source.line(node.at.line())
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.document.notes.push(note.into());
    }

    pub(super) fn wrong(&self, node: &Node, why: impl Into<String>, advice: &'static str) -> DocumentError {
        self.source.wrong(node.at, why, advice)
    }

    fn unfit(&self, node: &Node, name: &str, due: &str, advice: &'static str) -> DocumentError {
        self.wrong(node, format!("{name} is {}, not {due}", node.kind()), advice)
    }

    /// A scalar as it is written.
    pub(super) fn written(&self, node: &'a Node, name: &str) -> Result<&'a str, DocumentError> {
        node.scalar(self.source.text()).ok_or_else(|| self.unfit(node, name, "a text", TEXT))
    }

    /// A scalar; what has no value stays as it is written.
    pub(super) fn text(&mut self, node: &'a Node, name: &str) -> Result<String, DocumentError> {
        self.text_and_unknown(node, name).map(|(text, _)| text)
    }

    /// The same with the variables in it that have no value.
    pub(super) fn text_and_unknown(
        &mut self,
        node: &'a Node,
        name: &str,
    ) -> Result<(String, BTreeSet<String>), DocumentError> {
        let mut unknown = BTreeSet::new();
        let text = expanded(self.written(node, name)?, &mut unknown);
        self.unknown.extend(unknown.iter().cloned());
        Ok((text, unknown))
    }

    /// A scalar whose value has to be known; if it is not, a note says so.
    pub(super) fn known(&mut self, node: &'a Node, name: &str) -> Result<Option<String>, DocumentError> {
        let mut unknown = BTreeSet::new();
        let text = expanded(self.written(node, name)?, &mut unknown);
        let Some(variable) = unknown.first() else { return Ok(Some(text)) };
        let note =
            format!("{name} at {} is not known: {variable} has no value in this file", self.from(node));
        self.note(note);
        Ok(None)
    }

    /// Yes or no, as Compose takes it.
    pub(super) fn flag(&mut self, node: &'a Node, name: &str) -> Result<Option<Fact<bool>>, DocumentError> {
        let Some(text) = self.known(node, name)? else { return Ok(None) };
        let value = match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "on" => true,
            "false" | "no" | "n" | "off" => false,
            _ => {
                let why = format!("{name} is {text:?}, neither true nor false");
                return Err(self.wrong(node, why, "write true or false, or a variable with such a default"));
            }
        };
        Ok(Some(Fact { value, from: self.from(node) }))
    }

    /// Whether a flag of the service is set.
    pub(super) fn is_set(&mut self, name: &str) -> Result<Option<Fact<bool>>, DocumentError> {
        self.field(name).map_or(Ok(None), |node| self.flag(node, name))
    }

    /// The items of a list.
    pub(super) fn list(&self, node: &'a Node, name: &str) -> Result<Vec<&'a Node>, DocumentError> {
        match &node.value {
            Value::List(items) => Ok(items.iter().filter(|item| !item.reset()).collect()),
            _ => Err(self.unfit(node, name, "a list", LIST)),
        }
    }

    /// The items of a list that the service has by this name.
    pub(super) fn items(&self, name: &str) -> Result<Vec<&'a Node>, DocumentError> {
        self.field(name).map_or(Ok(Vec::new()), |node| self.list(node, name))
    }

    /// The same, or the one thing that is there instead of a list.
    pub(super) fn one_or_items(&self, name: &str) -> Result<Vec<&'a Node>, DocumentError> {
        match self.field(name) {
            Some(node) if matches!(node.value, Value::List(_)) => self.list(node, name),
            one => Ok(one.into_iter().collect()),
        }
    }

    /// Words of a command: of a text as a shell parts it.
    pub(super) fn words(&mut self, node: &'a Node, name: &str) -> Result<Vec<String>, DocumentError> {
        match &node.value {
            Value::List(_) => {
                let words = self.list(node, name)?;
                words.into_iter().map(|word| self.text(word, &format!("a word of {name}"))).collect()
            }
            Value::Text(_) | Value::Plain(_) => {
                let text = self.text(node, name)?;
                let (words, end) = split(&text)
                    .map_err(|why| self.wrong(node, why, "close it or quote it, or write a list of words"))?;
                if let Some(end) = end {
                    let from = self.from(node);
                    self.note(format!("Compose passes over what is in {name} from the {end} on at {from}"));
                }
                Ok(words)
            }
            Value::Nothing | Value::Map(_) => Err(self.unfit(
                node,
                name,
                "a text or a list of words",
                "write it as `[\"program\", \"argument\"]`",
            )),
        }
    }

    /// Names of variables: of a mapping, or of a list of NAME=value. Values are never read.
    pub(super) fn names(&mut self, node: &'a Node, name: &str) -> Result<Vec<Fact<String>>, DocumentError> {
        if let Value::Map(entries) = &node.value {
            if let Some((key, _)) = entries.iter().find(|(key, _)| key.value.is_empty()) {
                let why = format!("an entry of {name} has no name");
                return Err(self.source.wrong(key.defined, why, "write one in front of the colon"));
            }
            let there = entries.iter().filter(|(_, value)| !value.reset());
            return Ok(there.map(|(key, _)| self.source.fact(key.clone())).collect());
        }
        let advice = "write a mapping, or a list of NAME=value";
        let Value::List(_) = &node.value else {
            return Err(self.unfit(node, name, "a mapping or a list", advice));
        };
        let mut facts = Vec::new();
        for item in self.list(node, name)? {
            let Some(written) = item.scalar(self.source.text()) else {
                return Err(self.unfit(item, &format!("an entry of {name}"), "NAME=value", advice));
            };
            let name = written.split('=').next().unwrap_or_default();
            let mut unknown = BTreeSet::new();
            let value = expanded(name, &mut unknown);
            self.unknown.append(&mut unknown);
            facts.push(Fact { value, from: self.from(item) });
        }
        Ok(facts)
    }
}
