//! Fields of forms: a label, why it is asked, the input, and words beside it when it is wrong.

use maud::{Markup, Render, html};

use super::text::{icon, visually_hidden};

mod inputs;

pub use inputs::{FileLimits, size_said};

/// The id of a field's first input: where the error summary leads.
pub fn field_id(name: &str) -> String {
    format!("f-{name}")
}

/// One of several things to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub title: String,
    /// A few words more.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, title: impl Into<String>) -> Self {
        Self { value: value.into(), title: title.into(), hint: None }
    }

    /// A few words beneath the title.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// How wide an input is: as wide as what belongs into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// About four signs.
    Short,
    /// About twelve: a telephone number.
    Medium,
    /// About twenty: a name, an identity number.
    Long,
    /// The whole line.
    #[default]
    Full,
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Width::Short => "input input-short",
            Width::Medium => "input input-medium",
            Width::Long => "input input-long",
            Width::Full => "input",
        }
    }
}

#[derive(Clone, Debug)]
enum Kind {
    Text { kind: &'static str },
    Area { rows: u32 },
    Select(Vec<Choice>),
    Radios(Vec<Choice>),
    Checks(Vec<Choice>),
    Confirm,
    Date,
    File(FileLimits),
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    name: String,
    label: String,
    kind: Kind,
    hint: Option<String>,
    why: Option<String>,
    values: Vec<String>,
    unit: Option<String>,
    error: Option<String>,
    optional: bool,
    source: Option<Markup>,
    locked: bool,
    width: Width,
    mode: Option<&'static str>,
    complete: Option<String>,
    max: Option<u64>,
    heading: bool,
    list: Option<String>,
}

/// What fields that name it by its id offer while one types: what they take, and a few words more beside it. Anything else
/// can be typed too.
pub fn suggestions(id: &str, of: &[Choice]) -> Markup {
    html! {
        datalist id=(id) {
            @for choice in of {
                option value=(choice.value) label=[choice.hint.as_ref()] {}
            }
        }
    }
}

impl Field {
    fn of(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            hint: None,
            why: None,
            values: Vec::new(),
            unit: None,
            error: None,
            optional: false,
            source: None,
            locked: false,
            width: Width::Full,
            mode: None,
            complete: None,
            max: None,
            heading: false,
            list: None,
        }
    }

    /// One line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::of(name, label, Kind::Text { kind: "text" })
    }

    /// Digits: a whole number, a code.
    pub fn number(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::text(name, label).mode("numeric").width(Width::Medium)
    }

    /// A password.
    pub fn password(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::of(name, label, Kind::Text { kind: "password" }).width(Width::Long)
    }

    /// Several lines of text.
    pub fn area(name: impl Into<String>, label: impl Into<String>, rows: u32) -> Self {
        Self::of(name, label, Kind::Area { rows })
    }

    /// One of many, in a list that drops down. For up to seven take `radios`.
    pub fn select(name: impl Into<String>, label: impl Into<String>, of: Vec<Choice>) -> Self {
        Self::of(name, label, Kind::Select(of)).width(Width::Long)
    }

    /// One of a few.
    pub fn radios(name: impl Into<String>, label: impl Into<String>, of: Vec<Choice>) -> Self {
        Self::of(name, label, Kind::Radios(of))
    }

    /// Any of a few.
    pub fn checks(name: impl Into<String>, label: impl Into<String>, of: Vec<Choice>) -> Self {
        Self::of(name, label, Kind::Checks(of))
    }

    /// One box to tick: 我已阅读并同意. It sends `true`.
    pub fn confirm(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::of(name, label, Kind::Confirm)
    }

    /// A day, as three numbers: `name.year`, `name.month`, `name.day`. Its value is `YYYY-MM-DD`.
    pub fn date(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::of(name, label, Kind::Date)
    }

    /// A file. The form must be sent as `multipart/form-data`.
    pub fn file(name: impl Into<String>, label: impl Into<String>, limits: FileLimits) -> Self {
        Self::of(name, label, Kind::File(limits))
    }

    /// What to write and in which form.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Why it is asked.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// What stands in it.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values = vec![value.into()];
        self
    }

    /// What is chosen, for `checks`.
    pub fn values(mut self, values: Vec<String>) -> Self {
        self.values = values;
        self
    }

    /// Words after the input: 平方米.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// What is wrong with it.
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// It may stay empty, and says so.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Where its value comes from: `parts::source_note`.
    pub fn source(mut self, source: Markup) -> Self {
        self.source = Some(source);
        self
    }

    /// Shown, but not to be changed here. It sends nothing.
    pub fn locked(mut self) -> Self {
        self.locked = true;
        self
    }

    /// How wide the input is.
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// Which keys a telephone offers: `numeric`, `decimal`, `tel`, `email`.
    pub fn mode(mut self, mode: &'static str) -> Self {
        self.mode = Some(mode);
        self
    }

    /// What the browser may fill in: `name`, `tel`, `current-password`.
    pub fn complete(mut self, complete: impl Into<String>) -> Self {
        self.complete = Some(complete.into());
        self
    }

    /// Offers what stands in these [`suggestions`].
    pub fn suggest(mut self, list: impl Into<String>) -> Self {
        self.list = Some(list.into());
        self
    }

    /// No more signs than this; a text area counts them.
    pub fn max(mut self, max: u64) -> Self {
        self.max = Some(max);
        self
    }

    /// The label is the page's `h1`: for pages that ask one thing.
    pub fn as_heading(mut self) -> Self {
        self.heading = true;
        self
    }

    fn id(&self) -> String {
        field_id(&self.name)
    }

    fn first(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    fn holds(&self, value: &str) -> bool {
        self.values.iter().any(|held| held == value)
    }

    /// Ids of the words that belong to the input.
    fn described(&self) -> Option<String> {
        let id = self.id();
        let mut ids = Vec::new();
        for (there, ending) in [
            (self.hint.is_some(), "hint"),
            (self.why.is_some(), "why"),
            (self.source.is_some(), "source"),
            (self.error.is_some(), "error"),
            (matches!(self.kind, Kind::File(_)), "limits"),
            (matches!(self.kind, Kind::Area { .. }) && self.max.is_some(), "count"),
        ] {
            if there {
                ids.push(format!("{id}-{ending}"));
            }
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Radios(_) | Kind::Checks(_) | Kind::Date)
    }

    fn title(&self) -> Markup {
        let words = html! {
            (self.label)
            @if self.optional { span class="optional" { "（选填）" } }
        };
        html! { @if self.heading { h1 { (words) } } @else { (words) } }
    }

    /// The words between the label and the input.
    fn words(&self) -> Markup {
        let id = self.id();
        html! {
            @if let Some(hint) = &self.hint { p class="hint" id={ (id) "-hint" } { (hint) } }
            @if let Some(why) = &self.why {
                p class="why" id={ (id) "-why" } { span class="why-mark" { "为什么问" } (why) }
            }
            @if let Some(source) = &self.source { p class="field-source" id={ (id) "-source" } { (source) } }
            @if let Some(error) = &self.error {
                p class="field-error" id={ (id) "-error" } {
                    (icon("octagon-alert")) (visually_hidden("错误：")) (error)
                }
            }
        }
    }

    fn shown(&self) -> String {
        match &self.kind {
            Kind::Select(of) | Kind::Radios(of) | Kind::Checks(of) => {
                let chosen = of.iter().filter(|choice| self.holds(&choice.value));
                chosen.map(|choice| choice.title.as_str()).collect::<Vec<_>>().join("、")
            }
            Kind::Date => match self.first().parse::<base::Day>() {
                Ok(day) => day.chinese(),
                Err(_) => self.first().to_owned(),
            },
            Kind::Confirm => if self.first() == "true" { "是" } else { "否" }.to_owned(),
            _ => self.first().to_owned(),
        }
    }

    fn locked_markup(&self) -> Markup {
        html! {
            div class="field field-locked" {
                p class="label" { (self.label) }
                p class="locked-value" id=(self.id()) {
                    (icon("lock")) (self.shown())
                    @if let Some(unit) = &self.unit { " " (unit) }
                }
                (self.words())
            }
        }
    }
}

impl Render for Field {
    fn render(&self) -> Markup {
        if self.locked {
            return self.locked_markup();
        }
        let class = if self.error.is_some() { "field field-wrong" } else { "field" };
        html! {
            @if self.is_group() {
                fieldset class=(class) aria-describedby=[self.described()] {
                    legend class="label" { (self.title()) }
                    (self.words())
                    (self.input())
                }
            } @else if matches!(self.kind, Kind::Confirm) {
                div class=(class) { (self.words()) (self.input()) }
            } @else {
                div class=(class) {
                    @if self.heading {
                        h1 class="label" { label for=(self.id()) { (self.label) @if self.optional { span class="optional" { "（选填）" } } } }
                    } @else {
                        label class="label" for=(self.id()) { (self.title()) }
                    }
                    (self.words())
                    (self.input())
                }
            }
        }
    }
}
