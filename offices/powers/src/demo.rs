//! Its part of the demonstration city: twenty items of city departments.

use base::Outcome;
use frame::Hall;

use crate::acts::{self, Taken};
use crate::terms::shipped;

/// Publishes the shipped items. Says how many were new; the second time none is.
pub async fn demo(hall: &Hall) -> Outcome<usize> {
    let mut items = Vec::new();
    for item in &shipped::library()?.items {
        items.push((item.clone(), shipped::form(&item.slug)?));
    }
    let taken = acts::take_in(hall, None, items).await?;
    Ok(taken.iter().filter(|one| **one == Taken::Published).count())
}

/// The shipped items: slug and responsible organ.
pub fn items() -> Outcome<Vec<(String, String)>> {
    let items = &shipped::library()?.items;
    Ok(items.iter().map(|item| (item.slug.clone(), item.organ.clone())).collect())
}
