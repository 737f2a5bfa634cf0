//! The fields of the index.

use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

/// Goes up whenever the fields or the readings change: an index of another version is rebuilt.
pub(crate) const VERSION: u32 = 1;

pub(crate) const BIGRAMS: &str = "bigrams";
pub(crate) const CHARACTERS: &str = "characters";
pub(crate) const WORDS: &str = "words";

/// The fields, by what they are for.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// Replaces and deletes.
    pub key: Field,
    /// Filters.
    pub kind: Field,
    pub column: Field,
    /// Phrases anywhere, and in the title or the number alone.
    pub phrases: Field,
    pub title_phrases: Field,
    pub number_phrases: Field,
    /// Single characters anywhere, and in the title alone.
    pub characters: Field,
    pub title_characters: Field,
    /// Weights.
    pub title_words: Field,
    pub body_words: Field,
    /// Order among equals: the day, then a number drawn from the key.
    pub published_on: Field,
    pub order: Field,
    /// What a hit shows.
    pub url: Field,
    pub title: Field,
    pub body: Field,
    pub organ: Field,
    pub number: Field,
}

fn text(reading: &str, option: IndexRecordOption, norms: bool) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(reading)
            .set_index_option(option)
            .set_fieldnorms(norms),
    )
}

pub(crate) fn build() -> (Schema, Fields) {
    use IndexRecordOption::{Basic, WithFreqs, WithFreqsAndPositions};
    let mut builder = Schema::builder();
    let phrases = || text(BIGRAMS, WithFreqsAndPositions, false);
    let characters = || text(CHARACTERS, Basic, false);
    let words = || text(WORDS, WithFreqs, true);
    let fields = Fields {
        key: builder.add_text_field("key", STRING | STORED),
        kind: builder.add_text_field("kind", STRING | STORED),
        column: builder.add_text_field("column", STRING | STORED),
        phrases: builder.add_text_field("phrases", phrases()),
        title_phrases: builder.add_text_field("title_phrases", phrases()),
        number_phrases: builder.add_text_field("number_phrases", phrases()),
        characters: builder.add_text_field("characters", characters()),
        title_characters: builder.add_text_field("title_characters", characters()),
        title_words: builder.add_text_field("title_words", words()),
        body_words: builder.add_text_field("body_words", words()),
        published_on: builder.add_i64_field("published_on", FAST | STORED),
        order: builder.add_u64_field("order", FAST),
        url: builder.add_text_field("url", STORED),
        title: builder.add_text_field("title", STORED),
        body: builder.add_text_field("body", STORED),
        organ: builder.add_text_field("organ", STORED),
        number: builder.add_text_field("number", STORED),
    };
    (builder.build(), fields)
}
