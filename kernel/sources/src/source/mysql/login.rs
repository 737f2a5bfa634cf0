//! Logging in: the server's greeting, encryption, and the two ways in which passwords are shown without
//! being told, `mysql_native_password` and `caching_sha2_password`.

use std::net::TcpStream;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use super::super::Unread;
use super::packet::Cursor;
use super::wire::{Wire, broken, failure};
use super::{Mysql, encrypted};

// What this client can do, of the list in the protocol.
const LONG_PASSWORD: u32 = 1;
const CONNECT_WITH_DATABASE: u32 = 1 << 3;
const PROTOCOL_41: u32 = 1 << 9;
const ENCRYPTION: u32 = 1 << 11;
const TRANSACTIONS: u32 = 1 << 13;
const SECURE_CONNECTION: u32 = 1 << 15;
const PLUGINS: u32 = 1 << 19;

/// utf8mb4_general_ci.
const COLLATION: u8 = 45;
const PACKET_MAX: u32 = 1 << 24;
const NATIVE: &[u8] = b"mysql_native_password";
const CACHING: &[u8] = b"caching_sha2_password";

struct Greeting {
    nonce: Vec<u8>,
    plugin: Vec<u8>,
    encrypts: bool,
    is_mariadb: bool,
}

pub(super) fn login(stream: TcpStream, to: &Mysql) -> Result<Wire, Unread> {
    // Before encryption begins not one byte more may be read than the greeting.
    let mut first = Wire::new(Box::new(stream.try_clone().map_err(broken)?), 0, false);
    let greeting = greeting(first.receive()?)?;
    let mut abilities = LONG_PASSWORD
        | CONNECT_WITH_DATABASE
        | PROTOCOL_41
        | TRANSACTIONS
        | SECURE_CONNECTION
        | PLUGINS;
    let is_encrypted = to.tls != super::Tls::Off;
    if is_encrypted {
        if !greeting.encrypts {
            return Err(Unread::Unfit("这个服务器不支持加密连接".into()));
        }
        abilities |= ENCRYPTION;
        first.send(&head(abilities))?;
    }
    let sequence = if is_encrypted { 2 } else { 1 };
    drop(first);
    let plain = stream.try_clone().map_err(broken)?;
    let stream = match encrypted(stream, &to.tls, &to.host)? {
        Some(stream) => stream,
        None => Box::new(plain),
    };
    let mut wire = Wire::new(stream, sequence, greeting.is_mariadb);
    let shown = shown(&greeting.plugin, &to.password, &greeting.nonce).unwrap_or_default();
    let mut answer = head(abilities);
    answer.extend(to.user.bytes().filter(|byte| *byte != 0));
    answer.push(0);
    answer.push(u8::try_from(shown.len()).unwrap_or(0));
    answer.extend_from_slice(&shown);
    answer.extend(to.database.bytes().filter(|byte| *byte != 0));
    answer.push(0);
    answer.extend_from_slice(&greeting.plugin);
    answer.push(0);
    wire.send(&answer)?;
    proven(&mut wire, to, greeting.plugin, is_encrypted)?;
    Ok(wire)
}

/// What both the request for encryption and the answer to the greeting begin with.
fn head(abilities: u32) -> Vec<u8> {
    let mut head = Vec::from(abilities.to_le_bytes());
    head.extend(PACKET_MAX.to_le_bytes());
    head.push(COLLATION);
    head.extend([0; 23]);
    head
}

fn greeting(mut packet: Cursor<'_>) -> Result<Greeting, Unread> {
    match packet.first() {
        Some(10) => packet.byte()?,
        Some(0xFF) => return Err(failure(packet)),
        _ => return Err(Unread::Answer("对方不是 MySQL 或者 MariaDB".into())),
    };
    let version = String::from_utf8_lossy(packet.until_nul()).into_owned();
    packet.take(4)?;
    let mut nonce = packet.take(8)?.to_vec();
    packet.take(1)?;
    let low = packet.number(2)?;
    packet.take(3)?;
    let abilities = low | packet.number(2)? << 16;
    let length = usize::from(packet.byte()?);
    packet.take(10)?;
    nonce
        .extend_from_slice(packet.take(length.saturating_sub(8).max(13).min(packet.rest().len()))?);
    while nonce.last() == Some(&0) && nonce.len() > 20 {
        nonce.pop();
    }
    let plugin = match packet.until_nul() {
        b"" => NATIVE.to_vec(),
        name => name.to_vec(),
    };
    let encrypts = abilities & u64::from(ENCRYPTION) != 0;
    Ok(Greeting { nonce, plugin, encrypts, is_mariadb: version.contains("MariaDB") })
}

/// Goes through what the server still asks for until it lets us in.
fn proven(
    wire: &mut Wire,
    to: &Mysql,
    mut plugin: Vec<u8>,
    is_encrypted: bool,
) -> Result<(), Unread> {
    // A server that goes on asking is no server.
    for _ in 0..6 {
        let mut packet = wire.receive()?;
        match packet.first() {
            Some(0x00) => return Ok(()),
            Some(0xFF) => return Err(failure(packet)),
            Some(0xFE) => {
                packet.byte()?;
                plugin = packet.until_nul().to_vec();
                let mut nonce = packet.rest().to_vec();
                while nonce.last() == Some(&0) {
                    nonce.pop();
                }
                let shown = shown(&plugin, &to.password, &nonce).ok_or_else(|| {
                    let name = String::from_utf8_lossy(&plugin);
                    let words = format!("这个账号用 {name} 方式登录，请改为 mysql_native_password 或者 caching_sha2_password");
                    Unread::Unfit(words)
                })?;
                wire.send(&shown)?;
            }
            Some(0x01) if plugin == CACHING => {
                packet.byte()?;
                match packet.byte()? {
                    3 => {}
                    _ if is_encrypted => {
                        let mut told = to.password.clone().into_bytes();
                        told.push(0);
                        wire.send(&told)?;
                    }
                    _ => {
                        let words = "这个账号第一次登录要加密连接，请配置 TLS";
                        return Err(Unread::Unfit(words.into()));
                    }
                }
            }
            _ => return Err(Unread::Answer("登录时的答复无法理解".into())),
        }
    }
    Err(Unread::Answer("登录没有结束".into()))
}

/// The password as it is shown; `None` for a way that is not known.
fn shown(plugin: &[u8], password: &str, nonce: &[u8]) -> Option<Vec<u8>> {
    if plugin != NATIVE && plugin != CACHING {
        return None;
    }
    if password.is_empty() {
        return Some(Vec::new());
    }
    let algorithm = if plugin == NATIVE { &SHA1_FOR_LEGACY_USE_ONLY } else { &SHA256 };
    let once = digest(algorithm, password.as_bytes());
    let twice = digest(algorithm, once.as_ref());
    let mixed = match plugin == NATIVE {
        true => [nonce, twice.as_ref()].concat(),
        false => [twice.as_ref(), nonce].concat(),
    };
    let mask = digest(algorithm, &mixed);
    Some(once.as_ref().iter().zip(mask.as_ref()).map(|(one, other)| one ^ other).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn passwords_are_shown_as_the_protocol_has_it() {
        // The standard says XOR(SHA1(p), SHA1(nonce, SHA1(SHA1(p)))); from the server's side, the
        // mask taken away has to hash to what it keeps.
        let nonce = b"01234567890123456789";
        for plugin in [NATIVE, CACHING] {
            let shown = shown(plugin, "secret", nonce).unwrap();
            let algorithm = if plugin == NATIVE { &SHA1_FOR_LEGACY_USE_ONLY } else { &SHA256 };
            let kept = digest(algorithm, digest(algorithm, b"secret").as_ref());
            let mixed = match plugin == NATIVE {
                true => [nonce, kept.as_ref()].concat(),
                false => [kept.as_ref(), nonce].concat(),
            };
            let mask = digest(algorithm, &mixed);
            let once: Vec<u8> = shown.iter().zip(mask.as_ref()).map(|(a, b)| a ^ b).collect();
            assert_eq!(digest(algorithm, &once).as_ref(), kept.as_ref());
        }
        assert_eq!(shown(NATIVE, "", nonce), Some(Vec::new()));
        assert_eq!(shown(b"dialog", "secret", nonce), None);
    }

    proptest! {
        #[test]
        fn greetings_of_any_kind_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let mut greeted = vec![10];
            greeted.extend(bytes);
            let _ = greeting(Cursor::new(&greeted, false));
        }
    }
}
