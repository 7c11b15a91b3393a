//! Why an act that goes through a case was refused.

use chrono::NaiveDate;

use crate::{
    acts::{amendments::Resting, noticed::Untrue, taken_back::Rested},
    cases::{CaseRefused, StepRefused},
    identity::{Refusal, delegations::DelegationRefused, reason, takes_over},
    loss::finding::{Finding, Names},
    money::{contracts::ContractRefused, distributions::DistributionRefused},
    register::{
        assets::{AssetRefused, AssetStatus},
        codes::RightKind,
        parties::PartyRefused,
        projects::ProjectRefused,
        restrictions::RestrictionRefused,
        rights::{RecordRefused, RightsError},
    },
    values::{Faults, Id, id::kind},
};

/// In what assets differ that are to be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// In who holds which right, and until when.
    Rights,
    /// In what lies on them.
    Restrictions,
}

/// Why an act was refused.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// The shares that are asked for do not fit the rights, or each other.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The asset has its first registration already.
    #[error("the asset is registered already")]
    AlreadyRegistered,
    /// The asset was not registered by the day.
    #[error("the asset is not registered by the day")]
    NotRegistered,
    /// On the day that is to be corrected the asset was a part of another, or was others.
    #[error("asset {asset} is one by itself only from {since} on")]
    NotYetItself {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// The first day on which it is.
        since: NaiveDate,
        /// What it came from.
        came_from: Vec<Id<kind::Asset>>,
    },
    /// What is to be corrected says already what it should.
    #[error("there is nothing to correct")]
    NothingToCorrect,
    /// More rests on what is to be corrected than may be put right like this.
    #[error("something rests on it")]
    Resting(Box<Resting>),
    /// What is to be corrected is void already.
    #[error("it is void already")]
    Void,
    /// What has to be settled before a record is put right or made void, however that is asked for.
    #[error("something has to be settled first")]
    Unsettled(Box<Resting>),
    /// The lessee that is to be put right has renewed the lease: by these cases.
    #[error("the lease was renewed")]
    Renewed(Vec<Id<kind::Case>>),
    /// What is to be corrected of an asset it has in common with others with which it was divided or merged.
    #[error("it is in common with other assets")]
    InCommon(Vec<Id<kind::Asset>>),
    /// The caller is not who recorded what is to be put right at once.
    #[error("somebody else recorded it")]
    NotTheRecorder,
    /// What the notice of the case says of what it is about is no longer so.
    #[error("what the notice says is no longer so")]
    NoticeOutdated {
        /// The case.
        case: Id<kind::Case>,
        /// Its notice.
        notice: Id<kind::Notice>,
        /// What is no longer so.
        changed: Vec<Untrue>,
    },
    /// The record says something else than when the case was drafted.
    #[error("the record changed since the case was drafted")]
    Overtaken,
    /// What the case asks for could be when it was drafted, and cannot be any more: what is wrong with it now.
    #[error("what the case asks for can no longer be: {0}")]
    NoLongerPossible(Faults),
    /// It changed since the version that the caller saw.
    #[error("it changed meanwhile")]
    Outdated,
    /// The asset has ended: it was disposed of, or others count in its place.
    #[error("asset {asset} is {status}")]
    Closed {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// How it ended.
        status: AssetStatus,
    },
    /// What would be corrected held until the asset ended, and was carried over into others.
    #[error("what was held in asset {asset} when it ended would change")]
    CarriedOver {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// How it ended.
        status: AssetStatus,
        /// What it became; nothing where it was disposed of.
        into: Vec<Id<kind::Asset>>,
    },
    /// Whoever was said to hold a right on the days that are to be corrected no longer held it later.
    #[error("others hold the {right} of asset {asset} from {from} on")]
    HeldByOthers {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// Which right.
        right: RightKind,
        /// The first day on which others do.
        from: NaiveDate,
    },
    /// Less would be let by contracts, or by somebody in between, which a termination ends.
    #[error("what was let would be given back by it")]
    GivesBack {
        /// The contracts.
        contracts: Vec<Id<kind::Contract>>,
        /// Who stands between those who give and those who get.
        passed_over: Vec<Id<kind::Party>>,
    },
    /// Nobody is on record as owner of the asset on the day of the act.
    #[error("nobody owns asset {0} on that day")]
    Unowned(Id<kind::Asset>),
    /// No disposal is on record that could be undone from that day on.
    #[error("no disposal that could be undone is on record")]
    NotDisposed,
    /// Who would own an asset again is there no more, and nobody succeeds to it.
    #[error("nobody succeeds to {0}")]
    SucceededByNobody(Id<kind::Party>),
    /// No grant to the party ends on that day.
    #[error("no grant to {holder} ends on {on}")]
    NothingToRenew {
        /// The party.
        holder: Id<kind::Party>,
        /// The day.
        on: NaiveDate,
    },
    /// The rights in an asset, or what lies on it, are not as in the others that it is to be merged with.
    #[error("asset {asset} differs from the others")]
    Differs {
        /// Which asset.
        asset: Id<kind::Asset>,
        /// In what.
        by: Difference,
    },
    /// What ends an asset is executed when its day has come.
    #[error("it cannot be executed before {0}")]
    TooEarly(NaiveDate),
    /// What identified a person whom it concerns was erased.
    #[error("the data of {0} were erased")]
    Erased(Id<kind::Party>),
    /// The loss rules block it.
    #[error("the loss rules block it")]
    Blocked {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// The very same contract is on record.
    #[error("contract {0} says the same")]
    RecordedAlready(Id<kind::Contract>),
    /// More would be found of a contract than before, were it put right at once.
    #[error("more would be found of it")]
    NotAtOnce {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// A contract that is agreed now is put on record by itself, and the loss rules find something of it.
    #[error("a lease of today is made by a transfer")]
    LeaseOfToday {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// A mortgage or a pledge is void by what the loss rules found.
    #[error("a security that is void")]
    Encumbered {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// The asset is out of use for some of these days already, by a case that is under way or was executed.
    #[error("case {0} puts it out of use for some of these days")]
    SuspendedAlready(Id<kind::Case>),
    /// What the loss rules found of a restriction is the county's to decide on.
    #[error("the county decides on it")]
    EncumbranceForCounty {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// Acts were looked at while it was on record: what else is so of days that are over, nobody says alone of what they recorded, nor
    /// below the county.
    #[error("acts rest on it")]
    ReliedUpon(Rested),
    /// A restriction is released by whoever drafted a case about its asset that is not over.
    #[error("a case of the caller waits for it")]
    ReleasedByDrafter(Rested),
    /// What a village or the state has in its hands would be so no longer, and has rights in these assets.
    #[error("it has rights in assets")]
    LeavesPublicHands(Vec<Id<kind::Asset>>),
    /// How parties stand to each other cannot be so.
    #[error(transparent)]
    Party(#[from] PartyRefused),
    /// The loss rules found something since the county approved it, which the approval does not name.
    #[error("the approval does not name what was found since")]
    ApprovalOutdated {
        /// What they found.
        findings: Vec<Finding>,
        /// What those are called that the findings name.
        names: Names,
    },
    /// The notice of the case hangs here: it is entered in time, or is of a kind of which none hung on paper before.
    #[error("the notice of the case hangs here")]
    HangsHere,
    /// Nobody delegated it to the caller, or several people did.
    #[error(transparent)]
    Delegation(#[from] DelegationRefused),
    /// The case does not allow it.
    #[error(transparent)]
    Case(#[from] CaseRefused),
    /// The distribution cannot be.
    #[error(transparent)]
    Distribution(#[from] DistributionRefused),
    /// The contract of a lease cannot be.
    #[error(transparent)]
    Contract(#[from] ContractRefused),
    /// The project cannot be.
    #[error(transparent)]
    Project(#[from] ProjectRefused),
    /// The restriction cannot be.
    #[error(transparent)]
    Restriction(#[from] RestrictionRefused),
}

/// Why it was refused, or why it failed.
pub type ActError = Refusal<ActRefused>;

reason!(ActRefused, RightsError, StepRefused);
takes_over!(CaseRefused => ActRefused);
takes_over!(DelegationRefused => ActRefused);
takes_over!(DistributionRefused => ActRefused);
takes_over!(ContractRefused => ActRefused);
takes_over!(ProjectRefused => ActRefused);
takes_over!(RestrictionRefused => ActRefused);
takes_over!(PartyRefused => ActRefused);
takes_over!(RecordRefused => ActRefused);
takes_over!(AssetRefused => ActRefused);

impl From<AssetRefused> for ActRefused {
    fn from(reason: AssetRefused) -> Self {
        match reason {
            AssetRefused::NotFound => Self::Case(CaseRefused::NotFound),
            AssetRefused::Outdated => Self::Outdated,
        }
    }
}

impl From<StepRefused> for ActRefused {
    fn from(refused: StepRefused) -> Self {
        Self::Case(refused.into())
    }
}

impl From<RecordRefused> for ActRefused {
    fn from(reason: RecordRefused) -> Self {
        match reason {
            RecordRefused::NotFound => Self::Case(CaseRefused::NotFound),
            RecordRefused::AlreadyRegistered => Self::AlreadyRegistered,
            RecordRefused::Differ(asset) => Self::Differs { asset, by: Difference::Rights },
            RecordRefused::NotDisposed => Self::NotDisposed,
            RecordRefused::SucceededByNobody(party) => Self::SucceededByNobody(party),
            RecordRefused::Rights(error) => Self::Rights(error),
        }
    }
}
