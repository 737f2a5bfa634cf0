//! Orders to export: entered by one, agreed to by another, fetched by the first.

use access::{Actor, NamedItem, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use base::{Day, FieldError, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx, Export, ExportAsked, ExportFilterKind, Hall, not_found};
use ledger::{Act, Who};
use powers_contract::ItemNames;
use serde_json::{Value, json};
use store::{Reader, Tx};
use vault::FileInfo;

use super::gather::gather;
use super::rule_on;
use crate::rules::exports as rules;
use crate::store::{self as rows, EXPORTS};
use crate::terms::{
    AGREE_EXPORT, ALL_EXPORTS, EXPORT, EXPORT_AGREED, EXPORT_DECLINED, EXPORT_ENTERED,
    EXPORT_FETCHED, EXPORT_WITHDRAWN, Made, Order, Proposer, Rule, Stage, Wish,
};

/// The ground on which what is taken out of the house is limited and on record.
pub const GROUND: &str = "《中华人民共和国个人信息保护法》第五十一条";

fn unknown() -> Refusal {
    not_found("这次导出")
}

/// The export that an order is about.
pub fn export_of(cx: &Cx, name: &str) -> Outcome<&'static Export> {
    Ok(cx.hall().export(name).ok_or_else(|| not_found("这种导出"))?)
}

/// Over what an order is: the organ whose data it is, or the city.
fn over(export: &Export, organ: &str) -> Over {
    match organ {
        organ if export.of_organs && !organ.is_empty() => Over::Organ(organ.to_owned()),
        _ => Over::City,
    }
}

/// What items are called; none where no office answers.
pub async fn item_names(
    hall: &Hall,
    (who, now): (&Who, Moment),
    question: ItemNames,
) -> Outcome<Vec<NamedItem>> {
    if hall.office("powers").is_none() {
        return Ok(Vec::new());
    }
    let names = hall.desk.ask("privacy", "export", who, &question, now).await?;
    let names = names.value.unwrap_or_default();
    let named = names.items.into_iter().map(|item| NamedItem { code: item.code, name: item.name });
    Ok(named.collect())
}

/// The wish with the codes of the items that it names: what is no name stays as it was typed.
async fn by_code(cx: &Cx, mut wish: Wish, export: &Export) -> Outcome<Wish> {
    let items =
        export.filters.iter().filter(|filter| matches!(filter.kind, ExportFilterKind::Item));
    for filter in items {
        let Some(typed) = wish.filters.get(filter.name).cloned() else { continue };
        if !typed.is_ascii() {
            let words = typed.split('（').next().unwrap_or(&typed);
            let question = ItemNames { words: words.to_owned(), ..ItemNames::default() };
            let known = item_names(cx.hall(), (&cx.who(), cx.now()), question).await?;
            wish.filters.insert(filter.name.to_owned(), access::item_code(&typed, &known));
        }
    }
    Ok(wish)
}

/// Enters an order. Nothing is taken out before somebody else has agreed.
pub async fn enter(cx: &ActCx, wish: Wish) -> Outcome<Id<Order>> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    let export = export_of(cx, &wish.export)?;
    let wish = by_code(cx, tidied(wish, export), export).await?;
    let rule = rule_on(today)?;
    let organ = if export.of_organs { wish.filters.get("organ").cloned() } else { None };
    let organ = organ.unwrap_or_default();
    let organ_name = checked(cx, export, &wish, &organ).await?;
    let mut new = unsigned(wish, export, (organ, organ_name), &rule, now);
    // Counting needs the rows and whom they are about, and no columns.
    let asks = ExportAsked { columns: Vec::new(), ..new.asks() };
    let gathered = gather(cx.hall(), export, &asks, rule.export_rows_max, None).await?;
    rules::fits(gathered.count(), rule.export_rows_max)?;
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    new.counted_rows = count(gathered.count());
    new.counted_people = count(gathered.people_count());
    let filters = filters_said(cx.hall(), (&cx.who(), now), export, &new).await?;
    let act = Act::new(now, EXPORT_ENTERED, EXPORT, new.id)
        .authority(GROUND)
        .content(told(&new, export, &filters));
    let id = new.id;
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, export.propose, over(export, &new.organ))?;
        rows::put_export(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// A wish without blanks around its words, with the columns in the order of their declaration, and with no filter
/// that the export does not have.
fn tidied(wish: Wish, export: &Export) -> Wish {
    let known = |name: &str| export.filters.iter().any(|filter| filter.name == name);
    let trimmed = wish.filters.into_iter().map(|(name, text)| (name, text.trim().to_owned()));
    let filters = trimmed.filter(|(name, text)| known(name) && !text.is_empty()).collect();
    let chosen =
        |name: &str| !export.has_chosen_columns() || wish.columns.iter().any(|c| c == name);
    let strangers =
        wish.columns.iter().filter(|name| export.columns.iter().all(|c| c.name != **name));
    let columns = export.columns.iter().map(|column| column.name.to_owned());
    Wish {
        columns: columns.filter(|name| chosen(name)).chain(strangers.cloned()).collect(),
        filters,
        export: wish.export,
        purpose: wish.purpose.trim().to_owned(),
        ground: wish.ground.trim().to_owned(),
        receiver: wish.receiver.trim().to_owned(),
        receiver_person: wish.receiver_person.trim().to_owned(),
    }
}

/// Refuses what is wrong with a wish, all at once, and who may not wish it; gives the name of the organ.
async fn checked(cx: &Cx, export: &'static Export, wish: &Wish, organ: &str) -> Outcome<String> {
    let said = rules::well_wished(wish, export);
    let asked = ExportAsked { filters: wish.filters.clone(), ..ExportAsked::default() };
    let unlisted = export.filters.iter().filter(|filter| match filter.kind {
        ExportFilterKind::One(choices) => wish
            .filters
            .get(filter.name)
            .is_some_and(|typed| choices(cx.hall()).iter().all(|(choice, _)| choice != typed)),
        _ => false,
    });
    let unlisted: Vec<FieldError> = unlisted
        .map(|filter| FieldError {
            field: filter.name.into(),
            message: format!("没有这一种，请从“{}”里选择", filter.title),
        })
        .collect();
    let (actor, organ) = (cx.actor().clone(), organ.to_owned());
    let (mut wrong, name) = cx
        .read(move |r| {
            let found = access::organ_by_id(r, &organ)?;
            let mut wrong = (export.check)(r, &asked)?;
            wrong.extend(unlisted.iter().cloned());
            if found.is_none() && !organ.is_empty() {
                let message = "没有这个机构，请重新选择".into();
                wrong.push(FieldError { field: "organ".into(), message });
            }
            // Who may not propose it at all is refused as everywhere; who reaches for another organ is told beside it.
            authorise(r, &actor, export.propose, Over::Any)?;
            let reached = authorise(r, &actor, export.propose, over(export, &organ));
            if let Err(Stop::Refused(refusal)) = &reached {
                let message = refusal.message.clone();
                wrong.push(FieldError { field: "organ".into(), message });
            } else {
                reached?;
            }
            Ok((wrong, found.map_or_else(|| "全市".to_owned(), |organ| organ.name)))
        })
        .await?;
    match said {
        Ok(()) if wrong.is_empty() => Ok(name),
        Ok(()) => {
            let mut refusal =
                Refusal::new(RefusalKind::Invalid, "privacy.bad_export", "导出需要修改");
            refusal.fields.append(&mut wrong);
            Err(refusal.into())
        }
        Err(mut refusal) => {
            // In the order of the form: what narrows it stands first.
            wrong.append(&mut refusal.fields);
            refusal.fields = wrong;
            Err(refusal.into())
        }
    }
}

/// An order before anybody's name stands under it.
fn unsigned(
    wish: Wish,
    export: &Export,
    (organ, organ_name): (String, String),
    rule: &Rule,
    now: Moment,
) -> Order {
    Order {
        id: Id::mint(now),
        wish,
        agrees: export.agree.unwrap_or(&AGREE_EXPORT).name.to_owned(),
        organ,
        organ_name,
        counted_rows: 0,
        counted_people: 0,
        proposed: Proposed::unsigned(now, now.day().plus(rule.export_waiting_days)),
        from: Proposer::default(),
        answer: None,
        stage: Stage::Open,
        rows_done: 0,
        people_done: 0,
        people: 0,
        made: None,
        gone_at: None,
    }
}

/// What was typed into the filters of an order, in words: title and value.
pub async fn filters_said(
    hall: &Hall,
    (who, now): (&Who, Moment),
    export: &'static Export,
    order: &Order,
) -> Outcome<Vec<(&'static str, String)>> {
    let typed = export
        .filters
        .iter()
        .filter_map(|filter| Some((filter, order.wish.filters.get(filter.name)?.clone())));
    let mut said = Vec::new();
    for (filter, value) in typed {
        let words = match filter.kind {
            // The organ whose data it is stands beside, by its name.
            ExportFilterKind::Organ if value == order.organ => continue,
            ExportFilterKind::Organ => {
                let id = value.clone();
                let organ = hall.store.read(move |r| access::organ_by_id(r, &id)).await?;
                organ.map_or(value, |organ| organ.name)
            }
            ExportFilterKind::One(choices) => {
                let known = choices(hall).into_iter().find(|(choice, _)| *choice == value);
                known.map_or(value, |(_, title)| title)
            }
            ExportFilterKind::Day => Day::typed(&value).map_or(value, Day::chinese),
            ExportFilterKind::Item => {
                let question = ItemNames { codes: vec![value.clone()], ..ItemNames::default() };
                let known = item_names(hall, (who, now), question).await?;
                let item = known.into_iter().find(|item| item.code == value);
                item.map_or_else(|| value.clone(), |item| format!("{}（{value}）", item.name))
            }
            ExportFilterKind::Words => value,
        };
        said.push((filter.title, words));
    }
    Ok(said)
}

/// What acts say of an order: who signs one reads it, so that columns and filters stand there by their titles too.
pub(super) fn told(order: &Order, export: &Export, filters: &[(&str, String)]) -> Value {
    let wish = &order.wish;
    let column = |name: &String| {
        let known = export.columns.iter().find(|column| column.name == *name);
        json!({ "id": name, "name": known.map_or(name.as_str(), |column| column.title) })
    };
    let filters: Vec<String> =
        filters.iter().map(|(title, words)| format!("{title}：{words}")).collect();
    json!({
        "export": wish.export, "title": export.title,
        "organ": { "id": order.organ, "name": order.organ_name },
        "filters": wish.filters, "narrowed": filters,
        "columns": wish.columns.iter().map(column).collect::<Vec<_>>(), "purpose": wish.purpose, "ground": wish.ground,
        "receiver": wish.received_by(), "rows": order.counted_rows, "people": order.counted_people,
        "last_day": order.proposed.last_day.to_string(),
    })
}

/// The permission that somebody needs to answer this order.
fn agrees(export: &'static Export) -> &'static access::Permission {
    export.agree.unwrap_or(&AGREE_EXPORT)
}

/// The order, for who may see it: who entered it, who may answer it, who sees all.
pub async fn seen(cx: &Cx, id: Id<Order>) -> Outcome<Order> {
    let actor = cx.actor().clone();
    cx.read(move |r| {
        let order = found(r, id)?;
        let permits = access::permits_of(r, &actor)?;
        let own = actor.person().is_some_and(|one| one.account.to_string() == order.proposed.by);
        let sees = |permit: &Permit| {
            permit.permission() == order.agrees || permit.permission() == ALL_EXPORTS.name
        };
        if own || permits.iter().any(sees) { Ok(order) } else { Err(unknown().into()) }
    })
    .await
}

/// Agrees to an order. The file is made by a job.
pub async fn agree(cx: &ActCx, id: Id<Order>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let known = seen(cx, id).await?;
    let export = export_of(cx, &known.wish.export)?;
    let filters = filters_said(cx.hall(), (&cx.who(), now), export, &known).await?;
    let mut content = told(&known, export, &filters);
    if let Value::Object(content) = &mut content {
        content.insert("entered_by".into(), json!(known.proposed.by));
        content.insert("entered_name".into(), json!(known.proposed.name));
        content.insert("reason".into(), json!(reason));
    }
    let act = Act::new(now, EXPORT_AGREED, EXPORT, id)
        .authority(format!("{GROUND}；{}", known.wish.ground))
        .content(content);
    cx.write(move |tx| {
        let (permit, order) = answers(tx, &actor, id, export, now)?;
        settle(tx, &permit, &order, (ProposedState::Agreed, &reason), &act)?;
        ledger::record(tx, permit.who(), &act)?;
        super::make::take_up(tx, id, now)
    })
    .await
}

/// Declines an order, and says why.
pub async fn decline(cx: &ActCx, id: Id<Order>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let export = export_of(cx, &seen(cx, id).await?.wish.export)?;
    let act = Act::new(now, EXPORT_DECLINED, EXPORT, id).content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let (permit, order) = answers(tx, &actor, id, export, now)?;
        settle(tx, &permit, &order, (ProposedState::Declined, &reason), &act)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has entered oneself.
pub async fn withdraw(cx: &ActCx, id: Id<Order>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let export = export_of(cx, &seen(cx, id).await?.wish.export)?;
    let act = Act::new(now, EXPORT_WITHDRAWN, EXPORT, id).content(json!({}));
    cx.write(move |tx| {
        let order = found(tx, id)?;
        let permit = authorise(tx, &actor, export.propose, over(export, &order.organ))?;
        settle(tx, &permit, &order, (ProposedState::Withdrawn, ""), &act)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The permit to answer an order, as it stands.
fn answers(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Order>,
    export: &'static Export,
    now: Moment,
) -> Outcome<(Permit, Order)> {
    let order = found(tx, id)?;
    let permit = authorise(tx, actor, agrees(export), Over::City)?;
    EXPORTS.may_settle(&order.proposed, &permit.doers(), now.day())?;
    Ok((permit, order))
}

fn found(reader: &Reader<'_>, id: Id<Order>) -> Outcome<Order> {
    Ok(EXPORTS.by_id(reader, id)?.ok_or_else(unknown)?)
}

/// Settles an order; the looks that come of it name the act.
fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    order: &Order,
    (state, reason): (ProposedState, &str),
    act: &Act,
) -> Outcome<()> {
    let also = [("decided_for", permit.behalf().into()), ("decided_act", act.id.into())];
    EXPORTS.settle(tx, permit, (order.id, &order.proposed), (state, reason, &also), act.at())
}

/// What is fetched.
pub struct Fetched {
    /// Name, size and media type.
    pub info: FileInfo,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The file, for who entered the order, after it is on record that they fetch it.
pub async fn fetch(cx: &ActCx, id: Id<Order>) -> Outcome<Fetched> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let order = seen(cx, id).await?;
    let export = export_of(cx, &order.wish.export)?;
    rules::may_fetch(&order, &cx.signed_in()?.account.to_string(), now)?;
    let Some(made) = order.made else { return Err(unknown().into()) };
    let (info, mut bytes) = cx.hall().vault.fetch(made.file).await?;
    if !export.has_chosen_columns() {
        bytes = proven(cx, &made, bytes).await?;
    }
    let act = Act::new(now, EXPORT_FETCHED, EXPORT, id)
        .authority(GROUND)
        .content(json!({ "digest": made.digest, "size": bytes.len() }));
    cx.write(move |tx| {
        let order = found(tx, id)?;
        let permit = authorise(tx, &actor, export.propose, over(export, &order.organ))?;
        rules::may_fetch(&order, permit.account(), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(Fetched { info, bytes })
}

/// The lines of an export of acts with their last one: the receipt of the act of making it, which has the digest of
/// all lines before.
async fn proven(cx: &Cx, made: &Made, bytes: Vec<u8>) -> Outcome<Vec<u8>> {
    let receipt = cx.hall().ledger.receipt(made.act).await?;
    let receipt = receipt.ok_or_else(|| {
        let words = "文件的凭据还没有编入登记簿";
        Refusal::new(RefusalKind::Unavailable, "privacy.unplaced", words).remedy("请过几秒钟再取")
    })?;
    let text = String::from_utf8(bytes).map_err(base::Fault::from)?;
    let lines = ledger::Export { text, acts: 0, digest: made.digest.clone() };
    Ok(lines.to_file(&receipt)?.into_bytes())
}
