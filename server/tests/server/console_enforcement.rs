//! The page of enforcement: what it tells of policies, programs and nodes, and the switch over all of them.

use plumbline_proto::v1::{EnforcementOutcome, EnforcementState, ListPoliciesRequest, ingest_request::Kind};

use crate::{
    console::{field, log_in, post},
    console_pages::{column, part},
    enforcement::{broken, client, enforcing, of_web, recorded, started},
    harness::{Collector, Server, wait_for},
    secure::Pki,
    web::get,
};

const PAGE: &str = "/console/enforcement";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_page_tells_what_broke_a_policy_and_who_does_not_enforce_and_switches_all_of_them_off() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    assert!(get(&server, PAGE, &[]).text().contains("No image has one."));
    client(&server).await.set(of_web()).await.unwrap();
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, broken(0, &[(EnforcementOutcome::Killed, 2), (EnforcementOutcome::Failed, 1)])).await;
    collector.acknowledged(1).await;
    let (idle, _) = enforcing(&server, 2).await;
    let inactive = "the key <b> is another".to_owned();
    idle.say(Kind::Enforcement(EnforcementState { inactive, containers: 3, ..Default::default() })).await;
    let page = wait_for("what the node said", || {
        let page = get(&server, PAGE, &[]).text();
        page.contains("another").then_some(page)
    });
    let policies = part(&page, "policies");
    assert_eq!(column(policies, "Mode"), ["enforce"]);
    assert_eq!(column(policies, "What it says"), ["nothing that is not of the image"]);
    assert_eq!(column(policies, "What broke it"), ["2 killed, 1 NOT killed, since the kernel would not"]);
    assert!(policies.contains("href=\"/console/images/sha256%3Ashop%2Fweb\""), "{policies}");
    let last = part(&page, "broken");
    assert_eq!((column(last, "Is").len(), column(last, "Node")[0].as_str()), (2, "node"), "{last}");
    let nodes = part(&page, "nodes");
    assert_eq!(column(nodes, "Does not enforce, because"), ["the key &#60;b&#62; is another"]);
    assert_eq!(
        (column(nodes, "Containers"), column(nodes, "Holds")),
        (vec!["3".into()], vec!["nothing".into()])
    );
    let image = get(&server, "/console/images/sha256%3Ashop%2Fweb", &[]).text();
    assert!(image.contains("Broke it: 2 killed, 1 NOT killed"), "{image}");

    // A form of another origin, or without its mark, switches nothing.
    let mark = field(&page, "form");
    let fields =
        [("form", mark.as_str()), ("armed", "no"), ("author", "alice"), ("reason", "it kills the till")];
    assert_eq!(post(&server, PAGE, &["Origin: http://evil.example"], &fields).code, 403);
    assert_eq!(post(&server, PAGE, &[], &fields[1..]).code, 403);
    assert_eq!(post(&server, PAGE, &[], &[fields[0], ("armed", "perhaps"), fields[2]]).code, 400);
    assert_eq!(post(&server, PAGE, &[], &fields[..2]).code, 400, "nobody did it");
    let armed = async || client(&server).await.list(ListPoliciesRequest {}).await.unwrap().into_inner().armed;
    assert!(armed().await);
    assert_eq!(post(&server, PAGE, &[], &fields).code, 303);
    assert!(!armed().await);
    let page = get(&server, PAGE, &[]).text();
    assert!(page.contains("role=\"alert\"") && page.contains("All policies are switched off"), "{page}");
    let (_, outcome) = recorded(&server).await.pop().unwrap();
    assert!(outcome.contains("alice") && outcome.ends_with(": it kills the till"), "{outcome}");
    let on = [fields[0], ("armed", "yes"), fields[2]];
    assert_eq!(post(&server, PAGE, &[], &on).code, 303);
    assert!(armed().await);
    drop((idle, keyed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_admins_are_shown_the_switch_and_others_are_refused_it() {
    let folder = tempfile::tempdir().unwrap();
    let (pki, keyed) = (Pki::new(folder.path()), crate::enforcement::keyed(folder.path()));
    let (ana, root) = (pki.token("ana", "analyst", &[]), pki.token("root", "admin", &[]));
    let [flag, config] = keyed.flags();
    let flags = [flag, config, "--tokens-file", &pki.path("tokens.toml")];
    let server = Server::start_with(&folder.path().join("data"), &flags);
    let (ana, root) = (log_in(&server, &ana), log_in(&server, &root));
    assert_eq!(get(&server, PAGE, &[]).code, 303, "nobody has logged in");
    let page = get(&server, PAGE, &[&ana]).text();
    assert!(page.contains("No image has one.") && !page.contains("Switch all"), "{page}");
    let mark = field(&page, "form");
    assert_eq!(post(&server, PAGE, &[&ana], &[("form", &mark), ("armed", "no")]).code, 403);
    let page = get(&server, PAGE, &[&root]).text();
    let mark = page.split("<details>").nth(1).map(|form| field(form, "form")).unwrap();
    assert_eq!(post(&server, PAGE, &[&root], &[("form", &mark), ("armed", "no")]).code, 303);
    assert!(get(&server, PAGE, &[&ana]).text().contains("All policies are switched off"));
}

#[test]
fn without_a_key_the_page_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let answer = get(&server, PAGE, &[]);
    assert_eq!(answer.code, 200);
    assert!(answer.text().contains("plumbline-server enforcement init-key"));
}
