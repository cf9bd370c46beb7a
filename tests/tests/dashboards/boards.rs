//! Grafana's dashboards by the rules of its dashboard-linter, and some of our own, as a table. The linter itself is a Go
//! program that no package has.
//!
//! Each rule comes with a way to break a dashboard, and must find that: so none of them passes because it looks at nothing.
//! Not here: whether a query gives anything (`scraped.rs`).

use super::{dashboards, nothing};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Name, what is wrong with a dashboard by it, and how to break one that is right.
type Rule = (&'static str, fn(&Value) -> Vec<String>, fn(&mut Value));

/// In brackets what the linter calls it.
const RULES: [Rule; 16] = [
    ("has a stable uid, a title, a description, a tag, and no id of a database", identity, |b| {
        b["id"] = json!(7);
    }),
    (
        "can't be edited in place [uneditable]",
        |b| complain(b["editable"] == false, "editable"),
        |b| {
            b["editable"] = json!(true);
        },
    ),
    ("has the data source as a variable [template-datasource]", source_variable, |b| {
        b["templating"]["list"][0]["query"] = json!("loki");
    }),
    ("has job and instance as variables [template-job, template-instance]", matcher_variables, |b| {
        b["templating"]["list"][1]["multi"] = json!(false);
    }),
    ("reads variables anew when the time changes [template-on-time-change-reload]", reloads, |b| {
        b["templating"]["list"][2]["refresh"] = json!(1);
    }),
    ("leads to the other dashboards and to the console", linked, |b| {
        b["links"] = json!([]);
    }),
    ("panels have ids of their own", unique_ids, |b| {
        b["panels"][1]["id"] = b["panels"][2]["id"].clone();
    }),
    ("panels have titles of their own and descriptions [panel-title-description]", described, |b| {
        panel(b)["description"] = json!("");
    }),
    ("panels have a unit [panel-units]", units, |b| {
        panel(b)["fieldConfig"]["defaults"]["unit"] = json!("bananas");
    }),
    ("panels and targets take the data source of the variable [panel-datasource]", sources, |b| {
        panel(b)["targets"][0]["datasource"]["uid"] = json!("P1809F7CD0C75ACF3");
    }),
    ("panels have targets, and these a query and refIds of their own [panel-no-targets]", targets, |b| {
        panel(b)["targets"] = json!([]);
    }),
    ("queries match job and instance [target-job, target-instance]", matchers, |b| {
        panel(b)["targets"][0]["expr"] = json!("sum(plumbline_server_streams_open{job=~\"$job\"})");
    }),
    ("rates are over $__rate_interval, or the time that is shown [target-rate-interval]", intervals, |b| {
        panel(b)["targets"][0]["expr"] = json!("rate(x_total{job=~\"$job\", instance=~\"$instance\"}[5m])");
    }),
    ("counters are only seen as rates [target-counter-agg]", counters, |b| {
        panel(b)["targets"][0]["expr"] = json!("sum(x_total{job=~\"$job\", instance=~\"$instance\"})");
    }),
    ("panels are within the width and do not overlap", places, |b| {
        panel(b)["gridPos"]["x"] = json!(2);
    }),
    ("a runbook that is named exists", runbooks, |b| {
        panel(b)["description"] = json!("Runbook: PlumblineNoSuchThing.");
    }),
];

/// What links of people lead to.
const UIDS: [&str; 4] = ["plumbline-images", "plumbline-nodes", "plumbline-overview", "plumbline-soc"];

/// Counters that are set before the first scrape, so that a rate never shows them.
const SET_AT_START: [&str; 2] = ["plumbline_server_store_corrupt_total", "plumbline_server_store_lost_total"];

/// Units in use, of those that Grafana has.
const UNITS: [&str; 9] =
    ["none", "short", "percentunit", "s", "bytes", "Bps", "cps", "bool_yes_no", "dateTimeFromNow"];

pub(super) fn lint() -> Result<()> {
    let (mut wrong, mut uids) = (Vec::new(), BTreeSet::new());
    for (file, board) in dashboards()? {
        for (name, check, break_it) in RULES {
            wrong.extend(check(&board).into_iter().map(|what| format!("{file}: {name}: {what}")));
            let mut broken = board.clone();
            break_it(&mut broken);
            if check(&broken).is_empty() {
                wrong.push(format!("{file}: the rule '{name}' does not find what it is for"));
            }
        }
        if !uids.insert(text(&board["uid"]).to_owned()) {
            wrong.push(format!("{file}: another dashboard has its uid"));
        }
    }
    if !uids.iter().eq(UIDS) {
        wrong.push(format!("there are {uids:?}, and people have links to {UIDS:?}"));
    }
    nothing(&wrong)
}

/// What the variables of a dashboard choose from: where each stands, and a query that gives a series for each choice.
pub(super) fn choices(board: &Value) -> Vec<(String, String)> {
    let asked = list(&board["templating"]["list"]).filter(|variable| variable["type"] == "query");
    let choice = |variable: &Value| {
        let of = text(&variable["query"]["query"]);
        let (selector, label) = of.strip_prefix("label_values(")?.strip_suffix(')')?.rsplit_once(", ")?;
        let named = match selector.strip_suffix('}') {
            Some(open) => format!("{open}, {label}!=\"\"}}"),
            None => format!("{selector}{{{label}!=\"\"}}"),
        };
        Some(named)
    };
    asked
        .map(|variable| {
            let place = format!("{} / variable {}", text(&board["title"]), text(&variable["name"]));
            (place, choice(variable).unwrap_or_else(|| "no label_values".to_owned()))
        })
        .collect()
}

/// The queries of a dashboard: where each stands, and its text.
pub(super) fn queries(board: &Value) -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for panel in panels(board) {
        for target in list(&panel["targets"]) {
            let place =
                format!("{} / {} / {}", text(&board["title"]), text(&panel["title"]), text(&target["refId"]));
            queries.push((place, text(&target["expr"]).to_owned()));
        }
    }
    for annotation in list(&board["annotations"]["list"]) {
        let place = format!("{} / {}", text(&board["title"]), text(&annotation["name"]));
        queries.push((place, text(&annotation["target"]["expr"]).to_owned()));
    }
    queries
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Panels that show something: no rows.
fn panels(board: &Value) -> impl Iterator<Item = &Value> {
    list(&board["panels"]).filter(|panel| panel["type"] != "row")
}

/// The first of them, to be broken; a row stands before it, and the next one beside it.
fn panel(board: &mut Value) -> &mut Value {
    &mut board["panels"][1]
}

fn complain(right: bool, what: &str) -> Vec<String> {
    if right { Vec::new() } else { vec![what.to_owned()] }
}

/// What is wrong with each panel by a rule.
fn each(board: &Value, wrong: impl Fn(&Value) -> bool) -> Vec<String> {
    panels(board).filter(|panel| wrong(panel)).map(|panel| text(&panel["title"]).to_owned()).collect()
}

/// What is wrong with each query of a panel by a rule.
fn each_query(board: &Value, wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let of_panels = |panel: &Value| list(&panel["targets"]).any(|target| wrong(text(&target["expr"])));
    each(board, of_panels)
}

fn identity(board: &Value) -> Vec<String> {
    let uid = text(&board["uid"]);
    let named = uid.starts_with("plumbline-") && uid.len() <= 40 && !text(&board["description"]).is_empty();
    let titled = text(&board["title"]).starts_with("Plumbline / ") && board["tags"] == json!(["plumbline"]);
    complain(named && titled && board["id"].is_null() && board["schemaVersion"].is_u64(), uid)
}

fn source_variable(board: &Value) -> Vec<String> {
    let right =
        |v: &&Value| v["type"] == "datasource" && v["query"] == "prometheus" && v["label"] == "Data source";
    let sources = list(&board["templating"]["list"]).filter(|variable| variable["name"] == "datasource");
    complain(sources.filter(right).count() == 1, "datasource")
}

fn matcher_variables(board: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, label) in [("job", "Job"), ("instance", "Instance")] {
        let right = |v: &Value| {
            v["name"] == name
                && v["label"] == label
                && v["type"] == "query"
                && v["multi"] == true
                && v["includeAll"] == true
                && v["allValue"] == ".+"
                && text(&v["query"]["query"]).starts_with("label_values(plumbline_")
                && v["datasource"]["uid"] == "${datasource}"
        };
        wrong.extend(complain(list(&board["templating"]["list"]).any(right), name));
    }
    wrong
}

fn reloads(board: &Value) -> Vec<String> {
    let asked = list(&board["templating"]["list"]).filter(|variable| variable["type"] == "query");
    asked.filter(|variable| variable["refresh"] != 2).map(|v| text(&v["name"]).to_owned()).collect()
}

fn linked(board: &Value) -> Vec<String> {
    let others =
        list(&board["links"]).any(|l| l["type"] == "dashboards" && l["tags"] == json!(["plumbline"]));
    let console = list(&board["links"]).any(|l| text(&l["url"]).starts_with("${console}/console"));
    complain(others && console, "links")
}

fn unique_ids(board: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again =
        list(&board["panels"]).filter(|panel| !panel["id"].as_u64().is_some_and(|id| seen.insert(id)));
    again.map(|panel| text(&panel["title"]).to_owned()).collect()
}

fn described(board: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let wrong = |panel: &&Value| {
        let (title, description) = (text(&panel["title"]), text(&panel["description"]));
        title.is_empty() || !description.ends_with('.') || !seen.insert(title.to_owned())
    };
    panels(board).filter(wrong).map(|panel| text(&panel["title"]).to_owned()).collect()
}

fn units(board: &Value) -> Vec<String> {
    each(board, |panel| !UNITS.contains(&text(&panel["fieldConfig"]["defaults"]["unit"])))
}

fn sources(board: &Value) -> Vec<String> {
    let right = |of: &Value| of["datasource"] == json!({"type": "prometheus", "uid": "${datasource}"});
    each(board, |panel| !right(panel) || !list(&panel["targets"]).all(right))
}

fn targets(board: &Value) -> Vec<String> {
    each(board, |panel| {
        let mut ids = BTreeSet::new();
        let mut right = 0;
        for target in list(&panel["targets"]) {
            right += usize::from(!text(&target["expr"]).is_empty() && ids.insert(text(&target["refId"])));
        }
        right == 0 || right != list(&panel["targets"]).count()
    })
}

fn matchers(board: &Value) -> Vec<String> {
    each_query(board, |query| {
        // Alerts of Prometheus are asked for by name; not all of them have an instance.
        let selectors = super::names::selectors(query);
        selectors.iter().filter(|selector| !selector.starts_with("ALERTS{")).any(|selector| {
            !selector.contains("job=~\"$job\"") || !selector.contains("instance=~\"$instance\"")
        })
    })
}

fn intervals(board: &Value) -> Vec<String> {
    each_query(board, |query| {
        let ranges = query.split('[').skip(1).filter_map(|rest| rest.split(']').next());
        ranges.into_iter().any(|range| !["$__rate_interval", "$__range"].contains(&range))
    })
}

fn counters(board: &Value) -> Vec<String> {
    each_query(board, |query| {
        let selectors = super::names::selectors(query);
        selectors.iter().any(|selector| {
            let counter = selector.split('{').next().is_some_and(|name| name.ends_with("_total"));
            let seen_as_rate =
                ["rate(", "increase("].iter().any(|f| query.contains(&format!("{f}{selector}[")));
            counter && !seen_as_rate && !SET_AT_START.iter().any(|name| selector.starts_with(name))
        })
    })
}

fn places(board: &Value) -> Vec<String> {
    let (mut taken, mut wrong) = (BTreeSet::new(), Vec::new());
    for panel in list(&board["panels"]) {
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap_or(99));
        let cells = (y..y + h).flat_map(|y| (x..x + w).map(move |x| (x, y)));
        if cells.filter(|cell| !taken.insert(*cell)).count() > 0 || x + w > 24 || w == 0 || h == 0 {
            wrong.push(text(&panel["title"]).to_owned());
        }
    }
    wrong
}

fn runbooks(board: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for panel in panels(board) {
        let words = text(&panel["description"]).split(|c: char| !c.is_ascii_alphanumeric());
        let named = words.filter(|word| word.len() > "Plumbline".len() && word.starts_with("Plumbline"));
        wrong.extend(named.filter(|name| !super::rules::runbook(name).is_file()).map(str::to_owned));
    }
    wrong
}
