//! Rows of the demonstration: invented, the same in every city, and named as 演示 where a name could be taken for a real one.

use crate::acts::sets::Source;

/// A table of the demonstration.
pub(super) struct Table {
    /// The organ that provides it.
    pub(super) provider: &'static str,
    /// The resource.
    pub(super) name: &'static str,
    headings: &'static [&'static str],
    rows: fn() -> Vec<Vec<String>>,
}

impl Table {
    pub(super) fn source(&self) -> Source {
        let rows = self.rows;
        let made = rows();
        let lines = i64::try_from(made.len()).unwrap_or(i64::MAX);
        let text: Vec<String> = made.iter().map(|row| row.join("\u{1f}")).collect();
        let digest = seal::sm3(&[text.join("\u{1e}").as_bytes()]);
        let headings = self.headings.iter().map(|heading| (*heading).to_owned()).collect();
        let name = format!("{}（演示）", self.name);
        Source::table("demo", (&name, digest, lines), headings, move || Ok(rows().into_iter()))
    }
}

/// The tables.
pub(super) const TABLES: &[Table] = &[
    Table {
        provider: "ezhou-jyj",
        name: "学校名录",
        headings: &[
            "code", "name", "stage", "nature", "district", "address", "lon", "lat", "phone",
        ],
        rows: schools,
    },
    Table {
        provider: "ezhou-jtj",
        name: "公交线路和站点",
        headings: &[
            "line",
            "line_name",
            "order",
            "stop",
            "stop_name",
            "lon",
            "lat",
            "first",
            "last",
            "price",
        ],
        rows: stops,
    },
    Table {
        provider: "ezhou-wlj",
        name: "A 级旅游景区名录",
        headings: &["code", "name", "level", "address", "lon", "lat", "price", "hours"],
        rows: sights,
    },
    Table {
        provider: "ezhou-tjj",
        name: "主要经济指标月度数据",
        headings: &["indicator", "indicator_name", "month", "value", "unit", "growth"],
        rows: figures,
    },
    Table {
        provider: "ezhou-zjj",
        name: "建筑工程施工许可信息",
        headings: &[
            "licence_no",
            "project",
            "builder",
            "contractor",
            "price",
            "begins_on",
            "ends_on",
        ],
        rows: permits,
    },
    Table {
        provider: "ezhou-sthjj",
        name: "环境空气质量日报",
        headings: &[
            "station",
            "station_name",
            "day",
            "aqi",
            "level",
            "pm25",
            "pm10",
            "so2",
            "no2",
            "o3",
            "lon",
            "lat",
        ],
        rows: air,
    },
];

/// Numbers that look as if drawn by chance, and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count.max(1)
    }

    fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        let place = usize::try_from(self.below(words.len() as u64)).unwrap_or_default();
        words.get(place).copied().unwrap_or_default()
    }

    /// A place near this one, in degrees.
    fn near(&mut self, (lon, lat): (f64, f64), wide: f64) -> (String, String) {
        let mut off = |wide: f64| (self.below(20_001) as f64 / 10_000.0 - 1.0) * wide;
        (format!("{:.5}", lon + off(wide)), format!("{:.5}", lat + off(wide * 0.6)))
    }
}

/// The districts with about where they lie.
const DISTRICTS: [(&str, (f64, f64)); 3] =
    [("鄂城区", (114.89, 30.39)), ("华容区", (114.74, 30.53)), ("梁子湖区", (114.68, 30.10))];
const ROADS: [&str; 12] = [
    "滨湖南路",
    "文星大道",
    "凤凰路",
    "武昌大道",
    "寒溪路",
    "江碧路",
    "吴都大道",
    "洋澜路",
    "古城路",
    "华苑大道",
    "南塔路",
    "滨江路",
];

fn texts<const N: usize>(cells: [String; N]) -> Vec<String> {
    cells.into()
}

fn schools() -> Vec<Vec<String>> {
    let mut chance = Chance(1);
    let stages =
        [("幼儿园", 70), ("小学", 80), ("初级中学", 36), ("高级中学", 14), ("中等职业学校", 6)];
    let mut rows = Vec::new();
    for (stage, count) in stages {
        for number in 1..=count {
            let district = DISTRICTS.get(rows.len() % 4).unwrap_or(&DISTRICTS[0]);
            let road = chance.of(&ROADS);
            let nature = if chance.below(5) == 0 { "民办" } else { "公办" };
            let (lon, lat) = chance.near(district.1, 0.07);
            rows.push(texts([
                format!("{:010}", 4_207_000_001 + rows.len()),
                format!("{}演示{}{stage}", district.0.trim_end_matches('区'), number),
                stage.into(),
                nature.into(),
                district.0.into(),
                format!("鄂州市{}{road}{}号", district.0, chance.below(300) + 1),
                lon,
                lat,
                format!("027-6000{:04}", chance.below(10_000)),
            ]));
        }
    }
    rows
}

fn stops() -> Vec<Vec<String>> {
    let mut chance = Chance(2);
    let mut rows = Vec::new();
    for line in 1..=30u64 {
        let mut at = (
            114.80 + chance.below(100) as f64 / 1_000.0,
            30.34 + chance.below(80) as f64 / 1_000.0,
        );
        let (east, north) =
            ((chance.below(9) as f64 - 4.0) / 1_000.0, (chance.below(9) as f64 - 4.0) / 1_000.0);
        for order in 1..=(12 + chance.below(16)) {
            at = (at.0 + east, at.1 + north);
            let (lon, lat) = chance.near(at, 0.002);
            rows.push(texts([
                line.to_string(),
                format!("演示 {line} 路"),
                order.to_string(),
                format!("S{line:02}{order:02}"),
                format!("{}{}站", chance.of(&ROADS), chance.of(&["东", "西", "口", "中"])),
                lon,
                lat,
                "06:00".into(),
                "21:00".into(),
                if line > 25 { "2.00" } else { "1.00" }.into(),
            ]));
        }
    }
    rows
}

fn sights() -> Vec<Vec<String>> {
    let mut chance = Chance(3);
    let kinds = ["湖滨公园", "生态园", "文化园", "湿地公园", "古镇", "森林公园", "采摘园"];
    let row = |number: u64| {
        let (name, place) = *DISTRICTS.get((number % 3) as usize).unwrap_or(&DISTRICTS[0]);
        let (lon, lat) = chance.near(place, 0.09);
        texts([
            format!("4207{number:04}"),
            format!("{}演示{}", name.trim_end_matches('区'), chance.of(&kinds)),
            chance.of(&["2A", "3A", "3A", "4A"]).into(),
            format!("鄂州市{name}{}", chance.of(&ROADS)),
            lon,
            lat,
            format!("{}.00", chance.below(9) * 10),
            "08:30 至 17:30".into(),
        ])
    };
    (1..=52).map(row).collect()
}

/// The months from January 2023 on.
fn months(count: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..count).map(|at| (2023 + at / 12, at % 12 + 1))
}

fn figures() -> Vec<Vec<String>> {
    let mut chance = Chance(4);
    let indicators = [
        ("A01", "规模以上工业增加值", "亿元", 42u64),
        ("A02", "固定资产投资", "亿元", 61),
        ("A03", "社会消费品零售总额", "亿元", 33),
        ("A04", "一般公共预算收入", "亿元", 9),
        ("A05", "进出口总额", "亿元", 12),
        ("P01", "居民消费价格指数（上年同月为 100）", "%", 100),
        ("P02", "食品烟酒价格指数（上年同月为 100）", "%", 101),
        ("P03", "工业生产者出厂价格指数（上年同月为 100）", "%", 99),
    ];
    let mut rows = Vec::new();
    for (code, name, unit, about) in indicators {
        for (year, month) in months(44) {
            let tenths = match unit {
                "%" => about * 10 + chance.below(40) - chance.below(20).min(20),
                _ => about * (80 + chance.below(50)) / 10 + (year - 2023) * about / 2,
            };
            let growth = chance.below(160) as f64 / 10.0 - 4.0;
            rows.push(texts([
                code.into(),
                name.into(),
                format!("{year}-{month:02}"),
                format!("{}.{}", tenths / 10, tenths % 10),
                unit.into(),
                format!("{growth:.1}"),
            ]));
        }
    }
    rows
}

fn permits() -> Vec<Vec<String>> {
    let mut chance = Chance(5);
    let works = [
        "住宅小区一期工程",
        "标准厂房工程",
        "学校综合楼工程",
        "道路改造工程",
        "污水管网工程",
        "物流园工程",
    ];
    let mut rows = Vec::new();
    for (year, month) in months(44) {
        for number in 1..=(3 + chance.below(8)) {
            let (district, _) = *DISTRICTS.get(chance.below(3) as usize).unwrap_or(&DISTRICTS[0]);
            let ends = (year + 1 + chance.below(2), chance.below(12) + 1);
            rows.push(texts([
                format!("4207{year}{month:02}{number:02}01"),
                format!("{district}演示{}", chance.of(&works)),
                format!("演示建设单位{}有限公司", chance.below(60) + 1),
                format!("演示建筑工程{}有限公司", chance.below(25) + 1),
                format!("{}.{:02}", 200 + chance.below(40_000), chance.below(100)),
                format!("{year}-{month:02}-{:02}", chance.below(28) + 1),
                format!("{}-{:02}-{:02}", ends.0, ends.1, chance.below(28) + 1),
            ]));
        }
    }
    rows
}

fn air() -> Vec<Vec<String>> {
    let mut chance = Chance(6);
    let stations = [
        ("D01", "演示点位凤凰", "114.89110", "30.39620"),
        ("D02", "演示点位西山", "114.87230", "30.40510"),
        ("D03", "演示点位华容", "114.74050", "30.53310"),
        ("D04", "演示点位梁子湖", "114.62980", "30.23890"),
    ];
    let mut rows = Vec::new();
    for at in 0..365i64 {
        let day = base::Day::from_number(20_300 + at).to_string();
        for (code, name, lon, lat) in stations {
            let season = if (120..300).contains(&(at % 365)) { 0 } else { 35 };
            let aqi = 28 + season + chance.below(70);
            let level = match aqi {
                0..=50 => "优",
                51..=100 => "良",
                _ => "轻度污染",
            };
            rows.push(texts([
                code.into(),
                name.into(),
                day.clone(),
                aqi.to_string(),
                level.into(),
                (aqi * 6 / 10).to_string(),
                (aqi * 9 / 10).to_string(),
                (5 + chance.below(9)).to_string(),
                (12 + chance.below(30)).to_string(),
                (60 + chance.below(90)).to_string(),
                lon.into(),
                lat.into(),
            ]));
        }
    }
    rows
}
