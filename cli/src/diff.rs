//! `images diff`: what each of two images is known to do and the other is not.
//!
//! In Markdown every text of a container is a code span with a fence longer than any run of backticks in it, so that
//! it can neither end the span nor be read as a link, a mention or HTML.

use std::io::Write;

use plumbline_proto::v1::{DiffBaselinesRequest, ImageDiff, ImageName, KnownBehaviour};

use crate::{
    args::{Diff, Output},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{image, short, state, table, time},
};

/// Prints the difference; whether there is any.
pub(crate) async fn diff(
    server: &Server,
    args: Diff,
    output: Output,
    out: &mut impl Write,
) -> Result<bool, CliError> {
    let request = DiffBaselinesRequest { a: args.a, b: args.b, limit: args.limit };
    let response = server.baselines().await?.diff(request).await;
    let diff = response.map_err(|status| server.failed("comparing the images", &status))?.into_inner();
    if !print::answer(out, output, &diff)? {
        let text = if output == Output::Markdown { markdown(&diff) } else { rows(&diff) };
        write!(out, "{text}")?;
    }
    Ok(!diff.only_a.is_empty() || !diff.only_b.is_empty())
}

/// Both sides with what only they do, in the order of the answer.
fn sides(diff: &ImageDiff) -> [(&'static str, ImageName, &[KnownBehaviour], u64); 2] {
    [
        ("-", diff.a.clone().unwrap_or_default(), &diff.only_a, diff.omitted_a),
        ("+", diff.b.clone().unwrap_or_default(), &diff.only_b, diff.omitted_b),
    ]
}

fn name(of: &ImageName) -> String {
    format!("{} {}", image(&of.digest, &of.repository, &of.tag), short(&of.digest))
}

fn known(of: &ImageName) -> String {
    format!("{}, {} windows", state(of.state()), of.exposures)
}

fn rows(diff: &ImageDiff) -> String {
    let mut text = String::new();
    for (sign, of, _, _) in sides(diff) {
        text.push_str(&format!("{sign} {}  ({})\n", name(&of), known(&of)));
    }
    if diff.only_a.is_empty() && diff.only_b.is_empty() {
        return text + "\nThey are known to do the same.\n";
    }
    let mut table = table(&["", "DIMENSION", "CONTEXT", "VALUE", "WINDOWS", "FIRST SEEN", "LAST SEEN"]);
    for (sign, _, only, _) in sides(diff) {
        for behaviour in only {
            table.add_row([
                sign.to_owned(),
                escape(&behaviour.dimension),
                escape(&behaviour.context),
                escape(&behaviour.value),
                behaviour.count.to_string(),
                time(behaviour.first_seen_unix_ns),
                time(behaviour.last_seen_unix_ns),
            ]);
        }
    }
    text.push_str(&format!("\n{}\n", table.trim_fmt()));
    for (sign, _, _, omitted) in sides(diff).into_iter().filter(|(_, _, _, omitted)| *omitted > 0) {
        text.push_str(&format!("{sign} and {omitted} more; raise --limit\n"));
    }
    text
}

fn markdown(diff: &ImageDiff) -> String {
    let [(_, a, _, _), (_, b, _, _)] = sides(diff);
    let mut text = format!("## Behaviour of {} and {}\n", code(&name(&a)), code(&name(&b)));
    for (_, of, only, omitted) in sides(diff) {
        text.push_str(&format!("\n### Only {} ({})\n\n", code(&name(&of)), known(&of)));
        if only.is_empty() {
            text.push_str("Nothing.\n");
        }
        for behaviour in only {
            text.push_str(&format!(
                "- {} {} in {}: {} windows, first {}, last {}\n",
                escape(&behaviour.dimension),
                code(&escape(&behaviour.value)),
                code(&escape(&behaviour.context)),
                behaviour.count,
                time(behaviour.first_seen_unix_ns),
                time(behaviour.last_seen_unix_ns)
            ));
        }
        if omitted > 0 {
            text.push_str(&format!("- and {omitted} more\n"));
        }
    }
    text
}

/// Text without line breaks as a code span.
pub(crate) fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Spaces at both ends are taken off again, and keep backticks there apart from the fence.
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff() -> ImageDiff {
        let name = |tag: &str| ImageName {
            digest: format!("sha256:{tag}{tag}"),
            repository: "shop/web".into(),
            tag: tag.into(),
            exposures: 7,
            ..Default::default()
        };
        let only = KnownBehaviour {
            dimension: "arguments".into(),
            context: "/bin/sh".into(),
            value: "-c ``</code>\n@all [x](http://evil)".into(),
            count: 3,
            first_seen_unix_ns: 1_700_000_000_000_000_000,
            last_seen_unix_ns: 1_700_000_060_000_000_000,
        };
        ImageDiff {
            a: Some(name("1")),
            b: Some(name("2")),
            only_b: vec![only],
            omitted_b: 4,
            ..Default::default()
        }
    }

    #[test]
    fn a_difference_has_a_line_for_each_behaviour_and_says_what_was_left_out() {
        let shown = rows(&diff());
        assert!(shown.starts_with("- shop/web:1 11  (?, 7 windows)\n+ shop/web:2 22  ("), "{shown}");
        let line = shown.lines().find(|line| line.contains("/bin/sh")).unwrap();
        assert!(line.starts_with('+') && line.contains("</code>\\n@all"), "{shown}");
        assert!(shown.ends_with("+ and 4 more; raise --limit\n"), "{shown}");
        assert!(rows(&ImageDiff::default()).contains("the same"));
    }

    #[test]
    fn in_markdown_no_text_of_a_container_gets_out_of_its_code_span() {
        let shown = markdown(&diff());
        assert!(
            shown.contains("- arguments ``` -c ``</code>\\n@all [x](http://evil) ``` in ` /bin/sh `: 3"),
            "{shown}"
        );
        assert!(shown.contains("### Only ` shop/web:1 11 ` (?, 7 windows)\n\nNothing.\n"), "{shown}");
        assert!(shown.ends_with("- and 4 more\n"), "{shown}");
        assert_eq!(code("`"), "`` ` ``");
    }
}
