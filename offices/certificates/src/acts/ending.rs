//! What ends soon: drawn anew every hour, and told to whom it concerns, each threshold once.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::{Account, OfAccount, Permit, Person, account_by_id, clockwork};
use base::{Id, Moment, Outcome};
use frame::post::{Letter, enqueue};
use frame::{Hall, Told};
use seal::cert::Certificate;

use super::rule;
use crate::rules::{days_left, soon, threshold};
use crate::store::ending as rows;
use crate::store::organs::organs_ending;
use crate::terms::{Ending, Ends, Rule, SEE};

/// So many certificates are read at a time, and so many written in one transaction.
const PAGE: i64 = 500;
const WRITTEN: usize = 100;

/// Draws anew what ends soon, and writes to who holds it.
pub async fn watch(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let rule = rule(now.day())?;
    let window = (now, soon(&rule, now));
    let mut found = hall.store.read(move |r| things(r, window)).await?;
    for (kind, read) in OF_PEOPLE {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page = hall.store.read(move |r| read(r, &from, PAGE)).await?;
            let full = i64::try_from(page.len()).is_ok_and(|count| count >= PAGE);
            after = page.last().map(|one| one.id.clone()).unwrap_or_default();
            found.extend(page.into_iter().filter_map(|one| ends(kind, one, window)));
            if !full {
                break;
            }
        }
    }
    for part in found.chunks(WRITTEN) {
        let (part, city, rule) = (part.to_vec(), hall.clone(), rule.clone());
        hall.write(move |tx| {
            let permit = clockwork(SEE.name);
            part.iter().try_for_each(|one| put(tx, &permit, &city, &rule, one, now))
        })
        .await?;
    }
    hall.write(move |tx| rows::drop_older(tx, &clockwork(SEE.name), now)).await
}

type Read = fn(&Reader<'_>, &str, i64) -> Outcome<Vec<OfAccount>>;

const OF_PEOPLE: [(Ends, Read); 2] =
    [(Ends::Signer, access::signers_after), (Ends::Factor, access::factors_after)];

/// What ends of machines and organs.
fn things(reader: &Reader<'_>, window: (Moment, Moment)) -> Outcome<Vec<Ending>> {
    let mut found = rows::machines_ending(reader, window)?;
    found.extend(organs_ending(reader, window)?);
    Ok(found)
}

/// A person's certificate, if it ends within the window. One that does not read ends nowhere: what is wrong
/// with it is told where it is used.
fn ends(kind: Ends, one: OfAccount, (from, to): (Moment, Moment)) -> Option<Ending> {
    let until = Certificate::read(&one.certificate).ok()?.until();
    (from < until && until < to).then_some(Ending {
        kind,
        subject: one.id,
        account: one.account,
        holder: one.holder,
        name: one.name,
        until,
    })
}

fn put(
    tx: &Tx<'_>,
    permit: &Permit,
    hall: &Hall,
    rule: &Rule,
    one: &Ending,
    now: Moment,
) -> Outcome<()> {
    let told = rows::told_days(tx, one)?;
    let due = threshold(rule, one.until, now).filter(|days| told.is_none_or(|told| *days < told));
    if due.is_some() {
        write_to(tx, hall, one, now)?;
    }
    rows::put_ending(tx, permit, one, due.or(told), now)
}

/// Writes to whoever is told of an end, where there is an address.
fn write_to(tx: &Tx<'_>, hall: &Hall, one: &Ending, now: Moment) -> Outcome<()> {
    let Ok(id) = one.account.parse::<Id<Account>>() else { return Ok(()) };
    let account = account_by_id(tx, id)?.filter(|account| account.state == "active");
    let Some(to) = account.and_then(|account| account.email(&hall.keys)) else { return Ok(()) };
    let (url, what, whose) = (&hall.city.url, one.kind.title(), one.kind.whose());
    let todo = match one.kind {
        Ends::Machine => {
            format!("请准备新的证书申请，由管理员在 {url}/desk/authority 提出换发。")
        }
        Ends::Organ => format!(
            "请在 {url}/desk/organ-certificates 生成新的密钥和证书申请，向电子认证服务机构换发。"
        ),
        Ends::Signer => {
            format!("请向签发机构换发，再到 {url}/me/signing 登记新的证书。")
        }
        Ends::Factor => {
            format!(
                "请向签发机构换发，再到 {url}/me/factors 登记新的证书；到期以后不能再用它登录。"
            )
        }
    };
    let letter = Letter {
        to,
        subject: format!("{what}快到期：{}", one.name),
        text: format!(
            "{}，您好：\n\n{whose}{what}“{}”{}到期，{}。\n{todo}\n\n{}\n（这封信由系统发出，请不要回复）\n",
            one.holder,
            one.name,
            one.until.day().chinese(),
            left(one.until, now),
            hall.city.site,
        ),
    };
    enqueue(tx, &hall.keys, &letter, now)
}

/// How long it lasts yet, as people say it.
pub fn left(until: Moment, now: Moment) -> String {
    match days_left(until, now) {
        0 => "就在今天".to_owned(),
        days => format!("还有 {days} 天"),
    }
}

/// What ends soon of a person's own, for the first page of the workbench.
pub fn tell(reader: &Reader<'_>, person: &Person, now: Moment) -> Outcome<Vec<Told>> {
    let ending = rows::endings_of(reader, &person.account.to_string(), now)?;
    let told = |one: Ending| {
        let path = match one.kind {
            Ends::Machine => None,
            Ends::Organ => Some(("/desk/organ-certificates", "申请换发")),
            Ends::Signer => Some(("/me/signing", "登记新的证书")),
            Ends::Factor => Some(("/me/factors", "登记新的证书")),
        };
        let (what, day) = (one.kind.title(), one.until.day().chinese());
        let left = left(one.until, now);
        let whose = one.kind.whose();
        Told { words: format!("{whose}{what}“{}”{day}到期，{left}", one.name), path }
    };
    Ok(ending.into_iter().map(told).collect())
}
