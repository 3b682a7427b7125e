//! Who did it: the table `identities`, joined to every event by the key functions.

use std::collections::{BTreeMap, HashMap, HashSet};

use eksamine_query::Session;
use eksamine_testkit::actors::{Join, Kind, KnownEvent, Proof, Truth, Who};

use super::figures::{Figures, share};
use super::{SHOWN, assert_told, known, lakes};
use crate::reading::{Rows, ask};

const AWS: &str = "SELECT event_id, '' AS stage, identity, actor, actor_kind, via, confidence, candidates, chain, related \
     FROM cloudtrail LEFT JOIN identities ON identity = aws_identity(access_key_id, user_type, user_arn, \
     user_principal_id, user_invoked_by, user_name, user_account_id, session_created)";

const KUBERNETES: &str = "SELECT audit_id AS event_id, stage, identity, actor, actor_kind, via, confidence, candidates, \
     chain, related FROM k8s_audit LEFT JOIN identities ON identity = kubernetes_identity(k8s_audit.cluster, user_name, \
     user_access_key_id, user_arn, user_session_name, user_extra)";

/// What is said of an event.
#[derive(Clone, Debug, Default)]
struct Said {
    identity: Option<String>,
    actor: String,
    kind: String,
    via: String,
    confidence: String,
    candidates: String,
    chain: String,
    related: String,
}

/// What is said, held against what is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    /// Candidates are given; whether the true one is among them.
    Among,
    NotAmong,
    /// Nothing is claimed of the origin.
    Open,
}

impl Said {
    fn verdict(&self, who: &Who) -> Verdict {
        match self.confidence.as_str() {
            "ambiguous" if self.candidates.contains(&who.actor) => Verdict::Among,
            "ambiguous" => Verdict::NotAmong,
            // A role whose minting nobody saw is where the chain ends, and no origin; nor is a stranger's account.
            "certain" | "likely" if self.kind == "role" => Verdict::Open,
            "certain" if self.kind == "unknown" => Verdict::Open,
            "certain" | "likely" if who.is_named_by(&self.actor) => Verdict::Right,
            "certain" | "likely" => Verdict::Wrong,
            _ => Verdict::Open,
        }
    }

    fn is_certain(&self) -> bool {
        self.confidence == "certain"
    }

    fn tells_every_step(&self, who: &Who) -> bool {
        who.steps.iter().all(|ids| ids.iter().any(|id| self.chain.contains(id)))
    }

    /// Whether the chain goes through a call that handed out a credential, but not on the way to this one.
    fn tells_a_step_not_taken(&self, who: &Who, mints: &HashSet<&str>) -> bool {
        let steps: Vec<serde_json::Value> = serde_json::from_str(&self.chain).unwrap_or_default();
        let ids = steps.iter().filter_map(|step| step["event_id"].as_str());
        ids.filter(|id| mints.contains(id)).any(|id| !who.steps.iter().flatten().any(|own| own == id))
    }
}

async fn said(session: &Session) -> HashMap<(String, String), Said> {
    let mut all = HashMap::new();
    for sql in [AWS, KUBERNETES] {
        for row in ask(session, sql).await.rows {
            let [id, stage, identity, rest @ ..] = row.as_slice() else { unreachable!() };
            let text = |at: usize| rest[at].clone().unwrap_or_default();
            let said = Said {
                identity: identity.clone(),
                actor: text(0),
                kind: text(1),
                via: text(2),
                confidence: text(3),
                candidates: text(4),
                chain: text(5),
                related: text(6),
            };
            all.insert((id.clone().unwrap(), stage.clone().unwrap()), said);
        }
    }
    all
}

/// The events that handed out AWS credentials.
fn mints(truth: &Truth) -> HashSet<&str> {
    let is_mint = |action: &str| {
        action == "sts:GetSessionToken" || action == "sts:GetFederationToken" || action.contains(":AssumeRole")
    };
    truth.events.iter().filter(|event| is_mint(&event.action)).map(|event| event.id.as_str()).collect()
}

/// What must not be, in a line.
fn faults(event: &KnownEvent, said: &Said, mints: &HashSet<&str>) -> Vec<&'static str> {
    let who = &event.who;
    let verdict = said.verdict(who);
    let mut faults = Vec::new();
    if said.identity.is_none() {
        faults.push("has no row in identities");
    }
    if verdict == Verdict::Wrong && said.is_certain() {
        faults.push("wrong and certain");
    }
    match &who.proof {
        Proof::Ids if verdict != Verdict::Right => faults.push("proved and not found"),
        Proof::Ids if !said.tells_every_step(who) => faults.push("a step of the chain is missing"),
        // Luck, or a rule that takes names for proof.
        Proof::Absent | Proof::Misleading if verdict == Verdict::Right && said.is_certain() => {
            faults.push("certain without a proof");
        }
        Proof::Several(_) if verdict != Verdict::Among => {
            faults.push("several are possible and the true one is no candidate");
        }
        _ => {}
    }
    if verdict == Verdict::Right && said.is_certain() && said.tells_a_step_not_taken(who, mints) {
        faults.push("a step of the chain was not taken");
    }
    // Whose service account a subject of a foreign issuer is nobody can know.
    let kind_is_known = who.kind != Kind::Unknown && who.join != Join::Irsa && said.kind != "unknown";
    if verdict == Verdict::Right && kind_is_known && said.kind != who.kind.name() {
        faults.push("of another kind");
    }
    faults
}

/// Two tables: what the logs prove, and what they do not.
struct Tables {
    proved: Figures,
    other: Figures,
}

impl Tables {
    fn new() -> Self {
        Self {
            proved: Figures::new("join, proved by the logs", &["events", "certain", "likely", "wrong", "open"]),
            other: Figures::new(
                "join, not proved by the logs",
                &["events", "certain", "certain, wrong", "likely", "likely, wrong", "among candidates", "open"],
            ),
        }
    }

    fn count(&mut self, event: &KnownEvent, said: &Said) {
        let who = &event.who;
        let verdict = said.verdict(who);
        if who.proof == Proof::Ids {
            let row = (who.join as usize, who.join.name().to_owned());
            self.proved.count(&row, "events");
            self.proved.count(
                &row,
                match verdict {
                    Verdict::Right if said.is_certain() => "certain",
                    Verdict::Right => "likely",
                    Verdict::Wrong => "wrong",
                    Verdict::Among | Verdict::NotAmong | Verdict::Open => "open",
                },
            );
            return;
        }
        let (order, held) = match &who.proof {
            Proof::Ids | Proof::Names => (0, "names and times lead to one"),
            Proof::Several(_) => (1, "names and times lead to several"),
            Proof::Absent => (2, "a step is missing"),
            Proof::Misleading => (3, "a step is missing, names mislead"),
        };
        let row = (10 * who.join as usize + order, format!("{}: {held}", who.join.name()));
        self.other.count(&row, "events");
        let is_wrong = verdict == Verdict::Wrong;
        match verdict {
            Verdict::Right | Verdict::Wrong => {
                let column = if said.is_certain() { "certain" } else { "likely" };
                self.other.count(&row, column);
                if is_wrong {
                    self.other.count(&row, if said.is_certain() { "certain, wrong" } else { "likely, wrong" });
                }
            }
            Verdict::Among => self.other.count(&row, "among candidates"),
            Verdict::NotAmong | Verdict::Open => self.other.count(&row, "open"),
        }
    }

    fn shown(&self) -> String {
        let proved = self.proved.table(&[
            ("recall", &|of| share(of("certain") + of("likely"), of("events"))),
            ("precision", &|of| share(of("certain") + of("likely"), of("certain") + of("likely") + of("wrong"))),
        ]);
        let other = self.other.table(&[
            ("precision of certain", &|of| share(of("certain") - of("certain, wrong"), of("certain"))),
            ("precision of likely", &|of| share(of("likely") - of("likely, wrong"), of("likely"))),
        ]);
        format!("{proved}\n{other}")
    }
}

#[tokio::test]
async fn who_did_it_is_found_where_the_logs_prove_it_and_never_wrong_where_it_is_certain() {
    let mut figures = Tables::new();
    let mut all_faults = Vec::new();
    for (seed, known) in lakes() {
        let session = known.lake.session();
        let said = said(&session).await;
        assert_eq!(said.len(), known.truth.events.len());
        let mints = mints(&known.truth);
        for event in &known.truth.events {
            let said = &said[&(event.id.clone(), event.stage.to_owned())];
            if seed <= SHOWN {
                figures.count(event, said);
            }
            for fault in faults(event, said, &mints) {
                all_faults.push((event.who.join, fault, format!("seed {seed}: {event:#?}\n{said:#?}")));
            }
        }
    }
    let shown = figures.shown();
    assert!(all_faults.is_empty(), "{shown}\n{}", summary(all_faults));
    assert_told("identity", &shown);
}

/// Faults by join and kind: how many, and one of each.
fn summary(faults: Vec<(Join, &'static str, String)>) -> String {
    let mut groups: BTreeMap<(Join, &str), (usize, String)> = BTreeMap::new();
    for (join, fault, example) in faults {
        groups.entry((join, fault)).or_insert((0, example)).0 += 1;
    }
    let mut text = String::new();
    for ((join, fault), (count, _)) in &groups {
        text += &format!("{count:5} {} {fault}\n", join.name());
    }
    for ((join, fault), (_, example)) in &groups {
        text += &format!("\n== {}: {fault}\n{example}\n", join.name());
    }
    text
}

#[tokio::test]
async fn who_had_a_credential_of_a_pod_within_reach_is_named_beside_its_origin() {
    for (_, known) in lakes() {
        let session = known.lake.session();
        let said = said(&session).await;
        let mut count = 0;
        for event in known.truth.events.iter().filter(|event| event.who.hand.is_some()) {
            let said = &said[&(event.id.clone(), event.stage.to_owned())];
            let hand = event.who.hand.as_deref().unwrap();
            assert!(said.related.contains(hand), "{hand} is not named: {event:#?}\n{said:#?}");
            count += 1;
        }
        assert!(count > 10);
    }
}

#[tokio::test]
async fn who_entered_a_namesake_in_another_cluster_or_on_another_day_is_not_named() {
    let known = known(1);
    let session = known.lake.session();
    let said = said(&session).await;
    let mut count = 0;
    for event in &known.truth.events {
        let Some(stranger) = &event.who.stranger else { continue };
        let said = &said[&(event.id.clone(), event.stage.to_owned())];
        let named =
            [&said.actor, &said.via, &said.candidates, &said.related].into_iter().any(|text| text.contains(stranger));
        assert!(!named, "{event:#?}\n{said:#?}");
        count += 1;
    }
    assert!(count >= 6);
}

#[tokio::test]
async fn configuration_that_let_somebody_in_is_named_while_it_was_in_force_and_no_longer() {
    for (_, known) in lakes() {
        let session = known.lake.session();
        let said = said(&session).await;
        let (mut let_in, mut did_not) = (0, 0);
        for event in &known.truth.events {
            let said = &said[&(event.id.clone(), event.stage.to_owned())];
            for id in &event.who.configured {
                assert!(said.related.contains(id), "{id} is not named: {event:#?}\n{said:#?}");
                let_in += 1;
            }
            for id in &event.who.unconfigured {
                assert!(!said.related.contains(id), "{id} is named: {event:#?}\n{said:#?}");
                did_not += 1;
            }
        }
        assert!(let_in > 50 && did_not > 50, "{let_in} {did_not}");
    }
}

#[tokio::test]
async fn every_identity_is_one_row() {
    let known = known(1);
    let session = known.lake.session();
    let twice: Rows = ask(&session, "SELECT identity FROM identities GROUP BY identity HAVING count(*) > 1").await;
    assert_eq!(twice.rows, Vec::<Vec<Option<String>>>::new());
}
