//! Which organ is responsible for an item.

use access::Organ;

use super::{Defect, defect};
use crate::terms::Item;

/// The organ that an item names: by its id, its three digits, its full or its short name.
pub fn named<'o>(name: &str, organs: &'o [Organ]) -> Result<&'o Organ, Defect> {
    if let Some(organ) = organs.iter().find(|organ| organ.id == name) {
        return Ok(organ);
    }
    let called =
        |organ: &&Organ| organ.code == name || organ.name == name || organ.short_name == name;
    let found: Vec<&Organ> = organs.iter().filter(called).collect();
    match found.as_slice() {
        [organ] => Ok(organ),
        [] => {
            let words = format!(
                "本市没有“{name}”这个机构，请写“机构”页上的标识、代码或者全称；还没有设立的，先请系统管理员设立"
            );
            Err(defect("organ", "organ", words))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|organ| organ.id.as_str()).collect();
            let words = format!("有几个机构都叫“{name}”，请写标识：{}", ids.join("、"));
            Err(defect("organ", "organ", words))
        }
    }
}

/// Whether the local code names the organ: its digits go into the numbers of cases, which would be
/// another organ's otherwise.
pub fn fits(item: &Item, organ: &Organ) -> Option<Defect> {
    (item.organ_code() != organ.code).then(|| {
        let words = format!(
            "第 7 至 9 位是 {}，应当是{}的代码 {}",
            item.organ_code(),
            organ.name,
            organ.code
        );
        defect("organ_code", "local_code", words)
    })
}

/// The local code is another item's: an item is found by it, so it names one only.
pub fn code_taken(item: &Item, other: &str) -> Defect {
    let words = format!("{} 已经是事项 {other} 的编码", item.local_code);
    defect("code_taken", "local_code", words)
}
