//! A device made of software that holds a passkey, and the browser before it.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

/// Somebody touched the device.
pub const PRESENT: u8 = 1;
/// The device knows who it was.
pub const VERIFIED: u8 = 1 << 2;
/// A key was made.
const MADE: u8 = 1 << 6;

/// A device with one key.
pub struct Device {
    key: SigningKey,
    /// The name that it gave its key.
    pub id: Vec<u8>,
    /// How often it says it was used.
    pub counter: u32,
    /// What it says of its holder.
    pub flags: u8,
}

impl Device {
    /// A device whose key comes of one byte.
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).expect("a key");
        Self { key, id: vec![b'k', seed], counter: 0, flags: PRESENT | VERIFIED }
    }

    fn data(&self, host: &str, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(host.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    /// What it tells of its key at a site of this host; `algorithm` is the byte of COSE: 0x26 for ES256.
    pub fn attestation(&self, host: &str, algorithm: u8) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        let mut data = self.data(host, self.flags | MADE);
        data.extend_from_slice(&[0; 17]);
        data.push(u8::try_from(self.id.len()).expect("a short name"));
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&[0xa5, 1, 2, 3, algorithm, 0x20, 1, 0x21, 0x58, 32]);
        data.extend_from_slice(x);
        data.extend_from_slice(&[0x22, 0x58, 32]);
        data.extend_from_slice(y);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short data"));
        object.extend_from_slice(&data);
        object
    }

    /// What it says and signs at a site of this host over what the browser was asked.
    pub fn shows(&self, host: &str, asked: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let data = self.data(host, self.flags);
        let signed = [data.as_slice(), &Sha256::digest(asked)].concat();
        let signature: Signature = self.key.sign(&signed);
        (data, signature.to_der().as_bytes().to_vec())
    }
}

/// What a browser says it was asked: `webauthn.create` or `webauthn.get`.
pub fn asked(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = BASE64URL_NOPAD.encode(challenge);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"}}"#).into_bytes()
}
