//! Which instruction of the build said something: the history of an image, as its config has it.
//!
//! A history is what a builder wrote down and binds nobody, so the config says what holds, and an instruction is only named
//! where it says the same. Its text is never told: it may hold values of the environment.

use serde_json::Value;

/// What each step says that made it, first step first; nothing where that is not understood.
#[derive(Default)]
pub(super) struct History(Vec<String>);

impl History {
    /// Of the `history` of a config.
    pub(super) fn of_config(history: Option<&Value>) -> Self {
        let steps = history.and_then(Value::as_array).into_iter().flatten();
        let said =
            |step: &Value| step.get("created_by").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self(steps.map(said).collect())
    }

    /// The number of the last step with this instruction, if it says all of these words.
    pub(super) fn of(&self, instruction: &str, words: &[&str]) -> Option<usize> {
        let (number, rest) = self.steps(instruction).next()?;
        (!words.is_empty() && words.iter().all(|word| says(rest, word))).then_some(number)
    }

    /// The number of the last step with this instruction that says a word; of instructions that add to what others said.
    pub(super) fn adding(&self, instruction: &str, word: &str) -> Option<usize> {
        self.steps(instruction).find(|(_, rest)| says(rest, word)).map(|(number, _)| number)
    }

    /// Steps with this instruction, the last one first, and what stands behind it.
    fn steps<'h>(&'h self, instruction: &'h str) -> impl Iterator<Item = (usize, &'h str)> {
        self.0.iter().enumerate().rev().filter_map(move |(number, step)| {
            // BuildKit writes `USER app`, other builders `/bin/sh -c #(nop)  USER app`.
            let written = step.trim_start_matches("/bin/sh -c #(nop)").trim_start();
            let (found, rest) = written.split_once(char::is_whitespace)?;
            found.eq_ignore_ascii_case(instruction).then_some((number, rest))
        })
    }
}

/// Whether a text has a word that is no part of another one.
fn says(text: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/');
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let behind = text.get(at + word.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(part) && !behind.is_some_and(part)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(steps: &[&str]) -> History {
        History(steps.iter().map(|step| (*step).to_owned()).collect())
    }

    #[test]
    fn the_last_instruction_that_says_it_is_named_however_the_builder_writes_it() {
        let history = history(&[
            "/bin/sh -c #(nop)  USER root",
            "EXPOSE map[80/tcp:{} 8080/tcp:{}]",
            "RUN /bin/sh -c useradd app # buildkit",
            "USER app",
            "ENV HOME=/app PORT=80",
            "CMD [\"/usr/bin/shop\" \"--fast\"]",
        ]);
        assert_eq!(history.of("USER", &["app"]), Some(3));
        assert_eq!(history.adding("EXPOSE", "8080/tcp"), Some(1));
        assert_eq!(history.adding("ENV", "PORT"), Some(4));
        assert_eq!(history.of("CMD", &["/usr/bin/shop", "--fast"]), Some(5));
    }

    #[test]
    fn an_instruction_that_says_something_else_is_not_named() {
        let history = history(&["USER app", "USER application", "EXPOSE 8080", "ENV", ""]);
        assert_eq!(history.of("USER", &["app"]), None, "the last one holds");
        assert_eq!(history.adding("EXPOSE", "80"), None);
        assert_eq!(history.adding("ENV", ""), None);
        assert_eq!(History::default().of("USER", &["app"]), None);
    }
}
