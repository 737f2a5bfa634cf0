//! Its part of the demonstration city: some forty resources of the city's organs.

use access::Actor;
use base::{Fault, Outcome};
use frame::Hall;

use crate::acts::import::{self, Taken};

/// What the demonstration brings.
const DEMO: &str = include_str!("../data/demo.json");

/// Publishes the resources of the demonstration, whose organs must stand already. Says how many were new; the second time
/// none is.
pub async fn demo(hall: &Hall, editor: &Actor, reviewer: &Actor) -> Outcome<usize> {
    let file = import::read_file(DEMO)?.map_err(Fault::said)?;
    let mut new = 0;
    for resource in file.resources {
        let taken = import::take_in(hall, (editor, reviewer), resource).await?;
        new += usize::from(matches!(taken, Taken::Published { .. }));
    }
    Ok(new)
}
