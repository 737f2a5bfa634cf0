//! The catalogue at the desk: all resources that somebody may see, narrowed by indexed columns.

use access::{Permit, Reach};
use axum::extract::Query;
use base::{Cursor, Outcome};
use frame::parts::{
    Choice, Column, Filter, Filters, Heading, NoticeKind, Pager, Row, Table, banner, button_row,
    day_said, empty, link_button,
};
use frame::{Cx, Reply, page};
use maud::html;
use serde::Deserialize;

use super::{address, state};
use crate::acts;
use crate::store::{self as rows, Narrowed, REVIEWS};
use crate::terms::{PUBLISH, Share, State};

pub(crate) const HERE: &str = "/desk/catalogue";
pub(crate) const TITLE: &str = "数据目录";
const PAGE: i64 = 50;

/// How many versions wait for who may publish them.
pub(crate) fn waiting(
    reader: &::store::Reader<'_>,
    _permit: &Permit,
    permits: &[Permit],
    now: base::Moment,
) -> Outcome<i64> {
    match permits.iter().find(|permit| permit.permission() == PUBLISH.name) {
        Some(permit) => REVIEWS.waiting_for(reader, permit, now.day()),
        None => Ok(0),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    organ: String,
    subject: String,
    share: String,
    state: String,
    after: String,
    done: String,
}

impl Wanted {
    fn address(&self, after: &str) -> String {
        address(
            HERE,
            &[
                ("organ", &self.organ),
                ("subject", &self.subject),
                ("share", &self.share),
                ("state", &self.state),
                ("after", after),
            ],
        )
    }

    /// What the list is narrowed by; who belongs to one organ sees that one's.
    fn narrowed(&self, permit: &Permit) -> Narrowed {
        let own = match permit.reach() {
            Reach::City => self.organ.clone(),
            _ => permit.organ().to_owned(),
        };
        let (state, pending) = match self.state.as_str() {
            "draft" => (None, Some(State::Draft)),
            "review" => (None, Some(State::Review)),
            other => (State::parse(other), None),
        };
        Narrowed {
            provider: own,
            subject: self.subject.clone(),
            share: self.share.clone(),
            open: false,
            state,
            pending,
        }
    }
}

/// `GET /desk/catalogue`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let permit = cx.permit()?.clone();
    let (narrowed, whole) = (wanted.narrowed(&permit), permit.reach() == Reach::City);
    let after = Cursor::decode(&wanted.after).and_then(|keys| keys.into_iter().next());
    let (mut heads, organs) = cx
        .read(move |r| {
            let after = after.clone().unwrap_or_default();
            let organs = if whole { access::organs(r)? } else { Vec::new() };
            Ok((rows::list(r, &narrowed, &after, PAGE + 1)?, organs))
        })
        .await?;
    let more = heads.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    heads.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = heads.last().filter(|_| more);
    let next = next.map(|last| wanted.address(&Cursor::encode(&[&last.key])));
    let compiles = cx.permitted(&crate::terms::COMPILE, access::Over::Any).await?.is_some();
    let today = cx.now().day();
    let classes = acts::classes()?;
    let table = heads.iter().map(|head| {
        Row::new([
            html! { (head.name) br; span class="number meta" { (head.code) } },
            html! { (head.provider_name) },
            html! { (head.share) @if head.open { " · 向社会开放" } },
            html! { (head.cycle) },
            state(head),
            day_said(head.changed_at.day(), today),
        ])
        .href(format!("{HERE}/{}", head.key))
    });
    let nothing = empty("没有这样的资源", html! { p { "换一个条件，或者编写一个新的资源。" } });
    let subjects = classes.subjects().map(|(code, name)| Choice::new(code, name)).collect();
    let shares = Share::ALL.iter().map(|one| Choice::new(one.word(), one.word())).collect();
    let states = State::ALL.iter().map(|one| Choice::new(one.as_str(), one.title())).collect();
    let mut filters = vec![
        Filter::one("subject", "分类", &wanted.subject, subjects),
        Filter::one("share", "共享类型", &wanted.share, shares),
        Filter::one("state", "状态", &wanted.state, states),
    ];
    if whole {
        let organs = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
        filters.insert(0, Filter::one("organ", "提供部门", &wanted.organ, organs));
    }
    let lead = match whole {
        true => "全市政务数据统一编目：一个部门编写、送审，另一个人审核、发布。",
        false => "本部门的数据资源。别的部门已经发布的，在“用数据”里查找、申请。",
    };
    let body = html! {
        @if wanted.done == "ended" { (banner(NoticeKind::Success, html! { "已经撤回，按它同意的共享同时终止。" })) }
        (Heading::new(TITLE).lead(lead))
        (button_row(html! {
            @if compiles {
                (link_button("编写资源", &format!("{HERE}/new")))
                (link_button("从表格导入", &format!("{HERE}/import")))
            }
            (link_button("查找别的部门的数据", "/data"))
        }))
        (Filters::new(HERE, filters))
        (Table::new("数据资源，按资源代码排列").columns([
            Column::new("资源"), Column::new("提供部门"), Column::new("共享"),
            Column::new("更新周期").narrow(), Column::new("状态").narrow(), Column::new("改动").narrow(),
        ]).rows(table).empty(nothing).stacked())
        (Pager::new(next).first((!wanted.after.is_empty()).then(|| wanted.address(""))))
    };
    page::desk(&cx, TITLE, &[], body).await
}
