//! Markup in every text field: each kind of account opens every page, fills each form on it with markup, and sends
//! it. No answer and no page after it has markup that is not the house's. The same of the words that come from data
//! and not from a form: titles of offices and posts, names of items, articles, rules, words of the configuration.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use testkit::city::observed_city;
use testkit::database::Kind;
use testkit::{Answer, City, Client};

use crate::queries::filled::{self, Names, Size};
use crate::queries::samples::{SAMPLES, address};

/// Ends an attribute, an element, a script and a comment; all that a page could be made to run.
const MARKUP: &str =
    "\"'></title></textarea><script>evil()</script><img src=x onerror=evil()><!--{{7*7}}";
/// A file's name of the same kind.
const FILE: &str = "\"><img src=x onerror=evil()>.pdf";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\nstartxref\n9\n%%EOF\n";

/// What ends the session or the account that asks, or shuts out others.
const SPARED: &[&str] = &["/sign-out", "/sign-out-everywhere", "/me/close", "/state"];

#[derive(Debug, Default)]
struct Form {
    action: String,
    fields: Vec<(String, String)>,
    /// The field that takes a file.
    file: Option<String>,
}

#[test]
fn markup_in_every_text_field_stays_words() {
    observed_city(Kind::Sqlite, hall::OFFICES, async |city, _| {
        let names = filled::fill(&city, Size { residents: 60, cases: 40 }).await;
        let (mut sent, mut taken) = (BTreeSet::new(), 0);
        for reader in access::ROLES.iter().map(|role| role.name) {
            for sample in SAMPLES {
                let client = client(&city, reader).await;
                let answer = client.get(&address(sample, &names)).await;
                house_only(&answer, sample);
                for form in forms(&answer).into_iter().filter(|form| !spared(form)) {
                    // The same form with other fields is another form.
                    let fields =
                        form.fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
                    if sent.insert((reader, form.action.clone(), fields)) {
                        let told = send(&client, &form).await;
                        house_only(&told, &form.action);
                        taken += usize::from(told.status.as_u16() == 303);
                    }
                }
            }
        }
        assert!(sent.len() > 100 && taken > 30, "{} forms, {taken} of them taken", sent.len());
        city.settle().await;
        for reader in access::ROLES.iter().map(|role| role.name) {
            look_at_all(&city, reader, &names).await;
        }
    });
}

#[test]
fn markup_in_the_words_that_come_from_data_stays_words() {
    observed_city(Kind::Sqlite, hall::OFFICES, async |mut city, _| {
        let names = filled::fill(&city, Size { residents: 60, cases: 40 }).await;
        let columns = spoil_the_database(&city).await;
        assert!(columns.len() > 60, "words stand in {columns:?}");
        spoil_the_configuration(&mut city).await;
        let mut shown = 0;
        for reader in access::ROLES.iter().map(|role| role.name) {
            shown += look_at_all(&city, reader, &names).await;
        }
        assert!(shown > 500, "only {shown} pages showed any of it");
    });
}

/// Adds markup to every word of the city's language that stands in its database, whatever keeps it from being
/// changed, and says in which columns.
async fn spoil_the_database(city: &City) -> BTreeSet<String> {
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
    let columns = "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p
                   WHERE m.type = 'table' AND p.type = 'TEXT'";
    let spoil = move |tx: &store::Tx<'_>| {
        for trigger in tx.all::<String>(triggers, &[])? {
            tx.run(&format!("DROP TRIGGER {trigger}"), &[])?;
        }
        let mut spoilt = BTreeSet::new();
        for (table, column) in tx.all::<(String, String)>(columns, &[])? {
            let all = format!("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL");
            for words in tx.all::<String>(&all, &[])? {
                let Some(new) = spoilt_words(&words) else { continue };
                let put = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2");
                tx.run(&put, &[new.into(), words.into()])?;
                spoilt.insert(format!("{table}.{column}"));
            }
        }
        Ok(spoilt)
    };
    city.hall.store.write(spoil).await.expect("spoilt")
}

/// A text with markup, if it is of the city's language; in JSON, each such text in it.
fn spoilt_words(words: &str) -> Option<String> {
    // A reference to an article (行政许可法#42) is read by the program, and no words.
    let chinese = |text: &str| {
        let letters = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        letters && !text.contains('#') && !is_of_a_list(text)
    };
    if !chinese(words) {
        return None;
    }
    if !words.starts_with(['{', '[']) {
        return Some(format!("{words}{MARKUP}"));
    }
    let Ok(mut value) = serde_json::from_str::<Value>(words) else {
        return Some(format!("{words}{MARKUP}"));
    };
    let mut waiting = vec![&mut value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) if chinese(text) => text.push_str(MARKUP),
            Value::Array(all) => waiting.extend(all),
            // What a text must look like is no text that anybody reads.
            Value::Object(all) => {
                waiting.extend(all.iter_mut().filter(|(key, _)| *key != "pattern").map(|(_, v)| v));
            }
            _ => {}
        }
    }
    Some(value.to_string())
}

/// Whether the program reads a text: the catalogue keeps what its guide lists in words, and takes no other.
fn is_of_a_list(text: &str) -> bool {
    use catalogue::terms::{Cycle, DataType, Format, Manner, Share};
    Share::parse(text).is_some()
        || Cycle::parse(text).is_some()
        || Format::parse(text).is_some()
        || DataType::parse(text).is_some()
        || Manner::parse(text).is_some()
}

/// The words of the configuration.
async fn spoil_the_configuration(city: &mut City) {
    city.settle().await;
    let hall = loop {
        // The last use of a session may still be on its way to the database.
        match Arc::get_mut(&mut city.hall) {
            Some(hall) => break hall,
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    for words in [&mut hall.city.name, &mut hall.city.site] {
        words.push_str(MARKUP);
    }
    for provider in &mut hall.providers {
        provider.name.push_str(MARKUP);
    }
}

async fn client(city: &City, reader: &str) -> Client {
    match reader {
        "anyone" => city.visitor(),
        login => city.client(login).await,
    }
}

fn spared(form: &Form) -> bool {
    SPARED.iter().any(|end| form.action.ends_with(end))
}

async fn send(client: &Client, form: &Form) -> Answer {
    let fields: Vec<(&str, &str)> =
        form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match &form.file {
        Some(file) => client.upload(&form.action, &fields, (file, FILE, PDF)).await,
        None => client.post(&form.action, &fields).await,
    }
}

/// Says how many of the pages show markup as words.
async fn look_at_all(city: &City, reader: &str, names: &Names) -> usize {
    city.clock.pass_seconds(601);
    let client = client(city, reader).await;
    let mut shown = 0;
    for sample in SAMPLES {
        let answer = client.get(&address(sample, names)).await;
        house_only(&answer, sample);
        shown += usize::from(answer.text.contains("&lt;script&gt;evil"));
    }
    shown
}

fn house_only(answer: &Answer, of: &str) {
    assert_ne!(answer.status.as_u16(), 500, "{of} is a fault: {}", answer.text);
    let kind = answer.kind.as_deref().unwrap_or_default();
    if kind.starts_with("text/html") {
        assert!(!answer.text.contains("<script>evil"), "{of}: {}", answer.text);
        oracles::html::check(&answer.text);
    }
    if let Some(to) = &answer.location {
        // A system that signs people in here is gone back to at the address that was agreed.
        let agreed = to.starts_with("https://hy.example.gov.cn/cb?") && of.contains("/openid/");
        assert!(frame::held::is_local(to) || agreed, "{of} leads to {to}");
    }
}

/// The forms of a page that change something, each text field filled with markup.
fn forms(answer: &Answer) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut select: Option<String> = None;
    for tag in answer.text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let name = tag.split(' ').next().unwrap_or_default();
        let said = |attribute: &str| value(tag, attribute);
        match name {
            "form" if said("method").as_deref() == Some("post") => {
                forms.push(Form { action: said("action").unwrap_or_default(), ..Form::default() });
                inside = true;
            }
            "/form" => inside = false,
            "select" => select = said("name"),
            _ => {}
        }
        let (true, Some(form)) = (inside, forms.last_mut()) else { continue };
        match (name, said("name"), said("type").as_deref()) {
            ("input", Some(field), Some("file")) => form.file = Some(field),
            ("input", Some(field), Some("hidden" | "checkbox" | "radio")) => {
                let is_there = form.fields.iter().any(|(known, _)| *known == field);
                if !is_there {
                    form.fields.push((field, said("value").unwrap_or_default()));
                }
            }
            ("input" | "textarea", Some(field), _) => form.fields.push((field, MARKUP.to_owned())),
            ("button", Some(field), _) => {
                form.fields.push((field, said("value").unwrap_or_default()))
            }
            ("option", ..) => {
                // The first choice that says something.
                let chosen = said("value").filter(|value| !value.is_empty());
                form.fields.extend(chosen.and_then(|value| Some((select.take()?, value))));
            }
            _ => {}
        }
    }
    forms
}

fn value(tag: &str, attribute: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {attribute}=\""))?;
    let words = rest.split('"').next()?;
    Some(
        words
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
