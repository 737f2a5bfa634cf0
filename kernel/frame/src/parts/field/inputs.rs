//! The inputs themselves, by kind.

use maud::{Markup, html};

use super::{Choice, Field, Kind};

/// What files a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Endings with their dot: `.pdf`.
    pub endings: Vec<String>,
    /// No file is larger.
    pub bytes_max: u64,
    /// No more files than this; more than one lets several be chosen at once.
    pub count_max: u32,
}

impl FileLimits {
    /// Papers and pictures of at most 20 MB, one a field.
    pub fn papers() -> Self {
        let endings = [".pdf", ".ofd", ".jpg", ".jpeg", ".png"].map(str::to_owned).to_vec();
        Self { endings, bytes_max: 20 * 1024 * 1024, count_max: 1 }
    }

    fn words(&self) -> String {
        let kinds: Vec<String> =
            self.endings.iter().map(|one| one.trim_start_matches('.').to_uppercase()).collect();
        let size = size_said(self.bytes_max);
        let many = if self.count_max > 1 {
            format!("，最多 {} 个", self.count_max)
        } else {
            String::new()
        };
        format!("可以交 {}，每个不超过 {size}{many}", kinds.join("、"))
    }
}

/// A size as people say it: `320 KB`, `2.5 MB`.
pub fn size_said(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = 1024 * KB;
    if bytes < KB {
        format!("{bytes} 字节")
    } else if bytes < MB {
        format!("{} KB", bytes.div_ceil(KB))
    } else {
        let tenths = (bytes * 10).div_ceil(MB);
        match tenths % 10 {
            0 => format!("{} MB", tenths / 10),
            rest => format!("{}.{rest} MB", tenths / 10),
        }
    }
}

impl Field {
    pub(super) fn input(&self) -> Markup {
        match &self.kind {
            Kind::Text { kind } => self.text_input(kind),
            Kind::Area { rows } => self.area_input(*rows),
            Kind::Select(of) => self.select_input(of),
            Kind::Radios(of) => self.boxes("radio", of),
            Kind::Checks(of) => self.boxes("checkbox", of),
            Kind::Confirm => self.confirm_input(),
            Kind::Date => self.date_input(),
            Kind::File(limits) => self.file_input(limits),
        }
    }

    fn text_input(&self, kind: &str) -> Markup {
        // A password is never written back into a page.
        let value = if kind == "password" { "" } else { self.first() };
        let input = html! {
            input class=(self.width.class()) id=(self.id()) name=(self.name) type=(kind) value=(value)
                inputmode=[self.mode] autocomplete=[&self.complete] maxlength=[self.max] list=[&self.list]
                aria-describedby=[self.described()] aria-invalid=[self.invalid()];
        };
        html! {
            @if let Some(unit) = &self.unit {
                div class="input-with-unit" { (input) span class="unit" { (unit) } }
            } @else { (input) }
        }
    }

    fn area_input(&self, rows: u32) -> Markup {
        let counted = self.max.map(|_| format!("{}-count", self.id()));
        html! {
            textarea class="input" id=(self.id()) name=(self.name) rows=(rows) data-max=[self.max]
                aria-describedby=[self.described()] aria-invalid=[self.invalid()] {
                // A browser drops the first line break of a text area; this one is for it.
                "\n" (self.first())
            }
            @if let Some(max) = self.max {
                p class="hint count-left" id=[counted] aria-live="polite" { "最多 " (max) " 个字" }
            }
        }
    }

    fn select_input(&self, of: &[Choice]) -> Markup {
        html! {
            div class="select" {
                select class=(self.width.class()) id=(self.id()) name=(self.name)
                    aria-describedby=[self.described()] aria-invalid=[self.invalid()] {
                    option value="" { "请选择" }
                    @for choice in of {
                        option value=(choice.value) selected[self.holds(&choice.value)] { (choice.title) }
                    }
                }
            }
        }
    }

    fn boxes(&self, kind: &str, of: &[Choice]) -> Markup {
        html! {
            div class="boxes" {
                @for (place, choice) in of.iter().enumerate() {
                    // The error summary leads to the first of them.
                    @let id = if place == 0 { self.id() } else { format!("{}-{}", self.id(), place + 1) };
                    @let hint = choice.hint.as_ref().map(|_| format!("{id}-more"));
                    div class="box" {
                        input id=(id) type=(kind) name=(self.name) value=(choice.value)
                            checked[self.holds(&choice.value)] aria-describedby=[&hint]
                            aria-invalid=[if kind == "checkbox" { self.invalid() } else { None }];
                        label for=(id) { (choice.title) }
                        @if let Some(more) = &choice.hint { p class="hint" id=[&hint] { (more) } }
                    }
                }
            }
        }
    }

    fn confirm_input(&self) -> Markup {
        html! {
            div class="boxes" {
                div class="box" {
                    input id=(self.id()) type="checkbox" name=(self.name) value="true"
                        checked[self.first() == "true"] aria-describedby=[self.described()]
                        aria-invalid=[self.invalid()];
                    label for=(self.id()) { (self.title()) }
                }
            }
        }
    }

    fn date_input(&self) -> Markup {
        let mut parts = self.first().split('-').map(|part| part.trim_start_matches('0'));
        let (year, month, day) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let part = |ending: &str, word: &str, value: &str, length: u32, id: String| {
            html! {
                div class="date-part" {
                    input class=(if length > 2 { "input input-year" } else { "input input-two" }) id=(id)
                        name={ (self.name) "." (ending) } type="text" inputmode="numeric"
                        maxlength=(length) value=(value) autocomplete="off" aria-invalid=[self.invalid()];
                    label for=(id) { (word) }
                }
            }
        };
        let id = self.id();
        html! {
            div class="date-parts" {
                (part("year", "年", year, 4, id.clone()))
                (part("month", "月", month, 2, format!("{id}-month")))
                (part("day", "日", day, 2, format!("{id}-day")))
            }
        }
    }

    fn file_input(&self, limits: &FileLimits) -> Markup {
        html! {
            div class="file" {
                input class="file-input" id=(self.id()) name=(self.name) type="file"
                    accept=(limits.endings.join(",")) multiple[limits.count_max > 1]
                    data-bytes-max=(limits.bytes_max) data-count-max=(limits.count_max)
                    aria-describedby=[self.described()] aria-invalid=[self.invalid()];
                p class="hint" id={ (self.id()) "-limits" } { (limits.words()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_round_numbers() {
        assert_eq!(size_said(512), "512 字节");
        assert_eq!(size_said(320 * 1024), "320 KB");
        assert_eq!(size_said(20 * 1024 * 1024), "20 MB");
        assert_eq!(size_said(2_621_440), "2.5 MB");
    }

    #[test]
    fn a_password_is_never_written_back() {
        let field = Field::password("secret", "密码").value("hunter2");
        let drawn = maud::Render::render(&field).into_string();
        assert!(!drawn.contains("hunter2"), "{drawn}");
        assert!(drawn.contains("type=\"password\""), "it is masked: {drawn}");
    }
}
