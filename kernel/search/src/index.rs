//! The index itself: opened or rebuilt, changed, searched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::collector::Count;
use tantivy::directory::error::LockError;
use tantivy::query::TermQuery;
use tantivy::schema::{Field, IndexRecordOption, Value};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{
    DocAddress, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError,
    Term,
};

use crate::analysis::{Bigrams, Characters, Words};
use crate::fault::SearchFault;
use crate::grammar;
use crate::plan::{self, Plan};
use crate::rank::{Best, Cursor, Found, order_of};
use crate::schema::{self, Fields};
use crate::snippet::{Mark, marked, passage};
use crate::terms::{Change, Doc, Hit, Query, Results};

/// Memory in which new documents wait for their commit. When it is full they are written out,
/// so it limits nothing.
const WRITER_BYTES: usize = 64 << 20;
/// Characters of a text that are read.
const BODY_CHARS_MAX: usize = 1_000_000;
/// Hits a page at the most.
const LIMIT_MAX: usize = 100;

/// A full-text index. Cheap to clone; all clones are the same index.
///
/// Every call blocks: a search for about a millisecond, a change for as long as the disk takes.
#[derive(Clone)]
pub struct Index {
    inner: Arc<Inner>,
}

struct Inner {
    index: tantivy::Index,
    fields: Fields,
    reader: IndexReader,
    /// Gone after a fault that could not be taken back; the next change makes a new one.
    writer: Mutex<Option<IndexWriter>>,
    position: AtomicI64,
    jieba: Words,
}

impl Index {
    /// Opens the index that has its folder here, or makes one. An index that is damaged or of
    /// another version is thrown away and begins again from empty: its [`Index::position`] is 0.
    ///
    /// Only folders named `index-…` inside `dir` are touched.
    pub fn open(dir: &Path) -> Result<Self, SearchFault> {
        let place = dir.join(format!("index-{}", schema::VERSION));
        let folder = |source| SearchFault::Folder { path: dir.to_path_buf(), source };
        fs::create_dir_all(&place).map_err(folder)?;
        remove_other_versions(dir, &place).map_err(folder)?;
        match Self::open_there(&place) {
            Err(SearchFault::Engine(error)) => {
                tracing::warn!(?place, ?error, "the search index is damaged and begins again");
            }
            decided => return decided,
        }
        fs::remove_dir_all(&place).map_err(folder)?;
        fs::create_dir_all(&place).map_err(folder)?;
        Self::open_there(&place)
    }

    /// An index that lives as long as the process: for tests.
    pub fn in_memory() -> Result<Self, SearchFault> {
        Self::assemble(tantivy::Index::create_in_ram(schema::build().0))
    }

    fn open_there(place: &Path) -> Result<Self, SearchFault> {
        let directory = tantivy::directory::MmapDirectory::open(place)
            .map_err(|error| SearchFault::Engine(error.into()))?;
        let index = tantivy::Index::open_or_create(directory, schema::build().0)?;
        let opened = Self::assemble(index.clone()).map_err(|fault| match fault {
            SearchFault::Engine(TantivyError::LockFailure(LockError::LockBusy, _)) => {
                SearchFault::InUse(place.to_path_buf())
            }
            other => other,
        })?;
        // What is damaged would show as a panic in the midst of some search later.
        let damaged = index.validate_checksum()?;
        if damaged.is_empty() {
            return Ok(opened);
        }
        Err(TantivyError::InternalError(format!("damaged files: {damaged:?}")).into())
    }

    fn assemble(index: tantivy::Index) -> Result<Self, SearchFault> {
        let jieba = Words::new();
        index.tokenizers().register(schema::BIGRAMS, Bigrams);
        index.tokenizers().register(schema::CHARACTERS, Characters);
        index.tokenizers().register(schema::WORDS, TextAnalyzer::builder(jieba.clone()).build());
        let writer = writer(&index)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let payload = index.load_metas()?.payload;
        let position = payload.and_then(|payload| payload.parse().ok()).unwrap_or(0);
        // jieba reads its dictionary at the first word; the first person should not wait for it.
        jieba.clone().cut("鄂州");
        Ok(Self {
            inner: Arc::new(Inner {
                index,
                fields: schema::build().1,
                reader,
                writer: Mutex::new(Some(writer)),
                position: AtomicI64::new(position),
                jieba,
            }),
        })
    }

    /// The last number of the ledger that has been indexed; 0 when nothing has.
    pub fn position(&self) -> i64 {
        self.inner.position.load(Ordering::Acquire)
    }

    /// How many documents can be found.
    pub fn len(&self) -> usize {
        usize::try_from(self.inner.reader.searcher().num_docs()).unwrap_or(usize::MAX)
    }

    /// Whether nothing can be found at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many documents of one noun can be found.
    pub fn count(&self, kind: &str) -> Result<usize, SearchFault> {
        let term = Term::from_field_text(self.inner.fields.kind, kind);
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        Ok(self.inner.reader.searcher().search(&query, &Count)?)
    }

    /// Makes these changes, in their order, and notes how far in the ledger they reach. All or
    /// none; once this returns, every search sees them.
    pub fn apply(&self, changes: Vec<Change>, position: i64) -> Result<(), SearchFault> {
        let position = position.max(self.position());
        self.commit(position, |writer, fields| {
            for change in changes {
                match change {
                    Change::Put(doc) => {
                        writer.delete_term(Term::from_field_text(fields.key, &doc.key));
                        writer.add_document(document(doc, fields))?;
                    }
                    Change::Delete(key) => {
                        writer.delete_term(Term::from_field_text(fields.key, &key));
                    }
                }
            }
            Ok(())
        })
    }

    /// Notes that the ledger up to `position` changes nothing here. It is kept with the next
    /// change; after a restart that stretch of the ledger is only read again.
    pub fn skip_to(&self, position: i64) {
        self.inner.position.fetch_max(position, Ordering::AcqRel);
    }

    /// Throws everything away, so that it can be offered again from the ledger's beginning.
    pub fn start_over(&self) -> Result<(), SearchFault> {
        self.commit(0, |writer, _| writer.delete_all_documents().map(drop))
    }

    fn commit(
        &self,
        position: i64,
        work: impl FnOnce(&mut IndexWriter, &Fields) -> tantivy::Result<()>,
    ) -> Result<(), SearchFault> {
        let inner = &*self.inner;
        let mut held = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out meanwhile: should the work panic, a half-made change is never committed.
        let mut writer = held.take().map_or_else(|| writer(&inner.index), Ok)?;
        let done = work(&mut writer, &inner.fields).and_then(|()| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&position.to_string());
            commit.commit()
        });
        if let Err(error) = done {
            writer.rollback()?;
            *held = Some(writer);
            return Err(error.into());
        }
        *held = Some(writer);
        inner.reader.reload()?;
        inner.position.store(position, Ordering::Release);
        Ok(())
    }

    /// Searches. Nothing that a person can type is an error: what has no word in it finds nothing,
    /// and a cursor that no page gave out begins at the first page.
    pub fn search(&self, query: &Query) -> Result<Results, SearchFault> {
        let words = grammar::parse(&query.text);
        if words.is_empty() {
            return Ok(Results::default());
        }
        let inner = &*self.inner;
        let fields = &inner.fields;
        let cursor = query.after.as_deref().and_then(Cursor::read);
        let searcher = inner.reader.searcher();
        let mut jieba = inner.jieba.clone();

        if cursor.is_none_or(|cursor| !cursor.relaxed) {
            let only = filters(query, fields);
            let plan = plan::as_written(&words, only, fields, &mut jieba, &searcher)?;
            let results = self.page(&searcher, &plan, query.limit, cursor, false)?;
            if results.total > 0 || cursor.is_some() {
                return Ok(results);
            }
        }
        match plan::relaxed(&words, filters(query, fields), fields, &mut jieba) {
            Some(plan) => self.page(&searcher, &plan, query.limit, cursor, true),
            None => Ok(Results::default()),
        }
    }

    fn page(
        &self,
        searcher: &Searcher,
        plan: &Plan,
        limit: usize,
        cursor: Option<Cursor>,
        relaxed: bool,
    ) -> Result<Results, SearchFault> {
        let limit = limit.clamp(1, LIMIT_MAX);
        // One more than the page holds tells whether there is another page.
        let best = Best { limit: limit + 1, after: cursor.map(|cursor| cursor.place) };
        let (total, mut found) = searcher.search(&plan.query, &best)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more);
        let next = next.map(|last| Cursor { place: last.place, relaxed }.write());
        let marks: Vec<Mark> = plan.marks.iter().map(|mark| Mark::new(mark)).collect();
        let hits = found.iter().map(|one| self.hit(searcher, one, &marks));
        Ok(Results {
            total,
            hits: hits.collect::<Result<_, _>>()?,
            next,
            relaxed: relaxed && total > 0,
        })
    }

    fn hit(&self, searcher: &Searcher, one: &Found, marks: &[Mark]) -> Result<Hit, SearchFault> {
        let fields = &self.inner.fields;
        let doc = stored(searcher, one.address)?;
        let text = |field: Field| doc.get_first(field).and_then(|value| value.as_str());
        let owned = |field: Field| text(field).unwrap_or_default().to_owned();
        Ok(Hit {
            key: owned(fields.key),
            kind: owned(fields.kind),
            url: owned(fields.url),
            title: marked(text(fields.title).unwrap_or_default(), marks),
            snippet: passage(text(fields.body).unwrap_or_default(), marks),
            organ: owned(fields.organ),
            number: owned(fields.number),
            column: owned(fields.column),
            published_on: one.place.day,
            score: one.place.score,
        })
    }
}

fn stored(searcher: &Searcher, address: DocAddress) -> Result<TantivyDocument, SearchFault> {
    Ok(searcher.doc(address)?)
}

/// One thread writes one segment a commit, which keeps searches quick.
fn writer(index: &tantivy::Index) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(1, WRITER_BYTES)
}

fn filters(query: &Query, fields: &Fields) -> Vec<Box<dyn tantivy::query::Query>> {
    [(fields.kind, &query.kind), (fields.column, &query.column)]
        .into_iter()
        .filter_map(|(field, value)| value.as_deref().map(|value| plan::only(field, value)))
        .collect()
}

fn document(mut doc: Doc, fields: &Fields) -> TantivyDocument {
    if let Some((end, _)) = doc.body.char_indices().nth(BODY_CHARS_MAX) {
        doc.body.truncate(end);
    }
    let mut made = TantivyDocument::new();
    // Values of one field are apart: no phrase reaches from the title into the number.
    for value in [&doc.title, &doc.number, &doc.organ, &doc.body] {
        made.add_text(fields.phrases, value);
        made.add_text(fields.characters, value);
    }
    made.add_text(fields.title_phrases, &doc.title);
    made.add_text(fields.title_characters, &doc.title);
    made.add_text(fields.number_phrases, &doc.number);
    made.add_text(fields.title_words, &doc.title);
    made.add_text(fields.body_words, &doc.body);
    made.add_u64(fields.order, order_of(&doc.key));
    made.add_i64(fields.published_on, doc.published_on);
    let shown = [
        (fields.key, &doc.key),
        (fields.kind, &doc.kind),
        (fields.column, &doc.column),
        (fields.url, &doc.url),
        (fields.title, &doc.title),
        (fields.organ, &doc.organ),
        (fields.number, &doc.number),
        (fields.body, &doc.body),
    ];
    for (field, value) in shown {
        made.add_text(field, value);
    }
    made
}

/// Removes the folders of other versions: nothing reads them any more.
fn remove_other_versions(dir: &Path, keep: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path: PathBuf = entry?.path();
        let ours = path.file_name().and_then(|name| name.to_str());
        if path != keep && path.is_dir() && ours.is_some_and(|name| name.starts_with("index-")) {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}
