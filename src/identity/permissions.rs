//! The closed list of permissions, and the roles as sets of them.

use crate::values::closed_enum;

closed_enum! {
    /// What somebody may do. Every operation of the interface names one; see `security` in its OpenAPI document.
    pub enum Permission {
        /// Read the regions.
        RegionsRead = "regions:read",
        /// Record regions.
        RegionsWrite = "regions:write",
        /// Read parties and their relations.
        PartiesRead = "parties:read",
        /// Record parties and their relations.
        PartiesWrite = "parties:write",
        /// Erase a person's data where the law asks for it.
        PartiesErase = "parties:erase",
        /// Read projects.
        ProjectsRead = "projects:read",
        /// Record projects and their funding.
        ProjectsWrite = "projects:write",
        /// Read assets, their value, rights and chains.
        AssetsRead = "assets:read",
        /// Record and describe assets.
        AssetsWrite = "assets:write",
        /// Read documents.
        DocumentsRead = "documents:read",
        /// Bring documents in.
        DocumentsWrite = "documents:write",
        /// Record and release restrictions.
        RestrictionsWrite = "restrictions:write",
        /// Read cases, their findings and notices.
        CasesRead = "cases:read",
        /// Draft cases, check them, and withdraw drafts.
        CasesDraft = "cases:draft",
        /// Take some step in a case; which one, the step's own permission says.
        CasesDecide = "cases:decide",
        /// Submit cases, open their notices, record those that hung on paper, and withdraw cases.
        CasesSubmit = "cases:submit",
        /// Review cases for the township, close their notices and reject them.
        CasesReview = "cases:review",
        /// Approve cases for the county, execute and reject them.
        CasesApprove = "cases:approve",
        /// List what the county approved although a loss rule sent it there.
        OverridesRead = "overrides:read",
        /// Read objections with their contacts, and answer them.
        ObjectionsAnswer = "objections:answer",
        /// Read the policies in force.
        PoliciesRead = "policies:read",
        /// Set the policy of a region.
        PoliciesWrite = "policies:write",
        /// See what other numbers of a policy would change.
        PoliciesSimulate = "policies:simulate",
        /// Read maintenance assignments and gaps.
        MaintenanceRead = "maintenance:read",
        /// Assign maintenance.
        MaintenanceWrite = "maintenance:write",
        /// Read contracts, receipts, accounts, the ledger and income records.
        MoneyRead = "money:read",
        /// Record receipts of money.
        ReceiptsWrite = "receipts:write",
        /// Record contracts that were made before the register.
        ContractsWrite = "contracts:write",
        /// Spend from village accounts, and reverse what was booked wrongly.
        PaymentsWrite = "payments:write",
        /// Read what one delegated, or was delegated; whoever reads the journal, what others did.
        DelegationsRead = "delegations:read",
        /// Have another take deciding steps in one's place, and revoke that.
        DelegationsWrite = "delegations:write",
        /// Read the journal, its checkpoints and proofs.
        JournalRead = "journal:read",
        /// Bring what a witness signed of the journal's checkpoints.
        JournalWitness = "journal:witness",
        /// Read users.
        UsersRead = "users:read",
        /// Make and change users.
        UsersWrite = "users:write",
        /// Read what the registry knows about oneself.
        MeRead = "me:read",
        /// Change one's own password.
        MeWrite = "me:write",
    }
}

closed_enum! {
    /// What somebody is in the registry: a set of permissions.
    pub enum Role {
        /// Drafts and records in a village.
        VillageClerk = "village_clerk",
        /// Records and submits for a township.
        TownshipOfficer = "township_officer",
        /// Reviews for a township.
        TownshipReviewer = "township_reviewer",
        /// Approves for a county and sets its policy.
        CountyApprover = "county_approver",
        /// Reads everything in scope, the journal included.
        Auditor = "auditor",
        /// Reads accounts and income records.
        Finance = "finance",
        /// Looks after users and regions; decides nothing.
        Administrator = "administrator",
    }
}

use Permission as P;

/// What everybody in an office reads to do their work.
const READS: &[P] = &[
    P::MeRead,
    P::MeWrite,
    P::RegionsRead,
    P::PartiesRead,
    P::ProjectsRead,
    P::AssetsRead,
    P::DocumentsRead,
    P::CasesRead,
    P::PoliciesRead,
    P::MaintenanceRead,
    P::MoneyRead,
    P::DelegationsRead,
];

impl Role {
    /// What the role adds to the readings of its office.
    const fn own(self) -> &'static [P] {
        match self {
            Self::VillageClerk => &[
                P::PartiesWrite,
                P::AssetsWrite,
                P::DocumentsWrite,
                P::CasesDraft,
                P::CasesDecide,
                P::MaintenanceWrite,
                P::ReceiptsWrite,
            ],
            Self::TownshipOfficer => &[
                P::PartiesWrite,
                P::ProjectsWrite,
                P::AssetsWrite,
                P::DocumentsWrite,
                P::RestrictionsWrite,
                P::CasesDraft,
                P::CasesDecide,
                P::CasesSubmit,
                P::MaintenanceWrite,
                P::ReceiptsWrite,
                P::ContractsWrite,
                P::PaymentsWrite,
            ],
            Self::TownshipReviewer => {
                &[P::CasesDecide, P::CasesReview, P::ObjectionsAnswer, P::DelegationsWrite]
            }
            Self::CountyApprover => &[
                P::PartiesWrite,
                P::PartiesErase,
                P::RestrictionsWrite,
                P::CasesDecide,
                P::CasesApprove,
                P::OverridesRead,
                P::ObjectionsAnswer,
                P::PoliciesWrite,
                P::PoliciesSimulate,
                P::DelegationsWrite,
            ],
            Self::Auditor => &[P::OverridesRead, P::PoliciesSimulate, P::JournalRead, P::JournalWitness],
            Self::Finance => {
                &[P::MeRead, P::MeWrite, P::RegionsRead, P::PartiesRead, P::AssetsRead, P::MoneyRead]
            }
            Self::Administrator => &[
                P::MeRead,
                P::MeWrite,
                P::RegionsRead,
                P::RegionsWrite,
                P::PartiesRead,
                P::UsersRead,
                P::UsersWrite,
            ],
        }
    }

    /// Whether somebody in this role may do it.
    pub fn may(self, permission: Permission) -> bool {
        let reads_all = !matches!(self, Self::Finance | Self::Administrator);
        (reads_all && READS.contains(&permission)) || self.own().contains(&permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_after_users_decides_nothing() {
        for permission in
            [P::CasesDraft, P::CasesDecide, P::CasesSubmit, P::CasesReview, P::CasesApprove, P::ReceiptsWrite]
        {
            assert!(!Role::Administrator.may(permission), "{permission}");
        }
    }

    #[test]
    fn nobody_alone_submits_reviews_and_approves() {
        for role in Role::ALL {
            let steps = [P::CasesSubmit, P::CasesReview, P::CasesApprove];
            assert!(steps.into_iter().filter(|it| role.may(*it)).count() <= 1, "{role}");
        }
    }

    #[test]
    fn every_permission_belongs_to_a_role() {
        for permission in Permission::ALL {
            assert!(Role::ALL.iter().any(|role| role.may(*permission)), "{permission}");
        }
    }
}
