//! Whether a form asks people for what the city shares already.

use std::collections::BTreeMap;

use catalogue_contract::SharedItem;
use serde_json::Value;

use super::{Defect, defect};

/// What a field means, by the name that the catalogue uses too: `marriage.state`.
const CONCEPT: &str = "x-concept";
/// From where a field is filled in.
const PREFILL: &str = "x-prefill";
/// People say themselves how they wish to be reached.
const CONTACT: &str = "contact.";

/// What the fields of a form mean that people would have to fill in themselves, by field: what is filled in from a register
/// is not asked for, and how somebody is reached only they know.
pub fn asked_for(form: &Value) -> BTreeMap<String, String> {
    let properties = form.get("properties").and_then(Value::as_object).into_iter().flatten();
    let asked = properties.filter_map(|(name, field)| {
        let concept = field.get(CONCEPT)?.as_str()?.trim();
        let prefilled =
            field.get(PREFILL).and_then(Value::as_str).is_some_and(|from| !from.is_empty());
        (!prefilled && !concept.starts_with(CONTACT)).then(|| (name.clone(), concept.to_owned()))
    });
    asked.collect()
}

/// 国务院关于在线政务服务的若干规定（国务院令第716号）art. 7, 政务数据共享条例（国务院令第809号）: what can be had by sharing is not
/// collected again. Each field is told with who shares it and where.
pub fn check(slug: &str, asked: &BTreeMap<String, String>, shared: &[SharedItem]) -> Vec<Defect> {
    let one = |(field, concept): (&String, &String)| {
        let item = shared.iter().find(|item| item.concept == *concept)?;
        let words = format!(
            "“{}”已经由{}在“{}”（{}）里共享，不能再向申请人要；请从共享的数据预填",
            item.item_name, item.provider, item.resource_name, item.resource
        );
        Some(defect("shared_already", format!("forms/{slug}.json 的 {field}"), words))
    };
    asked.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shared(concept: &str) -> SharedItem {
        SharedItem {
            concept: concept.into(),
            resource: "101003/000001".into(),
            key: "01".into(),
            resource_name: "婚姻登记信息".into(),
            provider: "市民政局".into(),
            item: "state".into(),
            item_name: "婚姻状况".into(),
        }
    }

    #[test]
    fn a_field_that_is_shared_is_refused_by_resource_and_item() {
        let form = json!({ "properties": { "married": { "x-concept": "marriage.state" } } });
        let found = check("home", &asked_for(&form), &[shared("marriage.state")]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "forms/home.json 的 married");
        for words in ["婚姻登记信息", "101003/000001", "市民政局", "婚姻状况"] {
            assert!(found[0].words.contains(words), "{words}");
        }
    }

    proptest! {
        /// Whatever a form has: a field is refused where it means something shared, is not prefilled, and is no way to
        /// reach somebody.
        #[test]
        fn only_what_is_shared_and_not_prefilled_is_refused(
            concept in prop::sample::select(vec!["", "marriage.state", "contact.phone", "other.thing"]),
            prefill in prop::sample::select(vec!["", "person.name"]),
        ) {
            let form = json!({ "properties": { "f": { "x-concept": concept, "x-prefill": prefill } } });
            let all = [shared("marriage.state"), shared("contact.phone")];
            let refused = !check("s", &asked_for(&form), &all).is_empty();
            prop_assert_eq!(refused, concept == "marriage.state" && prefill.is_empty());
        }
    }
}
