//! Resources of the catalogue as a file holds them and as a form types them: what is read is written and read the same,
//! can be checked whatever it says, and nothing that anybody types stops the program.

use base::Day;
use catalogue::acts::{classes, import};
use catalogue::rules::{self, Guide, Kinds};
use catalogue::terms::{DataType, Item, Resource};

/// Takes the bytes for a file of resources, for one resource, for lines of items and for lines of a row filter.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    match import::read_file(&text).expect("the numbers of other catalogues are known") {
        Ok(file) => file.resources.into_iter().for_each(|resource| {
            if let Ok(resource) = serde_json::from_value::<Resource>(resource) {
                judged(&resource);
            }
        }),
        Err(words) => assert!(!words.is_empty(), "nothing is refused without a reason"),
    }
    if let Ok(resource) = serde_json::from_str::<Resource>(&text) {
        judged(&resource);
    }
    if let Ok(items) = rules::items_of(&text) {
        let kept = items.iter().filter(|item| !rules::items_text(&[(*item).clone()]).is_empty());
        let kept: Vec<_> = kept.cloned().collect();
        assert_eq!(
            rules::items_of(&rules::items_text(&kept)).as_ref(),
            Ok(&kept),
            "items read back"
        );
    }
    let item =
        |code: &str, kind| Item { code: code.into(), name: code.into(), kind, ..Item::default() };
    let kinds = [("a", DataType::Text), ("n", DataType::Number), ("d", DataType::Day)];
    let items = kinds.map(|(code, kind)| item(code, kind)).to_vec();
    let resource = Resource { items, ..Resource::default() };
    if let Ok(filter) = rules::filter_of(&text, &resource) {
        let written = rules::filter_text(&filter, |field| resource.name_of(field));
        assert_eq!(rules::filter_of(&written, &resource).as_ref(), Ok(&filter), "it reads back");
    }
}

fn judged(resource: &Resource) {
    let written = serde_json::to_value(resource).expect("a resource is written");
    assert_eq!(serde_json::from_value(written).ok().as_ref(), Some(resource), "it reads back");
    let classes = classes().expect("the classes of the guide");
    let guide = Guide { classes, kinds: Kinds::default() };
    for wrong in rules::check(resource, &guide, Day::from_number(20_000)) {
        assert!(!wrong.message.is_empty(), "{wrong:?}");
    }
}
