//! The form by which the organ cancels a permit that it has issued, beside its case.

use std::collections::HashMap;

use axum::Form;
use axum::extract::Path;
use base::{Refusal, RefusalKind, Stop};
use frame::parts::{
    Button, Choice, Field, Markup, NoticeKind, details, error_summary, notice, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, page};
use maud::html;

use super::{Entries, body, crumbs, message_for};
use crate::acts::{self, Offered, Seen};
use crate::terms::cancelled::Cancelling;

/// The form for who may cancel; nothing for others.
pub(super) fn form(
    cx: &Cx,
    (seen, offered): (&Seen, &Offered),
    again: Option<&(Cancelling, Refusal)>,
) -> base::Outcome<Markup> {
    let Some(issued) = acts::cancellable(seen, offered) else { return Ok(html! {}) };
    let (entered, refusal) = match again {
        Some((entered, refusal)) => (entered.clone(), Some(refusal)),
        None => (Cancelling::default(), None),
    };
    let causes = acts::grounds(cx.now().day())?.causes.into_iter();
    let causes = causes.map(|one| Choice::new(one.cause.as_str(), one.words).hint(one.item));
    let error = |field: &str| message_for(refusal, field);
    let form = html! {
        form class="form" method="post" action=(format!("/desk/cases/{}/cancel", seen.case.no)) data-once {
            (Field::radios("cause", "属于哪一种情形", causes.collect()).value(&entered.cause).error(error("cause"))
                .why("《中华人民共和国行政许可法》第七十条列出的情形，才能注销。"))
            (Field::text("rule", "其他情形的依据").optional().value(&entered.rule).error(error("rule"))
                .hint("选“其他情形”的，写明法律、法规的名称和条款"))
            (Field::area("reason", "理由", 3).value(&entered.reason).error(error("reason"))
                .hint("写给持有人看，不对外公开"))
            (Button::danger(format!("注销{}", issued.certificate))
                .consequence("出具注销决定书，在“我的办件”里告诉持有人（留了电子邮箱的，同时发邮件），对外公开；许可从今天起不再有效，不能恢复。"))
        }
    };
    Ok(section(
        "cancel",
        "注销许可",
        html! {
            @if let Some(refusal) = refusal {
                (error_summary(&refusal.fields))
                @if refusal.fields.is_empty() {
                    (notice(NoticeKind::Danger, &refusal.message, html! {
                        @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                    }))
                }
                (form)
            } @else {
                (details("这项许可应当注销", form))
            }
        },
    ))
}

/// POST /desk/cases/{no}/cancel
pub(crate) async fn cancel(
    cx: ActCx,
    Path(no): Path<String>,
    Form(entered): Form<HashMap<String, String>>,
) -> Reply {
    // To others the case is as if it were not there, whatever they typed.
    acts::staff_case(&cx, &no).await?;
    let text = |name: &str| entered.get(name).cloned().unwrap_or_default();
    let entered = Cancelling { cause: text("cause"), rule: text("rule"), reason: text("reason") };
    let refusal = match acts::cancel(&cx, &no, &entered).await {
        Ok(()) => return Ok(see_other(&format!("/desk/cases/{no}"))),
        Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Invalid => refusal,
        Err(stop) => return Err(stop.into()),
    };
    let seen = acts::staff_case(&cx, &no).await?;
    let entries = Entries { cancelling: Some((entered, *refusal)), ..Entries::default() };
    let body = body(&cx, &seen, None, &entries).await?;
    Ok(page::invalid(page::desk(&cx, &seen.case.item_name, &crumbs(), body).await?))
}
