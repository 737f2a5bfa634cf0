//! From words to what tantivy is asked.
//!
//! What is found is decided by phrases alone and carries no score. What it is worth comes from
//! clauses that are optional: 1000 when each word stands in the title or the number, 1000 more
//! when all stand in the title, and jieba's words by BM25, which stay below 1000 between them.

use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::analysis::Words;
use crate::grammar::Word;
use crate::schema::Fields;

/// What a step on the ladder title, number, text is worth.
const STEP: f32 = 1000.0;
/// How much more a word weighs in the title than in the text.
const TITLE: f32 = 3.0;
/// Parts of words that are weighed; the weight of one goes down with their number.
const PARTS_MAX: usize = 32;
/// Pairs of a row beyond which no rare seam is looked for: there is a rare one among them anyway.
const SEAMS_MAX: usize = 16;

/// What was asked, ready to be asked of tantivy.
pub(crate) struct Plan {
    pub query: Box<dyn Query>,
    /// What to mark in titles and texts, folded.
    pub marks: Vec<String>,
}

/// Everything that has all words as written.
pub(crate) fn as_written(
    words: &[Word],
    filters: Vec<Box<dyn Query>>,
    fields: &Fields,
    jieba: &mut Words,
    searcher: &Searcher,
) -> tantivy::Result<Plan> {
    let anywhere = |word: &Word| row_anywhere(&word.text, fields, searcher);
    let title = |word: &Word| row(&word.text, fields.title_phrases, fields.title_characters);
    // One character says nothing about a number: 号 stands at the end of each.
    let number = |word: &Word| match bigrams(&word.text, fields.number_phrases) {
        terms if terms.is_empty() => Box::new(EmptyQuery),
        terms => phrase(terms),
    };

    let found = words.iter().map(anywhere).chain(filters.into_iter().map(Ok));
    let found = found.collect::<tantivy::Result<Vec<_>>>()?;
    let entitled = words.iter().map(title).collect();
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, constant(all(found), 0.0))];
    // Few words stand in numbers. Where none does, both steps are one and the same.
    if occur_in_numbers(words, fields, searcher)? {
        let named = words.iter().map(|word| any(vec![title(word), number(word)])).collect();
        clauses.push((Occur::Should, constant(all(entitled), STEP)));
        clauses.push((Occur::Should, constant(all(named), STEP)));
    } else {
        clauses.push((Occur::Should, constant(all(entitled), 2.0 * STEP)));
    }
    let parts = parts(words.iter(), jieba);
    clauses.extend(weights(&parts, fields).map(|query| (Occur::Should, query)));
    Ok(Plan {
        query: Box::new(BooleanQuery::new(clauses)),
        marks: words.iter().map(|word| word.text.clone()).collect(),
    })
}

/// Whether any of the words could stand in some number, by the look of its bigrams.
fn occur_in_numbers(words: &[Word], fields: &Fields, searcher: &Searcher) -> tantivy::Result<bool> {
    for word in words {
        let terms = bigrams(&word.text, fields.number_phrases);
        let mut possible = !terms.is_empty();
        for (_, term) in terms {
            possible = possible && searcher.doc_freq(&term)? > 0;
        }
        if possible {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Everything that has most parts of the words and, as written, the words that were in quotes.
/// `None` when that could find nothing else.
pub(crate) fn relaxed(
    words: &[Word],
    filters: Vec<Box<dyn Query>>,
    fields: &Fields,
    jieba: &mut Words,
) -> Option<Plan> {
    let (exact, loose): (Vec<&Word>, Vec<&Word>) = words.iter().partition(|word| word.exact);
    let parts = parts(loose.into_iter(), jieba);
    if parts.is_empty() {
        return None;
    }
    let most = (parts.len() * 2).div_ceil(3);
    let each = parts.iter().map(|part| {
        let clauses = weights(std::slice::from_ref(part), fields).collect();
        (Occur::Should, any(clauses))
    });
    let most_parts = BooleanQuery::with_minimum_required_clauses(each.collect(), most);
    let anywhere = |word: &&Word| row(&word.text, fields.phrases, fields.characters);
    let musts = exact.iter().map(anywhere).chain(filters);
    let mut clauses: Vec<(Occur, Box<dyn Query>)> =
        musts.map(|must| (Occur::Must, constant(must, 0.0))).collect();
    clauses.push((Occur::Must, Box::new(most_parts)));
    let mut marks = parts;
    marks.extend(exact.iter().map(|word| word.text.clone()));
    Some(Plan { query: Box::new(BooleanQuery::new(clauses)), marks })
}

/// Only what has exactly this value.
pub(crate) fn only(field: Field, value: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

/// These characters in a row.
fn row(text: &str, phrases: Field, characters: Field) -> Box<dyn Query> {
    match bigrams(text, phrases) {
        terms if terms.is_empty() => only(characters, text),
        terms => phrase(terms),
    }
}

/// These characters in a row anywhere, where it pays to look for the rarest pair first: words are
/// common, the seam between two of them is not.
fn row_anywhere(
    text: &str,
    fields: &Fields,
    searcher: &Searcher,
) -> tantivy::Result<Box<dyn Query>> {
    let mut terms = bigrams(text, fields.phrases);
    if (2..=SEAMS_MAX).contains(&terms.len()) {
        let mut rarest = u64::MAX;
        for (_, term) in &terms {
            rarest = rarest.min(searcher.doc_freq(term)?);
        }
        let mut seam = None;
        for (place, term) in pairs(text, fields.phrases).filter(|(place, _)| place % 2 == 1) {
            let count = searcher.doc_freq(&term)?;
            if count < rarest / 2 {
                rarest = count;
                seam = Some((place, term));
            }
        }
        terms.extend(seam);
    }
    if terms.is_empty() { Ok(only(fields.characters, text)) } else { Ok(phrase(terms)) }
}

fn phrase(terms: Vec<(usize, Term)>) -> Box<dyn Query> {
    match <[(usize, Term); 1]>::try_from(terms) {
        Ok([(_, term)]) => Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
        Err(terms) => Box::new(PhraseQuery::new_with_offset(terms)),
    }
}

/// The bigrams that make these characters a row, with their places. Every second one suffices, as
/// long as the last is among them.
fn bigrams(text: &str, phrases: Field) -> Vec<(usize, Term)> {
    let mut left = text.chars().count();
    let even_or_last = |(place, _): &(usize, Term)| {
        left -= 1;
        place % 2 == 0 || left == 1
    };
    pairs(text, phrases).filter(even_or_last).collect()
}

/// All bigrams, with their places.
fn pairs(text: &str, phrases: Field) -> impl Iterator<Item = (usize, Term)> {
    let neighbours = text.chars().zip(text.chars().skip(1));
    neighbours.enumerate().map(move |(place, (first, second))| {
        let pair = String::from_iter([first, second]);
        (place, Term::from_field_text(phrases, &pair))
    })
}

/// The parts of words as jieba cuts them, each once.
fn parts<'w>(words: impl Iterator<Item = &'w Word>, jieba: &mut Words) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in words.flat_map(|word| jieba.cut(&word.text)) {
        if parts.len() < PARTS_MAX && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// BM25 over these parts in title and text. The sum does not grow with their number, so that it
/// never reaches a step of the ladder.
fn weights(parts: &[String], fields: &Fields) -> impl Iterator<Item = Box<dyn Query>> {
    let share = 1.0 / parts.len().max(1) as f32;
    parts.iter().flat_map(move |part| {
        [(fields.title_words, TITLE * share), (fields.body_words, share)].map(|(field, boost)| {
            let term = Term::from_field_text(field, part);
            let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
            Box::new(BoostQuery::new(Box::new(query), boost)) as Box<dyn Query>
        })
    })
}

fn constant(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn all(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match <[Box<dyn Query>; 1]>::try_from(queries) {
        Ok([query]) => query,
        Err(queries) if queries.is_empty() => Box::new(EmptyQuery),
        Err(queries) => Box::new(BooleanQuery::intersection(queries)),
    }
}

fn any(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries))
}
