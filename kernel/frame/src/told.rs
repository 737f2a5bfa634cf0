//! An act in one line, from its canonical bytes alone: what a person reads before they sign it.

use serde_json::Value;

/// On what or whom an act is: which case, person, organ, document, item, certificate. Empty where it says nothing of it.
pub fn concerned(act: &Value) -> String {
    let said = |pointer: &str| words(act.pointer(pointer));
    let id = said("/subject/id");
    match said("/subject/kind").as_str() {
        "case" => a_case(&said),
        "account" => a_post(&said),
        "role" => a_bundle(act, &said),
        "organ" if !said("/content/change/organ").is_empty() => join([
            format!("机构“{}”", said("/content/change/organ")),
            said("/content/change/step"),
            titled("承接的机构：", said("/content/change/successor")),
            titled("从 ", said("/content/from")),
        ]),
        "document" => join([
            format!("信息“{}”", said("/content/title")),
            titled("栏目 ", said("/content/column")),
        ]),
        "item" => join([
            format!("事项“{}”", said("/content/name")),
            titled("编码 ", id),
            titled("版本 ", said("/content/version")),
        ]),
        "resource" => join([
            format!("数据资源“{}”", said("/content/name")),
            titled("代码 ", said("/content/code")),
            titled("版本 ", said("/content/version")),
            titled("提供部门：", said("/content/provider")),
            said("/content/share"),
        ]),
        "erasure" => join([
            format!("按{}", said("/content/document")),
            titled("删除的对象：", join([said("/content/scope"), said("/content/subject")])),
        ]),
        "deferral" => join([
            format!("按{}", said("/content/document")),
            titled("暂不告知的机构：", said("/content/organ")),
            titled("从 ", said("/content/from")),
            titled("到 ", said("/content/until")),
        ]),
        "export" => join([
            format!("导出“{}”", first(said("/content/title"), said("/content/export"))),
            titled("机构 ", said("/content/organ")),
            titled("条件：", listed(act, "/content/narrowed")),
            titled("列：", listed(act, "/content/columns")),
            titled("用于：", said("/content/purpose")),
            titled("交给：", said("/content/receiver")),
            titled("行数 ", said("/content/rows")),
            titled("人数 ", said("/content/people")),
        ]),
        "certificate_proposal" | "machine_certificate" | "certificate_authority" | "organ" => {
            join([said("/content/title"), titled("编号 ", id)])
        }
        "keys" => join([said("/content/title"), titled("理由：", said("/content/reason"))]),
        _ => join(["title", "no", "name"].map(|key| said(&format!("/content/{key}")))),
    }
}

fn a_case(said: &impl Fn(&str) -> String) -> String {
    join([
        titled("办件 ", said("/content/no")),
        said("/content/item"),
        titled("申请人 ", said("/content/applicant")),
        said("/content/organ"),
    ])
}

fn a_post(said: &impl Fn(&str) -> String) -> String {
    let receiver = said("/content/receiver");
    let login = said("/content/account");
    let until = said("/content/until");
    join([
        if login.is_empty() { receiver } else { format!("{receiver}（{login}）") },
        titled("岗位 ", said("/content/post")),
        titled("角色 ", first(said("/content/role_title"), said("/content/role"))),
        titled("机构 ", first(said("/content/organ_name"), said("/content/organ"))),
        titled("从 ", said("/content/from")),
        titled("到 ", until),
        titled("代行：", said("/content/delegated_by")),
    ])
}

fn a_bundle(act: &Value, said: &impl Fn(&str) -> String) -> String {
    let all = |name: &str| -> String {
        let listed = act.pointer(&format!("/content/change/{name}")).and_then(Value::as_array);
        let one = |value: &Value| match value.get("permission") {
            Some(permission) => {
                join_with("，", [words(Some(permission)), words(value.get("reach"))])
            }
            None => words(Some(value)),
        };
        listed.into_iter().flatten().map(one).collect::<Vec<_>>().join("、")
    };
    join([
        format!("角色“{}”", said("/content/change/title")),
        said("/content/change/step"),
        titled("增加：", all("add")),
        titled("去掉：", all("remove")),
        titled("从 ", said("/content/from")),
    ])
}

/// What a value says in words: a thing with a name goes by it.
fn words(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Object(all)) => words(all.get("name").or_else(|| all.get("id"))),
        _ => String::new(),
    }
}

/// What stands in a list, one after another.
fn listed(act: &Value, pointer: &str) -> String {
    let all = act.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    all.map(|one| words(Some(one))).collect::<Vec<_>>().join("、")
}

fn first(words: String, otherwise: String) -> String {
    if words.is_empty() { otherwise } else { words }
}

fn titled(title: &str, words: String) -> String {
    if words.is_empty() { words } else { format!("{title}{words}") }
}

fn join<const N: usize>(parts: [String; N]) -> String {
    join_with("；", parts)
}

fn join_with<const N: usize>(between: &str, parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
}

/// Whether a sign is none that is seen: what a terminal obeys, what turns the direction of writing, what has no width.
/// With them one text can look like another.
fn misleads(sign: char) -> bool {
    sign.is_control()
        || matches!(
            sign,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text as it can be shown to who is to sign it: signs that mislead stand there by their number.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match misleads(sign) {
            true => plain.push_str(&format!("⟨U+{:04X}⟩", u32::from(sign))),
            false => plain.push(sign),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_act_says_on_whom_it_is() {
        let case = json!({
            "subject": { "kind": "case", "id": "01k" },
            "content": { "no": "420700-1", "item": { "name": "提取公积金" }, "applicant": "陈晓敏",
                         "organ": { "name": "公积金中心" } },
        });
        assert_eq!(concerned(&case), "办件 420700-1；提取公积金；申请人 陈晓敏；公积金中心");
        let post = json!({
            "subject": { "kind": "account", "id": "01k" },
            "content": { "receiver": "李敏", "account": "limin", "post": "窗口", "role": "clerk",
                         "organ": "market", "from": "2026-03-02", "until": null },
        });
        let words = "李敏（limin）；岗位 窗口；角色 clerk；机构 market；从 2026-03-02";
        assert_eq!(concerned(&post), words);
        let export = json!({
            "subject": { "kind": "export", "id": "01k" },
            "content": { "export": "approvals.cases", "title": "办件", "filters": { "from": "2026-03-01" },
                         "narrowed": ["从哪天起收到的：2026年3月1日"], "rows": 3,
                         "columns": [{ "id": "no", "name": "办件编号" }, { "id": "applicant", "name": "申请人" }] },
        });
        let words = "导出“办件”；条件：从哪天起收到的：2026年3月1日；列：办件编号、申请人；行数 3";
        assert_eq!(concerned(&export), words);
        assert_eq!(concerned(&json!({ "subject": { "kind": "other" } })), "");
        assert_eq!(concerned(&json!([])), "");
    }

    #[test]
    fn what_turns_the_direction_of_writing_is_seen_and_not_obeyed() {
        let turned = "拒绝\u{202e}可许予准\u{202c}\u{1b}[2J";
        assert_eq!(plain(turned), "拒绝⟨U+202E⟩可许予准⟨U+202C⟩⟨U+001B⟩[2J");
        for sign in ['\u{200f}', '\u{2066}', '\u{2069}', '\u{200b}', '\u{feff}', '\n'] {
            assert!(!plain(&format!("a{sign}b")).contains(sign), "{sign:?}");
        }
        let names = "张·三𠮷 《〈》 café";
        assert_eq!(plain(names), names);
    }
}
