//! Written mandates (授权委托书): one person writes them, the other takes them on or refuses, either ends them.

use access::{
    Account, Allowed, EndedWhy, Mandate, MandateChange, MandateKind, MandateState, NamedItem,
    NewMandate, Over, Permit, Scope, authorise,
};
use base::{Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx, Hall, not_found, post};
use ledger::Act;
use powers_contract::{ItemInForce, ItemNames};
use serde_json::{Value, json};
use store::Tx;

use super::letters;
use super::prove::{NO_PASSWORD, prove};
use crate::rules::mandates as rules;
use crate::terms::mandates::{Complete, MANDATE, MandateWish, Reach};

/// Mandates that one account writes within a day: nobody is sent letters by the dozen.
const GIVEN_MAX: i64 = 10;
const GIVEN_SECONDS: i64 = 24 * 3_600;

/// A mandate is written, with all that the law wants in it.
pub(crate) const WRITTEN: &str = "《中华人民共和国民法典》第一百六十五条";
/// A mandate ends.
const ENDED: &str = "《中华人民共和国民法典》第一百七十三条";

/// What acts on mandates name as their subject's kind.
pub const SUBJECT: &str = "mandate";

/// Writes a mandate. Whether the agent has an account is not looked up before, and the answer is the same either
/// way: whoever has shown that the number is theirs finds it. The password is asked for again, because a borrowed
/// session must not let a stranger act.
pub async fn give_mandate(cx: &ActCx, wish: &MandateWish, password: &str) -> Outcome<Id<Mandate>> {
    let today = cx.now().day();
    let rule = access::mandate_rule(today)?;
    let known = understood(cx, &wish.items).await?;
    let whole = match rules::complete(wish, &known, today, &rule) {
        // All that is wrong is told at once; a password that is not there is no wrong one.
        Err(refusal) if password.is_empty() => {
            return Err(refusal.field("password", NO_PASSWORD).into());
        }
        whole => whole?,
    };
    let scope = scope_of(cx, &whole.reach).await?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let own = cx.signed_in()?.account;
    let mut blank = blank(own, &whole, scope, now);
    let id = blank.id;
    let act = Act::new(now, "identity.mandate_given", SUBJECT, id).authority(WRITTEN);
    blank.act = act.id;
    let given = cx
        .write(move |tx| {
            let (account, _) = proven.holds(tx, &actor)?;
            let permit = authorise(tx, &actor, &MANDATE, Over::Account(own.to_string()))?;
            let number = account.number(&hall.keys).unwrap_or_default();
            rules::may_give(&account, &number, &whole.agent.1, &rule)?;
            owns(tx, own, &blank.scope)?;
            let counted =
                access::hit(tx, &format!("mandate {own}"), GIVEN_MAX, GIVEN_SECONDS, now)?;
            if let Allowed::NotUntil(until) = counted {
                return Ok(Some(until));
            }
            let mut mandate = blank.clone();
            mandate.principal_name = account.name.clone();
            let act = act.clone().content(told(&mandate));
            let new = NewMandate {
                mandate,
                principal_number: number,
                agent_number: whole.agent.1.clone(),
            };
            access::put_mandate(tx, &permit, &hall.keys, &new)?;
            tell_named(tx, &hall, &new, now)?;
            ledger::record(tx, permit.who(), &act)?;
            Ok(None)
        })
        .await?;
    let Some(until) = given else { return Ok(id) };
    let words = "今天写的委托太多，没有再写";
    Err(Refusal::new(RefusalKind::TooMany, "identity.mandates_wait", words)
        .remedy(format!("{} 之后可以再写", until.to_minute()))
        .into())
}

/// So many lines of items are looked for by name.
const LINES_MAX: usize = 20;

/// What the items of the city are called whose names hold these words; the first of them where there are many.
pub async fn item_names(cx: &Cx, words: &str) -> Outcome<Vec<NamedItem>> {
    let question = ItemNames { words: words.to_owned(), ..ItemNames::default() };
    let names = cx.ask("identity", "names", &question).await?.value.unwrap_or_default();
    let named = names.items.into_iter().map(|item| NamedItem { code: item.code, name: item.name });
    Ok(named.collect())
}

/// The items whose names are understood in what was typed, line by line.
async fn understood(cx: &Cx, typed: &str) -> Outcome<Vec<NamedItem>> {
    let mut known: Vec<NamedItem> = Vec::new();
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_ascii());
    for line in lines.take(LINES_MAX) {
        for item in item_names(cx, line).await? {
            if item.name == line && known.iter().all(|one| one.code != item.code) {
                known.push(item);
            }
        }
    }
    Ok(known)
}

/// What is said of a name or code that no item has: with those whose names hold it.
async fn no_such_item(cx: &Cx, typed: &str) -> Outcome<Refusal> {
    let near = item_names(cx, typed).await?;
    let shown = near.iter().take(5).map(|item| format!("{}（{}）", item.name, item.code));
    let words = match near.is_empty() {
        true => format!("没有找到事项「{typed}」，请从列出的名称里选，或者在办事指南页核对编码"),
        false => {
            let shown = shown.collect::<Vec<_>>().join("；");
            format!("没有叫「{typed}」的事项，名称里有它的是：{shown}。请写全名称")
        }
    };
    let refusal = Refusal::new(RefusalKind::Invalid, "identity.no_such_item", words.clone());
    Ok(refusal.field("items", words))
}

/// What the mandate reaches, once the city has said what the items are.
async fn scope_of(cx: &Cx, reach: &Reach) -> Outcome<Scope> {
    let codes = match reach {
        Reach::All => return Ok(Scope::All),
        Reach::Case(no) => {
            let no = flow::CaseNumber::parse(no).ok_or_else(no_such_case)?;
            return Ok(Scope::Case(no.as_str().to_owned()));
        }
        Reach::Items(codes) => codes,
    };
    let mut items: Vec<NamedItem> = Vec::new();
    for code in codes {
        let question = ItemInForce { code: code.clone() };
        let found = match cx.ask("identity", "mandate", &question).await {
            Ok(answer) => answer.value,
            Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => None,
            Err(stop) => return Err(stop),
        };
        let Some(item) = found else { return Err(no_such_item(cx, code).await?.into()) };
        if !items.iter().any(|one| one.code == item.code) {
            items.push(NamedItem { code: item.code, name: item.name });
        }
    }
    Ok(Scope::Items(items))
}

fn no_such_case() -> Refusal {
    let words = "您没有这个编号的办件，请在「我的办件」里核对";
    Refusal::new(RefusalKind::Invalid, "identity.no_such_case", words).field("case", words)
}

/// One case is one's own; to others it is as if it were not there.
fn owns(tx: &Tx<'_>, own: Id<Account>, scope: &Scope) -> Outcome<()> {
    let Scope::Case(no) = scope else { return Ok(()) };
    let case = flow::case_by_no(tx, no)?;
    let own = own.to_string();
    case.filter(|case| case.applicant_account.as_deref() == Some(own.as_str()))
        .map(|_| ())
        .ok_or_else(|| no_such_case().into())
}

/// The mandate before anybody's name stands under it.
fn blank(own: Id<Account>, whole: &Complete, scope: Scope, now: Moment) -> Mandate {
    Mandate {
        id: Id::mint(now),
        kind: MandateKind::Online,
        principal: Some(own),
        principal_name: String::new(),
        principal_sealed: Vec::new(),
        firm: whole.firm.clone(),
        agent: None,
        agent_name: whole.agent.0.clone(),
        agent_sealed: Vec::new(),
        scope,
        powers: whole.powers.clone(),
        from: whole.from,
        until: whole.until,
        state: MandateState::Offered,
        given_at: now,
        settled_at: None,
        ended_at: None,
        ended_by: String::new(),
        why: EndedWhy::Closed,
        organ: String::new(),
        organ_name: String::new(),
        act: Id::from_bits(0),
    }
}

/// What an act says of a mandate: no number of anybody.
pub(crate) fn told(mandate: &Mandate) -> Value {
    let powers: Vec<&str> = mandate.powers.iter().map(|power| power.as_str()).collect();
    let firm = mandate.firm.as_ref();
    json!({
        "principal": {
            "account": mandate.principal.map(|id| id.to_string()), "name": mandate.principal_name,
        },
        "firm": firm.map(|firm| json!({ "name": firm.name, "code": firm.code })),
        "agent": mandate.agent_name, "scope": mandate.scope.said(), "powers": powers,
        "from": mandate.from.to_string(), "until": mandate.until.to_string(),
    })
}

/// Writes to the person who is named, if they have an account that has shown so.
fn tell_named(tx: &Tx<'_>, hall: &Hall, new: &NewMandate, now: Moment) -> Outcome<()> {
    let found = access::account_by_number(tx, &hall.keys, &new.agent_number)?;
    let found = found.filter(|one| one.name == new.mandate.agent_name && one.state == "active");
    let Some(named) = found else { return Ok(()) };
    let Some(to) = named.email(&hall.keys) else { return Ok(()) };
    let letter = letters::mandate_offered(hall, &named.name, &to, &new.mandate);
    post::enqueue(tx, &hall.keys, &letter, now)
}

/// What one side of a mandate is told.
#[derive(Clone, Copy)]
enum Word {
    /// What became of it.
    Of(&'static str),
    /// That it ended with the death of the other side.
    OfDeath,
}

/// Writes to one side of a mandate, if it has an account with a mail address. The sides of one on paper are known by
/// their numbers: whoever has shown that the number is theirs is written to.
fn tell_side(
    tx: &Tx<'_>,
    hall: &Hall,
    side: Side,
    (mandate, word): (&Mandate, Word),
    now: Moment,
) -> Outcome<()> {
    let keys = &hall.keys;
    let (id, number, name) = match side {
        Side::Principal => {
            (mandate.principal, mandate.principal_number(keys), &mandate.principal_name)
        }
        Side::Agent => (mandate.agent, mandate.agent_number(keys), &mandate.agent_name),
    };
    let account = match (id, number.filter(|_| mandate.is_paper())) {
        (Some(id), _) => access::account_by_id(tx, id)?,
        (None, Some(number)) => {
            access::account_by_number(tx, keys, &number)?.filter(|found| found.name == *name)
        }
        (None, None) => None,
    };
    let Some(account) = account.filter(|one| one.state == "active") else { return Ok(()) };
    let Some(to) = account.email(&hall.keys) else { return Ok(()) };
    let letter = match word {
        Word::Of(what) => letters::mandate_news(hall, &account.name, &to, mandate, what),
        Word::OfDeath => {
            let whom = (account.name.as_str(), to.as_str());
            letters::mandate_ended_by_death(hall, whom, mandate, side.other())
        }
    };
    post::enqueue(tx, &hall.keys, &letter, now)
}

/// What the account that is signed in has given, and what names it.
pub async fn mandates_of(cx: &Cx) -> Outcome<(Vec<Mandate>, Vec<Mandate>)> {
    let (own, keys) = (cx.signed_in()?.account, cx.hall().keys.clone());
    cx.read(move |r| {
        let account = access::account_by_id(r, own)?.ok_or_else(|| not_found("您的账户"))?;
        let given = access::mandates_given(r, &keys, &account)?;
        Ok((given, access::mandates_naming(r, &keys, &account)?))
    })
    .await
}

/// Which side of a mandate somebody is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who has given it.
    Principal,
    /// Who is named in it.
    Agent,
}

impl Side {
    /// The other of the two.
    pub const fn other(self) -> Self {
        match self {
            Side::Principal => Side::Agent,
            Side::Agent => Side::Principal,
        }
    }
}

/// A mandate with the side on which who asks stands; to all others it is not there.
pub fn side_of(account: &Account, keys: &seal::Keys, mandate: &Mandate) -> Option<Side> {
    if mandate.is_given_by(keys, account) {
        return Some(Side::Principal);
    }
    let named = mandate.agent == Some(account.id) || mandate.names(keys, account);
    named.then_some(Side::Agent)
}

/// What one side of a mandate may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The agent takes it on.
    Accept,
    /// The agent does not.
    Refuse,
    /// The principal takes it back, at once.
    Revoke,
    /// The agent gives it up, at once.
    GiveUp,
}

impl Move {
    /// From the last part of an address.
    pub fn parse(verb: &str) -> Option<Self> {
        Some(match verb {
            "accept" => Move::Accept,
            "refuse" => Move::Refuse,
            "revoke" => Move::Revoke,
            "give-up" => Move::GiveUp,
            _ => return None,
        })
    }

    /// Whose move it is, from which states, to which, as which act, in words to the other side.
    fn spec(self) -> (Side, &'static [MandateState], MandateState, &'static str, &'static str) {
        use MandateState::{GivenUp, Offered, Refused, Revoked, Standing};
        match self {
            Move::Accept => {
                (Side::Agent, &[Offered], Standing, "identity.mandate_accepted", "已经接受")
            }
            Move::Refuse => {
                (Side::Agent, &[Offered], Refused, "identity.mandate_refused", "没有接受")
            }
            Move::Revoke => (
                Side::Principal,
                &[Offered, Standing],
                Revoked,
                "identity.mandate_revoked",
                "已经由委托人收回，立即失效",
            ),
            Move::GiveUp => (
                Side::Agent,
                &[Standing],
                GivenUp,
                "identity.mandate_given_up",
                "已经由代理人辞去，立即失效",
            ),
        }
    }
}

/// Answers or ends a mandate; it counts at once. The other side is told.
pub async fn move_mandate(cx: &ActCx, id: Id<Mandate>, to_do: Move) -> Outcome<()> {
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let own = cx.signed_in()?.account;
    let (whose, from, to, kind, what) = to_do.spec();
    let rule = access::mandate_rule(now.day())?;
    let act = Act::new(now, kind, SUBJECT, id).authority(if to_do == Move::Accept {
        WRITTEN
    } else {
        ENDED
    });
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &MANDATE, Over::Account(own.to_string()))?;
        let account = access::account_by_id(tx, own)?.ok_or_else(|| not_found("这份委托"))?;
        let mandate = access::mandate_by_id(tx, id)?.ok_or_else(|| not_found("这份委托"))?;
        let side = side_of(&account, &hall.keys, &mandate);
        if side != Some(whose) {
            return Err(not_found("这份委托").into());
        }
        let said = mandate.said(now.day());
        rules::still(mandate.state, from, said)?;
        if to_do == Move::Accept {
            rules::may_accept(&account, &rule)?;
            rules::in_time(&mandate, now.day())?;
        }
        let agent = (to_do == Move::Accept).then_some(own);
        let change = MandateChange { from, to, agent, by: &account.name };
        if !access::settle_mandate(tx, &permit, id, &change, now)? {
            return Err(not_found("这份委托").into());
        }
        tell_side(tx, &hall, whose.other(), (&mandate, Word::Of(what)), now)?;
        ledger::record(tx, permit.who(), &act.clone().content(told(&mandate)))
    })
    .await
}

/// Puts on record which mandates have ended with one of the two, and tells the other: `gone` says of each which side
/// it was. What is told of them is what still stands of them.
pub(crate) fn record_ended(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (ended, why): (&[Mandate], EndedWhy),
    gone: impl Fn(&Mandate) -> Side,
) -> Outcome<()> {
    let now = hall.now();
    for before in ended {
        let side = gone(before);
        let ground = match (why, side) {
            (EndedWhy::Closed | EndedWhy::Erased, _) => ENDED,
            (EndedWhy::Died, Side::Agent) => AGENT_DIED,
            (EndedWhy::Died, Side::Principal) => PRINCIPAL_DIED,
        };
        let word = match why {
            EndedWhy::Closed => Word::Of("因为对方的账户已经注销而终止，立即失效"),
            EndedWhy::Erased => Word::Of("因为对方的信息依法删除而终止，立即失效"),
            EndedWhy::Died => Word::OfDeath,
        };
        let Some(mandate) = access::mandate_by_id(tx, before.id)? else { continue };
        let mut content = told(&mandate);
        if let Some(said) = content.as_object_mut() {
            let gone = if side == Side::Principal { "principal" } else { "agent" };
            said.extend([("why", why.as_str()), ("gone", gone)].map(said_so));
            let stands = why == EndedWhy::Died && side == Side::Principal;
            said.extend(stands.then(|| said_so(("stands", STANDS))));
        }
        let act = Act::new(now, "identity.mandate_ended", SUBJECT, mandate.id).authority(ground);
        ledger::record(tx, permit.who(), &act.content(content))?;
        tell_side(tx, hall, side.other(), (&mandate, word), now)?;
    }
    Ok(())
}

fn said_so((name, words): (&str, &str)) -> (String, Value) {
    (name.to_owned(), words.into())
}

/// A mandate ends with the death of its agent.
const AGENT_DIED: &str = "《中华人民共和国民法典》第一百七十三条第四项";
/// A mandate ends with the death of who has given it, but for what the agent does not knowing of it.
const PRINCIPAL_DIED: &str = "《中华人民共和国民法典》第一百七十三条第四项，第一百七十四条";
/// What the act says of that.
const STANDS: &str = "代理人不知道且不应当知道死亡的时候所办的，仍然有效（民法典第一百七十四条）";

/// Which side of a mandate this account is, of the two that it can be.
pub(crate) fn side_gone<'a>(
    keys: &'a seal::Keys,
    account: &'a Account,
) -> impl Fn(&Mandate) -> Side + 'a {
    move |mandate| match mandate.is_given_by(keys, account) {
        true => Side::Principal,
        false => Side::Agent,
    }
}
