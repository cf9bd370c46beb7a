//! What a document says that scripts of an image start, as it is taken in: whatever does not fit is named by its place.

use plumbline_proto::v1;

use crate::status::ApiError;

use super::learned::wrong;

/// Commands of a document, bytes of one of them and of all, and of the words that say where one stands.
const COMMANDS: usize = 256;
const COMMAND_BYTES: usize = 4 << 10;
const BYTES: usize = 64 << 10;
const FROM_BYTES: usize = 1024;

/// The commands, in one order.
pub(super) fn starts(document: &v1::IntentDocument) -> Result<Vec<v1::DeclaredCommand>, ApiError> {
    let facts = document.declared.as_ref().and_then(|declared| declared.facts.as_ref());
    let told = facts.map_or(&[][..], |facts| &facts.starts);
    let at = |place: usize| format!("document.declared.facts.starts[{place}]");
    if told.len() > COMMANDS {
        let problem = format!("{} commands; at most {COMMANDS}", told.len());
        return Err(wrong("document.declared.facts.starts", problem));
    }
    let mut left = BYTES;
    for (place, command) in told.iter().enumerate() {
        if command.words.first().is_none_or(String::is_empty) {
            return Err(wrong(format!("{}.words", at(place)), "without a program; one is needed".to_owned()));
        }
        let bytes: usize = command.words.iter().map(String::len).sum();
        if bytes > COMMAND_BYTES {
            let problem = format!("{bytes} bytes; at most {COMMAND_BYTES}");
            return Err(wrong(format!("{}.words", at(place)), problem));
        }
        if command.from.len() > FROM_BYTES {
            let problem = format!("{} bytes; at most {FROM_BYTES}", command.from.len());
            return Err(wrong(format!("{}.from", at(place)), problem));
        }
        left = left.checked_sub(bytes + command.from.len()).ok_or_else(|| {
            wrong("document.declared.facts.starts", format!("more than {BYTES} bytes in all"))
        })?;
    }
    let mut starts = told.to_vec();
    starts.sort_unstable_by(|a, b| (&a.words, &a.from).cmp(&(&b.words, &b.from)));
    starts.dedup();
    Ok(starts)
}
