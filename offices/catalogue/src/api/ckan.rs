//! CKAN's actions over the catalogue: what each gives, in CKAN's shapes.

use base::{Moment, Outcome};
use frame::Cx;
use serde_json::{Map, Value, json};

use super::found;
use crate::acts::{self, compile, sets};
use crate::store::{self as rows, Head, Narrowed, Tally};
use crate::terms::{Classes, Resource, Share, key_of};

/// So many packages one search gives at most, as CKAN has it.
const ROWS_MAX: i64 = 1_000;
/// So many where nothing is said.
const ROWS: i64 = 10;
/// So many names a list gives at most.
const NAMES_MAX: i64 = 10_000;

/// What an action is asked with.
pub(super) struct Wish(Map<String, Value>);

impl Wish {
    pub(super) fn new(pairs: Map<String, Value>) -> Self {
        Self(pairs)
    }

    /// All of it.
    pub(super) fn pairs(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, name: &str, otherwise: i64) -> i64 {
        match self.0.get(name) {
            Some(Value::Number(number)) => number.as_i64().unwrap_or(otherwise),
            Some(Value::String(text)) => text.parse().unwrap_or(otherwise),
            _ => otherwise,
        }
    }

    fn holds(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Bool(true)))
            || ["true", "True", "1"].contains(&self.text(name))
    }
}

/// The result of an action; none if there is no such action or no such thing.
pub(super) async fn act(cx: &Cx, action: &str, wish: &Wish) -> Outcome<Option<Value>> {
    match action {
        "resource_show" => resource(cx, wish).await,
        "status_show" | "site_read" => Ok(Some(status(cx))),
        "package_list" => names(cx, wish).await.map(Some),
        "package_show" => package(cx, wish).await,
        "package_search" => searched(cx, wish).await.map(Some),
        "current_package_list_with_resources" => listed(cx, wish).await.map(Some),
        "organization_list" => {
            let all = organizations(cx).await?;
            Ok(Some(names_or_all(all, wish)))
        }
        "organization_show" => Ok(one_of(organizations(cx).await?, wish)),
        "group_list" => {
            let all = groups(cx).await?;
            Ok(Some(names_or_all(all, wish)))
        }
        "group_show" => Ok(one_of(groups(cx).await?, wish)),
        "tag_list" | "license_list" => Ok(Some(json!([]))),
        _ => Ok(None),
    }
}

fn status(cx: &Cx) -> Value {
    let city = &cx.hall().city;
    json!({
        "ckan_version": "2.11.0", "site_url": city.url, "site_title": city.name,
        "site_description": "政务数据目录", "error_emails_to": null, "locale_default": "zh_Hans_CN",
        "extensions": [],
    })
}

async fn names(cx: &Cx, wish: &Wish) -> Outcome<Value> {
    let limit = wish.number("limit", NAMES_MAX).clamp(0, NAMES_MAX);
    let offset = wish.number("offset", 0).max(0);
    let keys = cx.read(move |r| rows::published_keys(r, (offset, limit))).await?;
    Ok(json!(keys))
}

async fn package(cx: &Cx, wish: &Wish) -> Outcome<Option<Value>> {
    let (key, classes) = (key_of(wish.text("id")), acts::classes()?);
    let site = cx.hall().city.url.clone();
    cx.read(move |r| {
        let Some(head) = rows::head(r, &key)? else { return Ok(None) };
        let sets = rows::rows_of(r, std::slice::from_ref(&key))?;
        match compile::in_force(r, &head) {
            Ok(version) => {
                let of = (&version.resource, sets.get(&key).copied());
                Ok(Some(package_of(&head, of, &classes, &site)))
            }
            Err(_) => Ok(None),
        }
    })
    .await
}

/// The one resource of a package: its rows.
async fn resource(cx: &Cx, wish: &Wish) -> Outcome<Option<Value>> {
    let package = package(cx, wish).await?;
    Ok(package.and_then(|package| package.get("resources")?.get(0).cloned()))
}

/// What `fq` narrows by: `organization:x` and `groups:x`; other words of it are left out.
fn narrowed(wish: &Wish) -> Narrowed {
    let mut narrowed = Narrowed::public();
    for part in wish.text("fq").split(['+', ' ']) {
        match part.split_once(':') {
            Some(("organization" | "owner_org", name)) => {
                narrowed.provider = name.trim_matches('"').to_owned();
            }
            Some(("groups", name)) => narrowed.subject = name.trim_matches('"').to_owned(),
            Some(("isopen", value)) => narrowed.open = value == "true",
            _ => {}
        }
    }
    narrowed
}

async fn searched(cx: &Cx, wish: &Wish) -> Outcome<Value> {
    let rows_wanted = wish.number("rows", ROWS).clamp(0, ROWS_MAX);
    let start = wish.number("start", 0).max(0);
    let words = wish.text("q").trim();
    let (count, heads) = match words {
        "" | "*" | "*:*" => {
            let narrowed = narrowed(wish);
            cx.read(move |r| rows::published(r, &narrowed, (start, rows_wanted))).await?
        }
        words => by_words(cx, words, narrowed(wish), (start, rows_wanted)).await?,
    };
    let results = packages(cx, heads).await?;
    Ok(json!({
        "count": count, "sort": "score desc, metadata_modified desc", "results": results,
        "facets": {}, "search_facets": {},
    }))
}

/// The resources that words find, from one place on: the index is asked page by page.
async fn by_words(
    cx: &Cx,
    words: &str,
    narrowed: Narrowed,
    (start, wanted): (i64, i64),
) -> Outcome<(i64, Vec<Head>)> {
    let (mut keys, mut after) = (Vec::new(), String::new());
    loop {
        let (found, next) = found(cx, words, &after)?;
        keys.extend(found);
        match next {
            Some(next) if keys.len() < 2_000 => after = next,
            _ => break,
        }
    }
    let mut heads = Vec::new();
    for some in keys.chunks(500) {
        let some = some.to_vec();
        heads.extend(cx.read(move |r| rows::published_among(r, &some)).await?);
    }
    heads.retain(|head| {
        (narrowed.provider.is_empty() || head.provider == narrowed.provider)
            && (narrowed.subject.is_empty() || head.subject == narrowed.subject)
            && (!narrowed.open || head.open)
    });
    let count = i64::try_from(heads.len()).unwrap_or(i64::MAX);
    let (start, wanted) =
        (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(wanted).unwrap_or_default());
    Ok((count, heads.into_iter().skip(start).take(wanted).collect()))
}

async fn listed(cx: &Cx, wish: &Wish) -> Outcome<Value> {
    let limit = wish.number("limit", ROWS).clamp(0, ROWS_MAX);
    let offset = wish.number("offset", 0).max(0);
    let narrowed = Narrowed::public();
    let (_, heads) = cx.read(move |r| rows::published(r, &narrowed, (offset, limit))).await?;
    Ok(json!(packages(cx, heads).await?))
}

async fn packages(cx: &Cx, heads: Vec<Head>) -> Outcome<Vec<Value>> {
    let (classes, site) = (acts::classes()?, cx.hall().city.url.clone());
    cx.read(move |r| {
        let resources = rows::resources_of(r, &heads)?;
        let keys: Vec<String> = heads.iter().map(|head| head.key.clone()).collect();
        let mut sets = std::collections::BTreeMap::new();
        for some in keys.chunks(500) {
            sets.extend(rows::rows_of(r, some)?);
        }
        let package = |head: &Head| {
            let (_, resource) = resources.iter().find(|(key, _)| *key == head.key)?;
            Some(package_of(head, (resource, sets.get(&head.key).copied()), &classes, &site))
        };
        Ok(heads.iter().filter_map(package).collect())
    })
    .await
}

fn moment(at: Option<Moment>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.iso()))
}

/// A resource as CKAN's package.
fn package_of(
    head: &Head,
    (resource, rows): (&Resource, Option<i64>),
    classes: &Classes,
    site: &str,
) -> Value {
    let public = rows.filter(|_| sets::is_public(resource));
    let files: Vec<Value> = public.iter().map(|rows| file_of(head, *rows, site)).collect();
    let tags = resource.keywords.iter().map(|word| {
        json!({ "id": word, "name": word, "display_name": word, "state": "active",
                "vocabulary_id": null })
    });
    let tags: Vec<Value> = tags.collect();
    let subject = classes.of(&resource.place).map(|(_, subject)| subject.name.as_str());
    let group = json!({ "id": head.subject, "name": head.subject, "title": subject,
                        "display_name": subject, "description": "" });
    let items = resource.items.iter().map(|item| {
        json!({ "code": item.code, "name": item.name, "type": item.kind.word(),
                "length": item.length, "required": item.required, "key": item.key,
                "sensitive": item.sensitive, "codes": item.codes })
    });
    let items = Value::Array(items.collect()).to_string();
    let extras: Vec<Value> = [
        ("code", head.code.as_str()),
        ("share", resource.share.word()),
        ("share_condition", &resource.share_condition),
        ("manner", resource.manner.word()),
        ("update_cycle", resource.cycle_said()),
        ("format", resource.format.word()),
        ("items", &items),
    ]
    .into_iter()
    .map(|(key, value)| json!({ "key": key, "value": value }))
    .collect();
    json!({
        "id": head.key, "name": head.key, "title": resource.name, "notes": resource.summary,
        "author": head.provider_name, "author_email": null, "maintainer": null,
        "maintainer_email": null, "license_id": null, "license_title": null,
        "isopen": resource.open && resource.share != Share::Refused, "private": false,
        "state": "active", "type": "dataset", "version": head.version.to_string(),
        "url": format!("{site}/data/{}", head.key), "creator_user_id": null,
        "metadata_created": moment(head.published_at),
        "metadata_modified": moment(Some(head.changed_at)),
        "owner_org": head.provider,
        "organization": organization(&head.provider, &head.provider_name),
        "groups": [group], "num_tags": tags.len(), "tags": tags,
        "num_resources": files.len(), "resources": files, "extras": extras,
        "relationships_as_object": [], "relationships_as_subject": [],
    })
}

/// The rows behind a package as its one resource. It is called as the package is.
fn file_of(head: &Head, rows: i64, site: &str) -> Value {
    json!({
        "id": head.key, "package_id": head.key, "name": head.name, "description": "",
        "format": "CSV", "mimetype": "text/csv", "url": format!("{site}/data/{}/rows.csv", head.key),
        "url_type": "datastore", "datastore_active": true, "state": "active", "position": 0,
        "created": moment(head.published_at), "last_modified": moment(Some(head.changed_at)),
        "metadata_modified": moment(Some(head.changed_at)), "hash": "", "size": null,
        "resource_type": null, "cache_url": null, "rows": rows,
    })
}

fn organization(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": id, "title": name, "type": "organization", "description": "",
        "image_url": "", "is_organization": true, "approval_status": "approved", "state": "active",
    })
}

async fn organizations(cx: &Cx) -> Outcome<Vec<Value>> {
    let tallies = cx.read(rows::tallies).await?;
    let mut all: Vec<(&str, &str)> = tallies
        .iter()
        .map(|tally| (tally.provider.as_str(), tally.provider_name.as_str()))
        .collect();
    all.sort_unstable();
    all.dedup();
    let one = |(id, name): (&str, &str)| {
        let mut one = organization(id, name);
        put_count(&mut one, &tallies, |tally| tally.provider == id);
        one
    };
    Ok(all.into_iter().map(one).collect())
}

async fn groups(cx: &Cx) -> Outcome<Vec<Value>> {
    let (tallies, classes) = (cx.read(rows::tallies).await?, acts::classes()?);
    let used = |code: &String| tallies.iter().any(|tally| tally.subject == *code);
    let one = |(code, name): (String, &str)| {
        let mut one = json!({
            "id": code, "name": code, "title": name, "display_name": name, "type": "group",
            "description": "", "image_url": "", "is_organization": false, "state": "active",
        });
        put_count(&mut one, &tallies, |tally| tally.subject == code);
        one
    };
    Ok(classes.subjects().filter(|(code, _)| used(code)).map(one).collect())
}

fn put_count(one: &mut Value, tallies: &[Tally], is_its: impl Fn(&Tally) -> bool) {
    let count: i64 = tallies.iter().filter(|tally| is_its(tally)).map(|tally| tally.count).sum();
    if let Some(one) = one.as_object_mut() {
        one.insert("package_count".into(), json!(count));
        let title = one.get("title").cloned().unwrap_or_default();
        one.insert("display_name".into(), title);
    }
}

/// The names of all of them, or all that is known where that is wished.
fn names_or_all(all: Vec<Value>, wish: &Wish) -> Value {
    match wish.holds("all_fields") {
        true => Value::Array(all),
        false => all.iter().filter_map(|one| one.get("name").cloned()).collect(),
    }
}

fn one_of(all: Vec<Value>, wish: &Wish) -> Option<Value> {
    let id = wish.text("id");
    all.into_iter().find(|one| one.get("name").and_then(Value::as_str) == Some(id))
}
