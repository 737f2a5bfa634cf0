//! Chinese addresses by their parts: district, town, community, road, number, building, unit, room. A part that
//! one writes and the other leaves out says nothing.

use crate::han::{folded, syllable};
use crate::hash::{hash, join};

/// The parts, coarse to fine.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 区、县、县级市.
    District,
    /// 街道、镇、乡.
    Town,
    /// 社区、村、小区.
    Community,
    /// 路、街、巷.
    Road,
    /// 门牌号.
    Number,
    /// 栋、幢、座、号楼.
    Building,
    /// 单元.
    Unit,
    /// 室、户.
    Room,
}

const PARTS: usize = 8;

/// How two addresses agree in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agree {
    Same,
    Unsaid,
    Differ,
}

/// An address by its parts; 0 where a part is not said. Names of places are kept by their sound, so that a
/// homophone is the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts([u32; PARTS]);

impl Parts {
    pub(crate) fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            reader.take(c, chars.peek().copied());
        }
        reader.close()
    }

    /// The hash of a part; 0 where it is not said.
    pub(crate) fn part(&self, part: Part) -> u32 {
        self.0.get(part as usize).copied().unwrap_or_default()
    }

    fn agree(&self, other: &Self, part: Part) -> Agree {
        match (self.part(part), other.part(part)) {
            (0, _) | (_, 0) => Agree::Unsaid,
            (a, b) if a == b => Agree::Same,
            _ => Agree::Differ,
        }
    }

    /// Whether both say this part, and the same; nothing finer than the district and coarser than it differs.
    /// Of a door, no part of the house may differ; of a number, the road or the community must be the same.
    pub(crate) fn reach(&self, other: &Self, part: Part) -> bool {
        use Part::{Building, Community, District, Number, Road, Room, Town, Unit};
        let same = |p| self.agree(other, p) == Agree::Same;
        let differ = |p| self.agree(other, p) == Agree::Differ;
        let street = (same(Road) || same(Community)) && !differ(Road);
        let house = street && !differ(Number) && !differ(Building);
        match part {
            Room => house && same(Room) && !differ(Unit),
            Unit => house && same(Unit) && !differ(Room),
            Building => house && same(Building),
            Number => house && (same(Number) || same(Building)),
            Road => street && same(Road),
            Community => same(Community),
            Town => same(Town),
            District => same(District),
        }
    }

    /// Whether both say a part and not the same.
    pub(crate) fn differ(&self, other: &Self, part: Part) -> bool {
        self.agree(other, part) == Agree::Differ
    }
}

/// Reads from left to right: what stands before the word for a part is that part.
#[derive(Default)]
struct Reader {
    parts: Parts,
    held: String,
}

impl Reader {
    fn take(&mut self, c: char, next: Option<char>) {
        let number = self.held.chars().next_back().is_some_and(|c| c.is_ascii_digit());
        let closes = match c {
            '省' => None,
            '市' | '区' | '县' | '旗' if !self.held.ends_with(['小', '社', '园']) => {
                // 市区 and the like: the last one counts.
                Some(Part::District)
            }
            '区' => Some(Part::Community),
            '镇' | '乡' => Some(Part::Town),
            '街' if next == Some('道') => return,
            '道' if self.held.is_empty() => return,
            '路' | '街' | '巷' | '弄' => Some(Part::Road),
            '道' => Some(if next_is_house(next) { Part::Road } else { Part::Town }),
            '村' | '苑' => Some(Part::Community),
            // A group of a village is what a road is in a town.
            '组' | '队' if number => Some(Part::Road),
            '号' if number && next == Some('楼') => Some(Part::Building),
            '号' if number => Some(Part::Number),
            '栋' | '幢' | '座' => Some(Part::Building),
            '楼' if self.held.is_empty() => return,
            '楼' if number => Some(Part::Building),
            '元' if self.held.ends_with('单') => {
                self.held.pop();
                Some(Part::Unit)
            }
            '室' | '户' => Some(Part::Room),
            '层' => {
                self.held.clear();
                return;
            }
            _ => {
                self.held.push(c);
                return;
            }
        };
        match closes {
            Some(part) => self.put(part),
            None => self.held.clear(),
        }
    }

    fn put(&mut self, part: Part) {
        let held = std::mem::take(&mut self.held);
        let number = held.rsplit(|c: char| !c.is_ascii()).next().unwrap_or_default();
        let name = held.strip_suffix(number).unwrap_or_default();
        if part < Part::Number {
            return self.set(part, &held);
        }
        // 阳光花园3栋: what stands before the number of a house is the name of the estate.
        if !name.is_empty() {
            self.set(Part::Community, name);
        }
        // 3-2-501室: the numbers of the building and the unit come before the room's.
        self.numbers(part, number);
    }

    fn numbers(&mut self, part: Part, text: &str) {
        let last = if part == Part::Room { None } else { Some(part) };
        let groups: Vec<&str> = text.split('-').filter(|g| !g.is_empty()).collect();
        match (last, groups.as_slice()) {
            (Some(part), _) => self.set(part, text),
            (None, [building, unit, room]) => {
                self.set(Part::Building, building);
                self.set(Part::Unit, unit);
                self.set(Part::Room, room);
            }
            (None, [before, room]) => {
                let part =
                    if self.parts.part(Part::Building) == 0 { Part::Building } else { Part::Unit };
                self.set(part, before);
                self.set(Part::Room, room);
            }
            (None, [room]) => self.set(Part::Room, room),
            _ => {}
        }
    }

    fn set(&mut self, part: Part, text: &str) {
        if let Some(place) = self.parts.0.get_mut(part as usize)
            && !text.is_empty()
        {
            *place = sound(text);
        }
    }

    fn close(mut self) -> Parts {
        let held = std::mem::take(&mut self.held);
        let digits = held.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
        let house = self.parts.0.iter().skip(Part::Road as usize).any(|p| *p != 0);
        if digits {
            self.held = held;
            self.put(Part::Room);
        } else if house && self.parts.part(Part::Community) == 0 {
            self.set(Part::Community, &held);
        }
        self.parts
    }
}

/// 大道 leads to a house number, 街道 to a community: what follows tells which it was.
fn next_is_house(next: Option<char>) -> bool {
    next.is_none_or(|c| c.is_ascii_digit() || "东西南北中".contains(c))
}

/// Thirty-two bits of how a text sounds, never 0.
fn sound(text: &str) -> u32 {
    let sounds = text.chars().map(|c| syllable(folded(c), false).0);
    let state = sounds.fold(hash(b"place"), |state, sound| join(state, u64::from(sound)));
    ((state >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Kind;
    use crate::text::spell;

    fn parts(text: &str) -> Parts {
        let mut spelt = String::new();
        spell(Kind::Address, text, &mut spelt);
        Parts::read(&spelt)
    }

    fn finest(a: &str, b: &str) -> Option<Part> {
        let (a, b) = (parts(a), parts(b));
        let fine =
            [Part::Room, Part::Number, Part::Road, Part::Community, Part::Town, Part::District];
        fine.into_iter().find(|part| a.reach(&b, *part))
    }

    #[test]
    fn one_door_in_many_spellings() {
        let door = "鄂州市鄂城区凤凰街道滨湖社区滨湖西路12号3栋2单元501室";
        let same = [
            "鄂城区滨湖西路十二号三栋二单元五零一室",
            "湖北省鄂州市鄂城区滨湖西路12號3棟2單元501室",
            "滨湖西路１２号３－２－５０１",
            "滨湖西路12号3栋501",
            "鄂州市鄂城区凤凰街道宾湖西路12号3栋2单元501室",
        ];
        for other in same {
            assert_eq!(finest(door, other), Some(Part::Room), "{other}");
        }
    }

    #[test]
    fn what_differs_is_told_at_its_part() {
        let door = "鄂州市鄂城区滨湖西路12号3栋2单元501室";
        assert_eq!(finest(door, "鄂城区滨湖西路12号3栋2单元502室"), Some(Part::Number));
        assert_eq!(finest(door, "鄂城区滨湖西路12号"), Some(Part::Number));
        assert_eq!(finest(door, "鄂城区滨湖西路88号"), Some(Part::Road));
        assert_eq!(finest(door, "鄂城区江碧路88号"), Some(Part::District));
        assert_eq!(finest(door, "华容区江碧路88号"), None);
        assert_eq!(finest("段店镇武圣村3组18号", "段店镇武圣村3组19号"), Some(Part::Road));
    }

    #[test]
    fn an_estate_without_a_road_counts_as_a_community() {
        assert_eq!(finest("阳光花园3栋501室", "阳光花园3栋501"), Some(Part::Room));
        assert_eq!(finest("阳光花园3栋501室", "莲花山庄3栋501室"), None);
    }

    #[test]
    fn a_broad_road_is_no_town() {
        assert_eq!(finest("吴都大道8号", "吴都大道9号"), Some(Part::Road));
        assert_eq!(finest("西山街道司徒社区", "西山街道樊口社区"), Some(Part::Town));
    }
}
