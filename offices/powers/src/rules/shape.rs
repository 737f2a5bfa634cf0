//! Whether what was written has the shape of an item: every key that must be there, no other, each
//! value of its kind and length. The shape itself is data, `data/items.schema.json`; what is wrong
//! is told place by place, so that an official finds it in the file.

use std::collections::HashMap;
use std::sync::OnceLock;

use base::{Day, Fault};
use frame::form::Form;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Broken};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Value, json};

use super::{Defect, defect};
use crate::terms::{Brought, Item, ItemsFile, Source, read_json};

const SCHEMA: &str = include_str!("../../data/items.schema.json");

/// An item that was read: itself when its shape is right, its form, and all that is wrong so far.
#[derive(Clone, Debug)]
pub struct Read {
    /// The item; none when its shape is wrong.
    pub item: Option<Item>,
    /// The form, null when there is none; none when it cannot be read.
    pub form: Option<Value>,
    /// What is wrong with the shape of either.
    pub defects: Vec<Defect>,
}

/// Reads a file of items: its laws, its themes, and its items, which are not judged yet.
///
/// Refuses a text that is no JSON, and laws and themes in another shape. Fails only if the shipped
/// description of the shape cannot be read.
pub fn read_file(text: &str) -> Result<Result<ItemsFile, Vec<Defect>>, Fault> {
    let mut file = match read_json(text) {
        Ok(file) => file,
        Err(bad) => return Ok(Err(vec![defect("json", "", bad.to_string())])),
    };
    // The items are judged one by one, so that a wrong one does not keep out the others.
    let items = match file.get_mut("items") {
        Some(Value::Array(items)) => std::mem::take(items),
        _ => Vec::new(),
    };
    let mut defects = shapes()?.wrong(&file, Part::File);
    unseen(&file, &mut defects);
    if items.len() > ITEMS_MAX {
        let words = format!("一个文件最多 {ITEMS_MAX} 个事项，请分成几个文件");
        defects.push(defect("items_max", "items", words));
    }
    if !defects.is_empty() {
        return Ok(Err(defects));
    }
    let file: ItemsFile = serde_json::from_value(file)?;
    Ok(Ok(ItemsFile { items, ..file }))
}

/// No file has more items.
const ITEMS_MAX: usize = 5_000;

/// Reads an item and its form.
pub fn read(brought: &Brought) -> Result<Read, Fault> {
    let written = &brought.item;
    let mut defects = shapes()?.wrong(written, Part::Item);
    unseen(written, &mut defects);
    if defects.is_empty() {
        bad_sources(written, &mut defects);
        let day = written.get("effective_from").and_then(Value::as_str).unwrap_or_default();
        if day.parse::<Day>().is_err() {
            defects.push(defect("day", "effective_from", "没有这一天"));
        }
    }
    let item = defects.is_empty().then(|| serde_json::from_value(written.clone()));
    let item = match item.transpose() {
        Ok(item) => item,
        Err(error) => {
            defects.push(defect("shape", "", format!("有一项的写法不对（{error}）")));
            None
        }
    };
    let form = form_of(brought, &mut defects);
    Ok(Read { item, form, defects })
}

/// The form, if it can be read; what is wrong with it goes to `found`.
fn form_of(brought: &Brought, found: &mut Vec<Defect>) -> Option<Value> {
    let file = format!("forms/{}.json", brought.slug());
    let form = match &brought.form {
        Ok(form) => form.clone(),
        Err(words) => {
            found.push(defect("form", file, words.as_str()));
            return None;
        }
    };
    if form.is_null() {
        return Some(form);
    }
    let mut inside = Vec::new();
    unseen(&form, &mut inside);
    bad_sources(&form, &mut inside);
    found.extend(inside.into_iter().map(|one| one.inside(&file)));
    let faults = Form::faults(&form);
    found.extend(faults.into_iter().map(|fault| defect("form", file.as_str(), fault.to_string())));
    Some(form)
}

#[derive(Clone, Copy)]
enum Part {
    File,
    Item,
}

struct Shapes {
    file: Validator,
    item: Validator,
    /// What to say when a pattern is not met.
    messages: HashMap<String, String>,
}

fn shapes() -> Result<&'static Shapes, Fault> {
    static SHAPES: OnceLock<Result<Shapes, String>> = OnceLock::new();
    SHAPES
        .get_or_init(|| Shapes::read().map_err(|error| error.to_string()))
        .as_ref()
        .map_err(|error| Fault::said(format!("reading data/items.schema.json: {error}")))
}

impl Shapes {
    fn read() -> Result<Self, Box<dyn std::error::Error>> {
        let schema: Value = serde_json::from_str(SCHEMA)?;
        let item = json!({ "$ref": "#/$defs/item", "$defs": schema.get("$defs") });
        // Patterns run on an engine whose time grows with the text and no faster.
        let build = |schema: &Value| {
            let patterns = PatternOptions::regex();
            let options = jsonschema::options().with_draft(Draft::Draft202012);
            options.with_pattern_options(patterns).build(schema).map_err(|error| error.to_string())
        };
        let mut messages = HashMap::new();
        gather_messages(&schema, &mut messages);
        Ok(Self { file: build(&schema)?, item: build(&item)?, messages })
    }

    fn wrong(&self, value: &Value, part: Part) -> Vec<Defect> {
        let validator = match part {
            Part::File => &self.file,
            Part::Item => &self.item,
        };
        let errors = validator.iter_errors(value).take(super::DEFECTS_MAX);
        errors.flat_map(|error| self.defects(value, &error)).collect()
    }

    fn defects(&self, root: &Value, error: &ValidationError<'_>) -> Vec<Defect> {
        let place = place_of(root, error.instance_path().as_str());
        let below = |name: &str| match place.as_str() {
            "" => name.to_owned(),
            place => format!("{place}.{name}"),
        };
        match error.kind() {
            Broken::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![defect("missing", below(name), "缺这一项")]
            }
            Broken::AdditionalProperties { unexpected } => {
                let strange = unexpected.iter();
                strange
                    .map(|name| defect("unknown", below(name), "没有这样的项，请核对拼写"))
                    .collect()
            }
            kind => vec![defect("shape", place, self.words(kind))],
        }
    }

    fn words(&self, kind: &Broken) -> String {
        match kind {
            Broken::Type { kind } => format!("应当是{}", type_words(kind)),
            Broken::Enum { options } => {
                let options = options.as_array().into_iter().flatten().filter_map(Value::as_str);
                format!("只能是 {}", options.collect::<Vec<_>>().join("、"))
            }
            Broken::Pattern { pattern } => {
                self.messages.get(pattern).map_or("写法不对", String::as_str).to_owned()
            }
            Broken::PropertyNames { error } => self.words(error.kind()),
            Broken::MinLength { .. } => "不能空着".to_owned(),
            Broken::MaxLength { limit } => format!("最多 {limit} 个字"),
            Broken::Minimum { limit } => format!("不能小于 {limit}"),
            Broken::Maximum { limit } => format!("不能大于 {limit}"),
            Broken::MinItems { limit } => format!("至少 {limit} 项"),
            Broken::MaxItems { limit } | Broken::MaxProperties { limit } => {
                format!("最多 {limit} 项")
            }
            _ => "写法不对".to_owned(),
        }
    }
}

fn gather_messages(schema: &Value, messages: &mut HashMap<String, String>) {
    let text = |word: &str| schema.get(word).and_then(Value::as_str);
    if let (Some(pattern), Some(message)) = (text("pattern"), text("x-message")) {
        messages.insert(pattern.to_owned(), message.to_owned());
    }
    children(schema).for_each(|(_, child)| gather_messages(child, messages));
}

fn type_words(kind: &TypeKind) -> String {
    let types = match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(_) => "object".to_owned(),
    };
    match types.as_str() {
        "string" => "文字，写在双引号里",
        "integer" => "整数，不加引号",
        "boolean" => "true 或者 false，不加引号",
        "array" => "列表，写在方括号里",
        "object" => "对象，写在花括号里",
        _ => "别的类型",
    }
    .to_owned()
}

/// A JSON pointer as the documentation writes places: `materials[floor-plan].copies`. Members of a
/// list go by their key, code or slug, otherwise by their number, counted from 1.
fn place_of(root: &Value, pointer: &str) -> String {
    let mut place = String::new();
    let mut here = Some(root);
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let index = here.filter(|value| value.is_array()).and_then(|_| part.parse::<usize>().ok());
        here = match index {
            Some(index) => here.and_then(|list| list.get(index)),
            None => here.and_then(|value| value.get(&part)),
        };
        step(&mut place, &part, index, here);
    }
    place
}

/// One step further into a value.
fn step(place: &mut String, name: &str, index: Option<usize>, child: Option<&Value>) {
    match index {
        Some(index) => {
            let known = |word| child.and_then(|child| child.get(word)).and_then(Value::as_str);
            let known = ["key", "code", "slug"].into_iter().find_map(known);
            let known = known.filter(|text| !text.is_empty() && text.len() <= 60);
            place.push_str(&match known {
                Some(text) => format!("[{text}]"),
                None => format!("[{}]", index + 1),
            });
        }
        None if place.is_empty() => place.push_str(name),
        None => {
            place.push('.');
            place.push_str(name);
        }
    }
}

/// The members of a value with their names.
fn children(value: &Value) -> impl Iterator<Item = (Step<'_>, &Value)> {
    let members = value.as_object().into_iter().flatten();
    let list = value.as_array().into_iter().flatten().enumerate();
    members
        .map(|(name, child)| (Step { name, index: None }, child))
        .chain(list.map(|(index, child)| (Step { name: "", index: Some(index) }, child)))
}

struct Step<'v> {
    name: &'v str,
    index: Option<usize>,
}

/// Walks a value and tells `look` each member with its place and its own name.
fn walk(value: &Value, place: &mut String, look: &mut impl FnMut(&str, &str, &Value)) {
    for (Step { name, index }, child) in children(value) {
        let length = place.len();
        step(place, name, index, Some(child));
        look(place, name, child);
        walk(child, place, look);
        place.truncate(length);
    }
}

/// Whether a sign is one that nobody sees: it moves the cursor, takes no room, or turns the direction
/// of writing, so that another text is shown than the one that was approved.
pub fn is_unseen(sign: char) -> bool {
    let without_room = ['\u{feff}'];
    let ranges = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{2069}'];
    sign.is_control()
        || without_room.contains(&sign)
        || ranges.iter().any(|range| range.contains(&sign))
}

/// Finds what nobody sees, in keys and in texts. A line break may stand in a text.
fn unseen(value: &Value, found: &mut Vec<Defect>) {
    let hidden = |sign: &char| is_unseen(*sign) && *sign != '\n';
    walk(value, &mut String::new(), &mut |place, name, child| {
        let mut signs = name.chars().chain(child.as_str().unwrap_or_default().chars());
        if let Some(sign) = signs.find(hidden) {
            let words = format!("有看不见的字符 U+{:04X}，请删去", u32::from(sign));
            found.push(defect("unseen", place, words));
        }
    });
}

fn bad_sources(value: &Value, found: &mut Vec<Defect>) {
    walk(value, &mut String::new(), &mut |place, name, child| {
        let source = child.as_str().filter(|_| matches!(name, "src" | "shared_src"));
        if let Some(Err(bad)) = source.map(str::parse::<Source>) {
            found.push(defect("source", place, bad.to_string()));
        }
    });
}
