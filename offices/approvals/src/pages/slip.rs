//! The slip of receipt: number, query code, what happens next, by when. The code is for the applicant,
//! and for the clerk who takes the application in.

use axum::Form;
use axum::extract::Path;
use base::{FieldError, Stop};
use frame::page;
use frame::parts::{
    Button, Crumb, Field, Heading, Markup, Slip, button_row, details, error_summary, link_button,
};
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts::{self, Seen};
use crate::terms::Channel;

/// The slip for the applicant.
pub(crate) async fn slip(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = acts::own_case_to(&cx, &no, access::Power::LookUp, "收件回执").await?;
    let crumbs = [Crumb::new("我的办件", "/my/cases")];
    // The code is the applicant's: who acts for them looks the case up for as long as the mandate stands. What was
    // erased by law has none to show any more.
    let code = match seen.by {
        None => Some(seen.code(&cx.hall().keys)?).filter(|code| !code.is_empty()),
        Some(_) => None,
    };
    Ok(page::site(&cx, "提交回执", &crumbs, body(&cx, &seen, code.as_deref(), html! {})))
}

/// The slip for the clerk to print and hand over.
pub(crate) async fn desk_slip(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = acts::staff_case(&cx, &no).await?;
    let code = match acts::slip_shows_code(&cx, &seen) {
        true => Some(seen.code(&cx.hall().keys)?),
        false => None,
    };
    let again = if code.is_none() {
        reprint(&seen, "", &[])
    } else {
        html! {}
    };
    at_the_desk(&cx, &seen, code.as_deref(), again).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Purpose {
    purpose: String,
}

/// The slip with its code once more: leaves a record.
pub(crate) async fn desk_slip_again(
    cx: ActCx,
    Path(no): Path<String>,
    Form(entered): Form<Purpose>,
) -> Reply {
    match acts::reprint(&cx, &no, entered.purpose.trim()).await {
        Ok(seen) => {
            let code = seen.code(&cx.hall().keys)?;
            let code = Some(code.as_str()).filter(|code| !code.is_empty());
            at_the_desk(&cx, &seen, code, html! {}).await
        }
        Err(Stop::Refused(refusal)) if !refusal.fields.is_empty() => {
            let seen = acts::staff_case(&cx, &no).await?;
            let again = reprint(&seen, &entered.purpose, &refusal.fields);
            Ok(page::invalid(at_the_desk(&cx, &seen, None, again).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

async fn at_the_desk(cx: &Cx, seen: &Seen, code: Option<&str>, again: Markup) -> Reply {
    let no = &seen.case.no;
    let crumbs = [Crumb::new("办件", "/desk/cases"), Crumb::new(no, format!("/desk/cases/{no}"))];
    page::desk(cx, "收件回执", &crumbs, body(cx, seen, code, again)).await
}

/// Asks why the code is to be printed again; who applied online has it in their own account.
fn reprint(seen: &Seen, purpose: &str, errors: &[FieldError]) -> Markup {
    let error = errors.iter().find(|error| error.field == "purpose");
    let form = html! {
        form class="form" method="post" action=(format!("/desk/cases/{}/slip", seen.case.no)) {
            (Field::text("purpose", "为什么补打").value(purpose)
                .hint("例如：申请人遗失回执，已核对身份证件").error(error.map(|e| e.message.clone())))
            (Button::secondary("补打带查询码的回执").consequence("谁、什么时候、为什么补打，都会留下记录。"))
        }
    };
    html! {
        (error_summary(errors))
        @if Channel::parse(&seen.case.channel) == Channel::Online {
            p { "查询码只给申请人本人看，申请人登录后在「我的办件」里随时可以查看。" }
        } @else if errors.is_empty() { (details("补打带查询码的回执", form)) }
        @else { (form) }
    }
}

fn body(cx: &Cx, seen: &Seen, code: Option<&str>, beneath: Markup) -> Markup {
    let (case, hall) = (&seen.case, cx.hall());
    let title = match Channel::parse(&case.channel) {
        Channel::Online => "网上提交回执",
        Channel::Counter => "窗口收件回执",
    };
    let act = &seen.application.submitted_act;
    let mut slip = Slip::new(title, &case.no, &case.organ_name, case.received_at)
        .row("事项", &case.item_name)
        .row("申请人", &case.applicant_name)
        .next("办理单位核对材料是否齐全。齐全的，出具受理通知书；不齐全的，一次告知需要补正的全部内容。")
        .next("受理后在承诺期限内作出决定。每一步都会通知您。")
        .check("凭办件编号和查询码随时查询", format!("{}/cases?no={}", hall.city.url, case.no))
        .proof(act, format!("/receipts/{act}"));
    if let Some(document) = &case.erased {
        slip = slip.row("内容", base::erased_words(document));
    }
    if let Some(code) = code {
        slip = slip.row("查询码", code);
    }
    if let Some(due) = case.due_completeness {
        slip = slip.due(due, case.procedure.acceptance.basis.clone());
    }
    html! {
        (Heading::new("申请已提交"))
        (slip)
        (button_row(html! {
            (link_button("下载可以验证的回执文件", &format!("/receipts/{act}/file")))
        }))
        @if code.is_none() && Channel::parse(&case.channel) == Channel::Counter && seen.filed_by().is_some() {
            p { "这一件由代理人提出，查询码是申请人的，不交给代理人：请申请人带身份证到窗口补打，申请人有核实过的账户并留了邮箱的已经寄去。" }
        }
        @if code.is_some() {
            p { "查询码只有您和收件的窗口知道，请妥善保管。回执文件可以用公开的验证程序离线验证，谁都改不了。" }
        }
        (beneath)
    }
}
