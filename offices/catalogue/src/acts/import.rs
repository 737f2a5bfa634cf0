//! A catalogue that is brought in by a file: each resource by itself, in the name of who answers for it and of who has
//! looked at it.

mod sheet;

pub use sheet::{Drafted, SHEET_BYTES_MAX, Sheet, columns, draft_in, may_draft, read_sheet};

use access::{Actor, Organ, Over, authorise};
use base::{Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::Act;
use serde_json::Value;
use store::Reader;

use super::{compile, guide};
use crate::store as rows;
use crate::terms::{
    COMPILE, DRAFTED, PUBLISH, PUBLISHED, Resource, SENT, SUBJECT, State, in_words,
};

/// A file of a catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Each resource as it was written.
    pub resources: Vec<Value>,
}

/// The file that a text is: words in the place of the numbers of its source. What is wrong is told.
pub fn read_file(text: &str) -> Outcome<Result<File, String>> {
    let Ok(Value::Object(mut file)) = serde_json::from_str::<Value>(text) else {
        return Ok(Err("不是 JSON 对象，或者写法不对".into()));
    };
    let Some(Value::Array(resources)) = file.remove("resources") else {
        return Ok(Err("里面没有 resources".into()));
    };
    let source = match file.remove("source") {
        None => String::new(),
        Some(Value::String(source)) => source,
        Some(_) => return Ok(Err("source 应当是文字".into())),
    };
    if let Some(strange) = file.keys().find(|key| !["about", "$schema"].contains(&key.as_str())) {
        return Ok(Err(format!("不认识 {strange} 这个键")));
    }
    if source.is_empty() {
        return Ok(Ok(File { resources }));
    }
    let mut worded = Vec::with_capacity(resources.len());
    for resource in resources {
        let Some(resource) = in_words(&source, resource)? else {
            return Ok(Err(format!("没有 {source} 这个来源的代码对照")));
        };
        worded.push(resource);
    }
    Ok(Ok(File { resources: worded }))
}

/// What became of a resource that was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A version of it was published.
    Published {
        /// Its code.
        code: String,
        /// The version.
        version: i64,
    },
    /// It stands in the catalogue already, word for word.
    AlreadyThere {
        /// Its code.
        code: String,
    },
}

/// Whether these two may bring in a catalogue: asked once before a long list.
pub async fn may_import(hall: &Hall, editor: &Actor, reviewer: &Actor) -> Outcome<()> {
    let (editor, reviewer) = (editor.clone(), reviewer.clone());
    hall.store
        .read(move |r| {
            authorise(r, &editor, &COMPILE, Over::Any)?;
            authorise(r, &reviewer, &PUBLISH, Over::City).map(|_| ())
        })
        .await
}

/// Brings in one resource, in a transaction of its own: it is written down and sent by one, and published by the other.
/// Of the same organ and name it is the next version; word for word the same it changes nothing.
pub async fn take_in(
    hall: &Hall,
    (editor, reviewer): (&Actor, &Actor),
    brought: Value,
) -> Outcome<Taken> {
    let read: Result<Resource, _> = serde_json::from_value(brought);
    let resource = read.map_err(|error| {
        let words = format!("写法不对：{error}");
        Refusal::new(RefusalKind::Invalid, "catalogue.unread", words)
    })?;
    let now = hall.now();
    let acts = [DRAFTED, SENT, PUBLISHED].map(|kind| Act::new(now, kind, SUBJECT, ""));
    let (review, guide) = (compile::review("", now)?, guide(hall)?);
    let (editor, reviewer) = (editor.clone(), reviewer.clone());
    hall.write(move |tx| {
        let [drafted, sent, published] = &acts;
        let mut resource = resource.clone();
        resource.provider = provider_of(tx, &resource.provider)?;
        let known = rows::head_by_name(tx, &resource.provider, resource.name.trim())?;
        if let Some(head) = &known
            && head.state == State::Published
            && compile::in_force(tx, head)?.resource == resource
        {
            return Ok(Taken::AlreadyThere { code: head.code.clone() });
        }
        let key = known.as_ref().map(|head| head.key.as_str());
        let key = compile::write_in(tx, &editor, (key, &resource), (drafted, &guide), now)?;
        let review = rows::Review { key: key.clone(), ..review.clone() };
        compile::send_in(tx, &editor, (&key, &review), (&sent.clone().on(&key), &guide), now)?;
        let published = published.clone().on(&key);
        compile::publish_in(tx, &reviewer, (&key, ""), (&published, &guide), now)?;
        let head = compile::found(tx, &key)?;
        Ok(Taken::Published { code: head.code, version: head.version })
    })
    .await
}

/// The id of the organ that a file names by id, credit code or name.
fn provider_of(reader: &Reader<'_>, named: &str) -> Outcome<String> {
    if let Some(organ) = access::organ_by_id_or_credit(reader, named.trim())? {
        return Ok(organ.id);
    }
    let same = |organ: &Organ| [&organ.name, &organ.short_name].contains(&&named.trim().to_owned());
    let found = access::organs(reader)?.into_iter().find(same);
    // A name that nobody has is told with the rest that is wrong.
    Ok(found.map_or_else(|| named.trim().to_owned(), |organ| organ.id))
}
