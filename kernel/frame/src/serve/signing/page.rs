//! What is to be signed: for a person as a page in plain words, for a program as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base::{FieldError, Moment, Refusal, RefusalKind};
use ledger::{Unsigned, Who, Why};
use maud::{Markup, html};
use serde_json::Value;

use super::token::Held;
use super::{SIGNATURE, TOKEN, minutes};
use crate::cx::Cx;
use crate::parts::{
    Heading, NoticeKind, SummaryRow, ToSign, error_summary, hidden, moment_said, notice,
    summary_list,
};
use crate::problem::ToldToSign;
use crate::{page, told};

const WRONG: &str = "这不是用您登记的证书对下面内容做的签名，请重新签名";

/// Asks for the signature.
pub(super) async fn ask(cx: &Cx, held: &Held, unsigned: &Unsigned) -> Response {
    if cx.is_api() {
        return for_program(cx, held, unsigned);
    }
    let shown = page::desk(cx, "请签名", &[], body(cx, held, unsigned)).await;
    let mut response = shown.unwrap_or_else(IntoResponse::into_response);
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::PRECONDITION_REQUIRED;
    }
    response
}

fn for_program(cx: &Cx, held: &Held, unsigned: &Unsigned) -> Response {
    let (code, message) = match unsigned.why {
        Why::NotYet => ("ledger.unsigned", "这一步要由本人用数字证书签名"),
        Why::Changed => ("ledger.changed", "情况已有变化，签名的不是现在的内容，请重新确认"),
        Why::Wrong => ("ledger.wrong_signature", WRONG),
    };
    let remedy = "用证书的私钥（SM2-SM3）签 signing.text，把同样的请求再发一次，请求头带 CityHall-Signing（令牌）和 CityHall-Signature（签名，Base64）";
    let refusal = Refusal::new(RefusalKind::Forbidden, code, message).remedy(remedy);
    let signing = ToldToSign {
        token: held.seal(cx),
        text: String::from_utf8_lossy(&unsigned.text).into_owned(),
        digest: held.digest_text(),
        until: held.until().millis(),
    };
    let body = crate::problem::Unsigned::new(&refusal, signing, &cx.request().to_string());
    (StatusCode::PRECONDITION_REQUIRED, Json(body)).into_response()
}

fn body(cx: &Cx, held: &Held, unsigned: &Unsigned) -> Markup {
    let act: Value = serde_json::from_slice(&unsigned.text).unwrap_or_default();
    let title = cx.hall().act_title(&unsigned.kind);
    let text = String::from_utf8_lossy(&unsigned.text);
    let wrong = (unsigned.why == Why::Wrong).then(|| WRONG.to_owned());
    let field = |message: &String| FieldError { field: SIGNATURE.into(), message: message.clone() };
    html! {
        (error_summary(&wrong.iter().map(field).collect::<Vec<_>>()))
        @if unsigned.why == Why::Changed {
            (notice(NoticeKind::Warning, "情况已有变化，请重新确认", html! {
                p { "您签名以前，这件事有了变化，刚才的签名没有用上，什么都没有办。下面是现在的内容。" }
            }))
        }
        (Heading::new(format!("请签名：{title}"))
            .lead("这一步由您本人负责。核对下面的内容，用您的数字证书签名，签名以后才办理。"))
        (summary_list(&rows(cx, &act, title)))
        @if told::plain(&text) != text {
            (notice(NoticeKind::Warning, "内容里有看不见的符号", html! {
                p { "有的符号会改变文字的方向或者不显示，上面用编号标出（例如 ⟨U+202E⟩）。弄不清楚的，请不要签名。" }
            }))
        }
        form class="form" method="post" action=(cx.target()) data-once {
            // The token stands first: by it the gate knows the form.
            (hidden(TOKEN, &held.seal(cx)))
            (ToSign::new(&text, cx.who_signs()).agent(cx.hall().agent.as_deref()).sends("办理")
                .consequence("由本机的签名代理调用您的证书，签名以后立即办理").error(wrong))
            p class="hint" { "原文的摘要（SM3）：" code { (held.digest_text()) } }
        }
        p class="hint" { (minutes()) " 分钟内有效，只能用一次。" }
        p { a href="/desk" { "不签了，回到工作台" } "（什么都没有办）" }
    }
}

/// The act in plain words, all of it.
fn rows(cx: &Cx, act: &Value, title: &str) -> Vec<SummaryRow> {
    let mut rows = vec![SummaryRow::new("办理", title)];
    let concerned = told::concerned(act);
    if !concerned.is_empty() {
        rows.push(SummaryRow::new("对谁、对什么", told::plain(&concerned)));
    }
    let who: Option<Who> = act.get("who").and_then(|who| serde_json::from_value(who.clone()).ok());
    if let Some(who) = who {
        let words = [who.name, who.post, who.organ_name];
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        rows.push(SummaryRow::new("经办人", told::plain(&words.join(" · "))));
    }
    if let Some(at) = act.get("at").and_then(Value::as_i64) {
        rows.push(SummaryRow::of("时间", moment_said(Moment::from_millis(at), cx.now().day())));
    }
    if let Some(authority) = act.get("authority").and_then(Value::as_str).filter(|a| !a.is_empty())
    {
        rows.push(SummaryRow::new("依据", told::plain(authority)));
    }
    let content = act.get("content").and_then(Value::as_object);
    // Between which states a step of a case leads stands there by their codes; the step says it in words.
    let is_step = act.pointer("/subject/kind").and_then(Value::as_str) == Some("case");
    // Of an export what is taken out and by what it is narrowed stand there by their titles too.
    let is_export = act.pointer("/subject/kind").and_then(Value::as_str) == Some("export");
    for (key, value) in content.into_iter().flatten() {
        let words = in_words(value);
        if is_export && ["export", "filters", "title"].contains(&key.as_str()) {
            continue;
        }
        if is_step && ["from", "to"].contains(&key.as_str()) {
            continue;
        }
        if !words.is_empty() && !UNSAID.contains(&key.as_str()) {
            rows.push(SummaryRow::new(name_of(key), told::plain(&words)));
        }
    }
    rows
}

/// What says the same as another line, or only means something to programs. It stands in the text itself.
const UNSAID: [&str; 13] = [
    "n",
    "entered_by",
    "order",
    "whom",
    "from_state",
    "to_state",
    "definition",
    "due_law",
    "row",
    "holding",
    "proposal",
    "body",
    "form",
];

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "是".into(),
        Value::Bool(false) => "否".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => all.iter().map(in_words).collect::<Vec<_>>().join("、"),
        Value::Object(all) => {
            // A thing with a name goes by its name.
            if let Some(name) = all.get("name").and_then(Value::as_str) {
                return name.to_owned();
            }
            let pairs = all.iter().map(|(key, value)| (name_of(key), in_words(value)));
            let pairs = pairs.filter(|(_, words)| !words.is_empty());
            pairs.map(|(key, words)| format!("{key}：{words}")).collect::<Vec<_>>().join("；")
        }
    }
}

/// What people call a member of an act's content.
fn name_of(key: &str) -> &str {
    match key {
        "no" => "办件编号",
        "item" => "事项",
        "organ" => "机构",
        "applicant" => "申请人",
        "title" => "名称",
        "step" => "这一步",
        "from" => "从",
        "to" | "until" => "到",
        "said" => "内容",
        "received_on" => "收到日期",
        "accepted_on" => "受理日期",
        "due" => "办理期限",
        "due_legal" => "法定期限",
        "due_promised" => "承诺期限",
        "due_supplement" => "补正期限",
        "due_basis" => "期限依据",
        "role" => "角色",
        "post" => "岗位",
        "login" => "用户名",
        "last" => "最后一天",
        "proposed_by" => "提出人",
        "column" => "栏目",
        "conclusion" => "结论",
        "remark" => "意见",
        "findings" => "预审提示（条）",
        "text" => "正文摘要",
        "version" => "版本",
        "state" => "状态",
        "effective_from" => "生效日期",
        "name" => "名称",
        "change" => "变更",
        "add" => "增加",
        "remove" => "去掉",
        "permission" => "权限",
        "reach" => "范围",
        "successor" => "承接的机构",
        "posts" => "一起变的岗位（个）",
        "cases" => "转过去的办件（件）",
        "export" => "导出什么",
        "narrowed" => "条件",
        "columns" => "列",
        "purpose" => "用途",
        "receiver" => "交给谁",
        "rows" => "行数",
        "people" => "涉及的人数",
        "ground" => "写明的依据",
        "reason" => "理由",
        "approver" => "批准的机关",
        "approved_by" => "批准的人",
        "about" => "关于谁（密文索引）",
        "below" => "连同下属机构",
        "document" => "文号",
        "entered_name" => "录入的人",
        "last_day" => "没有人同意的，失效的日期",
        "prolongs" => "是延长",
        other => flow::field_title(other),
    }
}
