//! The .proto files as a page for people: `proto/API.md`.
//!
//! Every service, method, message, field, enum and value with its comment, in the order of the files. Types are links. What
//! only the server knows (roles, paths of HTTP) is not on the page, but where to read it.

use std::{collections::BTreeMap, fmt::Write};

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

const PACKAGE: &str = "plumbline.v1";

/// Field numbers in FileDescriptorProto and below, of which the paths to comments are made (descriptor.proto,
/// `SourceCodeInfo.Location.path`).
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const SERVICES: i32 = 6;
const INNER: i32 = 2;

const HEAD: &str = "\
# The API, `plumbline.v1`

Generated from the files in `proto/plumbline/v1`; `UPDATE=1 cargo test -p plumbline-proto` writes it anew. The least role for
each method is in `server/src/security/roles.rs`, the path of each method that is served as JSON in `server/src/api/table.rs`.
There a request is the query, with a dot before a field of a field (`filter.node`), and answers have the proto3 JSON form with
the names below, 64-bit numbers as text. Errors are `google.rpc.Status` with `ErrorInfo`, and `BadRequest`, `ResourceInfo` or
`RetryInfo` where they fit.
";

/// The page.
pub(crate) fn page(descriptors: &FileDescriptorSet) -> String {
    let files: Vec<_> =
        descriptors.file.iter().filter(|file| file.package() == PACKAGE).map(File::new).collect();
    let mut page = HEAD.to_owned();
    page += "\n## Services\n";
    for file in &files {
        for (at, service) in (0..).zip(&file.of.service) {
            file.service(&mut page, &[SERVICES, at], service);
        }
    }
    page += "\n## Messages\n";
    for file in &files {
        for (at, message) in (0..).zip(&file.of.message_type) {
            file.message(&mut page, &[MESSAGES, at], message);
        }
    }
    page += "\n## Enums\n";
    for file in &files {
        for (at, of) in (0..).zip(&file.of.enum_type) {
            file.values(&mut page, &[ENUMS, at], of);
        }
    }
    page
}

struct File<'a> {
    of: &'a FileDescriptorProto,
    comments: BTreeMap<&'a [i32], &'a str>,
}

impl<'a> File<'a> {
    fn new(of: &'a FileDescriptorProto) -> Self {
        let locations = of.source_code_info.iter().flat_map(|info| &info.location);
        let comments = locations.filter(|location| location.leading_comments.is_some());
        Self { of, comments: comments.map(|at| (at.path.as_slice(), at.leading_comments())).collect() }
    }

    /// What the file says of an element. Everything is commented, or the page can't be made.
    fn comment(&self, path: &[i32], name: &str) -> String {
        let comment = self.comments.get(path).unwrap_or_else(|| panic!("{name} has no comment"));
        comment.trim().replace("\n ", "\n").replace('<', "\\<")
    }

    fn service(&self, page: &mut String, path: &[i32], service: &ServiceDescriptorProto) {
        let name = service.name();
        write!(page, "\n### {name}\n\n{}\n", self.comment(path, name)).unwrap();
        for (at, method) in (0..).zip(&service.method) {
            let path = [path, &[INNER, at]].concat();
            write!(page, "\n#### {name}/{}\n\n{}\n\n", method.name(), signature(method)).unwrap();
            writeln!(page, "{}", self.comment(&path, method.name())).unwrap();
        }
    }

    fn message(&self, page: &mut String, path: &[i32], message: &DescriptorProto) {
        assert!(message.nested_type.is_empty() && message.enum_type.is_empty(), "nested types are not told");
        let name = message.name();
        write!(page, "\n### {name}\n\n{}\n", self.comment(path, name)).unwrap();
        if !message.field.is_empty() {
            page.push_str("\n| field | type | |\n|---|---|---|\n");
        }
        for (at, field) in (0..).zip(&message.field) {
            let path = [path, &[INNER, at]].concat();
            let one_of = match field.oneof_index.filter(|_| !field.proto3_optional()) {
                Some(index) => format!("one of `{}`: ", message.oneof_decl[index as usize].name()),
                None => String::new(),
            };
            let comment = self.comment(&path, &format!("{name}.{}", field.name()));
            row(page, field.name(), field.number(), &kind(field), &format!("{one_of}{comment}"));
        }
    }

    fn values(&self, page: &mut String, path: &[i32], of: &EnumDescriptorProto) {
        write!(page, "\n### {}\n\n{}\n", of.name(), self.comment(path, of.name())).unwrap();
        page.push_str("\n| value | number | |\n|---|---|---|\n");
        for (at, value) in (0..).zip(&of.value) {
            let comment = self.comment(&[path, &[INNER, at]].concat(), value.name());
            writeln!(page, "| `{}` | {} | {} |", value.name(), value.number(), cell(&comment)).unwrap();
        }
    }
}

fn row(page: &mut String, name: &str, number: i32, kind: &str, comment: &str) {
    writeln!(page, "| `{name}` = {number} | {kind} | {} |", cell(comment)).unwrap();
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

fn signature(method: &MethodDescriptorProto) -> String {
    let side =
        |streaming: bool, name: &str| format!("{}{}", if streaming { "stream " } else { "" }, link(name));
    let asked = side(method.client_streaming(), method.input_type());
    format!("{asked} → {}", side(method.server_streaming(), method.output_type()))
}

fn kind(field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum => link(field.type_name()),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    match field.label() {
        Label::Repeated => format!("repeated {kind}"),
        _ if field.proto3_optional() => format!("optional {kind}"),
        _ => kind,
    }
}

/// A link to a type of this page, as headings are linked to.
fn link(name: &str) -> String {
    let name = name.trim_start_matches(&format!(".{PACKAGE}.")).trim_start_matches('.');
    format!("[{name}](#{})", name.to_lowercase())
}
