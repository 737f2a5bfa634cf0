//! What an agent signs, and what it shows before: texts of CityHall and nothing else.

use base::Moment;
use frame::told;
use serde_json::Value;

use crate::offices::OFFICES;

/// Why an agent does not sign a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is none of the texts that a city has signed.
    Unknown,
    /// It says that it is for another site.
    OtherSite,
}

impl Unfit {
    /// For the person.
    pub fn words(self) -> &'static str {
        match self {
            Unfit::Unknown => "这不是本系统请人签名的内容，没有签名",
            Unfit::OtherSite => "这段内容是给别的网站的，没有签名",
        }
    }
}

/// What an agent shows before it signs, in lines: a sign-in or an enrolment at one of these sites, or an act of a
/// person. It signs nothing else.
pub fn shown(text: &str, sites: &[String]) -> Result<Vec<String>, Unfit> {
    match text.strip_prefix("cityhall\n") {
        Some(rest) => challenge(rest, sites),
        None => act(text),
    }
}

/// `事项`, `网站`, `账户`, `随机数`: these lines in this order.
fn challenge(rest: &str, sites: &[String]) -> Result<Vec<String>, Unfit> {
    let lines: Vec<&str> = rest.split('\n').collect();
    let named = ["事项：", "网站：", "账户：", "随机数："];
    let fits = lines.len() == named.len()
        && lines
            .iter()
            .zip(named)
            .all(|(line, name)| line.strip_prefix(name).is_some_and(|value| !value.is_empty()));
    if !fits || text_is_unseemly(rest) {
        return Err(Unfit::Unknown);
    }
    let site = lines.get(1).and_then(|line| line.strip_prefix("网站：")).unwrap_or_default();
    if !sites.iter().any(|known| known == site) {
        return Err(Unfit::OtherSite);
    }
    Ok(lines.iter().take(3).map(|line| told::plain(line)).collect())
}

fn text_is_unseemly(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

/// The members of an act, as docs/ledger-format.md has them.
const MEMBERS: [&str; 8] = ["at", "authority", "content", "id", "kind", "subject", "v", "who"];

/// The canonical bytes of an act of a person.
fn act(text: &str) -> Result<Vec<String>, Unfit> {
    let act: Value = serde_json::from_str(text).map_err(|_| Unfit::Unknown)?;
    let canonical = serde_json_canonicalizer::to_vec(&act).map_err(|_| Unfit::Unknown)?;
    let members = act.as_object().ok_or(Unfit::Unknown)?;
    let whole =
        members.len() == MEMBERS.len() && MEMBERS.iter().all(|name| act.get(*name).is_some());
    let at = act.get("at").and_then(Value::as_i64);
    let who = act.pointer("/who/account").and_then(Value::as_str);
    let first = act.get("v").and_then(Value::as_i64) == Some(1);
    let (Some(at), Some(_), true, true) = (at, who, whole && first, canonical == text.as_bytes())
    else {
        return Err(Unfit::Unknown);
    };
    let said = |pointer: &str| act.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![
        format!("事项：{}", title_of(said("/kind"))),
        format!("对谁、对什么：{}", told::concerned(&act)),
        format!("经办人：{} {} {}", said("/who/name"), said("/who/post"), said("/who/organ_name")),
        format!("时间：{}", Moment::from_millis(at).to_minute()),
    ];
    if !said("/authority").is_empty() {
        lines.push(format!("依据：{}", said("/authority")));
    }
    lines.push(format!("内容：{}", act.get("content").unwrap_or(&Value::Null)));
    // What a terminal would obey, and what would turn the words around, is shown and not obeyed.
    Ok(lines.iter().map(|line| told::plain(line)).collect())
}

/// What the act is called, where this program knows it.
fn title_of(kind: &str) -> &str {
    let mut known = OFFICES.iter().flat_map(|office| office.acts);
    known.find(|act| act.name == kind).map_or(kind, |act| act.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites() -> Vec<String> {
        vec!["https://www.ezhou.example".into()]
    }

    const ACT: &str = r#"{"at":1772000000000,"authority":"","content":{"no":"1"},"id":"01m85ta857jjkv8d5g4kkfh6rb","kind":"approvals.granted","subject":{"id":"1","kind":"case"},"v":1,"who":{"account":"a","name":"陈志远","organ":"o","organ_name":"某局","post":"审批负责人"}}"#;

    #[test]
    fn texts_of_the_city_are_shown_in_words() {
        let text = "cityhall\n事项：登录\n网站：https://www.ezhou.example\n账户：li\n随机数：00";
        let lines = shown(text, &sites()).unwrap();
        assert_eq!(lines, ["事项：登录", "网站：https://www.ezhou.example", "账户：li"]);
        let lines = shown(ACT, &sites()).unwrap();
        assert!(lines.iter().any(|line| line.contains("陈志远")), "{lines:?}");
    }

    /// What each decisive act says of what it is about, as its office writes it.
    const DECIDED: &[(&str, &str, &str, &str)] = &[
        (
            "approvals.",
            "case",
            r#"{"no":"4207-1","item":{"name":"提取公积金"},"applicant":"陈晓敏"}"#,
            "办件 4207-1；提取公积金；申请人 陈晓敏",
        ),
        (
            "catalogue.resource_",
            "resource",
            r#"{"name":"学校名录","code":"213001/000001","version":2,"provider":{"id":"o","name":"教育局"},"share":"无条件共享"}"#,
            "数据资源“学校名录”；代码 213001/000001；版本 2；提供部门：教育局；无条件共享",
        ),
        (
            "catalogue.",
            "case",
            r#"{"no":"4207-1","item":{"name":"婚姻登记信息"},"applicant":"民政局"}"#,
            "办件 4207-1；婚姻登记信息；申请人 民政局",
        ),
        ("certificates.key_exchanged", "keys", r#"{"title":"更换数据密钥"}"#, "更换数据密钥"),
        ("certificates.", "machine_certificate", r#"{"title":"签发 www"}"#, "签发 www；编号 x"),
        ("exchange.", "gateway", r#"{"title":"登记网关“zjj”"}"#, "登记网关“zjj”"),
        (
            "entities.",
            "feed",
            r#"{"title":"由“企业登记基本信息”（101002/000001，市场监督管理局）的网关推送登记"}"#,
            "由“企业登记基本信息”（101002/000001，市场监督管理局）的网关推送登记",
        ),
        (
            "population.",
            "load",
            r#"{"title":"确认“人口基础信息（公安局网关推送）”：7 人不再登记"}"#,
            "确认“人口基础信息（公安局网关推送）”：7 人不再登记",
        ),
        (
            "identity.post_given",
            "account",
            r#"{"receiver":"李敏","account":"limin","post":"窗口","organ":"market"}"#,
            "李敏（limin）；岗位 窗口；机构 market",
        ),
        (
            "identity.bundle_granted",
            "role",
            r#"{"change":{"title":"窗口","step":"变更权限","add":[{"permission":"a.b","reach":"全市"}],"remove":["c.d"]}}"#,
            "角色“窗口”；变更权限；增加：a.b，全市；去掉：c.d",
        ),
        (
            "identity.organ_ended",
            "organ",
            r#"{"change":{"step":"撤销","organ":{"name":"某局"},"successor":{"name":"另一局"}}}"#,
            "机构“某局”；撤销；承接的机构：另一局",
        ),
        ("portal.", "document", r#"{"title":"通知","column":"policy"}"#, "信息“通知”；栏目 policy"),
        (
            "powers.published",
            "item",
            r#"{"name":"提取公积金","version":3}"#,
            "事项“提取公积金”；编码 x；版本 3",
        ),
        (
            "privacy.deferral",
            "deferral",
            r#"{"document":"鄂州监〔2026〕3号","organ":{"name":"某局"},"from":"2026-03-02","until":"2026-04-01"}"#,
            "按鄂州监〔2026〕3号；暂不告知的机构：某局；从 2026-03-02；到 2026-04-01",
        ),
        (
            "privacy.export",
            "export",
            r#"{"export":"approvals.cases","title":"办件","columns":[{"id":"no","name":"办件编号"}],"purpose":"报送","receiver":"省局 李敏","rows":3,"people":2}"#,
            "导出“办件”；列：办件编号；用于：报送；交给：省局 李敏；行数 3；人数 2",
        ),
        (
            "privacy.erasure",
            "erasure",
            r#"{"document":"鄂民裁〔2026〕1 号","scope":"case","subject":"01k"}"#,
            "按鄂民裁〔2026〕1 号；删除的对象：case；01k",
        ),
        ("supervision.", "case", r#"{"no":"4207-1","rule":"S01","words":"属实"}"#, "办件 4207-1"),
    ];

    #[test]
    fn every_decisive_act_says_on_whom_or_what_it_is() {
        for kind in OFFICES.iter().flat_map(|office| office.decisive) {
            let known = DECIDED.iter().find(|(begins, ..)| kind.starts_with(begins));
            let (_, subject, content, words) =
                known.unwrap_or_else(|| panic!("{kind} says nothing"));
            let text = ACT
                .replace("approvals.granted", kind)
                .replace(
                    r#""subject":{"id":"1","kind":"case"}"#,
                    r#""subject":{"id":"x","kind":"?"}"#,
                )
                .replace("\"?\"", &format!("\"{subject}\""))
                .replace(r#"{"no":"1"}"#, content);
            let act: Value = serde_json::from_str(&text).unwrap();
            let text = String::from_utf8(serde_json_canonicalizer::to_vec(&act).unwrap()).unwrap();
            let lines = shown(&text, &sites()).unwrap();
            assert_eq!(lines[1], format!("对谁、对什么：{words}"), "{kind}");
        }
    }

    #[test]
    fn nothing_else_is_signed() {
        let other = "cityhall\n事项：登录\n网站：https://evil.example\n账户：li\n随机数：00";
        assert_eq!(shown(other, &sites()), Err(Unfit::OtherSite));
        let of_the_clock = ACT.replace("\"account\":\"a\"", "\"account\":null");
        let spaced = ACT.replace(":1,", ": 1,");
        let more = ACT.replace("{\"at\"", "{\"aa\":1,\"at\"");
        let hidden =
            "cityhall\n事项：登录\u{1b}[2J\n网站：https://www.ezhou.example\n账户：li\n随机数：0";
        for text in ["", "我同意付款", "{}", "[]", &of_the_clock, &spaced, &more, hidden] {
            assert_eq!(shown(text, &sites()), Err(Unfit::Unknown), "{text}");
        }
    }
}
