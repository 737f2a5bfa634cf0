//! CKAN's actions over the catalogue: what each gives, in CKAN's shapes.

use std::collections::BTreeMap;

use base::{Moment, Outcome};
use frame::Cx;
use serde_json::{Map, Value, json};

use super::{Answered, found};
use crate::acts::{self, sets};
use crate::rules::query::Wrong;
use crate::store::{self as rows, Head, InForce, Narrowed, OpenSet, Tally};
use crate::terms::{Classes, State, key_of};

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
pub(super) async fn act(cx: &Cx, action: &str, wish: &Wish) -> Outcome<Option<Answered>> {
    if action == "package_search" {
        return searched(cx, wish).await.map(Some);
    }
    Ok(shown(cx, action, wish).await?.map(Ok))
}

async fn shown(cx: &Cx, action: &str, wish: &Wish) -> Outcome<Option<Value>> {
    match action {
        "help_show" => Ok(help(wish.text("name")).map(Value::from)),
        "resource_show" => resource(cx, wish).await,
        "status_show" | "site_read" => Ok(Some(status(cx))),
        "package_list" => names(cx, wish).await.map(Some),
        "package_show" => package(cx, wish).await,
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

/// What an action gives, in a line.
fn help(action: &str) -> Option<&'static str> {
    Some(match action {
        "status_show" | "site_read" => "这个平台的名称、地址和兼容的 CKAN 版本。",
        "package_list" => "已发布的资源的编号。参数：limit、offset。",
        "package_show" => "一个资源的元数据。参数：id。",
        "package_search" => "查找资源。参数：q、fq（organization、groups、isopen）、rows、start。",
        "current_package_list_with_resources" => "已发布的资源的元数据。参数：limit、offset。",
        "organization_list" | "organization_show" => "提供数据的部门。参数：all_fields；id。",
        "group_list" | "group_show" => "主题，即编制指南的类和项。参数：all_fields；id。",
        "tag_list" | "license_list" => "没有统一的清单，回答为空。",
        "resource_show" => "一个资源的开放数据。参数：id。",
        "datastore_search" => {
            "查开放数据的行。参数：resource_id、filters、q、fields、sort、limit、offset、include_total、records_format。"
        }
        "datastore_info" => "开放数据的字段、行数和校验值。参数：id。",
        "help_show" => "一个动作的说明。参数：name。",
        _ => return None,
    })
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
    let key = key_of(wish.text("id"));
    let head = cx.read(move |r| rows::head(r, &key)).await?;
    let head = head.filter(|head| head.state == State::Published);
    Ok(packages(cx, head.into_iter().collect()).await?.into_iter().next())
}

/// The one resource of a package: its rows.
async fn resource(cx: &Cx, wish: &Wish) -> Outcome<Option<Value>> {
    let package = package(cx, wish).await?;
    Ok(package.and_then(|package| package.get("resources")?.get(0).cloned()))
}

/// What `fq` narrows by: `organization:x`, `groups:x`, `isopen:true`. Another word would give more than was asked for.
fn narrowed(wish: &Wish) -> Result<Narrowed, Wrong> {
    let mut narrowed = Narrowed::public();
    let parts = wish.text("fq").split(['+', ' ']).filter(|part| !part.is_empty());
    for part in parts {
        match part.split_once(':') {
            Some(("organization" | "owner_org", name)) => {
                narrowed.provider = name.trim_matches('"').to_owned();
            }
            Some(("groups", name)) => narrowed.subject = name.trim_matches('"').to_owned(),
            Some(("isopen", value)) => narrowed.open = value == "true",
            // What a catalogue of this kind holds is nothing else.
            Some(("dataset_type", "dataset") | ("state", "active") | ("capacity", "public")) => {}
            _ => {
                let part: String = part.chars().take(60).collect();
                let words = format!("不能按“{part}”筛选，可以写 organization、groups、isopen");
                return Err(Wrong { field: "fq", words });
            }
        }
    }
    Ok(narrowed)
}

async fn searched(cx: &Cx, wish: &Wish) -> Outcome<Answered> {
    let rows_wanted = wish.number("rows", ROWS).clamp(0, ROWS_MAX);
    let start = wish.number("start", 0).max(0);
    let narrowed = match narrowed(wish) {
        Ok(narrowed) => narrowed,
        Err(wrong) => return Ok(Err(vec![wrong])),
    };
    let (sort, (count, heads)) = match wish.text("q").trim() {
        "" | "*" | "*:*" => {
            let found = cx.read(move |r| rows::published(r, &narrowed, (start, rows_wanted)));
            ("name asc", found.await?)
        }
        words => ("score desc", by_words(cx, words, narrowed, (start, rows_wanted)).await?),
    };
    let results = packages(cx, heads).await?;
    Ok(Ok(json!({
        "count": count, "sort": sort, "results": results, "facets": {}, "search_facets": {},
    })))
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

/// What a package is made of.
struct Package<'p> {
    head: &'p Head,
    one: &'p InForce,
    /// Its rows, where everybody may see them.
    open: Option<&'p OpenSet>,
    /// 信息资源提供方代码.
    provider_code: &'p str,
}

async fn packages(cx: &Cx, heads: Vec<Head>) -> Outcome<Vec<Value>> {
    let (classes, site) = (acts::classes()?, cx.hall().city.url.clone());
    cx.read(move |r| {
        let resources = rows::resources_of(r, &heads)?;
        let resources: BTreeMap<&str, &InForce> =
            resources.iter().map(|one| (one.key.as_str(), one)).collect();
        let keys: Vec<String> = heads.iter().map(|head| head.key.clone()).collect();
        let mut sets = BTreeMap::new();
        for some in keys.chunks(500) {
            sets.extend(rows::open_sets(r, some)?);
        }
        let organs = access::organs(r)?;
        let code = |id: &str| {
            let organ = organs.iter().find(|organ| organ.id == id);
            organ.and_then(|organ| organ.credit_code.as_deref()).unwrap_or_default()
        };
        let package = |head: &Head| {
            let one = *resources.get(head.key.as_str())?;
            let open = sets.get(&head.key);
            let open = open.filter(|set| sets::is_open_load(&one.resource, &set.shape, false));
            let provider_code = code(&head.provider);
            Some(package_of(&Package { head, one, open, provider_code }, &classes, &site))
        };
        Ok(heads.iter().filter_map(package).collect())
    })
    .await
}

fn moment(at: Option<Moment>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.iso()))
}

/// A resource as CKAN's package. It changes when a version comes into force and when its open rows change: by that harvesters
/// know what to fetch again.
fn package_of(of: &Package<'_>, classes: &Classes, site: &str) -> Value {
    let (head, resource) = (of.head, &of.one.resource);
    let modified = of.one.from.max(of.open.map(|set| set.changed_at));
    let files: Vec<Value> = of.open.iter().map(|set| file_of(head, set, site)).collect();
    let tags = resource.keywords.iter().map(|word| {
        json!({ "id": word, "name": word, "display_name": word, "state": "active",
                "vocabulary_id": null })
    });
    let tags: Vec<Value> = tags.collect();
    let subject = classes.of(&resource.place).map(|(_, subject)| subject.name.as_str());
    let group = json!({ "id": head.subject, "name": head.subject, "title": subject,
                        "display_name": subject, "description": "" });
    json!({
        "id": head.key, "name": head.key, "title": resource.name, "notes": resource.summary,
        "author": head.provider_name, "author_email": null, "maintainer": null,
        "maintainer_email": null, "license_id": null, "license_title": null,
        "isopen": sets::is_public(resource), "private": false,
        "state": "active", "type": "dataset", "version": head.version.to_string(),
        "url": format!("{site}/data/{}", head.key), "creator_user_id": null,
        "metadata_created": moment(head.published_at), "metadata_modified": moment(modified),
        "owner_org": head.provider,
        "organization": organization(&head.provider, &head.provider_name),
        "groups": [group], "num_tags": tags.len(), "tags": tags,
        "num_resources": files.len(), "resources": files, "extras": extras(of),
        "relationships_as_object": [], "relationships_as_subject": [],
    })
}

/// What the guide of 2017 has and CKAN has no field for.
fn extras(of: &Package<'_>) -> Vec<Value> {
    let (head, resource) = (of.head, &of.one.resource);
    let items = resource.items.iter().map(|item| {
        json!({ "code": item.code, "name": item.name, "type": item.kind.word(),
                "length": item.length, "required": item.required, "key": item.key,
                "sensitive": item.sensitive, "codes": item.codes })
    });
    let items = Value::Array(items.collect()).to_string();
    let from = of.one.from.map(|at| at.day().to_string()).unwrap_or_default();
    let related = resource.related.join("、");
    let all = [
        ("code", head.code.as_str()),
        ("provider_code", of.provider_code),
        ("share", resource.share.word()),
        ("share_condition", &resource.share_condition),
        ("share_ground", &resource.share_ground),
        ("manner", resource.manner.word()),
        ("open_condition", &resource.open_condition),
        ("update_cycle", resource.cycle_said()),
        ("format", resource.format.word()),
        ("format_words", &resource.format_words),
        ("related", &related),
        ("published_on", &from),
        ("items", &items),
    ];
    all.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// The rows behind a package as its one resource. It is called as the package is.
fn file_of(head: &Head, set: &OpenSet, site: &str) -> Value {
    json!({
        "id": head.key, "package_id": head.key, "name": head.name, "description": "",
        "format": "CSV", "mimetype": "text/csv", "url": format!("{site}/data/{}/rows.csv", head.key),
        "url_type": "datastore", "datastore_active": true, "state": "active", "position": 0,
        "created": moment(head.published_at), "last_modified": moment(Some(set.changed_at)),
        "metadata_modified": moment(Some(set.changed_at)), "hash": "", "size": null,
        "resource_type": null, "cache_url": null, "rows": set.rows,
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
