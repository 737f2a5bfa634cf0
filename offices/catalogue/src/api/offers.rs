//! What this office puts into the full-text index: one document a published resource, with the names of its items.

use ::store::Reader;
use base::Outcome;
use ledger::Recorded;
use search::{Audience, Change, Doc};

use crate::acts::{self, compile};
use crate::store::{self as rows, Head, Version};
use crate::terms::State;

/// The noun.
pub const KIND: &str = "dataset";

/// After a resource was published: its document, from the row as it stands; after it was taken out, none.
pub fn changes(reader: &Reader<'_>, act: &Recorded) -> Outcome<Vec<Change>> {
    let Some(head) = rows::head(reader, &act.subject_id)? else { return Ok(Vec::new()) };
    Ok(vec![match head.state {
        State::Published => {
            let version = compile::in_force(reader, &head)?;
            Change::Put(doc(&head, &version)?)
        }
        _ => Change::Delete(key(&head)),
    }])
}

fn key(head: &Head) -> String {
    format!("catalogue:{}", head.key)
}

/// A resource as something that can be found.
fn doc(head: &Head, version: &Version) -> Outcome<Doc> {
    let resource = &version.resource;
    let classes = acts::classes()?;
    let subject = classes.of(&resource.place).map(|(_, subject)| subject.name.clone());
    let names: Vec<&str> = resource.items.iter().map(|item| item.name.as_str()).collect();
    let mut lines = vec![
        resource.summary.clone(),
        resource.keywords.join("、"),
        format!("信息项：{}", names.join("、")),
        format!("{} · {}更新", resource.share.word(), resource.cycle_said()),
    ];
    lines.retain(|line| !line.trim().is_empty());
    Ok(Doc {
        key: key(head),
        kind: KIND.into(),
        url: format!("/data/{}", head.key),
        title: resource.name.clone(),
        body: lines.join("\n"),
        organ: head.provider_name.clone(),
        number: head.code.clone(),
        published_on: version.from.unwrap_or(head.changed_at).day().number(),
        column: subject.unwrap_or_default(),
        audience: Audience::Public,
    })
}
