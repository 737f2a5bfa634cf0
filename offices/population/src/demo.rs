//! Its part of the demonstration city: synthetic residents, the same every time.

mod chance;
mod people;

use std::sync::Arc;

use base::{Fault, Outcome, PersonName, Phone, Refusal};
use frame::Hall;
use register::{By, Lines, Reading, Report, Source};

use crate::terms::{Ethnicity, Life, RESIDENTS, Resident};

pub use people::residents;

/// Citizen number of the person behind the demonstration's account `citizen`. Invented: no such
/// number was issued that we know of; the check digit is right.
pub const DEMO_CITIZEN_NUMBER: &str = "420704199003072468";
/// Name of that person.
pub const DEMO_CITIZEN_NAME: &str = "陈晓敏";
/// Phone of that person; the range 154 is given to nobody.
pub const DEMO_CITIZEN_PHONE: &str = "15400000001";
/// Where that person lives.
pub const DEMO_CITIZEN_ADDRESS: &str = "湖北省鄂州市鄂城区凤凰街道滨湖南路12号3栋2单元502室";

/// Citizen number of the person behind the account `agent`, who acts for `citizen` by a written mandate: invented
/// as well.
pub const DEMO_AGENT_NUMBER: &str = "420704198805192459";
/// Name of that person.
pub const DEMO_AGENT_NAME: &str = "陈立新";
/// Phone of that person.
pub const DEMO_AGENT_PHONE: &str = "15400000002";
/// Where that person lives.
const DEMO_AGENT_ADDRESS: &str = "湖北省鄂州市华容区华容镇楚藩大道9号1栋301室";

/// The seed of the demonstration's residents.
const SEED: u64 = 420_700;
/// No demonstration makes more.
const RESIDENTS_MAX: u32 = 2_000_000;

/// Enters so many synthetic residents, the first of them the person of the account `citizen`, the last the one of
/// the account `agent`. The second time nothing changes.
pub async fn demo(hall: &Arc<Hall>, residents: u32) -> Outcome<Report> {
    let count = residents.clamp(2, RESIDENTS_MAX);
    let made = tokio::task::spawn_blocking(move || people_of_the_demo(count));
    let people = Arc::new(made.await.map_err(Fault::from)??);
    let name = "合成居民（演示）".to_owned();
    let digest = seal::sm3(&[b"demo", &SEED.to_be_bytes(), &count.to_be_bytes()]);
    let lines = people.len();
    let open = move || Ok(Box::new(People { people: people.clone(), at: 0 }) as Box<dyn Reading>);
    let source = Source { kind: "demo", name, digest, lines, open: Arc::new(open) };
    frame::loads::bring_in_from(hall, &RESIDENTS, By::CommandLine, source).await
}

/// The people of the demonstration, one after another.
struct People {
    people: Arc<Vec<Resident>>,
    at: usize,
}

impl Reading for People {
    fn next(&mut self, upto: usize) -> Result<Option<Lines>, Refusal> {
        let some = self.people.iter().zip(1u64..).skip(self.at).take(upto);
        let entries: Vec<_> = some.map(|(one, line)| one.clone().entry(line)).collect();
        self.at += entries.len();
        Ok((!entries.is_empty()).then_some(Lines { entries, ..Lines::default() }))
    }
}

fn people_of_the_demo(count: u32) -> Outcome<Vec<Resident>> {
    let mut people = vec![citizen()?];
    people.extend(residents(SEED, count.saturating_sub(2))?);
    people.push(agent()?);
    Ok(people)
}

/// The person of the account `citizen`.
pub fn citizen() -> Outcome<Resident> {
    let wrong = |what: &str| Fault::said(format!("the demo citizen's {what} is none"));
    Ok(Resident {
        number: DEMO_CITIZEN_NUMBER.parse().map_err(|_| wrong("number"))?,
        name: PersonName::parse(DEMO_CITIZEN_NAME).map_err(|_| wrong("name"))?,
        ethnicity: Ethnicity::parse("汉族").ok_or_else(|| wrong("ethnicity"))?,
        address: DEMO_CITIZEN_ADDRESS.to_owned(),
        phone: Some(Phone::parse(DEMO_CITIZEN_PHONE).map_err(|_| wrong("phone"))?),
        life: Life::Unsaid,
    })
}

/// The person of the account `agent`.
fn agent() -> Outcome<Resident> {
    let wrong = |what: &str| Fault::said(format!("the demo agent's {what} is none"));
    Ok(Resident {
        number: DEMO_AGENT_NUMBER.parse().map_err(|_| wrong("number"))?,
        name: PersonName::parse(DEMO_AGENT_NAME).map_err(|_| wrong("name"))?,
        ethnicity: Ethnicity::parse("汉族").ok_or_else(|| wrong("ethnicity"))?,
        address: DEMO_AGENT_ADDRESS.to_owned(),
        phone: Some(Phone::parse(DEMO_AGENT_PHONE).map_err(|_| wrong("phone"))?),
        life: Life::Unsaid,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use base::{Day, Sex};

    use super::*;
    use crate::rules::{Entered, check};

    #[test]
    fn the_citizen_of_the_demo_is_a_woman_of_ezhou_born_in_1990() {
        let citizen = citizen().expect("a citizen");
        assert_eq!(citizen.number.sex(), Sex::Female);
        assert_eq!(Some(citizen.number.birth()), Day::new(1990, 3, 7));
    }

    #[test]
    fn synthetic_residents_pass_the_rules_of_an_import_and_no_number_comes_twice() {
        let today = Day::new(2026, 6, 1).expect("a day");
        let people = people_of_the_demo(3_000).expect("people");
        let mut numbers = HashSet::new();
        for (resident, line) in people.iter().zip(1..) {
            let birth = resident.number.birth().to_string();
            let entered = Entered {
                number: resident.number.as_str(),
                name: resident.name.as_str(),
                sex: resident.number.sex().chinese(),
                birth: &birth,
                ethnicity: resident.ethnicity.name(),
                address: &resident.address,
                phone: resident.phone.as_ref().map_or("", Phone::as_str),
                died: None,
            };
            assert_eq!(check(line, &entered, today).as_ref(), Ok(resident));
            assert!(numbers.insert(resident.number));
        }
        assert_eq!(people.len(), 3_000);
    }

    #[test]
    fn the_same_seed_makes_the_same_people_and_more_of_them_begin_alike() {
        let few = residents(7, 50).expect("people");
        let more = residents(7, 80).expect("people");
        assert_eq!(few.as_slice(), more.get(..50).expect("fifty"));
        assert_ne!(few, residents(8, 50).expect("people"));
    }

    #[test]
    fn every_street_has_residents_and_both_sexes_are_about_equal() {
        let people = residents(SEED, 5_000).expect("people");
        for street in &crate::terms::words().expect("words").streets {
            assert!(people.iter().any(|one| one.address.contains(&street.name)), "{}", street.name);
        }
        let women = people.iter().filter(|one| one.number.sex() == Sex::Female).count();
        assert!((2_200..2_800).contains(&women), "{women}");
    }
}
