//! What is watched in the demo: who is paid by the lists of a department, and which firms hold permits though they have
//! ended, under whose number somebody else was registered.

use std::sync::Arc;

use base::{Fault, Outcome};
use frame::Hall;

use super::{APPLICANTS_SEED, person};

/// So many of the living stand on the lists of a department, and so many of the dead at most.
const LISTED: u32 = 60;
const DEAD_LISTED: usize = 12;
/// The organ whose steward verifies what is found of permits.
const REGULATOR: &str = "ezhou-scj";
/// The organ whose steward verifies whose a number is.
const POLICE: &str = "ezhou-gaj";
/// So many firms with permits of that organ end, and so many with permits of others.
const ENDING: usize = 3;
const ENDING_ELSEWHERE: usize = 1;

/// Who is paid by the lists of a department: some who live and stay as they are, and those of whom the register says that
/// they died since.
pub(super) async fn lists(hall: &Arc<Hall>, residents: u32) -> Outcome<()> {
    let (keeper, department) =
        (person(hall, "datamanager").await?, person(hall, "datasteward2").await?);
    let today = hall.now().day();
    let listed = move || -> Outcome<Vec<watches::demo::Person>> {
        let mut people = population::demo::dead(residents, today, DEAD_LISTED)?;
        people.extend(population::demo::adults(APPLICANTS_SEED, LISTED)?);
        let listed = |one: population::terms::Resident| watches::demo::Person {
            number: one.number.as_str().to_owned(),
            name: one.name.as_str().to_owned(),
        };
        Ok(people.into_iter().map(listed).collect())
    };
    let people = tokio::task::spawn_blocking(listed).await.map_err(Fault::from)??;
    if watches::demo::begin(hall, (&keeper, &department), &people).await? {
        frame::clockwork::settle(hall).await?;
        watches::demo::go_on(hall, &department).await?;
    }
    Ok(())
}

/// Who was registered under the number of somebody else is what the police verifies.
pub(super) async fn people(hall: &Arc<Hall>) -> Outcome<()> {
    let keeper = person(hall, "datamanager").await?;
    if watches::demo::begin_people(hall, &keeper, POLICE).await? {
        frame::clockwork::settle(hall).await?;
    }
    Ok(())
}

/// Some firms that were permitted something are cancelled in their register since.
pub(super) async fn firms(hall: &Arc<Hall>, of: (u32, u32)) -> Outcome<()> {
    let (keeper, steward) =
        (person(hall, "datamanager").await?, person(hall, "datasteward3").await?);
    if !watches::demo::begin_firms(hall, &keeper).await? {
        return Ok(());
    }
    let running = entities::demo::running(of.0, of.1)?.into_iter().map(|(code, _)| code).collect();
    let holders = watches::demo::holders(hall, running).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        holders.into_iter().partition(|(_, organ)| organ == REGULATOR);
    let ending = own.into_iter().take(ENDING).chain(others.into_iter().take(ENDING_ELSEWHERE));
    let ending: Vec<String> = ending.map(|(code, _)| code).collect();
    let yesterday = hall.now().day().plus(-1);
    entities::demo::cancel(hall, of, &ending, yesterday).await?;
    frame::clockwork::settle(hall).await?;
    watches::demo::go_on_firms(hall, &steward, REGULATOR).await
}
