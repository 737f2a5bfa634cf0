//! The verdicts: whether an application is whole, whose draft it is, whether an answer is fresh.
//! What a case may become is `flow`'s to say, from the definition in `data/permit-flow.json`.

pub mod cancel;
mod firm;
pub mod joining;
mod level;
pub mod papers;
mod permits;
pub mod window;
mod worded;

pub use firm::{FIRM_UNKNOWN, firm_over};
pub use level::{by_agent, level_reached};
pub use permits::state_on;
pub use worded::worded;

use access::Account;
use base::{CitizenNumber, FieldError, Id, Moment, Phone, Refusal, RefusalKind, mask};
use frame::form::{FieldKind, Form, FormField, Personal};
use powers_contract::Item;
use serde_json::Value;

use crate::terms::{Application, Channel, Draft, Sources};

/// Whether a draft can still be changed by this account: its owner's, or its agent's.
pub fn may_change(draft: &Draft, account: &str, version: Option<i64>) -> Result<(), Refusal> {
    let agent = draft.agent.is_some_and(|agent| agent.to_string() == account);
    if draft.account.to_string() != account && !agent {
        let words = "没有找到这份草稿";
        return Err(Refusal::new(RefusalKind::NotFound, "approvals.no_draft", words));
    }
    if let Some(no) = &draft.case_no {
        let words = format!("这份申请已经提交，办件编号 {no}");
        return Err(Refusal::new(RefusalKind::Conflict, "approvals.submitted", words)
            .remedy("需要补充或者修改的，请在办件页面联系受理窗口"));
    }
    if version.is_some_and(|version| version != draft.version) {
        let words = "这份草稿在别的页面或者设备上改过";
        return Err(Refusal::new(RefusalKind::Conflict, "approvals.draft_changed", words)
            .remedy("请看过最新的内容再继续，您刚才填写的内容还在这一页"));
    }
    Ok(())
}

/// Whether this account may know of a draft: its owner's, or its agent's.
pub fn may_see(draft: &Draft, account: Id<Account>) -> Result<(), Refusal> {
    if draft.account == account || draft.agent == Some(account) {
        return Ok(());
    }
    // As for a draft that does not exist.
    Err(frame::not_found("这份草稿"))
}

/// 行政许可法 art. 22: an organ permits within its powers. Whether the organ of an item stands: for what an organ did that has
/// ended, nobody applies until another has published it.
pub fn offered(item: &Item) -> Result<(), Refusal> {
    let Some(over) = &item.over else { return Ok(()) };
    let words = format!("「{}」现在不能申请：{}", item.name, over.said());
    Err(Refusal::new(RefusalKind::Conflict, "approvals.organ_over", words)
        .ground("《中华人民共和国行政许可法》第二十二条")
        .remedy(over.ask()))
}

/// Whether an item can be applied for at all.
pub fn may_apply(item: &Item) -> Result<(), Refusal> {
    if item.form.is_object() {
        return Ok(());
    }
    let words = format!("「{}」还不能在网上申请", item.name);
    Err(Refusal::new(RefusalKind::Conflict, "approvals.not_online", words)
        .remedy(format!("请到窗口办理：{}", item.window)))
}

/// Whether the item is still the version that the entries were made for: a draft's, unless its person has
/// seen the page of the version in force, or the one that a program names.
pub fn same_version(made_for: i64, seen: Option<i64>, item: &Item) -> Result<(), Refusal> {
    if made_for == item.version || seen == Some(item.version) {
        return Ok(());
    }
    if made_for > item.version {
        let words = format!("这个事项没有第 {made_for} 版，现在是第 {} 版", item.version);
        return Err(Refusal::new(RefusalKind::Invalid, "approvals.no_such_version", words)
            .remedy("请按现在的办事指南和申请表填写"));
    }
    let words =
        format!("这个事项的办事指南和申请表在您填写期间有了新的版本（第 {} 版）", item.version);
    Err(Refusal::new(RefusalKind::Conflict, "approvals.item_changed", words)
        .remedy("已经填写的内容都保留着，请按新的版本逐项核对后再提交"))
}

/// Whether every file that a program sends belongs to a material that the item asks to be uploaded.
pub fn known_materials(item: &Item, keys: &[String]) -> Result<(), Refusal> {
    let asked: Vec<&str> = item
        .materials
        .iter()
        .filter(|material| material.obtain == "upload")
        .map(|material| material.key.as_str())
        .collect();
    let mut refusal = Refusal::new(
        RefusalKind::Invalid,
        "approvals.unknown_material",
        "有文件不属于这个事项要上传的材料",
    )
    .remedy(match asked.is_empty() {
        true => "这个事项不用上传材料".to_owned(),
        false => format!("要上传的材料是：{}", asked.join("、")),
    });
    for key in keys.iter().filter(|key| !asked.contains(&key.as_str())) {
        refusal = refusal.field("materials", format!("这个事项没有要上传的材料「{key}」"));
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// All that is missing or wrong, told at once (行政许可法 art. 32: 一次告知).
pub fn complete(
    field_errors: Vec<FieldError>,
    item: &Item,
    attached: &[String],
) -> Result<(), Refusal> {
    let mut refusal = Refusal::new(
        RefusalKind::Invalid,
        "approvals.incomplete",
        "还有几处需要补充，提交前请改好",
    )
    .ground("《中华人民共和国行政许可法》第三十二条");
    refusal.fields = field_errors;
    let missing = item.materials.iter().filter(|material| {
        material.required && material.obtain == "upload" && !attached.contains(&material.key)
    });
    for material in missing {
        refusal =
            refusal.field(format!("file-{}", material.key), format!("请上传「{}」", material.name));
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// Values that were fetched may be relied on only for so long: a stale one is fetched again.
pub fn fresh(sources: &Sources, now: Moment) -> bool {
    sources.values().all(|source| source.valid_until >= now)
}

/// The text of one entry.
pub fn entry<'v>(values: &'v Value, name: &str) -> &'v str {
    values.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Where to turn, as the last refusal of a case said it (行政许可法 art. 38: told with the decision, and
/// needed most once it has been delivered).
pub fn remedy_told(events: &[flow::Event]) -> Option<flow::Remedy> {
    let told = |event: &flow::Event| {
        let refuses = matches!(event.command.as_str(), "refuse" | "redirect" | "deny");
        let remedy = event.said.get("remedy").filter(|_| refuses)?;
        serde_json::from_value(remedy.clone()).ok()
    };
    events.iter().rev().find_map(told)
}

/// Steps inside the office that the applicant is not shown: who has the case on the desk, and opinions
/// before the decision.
pub const INSIDE: [&str; 6] =
    ["take", "hand_over", "examine", "return", "request_extension", "deny_extension"];

/// Whether the applicant is shown this step.
pub fn is_public_step(command: &str) -> bool {
    !INSIDE.contains(&command)
}

/// What happened to a case that its applicant has not said to know: what others did and they are shown.
pub fn news<'e>(
    case: &flow::CaseHead,
    events: &'e [flow::Event],
    known: &Application,
) -> Vec<&'e flow::Event> {
    let by_others =
        |event: &&flow::Event| event.account.is_none() || event.account != case.applicant_account;
    let after = events
        .iter()
        .filter(|event| event.n > known.seen_event && event.at > known.known_until)
        .filter(|event| is_public_step(&event.command));
    after.filter(by_others).collect()
}

/// Nothing was handed in: the one supplement is not used up by a slip of the finger.
pub fn something_handed_in(note: &str, files: usize) -> Result<(), Refusal> {
    if !note.trim().is_empty() || files > 0 {
        return Ok(());
    }
    let words = "请写明补了什么，或者附上补正的材料";
    Err(Refusal::new(RefusalKind::Invalid, "approvals.nothing_handed_in", "还没有补正的内容")
        .field("note", words))
}

/// How long after the taking-in its slip shows the query code to the clerk who took it in.
const JUST_NOW_SECONDS: i64 = 30 * 60;

/// Whether the application has only just been taken in.
pub fn just_now(case: &flow::CaseHead, now: Moment) -> bool {
    now <= case.received_at.plus_seconds(JUST_NOW_SECONDS)
}

/// 个人信息保护法 art. 6: for a purpose that is said.
pub fn purpose_said(purpose: &str) -> Result<(), Refusal> {
    if !purpose.trim().is_empty() {
        return Ok(());
    }
    let words = "请写明用途，例如：核对身份证件";
    Err(Refusal::new(RefusalKind::Invalid, "approvals.no_purpose", "还没有写明用途")
        .ground("《中华人民共和国个人信息保护法》第六条")
        .field("purpose", words))
}

/// Entries are shown whole to those whose step it is.
pub fn own_step(is: bool) -> Result<(), Refusal> {
    if is {
        return Ok(());
    }
    let words = "只有正在办理这一步的人员可以查看完整的号码和住址";
    Err(Refusal::new(RefusalKind::Forbidden, "approvals.not_own_step", words)
        .ground("《中华人民共和国个人信息保护法》第六条"))
}

/// Only what was taken in at the counter has a slip of the counter.
pub fn printed_at_the_counter(channel: Channel) -> Result<(), Refusal> {
    if channel == Channel::Counter {
        return Ok(());
    }
    let words = "网上提交的申请，查询码只给申请人本人看";
    Err(Refusal::new(RefusalKind::Forbidden, "approvals.applicants_code", words)
        .remedy("请申请人登录后在「我的办件」里查看回执"))
}

/// Fields of forms that were published before forms said `x-personal`: versions of items stay as they are.
const UNSAID: &[(&str, Personal)] = &[
    ("home_address", Personal::Address),
    ("bank_account", Personal::Account),
    ("fund_account", Personal::Account),
];

/// The entries with what is personal masked, and the labels of what was (个人信息保护法 art. 51). Without
/// a form, whatever reads as a citizen number or a phone is masked.
pub fn masked(form: Option<&Form>, values: &Value) -> (Value, Vec<String>) {
    let mut shown = values.clone();
    let mut labels = Vec::new();
    let entries = shown.as_object_mut().into_iter().flatten();
    for (name, value) in entries {
        let field = form.and_then(|form| form.field(name));
        let hidden = match (value.as_str(), field) {
            (Some(""), _) => None,
            (Some(text), Some(field)) => masked_field(field, text),
            (Some(text), None) => masked_text(text),
            // Of a number, a yes or a list no part can be shown.
            (None, Some(field)) if !value.is_null() => {
                let personal = field.personal.filter(|said| *said != Personal::Nothing);
                personal.map(|_| "****".to_owned())
            }
            (None, _) => None,
        };
        if let Some(hidden) = hidden {
            labels.push(field.map_or_else(|| name.clone(), |field| field.title.clone()));
            *value = Value::String(hidden);
        }
    }
    (shown, labels)
}

/// As the form says; where it says nothing, by what the field takes, by the fact that fills it, and last by
/// what its value looks like.
fn masked_field(field: &FormField, text: &str) -> Option<String> {
    let by_kind = match field.kind {
        FieldKind::CitizenNumber => Some(Personal::CitizenNumber),
        FieldKind::Phone => Some(Personal::Phone),
        FieldKind::Email => Some(Personal::Email),
        _ if field.prefill.as_deref() == Some("person.address") => Some(Personal::Address),
        _ => None,
    };
    let by_name =
        UNSAID.iter().find(|(name, _)| *name == field.name).map(|(_, personal)| *personal);
    Some(match field.personal.or(by_kind).or(by_name) {
        None => return masked_text(text),
        Some(Personal::Nothing) => return None,
        Some(Personal::Name) => mask::name(text),
        Some(Personal::CitizenNumber) => mask::citizen_number_for_all(text),
        Some(Personal::Phone) => mask::phone(text),
        Some(Personal::Email) => mask::email(text),
        Some(Personal::Address) => mask::address(text),
        Some(Personal::Account) => mask::bank_account(text),
        Some(Personal::Plate) => mask::plate(text),
        Some(Personal::Whole) => "****".to_owned(),
    })
}

fn masked_text(text: &str) -> Option<String> {
    if text.parse::<CitizenNumber>().is_ok() {
        return Some(mask::citizen_number_for_all(text));
    }
    Phone::parse(text).ok().map(|phone| phone.masked())
}

/// Said for a wrong number and for a wrong code alike.
pub fn wrong_code() -> Refusal {
    let words = "办件编号或者查询码不对";
    Refusal::new(RefusalKind::NotFound, "approvals.wrong_code", words).field("code", words).remedy(
        "查询码在提交后的回执上，共 10 位；连续输错 5 次，从您这里就要等 1 小时才能再查这一件",
    )
}

/// Said while a case's look-up by code is locked.
pub fn locked(until: Moment) -> Refusal {
    let words = format!("查询码连续输错，从您这里查这一件要等到 {}", until.to_minute());
    Refusal::new(RefusalKind::TooMany, "approvals.look_up_locked", words)
        .remedy("到时可以再查；申请人登录后随时可以在「我的办件」里查看")
}

#[cfg(test)]
mod tests {
    use base::{Id, Moment};
    use powers_contract::Material;

    use super::*;
    use crate::terms::{QueryCode, Source};

    fn draft() -> Draft {
        Draft {
            id: Id::from_bits(1),
            account: Id::from_bits(2),
            agent: None,
            mandate: None,
            item_code: String::new(),
            item_slug: String::new(),
            item_name: String::new(),
            item_version: 1,
            channel: Channel::Online,
            form_sealed: Vec::new(),
            sources_sealed: Vec::new(),
            window_sealed: None,
            case_no: None,
            updated_at: Moment::from_millis(0),
            version: 3,
        }
    }

    #[test]
    fn a_draft_belongs_to_one_account_and_is_sent_once() {
        let own = draft().account.to_string();
        assert!(may_change(&draft(), &own, Some(3)).is_ok());
        assert_eq!(may_change(&draft(), "other", None).unwrap_err().code, "approvals.no_draft");
        let agent = Id::from_bits(7);
        let by_agent = Draft { agent: Some(agent), ..draft() };
        assert!(may_change(&by_agent, &agent.to_string(), Some(3)).is_ok());
        let stale = may_change(&draft(), &own, Some(2)).unwrap_err();
        assert_eq!(stale.code, "approvals.draft_changed");
        let sent = Draft { case_no: Some("1".into()), ..draft() };
        assert_eq!(may_change(&sent, &own, None).unwrap_err().code, "approvals.submitted");
    }

    #[test]
    fn everything_missing_is_told_at_once() {
        let material = |key: &str, obtain: &str| Material {
            key: key.into(),
            name: key.into(),
            required: true,
            obtain: obtain.into(),
            ..Material::default()
        };
        let item = Item {
            materials: vec![material("a", "upload"), material("b", "shared")],
            ..Item::default()
        };
        let errors = vec![FieldError { field: "x".into(), message: "请填写".into() }];
        let refusal = complete(errors, &item, &[]).unwrap_err();
        let fields: Vec<_> = refusal.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["x", "file-a"]);
        assert!(complete(Vec::new(), &item, &["a".into()]).is_ok());
    }

    #[test]
    fn what_was_made_for_an_older_version_is_told_so_until_the_newer_one_was_seen() {
        let item = Item { version: 2, ..Item::default() };
        assert!(same_version(2, None, &item).is_ok());
        assert_eq!(same_version(1, None, &item).unwrap_err().code, "approvals.item_changed");
        assert_eq!(same_version(1, Some(1), &item).unwrap_err().code, "approvals.item_changed");
        assert!(same_version(1, Some(2), &item).is_ok());
    }

    #[test]
    fn a_query_code_reads_back_however_it_is_typed() {
        let code = QueryCode::from_random([9, 8, 7, 6, 5, 4, 3]);
        assert_eq!(code.as_str().len(), 10);
        let spoken = format!(" {}-{} ", &code.as_str()[..5].to_lowercase(), &code.as_str()[5..]);
        assert_eq!(QueryCode::typed(&spoken), Some(code));
        assert_eq!(QueryCode::typed("短"), None);
    }

    #[test]
    fn a_fetched_value_grows_stale() {
        let at = Moment::from_millis;
        let source = Source {
            from: String::new(),
            as_of: at(0),
            valid_until: at(10),
            ask: String::new(),
            ground: String::new(),
        };
        let sources = Sources::from([("name".to_owned(), source)]);
        assert!(fresh(&sources, at(10)));
        assert!(!fresh(&sources, at(11)));
    }

    #[test]
    fn a_form_says_what_of_it_is_personal() {
        let field = |personal: &str| {
            serde_json::json!({
                "type": "string", "title": "某项", "x-group": "one", "x-personal": personal,
            })
        };
        let schema = serde_json::json!({
            "type": "object",
            "x-groups": [{ "id": "one", "title": "一" }],
            "properties": {
                "spouse": field("name"), "card": field("account"), "place": field("address"),
                "illness": field("whole"), "hotline": field("none"), "home_address": field("none"),
            },
        });
        let form = Form::parse(&schema).expect("a form");
        let values = serde_json::json!({
            "spouse": "王小明", "card": "6222000012345678", "place": "鄂州市鄂城区滨湖南路1号",
            "illness": "左腕骨折", "hotline": "13812345678", "home_address": "鄂州市鄂城区滨湖南路1号",
        });
        let hidden = serde_json::json!({
            "spouse": "王*明", "card": "****5678", "place": "鄂州市鄂城区滨湖南路****",
            "illness": "****", "hotline": "13812345678", "home_address": "鄂州市鄂城区滨湖南路1号",
        });
        assert_eq!(masked(Some(&form), &values).0, hidden);
        let property = |kind: &str| {
            serde_json::json!({
                "type": kind, "title": "某项", "x-group": "one", "x-personal": "whole",
                "items": { "enum": ["乙肝", "其他"] },
            })
        };
        let mut sick = schema.clone();
        sick["properties"] = serde_json::json!({
            "grade": property("integer"), "pregnant": property("boolean"),
            "illnesses": property("array"), "weight": property("number"), "none": property("integer"),
        });
        let form = Form::parse(&sick).expect("a form");
        let values = serde_json::json!({
            "grade": 3, "pregnant": true, "illnesses": ["乙肝"], "weight": 61.5, "none": null,
        });
        let (shown, labels) = masked(Some(&form), &values);
        let hidden = serde_json::json!({
            "grade": "****", "pregnant": "****", "illnesses": "****", "weight": "****", "none": null,
        });
        assert_eq!((shown, labels.len()), (hidden, 4));
        assert!(
            form.summary(&masked(Some(&form), &values).0)
                .iter()
                .all(|one| { matches!(one.value.as_str(), "****" | "") })
        );
        let mut unknown = schema.clone();
        unknown["properties"]["spouse"]["x-personal"] = "secret".into();
        assert!(Form::parse(&unknown).is_err(), "a word that hides nothing is refused");
    }

    #[test]
    fn what_is_personal_is_masked_with_a_form_and_without() {
        let schema = serde_json::json!({
            "type": "object",
            "x-groups": [{ "id": "one", "title": "一" }],
            "properties": {
                "number": { "type": "string", "title": "号码", "format": "citizen-number", "x-group": "one" },
                "phone": { "type": "string", "title": "电话", "format": "phone", "x-group": "one" },
                "home": { "type": "string", "title": "住址", "x-prefill": "person.address", "x-group": "one" },
                "shop": { "type": "string", "title": "店名", "x-group": "one" },
            },
        });
        let form = Form::parse(&schema).expect("a form");
        let values = serde_json::json!({
            "number": "420702199003076634", "phone": "13812345678",
            "home": "鄂州市鄂城区滨湖南路1号", "shop": "面馆",
        });
        let (shown, labels) = masked(Some(&form), &values);
        let hidden = serde_json::json!({
            "number": "420***********6634", "phone": "138****5678",
            "home": "鄂州市鄂城区滨湖南路****", "shop": "面馆",
        });
        assert_eq!((shown, labels.len()), (hidden, 3));
        let (shown, _) = masked(None, &values);
        assert_eq!(shown["number"], "420***********6634");
        assert_eq!(shown["phone"], "138****5678");
    }
}
