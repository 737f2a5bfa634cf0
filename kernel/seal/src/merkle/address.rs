//! Where C2SP `tlog-tiles` publishes a tile, and back: each tile of each width has one exact path.

use super::TILE_WIDTH;

/// The highest level that a path can name; a log of 2⁶⁴ leaves has eight.
const LEVEL_MAX: u8 = 63;
/// The path of the last tile that can be counted is not longer.
const PATH_BYTES_MAX: usize = 64;

/// Where C2SP `tlog-tiles` publishes a tile: `tile/0/x001/x234/067`, or `tile/0/000.p/5` for one
/// of 5 hashes.
pub fn tile_path(level: u8, index: u64, width: usize) -> String {
    let mut name = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    let part = if width < TILE_WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{name}{part}")
}

/// Level, index and width of the tile at a path; `None` for all but the one exact form that
/// [`tile_path`] writes.
pub fn parse_tile_path(path: &str) -> Option<(u8, u64, usize)> {
    if path.len() > PATH_BYTES_MAX {
        return None;
    }
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (name, width) = match rest.split_once(".p/") {
        Some((name, width)) => (name, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0u64;
    for group in name.split('/') {
        let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(group)?;
    }
    let level = level.parse().ok().filter(|level| *level <= LEVEL_MAX)?;
    // Numbers can be written in several ways (+1, 01); written again, only one of them stays.
    let exact = (1..=TILE_WIDTH).contains(&width) && tile_path(level, index, width) == path;
    exact.then_some((level, index, width))
}
