//! What this office puts into the full-text index: one document an item, with the words people use.

use ::store::Reader;
use base::Outcome;
use ledger::Recorded;
use search::{Audience, Change, Doc};
use serde_json::Value;

use crate::store::{self, Entry};
use crate::terms::{Field, Item, State, shipped};

/// After an item was published: its document, from the row as it stands; after it was withdrawn,
/// none.
pub fn changes(reader: &Reader<'_>, act: &Recorded) -> Outcome<Vec<Change>> {
    let row = act.content().get("row").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let Some(id) = row else { return Ok(Vec::new()) };
    let Some(entry) = store::entry(reader, id)? else { return Ok(Vec::new()) };
    Ok(vec![match entry.item.state {
        State::Published => Change::Put(doc(&entry)?),
        _ => Change::Delete(key(&entry.item)),
    }])
}

/// An item as something that can be found.
pub fn doc(entry: &Entry) -> Outcome<Doc> {
    let item = &entry.item;
    let codes = shipped::codes()?;
    Ok(Doc {
        key: key(item),
        kind: "item".into(),
        url: format!("/services/{}", item.slug),
        title: item.name.clone(),
        body: body(item),
        organ: item.organ_name().to_owned(),
        number: item.local_code.clone(),
        published_on: item.effective_from.number(),
        column: codes.item_type(item.text("item_type")).to_owned(),
        audience: Audience::Public,
    })
}

fn key(item: &Item) -> String {
    format!("powers:{}", item.slug)
}

/// The words of the guide, a paragraph a line; what people call the thing comes right after what
/// it is.
fn body(item: &Item) -> String {
    let mut lines = vec![item.summary.clone(), item.words.join("、")];
    let extra = ["can_apply", "not_for", "before_you_start"];
    let fields = extra.iter().filter_map(|key| item.extra.get(*key)).flat_map(Field::list);
    lines.extend(fields.map(str::to_owned));
    lines.extend(item.list("conditions").into_iter().map(str::to_owned));
    lines.extend(item.materials.iter().map(|one| format!("{}：{}", one.name, one.how_to)));
    lines.extend(item.steps.iter().map(|step| format!("{}：{}", step.name, step.what)));
    lines.extend(item.faqs.iter().map(|faq| format!("{}{}", faq.q, faq.a)));
    lines.push(format!("办理结果：{}", item.text("result_name")));
    lines.push(item.text("place").to_owned());
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use base::{Id, Moment};

    use super::*;

    #[test]
    fn a_restaurant_is_found_by_the_word_people_use() {
        let library = shipped::library().expect("library");
        let item = library.items.iter().find(|item| item.slug == "food-business");
        let now = Moment::from_millis(0);
        let entry = Entry {
            id: Id::mint(now),
            item: item.expect("the item").clone(),
            form: Value::Null,
            laws: Default::default(),
            effective_to: None,
            published_at: now,
        };
        let doc = doc(&entry).expect("a document");
        assert!(doc.body.contains("开饭店"));
        assert_eq!(doc.url, "/services/food-business");
        assert_eq!(doc.column, "行政许可");
    }
}
