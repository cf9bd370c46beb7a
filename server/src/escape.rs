//! Text from containers on its way to a terminal.
//!
//! Why: a process name may hold escape codes that move the cursor, newlines that forge lines, or bidi marks
//! that turn text around. What is not plainly visible is written as `\n`, `\t` or `\u{..}`; a backslash stays,
//! so what people read is not always reversible, but it is never misleading about lines and order.

use std::fmt::Write;

/// The text with everything invisible made visible.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if hidden(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c)); // writing to a String can't fail
            }
            c => out.push(c),
        }
    }
    out
}

/// JSON with everything invisible in its strings as `\uXXXX`: the same value, and as safe to look at. Outside
/// strings JSON has nothing invisible but the newlines and spaces that stay.
pub(crate) fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}"); // writing to a String can't fail
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Control and format characters: C0, C1, soft hyphen, bidi marks, zero width, line separators, fillers,
/// variation selectors, tags and private use.
pub(crate) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_fool_a_terminal_is_made_visible_and_the_rest_stays() {
        for (text, shown) in [
            ("/usr/bin/curl -s http://x/ü–日本", "/usr/bin/curl -s http://x/ü–日本"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("exe\u{202e}gpj.sh\u{2066}", "exe\\u{202e}gpj.sh\\u{2066}"),
            ("a\u{200b}b\u{feff}\u{e0041}", "a\\u{200b}b\\u{feff}\\u{e0041}"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn json_keeps_its_value_and_loses_what_could_fool_a_terminal() {
        let text = "a\n\u{9b}31m\u{7f}\u{202e}\u{e0041}ü\"\\";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let escaped = escape_json(&json);
        assert_eq!(escaped, "[\n  \"a\\n\\u009b31m\\u007f\\u202e\\udb40\\udc41ü\\\"\\\\\"\n]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [text]);
    }
}
