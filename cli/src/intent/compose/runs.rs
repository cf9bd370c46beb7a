//! What runs in a service: its command, its health check and its hooks.

use super::{
    health,
    node::{Node, Value},
    service::Service,
};
use crate::intent::{
    document::{Act, Check, Fact, When},
    yaml::DocumentError,
};

pub(super) fn command(service: &mut Service<'_>) -> Result<(), DocumentError> {
    let mut argv = |name| {
        let told = service.field(name);
        told.map(|told| Ok(Fact { value: service.words(told, name)?, from: service.from(told) })).transpose()
    };
    let (entrypoint, cmd) = (argv("entrypoint")?, argv("command")?);
    let whose = whose(service);
    match (&entrypoint, &cmd) {
        (Some(entrypoint), cmd) => {
            let cmd = cmd.iter().flat_map(|cmd| &cmd.value);
            let value = entrypoint.value.iter().chain(cmd).cloned().collect();
            let command = Fact { value, from: entrypoint.from.clone() };
            service.document.declared.command =
                Some(command).filter(|command: &Fact<Vec<String>>| !command.value.is_empty());
        }
        (None, Some(_)) => service.note(format!("the entrypoint is {whose}")),
        (None, None) => service.note(format!("entrypoint and cmd are {whose}")),
    }
    (service.document.declared.entrypoint, service.document.declared.cmd) = (entrypoint, cmd);
    Ok(())
}

pub(super) fn user(service: &mut Service<'_>) -> Result<(), DocumentError> {
    if let Some(told) = service.field("user") {
        let value = service.text(told, "user")?;
        service.document.declared.user = Some(Fact { value, from: service.from(told) });
    } else {
        let whose = whose(service);
        service.note(format!("the user is {whose}"));
    }
    Ok(())
}

/// Whose that is of which the service says nothing.
fn whose(service: &Service<'_>) -> &'static str {
    if service.field("extends").is_some() {
        "that of the service it extends, or the image's"
    } else {
        "the image's"
    }
}

pub(super) fn healthcheck(service: &mut Service<'_>) -> Result<(), DocumentError> {
    let Some(told) = service.field("healthcheck") else { return Ok(()) };
    let from = service.from(told);
    if !matches!(told.value, Value::Map(_)) {
        let why = format!("healthcheck is {}, not a mapping", told.kind());
        return Err(service.wrong(told, why, "write what it runs behind `test:` in it"));
    }
    let disabled =
        told.get("disable").map(|told| service.flag(told, "disable of healthcheck")).transpose()?;
    let test = if disabled.flatten().is_some_and(|disabled| disabled.value) {
        Some(Vec::new())
    } else {
        told.get("test").map(|test| tested(service, test)).transpose()?.flatten()
    };
    let period = told.get("interval").map(|told| interval(service, told)).transpose()?.flatten();
    let Some(argv) = test else {
        service.note(format!("the health check at {from} is the image's, at another pace"));
        return Ok(());
    };
    let act = if argv.is_empty() { Act::Disabled } else { Act::Exec };
    let period = period.filter(|_| act == Act::Exec);
    let check = Check { when: When::Healthcheck, act, argv, port: None, path: None, period, from };
    service.document.declared.checks.push(check);
    Ok(())
}

/// What a test runs, nothing if it is switched off. An empty one is the image's.
fn tested<'a>(service: &mut Service<'a>, test: &'a Node) -> Result<Option<Vec<String>>, DocumentError> {
    let words = match &test.value {
        Value::Text(_) | Value::Plain(_) => {
            vec!["CMD-SHELL".to_owned(), service.text(test, "test of healthcheck")?]
        }
        _ => service.words(test, "test of healthcheck")?,
    };
    match words.first().map(String::as_str) {
        None => Ok(None),
        Some("CMD" | "CMD-SHELL" | "NONE") => Ok(Some(health(&words))),
        Some(first) => {
            let why = format!("test of healthcheck begins with {first:?}");
            Err(service.wrong(test, why, "let the list begin with CMD, CMD-SHELL or NONE"))
        }
    }
}

fn interval<'a>(service: &mut Service<'a>, told: &'a Node) -> Result<Option<String>, DocumentError> {
    let Some(text) = service.known(told, "interval of healthcheck")? else { return Ok(None) };
    if duration(&text) {
        return Ok(Some(text));
    }
    Err(service.wrong(told, format!("{text:?} is no duration"), "write it with units, such as 30s or 1m30s"))
}

/// Whether a text is numbers with units.
fn duration(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let after = unit.trim_start_matches(|c: char| c.is_alphabetic());
        let unit_is = unit.strip_suffix(after).unwrap_or(unit);
        if unit == rest || !["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"].contains(&unit_is) {
            return false;
        }
        rest = after.trim_start();
    }
    !text.trim().is_empty()
}

/// Hooks. The rights of their own that they may have are noted, since checks have no place for them.
pub(super) fn hooks(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for (name, when) in [("post_start", When::PostStart), ("pre_stop", When::PreStop)] {
        for hook in service.items(name)? {
            let from = service.from(hook);
            let Some(command) = hook.get("command") else {
                let why = format!("a hook of {name} has no `command:`");
                return Err(service.wrong(hook, why, "write what it runs behind `command:` in it"));
            };
            let argv = service.words(command, &format!("command of {name}"))?;
            if let Some(user) = hook.get("user") {
                let user = service.text(user, &format!("user of {name}"))?;
                service.note(format!("the {name} hook at {from} runs as the user {user}"));
            }
            if let Some(told) = hook.get("privileged") {
                let told = service.flag(told, &format!("privileged of {name}"))?;
                if told.is_some_and(|told| told.value) {
                    service.note(format!("the {name} hook at {from} runs privileged"));
                }
            }
            if let Some(told) = hook.get("environment") {
                let names = service.names(told, &format!("environment of {name}"))?;
                let names: Vec<String> = names.into_iter().map(|name| name.value).collect();
                service.note(format!(
                    "the {name} hook at {from} has variables of its own: {}",
                    names.join(", ")
                ));
            }
            let check = Check { when, act: Act::Exec, argv, port: None, path: None, period: None, from };
            service.document.declared.checks.push(check);
        }
    }
    Ok(())
}
