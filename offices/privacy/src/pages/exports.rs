//! The orders to export, and the form that enters one.

use std::collections::BTreeMap;

use ::store::Reader;
use access::{Organ, Permit};
use axum::extract::Query;
use base::{Day, Id, Moment, Outcome};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, Table, Tone, Width,
    banner, button_row, empty, hidden, inset, legal_basis, link_button, moment_said, post_form,
    proposed_by, proposed_state, section, suggestions, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Export, ExportFilter, ExportFilterKind, Filled, Reply, not_found, page};
use maud::{Markup, html};
use powers_contract::ItemNames;

use super::{Wrong, shown_again};
use crate::acts::{self, exports as verbs};
use crate::rules::exports as rules;
use crate::store::{self, EXPORTS};
use crate::terms::{ALL_EXPORTS, Order, Rule, Stage, Wish};

pub(super) const HERE: &str = "/desk/exports";
pub(crate) const TITLE: &str = "数据导出";
const PAGE: i64 = 30;

/// What a form sends, or an address asks for.
type Pairs = Vec<(String, String)>;

/// How many orders wait for this very person.
pub(crate) fn waiting(
    reader: &Reader<'_>,
    _permit: &Permit,
    permits: &[Permit],
    now: Moment,
) -> Outcome<i64> {
    let mine = answerable(store::exports_in(reader, Stage::Open)?, permits, now.day());
    Ok(i64::try_from(mine.len()).unwrap_or(i64::MAX))
}

/// Those of the orders that the holder of these permits may answer.
fn answerable(open: Vec<Order>, permits: &[Permit], today: Day) -> Vec<Order> {
    let may = |order: &Order| {
        let permit = permits.iter().find(|permit| permit.permission() == order.agrees);
        permit.is_some_and(|permit| {
            EXPORTS.may_settle(&order.proposed, &permit.doers(), today).is_ok()
        })
    };
    open.into_iter().filter(may).collect()
}

fn said<'p>(pairs: &'p Pairs, name: &str) -> &'p str {
    pairs.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
}

/// `GET /desk/exports`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Pairs>) -> Reply {
    let today = cx.now().day();
    let before: Option<Id<Order>> = said(&wanted, "before").parse().ok();
    let (actor, own) = (cx.actor().clone(), cx.account());
    let account = own.clone();
    let (orders, waiting, proposes) = cx
        .read(move |r| {
            let permits = access::permits_of(r, &actor)?;
            let all = permits.iter().any(|permit| permit.permission() == ALL_EXPORTS.name);
            let orders = match all {
                true => EXPORTS.before(r, before, PAGE)?,
                false => store::exports_by(r, &account, before, PAGE)?,
            };
            let waiting = answerable(store::exports_in(r, Stage::Open)?, &permits, today);
            let permitted: Vec<String> =
                permits.iter().map(|permit| permit.permission().to_owned()).collect();
            Ok((orders, waiting, permitted))
        })
        .await?;
    let can = all_exports(&cx).any(|one| proposes.iter().any(|held| held == one.propose.name));
    let full = i64::try_from(orders.len()).is_ok_and(|count| count >= PAGE);
    let next = orders.last().filter(|_| full).map(|last| format!("{HERE}?before={}", last.id));
    let nothing = empty(
        "还没有导出",
        html! { p { "要把成批的个人信息拿出系统的，由一个人提出，另一个人同意。" } },
    );
    let body = html! {
        @if said(&wanted, "done") == "withdrawn" {
            (banner(NoticeKind::Success, html! { "已经撤回，没有导出任何内容。" }))
        }
        (Heading::new(TITLE).lead("把成批的个人信息拿出系统：一个人提出，另一个人同意，文件只给提出的人，到期销毁；文件里的人，本站知道号码或者账户的，都能看到。"))
        @if can { (button_row(link_button("提出导出", &format!("{HERE}/new")))) }
        @if !waiting.is_empty() && before.is_none() {
            (section("waiting", "等您答复", table(&cx, "等您答复的导出", &waiting, &own, html! {})))
        }
        (section("all", "办理情况", table(&cx, "导出，最近的在前", &orders, &own, nothing)))
        (Pager::new(next).first(before.map(|_| HERE.to_owned())))
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn all_exports(cx: &Cx) -> impl Iterator<Item = &'static Export> {
    cx.hall().offices.iter().flat_map(|office| office.exports)
}

fn table(cx: &Cx, caption: &str, orders: &[Order], own: &str, nothing: Markup) -> Markup {
    let now = cx.now();
    let rows = orders.iter().map(|order| {
        Row::new([
            html! { (title(cx, order)) },
            html! { (order.wish.purpose) },
            html! { (order.counted_rows) " 行，" (order.counted_people) " 人" },
            html! {
                (proposed_by(&order.proposed, own)) "，" (moment_said(order.proposed.at, now.day()))
            },
            state(order, now),
        ])
        .href(format!("{HERE}/{}", order.id))
    });
    let columns = [
        Column::new("导出什么"),
        Column::new("用途"),
        Column::new("多少").narrow(),
        Column::new("提出"),
        Column::new("状态").narrow(),
    ];
    html! {
        (Table::new(caption).caption_hidden().columns(columns).rows(rows).empty(nothing).stacked())
    }
}

/// What an order takes out, in a line.
pub(super) fn title(cx: &Cx, order: &Order) -> String {
    let what = cx.hall().export(&order.wish.export).map_or(order.wish.export.as_str(), |e| e.title);
    format!("{what}，{}", order.organ_name)
}

pub(super) fn state(order: &Order, now: Moment) -> Markup {
    let standing = order.made.as_ref().is_some_and(|made| now < made.until);
    match order.stage {
        Stage::Agreed => tag(Tone::Active, "正在制作"),
        Stage::Ready if standing => tag(Tone::Good, "可以取"),
        Stage::Gone if order.made.is_none() => tag(Tone::Closed, "没有做文件"),
        Stage::Ready | Stage::Gone => tag(Tone::Closed, "已销毁"),
        _ => proposed_state(&order.proposed, now.day()),
    }
}

/// `GET /desk/exports/new`: which one, then the form of it, filled with what the address says.
pub(crate) async fn new(cx: Cx, Query(wanted): Query<Pairs>) -> Reply {
    let mut wish = wish_of(&wanted);
    let Some(export) = cx.hall().export(&wish.export) else { return choose(&cx).await };
    let organ = cx.person().and_then(|person| person.organ()).map(|post| post.organ.clone());
    if let Some(organ) = organ.filter(|_| export.of_organs) {
        wish.filters.entry("organ".to_owned()).or_insert(organ);
    }
    form(&cx, export, &wish, Wrong::default()).await
}

async fn choose(cx: &Cx) -> Reply {
    let actor = cx.actor().clone();
    let permits = cx.read(move |r| access::permits_of(r, &actor)).await?;
    let mine = all_exports(cx)
        .filter(|one| permits.iter().any(|permit| permit.permission() == one.propose.name));
    let mine: Vec<&Export> = mine.collect();
    let rows = mine.iter().map(|one| {
        Row::new([html! { (one.title) }, html! { (one.about) }])
            .href(format!("{HERE}/new?export={}", one.name))
    });
    let nothing = empty(
        "您没有可以提出的导出",
        html! { p { "能导出什么，由各部门的权限决定；需要的，请找有权限的人提出。" } },
    );
    let body = html! {
        (Heading::new("提出导出").lead("先选择导出什么。"))
        (Table::new("可以导出的").caption_hidden()
            .columns([Column::new("导出什么"), Column::new("文件里有什么")])
            .rows(rows).empty(nothing).stacked())
    };
    page::desk(cx, "提出导出", &[Crumb::new(TITLE, HERE)], body).await
}

async fn form(cx: &Cx, export: &'static Export, wish: &Wish, wrong: Wrong<'_>) -> Reply {
    let organs = cx.read(access::organs).await?;
    let rule = acts::rule_on(cx.now().day())?;
    let by_item = export.filters.iter().any(|filter| matches!(filter.kind, ExportFilterKind::Item));
    let items = match by_item {
        true => {
            let organ = wish.filters.get("organ").map_or("", String::as_str);
            let question = ItemNames { organ: organ.to_owned(), ..ItemNames::default() };
            verbs::item_names(cx.hall(), (&cx.who(), cx.now()), question).await?
        }
        false => Vec::new(),
    };
    let offered: Vec<Choice> = items
        .iter()
        .map(|item| Choice::new(access::item_offered(item, &items), "").hint(&item.code))
        .collect();
    let body = html! {
        (Heading::new(format!("提出导出{}", export.title)).lead(export.about))
        (wrong.head())
        (post_form(HERE, None, html! {
            (hidden("export", export.name))
            @if by_item { (suggestions(ITEMS, &offered)) }
            @for filter in export.filters { (field(cx, (export, filter), wish, &organs, wrong)) }
            (columns(export, wish, wrong))
            (Field::area("purpose", "拿去做什么", 2).value(&wish.purpose)
                .hint("写明具体的用途。文件里的人会在“谁看过我的信息”里看到这句话")
                .error(wrong.with("purpose")).max(rules::PURPOSE_MAX as u64))
            (Field::text("ground", "依据").value(&wish.ground)
                .hint("法律、法规的名称和条款，文件里的人也会看到，例如《中华人民共和国行政许可法》第六十条").error(wrong.with("ground")))
            (Field::text("receiver", "交给哪个单位").value(&wish.receiver)
                .hint("单位的全称，例如 鄂州市市场监督管理局登记科").error(wrong.with("receiver")))
            (Field::text("receiver_person", "交给哪个人").value(&wish.receiver_person)
                .hint("经办人的姓名和联系方式，例如 李敏 0711-3330000").width(Width::Long)
                .error(wrong.with("receiver_person")))
            (limits(&rule))
            (button_row(html! {
                (Button::new("提出，请另一个人同意").consequence("还没有导出任何内容"))
            }))
        }))
    };
    let response = page::desk(cx, "提出导出", &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// The id of the items that are offered by name.
const ITEMS: &str = "items-by-name";

fn limits(rule: &Rule) -> Markup {
    html! {
        (inset(html! {
            p {
                "一个文件最多 " (rule.export_rows_max) " 行，做好以后保存 " (rule.export_kept_days)
                " 天，只有您能取，每次取都留下记录，到期销毁。"
            }
        }))
        (legal_basis(&rule.export_ground))
    }
}

fn field(
    cx: &Cx,
    (export, filter): (&Export, &ExportFilter),
    wish: &Wish,
    organs: &[Organ],
    wrong: Wrong<'_>,
) -> Field {
    let value = wish.filters.get(filter.name).map_or("", String::as_str);
    let field = match filter.kind {
        ExportFilterKind::Day => Field::date(filter.name, filter.title).optional(),
        ExportFilterKind::Item => Field::text(filter.name, filter.title)
            .suggest(ITEMS)
            .optional()
            .hint("不填的是全部事项；从列出的名称里选，也可以填写编码"),
        ExportFilterKind::Words => {
            Field::text(filter.name, filter.title).width(Width::Long).optional()
        }
        ExportFilterKind::One(choices) => {
            let choices = choices(cx.hall()).into_iter();
            let choices = choices.map(|(name, title)| Choice::new(name, title)).collect();
            Field::select(filter.name, filter.title, choices).optional()
        }
        ExportFilterKind::Organ => {
            let choices = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
            let field = Field::select(filter.name, filter.title, choices).optional();
            if export.of_organs {
                field.hint("不选的是全市的，要有全市的权限")
            } else {
                field
            }
        }
    };
    field.value(value).error(wrong.with(filter.name))
}

/// The columns: to be chosen, or all of them where the file is a proof.
fn columns(export: &Export, wish: &Wish, wrong: Wrong<'_>) -> Markup {
    let titled = |column: &frame::ExportColumn| {
        let personal = if column.personal { "（个人信息）" } else { "" };
        format!("{}{personal}", column.title)
    };
    if export.has_chosen_columns() {
        let choices = export.columns.iter().map(|one| Choice::new(one.name, titled(one))).collect();
        return html! {
            (Field::checks("columns", "要哪些列", choices).values(wish.columns.clone())
                .hint("只选用得着的（《中华人民共和国个人信息保护法》第六条）").error(wrong.with("columns")))
        };
    }
    let all: Vec<String> = export.columns.iter().map(titled).collect();
    html! {
        (inset(html! {
            p { "文件里有：" (all.join("、")) "。它带着登记簿的证明，不能只取其中的几列，请把条件写窄。" }
        }))
    }
}

/// `POST /desk/exports`
pub(crate) async fn enter(cx: ActCx, Filled(sent): Filled<Pairs>) -> Reply {
    let wish = wish_of(&sent);
    let export = cx.hall().export(&wish.export).ok_or_else(|| not_found("这种导出"))?;
    match verbs::enter(&cx, wish.clone()).await {
        Ok(id) => Ok(see_other(&format!("{HERE}/{id}?done=entered"))),
        Err(stop) => form(&cx, export, &wish, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// What was typed.
fn wish_of(pairs: &Pairs) -> Wish {
    const OWN: [&str; 7] =
        ["export", "columns", "purpose", "ground", "receiver", "receiver_person", "done"];
    let mut filters = BTreeMap::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        if !value.is_empty() {
            filters.insert(name.clone(), value.clone());
        }
    }
    let columns = pairs.iter().filter(|(name, _)| name == "columns");
    Wish {
        export: said(pairs, "export").to_owned(),
        filters,
        columns: columns.map(|(_, value)| value.clone()).collect(),
        purpose: said(pairs, "purpose").to_owned(),
        ground: said(pairs, "ground").to_owned(),
        receiver: said(pairs, "receiver").to_owned(),
        receiver_person: said(pairs, "receiver_person").to_owned(),
    }
}
