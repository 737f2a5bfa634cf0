//! Its part of the demonstration city: twenty items of city departments.

use base::Outcome;
use frame::Hall;

use crate::acts::{self, By, Taken};
use crate::terms::shipped;

/// Publishes the shipped items, whose organs must stand already. Says how many were new; the second
/// time none is.
pub async fn demo(hall: &Hall) -> Outcome<usize> {
    let mut new = 0;
    for brought in shipped::brought()? {
        let taken = acts::take_in(hall, &By::Demonstration, brought).await?;
        new += usize::from(matches!(taken, Taken::Published { .. }));
    }
    Ok(new)
}

/// The shipped items: slug and responsible organ.
pub fn items() -> Outcome<Vec<(String, String)>> {
    let items = &shipped::library()?.items;
    Ok(items.iter().map(|item| (item.slug.clone(), item.organ.clone())).collect())
}

/// The organs that the shipped items name: id, full name and three digits, each once. The demonstration
/// enters them with all organs of the city; who builds a smaller one enters these.
pub fn organs() -> Outcome<Vec<(String, String, String)>> {
    let items = shipped::library()?.items.iter();
    let mut organs: Vec<_> = items
        .map(|item| (item.organ.clone(), item.organ_name().into(), item.organ_code().into()))
        .collect();
    organs.sort_unstable();
    organs.dedup();
    Ok(organs)
}
