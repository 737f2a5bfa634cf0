//! What a sheet has no column for. Of a resource that stands it stays: a sheet of the guide knows nothing of where the program
//! finds the data, nor perhaps of what is sensitive or open.

use crate::terms::{Item, Resource};

/// Columns that say which resource it is, and nothing about it.
const NAMING: [&str; 4] = ["name", "code", "provider", "provider_code"];

/// Whether a column says something about a resource.
pub fn is_content(key: &str) -> bool {
    !NAMING.contains(&key)
}

/// A resource from a sheet without these columns, over the one that stands.
pub fn kept(mut new: Resource, standing: &Resource, unsaid: &[String]) -> Resource {
    let silent = |key: &str| unsaid.iter().any(|one| one == key);
    let (place, stood) = (&mut new.place, &standing.place);
    // Where nothing else says it, the code of the resource does.
    if ["class", "subject", "code"].into_iter().all(silent) {
        (place.class, place.subject) = (stood.class.clone(), stood.subject.clone());
    }
    let codes = [
        ("heading", &mut place.heading, &stood.heading),
        ("detail", &mut place.detail, &stood.detail),
    ];
    for (_, to, from) in codes.into_iter().filter(|(key, ..)| silent(key) && silent("code")) {
        to.clone_from(from);
    }
    let texts = [
        ("heading_name", &mut place.heading_name, &stood.heading_name),
        ("detail_name", &mut place.detail_name, &stood.detail_name),
        ("format_words", &mut new.format_words, &standing.format_words),
        ("share_condition", &mut new.share_condition, &standing.share_condition),
        ("share_ground", &mut new.share_ground, &standing.share_ground),
        ("open_condition", &mut new.open_condition, &standing.open_condition),
        ("cycle_words", &mut new.cycle_words, &standing.cycle_words),
        ("register", &mut new.register, &standing.register),
        ("question", &mut new.question, &standing.question),
    ];
    for (_, to, from) in texts.into_iter().filter(|(key, ..)| silent(key)) {
        to.clone_from(from);
    }
    let lists = [
        ("related", &mut new.related, &standing.related),
        ("keywords", &mut new.keywords, &standing.keywords),
    ];
    for (_, to, from) in lists.into_iter().filter(|(key, ..)| silent(key)) {
        to.clone_from(from);
    }
    if silent("format") {
        new.format = standing.format;
    }
    if silent("manner") {
        new.manner = standing.manner;
    }
    if silent("open") {
        new.open = standing.open;
    }
    for item in &mut new.items {
        if let Some(stood) = standing.item(&item.code) {
            keep_item(item, stood, &silent);
        }
    }
    new
}

fn keep_item(item: &mut Item, stood: &Item, silent: &impl Fn(&str) -> bool) {
    if silent("item_type") {
        item.kind = stood.kind;
    }
    if silent("item_length") {
        item.length = stood.length;
    }
    if silent("item_key") {
        item.key = stood.key;
    }
    if silent("item_required") {
        item.required = stood.required;
    }
    // What is found by it has to be there.
    item.required |= item.key;
    if silent("item_sensitive") {
        item.sensitive = stood.sensitive;
    }
    let texts = [
        ("item_codes", &mut item.codes, &stood.codes),
        ("item_field", &mut item.field, &stood.field),
        ("item_concept", &mut item.concept, &stood.concept),
    ];
    for (_, to, from) in texts.into_iter().filter(|(key, ..)| silent(key)) {
        to.clone_from(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::import::columns;
    use crate::terms::{Cycle, DataType, Format, Manner, Place, Share};

    fn text(of: &str, key: &str) -> String {
        format!("{of} {key}")
    }

    fn resource(of: &str) -> Resource {
        let is_old = of == "old";
        let text = |key: &str| text(of, key);
        Resource {
            name: "同一个".into(),
            place: Place {
                class: text("class"),
                subject: text("subject"),
                heading: text("heading"),
                heading_name: text("heading_name"),
                detail: text("detail"),
                detail_name: text("detail_name"),
            },
            provider: "同一个部门".into(),
            summary: text("summary"),
            format: if is_old { Format::ALL[1] } else { Format::ALL[0] },
            format_words: text("format_words"),
            items: vec![Item {
                code: "name".into(),
                name: text("item_name"),
                kind: if is_old { DataType::ALL[3] } else { DataType::ALL[0] },
                length: if is_old { 7 } else { 0 },
                required: is_old,
                key: is_old,
                sensitive: is_old,
                codes: text("item_codes"),
                field: text("item_field"),
                concept: text("item_concept"),
            }],
            share: if is_old { Share::ALL[1] } else { Share::ALL[0] },
            share_condition: text("share_condition"),
            share_ground: text("share_ground"),
            manner: if is_old { Manner::ALL[1] } else { Manner::ALL[0] },
            open: is_old,
            open_condition: text("open_condition"),
            cycle: if is_old { Cycle::ALL[1] } else { Cycle::ALL[0] },
            cycle_words: text("cycle_words"),
            related: vec![text("related")],
            keywords: vec![text("keywords")],
            register: text("register"),
            question: text("question"),
        }
    }

    /// Each column that may be missing is one that is kept: a new one that nobody thought of fails here.
    #[test]
    fn without_any_column_that_may_be_missing_everything_of_them_stays_as_it_stands() {
        let (old, new) = (resource("old"), resource("new"));
        let may = columns().unwrap().into_iter();
        let may = may.filter(|column| column.heading.need != sources::file::Need::Must);
        let unsaid: Vec<String> = may.map(|column| column.key).collect();
        let kept = kept(new.clone(), &old, &unsaid);
        let mut wanted = Resource {
            summary: new.summary.clone(),
            share: new.share,
            cycle: new.cycle,
            ..old.clone()
        };
        wanted.items[0].name.clone_from(&new.items[0].name);
        assert_eq!(kept, wanted);
    }

    #[test]
    fn what_a_column_says_is_taken_and_an_item_that_is_new_keeps_nothing() {
        let (old, new) = (resource("old"), resource("new"));
        assert_eq!(kept(new.clone(), &old, &[]), new);
        let mut other = new.clone();
        other.items[0].code = "phone".into();
        let kept = kept(other.clone(), &old, &["item_sensitive".into(), "item_key".into()]);
        assert_eq!(kept.items, other.items);
    }
}
