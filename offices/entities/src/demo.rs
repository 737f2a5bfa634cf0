//! Its part of the demonstration city: synthetic firms of its synthetic people, the same every time.

use std::sync::Arc;

use base::{CreditCode, Day, Fault, Outcome};
use frame::Hall;
use register::{By, Report, Source};
use synth::{City, Firm, FirmStatus};

use crate::terms::{ENTITIES, Entity, Status};

/// The seed of the demonstration's people, whose firms these are.
const SEED: u64 = 420_700;

/// Enters so many firms of a city of so many people; then some of them once more, as another place has registered them. The
/// second time nothing changes.
pub async fn demo(hall: &Arc<Hall>, residents: u32, firms: u32) -> Outcome<Report> {
    let made = tokio::task::spawn_blocking(move || entities(residents, firms));
    let entities = Arc::new(made.await.map_err(Fault::from)??);
    let name = "合成法人（演示）".to_owned();
    let numbers = [residents.to_be_bytes(), firms.to_be_bytes()].concat();
    let digest = seal::sm3(&[b"demo entities", &SEED.to_be_bytes(), &numbers]);
    let (lines, known) = (entities.len(), entities.clone());
    let source = Source::made((name, digest, lines), move || {
        let entities = entities.clone();
        let one = move |at: usize| Some(entities.get(at)?.clone().entry(at as u64 + 1, Vec::new()));
        Ok((0..lines).filter_map(one))
    });
    let report = frame::loads::bring_in_from(hall, &ENTITIES, By::CommandLine, source).await?;
    let again: Arc<Vec<Entity>> = Arc::new(twice(&known));
    let (name, lines) = ("外地市场主体登记（演示）".to_owned(), again.len());
    let digest = seal::sm3(&[b"demo entities twice", &SEED.to_be_bytes(), &numbers]);
    let before = hall.store.read(move |r| register::load_of(r, ENTITIES.name, digest)).await?;
    if lines > 0 && before.is_none() {
        let source = Source::made((name, digest, lines), move || {
            let again = again.clone();
            let one =
                move |at: usize| Some(again.get(at)?.clone().entry(at as u64 + 1, Vec::new()));
            Ok((0..lines).filter_map(one))
        });
        frame::loads::bring_in_from(hall, &ENTITIES, By::CommandLine, source).await?;
    }
    Ok(report)
}

/// So many firms of the demonstration apply for something at most.
const APPLYING_MAX: u32 = 300;

/// The first of the firms that go on, by code and name: who applies for something.
pub fn running(residents: u32, firms: u32) -> Outcome<Vec<(String, String)>> {
    let known = entities(residents, firms.min(APPLYING_MAX))?.into_iter();
    let running = known.filter(|one| one.status == Status::Active);
    Ok(running.map(|one| (one.code.to_string(), one.name)).collect())
}

/// Enters that these firms were cancelled on a day.
pub async fn cancel(
    hall: &Arc<Hall>,
    (residents, firms): (u32, u32),
    codes: &[String],
    day: Day,
) -> Outcome<()> {
    let mut ended = entities(residents, firms.min(APPLYING_MAX))?;
    ended.retain(|one| codes.iter().any(|code| *code == one.code.as_str()));
    for one in &mut ended {
        (one.status, one.ended, one.approved) = (Status::Cancelled, Some(day), Some(day));
    }
    let (ended, name) = (Arc::new(ended), "注销登记（演示）".to_owned());
    let digest = seal::sm3(&[b"demo entities cancelled", codes.join(" ").as_bytes()]);
    let lines = ended.len();
    let source = Source::made((name, digest, lines), move || {
        let ended = ended.clone();
        let one = move |at: usize| Some(ended.get(at)?.clone().entry(at as u64 + 1, Vec::new()));
        Ok((0..lines).filter_map(one))
    });
    frame::loads::bring_in_from(hall, &ENTITIES, By::CommandLine, source).await.map(|_| ())
}

/// One firm in so many stands in the register twice, in a city that has as many.
const ONE_IN: usize = 40;

/// The second registrations: another place's, under a code of its own, with another way to write the name; of one in two it
/// kept neither the address here nor the number of who represents it.
fn twice(entities: &[Entity]) -> Vec<Entity> {
    let chosen = entities.iter().skip(ONE_IN - 1).step_by(ONE_IN).filter(|one| one.ended.is_none());
    let again = chosen.enumerate().filter_map(|(turn, one)| {
        let (head, tail) = (one.code.as_str().get(..8)?, one.code.as_str().get(10..17)?);
        let mut codes = CODE_LETTERS.chars().map(|check| format!("{head}QX{tail}{check}"));
        let code = codes.find_map(|code| CreditCode::parse(&code).ok())?;
        let name = match one.name.contains("有限责任公司") {
            true => one.name.replace("有限责任公司", "有限公司"),
            false => one.name.replace("有限公司", "有限责任公司"),
        };
        let mut again = Entity { code, name, ..one.clone() };
        if turn % 2 == 1 {
            again.number = None;
            "湖北省武汉市武昌区中山路8号".clone_into(&mut again.address);
        }
        Some(again)
    });
    again.collect()
}

/// What the last character of a code may be (GB 32100).
const CODE_LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

fn entities(residents: u32, firms: u32) -> Outcome<Vec<Entity>> {
    let city = City::new(SEED, residents)?;
    let firms = city.firms(firms)?;
    Ok(firms.iter().filter_map(|firm| entity(&city, firm)).collect())
}

/// Who registers what: enterprises and shops the market regulator, others the civil affairs and the staffing office.
const REGISTRARS: [(&str, &str); 3] = [
    ("9", "鄂州市市场监督管理局"),
    ("5", "鄂州市民政局"),
    ("1", "中共鄂州市委机构编制委员会办公室"),
];

fn entity(city: &City, firm: Firm) -> Option<Entity> {
    let representative = city.resident(firm.representative)?;
    let (status, ended) = match firm.status {
        FirmStatus::Active => (Status::Active, None),
        FirmStatus::Revoked(day) => (Status::Revoked, Some(day)),
        FirmStatus::Cancelled(day) => (Status::Cancelled, Some(day)),
    };
    let registrar = REGISTRARS.iter().find(|(begins, _)| firm.code.kind().starts_with(begins));
    Some(Entity {
        code: firm.code,
        name: firm.name,
        kind: firm.kind.to_owned(),
        status,
        representative: representative.name,
        number: Some(representative.number),
        capital: (firm.capital > 0).then(|| firm.capital.to_string()),
        founded: firm.founded,
        ended,
        organ: registrar.map_or("鄂州市人民政府", |(_, organ)| organ).to_owned(),
        address: firm.address.to_string(),
        industry: Some(firm.industry.to_owned()),
        scope: format!("{}（演示）", firm.industry_name),
        approved: Some(ended.unwrap_or(firm.founded)),
    })
}

#[cfg(test)]
mod tests {
    use register::Body;
    use testkit::odds::odds;

    use super::*;
    use crate::terms::LINKED;

    /// Firms and those of them that stand there twice. The floors lie a little below what was measured.
    #[test]
    fn the_odds_of_firms_hold_against_the_truth_of_a_city() {
        let known = entities(20_000, 4_000).expect("firms");
        // What a code keeps when another place gives it anew.
        let kept = |one: &Entity| {
            let code = one.code.as_str();
            format!("{}{}", &code[..8], &code[10..17])
        };
        let place = |one: &Entity| known.iter().position(|known| kept(known) == kept(one));
        let again: Vec<(u64, Body)> = twice(&known)
            .into_iter()
            .map(|one| (place(&one).expect("a firm") as u64, one.entry(0, Vec::new()).body))
            .collect();
        let mut entries: Vec<(u64, Body)> = (0u64..)
            .zip(known.iter().cloned())
            .map(|(no, one)| (no, one.entry(0, Vec::new()).body))
            .collect();
        entries.extend(again);
        let odds = odds(&LINKED, &entries);
        assert_eq!(odds.right, 77);
        assert!(odds.precision() >= 0.98, "measured 1: {odds:?}");
        assert!(odds.recall() >= 0.82, "measured 0.84: {odds:?}");
        assert!(odds.found() >= 0.98, "the rest is shown to a person, measured 1: {odds:?}");
        assert!(odds.asked <= 50, "no more than need be, measured 44: {odds:?}");
    }
}
