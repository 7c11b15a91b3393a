//! What the demo county has: parties, projects, assets with their rights, leases, receipts, and a distribution.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    acts::{
        self, Act, AskedStep, Override,
        contracts::asked::ContractRequest,
        distributions::asked::DistributionRequest,
        registrations::asked::{AllocationRequest, RegistrationRequest},
        transfers::asked::DueRequest,
    },
    cases::{
        Case, Step,
        decision::{DecisionBody, DecisionInput},
        policies::{self, values::PolicyOverrides},
    },
    demo::{COUNTY, DemoError, TOWNSHIP, region},
    http::Registry,
    identity::{Caller, Vault},
    loss::check::Severity,
    maintenance::assignments::{self, NewAssignment, model::Mode},
    money::receipts::{self, NewReceipt, ReceiptKind},
    register::{
        assets::{
            self, Details, NewAsset,
            book_value::{Pieces, WriteOff},
        },
        codes::{AssetClass, PartyKind},
        documents::{self, NewDocument},
        parties::{self, NewParty, identifiers::IdentifierScheme},
        projects::{self, FundingOfProject, FundingSource, NewProject, ProjectError, ProjectRefused},
    },
    storage::Write,
    values::{
        BasisPoints, Category, Days, Duties, Fen, Id, Months, Name, OverrideReason, Period, ProjectCode,
        ProjectYear, Quantity, RegionCode, Share, Unit,
        id::kind,
        period::{ClosedPeriodInput, PeriodInput},
    },
};

/// The minutes that stand for every decision of the demo.
const MINUTES: &str = "成员大会会议记录（演示）\n";

/// Who does what in the county.
#[derive(Clone)]
pub(super) struct Offices {
    pub(super) officer: Caller,
    pub(super) reviewer: Caller,
    pub(super) approver: Caller,
}

/// Loads the county in one transaction: all of it, or, where it is there already, nothing.
pub(super) async fn load(registry: &std::sync::Arc<Registry>, offices: Offices) -> Result<(), DemoError> {
    let sha256 = registry.documents.put(MINUTES.as_bytes().to_vec()).await.map_err(DemoError::refused)?;
    let inside = std::sync::Arc::clone(registry);
    let loaded = registry
        .storage
        .write(move |unit| {
            unit.runs_several_commands();
            County::new(unit, &offices, &inside.keys.vault, &sha256)?.fill(unit, &offices)
        })
        .await;
    match loaded {
        Err(DemoError::Loaded) => Ok(()),
        outcome => outcome,
    }
}

#[derive(Deserialize)]
struct PartyRow {
    kind: PartyKind,
    name: Name,
    region_code: RegionCode,
}

#[derive(Deserialize)]
struct FundingRow {
    project_code: ProjectCode,
    project_name: Name,
    year: ProjectYear,
    source: FundingSource,
    amount_fen: Fen,
}

#[derive(Deserialize)]
struct AssetRow {
    project_code: String,
    name: Name,
    class: AssetClass,
    category: Category,
    region_code: RegionCode,
    quantity: Quantity,
    unit: Unit,
    original_value_fen: Fen,
    acquired_on: NaiveDate,
    service_life_months: Months,
    residual_rate_bp: BasisPoints,
    /// `name=n/d`, with semicolons between.
    owners: String,
}

#[derive(Deserialize)]
struct MaintenanceRow {
    asset: String,
    responsible: String,
    mode: Mode,
    since: NaiveDate,
    duties: Duties,
    inspect_every_days: Days,
}

#[derive(Deserialize)]
struct LeaseRow {
    asset: String,
    lessor: String,
    lessee: String,
    from: NaiveDate,
    to: NaiveDate,
    annual_rent_fen: Fen,
}

#[derive(Deserialize)]
struct ReceiptRow {
    asset: String,
    under_lease: bool,
    kind: ReceiptKind,
    payer: String,
    amount_fen: Fen,
    received_on: NaiveDate,
    from: NaiveDate,
    to: NaiveDate,
}

/// The rows of a file of the demo's data.
pub(super) fn rows<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, DemoError> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .map_err(DemoError::refused)
}

/// What is on record so far, by name.
struct County {
    minutes: Id<kind::Document>,
    parties: BTreeMap<String, Id<kind::Party>>,
    assets: BTreeMap<String, Id<kind::Asset>>,
    contracts: BTreeMap<String, Id<kind::Contract>>,
    /// Who owns each asset.
    owners: BTreeMap<Id<kind::Asset>, Vec<Id<kind::Party>>>,
}

impl County {
    /// Records the projects, the parties and the minutes. If the projects are there, so is the whole county.
    fn new(unit: &mut Write<'_>, offices: &Offices, vault: &Vault, sha256: &str) -> Result<Self, DemoError> {
        for project in projects()? {
            projects::record(unit, &offices.officer, &project).map_err(|error| match error {
                ProjectError::Because(ProjectRefused::AlreadyRecorded) => DemoError::Loaded,
                other => DemoError::refused(other),
            })?;
        }
        let minutes = NewDocument {
            sha256: sha256.to_owned(),
            size: i64::try_from(MINUTES.len()).unwrap_or_default(),
            media_type: "text/plain".to_owned(),
            name: "成员大会会议记录.txt".to_owned(),
        };
        let minutes = documents::record(unit, &offices.officer, &minutes).map_err(DemoError::refused)?;
        let mut parties = BTreeMap::new();
        for PartyRow { kind, name, region_code } in rows(include_str!("data/parties.csv"))? {
            let scheme = IdentifierScheme::None;
            let party = NewParty { kind, name: name.clone(), region_code, scheme, identifier: None };
            let party = parties::record(unit, &offices.officer, vault, &party).map_err(DemoError::refused)?;
            parties.insert(name.into(), party.id);
        }
        Ok(Self {
            minutes: minutes.id,
            parties,
            assets: BTreeMap::new(),
            contracts: BTreeMap::new(),
            owners: BTreeMap::new(),
        })
    }

    fn fill(mut self, unit: &mut Write<'_>, offices: &Offices) -> Result<(), DemoError> {
        // What is taken into the register here was posted in the villages long ago; no notice hangs a second time.
        let overrides = PolicyOverrides { notice_days: Some(0), ..PolicyOverrides::default() };
        let from = NaiveDate::from_ymd_opt(2021, 1, 1).unwrap_or_default();
        policies::set(unit, &offices.approver, region(COUNTY)?, from, &overrides)
            .map_err(DemoError::refused)?;
        for row in rows::<AssetRow>(include_str!("data/assets.csv"))? {
            self.register(unit, offices, &row)?;
        }
        for row in rows::<MaintenanceRow>(include_str!("data/maintenance.csv"))? {
            let assignment = NewAssignment {
                asset_id: named(&self.assets, &row.asset)?,
                responsible_id: named(&self.parties, &row.responsible)?,
                mode: row.mode,
                period: Period::since(row.since).into(),
                duties: row.duties,
                inspect_every_days: row.inspect_every_days,
                budget: None,
            };
            assignments::assign(unit, &offices.officer, &assignment).map_err(DemoError::refused)?;
        }
        for row in rows::<LeaseRow>(include_str!("data/leases.csv"))? {
            let id = self.lease(unit, offices, &row)?;
            self.contracts.insert(row.asset, id);
        }
        for row in rows::<ReceiptRow>(include_str!("data/receipts.csv"))? {
            self.receive(unit, offices, &row)?;
        }
        self.distribute(unit, offices)
    }

    /// Records an asset and takes its first registration through all the steps of its case.
    fn register(&mut self, unit: &mut Write<'_>, offices: &Offices, row: &AssetRow) -> Result<(), DemoError> {
        let wanted = projects::Wanted::default();
        let known = projects::list(unit, &offices.officer, &wanted, 100).map_err(DemoError::refused)?;
        let asset = NewAsset {
            name: row.name.clone(),
            class: row.class,
            category: row.category.clone(),
            region_code: row.region_code,
            project_id: known.iter().find(|it| it.code == row.project_code).map(|it| it.id),
            quantity: row.quantity.clone(),
            unit: row.unit.clone(),
            write_off: WriteOff {
                original_value: row.original_value_fen,
                pieces: Pieces::default(),
                acquired_on: row.acquired_on,
                service_life_months: row.service_life_months,
                residual_rate_bp: row.residual_rate_bp,
            },
            details: Details::default(),
        };
        let asset = assets::record(unit, &offices.officer, &asset).map_err(DemoError::refused)?;
        let mut ownership = Vec::new();
        for owner in row.owners.split(';') {
            let (name, share) = owner.split_once('=').ok_or_else(|| DemoError::Data(owner.to_owned()))?;
            let share: Share = share.parse().map_err(|_| DemoError::Data(owner.to_owned()))?;
            ownership.push(AllocationRequest { holder_id: named(&self.parties, name)?, share });
        }
        let asked = RegistrationRequest {
            asset_id: asset.id,
            effective_on: row.acquired_on,
            ownership,
            management: Vec::new(),
            income: Vec::new(),
            documents: vec![self.minutes],
            decision: Some(self.decision(None, row.acquired_on)),
            decisions: Vec::new(),
            recorded_late: None,
            resubmits: None,
            owner_consent_id: None,
        };
        go_through(unit, offices, &asked)?;
        self.owners.insert(asset.id, asked.ownership.iter().map(|it| it.holder_id).collect());
        self.assets.insert(row.name.to_string(), asset.id);
        Ok(())
    }

    /// Records a lease that was made before the register: a rent for each year, due on its first day.
    fn lease(
        &self,
        unit: &mut Write<'_>,
        offices: &Offices,
        row: &LeaseRow,
    ) -> Result<Id<kind::Contract>, DemoError> {
        let years = row.from.year()..row.to.year();
        let dues = years.filter_map(|year| Some((row.from.with_year(year)?, row.annual_rent_fen)));
        let lessor_id = named(&self.parties, &row.lessor)?;
        let contract = ContractRequest {
            lessor_id,
            lessee_id: named(&self.parties, &row.lessee)?,
            asset_ids: vec![named(&self.assets, &row.asset)?],
            term: PeriodInput { from: row.from, to: Some(row.to) },
            schedule: dues.map(|(due_on, amount_fen)| DueRequest { due_on, amount_fen }).collect(),
            decision: Some(self.decision(None, row.from)),
            decisions: Vec::new(),
            recorded_late: None,
            documents: vec![self.minutes],
            owner_consent_id: None,
        };
        Ok(acts::contracts::record(unit, &offices.officer, &contract).map_err(DemoError::refused)?.id)
    }

    fn receive(&self, unit: &mut Write<'_>, offices: &Offices, row: &ReceiptRow) -> Result<(), DemoError> {
        let receipt = NewReceipt {
            asset_id: named(&self.assets, &row.asset)?,
            contract_id: row.under_lease.then(|| named(&self.contracts, &row.asset)).transpose()?,
            kind: row.kind,
            payer_id: named(&self.parties, &row.payer)?,
            amount: row.amount_fen,
            received_on: row.received_on,
            document_id: None,
        };
        let period = Period::new(row.from, Some(row.to)).map_err(|_| DemoError::Data(row.asset.clone()))?;
        receipts::record(unit, &offices.officer, &receipt, period).map_err(DemoError::refused)?;
        Ok(())
    }

    /// Distributes the rent of the greenhouse that five villages own together.
    fn distribute(&self, unit: &mut Write<'_>, offices: &Offices) -> Result<(), DemoError> {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        let shared = named(&self.assets, "高标准设施温室")?;
        let owners = self.owners.get(&shared).cloned().unwrap_or_default();
        let asked = DistributionRequest {
            asset_ids: vec![shared],
            period: ClosedPeriodInput { from: day(2024), to: day(2025) },
            uses: BTreeMap::new(),
            decision: None,
            decisions: owners.iter().map(|it| self.decision(Some(*it), day(2025))).collect(),
            recorded_late: None,
            resubmits: None,
            documents: vec![self.minutes],
            owner_consent_id: None,
        };
        go_through(unit, offices, &asked)
    }

    fn decision(&self, by_id: Option<Id<kind::Party>>, decided_on: NaiveDate) -> DecisionInput {
        DecisionInput {
            by_id,
            body: DecisionBody::MembersAssembly,
            decided_on,
            members: 120,
            attended: 104,
            in_favour: 98,
            document_id: self.minutes,
        }
    }
}

/// The projects with the lines that funded them.
fn projects() -> Result<Vec<NewProject>, DemoError> {
    let mut projects: BTreeMap<ProjectCode, NewProject> = BTreeMap::new();
    for row in rows::<FundingRow>(include_str!("data/funding.csv"))? {
        let line = FundingOfProject { source: row.source, amount_fen: row.amount_fen };
        let region_code = region(TOWNSHIP)?;
        let FundingRow { project_code: code, project_name: name, year, .. } = row;
        let new = || NewProject { code: code.clone(), name, year, region_code, funding: Vec::new() };
        projects.entry(code.clone()).or_insert_with(new).funding.push(line);
    }
    Ok(projects.into_values().collect())
}

fn named<Kind>(known: &BTreeMap<String, Id<Kind>>, name: &str) -> Result<Id<Kind>, DemoError> {
    known.get(name).copied().ok_or_else(|| DemoError::Data(format!("nothing is called {name}")))
}

/// What the county says to each rule that found something for it.
fn overrides(case: &Case) -> Result<Vec<Override>, DemoError> {
    let findings = acts::findings_of(case).map_err(DemoError::refused)?;
    let mut rules: Vec<_> =
        findings.iter().filter(|it| it.severity == Severity::Escalate).map(|it| it.rule).collect();
    rules.dedup();
    let reason = |_| DemoError::Data("the reason of the county is none".to_owned());
    let said: OverrideReason = "县级核准：情况属实".parse().map_err(reason)?;
    Ok(rules.into_iter().map(|rule| Override { rule, reason: said.clone() }).collect())
}

/// Drafts the case of an act and takes every step that it needs, each by the office that may take it.
fn go_through<A: Act>(unit: &mut Write<'_>, offices: &Offices, asked: &A) -> Result<(), DemoError> {
    let (mut case, _) = acts::draft(unit, &offices.officer, asked).map_err(DemoError::refused)?;
    while let Some(step) = case.next_step() {
        let by = match step {
            Step::Submit | Step::StartNotice | Step::Withdraw => &offices.officer,
            Step::Review | Step::CloseNotice | Step::Reject => &offices.reviewer,
            Step::Approve | Step::Execute => &offices.approver,
        };
        let overrides = if step == Step::Approve { overrides(&case)? } else { Vec::new() };
        let wanted = AskedStep { step, comment: None, overrides, on_behalf_of: None };
        case = acts::decide::<A>(unit, by, case.id, &wanted).map_err(DemoError::refused)?.case;
    }
    Ok(())
}
