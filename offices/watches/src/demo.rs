//! Its part of the demonstration city: two lists of a department, a watch over each, and what they have found since people
//! died; a watch over permits, and what it has found since firms ended; one over the register of residents itself. Some of it
//! is decided, some on the way, some open.

use std::fmt::Write;
use std::sync::Arc;

use access::Actor;
use approvals_contract::{FIRMS_MAX, HoldersAmong, PermitsOf};
use base::{Day, Id, Outcome};
use frame::Hall;
use ledger::Who;

use crate::acts::{self, Brought, Step};
use crate::store as rows;
use crate::terms::{Deed, Extent, FIND, Hit, Kind, OFFICE, PayList, Rule};

/// Somebody of the demonstration who is paid something.
#[derive(Clone, Debug)]
pub struct Person {
    /// Citizen number.
    pub number: String,
    /// Name.
    pub name: String,
}

/// A list, what is paid by it, and the watch over it.
struct Guarded {
    list: &'static str,
    pays: &'static str,
    watch: &'static str,
    ground: &'static str,
    /// Whose name, by the place on the list, somebody has misheard.
    misheard: Option<usize>,
}

const GUARDED: [Guarded; 2] = [
    Guarded {
        list: "高龄津贴",
        pays: "高龄津贴（每月 100 元）",
        watch: "去世人员领取高龄津贴",
        ground: "《中华人民共和国老年人权益保障法》第三十三条",
        misheard: None,
    },
    Guarded {
        list: "残疾人两项补贴",
        pays: "困难残疾人生活补贴",
        watch: "去世人员领取残疾人补贴",
        ground: "《国务院关于全面建立困难残疾人生活补贴和重度残疾人护理补贴制度的意见》（国发〔2015〕52号）",
        misheard: Some(5),
    },
];
/// What somebody did of the first hits.
const STEPS: [fn() -> Step; 3] = [
    || Step::Confirm {
        deed: Some(Deed::Recovered),
        words: "已与家属核实，下月起停发，多发的一个月 100 元家属同意退回".into(),
    },
    || Step::NotSo("户口簿和本人照片核对一致，本人健在，已请登记机关更正".into()),
    || Step::Take,
];

/// Brings the lists in, in the name of a department's official, and lets somebody set the watches up. A city that has
/// watches keeps them as they are. Says whether anything is new.
pub async fn begin(
    hall: &Arc<Hall>,
    (keeper, department): (&Actor, &Actor),
    people: &[Person],
) -> Outcome<bool> {
    if !hall.store.read(rows::watches).await?.is_empty() {
        return Ok(false);
    }
    let since = hall.now().day().plus(-400);
    for (place, one) in GUARDED.iter().enumerate() {
        // Everybody is on the first list, every third on the second too.
        let paid = people.iter().enumerate().filter(|(at, _)| place == 0 || at % 3 == 0);
        let bytes = file(one, paid.map(|(_, person)| person), since);
        let brought = Brought {
            list: one.list.into(),
            extent: Extent::Whole,
            name: format!("{}发放名单.csv", one.list),
            bytes,
        };
        let load = acts::bring(hall, department, brought).await?;
        let rule = Rule {
            name: one.watch.into(),
            kind: Kind::DiedOnList,
            list: hall.store.read(move |r| list_of(r, load)).await?,
            organ: None,
            ground: one.ground.into(),
            days: 10,
        };
        acts::make(hall, keeper, rule, "防止去世以后继续发放").await?;
    }
    let names = Rule {
        name: "一个号码登记了两个姓名".into(),
        kind: Kind::TwoNames,
        list: None,
        organ: None,
        ground: "《中华人民共和国居民身份证法》第三条".into(),
        days: 15,
    };
    acts::make(hall, keeper, names, "防止冒用他人号码领取").await?;
    Ok(true)
}

fn list_of(
    reader: &store::Reader<'_>,
    load: Id<crate::terms::Load>,
) -> Outcome<Option<Id<PayList>>> {
    Ok(rows::load(reader, load)?.map(|load| load.list))
}

/// The file as a department would write it. One line of it is wrong, as there always is one.
fn file<'p>(one: &Guarded, people: impl Iterator<Item = &'p Person>, since: Day) -> Vec<u8> {
    let mut text = format!("{}\n", crate::rules::HEADINGS.join(","));
    for (at, person) in people.enumerate() {
        // Writing into a text never fails.
        let _ = match person.name.chars().next() {
            Some(family) if one.misheard == Some(at) => {
                writeln!(text, "{},{family}小芳,{},{since},", person.number, one.pays)
            }
            _ => writeln!(text, "{},{},{},{since},", person.number, person.name, one.pays),
        };
    }
    let _ = writeln!(text, "42070419500101001,周国平,{},{since},", one.pays);
    text.into_bytes()
}

/// Lets somebody set up the watch over permits of firms that have ended. Says whether it is new.
pub async fn begin_firms(hall: &Arc<Hall>, keeper: &Actor) -> Outcome<bool> {
    let watches = hall.store.read(rows::watches).await?;
    if watches.iter().any(|watch| watch.rule.kind == Kind::EndedFirm) {
        return Ok(false);
    }
    let rule = Rule {
        name: "吊销、注销的单位持有许可".into(),
        kind: Kind::EndedFirm,
        list: None,
        organ: None,
        ground: "《中华人民共和国行政许可法》第七十条第三项".into(),
        days: 10,
    };
    acts::make(hall, keeper, rule, "终止的单位应当及时注销许可").await?;
    Ok(true)
}

/// Lets somebody set up the watch over numbers under which another person was registered, which an organ verifies: what the
/// demonstration itself has entered no organ brought. Says whether it is new.
pub async fn begin_people(hall: &Arc<Hall>, keeper: &Actor, organ: &str) -> Outcome<bool> {
    let watches = hall.store.read(rows::watches).await?;
    if watches.iter().any(|watch| watch.rule.kind == Kind::TwoPeople) {
        return Ok(false);
    }
    let rule = Rule {
        name: "一个号码登记了两个人".into(),
        kind: Kind::TwoPeople,
        list: None,
        organ: Some(organ.into()),
        ground: "《中华人民共和国居民身份证法》第三条".into(),
        days: 10,
    };
    acts::make(hall, keeper, rule, "公民身份号码是每个公民唯一的、终身不变的").await?;
    Ok(true)
}

/// Which of these firms hold a permit, and of which organ.
pub async fn holders(hall: &Arc<Hall>, firms: Vec<String>) -> Outcome<Vec<(String, String)>> {
    let (who, now, mut found) = (Who::clockwork(), hall.now(), Vec::new());
    for some in firms.chunks(FIRMS_MAX) {
        let question = HoldersAmong { firms: some.to_vec(), on: None };
        let answer = hall.desk.ask(OFFICE, FIND, &who, &question, now).await?.value;
        for one in answer.and_then(|answer| answer.held).unwrap_or_default() {
            let question = PermitsOf::now(one.firm.as_str());
            let permits = hall.desk.ask(OFFICE, FIND, &who, &question, now).await?.value;
            let permits = permits.and_then(|page| page.permits).unwrap_or_default();
            found.extend(permits.into_iter().next().map(|permit| (one.firm, permit.organ)));
        }
    }
    Ok(found)
}

/// Decides some of what was found on lists, once the clockwork has let it be found; the rest waits.
pub async fn go_on(hall: &Arc<Hall>, department: &Actor) -> Outcome<()> {
    let found = open(hall, None).await?;
    let deaths = found.iter().filter(|hit| hit.kind == Kind::DiedOnList);
    // One more than is decided stays open.
    for (hit, step) in deaths.skip(1).zip(STEPS) {
        acts::handle_as(hall, department, &hit.no, &step()).await?;
    }
    Ok(())
}

/// Decides one of what was found of permits that an organ has issued; the rest waits.
pub async fn go_on_firms(hall: &Arc<Hall>, steward: &Actor, organ: &str) -> Outcome<()> {
    let found = open(hall, Some(organ.to_owned())).await?;
    let mut firms = found.iter().filter(|hit| hit.kind == Kind::EndedFirm);
    let (Some(hit), Some(_)) = (firms.next(), firms.next()) else { return Ok(()) };
    let words = "单位已经注销登记，许可证收回，注销决定已经公告".to_owned();
    let step = Step::Confirm { deed: Some(Deed::Cancelled), words };
    acts::handle_as(hall, steward, &hit.no, &step).await
}

async fn open(hall: &Hall, organ: Option<String>) -> Outcome<Vec<Hit>> {
    let organs = organ.map_or(flow::Organs::City, |organ| flow::Organs::These(vec![organ]));
    let scope = flow::Scope { office: Some(OFFICE.into()), organs, ..flow::Scope::city() };
    hall.store
        .read(move |r| {
            let queue = flow::queue(r, &scope, None, 50)?;
            let ids: Vec<flow::CaseId> = queue.rows.iter().map(|case| case.id).collect();
            rows::hits_by_ids(r, &ids)
        })
        .await
}
