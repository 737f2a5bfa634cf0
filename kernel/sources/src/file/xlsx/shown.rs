//! Values of a workbook as the clerk sees them: days as days, codes with their leading noughts,
//! shares with their sign, numbers without the noise of floating point.

use std::borrow::Cow;

use calamine::{DataRef, ExcelDateTime, Style};

use crate::Mark;

/// How a number is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// As it is.
    #[default]
    General,
    /// With so many digits at least: `0000`.
    Padded(usize),
    /// As a share, with so many decimals: `0.00%`.
    Percent(usize),
}

impl Shape {
    fn of(format: &str) -> Self {
        if format.len() > 1 && format.len() <= 32 && format.bytes().all(|byte| byte == b'0') {
            return Self::Padded(format.len());
        }
        match format.strip_suffix('%') {
            Some("0") => Self::Percent(0),
            Some(number) => match number.strip_prefix("0.") {
                Some(part) if part.len() <= 15 && part.bytes().all(|byte| byte == b'0') => {
                    Self::Percent(part.len())
                }
                _ => Self::General,
            },
            None => Self::General,
        }
    }
}

/// The shapes of a workbook's styles.
pub(super) struct Styles(Vec<Shape>);

impl Styles {
    pub(super) fn of(styles: &[Style]) -> Self {
        let shape = |style: &Style| {
            style
                .number_format
                .as_ref()
                .map_or(Shape::General, |format| Shape::of(&format.format_code))
        };
        Self(styles.iter().map(shape).collect())
    }

    pub(super) fn at(&self, style: usize) -> Shape {
        self.0.get(style).copied().unwrap_or_default()
    }
}

/// The text of a value, or what is wrong with it.
pub(super) fn text<'v>(
    value: &'v DataRef<'_>,
    shape: Shape,
) -> Result<(Cow<'v, str>, Mark), String> {
    let plain = |text: Cow<'v, str>| Ok((text, Mark::Plain));
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            plain(text.as_str().into())
        }
        DataRef::SharedString(text) => plain((*text).into()),
        DataRef::Bool(value) => plain(if *value { "TRUE" } else { "FALSE" }.into()),
        DataRef::Int(value) => plain(value.to_string().into()),
        DataRef::Float(value) => Ok(number(*value, shape)),
        DataRef::DateTime(moment) => Ok(day(*moment)),
        DataRef::Error(wrong) => {
            Err(format!("这一格的公式没有结果（{wrong}），请改正公式或者直接填写"))
        }
        DataRef::Empty => Ok(("".into(), Mark::Null)),
    }
}

fn number(value: f64, shape: Shape) -> (Cow<'static, str>, Mark) {
    // A number has fifteen digits in a workbook; behind them stands noise: 0.30000000000000004.
    let value = format!("{value:.14e}").parse().unwrap_or(value);
    let whole = value.fract() == 0.0 && value.abs() < 1e15;
    let mark = if value.abs() >= 1e15 { Mark::Scientific } else { Mark::Plain };
    let text = match shape {
        Shape::Padded(digits) if whole && value >= 0.0 => format!("{value:0>digits$}"),
        Shape::Percent(decimals) => format!("{:.decimals$}%", value * 100.0),
        _ => format!("{value}"),
    };
    (text.into(), mark)
}

fn day(moment: ExcelDateTime) -> (Cow<'static, str>, Mark) {
    let serial = moment.as_f64();
    if !(0.0..2_958_466.0).contains(&serial) {
        // No day of the calendar: the number itself is told, so that whoever checks it refuses it.
        return (format!("{serial}").into(), Mark::Plain);
    }
    if moment.is_duration() {
        let seconds = (serial * 86_400.0).round();
        let (hours, rest) = ((seconds / 3_600.0).floor(), seconds % 3_600.0);
        return (
            format!("{hours:02}:{:02}:{:02}", (rest / 60.0).floor(), rest % 60.0).into(),
            Mark::Plain,
        );
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let text = if serial < 1.0 {
        time
    } else if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {time}")
    };
    (text.into(), Mark::Plain)
}
