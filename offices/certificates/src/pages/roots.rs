//! The roots of the built-in authority: the one that issues, the one before it, and how one is ended before its
//! time.

use axum::extract::Path;
use base::{Moment, Outcome};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, Row, SummaryRow, Table, Tone, Width, button_row,
    day, moment_said, post_form, section, summary_list, tag,
};
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::Reason;
use serde::Deserialize;

use super::authority::proposed;
use super::{HERE, TITLE, Wrong, may, shown_again};
use crate::rules::{ENDS, may_end};
use crate::terms::{DECIDE, Root};
use crate::{acts, store};

/// What the form of an end sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ending {
    from: String,
    why: String,
    reason: String,
}

/// How it stands with a root, in one word; `issuing` is the one that issues.
fn state(root: &Root, issuing: bool, now: Moment) -> Markup {
    match root.ends {
        Some((at, _)) if at <= now => tag(Tone::Closed, "已停用"),
        Some(_) => tag(Tone::Soon, "快停用"),
        None if issuing => tag(Tone::Good, "正在签发"),
        None => tag(Tone::Plain, "不再签发，仍然有效"),
    }
}

/// The roots whose time is not over, the newest first.
pub(super) fn table(cx: &Cx, roots: &[Root]) -> Markup {
    let now = cx.now();
    let issuing = roots.iter().find(|root| root.ends.is_none()).map(|root| root.id);
    let rows = roots.iter().map(|root| {
        Row::new([
            html! { (root.name) },
            state(root, issuing == Some(root.id), now),
            day(root.from.day()),
            day(root.trusted_until().day()),
        ])
        .href(format!("{HERE}/roots/{}", root.id))
    });
    let columns = [
        Column::new("根"),
        Column::new("状态").narrow(),
        Column::new("从").narrow(),
        Column::new("到").narrow(),
    ];
    section(
        "roots",
        "内置证书机构",
        html! {
            (Table::new("内置证书机构的根").caption_hidden().columns(columns).rows(rows).stacked())
            p { "现在可信的根证书都在 " a href="/ca/roots" { (acts::address(cx, "/ca/roots")) } "（PEM）。" }
        },
    )
}

async fn root(cx: &Cx, id: &str) -> Outcome<Root> {
    let missing = || not_found("这个根");
    let id = id.parse().map_err(|_| missing())?;
    let found = cx.read(move |r| store::root_by_id(r, id)).await?;
    Ok(found.filter(|root| root.list_number > 0).ok_or_else(missing)?)
}

/// `GET /desk/authority/roots/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, &root(&cx, &id).await?, &Ending::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, root: &Root, form: &Ending, wrong: Wrong<'_>) -> Reply {
    let (now, id) = (cx.now(), root.id);
    let read = move |r: &::store::Reader<'_>| {
        let issuing = store::standing(r, now)?.is_some_and(|one| one.id == id);
        Ok((issuing, store::valid_of(r, id, now)?))
    };
    let (issuing, valid) = cx.read(read).await?;
    let decides = may(cx, &DECIDE).await?;
    // Whether an end can be decided on at all: it is only ever brought forward.
    let open = may_end(root, now, now).is_ok();
    let body = html! {
        (Heading::new(&root.name).state(state(root, issuing, now)))
        (wrong.head())
        (about(cx, root, valid))
        @if decides && open { (section("end", "停用这个根", end_form(root, valid, form, wrong))) }
    };
    Ok(wrong.status(page::desk(cx, &root.name, &[Crumb::new(TITLE, HERE)], body).await?))
}

/// The root itself, and where the world finds what it publishes.
fn about(cx: &Cx, root: &Root, valid: i64) -> Markup {
    let today = cx.now().day();
    let published = |what: &str| {
        let path = root.path(what);
        html! { a href=(path) { (acts::address(cx, &path)) } "，" a href={ (path) "?form=pem" } { "PEM" } }
    };
    let mut rows = vec![
        SummaryRow::new("单位", &root.organization),
        SummaryRow::of("指纹（SM3）", html! { code { (root.fingerprint) } }),
        SummaryRow::of("有效期", html! { (day(root.from.day())) " 到 " (day(root.until.day())) }),
        SummaryRow::new("有效的证书", format!("{valid} 张")),
        SummaryRow::new("私钥", "由本平台的数据密钥加密保存"),
    ];
    if let Some((at, why)) = root.ends {
        let words =
            html! { (moment_said(at, today)) "，" (why.words()) "；它签发的证书从那时起全部吊销" };
        rows.insert(3, SummaryRow::of("停用", words));
    }
    if !root.is_ended(cx.now()) {
        rows.push(SummaryRow::of("证书", published("root")));
    }
    rows.push(SummaryRow::of("吊销列表", published("crl")));
    rows.push(SummaryRow::of(
        "在线查询（OCSP）",
        html! { code { (acts::address(cx, "/ca/ocsp")) } },
    ));
    if let Some((made, next)) = root.listed {
        let words = html! {
            "第 " (root.list_number) " 号，" (moment_said(made, today)) "签发，" (moment_said(next, today)) "前更新"
        };
        rows.push(SummaryRow::of("最近的吊销列表", words));
    }
    section("about", "内置证书机构", summary_list(&rows))
}

fn end_form(root: &Root, valid: i64, form: &Ending, wrong: Wrong<'_>) -> Markup {
    let words = |why: Reason| match why {
        Reason::AuthorityCompromise => "私钥可能泄露",
        _ => "不再使用",
    };
    let reasons = ENDS.map(|why| Choice::new(why.number().to_string(), words(why))).to_vec();
    let consequence = format!(
        "另一位管理员同意以后生效，不能恢复：从停用的时候起，它签发的 {valid} 张证书全部吊销"
    );
    post_form(
        &format!("{HERE}/roots/{}/end", root.id),
        None,
        html! {
            (Field::radios("why", "原因", reasons).value(&form.why).error(wrong.with("why")))
            (Field::date("from", "从哪天起停用").optional().hint("不填就是同意以后马上停用")
                .value(&form.from).width(Width::Short).error(wrong.with("from")))
            (Field::area("reason", "依据或者理由", 2).value(&form.reason)
                .error(wrong.with("reason")))
            (button_row(html! { (Button::danger("提出停用这个根").consequence(consequence)) }))
        },
    )
}

/// `POST /desk/authority/roots/{id}/end`
pub(crate) async fn end(cx: ActCx, Path(id): Path<String>, Filled(form): Filled<Ending>) -> Reply {
    let root = root(&cx, &id).await?;
    match acts::propose_end(&cx, &root, (&form.from, &form.why), &form.reason).await {
        Ok(_) => Ok(proposed()),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &root, &form, Wrong(Some(&refusal))).await
        }
    }
}
