//! Its part of the demonstration city: some forty resources of the city's organs, and rows of six that are open.

mod tables;

use access::Actor;
use base::{Fault, Outcome};
use frame::Hall;

use crate::acts::import::{self, Taken};
use crate::acts::sets::{self, By};
use crate::store as rows;
use crate::terms::Extent;

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
    for table in tables::TABLES {
        let key = hall
            .store
            .read(|r| Ok(rows::head_by_name(r, table.provider, table.name)?.map(|head| head.key)))
            .await?;
        // A city that was filled already keeps what its departments have brought since.
        if let Some(key) = key
            && !has_rows(hall, &key).await?
        {
            sets::bring(hall, &key, table.source(), Extent::Whole, (By::Part, "")).await?;
        }
    }
    Ok(new)
}

async fn has_rows(hall: &Hall, key: &str) -> Outcome<bool> {
    let key = key.to_owned();
    hall.store.read(move |r| Ok(rows::dataset(r, &key)?.is_some())).await
}
