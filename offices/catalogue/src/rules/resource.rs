//! Whether a resource is in order, and what may become of it.

use std::collections::BTreeSet;

use base::{Day, FieldError, Refusal};

use super::{Kinds, bad_article, refuse};
use crate::terms::{Classes, Cycle, Item, Resource, Share, State};

/// The longest name.
const NAME_MAX: usize = 100;
/// The longest text.
const TEXT_MAX: usize = 2_000;
/// So many items a resource has at most.
pub const ITEMS_MAX: usize = 300;

struct Found(Vec<FieldError>);

impl Found {
    fn put(&mut self, field: &str, words: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: words.into() });
    }

    fn said(&mut self, field: &str, text: &str, what: &str, max: usize) {
        let long = text.chars().count() > max;
        if text.trim().is_empty() {
            self.put(field, format!("请写{what}"));
        } else if long {
            self.put(field, format!("最多 {max} 个字"));
        }
    }
}

/// By what a resource is judged.
#[derive(Clone, Debug)]
pub struct Guide {
    /// 类 and 项.
    pub classes: Classes,
    /// What the program's registers are asked.
    pub kinds: Kinds,
}

/// All that is wrong with a resource, after the national guide of 2017 and Decree 809.
pub fn check(resource: &Resource, guide: &Guide, today: Day) -> Vec<FieldError> {
    let mut found = Found(Vec::new());
    found.said("name", &resource.name, "资源名称", NAME_MAX);
    found.said("summary", &resource.summary, "摘要，说明里面有什么、能做什么", TEXT_MAX);
    found.said("provider", &resource.provider, "提供部门", NAME_MAX);
    place(resource, &guide.classes, &mut found);
    shared(resource, &mut found);
    opened(resource, &mut found);
    if resource.cycle == Cycle::Own && resource.cycle_words.trim().is_empty() {
        found.put("cycle_words", "请写明多久更新一次");
    }
    items(&resource.items, &mut found);
    found.0.extend(guide.kinds.wrong(resource, today));
    found.0
}

fn place(resource: &Resource, classes: &Classes, found: &mut Found) {
    let place = &resource.place;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if classes.of(place).is_none() {
        found.put("subject", "请选择编制指南里的类和项");
    }
    if place.heading.len() != 3 || !digits(&place.heading) {
        found.put("heading", "目的代码是三位数字，例如 001");
    }
    if place.heading_name.trim().is_empty() {
        found.put("heading_name", "请写目的名称");
    }
    if place.detail.len() > 6 || !digits(&place.detail) {
        found.put("detail", "细目的代码最多六位数字，没有的不写");
    }
    if place.detail.is_empty() != place.detail_name.trim().is_empty() {
        found.put("detail_name", "细目的代码和名称要写都写");
    }
}

/// Refusing to share rests on a law, an administrative regulation or a decision of the State Council alone; whoever shares
/// on a condition says which.
fn shared(resource: &Resource, found: &mut Found) {
    match resource.share {
        Share::Refused => {
            let ask = "不予共享的，请写依据的法律、行政法规或者国务院决定";
            if let Some(wrong) = bad_article(ask, &resource.share_ground) {
                found.put("share_ground", wrong);
            }
        }
        Share::Conditional if resource.share_condition.trim().is_empty() => {
            found.put("share_condition", "有条件共享的，请写明条件");
        }
        _ => {}
    }
    if resource.share == Share::Unconditional && !resource.share_condition.trim().is_empty() {
        found.put("share_condition", "无条件共享的不写条件；确有条件的，请改为有条件共享");
    }
}

fn opened(resource: &Resource, found: &mut Found) {
    if !resource.open {
        return;
    }
    if resource.share == Share::Refused {
        found.put("open", "不予共享的资源，不能向社会开放");
    }
    // 个人信息保护法 art. 28; 政府信息公开条例 arts. 14, 15.
    if let Some(item) = resource.items.iter().find(|item| item.sensitive) {
        let words = format!("“{}”是敏感的信息项，有它的资源不能向社会开放", item.name);
        found.put("open", words);
    }
}

fn is_code(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.len() <= 60 && text.bytes().all(good)
}

fn items(items: &[Item], found: &mut Found) {
    if items.is_empty() {
        found.put("items", "请写信息项，至少一项");
    }
    if items.len() > ITEMS_MAX {
        found.put("items", format!("最多 {ITEMS_MAX} 项"));
    }
    let (mut codes, mut names, mut fields) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (at, item) in items.iter().enumerate() {
        let which = format!("第 {} 项", at + 1);
        let code = &item.code;
        if !is_code(code) {
            found.put("items", format!("{which}的代码应当是小写字母、数字和下划线，最多 60 个"));
        } else if !codes.insert(code.as_str()) {
            found.put("items", format!("{which}的代码“{code}”和前面的重复"));
        } else if !is_code(item.field()) {
            // It becomes a field of the terms that others agree to: one name, and never all of them.
            found.put("items", format!("{which}的字段应当是小写字母、数字和下划线，最多 60 个"));
        } else if !fields.insert(item.field()) {
            let field = item.field();
            found.put("items", format!("{which}的字段“{field}”和前面的重复"));
        }
        if item.name.trim().is_empty() || item.name.chars().count() > NAME_MAX {
            found.put("items", format!("{which}没有名称，或者名称超过 {NAME_MAX} 个字"));
        } else if !names.insert(item.name.trim()) {
            found.put("items", format!("{which}的名称“{}”和前面的重复", item.name.trim()));
        }
        if item.key && !item.required {
            found.put("items", format!("“{}”是主键，应当必填", item.name));
        }
    }
}

/// Whether a version may be written on: not while another person looks at it. What is in force is changed by a new
/// version.
pub fn may_write(pending: Option<State>) -> Result<(), Refusal> {
    match pending {
        Some(State::Review) => Err(refuse("catalogue.in_review", "这一版正在审核，不能修改")
            .remedy("先撤回送审，改好再送")),
        _ => Ok(()),
    }
}

/// Whether there is something to send for review.
pub fn may_send(pending: Option<State>) -> Result<(), Refusal> {
    match pending {
        Some(State::Draft) => Ok(()),
        Some(State::Review) => Err(refuse("catalogue.sent", "已经送审，正在等另一个人审核")),
        _ => {
            Err(refuse("catalogue.no_draft", "没有新的草稿可以送审")
                .remedy("请先修改，保存以后再送审"))
        }
    }
}

/// Whether a resource can be taken out of the catalogue: one that is published, and with a reason that those read who use
/// it.
pub fn may_end(state: State, reason: &str) -> Result<String, Refusal> {
    if state != State::Published {
        return Err(refuse("catalogue.not_published", "没有发布的资源，不能撤回"));
    }
    match reason.trim() {
        "" => {
            let words = "请写明为什么撤回";
            Err(refuse("catalogue.no_reason", words).field("reason", words))
        }
        reason => Ok(reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::acts::classes;
    use crate::terms::{DataType, Place};

    fn good() -> Resource {
        Resource {
            name: "婚姻登记信息".into(),
            provider: "ezhou-mzj".into(),
            summary: "婚姻登记的结果".into(),
            place: Place {
                class: "1".into(),
                subject: "01".into(),
                heading: "003".into(),
                heading_name: "婚姻".into(),
                ..Place::default()
            },
            items: vec![Item {
                code: "number".into(),
                name: "公民身份号码".into(),
                kind: DataType::Text,
                required: true,
                key: true,
                sensitive: true,
                ..Item::default()
            }],
            share_condition: "核对申请人的婚姻状况".into(),
            ..Resource::default()
        }
    }

    fn wrong(resource: &Resource) -> Vec<String> {
        let guide = Guide { classes: classes().unwrap(), kinds: Kinds::default() };
        let found = check(resource, &guide, Day::from_number(20_000));
        found.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_resource_in_order_has_nothing_wrong() {
        assert_eq!(wrong(&good()), Vec::<String>::new());
    }

    #[test]
    fn refusing_to_share_needs_a_law_and_its_article() {
        let mut resource = good();
        resource.share = Share::Refused;
        resource.share_ground = "内部资料".into();
        assert_eq!(wrong(&resource), ["share_ground"]);
        resource.share_ground = "《中华人民共和国保守国家秘密法》第二十九条".into();
        assert_eq!(wrong(&resource), Vec::<String>::new());
    }

    #[test]
    fn what_is_sensitive_or_not_shared_is_not_open_to_society() {
        let mut resource = Resource { open: true, ..good() };
        assert_eq!(wrong(&resource), ["open"]);
        resource.items.iter_mut().for_each(|item| item.sensitive = false);
        assert_eq!(wrong(&resource), Vec::<String>::new());
    }

    #[test]
    fn the_field_of_an_item_names_one_field_and_no_other_item_has_it() {
        let mut resource = good();
        for field in ["*", "name,phone", "Name", ""] {
            resource.items[0].field = field.into();
            assert_eq!(wrong(&resource).is_empty(), field.is_empty(), "{field}");
        }
        let other = Item {
            code: "no".into(),
            name: "编号".into(),
            field: "number".into(),
            ..Item::default()
        };
        resource.items.push(other);
        assert_eq!(wrong(&resource), ["items"], "the code of the first is its field");
    }

    proptest! {
        /// Whatever is written down: two items never share a code, and one without a name is told.
        #[test]
        fn items_are_told_apart(codes in prop::collection::vec("[a-c]{0,2}", 0..6)) {
            let mut resource = good();
            resource.items = codes.iter().enumerate().map(|(at, code)| Item {
                code: code.clone(), name: format!("第{at}"), ..Item::default()
            }).collect();
            let different: BTreeSet<&String> = codes.iter().filter(|code| !code.is_empty()).collect();
            let sound = !codes.is_empty() && different.len() == codes.len();
            prop_assert_eq!(wrong(&resource).is_empty(), sound);
        }
    }
}
