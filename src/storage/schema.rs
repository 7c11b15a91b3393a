// Tables of both engines. A test compares this file with the migrated databases, column by column.
#![expect(missing_docs, reason = "diesel's table! writes these items")]

use crate::storage::rows::{all_tables, table};

table! {
    journal_entries (id) {
        id -> Uuid,
        at -> Timestamp,
        actor_id -> Nullable<Uuid>,
        action -> Text,
        region_code -> Text,
        facts -> Text,
        request_id -> Nullable<Text>,
        feed -> Nullable<Text>,
    }
}

table! {
    journal_subjects (subject_id, entry_id) {
        subject_id -> Uuid,
        entry_id -> Uuid,
        changed -> Bool,
    }
}

table! {
    journal_pending (sequence) {
        sequence -> BigInt,
        entry_id -> Uuid,
        rows -> Text,
    }
}

table! {
    journal_rows (entry_id) {
        entry_id -> Uuid,
        rows -> Text,
    }
}

table! {
    journaled_tables (name) {
        name -> Text,
        layout -> Text,
    }
}

table! {
    journal_leaves (leaf_index) {
        leaf_index -> BigInt,
        entry_id -> Uuid,
        feed -> Nullable<Text>,
        hash -> Binary,
        sealed_at -> Timestamp,
        content_hash -> Nullable<Binary>,
    }
}

table! {
    journal_progress (id) {
        id -> Integer,
        sealed_through -> Timestamp,
    }
}

table! {
    journal_nodes (level, node_index) {
        level -> Integer,
        node_index -> BigInt,
        hash -> Binary,
    }
}

table! {
    journal_checkpoints (tree_size) {
        tree_size -> BigInt,
        note -> Text,
    }
}

table! {
    journal_cosignatures (tree_size, witness) {
        tree_size -> BigInt,
        witness -> Text,
        line -> Text,
    }
}

table! {
    users (id) {
        id -> Uuid,
        username -> Text,
        password_hash -> Text,
        roles -> Text,
        region_code -> Nullable<Text>,
        party_id -> Nullable<Uuid>,
        disabled -> Bool,
        epoch -> BigInt,
        version -> BigInt,
        created_at -> Timestamp,
        salt -> Nullable<Uuid>,
    }
}

table! {
    registry_keys (name, number) {
        name -> Text,
        number -> Integer,
        fingerprint -> Text,
        public_key -> Nullable<Text>,
        reason -> Nullable<Text>,
        recorded_at -> Timestamp,
    }
}

table! {
    refresh_tokens (digest) {
        digest -> Text,
        session_id -> Uuid,
        user_id -> Uuid,
        epoch -> BigInt,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        rotated_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        successor_of -> Nullable<Text>,
        began_at -> Nullable<Timestamp>,
    }
}

table! {
    idempotent_answers (user_id, idempotency_key) {
        user_id -> Uuid,
        idempotency_key -> Text,
        fingerprint -> Text,
        status -> Integer,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Text,
        answered_at -> Timestamp,
    }
}

table! {
    regions (code) {
        code -> Text,
        name -> Text,
        level -> Text,
        version -> BigInt,
        created_at -> Timestamp,
    }
}

table! {
    parties (id) {
        id -> Uuid,
        kind -> Text,
        sector -> Text,
        name -> Text,
        region_code -> Text,
        identifier_scheme -> Text,
        identifier_shown -> Nullable<Text>,
        identifier_sealed -> Nullable<Text>,
        identifier_digest -> Nullable<Text>,
        ended_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamp,
        erased_at -> Nullable<Timestamp>,
        salt -> Nullable<Uuid>,
        name_folded -> Text,
        successor_id -> Nullable<Uuid>,
    }
}

table! {
    party_relations (id) {
        id -> Uuid,
        from_id -> Uuid,
        to_id -> Uuid,
        kind -> Text,
        share_num -> Nullable<BigInt>,
        share_den -> Nullable<BigInt>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        recorded_at -> Timestamp,
        post -> Nullable<Text>,
    }
}

table! {
    projects (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        year -> Integer,
        region_code -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        status -> Text,
    }
}

table! {
    funding_lines (project_id, ordinal) {
        project_id -> Uuid,
        ordinal -> Integer,
        source -> Text,
        amount_fen -> BigInt,
        since_version -> BigInt,
        until_version -> Nullable<BigInt>,
    }
}

table! {
    documents (id) {
        id -> Uuid,
        sha256 -> Text,
        size -> BigInt,
        media_type -> Text,
        name -> Text,
        region_code -> Text,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamp,
        salt -> Nullable<Uuid>,
    }
}

table! {
    assets (id) {
        id -> Uuid,
        registry_number -> Text,
        name -> Text,
        class -> Text,
        category -> Text,
        region_code -> Text,
        project_id -> Nullable<Uuid>,
        parent_id -> Nullable<Uuid>,
        merged_into_id -> Nullable<Uuid>,
        quantity -> Text,
        unit -> Text,
        original_value_fen -> BigInt,
        acquired_on -> Date,
        service_life_months -> Integer,
        residual_rate_bp -> Integer,
        location -> Nullable<Text>,
        specification -> Nullable<Text>,
        status -> Text,
        counts_from -> Nullable<Date>,
        counts_to -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamp,
        pieces -> Text,
        name_folded -> Text,
    }
}

table! {
    instruments (id) {
        id -> Uuid,
        kind -> Text,
        case_id -> Nullable<Uuid>,
        effective_on -> Date,
        recorded_at -> Timestamp,
        entry_id -> Uuid,
    }
}

table! {
    instrument_documents (instrument_id, document_id) {
        instrument_id -> Uuid,
        document_id -> Uuid,
    }
}

table! {
    instrument_moves (instrument_id, ordinal) {
        instrument_id -> Uuid,
        ordinal -> Integer,
        asset_id -> Uuid,
        kind -> Text,
        from_id -> Nullable<Uuid>,
        to_id -> Nullable<Uuid>,
        share_num -> BigInt,
        share_den -> BigInt,
        consideration_fen -> Nullable<BigInt>,
    }
}

table! {
    rights (id) {
        id -> Uuid,
        asset_id -> Uuid,
        kind -> Text,
        holder_id -> Uuid,
        grantor_id -> Nullable<Uuid>,
        through -> Text,
        share_num -> BigInt,
        share_den -> BigInt,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        begun_by -> Uuid,
        ended_by -> Nullable<Uuid>,
        recorded_from -> Timestamp,
        recorded_to -> Nullable<Timestamp>,
        recorded_by -> Uuid,
        superseded_by -> Nullable<Uuid>,
    }
}

table! {
    restrictions (id) {
        id -> Uuid,
        asset_id -> Uuid,
        kind -> Text,
        holder_id -> Uuid,
        amount_fen -> Nullable<BigInt>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        document_id -> Nullable<Uuid>,
        released_on -> Nullable<Date>,
        version -> BigInt,
        recorded_at -> Timestamp,
        secures_debt_of_id -> Nullable<Uuid>,
        registered_by -> Nullable<Text>,
        registered_as -> Nullable<Text>,
        findings -> Nullable<Text>,
    }
}

table! {
    restriction_overrides (id) {
        id -> Uuid,
        restriction_id -> Uuid,
        rule -> Text,
        reason -> Text,
        findings -> Text,
        region_code -> Text,
        named_by -> Uuid,
        named_at -> Timestamp,
        salt -> Uuid,
    }
}

table! {
    policies (id) {
        id -> Uuid,
        region_code -> Text,
        version -> BigInt,
        effective_from -> Date,
        overrides -> Text,
        set_by -> Nullable<Uuid>,
        created_at -> Timestamp,
    }
}

table! {
    cases (id) {
        id -> Uuid,
        kind -> Text,
        status -> Text,
        region_code -> Text,
        asked -> Text,
        findings -> Text,
        outcome -> Text,
        policy_version -> Text,
        steps_required -> Text,
        created_by -> Uuid,
        created_at -> Timestamp,
        version -> BigInt,
        county_because -> Nullable<Text>,
        resubmits -> Nullable<Uuid>,
    }
}

table! {
    case_steps (case_id, ordinal) {
        case_id -> Uuid,
        ordinal -> Integer,
        step -> Text,
        taken_by -> Uuid,
        taken_at -> Timestamp,
        comment -> Nullable<Text>,
        salt -> Nullable<Uuid>,
        overridden -> Nullable<Integer>,
        notice_id -> Nullable<Uuid>,
        on_behalf_of -> Nullable<Uuid>,
        delegation_id -> Nullable<Uuid>,
    }
}

table! {
    paper_notices (notice_id) {
        notice_id -> Uuid,
        place -> Text,
        document_id -> Uuid,
        recorded_by -> Uuid,
        recorded_at -> Timestamp,
        salt -> Uuid,
    }
}

table! {
    delegations (id) {
        id -> Uuid,
        from_id -> Uuid,
        to_id -> Uuid,
        steps -> Text,
        region_code -> Nullable<Text>,
        listed_in -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Date,
        reason -> Text,
        given_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_because -> Nullable<Text>,
        ended_by -> Nullable<Uuid>,
        salt -> Uuid,
    }
}

table! {
    case_facts (case_id) {
        case_id -> Uuid,
        kind -> Text,
        format -> Integer,
        facts -> Text,
        worth_fen -> BigInt,
        of_its_day -> Bool,
        of_its_kind -> Bool,
        policy_on -> Date,
        looked_at -> Timestamp,
    }
}

table! {
    case_overrides (id) {
        id -> Uuid,
        case_id -> Uuid,
        ordinal -> Integer,
        rule -> Text,
        reason -> Text,
        public_reason -> Text,
        findings -> Text,
        region_code -> Text,
        named_by -> Uuid,
        named_at -> Timestamp,
        salt -> Uuid,
    }
}

table! {
    case_lots (case_id, ordinal) {
        case_id -> Uuid,
        ordinal -> Integer,
        asset_id -> Uuid,
        kind -> Text,
        from_id -> Nullable<Uuid>,
        to_id -> Nullable<Uuid>,
        share_num -> BigInt,
        share_den -> BigInt,
    }
}

table! {
    notices (id) {
        id -> Uuid,
        case_id -> Uuid,
        region_code -> Text,
        title_zh -> Text,
        title_en -> Text,
        opened_on -> Date,
        due_on -> Date,
        closed_on -> Nullable<Date>,
        content -> Nullable<Text>,
        closed_because -> Nullable<Text>,
    }
}

table! {
    objections (id) {
        id -> Uuid,
        notice_id -> Uuid,
        text -> Text,
        contact -> Nullable<Text>,
        status -> Text,
        raised_at -> Timestamp,
        answered_by -> Nullable<Uuid>,
        answered_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
        salt -> Nullable<Uuid>,
    }
}

table! {
    maintenance_assignments (id) {
        id -> Uuid,
        asset_id -> Uuid,
        responsible_id -> Uuid,
        mode -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        duties -> Text,
        inspect_every_days -> Integer,
        budget_fen -> Nullable<BigInt>,
        version -> BigInt,
        recorded_at -> Timestamp,
    }
}

table! {
    accounts (id) {
        id -> Uuid,
        party_id -> Nullable<Uuid>,
        asset_id -> Nullable<Uuid>,
        region_code -> Text,
        purpose -> Text,
        code -> Text,
        may_overdraw -> Bool,
        debits_fen -> BigInt,
        credits_fen -> BigInt,
        opened_at -> Timestamp,
    }
}

table! {
    contracts (id) {
        id -> Uuid,
        case_id -> Nullable<Uuid>,
        region_code -> Text,
        lessor_id -> Uuid,
        lessee_id -> Uuid,
        term_from -> Date,
        term_to -> Nullable<Date>,
        version -> BigInt,
        recorded_at -> Timestamp,
        status -> Text,
    }
}

table! {
    contract_assets (contract_id, asset_id) {
        contract_id -> Uuid,
        asset_id -> Uuid,
    }
}

table! {
    contract_dues (contract_id, ordinal) {
        contract_id -> Uuid,
        ordinal -> Integer,
        due_on -> Date,
        amount_fen -> BigInt,
        since_version -> BigInt,
        until_version -> Nullable<BigInt>,
    }
}

table! {
    contract_endings (contract_id, ordinal) {
        contract_id -> Uuid,
        ordinal -> Integer,
        ended_on -> Date,
        resumed_on -> Nullable<Date>,
        entry_id -> Uuid,
        resumed_by -> Nullable<Uuid>,
        superseded_by -> Nullable<Uuid>,
    }
}

table! {
    receipts (id) {
        id -> Uuid,
        asset_id -> Uuid,
        contract_id -> Nullable<Uuid>,
        kind -> Text,
        payer_id -> Uuid,
        amount_fen -> BigInt,
        received_on -> Date,
        period_from -> Date,
        period_to -> Date,
        document_id -> Nullable<Uuid>,
        region_code -> Text,
        recorded_by -> Nullable<Uuid>,
        recorded_at -> Timestamp,
    }
}

table! {
    proceeds (id) {
        id -> Uuid,
        case_id -> Uuid,
        kind -> Text,
        asset_id -> Uuid,
        region_code -> Text,
        creditor_id -> Uuid,
        payer_id -> Nullable<Uuid>,
        amount_fen -> BigInt,
        since -> Date,
        due_on -> Date,
        received_fen -> BigInt,
        lapsed -> Bool,
        recorded_at -> Timestamp,
    }
}

table! {
    payments (id) {
        id -> Uuid,
        account_id -> Uuid,
        payee_id -> Uuid,
        purpose -> Text,
        amount_fen -> BigInt,
        paid_on -> Date,
        document_id -> Nullable<Uuid>,
        region_code -> Text,
        recorded_by -> Nullable<Uuid>,
        recorded_at -> Timestamp,
        findings -> Nullable<Text>,
    }
}

table! {
    distributions (case_id) {
        case_id -> Uuid,
        period_from -> Date,
        period_to -> Date,
        amount_fen -> BigInt,
        terms -> Nullable<Text>,
    }
}

table! {
    distribution_lines (case_id, ordinal) {
        case_id -> Uuid,
        ordinal -> Integer,
        asset_id -> Uuid,
        party_id -> Uuid,
        account_id -> Uuid,
        purpose -> Text,
        amount_fen -> BigInt,
        because -> Text,
    }
}

table! {
    distribution_receipts (case_id, receipt_id) {
        case_id -> Uuid,
        receipt_id -> Uuid,
        held -> Bool,
    }
}

table! {
    distributed_receipts (receipt_id) {
        receipt_id -> Uuid,
        case_id -> Uuid,
    }
}

table! {
    ledger_entries (id) {
        id -> Uuid,
        booked_on -> Date,
        recorded_at -> Timestamp,
        debit_account_id -> Uuid,
        credit_account_id -> Uuid,
        amount_fen -> BigInt,
        kind -> Text,
        region_code -> Text,
        asset_id -> Nullable<Uuid>,
        party_id -> Nullable<Uuid>,
        purpose -> Text,
        case_id -> Nullable<Uuid>,
        receipt_id -> Nullable<Uuid>,
        payment_id -> Nullable<Uuid>,
        reverses_id -> Nullable<Uuid>,
        entry_id -> Uuid,
    }
}

table! {
    asset_versions (asset_id, version) {
        asset_id -> Uuid,
        version -> BigInt,
        name -> Text,
        location -> Nullable<Text>,
        specification -> Nullable<Text>,
        status -> Text,
        merged_into_id -> Nullable<Uuid>,
        counts_to -> Nullable<Date>,
        entry_id -> Uuid,
        class -> Text,
        category -> Text,
        region_code -> Text,
        project_id -> Nullable<Uuid>,
        quantity -> Text,
        unit -> Text,
        original_value_fen -> BigInt,
        acquired_on -> Date,
        service_life_months -> Integer,
        residual_rate_bp -> Integer,
        pieces -> Text,
    }
}

table! {
    project_versions (project_id, version) {
        project_id -> Uuid,
        version -> BigInt,
        code -> Text,
        name -> Text,
        year -> Integer,
        region_code -> Text,
        status -> Text,
        case_id -> Nullable<Uuid>,
        entry_id -> Uuid,
    }
}

table! {
    contract_checks (contract_id, version) {
        contract_id -> Uuid,
        version -> BigInt,
        papers -> Text,
        findings -> Text,
        policy_version -> Text,
    }
}

table! {
    contract_versions (contract_id, version) {
        contract_id -> Uuid,
        version -> BigInt,
        region_code -> Text,
        lessor_id -> Uuid,
        lessee_id -> Uuid,
        term_from -> Date,
        term_to -> Nullable<Date>,
        asset_ids -> Text,
        status -> Text,
        case_id -> Nullable<Uuid>,
        entry_id -> Uuid,
    }
}

table! {
    party_versions (party_id, version) {
        party_id -> Uuid,
        version -> BigInt,
        name -> Text,
        ended_on -> Nullable<Date>,
        entry_id -> Uuid,
        identifier_scheme -> Text,
        identifier_shown -> Nullable<Text>,
        salt -> Nullable<Uuid>,
        successor_id -> Nullable<Uuid>,
    }
}

table! {
    relation_versions (relation_id, version) {
        relation_id -> Uuid,
        version -> BigInt,
        valid_to -> Nullable<Date>,
        entry_id -> Uuid,
    }
}

table! {
    restriction_versions (restriction_id, version) {
        restriction_id -> Uuid,
        version -> BigInt,
        released_on -> Nullable<Date>,
        entry_id -> Uuid,
    }
}

table! {
    assignment_versions (assignment_id, version) {
        assignment_id -> Uuid,
        version -> BigInt,
        valid_to -> Nullable<Date>,
        entry_id -> Uuid,
    }
}

diesel::joinable!(asset_versions -> assets (asset_id));
diesel::joinable!(project_versions -> projects (project_id));
diesel::joinable!(contract_versions -> contracts (contract_id));
diesel::joinable!(party_versions -> parties (party_id));
diesel::joinable!(relation_versions -> party_relations (relation_id));
diesel::joinable!(restriction_versions -> restrictions (restriction_id));
diesel::joinable!(assignment_versions -> maintenance_assignments (assignment_id));
diesel::joinable!(journal_subjects -> journal_entries (entry_id));
diesel::joinable!(journal_pending -> journal_entries (entry_id));
diesel::joinable!(journal_rows -> journal_entries (entry_id));
diesel::joinable!(journal_leaves -> journal_entries (entry_id));
diesel::joinable!(journal_cosignatures -> journal_checkpoints (tree_size));
diesel::joinable!(refresh_tokens -> users (user_id));
diesel::joinable!(parties -> regions (region_code));
diesel::joinable!(projects -> regions (region_code));
diesel::joinable!(funding_lines -> projects (project_id));
diesel::joinable!(assets -> regions (region_code));
diesel::joinable!(assets -> projects (project_id));
diesel::joinable!(instruments -> journal_entries (entry_id));
diesel::joinable!(instrument_documents -> instruments (instrument_id));
diesel::joinable!(instrument_documents -> documents (document_id));
diesel::joinable!(instrument_moves -> instruments (instrument_id));
diesel::joinable!(instrument_moves -> assets (asset_id));
diesel::joinable!(rights -> assets (asset_id));
diesel::joinable!(restrictions -> assets (asset_id));
diesel::joinable!(restrictions -> parties (holder_id));
diesel::joinable!(restrictions -> documents (document_id));
diesel::joinable!(restriction_overrides -> restrictions (restriction_id));
diesel::joinable!(policies -> regions (region_code));
diesel::joinable!(cases -> regions (region_code));
diesel::joinable!(case_facts -> cases (case_id));
diesel::joinable!(case_overrides -> cases (case_id));
diesel::joinable!(case_steps -> cases (case_id));
diesel::joinable!(case_lots -> cases (case_id));
diesel::joinable!(case_lots -> assets (asset_id));
diesel::joinable!(notices -> cases (case_id));
diesel::joinable!(objections -> notices (notice_id));
diesel::joinable!(paper_notices -> notices (notice_id));
diesel::joinable!(maintenance_assignments -> assets (asset_id));
diesel::joinable!(maintenance_assignments -> parties (responsible_id));
diesel::joinable!(accounts -> parties (party_id));
diesel::joinable!(accounts -> assets (asset_id));
diesel::joinable!(accounts -> regions (region_code));
diesel::joinable!(contracts -> cases (case_id));
diesel::joinable!(contracts -> regions (region_code));
diesel::joinable!(contract_assets -> contracts (contract_id));
diesel::joinable!(contract_assets -> assets (asset_id));
diesel::joinable!(contract_dues -> contracts (contract_id));
diesel::joinable!(contract_endings -> contracts (contract_id));
diesel::joinable!(receipts -> assets (asset_id));
diesel::joinable!(receipts -> contracts (contract_id));
diesel::joinable!(receipts -> parties (payer_id));
diesel::joinable!(receipts -> documents (document_id));
diesel::joinable!(receipts -> regions (region_code));
diesel::joinable!(payments -> accounts (account_id));
diesel::joinable!(payments -> parties (payee_id));
diesel::joinable!(payments -> documents (document_id));
diesel::joinable!(payments -> regions (region_code));
diesel::joinable!(distributions -> cases (case_id));
diesel::joinable!(distribution_lines -> distributions (case_id));
diesel::joinable!(distribution_lines -> assets (asset_id));
diesel::joinable!(distribution_lines -> parties (party_id));
diesel::joinable!(distribution_receipts -> distributions (case_id));
diesel::joinable!(distribution_receipts -> receipts (receipt_id));
diesel::joinable!(distributed_receipts -> receipts (receipt_id));
diesel::joinable!(distributed_receipts -> distributions (case_id));
diesel::joinable!(ledger_entries -> assets (asset_id));
diesel::joinable!(ledger_entries -> parties (party_id));
diesel::joinable!(ledger_entries -> cases (case_id));
diesel::joinable!(ledger_entries -> receipts (receipt_id));
diesel::joinable!(ledger_entries -> payments (payment_id));
diesel::joinable!(ledger_entries -> journal_entries (entry_id));

all_tables!(
    asset_versions,
    project_versions,
    contract_versions,
    party_versions,
    relation_versions,
    restriction_versions,
    assignment_versions,
    journal_progress,
    journal_entries,
    journal_subjects,
    journal_pending,
    journal_rows,
    journaled_tables,
    journal_leaves,
    journal_nodes,
    journal_checkpoints,
    journal_cosignatures,
    users,
    registry_keys,
    refresh_tokens,
    idempotent_answers,
    regions,
    parties,
    party_relations,
    projects,
    funding_lines,
    documents,
    assets,
    instruments,
    instrument_documents,
    instrument_moves,
    rights,
    restrictions,
    restriction_overrides,
    policies,
    cases,
    case_facts,
    case_overrides,
    case_steps,
    case_lots,
    notices,
    paper_notices,
    objections,
    delegations,
    maintenance_assignments,
    accounts,
    contracts,
    contract_assets,
    contract_dues,
    contract_endings,
    contract_checks,
    receipts,
    proceeds,
    payments,
    distributions,
    distribution_lines,
    distribution_receipts,
    distributed_receipts,
    ledger_entries,
);
