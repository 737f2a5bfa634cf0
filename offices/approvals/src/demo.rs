//! Its part of the demo city: three months of cases in every state, made by the same acts as real
//! ones, at the moments at which they would have happened.

use std::collections::HashMap;
use std::sync::Arc;

use access::{Account, Actor, Kind, Over, Person, authorise};
use base::{Day, Id, Moment, Outcome, RefusalKind, Stop};
use flow::{Command, Finding, Manner, Order, RefusalGround, Remedy, Verdict};
use frame::Hall;
use frame::form::{FieldKind, Form, FormField};
use ledger::{Act, Who};
use powers_contract::{Item, ItemInForce};
use serde_json::{Map, Value, json};

use crate::acts::agency::{FIRM_CODE, FIRM_NAME};
use crate::acts::{Filing, cancel_in, cancelling, form_of};
use crate::store;
use crate::terms::cancelled::Cancelling;
use crate::terms::{APPLY, Channel, DECIDE, EXAMINE, ISSUE, RECEIVE, Sources};

/// Who handles the cases of one organ in the demo.
#[derive(Clone, Debug)]
pub struct Posts {
    /// The clerk: account and name.
    pub clerk: (Id<Account>, String),
    /// The examiner.
    pub examiner: (Id<Account>, String),
    /// The head who decides.
    pub approver: (Id<Account>, String),
}

/// Who applies in the demo.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// The account, if the person has one.
    pub account: Option<(Id<Account>, String)>,
    /// Name.
    pub name: String,
    /// Citizen number.
    pub number: String,
    /// Address.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// The firm for which they apply where a form asks for one: its credit code and name.
    pub firm: Option<(String, String)>,
}

/// How a case of the demo goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Submitted,
    Correction,
    Supplemented,
    Accepted,
    Late,
    Paused,
    Extension,
    Examined,
    Granted,
    Issued,
    Delivered,
    Cancelled,
    Denied,
    DeniedDelivered,
    Refused,
    Redirected,
    Withdrawn,
}

/// The courses of a hundred cases; most are finished long ago.
const COURSES: [(Course, usize); 17] = [
    (Course::Delivered, 52),
    (Course::Cancelled, 3),
    (Course::DeniedDelivered, 5),
    (Course::Issued, 3),
    (Course::Granted, 3),
    (Course::Denied, 2),
    (Course::Examined, 5),
    (Course::Accepted, 6),
    (Course::Late, 2),
    (Course::Paused, 3),
    (Course::Extension, 2),
    (Course::Submitted, 5),
    (Course::Correction, 2),
    (Course::Supplemented, 2),
    (Course::Refused, 2),
    (Course::Redirected, 1),
    (Course::Withdrawn, 2),
];

/// How many working days before today a case of this course began, at least and at most.
fn began_before(course: Course) -> (i64, i64) {
    match course {
        Course::Submitted => (0, 2),
        Course::Correction | Course::Supplemented => (2, 6),
        Course::Accepted | Course::Paused | Course::Extension => (3, 9),
        Course::Examined => (4, 9),
        Course::Granted | Course::Issued | Course::Denied => (7, 12),
        Course::Late => (18, 34),
        _ => (12, 62),
    }
}

/// A small generator of its own: the demo is the same city every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }
}

fn course_of(roll: u64) -> Course {
    let mut left = usize::try_from(roll).unwrap_or_default();
    for (course, share) in COURSES {
        if left < share {
            return course;
        }
        left -= share;
    }
    Course::Delivered
}

fn actor(account: Id<Account>, name: &str, kind: Kind, at: Moment) -> Actor {
    Actor::Person(Arc::new(Person {
        account,
        login: String::new(),
        name: name.to_owned(),
        kind,
        real_name: true,
        posts: Vec::new(),
        at,
        session: [0; 32],
        standing: access::Standing::Whole,
    }))
}

/// Makes `count` cases over `items` (codes or slugs), handled by the posts of each item's organ.
pub async fn demo(
    hall: &Arc<Hall>,
    items: &[String],
    posts: &HashMap<String, Posts>,
    applicants: &[Applicant],
    count: usize,
    now: Moment,
) -> Outcome<usize> {
    let mut known: Vec<(Item, Form)> = Vec::new();
    for code in items {
        let question = ItemInForce { code: code.clone() };
        let who = Who::clockwork();
        let answer = hall.desk.ask("approvals", "apply", &who, &question, now).await?;
        if let Some(item) = answer.value.filter(|item| posts.contains_key(&item.organ)) {
            let form = form_of(&item)?;
            known.push((item, form));
        }
    }
    if known.is_empty() || applicants.is_empty() {
        return Ok(0);
    }
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut made = 0;
    for n in 0..count {
        let pick = |dice: &mut Dice, of: usize| usize::try_from(dice.roll(of as u64)).unwrap_or(0);
        let Some((item, form)) = known.get(pick(&mut dice, known.len())) else { continue };
        let Some(applicant) = applicants.get(pick(&mut dice, applicants.len())) else { continue };
        let Some(posts) = posts.get(&item.organ) else { continue };
        let course = course_of(dice.roll(100));
        let own = item.own_limits.as_ref();
        let (course, (least, most)) = match (course, own) {
            // What is accepted at once does not lie there since yesterday.
            (Course::Submitted, Some(own)) if own.acceptance.days == 0 => (course, (0, 0)),
            // Where no rule allows an extension, the case is simply on its way.
            (Course::Extension, Some(own)) if own.extension.is_none() => {
                (Course::Accepted, began_before(course))
            }
            _ => (course, began_before(course)),
        };
        let back = least + dice.roll((most - least + 1).unsigned_abs()).cast_signed();
        let day = working_day_before(hall, now.day(), back);
        let minute = 60 * 9 + dice.roll(60 * 7).cast_signed() + if n % 9 == 0 { 1 } else { 0 };
        let mut began = day.start().plus_seconds(minute * 60);
        if began > now {
            began = now.plus_seconds(-60 * (1 + dice.roll(60).cast_signed()));
        }
        let case = Story { item, form, applicant, posts, course, began, now };
        case.write(hall, &mut dice).await?;
        made += 1;
    }
    Ok(made)
}

fn working_day_before(hall: &Hall, today: Day, back: i64) -> Day {
    hall.calendar.subtract_working_days(today, u32::try_from(back).unwrap_or_default())
}

/// One case from its filing to where its course ends.
struct Story<'a> {
    item: &'a Item,
    form: &'a Form,
    applicant: &'a Applicant,
    posts: &'a Posts,
    course: Course,
    began: Moment,
    now: Moment,
}

impl Story<'_> {
    async fn write(&self, hall: &Arc<Hall>, dice: &mut Dice) -> Outcome<()> {
        let (values, sources) = (self.entries(dice), Sources::new());
        let channel = match self.applicant.account {
            Some(_) => Channel::Online,
            None => Channel::Counter,
        };
        let applicant = self.applicant.account.as_ref().map(|(id, _)| *id);
        let filing = Filing::mint(
            hall,
            self.began,
            applicant,
            (self.item, channel),
            (&values, &sources),
            None,
        )?;
        let steps = self.steps(&filing, hall, dice);
        let ends = self.ends(&filing, hall, &steps);
        let (filer, permission, over) = match &self.applicant.account {
            Some((id, name)) => {
                let filer = actor(*id, name, Kind::Citizen, self.began);
                (filer, &APPLY, Over::Account(id.to_string()))
            }
            None => {
                let (id, name) = &self.posts.clerk;
                let filer = actor(*id, name, Kind::Staff, self.began);
                (filer, &RECEIVE, Over::Organ(self.item.organ.clone()))
            }
        };
        let city = hall.clone();
        let organ = self.item.organ.clone();
        // Who applied has read what is older than a few days.
        let known_through = self.now.plus_seconds(-4 * 24 * 3_600);
        hall.write(move |tx| {
            let filed = authorise(tx, &filer, permission, over.clone())?;
            filing.file(tx, &city, &filed)?;
            for (doer, permission, order) in &steps {
                let over = match permission.name == APPLY.name {
                    true => over.clone(),
                    false => Over::Organ(organ.clone()),
                };
                let permit = authorise(tx, doer, permission, over)?;
                let applied = flow::apply(tx, &permit, order, &city.calendar)?;
                if order.act.at() <= known_through {
                    store::mark_seen(tx, &filed, applied.case.id, applied.event.n)?;
                }
            }
            let Some((approver, act)) = &ends else { return Ok(()) };
            let entered = Cancelling {
                cause: "revoked".into(),
                rule: String::new(),
                reason:
                    "经营场所已经征收拆除，准予许可依据的客观情况发生重大变化，许可已经依法撤回"
                        .into(),
            };
            match cancel_in(tx, &city, approver, (filing.case.id, &entered), act) {
                // What was granted was no permit.
                Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Conflict => Ok(()),
                done => done,
            }
        })
        .await
    }

    /// The orders of the course, each a working day or two after the one before, none after now.
    fn steps(&self, filing: &Filing, hall: &Hall, dice: &mut Dice) -> Vec<Ordered> {
        let mut at = self.began;
        let mut steps = Vec::new();
        for (post, command) in self.commands(hall) {
            let wait = 1 + u32::try_from(dice.roll(2)).unwrap_or_default();
            let wait = if self.course == Course::Late { 1 } else { wait };
            let day = hall.calendar.add_working_days(at.day(), wait);
            at = day.start().plus_seconds(9 * 3_600 + dice.roll(7 * 3_600).cast_signed());
            if at > self.now {
                break;
            }
            let (doer, permission) = match post {
                Post::Applicant => match &self.applicant.account {
                    Some((id, name)) => (actor(*id, name, Kind::Citizen, at), &APPLY),
                    // Without an account one goes to the window, which can take in but not withdraw.
                    None if matches!(command, Command::Supplement { .. }) => {
                        (self.staff(&self.posts.clerk, at), &RECEIVE)
                    }
                    None => break,
                },
                Post::Clerk => (self.staff(&self.posts.clerk, at), &RECEIVE),
                Post::Window => (self.staff(&self.posts.clerk, at), &ISSUE),
                Post::Examiner => (self.staff(&self.posts.examiner, at), &EXAMINE),
                Post::Approver => (self.staff(&self.posts.approver, at), &DECIDE),
            };
            let order = Order::new(at, "approvals", filing.case.id, command);
            steps.push((doer, permission, order));
        }
        steps
    }

    /// Who cancels the permit, and the act, where the course ends so and its time has come.
    fn ends(&self, filing: &Filing, hall: &Hall, steps: &[Ordered]) -> Option<(Actor, Act)> {
        let (.., last) = steps.last().filter(|_| self.course == Course::Cancelled)?;
        let day = hall.calendar.add_working_days(last.act.at().day(), 3);
        let at = day.start().plus_seconds(10 * 3_600);
        let act = cancelling(at, filing.case.id);
        (at <= self.now).then(|| (self.staff(&self.posts.approver, at), act))
    }

    fn staff(&self, (id, name): &(Id<Account>, String), at: Moment) -> Actor {
        actor(*id, name, Kind::Staff, at)
    }

    fn commands(&self, hall: &Hall) -> Vec<(Post, Command)> {
        let accept = (Post::Clerk, Command::Accept);
        let examine = |finding, opinion: &str| {
            let opinion = opinion.to_owned();
            (Post::Examiner, Command::Examine { finding, opinion, inspectors: Vec::new() })
        };
        let approve = examine(Finding::Approve, "材料齐全，符合法定条件，建议准予。");
        let decline = examine(Finding::Decline, "经营场所不符合规定条件，建议不予许可。");
        let remedy = || {
            Some(Remedy {
                reconsideration: format!("{}人民政府", hall.city.name),
                court: "有管辖权的人民法院".into(),
            })
        };
        let decide = |verdict, reason: &str, article: &str| {
            let ground = format!("《中华人民共和国行政许可法》{article}");
            let remedy = (verdict == Verdict::Deny).then(remedy).flatten();
            (Post::Approver, Command::Decide { verdict, reason: reason.to_owned(), ground, remedy })
        };
        let grant = decide(Verdict::Grant, "符合法定条件、标准", "第三十八条第一款");
        let deny = decide(Verdict::Deny, "经营场所不符合规定条件", "第三十八条第二款");
        let issue = Command::Issue {
            certificate_name: self.item.result_name.clone(),
            certificate_no: format!("演示〔2026〕{:05}号", self.began.millis() / 60_000 % 100_000),
            valid_until: None,
        };
        let deliver = || {
            (Post::Window, Command::Deliver { manner: Manner::Counter, receipt: "本人签收".into() })
        };
        let correct = Command::Correct {
            items: vec![
                "场所平面图没有标明尺寸，请补画".into(),
                "身份证明复印件不清楚，请重新提交".into(),
            ],
            reply_by: None,
        };
        let refuse = |because, reason: &str| Command::Refuse {
            because,
            reason: reason.to_owned(),
            ground: "《中华人民共和国行政许可法》第三十二条".into(),
            remedy: remedy(),
            other_organ: (because == RefusalGround::NotOurs)
                .then(|| "经营场所所在区的主管部门".to_owned()),
        };
        let withdraw = Command::Withdraw { reason: "改变了开店的打算".into() };
        match self.course {
            Course::Submitted => vec![],
            Course::Correction => vec![(Post::Clerk, correct)],
            Course::Supplemented => vec![
                (Post::Clerk, correct),
                (Post::Applicant, Command::Supplement { note: "已经按要求补画、重新提交".into() }),
            ],
            Course::Accepted | Course::Late => vec![accept],
            Course::Paused => vec![accept, (Post::Examiner, self.pause(hall))],
            Course::Extension => vec![
                accept,
                (Post::Examiner, Command::RequestExtension { reason: "需要向外地核实材料".into() }),
            ],
            Course::Examined => vec![accept, approve],
            Course::Granted => vec![accept, approve, grant],
            Course::Issued => vec![accept, approve, grant, (Post::Window, issue)],
            Course::Delivered | Course::Cancelled => {
                vec![accept, approve, grant, (Post::Window, issue), deliver()]
            }
            Course::Denied => vec![accept, decline, deny],
            Course::DeniedDelivered => vec![accept, decline, deny, deliver()],
            Course::Refused => vec![
                (Post::Clerk, correct),
                (Post::Applicant, Command::Supplement { note: "补交了一部分".into() }),
                (Post::Clerk, refuse(RefusalGround::Incomplete, "补正后仍缺少场所使用证明")),
            ],
            Course::Redirected => {
                vec![(Post::Clerk, refuse(RefusalGround::NotOurs, "这件事由区级主管部门办理"))]
            }
            Course::Withdrawn => vec![accept, (Post::Applicant, withdraw)],
        }
    }

    fn pause(&self, hall: &Hall) -> Command {
        Command::Pause {
            kind: "inspection".into(),
            ground: "需要对设施设备进行检验（行政许可法第四十五条）".into(),
            expected_end: hall.calendar.add_working_days(self.now.day(), 8),
        }
    }

    /// Plausible entries for every question of the form.
    fn entries(&self, dice: &mut Dice) -> Value {
        let mut values = Map::new();
        for field in self.form.fields() {
            let value = match field.name.as_str() {
                "applicant_name" => json!(self.applicant.name),
                "applicant_number" => json!(self.applicant.number),
                "applicant_address" => json!(self.applicant.address),
                "applicant_phone" => json!(self.applicant.phone),
                FIRM_CODE => json!(self.applicant.firm.as_ref().map(|(code, _)| code)),
                FIRM_NAME => json!(self.applicant.firm.as_ref().map(|(_, name)| name)),
                _ => entry(field, dice),
            };
            if !value.is_null() {
                values.insert(field.name.clone(), value);
            }
        }
        Value::Object(values)
    }
}

type Ordered = (Actor, &'static access::Permission, Order);

#[derive(Clone, Copy)]
enum Post {
    Applicant,
    Clerk,
    Window,
    Examiner,
    Approver,
}

fn entry(field: &FormField, dice: &mut Dice) -> Value {
    match &field.kind {
        FieldKind::Text | FieldKind::Area => json!(format!("{}（演示）", field.short)),
        FieldKind::Whole => json!(1 + dice.roll(40)),
        FieldKind::Decimal => json!(20 + dice.roll(200)),
        FieldKind::YesNo => json!(dice.roll(2) == 0),
        FieldKind::Confirm => json!(true),
        FieldKind::One(of) => of.first().map_or(Value::Null, |choice| json!(choice.value)),
        FieldKind::Many(of) => json!(of.iter().take(1).map(|c| &c.value).collect::<Vec<_>>()),
        FieldKind::Day => json!("2026-12-01"),
        FieldKind::Phone => json!("13800000000"),
        FieldKind::PersonName => json!("演示人"),
        FieldKind::Email => json!("demo@example.com"),
        FieldKind::CitizenNumber | FieldKind::CreditCode => Value::Null,
    }
}
