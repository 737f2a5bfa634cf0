//! Why two records weigh what they weigh, step by step: what a page draws as a waterfall.

use crate::engine::Engine;
use crate::model::{BadModel, Model, Odds, Test};
use crate::table::EMPTY;
use crate::weights::to_probability;

/// From the prior to the verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// What stands before anything is compared, in bits.
    pub prior_bits: f64,
    /// The comparisons, in the order of the model.
    pub steps: Vec<Step>,
    /// What stands in the end.
    pub bits: f64,
    /// The same as a probability.
    pub probability: f64,
}

/// What one comparison says.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How it is called.
    pub comparison: String,
    /// What was found.
    pub found: Found,
    /// How often that is met among pairs that are one (`m`) and two (`u`); 1 of silence.
    pub odds: Odds,
    /// What it weighs.
    pub bits: f64,
    /// What the rarity of the value adds.
    pub rarity_bits: f64,
    /// The sum so far, the prior in it.
    pub sum_bits: f64,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// One of the two says nothing.
    Silence,
    /// This step of the comparison, by its place, and its test.
    Level(usize, Test),
    /// None of its steps.
    Otherwise,
}

impl Engine {
    /// Why two records weigh what they weigh.
    pub fn explain(&self, model: &Model, a: u32, b: u32) -> Result<Waterfall, BadModel> {
        let weights = self.weights(model)?;
        let rows = (self.table.row(a), self.table.row(b));
        let sight = (&self.table, self.forms.as_slice());
        let mut sum_bits = weights.prior;
        let mut steps = Vec::with_capacity(self.compared.len());
        let parts = model.comparisons.iter().zip(&self.compared).zip(&weights.steps);
        for ((comparison, compared), weights) in parts {
            let level = compared.level_once(sight, rows);
            let value = |row: &[u32]| row.get(compared.column).copied().unwrap_or(EMPTY);
            let pool = self.table.pool(compared.column);
            let bits = f64::from(weights.level(level));
            let rarity_bits =
                f64::from(weights.rarity(level, pool, (value(rows.0), value(rows.1))));
            sum_bits += bits + rarity_bits;
            let place = usize::from(level).checked_sub(1);
            let (found, odds) = match place.map(|n| (n, comparison.levels.get(n))) {
                None => (Found::Silence, Odds::of(1.0, 1.0)),
                Some((n, Some(known))) => (Found::Level(n, known.test), known.odds),
                Some((_, None)) => (Found::Otherwise, comparison.otherwise),
            };
            let comparison = comparison.name.clone();
            steps.push(Step { comparison, found, odds, bits, rarity_bits, sum_bits });
        }
        let probability = to_probability(sum_bits);
        Ok(Waterfall { prior_bits: weights.prior, steps, bits: sum_bits, probability })
    }
}

impl Found {
    /// What was found, in the words of a clerk.
    pub fn words(self) -> &'static str {
        match self {
            Found::Silence => "有一方没有填写，不作判断",
            Found::Otherwise => "不一致",
            Found::Level(_, test) => test.words(),
        }
    }
}

impl Test {
    /// What it means that the test holds, in the words of a clerk.
    pub fn words(self) -> &'static str {
        use crate::address::Part;
        match self {
            Test::Equal => "一致",
            Test::Variant => "只是繁简体或异体字不同",
            Test::Pinyin => "读音相同",
            Test::PinyinNear => "读音相近",
            Test::Order => "顺序不同",
            Test::Missing => "缺一个字",
            Test::Alike => "有一个字形近",
            Test::OneDiffers => "有一位不同",
            Test::Transposed => "相邻两位写反",
            Test::OneMissing => "缺一位",
            Test::Within(_) => "有少数几位不同",
            Test::JaroWinkler(_) => "写法相近",
            Test::Begins => "一方是另一方的开头",
            Test::Swapped => "两栏填反",
            Test::Together => "连同相关的一栏都一致",
            Test::Romanised => "一方用拼音书写",
            Test::Surname => "姓相同",
            Test::Given => "名相同",
            Test::DayMonth => "月和日写反",
            Test::YearNear(_) => "只有年份相差不多",
            Test::Year => "年份相同",
            Test::DaysWithin(_) => "日期相近，可能是农历",
            Test::FirstOfMonth => "一方只记到月或年",
            Test::Masked => "没有遮盖的各位都一致",
            Test::Twin => "登记地和出生日期相同，是两个有效号码",
            Test::Invalid => "不一致，且至少一方的号码不合规则",
            Test::Reaches(part) => match part {
                Part::District => "区县相同",
                Part::Town => "街道、乡镇相同",
                Part::Community => "社区、村相同",
                Part::Road => "道路相同",
                Part::Number => "门牌号相同",
                Part::Building => "楼栋相同",
                Part::Unit => "单元相同",
                Part::Room => "同一户",
            },
            Test::Parts(_) => "地址中有一部分不同",
        }
    }
}
