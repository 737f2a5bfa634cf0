//! Why a certificate, a request or a list is refused. The words are for whoever handed it in.

use base::Moment;

/// What was handed in is none, or cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertError {
    /// Not the DER or PEM of what it should be.
    #[error("内容不是{0}（DER 或 PEM）")]
    Shape(&'static str),
    /// Longer than any real one.
    #[error("文件太大：{0}最多 {1} 字节")]
    TooLong(&'static str, usize),
    /// A key that is not on the SM2 curve.
    #[error("公钥不在 SM2 曲线上（GB/T 32918.5），不能使用")]
    WrongCurve,
    /// A signature by another algorithm than SM2 with SM3.
    #[error("签名算法不是 SM2-SM3（1.2.156.10197.1.501），不能使用")]
    WrongAlgorithm,
    /// An extension that must be understood and is not.
    #[error("含有必须理解而本系统不认识的扩展 {0}，不能使用")]
    UnknownExtension(String),
    /// Whoever sent the request does not hold the key in it.
    #[error("申请上的签名和申请里的公钥对不上，不能证明申请人持有私钥")]
    NotHeld,
    /// A name without what it needs.
    #[error("名称不能使用：{0}")]
    Name(&'static str),
    /// The span of time is empty or longer than the authority's own.
    #[error("有效期不能使用：{0}")]
    Span(&'static str),
    /// An enclosed private key that this signing key does not open.
    #[error("这把签名密钥打不开加密私钥：它不是给这份证书申请的，或者已经损坏")]
    NotForKey,
    /// A private key that lies under another cipher than SM4.
    #[error("加密私钥不是用 SM4 加密的，不能使用")]
    WrongCipher,
    /// The key and the certificate of an authority do not belong together.
    #[error("私钥和证书不是一对")]
    NotAPair,
}

/// Why a certificate that can be read is not trusted for this purpose at this moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// Its time has not come.
    #[error("证书还没有生效，{} 起有效", .0.to_minute())]
    NotYetValid(Moment),
    /// Its time is over.
    #[error("证书已经过期，有效期到 {}", .0.to_minute())]
    Expired(Moment),
    /// Nobody whom this city trusts has issued it.
    #[error("证书的签发机构“{0}”不在本市信任的名单里")]
    UnknownIssuer(String),
    /// Its issuer was not trusted at that moment.
    #[error("证书的签发机构“{0}”在 {time} 不受本市信任", time = .1.to_minute())]
    NotThen(String, Moment),
    /// Its issuer's name fits, and the signature does not.
    #[error("证书上的签名不是签发机构的，证书可能被改动过")]
    BadSignature,
    /// What issued it may not issue.
    #[error("证书的签发者“{0}”不是签发机构，无权签发证书")]
    NotAnAuthority(String),
    /// Too many authorities between it and the root.
    #[error("证书的签发层级太多")]
    PathTooLong,
    /// Made for something else.
    #[error("证书的用途不对：{0}")]
    WrongPurpose(&'static str),
    /// Taken back.
    #[error("证书已经在 {} 被吊销：{}", .0.to_minute(), .1.words())]
    Revoked(Moment, super::Reason),
    /// Its issuer, asked about it, knows nothing of it.
    #[error("签发机构答复说没有签发过这张证书")]
    NotIssued,
    /// Nobody can say whether it was taken back.
    #[error("没有“{0}”的吊销列表，不能确认证书是否被吊销")]
    NoList(String),
    /// The list is too old to say.
    #[error("“{issuer}”的吊销列表已经过期（应在 {} 前更新），不能确认证书是否被吊销", .next.to_minute())]
    StaleList {
        /// Whose list.
        issuer: String,
        /// When the next one was due.
        next: Moment,
    },
}
