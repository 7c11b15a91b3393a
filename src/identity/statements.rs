//! Signed statements: what the registry puts its name to outside its own walls, as JSON Web Signatures in their compact
//! form (RFC 7515), with Ed25519 (RFC 8037). Their key is not the one that signs access tokens.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::identity::{KeyError, Keys};

/// Signs statements, and checks those that it signed.
pub struct Signer {
    signing: EncodingKey,
    key: StatementKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.key.id())
    }
}

/// The public half of a key that signs statements.
#[derive(Debug, Clone)]
pub struct StatementKey {
    jwk: Jwk,
    id: String,
    checking: DecodingKey,
}

/// Why a statement is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is no compact JWS of the kind that was asked for.
    #[error("it is no signed statement of this kind")]
    Malformed,
    /// It names another key than the one by which it is checked.
    #[error("it was signed with another key")]
    OtherKey,
    /// The signature does not fit what was signed.
    #[error("the signature does not fit the content")]
    BadSignature,
}

impl Signer {
    /// Signs with the registry's key for certificates.
    ///
    /// # Errors
    /// [`KeyError::Unmade`] where the key cannot sign; reading the keys has told already that it can.
    pub fn new(keys: &Keys) -> Result<Self, KeyError> {
        let signing = EncodingKey::from_ed_der(&keys.certificates);
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).map_err(|_| KeyError::Unmade)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let key = StatementKey::of(jwk).ok_or(KeyError::Unmade)?;
        Ok(Self { signing, key })
    }

    /// The public half of the key.
    pub const fn key(&self) -> &StatementKey {
        &self.key
    }

    /// A statement of a kind, with the public key inside, so that it can be checked where no other copy of the key is.
    /// None only where the key cannot sign.
    pub fn sign(&self, kind: &str, said: &impl Serialize) -> Option<String> {
        let mut header = header(kind);
        header.kid = Some(self.key.id.clone());
        header.jwk = Some(self.key.jwk.clone());
        jsonwebtoken::encode(&header, said, &self.signing).ok()
    }

    /// A statement that does not carry its key: as short as can be.
    pub fn sign_short(&self, kind: &str, said: &impl Serialize) -> Option<String> {
        jsonwebtoken::encode(&header(kind), said, &self.signing).ok()
    }
}

fn header(kind: &str) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(kind.to_owned());
    header
}

impl StatementKey {
    /// The key of a JWK; none where it is no Ed25519 key.
    pub fn of(jwk: Jwk) -> Option<Self> {
        let checking = DecodingKey::from_jwk(&jwk).ok()?;
        let mut jwk = jwk;
        // The identifier of a key follows from it (RFC 7638), so that nobody can give a key the name of another.
        let id = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.key_id = Some(id.clone());
        (checking.family() == jsonwebtoken::AlgorithmFamily::Ed).then_some(Self { jwk, id, checking })
    }

    /// The key that a statement carries. Whose key it is, the statement cannot prove by itself.
    pub fn carried_by(statement: &str) -> Option<Self> {
        Self::of(jsonwebtoken::decode_header(statement).ok()?.jwk?)
    }

    /// The keys of a text: of a JWK set, or of one JWK. Others than Ed25519 are left out.
    pub fn read_all(text: &str) -> Vec<Self> {
        let set = serde_json::from_str::<JwkSet>(text).map(|it| it.keys);
        let keys = set.or_else(|_| serde_json::from_str::<Jwk>(text).map(|it| vec![it]));
        keys.unwrap_or_default().into_iter().filter_map(Self::of).collect()
    }

    /// The identifier: the key's thumbprint.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as a JWK (RFC 7517).
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// What a statement of a kind says, once its signature is found to fit.
    ///
    /// # Errors
    /// See [`StatementError`].
    pub fn check<T: DeserializeOwned>(&self, kind: &str, statement: &str) -> Result<T, StatementError> {
        let header = jsonwebtoken::decode_header(statement).map_err(|_| StatementError::Malformed)?;
        if header.typ.as_deref() != Some(kind) || header.alg != Algorithm::EdDSA || header.crit.is_some() {
            return Err(StatementError::Malformed);
        }
        if header.kid.is_some_and(|it| it != self.id) {
            return Err(StatementError::OtherKey);
        }
        let mut wanted = Validation::new(Algorithm::EdDSA);
        // A statement says what was true when it was made; it does not run out.
        wanted.required_spec_claims.clear();
        wanted.validate_exp = false;
        wanted.validate_aud = false;
        match jsonwebtoken::decode::<T>(statement, &self.checking, &wanted) {
            Ok(checked) => Ok(checked.claims),
            Err(error) => Err(match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidSignature => StatementError::BadSignature,
                _ => StatementError::Malformed,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn signer() -> Signer {
        Signer::new(&Keys::open(tempfile::tempdir().unwrap().path()).unwrap()).unwrap()
    }

    #[test]
    fn a_statement_is_accepted_as_it_was_signed_and_in_no_other_way() {
        let (signer, other) = (signer(), signer());
        let said = json!({"asset": "大棚", "index": 7});

        let statement = signer.sign("kind+jws", &said).unwrap();

        assert_eq!(signer.key().check::<Value>("kind+jws", &statement), Ok(said.clone()));
        let carried = StatementKey::carried_by(&statement).unwrap();
        assert_eq!(carried.id(), signer.key().id());
        assert_eq!(carried.check::<Value>("kind+jws", &statement), Ok(said.clone()));
        assert_eq!(signer.key().check::<Value>("other+jws", &statement), Err(StatementError::Malformed));
        assert_eq!(other.key().check::<Value>("kind+jws", &statement), Err(StatementError::OtherKey));
        let short = signer.sign_short("kind+jws", &said).unwrap();
        assert!(short.len() < 200 && StatementKey::carried_by(&short).is_none());
        assert_eq!(signer.key().check::<Value>("kind+jws", &short), Ok(said));
        assert_eq!(other.key().check::<Value>("kind+jws", &short), Err(StatementError::BadSignature));
    }

    #[test]
    fn no_letter_of_a_statement_can_be_another() {
        let signer = signer();
        let statement = signer.sign("kind+jws", &json!({"share": "1/3"})).unwrap();
        for place in 0..statement.len() {
            let mut altered = statement.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(signer.key().check::<Value>("kind+jws", &altered).is_err(), "letter {place}");
        }
        for wrong in ["", ".", "..", "a.b.c", "一.二.三"] {
            assert_eq!(signer.key().check::<Value>("kind+jws", wrong), Err(StatementError::Malformed));
        }
    }
}
