//! The catalogue as DCAT in JSON-LD, for harvesters.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use base::{Fault, Outcome};
use frame::{Cx, Reply};
use serde_json::{Value, json};

use crate::acts;
use crate::store::{self as rows, Head, Narrowed};
use crate::terms::{Classes, Cycle, Resource};

/// So many resources are read at a time.
const CHUNK: i64 = 500;
/// So many stand in one file at most.
const MOST: usize = 20_000;

/// `GET /catalogue.jsonld`
pub(crate) async fn catalogue(cx: Cx) -> Reply {
    let (classes, site) = (acts::classes()?, cx.hall().city.url.clone());
    let mut datasets = Vec::new();
    let mut after = String::new();
    loop {
        let from = after.clone();
        let some = cx
            .read(move |r| {
                let heads = rows::list(r, &Narrowed::public(), &from, CHUNK)?;
                let resources = rows::resources_of(r, &heads)?;
                Ok((heads, resources))
            })
            .await?;
        let (heads, resources) = some;
        let resources: BTreeMap<String, Resource> = resources.into_iter().collect();
        let Some(last) = heads.last() else { break };
        after.clone_from(&last.key);
        for head in &heads {
            let found = resources.get(&head.key);
            datasets.extend(found.map(|one| dataset(head, one, &classes, &site)));
        }
        if datasets.len() >= MOST {
            break;
        }
    }
    let body = whole(&cx, datasets)?;
    Ok(([(CONTENT_TYPE, "application/ld+json; charset=utf-8")], body).into_response())
}

fn whole(cx: &Cx, datasets: Vec<Value>) -> Outcome<String> {
    let city = &cx.hall().city;
    let catalogue = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "adms": "http://www.w3.org/ns/adms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": format!("{}/catalogue.jsonld", city.url),
        "@type": "dcat:Catalog",
        "dct:title": { "@value": format!("{}政务数据目录", city.name), "@language": "zh" },
        "dct:publisher": { "@type": "foaf:Agent", "foaf:name": city.name },
        "dct:language": "zh",
        "foaf:homepage": { "@id": format!("{}/data", city.url) },
        "dcat:dataset": datasets,
    });
    Ok(serde_json::to_string(&catalogue).map_err(Fault::from)?)
}

fn dataset(head: &Head, resource: &Resource, classes: &Classes, site: &str) -> Value {
    let page = format!("{site}/data/{}", head.key);
    let day = |at: base::Moment| json!({ "@value": at.day().to_string(), "@type": "xsd:date" });
    json!({
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:identifier": head.code,
        "dct:title": { "@value": resource.name, "@language": "zh" },
        "dct:description": { "@value": resource.summary, "@language": "zh" },
        "dct:publisher": { "@type": "foaf:Organization", "foaf:name": head.provider_name },
        "dct:issued": head.published_at.map(day),
        "dct:modified": day(head.changed_at),
        "dct:accrualPeriodicity": frequency(resource.cycle).map(|uri| json!({ "@id": uri })),
        "dct:accessRights": { "@id": format!(
            "http://publications.europa.eu/resource/authority/access-right/{}",
            if resource.open { "PUBLIC" } else { "RESTRICTED" }
        ) },
        "dcat:theme": super::facts::place(&resource.place, classes),
        "dcat:keyword": resource.keywords,
        "dcat:landingPage": { "@id": page },
        "adms:versionNotes": head.version.to_string(),
    })
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
    Some(format!("http://publications.europa.eu/resource/authority/frequency/{word}"))
}
