//! Places of rows by their longitude and latitude: points in a drawing with a graticule, and the list of them beneath.

use base::{Fault, Outcome};
use frame::Cx;
use frame::parts::{Column, Row, Table, empty, section};
use maud::{Markup, html};

use super::chart::still_counted;
use crate::rules::drawings::{self, Places};
use crate::store as rows;
use crate::terms::SetLoad;

/// So many are listed beneath.
const LISTED: usize = 50;
/// Width and height of the drawing, in its own units.
const SIZE: (f64, f64) = (800.0, 560.0);
/// What is left free around the points for the figures of the graticule.
const EDGE: f64 = 48.0;
/// So many lines of the graticule each way, about.
const LINES: f64 = 5.0;

struct Point {
    name: String,
    lon: f64,
    lat: f64,
}

pub(super) async fn drawn(cx: &Cx, load: &SetLoad) -> Outcome<Markup> {
    if !drawings::has_places(&load.shape) {
        return Ok(empty("这些数据没有经度和纬度", html! {}));
    }
    let no = load.no;
    let Some(kept) = cx.read(move |r| rows::drawing(r, no, drawings::MAP)).await? else {
        return Ok(still_counted());
    };
    let Places { points, placed, without } = serde_json::from_str(&kept).map_err(Fault::from)?;
    if points.is_empty() {
        return Ok(empty("没有一行写了经度和纬度", html! {}));
    }
    let points: Vec<Point> =
        points.into_iter().map(|(name, lon, lat)| Point { name, lon, lat }).collect();
    let more = placed > i64::try_from(points.len()).unwrap_or(i64::MAX);
    Ok(html! {
        (drawing(&points))
        @if more { p class="meta" { "一共 " (placed) " 个位置，只画前 " (points.len()) " 个。" } }
        @if without > 0 { p class="meta" { "有 " (without) " 行没有写经度和纬度。" } }
        (list(&points, load))
    })
}

/// From degrees to the drawing: as wide and as high as the points lie apart, one scale both ways.
struct Frame {
    west: f64,
    north: f64,
    across: f64,
    scale: f64,
}

impl Frame {
    fn around(points: &[Point]) -> Self {
        let span = |of: fn(&Point) -> f64| {
            let least = points.iter().map(of).fold(f64::INFINITY, f64::min);
            let most = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
            (least, most)
        };
        let ((west, east), (south, north)) = (span(|one| one.lon), span(|one| one.lat));
        // A degree of longitude is shorter the further one is from the equator.
        let across = ((north + south) / 2.0).to_radians().cos();
        let wide = ((east - west) * across).max(0.01);
        let high = (north - south).max(0.01);
        let scale = ((SIZE.0 - 2.0 * EDGE) / wide).min((SIZE.1 - 2.0 * EDGE) / high);
        // What is free lies on both sides alike.
        let west = west - ((SIZE.0 - 2.0 * EDGE) / scale - wide) / 2.0 / across;
        let north = north + ((SIZE.1 - 2.0 * EDGE) / scale - high) / 2.0;
        Self { west, north, across, scale }
    }

    fn x(&self, lon: f64) -> f64 {
        tenth(EDGE + (lon - self.west) * self.across * self.scale)
    }

    fn y(&self, lat: f64) -> f64 {
        tenth(EDGE + (self.north - lat) * self.scale)
    }

    /// Meridians and parallels at round figures.
    fn lines(&self) -> (Vec<f64>, Vec<f64>) {
        let wide = (SIZE.0 - 2.0 * EDGE) / self.scale / self.across;
        let high = (SIZE.1 - 2.0 * EDGE) / self.scale;
        let step = round_step(wide.min(high) / LINES);
        let of = |from: f64, to: f64| {
            let first = (from / step).ceil();
            let count = ((to / step).floor() - first).max(-1.0) as usize + 1;
            (0..count.min(50)).map(move |at| (first + at as f64) * step).collect::<Vec<f64>>()
        };
        (of(self.west, self.west + wide), of(self.north - high, self.north))
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// 1, 2 or 5 times a power of ten, not below this.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| *step >= least)
        .unwrap_or(power)
}

fn drawing(points: &[Point]) -> Markup {
    let frame = Frame::around(points);
    let (meridians, parallels) = frame.lines();
    let (wide, high) = SIZE;
    html! {
        figure class="chart" {
            figcaption { "位置" span class="chart-unit" { "经度和纬度：度" } }
            svg viewBox={ "0 0 " (wide) " " (high) } width="100%" role="img" aria-label={ (points.len()) " 个位置，下面有表" } {
                @for lon in &meridians {
                    line stroke="currentColor" stroke-opacity="0.2" x1=(frame.x(*lon)) x2=(frame.x(*lon)) y1="24" y2=(high - 24.0) {}
                    text fill="currentColor" fill-opacity="0.7" font-size="13" x=(frame.x(*lon)) y=(high - 6.0) text-anchor="middle" { (format!("{lon:.2}")) }
                }
                @for lat in &parallels {
                    line stroke="currentColor" stroke-opacity="0.2" x1="44" x2=(wide - 8.0) y1=(frame.y(*lat)) y2=(frame.y(*lat)) {}
                    text fill="currentColor" fill-opacity="0.7" font-size="13" x="2" y=(frame.y(*lat) + 4.0) { (format!("{lat:.2}")) }
                }
                @for point in points {
                    circle class="chart-fill" fill-opacity="0.7" cx=(frame.x(point.lon)) cy=(frame.y(point.lat)) r="4" { title { (point.name) } }
                }
            }
        }
    }
}

fn list(points: &[Point], load: &SetLoad) -> Markup {
    let rows = points.iter().take(LISTED).map(|point| {
        Row::new([
            html! { (point.name) },
            html! { (format!("{:.5}", point.lon)) },
            html! { (format!("{:.5}", point.lat)) },
        ])
    });
    let columns = [Column::new("名称"), Column::number("经度"), Column::number("纬度")];
    let table = Table::new("位置").caption_hidden().columns(columns).rows(rows);
    section(
        "places",
        "位置列表",
        html! {
            (table)
            @if points.len() > LISTED {
                p { a href={ "/data/" (load.key) "/rows" } { "查看全部数据" } }
            }
        },
    )
}
