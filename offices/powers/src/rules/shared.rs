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

/// By this word a field says that it is none of the city's things: the applicant alone can say it.
const OWN: &str = "own";
/// In which ways somebody is reached.
const CONTACTS: [&str; 4] = ["contact.phone", "contact.email", "contact.address", "contact.name"];

/// The facts that registers and the account give: by these alone a field is filled in.
const FACTS: [&str; 6] = [
    "person.name",
    "person.number",
    "person.sex",
    "person.birth",
    "person.address",
    "person.phone",
];
/// The fields that the register of legal entities fills in by their names.
const FIRM: [(&str, &str); 2] = [("org_name", "firm.name"), ("org_code", "firm.code")];

/// What the fields of a form mean that people would have to fill in themselves, by field: what is filled in from a register
/// is not asked for, and how somebody is reached only they know. A field is filled in by a fact that a register gives, and by
/// no other word; those of groups and of lists are looked into.
pub fn asked_for(form: &Value) -> BTreeMap<String, String> {
    let mut asked = BTreeMap::new();
    put_asked(form, "", &mut asked);
    asked
}

fn put_asked(of: &Value, within: &str, asked: &mut BTreeMap<String, String>) {
    let properties = of.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in properties {
        let place = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        let text = |word: &str| field.get(word).and_then(Value::as_str).map_or("", str::trim);
        let concept = text(CONCEPT);
        let filled = FACTS.contains(&text(PREFILL)) || FIRM.contains(&(name.as_str(), concept));
        let known = ![OWN, ""].contains(&concept);
        if known && !filled && !concept.starts_with(CONTACT) {
            asked.insert(place.clone(), concept.to_owned());
        }
        put_asked(field, &place, asked);
        if let Some(each) = field.get("items") {
            put_asked(each, &place, asked);
        }
    }
}

/// Shows each field of a form that is filled in: those of groups and of lists too.
fn each_field<'f>(of: &'f Value, within: &str, show: &mut impl FnMut(&str, &'f Value)) {
    let properties = of.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in properties {
        let place = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        let parts = [Some(field), field.get("items")];
        let mut groups = parts.into_iter().flatten().filter(|one| one.get("properties").is_some());
        match groups.next() {
            Some(group) => each_field(group, &place, show),
            None => show(&place, field),
        }
    }
}

/// Each field says what it means, or says by the declared word that only the applicant can say it, and why it is asked: who
/// leaves the meaning away would pass the guard against collecting twice.
pub fn unnamed(slug: &str, form: &Value) -> Vec<Defect> {
    let mut found = Vec::new();
    each_field(form, "", &mut |place, field| {
        let text = |word: &str| field.get(word).and_then(Value::as_str).map_or("", str::trim);
        let concept = text(CONCEPT);
        let letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
        let (of, what) = concept.split_once('.').unwrap_or_default();
        let named = !of.is_empty() && !what.is_empty() && concept.bytes().all(letter);
        let words = match concept {
            "" => "没有用 x-concept 写明含义；确实只有申请人才知道的，写 own",
            OWN if text("x-why").is_empty() => "含义写了 own，请用 x-why 写明为什么要申请人填",
            OWN => return,
            _ if !named => "含义应当是 own，或者像 marriage.state 这样用点隔开的小写字母",
            _ if concept.starts_with(CONTACT) && !CONTACTS.contains(&concept) => {
                "联系方式的含义只有 contact.phone、contact.email、contact.address、contact.name"
            }
            _ => return,
        };
        found.push(defect("no_concept", format!("forms/{slug}.json 的 {place}"), words));
    });
    found
}

/// The fields of which a form says that only the applicant can say them: told by the act that publishes it.
pub fn own(form: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_field(form, "", &mut |place, field| {
        if field.get(CONCEPT).and_then(Value::as_str) == Some(OWN) {
            found.push(place.to_owned());
        }
    });
    found
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

    #[test]
    fn fields_of_groups_and_lists_are_looked_into_and_a_word_that_no_register_knows_fills_nothing()
    {
        let married = json!({ "x-concept": "marriage.state", "x-prefill": "nothing.known" });
        let form = json!({ "properties": {
            "home": { "properties": { "married": married } },
            "people": { "items": { "properties": { "state": { "x-concept": "marriage.state" } } } },
            "org_code": { "x-concept": "firm.code" }, "other_code": { "x-concept": "firm.code" },
        } });
        let asked: Vec<String> = asked_for(&form).into_keys().collect();
        assert_eq!(asked, ["home.married", "other_code", "people.state"]);
    }

    #[test]
    fn a_field_that_leaves_its_meaning_away_is_told_and_one_that_is_the_applicants_says_why() {
        let form = json!({ "properties": {
            "silent": { "type": "string" },
            "mine": { "x-concept": "own", "x-why": "只有您知道。" },
            "unsaid": { "x-concept": "own" },
            "odd": { "x-concept": "Married" },
            "reached": { "x-concept": "contact.marriage" },
            "people": { "items": { "properties": { "state": {} } } },
            "kinds": { "type": "array", "items": { "type": "string" }, "x-concept": "shop.kinds" },
        } });
        let told = unnamed("home", &form);
        let places: Vec<&str> = told.iter().map(|one| one.place.as_str()).collect();
        let of = |field: &str| format!("forms/home.json 的 {field}");
        let all = ["silent", "unsaid", "odd", "reached", "people.state"].map(of);
        assert_eq!(places, all);
        assert_eq!(own(&form), ["mine", "unsaid"]);
        assert!(!asked_for(&form).contains_key("mine"));
    }

    proptest! {
        /// Whatever a form has: a field is refused where it means something shared, is not prefilled, and is no way to
        /// reach somebody.
        #[test]
        fn only_what_is_shared_and_not_prefilled_is_refused(
            concept in prop::sample::select(vec!["", "marriage.state", "contact.phone", "other.thing"]),
            prefill in prop::sample::select(vec!["", "person.name", "other.fact"]),
        ) {
            let form = json!({ "properties": { "f": { "x-concept": concept, "x-prefill": prefill } } });
            let all = [shared("marriage.state"), shared("contact.phone")];
            let refused = !check("s", &asked_for(&form), &all).is_empty();
            prop_assert_eq!(refused, concept == "marriage.state" && prefill != "person.name");
        }
    }
}
