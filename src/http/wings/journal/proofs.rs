//! Checkpoints of the journal, the proofs that go with them, and what witnesses say.

use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use tlog_tiles::Hash;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        ask::{Asking, NoQuery, PublicReading, Reading},
        problem::{Code, Problem},
        routes::Routes,
    },
    identity::Permission,
    journal::{
        self, CosignError, ProofError,
        bundle::{FormerKey, LogNames},
    },
    storage::Read,
    values::{Fault, Reason},
};

pub(super) fn routes(config: &mut impl Routes) {
    config
        .service(checkpoint)
        .service(cosign)
        .service(keys)
        .service(inclusion)
        .service(leaf)
        .service(consistency);
}

/// Which checkpoint is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CheckpointQuery {
    /// The checkpoint of this size, if one was signed; the last one unless said.
    #[param(minimum = 1, example = 1043)]
    tree_size: Option<i64>,
}

/// Gives a checkpoint: the size and the root of the journal's tree, signed.
///
/// A signed note as C2SP `tlog-checkpoint` writes it, with the cosignatures of witnesses where there are any. Whoever keeps
/// one can tell later that nothing before it was changed. Anybody may, without a token: it says nothing but how long the
/// journal is.
#[utoipa::path(tag = "journal", operation_id = "get_journal_checkpoint", security(()),
    params(CheckpointQuery), responses(
    (status = 200, description = "The checkpoint", body = String, content_type = "text/plain"),
    (status = 404, description = "Nothing was signed yet, or not at that size")))]
#[get("/v1/journal/checkpoint")]
async fn checkpoint(asked: PublicReading<CheckpointQuery>) -> Result<HttpResponse, Problem> {
    let PublicReading { reader, query, .. } = asked;
    let size = query.tree_size;
    let note = reader.snapshot(move |unit| journal::checkpoint(unit, size)).await?;
    note.map(note_answer).ok_or_else(|| Problem::new(Code::NotFound))
}

/// A signed note, as it is answered.
pub(super) fn note_answer(note: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note)
}

/// What a witness says of a checkpoint.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CosignatureRequest {
    /// The size of the checkpoint.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 1043)]
    tree_size: i64,
    /// The signature line of the witness (C2SP `tlog-cosignature`, Ed25519): `— name base64`.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )]
    signature: String,
}

impl From<CosignError> for Problem {
    fn from(error: CosignError) -> Self {
        match error {
            CosignError::NoCheckpoint => {
                Fault::at("/tree_size", Reason::NotFound { what: "checkpoint" }).into()
            }
            CosignError::NotByWitness => {
                let wanted = "a cosignature of this checkpoint by a known witness".to_owned();
                Fault::at("/signature", Reason::WrongForm { wanted }).into()
            }
            CosignError::Storage(error) => error.into(),
        }
    }
}

/// Takes what a witness signed of a checkpoint.
///
/// From then on the checkpoint carries it. Sent twice, it is kept once, so no key is needed. It is no change of the
/// register and leaves no entry in the journal.
#[utoipa::path(tag = "journal", operation_id = "cosign_journal_checkpoint", security(("bearer" = ["journal:witness"])),
    request_body = CosignatureRequest, responses(
    (status = 200, description = "The checkpoint with all its cosignatures", body = String, content_type = "text/plain")))]
#[post("/v1/journal/checkpoint/cosignatures")]
async fn cosign(asked: Asking<CosignatureRequest>) -> Result<HttpResponse, Problem> {
    let Asking { registry, caller, content, .. } = asked;
    caller.permit(Permission::JournalWitness)?;
    let log = std::sync::Arc::clone(&registry.log);
    let cosigned = registry
        .storage
        .upkeep(move |unit| match journal::cosign(unit, &log, content.tree_size, &content.signature) {
            Err(CosignError::Storage(error)) => Err(error),
            outcome => Ok(outcome),
        })
        .await?;
    Ok(note_answer(cosigned?))
}

/// Which log it is, and by which keys it is checked.
#[derive(Serialize, ToSchema)]
struct KeysResponse {
    /// The name of the log: the first line of its checkpoints.
    #[schema(example = "sanquan/3b0c44298fc1c149")]
    origin: String,
    /// The keys that sign it now, as `name+hash+key` (C2SP `signed-note`).
    #[schema(example = json!(["sanquan/3b0c44298fc1c149+530d903a+AQz8GuzwVZdYZTOdYRpSQOrLp6kTPQQAZKB2kl7+U9WZ"]))]
    keys: Vec<String>,
    /// The size of the first tree that they signed; 0 for the first keys of the log.
    #[schema(minimum = 0, example = 0)]
    from: u64,
    /// The keys that signed before, the newest first, each with the trees that it signed.
    former: Vec<FormerKey>,
    /// The keys of the witnesses whose cosignatures are taken.
    #[schema(example = json!([]))]
    witnesses: Vec<String>,
}

/// Names the log and the keys that verify its checkpoints.
///
/// Keys that come from the server that they are to check prove little: compare them with a copy from elsewhere. Anybody may
/// have them, without a token.
#[utoipa::path(tag = "journal", operation_id = "get_journal_keys", security(()), responses(
    (status = 200, description = "The keys", body = KeysResponse)))]
#[get("/v1/journal/keys")]
async fn keys(asked: PublicReading<NoQuery>) -> Result<HttpResponse, Problem> {
    let LogNames { origin, keys, from, former, witnesses } = asked.registry.log.names();
    Ok(HttpResponse::Ok().json(KeysResponse { origin, keys, from, former, witnesses }))
}

/// What is to be proved to lie in which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct InclusionQuery {
    /// The index of the entry.
    #[param(minimum = 0, example = 1042)]
    index: i64,
    /// The size of the tree; that of the last checkpoint unless said.
    #[param(minimum = 1, example = 1043)]
    tree_size: Option<i64>,
}

/// That a tree has an entry.
#[derive(Serialize, ToSchema)]
struct InclusionResponse {
    /// The index of the entry.
    #[schema(minimum = 0, example = 1042)]
    index: i64,
    /// The size of the tree.
    #[schema(minimum = 1, example = 1043)]
    tree_size: u64,
    /// The hash of the entry as a leaf (RFC 9162, section 2.1.1), in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    leaf_hash: String,
    /// The root of the tree, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    root_hash: String,
    /// The hashes beside the way from the leaf to the root (RFC 9162, section 2.1.3), each in base64.
    #[schema(example = json!(["CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="]))]
    proof: Vec<String>,
    /// The log entry to the letter: canonical JSON, whose `content_sha256` commits to the rest of the entry.
    #[schema(
        example = "{\"action\":\"asset_recorded\",\"actor_id\":null,\"at\":\"2025-01-03T04:05:06.700000Z\",…}"
    )]
    entry: String,
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(ToString::to_string).collect()
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::NoSuchTree { signed: 0 } | ProofError::NotFound => Self::new(Code::NotFound),
            ProofError::NoSuchTree { signed } => {
                Fault::at("/tree_size", Reason::TooLarge { max: signed.to_string() }).into()
            }
            ProofError::NoSuchPart { greatest } => {
                Fault::at("/index", Reason::TooLarge { max: greatest.to_string() }).into()
            }
            ProofError::Storage(error) => error.into(),
        }
    }
}

/// Proves that the journal has an entry.
///
/// By the proof, anybody who holds a signed checkpoint of that size can tell that the entry stands in the journal at that
/// index. Only for entries of the caller's region.
#[utoipa::path(tag = "journal", operation_id = "prove_journal_entry", security(("bearer" = ["journal:read"])), extensions(("x-may-lag" = json!(true))),
    params(InclusionQuery), responses(
    (status = 200, description = "The proof", body = InclusionResponse),
    (status = 404, description = "No such entry in the caller's region, or nothing was signed yet")))]
#[get("/v1/journal/proofs/inclusion")]
async fn inclusion(asked: Reading<InclusionQuery>) -> Result<HttpResponse, Problem> {
    asked
        .compute(|unit, caller, query| {
            let scope = caller.permit(Permission::JournalRead)?;
            let proved = journal::inclusion(unit, &scope, query.index, query.tree_size)?;
            Ok(InclusionResponse {
                index: proved.entry.index,
                tree_size: proved.head.size,
                leaf_hash: proved.entry.leaf_hash.to_string(),
                root_hash: proved.head.root.to_string(),
                proof: texts(&proved.proof),
                entry: proved.entry.body.header()?,
            })
        })
        .await
}

/// Which leaf is to be proved to be in which tree.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LeafQuery {
    /// The index of the entry.
    #[param(minimum = 0, example = 1042)]
    index: i64,
    /// The hash of the entry as a leaf, in base64.
    #[param(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    leaf_hash: String,
    /// The size of the tree; that of the last checkpoint unless said.
    #[param(minimum = 1, example = 1043)]
    tree_size: Option<i64>,
}

/// That a tree has a leaf.
#[derive(Serialize, ToSchema)]
struct LeafResponse {
    /// The index of the entry.
    #[schema(minimum = 0, example = 1042)]
    index: i64,
    /// The size of the tree.
    #[schema(minimum = 1, example = 1043)]
    tree_size: u64,
    /// The hash of the entry as a leaf, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    leaf_hash: String,
    /// The root of the tree, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    root_hash: String,
    /// The hashes beside the way from the leaf to the root (RFC 9162, section 2.1.3), each in base64.
    #[schema(example = json!(["CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="]))]
    proof: Vec<String>,
}

/// Proves that the journal has an entry whose hash is known.
///
/// For whoever holds the entry already, such as by a certificate or a bundle; nothing of any entry is shown. Anybody may, without
/// a token.
#[utoipa::path(tag = "journal", operation_id = "prove_journal_leaf", security(()), extensions(("x-may-lag" = json!(true))), params(LeafQuery), responses(
    (status = 200, description = "The proof", body = LeafResponse),
    (status = 404, description = "The entry at that index has another hash, or nothing was signed yet")))]
#[get("/v1/journal/proofs/leaf")]
async fn leaf(asked: PublicReading<LeafQuery>) -> Result<HttpResponse, Problem> {
    let PublicReading { reader, query, .. } = asked;
    let LeafQuery { index, leaf_hash, tree_size } = query;
    let prove = move |unit: &mut Read<'_>| journal::leaf(unit, index, &leaf_hash, tree_size);
    let proved = reader.snapshot(prove).await?;
    Ok(HttpResponse::Ok().json(LeafResponse {
        index,
        tree_size: proved.head.size,
        leaf_hash: proved.leaf_hash.to_string(),
        root_hash: proved.head.root.to_string(),
        proof: texts(&proved.proof),
    }))
}

/// Which tree is to be proved to begin with which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ConsistencyQuery {
    /// The size of the smaller tree.
    #[param(minimum = 1, example = 1000)]
    from: i64,
    /// The size of the larger tree; that of the last checkpoint unless said.
    #[param(minimum = 1, example = 1043)]
    to: Option<i64>,
}

/// That one tree begins with another.
#[derive(Serialize, ToSchema)]
struct ConsistencyResponse {
    /// The size of the smaller tree.
    #[schema(minimum = 1, example = 1000)]
    from: u64,
    /// The size of the larger tree.
    #[schema(minimum = 1, example = 1043)]
    to: u64,
    /// The root of the smaller tree, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    from_root_hash: String,
    /// The root of the larger tree, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    to_root_hash: String,
    /// The hashes from which both roots follow (RFC 9162, section 2.1.4), each in base64.
    #[schema(example = json!(["CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="]))]
    proof: Vec<String>,
}

/// Proves that the journal goes on from what it was.
///
/// By the proof, anybody who holds the checkpoints of both sizes can tell that the larger journal begins with the smaller
/// one, entry by entry. Anybody may have it, without a token.
#[utoipa::path(tag = "journal", operation_id = "prove_journal_consistency", security(()), extensions(("x-may-lag" = json!(true))),
    params(ConsistencyQuery), responses(
    (status = 200, description = "The proof", body = ConsistencyResponse),
    (status = 404, description = "Nothing was signed yet")))]
#[get("/v1/journal/proofs/consistency")]
async fn consistency(asked: PublicReading<ConsistencyQuery>) -> Result<HttpResponse, Problem> {
    let PublicReading { reader, query, .. } = asked;
    let ConsistencyQuery { from, to } = query;
    let prove = move |unit: &mut Read<'_>| journal::consistency(unit, from, to).map_err(between_trees);
    let proved = reader.snapshot(prove).await?;
    Ok(HttpResponse::Ok().json(ConsistencyResponse {
        from: proved.from.size,
        to: proved.to.size,
        from_root_hash: proved.from.root.to_string(),
        to_root_hash: proved.to.root.to_string(),
        proof: texts(&proved.proof),
    }))
}

/// The same refusals, where the question names its sizes otherwise.
fn between_trees(error: ProofError) -> Problem {
    match error {
        ProofError::NoSuchTree { signed } if signed > 0 => {
            Fault::at("/to", Reason::TooLarge { max: signed.to_string() }).into()
        }
        ProofError::NoSuchPart { greatest } => {
            Fault::at("/from", Reason::TooLarge { max: greatest.to_string() }).into()
        }
        other => other.into(),
    }
}
