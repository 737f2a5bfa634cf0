//! One's own copy (个人信息保护法 art. 45): everything that is held on who asks, put together from all offices that hold
//! something. Never a secret, and nothing of others but their names where they did something with it.

use std::sync::Arc;

use access::{Account, Allowed, Kind, Mandate};
use ask::{About, Asked, Read};
use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::{ActCx, Hall};
use ledger::{Act, Sought};
use seal::Keys;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::Reader;

use super::prove::prove;
use crate::store::{openid, providers};

/// The act of having got one's copy.
const COPIED: &str = "identity.copied";
const GROUND: &str = "《中华人民共和国个人信息保护法》第四十五条";
/// What the shape of a copy is called.
pub const FORMAT: &str = "cityhall-own-copy-1";
/// Looks and acts that are read at a time, and pages of them at most.
const AT_ONCE: usize = 500;
const PAGES_MAX: usize = 20;
/// So many devices that are signed in are listed.
const SESSIONS_MAX: i64 = 500;
const A_DAY_SECONDS: i64 = 24 * 3_600;

/// How many copies one may get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyRule {
    /// The first day on which it holds.
    from: Day,
    /// So many copies a day.
    pub a_day: i64,
    /// On what ground.
    pub ground: String,
}

/// The rule in force on a day.
pub fn copy_rule(day: Day) -> Outcome<CopyRule> {
    let rules: Vec<CopyRule> =
        serde_json::from_str(include_str!("../../data/own-copy.json")).map_err(Fault::from)?;
    let standing = rules.into_iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from);
    Ok(standing.ok_or_else(|| Fault::said(format!("no rule of copies holds on {day}")))?)
}

/// The copy of who is signed in and knows the password; that it was given is on record first.
pub async fn copy(cx: &ActCx, password: &str) -> Outcome<Value> {
    let proven = prove(cx, password, "password").await?;
    let (id, now, actor) = (cx.signed_in()?.account, cx.now(), cx.actor().clone());
    let rule = copy_rule(now.day())?;
    // Counted first, and durable: what is refused is not put together.
    let name = format!("own-copy {id}");
    let (knows, asks) = (proven.clone(), actor.clone());
    let allowed = cx
        .write(move |tx| {
            knows.holds(tx, &asks)?;
            access::hit(tx, &name, rule.a_day, A_DAY_SECONDS, now)
        })
        .await?;
    if let Allowed::NotUntil(until) = allowed {
        let words = format!("一天最多取 {} 次", rule.a_day);
        return Err(Refusal::new(RefusalKind::TooMany, "identity.copies", words)
            .remedy(format!("{} 之后可以再取", until.to_minute()))
            .into());
    }
    let hall = cx.hall().clone();
    let copy = cx.read(move |r| whole(r, &hall, id)).await?;
    let copy = worded(cx.hall(), copy).await?;
    let digest = HEXLOWER.encode(&seal::sm3(&[copy.to_string().as_bytes()]));
    let act = Act::new(now, COPIED, "account", id)
        .authority(GROUND)
        .content(json!({ "format": FORMAT, "digest": digest }));
    cx.write(move |tx| {
        let (_, permit) = proven.holds(tx, &actor)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(copy)
}

/// What every office tells.
fn whole(reader: &Reader<'_>, hall: &Arc<Hall>, id: Id<Account>) -> Outcome<Value> {
    let account = access::account_by_id(reader, id)?;
    let account = account.ok_or_else(|| frame::not_found("您的账户"))?;
    let mut offices = Map::new();
    for office in hall.offices {
        if let Some(own) = office.own {
            offices.insert(office.name.to_owned(), own(reader, hall, &account)?);
        }
    }
    Ok(json!({
        "format": FORMAT, "city": hall.city.site, "made_at": hall.now().iso(),
        "login": account.login, "offices": offices,
    }))
}

/// The same with the words that its offices know of each other beside what they hold by name.
async fn worded(hall: &Arc<Hall>, mut copy: Value) -> Outcome<Value> {
    for office in hall.offices {
        let told = copy.get_mut("offices").and_then(|all| all.get_mut(office.name));
        if let (Some(worded), Some(told)) = (office.own_worded, told) {
            *told = worded(hall.clone(), told.take()).await?;
        }
    }
    Ok(copy)
}

/// What this office holds on somebody: the account and all that hangs on it, mandates, looks, acts.
pub fn own(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let (keys, now, id) = (&hall.keys, hall.now(), account.id);
    let rule = hall.sign_in.on(now.day());
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let organs = access::organs(reader)?;
    let organ_name = |id: &str| organs.iter().find(|organ| organ.id == id).map(|one| &one.name);
    let posts = access::holdings_of(reader, id)?.into_iter().map(|held| {
        json!({
            "organ_name": organ_name(&held.holding.organ),
            "role": held.role_title, "post": held.holding.post, "organ": held.holding.organ,
            "from": held.holding.from.to_string(), "until": day(held.holding.until),
            "ended_at": held.ended.map(|at| at.iso()),
            "on_behalf_of": held.delegated.map(|one| one.name),
        })
    });
    let factors = access::factors_of(reader, id)?.into_iter().map(|factor| {
        json!({
            "kind": factor.kind.title(), "name": factor.name, "added_at": factor.created_at.iso(),
            "used_at": factor.used_at.map(|at| at.iso()),
        })
    });
    let of = (id, account.kind);
    let sessions = access::sessions_of(reader, rule, of, None, (SESSIONS_MAX, now))?;
    let sessions = sessions.into_iter().map(|session| {
        json!({
            "browser": session.browser, "address": session.place(keys),
            "opened_at": session.opened_at.iso(), "seen_at": session.seen_at.iso(),
        })
    });
    let signers = access::signers_of(reader, id)?.into_iter();
    let signers = signers.map(|one| json!({ "name": one.name, "added_at": one.created_at.iso() }));
    let connected = openid::consents(reader, id)?.into_iter().map(|one| {
        json!({
            "system": one.name, "organ": one.organ_name, "told": one.scopes,
            "since": one.given_at.iso(),
        })
    });
    let links = providers::links(reader, id)?.into_iter().map(|one| {
        json!({
            "platform": one.name, "since": one.joined_at.iso(), "used_at": one.used_at.iso(),
        })
    });
    Ok(json!({
        "account": told(account, keys),
        "posts": posts.collect::<Vec<_>>(),
        "factors": factors.collect::<Vec<_>>(),
        "sessions": sessions.collect::<Vec<_>>(),
        "signing_certificates": signers.collect::<Vec<_>>(),
        "connected_systems": connected.collect::<Vec<_>>(),
        "platforms": links.collect::<Vec<_>>(),
        "mandates_given": mandates(&access::mandates_given(reader, keys, account)?, now.day()),
        "mandates_taken": mandates(&access::mandates_naming(reader, keys, account)?, now.day()),
        "looks": looks(reader, hall, account)?,
        "acts": acts(reader, hall, account)?,
    }))
}

fn told(account: &Account, keys: &Keys) -> Value {
    let state = match account.state.as_str() {
        "active" => "在用",
        "disabled" => "停用",
        _ => "已注销",
    };
    json!({
        "id": account.id.to_string(), "login": account.login, "name": account.name,
        "kind": if account.kind == Kind::Staff { "工作人员" } else { "个人用户" },
        "level": account.level().title(), "number": account.number(keys),
        "phone": account.phone(keys), "email": account.email(keys), "state": state,
        "opened_at": account.opened_at.iso(),
        "password_set_at": account.password_at.map(|at| at.iso()),
        "locked_until": account.locked_until.map(|at| at.iso()),
    })
}

fn mandates(mandates: &[Mandate], today: Day) -> Vec<Value> {
    let told = mandates.iter().map(|one| {
        json!({
            "principal": one.principal_name, "agent": one.agent_name,
            "firm": one.firm.as_ref().map(|firm| format!("{}（{}）", firm.name, firm.code)),
            "scope": one.scope.said(), "powers": one.powers_said(), "from": one.from.to_string(),
            "until": one.until.to_string(), "state": one.said(today),
            "written_at": one.given_at.iso(), "ended_at": one.ended_at.map(|at| at.iso()),
            "receipt": one.act.to_string(),
        })
    });
    told.collect()
}

/// The looks at what is this person's, the newest first, before one of them: those under the account, and those under
/// the citizen number for who has shown that it is theirs.
pub fn own_looks(
    reader: &Reader<'_>,
    keys: &Keys,
    account: &Account,
    (before, limit): (Option<Id<Asked>>, i64),
    now: Moment,
) -> Outcome<Vec<Read>> {
    let own = About::Account(account.id.to_string());
    let mut all = ask::reads_about(reader, keys, &own, (before, limit), now)?;
    if let Some(number) = account.number(keys).filter(|_| account.real_name) {
        let about = About::Person(number);
        all.extend(ask::reads_about(reader, keys, &about, (before, limit), now)?);
        all.sort_by_key(|look| std::cmp::Reverse(look.id));
        all.truncate(usize::try_from(limit).map_err(Fault::from)?);
    }
    Ok(all)
}

/// Who looked at the data: as on the page.
fn looks(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Vec<Value>> {
    let limit = i64::try_from(AT_ONCE).map_err(Fault::from)?;
    let (mut all, mut before) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let page = own_looks(reader, &hall.keys, account, (before, limit), hall.now())?;
        let full = page.len() >= AT_ONCE;
        before = page.last().map(|last| last.id);
        all.extend(page.into_iter().map(|one| {
            let office = hall.office(&one.asker).map_or(one.asker.as_str(), |office| office.title);
            json!({
                "at": one.at.iso(), "who": one.name, "post": one.post, "organ": one.organ_name,
                "office": office, "purpose": one.purpose, "fields": one.fields,
                "found": one.found,
                "told_afterwards": one.deferred.as_ref().map(ask::Deferral::words),
            })
        }));
        if !full {
            break;
        }
    }
    Ok(all)
}

/// What was done from the account, the newest first: what, when, from where. Each has its receipt.
fn acts(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Vec<Value>> {
    let always = Sought::between(Moment::from_millis(0), hall.now().plus_millis(1));
    let sought = Sought { account: Some(account.id.to_string()), ..always };
    let (mut all, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let found = ledger::search(reader, &sought, after, AT_ONCE)?;
        all.extend(found.rows.iter().map(|act| {
            json!({
                "at": act.at.iso(), "what": hall.act_title(&act.kind), "address": act.address,
                "receipt": act.id.to_string(),
            })
        }));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}
