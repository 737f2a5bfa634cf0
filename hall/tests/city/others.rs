//! What is somebody else's: every thing of the city is asked for by those whom it does not concern, and each
//! answer must be the same as for a thing that does not exist. So nobody reads it, nobody changes it, and
//! nobody learns that it is there.

use std::collections::BTreeSet;

use testkit::city::observed_city;
use testkit::database::Kind;
use testkit::{Answer, City, Client};

use crate::queries::filled::{self, Names, Size};
use crate::queries::samples::route_for;

/// Things of the account `citizen`: a draft, a case, its files, a second factor, a session.
const OF_A_CITIZEN: &[&str] = &[
    "GET /me/factors/{factor}",
    "POST /me/factors/{factor}/confirm",
    "POST /me/factors/{factor}/end",
    "DELETE /api/v1/me/sessions/{session}",
    "POST /me/connected/{client}/end",
    "POST /me/signing/{signer}/end",
    "GET /me/mandates/{mandate}",
    "POST /me/mandates/{mandate}/revoke",
    "POST /me/mandates/{mandate}/accept",
    "POST /api/v1/me/mandates/{mandate}/revoke",
    "GET /apply/draft/{draft_for_another}",
    "POST /apply/draft/{draft_for_another}/discard",
    "GET /my/cases?mandate={mandate}",
    "GET /apply/draft/{draft}",
    "GET /apply/draft/{draft}/materials",
    "POST /apply/draft/{draft}/materials",
    "POST /apply/draft/{draft}/materials/{draft_file}/remove",
    "GET /apply/draft/{draft}/check",
    "POST /apply/draft/{draft}/submit",
    "POST /apply/draft/{draft}/discard",
    "GET /apply/draft/{draft}/home",
    "POST /apply/draft/{draft}/home",
    "GET /me/complaints/{complaint}",
    "GET /me/data-disputes/{dispute}",
    "GET /my/cases/{no}",
    "GET /my/cases/{no}/slip",
    "GET /my/cases/{no}/files/{file}",
    "GET /my/cases/{closed_no}/papers/2",
    "POST /my/cases/{no}/seen",
    "POST /my/cases/{no}/withdraw",
    "POST /my/cases/{no}/supplement",
    "GET /api/v1/applications/{no}",
];

/// Things of one organ: its cases, and the signals on them.
const OF_AN_ORGAN: &[&str] = &[
    "GET /desk/cases/{no}",
    "GET /desk/cases/{no}/slip",
    "POST /desk/cases/{no}/slip",
    "POST /desk/cases/{no}/entries",
    "GET /desk/cases/{no}/files/{file}",
    "GET /desk/cases/{closed_no}/papers/2",
    "POST /desk/cases/{no}/supplement",
    "POST /desk/cases/{no}/mandate",
    "POST /desk/cases/{no}/cancel",
    "GET /desk/cases/{no}/paper",
    "POST /desk/cases/{no}/paper",
    "POST /api/v1/cases/{no}/paper",
    "POST /api/v1/cases/{no}/cancel",
    "POST /desk/cases/{no}/take",
    "POST /api/v1/cases/{no}/take",
    "GET /desk/data-requests/{data_request}",
    "POST /desk/data-requests/{data_request}/deny",
    "POST /desk/data-requests/{data_request}/own/withdraw",
    "GET /desk/data-disputes/{dispute}",
    "POST /desk/data-disputes/{dispute}/examine",
    "GET /desk/signals/{signal}",
    "POST /desk/signals/{signal}/seen",
    "POST /desk/signals/{signal}/appeal",
];

/// Routes to single things that belong to nobody alone, each with the reason.
const OF_NO_ONE: &[(&str, &str)] = &[
    ("/receipts/{act}", "public: organ and time of an act, known by who has the receipt"),
    ("/receipts/{act}/file", "public for acts on cases, by an id that only the receipt tells"),
    ("/api/v1/receipts/{act}", "the same"),
    ("/log/tile/{level}/{*path}", "public: hashes"),
    ("/info/{column}", "public"),
    ("/info/{column}/{id}", "public once published"),
    ("/services/{slug}", "public"),
    ("/api/v1/items/{code}", "public"),
    ("/api/v1/items/{code}/form", "public"),
    ("/apply/{slug}", "public"),
    ("/cases/papers/{n}", "opened by number and code"),
    ("/desk/accounts/{login}", "accounts of the staff: city-wide by role"),
    ("/desk/accounts/{login}/give", "city-wide by role; an organ's by its administrator"),
    ("/desk/accounts/{login}/end", "the same"),
    ("/desk/accounts/{login}/state", "city-wide by role"),
    ("/desk/accounts/{login}/sign-out", "city-wide by role"),
    ("/api/v1/me/delegations/{id}/{verb}", "of both sides: the scenarios of delegations"),
    ("/desk/proposals/{id}", "proposals: city-wide by role"),
    ("/desk/proposals/{id}/agree", "the same"),
    ("/desk/proposals/{id}/decline", "the same"),
    ("/desk/proposals/{id}/withdraw", "the same"),
    ("/desk/organs/{organ}", "organs: public in what they are, city-wide by role"),
    ("/desk/organ-changes/{id}", "organs: public in what they are, city-wide by role"),
    ("/desk/organ-changes/{id}/cancel", "city-wide by role"),
    ("/desk/organs/{organ}/rename", "city-wide by role"),
    ("/desk/organs/{organ}/move", "city-wide by role"),
    ("/desk/organs/{organ}/end", "city-wide by role"),
    ("/desk/roles/{role}", "roles: every member of the staff who sees organs may know them"),
    ("/desk/roles/{role}/change", "city-wide by role"),
    ("/desk/roles/{role}/end", "city-wide by role"),
    ("/desk/resets/{id}/agree", "city-wide by role"),
    ("/desk/resets/{id}/decline", "city-wide by role"),
    ("/desk/authorities/{fingerprint}", "city-wide by role"),
    ("/desk/authorities/{fingerprint}/sources", "city-wide by role"),
    ("/desk/authorities/{fingerprint}/agree", "city-wide by role"),
    ("/desk/authorities/{fingerprint}/end", "city-wide by role"),
    ("/desk/clients/{id}", "systems that sign in here: city-wide by role"),
    ("/desk/clients/{id}/agree", "the same"),
    ("/desk/clients/{id}/decline", "the same"),
    ("/desk/clients/{id}/withdraw", "the same"),
    ("/desk/clients/{id}/end", "the same"),
    ("/desk/clients/{id}/secret", "the same"),
    ("/sign-in/with/{provider}", "public: platforms stand in the configuration"),
    ("/sign-in/back/{provider}", "the same"),
    ("/me/links/{provider}/end", "one's own link with such a platform"),
    ("/desk/documents/{id}", "drafts of documents: the editors' together"),
    ("/desk/documents/{id}/send", "the same"),
    ("/desk/documents/{id}/redraft", "the same"),
    ("/desk/reviews/{id}", "reviews: the reviewers' together"),
    ("/desk/reviews/{id}/withdraw", "the same"),
    ("/desk/reviews/{id}/check", "the same"),
    ("/desk/supervision/signals/{id}", "supervision: city-wide by role"),
    ("/desk/supervision/signals/{id}/uphold", "the same"),
    ("/desk/supervision/signals/{id}/cancel", "the same"),
    ("/desk/supervision/signals/{id}/close", "the same"),
    ("/desk/supervision/{organ}", "the same"),
    ("/desk/population/loads/{id}", "the register: city-wide by role"),
    ("/desk/population/loads/{id}/undo", "the same"),
    ("/desk/population/loads/{id}/settle", "the same"),
    ("/desk/population/feeds/{id}/close", "the same"),
    ("/desk/population/same/pairs/{no}", "the register: city-wide by role"),
    ("/desk/population/same/decisions/{no}", "the same"),
    ("/desk/population/same/{no}", "the same"),
    ("/desk/population/same/{no}/merge", "the same"),
    ("/desk/population/same/{no}/split", "the same"),
    ("/desk/entities/loads/{id}", "the same"),
    ("/desk/entities/loads/{id}/undo", "the same"),
    ("/desk/entities/loads/{id}/settle", "the same"),
    ("/desk/entities/feeds/{id}/close", "the same"),
    ("/desk/entities/same/pairs/{no}", "the same"),
    ("/desk/entities/same/decisions/{no}", "the same"),
    ("/desk/entities/same/{no}", "the same"),
    ("/desk/entities/same/{no}/merge", "the same"),
    ("/desk/entities/same/{no}/split", "the same"),
    ("/data/{key}", "public once published"),
    ("/api/3/action/{action}", "public: what is published"),
    ("/api/action/{action}", "the same"),
    ("/desk/catalogue/{key}", "resources: public once published; the scenarios of drafts"),
    (
        "/desk/catalogue/{key}/edit",
        "of one organ, by its officials: the scenarios of the catalogue",
    ),
    ("/data/{key}/rows", "public: rows of what is open; the scenarios of rows"),
    ("/data/{key}/rows.csv", "the same"),
    ("/data/{key}/rows.json", "the same"),
    ("/data/{key}/rows.xlsx", "the same"),
    ("/data/{key}/chart", "the same"),
    ("/data/{key}/map", "the same"),
    ("/data/{key}/api", "the same"),
    ("/desk/catalogue/{key}/loads", "of one organ, by its officials: the scenarios of rows"),
    ("/desk/catalogue/{key}/loads/{load}", "the same"),
    ("/desk/catalogue/{key}/loads/{load}/undo", "the same"),
    ("/desk/catalogue/{key}/send", "the same"),
    ("/desk/catalogue/{key}/withdraw", "the same"),
    ("/desk/catalogue/{key}/agree", "city-wide by role"),
    ("/desk/catalogue/{key}/decline", "the same"),
    ("/desk/catalogue/{key}/end", "the same"),
    ("/desk/watches/{id}", "watches: city-wide by role"),
    ("/desk/watches/{id}/edit", "the same"),
    ("/desk/watches/{id}/{verb}", "the same"),
    ("/desk/watches/hits/{no}", "of one organ, by its officials: the scenarios of watches"),
    ("/desk/watches/hits/{no}/{verb}", "the same"),
    ("/desk/watches/lists/{id}", "the same"),
    ("/desk/watches/loads/{id}", "the same"),
    ("/desk/watches/loads/{id}/undo", "the same"),
    ("/desk/complaints/{no}", "complaints: city-wide by role"),
    ("/desk/complaints/{no}/{verb}", "the same"),
    ("/desk/deferrals/{id}", "deferrals: city-wide by role, every look an act"),
    ("/desk/deferrals/{id}/agree", "the same"),
    ("/desk/deferrals/{id}/decline", "the same"),
    ("/desk/deferrals/{id}/withdraw", "the same"),
    ("/desk/deferrals/{id}/end", "the same"),
    ("/desk/erasures/{id}", "orders to erase: city-wide by role"),
    ("/desk/erasures/{id}/agree", "the same"),
    ("/desk/erasures/{id}/decline", "the same"),
    ("/desk/erasures/{id}/withdraw", "the same"),
    (
        "/desk/exports/{id}",
        "orders to export: who entered them, who may answer them, city-wide by role",
    ),
    ("/desk/exports/{id}/agree", "the same"),
    ("/desk/exports/{id}/decline", "the same"),
    ("/desk/exports/{id}/withdraw", "the same"),
    ("/desk/exports/{id}/file", "for who entered the order alone"),
    ("/api/v1/exports/{id}", "as the pages"),
    ("/api/v1/exports/{id}/file", "the same"),
    ("/api/v1/exports/{id}/{verb}", "the same"),
    ("/desk/audit/cases/{no}", "audit: city-wide by role, every look an act"),
    ("/desk/audit/people/{login}", "the same"),
    ("/desk/audit/events/{id}", "the same"),
    ("/desk/audit/events/{id}/explain", "the same"),
    ("/desk/authority/certificates/{serial}", "certificates of machines: city-wide by role"),
    ("/desk/authority/certificates/{serial}/file", "the same"),
    ("/desk/authority/certificates/{serial}/renew", "the same"),
    ("/desk/authority/certificates/{serial}/revoke", "the same"),
    ("/desk/authority/proposals/{id}", "the same"),
    ("/desk/authority/proposals/{id}/agree", "the same"),
    ("/desk/authority/proposals/{id}/decline", "the same"),
    ("/desk/authority/proposals/{id}/withdraw", "the same"),
    ("/desk/authority/roots/{id}", "the same"),
    ("/desk/authority/roots/{id}/end", "the same"),
    ("/ca/{place}/root", "public: a root of the authority for machines"),
    ("/ca/{place}/crl", "public: its revocation list"),
    ("/desk/organ-certificates/{organ}", "certificates of organs: city-wide by role"),
    ("/desk/organ-certificates/{organ}/request", "the same"),
    ("/desk/organ-certificates/{organ}/key", "the same"),
    ("/desk/organ-certificates/{organ}/take-in", "the same"),
    ("/desk/organ-certificates/{organ}/drop", "the same"),
    ("/desk/exchange/gateways/{name}", "gateways and their messages: city-wide by role"),
    ("/desk/exchange/gateways/{name}/suspend", "the same"),
    ("/desk/exchange/gateways/{name}/revoke", "the same"),
    ("/desk/exchange/gateways/{name}/resume", "the same"),
    ("/desk/exchange/subscriptions/{id}", "the same"),
    ("/desk/exchange/subscriptions/{id}/stop", "the same"),
    ("/desk/exchange/subscriptions/{id}/allow", "the same"),
    ("/desk/exchange/proposals/{id}", "the same"),
    ("/desk/exchange/proposals/{id}/agree", "the same"),
    ("/desk/exchange/proposals/{id}/decline", "the same"),
    ("/desk/exchange/proposals/{id}/withdraw", "the same"),
    ("/desk/exchange/messages/{id}", "the same: headers, and bodies that stay sealed"),
    ("/desk/exchange/messages/{id}/evidence", "the same"),
    ("/desk/exchange/dead/{gateway}/{id}", "the same"),
    ("/desk/exchange/dead/{gateway}/{id}/resend", "the same"),
    ("/desk/exchange/dead/{gateway}/{id}/drop", "the same"),
    ("/exchange/v1/evidence/{id}", "for the gateways that took part, by their token"),
    ("/ca/ocsp/{*inquiry}", "public: how it stands with a certificate of a machine"),
];

/// Ids of things that do not exist, formed as those that do.
const NO_ID: &str = "01m8c0000000000000000000zz";

fn ghosts(names: &Names) -> Names {
    let ids = [
        "factor",
        "signer",
        "client",
        "draft",
        "draft_file",
        "draft_for_another",
        "file",
        "mandate",
        "signal",
    ]
    .map(|name| (name, NO_ID.to_owned()));
    let session = ("session", "0".repeat(64));
    let numbers = ["no", "closed_no", "complaint", "data_request", "dispute"]
        .map(|name| (name, next_free(&names["no"])));
    ids.into_iter().chain([session]).chain(numbers).collect()
}

/// A case number of the same organ and day that was not given out.
fn next_free(no: &str) -> String {
    let (head, tail) = no.split_at(no.len() - 4);
    let last: u32 = tail.parse().expect("a case number ends in digits");
    format!("{head}{:04}", (last + 4_000) % 10_000)
}

/// Asks for a thing; what differs with every request is taken out of the answer, and the thing's own name.
async fn ask(client: &Client, wanted: &str, names: &Names) -> String {
    let (method, template) = wanted.split_once(' ').expect("a method and a path");
    let mut path = template.to_owned();
    for (name, id) in names {
        path = path.replace(&format!("{{{name}}}"), id);
    }
    assert!(!path.contains('{'), "{wanted} names something that does not exist");
    let answer = match (method, path.starts_with("/api/")) {
        ("GET", _) => client.get(&path).await,
        ("DELETE", _) => client.delete(&path).await,
        (_, true) => client.post_json(&path, &serde_json::json!({})).await,
        (_, false) => client.post(&path, &[("version", "1"), ("note", "别人的")]).await,
    };
    seen(&answer, names)
}

fn seen(answer: &Answer, names: &Names) -> String {
    let location = answer.location.as_deref().unwrap_or_default();
    let mut text = format!("{} {location}\n{}", answer.status, answer.text);
    let written = names.values().map(|id| (id.clone(), id.replace('/', "%2F")));
    for (id, escaped) in written.filter(|(id, _)| !id.is_empty()) {
        text = text.replace(&id, "…").replace(&escaped, "…");
    }
    let (mut plain, mut word) = (String::new(), String::new());
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') {
            word.push(letter);
            continue;
        }
        // The number of the request, and tokens that are made anew for each page.
        plain.push_str(if word.len() >= 22 { "…" } else { &word });
        plain.push(letter);
        word.clear();
    }
    plain
}

/// The names of things for which the answers are compared.
fn things(names: &Names) -> Names {
    let wanted = [
        "factor",
        "signer",
        "session",
        "client",
        "draft",
        "draft_file",
        "draft_for_another",
        "file",
        "mandate",
        "signal",
        "no",
        "closed_no",
        "complaint",
        "data_request",
        "dispute",
    ];
    wanted.into_iter().map(|name| (name, names[name].clone())).collect()
}

async fn register(city: &City) {
    let person = [
        ("account", "xiaohong"),
        ("name", "周小红"),
        ("number", "420704198811023328"),
        ("phone", "13912345678"),
        ("password", testkit::city::PASSWORD),
        ("again", testkit::city::PASSWORD),
    ];
    city.visitor().post("/register", &person).await.expect(303);
}

#[test]
fn what_is_another_persons_is_as_if_it_were_not_there() {
    observed_city(Kind::Sqlite, hall::OFFICES, async |city, _| {
        let names = filled::fill(&city, Size { residents: 60, cases: 40 }).await;
        register(&city).await;
        let (real, ghost) = (things(&names), ghosts(&names));
        let before = changes(&city).await;
        let citizens = ["", "xiaohong", "clerk2", "examiner2", "approver2", "editor", "orgadmin"];
        let organs = ["", "citizen", "xiaohong", "clerk2", "examiner2", "approver2", "editor"];
        let mut told = Vec::new();
        for (things, others) in [(OF_A_CITIZEN, citizens), (OF_AN_ORGAN, organs)] {
            for (login, wanted) in
                others.iter().flat_map(|login| things.iter().map(move |w| (login, w)))
            {
                let here = as_seen_by(&city, login, wanted, &real).await;
                let nowhere = as_seen_by(&city, login, wanted, &ghost).await;
                assert!(!here.starts_with('2'), "«{login}» is given {wanted}:\n{here}");
                let Some((is, is_not)) = first_difference(&here, &nowhere) else { continue };
                // A colleague learns whose the thing is, so as to know whom to ask; of what it says, nothing.
                let colleague = !["", "citizen", "xiaohong"].contains(login);
                if !(colleague && here.starts_with("403") && !tells_of_it(&here)) {
                    told.push(format!("«{login}» {wanted}\n  {is}\n  of nothing: {is_not}"));
                }
            }
        }
        assert!(
            told.is_empty(),
            "{} answers tell that a thing is there:\n{}",
            told.len(),
            told.join("\n")
        );
        assert_eq!(changes(&city).await, before, "somebody changed what is another's");
    });
}

async fn as_seen_by(city: &City, login: &str, wanted: &str, names: &Names) -> String {
    // A look-up without its code makes the next one from the same address wait.
    city.clock.pass_seconds(601);
    let client = match login {
        "" => city.visitor(),
        login => city.client(login).await,
    };
    ask(&client, wanted, names).await
}

/// Whether something of the applicant or of the matter stands in an answer.
fn tells_of_it(answer: &str) -> bool {
    let name = population::DEMO_CITIZEN_NAME;
    [name, "食品经营", "平面图", "0.pdf", "1.pdf"].iter().any(|words| answer.contains(words))
}

fn first_difference<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let mut lines = one.lines().zip(other.lines());
    lines
        .find(|(one, other)| one != other)
        .or_else(|| (one.len() != other.len()).then_some((one, other)))
}

/// How many acts there are of what a person does to a thing: to be refused is nothing done to it.
async fn changes(city: &City) -> i64 {
    let sql = "SELECT COUNT(*) FROM ledger_acts WHERE kind NOT LIKE 'identity.%' \
               AND kind NOT LIKE 'audit.%' AND kind <> 'access.refused'";
    city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.expect("a count")
}

#[test]
fn every_route_to_a_single_thing_is_asked_by_others() {
    let asked: BTreeSet<String> = [OF_A_CITIZEN, OF_AN_ORGAN]
        .into_iter()
        .flatten()
        .filter_map(|wanted| {
            let (method, path) = wanted.split_once(' ')?;
            let route = route_for(&method.to_lowercase(), path)?;
            Some(format!("{method} {route}"))
        })
        .collect();
    let spared: BTreeSet<&str> = OF_NO_ONE.iter().map(|(path, _)| *path).collect();
    for route in hall::OFFICES.iter().flat_map(|office| office.routes) {
        let wanted = format!("{} {}", route.method.to_uppercase(), route.path);
        let known = asked.contains(&wanted) || spared.contains(route.path);
        assert!(
            !route.path.contains('{') || known,
            "who may ask for {wanted}? name it in others.rs"
        );
    }
}
