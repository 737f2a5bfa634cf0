//! The people who were registered under one number, beside one another.

use base::{Day, mask};
use frame::parts::{Column, Row, Table, day, masked, moment_said};
use maud::{Markup, html};
use population_contract::{OneNumber, Registered};

use super::{announced, unasked};
use crate::acts::Seen;

/// Who stood there, who came, who stands there now: for who may verify what is open.
pub(super) fn shown(seen: &Seen, today: Day) -> Markup {
    let told = announced("人口基础信息的公告", &seen.facts);
    html! {
        @match &seen.people {
            Some(answer) => {
                (table(&answer.value.clone().unwrap_or_default(), today))
                p class="hint" {
                    "性别、出生日期由号码得出，两次登记都一样。" (answer.source) "，" (moment_said(answer.as_of, today))
                    "查询，查询记录 " (answer.ask_id) "。" (told)
                }
            }
            None => p { "两次登记的内容：" (unasked(seen)) "。" (told) },
        }
    }
}

fn table(people: &OneNumber, today: Day) -> Markup {
    let all = [&people.before, &people.after, &people.now].map(Option::as_ref);
    let number = || match &people.number {
        Some(number) => masked(&mask::citizen_number(number)),
        None => html! { "没有登记" },
    };
    let each = |title: &'static str, of: fn(&Registered, Day) -> Markup| {
        let cell = |one: Option<&Registered>| match one {
            Some(one) => of(one, today),
            None => html! { "没有登记" },
        };
        let [before, after, now] = all.map(cell);
        Row::new([html! { (title) }, before, after, now])
    };
    let rows = [
        Row::new([html! { "公民身份号码" }, number(), number(), number()]),
        each("姓名", |one, _| html! { (one.name) }),
        each("民族", |one, _| html! { (one.ethnicity) }),
        each("住址", |one, _| html! { (one.address) }),
        each("电话", |one, _| match &one.phone {
            Some(phone) => masked(&mask::phone(phone)),
            None => html! { "没有登记" },
        }),
        each("死亡日期", |one, _| match one.died {
            Some(died) => day(died),
            None => html! { "—" },
        }),
        each("从哪里来", |one, today| {
            html! { "“" (one.source) "”，" (moment_said(one.known, today)) "入库" }
        }),
    ];
    let columns = ["项目", "原来的登记", "后来的登记", "现在的登记"].map(Column::new);
    html! { (Table::new("两次登记的内容").caption_hidden().columns(columns).rows(rows).stacked()) }
}
