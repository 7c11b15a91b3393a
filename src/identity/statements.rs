//! Signed statements: what the registry puts its name to outside its own walls, as JSON Web Signatures in their compact
//! form (RFC 7515), with Ed25519 (RFC 8037). Their key is not the one that signs access tokens.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    identity::{
        KeyError,
        keys::{CERTIFICATE_SUCCESSION, KeyKind, make, remove_keys, signing_key, signing_key_files},
        sm2_statements::{Sm2Jwk, Sm2Key, Sm2Signer},
    },
    journal::{self, Action, Actor, Record},
    storage::{StorageError, Write, files},
    values::closed_enum,
};

/// Signs statements, and checks those that it signed.
pub struct Signer {
    signing: EncodingKey,
    sm2: Option<Sm2Signer>,
    keys: StatementKeys,
    succession: StatementSuccession,
}

/// What the file beside the keys remembers: which keys are in use, and which were before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementSuccession {
    /// Which keys are in use: 1 for the first, which have plain names.
    generation: u32,
    /// The name that follows from the first key; empty while that is in use.
    name: String,
    /// The keys that sign no more, and whose statements are still accepted.
    former: StatedKeys,
}

impl Default for StatementSuccession {
    fn default() -> Self {
        Self { generation: 1, name: String::new(), former: StatedKeys::default() }
    }
}

impl StatementSuccession {
    /// What the file beside the keys remembers.
    fn of(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(CERTIFICATE_SUCCESSION);
        files::recall(&path).map_err(|source| KeyError::of_succession(path, source))
    }

    fn remember(&self, folder: &Path) -> Result<(), KeyError> {
        let path = folder.join(CERTIFICATE_SUCCESSION);
        files::remember(&path, self).map_err(|source| KeyError::File { path, source })
    }
}

/// Where the keys of a generation are: that of Ed25519, that of SM2.
fn key_files(folder: &Path, generation: u32) -> [PathBuf; 2] {
    signing_key_files(folder, "certificate", generation)
}

/// Where the keys are that sign certificates now: that of Ed25519, that of SM2.
pub(super) fn certificate_key_files(folder: &Path) -> Result<[PathBuf; 2], KeyError> {
    Ok(key_files(folder, StatementSuccession::of(folder)?.generation))
}

/// Remembers the public halves of keys that are lost or were exchanged, first the earliest, so that what they signed is accepted
/// and the registry keeps the name that follows from the first one.
pub(super) fn remember_certificate_keys(
    folder: &Path,
    ed25519: &[Vec<u8>],
    sm2: &[Vec<u8>],
) -> Result<(), KeyError> {
    let mut succession = StatementSuccession::of(folder)?;
    let key = |x: &Vec<u8>| {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": URL_SAFE_NO_PAD.encode(x)});
        StatementKey::of(serde_json::from_value(jwk).ok()?)
    };
    let keys: Vec<_> = ed25519.iter().filter_map(key).collect();
    if let Some(first) = keys.first().filter(|_| succession.name.is_empty()) {
        succession.name = name_of(first.id());
    }
    let known = StatementKeys::of(succession.former.clone());
    for key in keys.iter().filter(|key| known.ed25519.iter().all(|it| it.id != key.id)) {
        succession.former.keys.insert(0, key.jwk.clone());
    }
    let keys: Vec<_> = sm2.iter().filter_map(|it| Sm2Key::of_point(it)).collect();
    for key in keys.iter().filter(|key| known.sm2.iter().all(|it| it.id() != key.id())) {
        succession.former.sm2_keys.insert(0, key.jwk().clone());
    }
    succession.remember(folder)
}

/// The name of a registry that follows from the first of its keys.
fn name_of(id: &str) -> String {
    format!("sanquan-{}", id.get(..8).unwrap_or_default())
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({:?})", self.keys)
    }
}

closed_enum! {
    /// What is known of the second signature of a statement, by SM2 with SM3.
    pub enum SecondSignature {
        /// It is there and fits.
        Verified = "verified",
        /// It was not given, or there is none.
        NotGiven = "not_given",
        /// It was given, and there is no SM2 key to check it by.
        NotChecked = "not_checked",
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
    /// Signs with the keys of a folder; by SM2 as well where it is wanted. They are keys of their own, since certificates are shown around for decades, and a token must never be taken for one or the
    /// other way round.
    pub fn open(folder: &Path, sm2: bool) -> Result<Self, KeyError> {
        Self::of_generation(folder, sm2, StatementSuccession::of(folder)?)
    }

    fn of_generation(folder: &Path, sm2: bool, succession: StatementSuccession) -> Result<Self, KeyError> {
        let [path, of_sm2] = key_files(folder, succession.generation);
        let (private, _) = signing_key(path)?;
        let signing = EncodingKey::from_ed_der(&private);
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::EdDSA).map_err(|_| KeyError::Unmade)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let key = StatementKey::of(jwk).ok_or(KeyError::Unmade)?;
        let sm2 = if sm2 { Some(Sm2Signer::open(&of_sm2)?) } else { None };
        let former = StatementKeys::of(succession.former.clone());
        let keys = StatementKeys {
            ed25519: std::iter::once(key).chain(former.ed25519).collect(),
            sm2: sm2.iter().map(|it| it.key().clone()).chain(former.sm2).collect(),
        };
        Ok(Self { signing, sm2, keys, succession })
    }

    /// Makes new keys in a folder and lets them sign from now on. What the old ones signed stays valid, unless they were
    /// stolen: then nothing that they signed is accepted any more.
    pub fn renew(folder: &Path, sm2: bool, stolen: bool) -> Result<Renewal, KeyError> {
        let old = Self::open(folder, sm2)?;
        let former = if stolen { old.succession.former.clone() } else { old.keys.stated() };
        let generation = old.succession.generation;
        let next = StatementSuccession {
            generation: generation.saturating_add(1),
            name: old.default_name(),
            former,
        };
        let [of_next, of_next_sm2] = key_files(folder, next.generation);
        make(&of_next, KeyKind::Ed25519)?;
        if sm2 {
            make(&of_next_sm2, KeyKind::Sm2)?;
        }
        let new = Self::of_generation(folder, sm2, next)?;
        new.succession.remember(folder)?;
        remove_keys(&key_files(folder, generation))?;
        Ok(Renewal { key_id: new.id().to_owned(), former_key_id: old.id().to_owned(), stolen })
    }

    /// The public halves of the keys: those that sign, and behind them those that signed before.
    pub const fn keys(&self) -> &StatementKeys {
        &self.keys
    }

    /// The identifier of the key that signs.
    pub fn id(&self) -> &str {
        self.keys.ed25519.first().map_or("", StatementKey::id)
    }

    /// The name of the registry where nobody chose one: it follows from its first key.
    pub fn default_name(&self) -> String {
        match self.succession.name.as_str() {
            "" => name_of(self.id()),
            kept => kept.to_owned(),
        }
    }

    /// A statement of a kind, with the public key inside, so that it can be checked where no other copy of the key is.
    /// None only where the key cannot sign.
    pub fn sign(&self, kind: &str, said: &impl Serialize) -> Option<String> {
        let key = self.keys.ed25519.first()?;
        let mut header = header(kind);
        header.kid = Some(key.id.clone());
        header.jwk = Some(key.jwk.clone());
        jsonwebtoken::encode(&header, said, &self.signing).ok()
    }

    /// A statement that does not carry its key: as short as can be.
    pub fn sign_short(&self, kind: &str, said: &impl Serialize) -> Option<String> {
        jsonwebtoken::encode(&header(kind), said, &self.signing).ok()
    }

    /// The second signature of a statement of a kind; none where the registry signs by Ed25519 alone.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn sign_again(&self, kind: &str, statement: &str) -> Result<Option<String>, KeyError> {
        let signed = self.sm2.as_ref().map(|it| it.sign(kind, statement).ok_or(KeyError::Unmade));
        signed.transpose()
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

/// The public halves of all keys that may have signed statements.
#[derive(Debug, Clone, Default)]
pub struct StatementKeys {
    ed25519: Vec<StatementKey>,
    sm2: Vec<Sm2Key>,
}

/// Keys as they are published: a JWK set (RFC 7517, section 5). Those of SM2 stand beside it, for there are programs that
/// refuse a whole set for the sake of one key of a curve that they do not know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StatedKeys {
    /// The keys of Ed25519.
    pub keys: Vec<Jwk>,
    /// The keys of SM2.
    #[serde(default)]
    pub sm2_keys: Vec<Sm2Jwk>,
}

impl StatementKeys {
    /// The keys of a text: of a JWK set, or of one JWK. Others than those of Ed25519 and SM2 are left out.
    pub fn read(text: &str) -> Self {
        let one = || serde_json::from_str::<Jwk>(text).map(|it| vec![it]).unwrap_or_default();
        let stated = serde_json::from_str::<StatedKeys>(text)
            .unwrap_or_else(|_| StatedKeys { keys: one(), sm2_keys: Vec::new() });
        Self::of(stated)
    }

    fn of(stated: StatedKeys) -> Self {
        Self {
            ed25519: stated.keys.into_iter().filter_map(StatementKey::of).collect(),
            sm2: stated.sm2_keys.into_iter().filter_map(Sm2Key::of).collect(),
        }
    }

    /// The keys that a statement and its second signature carry. Whose keys they are, they cannot prove by themselves.
    pub fn carried_by(statement: &str, second: Option<&str>) -> Self {
        Self {
            ed25519: StatementKey::carried_by(statement).into_iter().collect(),
            sm2: second.and_then(Sm2Key::carried_by).into_iter().collect(),
        }
    }

    /// The keys as they are published.
    pub fn stated(&self) -> StatedKeys {
        StatedKeys {
            keys: self.ed25519.iter().map(|it| it.jwk().clone()).collect(),
            sm2_keys: self.sm2.iter().map(|it| it.jwk().clone()).collect(),
        }
    }

    /// Whether there is no key by which a statement could be checked.
    pub const fn is_empty(&self) -> bool {
        self.ed25519.is_empty()
    }

    /// What a statement of a kind says, once one of the keys is found to have signed it.
    ///
    /// # Errors
    /// See [`StatementError`].
    pub fn check<T: DeserializeOwned>(&self, kind: &str, statement: &str) -> Result<T, StatementError> {
        first_fit(self.ed25519.iter().map(|key| key.check(kind, statement)))
    }

    /// What is known of the second signature of a statement of a kind.
    ///
    /// # Errors
    /// It was given, and none of the keys made it.
    pub fn check_second(
        &self,
        kind: &str,
        statement: &str,
        second: Option<&str>,
    ) -> Result<SecondSignature, StatementError> {
        match second {
            None => Ok(SecondSignature::NotGiven),
            Some(_) if self.sm2.is_empty() => Ok(SecondSignature::NotChecked),
            Some(second) => {
                first_fit(self.sm2.iter().map(|key| key.check(kind, statement, second)))?;
                Ok(SecondSignature::Verified)
            }
        }
    }
}

const RENEWED: Action = Action::named("certificate_keys_renewed");

/// That other keys sign certificates from now on.
#[derive(Debug, Clone, Serialize)]
pub struct Renewal {
    /// The identifier of the new key of Ed25519.
    pub key_id: String,
    /// The identifier of the one that it follows.
    pub former_key_id: String,
    /// Whether the old keys were in other hands, so that nothing that they signed is accepted any more.
    pub stolen: bool,
}

/// Tells the journal that other keys sign certificates.
pub fn record_renewal(unit: &mut Write<'_>, renewal: &Renewal) -> Result<(), StorageError> {
    journal::append(unit, &Actor::default(), &Record::new(RENEWED, None, &[], renewal)).map(drop)
}

/// The outcome by the key that fits; where none does, why not, by the one that comes nearest.
fn first_fit<T>(outcomes: impl Iterator<Item = Result<T, StatementError>>) -> Result<T, StatementError> {
    let mut why = StatementError::OtherKey;
    for outcome in outcomes {
        match outcome {
            Err(StatementError::OtherKey) => {}
            Err(StatementError::BadSignature) => why = StatementError::BadSignature,
            fit_or_malformed => return fit_or_malformed,
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::identity::Keyring;

    /// Signs with keys that are made in a folder.
    fn made(folder: &Path) -> Signer {
        Keyring::of(folder, 1, true, true).unwrap().make_missing().unwrap();
        Signer::open(folder, true).unwrap()
    }

    fn signer() -> Signer {
        made(tempfile::tempdir().unwrap().path())
    }

    #[test]
    fn a_statement_is_accepted_as_it_was_signed_and_in_no_other_way() {
        let (signer, other) = (signer(), signer());
        let said = json!({"asset": "大棚", "index": 7});

        let statement = signer.sign("kind+jws", &said).unwrap();

        assert_eq!(signer.keys().check::<Value>("kind+jws", &statement), Ok(said.clone()));
        let carried = StatementKey::carried_by(&statement).unwrap();
        assert_eq!(carried.id(), signer.keys().ed25519[0].id());
        assert_eq!(carried.check::<Value>("kind+jws", &statement), Ok(said.clone()));
        assert_eq!(signer.keys().check::<Value>("other+jws", &statement), Err(StatementError::Malformed));
        assert_eq!(other.keys().check::<Value>("kind+jws", &statement), Err(StatementError::OtherKey));
        let short = signer.sign_short("kind+jws", &said).unwrap();
        assert!(short.len() < 200 && StatementKey::carried_by(&short).is_none());
        assert_eq!(signer.keys().check::<Value>("kind+jws", &short), Ok(said));
        assert_eq!(other.keys().check::<Value>("kind+jws", &short), Err(StatementError::BadSignature));
    }

    #[test]
    fn no_letter_of_a_statement_can_be_another() {
        let signer = signer();
        let statement = signer.sign("kind+jws", &json!({"share": "1/3"})).unwrap();
        for place in 0..statement.len() {
            let mut altered = statement.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(signer.keys().check::<Value>("kind+jws", &altered).is_err(), "letter {place}");
        }
        for wrong in ["", ".", "..", "a.b.c", "一.二.三"] {
            assert_eq!(signer.keys().check::<Value>("kind+jws", wrong), Err(StatementError::Malformed));
        }
    }

    #[test]
    fn what_an_old_key_signed_is_accepted_unless_it_was_stolen() {
        let folder = tempfile::tempdir().unwrap();
        let first = made(folder.path());
        let statement = first.sign("kind+jws", &json!({"number": 1})).unwrap();
        let second = first.sign_again("kind+jws", &statement).unwrap().unwrap();
        let short = first.sign_short("kind+jws", &json!({"number": 2})).unwrap();

        Signer::renew(folder.path(), true, false).unwrap();
        let renewed = Signer::open(folder.path(), true).unwrap();

        assert_ne!(renewed.id(), first.id());
        assert_eq!(renewed.default_name(), first.default_name(), "the registry keeps its name");
        assert_eq!(renewed.keys().check::<Value>("kind+jws", &statement), Ok(json!({"number": 1})));
        assert_eq!(renewed.keys().check::<Value>("kind+jws", &short), Ok(json!({"number": 2})));
        let checked = renewed.keys().check_second("kind+jws", &statement, Some(&second));
        assert_eq!(checked, Ok(SecondSignature::Verified));
        let files = |name: &str| folder.path().join(name).exists();
        assert!(!files("certificate-signing.pkcs8") && files("certificate-signing-2.pkcs8"));
        assert!(!files("certificate-sm2.key") && files("certificate-sm2-2.key"));

        let later = renewed.sign("kind+jws", &json!({"number": 3})).unwrap();
        Signer::renew(folder.path(), true, true).unwrap();
        let after_theft = Signer::open(folder.path(), true).unwrap();

        assert_eq!(after_theft.keys().check::<Value>("kind+jws", &statement), Ok(json!({"number": 1})));
        assert_eq!(after_theft.keys().check::<Value>("kind+jws", &later), Err(StatementError::OtherKey));
        assert_eq!(after_theft.default_name(), first.default_name());
    }

    #[test]
    fn whoever_knows_one_kind_of_key_checks_one_signature() {
        let (signer, other) = (signer(), signer());
        let statement = signer.sign("kind+jws", &json!({"share": "1/3"})).unwrap();
        let second = signer.sign_again("kind+jws", &statement).unwrap().unwrap();
        let published = serde_json::to_string(&signer.keys().stated()).unwrap();
        let both = StatementKeys::read(&published);
        let known = |it: &StatementKeys, second| it.check_second("kind+jws", &statement, second);

        assert_eq!(known(&both, Some(&second)), Ok(SecondSignature::Verified));
        assert_eq!(known(&both, None), Ok(SecondSignature::NotGiven));
        assert_eq!(known(other.keys(), Some(&second)), Err(StatementError::OtherKey));
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&published).unwrap();
        let one = StatementKeys::read(&serde_json::to_string(&set.keys[0]).unwrap());
        assert_eq!(known(&one, Some(&second)), Ok(SecondSignature::NotChecked));
        assert!(one.check::<Value>("kind+jws", &statement).is_ok());
        assert!(StatementKeys::read("{}").is_empty() && StatementKeys::read("nothing").is_empty());
    }
}
