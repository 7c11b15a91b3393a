//! The closed lists of the register: what a right, an asset, a party, a relation and a restriction can be.
//!
//! The codes are those of the interface and of the database. What may be done with each is decided elsewhere: by the
//! register for what is recorded, by the loss rules for what is asked.

use crate::values::closed_enum;

closed_enum! {
    /// Which of the three rights (三权): they are registered and moved apart from each other.
    pub enum RightKind {
        /// Ownership (所有权).
        Ownership = "ownership",
        /// Management (经营权): to run or use the asset, by one's own work or under a lease.
        Management = "management",
        /// Income (收益权): to the net income.
        Income = "income",
    }
}

closed_enum! {
    /// The three national classes of assets (国办函〔2021〕51号). A class is about function and never implies the owner.
    pub enum AssetClass {
        /// Operating asset (经营性资产).
        Operating = "operating",
        /// Public-welfare asset (公益性资产).
        PublicWelfare = "public_welfare",
        /// Household asset (到户类资产).
        Household = "household",
    }
}

closed_enum! {
    /// Whose wealth a party holds. Asset loss is value that leaves the state or a collective for nothing.
    pub enum Sector {
        /// The state (国有).
        State = "state",
        /// A rural collective (集体).
        Collective = "collective",
        /// Everybody else (私有).
        Private = "private",
    }
}

impl Sector {
    /// Whether the wealth is that of the state or of a collective, which loss rules protect.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::State | Self::Collective)
    }
}

closed_enum! {
    /// What a party is.
    pub enum PartyKind {
        /// Village collective economic organisation (农村集体经济组织).
        VillageCollective = "village_collective",
        /// Villagers' committee (村民委员会): acts for the collective where no organisation has been formed.
        VillagersCommittee = "villagers_committee",
        /// Township government (乡镇人民政府).
        TownshipGovernment = "township_government",
        /// Agency of the county government (县级部门).
        CountyAgency = "county_agency",
        /// State enterprise (国有企业).
        StateEnterprise = "state_enterprise",
        /// Farmers' specialised cooperative (农民专业合作社).
        Cooperative = "cooperative",
        /// Any other enterprise.
        Enterprise = "enterprise",
        /// Household (农户).
        Household = "household",
        /// Natural person.
        Person = "person",
    }
}

impl PartyKind {
    /// The sector that a party of this kind belongs to.
    ///
    /// A farmers' cooperative is private: its assets are those of the members who joined it, not of the whole village,
    /// so that what a village gives to one leaves the village as surely as what it gives to a firm.
    pub const fn sector(self) -> Sector {
        match self {
            Self::VillageCollective | Self::VillagersCommittee => Sector::Collective,
            Self::TownshipGovernment | Self::CountyAgency | Self::StateEnterprise => Sector::State,
            Self::Cooperative | Self::Enterprise | Self::Household | Self::Person => Sector::Private,
        }
    }

    /// The codes of the kinds of some sectors.
    pub fn codes_of(sectors: fn(Sector) -> bool) -> String {
        Self::codes(|it| sectors(it.sector()))
    }

    /// The codes of the kinds of people.
    pub fn personal_codes() -> String {
        Self::codes(|it| it.is_personal())
    }

    /// The codes of some kinds.
    pub fn codes(wanted: impl Fn(&Self) -> bool) -> String {
        let kinds = Self::ALL.iter().filter(|it| wanted(it));
        kinds.map(|it| it.code()).collect::<Vec<_>>().join(", ")
    }

    /// Whether it belongs to others, who should be on record as its shareholders. Behind people, collectives and the state
    /// nobody stands; a state enterprise is the state's by what it is.
    pub const fn is_owned(self) -> bool {
        matches!(self, Self::Cooperative | Self::Enterprise)
    }

    /// Whether it is a natural person or a household of them.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Household | Self::Person)
    }
}

closed_enum! {
    /// How one party stands to another: `from` is the shareholder, the member, the controlled one, the representative, the
    /// officer, the employee. Kin and associates are so to each other, whichever of both it is recorded from.
    pub enum RelationKind {
        /// Holds shares in the other.
        Shareholder = "shareholder",
        /// Is a member of the other.
        Member = "member",
        /// Is controlled by the other.
        ControlledBy = "controlled_by",
        /// Is the legal representative of the other.
        LegalRepresentative = "legal_representative",
        /// Is kin of the other.
        Kin = "kin",
        /// Is an officer of the other (任职): one of those who decide for it, or answer for its books.
        OfficerOf = "officer_of",
        /// Is employed by the other (受雇).
        EmployedBy = "employed_by",
        /// Is close to the other in some other way that was declared (申报的其他利害关系).
        Associate = "associate",
    }
}

closed_enum! {
    /// The post that an officer holds.
    pub enum OfficerPost {
        /// Secretary of the party branch (党组织书记).
        PartySecretary = "party_secretary",
        /// Head: of the village, the board, the organisation (负责人).
        Head = "head",
        /// Member of the committee or of the board (委员、理事).
        CommitteeMember = "committee_member",
        /// Bookkeeper (会计、报账员).
        Bookkeeper = "bookkeeper",
        /// Supervisor (监事、村务监督委员会成员).
        Supervisor = "supervisor",
    }
}

closed_enum! {
    /// What lies on an asset and stands in the way of moving it.
    pub enum RestrictionKind {
        /// Mortgage (抵押).
        Mortgage = "mortgage",
        /// Pledge (质押).
        Pledge = "pledge",
        /// Seizure by a court or an authority (查封).
        Seizure = "seizure",
        /// Dispute over the title (权属争议).
        Dispute = "dispute",
        /// Ban on transfer (禁止转让).
        TransferBan = "transfer_ban",
    }
}

closed_enum! {
    /// Why something else is said of days that are over than was on record.
    pub enum Mistake {
        /// It is about somebody else.
        WrongParty = "wrong_party",
        /// It is about another asset.
        WrongAsset = "wrong_asset",
        /// It is on record twice.
        EnteredTwice = "entered_twice",
        /// It was never so: what was entered rested on no paper, or on one that was wrong.
        NeverSo = "never_so",
        /// It ended on another day than was on record.
        WrongDay = "wrong_day",
        /// Nothing was wrong: what came about on a day that is over is told late.
        EnteredLate = "entered_late",
    }
}

closed_enum! {
    /// Why an asset is disposed of.
    pub enum DisposalCause {
        /// A natural disaster destroyed it (自然灾害).
        NaturalDisaster = "natural_disaster",
        /// It is torn down or covered by what is planned or decided (拆除、征占).
        Demolition = "demolition",
        /// Its service life is over, or it is unsafe (达到使用年限或不能安全使用).
        EndOfLife = "end_of_life",
        /// It earns too little, or stands idle (效益低下、闲置).
        LowYield = "low_yield",
        /// The term of an investment or of shares is over (投资、入股到期).
        InvestmentEnded = "investment_ended",
        /// A new project has taken its place (被新项目覆盖).
        Replaced = "replaced",
        /// Anything else, for the reason that is given.
        Other = "other",
    }
}

impl DisposalCause {
    /// The way that it is disposed of where nothing else is said.
    pub const fn usual_way(self) -> DisposalWay {
        match self {
            Self::NaturalDisaster => DisposalWay::LossReport,
            Self::Demolition => DisposalWay::Demolition,
            Self::InvestmentEnded => DisposalWay::Withdrawal,
            Self::EndOfLife | Self::LowYield | Self::Replaced | Self::Other => DisposalWay::Scrapping,
        }
    }

    /// Whether a thing is gone by it that had a service life. An investment whose term is over has served it.
    pub const fn ends_a_service_life(self) -> bool {
        !matches!(self, Self::InvestmentEnded)
    }
}

closed_enum! {
    /// In what way an asset is disposed of. What is given to somebody, by sale, auction, swap or donation, is a transfer.
    pub enum DisposalWay {
        /// It is scrapped (报废).
        Scrapping = "scrapping",
        /// It is lost, and reported so (报损).
        LossReport = "loss_report",
        /// It is torn down (拆除).
        Demolition = "demolition",
        /// An investment is taken back (退出投资).
        Withdrawal = "withdrawal",
        /// It goes on as something else, or is put to another use (转产): it does not end.
        Conversion = "conversion",
        /// It is not used for some time (报停): it does not end.
        Suspension = "suspension",
    }
}

impl DisposalWay {
    /// Whether the asset is gone by it.
    pub const fn ends_the_asset(self) -> bool {
        !matches!(self, Self::Conversion | Self::Suspension)
    }
}

closed_enum! {
    /// In what way ownership is given to somebody.
    pub enum DealWay {
        /// It is sold to whom it was agreed with (协议转让).
        Sale = "sale",
        /// It is auctioned (拍卖): by an auctioneer, or on an exchange.
        Auction = "auction",
        /// It is given for something else (置换).
        Swap = "swap",
        /// It is given away (捐赠).
        Donation = "donation",
    }
}

closed_enum! {
    /// A paper that shows why an asset is disposed of, and that it may be.
    pub enum DisposalPaper {
        /// The report of whoever examined it (技术鉴定报告).
        TechnicalReport = "technical_report",
        /// The proof of a disaster (灾害证明).
        DisasterProof = "disaster_proof",
        /// The decision of the authority by which it is torn down or covered (规划、征占、拆除决定).
        OfficialDecision = "official_decision",
        /// What was agreed on the compensation (补偿协议).
        CompensationAgreement = "compensation_agreement",
        /// What was agreed on the investment (投资、入股协议).
        InvestmentAgreement = "investment_agreement",
        /// The plan for what becomes of it (转产方案).
        ConversionPlan = "conversion_plan",
    }
}

closed_enum! {
    /// Whether what was recorded counts.
    pub enum RecordStatus {
        /// It does (有效).
        Recorded = "recorded",
        /// Recorded by mistake (已作废): it stays on record, and nothing rests on it.
        Voided = "voided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: PartyKind, sector: Sector) {
        assert_eq!(kind.sector(), sector, "{kind}");
    }

    #[test]
    fn the_sector_of_a_party_follows_from_what_it_is() {
        check(PartyKind::VillageCollective, Sector::Collective);
        check(PartyKind::VillagersCommittee, Sector::Collective);
        check(PartyKind::TownshipGovernment, Sector::State);
        check(PartyKind::CountyAgency, Sector::State);
        check(PartyKind::StateEnterprise, Sector::State);
        check(PartyKind::Cooperative, Sector::Private);
        check(PartyKind::Enterprise, Sector::Private);
        check(PartyKind::Household, Sector::Private);
        check(PartyKind::Person, Sector::Private);
    }

    #[test]
    fn what_the_rules_protect_is_what_is_not_private() {
        assert!(Sector::ALL.iter().all(|it| it.is_public() != (*it == Sector::Private)));
    }

    #[test]
    fn a_code_is_read_back_as_it_was_written() {
        for kind in PartyKind::ALL {
            assert_eq!(kind.code().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
