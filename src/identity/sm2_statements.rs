//! The second signature of a statement, by SM2 with SM3 (GB/T 32918.2, GB/T 32905), which public offices in China must use.
//!
//! It stands beside a statement and not in it: a compact JWS whose payload is left out (RFC 7515, appendix F), over the
//! payload of the statement. So the statement stays what everybody reads who knows Ed25519 alone. JOSE has no registered
//! name for this algorithm or its curve; they go by their object identifiers, which nobody else can mean (RFC 7515,
//! section 4.1.1: a collision-resistant name).

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sm2::dsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};

use crate::{
    identity::{KeyError, StatementError, keys::read},
    journal::notes::SM2_SIGNER_ID,
};

/// The algorithm: SM2 with SM3, by its identifier in GM/T 0006.
const ALGORITHM: &str = "urn:oid:1.2.156.10197.1.501";
/// The curve, by its identifier in GM/T 0006.
const CURVE: &str = "urn:oid:1.2.156.10197.1.301";

/// Signs statements once more.
pub(super) struct Sm2Signer {
    secret: SigningKey,
    key: Sm2Key,
}

/// The public half of a key that signs statements once more.
#[derive(Debug, Clone)]
pub struct Sm2Key {
    jwk: Sm2Jwk,
    id: String,
    checking: VerifyingKey,
}

/// A key of the curve as a JWK (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sm2Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    public_key_use: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
    jwk: Sm2Jwk,
    /// What must be understood; nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<Vec<String>>,
}

impl Sm2Signer {
    /// Signs with the key of a file.
    pub(super) fn open(path: &Path) -> Result<Self, KeyError> {
        let secret = read(path)?;
        let malformed = || KeyError::Malformed(path.to_owned());
        let secret = SigningKey::from_slice(SM2_SIGNER_ID, &secret).map_err(|_| malformed())?;
        let key = Sm2Key::of_point(&secret.verifying_key().to_sec1_bytes()).ok_or_else(malformed)?;
        Ok(Self { secret, key })
    }

    pub(super) const fn key(&self) -> &Sm2Key {
        &self.key
    }

    /// The second signature of a statement of a kind. None only where the key cannot sign.
    pub(super) fn sign(&self, kind: &str, statement: &str) -> Option<String> {
        let header = Header {
            typ: kind.to_owned(),
            alg: ALGORITHM.to_owned(),
            kid: self.key.id.clone(),
            jwk: self.key.jwk.clone(),
            crit: None,
        };
        let protected = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
        let signed = self.secret.try_sign(said(&protected, statement)?.as_bytes()).ok()?;
        Some(format!("{protected}..{}", URL_SAFE_NO_PAD.encode(signed.to_bytes())))
    }
}

/// What is signed: the header, and the payload of the statement.
fn said(protected: &str, statement: &str) -> Option<String> {
    Some(format!("{protected}.{}", statement.split('.').nth(1)?))
}

/// The header of a second signature, and the rest of it.
fn taken_apart(second: &str) -> Option<(Header, &str, Signature)> {
    let (protected, signature) = second.split_once("..")?;
    let header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(protected).ok()?).ok()?;
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    Some((header, protected, signature))
}

impl Sm2Key {
    /// The key of a point of the curve: 04 ‖ x ‖ y, each 32 bytes.
    pub(super) fn of_point(point: &[u8]) -> Option<Self> {
        let (x, y) = point.get(1..).and_then(|it| it.split_at_checked(32))?;
        Self::of(Sm2Jwk {
            kty: "EC".to_owned(),
            crv: CURVE.to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
            kid: None,
            public_key_use: Some("sig".to_owned()),
        })
    }

    /// The key of a JWK; none where it is of another curve, or no point of it.
    pub fn of(jwk: Sm2Jwk) -> Option<Self> {
        let coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|it| it.len() == 32);
        let point = [vec![4], coordinate(&jwk.x)?, coordinate(&jwk.y)?].concat();
        let checking = VerifyingKey::from_sec1_bytes(SM2_SIGNER_ID, &point).ok()?;
        // The identifier follows from the key (RFC 7638): the members that make it, in their order.
        let Sm2Jwk { kty, crv, x, y, .. } = &jwk;
        let members = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        let is_ours = (kty.as_str(), crv.as_str()) == ("EC", CURVE);
        let jwk = Sm2Jwk { kid: Some(id.clone()), ..jwk };
        is_ours.then_some(Self { jwk, id, checking })
    }

    /// The key that a second signature carries. Whose key it is, it cannot prove by itself.
    pub(super) fn carried_by(second: &str) -> Option<Self> {
        let (header, ..) = taken_apart(second)?;
        Self::of(header.jwk)
    }

    /// The identifier: the key's thumbprint.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as a JWK.
    pub const fn jwk(&self) -> &Sm2Jwk {
        &self.jwk
    }

    /// Whether a second signature of a statement of a kind is by this key, and fits.
    pub(super) fn check(&self, kind: &str, statement: &str, second: &str) -> Result<(), StatementError> {
        let (header, protected, signature) = taken_apart(second).ok_or(StatementError::Malformed)?;
        if header.typ != kind || header.alg != ALGORITHM || header.crit.is_some() {
            return Err(StatementError::Malformed);
        }
        if header.kid != self.id {
            return Err(StatementError::OtherKey);
        }
        let said = said(protected, statement).ok_or(StatementError::Malformed)?;
        let fits = self.checking.verify(said.as_bytes(), &signature);
        fits.map_err(|_| StatementError::BadSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::keys::{KeyKind, make};

    fn made(path: &Path) -> Sm2Signer {
        make(path, KeyKind::Sm2).unwrap();
        Sm2Signer::open(path).unwrap()
    }

    #[test]
    fn a_second_signature_fits_the_statement_and_no_letter_can_be_another() {
        let folder = tempfile::tempdir().unwrap();
        let signer = made(&folder.path().join("one.key"));
        let other = made(&folder.path().join("other.key"));
        let statement = "aGVhZGVy.eyJzaGFyZSI6IjEvMyJ9.c2lnbmF0dXJl";

        let second = signer.sign("kind+jws", statement).unwrap();

        assert_eq!(signer.key().check("kind+jws", statement, &second), Ok(()));
        assert_eq!(Sm2Key::carried_by(&second).unwrap().id(), signer.key().id());
        assert_eq!(other.key().check("kind+jws", statement, &second), Err(StatementError::OtherKey));
        assert_eq!(signer.key().check("other+jws", statement, &second), Err(StatementError::Malformed));
        let of_another = statement.replacen("IjEv", "IjIv", 1);
        assert_eq!(signer.key().check("kind+jws", &of_another, &second), Err(StatementError::BadSignature));
        for place in 0..second.len() {
            let mut altered = second.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(signer.key().check("kind+jws", statement, &altered).is_err(), "letter {place}");
        }
        for wrong in ["", ".", "..", "a..b", "a.b.c", "一..三"] {
            assert_eq!(signer.key().check("kind+jws", statement, wrong), Err(StatementError::Malformed));
        }
    }

    #[test]
    fn a_key_is_one_of_this_curve() {
        let folder = tempfile::tempdir().unwrap();
        let jwk = made(&folder.path().join("one.key")).key().jwk().clone();
        let altered = |change: fn(&mut Sm2Jwk)| {
            let mut jwk = jwk.clone();
            change(&mut jwk);
            Sm2Key::of(jwk)
        };
        assert!(altered(|_| {}).is_some());
        assert!(altered(|it| it.crv = "P-256".to_owned()).is_none());
        assert!(altered(|it| it.kty = "OKP".to_owned()).is_none());
        assert!(altered(|it| std::mem::swap(&mut it.x, &mut it.y)).is_none(), "no point of the curve");
        assert!(altered(|it| it.x.clear()).is_none());
    }
}
