//! Written mandates (授权委托书): one person lets another act for them, over what is named and until a day.
//!
//! The agent is named by name and number, and whoever has shown that the number is theirs finds the mandate
//! and takes it on: nothing is looked up for who writes it. Whether a mandate gives a right is asked in the
//! transaction of what is done by it (`authorise_by_mandate`), from the rows as they stand there.

mod ending;
mod rules;
mod terms;
mod window;
mod wording;

pub use ending::end_mandates_of_dead;
pub use ending::mandates_of;
pub(crate) use ending::{end_mandates_of, erase_mandates_of};
pub use rules::Matter;
pub use terms::{
    EndedWhy, Firm, Mandate, MandateKind, MandateRule, MandateState, NamedItem, NewMandate, Power,
    Scope,
};
pub use window::{mandate_at_window, mandates_between};
pub use wording::{item_code, item_offered, stated_firm, stated_items};

use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use ledger::OnBehalf;
use seal::{Keys, SealedColumn};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::{Account, NUMBER, accounts_of};
use crate::authorise::authorise;
use crate::terms::{Actor, Over, Permission, Permit};

/// The context under which the numbers of a mandate are sealed.
pub const MANDATE_NUMBER: &str = "access.mandates.number";

/// The columns of mandates that are sealed.
pub(crate) const fn sealed(column: &'static str) -> SealedColumn {
    SealedColumn { table: "access_mandates", key: &["id"], column, context: MANDATE_NUMBER }
}

/// The post in which an agent acts.
const AGENT: &str = "代理人";
/// So many mandates a list shows at most.
const LISTED_MAX: i64 = 100;

/// The rules of mandates.
const RULES: &str = include_str!("../data/mandates.json");

/// The rule in force on a day.
pub fn mandate_rule(day: Day) -> Outcome<MandateRule> {
    let rules: Vec<MandateRule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let missing = || Fault::said(format!("no rule of mandates is in force on {day}"));
    Ok(rules::rule_on(&rules, day).cloned().ok_or_else(missing)?)
}

const COLUMNS: &str = "id, kind, principal, principal_name, principal_sealed, firm_name, firm_code, agent, \
                       agent_name, agent_sealed, scope, items, case_no, powers, from_day, until_day, \
                       state, given_at, settled_at, ended_at, ended_by, ended_why, organ, organ_name, \
                       act FROM access_mandates";

impl FromRow for Mandate {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let text = |column: &str| row.get::<String>(column);
        let (firm_name, firm_code) = (text("firm_name")?, text("firm_code")?);
        let powers = text("powers")?;
        let items = || {
            let broken = || store::Error::Type { column: "items".into(), wanted: "json" };
            serde_json::from_str(&text("items")?).map_err(|_| broken())
        };
        let scope = match text("scope")?.as_str() {
            "all" => Scope::All,
            "case" => Scope::Case(text("case_no")?),
            _ => Scope::Items(items()?),
        };
        Ok(Self {
            id: row.get("id")?,
            kind: MandateKind::parse(&text("kind")?),
            // Empty where the giver has no account.
            principal: text("principal")?.parse().ok(),
            principal_name: text("principal_name")?,
            principal_sealed: row.get("principal_sealed")?,
            firm: (!firm_code.is_empty()).then_some(Firm { name: firm_name, code: firm_code }),
            agent: row.get("agent")?,
            agent_name: text("agent_name")?,
            agent_sealed: row.get("agent_sealed")?,
            scope,
            powers: powers.split(',').filter_map(Power::parse).collect(),
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            state: MandateState::parse(&text("state")?),
            given_at: row.get("given_at")?,
            settled_at: row.get("settled_at")?,
            ended_at: row.get("ended_at")?,
            ended_by: text("ended_by")?,
            why: EndedWhy::parse(&text("ended_why")?),
            organ: text("organ")?,
            organ_name: text("organ_name")?,
            act: row.get("act")?,
        })
    }
}

impl Mandate {
    /// The principal's number in clear.
    pub fn principal_number(&self, keys: &Keys) -> Option<String> {
        number(keys, &self.principal_sealed)
    }

    /// Whether it reaches this, with this power; a refusal that says what it does reach.
    pub fn covers(&self, power: Power, matter: Matter<'_>) -> Result<(), Refusal> {
        rules::covers(self, power, matter)
    }

    /// Whether it reaches this, with whatever power it has.
    pub fn reaches(&self, matter: Matter<'_>) -> bool {
        self.powers.iter().any(|power| rules::covers(self, *power, matter).is_ok())
    }

    /// Whether this account's holder is the agent that it names: by number and name, and nobody else has taken it
    /// on. Who only states a number is named by none.
    pub fn names(&self, keys: &Keys, account: &Account) -> bool {
        let number = account.number(keys).filter(|_| account.real_name);
        number.is_some() && number == self.agent_number(keys) && names(self, account)
    }

    /// Whether it is on paper and this account's holder is who has given it, by number and name.
    fn is_of(&self, keys: &Keys, account: &Account) -> bool {
        let number = account.number(keys).filter(|_| account.real_name && self.is_paper());
        number.is_some()
            && number == self.principal_number(keys)
            && self.principal_name == account.name
    }

    /// Whether this account's holder has given it: written it here, or on paper under their name and number.
    pub fn is_given_by(&self, keys: &Keys, account: &Account) -> bool {
        self.principal == Some(account.id) || self.is_of(keys, account)
    }

    /// The agent's number in clear.
    pub fn agent_number(&self, keys: &Keys) -> Option<String> {
        number(keys, &self.agent_sealed)
    }
}

fn number(keys: &Keys, sealed: &[u8]) -> Option<String> {
    String::from_utf8(keys.unseal(MANDATE_NUMBER, sealed).ok()?).ok()
}

/// Puts a mandate down.
pub fn put_mandate(tx: &Tx<'_>, _permit: &Permit, keys: &Keys, new: &NewMandate) -> Outcome<()> {
    let one = &new.mandate;
    let powers: Vec<&str> = one.powers.iter().map(|power| power.as_str()).collect();
    let (items, case_no) = match &one.scope {
        Scope::All => ("[]".to_owned(), ""),
        Scope::Items(items) => (serde_json::to_string(items).map_err(Fault::from)?, ""),
        Scope::Case(no) => ("[]".to_owned(), no.as_str()),
    };
    let firm = one.firm.as_ref();
    let sealed = |number: &str| keys.seal(MANDATE_NUMBER, number.as_bytes());
    let blind = |number: &str| keys.blind(NUMBER, number.as_bytes());
    tx.run(
        "INSERT INTO access_mandates (id, principal, principal_name, principal_sealed,
             principal_blind, firm_name, firm_code, agent, agent_name, agent_sealed, agent_blind,
             scope, items, case_no, powers, from_day, until_day, state, given_at, settled_at,
             ended_at, ended_by, act, kind, organ, organ_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, NULL, '', $21, $22, $23, $24)",
        &[
            one.id.into(),
            one.principal.map(|id| id.to_string()).unwrap_or_default().into(),
            one.principal_name.as_str().into(),
            sealed(&new.principal_number).into(),
            blind(&new.principal_number).into(),
            firm.map_or("", |firm| firm.name.as_str()).into(),
            firm.map_or("", |firm| firm.code.as_str()).into(),
            one.agent.into(),
            one.agent_name.as_str().into(),
            sealed(&new.agent_number).into(),
            blind(&new.agent_number).into(),
            one.scope.as_str().into(),
            items.into(),
            case_no.into(),
            powers.join(",").into(),
            one.from.into(),
            one.until.into(),
            one.state.as_str().into(),
            one.given_at.into(),
            one.settled_at.into(),
            one.act.into(),
            one.kind.as_str().into(),
            one.organ.as_str().into(),
            one.organ_name.as_str().into(),
        ],
    )?;
    Ok(())
}

/// A mandate by its id.
pub fn mandate_by_id(reader: &Reader<'_>, id: Id<Mandate>) -> Outcome<Option<Mandate>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// Mandates by their ids, at most 100.
pub fn mandates_by_ids(reader: &Reader<'_>, ids: &[Id<Mandate>]) -> Outcome<Vec<Mandate>> {
    let ids: Vec<store::Value> = ids.iter().take(100).map(|id| (*id).into()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    Ok(reader.all(&format!("SELECT {COLUMNS} WHERE id IN ({})", places.join(", ")), &ids)?)
}

/// The mandates that an account's holder has given, the newest first; at most 100. Those on paper are found by the
/// number that was shown to be theirs.
pub fn mandates_given(
    reader: &Reader<'_>,
    keys: &Keys,
    account: &Account,
) -> Outcome<Vec<Mandate>> {
    let mut given: Vec<Mandate> = reader.all(
        &format!("SELECT {COLUMNS} WHERE principal = $1 ORDER BY id DESC LIMIT $2"),
        &[account.id.into(), LISTED_MAX.into()],
    )?;
    if let Some(number) = account.number(keys).filter(|_| account.real_name) {
        let [now, beside] = keys.blinds(NUMBER, number.as_bytes());
        let papers: Vec<Mandate> = reader.all(
            &format!(
                "SELECT {COLUMNS} WHERE principal_blind IN ($1, $2) AND kind = 'paper'
                 ORDER BY id DESC LIMIT $3"
            ),
            &[now.into(), beside.into(), LISTED_MAX.into()],
        )?;
        given.extend(papers.into_iter().filter(|one| one.principal_name == account.name));
        given.sort_by_key(|mandate| std::cmp::Reverse(mandate.id));
    }
    Ok(given)
}

/// The mandates that name this account's holder as the agent, the newest first; at most 100. Only for who has
/// shown that the number is theirs: an account that only states one is named by none.
pub fn mandates_naming(
    reader: &Reader<'_>,
    keys: &Keys,
    account: &Account,
) -> Outcome<Vec<Mandate>> {
    let Some(number) = account.number(keys).filter(|_| account.real_name) else {
        return Ok(Vec::new());
    };
    let [now, beside] = keys.blinds(NUMBER, number.as_bytes());
    let named: Vec<Mandate> = reader.all(
        &format!("SELECT {COLUMNS} WHERE agent_blind IN ($1, $2) ORDER BY id DESC LIMIT $3"),
        &[now.into(), beside.into(), LISTED_MAX.into()],
    )?;
    Ok(named.into_iter().filter(|one| names(one, account)).collect())
}

/// Whether a mandate that bears this account's number names its holder too, and nobody else has taken it on.
fn names(mandate: &Mandate, account: &Account) -> bool {
    mandate.agent_name == account.name && mandate.agent.is_none_or(|agent| agent == account.id)
}

/// The mandates by which an account may act today, as far as they themselves go; at most 100.
pub fn mandates_acting(
    reader: &Reader<'_>,
    agent: Id<Account>,
    today: Day,
) -> Outcome<Vec<Mandate>> {
    let mut acting: Vec<Mandate> = reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE agent = $1 AND state = 'standing' AND from_day <= $2
                 AND until_day >= $2 LIMIT $3"
        ),
        &[agent.into(), today.into(), LISTED_MAX.into()],
    )?;
    acting.sort_by_key(|mandate| std::cmp::Reverse(mandate.id));
    Ok(acting)
}

/// How the state of a mandate changes.
#[derive(Clone, Debug)]
pub struct MandateChange<'a> {
    /// From one of these.
    pub from: &'a [MandateState],
    /// To this.
    pub to: MandateState,
    /// Who takes it on, where somebody does.
    pub agent: Option<Id<Account>>,
    /// Whose word it is.
    pub by: &'a str,
}

/// Changes the state of a mandate; false if it has another by now.
pub fn settle_mandate(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Mandate>,
    change: &MandateChange<'_>,
    now: Moment,
) -> Outcome<bool> {
    let Some(stands) = mandate_by_id(tx, id)? else { return Ok(false) };
    if !change.from.contains(&stands.state) {
        return Ok(false);
    }
    let ends = (change.to != MandateState::Standing).then_some(now);
    let rows = tx.run(
        "UPDATE access_mandates SET state = $1, agent = COALESCE($2, agent),
             settled_at = COALESCE(settled_at, $3), ended_at = $4, ended_by = $5
         WHERE id = $6 AND state = $7",
        &[
            change.to.as_str().into(),
            change.agent.into(),
            now.into(),
            ends.into(),
            ends.map_or("", |_| change.by).into(),
            id.into(),
            stands.state.as_str().into(),
        ],
    )?;
    Ok(rows == 1)
}

/// Whether a mandate gives a right today: by its own days and state, and both accounts are what the rule in
/// force demands of them.
pub fn mandate_in_force(reader: &Reader<'_>, mandate: &Mandate, today: Day) -> Outcome<()> {
    rules::in_force(mandate, today)?;
    if mandate.is_paper() {
        // A clerk has compared the cards; neither of the two needs an account.
        return Ok(());
    }
    let rule = mandate_rule(today)?;
    let accounts = match (mandate.principal, mandate.agent) {
        (Some(principal), Some(agent)) => accounts_of(reader, [principal, agent])?,
        _ => Vec::new(),
    };
    let sides =
        [("委托人", mandate.principal, rule.principal), ("代理人", mandate.agent, rule.agent)];
    for (side, account, level) in sides {
        let account = accounts.iter().find(|one| Some(one.id) == account);
        if !account.is_some_and(|one| one.state == "active" && one.level() >= level) {
            let words = format!("{side}的账户没有达到「{}」，委托现在不能使用", level.title());
            return Err(rules::over(words).ground(rule.ground).into());
        }
    }
    Ok(())
}

/// By which mandate an agent may do something over what is this principal's. None where there is none at all:
/// to a stranger it is as if nothing were there. Where there is one, a refusal that says what it covers.
pub fn mandate_for(
    reader: &Reader<'_>,
    agent: Id<Account>,
    principal: Id<Account>,
    (power, matter): (Power, Matter<'_>),
    today: Day,
) -> Outcome<Option<Mandate>> {
    let between: Vec<Mandate> = reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE agent = $1 AND principal = $2 AND state = 'standing'
                 AND from_day <= $3 AND until_day >= $3 LIMIT $4"
        ),
        &[agent.into(), principal.into(), today.into(), LISTED_MAX.into()],
    )?;
    let mut refused: Option<Refusal> = None;
    for mandate in between {
        match rules::covers(&mandate, power, matter) {
            Ok(()) => {
                mandate_in_force(reader, &mandate, today)?;
                return Ok(Some(mandate));
            }
            // What it does not reach is not told to its holder either.
            Err(outside) if rules::sees(&mandate, matter) => refused = refused.or(Some(outside)),
            Err(_) => {}
        }
    }
    refused.map_or(Ok(None), |refusal| Err(refusal.into()))
}

/// The right of an agent to do one thing for who has given them a mandate: the doer is the agent, and the permit
/// names for whom and by which mandate. Call it inside the write transaction.
pub fn authorise_by_mandate(
    reader: &Reader<'_>,
    actor: &Actor,
    permission: &Permission,
    id: Id<Mandate>,
    (power, matter): (Power, Matter<'_>),
) -> Outcome<(Permit, Mandate)> {
    let missing = || {
        Refusal::new(RefusalKind::NotFound, "access.no_mandate", "没有找到这份委托")
            .remedy("请在「委托代办」里查看您有哪些委托")
    };
    let account = actor.person().map(|person| person.account);
    let mandate = mandate_by_id(reader, id)?;
    let mandate =
        mandate.filter(|one| account.is_some() && one.agent == account).ok_or_else(missing)?;
    let own = account.map(|account| account.to_string()).unwrap_or_default();
    let permit = authorise(reader, actor, permission, Over::Account(own))?;
    mandate_in_force(reader, &mandate, actor.at().day())?;
    rules::covers(&mandate, power, matter)?;
    Ok((permit.by_mandate(&mandate), mandate))
}

impl Permit {
    fn by_mandate(mut self, mandate: &Mandate) -> Self {
        self.who.post = AGENT.to_owned();
        self.who.on_behalf = Some(OnBehalf {
            account: mandate.principal.map(|id| id.to_string()).unwrap_or_default(),
            name: mandate.whose().to_owned(),
            mandate: Some(mandate.id.to_string()),
        });
        self
    }
}
