//! Supervision settles signals: upholds, cancels with a reason, closes.

use access::Permit;
use axum::Form;
use axum::extract::{Path, Query};
use base::{FieldError, Refusal};
use flow::{Scope, SignalMove, SignalState};
use frame::page;
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, Stat, Tone, button_row, error_summary, inset,
    legal_basis, notice, post_form, stats,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::{Markup, Render, html};

use super::{
    After, Dossier, ROWS, Said, Whose, dossier, level_tag, ordered, pager, signal_table, state_tag,
};
use crate::acts;
use crate::api::place;
use crate::rules::{WORDS_MAX, may_judge};
use crate::terms::WATCH;

const BASE: &str = "/desk/supervision/signals";
const TITLE: &str = "监察信号处理";

/// All open signals, newest first.
pub(crate) async fn list(cx: Cx, Query(query): Query<After>) -> Reply {
    let scope = Scope::of(cx.permit()?);
    let after = place(query.after.as_deref())?;
    let inside = after.is_some();
    let (page, counts) = cx
        .read(move |reader| {
            let page = flow::open_signals(reader, &scope, after.as_ref(), ROWS)?;
            Ok((page, flow::signal_counts(reader, &scope)?))
        })
        .await?;
    let next = page.next.map(|next| next.to_string());
    let body = html! {
        (Heading::new(TITLE).lead("信号发出后不能删除。承办人可以申辩；撤销要写明理由。"))
        (stats(&[
            Stat::new("红牌", counts.red).unit("件").tone(Tone::Late),
            Stat::new("黄牌", counts.yellow).unit("件").tone(Tone::Soon),
            Stat::new("预警", counts.warning).unit("件"),
            Stat::new("提示", counts.reminder).unit("件"),
        ]))
        (signal_table(&cx, "未办结的监察信号", &page.rows, BASE, Whose::All))
        (pager(BASE, next, inside))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// One signal, with what supervision may do.
pub(crate) async fn one(cx: Cx, Path(id): Path<String>) -> Reply {
    let (dossier, permit) = dossier(&cx, &id, &WATCH).await?;
    show(&cx, &dossier, &permit, "", &[]).await
}

async fn show(
    cx: &Cx,
    dossier: &Dossier,
    permit: &Permit,
    words: &str,
    errors: &[FieldError],
) -> Reply {
    let signal = &dossier.signal;
    let (actor, concerned) = (cx.actor().clone(), signal.clone());
    let (standing, holders) = cx
        .read(move |r| {
            let standing = acts::standing(r, &actor, &concerned)?;
            Ok((standing, acts::holders_of(r, &concerned)?))
        })
        .await?;
    let judges = may_judge(signal, &acts::judges(permit), &holders, standing);
    let title = format!("{}：{}", signal.level.title(), signal.item_name);
    let body = html! {
        (error_summary(errors))
        (Heading::new(&title).caption(format!("{} 号规则", signal.rule))
            .state(html! { (level_tag(signal.level)) (state_tag(signal.state)) }))
        (dossier.body(cx))
        @match &judges {
            Err(refusal) if signal.state.is_open() => (stands_aside(refusal)),
            _ => (verdicts(dossier, words, errors)),
        }
    };
    page::desk(cx, &title, &[Crumb::new(TITLE, BASE)], body).await
}

/// In the place of the verdicts, to whom the signal was sent.
fn stands_aside(refusal: &Refusal) -> Markup {
    notice(
        NoticeKind::Info,
        &refusal.message,
        html! {
            @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
            @if let Some(ground) = &refusal.ground { (legal_basis(ground)) }
        },
    )
}

fn verdicts(dossier: &Dossier, words: &str, errors: &[FieldError]) -> Markup {
    let signal = &dossier.signal;
    if !signal.state.is_open() {
        return html! { (inset(html! { p { "这一信号" (signal.state.title()) "，记录长期保存，不能删除。" } })) };
    }
    let to = |act: &str| format!("{BASE}/{}/{act}", signal.id);
    let appealed = signal.state == SignalState::Appealed;
    let level = signal.level.title();
    html! {
        (post_form(&to(if appealed { "uphold" } else { "close" }), None, html! {
            (Field::area("words", "理由或者整改情况", 4)
                .hint("维持、撤销写明理由；办结写明核查到的整改情况。承办人看得到")
                .value(words).max(WORDS_MAX).error(super::error_of(errors, "words")).render())
            (button_row(html! {
                @if appealed {
                    (Button::new(format!("维持{level}")).to(to("uphold"))
                        .consequence("申辩理由不成立，信号继续有效"))
                } @else {
                    (Button::new("确认整改办结").to(to("close"))
                        .consequence("信号办结，记录保留"))
                }
                (Button::danger(format!("撤销{}的{level}", signal.organ_name)).to(to("cancel"))
                    .consequence("信号失去效力，撤销理由写入记录，不能恢复"))
            }))
        }))
    }
}

/// The appeal is not followed.
pub(crate) async fn uphold(cx: ActCx, path: Path<String>, Form(said): Form<Said>) -> Reply {
    settled(cx, path, said, |words| SignalMove::Uphold { words }).await
}

/// The signal loses its effect.
pub(crate) async fn cancel(cx: ActCx, path: Path<String>, Form(said): Form<Said>) -> Reply {
    settled(cx, path, said, |reason| SignalMove::Cancel { reason }).await
}

/// What was wrong has been mended.
pub(crate) async fn close(cx: ActCx, path: Path<String>, Form(said): Form<Said>) -> Reply {
    settled(cx, path, said, |words| SignalMove::Close { words }).await
}

async fn settled(
    cx: ActCx,
    Path(id): Path<String>,
    said: Said,
    to_do: fn(String) -> SignalMove,
) -> Reply {
    let (dossier, permit) = dossier(&cx, &id, &WATCH).await?;
    let words = said.words.trim().to_owned();
    let order = ordered(cx.now(), &dossier.signal, to_do(words.clone()));
    let actor = cx.actor().clone();
    match cx.write(move |tx| acts::settle(tx, &actor, &order)).await {
        Ok(_) => Ok(see_other(&format!("{BASE}/{id}"))),
        Err(stop) => {
            let refusal = super::mended_by_words(stop)?;
            let page = show(&cx, &dossier, &permit, &words, &refusal.fields).await?;
            Ok(page::invalid(page))
        }
    }
}
