//! The inbox: the signals on my cases, and on those of my organ that nobody has taken.

use axum::Form;
use axum::extract::{Path, Query};
use base::FieldError;
use flow::{SignalMove, SignalState};
use frame::page;
use frame::parts::{Button, Crumb, Field, Heading, button_row, error_summary, post_form};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::{Markup, Render, html};

use super::{
    After, Dossier, ROWS, Said, Whose, dossier, level_tag, ordered, pager, signal_table, state_tag,
};
use crate::api::place;
use crate::rules::{WORDS_MAX, may_answer};
use crate::terms::INBOX;
use crate::{acts, inbox_scope};

const BASE: &str = "/desk/signals";
const TITLE: &str = "监察信号";

/// The list.
pub(crate) async fn list(cx: Cx, Query(query): Query<After>) -> Reply {
    let scope = inbox_scope(cx.permit()?);
    let after = place(query.after.as_deref())?;
    let inside = after.is_some();
    let page =
        cx.read(move |reader| flow::open_signals(reader, &scope, after.as_ref(), ROWS)).await?;
    let next = page.next.map(|next| next.to_string());
    let body = html! {
        (Heading::new(TITLE).lead("您手上的办件，以及本单位还没有人领办的办件，期限临近或者超过时在这里提醒您。"))
        (signal_table(&cx, "未办结的监察信号", &page.rows, BASE, Whose::Mine))
        (pager(BASE, next, inside))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// One signal, with what the responsible person may do.
pub(crate) async fn one(cx: Cx, Path(id): Path<String>) -> Reply {
    let (dossier, permit) = dossier(&cx, &id, &INBOX).await?;
    show(&cx, &dossier, permit.account(), "", &[]).await
}

async fn show(
    cx: &Cx,
    dossier: &Dossier,
    account: &str,
    words: &str,
    errors: &[FieldError],
) -> Reply {
    let signal = &dossier.signal;
    let title = format!("{}：{}", signal.level.title(), signal.item_name);
    let body = html! {
        (error_summary(errors))
        (Heading::new(&title).caption(format!("{} 号规则", signal.rule))
            .state(html! { (level_tag(signal.level)) (state_tag(signal.state)) }))
        (dossier.body(cx))
        (answers(dossier, account, words, errors))
    };
    page::desk(cx, &title, &[Crumb::new(TITLE, BASE)], body).await
}

fn answers(dossier: &Dossier, account: &str, words: &str, errors: &[FieldError]) -> Markup {
    let signal = &dossier.signal;
    let base = format!("{BASE}/{}", signal.id);
    if let Err(refusal) = may_answer(signal, account, &SignalMove::Seen) {
        return html! { p class="inset" { (refusal.message) } };
    }
    let receives = signal.state == SignalState::Raised;
    let appeals = matches!(signal.state, SignalState::Raised | SignalState::Seen);
    html! {
        @if receives {
            (post_form(&format!("{base}/seen"), None, html! {
                (button_row(html! {
                    (Button::new("签收").consequence("表示您已经知道；办件仍要抓紧办理"))
                }))
            }))
        }
        @if appeals {
            (post_form(&format!("{base}/appeal"), None, html! {
                (Field::area("words", "申辩理由", 4)
                    .hint("写明事实和依据，例如等待上级批复、系统停机")
                    .value(words).max(WORDS_MAX).error(super::error_of(errors, "words")).render())
                (button_row(html! {
                    (Button::secondary("提出申辩").consequence("监察人员会决定维持还是撤销"))
                }))
            }))
        }
    }
}

/// Receives a signal.
pub(crate) async fn seen(cx: ActCx, Path(id): Path<String>) -> Reply {
    let (dossier, _) = dossier(&cx, &id, &INBOX).await?;
    let (order, actor) = (ordered(cx.now(), &dossier.signal, SignalMove::Seen), cx.actor().clone());
    cx.write(move |tx| acts::answer(tx, &actor, &order)).await?;
    Ok(see_other(&format!("{BASE}/{id}")))
}

/// Answers a signal.
pub(crate) async fn appeal(cx: ActCx, Path(id): Path<String>, Form(said): Form<Said>) -> Reply {
    let (dossier, permit) = dossier(&cx, &id, &INBOX).await?;
    let words = said.words.trim().to_owned();
    let to_do = SignalMove::Appeal { words: words.clone() };
    let (order, actor) = (ordered(cx.now(), &dossier.signal, to_do), cx.actor().clone());
    match cx.write(move |tx| acts::answer(tx, &actor, &order)).await {
        Ok(_) => Ok(see_other(&format!("{BASE}/{id}"))),
        Err(stop) => {
            let refusal = super::mended_by_words(stop)?;
            let page = show(&cx, &dossier, permit.account(), &words, &refusal.fields).await?;
            Ok(page::invalid(page))
        }
    }
}
