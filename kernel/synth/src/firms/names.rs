//! What firms are called: place, brand, trade, form.

use super::Draft;
use crate::chance::Chance;
use crate::city::City;
use crate::firm_words::FirmWords;

/// A name for the firm.
pub(super) fn name(
    city: &City,
    words: &FirmWords,
    draft: &Draft,
    chance: &mut Chance,
) -> Option<String> {
    let address = city.words.places.address(draft.spot)?;
    let district = address.district;
    let pick = |list: &[String], chance: &mut Chance| {
        list.get(chance.place(list.len())).cloned().unwrap_or_default()
    };
    let brand = brand(words, chance);
    Some(match draft.kind.class.as_str() {
        "92" => {
            let trade = trade(&draft.industry.shop, chance)?;
            // Every fourth bears the name of who runs it.
            let own = chance.happens(250).then(|| city.resident(draft.representative)).flatten();
            let begin = own.map_or(brand, |person| person.name.as_str().replace('·', ""));
            format!("鄂州市{district}{begin}{trade}")
        }
        "93" => {
            let trade = trade(&draft.industry.coop, chance)?;
            format!("鄂州市{district}{brand}{trade}专业合作社")
        }
        "91" => company(draft, &brand, chance)?,
        "12" if chance.happens(400) => {
            format!(
                "鄂州市{district}{}{}",
                address.community,
                pick(&words.village_institutions, chance)
            )
        }
        "12" => format!("鄂州市{district}{}{}", address.street, pick(&words.institutions, chance)),
        "52" => format!("鄂州市{district}{brand}{}", pick(&words.unincorporated, chance)),
        "51" if chance.happens(300) => format!("鄂州市{}", pick(&words.societies, chance)),
        "51" => {
            let place = if chance.happens(500) { district } else { address.street };
            format!("鄂州市{place}{}{}", pick(&words.societies, chance), times(chance))
        }
        "N2" => format!("鄂州市{district}{}{}股份经济合作社", address.street, address.community),
        "54" => {
            let of =
                if address.community.ends_with('村') { "民委员会" } else { "居民委员会" };
            format!("鄂州市{district}{}{}{of}", address.street, address.community)
        }
        "81" => format!("鄂州市{brand}{}有限公司工会委员会", trade(&draft.industry.firm, chance)?),
        "31" => format!("湖北{brand}律师事务所"),
        _ if chance.happens(300) => format!("鄂州市{}", pick(&words.organs, chance)),
        _ if chance.happens(500) => format!("鄂州市{district}{}", pick(&words.organs, chance)),
        _ => {
            let organ =
                if address.street.ends_with("街道") { "办事处" } else { "人民政府" };
            format!("鄂州市{district}{}{organ}", address.street)
        }
    })
}

fn company(draft: &Draft, brand: &str, chance: &mut Chance) -> Option<String> {
    let (trade, ending) = (trade(&draft.industry.firm, chance)?, draft.kind.ending.as_str());
    if ending.is_empty() {
        let made = draft.industry.code.starts_with('C');
        let of: &[&str] =
            if made { &["厂"] } else { &["商行", "经营部", "服务部", "中心"] };
        return Some(format!("鄂州市{brand}{trade}{}", chance.one(of)?));
    }
    Some(match chance.below(10) {
        0..4 => format!("鄂州市{brand}{trade}{ending}"),
        4..7 => format!("鄂州{brand}{trade}{ending}"),
        7..9 => format!("湖北{brand}{trade}{ending}"),
        _ => format!("{brand}（鄂州）{trade}{ending}"),
    })
}

fn trade(list: &str, chance: &mut Chance) -> Option<String> {
    let trades: Vec<&str> = list.split_whitespace().collect();
    chance.one(&trades).map(str::to_owned)
}

/// Two characters, at times three.
fn brand(words: &FirmWords, chance: &mut Chance) -> String {
    let count = if chance.happens(220) { 3 } else { 2 };
    (0..count).filter_map(|_| chance.one(&words.brand)).collect()
}

/// Societies of one kind tell themselves apart by a number.
fn times(chance: &mut Chance) -> &'static str {
    ["", "第一分会", "第二分会", "第三分会"].get(chance.place(4)).copied().unwrap_or_default()
}
