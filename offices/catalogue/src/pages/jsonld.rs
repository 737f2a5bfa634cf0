//! The catalogue as DCAT in JSON-LD, for harvesters: a page at a time, each with the address of the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use base::{Fault, Moment, Outcome};
use frame::{Cx, Hall, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::{self, sets};
use crate::store::{self as rows, Head, InForce, Narrowed, OpenSet};
use crate::terms::{Classes, Cycle, Resource};

/// So many resources are read at a time.
const CHUNK: i64 = 500;
/// So many stand on a page, about.
const PAGE: usize = 5_000;
/// Where DCAT's own lists of words are.
const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

/// `GET /catalogue.jsonld`
pub(crate) async fn catalogue(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let hall = cx.hall().clone();
    let body = sets::apart(async move { page(&hall, &wanted.after).await }).await?;
    Ok(([(CONTENT_TYPE, "application/ld+json; charset=utf-8")], body).into_response())
}

async fn page(hall: &Arc<Hall>, after: &str) -> Outcome<String> {
    let maker = Maker { site: hall.city.url.clone(), classes: acts::classes()? };
    let (mut datasets, mut from, mut more) = (Vec::new(), after.to_owned(), true);
    while more && datasets.len() < PAGE {
        let last = from.clone();
        let (heads, resources, open, organs) = hall
            .store
            .read(move |r| {
                let heads = rows::list(r, &Narrowed::public(), &last, CHUNK)?;
                let keys: Vec<String> = heads.iter().map(|head| head.key.clone()).collect();
                let resources = rows::resources_of(r, &heads)?;
                Ok((heads, resources, rows::open_sets(r, &keys)?, access::organs(r)?))
            })
            .await?;
        let resources: BTreeMap<&str, &InForce> =
            resources.iter().map(|one| (one.key.as_str(), one)).collect();
        for head in &heads {
            let Some(one) = resources.get(head.key.as_str()) else { continue };
            let organ = organs.iter().find(|organ| organ.id == head.provider);
            let code = organ.and_then(|organ| organ.credit_code.as_deref());
            datasets.push(maker.dataset((head, one), open.get(&head.key), code));
        }
        more = i64::try_from(heads.len()) == Ok(CHUNK);
        if let Some(last) = heads.last() {
            from.clone_from(&last.key);
        }
    }
    whole(hall, datasets, (after, more.then_some(from.as_str())))
}

fn whole(hall: &Hall, datasets: Vec<Value>, (at, next): (&str, Option<&str>)) -> Outcome<String> {
    let city = &hall.city;
    let root = format!("{}/catalogue.jsonld", city.url);
    let at = if at.is_empty() { root.clone() } else { format!("{root}?after={at}") };
    let catalogue = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "hydra": "http://www.w3.org/ns/hydra/core#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": root,
        "@type": "dcat:Catalog",
        "dct:title": { "@value": format!("{}政务数据目录", city.name), "@language": "zh" },
        "dct:description": { "@value": format!("{}各部门的政务数据资源：有什么、由谁提供、怎么共享、哪些向社会开放", city.name), "@language": "zh" },
        "dct:publisher": { "@type": "foaf:Agent", "foaf:name": city.name },
        "dct:language": language(),
        "foaf:homepage": { "@id": format!("{}/data", city.url) },
        "hydra:view": {
            "@id": at, "@type": "hydra:PartialCollectionView",
            "hydra:next": next.map(|next| json!({ "@id": format!("{root}?after={next}") })),
        },
        "dcat:dataset": datasets,
    });
    Ok(serde_json::to_string(&catalogue).map_err(Fault::from)?)
}

fn language() -> Value {
    json!({ "@id": format!("{AUTHORITY}/language/ZHO") })
}

fn day(at: Moment) -> Value {
    json!({ "@value": at.day().to_string(), "@type": "xsd:date" })
}

struct Maker {
    site: String,
    classes: Classes,
}

impl Maker {
    fn dataset(
        &self,
        (head, one): (&Head, &InForce),
        open: Option<&OpenSet>,
        provider_code: Option<&str>,
    ) -> Value {
        let (site, resource) = (&self.site, &one.resource);
        let page = format!("{site}/data/{}", head.key);
        let open = open.filter(|set| sets::is_open_load(resource, &set.shape, false));
        let modified = one.from.max(open.map(|set| set.changed_at));
        let access = if sets::is_public(resource) { "PUBLIC" } else { "RESTRICTED" };
        let rights = match resource.open_condition.as_str() {
            "" => Value::Null,
            condition => json!({ "@type": "dct:RightsStatement", "rdfs:label": condition }),
        };
        let related = resource
            .related
            .iter()
            .map(|code| json!({ "@id": format!("{site}/data/{}", crate::terms::key_of(code)) }));
        json!({
            "@id": page,
            "@type": "dcat:Dataset",
            "dct:identifier": head.code,
            "dct:title": { "@value": resource.name, "@language": "zh" },
            "dct:description": { "@value": resource.summary, "@language": "zh" },
            "dct:language": language(),
            "dct:publisher": {
                "@type": "foaf:Organization", "foaf:name": head.provider_name,
                "dct:identifier": provider_code,
            },
            "dct:issued": head.published_at.map(day),
            "dct:modified": modified.map(day),
            "dct:accrualPeriodicity": frequency(resource.cycle).map(|uri| json!({ "@id": uri })),
            "dct:accessRights": { "@id": format!("{AUTHORITY}/access-right/{access}") },
            "dct:rights": rights,
            "dcat:theme": self.theme(head, resource),
            "dcat:keyword": resource.keywords,
            "dcat:landingPage": { "@id": page },
            "dcat:version": head.version.to_string(),
            "dct:relation": related.collect::<Vec<_>>(),
            "dcat:distribution": open.map(|set| distributions(head, set, &page, site)),
        })
    }

    /// 类 and 项 as a concept: its address lists what stands under it.
    fn theme(&self, head: &Head, resource: &Resource) -> Value {
        let words = super::facts::place(&resource.place, &self.classes);
        json!({
            "@id": format!("{}/data?subject={}", self.site, head.subject),
            "@type": "skos:Concept", "skos:notation": resource.place.prefix(),
            "skos:prefLabel": { "@value": words, "@language": "zh" },
        })
    }
}

/// The files of open rows, and the address by which programs ask them.
fn distributions(head: &Head, set: &OpenSet, page: &str, site: &str) -> Vec<Value> {
    let file = |ending: &str, media: &str, kind: &str| {
        let address = json!({ "@id": format!("{page}/rows.{ending}") });
        json!({
            "@id": format!("{page}#{ending}"), "@type": "dcat:Distribution",
            "dct:title": { "@value": format!("{}（{kind}）", head.name), "@language": "zh" },
            "dcat:accessURL": { "@id": page }, "dcat:downloadURL": address,
            "dcat:mediaType": { "@id": format!("https://www.iana.org/assignments/media-types/{media}") },
            "dct:format": { "@id": format!("{AUTHORITY}/file-type/{kind}") },
            "dct:modified": day(set.changed_at),
        })
    };
    let search = format!("{site}/api/3/action/datastore_search?resource_id={}", head.key);
    vec![
        file("csv", "text/csv", "CSV"),
        file("json", "application/json", "JSON"),
        json!({
            "@id": format!("{page}#api"), "@type": "dcat:Distribution",
            "dct:title": { "@value": format!("{}（接口）", head.name), "@language": "zh" },
            "dcat:accessURL": { "@id": search },
            "dcat:accessService": {
                "@id": format!("{site}/api/3/action"), "@type": "dcat:DataService",
                "dct:title": { "@value": "开放数据接口", "@language": "zh" },
                "dcat:endpointURL": { "@id": format!("{site}/api/3/action") },
                "dcat:endpointDescription": { "@id": format!("{page}/api") },
            },
            "dct:modified": day(set.changed_at),
        }),
    ]
}

/// The frequency that DCAT-AP's list has for a cycle.
fn frequency(cycle: Cycle) -> Option<String> {
    let word = match cycle {
        Cycle::Live => "CONT",
        Cycle::Daily => "DAILY",
        Cycle::Weekly => "WEEKLY",
        Cycle::Monthly => "MONTHLY",
        Cycle::Quarterly => "QUARTERLY",
        Cycle::HalfYearly => "ANNUAL_2",
        Cycle::Yearly => "ANNUAL",
        Cycle::Irregular => "IRREG",
        Cycle::Own => return None,
    };
    Some(format!("{AUTHORITY}/frequency/{word}"))
}
