//! Agents at the window (行政许可法 art. 29, 民法典 art. 165): a mandate on paper is taken in with the application that it
//! was brought for; who comes again is held to it; and who has given it takes it back. All of it is the clerk's act,
//! which names the agent and the principal.

mod later;

pub use later::{Photograph, case_here, known_for_case, take_in_later};

use ::store::Reader;
use access::{
    Account, Actor, EndedWhy, Firm, Kind, Mandate, MandateChange, MandateKind, MandateState,
    Matter, NewMandate, Over, Permit, Power, Scope, authorise,
};
use base::{CitizenNumber, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use flow::{CaseHead, Command, Manner};
use frame::{ActCx, Hall, not_found, post};
use ledger::Act;
use powers_contract::Material;
use serde_json::{Value, json};
use store::Tx;

use crate::acts::letters;
use crate::rules::window as rules;
use crate::store::{self as rows};
use crate::terms::window::{
    AtWindow, Came, MANDATE, MANDATE_FILE, MANDATE_FILE_TITLE, Paper, PaperReach,
};
use crate::terms::{Application, RECEIVE};

/// A mandate on paper was taken in.
const NOTED: &str = "approvals.mandate_noted";
/// An agent came to a window for a step.
const CAME: &str = "approvals.agent_came";
/// Who has given a mandate took it back at a window.
const REVOKED: &str = "approvals.mandate_revoked";
/// A mandate ends.
const ENDED: &str = "《中华人民共和国民法典》第一百七十三条";

/// What an application that an agent brings must have beside the item's own materials: the photograph of the mandate. Where
/// the item asks those who come for others for one anyway, it is that.
pub(crate) fn ask_for_photograph(materials: &mut Vec<Material>) {
    let own = materials
        .iter_mut()
        .find(|one| one.obtain == "upload" && one.name.contains(MANDATE_FILE_TITLE));
    if let Some(own) = own {
        own.required = true;
        return;
    }
    materials.push(Material {
        key: MANDATE_FILE.into(),
        name: MANDATE_FILE_TITLE.into(),
        required: true,
        hint: "委托书原件的扫描件或者照片，签名、日期和权限要看得清".into(),
        obtain: "upload".into(),
        formats: ["pdf", "jpg", "jpeg", "png"].map(str::to_owned).to_vec(),
        ..Material::default()
    });
}

/// What a mandate on paper will be known by, minted before the transaction: it may run twice.
pub(crate) struct ToTakeIn {
    at: AtWindow,
    pub(crate) id: Id<Mandate>,
    noted: Act,
}

impl ToTakeIn {
    pub(crate) fn mint(at: &AtWindow, now: Moment) -> Self {
        let id = at.known().unwrap_or_else(|| Id::mint(now));
        let kind = if matches!(at, AtWindow::New(_)) { NOTED } else { CAME };
        let noted = Act::new(now, kind, MANDATE, id).authority(rules::GROUND);
        Self { at: at.clone(), id, noted }
    }

    /// Takes the mandate in with the case that was filed by it, or holds the case to the one that a window has taken in
    /// before. Refused where it does not reach this application, or has ended meanwhile.
    pub(crate) fn take_in(
        &self,
        tx: &Tx<'_>,
        hall: &Hall,
        permit: &Permit,
        (case, of, step): (&CaseHead, &Application, Id<Act>),
        applicant_number: &str,
    ) -> Outcome<()> {
        let keys = &hall.keys;
        let number = match &self.at {
            AtWindow::Known { agent_number, .. } => agent_number.clone(),
            AtWindow::New(paper) => {
                let new = self.mandate(permit, case, (paper, applicant_number))?;
                not_twice(tx, keys, &new, case)?;
                access::put_mandate(tx, permit, keys, &new)?;
                paper.agent_number.clone()
            }
        };
        let matter = Matter {
            item: &case.item_code,
            item_name: &case.item_name,
            case: Some(&case.no),
            firm: Some(&of.firm_code),
        };
        let today = self.noted.at().day();
        let found =
            access::mandate_at_window(tx, keys, (self.id, &number), (Power::Apply, matter), today);
        let mandate = found.map_err(said_whole)?;
        if mandate.principal_number(keys).as_deref() != Some(applicant_number) {
            let words = "委托书的委托人不是这一件的申请人，没有收件";
            return Err(Refusal::new(RefusalKind::Conflict, "approvals.other_principal", words)
                .remedy("请核对申请人的号码；另有其人的，请重新收件")
                .into());
        }
        let at = self.noted.at();
        rows::put_agent(tx, permit, case.id, (step, mandate.id), at)?;
        let content = told(&mandate, case, json!({ "step": Command::title_of("submit") }));
        ledger::record(tx, permit.who(), &self.noted.clone().content(content))?;
        if matches!(self.at, AtWindow::New(_))
            && let Some((name, to)) = mail_of_principal(tx, hall, &mandate)?
        {
            let letter = letters::paper_taken_in(hall, (&name, &to), &mandate, (&case.no, false));
            post::enqueue(tx, keys, &letter, at)?;
        }
        Ok(())
    }

    fn mandate(
        &self,
        permit: &Permit,
        case: &CaseHead,
        (paper, number): (&Paper, &str),
    ) -> Outcome<NewMandate> {
        let (at, who) = (self.noted.at(), permit.who());
        let rule = access::mandate_rule(at.day())?;
        rules::in_time((paper.from, paper.until), at.day(), &rule).map_err(|(_, words)| {
            Refusal::new(RefusalKind::Conflict, "approvals.mandate_term", words)
        })?;
        if paper.agent_number == number {
            let words = "代理人不能是申请人自己";
            return Err(Refusal::new(RefusalKind::Conflict, "approvals.own_agent", words).into());
        }
        let scope = match &paper.reach {
            PaperReach::This => Scope::Case(case.no.clone()),
            PaperReach::Items(items) => Scope::Items(items.clone()),
            PaperReach::All => Scope::All,
        };
        let firm = paper.firm.clone().map(|(name, code)| Firm { name, code });
        let mandate = Mandate {
            id: self.id,
            kind: MandateKind::Paper,
            principal: None,
            principal_name: case.applicant_name.clone(),
            principal_sealed: Vec::new(),
            firm,
            agent: None,
            agent_name: paper.agent_name.clone(),
            agent_sealed: Vec::new(),
            scope,
            powers: paper.powers.clone(),
            from: paper.from,
            until: paper.until,
            state: MandateState::Standing,
            given_at: at,
            settled_at: Some(at),
            ended_at: None,
            ended_by: String::new(),
            why: EndedWhy::Closed,
            organ: who.organ.clone(),
            organ_name: who.organ_name.clone(),
            act: self.noted.id,
        };
        let (principal_number, agent_number) = (number.to_owned(), paper.agent_number.clone());
        Ok(NewMandate { mandate, principal_number, agent_number })
    }
}

/// The page of a draft has no field for it: all is said above.
fn said_whole(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(mut refusal) => {
            refusal.fields.clear();
            Stop::Refused(refusal)
        }
        fault => fault,
    }
}

/// Another clerk may have taken the same mandate in meanwhile.
fn not_twice(tx: &Tx<'_>, keys: &seal::Keys, new: &NewMandate, case: &CaseHead) -> Outcome<()> {
    let numbers = (new.principal_number.as_str(), new.agent_number.as_str());
    let today = new.mandate.given_at.day();
    let standing = access::mandates_between(tx, keys, numbers, today)?;
    let firm = new.mandate.firm.as_ref().map_or("", |firm| firm.code.as_str());
    let matter =
        Matter { item: &case.item_code, item_name: &case.item_name, case: None, firm: Some(firm) };
    let same = |one: &Mandate| {
        one.covers(Power::Apply, matter).is_ok() && rules::says_all(one, &new.mandate.powers)
    };
    if !standing.iter().any(same) {
        return Ok(());
    }
    let words = "这位代理人的委托书刚刚在别的窗口登记过，没有收件";
    Err(Refusal::new(RefusalKind::Conflict, "approvals.mandate_known", words)
        .remedy("请重新收件，选用已经登记的那一份")
        .into())
}

/// What acts on a mandate at the window say: who acts for whom, how far, and for which case. No number of anybody.
fn told(mandate: &Mandate, case: &CaseHead, more: Value) -> Value {
    let powers: Vec<&str> = mandate.powers.iter().map(|power| power.as_str()).collect();
    let firm = mandate.firm.as_ref();
    let mut told = json!({
        "principal": { "name": mandate.principal_name },
        "firm": firm.map(|firm| json!({ "name": firm.name, "code": firm.code })),
        "agent": mandate.agent_name, "scope": mandate.scope.said(), "powers": powers,
        "from": mandate.from.to_string(), "until": mandate.until.to_string(), "no": case.no,
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    told
}

/// The name and mail address of somebody by account, or by a number that was shown to be theirs.
fn mail_of(
    reader: &Reader<'_>,
    keys: &seal::Keys,
    (account, number, name): (Option<Id<Account>>, Option<String>, &str),
) -> Outcome<Option<(String, String)>> {
    let found = match (account, number) {
        (Some(id), _) => access::account_by_id(reader, id)?,
        (None, Some(number)) => access::account_by_number(reader, keys, &number)?,
        (None, None) => None,
    };
    let found = found.filter(|one| one.name == name && one.state == "active");
    Ok(found.and_then(|one| Some((one.name.clone(), one.email(keys)?))))
}

fn mail_of_principal(
    reader: &Reader<'_>,
    hall: &Hall,
    mandate: &Mandate,
) -> Outcome<Option<(String, String)>> {
    let number = mandate.principal_number(&hall.keys);
    mail_of(reader, &hall.keys, (mandate.principal, number, &mandate.principal_name))
}

/// Where a person is written to who is known by a number alone: by the account that has shown it.
pub(crate) async fn mail_by_number(
    cx: &ActCx,
    number: &str,
    name: &str,
) -> Outcome<Option<String>> {
    let (keys, number, name) = (cx.hall().keys.clone(), number.to_owned(), name.to_owned());
    cx.read(move |r| {
        Ok(mail_of(r, &keys, (None, Some(number.clone()), &name))?.map(|(_, email)| email))
    })
    .await
}

/// The mandates by which anybody has acted for the applicant of this case: that it was filed by, and those that were
/// shown at a window.
pub(crate) fn mandates_of_case(
    reader: &Reader<'_>,
    of: &Application,
    came: &[rows::CameBy],
) -> Outcome<Vec<Mandate>> {
    let mut ids: Vec<Id<Mandate>> = of.mandate.into_iter().collect();
    for (_, id) in came {
        if !ids.contains(id) {
            ids.push(*id);
        }
    }
    access::mandates_by_ids(reader, &ids)
}

/// Which power of a mandate a step needs that is done at a window for the applicant.
fn power_at_window(command: &Command) -> Option<Power> {
    match command {
        Command::Supplement { .. } => Some(Power::Supplement),
        Command::Withdraw { .. } => Some(Power::Withdraw),
        Command::Deliver { manner: Manner::Counter, .. } => Some(Power::Papers),
        _ => None,
    }
}

/// By which mandate the agent acts who stands at the window for this step; none where the applicant came, nobody acts
/// for them, or it is no step of theirs.
pub(crate) fn identified(
    tx: &Tx<'_>,
    hall: &Hall,
    actor: &Actor,
    (case, command): (&CaseHead, &Command),
    came: &Came,
) -> Outcome<Option<Mandate>> {
    let staff = actor.person().is_some_and(|person| person.kind == Kind::Staff);
    let Some(power) = power_at_window(command).filter(|_| staff) else { return Ok(None) };
    let Some(of) = rows::application(tx, case.id)? else { return Ok(None) };
    let mandates = mandates_of_case(tx, &of, &rows::agents_of(tx, case.id)?)?;
    if mandates.is_empty() {
        return Ok(None);
    }
    let Some(number) = rules::who_came(came)? else { return Ok(None) };
    let matter = Matter {
        item: &case.item_code,
        item_name: &case.item_name,
        case: Some(&case.no),
        firm: Some(&of.firm_code),
    };
    let today = actor.at().day();
    let mut refused: Option<Stop> = None;
    // Whose number it is comes first: what another's mandate does not name is no answer.
    let theirs = |one: &&Mandate| one.agent_number(&hall.keys).as_deref() == Some(number.as_str());
    let (own, others): (Vec<&Mandate>, Vec<&Mandate>) = mandates.iter().partition(theirs);
    for one in own.into_iter().chain(others) {
        let shown = (one.id, number.as_str());
        match access::mandate_at_window(tx, &hall.keys, shown, (power, matter), today) {
            Ok(mandate) => return Ok(Some(mandate)),
            Err(stop) => refused = refused.or(Some(stop)),
        }
    }
    refused.map_or(Ok(None), Err)
}

/// Puts on record that an agent came for a step, which the act of the step tells of.
pub(crate) fn note_agent(
    tx: &Tx<'_>,
    permit: &Permit,
    (case, command): (&CaseHead, &Command),
    step: &Act,
    mandate: &Mandate,
) -> Outcome<()> {
    rows::put_agent(tx, permit, case.id, (step.id, mandate.id), step.at())?;
    let more = json!({ "step": Command::title_of(command.name()), "act": step.id.to_string() });
    let content = told(mandate, case, more);
    let act = Act::new(step.at(), CAME, MANDATE, mandate.id).authority(rules::GROUND);
    ledger::record(tx, permit.who(), &act.content(content))
}

/// What a clerk enters where the principal takes a mandate back.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct TakenBack {
    /// Which.
    pub mandate: String,
    /// The number on the principal's card.
    pub principal_number: String,
    /// That the clerk has compared it: `true`.
    pub principal_compared: String,
}

/// Takes a mandate of a case back, on the word of who has given it, whose card the clerk has compared. It counts at once.
pub async fn revoke_at_window(cx: &ActCx, no: &str, entered: &TakenBack) -> Outcome<()> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "approvals.principal", "请核对委托人的证件")
            .ground(ENDED);
    let number = entered.principal_number.trim().parse::<CitizenNumber>();
    if let Err(error) = &number {
        refusal = refusal.field("principal_number", error.to_string());
    }
    if entered.principal_compared != "true" {
        let words = "请先看委托人的身份证原件，核对是本人，再勾选";
        refusal = refusal.field("principal_compared", words);
    }
    let number = match number {
        Ok(number) if refusal.fields.is_empty() => number,
        _ => return Err(refusal.into()),
    };
    let id: Id<Mandate> = entered.mandate.parse().map_err(|_| not_found("这份委托"))?;
    let (now, actor, hall, no) = (cx.now(), cx.actor().clone(), cx.hall().clone(), no.to_owned());
    let act = Act::new(now, REVOKED, MANDATE, id).authority(ENDED);
    cx.write(move |tx| {
        let case = flow::case_by_no(tx, &no)?.ok_or_else(|| not_found("这个办件"))?;
        let permit = authorise(tx, &actor, &RECEIVE, Over::Organ(case.organ.clone()))?;
        let of = rows::application(tx, case.id)?.ok_or_else(|| not_found("这个办件"))?;
        let known = mandates_of_case(tx, &of, &rows::agents_of(tx, case.id)?)?;
        let mandate = known.into_iter().find(|one| one.id == id);
        let mandate = mandate.ok_or_else(|| not_found("这份委托"))?;
        if mandate.principal_number(&hall.keys).as_deref() != Some(number.as_str()) {
            let words = "证件上的号码与委托人的号码不一致，没有收回";
            return Err(refusal.clone().field("principal_number", words).into());
        }
        let from = &[MandateState::Offered, MandateState::Standing];
        let (to, by) = (MandateState::Revoked, mandate.principal_name.as_str());
        let change = MandateChange { from, to, agent: None, by };
        if !access::settle_mandate(tx, &permit, id, &change, now)? {
            let words = format!("这份委托现在是“{}”，没有办理", mandate.said(now.day()));
            return Err(Refusal::new(RefusalKind::Conflict, "approvals.mandate_over", words).into());
        }
        let keys = &hall.keys;
        let agent = (mandate.agent, mandate.agent_number(keys), mandate.agent_name.as_str());
        let sides = [mail_of(tx, keys, agent)?, mail_of_principal(tx, &hall, &mandate)?];
        for (name, to) in sides.into_iter().flatten() {
            let letter = letters::taken_back(&hall, (&name, &to), &mandate);
            post::enqueue(tx, keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act.clone().content(told(&mandate, &case, json!({}))))
    })
    .await
}
