//! The certificates that end soon: of machines, of organs, of officials.

use ::store::Reader;
use access::Permit;
use axum::extract::Query;
use base::{Cursor, Moment, Outcome};
use frame::parts::{Column, Crumb, Heading, Pager, Row, Table, Tone, day, empty, tag};
use frame::{Cx, MenuItem, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HERE, TITLE};
use crate::acts;
use crate::rules::days_left;
use crate::store::ending as rows;
use crate::terms::{Ending, Ends, SEE};

const PLACE: &str = "/desk/authority/ending";
const ENDING: &str = "快到期的证书";
const PAGE: i64 = 50;

/// The line of the menu, with how many end soon.
pub(crate) const ITEM: MenuItem = MenuItem {
    title: ENDING,
    path: PLACE,
    icon: "clock-alert",
    permission: &SEE,
    waiting: Some(waiting),
};

fn waiting(reader: &Reader<'_>, _: &Permit, _: &[Permit], now: Moment) -> Outcome<i64> {
    rows::ending(reader, now)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

/// `GET /desk/authority/ending`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (now, rule) = (cx.now(), acts::rule(cx.now().day())?);
    let after = Cursor::decode(&wanted.after).unwrap_or_default();
    let at = move |place: usize| after.get(place).cloned().unwrap_or_default();
    let after = (at(0).parse().unwrap_or(0), at(1), at(2));
    let found =
        cx.read(move |r| rows::endings(r, now, (after.0, &after.1, &after.2), PAGE)).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= PAGE);
    let next = found.last().filter(|_| full).map(|last| {
        let until = last.until.millis().to_string();
        format!("{PLACE}?after={}", Cursor::encode(&[&until, last.kind.as_str(), &last.subject]))
    });
    let most = rule.warn_days.iter().max().copied().unwrap_or(0);
    let lead =
        format!("{most} 天以内到期的。系统每小时查一次，写信告诉持有的人；换发以后就不在这里了。");
    let columns = [
        Column::new("证书"),
        Column::new("种类").narrow(),
        Column::new("谁的").narrow(),
        Column::new("到期").narrow(),
        Column::new("还有").narrow(),
    ];
    let rows = found.iter().map(|one| {
        Row::new([
            name(one),
            html! { (one.kind.title()) },
            html! { (one.holder) },
            day(one.until.day()),
            tag(tone(one.until, now), &acts::left(one.until, now)),
        ])
    });
    let nothing = empty("没有快到期的证书", html! { p { "证书到期以前，会出现在这里。" } });
    let body = html! {
        (Heading::new(ENDING).lead(lead))
        (Table::new(ENDING).caption_hidden().columns(columns).rows(rows).empty(nothing))
        (Pager::new(next).first((!wanted.after.is_empty()).then(|| PLACE.to_owned())))
    };
    page::desk(&cx, ENDING, &[Crumb::new(TITLE, HERE)], body).await
}

fn name(one: &Ending) -> Markup {
    match one.kind {
        Ends::Machine => html! { a href={ (HERE) "/certificates/" (one.subject) } { (one.name) } },
        Ends::Organ => {
            html! { a href={ "/desk/organ-certificates/" (one.subject) } { (one.name) } }
        }
        Ends::Signer | Ends::Factor => html! { (one.name) },
    }
}

fn tone(until: Moment, now: Moment) -> Tone {
    if days_left(until, now) <= 7 { Tone::Late } else { Tone::Soon }
}
