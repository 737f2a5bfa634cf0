//! Reads Rust text just far enough to tell code from comments and literals.
//!
//! The house checks need no syntax tree: they ask which words stand in code, which stand in string
//! literals, and where a function begins and ends. A text scan answers that in milliseconds and
//! costs no parser in the build.

/// A string literal and the line on which it begins (counted from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The line of the opening quote.
    pub line: usize,
    /// The text, with the common escapes resolved.
    pub text: String,
}

/// A function with its extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name, without path.
    pub name: String,
    /// The line of its `fn`.
    pub line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub lines: usize,
}

/// One Rust file, read.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The source with comments and literals blanked; lines stand where they stood.
    pub code: String,
    /// Every string literal, in order.
    pub literals: Vec<Literal>,
}

impl Scan {
    /// Reads `source`.
    pub fn read(source: &str) -> Scan {
        let mut reader =
            Reader { text: source.chars().collect(), at: 0, line: 1, out: Scan::default() };
        while reader.step() {}
        reader.out
    }

    /// The line ranges (from, through) of `#[cfg(test)]` items.
    pub fn test_lines(&self) -> Vec<(usize, usize)> {
        let text: Vec<char> = self.code.chars().collect();
        let mut ranges = Vec::new();
        for (start, _) in self.code.match_indices("#[cfg(test)]") {
            let at = self.code.get(..start).unwrap_or("").chars().count();
            let first = line_of(&text, at);
            if let Some(open) = body(&text, at + "#[cfg(test)]".len()) {
                ranges.push((first, line_of(&text, closing(&text, open))));
            }
        }
        ranges
    }

    /// The code with `#[cfg(test)]` items blanked too.
    pub fn code_outside_tests(&self) -> String {
        let tests = self.test_lines();
        let lines = self.code.lines().enumerate();
        let kept = lines.map(|(n, line)| if within(&tests, n + 1) { "" } else { line });
        kept.collect::<Vec<_>>().join("\n")
    }

    /// Every function that has a body.
    pub fn functions(&self) -> Vec<Function> {
        let text: Vec<char> = self.code.chars().collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((start, word)) = next_word(&text, at) {
            at = start + word.chars().count();
            if word != "fn" {
                continue;
            }
            let Some((_, name)) = next_word(&text, at) else { break };
            let Some(open) = body(&text, at) else { continue };
            let line = line_of(&text, start);
            let lines = line_of(&text, closing(&text, open)) + 1 - line;
            found.push(Function { name, line, lines });
        }
        found
    }
}

/// Whether `line` lies in one of `ranges`.
pub fn within(ranges: &[(usize, usize)], line: usize) -> bool {
    ranges.iter().any(|(from, through)| (*from..=*through).contains(&line))
}

/// Whether `word` stands in `code` as a whole word (`_` and digits belong to words).
pub fn has_word(code: &str, word: &str) -> bool {
    find_word(code, word).is_some()
}

/// The byte offset at which `word` first stands as a whole word.
pub fn find_word(code: &str, word: &str) -> Option<usize> {
    let joins = |c: Option<char>| c.is_some_and(is_word);
    let (head, tail) = (joins(word.chars().next()), joins(word.chars().last()));
    code.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = code.get(..at).and_then(|s| s.chars().last());
        let after = code.get(at + word.len()..).and_then(|s| s.chars().next());
        !(head && joins(before) || tail && joins(after))
    })
}

/// Whether `c` may stand in an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn line_of(text: &[char], at: usize) -> usize {
    1 + text.iter().take(at).filter(|c| **c == '\n').count()
}

fn next_word(text: &[char], from: usize) -> Option<(usize, String)> {
    let mut at = from;
    while text.get(at).is_some_and(|c| !is_word(*c)) {
        at += 1;
    }
    let word: String = text.iter().skip(at).take_while(|c| is_word(**c)).collect();
    (!word.is_empty()).then_some((at, word))
}

/// The brace that opens the body of the item at `from`, or `None` for an item that ends with `;`.
fn body(text: &[char], from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.iter().enumerate().skip(from) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth <= 0 => return Some(at),
            ';' if depth <= 0 => return None,
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`, or the end of the text.
fn closing(text: &[char], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, c) in text.iter().enumerate().skip(open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

struct Reader {
    text: Vec<char>,
    at: usize,
    line: usize,
    out: Scan,
}

impl Reader {
    /// Reads one token; false at the end.
    fn step(&mut self) -> bool {
        let Some(c) = self.peek(0) else { return false };
        let joined =
            self.at.checked_sub(1).and_then(|i| self.text.get(i)).is_some_and(|c| is_word(*c));
        match c {
            '/' if self.peek(1) == Some('/') => self.line_comment(),
            '/' if self.peek(1) == Some('*') => self.block_comment(),
            '"' => self.string(),
            '\'' => self.quote(),
            'r' | 'b' | 'c' if !joined && self.raw_hashes().is_some() => self.raw_string(),
            _ => self.keep(),
        }
        true
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(c) = self.peek(0) {
            self.put(c);
        }
    }

    fn blank(&mut self) {
        let c = if self.peek(0) == Some('\n') { '\n' } else { ' ' };
        self.put(c);
    }

    fn put(&mut self, c: char) {
        self.line += usize::from(c == '\n');
        self.out.code.push(c);
        self.at += 1;
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.blank();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_i32;
        while let Some(c) = self.peek(0) {
            let pair = (c, self.peek(1));
            let change = match pair {
                ('/', Some('*')) => 1,
                ('*', Some('/')) => -1,
                _ => 0,
            };
            self.blank();
            if change != 0 {
                self.blank();
                depth += change;
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.blank();
        while let Some(c) = self.peek(0) {
            match c {
                '"' => {
                    self.blank();
                    break;
                }
                '\\' => {
                    self.blank();
                    self.escape(&mut text);
                }
                _ => {
                    text.push(c);
                    self.blank();
                }
            }
        }
        self.out.literals.push(Literal { line, text });
    }

    fn escape(&mut self, text: &mut String) {
        match self.peek(0) {
            Some('\n') => {
                while self.peek(0).is_some_and(char::is_whitespace) {
                    self.blank();
                }
            }
            Some('n') => {
                text.push('\n');
                self.blank();
            }
            Some(c) => {
                text.push(c);
                self.blank();
            }
            None => {}
        }
    }

    /// The number of `#` of a raw string that begins here.
    fn raw_hashes(&self) -> Option<usize> {
        let mut ahead = usize::from(matches!(self.peek(0), Some('b' | 'c')));
        if self.peek(ahead) != Some('r') {
            return None;
        }
        ahead += 1;
        let hashes = (0..).take_while(|n| self.peek(ahead + n) == Some('#')).count();
        (self.peek(ahead + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        let line = self.line;
        while self.peek(0) != Some('"') {
            self.blank();
        }
        self.blank();
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c == '"' && (1..=hashes).all(|n| self.peek(n) == Some('#')) {
                break;
            }
            text.push(c);
            self.blank();
        }
        for _ in 0..=hashes {
            if self.peek(0).is_some() {
                self.blank();
            }
        }
        self.out.literals.push(Literal { line, text });
    }

    /// A character literal is blanked, a lifetime is kept.
    fn quote(&mut self) {
        let length = match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => (3..12).find(|n| self.peek(*n) == Some('\'')).map(|n| n + 1),
            (Some(_), Some('\'')) => Some(3),
            _ => None,
        };
        match length {
            Some(length) => (0..length).for_each(|_| self.blank()),
            None => self.keep(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_leave_the_code() {
        let scan = Scan::read("let a = \"std::time\"; // tokio\n/* x /* y */ z */ let b = 'c';");
        assert!(!scan.code.contains("std::time"));
        assert!(!scan.code.contains("tokio"));
        assert!(!scan.code.contains('z'));
        assert!(scan.code.contains("let b ="));
        assert_eq!(scan.literals, [Literal { line: 1, text: "std::time".into() }]);
    }

    #[test]
    fn raw_strings_escapes_and_lifetimes_are_told_apart() {
        let scan =
            Scan::read("fn f<'a>(x: &'a str) { r#\"a \"b\" {\"#; \"q\\\"\\\n   r\"; b'{'; '\\'' }");
        let texts: Vec<_> = scan.literals.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(texts, ["a \"b\" {", "q\"r"]);
        assert_eq!(scan.functions(), [Function { name: "f".into(), line: 1, lines: 2 }]);
        assert!(scan.code.contains("'a str"));
    }

    #[test]
    fn a_function_ends_at_its_own_brace() {
        let source = "trait T { fn none(&self); }\nfn one(a: [u8; 2]) -> [u8; 2] {\n  if x {\n  }\n}\nfn two() {}\n";
        let found = Scan::read(source).functions();
        let told: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect();
        assert_eq!(told, [("one", 2, 4), ("two", 6, 1)]);
    }

    #[test]
    fn test_modules_are_found() {
        let scan =
            Scan::read("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n");
        assert_eq!(scan.test_lines(), [(2, 5)]);
        assert!(!scan.code_outside_tests().contains("fn b"));
        assert!(scan.code_outside_tests().contains("fn c"));
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use tokio::x;", "tokio"));
        assert!(!has_word("use my_tokio_x;", "tokio"));
        assert!(has_word("crate::store::f()", "store::"));
        assert!(!has_word("restore::f()", "store::"));
    }
}
