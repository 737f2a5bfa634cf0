//! A mandate on paper for a case that runs: brought after the applicant has filed, whether they came themselves or filed
//! online. From then on who comes with a card of its agent is held to it, as where an agent has filed.

use access::{Mandate, Matter, NewMandate, Over, authorise};
use base::{CitizenNumber, FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use flow::CaseHead;
use frame::{ActCx, Cx, Hall, not_found, post};
use serde_json::json;
use store::Tx;

use super::{ToTakeIn, mail_of_principal, told};
use crate::acts::counter::{card_differs, paper, reach_of};
use crate::acts::look_up::{Seen, staff_case};
use crate::acts::{KNOWN_ALREADY, letters, names};
use crate::rules;
use crate::rules::window::{self as verdicts, BroughtFor, Typed};
use crate::store as rows;
use crate::terms::window::{AtWindow, Brought, MANDATE_FILE, PaperReach};
use crate::terms::{Application, CASE_FILES, RECEIVE};

/// The photograph of the paper: its name and its bytes.
pub type Photograph = (String, Vec<u8>);

/// What a mandate on paper became.
#[derive(Clone, Copy, Debug)]
pub struct TakenIn {
    /// The mandate.
    pub mandate: Id<Mandate>,
    /// The act that says so.
    pub act: Id<ledger::Act>,
}

/// The case, for who may take in at its organ.
pub async fn case_here(cx: &Cx, no: &str) -> Outcome<Seen> {
    let seen = staff_case(cx, no).await?;
    let (actor, over) = (cx.actor().clone(), Over::Organ(seen.case.organ.clone()));
    cx.read(move |r| authorise(r, &actor, &RECEIVE, over.clone()).map(|_| ())).await?;
    Ok(seen)
}

/// Takes a mandate on paper in for a case that runs, or holds the case to one that a window has taken in before.
/// Whatever is wrong is told at once, each beside its field.
pub async fn take_in_later(
    cx: &ActCx,
    no: &str,
    brought: &Brought,
    photograph: Option<Photograph>,
) -> Outcome<TakenIn> {
    let seen = case_here(cx, no).await?;
    let number = applicant_of(cx, &seen)?;
    let (typed, reach) = judged(cx, &seen, (brought, &number), photograph.is_some()).await?;
    let at = match known_of(cx, &seen, &typed, brought).await? {
        Some(known) => known,
        None => AtWindow::New(paper(typed, reach)),
    };
    let case = seen.case;
    let staged = match photograph.filter(|_| matches!(at, AtWindow::New(_))) {
        Some((name, bytes)) => {
            let scope = case.id.to_string();
            let stage = cx.hall().vault.stage(CASE_FILES, &scope, MANDATE_FILE, &name, bytes);
            Some(stage.await.map_err(beside_the_photograph)?)
        }
        None => None,
    };
    let to = ToTakeIn::mint(&at, cx.now());
    let taken = TakenIn { mandate: to.id, act: to.noted.id };
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    cx.write(move |tx| {
        let case = flow::case_by_id(tx, case.id)?.ok_or_else(|| not_found("这个办件"))?;
        let permit = authorise(tx, &actor, &RECEIVE, Over::Organ(case.organ.clone()))?;
        to.take_in_running(tx, &hall, &permit, &case, &number)?;
        if let Some(file) = &staged {
            vault::attach(tx, file, now)?;
        }
        Ok(taken)
    })
    .await
}

/// The applicant's number as the case has it: that of who gives the mandate.
fn applicant_of(cx: &Cx, seen: &Seen) -> Outcome<String> {
    verdicts::may_be_acted_for(&seen.case, &seen.application)?;
    let (values, _) = seen.entries(&cx.hall().keys)?;
    let number = rules::entry(&values, "applicant_number");
    let number = number.parse::<CitizenNumber>().map_err(|_| {
        let words = "这一件没有申请人的身份证号码，不能登记委托书";
        Refusal::new(RefusalKind::Conflict, "approvals.no_number", words).remedy("请申请人本人来办")
    })?;
    Ok(number.as_str().to_owned())
}

/// All that is wrong with what was typed, at once; else the mandate that it says.
async fn judged(
    cx: &ActCx,
    seen: &Seen,
    (brought, number): (&Brought, &str),
    photographed: bool,
) -> Outcome<(Typed, PaperReach)> {
    let today = cx.now().day();
    let mut refusal = Refusal::new(RefusalKind::Invalid, "approvals.paper", "委托书有几处需要修改")
        .ground(verdicts::GROUND);
    let known = names::understood(cx, &brought.items).await?;
    let by = (today, &access::mandate_rule(today)?);
    let read = verdicts::typed(brought, (Some(number), &known), by, BroughtFor::Running);
    refusal.fields.extend(read.wrong.clone());
    if let Err(wrong) = verdicts::of_this_firm(&seen.application.firm_code, &read.firm) {
        refusal.fields.push(wrong);
    }
    let item = match crate::acts::item_in_force(cx, &seen.case.item_code).await {
        Err(Stop::Refused(gone)) if gone.kind == RefusalKind::NotFound => None,
        item => Some(item?),
    };
    if let Some(Err(alone)) = item.as_ref().map(rules::by_agent) {
        return Err(alone.into());
    }
    let reach = match reach_of(cx, brought, &read.items, item.as_ref()).await? {
        Ok(reach) => Some(reach),
        Err(wrong) => {
            refusal.fields.push(wrong);
            None
        }
    };
    if !photographed && brought.known.is_empty() {
        let message = "请选择委托书的扫描件或者照片".into();
        refusal.fields.push(FieldError { field: "photograph".into(), message });
    }
    let (Some(typed), Some(reach)) = (read.whole, reach) else { return Err(refusal.into()) };
    if refusal.fields.is_empty()
        && let Some(wrong) = card_differs(cx, &typed, Some(seen.case.id)).await?
    {
        refusal.fields.push(wrong);
    }
    if refusal.fields.is_empty() { Ok((typed, reach)) } else { Err(refusal.into()) }
}

fn matter<'c>(case: &'c CaseHead, of: &'c Application) -> Matter<'c> {
    Matter {
        item: &case.item_code,
        item_name: &case.item_name,
        case: Some(&case.no),
        firm: Some(&of.firm_code),
    }
}

/// The mandates on paper between the two that stand today and reach this case.
async fn standing(cx: &Cx, seen: &Seen, agent: &str) -> Outcome<Vec<Mandate>> {
    let number = applicant_of(cx, seen)?;
    let (keys, today, agent) = (cx.hall().keys.clone(), cx.now().day(), agent.to_owned());
    let mut standing =
        cx.read(move |r| access::mandates_between(r, &keys, (&number, &agent), today)).await?;
    let matter = matter(&seen.case, &seen.application);
    standing.retain(|one| one.stands(today) && one.reaches(matter));
    Ok(standing)
}

/// The mandate that was chosen of those that a window has taken in before; none where this one is new. One that says
/// nothing new is refused and the other offered.
async fn known_of(
    cx: &Cx,
    seen: &Seen,
    typed: &Typed,
    brought: &Brought,
) -> Outcome<Option<AtWindow>> {
    let refused = |code: &'static str, words: String| {
        Refusal::new(RefusalKind::Invalid, code, words.clone()).field("known", words)
    };
    let standing = standing(cx, seen, &typed.agent_number).await?;
    if !brought.known.is_empty() {
        let one = standing.iter().find(|one| one.id.to_string() == brought.known);
        let one = one.ok_or_else(|| {
            let words = "这一份委托书现在不能用，请核对，或者登记新的委托书".to_owned();
            refused("approvals.mandate_gone", words)
        })?;
        let (mandate, agent_number) = (one.id.to_string(), typed.agent_number.clone());
        return Ok(Some(AtWindow::Known { mandate, agent_number }));
    }
    let Some(one) = standing.iter().find(|one| verdicts::says_all(one, &typed.powers)) else {
        return Ok(None);
    };
    let words = format!(
        "这位代理人的委托书已经登记过（{}，到{}有效），请选用已经登记的这一份，不用再登记",
        one.scope.said(),
        one.until.chinese()
    );
    Err(refused(KNOWN_ALREADY, words).into())
}

/// Those that can be chosen, for the page that is shown again.
pub async fn known_for_case(cx: &Cx, seen: &Seen, agent: &str) -> Outcome<Vec<Mandate>> {
    match agent.trim().parse::<CitizenNumber>() {
        Ok(agent) => standing(cx, seen, agent.as_str()).await,
        Err(_) => Ok(Vec::new()),
    }
}

fn beside_the_photograph(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(refusal) if refusal.fields.is_empty() => {
            let words = refusal.message.clone();
            refusal.field("photograph", words).into()
        }
        other => other,
    }
}

impl ToTakeIn {
    /// Takes the mandate in for a case that runs, or holds it to one from before. The case and the mandates are judged
    /// as they stand in this transaction.
    fn take_in_running(
        &self,
        tx: &Tx<'_>,
        hall: &Hall,
        permit: &access::Permit,
        case: &CaseHead,
        number: &str,
    ) -> Outcome<()> {
        let (keys, at) = (&hall.keys, self.noted.at());
        let of = rows::application(tx, case.id)?.ok_or_else(|| not_found("这个办件"))?;
        verdicts::may_be_acted_for(case, &of)?;
        let refused = |words: String| {
            Refusal::new(RefusalKind::Conflict, "approvals.paper_refused", words)
                .remedy("请核对委托书，重新登记")
        };
        let mandate = match &self.at {
            AtWindow::New(paper) => {
                let new: NewMandate = self.mandate(permit, case, (paper, number))?;
                // Another clerk may have taken the same in meanwhile.
                let numbers = (number, paper.agent_number.as_str());
                let standing = access::mandates_between(tx, keys, numbers, at.day())?;
                let same = |one: &Mandate| {
                    one.reaches(matter(case, &of)) && verdicts::says_all(one, &paper.powers)
                };
                if standing.iter().any(same) {
                    return Err(refused("这位代理人的委托书刚刚登记过".into()).into());
                }
                access::put_mandate(tx, permit, keys, &new)?;
                access::mandate_by_id(tx, self.id)?.ok_or_else(|| not_found("这份委托"))?
            }
            AtWindow::Known { agent_number, .. } => {
                let theirs = |one: &Mandate| {
                    one.agent_number(keys).as_deref() == Some(agent_number)
                        && one.principal_number(keys).as_deref() == Some(number)
                };
                let found = access::mandate_by_id(tx, self.id)?.filter(theirs);
                found.ok_or_else(|| not_found("这份委托"))?
            }
        };
        access::mandate_in_force(tx, &mandate, at.day())?;
        if !mandate.reaches(matter(case, &of)) {
            let words = format!("委托书写的是：{}；不包括这一件", mandate.scope.said());
            return Err(refused(words).into());
        }
        let known = super::mandates_of_case(tx, &of, &rows::agents_of(tx, case.id)?)?;
        if known.iter().any(|one| one.id == mandate.id) {
            return Err(refused("这份委托书在这一件里已经登记过".into()).into());
        }
        rows::put_agent(tx, permit, case.id, (self.noted.id, mandate.id), at)?;
        let content = told(&mandate, case, json!({ "step": "办理中登记委托书" }));
        ledger::record(tx, permit.who(), &self.noted.clone().content(content))?;
        if matches!(self.at, AtWindow::New(_))
            && let Some((name, to)) = mail_of_principal(tx, hall, &mandate)?
        {
            let letter = letters::paper_taken_in(hall, (&name, &to), &mandate, (&case.no, true));
            post::enqueue(tx, keys, &letter, at)?;
        }
        Ok(())
    }
}
