//! The fields of a mandate on paper: as it is brought with an application, and for a case that runs.

use access::{Mandate, NamedItem, Power};
use base::FieldError;
use frame::parts::{Choice, Field, Markup, Width, details, suggestions};
use maud::html;

use crate::terms::window::Brought;

/// The id of the items that are offered by name.
pub(super) const ITEMS: &str = "items-by-name";
/// So many lines for items there are, and one more than was typed.
const LINES: usize = 4;

/// What was typed, what is wrong with it, and what there is to choose from.
pub(super) struct Shown<'a> {
    pub(super) brought: &'a Brought,
    pub(super) errors: &'a [FieldError],
    /// The mandates that a window has taken in before, to choose one of.
    pub(super) known: &'a [Mandate],
    /// Whether firms alone apply for it.
    pub(super) of_firm: bool,
    pub(super) longest_days: i64,
}

impl Shown<'_> {
    pub(super) fn with(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.clone())
    }

    pub(super) fn line(&self, name: &str, label: &str, value: &str) -> Field {
        Field::text(name, label).value(value).error(self.with(name))
    }
}

/// Items as they are offered to be typed: by name, with the code beside it.
pub(super) fn offered(items: &[NamedItem]) -> Markup {
    let choices: Vec<Choice> = items
        .iter()
        .map(|item| Choice::new(access::item_offered(item, items), "").hint(&item.code))
        .collect();
    suggestions(ITEMS, &choices)
}

/// Who the agent is, and what the paper says.
pub(super) fn agent_fields(shown: &Shown<'_>) -> Markup {
    let brought = shown.brought;
    let scopes = vec![
        Choice::new("this", "只办这一件"),
        Choice::new("items", "写明的事项"),
        Choice::new("all", "全部事项"),
    ];
    let powers =
        Power::ALL.iter().map(|power| Choice::new(power.as_str(), power.title())).collect();
    html! {
        (shown.line("agent_name", "代理人姓名", &brought.agent_name).width(Width::Long))
        (shown.line("agent_number", "代理人的公民身份号码", &brought.agent_number)
            .width(Width::Long))
        (Field::confirm("compared", "我看过代理人的身份证原件，证件上的人就是面前的人")
            .value(&brought.compared).error(shown.with("compared")))
        (known_field(shown))
        (Field::radios("scope", "委托办理哪些事", scopes).value(&brought.scope)
            .hint("照委托书写的选").error(shown.with("scope")))
        (item_lines(shown))
        (Field::checks("powers", "委托书写明的权限", powers).values(brought.powers.clone())
            .hint("能补正或者撤回的，也能查询").error(shown.with("powers")))
        (Field::date("from", "委托书的第一天").value(&brought.from).error(shown.with("from"))
            .hint("没有写的，写签署的那一天"))
        (Field::date("until", "委托书的最后一天").value(&brought.until).error(shown.with("until"))
            .hint(format!("最多 {} 天，含首尾", shown.longest_days)))
        (firm_fields(shown))
    }
}

/// A line an item, each offering the names; one more than was typed.
fn item_lines(shown: &Shown<'_>) -> Markup {
    let typed: Vec<&str> = shown.brought.items.lines().filter(|line| !line.is_empty()).collect();
    let lines = LINES.max(typed.len() + 1);
    let fields = html! {
        p class="hint" { "一行一个，可以从列出的名称里选，也可以填写编码；本单位以外的事项写全名称。" }
        @for n in 0..lines {
            @let value = typed.get(n).copied().unwrap_or_default();
            @if n == 0 {
                (shown.line("items", "委托书写明的事项", value).suggest(ITEMS))
            } @else {
                (Field::text(format!("items.{n}"), format!("第 {} 个事项", n + 1)).value(value)
                    .suggest(ITEMS).optional())
            }
        }
    };
    let open = shown.brought.scope == "items" || shown.with("items").is_some();
    html! { @if open { (fields) } @else { (details("写明的事项（选“写明的事项”的打开填写）", fields)) } }
}

/// Those that a window has taken in before.
fn known_field(shown: &Shown<'_>) -> Markup {
    if shown.known.is_empty() {
        return html! {};
    }
    let said = |one: &Mandate| {
        format!("{}；{}；到{}", one.scope.said(), one.powers_said(), one.until.chinese())
    };
    let choices = shown.known.iter().map(|one| {
        Choice::new(one.id.to_string(), format!("用{}窗口登记的这一份", one.organ_name))
            .hint(said(one))
    });
    html! {
        (Field::radios("known", "已经登记的委托书", choices.collect())
            .value(&shown.brought.known).error(shown.with("known")))
    }
}

/// The firm: it must be there where firms alone apply; else a firm is named whole, or not at all.
fn firm_fields(shown: &Shown<'_>) -> Markup {
    let brought = shown.brought;
    let words = match shown.of_firm {
        true => "这个事项由单位申请：委托书要以单位名义写、盖单位公章，名称和代码都要填写。",
        false => {
            "委托书以单位名义写、盖了单位公章的填写，名称和代码都要填；只能用来办理这个单位的事。"
        }
    };
    let fields = html! {
        p class="hint" { (words) }
        (shown.line("firm_name", "单位名称", &brought.firm_name))
        (shown.line("firm_code", "统一社会信用代码", &brought.firm_code).width(Width::Long))
    };
    let typed = !brought.firm_name.is_empty()
        || !brought.firm_code.is_empty()
        || shown.with("firm_name").is_some();
    html! {
        @if shown.of_firm || typed { (fields) }
        @else { (details("委托书是以单位名义写的", fields)) }
    }
}

/// The first of what a form sends under this name.
pub(super) fn said(pairs: &[(String, String)], name: &str) -> String {
    let found = pairs.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// What a form sends of who stands there.
pub(super) fn read(pairs: &[(String, String)]) -> Brought {
    let pairs = &frame::with_days(pairs.to_vec());
    let said = |name: &str| said(pairs, name);
    let powers = pairs.iter().filter(|(field, _)| field == "powers");
    let items = pairs.iter().filter(|(field, _)| field == "items" || field.starts_with("items."));
    let items = items.map(|(_, value)| value.trim()).filter(|line| !line.is_empty());
    Brought {
        came: said("came"),
        known: said("known"),
        agent_name: said("agent_name"),
        agent_number: said("agent_number"),
        scope: said("scope"),
        items: items.collect::<Vec<_>>().join("\n"),
        powers: powers.map(|(_, value)| value.clone()).collect(),
        from: said("from"),
        until: said("until"),
        firm_name: said("firm_name"),
        firm_code: said("firm_code"),
        compared: said("compared"),
    }
}
