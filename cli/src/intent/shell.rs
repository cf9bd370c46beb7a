//! A shell script's commands, as tree-sitter's grammar of bash reads them; that of sh is within it.
//!
//! Nothing is run or expanded: a word is what it says literally, or one that only the running shell knows. Whoever wrote the
//! script may mean harm: its size is bounded, and the walk over its tree needs no stack. Not here: what commands mean
//! (`starts.rs`).

use std::collections::BTreeSet;

use tree_sitter::{Node, Parser};

/// Largest script that is read.
pub(super) const SCRIPT_BYTES: usize = 64 << 10;

/// A script.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// In their order, also those of conditions, functions and substitutions.
    pub(super) commands: Vec<Command>,
    /// Names of its functions.
    pub(super) functions: BTreeSet<String>,
    /// Whether all of it was understood.
    pub(super) whole: bool,
}

/// A name with its arguments; never empty.
#[derive(Debug)]
pub(super) struct Command {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) words: Vec<Word>,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Literal(String),
    /// `"$@"`: the arguments that the script was given.
    Arguments,
    /// `$0`: the script itself.
    Script,
    /// Something else that only the running shell knows, as it is written.
    Open(String),
}

/// The interpreter that a script names, if it is a script.
pub(super) fn interpreter(text: &str) -> Option<&str> {
    let mut words = text.lines().next()?.strip_prefix("#!")?.split_whitespace();
    let program = words.next()?;
    if base(program) != "env" {
        return Some(program);
    }
    words.find(|word| !word.starts_with('-') && !word.contains('='))
}

/// Whether a program is a shell that this grammar fits.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(base(program), "sh" | "ash" | "bash" | "dash" | "ksh" | "mksh")
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Reads a script. One that is too large is not understood.
pub(super) fn read(text: &str) -> Script {
    let mut parser = Parser::new();
    let fits = text.len() <= SCRIPT_BYTES && parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_ok();
    let Some(tree) = fits.then(|| parser.parse(text, None)).flatten() else { return Script::default() };
    let mut script = Script { whole: !tree.root_node().has_error(), ..Script::default() };
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        match node.kind() {
            "command" => script.commands.extend(command(node, text)),
            "function_definition" => {
                let name = node.child_by_field_name("name");
                script.functions.extend(name.and_then(|name| slice(name, text)).map(str::to_owned));
            }
            _ => {}
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return script;
            }
        }
    }
}

fn command(node: Node<'_>, text: &str) -> Option<Command> {
    let name = node.child_by_field_name("name")?;
    let mut cursor = node.walk();
    let arguments = node.children_by_field_name("argument", &mut cursor);
    let words = name.child(0).into_iter().chain(arguments).map(|node| word(node, text)).collect();
    Some(Command { line: node.start_position().row + 1, words })
}

fn word(node: Node<'_>, text: &str) -> Word {
    let written = slice(node, text).unwrap_or_default();
    if let Some(literal) = literal(node, written, text) {
        return Word::Literal(literal);
    }
    let bare = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written);
    match bare {
        "$@" | "${@}" | "$*" | "${*}" => Word::Arguments,
        "$0" | "${0}" => Word::Script,
        _ => Word::Open(written.to_owned()),
    }
}

/// What a word says, if it is known before the script runs.
fn literal(node: Node<'_>, written: &str, text: &str) -> Option<String> {
    match node.kind() {
        "word" | "number" => Some(unescaped(written, |_| true)),
        "raw_string" => Some(written.strip_prefix('\'')?.strip_suffix('\'')?.to_owned()),
        "string" if node.named_children(&mut node.walk()).all(|part| part.kind() == "string_content") => {
            let inner = written.strip_prefix('"')?.strip_suffix('"')?;
            Some(unescaped(inner, |c| matches!(c, '$' | '`' | '"' | '\\' | '\n')))
        }
        "concatenation" => {
            let mut cursor = node.walk();
            let parts = node.children(&mut cursor);
            // A concatenation in a concatenation does not come about.
            parts
                .map(|part| match part.kind() {
                    "concatenation" => None,
                    _ => literal(part, slice(part, text)?, text),
                })
                .collect()
        }
        _ => None,
    }
}

/// Without the backslashes before letters that they stand for.
fn unescaped(written: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let (mut all, mut letters) = (String::with_capacity(written.len()), written.chars().peekable());
    while let Some(letter) = letters.next() {
        match letters.peek() {
            // A line that goes on.
            Some('\n') if letter == '\\' => drop(letters.next()),
            Some(&next) if letter == '\\' && is_escaped(next) => {
                all.push(next);
                letters.next();
            }
            _ => all.push(letter),
        }
    }
    all
}

fn slice<'t>(node: Node<'_>, text: &'t str) -> Option<&'t str> {
    text.get(node.byte_range())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let word = |word: &Word| match word {
            Word::Literal(text) => text.clone(),
            Word::Arguments => "<all>".to_owned(),
            Word::Script => "<script>".to_owned(),
            Word::Open(text) => format!("<{text}>"),
        };
        let commands = read(text).commands;
        commands.iter().map(|c| c.words.iter().map(word).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn words_say_what_they_say_before_anything_runs() {
        assert_eq!(
            told("a 'b c' \"d e\" f\\ g \"h\\\"\\i\" 'j'\"k\"l -1 ''"),
            ["a|b c|d e|f g|h\"\\i|jkl|-1|"]
        );
        assert_eq!(
            told("exec gosu u \"$0\" \"$@\" $X \"a$Y\""),
            ["exec|gosu|u|<script>|<all>|<$X>|<\"a$Y\">"]
        );
        assert_eq!(told("A=b c </dev/null >>/tmp/d 2>&1"), ["c"]);
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        let text = "f() { a; }\nif b; then c; elif d; then :; fi\nfor x in 1; do e | g & done\n\
                    case x in y) h;; esac\nwhile i; do j; done\n! k && (l || { m; })\nX=$(n) o `p`\n\
                    cat <<E\n$(q)\nE\n[ -n \"$(r)\" ] || s";
        let script = read(text);
        let names: String = told(text).concat().chars().filter(char::is_ascii_lowercase).collect();
        for name in "abcdeghijklmnopqrs".chars() {
            assert!(names.contains(name), "{name}: {names}");
        }
        assert!(script.whole && script.functions.contains("f"));
        assert_eq!(script.commands.iter().find(|c| c.words == [Word::Literal("k".into())]).unwrap().line, 6);
    }

    #[test]
    fn a_script_names_its_interpreter() {
        for (text, program) in [
            ("#!/bin/sh\n", Some("/bin/sh")),
            ("#! /usr/bin/env -S A=b bash -e\n", Some("bash")),
            ("#!", None),
            ("\u{7f}ELF", None),
        ] {
            assert_eq!(interpreter(text), program);
        }
        assert!(is_shell("/bin/bash") && !is_shell("python3"));
    }

    #[test]
    fn what_is_no_script_or_too_large_is_not_understood() {
        assert!(!read("if then ((").whole);
        assert!(!read(&" ".repeat(SCRIPT_BYTES + 1)).whole);
    }

    #[test]
    fn however_deep_a_script_is_nested_it_is_read() {
        for nest in ["(", "$(", "if ", "{ ", "`", "\"$(", "case x in y) "] {
            let _ = read(&nest.repeat(SCRIPT_BYTES / nest.len()));
        }
    }
}
