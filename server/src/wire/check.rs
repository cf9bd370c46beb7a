//! What a batch may look like: every promise of events.proto, checked field by field.
//!
//! The first broken promise refuses the whole batch and names the field by its path, so that whoever writes
//! a collector finds the mistake. Sizes are checked before anything is decoded or looked up: a small frame
//! of many empty rows must not become a large heap.
//!
//! Not here: meaning (the model's business), and rules between batches (sequence numbers: `ingest.rs`).

mod events;

use std::fmt::Display;

use bytes::Bytes;
use bytestring::ByteString;
use plumbline_proto::v1;
use prost::encoding::{DecodeContext, decode_key, skip_field};
use tonic::Code;

use super::refusal::{
    Check, Refusal, bounded, column, each, equal, equal_or_absent, index, invalid, non_zero,
};

/// Largest encoded batch.
pub(crate) const MAX_FRAME_BYTES: usize = 4 << 20;
/// Longest entry of the string table, in bytes.
const MAX_STRING_BYTES: usize = 64 << 10;
/// Longest node name, in bytes (the longest DNS name).
const MAX_NODE_BYTES: usize = 253;
/// Longest name of a source, in bytes.
const MAX_SOURCE_BYTES: usize = 64;
/// Entries of the string table. Each costs 32 bytes however short it is.
const MAX_STRINGS: usize = 1 << 18;
/// Rows of images, containers and losses each. A node runs hundreds of containers, not thousands.
const MAX_TABLE: usize = 4096;
/// Rows of processes, windows and each kind of event. Collectors send batches of some hundred.
const MAX_ROWS: usize = 1 << 16;
/// Arguments of all processes together.
const MAX_ARGUMENTS: usize = 1 << 20;
/// Labels, mounts, probes and words of each list of one image or container.
const MAX_WORDS: usize = 1 << 14;
/// Exposure windows: 100 ms to 1 h.
const WINDOW_NS: std::ops::RangeInclusive<u64> = 100_000_000..=3_600_000_000_000;
/// All bits of `ProcessFlag`, up to its last.
const FLAGS: u32 = 2 * v1::ProcessFlag::ScriptOnVolume as u32 - 1;

/// Checks the size of a frame, and of its tables without decoding them.
pub(super) fn frame(bytes: &[u8]) -> Check {
    if bytes.is_empty() {
        return invalid("frame.batch", "empty; an encoded plumbline.v1.Batch belongs here");
    }
    bounded("frame.batch", bytes.len(), MAX_FRAME_BYTES, "bytes")?;
    let tables = [("strings", 5, MAX_STRINGS), ("images", 6, MAX_TABLE), ("containers", 7, MAX_TABLE)];
    let tables = [tables.as_slice(), &[("losses", 12, MAX_TABLE)]].concat();
    let mut lens = [0usize; 16];
    let mut rest = bytes;
    while !rest.is_empty() {
        let (tag, kind) = decode_key(&mut rest).map_err(Refusal::undecodable)?;
        skip_field(kind, tag, &mut rest, DecodeContext::default()).map_err(Refusal::undecodable)?;
        if let Some(len) = lens.get_mut(tag as usize) {
            *len += 1;
        }
    }
    tables.iter().try_for_each(|&(name, tag, max)| {
        bounded(name, lens.get(tag).copied().unwrap_or_default(), max, "entries")
    })
}

/// Checks a decoded batch, and takes its strings out of it as text.
pub(super) fn batch(batch: &mut v1::Batch) -> Result<Vec<ByteString>, Refusal> {
    match batch.version {
        1 => {}
        0 => invalid("version", "0 or missing; this layout is version 1")?,
        newer => {
            let message = format!("{newer}; this server knows version 1: upgrade the server first");
            return Err(Refusal::new(Code::FailedPrecondition, "version", message));
        }
    }
    if batch.base_unix_ns == 0 {
        invalid("base_unix_ns", "0; nanoseconds since the Unix epoch belong here")?;
    }
    if !WINDOW_NS.contains(&batch.window_ns) {
        invalid("window_ns", format!("{}; 100 ms to 1 h, in nanoseconds", batch.window_ns))?;
    }
    node("node", &batch.node)?;
    if let Some(told) = &batch.source {
        source(told)?;
    }
    let texts = strings(std::mem::take(&mut batch.strings))?;
    let batch = &*batch;
    let tables = Tables { batch, texts: &texts, strings: texts.len() };
    tables.images()?;
    tables.containers()?;
    if let Some(processes) = &batch.processes {
        tables.processes(processes)?;
    }
    tables.events()?;
    if let Some(windows) = &batch.windows {
        tables.windows(windows)?;
    }
    tables.losses()?;
    Ok(texts)
}

/// Checks the name of a node, in a batch or in a Hello.
pub(crate) fn node(field: &str, node: &str) -> Check {
    if node.is_empty() || node.len() > MAX_NODE_BYTES {
        return invalid(field, format!("{} bytes; 1 to {MAX_NODE_BYTES} are allowed", node.len()));
    }
    Ok(())
}

fn source(source: &v1::Source) -> Check {
    if source.name.is_empty() || source.name.len() > MAX_SOURCE_BYTES {
        let message = format!("{} bytes; 1 to {MAX_SOURCE_BYTES} are allowed", source.name.len());
        return invalid("source.name", message);
    }
    let mut last = 0;
    each("source.untold", &source.untold, |aspect| {
        if v1::Aspect::try_from(aspect).is_err() {
            return Err(format!("{aspect}; not an aspect this server knows"));
        }
        if aspect <= std::mem::replace(&mut last, aspect) {
            return Err(format!("{aspect}; aspects rise from 1, each stands once"));
        }
        Ok(())
    })
}

fn strings(strings: Vec<Bytes>) -> Result<Vec<ByteString>, Refusal> {
    if strings.first().is_none_or(|first| !first.is_empty()) {
        invalid("strings[0]", "missing or not empty; entry 0 is always the empty string")?;
    }
    let text = |(index, entry): (usize, Bytes)| {
        let field = || format!("strings[{index}]");
        if entry.len() > MAX_STRING_BYTES {
            let message = format!("{} bytes; at most {MAX_STRING_BYTES}: cut it and say so", entry.len());
            return Err(Refusal::new(Code::ResourceExhausted, field(), message));
        }
        ByteString::try_from(entry).map_err(|error| {
            let message = format!("invalid UTF-8 at byte {}; write such bytes as \\xNN", error.valid_up_to());
            Refusal::new(Code::InvalidArgument, field(), message)
        })
    };
    strings.into_iter().enumerate().map(text).collect()
}

/// The tables that indices point into.
struct Tables<'a> {
    /// Without its strings.
    batch: &'a v1::Batch,
    texts: &'a [ByteString],
    strings: usize,
}

impl Tables<'_> {
    fn images(&self) -> Check {
        for (row, image) in self.batch.images.iter().enumerate() {
            let at = |name: &str| format!("images[{row}].{name}");
            self.text(|| at("digest"), image.digest)?;
            self.index(|| at("repository"), image.repository)?;
            self.index(|| at("tag"), image.tag)?;
            self.words(format_args!("images[{row}].layers"), &image.layers)?;
            self.words(format_args!("images[{row}].entrypoint"), &image.entrypoint)?;
            self.words(format_args!("images[{row}].command"), &image.command)?;
            self.sorted(format_args!("images[{row}].repo_digests"), &image.repo_digests)?;
            self.sorted(format_args!("images[{row}].environment"), &image.environment)?;
            self.index(|| at("user"), image.user)?;
            self.sorted(format_args!("images[{row}].ports"), &image.ports)?;
            self.sorted(format_args!("images[{row}].volumes"), &image.volumes)?;
            self.labels(format_args!("images[{row}].labels"), &image.labels)?;
            self.index(|| at("working_directory"), image.working_directory)?;
            if let Some(probe) = &image.healthcheck {
                self.probe(format_args!("images[{row}].healthcheck"), probe)?;
            }
        }
        Ok(())
    }

    fn containers(&self) -> Check {
        for (row, container) in self.batch.containers.iter().enumerate() {
            let at = |name: &str| format!("containers[{row}].{name}");
            self.text(|| at("id"), container.id)?;
            index(|| at("image"), container.image, self.batch.images.len(), "images")?;
            self.index(|| at("name"), container.name)?;
            self.words(format_args!("containers[{row}].start_command"), &container.start_command)?;
            self.words(format_args!("containers[{row}].ports"), &container.ports)?;
            self.labels(format_args!("containers[{row}].labels"), &container.labels)?;
            self.index(|| at("runtime"), container.runtime)?;
            if let Some(pod) = &container.pod {
                self.index(|| at("pod.namespace"), pod.namespace)?;
                self.text(|| at("pod.name"), pod.name)?;
                self.index(|| at("pod.uid"), pod.uid)?;
                self.labels(format_args!("containers[{row}].pod.labels"), &pod.labels)?;
            }
            self.mounts(format_args!("containers[{row}].mounts"), &container.mounts)?;
            if let Some(confinement) = &container.confinement {
                self.confinement(format_args!("containers[{row}].confinement"), confinement)?;
            }
            bounded(format_args!("containers[{row}].probes"), container.probes.len(), MAX_WORDS, "probes")?;
            for (nth, probe) in container.probes.iter().enumerate() {
                self.probe(format_args!("containers[{row}].probes[{nth}]"), probe)?;
            }
        }
        Ok(())
    }

    fn processes(&self, rows: &v1::Processes) -> Check {
        let len = rows.container.len();
        bounded("processes", len, MAX_ROWS, "rows")?;
        equal(
            "processes",
            "container",
            len,
            &[
                ("pid", rows.pid.len()),
                ("start_ticks", rows.start_ticks.len()),
                ("parent", rows.parent.len()),
                ("executable", rows.executable.len()),
                ("argument_count", rows.argument_count.len()),
                ("argument_bytes", rows.argument_bytes.len()),
                ("uid", rows.uid.len()),
                ("gid", rows.gid.len()),
                ("flags", rows.flags.len()),
            ],
        )?;
        // Collectors of the first version did not send these.
        let later = [
            ("effective_uid", rows.effective_uid.len()),
            ("effective_gid", rows.effective_gid.len()),
            ("capabilities", rows.capabilities.len()),
            ("script", rows.script.len()),
            ("inode", rows.inode.len()),
            ("device", rows.device.len()),
            ("size", rows.size.len()),
            ("modified_s", rows.modified_s.len()),
        ];
        equal_or_absent("processes", "container", len, &later)?;
        column("processes.script", &rows.script, self.strings, "strings")?;
        column("processes.container", &rows.container, self.batch.containers.len(), "containers")?;
        non_zero("processes.pid", &rows.pid)?;
        for (row, &parent) in rows.parent.iter().enumerate() {
            let Some(above) = (parent as usize).checked_sub(1) else { continue };
            let field = || format!("processes.parent[{row}]");
            if above >= row {
                return invalid(
                    field(),
                    format!("{parent}; 1 + the row of an earlier process, or 0 for none"),
                );
            }
            if rows.container.get(above) != rows.container.get(row) {
                return invalid(field(), format!("row {above} is in another container; use 0"));
            }
        }
        column("processes.executable", &rows.executable, self.strings, "strings")?;
        let arguments: u64 = rows.argument_count.iter().map(|&count| u64::from(count)).sum();
        if arguments != rows.arguments.len() as u64 {
            let message = format!("sums to {arguments}, but arguments has {} entries", rows.arguments.len());
            return invalid("processes.argument_count", message);
        }
        bounded("processes.arguments", rows.arguments.len(), MAX_ARGUMENTS, "entries")?;
        column("processes.arguments", &rows.arguments, self.strings, "strings")?;
        each("processes.flags", &rows.flags, |flags| {
            (flags & !FLAGS == 0)
                .then_some(())
                .ok_or_else(|| format!("{flags:#x}; bits above {FLAGS:#x} are not known"))
        })
    }

    fn windows(&self, rows: &v1::Windows) -> Check {
        bounded("windows", rows.container.len(), MAX_ROWS, "rows")?;
        let lens = [("window", rows.window.len()), ("lossy", rows.lossy.len())];
        equal("windows", "container", rows.container.len(), &lens)?;
        column("windows.container", &rows.container, self.batch.containers.len(), "containers")?;
        let window_ns = self.batch.window_ns;
        each("windows.window", &rows.window, |window| match window.checked_add(1) {
            Some(end) if end.checked_mul(window_ns).is_some() => Ok(()),
            _ => Err(format!("{window}; Unix time divided by window_ns, and its end must fit 64 bits")),
        })?;
        each("windows.lossy", &rows.lossy, |lossy| {
            (lossy <= 1).then_some(()).ok_or_else(|| format!("{lossy}; 0 or 1"))
        })
    }

    fn losses(&self) -> Check {
        let containers = self.batch.containers.len();
        for (row, loss) in self.batch.losses.iter().enumerate() {
            let at = |name: &str| format!("losses[{row}].{name}");
            match v1::LossReason::try_from(loss.reason) {
                Ok(known) if known != v1::LossReason::Unspecified => {}
                _ => {
                    return invalid(at("reason"), format!("{}; not a reason this server knows", loss.reason));
                }
            }
            if loss.container as usize > containers {
                let message =
                    format!("{}; 1 + an index, but containers has {containers} entries", loss.container);
                return invalid(at("container"), message);
            }
            if loss.events == 0 {
                return invalid(at("events"), "0; leave the row out");
            }
        }
        Ok(())
    }

    fn index(&self, field: impl Fn() -> String, value: u32) -> Check {
        index(field, value, self.strings, "strings")
    }

    /// An entry of the string table; "" where it is none.
    fn string(&self, index: u32) -> &str {
        self.texts.get(index as usize).map_or("", |text| text)
    }

    /// An index of a string that may not be empty.
    fn text(&self, field: impl Fn() -> String, value: u32) -> Check {
        self.index(&field, value)?;
        if self.string(value).is_empty() {
            return invalid(field(), format!("{value}, the empty string; this is never empty"));
        }
        Ok(())
    }

    fn words(&self, field: impl Display, words: &[u32]) -> Check {
        bounded(&field, words.len(), MAX_WORDS, "words")?;
        column(field, words, self.strings, "strings")
    }
}

#[path = "declared.rs"]
mod declared;
