//! The map of what passes between departments: two columns with the centre between. It is for the eye alone; every line of
//! it is a row of the table beneath.

use frame::parts::Tone;
use maud::{Markup, html};

use super::flows::Titles;
use crate::terms::CENTRE;

/// So many departments are drawn; the table has all.
const DRAWN_MAX: usize = 24;
/// Letters of a name that fit.
const NAME_MAX: usize = 9;
const WIDTH: i32 = 660;
const LEFT: i32 = 190;
const RIGHT: i32 = 470;
const MIDDLE: i32 = 330;
const HEIGHT_MIN: i32 = 220;
const MARGIN: i32 = 44;

/// What passed from one to another.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Who sent.
    pub(super) from: String,
    /// Who was to get it.
    pub(super) to: String,
    /// So many the centre took in,
    pub(super) many: i64,
    /// so many the receiver has,
    pub(super) arrived: i64,
    /// and so many were refused, or nobody took them.
    pub(super) failed: i64,
    /// The bytes of what was taken in.
    pub(super) bytes: i64,
}

impl Line {
    /// What the failures among them mean: none; less than one of twenty; more.
    pub(super) fn tone(&self) -> Tone {
        match self.failed {
            0 => Tone::Active,
            failed if failed.saturating_mul(20) < self.many + failed => Tone::Soon,
            _ => Tone::Late,
        }
    }
}

/// Where a department or the centre stands.
#[derive(Clone, Copy)]
struct Place {
    x: i32,
    y: i32,
}

/// The departments, those with the most messages first, left and right by turns.
fn departments<'a>(lines: &'a [Line], titles: &Titles) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().flat_map(|line| [line.from.as_str(), line.to.as_str()]) {
        if name != CENTRE && titles.knows(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// How far rows are apart: few of them have more room.
fn apart(rows: i32) -> i32 {
    match rows {
        ..=2 => 132,
        3..=5 => 84,
        _ => 48,
    }
}

fn place(number: usize, apart: i32) -> Place {
    let row = i32::try_from(number / 2).unwrap_or_default();
    Place { x: if number.is_multiple_of(2) { LEFT } else { RIGHT }, y: MARGIN + row * apart }
}

/// From one to the other as a bow; the way there and the way back bend to different sides.
fn bow(from: Place, to: Place) -> String {
    let (half_x, half_y) = ((from.x + to.x) / 2, (from.y + to.y) / 2);
    let (x, y) = if from.x == to.x {
        let inside = if from.x == LEFT { 1 } else { -1 };
        let deep = 46 + (from.y - to.y).abs() / 4 + if from.y < to.y { 0 } else { 18 };
        (half_x + inside * deep, half_y)
    } else {
        (half_x, half_y + if from.x < to.x { -22 } else { 22 })
    };
    // It ends before the dot, so that its head is seen.
    let (dx, dy) = (f64::from(to.x - x), f64::from(to.y - y));
    let length = dx.hypot(dy).max(1.0);
    let end = |to: i32, way: f64| f64::from(to) - way / length * 13.0;
    format!("M{} {} Q{x} {y} {:.1} {:.1}", from.x, from.y, end(to.x, dx), end(to.y, dy))
}

/// From one to six: ten times as many messages are one and a half more.
fn width(many: i64) -> String {
    let digits = many.max(1).checked_ilog10().unwrap_or_default();
    format!("{:.1}", (1.0 + 1.5 * f64::from(digits)).min(7.0))
}

fn short(title: &str) -> String {
    let title = title.strip_suffix("网关").unwrap_or(title);
    match title.chars().count() > NAME_MAX {
        true => title.chars().take(NAME_MAX - 1).chain(['…']).collect(),
        false => title.to_owned(),
    }
}

/// The drawing, and beneath it what its lines mean.
pub(super) fn draw(lines: &[Line], titles: &Titles) -> Markup {
    let names = departments(lines, titles);
    let shown = names.get(..DRAWN_MAX.min(names.len())).unwrap_or_default();
    let rows = i32::try_from(shown.len().div_ceil(2)).unwrap_or_default().max(1);
    let apart = apart(rows);
    let height = (MARGIN * 2 + (rows - 1) * apart).max(HEIGHT_MIN);
    let centre = Place { x: MIDDLE, y: height / 2 };
    let at = |name: &str| match name {
        CENTRE => Some(centre),
        _ => shown.iter().position(|one| *one == name).map(|number| place(number, apart)),
    };
    let drawn = lines.iter().filter_map(|line| Some((line, at(&line.from)?, at(&line.to)?)));
    html! {
        figure class="flow" {
            svg class="flow-map" viewBox={ "0 0 " (WIDTH) " " (height) } aria-hidden="true" {
                defs {
                    @for tone in [Tone::Active, Tone::Soon, Tone::Late] {
                        marker id={ "flow-" (tone.class()) } viewBox="0 0 8 8" refX="4" refY="4"
                            markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto" {
                            path class={ "flow-head " (tone.class()) } d="M0 0L8 4L0 8z" {}
                        }
                    }
                }
                @for (line, from, to) in drawn {
                    @let tone = line.tone();
                    path class={ "flow-line " (tone.class()) } d=(bow(from, to))
                        stroke-width=(width(line.many)) marker-end={ "url(#flow-" (tone.class()) ")" } {
                        title {
                            (titles.of_name(&line.from)) " → " (titles.of_name(&line.to)) "："
                            (line.many) " 条，失败 " (line.failed) " 条"
                        }
                    }
                }
                @for (number, name) in shown.iter().enumerate() {
                    @let Place { x, y } = place(number, apart);
                    @let left = x == LEFT;
                    circle class="flow-dot" cx=(x) cy=(y) r="7" {}
                    text class="flow-name" x=(if left { x - 14 } else { x + 14 }) y=(y + 5)
                        text-anchor=(if left { "end" } else { "start" }) { (short(titles.of_name(name))) }
                }
                circle class="flow-dot flow-centre" cx=(centre.x) cy=(centre.y) r="9" {}
                text class="flow-name" x=(centre.x) y=(centre.y + 30) text-anchor="middle" { "交换中心" }
            }
            figcaption {
                "箭头是消息的方向，线越粗消息越多。实线：没有失败；长虚线：失败不到二十分之一；短虚线：更多。"
                @if names.len() > shown.len() {
                    "只画消息最多的 " (shown.len()) " 个部门，全部在下面的表里。"
                }
            }
        }
    }
}
