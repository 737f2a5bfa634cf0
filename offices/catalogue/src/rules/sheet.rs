//! Resources from the lines of a sheet, as the guide of 2017 has their metadata: a line for each item, what is said of the
//! resource on its first line. Each word that is none of the guide's is told by line, column and rule. Pure.

use std::collections::BTreeMap;

use crate::terms::{
    BadCell, Classes, Cycle, DataType, Format, Item, Manner, Numbers, Place, Resource, Share,
    SheetColumn, SheetLine, Written,
};

mod unsaid;

pub use unsaid::{is_content, kept};

/// What the rule is called by which a word belongs to a list of the guide.
const OF_LIST: &str = "编制指南的词";
/// The same of a sheet that contradicts itself.
const CONSISTENT: &str = "前后一致";

/// Writes resources from a sheet, and by what it reads it.
#[derive(Clone, Copy, Debug)]
pub struct Scribe<'r> {
    /// The columns, in the order of the cells.
    pub columns: &'r [SheetColumn],
    /// 类 and 项.
    pub classes: &'r Classes,
    /// What the numbers of the guide mean, by key: `share`, `format`, `cycle`, `type`.
    pub numbers: &'r Numbers,
}

impl Scribe<'_> {
    /// All resources of the sheet, in its order.
    pub fn resources(&self, lines: &[SheetLine]) -> Vec<Written> {
        let mut groups: Vec<Vec<&SheetLine>> = Vec::new();
        for line in lines {
            match groups.last_mut() {
                Some(group) if self.goes_on(group, line) => group.push(line),
                _ => groups.push(vec![line]),
            }
        }
        let mut first_at: BTreeMap<(String, String), i64> = BTreeMap::new();
        let mut found = Vec::with_capacity(groups.len());
        for group in &groups {
            let mut written = self.resource(group);
            let of = (written.resource.provider.clone(), written.resource.name.clone());
            if let Some(first) = first_at.get(&of) {
                let words =
                    format!("第 {first} 行已经写过这个部门的“{}”，请把它的行放在一起", of.1);
                written.wrong.push(self.bad(written.line, "name", "重复", words));
            }
            first_at.entry(of).or_insert(written.line);
            found.push(written);
        }
        found
    }

    /// Whether a line belongs to the resource before it: it names none, or the same one of the same organ.
    fn goes_on(&self, group: &[&SheetLine], line: &SheetLine) -> bool {
        ["name", "provider", "provider_code"].into_iter().all(|key| {
            let said = self.cell(line, key);
            said.is_empty() || group.first().is_some_and(|first| self.cell(first, key) == said)
        })
    }

    fn cell<'l>(&self, line: &'l SheetLine, key: &str) -> &'l str {
        let place = self.columns.iter().position(|column| column.key == key);
        place.and_then(|at| line.cells.get(at)).map_or("", |text| text.trim())
    }

    /// What a column is called.
    pub fn called(&self, key: &str) -> String {
        let column = self.columns.iter().find(|column| column.key == key);
        column.map_or_else(|| "整行".to_owned(), |column| column.heading.name.clone())
    }

    fn bad(&self, line: i64, key: &str, rule: &str, words: String) -> BadCell {
        BadCell { line, field: self.called(key), rule: rule.into(), words }
    }

    fn resource(&self, group: &[&SheetLine]) -> Written {
        let line = group.first().map_or(0, |first| first.line);
        let mut of = Of { reader: self, group, wrong: Vec::new() };
        let place = of.place();
        let provider = match of.text("provider_code") {
            code if code.is_empty() => of.text("provider"),
            code => code,
        };
        let resource = Resource {
            name: of.text("name"),
            place,
            provider,
            summary: of.text("summary"),
            format: of.word("format", Format::parse, &Format::ALL.map_words(Format::word)),
            format_words: of.text("format_words"),
            items: group.iter().filter_map(|line| of.item(line)).collect(),
            share: of.word("share", Share::parse, &Share::ALL.map_words(Share::word)),
            share_condition: of.text("share_condition"),
            share_ground: of.text("share_ground"),
            manner: of.word("manner", Manner::parse, &Manner::ALL.map_words(Manner::word)),
            open: of.open(),
            open_condition: of.text("open_condition"),
            cycle: of.word("cycle", Cycle::parse, &Cycle::ALL.map_words(Cycle::word)),
            cycle_words: of.text("cycle_words"),
            related: of.list("related"),
            keywords: of.list("keywords"),
            register: of.text("register"),
            question: of.text("question"),
        };
        Written { line, resource, wrong: of.wrong }
    }
}

/// The words of a list.
trait Words<T> {
    fn map_words(&self, word: fn(T) -> &'static str) -> Vec<&'static str>;
}

impl<T: Copy> Words<T> for &[T] {
    fn map_words(&self, word: fn(T) -> &'static str) -> Vec<&'static str> {
        self.iter().map(|one| word(*one)).collect()
    }
}

/// The lines of one resource while they are read.
struct Of<'o> {
    reader: &'o Scribe<'o>,
    group: &'o [&'o SheetLine],
    wrong: Vec<BadCell>,
}

impl Of<'_> {
    fn tell(&mut self, line: i64, key: &str, rule: &str, words: String) {
        self.wrong.push(self.reader.bad(line, key, rule, words));
    }

    /// What is said of the resource: on its first line that says it. Lines below repeat it or are empty.
    fn said(&mut self, key: &str) -> (i64, String) {
        let reader = self.reader;
        let mut said = self.group.iter().map(|line| (line.line, reader.cell(line, key)));
        let first = said.find(|(_, text)| !text.is_empty());
        let (line, text) = first.unwrap_or((self.group.first().map_or(0, |one| one.line), ""));
        let other = said.find(|(_, other)| !other.is_empty() && *other != text);
        if let Some((at, _)) = other {
            let words = format!("和第 {line} 行写的不一样；同一个资源只能有一个");
            self.tell(at, key, CONSISTENT, words);
        }
        (line, text.to_owned())
    }

    fn text(&mut self, key: &str) -> String {
        self.said(key).1
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        let text = self.text(key);
        let words = text.split(['、', '，', ',', ';', '；', ' ', '\n']).map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// A word of a list of the guide, or its number there. What is left away is what the list begins with.
    fn word<T: Default>(&mut self, key: &str, parse: fn(&str) -> Option<T>, all: &[&str]) -> T {
        let (line, text) = self.said(key);
        self.word_of(line, (key, key), &text, parse, all)
    }

    fn word_of<T: Default>(
        &mut self,
        line: i64,
        (key, list): (&str, &str),
        text: &str,
        parse: fn(&str) -> Option<T>,
        all: &[&str],
    ) -> T {
        if text.is_empty() {
            return T::default();
        }
        let numbers = self.reader.numbers.get(list);
        let word = numbers.and_then(|words| words.get(text)).map_or(text, String::as_str);
        parse(word).unwrap_or_else(|| {
            self.tell(line, key, OF_LIST, format!("没有“{text}”，可以写{}", all.join("、")));
            T::default()
        })
    }

    fn yes(&mut self, line: i64, key: &str, text: &str) -> bool {
        match text.to_lowercase().as_str() {
            "" | "否" | "0" | "n" | "no" | "false" | "×" | "不开放" | "不予开放" => false,
            "是" | "1" | "y" | "yes" | "true" | "√" | "开放" | "无条件开放" | "有条件开放" => {
                true
            }
            _ => {
                self.tell(line, key, "是或者否", format!("“{text}”看不出是还是否"));
                false
            }
        }
    }

    fn open(&mut self) -> bool {
        let (line, text) = self.said("open");
        self.yes(line, "open", &text)
    }

    /// 类, 项, 目 and 细目: by codes, by names of the guide, or by what the code of the resource begins with.
    fn place(&mut self) -> Place {
        let classes = self.reader.classes;
        let code = self.text("code");
        let digits = code.split_once('/').map_or("", |(before, _)| before);
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
        let (class, (line, subject)) = (self.text("class"), self.said("subject"));
        let by_name = |class: &str, name: &str| {
            classes.classes.iter().find_map(|one| {
                let named = class.is_empty() || [&one.code, &one.name].contains(&&class.to_owned());
                let found = one.subjects.iter().find(|subject| subject.name == name);
                found.filter(|_| named).map(|found| (one.code.clone(), found.code.clone()))
            })
        };
        let numbered = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let class_code = classes.classes.iter().find(|one| one.name == class);
        let class_code = class_code.map_or_else(|| class.clone(), |one| one.code.clone());
        let (class, subject) = match (class_code, subject) {
            (class, subject) if class.is_empty() && subject.is_empty() => (part(0, 1), part(1, 3)),
            (class, subject) if numbered(&subject) && subject.len() == 3 && class.len() <= 1 => {
                let (of, subject) = subject.split_at(1);
                let same = class.is_empty() || class == of;
                if !same {
                    let words = format!("项“{of}{subject}”不在类“{class}”里");
                    self.tell(line, "subject", CONSISTENT, words);
                }
                (of.to_owned(), subject.to_owned())
            }
            (class, subject) if numbered(&subject) => (class, subject),
            (class, subject) => by_name(&class, &subject).unwrap_or((class, subject)),
        };
        let or = |text: String, other: String| if text.is_empty() { other } else { text };
        Place {
            class,
            subject,
            heading: or(self.text("heading"), part(3, 6)),
            heading_name: self.text("heading_name"),
            detail: or(self.text("detail"), digits.get(6..).unwrap_or_default().to_owned()),
            detail_name: self.text("detail_name"),
        }
    }

    /// The item of a line; none where the line says nothing of one.
    fn item(&mut self, line: &SheetLine) -> Option<Item> {
        let (reader, at) = (self.reader, line.line);
        let text = |key: &str| reader.cell(line, key).to_owned();
        let (name, code) = (text("item_name"), text("item_code"));
        if name.is_empty() && code.is_empty() {
            return None;
        }
        if code.is_empty() {
            let words = format!("“{name}”没有代码，请写小写字母、数字和下划线");
            self.tell(at, "item_code", "必填", words);
        }
        let length = text("item_length");
        let digits = length.split(['.', ',']).next().unwrap_or_default();
        let length = match digits {
            "" => 0,
            digits => digits.parse().unwrap_or_else(|_| {
                self.tell(at, "item_length", "整数", format!("长度“{length}”不是数"));
                0
            }),
        };
        let kinds = DataType::ALL.map_words(DataType::word);
        let kind = text("item_type");
        let kind = self.word_of(at, ("item_type", "type"), &kind, DataType::parse, &kinds);
        let mut yes = |key: &str| {
            let said = text(key);
            self.yes(at, key, &said)
        };
        let (required, key) = (yes("item_required"), yes("item_key"));
        Some(Item {
            // Databases write their columns in capitals.
            code: code.to_lowercase(),
            name,
            kind,
            length,
            required: required || key,
            key,
            sensitive: yes("item_sensitive"),
            codes: text("item_codes"),
            field: text("item_field").to_lowercase(),
            concept: text("item_concept"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::acts::{classes, import::columns};

    const HEAD: [&str; 9] = [
        "name",
        "provider",
        "subject",
        "heading",
        "share",
        "cycle",
        "item_code",
        "item_name",
        "item_type",
    ];

    fn read(rows: &[[&str; 9]]) -> Vec<Written> {
        let (columns, classes) = (columns().unwrap(), classes().unwrap());
        let lines = rows.iter().enumerate().map(|(at, row)| {
            let cell = |column: &SheetColumn| {
                let place = HEAD.iter().position(|key| *key == column.key);
                place.map_or(String::new(), |place| row[place].to_owned())
            };
            SheetLine { line: at as i64 + 2, cells: columns.iter().map(cell).collect() }
        });
        let numbers = crate::terms::numbers_of("guide-2017").unwrap().unwrap();
        let reader = Scribe { columns: &columns, classes: &classes, numbers: &numbers };
        reader.resources(&lines.collect::<Vec<_>>())
    }

    #[test]
    fn a_line_for_each_item_makes_one_resource_and_numbers_of_the_guide_become_words() {
        let found = read(&[
            ["婚姻登记", "民政局", "人口信息", "002", "2", "4", "NAME", "姓名", "C"],
            ["", "", "", "", "", "", "state", "状态", "字符型"],
            ["收养登记", "民政局", "101", "003", "有条件共享", "每月", "name", "姓名", ""],
        ]);
        assert_eq!(found.len(), 2);
        let one = &found[0].resource;
        assert!(found.iter().all(|one| one.wrong.is_empty()), "{found:?}");
        assert_eq!((one.share, one.cycle), (Share::Conditional, Cycle::Monthly));
        assert_eq!((one.place.class.as_str(), one.place.subject.as_str()), ("1", "01"));
        let codes: Vec<&str> = one.items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(codes, ["name", "state"]);
        assert_eq!(found[1].resource.place.subject, "01");
    }

    #[test]
    fn what_is_wrong_is_told_by_line_column_and_rule() {
        let found = read(&[
            ["甲", "民政局", "101", "001", "随便", "每月", "a", "一", "文字"],
            ["", "", "", "", "", "每日", "", "二", "字符型"],
            ["乙", "民政局", "101", "001", "1", "每月", "a", "一", ""],
            ["甲", "民政局", "101", "001", "1", "每月", "a", "一", ""],
        ]);
        let told: Vec<(i64, &str, &str)> = found
            .iter()
            .flat_map(|one| &one.wrong)
            .map(|bad| (bad.line, bad.field.as_str(), bad.rule.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (2, "数据类型", OF_LIST),
                (3, "信息项代码", "必填"),
                (2, "共享类型", OF_LIST),
                (3, "更新周期", CONSISTENT),
                (5, "信息资源名称", "重复"),
            ]
        );
    }

    proptest! {
        /// Whatever a sheet holds: every line with an item is an item of one resource, and nothing is told of lines that
        /// are not there.
        #[test]
        fn no_line_is_lost(rows in prop::collection::vec(
            prop::array::uniform9(prop::sample::select(vec!["", "甲", "乙", "1", "101", "是"])), 1..20)) {
            let found = read(&rows);
            let items: usize = found.iter().map(|one| one.resource.items.len()).sum();
            let said = rows.iter().filter(|row| !row[6].is_empty() || !row[7].is_empty()).count();
            prop_assert_eq!(items, said);
            let last = rows.len() as i64 + 1;
            prop_assert!(found.iter().flat_map(|one| &one.wrong).all(|bad| (2..=last).contains(&bad.line)));
        }
    }
}
