//! The portal's part of the demo city: a dozen articles.

use access::Actor;
use base::{Fault, Outcome};
use frame::Hall;
use serde::Deserialize;

use crate::rules::manuscript::Manuscript;
use crate::rules::{citation, draft};
use crate::{acts, store};

const ARTICLES: &str = include_str!("../data/demo-articles.json");

#[derive(Deserialize)]
struct File {
    articles: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    column: String,
    title: String,
    organ: String,
    published_days_ago: i64,
    basis: String,
    body: String,
}

/// Publishes the demo's articles, drafted by `editor` and reviewed by `reviewer`. An article whose
/// title stands in its column is left alone.
pub async fn demo(hall: &Hall, editor: &Actor, reviewer: &Actor) -> Outcome<()> {
    let file: File = serde_json::from_str(ARTICLES)
        .map_err(|error| Fault::while_doing("reading the demo's articles", error))?;
    for article in file.articles {
        let (column, title, organ) =
            (article.column.clone(), article.title.clone(), article.organ.clone());
        let (there, maker) = hall
            .store
            .read(move |r| {
                let there = store::same_title(r, &column, &title)?;
                Ok((there, access::organ_by_id(r, &organ)?))
            })
            .await?;
        if there.is_some() {
            continue;
        }
        let basis = citation::all_said(&article.basis);
        let manuscript = Manuscript {
            title: article.title,
            organ: maker.map(|organ| organ.name),
            written_on: Some(hall.now().day().plus(-article.published_days_ago)),
            blocks: draft::blocks(&article.body),
            note: (!basis.is_empty()).then(|| format!("本文的依据：{basis}。")),
            ..Manuscript::default()
        };
        acts::play(hall, editor, reviewer, &article.column, manuscript).await?;
    }
    Ok(())
}
