//! Identity's part of the demo city: the organisation tree and the people of the demo.

mod factors;

pub use factors::{CODES, demo_factors, demo_signing};

use access::{
    Account, Holding, Kind, Mandate, MandateState, NewAccount, NewMandate, NewOrgan, PasswordHash,
    Power, Scope, SignInRules,
};
use base::{Fault, Id, Moment, Outcome};
use frame::Hall;
use ledger::Act;
use serde::Deserialize;
use serde_json::json;

use crate::acts::{self, citizen_holding, staff_account};

const ORGANS: &str = include_str!("../data/organs.json");
const SIGN_IN: &str = include_str!("../data/demo-sign-in.json");
/// The password of every account of the demo; such accounts exist in the demo only.
pub const PASSWORD: &str = "cityhall-demo";

/// Login and role, name, organ of the demo's staff.
const STAFF: &[(&str, &str, &str, &str)] = &[
    ("clerk", "clerk", "李敏", "ezhou-scj"),
    ("examiner", "examiner", "王建国", "ezhou-scj"),
    ("approver", "approver", "陈志远", "ezhou-scj"),
    ("clerk3", "clerk", "童欣", "ezhou-scj"),
    ("examiner3", "examiner", "夏凯", "ezhou-scj"),
    ("clerk2", "clerk", "何小娟", "ezhou-zjj"),
    ("examiner2", "examiner", "罗文斌", "ezhou-zjj"),
    ("approver2", "approver", "谢长江", "ezhou-zjj"),
    ("supervisor", "supervisor", "周正", "ezhou-zfb"),
    ("editor", "editor", "刘晓燕", "ezhou-zfb"),
    ("reviewer", "reviewer", "赵明", "ezhou-zfb"),
    ("registrar", "registrar", "孙慧", "ezhou-gaj"),
    ("datasteward", "datasteward", "秦朗", "ezhou-gaj"),
    ("datasteward2", "datasteward", "姜敏", "ezhou-mzj"),
    ("datasteward3", "datasteward", "方宁", "ezhou-scj"),
    ("datamanager", "datamanager", "韩雪", "ezhou-zwj"),
    ("datamanager2", "datamanager", "袁立", "ezhou-zwj"),
    ("orgadmin", "orgadmin", "潘晓燕", "ezhou-scj"),
    ("privacy", "privacy", "许静", "ezhou-zfb"),
    ("privacy2", "privacy", "田文涛", "ezhou-zfb"),
    ("sysadmin", "sysadmin", "吴涛", "ezhou-zfb"),
    ("secadmin", "secadmin", "郑洁", "ezhou-zfb"),
    ("auditor", "auditor", "冯岩", "ezhou-zfb"),
];

#[derive(Deserialize)]
struct File {
    organs: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    code: String,
    kind: String,
    parent: Option<String>,
    name: String,
    short: String,
    division: String,
    uscc: String,
    order: i64,
    duties: Vec<String>,
    window: Window,
}

#[derive(Deserialize)]
struct Window {
    phone: String,
}

impl Entry {
    fn organ(self) -> NewOrgan {
        NewOrgan {
            id: self.id,
            parent: self.parent,
            name: self.name,
            short_name: self.short,
            kind: self.kind,
            code: self.code,
            credit_code: Some(self.uscc),
            division: self.division,
            place: self.order,
            duties: self.duties.join("\n"),
            phone: self.window.phone,
        }
    }
}

/// The organs of the demo, parents before children.
pub fn demo_organs() -> Result<Vec<NewOrgan>, Fault> {
    let file: File = serde_json::from_str(ORGANS)
        .map_err(|error| Fault::while_doing("reading the demo's organs", error))?;
    Ok(file.organs.into_iter().map(Entry::organ).collect())
}

/// What signing in demands in the demo: all three kinds of second factors can be seen, and the other accounts
/// go on with the password alone.
pub fn demo_sign_in() -> Result<SignInRules, Fault> {
    SignInRules::read(SIGN_IN)
}

/// Enters the demo's organs and opens its accounts, in their posts since `since`: the staff, and
/// two citizens with these names, numbers and phones, the second of whom acts for the first by a written mandate.
/// Does nothing the second time.
pub async fn demo(hall: &Hall, since: Moment, principal: Who<'_>, agent: Who<'_>) -> Outcome<()> {
    let there = hall.store.read(|r| access::account_by_login(r, "citizen")).await?;
    if there.is_some() {
        return Ok(());
    }
    let keys = hall.keys.clone();
    let hash = super::acts::slowly(move || PasswordHash::new(&keys, PASSWORD)).await?;
    let (giver, taker) =
        (citizen(since, &hash, "citizen", principal), citizen(since, &hash, "agent", agent));
    let written = mandate(since, (giver.0.id, principal), (taker.0.id, agent));
    let mut people = vec![giver, taker];
    people.extend(STAFF.iter().map(|person| staff(since, &hash, *person)));
    let organs = demo_organs()?;
    let entered = Act::new(since, "identity.organ_entered", "organ", "ezhou")
        .content(json!({ "organs": organs.len() }));
    let keys = hall.keys.clone();
    hall.write(move |tx| {
        let permit = access::clockwork("identity.demo");
        for organ in &organs {
            access::put_organ(tx, &permit, organ)?;
        }
        ledger::record(tx, permit.who(), &entered)?;
        for (account, holding, opened) in &people {
            access::create_account(tx, &permit, &keys, account, since)?;
            access::give_holding(tx, &permit, holding)?;
            ledger::record(tx, permit.who(), opened)?;
        }
        let (mandate, given, accepted) = &written;
        access::put_mandate(tx, &permit, &keys, mandate)?;
        ledger::record(tx, &by(&mandate.mandate.principal_name, mandate.mandate.principal), given)?;
        ledger::record(tx, &by(&mandate.mandate.agent_name, mandate.mandate.agent), accepted)
    })
    .await
}

/// Name, number and phone of a person.
type Who<'a> = (&'a str, &'a str, &'a str);

/// Who does something as a citizen.
fn by(name: &str, account: Option<Id<Account>>) -> ledger::Who {
    ledger::Who {
        account: account.map(|account| account.to_string()),
        name: name.to_owned(),
        post: access::role_title("citizen").to_owned(),
        organ: String::new(),
        organ_name: String::new(),
        on_behalf: None,
    }
}

/// The mandate of the demo, taken on already, for as long as the rule allows.
fn mandate(
    since: Moment,
    (giver, principal): (Id<Account>, Who<'_>),
    (taker, agent): (Id<Account>, Who<'_>),
) -> (NewMandate, Act, Act) {
    let id: Id<Mandate> = Id::mint(since);
    let given =
        Act::new(since, "identity.mandate_given", acts::MANDATE, id).authority(acts::WRITTEN);
    let mandate = Mandate {
        id,
        kind: access::MandateKind::Online,
        principal: Some(giver),
        principal_name: principal.0.to_owned(),
        principal_sealed: Vec::new(),
        firm: None,
        agent: Some(taker),
        agent_name: agent.0.to_owned(),
        agent_sealed: Vec::new(),
        scope: Scope::All,
        powers: Power::ALL.to_vec(),
        from: since.day(),
        until: since.day().plus(364),
        state: MandateState::Standing,
        given_at: since,
        settled_at: Some(since),
        ended_at: None,
        ended_by: String::new(),
        why: access::EndedWhy::Closed,
        organ: String::new(),
        organ_name: String::new(),
        act: given.id,
    };
    let told = acts::told(&mandate);
    let accepted = Act::new(since, "identity.mandate_accepted", acts::MANDATE, id)
        .authority(acts::WRITTEN)
        .content(told.clone());
    let (principal_number, agent_number) = (principal.1.to_owned(), agent.1.to_owned());
    (NewMandate { mandate, principal_number, agent_number }, given.content(told), accepted)
}

type Somebody = (NewAccount, Holding, Act);

fn citizen(
    since: Moment,
    hash: &PasswordHash,
    login: &str,
    (name, number, phone): Who<'_>,
) -> Somebody {
    let account = NewAccount {
        id: Id::mint(since),
        login: login.into(),
        kind: Kind::Citizen,
        name: name.into(),
        password: Some(hash.clone()),
        number: Some(number.into()),
        phone: Some(phone.into()),
        email: Some(format!("{login}@example.com")),
        real_name: true,
    };
    let holding = citizen_holding(account.id, since);
    let act = Act::new(since, "identity.registered", "account", account.id)
        .content(json!({ "login": account.login, "real_name": true }));
    (account, holding, act)
}

fn staff(
    since: Moment,
    hash: &PasswordHash,
    (login, role, name, organ): (&str, &str, &str, &str),
) -> Somebody {
    let id: Id<Account> = Id::mint(since);
    let account = NewAccount { password: Some(hash.clone()), ..staff_account(id, login, name) };
    let holding = Holding {
        id: Id::mint(since),
        account: id,
        role: role.into(),
        organ: organ.into(),
        post: access::role_title(role).into(),
        from: since.day(),
        until: None,
    };
    let act = Act::new(since, "identity.account_opened", "account", id)
        .content(json!({ "login": login, "name": name, "role": role, "organ": organ }));
    (account, holding, act)
}
