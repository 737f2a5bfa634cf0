//! Requests for data: an organ asks, the organ that provides answers within the law's days, and what is agreed to runs.

use access::{Actor, Over, Permission, Permit, authorise};
use ask::{Ending, Share as Terms};
use base::{Moment, Outcome};
use catalogue_contract::{RowChanges, Rows};
use clock::{OwnLimits, TimeLimit};
use flow::{CaseHead, Command, Event, Manner as Way, NewCase, Order, Verdict};
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::compile::{found, in_force, of_its_keeper};
use super::{guide, no_such_step, rule_on, within};
use crate::rules::{self, Kinds};
use crate::store::{self as rows, Version};
use crate::terms::{
    ANSWER, Agreed, Manner, OFFICE, REQUEST, REQUEST_FLOW, Request, Resource, Rule, SEE,
    SHARE_ENDED, Share, State, Wish,
};

/// Asks for a resource in the name of the organ of who asks. Gives the number of the case.
pub async fn ask_for(cx: &ActCx, key: &str, wish: Wish) -> Outcome<String> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let (account, rule) = (cx.signed_in()?.account.to_string(), rule_on(now.day())?);
    let calendar = cx.hall().calendar.clone();
    let minted = NewCase::new(now, OFFICE, REQUEST_FLOW, "online");
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REQUEST, Over::Account(account.clone()))?;
        let head = found(tx, &key)?;
        let version = in_force(tx, &head)?;
        let (who, resource) = (permit.who(), &version.resource);
        rules::may_ask((head.state, resource), &head.provider, &who.organ)?;
        rules::well_wished(&wish, resource, now.day())?;
        let new = NewCase {
            item_code: head.code.clone(),
            item_name: head.name.clone(),
            title: format!("{}申请共享“{}”", who.organ_name, head.name),
            organ: head.provider.clone(),
            applicant_name: who.organ_name.clone(),
            applicant_account: Some(account.clone()),
            limits: answered_within(resource.share, &rule),
            own_limits: Some(provided_within(&rule)),
            ..minted.clone()
        };
        let filed = flow::open_case(tx, &permit, &new, &calendar)?;
        let request = Request {
            case: filed.case.id,
            no: filed.case.no.clone(),
            key: head.key,
            version: version.version,
            resource_name: head.name,
            provider: head.provider,
            consumer: who.organ.clone(),
            consumer_name: who.organ_name.clone(),
            account: account.clone(),
            wish: wish.clone(),
            agreed: None,
        };
        rows::put_request(tx, &permit, &request)?;
        Ok(filed.case.no)
    })
    .await
}

/// Decree 809: what is shared without condition is answered at once, what has a condition after a look at it.
fn answered_within(share: Share, rule: &Rule) -> clock::Limits {
    match share {
        Share::Unconditional => within(rule.unconditional_days, &rule.unconditional_ground),
        _ => within(rule.conditional_days, &rule.conditional_ground),
    }
}

fn provided_within(rule: &Rule) -> OwnLimits {
    let limit = |days: u32, basis: &str| TimeLimit {
        days,
        unit: clock::Unit::WorkingDays,
        basis: basis.to_owned(),
    };
    OwnLimits {
        permit: false,
        acceptance: limit(rule.unconditional_days, &rule.unconditional_ground),
        silence_accepts: false,
        extension: None,
        delivery: limit(rule.provision_days, &rule.provision_ground),
    }
}

/// A request as a page shows it.
pub struct Seen {
    /// The case.
    pub case: CaseHead,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What is asked for.
    pub request: Request,
    /// The resource, in the version that was asked for.
    pub resource: Resource,
    /// The version that is in force, if there is one: by this it is answered.
    pub standing: Option<Version>,
    /// The resource's code.
    pub code: String,
    /// Whether rows of it stand here.
    pub has_rows: bool,
    /// What was agreed to, as it runs.
    pub share: Option<ask::ShareState>,
}

fn load(reader: &Reader<'_>, no: &str) -> Outcome<Seen> {
    let unknown = || not_found("这件申请");
    let no = flow::CaseNumber::parse(no).ok_or_else(unknown)?.to_string();
    let request = rows::request(reader, &no)?.ok_or_else(unknown)?;
    let case = flow::case_by_id(reader, request.case)?.ok_or_else(unknown)?;
    let version = rows::version(reader, &request.key, request.version)?.ok_or_else(unknown)?;
    let head = found(reader, &request.key)?;
    let standing = match head.state {
        State::Published => rows::version(reader, &head.key, head.version)?,
        _ => None,
    };
    Ok(Seen {
        standing,
        events: flow::events_of(reader, case.id)?,
        code: case.item_code.clone(),
        has_rows: rows::dataset(reader, &request.key)?.is_some_and(|set| set.standing > 0),
        share: ask::share_of_request(reader, &no)?,
        case,
        request,
        resource: version.resource,
    })
}

/// The permit of whoever belongs to one of both sides, or sees the whole city.
fn sees(reader: &Reader<'_>, actor: &Actor, seen: &Seen) -> Outcome<Permit> {
    // The organ of the case: another answers where that of the request has ended.
    match authorise(reader, actor, &SEE, Over::Organ(seen.case.organ.clone())) {
        Ok(permit) => Ok(permit),
        Err(_) => authorise(reader, actor, &SEE, Over::Organ(seen.request.consumer.clone()))
            // It is not told that there is one.
            .map_err(|_| not_found("这件申请").into()),
    }
}

/// A request, for both sides of it.
pub async fn seen(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (no, actor) = (no.to_owned(), cx.actor().clone());
    cx.read(move |r| {
        let seen = load(r, &no)?;
        sees(r, &actor, &seen)?;
        Ok(Box::new(seen))
    })
    .await
    .map(|seen| *seen)
}

/// What the organ that provides answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Consents, to all of it or to a part.
    Consent(Agreed),
    /// Does not, for a reason and on a ground.
    Deny {
        /// Why.
        reason: String,
        /// On which article.
        ground: String,
    },
    /// Asks to complete it: everything that is missing, once.
    Correct(Vec<String>),
    /// The data is there now.
    Deliver(String),
}

impl Seen {
    /// The resource by which it is answered: as it is in force, else as it was asked for.
    pub fn answered_by(&self) -> &Resource {
        self.standing.as_ref().map_or(&self.resource, |version| &version.resource)
    }

    /// The items of the wish that stand as they were asked for.
    pub fn to_be_had(&self) -> Vec<String> {
        let same = |code: &&String| rules::is_same(&self.resource, self.answered_by(), code);
        self.request.wish.items.iter().filter(same).cloned().collect()
    }
}

impl Answer {
    fn command(&self, seen: &Seen) -> Command {
        match self {
            Answer::Consent(agreed) => Command::Decide {
                verdict: Verdict::Grant,
                reason: agreed_words(agreed, seen),
                ground: agreed.ground.clone(),
                remedy: None,
            },
            Answer::Deny { reason, ground } => Command::Decide {
                verdict: Verdict::Deny,
                reason: reason.clone(),
                ground: ground.clone(),
                remedy: None,
            },
            Answer::Correct(items) => Command::Correct { items: items.clone(), reply_by: None },
            Answer::Deliver(receipt) => {
                Command::Deliver { manner: Way::Electronic, receipt: receipt.clone() }
            }
        }
    }
}

/// What was agreed to, in words: who consents signs them.
fn agreed_words(agreed: &Agreed, seen: &Seen) -> String {
    let resource = seen.answered_by();
    let names = agreed.items.iter().filter_map(|code| Some(resource.item(code)?.name.as_str()));
    let manner = seen.request.wish.manner.word();
    let mut words =
        vec![format!("提供：{}", names.collect::<Vec<_>>().join("、")), format!("方式：{manner}")];
    if !agreed.filter.is_empty() {
        let filter = rules::filter_text(&agreed.filter, |field| resource.name_of(field));
        words.push(format!("只限：{}", filter.replace('\n', "、")));
    }
    if agreed.yes_no {
        words.push("只回答是或者否".into());
    }
    words.extend(agreed.rate.per_minute.map(|most| format!("每分钟最多 {most} 次")));
    words.extend(agreed.rate.per_day.map(|most| format!("每天最多 {most} 次")));
    words.extend(agreed.until.map(|until| format!("到{}为止", until.chinese())));
    let reason = agreed.reason.trim();
    words.extend((!reason.is_empty()).then(|| reason.to_owned()));
    words.join("；")
}

/// Answers a request. What an office of the program answers runs from this commit on; what comes in another way is
/// provided within the law's days, and said to be there.
pub async fn answer(cx: &ActCx, no: &str, version: Option<i64>, answer: Answer) -> Outcome<()> {
    let (now, actor, no) = (cx.now(), cx.actor().clone(), no.to_owned());
    let known = seen(cx, &no).await?;
    let mut order = Order::new(now, OFFICE, known.case.id, answer.command(&known));
    order.expected_version = version;
    let receipt = match known.request.wish.manner {
        Manner::Dataset => "同意的条件已经生效，可以由网关订阅",
        _ => "同意的条件已经生效，可以查询",
    };
    let at_once = Command::Deliver { manner: Way::Electronic, receipt: receipt.into() };
    let provided = Order::new(now, OFFICE, known.case.id, at_once);
    let (calendar, rule) = (cx.hall().calendar.clone(), rule_on(now.day())?);
    let kinds = guide(cx.hall())?.kinds;
    cx.write(move |tx| {
        let seen = load(tx, &no)?;
        let over = Over::Organ(seen.case.organ.clone());
        let permit = authorise(tx, &actor, &ANSWER, over)?;
        match &answer {
            Answer::Consent(agreed) => may_consent(tx, (&known, &seen), agreed, &kinds, now)?,
            Answer::Correct(_) => {
                let received = seen.case.received_at.day();
                let last = calendar.add_working_days(received, rule.complete_days);
                rules::may_correct(last, &rule, now.day())?;
            }
            Answer::Deny { .. } | Answer::Deliver(_) => {}
        }
        flow::apply(tx, &permit, &order, &calendar)?;
        if let Answer::Consent(agreed) = &answer {
            rows::put_agreed(tx, &permit, &seen.request.no, agreed)?;
            if seen.request.wish.manner != Manner::File {
                put_terms(tx, &permit, (&seen, agreed), &rule, now)?;
            }
            if is_there(&seen) {
                flow::apply(tx, &permit, &provided, &calendar)?;
            }
        }
        Ok(())
    })
    .await
}

/// Whether this can be agreed to: within the wish, by the version in force as it was seen, of what the organ itself keeps,
/// and in a way that gives the data.
fn may_consent(
    tx: &Tx<'_>,
    (known, seen): (&Seen, &Seen),
    agreed: &Agreed,
    kinds: &Kinds,
    now: Moment,
) -> Outcome<()> {
    rules::well_agreed(agreed, &seen.request.wish, now.day())?;
    let (request, head) = (&seen.request, found(tx, &seen.request.key)?);
    let standing = in_force(tx, &head)?;
    rules::may_ask((head.state, &standing.resource), &seen.case.organ, &request.consumer)?;
    if ![&request.provider, &seen.case.organ].contains(&&head.provider) {
        let words = format!("这个资源已经改由{}提供", head.provider_name);
        return Err(rules::refuse("catalogue.other_provider", words)
            .remedy("请答复不同意，并请申请部门向现在的提供部门申请")
            .into());
    }
    rules::stand_as_asked(&seen.resource, &standing.resource, &agreed.items)?;
    // What is signed was put into words before this transaction.
    if known.standing.as_ref().map(|version| version.version) != Some(standing.version) {
        return Err(rules::newer_version().into());
    }
    of_its_keeper(tx, &head.key, &standing.resource)?;
    let ours = kinds.is_ours(&standing.resource.question);
    Ok(rules::can_be_had(agreed, request.wish.manner, (&standing.resource, ours))?)
}

/// Whether it is to be had at once: an office or a gateway answers, or the rows stand.
fn is_there(seen: &Seen) -> bool {
    match seen.request.wish.manner {
        Manner::Ask | Manner::Verify => !seen.answered_by().question.is_empty() || seen.has_rows,
        Manner::Dataset => seen.has_rows,
        Manner::File => false,
    }
}

/// Puts down what was agreed to, by the version in force: it runs from this commit on, also for what is yet to come.
fn put_terms(
    tx: &Tx<'_>,
    permit: &Permit,
    (seen, agreed): (&Seen, &Agreed),
    rule: &Rule,
    now: Moment,
) -> Outcome<()> {
    let (request, resource) = (&seen.request, seen.answered_by());
    let items = agreed.items.iter().filter_map(|code| resource.item(code));
    let terms = Terms {
        organ: request.consumer.clone(),
        organ_name: request.consumer_name.clone(),
        kind: match (request.wish.manner, resource.question.as_str()) {
            // What was agreed for asking one at a time is no leave to have the table.
            (Manner::Dataset, _) => <RowChanges as ask::Question>::KIND.to_owned(),
            // Of what no office answers, the catalogue gives the rows that were brought.
            (_, "") => <Rows as ask::Question>::KIND.to_owned(),
            (_, question) => question.to_owned(),
        },
        purpose: request.no.clone(),
        about: request.wish.purpose.trim().to_owned(),
        fields: items.map(|item| item.field().to_owned()).collect(),
        ground: request.wish.ground.trim().to_owned(),
        valid_seconds: rule.valid_seconds,
        filter: agreed.filter.clone(),
        yes_no: agreed.yes_no || request.wish.manner == Manner::Verify,
        rate: agreed.rate,
        from: now.day(),
        until: agreed.until,
        request: request.no.clone(),
        version: seen.standing.as_ref().map_or(request.version, |version| version.version),
        resource: seen.code.clone(),
    };
    ask::put_share(tx, permit, &terms)
}

/// What who has asked does with their own request: completes it, or takes it back.
pub async fn own_step(cx: &ActCx, no: &str, version: Option<i64>, command: Command) -> Outcome<()> {
    let own: &Permission = match command {
        Command::Supplement { .. } | Command::Withdraw { .. } => &REQUEST,
        _ => return Err(no_such_step().into()),
    };
    let (now, actor, no) = (cx.now(), cx.actor().clone(), no.to_owned());
    let known = seen(cx, &no).await?;
    let mut order = Order::new(now, OFFICE, known.case.id, command);
    order.expected_version = version;
    let calendar = cx.hall().calendar.clone();
    cx.write(move |tx| {
        let seen = load(tx, &no)?;
        let permit = authorise(tx, &actor, own, Over::Account(seen.request.account))?;
        flow::apply(tx, &permit, &order, &calendar).map(|_| ())
    })
    .await
}

/// Ends what was agreed to before its last day: nothing is answered by it from this commit on.
pub async fn end(cx: &ActCx, no: &str, reason: &str) -> Outcome<()> {
    let (now, actor, no) = (cx.now(), cx.actor().clone(), no.to_owned());
    let (reason, known) = (access::Proposals::said_why(reason)?, seen(cx, &no).await?);
    let act = Act::new(now, SHARE_ENDED, flow::SUBJECT, known.case.id)
        .authority(super::compile::GROUND)
        .content(json!({
            "no": known.case.no, "resource": known.code, "name": known.request.resource_name,
            "consumer": known.request.consumer_name, "reason": reason,
        }));
    cx.write(move |tx| {
        let seen = load(tx, &no)?;
        let over = Over::Organ(seen.case.organ.clone());
        let permit = authorise(tx, &actor, &ANSWER, over)?;
        let ended =
            ask::end_shares(tx, &permit, Ending::Request(&seen.request.no), (&reason, now))?;
        if ended == 0 {
            return Err(not_found("还在运行的共享").into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
