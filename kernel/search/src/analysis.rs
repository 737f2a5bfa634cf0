//! The three readings of a text as tantivy's tokenizers.

use std::collections::HashSet;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use tantivy_jieba::JiebaTokenizer;

use crate::fold::{fold, spaced};

/// Each two neighbours among the characters that count, with their place. Every place has a token:
/// the last one has the last character alone, so that no phrase reaches from one value of a field
/// into the next.
#[derive(Clone, Default)]
pub(crate) struct Bigrams;

/// Each character that counts, once.
#[derive(Clone, Default)]
pub(crate) struct Characters;

/// Words as jieba cuts them, of two characters and more, and their parts that are words too.
/// Latin words and numbers stay whole.
#[derive(Clone)]
pub(crate) struct Words(JiebaTokenizer);

impl Words {
    pub(crate) fn new() -> Self {
        Self(JiebaTokenizer::new())
    }
}

impl Tokenizer for Bigrams {
    type TokenStream<'a> = BigramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> BigramStream<'a> {
        let mut rest = text.chars();
        let next = rest.by_ref().find_map(fold);
        BigramStream { rest, next, token: Token::default() }
    }
}

/// The bigrams of one text.
pub(crate) struct BigramStream<'a> {
    rest: std::str::Chars<'a>,
    next: Option<char>,
    token: Token,
}

impl TokenStream for BigramStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(first) = self.next else { return false };
        self.next = self.rest.by_ref().find_map(fold);
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text.clear();
        self.token.text.push(first);
        self.token.text.extend(self.next);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for Characters {
    type TokenStream<'a> = ListStream;

    fn token_stream(&mut self, text: &str) -> ListStream {
        let mut seen = HashSet::new();
        let once = text.chars().filter_map(fold).filter(|c| seen.insert(*c));
        ListStream::new(once.map(String::from).collect())
    }
}

impl Tokenizer for Words {
    type TokenStream<'a> = ListStream;

    fn token_stream(&mut self, text: &str) -> ListStream {
        ListStream::new(self.cut(text))
    }
}

impl Words {
    /// The words of a text, in its order.
    pub(crate) fn cut(&mut self, text: &str) -> Vec<String> {
        let spaced = spaced(text);
        let mut stream = self.0.token_stream(&spaced);
        let mut words = Vec::new();
        while let Some(token) = stream.next() {
            // A single character weighs next to nothing, and there are very many of them.
            let mut letters = token.text.chars();
            if letters.next().is_some_and(|first| first != ' ') && letters.next().is_some() {
                words.push(token.text.clone());
            }
        }
        words
    }
}

/// Tokens that are known before they are asked for.
pub(crate) struct ListStream {
    rest: std::vec::IntoIter<String>,
    token: Token,
}

impl ListStream {
    fn new(list: Vec<String>) -> Self {
        Self { rest: list.into_iter(), token: Token::default() }
    }
}

impl TokenStream for ListStream {
    fn advance(&mut self) -> bool {
        let Some(text) = self.rest.next() else { return false };
        self.token.text = text;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
