//! One's own copy of everything that is held: what stands in it, and the file.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base::{Day, Fault};
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, button_row, legal_basis, post_form, section,
};
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::contact::password_again;
use super::me::field_title;
use super::{Wrong, shown_again};
use crate::acts;

const TITLE: &str = "我的全部信息";

/// How the file looks, which has nothing else with it.
const STYLE: &str = "body{font-family:sans-serif;line-height:1.6;max-width:50rem;margin:1rem auto;padding:0 1rem}\
                     dl{margin:0}dt{font-weight:600;margin-top:.4rem}dd{margin:0 0 0 1rem;overflow-wrap:anywhere}\
                     li{margin-bottom:.6rem}";

/// What people read in the place of the names of the file.
const TITLES: &[(&str, &str)] = &[
    ("account", "账户"),
    ("posts", "岗位"),
    ("factors", "登录方式"),
    ("sessions", "登录的设备"),
    ("signing_certificates", "签名证书"),
    ("connected_systems", "授权的系统"),
    ("platforms", "连上的身份认证平台"),
    ("mandates_given", "我委托别人的"),
    ("mandates_taken", "别人委托我的"),
    ("looks", "谁看过我的信息"),
    ("acts", "从这个账户做过的"),
    ("cases", "我的办件"),
    ("drafts", "没有提交的草稿"),
    ("drafts_for_others", "替别人填写的草稿"),
    ("complaints", "我的投诉"),
    ("resident", "人口登记"),
    ("id", "编号"),
    ("login", "用户名"),
    ("name", "名称"),
    ("kind", "种类"),
    ("level", "实名等级"),
    ("number", "公民身份号码"),
    ("phone", "手机号码"),
    ("email", "电子邮箱"),
    ("address", "地址"),
    ("ethnicity", "民族"),
    ("valid_from", "登记日期"),
    ("state", "状态"),
    ("opened_at", "开立、打开的时间"),
    ("password_set_at", "设置密码的时间"),
    ("locked_until", "锁定到"),
    ("role", "角色"),
    ("post", "岗位"),
    ("organ", "机关"),
    ("from", "从"),
    ("until", "到"),
    ("ended_at", "结束的时间"),
    ("on_behalf_of", "替谁代行"),
    ("added_at", "登记的时间"),
    ("used_at", "上次使用的时间"),
    ("browser", "浏览器"),
    ("seen_at", "上次使用的时间"),
    ("system", "系统"),
    ("told", "告诉它的"),
    ("since", "从什么时候起"),
    ("platform", "平台"),
    ("principal", "委托人"),
    ("agent", "代理人"),
    ("firm", "代表的单位"),
    ("scope", "委托办理"),
    ("powers", "权限"),
    ("written_at", "写于"),
    ("receipt", "存证编号"),
    ("at", "时间"),
    ("who", "谁"),
    ("office", "部门的系统"),
    ("purpose", "为什么"),
    ("fields", "看了什么"),
    ("found", "查到了登记"),
    ("told_afterwards", "期满告知"),
    ("what", "做了什么"),
    ("no", "办件编号"),
    ("item", "事项"),
    ("channel", "怎么收到的"),
    ("received_at", "收到的时间"),
    ("applicant", "申请人"),
    ("answers", "填写的内容"),
    ("entries", "填写的内容"),
    ("sources", "哪些是从登记里取的"),
    ("organ_name", "机关"),
    ("files", "材料"),
    ("size", "字节"),
    ("steps", "办理经过"),
    ("step", "哪一步"),
    ("erased", "已经删除"),
    ("updated_at", "上次修改"),
    ("words", "写的话"),
    ("look", "哪一次查看"),
    ("answer", "答复"),
];

/// `GET /me/data`
pub(crate) async fn ask(cx: Cx) -> Reply {
    asked(&cx, &Sent::default(), Wrong::default())
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    kind: String,
    password: String,
}

fn asked(cx: &Cx, given: &Sent, wrong: Wrong<'_>) -> Reply {
    let rule = acts::copy_rule(cx.now().day())?;
    let kinds = vec![
        Choice::new("html", "看的").hint("一个网页文件，可以打印"),
        Choice::new("json", "给别的程序用的").hint("JSON，每一项都有名字"),
    ];
    let kind = if given.kind.is_empty() { "html" } else { given.kind.as_str() };
    let offices = cx.hall().offices.iter().filter(|office| office.own.is_some());
    let body = html! {
        (Heading::new(TITLE).lead("取一份本站保存的、关于您的全部信息。"))
        (wrong.head())
        (section("holds", "里面有什么", html! {
            div class="prose" { ul {
                li { "账户、登录方式和设备（没有密码，也没有别的秘密）、授权的系统、委托书。" }
                li { "提交过的申请和填写的内容、材料的名称、办理经过；没有提交的草稿；投诉和答复。" }
                li { "谁看过您的信息、为什么；从这个账户做过的每一步。" }
            } }
            p { "来自：" (offices.map(|office| office.title).collect::<Vec<_>>().join("、")) "。材料本身在“我的办件”里下载。" }
        }))
        (post_form("/me/data", None, html! {
            (Field::radios("kind", "要哪一种文件", kinds).value(kind))
            (password_again(wrong.with("password")))
            (button_row(html! {
                (Button::new("取我的全部信息").icon("download")
                    .consequence(format!("留下记录；一天最多 {} 次。文件里有您的全部信息，请保管好", rule.a_day)))
            }))
        }))
        (legal_basis(&rule.ground))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(wrong.status(page::site(cx, TITLE, &crumbs, body)))
}

/// `POST /me/data`
pub(crate) async fn get(cx: ActCx, Filled(form): Filled<Sent>) -> Reply {
    let given = form;
    match acts::copy(&cx, &given.password).await {
        Ok(copy) if given.kind == "json" => {
            let text = serde_json::to_string_pretty(&copy).map_err(Fault::from)?;
            handed_out(&cx, "application/json", "json", text)
        }
        Ok(copy) => handed_out(&cx, "text/html; charset=utf-8", "html", readable(&cx, &copy)),
        Err(stop) => asked(&cx, &given, Wrong(Some(&shown_again(stop)?))),
    }
}

fn handed_out(
    cx: &Cx,
    kind: &'static str,
    ending: &str,
    text: String,
) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"my-data-{}.{ending}\"", cx.now().day());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(Fault::from)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, text).into_response())
}

/// A copy as a page of its own, which needs nothing else.
fn readable(cx: &Cx, copy: &Value) -> String {
    let offices = copy.get("offices").and_then(Value::as_object);
    let title = |name: &str| {
        cx.hall().office(name).map_or_else(|| name.to_owned(), |office| office.title.to_owned())
    };
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (TITLE) }
                style { (STYLE) }
            }
            body {
                h1 { (TITLE) }
                p { (cx.hall().city.site) "，" (cx.now().to_minute()) }
                @for (name, told) in offices.into_iter().flatten() {
                    h2 { (title(name)) }
                    (value(told))
                }
            }
        }
    };
    page.into_string()
}

fn title_of(name: &str) -> &str {
    TITLES.iter().find(|(known, _)| *known == name).map_or(name, |(_, title)| title)
}

fn value(told: &Value) -> Markup {
    html! {
        @match told {
            Value::Null => { "—" }
            Value::Bool(true) => { "是" }
            Value::Bool(false) => { "否" }
            Value::Number(number) => { (number) }
            Value::String(text) if text.is_empty() => { "—" }
            Value::String(text) => { (dated(text).unwrap_or_else(|| text.clone())) }
            Value::Array(all) if all.is_empty() => { "没有" }
            Value::Array(all) => { ol { @for one in all { li { (value(one)) } } } }
            Value::Object(fields) => {
                dl {
                    @for (name, told) in fields.iter().filter(|(name, _)| !is_for_programs(name, fields)) {
                        dt { (title_of(name)) } dd { (named(name, told)) }
                    }
                }
            }
        }
    }
}

/// What stands in the file for programs alone, beside the same in words.
fn is_for_programs(name: &str, beside: &Map<String, Value>) -> bool {
    match name {
        "entries" | "sources" | "item_code" => beside.contains_key("answers"),
        "organ" => beside.contains_key("organ_name"),
        _ => false,
    }
}

/// A moment or a day, which the file has for programs, as pages say it.
fn dated(text: &str) -> Option<String> {
    if let Some((day, rest)) = text.split_once('T') {
        let (time, _) = rest.strip_suffix("+08:00")?.rsplit_once(':')?;
        let day: Day = day.parse().ok()?;
        return Some(format!("{day} {time}"));
    }
    let day: Day = text.parse().ok()?;
    (day.to_string() == text).then(|| day.chinese())
}

/// What was entered, by the labels of the form.
fn answers(all: &[Value]) -> Markup {
    let said = |one: &Value, name: &str| {
        one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    html! {
        dl {
            @for one in all {
                dt { (said(one, "question")) }
                dd {
                    (said(one, "answer"))
                    @let from = said(one, "from");
                    @if !from.is_empty() { "（取自" (from) "）" }
                }
            }
        }
    }
}

/// What stands under a name: of a look the fields by what people call them.
fn named(name: &str, told: &Value) -> Markup {
    match told {
        Value::Array(fields) if name == "fields" && !fields.is_empty() => {
            let fields = fields.iter().filter_map(Value::as_str).map(field_title);
            html! { (fields.collect::<Vec<_>>().join("、")) }
        }
        Value::Array(all) if name == "answers" && !all.is_empty() => answers(all),
        // What somebody wrote is shown as they wrote it.
        Value::String(text) if name == "words" && !text.is_empty() => html! { (text) },
        told => value(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_days_are_said_as_pages_say_them() {
        assert_eq!(dated("2026-03-02T09:05:10+08:00").as_deref(), Some("2026-03-02 09:05"));
        assert_eq!(dated("2026-03-02").as_deref(), Some("2026年3月2日"));
        for other in ["20260302", "TEST+08:00", "2026-03-02T09:05", "陈晓敏", ""] {
            assert_eq!(dated(other), None, "{other}");
        }
    }
}
